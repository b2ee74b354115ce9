//! Modules of the user's under the names of crates.
#![deny(warnings)]

#[allow(dead_code)]
mod inner {
    pub mod core {}
    pub mod std {}
    pub mod alloc {}
    pub mod serde {}
    pub mod bulk_endpoint {}
    pub mod http {}

    use ::bulk_endpoint::{Bulk, bulk_api};

    #[derive(::serde::Deserialize, ::bulk_endpoint::ItemReply)]
    pub struct Element {
        #[bulk(key)]
        pub id: String,
        #[bulk(status)]
        pub status: u16,
    }

    #[derive(Debug, ::bulk_endpoint::ApiError)]
    pub enum Refused {
        #[bulk(on(400))]
        Invalid {
            #[bulk(message)]
            text: String,
        },
    }

    #[bulk_api]
    pub trait Tokens {
        #[post("/tokens")]
        #[bulk_endpoint(max = 15, partial = true)]
        fn deactivate(&self) -> Bulk<String, Vec<Element>, Refused>;
    }
}

fn main() {
    assert_eq!(inner::TokensClient::ENDPOINTS.len(), 1);
}
