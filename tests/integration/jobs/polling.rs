//! Polling of jobs: intervals, requested delays, failed requests, throttling, and the job timeout.

use std::future::IntoFuture;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulk_endpoint::reply::{DecodeError, RawResponse};
use bulk_endpoint::{
    ApiError, Bulk, BulkReply, Client, ItemReply, OutcomeKind, TokioClock, bulk_api,
    testing::{Script, ScriptedTransport},
    transport::{Response, TransportErrorKind, TruncationKind},
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Asked, Jobs, Vendor, script, send};
use crate::support::{Error, Id, Seen, State, Told, doubts, ids, seconds, sent_ids, words};

#[tokio::test(start_paused = true)]
async fn several_batches_have_jobs_at_once_and_each_is_asked_for_less_and_less_often() {
    let vendor = Vendor::default();
    let client = vendor.client(|job| match (job.handle.as_str(), job.before) {
        ("j0", 7..) | ("j1", 2..) => job.done(),
        ("j2", _) => {
            script(200, &json!({"state": "done", "done": [], "failed": [{"id": "t4", "message": "no such token"}]}))
        }
        _ => job.running(),
    });
    let report = send(client.start("l/1").send(ids(5)).concurrency(3), 5).await;
    assert_eq!(words(&report), ["succeeded", "succeeded", "succeeded", "succeeded", "failed"]);
    assert_eq!(vendor.times("start"), [0, 0, 0]);
    assert_eq!(vendor.times("ask j0"), [1, 3, 7, 15, 31, 61, 91, 121]);
    assert_eq!(vendor.times("ask j1"), [1, 3, 7]);
    assert_eq!(vendor.times("ask j2"), [1]);
    assert_eq!(report.requests(), 3 + 8 + 3 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_asked_for_when_the_server_says() {
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |_, _| Some(script(202, &json!({"id": "j0", "state": "running"})).header("Retry-After", "40")),
        |job| match job.before {
            0 => job.running().header("Retry-After", "7"),
            // Even if the server asks for no delay, a job is polled at most ten times a second.
            1..=30 => job.running().header("Retry-After", "0"),
            _ => job.done().after(seconds(2)),
        },
        |builder| builder,
    );
    let report = send(client.start("l").send(ids(2)), 2).await;
    assert_eq!(words(&report), ["succeeded"; 2]);
    let times = vendor.times("ask");
    assert_eq!((times[0], times[1], times[31], times.len()), (40, 47, 50, 32));
    assert_eq!(report.elapsed().as_secs(), 52);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_fails_is_asked_again() {
    let cut = || {
        let body = bulk_endpoint::transport::TruncatedBody {
            start: "{".into(),
            kind: TruncationKind::Broken,
            detail: "cut off".into(),
        };
        Script {
            after: Duration::ZERO,
            end: Ok(Response { body: Err(body), ..Response::new(200, Default::default(), "") }),
        }
    };
    let faults: [fn() -> Script; 10] = [
        || Script::response(500, "oops"),
        || Script::response(404, "not yet"),
        || Script::response(503, "{}").header("Retry-After", "2"),
        || Script::response(200, "<html>"),
        || Script::response(200, "{}"),
        || Script::response(200, r#"{"state":"asleep","id":"j0"}"#),
        || Script::error(TransportErrorKind::Reset, "reset"),
        || Script::error(TransportErrorKind::NotSent, "refused"),
        || Script::response(429, "{}"),
        || Script::response(200, "").after(seconds(100)),
    ];
    let faults = || faults.iter().map(|fault| fault()).chain([cut()]);
    for (number, fault) in faults().enumerate() {
        let vendor = Vendor::default();
        let client = vendor.client(move |job| match job.before {
            0..4 => fault.clone(),
            4 => job.running(),
            5..9 => fault.clone(),
            _ => job.done(),
        });
        let report = send(client.start("l").send(ids(2)), 2).await;
        assert_eq!(words(&report), ["succeeded"; 2], "{number}: {report}");
        assert_eq!((vendor.times("ask").len(), vendor.times("start").len()), (10, 1), "{number}");
    }
    // After five failures in a row the job is abandoned. Even on an idempotent endpoint its items do not go into a second job.
    for (number, fault) in faults().enumerate() {
        let vendor = Vendor::default();
        let client = vendor.client(move |_| fault.clone());
        let report = send(client.idempotent().send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown pending"; 2], "{number}: {report}");
        // Failed connections and refusals for now are no failures of the job: its timeout bounds them.
        let asked = vendor.times("ask").len();
        let is_for_now = [2, 7, 8].contains(&number);
        assert!(if is_for_now { asked > 20 } else { asked == 5 }, "{number}: {asked}");
        assert_eq!(vendor.times("start").len(), 1, "{number}");
        assert!(doubts(&report)[0].1.contains("j0"), "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_202_to_a_question_means_not_yet() {
    let vendor = Vendor::default();
    let client = vendor.client(|job| if job.before < 12 { Script::response(202, " ") } else { job.done() });
    let report = send(client.start("l").send(ids(2)), 2).await;
    assert_eq!(words(&report), ["succeeded"; 2], "{report}");
    assert_eq!(vendor.times("ask").len(), 13);
}

#[tokio::test(start_paused = true)]
async fn a_429_to_a_question_closes_the_gate_for_all() {
    let vendor = Vendor::default();
    let client = vendor.client(|job| match (job.handle.as_str(), job.before) {
        ("j0", 0) => Script::response(429, "{}").header("Retry-After", "9"),
        // The first poll after the delay is the probe, and takes a while.
        ("j0", 1) => job.done().after(seconds(5)),
        _ => job.done(),
    });
    let (one, two) = (client.start("l"), client.start("m"));
    let second = async {
        tokio::time::sleep(seconds(12)).await;
        two.send(ids(2)).await
    };
    let (one, two) = tokio::join!(one.send(ids(2)).into_future(), second);
    assert_eq!((words(&one), words(&two)), (vec!["succeeded".to_owned(); 2], vec!["succeeded".to_owned(); 2]));
    // The poll is the probe at 10 s. Requests that wait meanwhile leave when it has ended.
    assert_eq!((vendor.times("ask j0"), vendor.times("start")), (vec![1, 10], vec![0, 15]));

    // A job that is due while another request probes the throttle is polled when the probe has ended.
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |number, _| match number {
            1 => Some(Script::response(429, "{}").header("Retry-After", "3")),
            2 => Some(script(200, &json!({"state": "done", "done": ["t0", "t1"]})).after(seconds(4))),
            _ => None,
        },
        |job| if job.before == 0 { job.running() } else { job.done() },
        |builder| builder,
    );
    let (one, two) = (client.start("l"), client.start("m"));
    let second = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        two.send(ids(2)).await
    };
    let (one, two) = tokio::join!(one.send(ids(2)).into_future(), second);
    assert_eq!((words(&one), words(&two)), (vec!["succeeded".to_owned(); 2], vec!["succeeded".to_owned(); 2]));
    let asked = vendor.times("ask j0");
    assert!(asked.iter().all(|at| *at >= 3) && *asked.last().unwrap() <= 10, "{:?}", vendor.log());
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_stays_closed_is_not_waited_for_longer_than_a_job_may_take() {
    let vendor = Vendor::default();
    let client = vendor.client(|_| Script::response(429, "{}").header("Retry-After", "200"));
    let run = client.start("l").send(ids(2)).job_timeout(seconds(60));
    let report = send(run, 2).await;
    assert_eq!(words(&report), ["unknown pending"; 2]);
    assert_eq!(report.elapsed().as_secs(), 1);
    // The delay that another job asked for is kept too.
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |number, _| (number == 1).then(|| Script::response(429, "{}").header("Retry-After", "200")),
        Asked::running,
        |builder| builder,
    );
    let one = client.start("l").send(ids(2)).job_timeout(seconds(60)).into_future();
    let two = client.start("m").send(ids(2)).patience(seconds(1)).into_future();
    let (one, two) = tokio::join!(one, two);
    assert_eq!((words(&one), words(&two)), (vec!["unknown pending".to_owned(); 2], vec!["refused 429".to_owned(); 2]));
    assert!(vendor.times("ask").is_empty() && one.elapsed().as_secs() <= 60);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_never_ends_leaves_its_items_unknown_and_is_not_begun_again() {
    for idempotent in [false, true] {
        let vendor = Vendor::default();
        let client = vendor.client(|job| if job.handle == "j1" { job.done() } else { job.running() });
        let bulk = if idempotent { client.idempotent() } else { client.start("l") };
        let report = send(bulk.send(ids(4)).concurrency(1).job_timeout(seconds(60)), 4).await;
        assert_eq!(words(&report), ["unknown pending", "unknown pending", "succeeded", "succeeded"]);
        let (_, detail) = &doubts(&report)[0];
        assert!(detail.contains("j0") && detail.contains("60s"), "{detail}");
        // A poll at 61 s would be too late, so the other items do not wait for it.
        assert_eq!((vendor.times("ask j0"), vendor.times("start")), (vec![1, 3, 7, 15, 31], vec![0, 31]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_waited_for_no_longer_than_it_may_take_whatever_it_waits_for() {
    // The second token never comes.
    let fetched = AtomicUsize::new(0);
    let tokens = move || {
        let first = fetched.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if !first {
                std::future::pending::<()>().await;
            }
            Ok::<_, std::io::Error>("t".to_owned())
        }
    };
    let vendor = Vendor::default();
    let client = vendor.client_by(|_, _| None, |_| Script::response(401, "{}"), |builder| builder.bearer_with(tokens));
    let run = client.start("l").send(ids(2)).job_timeout(seconds(60));
    let report = tokio::time::timeout(seconds(1000), run.into_future()).await.expect("it ends");
    assert_eq!((words(&report), report.elapsed().as_secs()), (vec!["unknown pending".to_owned(); 2], 60));
}

#[tokio::test(start_paused = true)]
async fn the_time_that_nobody_polls_a_run_is_not_its_jobs() {
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |n, request| (n > 0).then(|| script(200, &json!({"state": "done", "done": sent_ids(request)}))),
        |job| if job.before < 3 { Script::response(500, "") } else { job.done() },
        |builder| builder,
    );
    let mut outcomes = client.start("l").send(ids(4)).concurrency(2).job_timeout(seconds(60)).outcomes();
    let mut succeeded = 0;
    while let Some(settled) = outcomes.next().await {
        succeeded += usize::from(settled.outcome.kind() == OutcomeKind::Succeeded);
        if succeeded == 1 {
            tokio::time::sleep(seconds(100)).await;
        }
    }
    assert_eq!(succeeded, 4);
}

/// A job without a state of its own: each item has one.
#[derive(Deserialize, Serialize, BulkReply)]
struct Operations {
    #[bulk(job)]
    job: Option<String>,
    #[bulk(results)]
    #[serde(default)]
    operations: Vec<Operation>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Operation {
    #[bulk(key)]
    id: Id,
    #[bulk(status)]
    state: State,
}

#[bulk_api]
trait StateOfEach {
    #[post("/start")]
    #[bulk_endpoint(max = 3, partial = true, idempotent = true, poll = "/jobs/{job}")]
    fn start(&self) -> Bulk<Id, Operations, Error>;
}

#[tokio::test(start_paused = true)]
async fn a_job_is_asked_for_while_it_works_on_an_item() {
    let states = |states: [&str; 3]| {
        let each = states.iter().enumerate().map(|(at, state)| json!({"id": format!("t{at}"), "state": state}));
        each.collect::<Vec<_>>()
    };
    // A response to a poll need not repeat the handle.
    for handle in [json!("7"), json!(null)] {
        let (clock, seen, asked) = (TokioClock::new(), Seen::default(), AtomicUsize::new(0));
        let log = seen.clone();
        let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
            log.push(request);
            let operations = match (request.url.path(), asked.fetch_add(1, Ordering::SeqCst)) {
                ("/start", _) => return script(202, &json!({"job": "7", "operations": states(["running"; 3])})),
                (_, 1) => states(["done", "running", "running"]),
                (_, 2) => states(["done", "failed", "running"]),
                _ => states(["done", "failed", "done"]),
            };
            script(200, &json!({"job": handle, "operations": operations}))
        });
        let client = Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap();
        let report = StateOfEachClient::new(client).start().send(ids(3)).await;
        assert_eq!(words(&report), ["succeeded", "failed", "succeeded"], "{report}");
        let paths: Vec<String> = seen.requests().iter().map(|request| request.url.path().to_owned()).collect();
        assert_eq!(paths, ["/start", "/jobs/7", "/jobs/7", "/jobs/7"]);
    }
}

/// An error type of a user's own, with a mistake.
#[derive(Debug)]
struct Mistaken;

impl ApiError for Mistaken {
    fn read(_: &RawResponse<'_>) -> Result<Self, DecodeError> {
        panic!("a mistake of the user")
    }
}

#[bulk_api]
trait WithMistake {
    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = "/jobs/{job}")]
    fn start(&self) -> Bulk<Id, Told, Mistaken>;
}

/// Of a request and of a poll that are refused for now: promise 13.
#[tokio::test(start_paused = true)]
async fn an_error_type_that_panics_ends_no_run() {
    let start = |script: fn(usize) -> Script| {
        let clock = TokioClock::new();
        let transport = ScriptedTransport::new(clock.clone(), move |number, _| script(number));
        let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
        WithMistakeClient::new(client).start()
    };
    let refused = start(|_| Script::response(429, "{}")).send(ids(2)).await;
    assert_eq!(words(&refused), ["unknown panicked"; 2]);
    let polled = start(|number| match number {
        0 => script(202, &json!({"id": "j0", "state": "running"})),
        1 => Script::response(429, "{}"),
        _ => script(200, &json!({"state": "done", "done": ["t0", "t1"], "failed": []})),
    });
    assert_eq!(words(&polled.send(ids(2)).await), ["succeeded"; 2]);
}
