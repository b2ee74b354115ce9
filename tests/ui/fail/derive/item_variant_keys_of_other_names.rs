use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
enum Change {
    Create {
        #[bulk(key)]
        tenant: String,
        #[bulk(key)]
        id: String,
    },
    Delete {
        #[bulk(key)]
        account: String,
        #[bulk(key)]
        id: String,
    },
}

fn main() {}
