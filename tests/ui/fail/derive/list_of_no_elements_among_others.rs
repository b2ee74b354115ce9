use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize)]
struct Failure {
    id: String,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Failure>,
}

fn main() {}
