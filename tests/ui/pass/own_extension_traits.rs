//! Traits of the user's whose methods are those that an expansion calls.
#![deny(warnings)]

use bulk_endpoint::{Bulk, BulkReply, ItemReply, bulk_api};

#[allow(dead_code)]
pub trait Everything: Sized {
    fn path(self) {}
    fn query(self) {}
    fn header(self) {}
    fn field(self) {}
    fn fields(self) {}
    fn list(self) {}
    fn check(self) {}
    fn failed_list(self) {}
    fn partial(self) {}
    fn max_bytes(self) {}
    fn spec(self) {}
    fn bind(self) {}
    fn finish(self) {}
    fn clone(self) {}
    fn fmt(self) {}
    fn into_success(self) {}
    fn item_status(self) {}
    fn text(self) {}
    fn read(self) {}
}

impl<T> Everything for T {}

#[derive(serde::Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: String,
    #[bulk(key)]
    pub region: u8,
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(serde::Deserialize, BulkReply)]
pub struct Answer {
    #[bulk(results)]
    pub results: Vec<Failure>,
}

#[derive(serde::Serialize, bulk_endpoint::BulkItem)]
pub struct Record {
    #[bulk(key)]
    pub id: String,
    #[bulk(key)]
    pub region: u8,
}

#[bulk_api]
pub trait Tokens {
    #[post("/orgs/{id}")]
    #[bulk_endpoint(max = 15, max_bytes = 1_000, partial = true, items = "records")]
    fn deactivate(
        &self,
        id: u8,
        #[query] dry_run: bool,
        #[header("X-Caller")] caller: &str,
        reason: &str,
    ) -> Bulk<Record, Answer>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 1);
}
