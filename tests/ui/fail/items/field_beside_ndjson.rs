use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = ndjson)]
    fn deactivate(&self, reason: &str) -> Bulk<String>;
}

fn main() {}
