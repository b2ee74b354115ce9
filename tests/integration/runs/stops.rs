//! How a run ends early: a stop, a cancel, a drop, the deadline, a refusal that stops it, and an unreachable host.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bulk_endpoint::{Event, NotAttempted};
use bulk_endpoint::{testing::Script, transport::TransportErrorKind};
use futures_util::{StreamExt, stream};

use crate::support::{Shapes, all_done, ids, scripted, scripted_counting, seconds, words};

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_be_reached_is_named_and_all_is_accounted_for() {
    let (client, transport) =
        scripted_counting(|_, _| Script::error(TransportErrorKind::NotSent, "connection refused"));
    let report = client.lists("org").send(ids(100)).await;
    assert_eq!(report.counters().not_attempted, 100);
    assert!((4..15).contains(&transport.sent()), "{}", transport.sent());
    assert!((15..16).contains(&report.elapsed().as_secs()), "{:?}", report.elapsed());
    let text = report.to_string();
    assert!(text.contains("https://api.example.com") && text.contains("connection refused"), "{text}");
    let (_, why) = report.not_attempted().next().unwrap();
    assert!(matches!(why, NotAttempted::Unreachable(_)));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_refuses_streams_or_connections_once_is_not_gone() {
    use bulk_endpoint::transport::TransportErrorKind::{NotProcessed, NotSent};
    for (kind, want) in [(NotProcessed, "succeeded"), (NotSent, "succeeded")] {
        // One GOAWAY ends all requests in flight.
        let client = scripted(
            move |n, request| {
                if n < 8 { Script::error(kind, "go away").after(seconds(1)) } else { all_done(request) }
            },
        );
        let report = client.lists("org").send(ids(24)).concurrency(8).await;
        assert_eq!(words(&report), [want; 24], "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_no_item_can_change_stops_the_run() {
    for status in [401, 403, 404, 407] {
        let (client, transport) =
            scripted_counting(move |_, _| Script::response(status, r#"{"message":"who are you"}"#));
        let report = client.lists("org").send(ids(100)).concurrency(1).await;
        assert_eq!(transport.sent(), 1);
        assert_eq!((report.counters().refused, report.counters().not_attempted), (3, 97));
        assert!(report.stopped().unwrap().contains("who are you"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_run() {
    let client = scripted(|n, request| all_done(request).after(if n == 0 { seconds(1) } else { seconds(20) }));
    let report = client.lists("org").send(ids(9)).concurrency(1).run_timeout(seconds(5)).await;
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
async fn nothing_leaves_once_the_callers_own_code_has_called_the_run_off() {
    // Its source stops it while an item is read.
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
    // A callback stops it just after the throttle has opened for eight requests.
    let (client, transport) = scripted_counting(|number, request| match number {
        0..8 => Script::response(429, "{}").header("Retry-After", "5").after(seconds(1)),
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
async fn a_later_order_never_weakens_an_earlier_one() {
    for cancels_first in [true, false] {
        let (client, transport) = scripted_counting(|_, request| all_done(request).after(seconds(10)));
        let bulk = client.lists("org");
        let run = bulk.send(ids(9)).concurrency(2);
        let watch = run.watch();
        let later = async {
            tokio::time::sleep(seconds(3)).await;
            // Both before the run is polled again.
            if cancels_first {
                watch.cancel();
                watch.stop();
            } else {
                watch.stop();
                watch.cancel();
            }
        };
        let (report, ()) = tokio::join!(run.into_future(), later);
        assert_eq!(words(&report)[..6], ["unknown cancelled"; 6]);
        assert_eq!((report.elapsed(), transport.sent()), (seconds(3), 2));
    }
    // A run that was stopped and waits can still be cancelled.
    let (client, transport) = scripted_counting(|_, request| all_done(request).after(seconds(10)));
    let bulk = client.lists("org");
    let run = bulk.send(ids(9)).concurrency(2);
    let watch = run.watch();
    let later = async {
        tokio::time::sleep(seconds(3)).await;
        watch.stop();
        tokio::time::sleep(seconds(3)).await;
        watch.cancel();
        watch.stop();
    };
    let (report, ()) = tokio::join!(run.into_future(), later);
    assert_eq!((words(&report)[..6].to_vec(), report.elapsed()), (vec!["unknown cancelled".to_owned(); 6], seconds(6)));
    assert_eq!((transport.sent(), report.counters().not_attempted), (2, 3));
}
