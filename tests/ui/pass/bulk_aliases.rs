//! The return type under other names: it is bounded, and never taken apart.
#![deny(warnings)]

use bulk_endpoint::{ApiError, Client, bulk_api};

#[derive(Debug, serde::Deserialize, ApiError)]
pub struct Refused {
    #[bulk(message)]
    pub message: String,
}

pub type Bulk<T, R = ()> = bulk_endpoint::Bulk<T, R, Refused>;
pub type Deactivation = Bulk<String>;

pub trait Has {
    type Bulk;
}

impl Has for u8 {
    type Bulk = Deactivation;
}

#[bulk_api]
pub trait Tokens {
    #[post("/a")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn a(&self) -> Bulk<String>;

    #[post("/b")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn b(&self) -> Deactivation;

    #[post("/c")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn c(&self) -> <u8 as Has>::Bulk;

    #[post("/d")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn d(&self) -> ::bulk_endpoint::Bulk<String, (), Refused>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _: [Deactivation; 4] = [client.a(), client.b(), client.c(), client.d()];
}
