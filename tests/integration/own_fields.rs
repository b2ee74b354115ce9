//! The fields of a response that belong to no item: they reach the caller, with the items that the response was about.

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::pin::pin;
use std::sync::{Arc, Weak};

use bulk_endpoint::reply::{BodyShape, CollectorOf, DecodeError, PerItem, RawResponse, ReplyShape};
use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::{Request, TransportErrorKind};
use bulk_endpoint::{Bulk, BulkReply, BulkResponse, Client, ItemReply, Pairs, Status, TokioClock, bulk_api};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Error, Failure, Id, ids, seconds, sent_ids, words};

/// Every kind of field beside the items.
#[derive(Debug, Deserialize, BulkReply)]
#[serde(rename_all = "camelCase")]
#[bulk(unlisted = succeeded, on(200, 202, 400))]
struct Wide {
    task_id: Option<u64>,
    #[serde(default, deserialize_with = "text_of")]
    notification: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
    #[bulk(message)]
    note: Option<String>,
    #[bulk(count(failed))]
    failed_count: Option<u64>,
    #[bulk(nested)]
    #[serde(default)]
    parts: Vec<Part>,
    #[bulk(failed)]
    failures: Pairs<Id, String>,
}

#[derive(Debug, Deserialize, BulkReply)]
struct Part {
    shard: String,
    #[bulk(succeeded)]
    #[serde(alias = "ok")]
    done: Vec<Id>,
}

fn text_of<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    u64::deserialize(deserializer).map(|number| format!("n-{number}"))
}

/// Another body under another status.
#[derive(Debug, Deserialize, BulkReply)]
enum Either {
    #[bulk(on(200))]
    Some(Task),
    #[bulk(on(202))]
    #[allow(dead_code, reason = "a list has no fields of its own")]
    Listed(Vec<Line>),
    #[bulk(on(204))]
    All,
}

#[derive(Debug, Deserialize, BulkReply)]
struct Task {
    task: String,
    #[bulk(succeeded)]
    done: Vec<Id>,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Line {
    #[bulk(key)]
    id: Id,
    #[bulk(status)]
    status: u16,
}

/// A job that counts its pages.
#[derive(Debug, Deserialize, BulkReply)]
struct Paged {
    #[bulk(job)]
    id: Option<String>,
    #[bulk(status)]
    state: State,
    page: Option<u32>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Id>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
}

/// `task t-7` in the first line, then the ids that are done. `panic` in the first line panics.
#[derive(Debug)]
struct ByHand {
    task: String,
}

impl BulkReply for ByHand {
    type Key = Id;
    type Success = ();
    type Failure = String;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque);

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        let text = str::from_utf8(response.bytes()).unwrap();
        text.lines().skip(1).for_each(|id| collector.succeeded(&Id(id.to_owned()), ()));
        Ok(())
    }

    fn without_items(response: &RawResponse<'_>) -> Option<Result<Self, DecodeError>> {
        let text = str::from_utf8(response.bytes()).unwrap();
        let task = text.lines().next().unwrap().strip_prefix("task ");
        assert_ne!(text.lines().next(), Some("panic"));
        Some(task.map(|task| ByHand { task: task.to_owned() }).ok_or_else(|| DecodeError::new("", "expected a task")))
    }
}

impl PerItem for ByHand {}

#[bulk_api]
trait Tasks {
    #[post("/wide")]
    #[bulk_endpoint(max = 2, partial = true)]
    fn wide(&self) -> Bulk<Id, Wide, Error>;

    #[post("/either")]
    #[bulk_endpoint(max = 2, partial = true)]
    fn either(&self) -> Bulk<Id, Either, Error>;

    #[post("/task")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true, retry("Busy"))]
    fn task(&self) -> Bulk<Id, Retried, Error>;

    #[post("/paged")]
    #[bulk_endpoint(max = 2, partial = true, poll = "/jobs/{job}")]
    fn paged(&self) -> Bulk<Id, Paged, Error>;

    #[post("/hand")]
    #[bulk_endpoint(max = 2, partial = true)]
    fn by_hand(&self) -> Bulk<Id, ByHand, Error>;
}

#[derive(Debug, Deserialize, BulkReply)]
struct Retried {
    task: usize,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Id>,
    #[bulk(failed)]
    #[serde(default)]
    failures: Vec<Failure>,
}

fn client(script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static) -> TasksClient {
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), script);
    TasksClient::new(Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap())
}

