use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Payments {
    #[post("/payments")]
    #[bulk_endpoint(max = 15, partial = false, idempotent = "yes")]
    fn pay(&self) -> Bulk<String>;
}

fn main() {}
