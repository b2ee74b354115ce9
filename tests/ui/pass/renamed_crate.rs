//! A crate that is only reachable under another name, by the attribute and by every derive.
#![deny(warnings)]

mod vendor {
    pub use bulk_endpoint as bulk;
}

use vendor::bulk::{ApiError, Bulk, BulkItem, BulkReply, ItemReply};

#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, BulkItem)]
#[bulk(crate = crate::vendor::bulk)]
struct TokenId(u64);

#[derive(serde::Deserialize, ItemReply)]
#[bulk(crate = crate::vendor::bulk)]
struct Failure {
    #[bulk(key)]
    id: TokenId,
}

#[derive(serde::Deserialize, BulkReply)]
#[bulk(crate = crate::vendor::bulk, unlisted = succeeded)]
struct Answer {
    #[bulk(failed)]
    failed: Vec<Failure>,
}

#[derive(Debug, ApiError)]
#[bulk(crate = crate::vendor::bulk)]
enum Refused {
    #[bulk(on(400))]
    Invalid {
        #[bulk(message)]
        text: String,
    },
}

#[vendor::bulk::bulk_api(crate = crate::vendor::bulk)]
trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self) -> Bulk<TokenId, Answer, Refused>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 1);
}
