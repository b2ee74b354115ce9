//! Times: the timeout of an attempt, patience with a server that makes the run wait, and the deadline.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bulk_endpoint::testing::{FakeRequest, Refuse};

use crate::support::{Folder, at, count, csp, fake_csp, offboard, report, run, stderr, stdout, tokens};

#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_ends_an_attempt() {
    let csp = csp(Duration::from_secs(20)).await;
    let folder = Folder::new("timeout");
    let (input, path) = (folder.file("in.csv", &tokens(1)), folder.path("out.json"));
    let output = run(offboard(&at(csp.url(), &input, &["--report", &path, "--timeout", "200ms"]))).await;
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let rows = report(&path);
    assert_eq!(count(&rows, "unknown"), 1);
    assert!(rows[0]["message"].as_str().unwrap().contains("no response within 200ms"), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_the_run_and_all_is_accounted_for() {
    let csp = csp(Duration::from_secs(20)).await;
    let folder = Folder::new("deadline");
    let (input, path) = (folder.file("in.csv", &tokens(100)), folder.path("out.json"));
    let start = Instant::now();
    let arguments = ["--report", &path, "--deadline", "0.5", "--concurrency", "2"];
    let output = run(offboard(&at(csp.url(), &input, &arguments))).await;
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    let rows = report(&path);
    assert_eq!((count(&rows, "unknown"), count(&rows, "not_attempted")), (30, 70));
    assert!(stdout(&output).contains("the run timeout elapsed"), "{}", stdout(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_ends_a_run_that_waits_longer() {
    let refuse = |_: &FakeRequest| Some(Refuse::new(429).header("Retry-After", "20"));
    let csp = fake_csp().on_request(refuse).start().await.unwrap();
    let folder = Folder::new("patience");
    let (input, path) = (folder.file("in.csv", &tokens(40)), folder.path("out.json"));
    let start = Instant::now();
    let output = run(offboard(&at(csp.url(), &input, &["--report", &path, "--patience", "2"]))).await;
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(count(&report(&path), "succeeded"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_is_told_where_there_is_no_terminal() {
    let refused = AtomicBool::new(false);
    let refuse = move |_: &FakeRequest| {
        let is_first = !refused.swap(true, Ordering::SeqCst);
        is_first.then(|| Refuse::new(429).header("Retry-After", "11"))
    };
    let csp = fake_csp().on_request(refuse).start().await.unwrap();
    let folder = Folder::new("wait");
    let input = folder.file("in.csv", &tokens(40));
    let output = run(offboard(&at(csp.url(), &input, &[]))).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stderr(&output)
            .matches("csp deactivate: waiting 11 s for the server: the request was refused with 429")
            .count(),
        1,
        "{}",
        stderr(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_wait_is_not_told() {
    let refused = AtomicBool::new(false);
    let refuse = move |_: &FakeRequest| {
        let is_first = !refused.swap(true, Ordering::SeqCst);
        is_first.then(|| Refuse::new(429).header("Retry-After", "1"))
    };
    let csp = fake_csp().on_request(refuse).start().await.unwrap();
    let folder = Folder::new("short-wait");
    let input = folder.file("in.csv", &tokens(40));
    let output = run(offboard(&at(csp.url(), &input, &[]))).await;
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}
