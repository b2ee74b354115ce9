use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    done: Vec<String>,
}

fn main() {}