fn answering(status: u16, body: &(impl ToString + ?Sized)) -> TasksClient {
    let body = body.to_string();
    client(move |_, _| Script::response(status, body.clone()).header("x-request-id", "r-1"))
}

#[tokio::test(start_paused = true)]
async fn the_fields_that_belong_to_no_item_reach_the_caller() {
    let body = json!({
        "taskId": 7, "notification": 3, "note": "2 of 3", "failedCount": 1, "vendor": {"x": [1]},
        "parts": [{"shard": "eu", "ok": ["t0"]}], "failures": {"t1": "gone"},
    });
    let report = answering(200, &body).wide().send(ids(2)).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let response = report.response_of(0).unwrap();
    assert_eq!((response.request, response.status, response.request_id.as_deref()), (0, 200, Some("r-1")));
    let wide = response.body().unwrap();
    assert_eq!((wide.task_id, wide.notification.as_str()), (Some(7), "n-3"));
    assert_eq!((wide.note.as_deref(), wide.failed_count), (Some("2 of 3"), Some(1)));
    assert_eq!(wide.rest, BTreeMap::from([("vendor".to_owned(), json!({"x": [1]}))]));
    assert_eq!((wide.parts[0].shard.as_str(), wide.parts[0].done.len(), wide.failures.0.len()), ("eu", 0, 0));
    assert_eq!(report.responses().count(), 1);
    let items: Vec<usize> = report.items_of(response).map(|(index, ..)| index).collect();
    assert_eq!(items, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn each_status_has_its_own_body() {
    let read = async |status, body: Value| {
        let text = if status == 204 { String::new() } else { body.to_string() };
        let report = answering(status, &text).either().send(ids(1)).await;
        let response = report.response_of(0).unwrap();
        assert_eq!((response.status, response.body_error()), (status, None));
        let task = match response.body() {
            Some(Either::Some(Task { task, done })) => Some((task.clone(), done.len())),
            Some(Either::Listed(_) | Either::All) => panic!("they have no fields of their own"),
            None => None,
        };
        assert_eq!(words(&report), ["succeeded"]);
        task
    };
    assert_eq!(read(200, json!({"task": "t-7", "done": ["t0"]})).await, Some(("t-7".to_owned(), 0)));
    assert_eq!(read(202, json!([{"id": "t0", "status": 200}])).await, None);
    assert_eq!(read(204, Value::Null).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_field_that_cannot_be_read_costs_no_outcome() {
    let wide = |status, body: Value| async move { answering(status, &body).wide().send(ids(1)).await };
    let long = "x".repeat(65 << 10);
    for (body, why) in [
        (json!({"taskId": "7", "failures": {}}), "invalid type: string"),
        (json!({"notification": [], "failures": {}}), "invalid type: sequence"),
        (json!({"vendor": long, "failures": {}}), "at most 65536 bytes"),
    ] {
        let report = wide(200, body).await;
        let response = report.response_of(0).unwrap();
        assert_eq!(words(&report), ["succeeded"], "{why}");
        assert!(response.body().is_none() && response.body_error().unwrap().reason.contains(why), "{response:?}");
    }
    // The size of the lists does not count.
    let failures: BTreeMap<String, &str> = (0..1).map(|n| (format!("t{n}"), long.as_str())).collect();
    let report = wide(200, json!({"taskId": 7, "failures": failures})).await;
    assert_eq!(report.response_of(0).unwrap().body().unwrap().task_id, Some(7));
    // A response that names no item, or refuses them, has fields too.
    let report = wide(200, json!({"taskId": 8})).await;
    assert_eq!(words(&report), ["unknown missing"]);
    assert_eq!(report.response_of(0).unwrap().body().unwrap().task_id, Some(8));
    let report = wide(400, json!({"taskId": 9, "failures": {"t0": "gone"}})).await;
    assert_eq!(words(&report), ["failed"]);
    assert_eq!(report.response_of(0).unwrap().body().unwrap().task_id, Some(9));
    // A body that is a refusal is in the outcome.
    let report = wide(403, json!({"message": "no"})).await;
    assert_eq!((words(&report), report.responses().count()), (vec!["refused 403".to_owned()], 0));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_text_costs_no_other_field() {
    let body = "\u{feff}{\"taskId\":7,\"note\":\"caf\\ud83d\",\"\\ud83d\":1,\"failures\":{\"t1\":\"\\udc00\"}}";
    let report = answering(200, body).wide().send(ids(2)).await;
    assert_eq!(words(&report), ["succeeded", "failed"]);
    let wide = report.response_of(0).unwrap().body().unwrap();
    assert_eq!((wide.task_id, wide.note.as_deref()), (Some(7), Some("caf\u{fffd}")));
}

#[tokio::test(start_paused = true)]
async fn a_hand_written_reply_gives_its_fields() {
    let read = async |body: &str| {
        let report = answering(200, body).by_hand().send(ids(1)).await;
        let response = report.response_of(0).unwrap();
        let error = response.body_error().map(|error| error.reason.clone());
        (words(&report).concat(), response.body().map(|body| body.task.clone()), error)
    };
    let (done, task) = ("succeeded".to_owned(), "t-7".to_owned());
    assert_eq!(read("task t-7\nt0").await, (done.clone(), Some(task), None));
    assert_eq!(read("none\nt0").await, (done.clone(), None, Some("expected a task".to_owned())));
    assert_eq!(read("panic\nt0").await, (done, None, Some("the decoder panicked".to_owned())));
}

/// Of four requests the first answers `t0` and turns `t1` away, the second (`t2 t3`) is lost, the others answer what was left.
fn retried() -> TasksClient {
    client(|number, request| {
        let sent = sent_ids(request);
        if number == 1 {
            return Script::error(TransportErrorKind::Reset, "reset");
        }
        let (busy, done): (Vec<_>, Vec<_>) = sent.iter().partition(|id| number == 0 && *id == "t1");
        let failures: Vec<Value> =
            busy.iter().map(|id| json!({"id": id, "message": "later", "code": "Busy"})).collect();
        Script::response(200, json!({"task": number, "done": done, "failures": failures}).to_string())
            .header("x-request-id", &format!("r-{number}"))
    })
}

#[tokio::test(start_paused = true)]
async fn an_item_has_the_last_response_to_a_request_with_it() {
    let mut input = ids(4);
    input.push(Id("t1".to_owned()));
    let report = retried().task().send(&input).concurrency(1).await;
    assert_eq!(words(&report), ["succeeded"; 5]);
    let task = |index| report.response_of(index).unwrap().body().unwrap().task;
    let tasks: Vec<usize> = (0..5).map(task).collect();
    assert_eq!(tasks[0], 0);
    assert!(tasks[1] > 1 && tasks[1] == tasks[4], "a duplicate has the response of its first occurrence: {tasks:?}");
    assert!(tasks[2] > 1 && tasks[2] == tasks[3], "{tasks:?}");
    // Each item is of one response, and each response is there once, in the order of the requests.
    let of: Vec<(usize, Vec<usize>)> = report
        .responses()
        .map(|response| (response.request, report.items_of(response).map(|(index, ..)| index).collect()))
        .collect();
    assert!(of.is_sorted() && !of.iter().any(|(request, _)| *request == 1), "{of:?}");
    let mut items: Vec<usize> = of.iter().flat_map(|(_, items)| items).copied().collect();
    items.sort_unstable();
    assert_eq!(items, [0, 1, 2, 3, 4]);
    assert_eq!(of[0].1, [0]);
    assert!(report.items_of(report.response_of(1).unwrap()).any(|(_, id, _)| id.0 == "t1"));
    // A row has the request id also where nothing failed.
    let rows: Vec<_> = report.rows().map(|row| row.request_id.unwrap()).collect();
    assert_eq!(rows, tasks.iter().map(|task| format!("r-{task}")).collect::<Vec<_>>());
    assert!(report.response_of(5).is_none());
}

#[tokio::test(start_paused = true)]
async fn in_a_streamed_run_each_item_has_its_response() {
    let client = retried();
    let mut outcomes = pin!(client.task().send(ids(4)).concurrency(1).outcomes());
    let mut tasks = BTreeMap::new();
    while let Some(settled) = outcomes.next().await {
        let response = settled.response.unwrap();
        tasks.insert(settled.index, (response.request, response.body().unwrap().task));
    }
    assert_eq!(tasks[&0], (0, 0));
    assert!(tasks.values().all(|(request, task)| request == task), "{tasks:?}");
    assert!(tasks[&1].0 > 1 && tasks[&2] == tasks[&3], "{tasks:?}");
    assert_eq!(outcomes.summary().responses().count(), 0);
}

/// Memory is flat: a response is dropped with the last of its items.
#[tokio::test(start_paused = true)]
async fn a_streamed_run_keeps_no_response() {
    let client =
        client(|number, request| Script::response(200, json!({"task": number, "done": sent_ids(request)}).to_string()));
    let mut outcomes = pin!(client.task().send(ids(100)).concurrency(1).outcomes());
    let mut responses: Vec<Weak<BulkResponse<Retried>>> = Vec::new();
    while let Some(settled) = outcomes.next().await {
        let response = settled.response.unwrap();
        if settled.index.is_multiple_of(2) {
            assert!(responses.iter().all(|earlier| earlier.strong_count() == 0), "{}", settled.index);
            responses.push(Arc::downgrade(&response));
        } else {
            assert!(responses.last().unwrap().ptr_eq(&Arc::downgrade(&response)), "{}", settled.index);
        }
    }
    assert_eq!(responses.len(), 50);
}

/// A job of three polls; the second cannot be read. `broken`: all of them.
fn paged(broken: bool) -> TasksClient {
    client(move |number, request| {
        let script = match number {
            0 => json!({"id": "j7", "state": "running", "page": 0}),
            _ if broken || number == 2 => return Script::response(200, "<html>"),
            1 => json!({"state": "running", "page": 1}),
            _ => json!({"state": "done", "page": number, "done": ["t0", "t1"]}),
        };
        assert_eq!(request.url.path() == "/paged", number == 0);
        Script::response(200, script.to_string())
    })
}

#[tokio::test(start_paused = true)]
async fn a_job_has_its_first_response_and_its_last() {
    let pages = |response: &BulkResponse<Paged>| {
        let first = response.first.as_deref();
        let page = |response: &BulkResponse<Paged>| response.body().and_then(|body| body.page);
        (page(response), response.job.clone(), first.and_then(page), first.and_then(|first| first.job.clone()))
    };
    let j7 = Some("j7".to_owned());
    for (broken, want) in [(false, (Some(3), None, Some(0), j7.clone())), (true, (Some(0), j7, None, None))] {
        let report = paged(broken).paged().send(ids(2)).await;
        let outcome = if broken { "unknown pending" } else { "succeeded" };
        assert_eq!(words(&report), [outcome; 2]);
        assert!(report.responses().map(pages).eq([want.clone()]));
        assert_eq!(report.response_of(1).map(pages), Some(want.clone()));
        assert_eq!(report.items_of(report.response_of(1).unwrap()).count(), 2);
        let settled: Vec<_> = paged(broken).paged().send(ids(2)).outcomes().collect().await;
        for settled in settled {
            assert_eq!(settled.response.as_deref().map(pages), Some(want.clone()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_is_shown_without_its_body() {
    let report = answering(200, &json!({"taskId": 7, "note": "s3cret", "failures": {}})).wide().send(ids(1)).await;
    let shown = format!("{:?} {report:?} {report}", report.response_of(0).unwrap());
    assert!(shown.contains("r-1") && !shown.contains("s3cret"), "{shown}");
    let rows = serde_json::to_string(&report).unwrap();
    assert!(rows.contains("r-1") && !rows.contains("s3cret"), "{rows}");
}

#[tokio::test]
async fn a_mock_has_no_responses() {
    let bulk: Bulk<Id, Wide, Error> = Bulk::mock(|_| bulk_endpoint::Outcome::succeeded());
    let report = bulk.send(ids(2)).await;
    assert!(report.responses().next().is_none() && report.response_of(0).is_none());
    let settled: Vec<_> = bulk.send(ids(2)).outcomes().collect().await;
    assert!(settled.iter().all(|settled| settled.response.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_report_so_far_has_the_responses_so_far() {
    let client = client(|number, request| {
        let body = json!({"task": number + 1, "done": sent_ids(request)});
        Script::response(200, body.to_string()).after(seconds(1 + 9 * number as u64))
    });
    let run = client.task().send(ids(4)).concurrency(1);
    let watch = run.watch();
    let later = async {
        tokio::time::sleep(seconds(5)).await;
        let so_far = watch.report();
        let tasks: Vec<usize> = so_far.responses().map(|response| response.body().unwrap().task).collect();
        assert_eq!((tasks, so_far.counters().succeeded), (vec![1], 2));
        // It is a copy: the run's own report has them too.
        drop(so_far);
    };
    let (report, ()) = tokio::join!(run.into_future(), later);
    let tasks: Vec<usize> = report.responses().map(|response| response.body().unwrap().task).collect();
    assert_eq!(tasks, [1, 2]);
    assert_eq!(watch.report().responses().count(), 0, "the report was returned");
}
