//! Endpoints of every shape that a declaration can have, and scripted clients in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, Client, ClientBuilder, ItemReply, Outcome, OutcomeOf, Report, Status,
    TokioClock, UncertaintyKind, bulk_api,
};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::Request,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
pub struct Id(pub String);

/// The ids `t0`, `t1`, …
pub fn ids(count: usize) -> Vec<Id> {
    (0..count).map(|n| Id(format!("t{n}"))).collect()
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Changed {
    #[bulk(succeeded)]
    #[serde(default)]
    pub successes: Vec<Id>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub unprocessed: Vec<Id>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: Id,
    #[bulk(message)]
    pub message: String,
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
}

/// A job, or its result.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Told {
    #[bulk(job)]
    pub id: Option<String>,
    #[bulk(status)]
    pub state: State,
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: Option<String>,
    #[bulk(succeeded)]
    #[serde(default)]
    pub done: Vec<Id>,
    #[bulk(failed)]
    #[serde(default)]
    pub failed: Vec<Failure>,
}

#[derive(Debug, Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
    #[bulk(failed)]
    Failed,
}

/// A response that lists only the failures.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct FailuresOnly {
    #[bulk(failed)]
    pub failures: Vec<Failure>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[serde(rename_all = "camelCase")]
pub struct Element {
    #[bulk(key)]
    pub id: Id,
    #[bulk(status)]
    pub status_code: u16,
    #[bulk(message)]
    pub message: Option<String>,
}

/// Two lists, also under 429.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(on(200, 429))]
pub struct Throttled {
    #[bulk(succeeded)]
    pub successes: Vec<Id>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
}

/// An element matched by position, with a field of its own.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
pub struct Placed {
    #[bulk(status)]
    pub ok: bool,
    pub made: Option<u64>,
}

#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Patch {
    #[bulk(key)]
    pub id: u64,
    pub to: String,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
pub struct Patched {
    #[bulk(succeeded)]
    pub done: Vec<u64>,
}

#[derive(Debug, Deserialize, Serialize, ApiError)]
#[serde(rename_all = "camelCase")]
pub struct Error {
    #[bulk(code)]
    pub code: Option<String>,
    #[bulk(message)]
    pub message: String,
    #[bulk(request_id)]
    pub request_id: Option<String>,
}

/// One endpoint for each shape.
#[bulk_api(rename_all = "camelCase")]
pub trait Shapes: Send + Sync {
    #[post("/orgs/{orgId}/lists")]
    #[bulk_endpoint(max = 3, partial = true, stop(404), retry("Busy"), uncertain(500, "Maybe"))]
    fn lists(&self, org_id: &str) -> Bulk<Id, Changed, Error>;

    #[post("/again")]
    #[bulk_endpoint(max = 3, partial = true, idempotent = true, already("Already"))]
    fn idempotent(&self) -> Bulk<Id, Changed, Error>;

    #[post("/failures")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn failures_only(&self) -> Bulk<Id, FailuresOnly, Error>;

    #[post("/throttled")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn throttled(&self) -> Bulk<Id, Throttled, Error>;

    #[put("/elements")]
    #[bulk_endpoint(max = 3, partial = true, items = body, already = is_gone)]
    fn elements(&self) -> Bulk<Id, Vec<Element>, Error>;

    #[post("/placed")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn placed(&self) -> Bulk<Id, Vec<Placed>, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 3, partial = false)]
    fn whole(&self) -> Bulk<Id>;

    #[post("/whole-or-none")]
    #[bulk_endpoint(max = 3, partial = false)]
    fn all_or_none(&self) -> Bulk<Id, FailuresOnly, Error>;

    #[post("/whole-or-none-in-lists")]
    #[bulk_endpoint(max = 3, partial = false)]
    fn all_or_none_in_lists(&self) -> Bulk<Id, Changed, Error>;

    #[patch("/patches")]
    #[bulk_endpoint(max = 3, partial = true, items = "/data/patches", max_bytes = 90, max_item_bytes = 60)]
    fn patches(&self) -> Bulk<Patch, Patched, Error>;

    #[post("/keyed")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 3, partial = true, idempotent = true)]
    fn keyed(&self) -> Bulk<Id, Changed, Error>;

