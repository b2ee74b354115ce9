use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize)]
struct Failure {
    id: String,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(failed)]
    failed: Vec<Failure>,
}

fn main() {}
