use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
enum Change {
    Create {
        #[bulk(key)]
        id: u64,
    },
    Delete(u64),
}

fn main() {}
