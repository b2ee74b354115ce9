//! Retries: which items a request carries again, with which others, and under which batch key and seed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::TransportErrorKind;
use bulk_endpoint::{Bulk, BulkReply, Client, Clock, ItemReply, TokioClock, bulk_api};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{Changed, Error, Id, Seen, Shapes, all_done, ids, scripted, sent_ids, words};

#[tokio::test(start_paused = true)]
async fn a_503_is_sent_again_only_where_that_is_safe() {
    let script = |n: usize, request: &_| if n == 0 { Script::response(503, "") } else { all_done(request) };
    assert_eq!(words(&scripted(script).idempotent().send(ids(1)).await), ["succeeded"]);
    assert_eq!(words(&scripted(script).lists("org").send(ids(1)).await), ["unknown server_error"]);
}

#[tokio::test(start_paused = true)]
async fn items_handed_back_are_sent_again_with_fresh_ones() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |n, request| {
            seen.push(request);
            let mut ids = sent_ids(request);
            let back = if n == 0 { ids.split_off(1) } else { Vec::new() };
            Script::response(200, serde_json::json!({ "successes": ids, "unprocessed": back }).to_string())
        }
    });
    let report = client.lists("org").send(ids(3)).await;
    assert_eq!(report.counters().succeeded, 3);
    assert_eq!(seen.batches(), [vec!["t0", "t1", "t2"], vec!["t1", "t2"]]);
}

#[tokio::test(start_paused = true)]
async fn poison_items_are_found_and_the_others_done() {
    let client = scripted(|_, request| {
        if sent_ids(request).iter().any(|id| id == "t3") {
            Script::response(400, r#"{"message":"malformed id"}"#)
        } else {
            all_done(request)
        }
    });
    let report = client.isolated().send(ids(8)).await;
    assert_eq!((report.counters().succeeded, report.counters().refused), (7, 1));
    assert!(report.requests() <= 7, "1 + 2 · 1 · log2 8");
    assert_eq!(report.refused().next().unwrap().0.0, "t3");
    let history: Vec<_> = report.attempts(3).map(|attempt| attempt.status).collect();
    assert_eq!(history, [Some(400); 4], "in eights, fours, twos, alone");
    let history: Vec<String> = report.attempts(2).map(|attempt| attempt.end.to_string()).collect();
    assert_eq!(history.len(), 4);
    assert!(history[0].contains("malformed id") && history[3] == "response 200", "{history:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_rolled_back_is_sent_again_without_the_failed() {
    let client = scripted(|_, request| {
        let bad = sent_ids(request).into_iter().find(|id| id == "t3" || id == "t5");
        let failures: Vec<_> = bad.iter().map(|id| serde_json::json!({ "id": id, "message": "no" })).collect();
        Script::response(200, serde_json::json!({ "failures": failures }).to_string())
    });
    let report = client.undone().send(ids(8)).await;
    assert_eq!((report.counters().succeeded, report.counters().failed, report.requests()), (6, 2, 3));
}

#[tokio::test(start_paused = true)]
async fn a_seed_replays_a_run_exactly() {
    let times = async |seed| {
        let client = scripted(|n, request| if n % 3 == 0 { Script::response(429, "") } else { all_done(request) });
        let bulk = client.lists("org");
        bulk.send(ids(30)).seed(seed).await.elapsed()
    };
    assert_eq!(times(7).await, times(7).await);
    assert_ne!(times(7).await, times(8).await);
}

#[tokio::test(start_paused = true)]
async fn a_batch_keeps_its_key_when_the_same_bytes_are_sent_again() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |n, request| {
            seen.push(request);
            if n < 2 { Script::response(500, "") } else { all_done(request) }
        }
    });
    let bulk = client.keyed();
    for _ in 0..2 {
        assert_eq!(bulk.send(ids(6)).seed(1).concurrency(1).await.counters().succeeded, 6);
    }
    let mut bodies = std::collections::HashMap::new();
    let mut keys = std::collections::HashSet::new();
    for request in seen.requests() {
        let key = request.headers["idempotency-key"].to_str().unwrap().to_owned();
        assert_eq!(bodies.entry(key.clone()).or_insert_with(|| request.body.clone()), &request.body);
        keys.insert(key);
    }
    let sent = seen.requests().len();
    assert_eq!((sent, keys.len()), (6, 2), "a seed replays a run, its keys included");
    let other = bulk.send(ids(3)).await;
    assert_eq!(other.requests(), 1);
    let key = seen.requests()[sent].headers["idempotency-key"].to_str().unwrap().to_owned();
    assert!(!keys.contains(&key), "another run has other keys, even for the same bytes");
}

#[tokio::test(start_paused = true)]
async fn a_batch_key_is_of_one_request_alone() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |_, request| {
            seen.push(request);
            Script::response(204, "")
        }
    });
    let (these, others) = (ids(3), ids(6).split_off(3));
    for (group, trace, items) in [("a", "x", &these), ("a", "x", &others), ("b", "x", &these), ("a", "y", &these)] {
        for _ in 0..2 {
            assert_eq!(client.keyed_in_query(group, trace).send(items).seed(7).await.counters().succeeded, 3);
        }
    }
    let keys: Vec<_> = seen.requests().iter().map(|request| request.headers["idempotency-key"].clone()).collect();
    assert!(keys.chunks(2).all(|pair| pair[0] == pair[1]), "the same request has the same key: {keys:?}");
    let distinct: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), 4, "whichever part tells them apart: {keys:?}");
}

