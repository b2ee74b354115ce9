use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Started {
    #[bulk(job)]
    id: String,
}

#[bulk_api]
trait Tokens {
    #[post("/jobs/{job}/run")]
    #[bulk_endpoint(max = 15, partial = true, poll = "/jobs/{job}")]
    fn run(&self, job: u8) -> Bulk<String, Started>;
}

fn main() {}
