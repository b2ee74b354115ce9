use bulk_endpoint::{Bulk, BulkItem, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

#[derive(Serialize, BulkItem)]
struct Row {
    #[bulk(key)]
    tenant: String,
    #[bulk(key)]
    id: String,
}

#[derive(Deserialize, ItemReply)]
struct Entry {
    #[bulk(key)]
    id: String,
    #[bulk(key)]
    account: String,
    #[bulk(status)]
    status: u16,
}

#[bulk_api]
trait Rows {
    #[post("/rows")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn write(&self) -> Bulk<Row, Vec<Entry>>;
}

fn main() {}
