use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
#[bulk(key)]
struct Record {
    #[bulk(key)]
    id: u64,
    name: String,
}

fn main() {}
