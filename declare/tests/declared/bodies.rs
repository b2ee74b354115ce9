//! Bodies 1: bulk operations.
//!
//! Made by `declare` from `bodies.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{Bulk, BulkItem, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Bodies.
#[bulk_api]
pub trait Bodies: Send + Sync {
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the body is `PointList`, or `Filter`: declare a method for each that you need.
    // TODO(you): the response under 200 is `UpsertPointsResponse`, and it is unclear what it reports about
    //   items: as declared, only a response without content is a success.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/points/bulk-upsert")]
    #[bulk_endpoint(max = assumed(100), items = "points", partial = false)]
    fn upsert_points(&self, shard: Option<&str>) -> Bulk<UpsertPointsItem>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `allOrNone` is left out: it decides what a failed item does to the others: "Whether nothing is
    //   deleted if a point is in use.". Declare a method for each value, with `#[field("/allOrNone", true)]` or
    //   `#[field("/allOrNone", false)]`, and the `partial` that it means.
    // TODO(you): `mode` is one of `APPEND`, `MERGE`: "`APPEND` refuses duplicates, `MERGE` ignores them.". If
    //   one of them can be retried safely and another cannot, declare a method for each, with `#[field("/mode",
    //   "…")]`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/points/bulk-delete")]
    #[bulk_endpoint(max = assumed(100), partial = false)]
    fn delete_points(&self, mode: Option<&DeletePointsMode>) -> Bulk<String>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is one of `PointList`, `Filter`: as declared, only a response without
    //   content is a success. Declare an enum with a variant for each, `#[bulk(on(200))]`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/points/bulk-read")]
    #[bulk_endpoint(max = assumed(100), items = "points", partial = false)]
    fn read_points(&self, shard: Option<&str>) -> Bulk<UpsertPointsItem>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `PointOwnerResponse`, and it is unclear what it reports about items:
    //   as declared, only a response without content is a success.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): `idempotent` follows from HTTP's definition of GET: does the vendor keep to it?
    #[get("/points/batch-owner")]
    #[bulk_endpoint(max = assumed(100), items = query("pointId", repeat), partial = false, idempotent = true)]
    fn point_owner(&self) -> Bulk<String>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct UpsertPointsItem {
    pub id: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpsertPointsResponse {
    pub time: Option<f64>,
    pub result: Option<UpsertPointsResponseResult>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpsertPointsResponseResult {
    pub status: Option<UpsertPointsResponseResultStatus>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UpsertPointsResponseResultStatus {
    Acknowledged,
    Completed,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

/// `APPEND` refuses duplicates, `MERGE` ignores them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeletePointsMode {
    Append,
    Merge,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PointOwnerResponse {
    pub point_id: Option<String>,
    pub owner: Option<String>,
}
