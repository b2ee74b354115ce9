//! The jobs: the demo, a file at one vendor or both, and a plan.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenId};
use bulk_endpoint_api_defs::sailpoint::{IdentityAccountsClient, IdentityAccountsV1Client, IdentityId};
use serde_json::json;

use crate::support::{Folder, at, count, csp, offboard, report, run, sailpoint, start, stderr, stdout, tokens};

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_agrees_with_the_fakes() {
    let folder = Folder::new("sample");
    let path = folder.path("out.json");
    let output = run(offboard(&["--leavers", "120", "--seed", "3", "--report", &path])).await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let rows = report(&path);
    let printed = stdout(&output);
    let agreement = format!("All {} outcomes agree with what the fake servers applied.", rows.len());
    assert!(printed.contains(&agreement), "{printed}");
    // Both vendors do most of it, and know some ids that cannot be done.
    for provider in ["sailpoint", "csp"] {
        let of = |outcome| rows.iter().filter(|row| row["provider"] == provider && row["outcome"] == outcome).count();
        assert!(of("succeeded") > of("failed") && of("failed") > 0, "{provider}: {} {}", of("succeeded"), of("failed"));
        assert_eq!((of("refused"), of("not_attempted")), (0, 0), "{provider}");
    }
    assert!(stderr(&output).is_empty(), "no progress bars without a terminal: {}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_worked_off_at_both_vendors() {
    let (sailpoint, csp) = (sailpoint().await, csp(Duration::ZERO).await);
    let folder = Folder::new("both");
    let input = folder.file("in.csv", "\u{feff}identity_id,token_id\r\na,1\r\na,bad\r\n b ,\r\na,1\r\n");
    let path = folder.path("out.json");
    let output = run(offboard(&[
        "--input",
        &input,
        "--report",
        &path,
        "--sailpoint-url",
        sailpoint.url(),
        "--csp-url",
        csp.url(),
        "--csp-org",
        "o",
    ]))
    .await;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let row = |provider, operation, id, outcome, status: Option<u16>, message: Option<&str>| {
        json!({
            "provider": provider, "operation": operation, "id": id,
            "outcome": outcome, "status": status, "code": null, "message": message, "request_id": null,
        })
    };
    // Rows are in the order in which they settle.
    let mut rows = report(&path);
    rows.sort_by_key(|row| row["id"].to_string());
    assert_eq!(
        rows,
        [
            row("csp", "deactivate", "1", "succeeded", Some(200), None),
            row("sailpoint", "disable", "a", "succeeded", Some(202), None),
            row("sailpoint", "disable", "b", "succeeded", Some(202), None),
            row("csp", "deactivate", "bad", "failed", Some(200), Some("no such token")),
        ]
    );
    assert_eq!(sailpoint.applied(IdentityAccountsClient::DISABLE), ["a", "b"].map(IdentityId::from));
    assert_eq!(csp.applied(OrgApiTokensClient::DEACTIVATE), ["1"].map(TokenId::from));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_vendor_alone_and_its_present_path() {
    let sailpoint = sailpoint().await;
    let folder = Folder::new("one");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    let output = run(offboard(&["--input", &input, "--sailpoint-url", sailpoint.url(), "--sailpoint-v1"])).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(sailpoint.applied(IdentityAccountsV1Client::DISABLE), ["a"].map(IdentityId::from));
    assert!(!stdout(&output).contains("csp"), "{}", stdout(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_input_is_an_empty_report() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("empty");
    let input = folder.file("in.csv", "identity_id,token_id\n");
    for (name, want) in
        [("out.json", "[\n]\n"), ("out.csv", "provider,operation,id,outcome,status,code,message,request_id\n")]
    {
        let path = folder.path(name);
        let output =
            run(offboard(&["--input", &input, "--csp-url", csp.url(), "--csp-org", "o", "--report", &path])).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), want);
    }
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_sends_nothing_and_needs_no_token() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("plan");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    let mut command = offboard(&["--input", &input, "--csp-url", csp.url(), "--csp-org", "o-1", "--dry-run"]);
    command.env_remove("CSP_TOKEN");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let url = format!("POST {}/csp/gateway/am/api/orgs/o-1/api-tokens/deactivate", csp.url());
    assert!(stdout(&output).contains(&url), "{}", stdout(&output));
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_there_leaves_no_id_unaccounted_for() {
    let folder = Folder::new("gone");
    let input = folder.file("in.csv", &tokens(40));
    let path = folder.path("out.json");
    let url = "http://127.0.0.1:1";
    let output = run(offboard(&["--input", &input, "--csp-url", url, "--csp-org", "o", "--report", &path])).await;
    assert_eq!(output.status.code(), Some(3));
    let rows = report(&path);
    assert_eq!(rows.len(), 40);
    assert!(rows.iter().all(|row| row["outcome"] == "not_attempted"), "{rows:?}");
    assert!(stdout(&output).contains("127.0.0.1:1"), "{}", stdout(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_generates_the_same_ids_and_another_seed_others() {
    let folder = Folder::new("seed");
    let ids = async |seed: &str, name: &str| {
        let path = folder.path(name);
        run(offboard(&["--leavers", "20", "--seed", seed, "--report", &path])).await;
        let mut ids: Vec<String> = report(&path).iter().map(|row| row["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let (first, again, other) = (ids("5", "a.json").await, ids("5", "b.json").await, ids("6", "c.json").await);
    assert!(first.len() > 20);
    assert_eq!(first, again);
    assert!(other.iter().all(|id| !first.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn input_may_come_from_a_pipe() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("pipe");
    let path = folder.path("out.json");
    let mut command = offboard(&at(csp.url(), "/dev/stdin", &["--report", &path]));
    command.stdin(Stdio::piped());
    let mut child = start(command);
    child.stdin.take().unwrap().write_all(tokens(40).as_bytes()).unwrap();
    let output = crate::support::end(child).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(count(&report(&path), "succeeded"), 40);
}
