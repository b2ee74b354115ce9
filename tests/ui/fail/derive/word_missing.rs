use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk]
    failed: Vec<Failure>,
}

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: String,
    #[bulk()]
    message: String,
}

fn main() {}
