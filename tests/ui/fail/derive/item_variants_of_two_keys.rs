use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
enum Change {
    Create(#[bulk(key)] u64),
    Delete(#[bulk(key)] String),
}

fn main() {}
