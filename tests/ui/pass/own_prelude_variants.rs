//! `Some`, `None`, `Ok` and `Err` that are something else.
#![deny(warnings)]

use bulk_endpoint::{ApiError, Bulk, BulkReply, ItemReply, bulk_api};

#[allow(dead_code)]
pub enum Own {
    Some,
    None,
    Ok,
    Err,
}
#[allow(unused_imports)]
pub use Own::*;

#[derive(serde::Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status: Option<u16>,
    #[bulk(code)]
    pub code: Option<String>,
}

#[derive(serde::Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Answer {
    #[bulk(failed)]
    pub failed: Vec<Failure>,
}

#[derive(Debug, ApiError)]
pub enum Refused {
    #[bulk(on(400))]
    Text(#[bulk(message)] String),
    #[bulk(on(404))]
    Missing,
}

#[bulk_api]
pub trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self, reason: Option<&str>) -> Bulk<String, Answer, Refused>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 1);
}
