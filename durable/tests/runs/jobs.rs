//! A job of an earlier process goes on for those of its items that are read, whichever those are and whenever they come.

use std::time::Duration;

use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, BulkReply, Index, ItemReply, OutcomeKind, bulk_api};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Error, Job, Place, Placed, Sent, State, ids, keys, never, sqlite3};

/// The results are in the order of the request.
#[derive(Debug, Deserialize, BulkReply)]
struct InOrder {
    #[bulk(job)]
    job: Option<u64>,
    #[bulk(status)]
    state: State,
    #[bulk(results)]
    #[serde(default)]
    results: Vec<Placed>,
}

/// A failure names its item by the place in the request.
#[derive(Debug, Deserialize, BulkReply)]
struct Numbered {
    #[bulk(job)]
    job: Option<u64>,
    #[bulk(status)]
    state: State,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Fault>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Index<0>>,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Fault {
    #[bulk(key)]
    index: Index<0>,
}

/// The same by their keys.
#[derive(Debug, Deserialize, BulkReply)]
struct Named {
    #[bulk(job)]
    job: Option<u64>,
    #[bulk(status)]
    state: State,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<NamedFault>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
}

#[derive(Debug, Deserialize, ItemReply)]
struct NamedFault {
    #[bulk(key)]
    id: String,
}

/// Each response names the next page of the results.
#[derive(Debug, Deserialize, BulkReply)]
struct Page {
    #[bulk(next_job)]
    next: Option<String>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
}

#[bulk_api]
trait Jobs {
    #[post("/jobs")]
    #[bulk_endpoint(max = 4, partial = true, idempotent = true, items = "ids", poll = "/jobs/{job}")]
    fn in_order(&self) -> Bulk<String, InOrder, Error>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 4, partial = true, poll = "/jobs/{job}")]
    fn numbered(&self) -> Bulk<String, Numbered, Error>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 4, partial = false, poll = "/jobs/{job}")]
    fn all_or_nothing(&self) -> Bulk<String, Numbered, Error>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 4, partial = false, poll = "/jobs/{job}")]
    fn all_named(&self) -> Bulk<String, Named, Error>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 4, partial = true, poll = "/jobs/{job}")]
    fn paged(&self) -> Bulk<String, Page, Error>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 4, partial = true, idempotent = true, items = "ids", poll = "/jobs/{job}")]
    fn named(&self) -> Bulk<String, Job, Error>;
}

/// A client whose requests get this response.
fn client(place: &Place, status: u16, body: Value) -> JobsClient {
    JobsClient::new(place.http(move |_, _| Script::response(status, body.to_string())))
}

/// A process that starts the job 7 of four items, and dies.
macro_rules! start {
    ($place:ident, $method:ident) => {
        let first = client(&$place, 202, json!({"job": 7, "state": "running", "next": "p1"}));
        let store = $place.store().await;
        let mut outcomes = first.$method().send(keys(0..4)).journal(&store, "jobs").outcomes();
        let next = tokio::time::timeout(Duration::from_millis(300), outcomes.next()).await;
        assert!(next.is_err(), "the job runs");
        drop((outcomes, store));
        $place.sent();
    };
}

/// The next process has the items of the numbers, and its requests get this response: each item with its outcome, and the paths of all requests.
macro_rules! go_on {
    ($place:ident, $method:ident, $numbers:expr, $body:tt) => {{
        let second = client(&$place, 200, json!($body));
        let store = $place.store().await;
        let items: Vec<String> = $numbers.into_iter().map(|number| format!("k{number}")).collect();
        let mut outcomes = second.$method().send(items).journal(&store, "jobs").outcomes();
        let mut all = Vec::new();
        while let Some(outcome) = outcomes.next().await {
            let outcome = outcome.unwrap();
            all.push(format!("{} {}", outcome.item, outcome.row.outcome));
        }
        all.sort();
        (all, paths(&$place))
    }};
}

fn paths(place: &Place) -> Vec<String> {
    place.sent().into_iter().map(|(path, ..)| path).collect()
}

/// A place in the result is that of the item in the request, not among those that are read again.
#[tokio::test]
async fn a_place_in_the_result_is_that_in_the_request() {
    let place = Place::new();
    start!(place, in_order);
    let results = go_on!(place, in_order, [3, 1], {
        "job": 7, "state": "done",
        "results": [{"status": 200}, {"status": 404}, {"status": 200}, {"status": 200}],
    });
    assert_eq!(results, (vec!["k1 failed".to_owned(), "k3 succeeded".to_owned()], vec!["/jobs/7".to_owned()]));
}

#[tokio::test]
async fn a_number_in_the_result_is_that_in_the_request() {
    let place = Place::new();
    start!(place, numbered);
    let results = go_on!(place, numbered, [3, 0], {
        "job": 7, "state": "done", "failed": [{"index": 3}, {"index": 1}], "done": [0, 2],
    });
    assert_eq!(results, (vec!["k0 succeeded".to_owned(), "k3 failed".to_owned()], vec!["/jobs/7".to_owned()]));
}

