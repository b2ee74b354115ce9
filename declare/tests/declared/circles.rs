//! Circles 1: bulk operations.
//!
//! Made by `declare` from `circles.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use std::collections::BTreeMap;

use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Circles.
#[bulk_api]
pub trait Circles: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `serde_json::Value`, and it is unclear what it reports about items:
    //   as declared, only a response without content is a success.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/a/bulk")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn post_a_bulk(&self) -> Bulk<A>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct A {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<Box<A>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c: Option<C>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct C {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<B>,
    // TODO(you): `List` contains itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<serde_json::Value>>,
    // TODO(you): `Map` contains itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct B {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<Box<A>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c: Option<Box<C>>,
}
