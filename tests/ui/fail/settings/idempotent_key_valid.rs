use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Payments {
    #[post("/payments")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 15, partial = false, idempotent = key("24h"))]
    fn pay(&self) -> Bulk<String>;
}

fn main() {}
