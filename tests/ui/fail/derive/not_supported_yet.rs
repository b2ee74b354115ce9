use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Record {
    #[bulk(key, ignore_case)]
    id: String,
}

fn main() {}
