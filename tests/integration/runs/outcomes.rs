//! The results of a run: each outcome once, their order, the events, and the text of the report.

use std::time::Duration;

use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, Event, Outcome, OutcomeKind};
use futures_util::{FutureExt, StreamExt};

use crate::support::{
    Changed, Error, Id, Shapes, all_done, done_but, ids, scripted, scripted_counting, seconds, words,
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
async fn a_streamed_outcome_has_the_row_of_the_report() {
    let bulk = || {
        let answer = |request: &_| done_but(request, |id| id.ends_with('7')).header("x-request-id", "r1");
        scripted(move |_, request| answer(request)).lists("org")
    };
    let rows: Vec<_> = bulk().send(ids(30)).in_order(5).outcomes().map(|settled| settled.row()).collect().await;
    assert_eq!(rows, bulk().send(ids(30)).await.rows().collect::<Vec<_>>());
    assert_eq!((rows.len(), rows[7].outcome), (30, OutcomeKind::Failed));
    assert_eq!((rows[7].status, rows[7].request_id.as_deref()), (Some(200), Some("r1")));
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
async fn answers_that_came_in_time_count_whatever_is_ordered_before_they_are_looked_at() {
    for cancels in [false, true] {
        let client = scripted(|_, request| all_done(request).after(seconds(1)));
        let run = client.lists("org").send(ids(12)).concurrency(4);
        let watch = run.watch();
        let run = if cancels { run } else { run.run_timeout(seconds(5)) };
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
async fn events_tell_what_happens_and_a_panic_in_them_changes_nothing() {
    let client = scripted(|n, request| if n == 0 { Script::response(429, "") } else { all_done(request) });
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
async fn a_report_says_first_what_did_not_succeed_and_writes_flat_rows() {
    let client = scripted(|_, request| done_but(request, |id| id == "t1"));
    let report = client.lists("org").send(ids(4)).await;
    assert_eq!(report.to_string(), "1 of 4 items did not succeed: 3 succeeded, 1 failed\n  t1: failed: no such token");
    let rows = serde_json::to_value(&report).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 4);
    assert_eq!(
        rows[1],
        serde_json::json!({ "index": 1, "key": "t1", "outcome": "failed", "status": 200, "code": null,
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
        1 => Script::response(400, "{}"),
        2 => Script::response(500, "{}"),
        _ => Script::response(404, "{}"),
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
