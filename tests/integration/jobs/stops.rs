//! What ends a run while a job is pending, and what does not.

use std::future::IntoFuture;
use std::time::Duration;

use bulk_endpoint::{OutcomeKind, UncertaintyKind, Verified};
use bulk_endpoint::{testing::Script, transport::TransportErrorKind};
use futures_util::StreamExt;
use serde_json::json;

use super::{Asked, Jobs, Vendor, script, send, whole};
use crate::support::{Id, doubts, ids, seconds, sent_ids};

/// How a run ends early.
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
        // At 2.5 s the jobs wait for a poll; at 3.5 s the polls are in flight.
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
                End::Deadline => Some(run.run_timeout(Duration::from_millis(at)).await),
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
        [OutcomeKind::Succeeded, OutcomeKind::Succeeded, OutcomeKind::Succeeded, OutcomeKind::Refused]
    );
    assert!(kinds[4..].iter().all(|kind| *kind == OutcomeKind::NotAttempted));
    assert_eq!((vendor.times("start"), vendor.times("ask j1")), (vec![0, 0], vec![1, 3, 7, 15]));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_answers_for_a_job_is_not_gone() {
    let client = Vendor::default().client_by(
        |n, _| (n > 0).then(|| Script::error(TransportErrorKind::NotSent, "no port is left").after(seconds(1))),
        |asked| asked.running().header("Retry-After", "1"),
        |builder| builder,
    );
    let report = client.start("l").send(ids(8)).concurrency(2).job_timeout(seconds(60)).await;
    // Each response to a poll is progress: the patience counts from the end of the job on.
    assert!(report.elapsed() >= seconds(60 + 600 - 1), "{:?}", report.elapsed());
    assert!(report.stopped().unwrap().contains("no port is left"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_handed_out_is_an_answer_of_the_host_and_a_2xx() {
    let job = |n: usize| script(202, &json!({"id": format!("j{n}"), "state": "running"})).header("Retry-After", "60");
    // Five failed connections in a row, with the poll of a job between the fourth and the fifth.
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
    // A 403 stops a run only before its first 2xx.
    let client = Vendor::default().client_by(
        move |n, request| match n {
            0 => Some(job(n)),
            1 => Some(Script::response(403, r#"{"message":"not this one"}"#).after(seconds(1))),
            _ => Some(script(200, &json!({"state": "done", "done": sent_ids(request)}))),
        },
        Asked::done,
        |builder| builder,
    );
    let report = send(client.start("l").send(ids(8)).concurrency(2), 8).await;
    let counters = report.counters();
    assert_eq!((report.stopped(), counters.succeeded, counters.refused), (None, 6, 2), "{report}");
}
