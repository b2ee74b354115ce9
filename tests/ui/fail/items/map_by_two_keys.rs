use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Row {
    #[bulk(key)]
    tenant: String,
    #[bulk(key)]
    id: u64,
}

#[bulk_api]
trait Rows {
    #[post("/rows")]
    #[bulk_endpoint(max = 15, partial = false, items = map("/rows"))]
    fn write(&self) -> Bulk<Row>;
}

fn main() {}
