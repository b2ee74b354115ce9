//! Runs the `offboard` program against fake servers of this test.
#![allow(clippy::unwrap_used, reason = "tests, helpers included")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use bulk_endpoint::Outcome;
use bulk_endpoint::testing::{Fake, FakeEndpoint, FakeServer};
use bulk_endpoint_api_defs::csp::{CspErrorResponse, OrgApiTokensClient, TokenFailure, TokenId};
use bulk_endpoint_api_defs::sailpoint::{IdentityAccountsClient, IdentityAccountsV1Client, IdentityId};
use serde_json::{Value, json};

const SECRET: &str = "s3cr3t-t0ken";

fn offboard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offboard"));
    command.args(arguments).env("SAILPOINT_TOKEN", SECRET).env("CSP_TOKEN", SECRET);
    command
}

async fn run(mut command: Command) -> Output {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    for text in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(text).contains(SECRET), "a token was printed");
    }
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A temporary folder for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("offboard-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, content: &str) -> String {
        std::fs::write(self.0.join(name), content).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn report(path: &str) -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn sailpoint() -> FakeServer {
    let accept = |_: &IdentityId| Outcome::accepted();
    Fake::new()
        .bearer(SECRET)
        .serve(FakeEndpoint::new(IdentityAccountsClient::DISABLE, accept).status(207))
        .serve(FakeEndpoint::new(IdentityAccountsV1Client::DISABLE, accept).status(207))
        .start()
        .await
        .unwrap()
}

async fn csp(latency: Duration) -> FakeServer {
    let outcome = |id: &TokenId| match id.as_ref() {
        "bad" => Outcome::failed(TokenFailure { id: id.clone(), message: "no such token".into() }),
        _ => Outcome::succeeded(),
    };
    Fake::new()
        .bearer(SECRET)
        .endpoint(OrgApiTokensClient::DEACTIVATE, outcome)
        .refusal(401, CspErrorResponse { message: Some("who are you?".into()), ..Default::default() })
        .latency(latency)
        .start()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_agrees_with_the_fakes() {
    let folder = Folder::new("sample");
    let path = folder.path("out.json");
    let output = run(offboard(&["--leavers", "120", "--seed", "3", "--report", &path])).await;
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let rows = report(&path);
    let printed = stdout(&output);
    let agreement = format!("All {} outcomes agree with what the fake servers applied.", rows.len());
    assert!(printed.contains(&agreement), "{printed}");
    assert!(rows.iter().any(|row| row["outcome"] == "failed"));
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
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let row = |provider, operation, id, outcome, status: Option<u16>, message: Option<&str>| {
        json!({
            "provider": provider, "operation": operation, "id": id,
            "outcome": outcome, "status": status, "message": message,
        })
    };
    assert_eq!(
        report(&path),
        [
            row("sailpoint", "disable", "a", "succeeded", Some(202), None),
            row("sailpoint", "disable", "b", "succeeded", Some(202), None),
            row("csp", "deactivate", "1", "succeeded", None, None),
            row("csp", "deactivate", "bad", "failed", None, Some("no such token")),
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
    for (name, want) in [("out.json", "[]\n"), ("out.csv", "provider,operation,id,outcome,status,message\n")] {
        let path = folder.path(name);
        let output =
            run(offboard(&["--input", &input, "--csp-url", csp.url(), "--csp-org", "o", "--report", &path])).await;
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), want);
    }
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_run_sends_nothing_and_says_why() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("mistakes");
    let good = folder.file("good.csv", "identity_id,token_id\na,1\n");
    let bad = folder.file("bad.csv", "identity_id,token_id\na,1\n,2\n");
    let columns = folder.file("columns.csv", "identity_id,token\na,1\n");
    let (text, nowhere) = (folder.path("out.txt"), folder.path("no folder/out.json"));
    let host = ["--csp-url", csp.url(), "--csp-org", "o"];
    for (arguments, want) in [
        (vec!["--input", &bad], "row 3: `identity_id` is empty"),
        (vec!["--input", &columns], "missing column `token_id`, found: identity_id, token"),
        (vec!["--input", "no such file.csv"], "cannot read no such file.csv"),
        (vec!["--input", &good, "--report", &text], "must end with .json or .csv"),
        (vec!["--input", &good, "--report", &nowhere], "out.json (nothing was sent)"),
        (vec!["--input", &good, "--timeout", "0"], "greater than 0"),
        (vec!["--input", &good, "--sailpoint-url", "nowhere"], "--sailpoint-url: invalid base URL \"nowhere\""),
        (vec![], "require --input"),
    ] {
        let arguments = [arguments.as_slice(), &host].concat();
        let output = run(offboard(&arguments)).await;
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&output).contains(want), "{arguments:?}: {}", stderr(&output));
    }
    for (value, want) in [(None, "CSP_TOKEN is not set"), (Some(" "), "CSP_TOKEN is empty")] {
        let mut command = offboard(&[["--input", good.as_str()].as_slice(), &host].concat());
        match value {
            Some(value) => command.env("CSP_TOKEN", value),
            None => command.env_remove("CSP_TOKEN"),
        };
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(want), "{}", stderr(&output));
    }
    let output = run(offboard(&["--input", &good])).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--input requires a vendor"), "{}", stderr(&output));
    assert_eq!(csp.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_and_never_printed() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("token");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\na,2\n");
    let path = folder.path("out.csv");
    let mut command = offboard(&["--input", &input, "--csp-url", csp.url(), "--csp-org", "o", "--report", &path]);
    command.env("CSP_TOKEN", "an0ther-t0ken");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(2));
    let report = std::fs::read_to_string(&path).unwrap();
    assert_eq!(report.matches("deactivate,").count(), 2, "{report}");
    assert!(report.contains(",refused,401,") && report.contains("who are you?"), "{report}");
    let all = format!("{report}{}{}", stdout(&output), stderr(&output));
    assert!(!all.contains("an0ther-t0ken"), "{all}");
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
    assert_eq!(output.status.code(), Some(2));
    let rows = report(&path);
    assert_eq!(rows.len(), 40);
    assert!(rows.iter().all(|row| row["outcome"] == "not_attempted"), "{rows:?}");
    assert!(stdout(&output).contains("127.0.0.1:1"), "{}", stdout(&output));
}

