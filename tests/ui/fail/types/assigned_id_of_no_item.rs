use bulk_endpoint::{AssignedId, Bulk, BulkItem, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, ItemReply)]
struct Sent {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(status)]
    ok: bool,
}

#[derive(Serialize, BulkItem)]
struct Row {
    id: u64,
    name: Option<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<String, Vec<Sent>>;

    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, items = "rows")]
    fn delete(&self) -> Bulk<Row, Vec<Sent>>;
}

fn main() {}
