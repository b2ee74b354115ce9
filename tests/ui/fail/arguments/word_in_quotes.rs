use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[header("Idempotency-Key", "batch_key")]
    #[field("/key", "{batch_key}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = "ndjson")]
    fn delete(&self) -> Bulk<String>;
}

fn main() {}