fn tokens(count: usize) -> String {
    (0..count).fold("identity_id,token_id\n".to_owned(), |csv, token| csv + &format!("a,{token}\n"))
}

/// Runs `offboard` with a hundred tokens, and interrupts it `times` times. Returns the report, and the time from the last interrupt to the
/// exit. Checks that the server got the first two requests and no other.
#[cfg(unix)]
async fn interrupted(name: &str, latency: Duration, times: usize) -> (Vec<Value>, Duration) {
    let csp = csp(latency).await;
    let folder = Folder::new(name);
    let (input, path) = (folder.file("in.csv", &tokens(100)), folder.path("out.json"));
    let arguments =
        ["--input", &input, "--csp-url", csp.url(), "--csp-org", "o", "--report", &path, "--concurrency", "2"];
    let child = offboard(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while csp.request_count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for _ in 0..times {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    }
    let start = Instant::now();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(Path::new(&path).exists());
    let took = start.elapsed();
    assert_eq!(csp.request_count(), 2, "nothing is sent after Ctrl-C");
    let rows = report(&path);
    let attempted = rows.iter().filter(|row| row["outcome"] != "not_attempted").map(|row| row["id"].as_str().unwrap());
    let mut applied = csp.applied(OrgApiTokensClient::DEACTIVATE);
    applied.sort_by_key(|id| id.as_ref().parse::<usize>().unwrap());
    assert_eq!(applied, attempted.map(TokenId::from).collect::<Vec<_>>());
    (rows, took)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_waits_for_the_requests_under_way() {
    let (rows, _) = interrupted("stop", Duration::from_millis(400), 1).await;
    let count = |outcome: &str| rows.iter().filter(|row| row["outcome"] == outcome).count();
    assert_eq!((rows.len(), count("succeeded"), count("not_attempted")), (100, 30, 70));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_does_not_wait() {
    let (rows, took) = interrupted("cancel", Duration::from_secs(20), 2).await;
    let count = |outcome: &str| rows.iter().filter(|row| row["outcome"] == outcome).count();
    assert_eq!((rows.len(), count("unknown"), count("not_attempted")), (100, 30, 70));
    assert!(took < Duration::from_secs(10), "{took:?}");
}
