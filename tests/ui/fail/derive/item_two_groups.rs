use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Write {
    #[bulk(group)]
    table: String,
    #[bulk(group)]
    index: String,
}

fn main() {}
