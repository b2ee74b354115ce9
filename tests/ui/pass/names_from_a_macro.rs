//! Types, names and visibilities as the fragments of a `macro_rules!`, twice in one module.
#![deny(warnings)]

use bulk_endpoint::{Bulk, BulkItem, BulkReply, Client, ItemReply, bulk_api};

macro_rules! resource {
    ($vis:vis $api:ident, $id:ident, $failure:ident, $answer:ident, $key:ty, $list:ty, $path:expr) => {
        #[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, BulkItem)]
        $vis struct $id($key);

        #[derive(serde::Deserialize, ItemReply)]
        $vis struct $failure {
            #[bulk(key)]
            id: $id,
        }

        #[derive(serde::Deserialize, BulkReply)]
        #[bulk(unlisted = succeeded)]
        $vis struct $answer {
            #[bulk(failed)]
            failed: $list,
        }

        #[bulk_api]
        $vis trait $api {
            #[post($path)]
            #[bulk_endpoint(max = 15, partial = true)]
            fn delete(&self, id: $key) -> Bulk<$id, $answer>;
        }
    };
}

resource!(pub Tokens, TokenId, TokenFailure, TokenAnswer, u64, Vec<TokenFailure>, "/tokens/{id}");
resource!(pub(crate) Users, UserId, UserFailure, UserAnswer, String, Option<Vec<UserFailure>>, "/users/{id}");

fn main() {
    let client = Client::builder("https://example.com").build().unwrap();
    let _ = TokensClient::new(client.clone()).delete(1);
    let _ = UsersClient::new(client).delete(String::new());
}
