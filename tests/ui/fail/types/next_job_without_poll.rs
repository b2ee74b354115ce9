use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(nested)]
    started: Job,
}

#[derive(Deserialize, BulkReply)]
struct Job {
    #[bulk(next_job)]
    next: Option<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<String, Response>;
}

fn main() {}
