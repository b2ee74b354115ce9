use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Answer {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(count)]
    failed: u64,
}

fn main() {}
