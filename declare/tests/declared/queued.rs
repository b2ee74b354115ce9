//! Queued 1: bulk operations.
//!
//! Made by `declare` from `queued.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Accepted, Bulk, BulkReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Queued.
#[bulk_api]
pub trait Queued: Send + Sync {
    /// Deletes users. The work is done in the background.
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 204 is declared as `accepted` because of "The work is done in the
    //   background.": are the items only queued?
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/delete-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn delete_users(&self) -> Bulk<String, Accepted>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is declared as `accepted` because of "The request is queued.": are the
    //   items only queued?
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/move-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn move_users(&self) -> Bulk<String, Note>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/copy-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn copy_users(&self) -> Bulk<String, NoteSucceeded>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is declared as `accepted` because of "The check was accepted.": are the
    //   items only queued?
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/check-batch")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn check_users(&self) -> Bulk<String, CheckUsersReply>;
}

// TODO(you): the response says nothing about items: as declared, all of them are accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
pub struct Note {
    // TODO(you): is this always there?
    pub note: String,
}

// TODO(you): the response says nothing about items: as declared, all of them succeeded. If they are only queued,
//   write `unlisted = accepted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct NoteSucceeded {
    // TODO(you): is this always there?
    pub note: String,
}

// TODO(you): the response says nothing about items: as declared, all of them succeeded. If they are only queued,
//   write `unlisted = accepted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct CheckUsersResponse {
    // TODO(you): is this always there?
    pub checked: String,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum CheckUsersReply {
    #[bulk(on(200))]
    Ok(Accepted),
    #[bulk(on(201))]
    CheckUsersResponse(CheckUsersResponse),
}
