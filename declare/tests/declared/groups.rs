//! Groups 1: bulk operations.
//!
//! Made by `declare` from `groups.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Accepted, Bulk, BulkItem, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Groups.
#[bulk_api]
pub trait Groups: Send + Sync {
    // TODO(you): optional and left out: `dry_run`.
    // TODO(you): the response under 200 is `ChangeProductsResponse` ("The results, in the order of the
    //   request."), and it is unclear what it reports about items: as declared, only a response without content is
    //   a success. If `create` or `delete` lists items, mark it as `succeeded`, `failed` or `results`, and the key
    //   of its elements.
    // TODO(you): an item is in one of the lists `create`, `delete`: may a request have items in several of them?
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/products/batch")]
    #[bulk_endpoint(max = 100, items = groups(""), partial = false)]
    fn change_products(&self) -> Bulk<ChangeProductsItem>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): an item is in one of the lists `confirmedIds`, `deniedIds`: may a request have items in several
    //   of them?
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/common/bulk-decide")]
    #[bulk_endpoint(max = assumed(100), items = groups("/0"), partial = false)]
    fn decide(&self) -> Bulk<DecideItem, Accepted>;

    /// Each user gets each role.
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/grants/bulk")]
    #[bulk_endpoint(max = assumed(100), items = "userIds", partial = false)]
    fn grant_all(&self, #[field("/roleIds")] role_ids: &[String]) -> Bulk<String>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An item, in its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[bulk(group)]
#[serde(untagged, rename_all = "lowercase")]
pub enum ChangeProductsItem {
    Create(Product),
    Delete(i64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeProductsResponse {
    #[serde(default)]
    pub create: Vec<Changed>,
    #[serde(default)]
    pub delete: Vec<Changed>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    pub id: Option<i64>,
    pub status: Option<i64>,
}

/// An item, in its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[bulk(group)]
#[serde(untagged, rename_all = "camelCase")]
pub enum DecideItem {
    ConfirmedIds(String),
    DeniedIds(String),
}
