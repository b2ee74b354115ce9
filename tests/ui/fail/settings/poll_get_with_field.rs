use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Job {
    #[bulk(job)]
    id: String,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, poll = get("/jobs/check", "/id"))]
    fn deactivate(&self) -> Bulk<String, Job>;
}

fn main() {}
