use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = failed)]
struct Answer {
    #[bulk(failed)]
    failed: Vec<String>,
}

fn main() {}
