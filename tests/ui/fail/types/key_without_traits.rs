use bulk_endpoint::{Bulk, BulkItem, BulkReply, bulk_api};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, BulkItem)]
struct Id(String);

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    done: Vec<Id>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<Id, Response>;
}

fn main() {}
