//! Odds & ends 1: bulk operations.
//!
//! Made by `declare` from `swagger2.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Odds & ends.
///
/// Base URL: <https://api.example.com/v1>
#[bulk_api]
pub trait OddsEnds: Send + Sync {
    // TODO(you): the path is `/things/{thing.kind}/batch/{database=projects/*}` in the specification.
    // TODO(you): `idempotent` follows from HTTP's definition of PUT: does the vendor keep to it?
    #[put("/things/{thing.kind}/batch/{database}")]
    #[field("/data/kind", "things")]
    #[bulk_endpoint(max = 20, items = "/data/items", partial = true, idempotent = true)]
    fn put_things_thing_kind_batch_database_projects(
        &self,
        #[path("thing.kind")] thing_kind: i64,
        database: &str,
        #[header("X-Caller")] x_caller: &str,
        #[field("/data/options")] options: &Options,
    ) -> Bulk<Thing, Vec<ThingResult>, ApiErrorBody>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `idempotent` follows from HTTP's definition of GET: does the vendor keep to it?
    #[get("/things/bulk")]
    #[bulk_endpoint(max = assumed(100), items = query("ids", repeat), partial = true, idempotent = true)]
    fn bulk_get_things(&self) -> Bulk<i64, BulkGetThingsResponse>;

    /// Invite in bulk
    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/things/bulk")]
    #[bulk_endpoint(max = assumed(100), items = form("emails", csv), partial = false)]
    fn invite_many(&self, #[field("/channel")] channel: &str) -> Bulk<String>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): the response under 200 is `Vec<serde_json::Value>`, and it is unclear what it reports about
    //   items: as declared, only a response without content is a success.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[patch("/any/batch")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn any_batch(&self) -> Bulk<AnyBatchItem>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(rename_all = "camelCase")]
pub struct Thing {
    #[bulk(key)]
    pub id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_: Option<String>,
    #[serde(rename = "1st", skip_serializing_if = "Option::is_none")]
    pub n1st: Option<String>,
    #[serde(rename = "first-name", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(rename = "first_name", skip_serializing_if = "Option::is_none")]
    pub first_name2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<Thing>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Box<Thing>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deep: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct ThingResult {
    #[bulk(key)]
    pub id: i64,
    #[bulk(status)]
    pub success: Option<bool>,
    pub error: Option<ApiErrorBody>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct ApiErrorBody {
    #[bulk(request_id)]
    pub request_id: Option<String>,
    #[bulk(nested)]
    pub error: Option<ApiErrorBodyError>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct ApiErrorBodyError {
    #[bulk(code)]
    pub code: Option<i64>,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct ThingResult2 {
    #[bulk(key)]
    pub id: i64,
    pub self_: Option<String>,
    #[serde(rename = "1st")]
    pub n1st: Option<String>,
    #[serde(rename = "first-name")]
    pub first_name: Option<String>,
    #[serde(rename = "first_name")]
    pub first_name2: Option<String>,
    #[serde(default)]
    pub children: Vec<Thing>,
    pub parent: Option<Box<Thing>>,
}

/// The done items.
// TODO(you): does the response list the items that are done, and no others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct BulkGetThingsResponse(#[bulk(succeeded)] pub Vec<ThingResult2>);

/// An item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
#[serde(untagged)]
pub enum AnyBatchItem {
    Thing(Thing),
    Options(Options),
}
