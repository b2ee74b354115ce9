//! Words 1: bulk operations.
//!
//! Made by `declare` from `words.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{ApiError, Bulk, BulkReply, ItemReply, Pairs, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Words.
#[bulk_api]
pub trait Words: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): documented error statuses: 400, 409. Put those that would fail every request into `stop(…)`,
    //   and those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/enable-batch")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn enable_users(&self) -> Bulk<String, Vec<EnableUsersResponseItem>, WordsError>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `BTreeMap<String, Word>`, and it is unclear what it reports about
    //   items: as declared, only a response without content is a success.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/check-batch")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn check_users(&self) -> Bulk<String, CheckUsersReply>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/rename-batch")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn rename_users(&self) -> Bulk<String, RenameUsersResponse>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct EnableUsersResponseItem {
    #[bulk(key)]
    pub id: String,
    #[bulk(failed, code)]
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Word {
    NotFound,
    Locked,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct BadRequest {
    #[bulk(code)]
    pub error: Option<String>,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Conflict {
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
}

/// The body of an error response, by its status.
#[derive(Debug, Clone, PartialEq, ApiError)]
pub enum WordsError {
    #[bulk(on(400))]
    BadRequest(BadRequest),
    #[bulk(on(409))]
    Conflict(Conflict),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct CheckUsersResponse {
    #[bulk(failed)]
    #[serde(default)]
    pub errors: Pairs<String, String>,
    #[bulk(succeeded)]
    #[serde(default)]
    pub succeeded: Vec<String>,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum CheckUsersReply {
    #[bulk(on(200))]
    Ok,
    #[bulk(on(207))]
    CheckUsersResponse(CheckUsersResponse),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct User {
    #[bulk(key)]
    pub id: String,
    pub status: Option<UserStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserStatus {
    Active,
    Suspended,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

/// The done items.
// TODO(you): does the response list the items that are done, and no others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct RenameUsersResponse(#[bulk(succeeded)] pub Vec<User>);