/// The item that failed is not read again, and undid the others: they are sent again, without it.
#[tokio::test]
async fn a_failure_of_an_item_that_is_not_read_undoes_all() {
    let place = Place::new();
    start!(place, all_or_nothing);
    let second = JobsClient::new(place.http_by_path(|path| match path {
        "/jobs/7" => {
            Script::response(200, r#"{"job": 7, "state": "done", "failed": [{"index": 1}], "done": [0, 2, 3]}"#)
        }
        _ => Script::response(200, r#"{"state": "done", "done": [0, 1]}"#),
    }));
    let store = place.store().await;
    let items = ["k0", "k2"].map(str::to_owned);
    let report = second.all_or_nothing().send(items).journal(&store, "jobs").await.unwrap();
    assert_eq!((report.counters().succeeded, paths(&place)), (2, vec!["/jobs/7".to_owned(), "/jobs".to_owned()]));
}

/// By its key, which no item of this process has.
#[tokio::test]
async fn a_failure_under_a_key_that_is_not_read_leaves_the_others_uncertain() {
    let place = Place::new();
    start!(place, all_named);
    let (results, _) = go_on!(place, all_named, [0, 2], {
        "job": 7, "state": "done", "failed": [{"id": "k1"}], "done": ["k0", "k2", "k3"],
    });
    assert_eq!(results, ["k0 unknown", "k2 unknown"]);
    let place = Place::new();
    start!(place, all_named);
    let (results, _) = go_on!(place, all_named, [0, 2], {"job": 7, "state": "done", "done": ["k0", "k1", "k2", "k3"]});
    assert_eq!(results, ["k0 succeeded", "k2 succeeded"]);
}

/// An item of the job that comes after the window was full is asked about again, and in no other request: the job may be at work on it.
#[tokio::test]
async fn items_of_a_job_that_come_late_are_asked_about_then() {
    for is_positional in [false, true] {
        let place = Place::new();
        if is_positional {
            start!(place, in_order);
        } else {
            start!(place, named);
        }
        let second = JobsClient::new(place.http(|_, ids| match ids {
            [] => Script::response(200, RESULT),
            ids => Script::response(
                200,
                json!({"state": "done", "done": ids, "results": vec![json!({"status": 200}); ids.len()]}).to_string(),
            ),
        }));
        let store = place.store().await;
        // Between the items of the job are more others than a window holds.
        let others = |numbers: std::ops::Range<usize>| numbers.map(|number| format!("n{number}"));
        let items = ["k1".to_owned()].into_iter().chain(others(0..40)).chain(["k3".to_owned(), "k0".to_owned()]);
        let items: Vec<String> = items.chain(others(40..80)).chain(["k2".to_owned()]).collect();
        macro_rules! results {
            ($method:ident) => {{
                let mut outcomes = second.$method().send(items).in_order(16).journal(&store, "jobs").outcomes();
                let mut failed = Vec::new();
                while let Some(outcome) = outcomes.next().await {
                    let outcome = outcome.unwrap();
                    if outcome.row.outcome != OutcomeKind::Succeeded {
                        failed.push(format!("{} {}", outcome.item, outcome.row.outcome));
                    }
                }
                failed
            }};
        }
        let (failed, expected) = if is_positional {
            (results!(in_order), vec!["k2 failed".to_owned()])
        } else {
            (results!(named), Vec::new())
        };
        assert_eq!(failed, expected);
        let sent = place.sent();
        let polls = sent.iter().filter(|(path, ..)| path == "/jobs/7").count();
        let is_of_job = |(_, body, _): &&Sent| ids(body).iter().any(|id| id.starts_with('k'));
        assert_eq!((polls, sent.iter().filter(is_of_job).count()), (3, 0), "{sent:?}");
        // The job has ended for all of its items.
        assert_eq!(
            sqlite3(&place.path(), "select count(*) from attempts where pending = 1 or ended is null").trim(),
            "0"
        );
    }
}

const RESULT: &str = r#"{"job": 7, "state": "done", "done": ["k0", "k1", "k2", "k3"],
    "results": [{"status": 200}, {"status": 200}, {"status": 404}, {"status": 200}]}"#;

/// What the pages before the last one said is known to no later process, so that it reads them again.
#[tokio::test]
async fn the_pages_of_a_result_are_read_again() {
    let place = Place::new();
    let page = |path: &str| match path {
        "/jobs" => Script::response(202, r#"{"next": "start"}"#),
        "/jobs/start" => Script::response(200, r#"{"next": "p1"}"#),
        "/jobs/p1" => Script::response(200, r#"{"next": "p2", "done": ["k0", "k1"]}"#),
        _ => Script::response(200, r#"{"next": null, "done": ["k2", "k3"]}"#),
    };
    let cut = move |path: &str| if path == "/jobs/p2" { never() } else { page(path) };
    let first = JobsClient::new(place.http_by_path(cut));
    let store = place.store().await;
    let mut outcomes = first.paged().send(keys(0..4)).journal(&store, "jobs").outcomes();
    let until_cut = async {
        tokio::select! {
            _ = outcomes.next() => panic!("the job runs"),
            () = place.until_sent(4) => {}
        }
    };
    tokio::time::timeout(Duration::from_secs(30), until_cut).await.unwrap();
    drop((outcomes, store));
    place.sent();
    let second = JobsClient::new(place.http_by_path(page));
    let store = place.store().await;
    let report = second.paged().send(keys(0..4)).journal(&store, "jobs").await.unwrap();
    assert_eq!((report.counters().succeeded, paths(&place)), (4, vec!["/jobs/p1".to_owned(), "/jobs/p2".to_owned()]));
}
