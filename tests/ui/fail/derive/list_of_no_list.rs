use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Answer {
    #[bulk(failed)]
    failed: String,
}

fn main() {}
