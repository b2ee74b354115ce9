use bulk_endpoint::{Bulk, BulkReply, ItemReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = (succeeded, unprocessed))]
struct Applied {
    #[bulk(failed)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: String,
    #[bulk(message)]
    message: String,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String, Applied>;
}

fn main() {}
