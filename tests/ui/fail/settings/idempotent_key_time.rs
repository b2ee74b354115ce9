use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Payments {
    #[post("/payments")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 15, partial = false, idempotent = key(valid = "1day"))]
    fn pay(&self) -> Bulk<String>;
}

fn main() {}
