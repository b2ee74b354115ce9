use bulk_endpoint::{BulkItem, ItemReply};
use serde::{Deserialize, Serialize};

#[derive(Serialize, BulkItem)]
struct Record {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
}

#[derive(Deserialize, ItemReply)]
struct Entry {
    #[bulk(key)]
    id: String,
    #[bulk(group)]
    #[serde(skip)]
    table: String,
    #[bulk(nothing)]
    name: String,
}

fn main() {}
