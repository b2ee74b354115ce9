use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted)]
struct Response {
    #[bulk(failed)]
    failed: Vec<String>,
}

fn main() {}
