use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
#[bulk(group)]
struct Write {
    table: String,
    #[bulk(key)]
    id: u64,
}

fn main() {}
