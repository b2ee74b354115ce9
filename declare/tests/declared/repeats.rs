//! Repeats 1: bulk operations.
//!
//! Made by `declare` from `repeats.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Accepted, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Repeats.
#[bulk_api]
pub trait Repeats: Send + Sync {
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/profiles/bulk-delete")]
    #[bulk_endpoint(max = 50, partial = false)]
    fn delete_profiles(&self) -> Bulk<String, Task>;

    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/profiles/bulk-update")]
    #[bulk_endpoint(max = 50, partial = false)]
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

    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/people/bulk-create")]
    #[bulk_endpoint(max = 20, items = body, partial = true)]
    fn create_people(&self) -> Bulk<NewPerson, CreatePeopleResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/people/bulk-patch")]
    #[bulk_endpoint(max = assumed(100), items = map("/patches"), partial = true)]
    fn patch_people(&self) -> Bulk<PatchPeopleEntry, PatchPeopleResponse>;

    // TODO(you): the header `X-Preview` has its default true: should it be an argument?
    // TODO(you): the response under 200 is declared as `accepted` because of "The request was accepted.": are
    //   the items only queued?
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/people/bulk-delete")]
    #[header("X-Preview", "true")]
    #[bulk_endpoint(max = 50, partial = false)]
    fn delete_people(&self) -> Bulk<String, Accepted>;
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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct NewPerson {
    #[bulk(key)]
    pub email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct CreatePeopleResponse {
    #[bulk(succeeded)]
    #[serde(default)]
    pub created: Vec<Person>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    #[bulk(key)]
    pub email: String,
    pub team: Option<String>,
    pub person_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

/// An item, with its key in the object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(transparent)]
pub struct PatchPeopleEntry {
    #[bulk(key)]
    #[serde(skip)]
    pub key: String,
    pub value: PersonPatch,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct PatchPeopleResponse {
    #[bulk(succeeded)]
    #[serde(default)]
    pub patched: Vec<PersonOfPatchPeople>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct PersonOfPatchPeople {
    pub email: Option<String>,
    pub team: Option<String>,
    #[bulk(key)]
    pub person_id: String,
}
