use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Record {
    name: String,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = map("/records"))]
    fn change(&self) -> Bulk<Record>;
}

fn main() {}
