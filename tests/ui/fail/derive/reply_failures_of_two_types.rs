use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(silence = failed)]
struct Inner {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[derive(Deserialize, BulkReply)]
struct Answer {
    #[bulk(inside)]
    data: Inner,
    #[bulk(failed)]
    failed: Vec<String>,
}

fn main() {}
