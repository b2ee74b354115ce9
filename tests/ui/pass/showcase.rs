//! The declaration of the design's first page, with each derive.
#![deny(missing_docs, warnings)]

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
pub struct OrgId(String);

impl std::fmt::Display for OrgId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
pub struct TokenId(String);

/// What became of the tokens.
#[derive(Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "camelCase")]
#[bulk(on(200, 207))]
pub struct Changed {
    /// Done.
    #[bulk(succeeded)]
    #[serde(default, alias = "done")]
    pub successes: Vec<TokenId>,
    /// Not done.
    #[bulk(failed)]
    pub failed_ones: Option<Vec<TokenFailure>>,
    /// How many.
    pub total_count: u64,
}

/// Why not.
#[derive(Deserialize, Serialize, ItemReply)]
pub struct TokenFailure {
    #[bulk(key)]
    id: TokenId,
    #[bulk(message)]
    message: String,
}

/// One element of a list that judges itself.
#[derive(Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct Element {
    #[bulk(key)]
    id: u64,
    #[bulk(key)]
    region: String,
    #[bulk(status)]
    status_code: u16,
    #[bulk(code)]
    code: Option<String>,
    /// What was made.
    pub assigned: Option<u64>,
}

/// An element told by its position.
#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct Ordered {
    #[bulk(status)]
    ok: bool,
}

/// A list of elements that judge themselves, inside an object.
#[derive(Deserialize, Serialize, BulkReply)]
pub struct Results {
    #[bulk(results)]
    results: Vec<Element>,
}

/// Failures only.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Failures {
    #[bulk(failed)]
    failures: Vec<TokenFailure>,
    #[bulk(unprocessed)]
    #[serde(default)]
    left: Vec<TokenId>,
}

/// An item with a composite key.
#[derive(Serialize, BulkItem)]
pub struct Record {
    #[bulk(key)]
    id: u64,
    #[bulk(key)]
    region: String,
    /// What is written.
    pub name: String,
}

/// An item without a key.
#[derive(Serialize, BulkItem)]
pub struct Event {
    /// What happened.
    pub name: String,
}

/// A body that several statuses share.
#[derive(Debug, Deserialize, ApiError)]
pub struct Detailed {
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    message: Option<String>,
    #[bulk(request_id)]
    trace: Option<String>,
}

/// One body a status.
#[derive(Debug, ApiError)]
pub enum VendorError {
    /// With details.
    #[bulk(on(400, 403, 500))]
    Detailed(Detailed),
    /// The credential.
    #[bulk(on(401))]
    #[serde(rename_all = "camelCase")]
    Unauthorized {
        /// What is wrong with it.
        #[bulk(message)]
        error_text: String,
        /// Since when.
        #[serde(rename = "since", default)]
        since_ms: Option<u64>,
    },
    /// A bare string.
    #[bulk(on(418))]
    Text(#[bulk(message)] String),
    /// Nothing.
    #[bulk(on(404))]
    Missing,
}

fn gone(_: &TokenFailure) -> bool {
    false
}

/// Refresh tokens.
#[bulk_api(rename_all = "camelCase")]
pub trait Tokens: Send + Sync {
    /// Deactivates.
    #[post("/orgs/{orgId}/api-tokens/{team-id}/deactivate?batch")]
    #[header("X-Kind", "bulk")]
    #[field("/allOrNone", false)]
    #[field("/limit", -3)]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, stop(404), retry(429, "SLOW"))]
    #[bulk_endpoint(min = 2, max_bytes = 1_000, max_item_bytes = 100, already = gone)]
    fn deactivate(
        &self,
        org_id: &OrgId,
        #[path("team-id")] team: u64,
        #[query] dry_run: Option<bool>,
        #[query("tag")] tags: &[&str],
        #[header("X-Caller")] caller: &str,
        #[field("/options/reason")] reason: Option<&str>,
        keep_history: bool,
    ) -> Bulk<TokenId, Changed, VendorError>;

    /// Creates.
    #[bulk_endpoint::put("/records")]
    #[bulk_endpoint(max = assumed(100), partial = true, items = body)]
    fn create(&self) -> Bulk<Record, Vec<Element>>;

    /// Lists of elements.
    #[patch("/records")]
    #[bulk_endpoint(max = 1, partial = true, items = "/batch/records")]
    fn update(&self) -> Bulk<Record, Results, Detailed>;

    /// By position.
    #[delete("/events")]
    #[bulk_endpoint(max = 1, partial = true, items = "events")]
    fn forget(&self) -> Bulk<Event, Vec<Ordered>>;

    /// Failures.
    #[put("/tokens")]
    #[bulk_endpoint(max = 1, partial = true)]
    fn check(&self) -> Bulk<TokenId, Failures>;

    /// All or nothing.
    #[get("/all")]
    #[bulk_endpoint(max = 1, partial = false, items = query("id", csv), bisect(422))]
    fn all(&self) -> Bulk<String>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let org = OrgId("o".to_owned());
    let _ = client.deactivate(&org, 7, None, &["a"], "me", Some("old"), true);
    assert_eq!(TokensClient::ENDPOINTS.len(), 6);
    assert_eq!(TokensClient::DEACTIVATE.spec().min, 2);
    assert!(TokensClient::CREATE.spec().max.assumed);
}
