use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: u64,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(results)]
    results: Vec<Element>,
}

fn main() {}
