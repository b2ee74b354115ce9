use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = failed)]
struct Response {
    #[bulk(failed)]
    failed: Vec<String>,
}

fn main() {}
