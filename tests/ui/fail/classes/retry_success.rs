use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, retry(200))]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
