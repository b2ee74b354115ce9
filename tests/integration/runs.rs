//! Runs as their users see them: waiting, stopping, watching, streaming, repeats, reports.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use bulk_endpoint::transport::{Request, Script, ScriptedTransport, TransportErrorKind};
use bulk_endpoint::{
    Bulk, Client, Clock, Event, ItemReply, NotAttempted, OnDuplicate, Outcome, OutcomeKind, BulkReply, RetryBudget,
    TokioClock, bulk_api,
};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{
    Changed, Error, Id, Patch, Seen, Shapes, ShapesClient, all_done, done_but, ids, scripted, scripted_by,
    scripted_counting, seconds, sent_ids, words,
};

#[tokio::test(start_paused = true)]
async fn every_size_ends_with_every_item_once() {
    for size in [0, 1, 2, 3, 4, 29, 30, 31] {
        let client = scripted(|_, request| done_but(request, |id| id.ends_with('7')));
        let report = client.lists("org").send(ids(size)).await;
        let given: Vec<Id> = report.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(given, ids(size), "in the order of the input");
        assert_eq!(report.requests(), size.div_ceil(3));
        assert!(report.counters().balanced());
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_input_is_an_empty_report_without_a_request() {
    let (client, transport) = scripted_counting(|_, _| panic!("nothing is to be sent"));
    let report = client.lists("org").send(ids(0)).await;
    assert_eq!((report.to_string().as_str(), transport.sent()), ("no items", 0));
    report.into_result().unwrap();
}

#[tokio::test(start_paused = true)]
async fn items_are_taken_owned_borrowed_and_fallible() {
    let client = scripted(|_, request| all_done(request));
    let bulk = client.lists("org");
    let all = ids(4);
    assert_eq!(bulk.send(all.clone()).await.counters().succeeded, 4);
    assert_eq!(bulk.send(&all).await.counters().succeeded, 4);
    assert_eq!(bulk.send(all.iter().filter(|id| id.0 != "t2")).await.counters().succeeded, 3);
    assert_eq!(bulk.send_stream(stream::iter(all.clone())).await.counters().succeeded, 4);
    let rows = all.iter().map(|id| if id.0 == "t2" { Err("row 3 has no id") } else { Ok(id) });
    for report in [bulk.send(rows.clone()).await, bulk.send_stream(stream::iter(rows)).await] {
        assert_eq!(report.counters().succeeded, 2, "what came before the error is sent");
        let says_first = "the source of the items failed: row 3 has no id; before that, all 2 items succeeded";
        assert_eq!(report.to_string(), says_first);
        assert!(!report.is_complete());
        assert!(report.into_result().unwrap_err().to_string().contains("row 3 has no id"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_is_waited_for_as_told_by_all_and_one_request_reopens_the_gate() {
    let in_flight = Arc::new(AtomicUsize::new(0));
    let started = tokio::time::Instant::now();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let client = scripted({
        let (seen, in_flight) = (seen.clone(), in_flight.clone());
        move |n, request| {
            seen.lock().unwrap().push((started.elapsed(), sent_ids(request)));
            in_flight.fetch_add(1, Ordering::SeqCst);
            match n {
                0 => Script::answer(429, "{}").header("Retry-After", "9"),
                _ => all_done(request).after(seconds(1)),
            }
        }
    });
    let report = client.lists("org").send(ids(12)).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 12);
    let times: Vec<u64> = seen.lock().unwrap().iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!(times, [0, 9, 10, 11, 12]);
    // Another run of the same client waits at the same gate.
    let client = scripted({
        let seen = seen.clone();
        seen.lock().unwrap().clear();
        let started = tokio::time::Instant::now();
        move |n, request| {
            seen.lock().unwrap().push((started.elapsed(), sent_ids(request)));
            match n {
                0 => Script::answer(429, "{}").header("Retry-After", "9"),
                _ => all_done(request).after(seconds(1)),
            }
        }
    });
    let (one, two) = (client.lists("org"), client.lists("org"));
    let second = async {
        tokio::time::sleep(seconds(2)).await;
        two.send(ids(6)).await
    };
    let (one, two) = tokio::join!(one.send(ids(3)).into_future(), second);
    assert_eq!((one.counters().succeeded, two.counters().succeeded), (3, 6));
    let times: Vec<u64> = seen.lock().unwrap().iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!(times, [0, 9, 10, 10], "one probe at 9 s, the rest when it is answered");
}

/// When the next request leaves after the first of two, and when the items of the first are retried, in seconds. The first is answered
/// by `first`, and told to wait for 30 s.
async fn next_and_again<R: BulkReply>(
    first: impl Fn(&Request) -> Script + Send + Sync + 'static,
    endpoint: impl Fn(&ShapesClient) -> Bulk<Id, R, Error>,
) -> (f64, f64) {
    let (seen, began) = (Arc::new(Mutex::new(Vec::new())), tokio::time::Instant::now());
    let of = seen.clone();
    let client = scripted(move |n, request| {
        of.lock().unwrap().push((began.elapsed().as_secs_f64(), sent_ids(request)));
        if n == 0 { first(request).header("Retry-After", "30") } else { all_done(request) }
    });
    endpoint(&client).send(ids(6)).concurrency(1).seed(7).await;
    let seen = seen.lock().unwrap();
    let again = seen.iter().skip(1).find(|(_, ids)| ids.contains(&"t2".to_owned()));
    (seen[1].0, again.map_or(f64::INFINITY, |(at, _)| *at))
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_kept_whatever_the_answer_says() {
    let mut all = Vec::new();
    for status in [408, 500, 502, 504] {
        all.push(next_and_again(move |_| Script::answer(status, "{}"), |client| client.idempotent()).await);
    }
    for status in [413, 425] {
        all.push(next_and_again(move |_| Script::answer(status, "{}"), |client| client.lists("org")).await);
    }
    let unprocessed = |request: &_| Script::answer(200, json!({"unprocessed": sent_ids(request)}).to_string());
    all.push(next_and_again(unprocessed, |client| client.lists("org")).await);
    for (next, again) in &all {
        assert!(*next < 1.0 && *again >= 30.0, "{all:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_too_much_to_do_is_left_alone_by_all() {
    let (unsure, _) = next_and_again(|_| Script::answer(503, "{}"), |client| client.lists("org")).await;
    let items = |request: &_| {
        let element = |id: &String| json!({"id": id, "statusCode": 429, "message": null});
        Script::answer(207, sent_ids(request).iter().map(element).collect::<Value>().to_string())
    };
    let (items, _) = next_and_again(items, |client| client.elements()).await;
    let one =
        |request: &_| Script::answer(429, json!({"successes": sent_ids(request)[..1], "failures": []}).to_string());
    let (one, _) = next_and_again(one, |client| client.throttled()).await;
    assert!([unsure, items, one].iter().all(|next| *next >= 30.0), "{unsure} {items} {one}");
}

#[tokio::test(start_paused = true)]
async fn the_longest_wait_concerns_what_the_server_asks_for_alone() {
    let client = scripted(|n, request| if n == 0 { Script::answer(429, "{}") } else { all_done(request) });
    let report = client.lists("org").send(ids(9)).concurrency(1).max_wait(Duration::from_millis(1)).seed(3).await;
    assert_eq!(report.counters().succeeded, 9, "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_not_begun() {
    let client = scripted(|_, _| Script::answer(429, "{}").header("Retry-After", "301"));
    let report = client.lists("org").send(ids(9)).concurrency(1).await;
    assert_eq!(words(&report)[..4], ["refused 429", "refused 429", "refused 429", "not_attempted"]);
    assert!(report.to_string().contains("301s"), "{report}");
    assert_eq!(report.elapsed(), seconds(0));
    let client = scripted(|_, _| Script::answer(429, "{}").header("Retry-After", "60"));
    let report = client.lists("org").send(ids(9)).concurrency(1).deadline(seconds(50)).await;
    assert_eq!((report.counters().refused, report.counters().not_attempted), (3, 6));
    assert_eq!(report.elapsed(), seconds(0));
}

#[tokio::test(start_paused = true)]
async fn a_503_is_sent_again_only_where_that_is_safe() {
    let script = |n: usize, request: &_| if n == 0 { Script::answer(503, "") } else { all_done(request) };
    assert_eq!(words(&scripted(script).idempotent().send(ids(1)).await), ["succeeded"]);
    assert_eq!(words(&scripted(script).lists("org").send(ids(1)).await), ["unknown server_error"]);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_be_reached_is_named_and_all_is_accounted_for() {
    let (client, transport) =
        scripted_counting(|_, _| Script::error(TransportErrorKind::NotSent, "connection refused"));
    let report = client.lists("org").send(ids(100)).await;
    assert_eq!(report.counters().not_attempted, 100);
    assert!(transport.sent() <= 8, "{}", transport.sent());
    let text = report.to_string();
    assert!(text.contains("https://api.example.com") && text.contains("connection refused"), "{text}");
    let (_, why) = report.not_attempted().next().unwrap();
    assert!(matches!(why, NotAttempted::Unreachable(_)));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_no_item_can_change_stops_the_run() {
    for status in [401, 403, 404, 407] {
        let (client, transport) = scripted_counting(move |_, _| Script::answer(status, r#"{"message":"who are you"}"#));
        let report = client.lists("org").send(ids(100)).concurrency(1).await;
        assert_eq!(transport.sent(), 1);
        assert_eq!((report.counters().refused, report.counters().not_attempted), (3, 97));
        assert!(report.stopped().unwrap().contains("who are you"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_run() {
    let client = scripted(|n, request| all_done(request).after(if n == 0 { seconds(1) } else { seconds(20) }));
    let report = client.lists("org").send(ids(9)).concurrency(1).deadline(seconds(5)).await;
    assert_eq!(report.elapsed(), seconds(5));
    assert_eq!(words(&report)[2..5], ["succeeded", "unknown deadline", "unknown deadline"]);
    assert_eq!(words(&report)[8], "not_attempted");
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_requests_end_and_cancelling_does_not() {
    for cancels in [false, true] {
        let (client, transport) = scripted_counting(|_, request| all_done(request).after(seconds(10)));
        let bulk = client.lists("org");
        let run = bulk.send(ids(9)).concurrency(2);
        let watch = run.watch();
        let later = async {
            tokio::time::sleep(seconds(3)).await;
            assert_eq!(watch.counters().in_flight, 6);
            if cancels { watch.cancel() } else { watch.stop() }
        };
        let (report, ()) = tokio::join!(run.into_future(), later);
        let want = if cancels { "unknown cancelled" } else { "succeeded" };
        assert_eq!(words(&report)[..6], vec![want; 6]);
        assert_eq!(words(&report)[6..], vec!["not_attempted"; 3]);
        assert_eq!(report.elapsed(), seconds(if cancels { 3 } else { 10 }));
        assert_eq!(transport.sent(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_run_still_has_a_report() {
    let (client, transport) = scripted_counting(|n, request| all_done(request).after(seconds(1 + 9 * n as u64)));
    let bulk = client.lists("org");
    let all = ids(30);
    let run = bulk.send(&all).concurrency(2);
    let watch = run.watch();
    let mut run = Box::pin(run.into_future());
    assert!(tokio::time::timeout(seconds(2), &mut run).await.is_err());
    assert_eq!(watch.report().counters().succeeded, 3, "the report so far");
    drop(run);
    let report = watch.report();
    assert!(report.counters().balanced() && report.counters().settled() == 30);
    assert_eq!(
        words(&report)[..10],
        [
            "succeeded",
            "succeeded",
            "succeeded",
            "unknown cancelled",
            "unknown cancelled",
            "unknown cancelled",
            "unknown cancelled",
            "unknown cancelled",
            "unknown cancelled",
            "not_attempted",
        ]
    );
    tokio::time::sleep(seconds(100)).await;
    assert_eq!(transport.sent(), 3, "nothing is sent after a drop");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_never_polled_sends_nothing() {
    let (client, transport) = scripted_counting(|_, request| all_done(request));
    let bulk = client.lists("org");
    let run = bulk.send(ids(3));
    let watch = run.watch();
    drop(run);
    assert_eq!((transport.sent(), watch.counters().accepted), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn outcomes_stream_as_they_settle_or_in_order() {
    let client = || scripted(|n, request| all_done(request).after(seconds(if n == 0 { 50 } else { 1 })));
    let bulk = client().lists("org");
    let indices: Vec<usize> = bulk.send(ids(12)).concurrency(2).outcomes().map(|settled| settled.index).collect().await;
    assert_eq!(indices, [3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2]);
    for window in [1, 2, 5, 100] {
        let bulk = client().lists("org");
        let outcomes = bulk.send(ids(12)).concurrency(2).in_order(window).outcomes();
        let indices: Vec<usize> = outcomes.map(|settled| settled.index).collect().await;
        assert_eq!(indices, (0..12).collect::<Vec<_>>(), "a window of {window}");
    }
}

#[tokio::test(start_paused = true)]
async fn in_order_no_more_requests_are_made_than_were_planned() {
    for window in [3, 4, 7, 100] {
        let (client, transport) =
            scripted_counting(|n, request| all_done(request).after(Duration::from_millis(50 + (n as u64 * 37) % 50)));
        let lists = client.lists("org");
        let planned = lists.plan(ids(300)).requests.len();
        let outcomes = lists.send(ids(300)).concurrency(4).in_order(window).outcomes();
        assert_eq!((outcomes.count().await, transport.sent()), (300, planned), "{window}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_slows_the_source_and_is_not_flooded() {
    let read = Arc::new(AtomicUsize::new(0));
    let client = scripted(|_, request| all_done(request));
    let bulk = client.lists("org");
    let source = stream::iter(ids(3_000)).inspect({
        let read = read.clone();
        move |_| {
            read.fetch_add(1, Ordering::SeqCst);
        }
    });
    let mut outcomes = bulk.send_stream(source).concurrency(2).outcomes();
    let mut given = 0;
    while let Some(settled) = outcomes.next().await {
        assert!(matches!(settled.outcome, Outcome::Succeeded(_)));
        given += 1;
        let ahead = read.load(Ordering::SeqCst) - given;
        assert!(ahead <= 3 * 4, "{ahead} items were read ahead");
    }
    assert_eq!(given, 3_000);
    assert_eq!(outcomes.summary().counters().succeeded, 3_000);
}

#[tokio::test(start_paused = true)]
async fn endless_repeats_are_not_read_to_their_end() {
    let (client, transport) = scripted_counting(|_, request| all_done(request));
    let bulk = client.lists("org");
    for (on_duplicate, count) in [(OnDuplicate::Collapse, 20_000), (OnDuplicate::Keep, 200)] {
        let source = stream::iter(ids(2).into_iter().cycle());
        let outcomes = bulk.send_stream(source).on_duplicate(on_duplicate).outcomes();
        assert!(outcomes.take(count).all(async |settled| settled.outcome.is_success()).await, "{on_repeat:?}");
    }
    assert_eq!(transport.sent(), 1 + 100, "once for all, or each time for each");
}

/// An element with a field of its own, which outcomes carry.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Written {
    #[bulk(key)]
    id: Id,
    #[bulk(status)]
    status: u16,
    text: String,
}

#[bulk_api]
trait Large {
    #[put("/large")]
    #[bulk_endpoint(max = 100, partial = true, items = body)]
    fn large(&self) -> Bulk<Id, Vec<Written>, Error>;
}

/// How many requests a streamed run sends for items of which each is answered with such a text, and how many items were not attempted.
async fn requests_of(input: Vec<Id>, status: u16, text: &str, on_duplicate: OnDuplicate) -> (usize, usize) {
    let (clock, text) = (TokioClock::new(), text.to_owned());
    let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
        let all = sent_ids(request).into_iter();
        let all: Vec<Value> = all.map(|id| json!({"id": id, "status": status, "text": text})).collect();
        Script::answer(200, Value::from(all).to_string())
    });
    let builder = Client::builder("https://api.example.com").transport(transport.clone()).clock(clock);
    let client = LargeClient::new(builder.build().unwrap());
    let mut outcomes = client.large().send(input).on_duplicate(on_duplicate).concurrency(1).outcomes();
    while outcomes.next().await.is_some() {}
    let counters = outcomes.summary().counters();
    assert_eq!(if status == 200 { counters.failed } else { counters.succeeded }, 0);
    (transport.sent(), counters.not_attempted)
}

#[tokio::test(start_paused = true)]
async fn a_streamed_run_looks_back_less_far_over_large_bodies() {
    let with_repeats = |count: usize| [ids(count), ids(1), ids(count).split_off(count - 1)].concat();
    let large = "x".repeat(50_000);
    for (status, text, on_duplicate, expected) in [
        // The first is forgotten when it comes again, and sent; the last is not.
        (200, large.as_str(), OnDuplicate::Collapse, (4, 0)),
        (400, &large, OnDuplicate::Collapse, (4, 0)),
        (200, "no", OnDuplicate::Collapse, (3, 0)),
        (400, "no", OnDuplicate::Collapse, (3, 0)),
        // Nobody gets what became of the first: it is not kept.
        (200, &large, OnDuplicate::Reject, (3, 2)),
        (400, &large, OnDuplicate::Reject, (3, 2)),
    ] {
        let requests = requests_of(with_repeats(300), status, text, on_duplicate).await;
        assert_eq!(requests, expected, "{status}, {} bytes, {on_repeat:?}", text.len());
    }
    let full = [ids(65_536), ids(1)].concat();
    assert_eq!(requests_of(full, 200, "well done", OnDuplicate::Collapse).await, (656, 0));
}

/// What may be read for ever without a request being due: items that repeat, that are rejected, that are too large.
const FILLS_NO_QUEUE: [(OnDuplicate, &str); 3] =
    [(OnDuplicate::Collapse, "x"), (OnDuplicate::Reject, "x"), (OnDuplicate::Collapse, "much longer than any one item may be")];

/// A clock that moves by a millisecond with each item that is read.
#[derive(Clone, Default)]
struct ByReads(Arc<AtomicUsize>);

impl Clock for ByReads {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst) as u64)
    }

    fn sleep_until(&self, _: Duration) -> BoxFuture<'static, ()> {
        futures_util::future::pending().boxed()
    }
}

#[tokio::test]
async fn a_source_that_is_always_ready_keeps_no_run_from_its_deadline_or_an_order() {
    for ((on_duplicate, to), end) in
        FILLS_NO_QUEUE.into_iter().flat_map(|fills| ["deadline", "stop", "cancel"].map(|end| (fills, end)))
    {
        let clock = ByReads::default();
        let transport = ScriptedTransport::new(clock.clone(), |_, _| panic!("no request is full"));
        let builder = Client::builder("https://example.com").transport(transport).clock(clock.clone());
        let client = ShapesClient::new(builder.build().unwrap());
        let patches = (0..100_000).map(|_| Patch { id: 1, to: to.into() });
        let source = stream::iter(patches).inspect(|_| {
            clock.0.fetch_add(1, Ordering::SeqCst);
        });
        let bulk = client.patches();
        let mut run = bulk.send_stream(source).on_duplicate(on_duplicate);
        if end == "deadline" {
            run = run.deadline(seconds(1));
        }
        let watch = run.watch();
        // On the same thread: the run must let others have it.
        let ordering = async {
            while clock.now() < seconds(1) {
                tokio::task::yield_now().await;
            }
            match end {
                "stop" => watch.stop(),
                "cancel" => watch.cancel(),
                _ => {}
            }
        };
        let (report, ()) = tokio::join!(run.into_future(), ordering);
        let read = report.counters().accepted;
        assert!(read < 2_000 && !report.read_all(), "{end}, {on_repeat:?} {to}: {read} were read");
        assert_eq!(report.counters().not_attempted, read, "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_items_all_wait_to_be_sent_again_is_not_read_to_its_end() {
    let read = Arc::new(AtomicUsize::new(0));
    let client = scripted_by(
        |_, request| {
            let busy = |id| json!({ "id": id, "message": "later", "code": "Busy" });
            let failures: Vec<_> = sent_ids(request).into_iter().map(busy).collect();
            Script::answer(200, json!({ "failures": failures, "successes": [] }).to_string())
        },
        |builder| builder.retry_budget(RetryBudget::unlimited()),
    );
    let source = stream::iter(ids(20_000)).inspect({
        let read = read.clone();
        move |_| {
            read.fetch_add(1, Ordering::SeqCst);
        }
    });
    let bulk = client.0.lists("org");
    let mut outcomes = bulk.send_stream(source).max_attempts(2).outcomes();
    let first = outcomes.next().await.unwrap();
    assert_eq!(first.outcome.kind(), OutcomeKind::Failed);
    assert!(read.load(Ordering::SeqCst) < 17_000, "{} items were read ahead", read.load(Ordering::SeqCst));
    assert_eq!(outcomes.count().await, 19_999);
}

#[tokio::test(start_paused = true)]
async fn repeats_are_sent_once_and_each_has_the_outcome() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |_, request| {
            seen.push(request);
            done_but(request, |id| id == "t1")
        }
    });
    let input: Vec<Id> = [0, 1, 0, 1, 2, 3, 0].iter().map(|n| Id(format!("t{n}"))).collect();
    let report = client.lists("org").send(&input).concurrency(1).await;
    assert_eq!(words(&report), ["succeeded", "failed", "succeeded", "failed", "succeeded", "succeeded", "succeeded"]);
    assert_eq!(seen.batches().concat(), ["t0", "t1", "t2", "t3"]);
    let streamed: Vec<_> = client.lists("org").send(&input).outcomes().map(|settled| settled.index).collect().await;
    assert_eq!(streamed.len(), 7);
    assert_eq!(client.lists("org").plan(&input).repeats, 3);
}

#[tokio::test(start_paused = true)]
async fn equal_keys_with_other_bytes_are_both_sent_one_after_the_other() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |_, request| {
            seen.push(request);
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let patches = body["data"]["patches"].as_array().unwrap().clone();
            let done: Vec<_> = patches.iter().map(|patch| patch["id"].clone()).collect();
            Script::answer(200, serde_json::json!({ "done": done }).to_string()).after(seconds(1))
        }
    });
    let patch = |id: usize, to: &str| Patch { id: id as u64, to: to.into() };
    // With others between, the earlier is settled when the later is read.
    for (between, streams) in [(0, false), (0, true), (20, false), (20, true)] {
        let with_others = |(n, to)| {
            let others = (0..between).map(move |other| patch(1000 * (n + 1) + other, "x"));
            std::iter::once(patch(1, to)).chain(others)
        };
        let input: Vec<Patch> = ["a", "b", "b", "a"].into_iter().enumerate().flat_map(with_others).collect();
        let before = seen.requests().len();
        let run = client.patches().send(&input).concurrency(1);
        let succeeded = if streams {
            run.outcomes().filter(|settled| std::future::ready(settled.outcome.is_success())).count().await
        } else {
            run.await.counters().succeeded
        };
        assert_eq!(succeeded, input.len());
        let bodies: Vec<String> =
            seen.requests()[before..].iter().map(|request| String::from_utf8(request.body.to_vec()).unwrap()).collect();
        let ones: Vec<&str> = bodies.iter().filter(|body| body.contains(r#""id":1,"#)).map(String::as_str).collect();
        assert_eq!(ones.len(), 3, "{between} between: {bodies:?}");
        for (body, to) in ones.iter().zip(["a", "b", "a"]) {
            assert!(body.contains(&format!(r#"{{"id":1,"to":"{to}"}}"#)), "{between} between: {bodies:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_over_a_cap_does_not_hide_the_one_before_it_from_its_repeats() {
    let client = scripted(|_, _| Script::answer(200, r#"{"done":[1]}"#).after(seconds(1)));
    let patch = |bytes: usize| Patch { id: 1, to: "x".repeat(bytes) };
    let input = [patch(1), patch(60), patch(1), patch(60)];
    let plan = client.patches().plan(&input);
    assert_eq!((plan.items, plan.repeats, plan.unsendable.len()), (1, 1, 2));
    let report = client.patches().send(&input).await;
    assert_eq!(words(&report), ["succeeded", "not_attempted", "succeeded", "not_attempted"]);
    assert_eq!(report.attempts(2).count(), 1);
    assert_eq!(report.requests(), 1);
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
            Script::answer(200, serde_json::json!({ "successes": ids, "unprocessed": back }).to_string())
        }
    });
    let report = client.lists("org").send(ids(3)).await;
    assert_eq!(report.counters().succeeded, 3);
    assert_eq!(seen.batches(), [vec!["t0", "t1", "t2"], vec!["t1", "t2"]]);
}

#[tokio::test(start_paused = true)]
async fn events_tell_what_happens_and_a_panic_in_them_changes_nothing() {
    let client = scripted(|n, request| if n == 0 { Script::answer(429, "") } else { all_done(request) });
    let bulk = client.lists("org");
    let mut events = Vec::new();
    let report = bulk
        .send(ids(2))
        .seed(1)
        .on_event(|event, counters| {
            assert!(counters.balanced());
            events.push(format!("{event:?}").split([' ', '{']).next().unwrap().to_owned());
            assert!(!matches!(event, Event::Settled { .. }), "a panic in a callback");
        })
        .await;
    assert_eq!(report.counters().succeeded, 2);
    assert_eq!(events, ["Sent", "Ended", "Waiting", "Sent", "Settled", "Settled", "Ended"]);
}

#[tokio::test(start_paused = true)]
async fn a_seed_replays_a_run_exactly() {
    let times = async |seed| {
        let client = scripted(|n, request| if n % 3 == 0 { Script::answer(429, "") } else { all_done(request) });
        let bulk = client.lists("org");
        bulk.send(ids(30)).seed(seed).await.elapsed()
    };
    assert_eq!(times(7).await, times(7).await);
    assert_ne!(times(7).await, times(8).await);
}

#[tokio::test(start_paused = true)]
async fn a_report_says_first_what_did_not_succeed_and_writes_flat_rows() {
    let client = scripted(|_, request| done_but(request, |id| id == "t1"));
    let report = client.lists("org").send(ids(4)).await;
    assert_eq!(report.to_string(), "1 of 4 items did not succeed: 3 succeeded, 1 failed\n  t1: failed: no such token");
    let rows = serde_json::to_value(&report).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 4);
    assert_eq!(
        rows[1],
        serde_json::json!({ "index": 1, "key": "t1", "outcome": "failed", "status": null, "code": null,
            "message": "no such token", "request_id": null })
    );
    let error = report.into_result().unwrap_err();
    assert_eq!(error.rows().len(), 1);
    assert!(error.to_string().starts_with("1 of 4 items did not succeed"));
    let all_failed = scripted(|_, request| done_but(request, |_| true)).lists("org").send(ids(4)).await;
    assert!(all_failed.into_result().unwrap_err().to_string().starts_with("4 of 4 items did not succeed"));
}

#[tokio::test(start_paused = true)]
async fn an_error_lists_what_did_not_succeed_though_nothing_failed() {
    let client = scripted(|n, request| match n {
        0 => all_done(request),
        1 => Script::answer(400, "{}"),
        2 => Script::answer(500, "{}"),
        _ => Script::answer(404, "{}"),
    });
    let report = client.lists("org").send(ids(12)).concurrency(1).max_attempts(1).await;
    let error = report.into_result().unwrap_err();
    let keys: Vec<&str> = error.rows().iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ids(12)[3..].iter().map(|id| id.0.as_str()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_mock_gives_each_item_its_outcome() {
    let bulk: Bulk<Id, Changed, Error> = Bulk::mock(|id: &Id| match id.0.as_str() {
        "t0" => Outcome::succeeded(),
        "t3" => {
            let error = Error { code: None, message: "no such org".into(), request_id: None };
            Outcome::refused(404, error)
        }
        "t1" => Outcome::failed(crate::support::Failure { id: id.clone(), message: "no".into(), code: None }),
        _ => panic!("a mock that panics"),
    });
    let report = bulk.send(ids(4)).await;
    assert_eq!(words(&report), ["succeeded", "failed", "unknown panicked", "refused 404"]);
    assert!(report.to_string().contains("no such org"));
    assert_eq!(report.requests(), 0);
    assert_eq!(report.iter().filter(|(_, outcome)| outcome.kind() == OutcomeKind::Unknown).count(), 1);
}

#[test]
fn a_run_is_send() {
    fn check<T: Send>(_: &T) {}
    let client = scripted(|_, request| all_done(request));
    let all = ids(3);
    let run = client.lists("org").send(&all);
    check(&run);
    check(&run.watch());
    check(&run.into_future());
}

#[tokio::test(start_paused = true)]
async fn a_batch_keeps_its_key_when_the_same_bytes_are_sent_again() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |n, request| {
            seen.push(request);
            if n < 2 { Script::answer(500, "") } else { all_done(request) }
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
            Script::answer(204, "")
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

#[tokio::test(start_paused = true)]
async fn a_documented_quota_is_kept_by_all_runs_together() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let started = tokio::time::Instant::now();
    let client = scripted({
        let times = times.clone();
        move |_, request| {
            times.lock().unwrap().push(started.elapsed().as_secs());
            all_done(request)
        }
    });
    let (one, two) = (client.limited(), client.limited());
    let (one, two) = tokio::join!(one.send(ids(6)).into_future(), two.send(ids(9)).into_future());
    assert_eq!(one.counters().succeeded + two.counters().succeeded, 15);
    assert_eq!(*times.lock().unwrap(), [0, 0, 10, 10, 20]);
    times.lock().unwrap().clear();
    let from = started.elapsed().as_secs();
    assert_eq!(client.limited_items().send(ids(7)).await.counters().succeeded, 7);
    let times: Vec<u64> = times.lock().unwrap().iter().map(|at| at - from).collect();
    assert_eq!(times, [0, 1, 1], "three, then three and one");
}

#[tokio::test(start_paused = true)]
async fn poison_items_are_found_and_the_others_done() {
    let client = scripted(|_, request| {
        if sent_ids(request).iter().any(|id| id == "t3") {
            Script::answer(400, r#"{"message":"malformed id"}"#)
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
    assert!(history[0].contains("malformed id") && history[3] == "answered with 200", "{history:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_rolled_back_is_sent_again_without_the_failed() {
    let client = scripted(|_, request| {
        let bad = sent_ids(request).into_iter().find(|id| id == "t3" || id == "t5");
        let failures: Vec<_> = bad.iter().map(|id| serde_json::json!({ "id": id, "message": "no" })).collect();
        Script::answer(200, serde_json::json!({ "failures": failures }).to_string())
    });
    let report = client.undone().send(ids(8)).await;
    assert_eq!((report.counters().succeeded, report.counters().failed, report.requests()), (6, 2, 3));
}

#[tokio::test(start_paused = true)]
async fn repeats_are_rejected_or_kept_as_asked() {
    let input: Vec<Id> = [0, 1, 0, 0].iter().map(|n| Id(format!("t{n}"))).collect();
    let client = scripted(|_, request| all_done(request).after(seconds(1)));
    let bulk = client.lists("org");
    let rejected = bulk.send(&input).on_duplicate(OnDuplicate::Reject).await;
    assert_eq!(words(&rejected), ["succeeded", "succeeded", "not_attempted", "not_attempted"]);
    assert!(matches!(rejected.not_attempted().next(), Some((_, NotAttempted::Repeated))));
    let kept = bulk.send(&input).on_duplicate(OnDuplicate::Keep).await;
    assert_eq!(words(&kept), ["succeeded"; 4]);
    assert_eq!((kept.requests(), kept.elapsed()), (3, seconds(3)), "one after the other");
    let collapsed = bulk.send(&input).await;
    assert_eq!(collapsed.requests(), 1);
    assert_eq!(collapsed.attempts(3).count(), 1, "a repeat shares the history of the first");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_stopped_before_its_input_ended_is_not_complete() {
    let client = scripted(|_, request| all_done(request));
    let bulk = client.lists("org");
    let endless = || stream::iter(ids(30)).chain(stream::pending());
    let run = bulk.send_stream(endless());
    let watch = run.watch();
    let later = async {
        tokio::time::sleep(seconds(1)).await;
        assert!(!watch.report().is_complete(), "not while it goes");
        watch.stop();
    };
    let (report, ()) = tokio::join!(run.into_future(), later);
    assert_eq!(report.counters().succeeded, 30);
    assert!(!report.is_complete() && !report.read_all());
    assert!(report.to_string().starts_with("the input was not read to its end; so far, all 30"), "{report}");
    assert!(report.into_result().is_err());
    let mut outcomes = bulk.send(ids(3)).outcomes();
    outcomes.next().await;
    assert!(!outcomes.summary().is_complete(), "two are still to come");
    let run = bulk.send(ids(3));
    let watch = run.watch();
    drop(run);
    assert!(!watch.report().is_complete());
}

#[tokio::test(start_paused = true)]
async fn an_iterator_that_cannot_tell_its_end_stays_with_the_caller() {
    let read = Arc::new(AtomicUsize::new(0));
    let of = read.clone();
    // As a channel it may wait for ever for the next; there will be 100 000 at most.
    let source = std::iter::from_fn(move || Some(Id(format!("t{}", of.fetch_add(1, Ordering::SeqCst)))));
    let client = scripted(|_, request| all_done(request).after(seconds(1)));
    let report = client.lists("org").send(source.take(100_000)).deadline(seconds(5)).await;
    assert!(report.counters().accepted == read.load(Ordering::SeqCst) && !report.read_all(), "{report}");
    assert!(report.counters().accepted < 1_000, "{report}");
}

#[tokio::test(start_paused = true)]
async fn an_iterator_without_an_end_ends_with_its_run() {
    let client = scripted(|_, request| all_done(request).after(seconds(1)));
    let bulk = client.lists("org");
    let endless = || (0..).map(|n| Id(format!("t{n}")));
    let report = bulk.send(endless()).deadline(seconds(5)).await;
    assert!(report.counters().succeeded >= 12 && !report.read_all());
    let run = bulk.send(endless());
    let watch = run.watch();
    assert!(tokio::time::timeout(seconds(3), run.into_future()).await.is_err());
    assert!(watch.report().counters().balanced());
}

/// An id whose `Hash` says next to nothing, and whose `Eq` ignores case.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, bulk_endpoint::BulkItem)]
struct Coarse(String);

impl PartialEq for Coarse {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Coarse {}

impl std::hash::Hash for Coarse {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
    }
}

#[derive(serde::Serialize, serde::Deserialize, bulk_endpoint::BulkReply)]
struct CoarseDone {
    #[bulk(succeeded)]
    successes: Vec<Coarse>,
}

#[bulk_endpoint::bulk_api]
trait Coarses {
    #[post("/coarse")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn coarse(&self) -> Bulk<Coarse, CoarseDone>;
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_told_by_its_bytes_whatever_the_keys_hash_and_eq_say() {
    let seen = Seen::default();
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), {
        let seen = seen.clone();
        move |_, request: &Request| {
            seen.push(request);
            all_done(request)
        }
    });
    let builder = Client::builder("https://example.com").transport(transport).clock(clock);
    let client = CoarsesClient::new(builder.build().unwrap());
    let input = ["aa", "bb", "AA", "aa", "ccc"].map(|id| Coarse(id.into()));
    let report = client.coarse().send(&input).await;
    assert_eq!(words(&report), ["succeeded"; 5]);
    let mut sent = seen.batches().concat();
    sent.sort();
    sent.dedup();
    assert_eq!(sent, ["AA", "aa", "bb", "ccc"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_not_polled_does_not_keep_others_from_the_gate_for_ever() {
    let client = scripted(|n, request| match n {
        0 => Script::answer(429, "").header("Retry-After", "1"),
        _ => all_done(request).after(seconds(2)),
    });
    let (outer, inner) = (client.lists("org"), client.lists("org"));
    let mut outcomes = outer.send(ids(30)).concurrency(3).outcomes();
    while let Some(settled) = outcomes.next().await {
        let report = tokio::time::timeout(seconds(100), inner.send([settled.item]).into_future()).await;
        assert_eq!(report.expect("it ends").counters().succeeded, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_without_an_answer_opens_nothing() {
    let (seen, began) = (Arc::new(Mutex::new(Vec::new())), tokio::time::Instant::now());
    let of = seen.clone();
    let client = scripted(move |n, request| {
        of.lock().unwrap().push(began.elapsed().as_secs());
        match n {
            0..4 => Script::answer(429, "{}").header("Retry-After", "9").after(seconds(1)),
            4 => Script::error(TransportErrorKind::Reset, "reset").after(seconds(1)),
            _ => all_done(request).after(seconds(5)),
        }
    });
    let report = client.idempotent().send(ids(30)).concurrency(4).await;
    assert_eq!(report.counters().succeeded, 30);
    assert_eq!(seen.lock().unwrap()[..8], [0, 0, 0, 0, 10, 11, 16, 16], "the next probes");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_dropped_hands_its_probe_of_the_gate_to_the_next() {
    let client = scripted(|n, request| match n {
        0 => Script::answer(429, "").header("Retry-After", "1"),
        1 => all_done(request).after(seconds(20)),
        _ => all_done(request),
    });
    let (dropped, other) = (client.lists("org"), client.lists("org"));
    let started = tokio::time::Instant::now();
    let probing = tokio::time::timeout(seconds(5), dropped.send(ids(3)).into_future());
    let waiting = async {
        tokio::time::sleep(seconds(2)).await;
        other.send(ids(3)).await
    };
    let (probing, report) = tokio::join!(probing, waiting);
    assert!(probing.is_err());
    assert_eq!((report.counters().succeeded, started.elapsed()), (3, seconds(5)));
}

#[tokio::test(start_paused = true)]
async fn a_callback_may_use_the_client() {
    let client = scripted(|_, request| all_done(request));
    let bulk = client.lists("org");
    let other = client.lists("org");
    let mut inner = 0;
    let report = bulk
        .send(ids(3))
        .on_event(|event, _| {
            if matches!(event, Event::Settled { .. }) {
                inner += FutureExt::now_or_never(other.send(ids(1)).into_future())
                    .map_or(0, |report| report.counters().succeeded);
            }
        })
        .await;
    assert_eq!((report.counters().succeeded, inner), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_refuses_streams_is_not_gone() {
    use bulk_endpoint::transport::TransportErrorKind::{NotSent, Unseen};
    for (kind, want) in [(Unseen, "succeeded"), (NotSent, "not_attempted")] {
        // One GOAWAY ends all that was under way.
        let client = scripted(move |n, request| if n < 8 { Script::error(kind, "go away") } else { all_done(request) });
        let report = client.lists("org").send(ids(24)).concurrency(8).await;
        assert_eq!(words(&report), [want; 24], "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_came_in_time_count_whatever_is_ordered_before_they_are_looked_at() {
    for cancels in [false, true] {
        let client = scripted(|_, request| all_done(request).after(seconds(1)));
        let run = client.lists("org").send(ids(12)).concurrency(4);
        let watch = run.watch();
        let run = if cancels { run } else { run.deadline(seconds(5)) };
        let mut outcomes = run.outcomes();
        let mut succeeded = 0;
        while let Some(settled) = outcomes.next().await {
            assert_eq!(settled.outcome.kind(), OutcomeKind::Succeeded, "{settled:?}");
            succeeded += 1;
            if succeeded == 1 {
                tokio::time::sleep(seconds(10)).await;
                if cancels {
                    watch.cancel();
                }
            }
        }
        assert_eq!(succeeded, 12);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_once_the_callers_own_code_has_called_the_run_off() {
    // Its source does, while it is read.
    for stops in [false, true] {
        let (client, transport) = scripted_counting(|_, request| all_done(request).after(seconds(1)));
        let bulk = client.lists("org");
        let (order, ordered) = (Arc::new(OnceLock::<Box<dyn Fn() + Send + Sync>>::new()), AtomicUsize::new(0));
        let source = ids(9).into_iter().inspect({
            let order = order.clone();
            move |_| {
                if ordered.fetch_add(1, Ordering::Relaxed) == 2 {
                    order.get().unwrap()();
                }
            }
        });
        let run = bulk.send(source).concurrency(1);
        let watch = run.watch();
        let call_off = move || if stops { watch.stop() } else { watch.cancel() };
        assert!(order.set(Box::new(call_off)).is_ok());
        let report = run.await;
        assert_eq!((transport.sent(), report.counters().not_attempted), (0, 9), "{report}");
    }
    // A callback does, while the throttle has just opened for eight.
    let (client, transport) = scripted_counting(|number, request| match number {
        0..8 => Script::answer(429, "{}").header("Retry-After", "5").after(seconds(1)),
        _ => all_done(request).after(seconds(1)),
    });
    let run = client.idempotent().send(ids(24)).concurrency(8);
    let (watch, sent) = (run.watch(), transport.clone());
    let ordered = Arc::new(AtomicUsize::new(0));
    let note = ordered.clone();
    let report = run
        .on_event(move |event, _| {
            if matches!(event, Event::Sent { request: 9, .. }) {
                watch.cancel();
                note.store(sent.sent(), Ordering::Relaxed);
            }
        })
        .await;
    assert_eq!(transport.sent(), ordered.load(Ordering::Relaxed));
    assert_eq!(report.counters().unknown, 3, "{report}");
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_again_does_not_wait_for_a_source_that_has_nothing() {
    let (client, transport) = scripted_counting(|number, request| match number {
        0 => Script::answer(200, json!({"successes": ["t0", "t1"], "unprocessed": ["t2"]}).to_string()),
        _ => all_done(request),
    });
    let quiet = stream::iter(ids(4)).chain(stream::pending());
    let bulk = client.lists("org");
    let mut outcomes = bulk.send_stream(quiet).outcomes();
    let took = tokio::time::timeout(seconds(60), async {
        for _ in 0..4 {
            assert_eq!(outcomes.next().await.unwrap().outcome.kind(), OutcomeKind::Succeeded);
        }
    });
    took.await.unwrap();
    assert_eq!(transport.sent(), 2, "the fresh one goes along");
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
