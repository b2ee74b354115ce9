//! Places 1: bulk operations.
//!
//! Made by `declare` from `places.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use std::collections::BTreeMap;

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, Pairs, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Places.
#[bulk_api]
pub trait Places: Send + Sync {
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): documented error statuses: 400. Put those that would fail every request into `stop(…)`, and
    //   those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/bulk/new")]
    #[bulk_endpoint(max = 10, partial = false)]
    fn post_new(&self) -> Bulk<String, PostNewResponse, Problem>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/import/batch")]
    #[header("Content-Type", "application/jsonl")]
    #[bulk_endpoint(max = assumed(100), items = ndjson, partial = false)]
    fn import(&self) -> Bulk<Document>;

    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/customers/bulk-create")]
    #[bulk_endpoint(max = 30, items = map("/customers"), partial = true)]
    fn create_customers(
        &self,
        labels: Option<&BTreeMap<String, String>>,
        kind: &str,
    ) -> Bulk<CreateCustomersEntry, Pairs<String, CustomerResult>>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[patch("/patches/bulk")]
    #[bulk_endpoint(max = assumed(100), items = map(""), partial = false)]
    fn patch_all(&self) -> Bulk<PatchAllEntry>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/rules/bulk-patch")]
    #[bulk_endpoint(max = assumed(100), items = map("/rules"), partial = true)]
    fn patch_rules(&self) -> Bulk<PatchRulesEntry, PatchRulesResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/approvals/bulk")]
    #[bulk_endpoint(max = assumed(100), items = "/0/items", partial = false)]
    fn approve(&self) -> Bulk<String, ApproveResponse>;

    // TODO(you): `max` is read from this sentence: "Up to 50 ids.".
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): `idempotent` follows from HTTP's definition of GET: does the vendor keep to it?
    #[get("/things")]
    #[bulk_endpoint(max = 50, items = query("ids", csv), partial = false, idempotent = true)]
    fn get_endpoints(&self) -> Bulk<i64>;

    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): `idempotent` follows from HTTP's definition of DELETE: does the vendor keep to it?
    #[delete("/things")]
    #[bulk_endpoint(max = 20, items = header("X-Ids"), partial = false, idempotent = true)]
    fn forget(&self) -> Bulk<String>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct PostNewResponse {
    #[bulk(job)]
    pub job_id: String,
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Problem {
    pub r#type: Option<String>,
    #[bulk(message)]
    pub title: Option<String>,
    pub status: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct Document {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
}

/// An item, with its key in the object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(transparent)]
pub struct CreateCustomersEntry {
    #[bulk(key)]
    #[serde(skip)]
    pub key: String,
    pub value: Customer,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct CustomerResult {
    pub id: Option<String>,
    #[bulk(failed, nested)]
    #[serde(default)]
    pub errors: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub detail: Option<String>,
}

/// An item, with its key in the object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(transparent)]
pub struct PatchAllEntry {
    #[bulk(key)]
    #[serde(skip)]
    pub key: String,
    pub value: Vec<Document>,
}

/// An item, with its key in the object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(transparent)]
pub struct PatchRulesEntry {
    #[bulk(key)]
    #[serde(skip)]
    pub key: String,
    pub value: Document,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct PatchRulesResponse {
    #[bulk(succeeded)]
    #[serde(default)]
    pub patched_rules: Vec<PatchRulesResponsePatchedRule>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct PatchRulesResponsePatchedRule {
    #[bulk(key)]
    pub rule_id: String,
    pub note: Option<String>,
}

// TODO(you): the response says nothing about items: as declared, all of them are accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
pub struct ApproveResponse {
    // TODO(you): is this always there?
    pub id: String,
    pub status: Option<String>,
}
