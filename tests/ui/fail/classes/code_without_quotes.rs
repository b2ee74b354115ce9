use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, stop(NotFound))]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
