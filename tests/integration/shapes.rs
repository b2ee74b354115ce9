//! The response grammar: what every word of the derives makes of a response, right and wrong, and what it then says of each item.

use std::collections::HashMap;

use bulk_endpoint::transport::{Request, Script, ScriptedTransport};
use bulk_endpoint::{
    ApiError, AssignedId, Bulk, BulkItem, BulkReply, Client, IgnoreCase, Index, ItemReply, Ndjson, Outcome, Pairs,
    BulkReply, Report, NotListed, Status, TokioClock, bulk_api,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{seconds, words};

// ---- The shapes

/// One failure for several items.
#[derive(Deserialize, Serialize, ItemReply)]
struct Grouped {
    #[bulk(keys)]
    ids: Vec<String>,
    #[bulk(message)]
    why: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct ByGroups {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Grouped>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Entity {
    #[bulk(key)]
    id: String,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Problem {
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    text: Option<String>,
    #[bulk(retry_after = milliseconds)]
    #[serde(default)]
    retry_after_ms: Option<i64>,
}

/// Key and error each inside something of their own.
#[derive(Deserialize, Serialize, ItemReply)]
struct Nested {
    #[bulk(key, nested)]
    entity: Entity,
    #[bulk(failed, nested)]
    error: Option<Problem>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct From0 {
    #[bulk(key)]
    index: Index<0>,
    #[bulk(message)]
    error: String,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct From1 {
    #[bulk(key)]
    line: Index<1>,
    #[bulk(message)]
    error: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct ErrorsFrom0 {
    #[bulk(failed)]
    errors: Vec<From0>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct ErrorsFrom1 {
    #[bulk(failed)]
    errors: Vec<From1>,
}

#[derive(Deserialize, Serialize, BulkItem)]
struct Message {
    id: AssignedId,
    text: String,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Sent {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(status)]
    status: String,
}

/// Judged by what is in it.
#[derive(Deserialize, Serialize, ItemReply)]
struct Present {
    #[bulk(key)]
    id: String,
    #[bulk(succeeded)]
    #[serde(default)]
    made: Option<u64>,
    #[bulk(failed, message)]
    #[serde(default)]
    errors: Option<Vec<String>>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Coded {
    #[bulk(key)]
    id: String,
    #[bulk(failed, code)]
    error_code: i32,
}

#[derive(Deserialize, Serialize, Status)]
#[serde(rename_all = "kebab-case")]
enum Word {
    #[bulk(succeeded)]
    AllDone,
    #[bulk(accepted)]
    Queued,
    #[bulk(failed)]
    NotFound,
    #[bulk(unprocessed)]
    Skipped,
    #[bulk(pending)]
    Running,
    #[serde(untagged)]
    Other(String),
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Worded {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: Word,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Waits {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(nested)]
    problem: Option<Problem>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: String,
    #[bulk(message)]
    text: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Lists {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Inside {
    #[bulk(nested)]
    data: Lists,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct InsideOption {
    #[bulk(nested)]
    data: Option<Lists>,
    #[bulk(unprocessed)]
    #[serde(default)]
    left: Vec<String>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Part {
    #[bulk(status)]
    ok: bool,
    #[bulk(message)]
    #[serde(default)]
    error: Option<String>,
    #[bulk(failed)]
    b: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct InsideList {
    #[bulk(nested)]
    a: Vec<Part>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct InPairs {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Pairs<String, Value>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Pairs<String, Problem>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Value0 {
    #[bulk(status)]
    ok: bool,
    #[bulk(message)]
    why: Option<String>,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct Placed {
    #[bulk(status)]
    ok: bool,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct PlacedInLists {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Made>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Made>,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct Made {
    made: Option<u64>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Counted {
    #[bulk(failed)]
    failed: Vec<Failure>,
    #[bulk(count(failed))]
    failures: Option<u64>,
    #[bulk(count(succeeded))]
    successes: Option<u64>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = failed)]
struct DoneOnly {
    #[bulk(succeeded)]
    done: Vec<String>,
}

/// A 400 that names who is to blame.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(on(200, 400))]
struct Blames {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Whole {
    #[bulk(status)]
    ok: bool,
    #[bulk(code)]
    #[serde(default)]
    error: Option<String>,
    #[bulk(message)]
    #[serde(default)]
    text: Option<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Queue {
    #[bulk(status)]
    status: Word,
}

/// The body is the list of those that failed.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct BareFailures(#[bulk(failed)] Vec<From0>);

/// The body is the list of those done.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = failed)]
struct BareDone(#[bulk(succeeded)] Vec<String>);

/// The body's entries are those that failed.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct BareProblems(#[bulk(failed)] Pairs<String, Problem>);

/// Without a meaning of silence, inside something, and under a status of its own.
#[derive(Deserialize, Serialize, BulkReply)]
struct BareUndone(#[bulk(unprocessed)] Vec<String>);

#[derive(Deserialize, Serialize, BulkReply)]
struct HoldsBare {
    #[bulk(results)]
    done: Vec<Judged>,
    #[bulk(nested)]
    rest: BareUndone,
}

#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum BareByStatus {
    #[bulk(on(204))]
    All,
    #[bulk(on(207))]
    Failures(BareFailures),
}

#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum ByStatus {
    #[bulk(on(200))]
    Listed(Results),
    #[bulk(on(204))]
    Nothing,
    #[bulk(on(207))]
    Each(Vec<Judged>),
    #[bulk(on(409))]
    Blamed(Rejected),
    #[bulk(on(410))]
    Remaining(DoneOnly),
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Results {
    #[bulk(results)]
    results: Vec<Judged>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Rejected {
    #[bulk(failed)]
    failed: Vec<Judged>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Judged {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(message)]
    text: String,
}

impl From<NotListed> for Judged {
    fn from(_: NotListed) -> Self {
        Judged { id: String::new(), status: 410, text: "not among the rest".to_owned() }
    }
}

/// Fields of an element that is a tagged union.
#[derive(Deserialize, Serialize, ItemReply)]
#[serde(tag = "result", rename_all = "snake_case")]
enum Tagged {
    #[bulk(succeeded)]
    Created { version: u64 },
    #[bulk(failed)]
    Rejected(Problem),
    #[bulk(unprocessed)]
    Skipped,
    Judged {
        #[bulk(status)]
        status: u16,
    },
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Union {
    #[bulk(key)]
    id: String,
    #[bulk(status, nested)]
    #[serde(flatten)]
    told: Tagged,
}

#[derive(Clone, Serialize, BulkItem)]
struct Change {
    #[bulk(group)]
    #[serde(skip)]
    group: String,
    text: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct InGroups {
    #[bulk(results)]
    #[serde(default)]
    create: Vec<Placed>,
    #[bulk(results)]
    #[serde(default)]
    delete: Vec<Placed>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct AnyCase {
    #[bulk(succeeded)]
    done: Vec<IgnoreCase>,
}

#[derive(Debug, Deserialize, ApiError)]
struct Error {
    #[bulk(nested)]
    error: Details,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Details {
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    text: String,
}

#[bulk_api]
trait Words: Send + Sync {
    #[post("/keys")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn keys(&self) -> Bulk<String, ByGroups, Error>;
    #[post("/nested")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn nested(&self) -> Bulk<String, Vec<Nested>, Error>;
    #[post("/index/0")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn at_0(&self) -> Bulk<String, ErrorsFrom0, Error>;
    #[post("/index/1")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn at_1(&self) -> Bulk<String, ErrorsFrom1, Error>;
    #[post("/assigned")]
    #[bulk_endpoint(max = 2, partial = true)]
    fn assigned(&self) -> Bulk<Message, Vec<Sent>, Error>;
    #[post("/present")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn present(&self) -> Bulk<String, Vec<Present>, Error>;
    #[post("/coded")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn coded(&self) -> Bulk<String, Vec<Coded>, Error>;
    #[post("/worded")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn worded(&self) -> Bulk<String, Vec<Worded>, Error>;
    #[post("/waits")]
    #[bulk_endpoint(max = 5, partial = true, retry("slow"))]
    fn waits(&self) -> Bulk<String, Vec<Waits>, Error>;
    #[post("/inside")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn inside(&self) -> Bulk<String, Inside, Error>;
    #[post("/inside/option")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn inside_option(&self) -> Bulk<String, InsideOption, Error>;
    #[post("/inside/list")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn inside_list(&self) -> Bulk<String, InsideList, Error>;
    #[post("/pairs")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn pairs(&self) -> Bulk<String, Pairs<String, Value0>, Error>;
    #[post("/pairs/lists")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn in_pairs(&self) -> Bulk<String, InPairs, Error>;
    #[post("/pairs/numbers")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn numbered(&self) -> Bulk<u64, Pairs<u64, Value0>, Error>;
    #[post("/lines")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn lines(&self) -> Bulk<String, Ndjson<Judged>, Error>;
    #[post("/lines/placed")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn placed_lines(&self) -> Bulk<String, Ndjson<Placed>, Error>;
    #[post("/nullable")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn nullable(&self) -> Bulk<String, Vec<Option<Placed>>, Error>;
    #[post("/placed/lists")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn placed_in_lists(&self) -> Bulk<String, PlacedInLists, Error>;
    #[post("/counted")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn counted(&self) -> Bulk<String, Counted, Error>;
    #[post("/done-only")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn done_only(&self) -> Bulk<String, DoneOnly, Error>;
    #[post("/bare/failures")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_failures(&self) -> Bulk<String, BareFailures, Error>;
    #[post("/bare/done")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_done(&self) -> Bulk<String, BareDone, Error>;
    #[post("/bare/problems")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_problems(&self) -> Bulk<String, BareProblems, Error>;
    #[post("/bare/inside")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn holds_bare(&self) -> Bulk<String, HoldsBare, Error>;
    #[post("/bare/by-status")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_by_status(&self) -> Bulk<String, BareByStatus, Error>;
    #[post("/blames")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn blames(&self) -> Bulk<String, Blames, Error>;
    #[post("/whole")]
    #[bulk_endpoint(max = 5, partial = true, retry("busy"), stop("closed"))]
    fn whole(&self) -> Bulk<String, Whole, Error>;
    #[post("/queue")]
    #[bulk_endpoint(max = 5, partial = false, stop("not-found"))]
    fn queue(&self) -> Bulk<String, Queue, Error>;
    #[post("/by-status")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn by_status(&self) -> Bulk<String, ByStatus, Error>;
    #[post("/undone")]
    #[bulk_endpoint(max = 5, partial = false, unprocessed(424))]
    fn undone(&self) -> Bulk<String, Vec<Judged>, Error>;
    #[post("/union")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn union(&self) -> Bulk<String, Vec<Union>, Error>;
    #[post("/groups")]
    #[bulk_endpoint(max = 5, partial = true, items = groups(""))]
    fn groups(&self) -> Bulk<Change, InGroups, Error>;
    #[post("/any-case")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn any_case(&self) -> Bulk<IgnoreCase, AnyCase, Error>;
}

// ---- How they are met

fn client(script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static) -> WordsClient {
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), script);
    WordsClient::new(Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap())
}

/// What a report says of each item: the outcome, its code, and its words.
fn said<I, R: BulkReply, E>(report: &Report<I, R, E>) -> Vec<String> {
    let words = words(report).into_iter().zip(report.iter());
    let said = words.map(|(mut said, (_, outcome))| {
        if let (Outcome::Failed(_) | Outcome::Refused(_), Some(code)) = (outcome, outcome.code()) {
            said += &format!(" {code}");
        }
        match outcome {
            Outcome::Unknown(doubt) => format!("{said}: {}", doubt.detail),
            outcome => outcome.message().map_or(said.clone(), |message| format!("{said}: {message}")),
        }
    });
    said.collect()
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("t{n}")).collect()
}

/// Items that meet one response a row, in runs of one attempt. All rows that differ are told at once.
async fn meet<T, R, E>(
    bulk: impl Fn(&WordsClient) -> Bulk<T, R, E>,
    items: impl Fn() -> Vec<T>,
    rows: &[(u16, &str, &[&str])],
) where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let mut wrong = String::new();
    for (status, body, want) in rows {
        let answer = Script::answer(*status, (*body).to_owned());
        let report = bulk(&client(move |_, _| answer.clone())).send(items()).max_attempts(1).await;
        let said = said(&report);
        if said != *want {
            wrong += &format!("\n({status}, {body:?}, &{said:#?}),");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn three() -> Vec<String> {
    texts(3)
}

fn two() -> Vec<String> {
    texts(2)
}

// ---- Elements

#[tokio::test(start_paused = true)]
async fn keys() {
    meet(
        WordsClient::keys,
        three,
        &[
            (200, r#"{"done":["t0"],"failed":[{"ids":["t2","t1"],"why":"gone"}]}"#, &["succeeded", "failed: gone", "failed: gone"]),
            (200, r#"{"done":["t0"],"failed":[{"ids":["t1","x9"],"why":"gone"},{"ids":[],"why":"?"}]}"#, &["succeeded", "failed: gone", "unknown misfit: the response does not name it, and the response's body does not fit at /failed/1: the element names no item"]),
            (200, r#"{"done":["t0","t1"],"failed":[{"ids":["t1"],"why":"gone"},{"ids":["t2"]}]}"#, &["succeeded", "unknown contradictory: the response names it as done and as failed", "unknown misfit: the response does not name it, and the response's body does not fit at /failed/1: missing field `why` at line 1 column 14"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_key_inside_something() {
    meet(
        WordsClient::nested,
        three,
        &[
            (
                200,
                r#"[{"entity":{"id":"t1"},"error":{"code":"E1","text":"gone"}},{"entity":{"id":"t0"},"error":null},{"entity":{"id":"t2"}}]"#,
                &["succeeded", "failed E1: gone", "succeeded"],
            ),
            (200, r#"[{"entity":{"id":"t0"}},{"entity":{}},{"entity":{"id":"x9"}}]"#, &["succeeded", "unknown misfit: the response does not name it, and the response's body does not fit at /1: missing field `id` at line 1 column 12", "unknown misfit: the response does not name it, and the response's body does not fit at /1: missing field `id` at line 1 column 12"]),
            (200, r#"[{"entity":{"id":"t0"},"error":{"code":7}},{"error":null}]"#, &["unknown misfit: the response does not name it, and the response's body does not fit at /0: invalid type: integer `7`, expected a string at line 1 column 39"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_index_counts_from_its_base() {
    meet(
        WordsClient::at_0,
        three,
        &[
            (200, r#"{"errors":[{"index":1,"error":"bad"},{"index":"2","error":"worse"}]}"#, &["succeeded", "failed: bad", "failed: worse"]),
            (200, r#"{"errors":[{"index":3,"error":"bad"}]}"#, &["unknown missing: the response does not name it, and the response names 3, which was not sent"; 3]),
            (200, r#"{"errors":[{"index":-1,"error":"bad"}]}"#, &["unknown misfit: the response does not name it, and the response's body does not fit at /errors/0: invalid type: integer `-1`, expected a place in the request, as a whole number at line 1 column 11"; 3]),
            (200, r#"{"errors":[{"index":1.0,"error":"bad"}]}"#, &["unknown misfit: the response does not name it, and the response's body does not fit at /errors/0: invalid type: floating point `1.0`, expected a place in the request, as a whole number at line 1 column 12"; 3]),
            (200, r#"{"errors":[{"index":0,"error":7}]}"#, &["unknown misfit: the response's body does not fit at /errors/0: invalid type: integer `7`, expected a string at line 1 column 20", "unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request", "unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request"]),
        ],
    )
    .await;
    meet(
        WordsClient::at_1,
        three,
        &[
            (
                200,
                r#"{"errors":[{"line":1,"error":"bad"},{"line":"3","error":"worse"}]}"#,
                &["failed: bad", "succeeded", "failed: worse"],
            ),
            (
                200,
                r#"{"errors":[{"line":0,"error":"bad"}]}"#,
                &["unknown missing: the response does not name it, and the response names 0, which was not sent"; 3],
            ),
            (
                200,
                r#"{"errors":[{"line":4,"error":"bad"}]}"#,
                &["unknown missing: the response does not name it, and the response names 4, which was not sent"; 3],
            ),
            (
                200,
                r#"{"errors":[{"line":1,"error":"bad"},{"line":1,"error":"worse"}]}"#,
                &["failed: bad", "succeeded", "succeeded"],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ids_that_the_run_assigns() {
    let client = client(|n, request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let ids: Vec<&str> = body["ids"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        let element = |id: &&str| json!({ "id": id, "status": if **id == *"1" { "404" } else { "200" } });
        let mut elements: Vec<Value> = ids.iter().rev().map(element).collect();
        if n == 1 {
            // An id of the first request, and one of none.
            elements = vec![json!({ "id": "0", "status": "200" }), json!({ "id": "x", "status": "200" })];
        }
        Script::answer(200, json!(elements).to_string())
    });
    let items = (0..4).map(|n| Message { id: AssignedId::new(), text: format!("m{n}") });
    let report = client.assigned().send(items).concurrency(1).await;
    assert_eq!(
        said(&report),
        [
            "succeeded",
            "failed",
            "unknown misfit: the response does not name it, and the response's body does not fit at /1: invalid value: string \"x\", expected an id that a run chose at line 1 column 9",
            "unknown misfit: the response does not name it, and the response's body does not fit at /1: invalid value: string \"x\", expected an id that a run chose at line 1 column 9",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_the_verdict() {
    meet(
        WordsClient::present,
        three,
        &[
            (200, r#"[{"id":"t0","made":7},{"id":"t1","errors":["no","never"]},{"id":"t2","made":0,"errors":[]}]"#, &["succeeded", "failed: no", "unknown misfit: the response's body does not fit at /2: the element does not say whether its item is done"]),
            (200, r#"[{"id":"t0","made":7,"errors":["no"]},{"id":"t1"},{"id":"t2","made":null,"errors":[]}]"#, &["unknown misfit: the response's body does not fit at /0: the element does not say whether its item is done", "unknown misfit: the response's body does not fit at /1: the element does not say whether its item is done", "unknown misfit: the response's body does not fit at /2: the element does not say whether its item is done"]),
        ],
    )
    .await;
    meet(
        WordsClient::coded,
        three,
        &[(
            200,
            r#"[{"id":"t0","error_code":0},{"id":"t1","error_code":17},{"id":"t2"}]"#,
            &[
                "succeeded",
                "failed 17",
                "unknown misfit: the response's body does not fit at /2: missing field `error_code` at line 1 column 11",
            ],
        )],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn words_of_the_vendor() {
    meet(
        WordsClient::worded,
        || texts(5),
        &[
            (
                200,
                r#"[{"id":"t0","status":"all-done"},{"id":"t1","status":"queued"},{"id":"t2","status":"not-found"},{"id":"t3","status":"skipped"},{"id":"t4","status":"running"}]"#,
                &["succeeded", "accepted", "failed not-found", "handed_back: handed back unprocessed", "unknown pending: the response says that it is not decided yet"],
            ),
            (
                200,
                r#"[{"id":"t0","status":"melted"},{"id":"t1","status":"AllDone"},{"id":"t2","status":7},{"id":"t3","status":null},{"id":"t4","status":""}]"#,
                &["unknown misfit: the response's body does not fit at /0: the element does not say whether its item is done: melted", "unknown misfit: the response's body does not fit at /1: the element does not say whether its item is done: AllDone", "unknown misfit: the response's body does not fit at /2: data did not match any variant of untagged enum Word at line 1 column 22", "unknown misfit: the response's body does not fit at /3: data did not match any variant of untagged enum Word at line 1 column 25", "unknown misfit: the response's body does not fit at /4: the element does not say whether its item is done: "],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn unions() {
    meet(
        WordsClient::union,
        || texts(5),
        &[
            (
                200,
                r#"[{"id":"t0","result":"created","version":1},{"id":"t1","result":"rejected","code":"E1","text":"no"},{"id":"t2","result":"skipped"},{"id":"t3","result":"judged","status":404},{"id":"t4","result":"judged","status":202}]"#,
                &["succeeded", "failed E1: no", "handed_back: handed back unprocessed", "failed", "accepted"],
            ),
            (
                200,
                r#"[{"id":"t0","result":"melted"},{"id":"t1"},{"id":"t2","result":"created"},{"result":"skipped"}]"#,
                &["unknown misfit: the response's body does not fit at /0: unknown variant `melted`, expected one of `created`, `rejected`, `skipped`, `judged` at line 1 column 29", "unknown misfit: the response's body does not fit at /1: missing field `result` at line 1 column 11", "unknown misfit: the response's body does not fit at /2: missing field `version` at line 1 column 30", "unknown misfit: the response does not name it, and the response's body does not fit at /3: missing field `id` at line 1 column 20", "unknown misfit: the response does not name it, and the response's body does not fit at /3: missing field `id` at line 1 column 20"],
            ),
        ],
    )
    .await;
}

/// The own wait of an item that is retried closes the throttle, and the longest of them counts.
#[tokio::test(start_paused = true)]
async fn a_wait_of_an_item() {
    for (first, problem, waited) in [
        (429, json!({ "code": "slow", "retry_after_ms": 2500 }), 2500),
        (409, json!({ "code": "slow", "retry_after_ms": 2500 }), 2500),
        (409, json!({ "code": "slow", "retry_after_ms": null }), 0),
        (409, json!({ "code": "slow", "retry_after_ms": -1 }), 0),
    ] {
        let started = tokio::time::Instant::now();
        let client = client(move |n, request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let ids = body["ids"].as_array().unwrap().iter();
            let element = |id: &Value| match (n, id.as_str().unwrap()) {
                (0, "t0") => json!({ "id": id, "status": first, "problem": problem }),
                (0, "t1") => json!({ "id": id, "status": first, "problem": { "code": "slow", "retry_after_ms": 10 } }),
                _ => json!({ "id": id, "status": 200 }),
            };
            Script::answer(200, ids.map(element).collect::<Value>().to_string())
        });
        let report = client.waits().send(three()).await;
        let took = started.elapsed().as_millis();
        assert_eq!(words(&report), ["succeeded"; 3], "{first} {waited}");
        assert!(took >= waited && took < waited.max(2000) + 2000, "{first} {waited}: {took}");
    }
    // One that is longer than the run allows is not begun.
    let client = client(|_, _| {
        let element = json!({ "id": "t0", "status": 429, "problem": { "code": "slow", "retry_after_ms": 400_000 } });
        Script::answer(200, json!([element]).to_string())
    });
    let report = client.waits().send(texts(1)).max_wait(seconds(300)).await;
    assert_eq!((said(&report), report.requests()), (vec!["failed slow".to_owned()], 1));
}

// ---- Containers

#[tokio::test(start_paused = true)]
async fn lists_inside_something() {
    meet(
        WordsClient::inside,
        two,
        &[
            (200, r#"{"data":{"done":["t0"],"failed":[{"id":"t1","text":"gone"}]}}"#, &["succeeded", "failed: gone"]),
            (200, r#"{"data":{"done":["t0"],"failed":[{"id":"t1"}]}}"#, &["succeeded", "unknown misfit: the response's body does not fit at /data/failed/0: missing field `text` at line 1 column 11"]),
            (200, r#"{"data":{"failed":[{"id":"t1","text":"gone"}]}}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /data/done: the field is missing", "failed: gone"]),
            (200, r#"{"data":["t0"]}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /data: invalid type: sequence, expected an object at line 1 column 0"; 2]),
            (200, r#"{"data":null}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /data: the field is missing"; 2]),
            (200, r#"{"done":["t0","t1"]}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /data: the field is missing"; 2]),
        ],
    )
    .await;
    meet(
        WordsClient::inside_option,
        two,
        &[
            (200, r#"{"data":null,"left":["t1"]}"#, &["unknown missing: the response does not name it", "handed_back: handed back unprocessed"]),
            (200, r#"{"left":["t0","t1"]}"#, &["handed_back: handed back unprocessed"; 2]),
            (200, r#"{"data":{"done":["t0"]},"left":["t1"]}"#, &["succeeded", "handed_back: handed back unprocessed"]),
            (200, r#"{"data":7,"left":["t1"]}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /data: invalid type: integer `7`, expected an object at line 1 column 1", "handed_back: handed back unprocessed"]),
        ],
    )
    .await;
    meet(
        WordsClient::inside_list,
        three,
        &[
            (200, r#"{"a":[{"ok":true,"b":[]},{"ok":true,"b":[{"id":"t2","text":"gone"}]}]}"#, &["succeeded", "succeeded", "failed: gone"]),
            (200, r#"{"a":[{"ok":true,"b":[{"id":"t0","text":"no"},{"text":"who?"}]},{"ok":true,"b":[]}]}"#, &["failed: no", "unknown misfit: the response does not name it, and the response's body does not fit at /a/0/b/1: missing field `id` at line 1 column 15", "unknown misfit: the response does not name it, and the response's body does not fit at /a/0/b/1: missing field `id` at line 1 column 15"]),
            (200, r#"{"a":[{"ok":true,"b":[{"id":"t0","text":"no"}]},{"ok":false,"error":"melted","b":[]}]}"#, &["failed: no", "unknown missing: the response does not name it, and the response's body does not fit at /a/1: it says that the request was not done: melted", "unknown missing: the response does not name it, and the response's body does not fit at /a/1: it says that the request was not done: melted"]),
            (200, r#"{"a":[{"ok":false,"error":"melted","b":[]}]}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /a/0: it says that the request was not done: melted"; 3]),
            (200, r#"{"a":[{"ok":true,"b":[{"id":"t0","text":"no"}]},"t1"]}"#, &["failed: no", "unknown missing: the response does not name it, and the response's body does not fit at /a/1: invalid type: string \"t1\", expected an object at line 1 column 4", "unknown missing: the response does not name it, and the response's body does not fit at /a/1: invalid type: string \"t1\", expected an object at line 1 column 4"]),
            (200, r#"{"a":[{"ok":true}]}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /a/0/b: the field is missing"; 3]),
            (200, r#"{"a":[]}"#, &["succeeded"; 3]),
            (200, r#"{"a":{"ok":true,"b":[]}}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /a: invalid type: map, expected a sequence at line 1 column 0"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pairs() {
    meet(
        WordsClient::pairs,
        three,
        &[
            (200, r#"{"t1":{"ok":false,"why":"gone"},"t0":{"ok":true,"why":null},"\u00742":{"ok":true}}"#, &["succeeded", "failed: gone", "succeeded"]),
            // One that stands there twice: equal, and not.
            (200, r#"{"t0":{"ok":true},"t0":{"ok":true},"t1":{"ok":true},"t1":{"ok":false,"why":"gone"}}"#, &["succeeded", "unknown contradictory: the response names it as done and as failed", "unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request"]),
            (200, r#"{"t0":{"ok":true},"t1":7,"a/b":7,"x9":{"ok":true}}"#, &["succeeded", "unknown misfit: the response's body does not fit at /t1: invalid type: integer `7`, expected struct Value0 at line 1 column 7", "unknown misfit: the response does not name it, and the response's body does not fit at /a~1b: invalid type: integer `7`, expected struct Value0 at line 1 column 8"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it"; 3]),
            (200, r#"[["t0",{"ok":true}]]"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: sequence, expected an object at line 1 column 0"; 3]),
        ],
    )
    .await;
    meet(
        WordsClient::in_pairs,
        three,
        &[
            (200, r#"{"done":{"t0":{"any":1},"t1":null},"failed":{"t2":{"code":"E1","text":"gone"}}}"#, &["succeeded", "succeeded", "failed E1: gone"]),
            (200, r#"{"done":{"t0":1},"failed":{"t0":{"code":"E1"},"t1":{"text":"no code"},"T2":{"code":"E2"}}}"#, &["unknown contradictory: the response names it as done and as failed", "unknown misfit: the response's body does not fit at /failed/t1: missing field `code` at line 1 column 24", "unknown missing: the response does not name it, and the response names \"T2\", which was not sent"]),
        ],
    )
    .await;
    meet(
        WordsClient::numbered,
        || vec![1, 2, 3],
        &[(200, r#"{"1":{"ok":true},"2":{"ok":false,"why":"gone"},"03":{"ok":true},"x":{"ok":true}}"#, &["succeeded", "failed: gone", "unknown misfit: the response does not name it, and the response's body does not fit at /03: invalid type: string \"03\", expected u64 at line 1 column 18"])],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn lines() {
    let (t0, t1) = (r#"{"id":"t0","status":200,"text":""}"#, r#"{"id":"t1","status":404,"text":"gone"}"#);
    let whole = format!("{t0}\r\n\n{t1}\n");
    let cut = format!("{t0}\n{}", &t1[..20]);
    let bad = format!("{t0}\n\n<html>\n{t1}\n");
    let misfit = format!("{t0}\n{{\"id\":\"t1\"}}\n");
    let array = format!("[{t0},{t1}]");
    meet(
        WordsClient::lines,
        two,
        &[(200, &whole, &["succeeded", "failed: gone"]), (200, t0, &["succeeded", "unknown missing: the response does not name it"]), (200, &cut, &["unknown undecodable: the response's body does not fit: its line 2 is not JSON: EOF while parsing a value at line 1 column 20"; 2]), (200, &bad, &["unknown undecodable: the response's body does not fit: its line 3 is not JSON: expected value at line 1 column 1"; 2]), (200, &misfit, &["succeeded", "unknown misfit: the response's body does not fit at /1: missing field `status` at line 1 column 11"]), (200, &array, &["unknown misfit: the response does not name it, and the response's body does not fit at /0: the element is no object"; 2]), (200, "", &["unknown missing: the response does not name it"; 2])],
    )
    .await;
    meet(
        WordsClient::placed_lines,
        two,
        &[
            (200, "{\"ok\":true}\n{\"ok\":false}", &["succeeded", "failed"]),
            (200, "{\"ok\":true}\n", &["unknown undecodable: the response tells items by position, and has 1 element for 2 items: none can be told"; 2]),
            (200, "{\"ok\":true}\n{\"ok\":7}\n", &["succeeded", "unknown misfit: the response does not name it, and the response's body does not fit at /1: invalid type: integer `7`, expected a boolean at line 1 column 7"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn positions() {
    meet(
        WordsClient::nullable,
        three,
        &[
            (200, r#"[{"ok":true},null,{"ok":false}]"#, &["succeeded", "handed_back: handed back unprocessed", "failed"]),
            (200, r#"[null,null]"#, &["unknown undecodable: the response tells items by position, and has 2 elements for 3 items: none can be told"; 3]),
            (200, r#"[null,7,null]"#, &["handed_back: handed back unprocessed", "unknown misfit: the response does not name it, and the response's body does not fit at /1: invalid type: integer `7`, expected struct Placed at line 1 column 1", "handed_back: handed back unprocessed"]),
        ],
    )
    .await;
    // Of several lists each would have to be of all the items.
    meet(
        WordsClient::placed_in_lists,
        three,
        &[
            (
                200,
                r#"{"done":[{},{}],"failed":[{}]}"#,
                &["unknown undecodable: the response tells items by position, and has several lists: none can be told";
                    3],
            ),
            (200, r#"{"done":[{},{},{}]}"#, &["succeeded"; 3]),
            (
                200,
                r#"{"done":[{},{},{}],"failed":[{},{},{}]}"#,
                &["unknown undecodable: the response tells items by position, and has several lists: none can be told";
                    3],
            ),
        ],
    )
    .await;
    let change = |group: &str, n: usize| Change { group: group.into(), text: format!("c{n}") };
    let changes = || vec![change("create", 0), change("delete", 1), change("create", 2)];
    meet(
        WordsClient::groups,
        changes,
        &[
            (200, r#"{"create":[{"ok":true},{"ok":false}],"delete":[{"ok":true}]}"#, &["succeeded", "succeeded", "failed"]),
            (200, r#"{"create":[{"ok":true},{"ok":false}]}"#, &["succeeded", "unknown missing: the response does not name it", "failed"]),
            (200, r#"{"create":[{"ok":true},{"ok":true},{"ok":true}],"delete":[]}"#, &["unknown undecodable: the response tells items by position, and has 3 elements in `create` for 2 items: none can be told"; 3]),
        ],
    )
    .await;
}

// ---- What the response says of itself

#[tokio::test(start_paused = true)]
async fn counts() {
    let gone = r#"{"id":"t1","text":"gone"}"#;
    let sound: &[&str] = &["succeeded", "failed: gone", "succeeded"];
    let silent = |why: &str| {
        format!("unknown missing: the response does not name it, and the response's body does not fit at /{why}")
    };
    let two = silent("failures: it counts 2, and the response has 1");
    let three_done = silent("successes: it counts 2, and the response has 3");
    let one_done = silent("successes: it counts 1, and the response has 2");
    let no_number = silent("failures: invalid type: string \"none\", expected u64 at line 1 column 6");
    meet(
        WordsClient::counted,
        three,
        &[
            (200, &format!(r#"{{"failed":[{gone}],"failures":1,"successes":2}}"#), sound),
            (200, &format!(r#"{{"failed":[{gone}]}}"#), sound),
            (200, &format!(r#"{{"failed":[{gone}],"failures":2}}"#), &[&two, "failed: gone", &two]),
            (200, r#"{"failed":[],"successes":2}"#, &[&*three_done; 3]),
            // A repeat is one.
            (200, &format!(r#"{{"failed":[{gone},{gone}],"successes":1}}"#), &[&one_done, "failed: gone", &one_done]),
            (200, &format!(r#"{{"failed":[{gone},{gone}],"successes":2,"failures":1}}"#), sound),
            (200, r#"{"failed":[],"failures":"none"}"#, &[&*no_number; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn silence_that_is_failure() {
    meet(
        WordsClient::done_only,
        three,
        &[
            (200, r#"{"done":["t1"]}"#, &["failed: the response lists what was done, and it is not among them", "succeeded", "failed: the response lists what was done, and it is not among them"]),
            (200, r#"{"done":[]}"#, &["failed: the response lists what was done, and it is not among them"; 3]),
            (200, r#"{"done":["t1","x9"]}"#, &["unknown missing: the response does not name it, and the response names \"x9\", which was not sent", "succeeded", "unknown missing: the response does not name it, and the response names \"x9\", which was not sent"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /done: the field is missing"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_lists_the_failed_only() {
    meet(
        WordsClient::bare_failures,
        three,
        &[
            (200, r#"[]"#, &["succeeded"; 3]),
            (200, r#"[{"index":1,"error":"no"}]"#, &["succeeded", "failed: no", "succeeded"]),
            (200, r#"[{"index":7,"error":"no"}]"#, &["unknown missing: the response does not name it, and the response names 7, which was not sent"; 3]),
            (200, r#"[{"index":1}]"#, &["unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request", "unknown misfit: the response's body does not fit at /0: missing field `error` at line 1 column 11", "unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: map, expected an array at line 1 column 0"; 3]),
            (200, r#"{"error":"no"}"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: map, expected an array at line 1 column 0"; 3]),
            (200, r#"null"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: null, expected an array at line 1 column 4"; 3]),
            (200, r#""#, &["unknown undecodable: the response's body does not fit: it is empty"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_lists_the_done_only() {
    meet(
        WordsClient::bare_done,
        three,
        &[(200, r#"["t1"]"#, &["failed: the response lists what was done, and it is not among them", "succeeded", "failed: the response lists what was done, and it is not among them"]), (200, r#"[]"#, &["failed: the response lists what was done, and it is not among them"; 3]), (200, r#"{}"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: map, expected an array at line 1 column 0"; 3])],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_whose_entries_are_the_failed() {
    meet(
        WordsClient::bare_problems,
        three,
        &[
            (200, r#"{}"#, &["succeeded"; 3]),
            (200, r#"{"t1":{"code":"E1","text":"no"}}"#, &["succeeded", "failed E1: no", "succeeded"]),
            (200, r#"{"error":"no"}"#, &["unknown misfit: the response does not name it, and the response's body does not fit at /error: invalid type: string \"no\", expected struct Problem at line 1 column 13"; 3]),
            (200, r#"[]"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: sequence, expected an object at line 1 column 0"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_bare_list_inside_something() {
    meet(
        WordsClient::holds_bare,
        two,
        &[
            (200, r#"{"done":[{"id":"t0","status":200,"text":""}],"rest":["t1"]}"#, &["succeeded", "handed_back: handed back unprocessed"]),
            (200, r#"{"done":[],"rest":{}}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /rest: invalid type: map, expected an array at line 1 column 0"; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_bare_list_under_its_status() {
    meet(
        WordsClient::bare_by_status,
        two,
        &[(204, "", &["succeeded"; 2]), (207, r#"[{"index":1,"error":"no"}]"#, &["succeeded", "failed: no"])],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn refusals_with_details() {
    meet(
        WordsClient::blames,
        three,
        &[
            (400, r#"{"failed":[{"id":"t1","text":"gone"}],"done":["t0"]}"#, &["succeeded", "failed: gone", "unknown missing: the response does not name it"]),
            (400, r#"{"failed":[{"id":"t1"}]}"#, &["unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request", "unknown misfit: the response's body does not fit at /failed/0: missing field `text` at line 1 column 11", "unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request"]),
            (400, r#"{"failed":[]}"#, &["refused 400: the request was refused with 400: {\"failed\":[]}"; 3]),
            (400, r#"{"error":{"code":"E9","text":"bad request"}}"#, &["refused 400 E9: the request was refused with 400: bad request"; 3]),
            (400, "<html>", &["refused 400: the request was refused with 400: <html>"; 3]),
            (401, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["refused 401: the request was refused with 401: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}"; 3]),
            (409, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["refused 409: the request was refused with 409: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}"; 3]),
            (201, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["unknown missing: the response does not name it, and the response's body does not fit: the reply is not declared for the status 201", "failed: gone", "unknown missing: the response does not name it, and the response's body does not fit: the reply is not declared for the status 201"]),
            (500, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["unknown server_error: the server answered 500: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_no() {
    meet(
        WordsClient::whole,
        two,
        &[
            (200, r#"{"ok":true}"#, &["succeeded"; 2]),
            (200, r#"{"ok":true,"failed":[{"id":"t1","text":"gone"}]}"#, &["succeeded", "failed: gone"]),
            (200, r#"{"ok":false,"error":"bad","text":"cannot be"}"#, &["refused 200 bad: the request was refused with 200: cannot be"; 2]),
            (200, r#"{"ok":false,"error":"bad"}"#, &["refused 200 bad: the request was refused with 200: bad"; 2]),
            (200, r#"{"ok":false}"#, &["refused 200: the request was refused with 200: {\"ok\":false}"; 2]),
            (200, r#"{"ok":false,"error":"busy","text":"later"}"#, &["refused 200 busy: the request was refused with 200: later"; 2]),
            (200, r#"{"ok":false,"error":"closed","text":"for good"}"#, &["refused 200 closed: the request was refused with 200: for good"; 2]),
            (200, r#"{"ok":false,"error":"bad","failed":[{"id":"t1","text":"gone"}]}"#, &["unknown missing: the response does not name it, and the response's body does not fit: it says that the request was not done: bad", "failed: gone"]),
            (200, r#"{"ok":7}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /ok: invalid type: integer `7`, expected a boolean at line 1 column 1"; 2]),
            (200, r#"{"ok":null}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /ok: the field is missing"; 2]),
            (200, r#"{"failed":[]}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /ok: the field is missing"; 2]),
        ],
    )
    .await;
    meet(
        WordsClient::queue,
        two,
        &[
            (200, r#"{"status":"all-done"}"#, &["succeeded"; 2]),
            (200, r#"{"status":"queued"}"#, &["accepted"; 2]),
            (202, r#"{"status":"all-done"}"#, &["accepted"; 2]),
            (200, r#"{"status":"not-found"}"#, &["refused 200 not-found: the request was refused with 200: not-found"; 2]),
            (200, r#"{"status":"skipped"}"#, &["refused 200 skipped: the request was refused with 200: skipped"; 2]),
            (200, r#"{"status":"running"}"#, &["unknown pending: the response says that a job will tell, and the declaration has no `poll`"; 2]),
            (200, r#"{"status":"melted"}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /status: melted is no status that is known"; 2]),
        ],
    )
    .await;
}

/// A refusal under 2xx is of the class of its code.
#[tokio::test(start_paused = true)]
async fn a_no_has_the_class_of_its_code() {
    let client_of = |code: &'static str| {
        client(move |n, _| {
            Script::answer(
                200,
                if n == 0 { json!({ "ok": false, "error": code }) } else { json!({ "ok": true }) }.to_string(),
            )
        })
    };
    let report = client_of("busy").whole().send(three()).await;
    assert_eq!((words(&report), report.requests()), (vec!["succeeded".to_owned(); 3], 2));
    let report = client_of("closed").whole().send(texts(12)).concurrency(1).await;
    assert_eq!(report.requests(), 1);
    let said = said(&report);
    assert_eq!(said[4], "refused 200 closed: the request was refused with 200: closed");
    assert_eq!(said[5], "not_attempted: not sent: the run stopped: the request was refused with 200: closed");
    assert_eq!(report.stopped(), Some("the request was refused with 200: closed"));
}

#[tokio::test(start_paused = true)]
async fn a_body_for_each_status() {
    meet(
        WordsClient::by_status,
        two,
        &[
            (200, r#"{"results":[{"id":"t0","status":200,"text":""},{"id":"t1","status":404,"text":"gone"}]}"#, &["succeeded", "failed: gone"]),
            (204, "", &["succeeded"; 2]),
            (207, r#"[{"id":"t1","status":404,"text":"gone"},{"id":"t0","status":201,"text":""}]"#, &["succeeded", "failed: gone"]),
            (409, r#"{"failed":[{"id":"t1","status":409,"text":"taken"}]}"#, &["unknown missing: the response does not name it", "failed: taken"]),
            (409, r#"{"error":{"code":"E9","text":"conflict"}}"#, &["refused 409 E9: the request was refused with 409: conflict"; 2]),
            (410, r#"{"done":["t1"]}"#, &["failed: not among the rest", "succeeded"]),
            (410, r#"{"done":[]}"#, &["refused 410: the request was refused with 410: {\"done\":[]}"; 2]),
            // Of another status, and of none that is declared.
            (200, r#"[{"id":"t1","status":404,"text":"gone"}]"#, &["unknown undecodable: the response's body does not fit: invalid type: sequence, expected an object at line 1 column 0"; 2]),
            (201, r#"{"results":[{"id":"t0","status":200,"text":""},{"id":"t1","status":200,"text":""}]}"#, &["unknown undecodable: the response's body does not fit: the reply is not declared for the status 201"; 2]),
            (404, r#"{"done":["t0","t1"]}"#, &["refused 404: the request was refused with 404: {\"done\":[\"t0\",\"t1\"]}"; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn undone_by_another() {
    meet(
        WordsClient::undone,
        three,
        &[
            (200, r#"[{"id":"t0","status":200,"text":""},{"id":"t1","status":409,"text":"taken"},{"id":"t2","status":424,"text":""}]"#, &["rolled_back: rolled back: another item of the request failed", "failed: taken", "rolled_back: rolled back: another item of the request failed"]),
            (200, r#"[{"id":"t0","status":424,"text":""},{"id":"t1","status":424,"text":""},{"id":"t2","status":424,"text":""}]"#, &["handed_back: handed back unprocessed"; 3]),
            (200, r#"[{"id":"t0","status":200,"text":""},{"id":"t1","status":200,"text":""}]"#, &["succeeded", "succeeded", "unknown missing: the response does not name it"]),
        ],
    )
    .await;
}

// ---- Keys

#[tokio::test(start_paused = true)]
async fn keys_of_any_case() {
    let items = || ["Abc", "déf", "DÉF"].map(IgnoreCase::from).to_vec();
    meet(
        WordsClient::any_case,
        items,
        &[(
            200,
            r#"{"done":["ABC","dÉf"]}"#,
            &["succeeded", "unknown missing: the response does not name it", "succeeded"],
        )],
    )
    .await;
    // Two that a response could not tell apart share no request.
    let client = client(|_, request| {
        let body: HashMap<String, Vec<String>> = serde_json::from_slice(&request.body).unwrap();
        let done: Vec<String> = body["ids"].iter().map(|id| id.to_uppercase()).collect();
        Script::answer(200, json!({ "done": done }).to_string())
    });
    let report = client.any_case().send(["a", "b", "A", "a"].map(IgnoreCase::from)).await;
    assert_eq!((words(&report), report.requests()), (vec!["succeeded".to_owned(); 4], 3));
    // More than are searched from end to end.
    let report = client.any_case().send((0..5).map(|n| IgnoreCase(format!("x{n}")))).await;
    assert_eq!(report.counters().succeeded, 5);
}
