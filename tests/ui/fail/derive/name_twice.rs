use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Answer {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(rename = "done")]
    failed: Vec<String>,
}

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: String,
    #[bulk(message)]
    #[serde(alias = "id")]
    message: String,
}

fn main() {}
