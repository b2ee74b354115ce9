use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Token {
    #[bulk(group)]
    org: String,
    #[bulk(key)]
    id: String,
}

fn main() {}
