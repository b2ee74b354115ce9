use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, poll = "/jobs/{job}")]
    fn deactivate(&self) -> Bulk<String, Response>;
}

fn main() {}
