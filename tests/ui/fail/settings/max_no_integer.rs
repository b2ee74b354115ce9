use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = LIMIT, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
