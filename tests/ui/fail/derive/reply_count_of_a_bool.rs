use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Response {
    #[bulk(failed)]
    errors: Vec<String>,
    #[bulk(count(failed))]
    failed: bool,
}

fn main() {}
