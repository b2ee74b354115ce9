//! Attributes that are not ours stay where they are.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Client, bulk_api};

#[bulk_api]
#[allow(clippy::module_name_repetitions, dead_code)]
#[doc(alias = "refresh tokens")]
#[must_use]
pub trait Tokens {
    #[must_use = "it sends nothing by itself"]
    #[doc(hidden)]
    #[allow(non_snake_case)]
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivateAll(&self, #[allow(unused_variables)] OrgId: u8) -> Bulk<String>;

    #[post("/long")]
    #[rustfmt::skip]
    #[bulk_endpoint(max = 15,
                    partial = false)]
    fn long(&self) -> Bulk<String>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.deactivateAll(1);
    let _ = TokensClient::DEACTIVATE_ALL;
}
