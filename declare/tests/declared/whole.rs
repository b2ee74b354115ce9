//! Whole 1: bulk operations.
//!
//! Made by `declare` from `whole.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Bulk, BulkReply, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Whole.
#[bulk_api]
pub trait Whole: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/enable-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn enable_users(&self) -> Bulk<String, EnableUsersResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/import-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn import_users(&self) -> Bulk<String, ImportUsersResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/sync-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn sync_users(&self) -> Bulk<String, SyncUsersResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `MailUsersResponse`, and it is unclear what it reports about items:
    //   as declared, only a response without content is a success.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/mail-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn mail_users(&self) -> Bulk<String>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/lock-batch")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn lock_users(&self) -> Bulk<String, LockUsersResponse>;
}

// TODO(you): the response says nothing about items: as declared, all of them succeeded. If they are only queued,
//   write `unlisted = accepted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct EnableUsersResponse {
    pub note: Option<String>,
    // TODO(you): is this always there?
    #[bulk(status)]
    pub ok: bool,
    #[bulk(message)]
    pub error: Option<String>,
}

// TODO(you): the response says nothing about items: as declared, all of them succeeded. If they are only queued,
//   write `unlisted = accepted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "camelCase")]
pub struct ImportUsersResponse {
    pub created: Option<i64>,
    // TODO(you): is this always there?
    #[bulk(count(succeeded))]
    pub imported_count: i64,
    #[bulk(count(failed))]
    pub failed: Option<i64>,
}

// TODO(you): the response says nothing about items: as declared, all of them succeeded. If they are only queued,
//   write `unlisted = accepted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "camelCase")]
pub struct SyncUsersResponse {
    // TODO(you): is this always there?
    #[bulk(status)]
    pub status: SyncUsersResponseStatus,
    #[bulk(code)]
    pub error_code: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Status)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SyncUsersResponseStatus {
    #[bulk(succeeded)]
    Success,
    #[bulk(failed)]
    Failed,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MailUsersResponse {
    pub campaign: Option<String>,
    pub error: Option<String>,
}

// TODO(you): the response lists failures only: did the items that it does not list succeed?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct LockUsersResponse {
    // TODO(you): is this always there, also if nothing failed?
    #[bulk(status)]
    pub success: bool,
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Vec<LockUsersResponseError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct LockUsersResponseError {
    #[bulk(key)]
    pub id: String,
    #[bulk(message)]
    pub message: Option<String>,
}
