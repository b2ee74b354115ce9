//! Signals: the first one lets requests in flight finish, the second one does not wait.
#![cfg(unix)]

use std::time::{Duration, Instant};

use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenId};
use serde_json::Value;

use crate::support::{
    Folder, at, count, csp, end, kill, offboard, offboard_after, report, start, stderr, stdout, tokens, until,
};

/// Runs `offboard` with a hundred tokens, and sends it these signals. Returns the report, and the time from the last signal to the
/// exit. Checks that the server got the first two requests and no other.
async fn signalled(signals: &[&str], latency: Duration) -> (Vec<Value>, Duration) {
    let csp = csp(latency).await;
    let folder = Folder::new(&format!("signals-{}", signals.join("-")));
    let (input, path) = (folder.file("in.csv", &tokens(100)), folder.path("out.json"));
    let child = start(offboard(&at(csp.url(), &input, &["--report", &path, "--concurrency", "2"])));
    until(|| csp.request_count() == 2).await;
    for signal in signals {
        tokio::time::sleep(Duration::from_millis(100)).await;
        kill(&child, signal);
    }
    let start = Instant::now();
    let output = end(child).await;
    let took = start.elapsed();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("stopping; waiting for requests in flight"), "{}", stderr(&output));
    assert_eq!(csp.request_count(), 2, "nothing is sent after a signal");
    let rows = report(&path);
    let attempted = rows.iter().filter(|row| row["outcome"] != "not_attempted").map(|row| row["id"].as_str().unwrap());
    let sorted = |mut ids: Vec<TokenId>| {
        ids.sort_by_key(|id| id.as_ref().parse::<usize>().unwrap());
        ids
    };
    let applied = sorted(csp.applied(OrgApiTokensClient::DEACTIVATE));
    assert_eq!(applied, sorted(attempted.map(TokenId::from).collect()));
    (rows, took)
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_waits_for_the_requests_under_way() {
    // Long enough for a signal to arrive on a busy machine.
    let latency = Duration::from_secs(5);
    let signals = ["INT", "TERM", "HUP"].map(|signal| async move { (signal, signalled(&[signal], latency).await.0) });
    for (signal, rows) in futures_util::future::join_all(signals).await {
        let counts = (rows.len(), count(&rows, "succeeded"), count(&rows, "not_attempted"));
        assert_eq!(counts, (100, 30, 70), "{signal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_does_not_wait() {
    for signals in [["INT", "INT"], ["TERM", "TERM"], ["HUP", "HUP"], ["HUP", "INT"]] {
        let (rows, took) = signalled(&signals, Duration::from_secs(30)).await;
        let counts = (rows.len(), count(&rows, "unknown"), count(&rows, "not_attempted"));
        assert_eq!(counts, (100, 30, 70), "{signals:?}");
        assert!(took < Duration::from_secs(15), "{took:?}");
    }
}

/// As `nohup` starts it. Only Linux tells a program what it ignores.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    let csp = csp(Duration::from_millis(300)).await;
    let folder = Folder::new("nohup");
    let (input, path) = (folder.file("in.csv", &tokens(60)), folder.path("out.json"));
    let child =
        start(offboard_after("trap '' HUP", &at(csp.url(), &input, &["--report", &path, "--concurrency", "1"])));
    until(|| csp.request_count() > 0).await;
    kill(&child, "HUP");
    let output = end(child).await;
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(count(&report(&path), "succeeded"), 60);
}
