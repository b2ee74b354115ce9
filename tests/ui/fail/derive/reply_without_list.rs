use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Answer {
    done: Vec<String>,
}

fn main() {}
