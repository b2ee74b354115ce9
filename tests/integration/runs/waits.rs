//! Delays and throttling: `Retry-After`, quotas, and the throttle that all runs of a client share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bulk_endpoint::{Bulk, BulkReply};
use bulk_endpoint::{
    testing::Script,
    transport::{Request, TransportErrorKind},
};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Error, Id, Shapes, ShapesClient, all_done, ids, scripted, seconds, sent_ids, words};

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
                0 => Script::response(429, "{}").header("Retry-After", "9"),
                _ => all_done(request).after(seconds(1)),
            }
        }
    });
    let report = client.lists("org").send(ids(12)).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 12);
    let times: Vec<u64> = seen.lock().unwrap().iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!(times, [0, 9, 10, 11, 12]);
    // Another run of the same client waits for the same throttle.
    let client = scripted({
        let seen = seen.clone();
        seen.lock().unwrap().clear();
        let started = tokio::time::Instant::now();
        move |n, request| {
            seen.lock().unwrap().push((started.elapsed(), sent_ids(request)));
            match n {
                0 => Script::response(429, "{}").header("Retry-After", "9"),
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

/// Returns, in seconds, when the next request leaves after the first of two, and when the items of the first are retried. The first gets
/// the response `first` with a delay of 30 s.
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
    let _ = endpoint(&client).send(ids(6)).concurrency(1).seed(7).await;
    let seen = seen.lock().unwrap();
    let again = seen.iter().skip(1).find(|(_, ids)| ids.contains(&"t2".to_owned()));
    (seen[1].0, again.map_or(f64::INFINITY, |(at, _)| *at))
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_kept_whatever_the_answer_says() {
    let mut all = Vec::new();
    for status in [408, 500] {
        all.push(next_and_again(move |_| Script::response(status, "{}"), |client| client.idempotent()).await);
    }
    all.push(next_and_again(|_| Script::response(413, "{}"), |client| client.lists("org")).await);
    let unprocessed = |request: &_| Script::response(200, json!({"unprocessed": sent_ids(request)}).to_string());
    all.push(next_and_again(unprocessed, |client| client.lists("org")).await);
    for (next, again) in &all {
        assert!(*next < 1.0 && *again >= 30.0, "{all:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_too_much_to_do_is_left_alone_by_all() {
    let (unsure, _) = next_and_again(|_| Script::response(503, "{}"), |client| client.lists("org")).await;
    let items = |request: &_| {
        let element = |id: &String| json!({"id": id, "statusCode": 429, "message": null});
        Script::response(207, sent_ids(request).iter().map(element).collect::<Value>().to_string())
    };
    let (items, _) = next_and_again(items, |client| client.elements()).await;
    let one =
        |request: &_| Script::response(429, json!({"successes": sent_ids(request)[..1], "failures": []}).to_string());
    let (one, _) = next_and_again(one, |client| client.throttled()).await;
    let mut gateways = Vec::new();
    for status in [502, 504, 421, 425] {
        gateways.push(next_and_again(move |_| Script::response(status, "{}"), |client| client.idempotent()).await.0);
    }
    assert!(
        [unsure, items, one].iter().chain(&gateways).all(|next| *next >= 30.0),
        "{unsure} {items} {one} {gateways:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_not_begun() {
    let client = scripted(|_, _| Script::response(429, "{}").header("Retry-After", "301"));
    let report = client.lists("org").send(ids(9)).concurrency(1).patience(seconds(300)).await;
    assert_eq!(words(&report)[..4], ["refused 429", "refused 429", "refused 429", "not_attempted"]);
    assert!(report.to_string().contains("301s"), "{report}");
    assert_eq!(report.elapsed(), seconds(0));
    let client = scripted(|_, _| Script::response(429, "{}").header("Retry-After", "60"));
    let report = client.lists("org").send(ids(9)).concurrency(1).run_timeout(seconds(50)).await;
    assert_eq!((report.counters().refused, report.counters().not_attempted), (3, 6));
    assert_eq!(report.elapsed(), seconds(0));
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
async fn a_run_that_is_not_polled_does_not_keep_others_from_the_gate_for_ever() {
    let client = scripted(|n, request| match n {
        0 => Script::response(429, "").header("Retry-After", "1"),
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
            0..4 => Script::response(429, "{}").header("Retry-After", "9").after(seconds(1)),
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
        0 => Script::response(429, "").header("Retry-After", "1"),
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
