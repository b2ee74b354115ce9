use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize)]
struct Inner {
    done: Vec<String>,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(nested)]
    data: Inner,
}

fn main() {}
