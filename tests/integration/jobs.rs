//! Answers that name a job: it is asked for until it tells, in virtual time, and no item is lost or done twice meanwhile.

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::transport::{TruncationKind, Request, Response, Script, ScriptedTransport, TransportErrorKind};
use bulk_endpoint::{
    Bulk, BulkReply, Client, ClientBuilder, UncertaintyKind, OutcomeKind, Report, Run, TokioClock, Verified, bulk_api,
};
use futures_util::StreamExt;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{Error, Id, Told, doubts, ids, seconds, sent_ids, words};

#[bulk_api]
trait Jobs {
    #[post("/lists/{list}/start")]
    #[bulk_endpoint(max = 2, partial = true, retry("Busy", 429), poll = "/lists/{list}/jobs/{job}")]
    fn start(&self, list: &str) -> Bulk<Id, Told, Error>;

    #[post("/again")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true, retry("Busy", 429), poll = "/jobs/{job}")]
    fn idempotent(&self) -> Bulk<Id, Told, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 2, partial = false, poll = post("/check", "/query/id"))]
    fn whole(&self) -> Bulk<Id, Told, Error>;
}

/// The jobs `j0`, `j1`, … of a vendor, the ids that each was started with, and how often it was asked for.
#[derive(Clone, Default)]
struct Vendor(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    jobs: BTreeMap<String, (Vec<String>, usize)>,
    /// When what came, in seconds: `start t0 t1`, `ask j0`.
    log: Vec<(u64, String)>,
}

/// A job as it is asked for.
struct Asked {
    handle: String,
    /// How often before.
    before: usize,
    ids: Vec<String>,
    /// Under which token.
    token: Option<HeaderValue>,
}

impl Asked {
    fn done(&self) -> Script {
        Script::answer(200, json!({"state": "done", "done": self.ids}).to_string())
    }

    fn running(&self) -> Script {
        Script::answer(200, json!({"id": self.handle, "state": "running"}).to_string())
    }
}

fn script(status: u16, body: &Value) -> Script {
    Script::answer(status, body.to_string())
}

impl Vendor {
    /// A client of it, whose jobs tell what `tells` says.
    fn client(&self, tells: impl Fn(&Asked) -> Script + Send + Sync + 'static) -> JobsClient {
        self.client_by(|_, _| None, tells, |builder| builder)
    }

    /// The same; `starts` may answer otherwise than with a job, given how many were started before.
    fn client_by(
        &self,
        starts: impl Fn(usize, &Request) -> Option<Script> + Send + Sync + 'static,
        tells: impl Fn(&Asked) -> Script + Send + Sync + 'static,
        set_up: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> JobsClient {
        let (clock, known, began) = (TokioClock::new(), self.clone(), tokio::time::Instant::now());
        let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
            let mut known = known.0.lock().unwrap();
            let at = began.elapsed().as_secs();
            let handle = match request.url.path().split_once("/jobs/") {
                Some((_, handle)) => handle.to_owned(),
                None if request.url.path() == "/check" => {
                    let body: Value = serde_json::from_slice(&request.body).unwrap();
                    body["query"]["id"].as_str().unwrap().to_owned()
                }
                None => {
                    let ids = sent_ids(request);
                    known.log.push((at, format!("start {}", ids.join(" "))));
                    let number = known.jobs.len();
                    let other = starts(number, request);
                    // A request that is not answered may have been carried out: it is known by no handle.
                    let handle = format!("j{number}");
                    known.jobs.insert(handle.clone(), (ids, 0));
                    return other.unwrap_or_else(|| script(202, &json!({"id": handle, "state": "running"})));
                }
            };
            known.log.push((at, format!("ask {handle}")));
            let (ids, before) = known.jobs.get_mut(&handle).map(|(ids, asked)| (ids.clone(), asked)).unwrap();
            let asked = Asked { handle, before: *before, ids, token: request.headers.get(AUTHORIZATION).cloned() };
            *before += 1;
            tells(&asked)
        });
        let builder = Client::builder("https://api.example.com").transport(transport).clock(clock);
        JobsClient::new(set_up(builder).build().unwrap())
    }

    fn log(&self) -> Vec<(u64, String)> {
        self.0.lock().unwrap().log.clone()
    }

    /// When something came.
    fn times(&self, what: &str) -> Vec<u64> {
        self.log().iter().filter(|(_, line)| line.starts_with(what)).map(|(at, _)| *at).collect()
    }

    /// How often each id was sent.
    fn sent(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for (ids, _) in self.0.lock().unwrap().jobs.values() {
            ids.iter().for_each(|id| *sent.entry(id.clone()).or_default() += 1);
        }
        sent
    }
}