    #[delete("/keyed/{group}")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 3, partial = false, idempotent = true, items = query("id", repeat))]
    fn keyed_in_query(&self, group: &str, #[header("X-Trace")] trace: &str) -> Bulk<Id>;

    #[post("/limited")]
    #[bulk_endpoint(max = 3, partial = true, rate = "2/10s")]
    fn limited(&self) -> Bulk<Id, Changed, Error>;

    #[post("/limited-items")]
    #[bulk_endpoint(max = 3, partial = true, rate = "4 items/1s")]
    fn limited_items(&self) -> Bulk<Id, Changed, Error>;

    #[post("/poisoned")]
    #[bulk_endpoint(max = 8, partial = true, bisect(400))]
    fn isolated(&self) -> Bulk<Id, Changed, Error>;

    #[post("/undone")]
    #[bulk_endpoint(max = 8, partial = false, bisect(400))]
    fn undone(&self) -> Bulk<Id, FailuresOnly, Error>;

    #[delete("/many/{group}?mode=all")]
    #[bulk_endpoint(max = 2, partial = false)]
    #[header("X-Fixed", "yes")]
    #[field("/options/dryRun", false)]
    fn many_arguments(
        &self,
        group: u32,
        #[query] page_size: Option<u8>,
        #[query("tag")] tags: &[&str],
        #[header("X-Trace")] trace: &str,
        #[field("/options/reason")] reason: Option<&str>,
        notify_owner: bool,
    ) -> Bulk<Id>;
}

fn is_gone(failure: &Element) -> bool {
    failure.status_code == 410
}

/// A client whose requests get the responses of `script`, which gets their numbers.
pub fn scripted(script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static) -> ShapesClient {
    scripted_counting(script).0
}

/// Like `scripted`, with the transport, which counts the requests.
pub fn scripted_counting(
    script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static,
) -> (ShapesClient, ScriptedTransport) {
    scripted_by(script, |builder| builder.bearer("s3cret"))
}

/// Like `scripted`, with further settings of the client.
pub fn scripted_by(
    script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static,
    set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> (ShapesClient, ScriptedTransport) {
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), script);
    let builder = Client::builder("https://api.example.com/base/").transport(transport.clone()).clock(clock);
    (ShapesClient::new(set_up(builder).build().unwrap()), transport)
}

/// The requests that a script has seen.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Request>>>);

impl Seen {
    pub fn push(&self, request: &Request) {
        self.0.lock().unwrap().push(request.clone());
    }

    pub fn requests(&self) -> Vec<Request> {
        self.0.lock().unwrap().clone()
    }

    /// Returns the items under `/ids` of each request.
    pub fn batches(&self) -> Vec<Vec<String>> {
        self.requests().iter().map(sent_ids).collect()
    }
}

/// Returns the ids of a request, under `/ids` or as its whole body.
pub fn sent_ids(request: &Request) -> Vec<String> {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let ids = if body.is_array() { &body } else { &body["ids"] };
    ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Responds that all ids of a request are done.
pub fn all_done(request: &Request) -> Script {
    Script::response(200, json!({ "successes": sent_ids(request) }).to_string())
}

/// Responds that all ids are done, except those that `fails` selects, which failed.
pub fn done_but(request: &Request, fails: impl Fn(&str) -> bool) -> Script {
    let (failed, done): (Vec<String>, Vec<String>) = sent_ids(request).into_iter().partition(|id| fails(id));
    let failures: Vec<Value> = failed.iter().map(|id| json!({ "id": id, "message": "no such token" })).collect();
    Script::response(200, json!({ "successes": done, "failures": failures }).to_string())
}

/// Returns each outcome as one word, in input order: `succeeded`, `accepted`, `earlier`, `failed`, `refused 404`, `handed_back`,
/// `unknown missing`, `not_attempted`.
pub fn words<I, R: BulkReply, E>(report: &Report<I, R, E>) -> Vec<String> {
    report.iter().map(|(_, outcome)| word::<R, E>(outcome)).collect()
}

fn word<R: BulkReply, E>(outcome: &OutcomeOf<R, E>) -> String {
    let json = |value: &dyn erased::ToJson| value.to_json();
    match outcome {
        Outcome::Succeeded(success) if success.earlier => "earlier".into(),
        Outcome::Succeeded(success) if success.accepted => "accepted".into(),
        Outcome::Refused(refusal) if refusal.why == bulk_endpoint::RefusalKind::Request => {
            format!("refused {}", refusal.status.unwrap())
        }
        Outcome::Refused(refusal) => json(&refusal.why),
        Outcome::Unknown(doubt) => format!("unknown {}", json(&doubt.kind)),
        other => other.kind().to_string(),
    }
}

/// The name of a kind, as in reports.
mod erased {
    pub trait ToJson {
        fn to_json(&self) -> String;
    }

    impl<T: serde::Serialize> ToJson for T {
        fn to_json(&self) -> String {
            serde_json::to_value(self).unwrap().as_str().unwrap().to_owned()
        }
    }
}

/// Returns the kind and detail of each unknown outcome of a report.
pub fn doubts<I, R: BulkReply, E>(report: &Report<I, R, E>) -> Vec<(UncertaintyKind, String)> {
    report.unknown().map(|(_, doubt)| (doubt.kind, doubt.detail.clone())).collect()
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
