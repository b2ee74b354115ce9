use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: u64,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Failure>,
}

fn main() {}