type JobReport = Report<Id, Told, Error>;

/// All are accounted for.
fn whole(report: &JobReport, items: usize) {
    assert!(report.counters().balanced(), "{report}");
    assert_eq!((report.counters().settled(), words(report).len()), (items, items), "{report}");
}

async fn send(run: Run<'_, Id, Told, Error, Id>, items: usize) -> JobReport {
    let report = run.await;
    whole(&report, items);
    report
}

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
            // Told to ask at once, it is asked for no more often than ten times a second.
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
async fn a_job_that_never_ends_leaves_its_items_unknown_and_is_not_begun_again() {
    for idempotent in [false, true] {
        let vendor = Vendor::default();
        let client = vendor.client(|job| if job.handle == "j1" { job.done() } else { job.running() });
        let bulk = if idempotent { client.idempotent() } else { client.start("l") };
        let report = send(bulk.send(ids(4)).concurrency(1).job_timeout(seconds(60)), 4).await;
        assert_eq!(words(&report), ["unknown pending", "unknown pending", "succeeded", "succeeded"]);
        let (_, detail) = &doubts(&report)[0];
        assert!(detail.contains("j0") && detail.contains("60s"), "{detail}");
        // Asked for at 61 s, it would be too late: the others need not wait for that.
        assert_eq!((vendor.times("ask j0"), vendor.times("start")), (vec![1, 3, 7, 15, 31], vec![0, 31]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_fails_is_asked_again() {
    let cut = || {
        let body = bulk_endpoint::transport::TruncatedBody { start: "{".into(), kind: TruncationKind::Broken, detail: "cut off".into() };
        Script {
            after: Duration::ZERO,
            end: Ok(Response { body: Err(body), ..Response::new(200, Default::default(), "") }),
        }
    };
    let faults: [fn() -> Script; 10] = [
        || Script::answer(500, "oops"),
        || Script::answer(404, "not yet"),
        || Script::answer(503, "{}").header("Retry-After", "2"),
        || Script::answer(200, "<html>"),
        || Script::answer(200, "{}"),
        || Script::answer(200, r#"{"state":"asleep","id":"j0"}"#),
        || Script::error(TransportErrorKind::Reset, "reset"),
        || Script::error(TransportErrorKind::NotSent, "refused"),
        || Script::answer(429, "{}"),
        || Script::answer(200, "").after(seconds(100)),
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
    // Five times in a row, and it is given up: also where that would be safe, its items are in no second job.
    for (number, fault) in faults().enumerate() {
        let vendor = Vendor::default();
        let client = vendor.client(move |_| fault.clone());
        let report = send(client.idempotent().send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown pending"; 2], "{number}: {report}");
        assert_eq!((vendor.times("ask").len(), vendor.times("start").len()), (5, 1), "{number}");
        assert!(doubts(&report)[0].1.contains("j0"), "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_answers_for_a_job_is_not_gone() {
    let client = Vendor::default().client_by(
        |n, _| (n > 0).then(|| Script::error(TransportErrorKind::NotSent, "no port is left").after(seconds(1))),
        |asked| asked.running().header("Retry-After", "1"),
        |builder| builder,
    );
    let report = client.start("l").send(ids(8)).concurrency(2).job_timeout(seconds(60)).await;
    assert_eq!(report.stopped(), None);
}

#[tokio::test(start_paused = true)]
async fn a_429_to_a_question_closes_the_gate_for_all() {
    let vendor = Vendor::default();
    let client = vendor.client(|job| match (job.handle.as_str(), job.before) {
        ("j0", 0) => Script::answer(429, "{}").header("Retry-After", "9"),
        // The first question after the wait is the probe; it takes a while.
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
    // The question is the probe at 10 s, and what came meanwhile leaves when it is answered.
    assert_eq!((vendor.times("ask j0"), vendor.times("start")), (vec![1, 10], vec![0, 15]));

    // A job that is due while another request probes the throttle is asked for when that has ended.
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |number, _| match number {
            1 => Some(Script::answer(429, "{}").header("Retry-After", "3")),
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
    let client = vendor.client(|_| Script::answer(429, "{}").header("Retry-After", "200"));
    let run = client.start("l").send(ids(2)).job_timeout(seconds(60));
    let report = send(run, 2).await;
    assert_eq!(words(&report), ["unknown pending"; 2]);
    assert_eq!(report.elapsed().as_secs(), 1);
    // Another's wait is no shorter.
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |number, _| (number == 1).then(|| Script::answer(429, "{}").header("Retry-After", "200")),
        Asked::running,
        |builder| builder,
    );
    let one = client.start("l").send(ids(2)).job_timeout(seconds(60)).into_future();
    let two = client.start("m").send(ids(2)).max_wait(seconds(1)).into_future();
    let (one, two) = tokio::join!(one, two);
    assert_eq!((words(&one), words(&two)), (vec!["unknown pending".to_owned(); 2], vec!["refused 429".to_owned(); 2]));
    assert!(vendor.times("ask").is_empty() && one.elapsed().as_secs() <= 60);
}

/// How a run ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Cancel,
    Drop,
    Deadline,
    DropOutcomes,
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_while_a_job_is_pending_asks_no_more_and_accounts_for_all() {
    for end in [End::Cancel, End::Drop, End::Deadline, End::DropOutcomes] {
        // At 2.5 s the jobs wait to be asked for; at 3.5 s they are being asked for.
        for (at, idempotent, verifies) in
            [(2500, false, false), (3500, true, false), (2500, true, true), (3500, false, true)]
        {
            let case = format!("{end:?} at {at} ms");
            let vendor = Vendor::default();
            let client = vendor.client(|job| job.running().after(seconds(u64::from(job.before > 0))));
            let bulk = if idempotent { client.idempotent() } else { client.start("l") };
            let mut run = bulk.send(ids(10)).concurrency(2);
            if verifies {
                run = run.verify(|items: Vec<Id>| async {
                    Ok::<_, std::io::Error>(items.into_iter().map(|item| (item, Verified::Applied)).collect::<Vec<_>>())
                });
            }
            let watch = run.watch();
            let wait = tokio::time::sleep(Duration::from_millis(at));
            let report = match end {
                End::Cancel => {
                    let (report, ()) = tokio::join!(run.into_future(), async {
                        wait.await;
                        watch.cancel();
                    });
                    Some(report)
                }
                End::Drop => {
                    let timeout = tokio::time::timeout(Duration::from_millis(at), run.into_future()).await;
                    assert!(timeout.is_err(), "{case}");
                    Some(watch.report())
                }
                End::Deadline => Some(run.deadline(Duration::from_millis(at)).await),
                End::DropOutcomes => {
                    let mut outcomes = run.outcomes();
                    let next = tokio::time::timeout(Duration::from_millis(at), outcomes.next());
                    assert!(next.await.is_err(), "{case}");
                    drop(outcomes);
                    None
                }
            };
            let counters = watch.counters();
            assert!(counters.balanced() && counters.settled() == 10, "{case}: {counters:?}");
            assert_eq!((counters.unknown, counters.not_attempted), (4, 6), "{case}: {counters:?}");
            if let Some(report) = report {
                whole(&report, 10);
                let pending = doubts(&report);
                assert!(pending.iter().all(|(kind, _)| *kind == UncertaintyKind::Pending), "{case}: {pending:?}");
                assert!(pending[0].1.contains("j0") && pending[3].1.contains("j1"), "{case}: {pending:?}");
            }
            let before = vendor.log().len();
            tokio::time::sleep(seconds(500)).await;
            assert_eq!(vendor.log().len(), before, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_the_jobs_end_and_begins_none() {
    let vendor = Vendor::default();
    let client = vendor.client(|job| match job.before {
        0..3 => job.running(),
        _ if job.handle == "j1" => script(
            200,
            &json!({"state": "done", "done": ["t2"], "failed": [{"id": "t3", "message": "later", "code": "Busy"}]}),
        ),
        _ => job.done(),
    });
    let run = client.idempotent().send(ids(10)).concurrency(2);
    let watch = run.watch();
    let (report, ()) = tokio::join!(run.into_future(), async {
        tokio::time::sleep(seconds(2)).await;
        watch.stop();
    });
    whole(&report, 10);
    let kinds: Vec<OutcomeKind> = report.iter().map(|(_, outcome)| outcome.kind()).collect();
    assert_eq!(
        &kinds[..4],
        [OutcomeKind::Succeeded, OutcomeKind::Succeeded, OutcomeKind::Succeeded, OutcomeKind::Failed]
    );
    assert!(kinds[4..].iter().all(|kind| *kind == OutcomeKind::NotAttempted));
    assert_eq!((vendor.times("start"), vendor.times("ask j1")), (vec![0, 0], vec![1, 3, 7, 15]));
}

#[tokio::test(start_paused = true)]
async fn a_job_may_name_another_and_a_handle_may_be_any_text() {
    let vendor = Vendor::default();
    let client = vendor.client(|job| match (job.handle.as_str(), job.before) {
        ("j0", _) => script(200, &json!({"id": "j1", "state": "running"})),
        (_, 0) => script(200, &json!({"state": "running"})),
        _ => script(200, &json!({"state": "done", "done": ["t0", "t1"]})),
    });
    vendor.0.lock().unwrap().jobs.clear();
    let run = client.start("l").send(ids(2)).into_future();
    vendor.0.lock().unwrap().jobs.insert("j1".to_owned(), (Vec::new(), 0));
    // The job that is started is then the second.
    let report = run.await;
    whole(&report, 2);
    assert_eq!(words(&report), ["succeeded"; 2], "{:?}", vendor.log());

    let odd = "a/b?c=é..";
    let vendor = Vendor::default();
    vendor.0.lock().unwrap().jobs.insert("a%2Fb%3Fc%3D%C3%A9..".to_owned(), (vec!["t0".to_owned()], 0));
    let client = vendor.client_by(
        move |_, _| Some(script(202, &json!({"id": odd, "state": "running"}))),
        Asked::done,
        |builder| builder,
    );
    let report = send(client.start("l").send(ids(1)), 1).await;
    assert_eq!(words(&report), ["succeeded"], "{:?}", vendor.log());
    // In a body it stands as it is; in a path, `..` would be another path.
    let vendor = Vendor::default();
    vendor.0.lock().unwrap().jobs.insert(odd.to_owned(), (vec!["t0".to_owned()], 0));
    let starts = move |handle: &'static str| {
        vendor.client_by(
            move |_, _| Some(script(202, &json!({"id": handle, "state": "running"}))),
            Asked::done,
            |builder| builder,
        )
    };
    assert_eq!(words(&send(starts(odd).whole().send(ids(1)), 1).await), ["succeeded"]);
    assert_eq!(words(&send(starts("..").start("l").send(ids(1)), 1).await), ["unknown pending"]);
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
struct Numbered {
    #[bulk(job)]
    id: Option<u64>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Id>,
}

#[bulk_api]
trait InBodies {
    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = post("/check", "/a~1b/~0id"))]
    fn named(&self) -> Bulk<Id, Told, Error>;

    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = post("/check", "/jobs/0/id"))]
    fn numbered(&self) -> Bulk<Id, Numbered, Error>;

    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = "/jobs/{job}")]
    fn numbered_in_path(&self) -> Bulk<Id, Numbered, Error>;
}

#[tokio::test(start_paused = true)]
async fn a_handle_stands_in_a_body_where_the_pointer_says_and_as_the_answer_had_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let client = |handle: Value| {
        let (clock, seen) = (TokioClock::new(), seen.clone());
        let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
            if request.url.path() == "/start" {
                return script(202, &json!({"id": handle, "state": "running"}));
            }
            let body = String::from_utf8(request.body.to_vec()).unwrap();
            seen.lock().unwrap().push(format!("{}{body}", request.url.path()));
            script(200, &json!({"state": "done", "done": ["t0"]}))
        });
        InBodiesClient::new(
            Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap(),
        )
    };
    assert_eq!(words(&client(json!("42")).named().send(ids(1)).await), ["succeeded"]);
    assert_eq!(words(&client(json!(42)).numbered().send(ids(1)).await), ["succeeded"]);
    assert_eq!(words(&client(json!(42)).numbered_in_path().send(ids(1)).await), ["succeeded"]);
    let asked = [r#"/check{"a/b":{"~id":"42"}}"#, r#"/check{"jobs":[{"id":42}]}"#, "/jobs/42"];
    assert_eq!(*seen.lock().unwrap(), asked);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_asked_for_leaves_its_items_unknown() {
    for (body, of) in [
        (json!({"state": "running"}), "names none"),
        (json!({"id": null, "state": "running"}), "names none"),
        (json!({"id": 42, "state": "running"}), "names none: the response's body does not fit at /id: invalid type"),
    ] {
        let vendor = Vendor::default();
        let answer = body.clone();
        let client = vendor.client_by(move |_, _| Some(script(202, &answer)), Asked::done, |builder| builder);
        let report = send(client.idempotent().send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown pending"; 2], "{body}");
        assert!(doubts(&report)[0].1.contains(of), "{body}: {:?}", doubts(&report));
        assert_eq!(vendor.log().len(), 1, "{body}");
    }
}

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
    // What is safe to do again is, in another job.
    let vendor = Vendor::default();
    let client = vendor.client(move |job| if job.handle == "j0" { failed(job) } else { job.done() });
    let report = send(client.idempotent().send(ids(2)), 2).await;
    assert_eq!((words(&report), vendor.times("start").len()), (vec!["succeeded".to_owned(); 2], 2));
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
            1 | 3 | 5 => Some(Script::answer(400, r#"{"message":"no"}"#).after(seconds(2))),
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
    assert_eq!(&*record.end, "answered with 202, and its job told in the end, after 4 questions");

    let client = Vendor::default().client(|job| job.running());
    let report = send(client.start("l").send(ids(1)).job_timeout(seconds(2)), 1).await;
    let record = report.attempts(0).next().unwrap();
    assert_eq!(&*record.end, "answered with 202, and its job was not seen to end, after 1 question");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_while_a_job_runs_is_fetched_again() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let counting = fetched.clone();
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |_, _| None,
        |job| if job.before == 0 { Script::answer(401, "{}") } else { job.done() },
        |builder| {
            builder.bearer_with(move || {
                let number = counting.fetch_add(1, Ordering::SeqCst);
                async move {
                    // Long enough for a run that does not wait for it to be seen to spin.
                    tokio::time::sleep(seconds(10)).await;
                    Ok::<_, std::io::Error>(format!("t{number}"))
                }
            })
        },
    );
    let report = send(client.start("l").send(ids(2)), 2).await;
    assert_eq!(words(&report), ["succeeded"; 2]);
    assert_eq!((fetched.load(Ordering::SeqCst), vendor.times("start").len(), vendor.times("ask").len()), (2, 1, 2));
    assert!(report.elapsed() <= seconds(30), "{:?}", report.elapsed());
}

/// Tokens `t0`, `t1`, …, counted.
fn counting(fetched: &Arc<AtomicUsize>) -> impl FnOnce(ClientBuilder) -> ClientBuilder + use<> {
    let fetched = fetched.clone();
    move |builder| {
        builder.bearer_with(move || {
            let number = fetched.fetch_add(1, Ordering::SeqCst);
            async move { Ok::<_, std::io::Error>(format!("t{number}")) }
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_may_expire_any_number_of_times_while_a_job_runs() {
    for status in [401, 407] {
        let (fetched, vendor) = (Arc::new(AtomicUsize::new(0)), Vendor::default());
        let used = Mutex::new(BTreeMap::new());
        // Each token is good for two questions.
        let tells = move |job: &Asked| {
            let mut used = used.lock().unwrap();
            let used = used.entry(job.token.as_ref().unwrap().as_bytes().to_vec()).or_insert(0);
            *used += 1;
            match (*used, job.before) {
                (3.., _) => Script::answer(status, r#"{"message":"expired"}"#),
                (_, 20..) => job.done(),
                _ => job.running(),
            }
        };
        let client = vendor.client_by(|_, _| None, tells, counting(&fetched));
        let report = send(client.start("l").send(ids(2)), 2).await;
        assert_eq!(words(&report), ["succeeded"; 2], "{status}: {report}");
        assert_eq!((fetched.load(Ordering::SeqCst), vendor.times("start").len()), (8, 1), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_may_not_be_asked_for_under_a_fresh_token_is_given_up_at_once() {
    for status in [401, 407] {
        let (fetched, vendor) = (Arc::new(AtomicUsize::new(0)), Vendor::default());
        let tells = move |_: &Asked| Script::answer(status, r#"{"message":"not you"}"#);
        let client = vendor.client_by(|_, _| None, tells, counting(&fetched));
        let report = send(client.start("l").send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown pending"; 2]);
        assert!(doubts(&report)[0].1.contains(&status.to_string()), "{report}");
        // Once under the token that the job was begun under, once under the next.
        assert_eq!((vendor.times("ask").len(), fetched.load(Ordering::SeqCst)), (2, 2));
        let fixed = vendor.client_by(|_, _| None, tells, |builder| builder.bearer("s3cret"));
        let report = send(fixed.start("l").send(ids(2)), 2).await;
        assert_eq!((words(&report), vendor.times("ask").len()), (vec!["unknown pending".to_owned(); 2], 3));
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_that_wait_for_a_token_share_a_fetch_that_fails() {
    let (fetched, vendor) = (Arc::new(AtomicUsize::new(0)), Vendor::default());
    let counting = fetched.clone();
    let client = vendor.client_by(
        |_, _| None,
        |_| Script::answer(401, r#"{"message":"expired"}"#),
        |builder| {
            builder.bearer_with(move || {
                let number = counting.fetch_add(1, Ordering::SeqCst);
                async move {
                    tokio::time::sleep(seconds(1)).await;
                    if number == 0 { Ok("t".to_owned()) } else { Err("the vault is sealed") }
                }
            })
        },
    );
    let report = send(client.start("l").send(ids(6)).concurrency(3), 6).await;
    assert_eq!(words(&report), ["unknown pending"; 6]);
    assert!(doubts(&report)[0].1.contains("the vault is sealed"), "{report}");
    // Five times in a row, for all three together.
    assert_eq!((fetched.load(Ordering::SeqCst), vendor.times("ask").len()), (1 + 5, 3));
}

/// Runs from seeds: starts and questions end in any way, and what the report says is true of what the vendor did.
#[tokio::test(start_paused = true)]
async fn whatever_happens_the_report_is_true_and_nothing_is_done_twice() {
    for seed in 0..400 {
        let vendor = Vendor::default();
        let rng = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        let applied: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let (starting, telling, applying) = (rng.clone(), rng.clone(), applied.clone());
        let client = vendor.client_by(
            move |_, _| match starting.lock().unwrap().u8(..12) {
                0 => Some(Script::answer(503, "{}")),
                1 => Some(Script::answer(429, "{}").header("Retry-After", "2")),
                2 => Some(Script::answer(400, r#"{"message":"no"}"#)),
                3 => Some(Script::error(TransportErrorKind::NotSent, "refused")),
                4 => Some(Script::error(TransportErrorKind::Reset, "reset")),
                _ => None,
            },
            move |job| {
                let mut rng = telling.lock().unwrap();
                let after = Duration::from_millis(rng.u64(..3000));
                match rng.u8(..12) {
                    0 => Script::answer(500, "{}"),
                    1 => Script::error(TransportErrorKind::Reset, "reset"),
                    2 => Script::answer(429, "{}").header("Retry-After", "3"),
                    3 => Script::answer(200, "<html>"),
                    4 => Script::answer(401, "{}"),
                    5..8 => job.running(),
                    _ => {
                        let (mut done, mut failed) = (Vec::new(), Vec::new());
                        for id in &job.ids {
                            match rng.u8(..6) {
                                0 => failed.push(json!({"id": id, "message": "no"})),
                                1 => failed.push(json!({"id": id, "message": "later", "code": "Busy"})),
                                // Done, and not told.
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

#[tokio::test(start_paused = true)]
async fn a_job_that_is_handed_out_is_an_answer_of_the_host_and_a_2xx() {
    let job = |n: usize| script(202, &json!({"id": format!("j{n}"), "state": "running"})).header("Retry-After", "60");
    // Five in a row do not reach the host, and a job between the fourth and the fifth.
    let client = Vendor::default().client_by(
        move |n, request| match n {
            4 => Some(job(n)),
            0..=5 => Some(Script::error(TransportErrorKind::NotSent, "refused")),
            _ => Some(script(200, &json!({"state": "done", "done": sent_ids(request)}))),
        },
        Asked::done,
        |builder| builder,
    );
    let report = send(client.start("l").send(ids(8)).concurrency(2), 8).await;
    assert_eq!((report.stopped(), report.counters().succeeded), (None, 8), "{report}");
    // A refusal that concerns no item stops a run only before its first 2xx.
    let client = Vendor::default().client_by(
        move |n, request| match n {
            0 => Some(job(n)),
            1 => Some(Script::answer(403, r#"{"message":"not this one"}"#).after(seconds(1))),
            _ => Some(script(200, &json!({"state": "done", "done": sent_ids(request)}))),
        },
        Asked::done,
        |builder| builder,
    );
    let report = send(client.start("l").send(ids(8)).concurrency(2), 8).await;
    let counters = report.counters();
    assert_eq!((report.stopped(), counters.succeeded, counters.refused), (None, 6, 2), "{report}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_a_job_is_asked_about_also_where_it_does_not_fit() {
    // A state that nobody declared, none at all, and a list that is not full.
    for begun in [
        json!({"id": "j0", "state": "queued"}),
        json!({"id": "j0"}),
        json!({"id": "j0", "done": ["t0"]}),
        json!({"id": "j0", "done": ["t0"], "failed": 7}),
    ] {
        let vendor = Vendor::default();
        let starts = {
            let begun = begun.clone();
            move |_, _: &Request| Some(script(200, &begun))
        };
        let client = vendor.client_by(starts, Asked::done, |builder| builder);
        let report = send(client.idempotent().send(ids(2)), 2).await;
        assert_eq!(words(&report), ["succeeded"; 2], "{begun}: {report}");
        assert_eq!((vendor.times("start").len(), vendor.times("ask").len()), (1, 1), "{begun}");
        // Said again and again, it is no response: what it said of an item before counts, and nothing is begun twice.
        let vendor = Vendor::default();
        let starts = {
            let begun = begun.clone();
            move |_, _: &Request| Some(script(200, &begun))
        };
        let again = begun.clone();
        let client = vendor.client_by(starts, move |_| script(200, &again), |builder| builder);
        let report = send(client.idempotent().send(ids(2)), 2).await;
        let first = if begun["done"].is_null() { "unknown pending" } else { "succeeded" };
        assert_eq!(words(&report), [first, "unknown pending"], "{begun}: {report}");
        assert_eq!((vendor.times("start").len(), vendor.times("ask").len()), (1, 5), "{begun}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_job_says_on_its_way_counts_at_its_end() {
    for idempotent in [false, true] {
        let starts = |_, _: &Request| Some(script(200, &json!({"id": "j0", "state": "running", "done": ["t0"]})));
        let bulk = |client: &JobsClient| if idempotent { client.idempotent() } else { client.start("l") };
        // The end tells of the others alone.
        let vendor = Vendor::default();
        let client =
            vendor.client_by(starts, |_| script(200, &json!({"state": "done", "done": ["t1"]})), |builder| builder);
        let report = send(bulk(&client).send(ids(2)), 2).await;
        assert_eq!((words(&report), vendor.times("start").len()), (vec!["succeeded".to_owned(); 2], 1));
        // It takes back what it said.
        let vendor = Vendor::default();
        let failed = json!({"state": "done", "done": ["t1"], "failed": [{"id": "t0", "message": "no"}]});
        let client = vendor.client_by(starts, move |_| script(200, &failed), |builder| builder);
        let report = send(client.start("l").send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown contradictory", "succeeded"]);
        // It is not seen to end.
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
async fn a_job_that_has_failed_when_it_is_named_may_have_done_a_part() {
    let starts = |_, _: &Request| Some(script(202, &json!({"id": "j0", "state": "failed", "code": "Denied"})));
    let client = Vendor::default().client_by(starts, Asked::done, |builder| builder);
    let report = send(client.start("l").send(ids(2)), 2).await;
    assert_eq!(words(&report), ["unknown pending"; 2], "{report}");
    assert!(doubts(&report)[0].1.contains("Denied"), "{report}");
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
    let client = vendor.client_by(|_, _| None, |_| Script::answer(401, "{}"), |builder| builder.bearer_with(tokens));
    let run = client.start("l").send(ids(2)).job_timeout(seconds(60));
    let report = tokio::time::timeout(seconds(1000), run.into_future()).await.expect("it ends");
    assert_eq!((words(&report), report.elapsed().as_secs()), (vec!["unknown pending".to_owned(); 2], 60));
}

#[tokio::test(start_paused = true)]
async fn the_time_that_nobody_polls_a_run_is_not_its_jobs() {
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |n, request| (n > 0).then(|| script(200, &json!({"state": "done", "done": sent_ids(request)}))),
        |job| if job.before < 3 { Script::answer(500, "") } else { job.done() },
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

#[tokio::test(start_paused = true)]
async fn no_more_than_a_few_tokens_are_thrown_away_for_a_job_that_none_opens() {
    let (fetched, vendor) = (Arc::new(AtomicUsize::new(0)), Vendor::default());
    // Other requests go on to prove each new token good.
    let client = vendor.client_by(
        |n, request| {
            (n > 0).then(|| script(200, &json!({"state": "done", "done": sent_ids(request)})).after(seconds(1)))
        },
        |_| Script::answer(401, r#"{"message":"no scope"}"#),
        counting(&fetched),
    );
    let report = send(client.start("l").send(ids(2_000)).concurrency(2), 2_000).await;
    let counters = report.counters();
    assert_eq!((counters.unknown, counters.succeeded), (2, 1_998), "{report}");
    assert!(fetched.load(Ordering::SeqCst) <= 7, "{}", fetched.load(Ordering::SeqCst));
}
