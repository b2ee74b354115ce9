use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(success)]
    done: Vec<String>,
    #[bulk(failures)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(id)]
    id: String,
    #[bulk(error)]
    error: String,
}

fn main() {}