#[bulk_api]
trait Fussy: Send + Sync {
    #[post("/fussy")]
    #[bulk_endpoint(max = 3, min = 2, partial = true)]
    fn fussy(&self) -> Bulk<Id, Changed, Error>;
}

#[tokio::test(start_paused = true)]
async fn no_request_has_fewer_than_the_least_while_there_are_more() {
    for (count, window, sizes) in [
        (1, None, vec![1]),
        (3, None, vec![3]),
        (4, None, vec![2, 2]),
        (5, None, vec![3, 2]),
        (7, None, vec![3, 2, 2]),
        (8, None, vec![3, 3, 2]),
        (6, Some(1), vec![3, 3]),
        (7, Some(1), vec![3, 2, 2]),
        (7, Some(4), vec![3, 2, 2]),
    ] {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (clock, log) = (TokioClock::new(), sent.clone());
        let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
            log.lock().unwrap().push(sent_ids(request).len());
            all_done(request)
        });
        let client = Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap();
        let bulk = FussyClient::new(client).fussy();
        let run = bulk.send(ids(count)).concurrency(1);
        let settled = match window {
            None => run.await.counters().succeeded,
            Some(window) => run.in_order(window).outcomes().count().await,
        };
        assert_eq!((settled, &*sent.lock().unwrap()), (count, &sizes), "{window:?}");
        let plan = bulk.plan(ids(count));
        assert_eq!(plan.requests.iter().map(|request| request.items).collect::<Vec<_>>(), sizes);
    }
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Busy {
    #[bulk(key)]
    id: Id,
    #[bulk(code)]
    code: String,
    #[bulk(retry_after = seconds)]
    #[serde(default)]
    wait: Option<u64>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct BusyOnly {
    #[bulk(failed)]
    failures: Vec<Busy>,
}

#[bulk_api]
trait Together {
    #[post("/together")]
    #[bulk_endpoint(max = 3, partial = false, retry("Busy"))]
    fn together(&self) -> Bulk<Id, BusyOnly, Error>;
}

/// Without the item that is busy, the others would be applied in a request of their own.
#[tokio::test(start_paused = true)]
async fn an_all_or_nothing_request_of_which_an_item_is_busy_is_sent_again_as_a_whole() {
    let busy = |id: &str, wait: Option<u64>| json!({"id": id, "code": "Busy", "wait": wait});
    for (failures, waits) in [
        (vec![busy("t1", None)], 0),
        (vec![busy("t1", Some(7))], 7),
        (vec![busy("t0", Some(7)), busy("t1", Some(9))], 9),
    ] {
        let (seen, clock, began) = (Seen::default(), TokioClock::new(), tokio::time::Instant::now());
        let (log, answer) = (seen.clone(), json!({ "failures": failures }).to_string());
        let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
            log.push(request);
            let none = json!({"failures": []}).to_string();
            Script::response(200, if number == 0 { answer.clone() } else { none })
        });
        let client = Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap();
        let report = TogetherClient::new(client).together().send(ids(3)).await;
        assert_eq!(words(&report), ["succeeded"; 3], "{failures:?}: {report}");
        let batches = seen.batches();
        assert_eq!(batches.len(), 2, "{failures:?}: {batches:?}");
        assert!(batches.iter().all(|batch| batch.len() == 3), "{failures:?}: {batches:?}");
        assert!(began.elapsed().as_secs() >= waits, "{failures:?}: {:?}", began.elapsed());
    }
}

#[bulk_api]
trait Payments: Send + Sync {
    #[post("/payments")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 3, partial = true, idempotent = key(valid = "24h"))]
    fn pay(&self) -> Bulk<Id, Changed, Error>;
}

/// A clock that stands still while the computer is suspended, as that of Linux, and the time of day, which does not.
#[derive(Clone)]
struct Suspended(TokioClock, Arc<Mutex<Duration>>);

impl Clock for Suspended {
    fn now(&self) -> Duration {
        self.0.now()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep_until(at)
    }

    fn day(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.now() + *self.1.lock().unwrap()
    }
}

/// The vendor forgets the key by the time of day.
#[tokio::test(start_paused = true)]
async fn a_key_is_forgotten_while_the_computer_is_suspended() {
    for (hours, sent) in [(23, 2), (25, 1)] {
        let clock = Suspended(TokioClock::new(), Arc::default());
        let asleep = clock.1.clone();
        let transport = ScriptedTransport::new(clock.clone(), move |number, request| match number {
            0 => {
                *asleep.lock().unwrap() += Duration::from_secs(hours * 3_600);
                Script::error(TransportErrorKind::Reset, "cut")
            }
            _ => all_done(request),
        });
        let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
        let report = PaymentsClient::new(client).pay().send(ids(2)).await;
        let counters = report.counters();
        assert_eq!((report.requests(), counters.succeeded + counters.unknown), (sent, 2), "{report}");
        assert_eq!(counters.unknown, if sent == 1 { 2 } else { 0 }, "{report}");
    }
}

/// A proxy may send a 503 after the server has read the request. Under other keys, its halves would be applied again.
#[tokio::test(start_paused = true)]
async fn a_503_splits_nothing_that_only_a_key_protects() {
    let seen = Seen::default();
    let log = seen.clone();
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
        log.push(request);
        if number == 0 { Script::response(503, "") } else { Script::response(413, "") }
    });
    let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
    let report = PaymentsClient::new(client).pay().send(ids(2)).await;
    assert_eq!(report.counters().unknown, 2, "{report}");
    let keys: std::collections::HashSet<_> =
        seen.requests().iter().map(|request| request.headers["idempotency-key"].clone()).collect();
    assert_eq!((seen.requests().len(), keys.len()), (2, 1));
}
