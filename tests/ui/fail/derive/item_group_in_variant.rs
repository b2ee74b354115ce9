use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
enum Write {
    Put {
        #[bulk(group)]
        table: String,
    },
}

fn main() {}
