use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Token {
    id: String,
}

#[derive(serde::Deserialize, bulk_endpoint::BulkReply)]
struct Response {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn deactivate(&self) -> Bulk<Token, Response>;
}

fn main() {}
