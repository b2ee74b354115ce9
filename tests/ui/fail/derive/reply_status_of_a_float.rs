use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(status)]
    status: f64,
    #[bulk(succeeded)]
    done: Vec<String>,
}

fn main() {}
