use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::Serialize;

#[derive(Clone, PartialEq, Eq, Hash, Serialize, BulkItem)]
struct Record {
    #[bulk(key)]
    id: u64,
}

#[derive(Serialize)]
struct Reason;

#[bulk_api(dynamic)]
trait Records {
    #[post("/records")]
    #[bulk_endpoint(max = 15, partial = false, items = body)]
    fn write(&self) -> Bulk<Record>;

    #[post("/delete")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self, reason: &Reason) -> Bulk<u64>;
}

fn main() {}
