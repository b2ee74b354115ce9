use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Started {
    #[bulk(job)]
    id: String,
}

#[bulk_api]
trait Tokens {
    #[post("/orgs/{org}/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, poll = "{job}", handle(token))]
    fn deactivate(&self, org: &str) -> Bulk<String, Started>;
}

fn main() {}
