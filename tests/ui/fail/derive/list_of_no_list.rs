use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(failed)]
    failed: String,
}

fn main() {}
