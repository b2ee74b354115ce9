use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(count)]
    failed: u64,
}

fn main() {}
