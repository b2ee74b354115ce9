//! Tokens that expire while a job runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bulk_endpoint::ClientBuilder;
use bulk_endpoint::testing::Script;
use serde_json::json;

use super::{Asked, Jobs, Vendor, script, send};
use crate::support::{doubts, ids, seconds, sent_ids, words};

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_while_a_job_runs_is_fetched_again() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let counting = fetched.clone();
    let vendor = Vendor::default();
    let client = vendor.client_by(
        |_, _| None,
        |job| if job.before == 0 { Script::response(401, "{}") } else { job.done() },
        |builder| {
            builder.bearer_with(move || {
                let number = counting.fetch_add(1, Ordering::SeqCst);
                async move {
                    // Long enough to detect a run that polls without waiting.
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
        // Each token is valid for two polls.
        let tells = move |job: &Asked| {
            let mut used = used.lock().unwrap();
            let used = used.entry(job.token.as_ref().unwrap().as_bytes().to_vec()).or_insert(0);
            *used += 1;
            match (*used, job.before) {
                (3.., _) => Script::response(status, r#"{"message":"expired"}"#),
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
async fn a_job_that_may_not_be_asked_for_under_two_fresh_tokens_is_given_up() {
    for status in [401, 407] {
        let (fetched, vendor) = (Arc::new(AtomicUsize::new(0)), Vendor::default());
        let tells = move |_: &Asked| Script::response(status, r#"{"message":"not you"}"#);
        let client = vendor.client_by(|_, _| None, tells, counting(&fetched));
        let report = send(client.start("l").send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown pending"; 2]);
        assert!(doubts(&report)[0].1.contains(&status.to_string()), "{report}");
        // Once under the token that started the job, once under each of two fresh ones.
        assert_eq!((vendor.times("ask").len(), fetched.load(Ordering::SeqCst)), (3, 3));
        let fixed = vendor.client_by(|_, _| None, tells, |builder| builder.bearer("s3cret"));
        let report = send(fixed.start("l").send(ids(2)), 2).await;
        assert_eq!((words(&report), vendor.times("ask").len()), (vec!["unknown pending".to_owned(); 2], 4));
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_that_wait_for_a_token_share_a_fetch_that_fails() {
    let (fetched, vendor) = (Arc::new(AtomicUsize::new(0)), Vendor::default());
    let counting = fetched.clone();
    let client = vendor.client_by(
        |_, _| None,
        |_| Script::response(401, r#"{"message":"expired"}"#),
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

#[tokio::test(start_paused = true)]
async fn no_more_than_a_few_tokens_are_thrown_away_for_a_job_that_none_opens() {
    let (fetched, vendor) = (Arc::new(AtomicUsize::new(0)), Vendor::default());
    // Other requests show that each new token is valid.
    let client = vendor.client_by(
        |n, request| {
            (n > 0).then(|| script(200, &json!({"state": "done", "done": sent_ids(request)})).after(seconds(1)))
        },
        |_| Script::response(401, r#"{"message":"no scope"}"#),
        counting(&fetched),
    );
    let report = send(client.start("l").send(ids(2_000)).concurrency(2), 2_000).await;
    let counters = report.counters();
    assert_eq!((counters.unknown, counters.succeeded), (2, 1_998), "{report}");
    assert!(fetched.load(Ordering::SeqCst) <= 7, "{}", fetched.load(Ordering::SeqCst));
}
