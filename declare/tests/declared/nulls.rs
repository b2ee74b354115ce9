//! Nulls 1: bulk operations.
//!
//! Made by `declare` from `nulls.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use std::collections::BTreeMap;

use bulk_endpoint::{Bulk, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Nulls.
#[bulk_api]
pub trait Nulls: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/users/tag-batch")]
    #[bulk_endpoint(max = assumed(100), partial = true)]
    fn tag_users(&self) -> Bulk<String, TagUsersResponse>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct TagUsersResponse {
    #[bulk(succeeded)]
    pub succeeded: Option<Vec<String>>,
    #[bulk(failed)]
    pub failed: Option<Vec<Failure>>,
    #[serde(default)]
    pub links: BTreeMap<String, Option<String>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: String,
    pub reasons: Option<Vec<String>>,
    pub level: Option<FailureLevel>,
    pub place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureLevel {
    Low,
    High,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub line: i64,
}
