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
    #[delete("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = query("row", csv))]
    fn deactivate(&self) -> Bulk<Row>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = header("X-Rows"))]
    fn delete(&self) -> Bulk<Row>;
}

fn main() {}
