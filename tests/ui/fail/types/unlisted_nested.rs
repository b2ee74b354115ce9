use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(nested)]
    result: Lists,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Lists {
    #[bulk(failed)]
    failed: Vec<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<String, Response>;
}

fn main() {}
