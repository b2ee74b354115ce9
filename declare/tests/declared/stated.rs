//! Stated 1: bulk operations.
//!
//! Made by `declare` from `stated.yaml`. What the specification leaves open is marked `TODO(you)`.
// TODO(you): the roles in `#[bulk(…)]` are guessed from names and types: check them against the vendor's page.
// TODO(you): `x-rate-limit` is {"limit": 600, "period": "60s"}: add it as `rate = "…/1s"`?
// TODO(you): the introduction says: "You may send 600 requests per minute.": add it as `rate` to the methods?

use bulk_endpoint::{Accepted, ApiError, Bulk, BulkItem, BulkReply, ItemReply, Ndjson, Status, bulk_api};
use serde::{Deserialize, Serialize};

/// Bulk operations of Stated.
#[bulk_api]
pub trait Stated: Send + Sync {
    /// Imports events in bulk
    ///
    /// Imports up to 500 events per request. An event has at most 64 KB, and a name of up to 100 characters.
    /// There can be 3 imports per second, and no more than **2000** events in all imports that run.
    // TODO(you): `max` is read from this sentence: "Imports up to 500 events per request.".
    // TODO(you): the description says: "An event has at most 64 KB, and a name of up to 100 characters.": is
    //   this `max_bytes`, or `max_item_bytes`?
    // TODO(you): the description says: "There can be 3 imports per second, and no more than **2000** events in
    //   all imports that run.": add it as `rate = "…/1s"`?
    // TODO(you): the description says: "There can be 3 imports per second, and no more than **2000** events in
    //   all imports that run.": is this the `max` of a request?
    // TODO(you): as declared, the items of the job are accepted: to wait for its result, add `poll =
    //   "/…/{job}"`.
    // TODO(you): documented error statuses: 429. Put those that would fail every request into `stop(…)`, and
    //   those that a single item can cause into `bisect(…)`.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    // TODO(you): `x-ratelimit-bucket` is "imports": add it as `rate = "…/1s"`?
    // TODO(you): a response under 202 has the header `Operation-Location`: for the result of the job, add a
    //   field with `#[bulk(job, header = "Operation-Location")]` to the reply, and `poll = "{job}"`.
    // TODO(you): a response under 429 has the header `X-RateLimit-Reset`: if it is the delay before a retry, add
    //   a field with `#[bulk(retry_after = seconds, header = "X-RateLimit-Reset")]` to the error (`epoch` for a
    //   time).
    #[post("/events/bulk")]
    #[bulk_endpoint(max = 500, items = ndjson, partial = false)]
    fn import_events(&self) -> Bulk<Event, ImportEventsResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/events/archive-batch")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn archive_events(&self) -> Bulk<String, Accepted>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/events/restore-batch")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn restore_events(&self) -> Bulk<String, RestoreEventsReply>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/events/touch-batch")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = true)]
    fn touch_events(&self) -> Bulk<Touch, TouchEventsResponse>;

    // TODO(you): the specification gives no limit: `max` is assumed.
    // TODO(you): `partial = false` means that a request is all or nothing: the response does not report single
    //   items.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/events/count-batch")]
    #[bulk_endpoint(max = assumed(100), items = body, partial = false)]
    fn count_events(&self) -> Bulk<String, CountEventsResponse>;

    // TODO(you): `max` is read from this sentence: "A move of at most 40 events.".
    // TODO(you): documented error statuses: 400. Put those that would fail every request into `stop(…)`, and
    //   those that a single item can cause into `bisect(…)`.
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/events/move-batch")]
    #[bulk_endpoint(max = 40, items = "eventIds", partial = true)]
    fn move_events(&self) -> Bulk<String, Vec<Moved>, StatedError>;

    // TODO(you): `max` is read from this sentence: "At most 20 ids.".
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/events/send-batch")]
    #[bulk_endpoint(max = 20, items = "eventIds", partial = true)]
    fn send_events(&self) -> Bulk<String, Vec<Moved>>;

    // TODO(you): `max` is read from this sentence: "The events, 50 ids or fewer.".
    // TODO(you): if a retry is safe, add `idempotent = true`.
    #[post("/events/delete")]
    #[bulk_endpoint(max = 50, items = "eventIds", partial = true)]
    fn delete_events(&self, reason: Option<&str>) -> Bulk<String, Ndjson<Deleted>>;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct Event {
    pub id: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct ImportEventsResponse {
    #[bulk(job)]
    pub id: Option<String>,
    pub state: Option<String>,
}

/// A response, by its status.
#[derive(Debug, Clone, PartialEq, BulkReply)]
pub enum RestoreEventsReply {
    #[bulk(on(202))]
    Accepted,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
pub struct Touch {
    #[bulk(key)]
    pub source: String,
    #[bulk(key)]
    pub number: i64,
    pub note: bool,
}

// TODO(you): no field alone names the item: do its key fields together?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
pub struct TouchResult {
    #[bulk(key)]
    pub source: String,
    #[bulk(key)]
    pub number: i64,
    pub note: bool,
}

/// The done items.
// TODO(you): does the response list the items that are done, and no others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
pub struct TouchEventsResponse(#[bulk(succeeded)] pub Vec<TouchResult>);

// TODO(you): the response says nothing about items: as declared, all of them succeeded. If they are only queued,
//   write `unlisted = accepted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct CountEventsResponse {
    // TODO(you): is this always there?
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    #[bulk(key)]
    pub event_id: String,
    #[bulk(status)]
    pub status: Option<MovedStatus>,
    #[bulk(message)]
    pub failed_reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Status)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MovedStatus {
    #[bulk(succeeded)]
    Ok,
    #[bulk(failed)]
    Failed,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct BadRequest {
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ApiError)]
pub struct Fault {
    #[bulk(message)]
    pub reason: Option<String>,
}

/// The body of an error response, by its status.
// TODO(you): all other statuses have a `Fault`: list them.
#[derive(Debug, Clone, PartialEq, ApiError)]
pub enum StatedError {
    #[bulk(on(400))]
    BadRequest(BadRequest),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    #[bulk(key)]
    pub event_id: String,
    /// DELETED | FAILED
    #[bulk(status)]
    pub status: Option<DeletedStatus>,
}

/// DELETED | FAILED
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Status)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeletedStatus {
    #[bulk(succeeded)]
    Deleted,
    #[bulk(failed)]
    Failed,
    /// A value that is not known yet.
    #[serde(untagged)]
    Other(String),
}
