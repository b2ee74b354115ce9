use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Created {
    #[bulk(key)]
    id: String,
    etag: String,
}

#[derive(Deserialize, ItemReply)]
struct Updated {
    #[bulk(key)]
    id: String,
    version: u64,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    created: Vec<Created>,
    #[bulk(succeeded)]
    updated: Vec<Updated>,
}

fn main() {}
