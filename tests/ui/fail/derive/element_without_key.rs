use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    id: String,
    #[bulk(status)]
    status: u16,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(results)]
    results: Vec<Element>,
}

fn main() {}
