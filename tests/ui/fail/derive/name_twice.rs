use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
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
