//! A user's own types under the names of the prelude.
#![deny(warnings)]

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};

pub struct Option;
pub struct Result;
pub struct Vec;
pub struct String;
pub struct Box;
pub struct Arc;
pub struct Cow;

#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, BulkItem)]
pub struct TokenId(u64);

#[derive(serde::Serialize, BulkItem)]
pub struct Record {
    #[bulk(key)]
    pub id: u64,
    #[bulk(key)]
    pub region: u8,
}

#[derive(serde::Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: TokenId,
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub message: u32,
}

#[derive(serde::Deserialize, BulkReply)]
pub struct Answer {
    #[bulk(succeeded)]
    pub done: std::vec::Vec<TokenId>,
    #[bulk(failed)]
    pub failed: std::option::Option<std::vec::Vec<Failure>>,
}

#[derive(Debug, ApiError)]
pub enum Refused {
    #[bulk(on(400))]
    Invalid {
        #[bulk(code)]
        code: u16,
    },
    #[bulk(on(404))]
    Missing,
}

#[bulk_api]
pub trait Tokens {
    #[post("/orgs/{id}")]
    #[bulk_endpoint(max = 15, partial = true, already = gone)]
    fn deactivate(&self, id: u8, #[query] dry_run: bool) -> Bulk<TokenId, Answer, Refused>;
}

fn gone(failure: &Failure) -> bool {
    failure.status == 410
}

fn main() {
    let _ = (Option, Result, Vec, String, Box, Arc, Cow);
    assert_eq!(TokensClient::ENDPOINTS.len(), 1);
}
