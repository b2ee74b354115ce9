//! Replies, error bodies and endpoints of many shapes, for the checks.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Index, ItemReply, Ndjson, Pairs, Status, bulk_api};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Lists {
    #[bulk(succeeded)]
    #[serde(default)]
    pub successes: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub unprocessed: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: String,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct FailuresOnly {
    #[bulk(failed)]
    pub failures: Vec<Failure>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Element {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Results {
    #[bulk(results)]
    pub results: Vec<Element>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
#[bulk(positional)]
pub struct Placed {
    #[bulk(status)]
    pub ok: bool,
    pub made: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Numbers {
    #[bulk(succeeded)]
    pub successes: Vec<u64>,
    #[bulk(failed)]
    pub failures: Vec<NumberFailure>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct NumberFailure {
    #[bulk(key)]
    pub id: u64,
}

/// The value of an object's entry, whose verdict depends on which field is present.
#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Entry {
    #[bulk(failed, message)]
    #[serde(default)]
    pub error: Option<String>,
}

/// One failure for several items.
#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Shared {
    #[bulk(keys)]
    pub ids: Vec<String>,
    #[bulk(nested)]
    #[serde(default)]
    pub entry: Option<Entry>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Part {
    #[bulk(status)]
    #[serde(default)]
    pub ok: Option<bool>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Shared>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub unprocessed: Vec<String>,
    #[bulk(count(failed))]
    #[serde(default)]
    pub count: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Parts {
    #[bulk(nested)]
    pub results: Vec<Part>,
    #[bulk(nested)]
    #[serde(default)]
    pub data: Option<Part>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = failed, on(200, 400))]
pub struct DoneOnly {
    #[bulk(succeeded)]
    pub successes: Vec<String>,
    #[bulk(count(succeeded))]
    #[serde(default)]
    pub count: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    #[bulk(succeeded)]
    Ok,
    #[bulk(failed)]
    Error,
    #[bulk(unprocessed)]
    Skipped,
    #[bulk(pending)]
    Running,
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Whole {
    #[bulk(status)]
    pub status: Word,
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
    #[bulk(job)]
    #[serde(default)]
    pub id: Option<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
}

#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
pub enum ByStatus {
    #[bulk(on(200))]
    Listed(FailuresOnly),
    #[bulk(on(204))]
    Nothing,
    #[bulk(on(400, 409))]
    Blamed(FailuresOnly),
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Indexed {
    #[bulk(key)]
    pub row: Index<1>,
    #[bulk(status)]
    pub status: Word,
}

/// An item with a key of two fields.
#[derive(Debug, Clone, Serialize, Deserialize, BulkItem)]
pub struct Cell {
    #[bulk(key)]
    pub id: String,
    #[bulk(key)]
    pub row: u64,
    pub value: bool,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct CellReply {
    #[bulk(key)]
    pub id: String,
    #[bulk(key)]
    pub row: u64,
    #[bulk(status)]
    pub ok: bool,
}

#[derive(Debug, ApiError)]
pub enum Error {
    #[bulk(on(400, 403, 409, 500))]
    Detailed(Detailed),
    #[bulk(on(401, 429, 503))]
    Short {
        #[bulk(message)]
        error: String,
    },
}

#[derive(Debug, Deserialize, ApiError)]
pub struct Detailed {
    #[bulk(code)]
    pub code: Option<i64>,
    #[bulk(message)]
    pub messages: Vec<Text>,
    #[bulk(request_id)]
    pub id: Option<String>,
}

/// One of an error's messages.
#[derive(Debug, Deserialize)]
pub struct Text {
    pub text: String,
}

impl bulk_endpoint::reply::AsText for Text {
    fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some((&*self.text).into())
    }
}

/// One endpoint for each shape.
#[bulk_api]
pub trait Hostile: Send + Sync {
    #[post("/in/{org}/lists")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn lists(&self, org: &str) -> Bulk<String, Lists, Error>;

    #[post("/failures")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn failures_only(&self) -> Bulk<String, FailuresOnly, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 40, partial = false)]
    fn all_or_none(&self) -> Bulk<String, FailuresOnly, Error>;

    #[post("/each")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn each(&self) -> Bulk<String, Vec<Element>, Error>;

    #[post("/results")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn results(&self) -> Bulk<String, Results, Error>;

    #[post("/placed")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn placed(&self) -> Bulk<String, Vec<Placed>, Error>;

    #[post("/numbers")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn numbers(&self) -> Bulk<u64, Numbers, Error>;

    #[post("/cells")]
    #[bulk_endpoint(max = 40, partial = true, items = "cells")]
    fn cells(&self) -> Bulk<Cell, Vec<CellReply>, Error>;

    #[post("/silent")]
    #[bulk_endpoint(max = 40, partial = false)]
    fn silent(&self) -> Bulk<String, (), Error>;

    #[post("/pairs")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn pairs(&self) -> Bulk<String, Pairs<String, Entry>, Error>;

    #[post("/lines")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn lines(&self) -> Bulk<String, Ndjson<Element>, Error>;

    #[post("/parts")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn parts(&self) -> Bulk<String, Parts, Error>;

    #[post("/done")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn done_only(&self) -> Bulk<String, DoneOnly, Error>;

    #[post("/status")]
    #[bulk_endpoint(max = 40, partial = true, poll = "/status/{job}")]
    fn status(&self) -> Bulk<String, Whole, Error>;

    #[post("/by-status")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn by_status(&self) -> Bulk<String, ByStatus, Error>;

    #[post("/nullable")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn nullable(&self) -> Bulk<String, Vec<Option<Placed>>, Error>;

    #[post("/indexed")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn indexed(&self) -> Bulk<String, Vec<Indexed>, Error>;

    #[post("/arguments/{one}/of-{two}:run")]
    #[bulk_endpoint(max = 40, partial = false)]
    fn arguments(
        &self,
        one: &str,
        two: &str,
        #[query] tag: &[&str],
        #[header("X-Trace")] trace: &str,
        #[field("/options/reason")] reason: &str,
    ) -> Bulk<String, (), Error>;
}
