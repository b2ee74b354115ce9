use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Row {
    #[bulk(key)]
    id: u64,
    name: String,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<Row>;
}

fn main() {}
