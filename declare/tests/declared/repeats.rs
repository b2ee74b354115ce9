//! Repeats 1: bulk operations.
//!
//! Made by `declare` from `repeats.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Bulk, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Repeats.
#[bulk_api]
pub trait Repeats: Send + Sync {
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/profiles/bulk-delete")]
    #[bulk_endpoint(max = 50, partial = true)]
    fn delete_profiles(&self) -> Bulk<String, Task>;

    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/profiles/bulk-update")]
    #[bulk_endpoint(max = 50, partial = true)]
    fn update_profiles(&self) -> Bulk<String, Task>;

    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/profiles/bulk-enable")]
    #[bulk_endpoint(max = 50, partial = true)]
    fn enable_profiles(&self) -> Bulk<String, Failures>;

    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/profiles/bulk-disable")]
    #[bulk_endpoint(max = 50, partial = true)]
    fn disable_profiles(&self) -> Bulk<String, Failures>;

    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/profiles/bulk-rename")]
    #[bulk_endpoint(max = 50, partial = true)]
    fn rename_profiles(&self) -> Bulk<String, Results>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    #[bulk(job)]
    pub task_id: String,
}

// TODO(you): the response lists failures only: did the items that it does not list succeed?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Failures {
    #[bulk(failed)]
    pub failures: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: String,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct Results {
    #[bulk(results)]
    pub results: Vec<ResultBody>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct ResultBody {
    #[bulk(key)]
    pub name: String,
    #[bulk(failed, message)]
    pub error: Option<String>,
}
