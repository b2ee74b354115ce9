use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
enum Change {
    #[bulk(key)]
    Delete(u64),
}

fn main() {}
