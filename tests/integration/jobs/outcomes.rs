//! The outcomes of items in a job: from its last response, from earlier ones, and from a job that failed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::reply::{BodyShape, CollectorOf, DecodeError, PerItem, RawResponse, ReplyShape};
use bulk_endpoint::{Bulk, BulkReply, Client, ItemReply, OutcomeKind, TokioClock, bulk_api};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::{Request, TransportErrorKind},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Asked, Jobs, JobsClient, Vendor, script, send};
use crate::support::{Error, Id, Seen, State, doubts, ids, seconds, sent_ids, words};

#[tokio::test(start_paused = true)]
async fn a_job_that_failed_was_nothing_only_where_it_is_all_or_nothing() {
    let failed = |_: &Asked| script(200, &json!({"state": "failed", "code": "Denied"}));
    let vendor = Vendor::default();
    let report = send(vendor.client(failed).start("l").send(ids(2)), 2).await;
    assert_eq!(words(&report), ["unknown pending"; 2]);
    assert!(doubts(&report)[0].1.contains("Denied"));
    let report = send(vendor.client(failed).whole().send(ids(2)), 2).await;
    assert_eq!(words(&report), ["refused 200"; 2]);
    assert_eq!(report.refused().next().unwrap().1.code.as_deref(), Some("Denied"));
    // On an idempotent endpoint the items are retried, in another job.
    let vendor = Vendor::default();
    let client = vendor.client(move |job| if job.handle == "j0" { failed(job) } else { job.done() });
    let report = send(client.idempotent().send(ids(2)), 2).await;
    assert_eq!((words(&report), vendor.times("start").len()), (vec!["succeeded".to_owned(); 2], 2));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_failed_when_it_is_named_may_have_done_a_part() {
    let starts = |_, _: &Request| Some(script(202, &json!({"id": "j0", "state": "failed", "code": "Denied"})));
    let client = Vendor::default().client_by(starts, Asked::done, |builder| builder);
    let report = send(client.start("l").send(ids(2)), 2).await;
    assert_eq!(words(&report), ["unknown pending"; 2], "{report}");
    assert!(doubts(&report)[0].1.contains("Denied"), "{report}");
}

/// `t0 accepted` and `t1 failed` are entries, `job j0` names a job that runs.
struct Lines;

impl BulkReply for Lines {
    type Key = Id;
    type Success = ();
    type Failure = String;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque);

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        for line in str::from_utf8(response.bytes()).unwrap().lines() {
            match line.split_once(' ').unwrap() {
                ("job", handle) => collector.pending(handle),
                ("refused", code) => collector.refused(Some(code.to_owned()), None),
                (id, "accepted") => collector.accepted(&Id(id.to_owned()), ()),
                (id, why) => collector.failed(&Id(id.to_owned()), why.to_owned()),
            }
        }
        Ok(())
    }
}

impl PerItem for Lines {}

#[bulk_api]
trait ByHand {
    #[post("/start")]
    #[bulk_endpoint(max = 3, partial = true, poll = "/jobs/{job}")]
    fn polled(&self) -> Bulk<Id, Lines, Error>;

    #[post("/start")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn unpolled(&self) -> Bulk<Id, Lines, Error>;
}

