//! Lists 1: bulk operations.
//!
//! Made by `declare` from `lists.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Bulk, BulkReply, ItemReply, Pairs, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Lists.
#[bulk_api]
pub trait Lists: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/customers/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn bulk_delete_customers(&self) -> Bulk<String, BulkDeleteCustomersResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/objects/batch-delete")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn batch_delete_objects(&self) -> Bulk<String, BatchDeleteObjectsResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/objects/batch-update")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn batch_update_objects(&self) -> Bulk<String, BatchUpdateObjectsResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `BatchReadObjectsResponse`, and it is unclear what it reports about
    //   items: as declared, only a response without content is a success. If `results` or `errors` lists items,
    //   mark it as `succeeded`, `failed` or `results`, and the key of its elements.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/objects/batch-read")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn batch_read_objects(&self) -> Bulk<String>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `Vec<User>` ("The users of the group"), and it is unclear what it
    //   reports about items: as declared, only a response without content is a success. If it lists what was
    //   removed, mark it as `succeeded`; if it lists what is left, write a reply by hand whose unlisted items
    //   succeeded (`guide::plug_in`).
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/groups/remove-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn remove_users(&self) -> Bulk<String>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct BulkDeleteCustomersResponse {
    #[bulk(results)]
    #[serde(default)]
    pub responses: Pairs<String, BulkDeleteCustomersResponseResponsesValue>,
    #[serde(default)]
    pub errors: Vec<Error>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct BulkDeleteCustomersResponseResponsesValue {
    #[bulk(failed, nested)]
    #[serde(default)]
    pub errors: Vec<Error>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct Error {
    #[bulk(code)]
    pub code: String,
    #[bulk(message)]
    pub detail: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct BatchDeleteObjectsResponse {
    #[serde(default)]
    pub errors: Vec<Error>,
    #[bulk(succeeded)]
    #[serde(default)]
    pub deleted_object_ids: Vec<String>,
}

// TODO(you): the response lists failures only: did the items that it does not list succeed?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "camelCase")]
pub struct BatchUpdateObjectsResponse {
    // TODO(you): is this always there, also if nothing failed?
    #[bulk(failed)]
    pub not_updated: Vec<String>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub skipped_ids: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub ids_not_found: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct BatchReadObjectsResponse {
    pub status: Option<BatchReadObjectsResponseStatus>,
    #[serde(default)]
    pub results: Vec<User>,
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Vec<BatchReadObjectsResponseError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BatchReadObjectsResponseStatus {
    Canceled,
    Complete,
    Pending,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct User {
    #[bulk(key)]
    pub id: String,
    pub name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct BatchReadObjectsResponseError {
    #[bulk(key)]
    pub id: String,
    #[bulk(message)]
    pub message: Option<String>,
}
