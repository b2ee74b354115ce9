//! Sources of items: owned, borrowed, fallible, endless and slow ones, and how far a run reads ahead.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::{Client, Clock, OnDuplicate, Outcome, OutcomeKind, RetryBudget};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::json;

use crate::support::{
    Id, Patch, Shapes, ShapesClient, all_done, ids, scripted, scripted_by, scripted_counting, seconds, sent_ids,
};

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

/// Items that can be read for ever without making a request due: duplicates, rejected ones, ones that are too large.
const FILLS_NO_QUEUE: [(OnDuplicate, &str); 3] = [
    (OnDuplicate::Collapse, "x"),
    (OnDuplicate::Reject, "x"),
    (OnDuplicate::Collapse, "much longer than any one item may be"),
];

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
            run = run.run_timeout(seconds(1));
        }
        let watch = run.watch();
        // On the same thread: the run must yield to other tasks.
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
        assert!(read < 2_000 && !report.read_all(), "{end}, {on_duplicate:?} {to}: {read} were read");
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
            Script::response(200, json!({ "failures": failures, "successes": [] }).to_string())
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
    assert_eq!(first.outcome.kind(), OutcomeKind::Refused);
    assert!(read.load(Ordering::SeqCst) < 17_000, "{} items were read ahead", read.load(Ordering::SeqCst));
    // The run stops when its patience is over, and does not read the source any further.
    let others = outcomes.count().await;
    assert_eq!(others + 1, read.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_again_does_not_wait_for_a_source_that_has_nothing() {
    let (client, transport) = scripted_counting(|number, request| match number {
        0 => Script::response(200, json!({"successes": ["t0", "t1"], "unprocessed": ["t2"]}).to_string()),
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

#[tokio::test(start_paused = true)]
async fn an_iterator_that_cannot_tell_its_end_stays_with_the_caller() {
    let read = Arc::new(AtomicUsize::new(0));
    let of = read.clone();
    // Like a channel, it can wait for ever for the next item. There are at most 100 000.
    let source = std::iter::from_fn(move || Some(Id(format!("t{}", of.fetch_add(1, Ordering::SeqCst)))));
    let client = scripted(|_, request| all_done(request).after(seconds(1)));
    let report = client.lists("org").send(source.take(100_000)).run_timeout(seconds(5)).await;
    assert!(report.counters().accepted == read.load(Ordering::SeqCst) && !report.read_all(), "{report}");
    assert!(report.counters().accepted < 1_000, "{report}");
}

#[tokio::test(start_paused = true)]
async fn an_iterator_without_an_end_ends_with_its_run() {
    let client = scripted(|_, request| all_done(request).after(seconds(1)));
    let bulk = client.lists("org");
    let endless = || (0..).map(|n| Id(format!("t{n}")));
    let report = bulk.send(endless()).run_timeout(seconds(5)).await;
    assert!(report.counters().succeeded >= 12 && !report.read_all());
    let run = bulk.send(endless());
    let watch = run.watch();
    assert!(tokio::time::timeout(seconds(3), run.into_future()).await.is_err());
    assert!(watch.report().counters().balanced());
}

/// A canary: the first items are all that is sent, until the run is resumed. It is one run, so a duplicate of one of them is not sent again.
#[tokio::test(start_paused = true)]
async fn a_run_pauses_after_its_first_items() {
    let items = || ids(9).into_iter().chain(ids(2));
    for resumed in [true, false] {
        let (client, transport) = scripted_counting(|_, request| all_done(request));
        let run = client.lists("org").send(items().collect::<Vec<_>>()).pause_after(4).concurrency(4);
        let watch = run.watch();
        let mut outcomes = run.outcomes();
        for _ in 0..4 {
            assert_eq!(outcomes.next().await.unwrap().outcome.kind(), OutcomeKind::Succeeded);
        }
        let paused = tokio::time::timeout(seconds(3600), outcomes.next()).await;
        assert!(paused.is_err(), "nothing comes while it pauses");
        assert_eq!((transport.sent(), watch.counters().accepted), (2, 4));
        if resumed {
            watch.resume();
        } else {
            watch.stop();
        }
        let rest: Vec<_> = outcomes.collect().await;
        assert_eq!(rest.len(), 7);
        let counters = watch.counters();
        let want = if resumed { (11, 0, 4) } else { (6, 5, 2) };
        assert_eq!((counters.succeeded, counters.not_attempted, transport.sent()), want);
    }
    // As the docs of `pause_after` have it: the counters know of each outcome that was yielded.
    let client = scripted(|_, request| all_done(request).after(seconds(1)));
    let run = client.idempotent().send(items().collect::<Vec<_>>()).pause_after(4);
    let watch = run.watch();
    let outcomes = run.outcomes().inspect(|_| match watch.counters().settled() {
        0 => panic!("an outcome was yielded"),
        4 => watch.resume(),
        _ => {}
    });
    assert_eq!(tokio::time::timeout(seconds(3600), outcomes.count()).await, Ok(11));
    // A run that was resumed before does not pause, and one that is dropped accounts for all.
    let client = scripted(|_, request| all_done(request));
    let run = client.lists("org").send(items().collect::<Vec<_>>()).pause_after(4);
    run.watch().resume();
    run.await.into_result().unwrap();
    let run = client.lists("org").send(items().collect::<Vec<_>>()).pause_after(4);
    let watch = run.watch();
    assert!(tokio::time::timeout(seconds(1), run.into_future()).await.is_err());
    let counters = watch.counters();
    // Duplicates of an item that settled have its outcome.
    assert_eq!((counters.succeeded, counters.not_attempted), (6, 5), "{counters:?}");
}
