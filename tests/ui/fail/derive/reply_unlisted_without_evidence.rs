use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Response {
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<String>,
}

fn main() {}
