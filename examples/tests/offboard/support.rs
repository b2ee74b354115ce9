//! What the tests share: the program, a folder, fake vendors, and the report read back.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use bulk_endpoint::Outcome;
use bulk_endpoint::testing::{Fake, FakeEndpoint, FakeServer};
use bulk_endpoint_api_defs::csp::{CspErrorResponse, OrgApiTokensClient, TokenFailure, TokenId};
use bulk_endpoint_api_defs::sailpoint::{IdentityAccountsClient, IdentityAccountsV1Client, IdentityId};
use serde_json::Value;

pub(crate) const SECRET: &str = "s3cr3t-t0ken";

/// The program with these arguments, and the tokens that the fakes expect.
pub(crate) fn offboard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_offboard"));
    command.args(arguments).env("SAILPOINT_TOKEN", SECRET).env("CSP_TOKEN", SECRET);
    command
}

/// The program under a shell that first runs `before`, such as `ulimit`.
pub(crate) fn offboard_after(before: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_offboard")]);
    command.args(arguments).env("SAILPOINT_TOKEN", SECRET).env("CSP_TOKEN", SECRET);
    command
}

/// The arguments of a run at a fake CSP.
pub(crate) fn at<'a>(csp: &'a str, input: &'a str, others: &[&'a str]) -> Vec<&'a str> {
    [&["--input", input, "--csp-url", csp, "--csp-org", "o"], others].concat()
}

pub(crate) async fn run(mut command: Command) -> Output {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    check_secret(&output);
    output
}

pub(crate) fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) async fn end(child: Child) -> Output {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    check_secret(&output);
    output
}

fn check_secret(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(text).contains(SECRET), "a token was printed");
    }
}

/// Sends a signal, such as `TERM`.
#[cfg(unix)]
pub(crate) fn kill(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success());
}

/// Waits until something holds.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not hold after 20 s");
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A temporary folder for one test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("offboard-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        std::fs::write(self.0.join(name), content).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file of one leaver with this many tokens: `0`, `1`, …
pub(crate) fn tokens(count: usize) -> String {
    (0..count).fold("identity_id,token_id\n".to_owned(), |csv, token| csv + &format!("a,{token}\n"))
}

/// The rows of a JSON report.
pub(crate) fn report(path: &str) -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The number of rows with an outcome.
pub(crate) fn count(rows: &[Value], outcome: &str) -> usize {
    rows.iter().filter(|row| row["outcome"] == outcome).count()
}

pub(crate) async fn sailpoint() -> FakeServer {
    let accept = |_: &IdentityId| Outcome::accepted();
    Fake::new()
        .bearer(SECRET)
        .serve(FakeEndpoint::new(IdentityAccountsClient::DISABLE, accept).status(207))
        .serve(FakeEndpoint::new(IdentityAccountsV1Client::DISABLE, accept).status(207))
        .start()
        .await
        .unwrap()
}

/// A fake CSP, not started. The token `bad` fails, and a token that starts with `=` fails with itself as the message.
pub(crate) fn fake_csp() -> Fake {
    let outcome = |id: &TokenId| match id.as_ref() {
        "bad" => Outcome::failed(TokenFailure { id: id.clone(), message: "no such token".into() }),
        id if id.starts_with('=') => Outcome::failed(TokenFailure { id: id.into(), message: id.into() }),
        _ => Outcome::succeeded(),
    };
    let refusal = CspErrorResponse { message: Some("who are you?".into()), ..Default::default() };
    Fake::new().bearer(SECRET).endpoint(OrgApiTokensClient::DEACTIVATE, outcome).refusal(401, refusal)
}

pub(crate) async fn csp(latency: Duration) -> FakeServer {
    fake_csp().latency(latency).start().await.unwrap()
}
