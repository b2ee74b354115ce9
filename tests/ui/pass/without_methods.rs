//! A trait that is still to be filled.
#![deny(warnings)]

use bulk_endpoint::{Client, bulk_api};

#[bulk_api]
trait Tokens {}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _: &dyn Tokens = &client;
    assert!(TokensClient::ENDPOINTS.is_empty());
}
