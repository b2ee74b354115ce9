use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = failed)]
struct Inner {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(nested)]
    data: Inner,
    #[bulk(failed)]
    failed: Vec<String>,
}

fn main() {}