#[tokio::test(start_paused = true)]
async fn what_is_said_beside_a_pending_job_counts_however_the_job_ends() {
    let first = "t0 accepted\nt1 gone\njob j0\n";
    for (bulk, last, want) in [
        (
            ByHandClient::polled as fn(&ByHandClient) -> Bulk<Id, Lines, Error>,
            "",
            ["accepted", "failed", "unknown missing"],
        ),
        (ByHandClient::polled, "t2 accepted\n", ["accepted", "failed", "accepted"]),
        (ByHandClient::polled, "t0 late\n", ["unknown contradictory", "failed", "unknown missing"]),
        // The job fails, or is never seen to end, or is not polled at all.
        (ByHandClient::polled, "refused Denied\n", ["accepted", "failed", "unknown pending"]),
        (ByHandClient::polled, "job j0\n", ["accepted", "failed", "unknown pending"]),
        (ByHandClient::unpolled, "", ["accepted", "failed", "accepted"]),
    ] {
        let clock = TokioClock::new();
        let transport = ScriptedTransport::new(clock.clone(), move |number, _| {
            Script::response(200, if number == 0 { first } else { last }.to_owned())
        });
        let client = Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap();
        let report = bulk(&ByHandClient::new(client)).send(ids(3)).await;
        assert_eq!(words(&report), want, "{last:?}: {report}");
        assert!(report.counters().balanced());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_contradicts_a_job_whose_items_are_all_done() {
    let starts = |_, _: &Request| Some(script(200, &json!({"id": "j0", "state": "running", "done": ["t0", "t1"]})));
    let failed = |_: &Asked| script(200, &json!({"state": "failed", "code": "Denied"}));
    let client = Vendor::default().client_by(starts, failed, |builder| builder);
    assert_eq!(words(&send(client.start("l").send(ids(2)), 2).await), ["unknown pending"; 2]);
}

#[tokio::test(start_paused = true)]
async fn what_a_job_says_on_its_way_counts_at_its_end() {
    for idempotent in [false, true] {
        let starts = |_, _: &Request| Some(script(200, &json!({"id": "j0", "state": "running", "done": ["t0"]})));
        let bulk = |client: &JobsClient| if idempotent { client.idempotent() } else { client.start("l") };
        // The last response lists only the other items.
        let vendor = Vendor::default();
        let client =
            vendor.client_by(starts, |_| script(200, &json!({"state": "done", "done": ["t1"]})), |builder| builder);
        let report = send(bulk(&client).send(ids(2)), 2).await;
        assert_eq!((words(&report), vendor.times("start").len()), (vec!["succeeded".to_owned(); 2], 1));
        // The last response contradicts the earlier one.
        let vendor = Vendor::default();
        let failed = json!({"state": "done", "done": ["t1"], "failed": [{"id": "t0", "message": "no"}]});
        let client = vendor.client_by(starts, move |_| script(200, &failed), |builder| builder);
        let report = send(client.start("l").send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown contradictory", "succeeded"]);
        // The run does not see the end of the job.
        let vendor = Vendor::default();
        let client = vendor.client_by(starts, |job| job.running(), |builder| builder);
        let report = send(bulk(&client).send(ids(2)).job_timeout(seconds(60)), 2).await;
        assert_eq!(
            (words(&report), vendor.times("start").len()),
            (vec!["succeeded".into(), "unknown pending".into()], 1)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_job_leaves_for_later_is_in_another() {
    let vendor = Vendor::default();
    let failure = |code: &str| json!([{"id": "t1", "message": "later", "code": code}]);
    let client = vendor.client(move |job| match job.handle.as_str() {
        "j0" => script(200, &json!({"state": "done", "done": ["t0"], "failed": failure("Busy")})),
        _ => job.done(),
    });
    let report = send(client.start("l").send(ids(2)), 2).await;
    assert_eq!(words(&report), ["succeeded"; 2]);
    assert_eq!(vendor.sent(), [("t0".to_owned(), 1), ("t1".to_owned(), 2)].into());
}

#[tokio::test(start_paused = true)]
async fn the_history_is_of_the_requests_that_carried_an_item_whatever_was_asked_between() {
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |number, request| match number {
            0 => None,
            1 | 3 | 5 => Some(Script::response(400, r#"{"message":"no"}"#).after(seconds(2))),
            _ => Some(script(200, &json!({"state": "done", "done": sent_ids(request)})).after(seconds(3))),
        },
        |job| if job.before < 3 { job.running() } else { job.done() },
        |builder| builder,
    );
    let report = send(client.start("l").send(ids(12)).concurrency(2), 12).await;
    assert_eq!(report.requests(), 6 + 4);
    for (batch, status) in [202, 400, 200, 400, 200, 400].into_iter().enumerate() {
        let items = [2 * batch, 2 * batch + 1];
        let start = format!("start t{} t{}", items[0], items[1]);
        let request = vendor.log().iter().position(|(_, line)| *line == start).unwrap();
        for item in items {
            let records: Vec<_> = report.attempts(item).map(|record| (record.request, record.status)).collect();
            assert_eq!(records, [(request, Some(status))], "t{item}: {:?}", vendor.log());
        }
    }
    let record = report.attempts(0).next().unwrap();
    assert_eq!(&*record.end, "response 202; job finished (4 polls)");

    let client = Vendor::default().client(|job| job.running());
    let report = send(client.start("l").send(ids(1)).job_timeout(seconds(2)), 1).await;
    let record = report.attempts(0).next().unwrap();
    assert_eq!(&*record.end, "response 202; job did not finish (1 poll)");
}

/// Runs from seeds: starts and polls end in every way, and the report agrees with what the vendor did.
#[tokio::test(start_paused = true)]
async fn whatever_happens_the_report_is_true_and_nothing_is_done_twice() {
    for seed in 0..400 {
        let vendor = Vendor::default();
        let rng = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        let applied: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let (starting, telling, applying) = (rng.clone(), rng.clone(), applied.clone());
        let client = vendor.client_by(
            move |_, _| match starting.lock().unwrap().u8(..12) {
                0 => Some(Script::response(503, "{}")),
                1 => Some(Script::response(429, "{}").header("Retry-After", "2")),
                2 => Some(Script::response(400, r#"{"message":"no"}"#)),
                3 => Some(Script::error(TransportErrorKind::NotSent, "refused")),
                4 => Some(Script::error(TransportErrorKind::Reset, "reset")),
                _ => None,
            },
            move |job| {
                let mut rng = telling.lock().unwrap();
                let after = Duration::from_millis(rng.u64(..3000));
                match rng.u8(..12) {
                    0 => Script::response(500, "{}"),
                    1 => Script::error(TransportErrorKind::Reset, "reset"),
                    2 => Script::response(429, "{}").header("Retry-After", "3"),
                    3 => Script::response(200, "<html>"),
                    4 => Script::response(401, "{}"),
                    5..8 => job.running(),
                    _ => {
                        let (mut done, mut failed) = (Vec::new(), Vec::new());
                        for id in &job.ids {
                            match rng.u8(..6) {
                                0 => failed.push(json!({"id": id, "message": "no"})),
                                1 => failed.push(json!({"id": id, "message": "later", "code": "Busy"})),
                                // Done, but not reported.
                                2 => *applying.lock().unwrap().entry(id.clone()).or_default() += 1,
                                _ => {
                                    *applying.lock().unwrap().entry(id.clone()).or_default() += 1;
                                    done.push(id);
                                }
                            }
                        }
                        script(200, &json!({"state": "done", "done": done, "failed": failed}))
                    }
                }
                .after(after)
            },
            |builder| builder,
        );
        let idempotent = rng.lock().unwrap().bool();
        let bulk = if idempotent { client.idempotent() } else { client.start("l") };
        let (concurrency, job_timeout) = {
            let mut rng = rng.lock().unwrap();
            (rng.usize(1..4), seconds(rng.u64(1..60)))
        };
        let run = bulk.send(ids(9)).seed(seed).concurrency(concurrency).job_timeout(job_timeout);
        let report = send(run, 9).await;
        let applied = applied.lock().unwrap().clone();
        for (item, outcome) in report.iter() {
            let times = applied.get(&item.0).copied().unwrap_or(0);
            let holds = match outcome.kind() {
                OutcomeKind::Succeeded => times > 0,
                OutcomeKind::Unknown => true,
                _ => times == 0,
            };
            assert!(holds && (idempotent || times <= 1), "seed {seed}: {item:?} {outcome:?}, done {times} times");
        }
    }
}

/// A job with its results in the order of the request, and their number.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
struct Numbered {
    #[bulk(job)]
    id: Option<String>,
    #[bulk(status)]
    state: State,
    #[bulk(count(failed))]
    #[serde(default)]
    failures: Option<u64>,
    #[bulk(results)]
    #[serde(default)]
    results: Vec<InOrder>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct InOrder {
    #[bulk(status)]
    ok: bool,
}

#[bulk_api]
trait Numbering {
    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = "/jobs/{job}")]
    fn numbered(&self) -> Bulk<Id, Numbered, Error>;
}

/// It would be the same if it was polled again.
#[tokio::test(start_paused = true)]
async fn the_last_response_of_a_job_that_cannot_be_used_ends_it_with_the_reason() {
    let positions = "cannot match positions to items: the response has";
    for (last, reason) in [
        (json!({"state": "done", "results": [{"ok": true}]}), format!("{positions} 1 element for 2 items")),
        (json!({"state": "done"}), "the response does not name it".to_owned()),
        (json!({"state": "failed", "results": [{"ok": true}]}), format!("{positions} 1 element for 2 items")),
        (json!({"id": "7", "state": "done", "results": 7}), "results".to_owned()),
        (json!({"state": "done", "failures": 2, "results": []}), "at /failures: the count is 2, but".to_owned()),
    ] {
        let (clock, seen) = (TokioClock::new(), Seen::default());
        let (log, body) = (seen.clone(), last.clone());
        let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
            log.push(request);
            match request.url.path() {
                "/start" => script(202, &json!({"id": "7", "state": "running"})),
                _ => script(200, &body),
            }
        });
        let client = Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap();
        let report = NumberingClient::new(client).numbered().send(ids(2)).await;
        assert_eq!(seen.requests().len(), 2, "{last}: {report}");
        for (kind, detail) in doubts(&report) {
            assert!(detail.contains(&reason), "{last}: {kind:?} {detail}");
        }
        assert_eq!(report.counters().unknown, 2, "{last}: {report}");
    }
}
