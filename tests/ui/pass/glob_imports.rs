//! Everything imported at once, beside another module's attributes by name.
#![deny(warnings)]

use bulk_endpoint::*;

#[path = "glob_imports_part.rs"]
#[cfg(any())]
mod part;

#[derive(serde::Deserialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: String,
}

#[derive(serde::Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Answer {
    #[bulk(failed)]
    failed: Vec<Failure>,
}

#[bulk_api]
trait Tokens {
    #[post("/orgs/{id}")]
    #[header("X-Kind", "bulk")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self, #[path("id")] org: u8, #[query] dry_run: bool) -> Bulk<String, Answer>;
}

fn main() {
    assert_eq!(TokensClient::ENDPOINTS.len(), 1);
}
