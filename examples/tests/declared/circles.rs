//! Circles 1: bulk operations.
//!
//! Made by `declare` from `circles.yaml`. What the specification does not say is marked `TODO(you)`.
// TODO(you): roles, all that stands in `#[bulk(…)]`, are guessed from names and types: hold them against the vendor's page.

use std::collections::BTreeMap;

use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Circles.
#[bulk_api]
pub trait Circles: Send + Sync {
    // TODO(you): the specification says no limit: `max` is assumed.
    // TODO(you): under 200 `serde_json::Value` is answered, of which it is not known what it says of items: as
    //   it is, only a response without content is success.
    // TODO(you): `partial = false` says that a request is all or nothing; the response tells nothing of single
    //   items.
    // TODO(you): is retrying an item safe? `idempotent = true` then.
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
    // TODO(you): `List` is made of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<serde_json::Value>>,
    // TODO(you): `Map` is made of itself.
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
