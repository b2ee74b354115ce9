//! A declaration inside a function, of types inside it.
#![deny(warnings)]

use bulk_endpoint::{Bulk, BulkItem, BulkReply, Client, ItemReply, bulk_api};

fn main() {
    #[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, BulkItem)]
    struct TokenId(u64);

    #[derive(serde::Deserialize, ItemReply)]
    struct Failure {
        #[bulk(key)]
        id: TokenId,
    }

    #[derive(serde::Deserialize, BulkReply)]
    #[bulk(unlisted = succeeded)]
    struct Answer {
        #[bulk(failed)]
        failed: Vec<Failure>,
    }

    #[bulk_api]
    trait Tokens {
        #[post("/tokens")]
        #[bulk_endpoint(max = 15, partial = true, already = gone)]
        fn deactivate(&self) -> Bulk<TokenId, Answer>;
    }

    fn gone(_: &Failure) -> bool {
        true
    }

    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.deactivate();
}
