//! Files 1: bulk operations.
//!
//! Made by `declare` from `openapi.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{ApiError, Bulk, BulkItem, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Files.
#[bulk_api]
pub trait Files: Send + Sync {
    // TODO(you): documented error statuses: 400. Put those that would fail every request into `stop(…)`, and
    //   those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/bulk-delete")]
    #[bulk_endpoint(max = 50, partial = true)]
    fn delete_users(&self) -> Bulk<String, Vec<ResultBody>, FilesError>;

    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/groups/{groupId}/members/bulk-add")]
    #[bulk_endpoint(max = 20, items = body, partial = true)]
    fn add_members(&self, group_id: i64) -> Bulk<Member, Vec<ResultBody>>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct ResultBody {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status: u16,
    // TODO(you): `schemas/all.yaml#/Nowhere` cannot be followed: what is its type?
    pub example: Option<serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Problem {
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
    pub cause: Option<Box<Problem>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Fault {
    #[bulk(message)]
    pub reason: Option<String>,
}

/// The body of an error response, by its status.
// TODO(you): all other statuses have a `Fault`: list them.
#[derive(Debug, Clone, PartialEq, ApiError)]
pub enum FilesError {
    #[bulk(on(400))]
    Problem(Problem),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct Member {
    #[bulk(key)]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Box<Member>>,
}
