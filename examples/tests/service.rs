//! The service as its users see it: over HTTP, killed and started again, with a vendor that counts.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use bulk_endpoint::Outcome;
use bulk_endpoint::testing::{Fake, FakeServer};
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenFailure, TokenId};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The service. It is killed when this is dropped.
struct Service {
    process: Child,
    /// Its output, which stays open.
    _output: Lines<BufReader<ChildStdout>>,
    url: String,
    client: reqwest::Client,
}

impl Service {
    fn start(vendor: &str, data: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_service"))
            .args(["--vendor", vendor, "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let url =
            output.by_ref().map(Result::unwrap).find(|line| line.starts_with("http://")).expect("it prints its URL");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Service { process: child, _output: output, url, client }
    }

    /// Ends the service with SIGTERM, and waits for it.
    fn terminate(mut self) {
        let sent = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert!(self.process.wait().unwrap().success());
    }

    /// Sends a request. Returns the status and the body.
    async fn request(&self, method: &str, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url)).body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Its resident memory, in KiB.
    #[cfg(target_os = "linux")]
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        memory.trim().trim_end_matches(" kB").parse().unwrap()
    }

    async fn get(&self, path: &str) -> String {
        self.request("GET", path, String::new()).await.1
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

async fn vendor(latency: u64) -> FakeServer {
    let deactivate = |id: &TokenId| match id.to_string().ends_with("13") {
        true => Outcome::failed(TokenFailure { id: id.clone(), message: "Token not found".into() }),
        false => Outcome::succeeded(),
    };
    let fake = Fake::new().endpoint(OrgApiTokensClient::DEACTIVATE, deactivate);
    fake.latency(Duration::from_millis(latency)).start().await.unwrap()
}

/// The last event of a stream of progress.
fn last_event(events: &str) -> Value {
    let data = events.lines().filter_map(|line| line.strip_prefix("data:")).next_back().unwrap();
    serde_json::from_str(data).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_run_survives_sigterm_and_sigkill() {
    let (vendor, data) = (vendor(20).await, tempfile::tempdir().unwrap());
    let service = Service::start(vendor.url(), data.path());
    let ids: String = (0..3_000).map(|n| format!("tok-{n}\n")).collect();
    let accepted = service.request("POST", "/runs?org=acme&name=leavers", ids.clone()).await;
    assert_eq!(accepted, (201, r#"{"run":"acme~leavers"}"#.to_owned()));
    let again = service.request("POST", "/runs?org=acme&name=leavers", ids).await;
    assert_eq!((again.0, again.1.contains("exists: choose another name")), (409, true), "{again:?}");
    while vendor.request_count() < 20 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    service.terminate();
    let service = Service::start(vendor.url(), data.path());
    while vendor.request_count() < 80 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(service);
    let service = Service::start(vendor.url(), data.path());
    // The stream of progress ends with the run.
    let done = last_event(&service.get("/runs/acme~leavers/events").await);
    assert_eq!(done["counters"]["succeeded"], 2_970, "{done}");
    // A failure of an item that may have been in flight at the SIGKILL does not show whether the first request applied it. One record covers the
    // next 256 items, which may have left.
    let [failed, unknown] = ["failed", "unknown"].map(|kind| done["counters"][kind].as_u64().unwrap());
    assert_eq!((failed + unknown, &done["open"]), (30, &Value::from(0)), "{done}");
    assert!(unknown <= 8, "{done}");
    let rows: Vec<Value> =
        service.get("/runs/acme~leavers").await.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3_000);
    assert!(rows[13]["message"].as_str().unwrap().contains("Token not found"), "{}", rows[13]);
    // What was in flight at the SIGKILL was sent again, or had a response that was not recorded, and nothing else.
    let applied = vendor.applied(OrgApiTokensClient::DEACTIVATE).len();
    assert!((2_970..=2_970 + 2 * 4 * 15).contains(&applied), "{applied}");
    service.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn single_calls_travel_together_and_are_counted() {
    let (vendor, data) = (vendor(5).await, tempfile::tempdir().unwrap());
    let service = Service::start(vendor.url(), data.path());
    let calls =
        (0..60).map(|n| service.request("POST", format!("/orgs/acme/tokens/t{n}/deactivate").leak(), String::new()));
    for (n, (status, body)) in futures_util::future::join_all(calls).await.into_iter().enumerate() {
        let row: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(row["key"], format!("t{n}"));
        assert_eq!(status, if n == 13 { 422 } else { 200 }, "{body}");
    }
    assert!(vendor.request_count() < 50, "{} requests for 60 calls", vendor.request_count());
    let metrics = service.get("/metrics").await;
    for line in [
        "bulk_items_total{endpoint=\"deactivate\",outcome=\"succeeded\"} 59",
        "bulk_items_total{endpoint=\"deactivate\",outcome=\"failed\"} 1",
        &format!("bulk_requests_total{{endpoint=\"deactivate\",result=\"200\"}} {}", vendor.request_count()),
        "bulk_requests_in_flight{endpoint=\"deactivate\"} 0",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    service.terminate();
}

/// Each batcher has a queue of about 100 KiB.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_does_not_grow_with_the_number_of_organizations() {
    let (vendor, data) = (vendor(0).await, tempfile::tempdir().unwrap());
    let service = &Service::start(vendor.url(), data.path());
    let call = |n: usize| async move {
        let (status, body) = service.request("POST", &format!("/orgs/org-{n}/tokens/t/deactivate"), "").await;
        assert_eq!(status, 200, "{body}");
    };
    let calls = |range: std::ops::Range<usize>| stream::iter(range.map(call)).buffer_unordered(16).collect::<()>();
    calls(0..200).await;
    let before = service.memory();
    calls(200..1_200).await;
    let grown = service.memory().saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} KiB more for 1000 organizations");
}

/// The recorder keeps the values of a histogram in blocks of 64, and reads the latest block first. What is older than that block is then
/// missing in the quantiles, unless an upkeep has read it before.
#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_have_their_upkeep() {
    let (vendor, data) = (vendor(0).await, tempfile::tempdir().unwrap());
    let service = &Service::start(vendor.url(), data.path());
    let full: String = (0..15).map(|n| format!("tok-{n}\n")).collect();
    assert_eq!(service.request("POST", "/runs?org=acme&name=full", full).await.0, 201);
    tokio::time::sleep(Duration::from_secs(8)).await;
    let call = |n| async move { service.request("POST", &format!("/orgs/org-{n}/tokens/t/deactivate"), "").await.0 };
    let calls = stream::iter((0..200).map(call)).buffer_unordered(8);
    assert!(calls.all(|status| async move { status == 200 }).await);
    let metrics = service.get("/metrics").await;
    let largest = "bulk_batch_fill_ratio{endpoint=\"deactivate\",quantile=\"1\"} ";
    let largest = metrics.lines().find_map(|line| line.strip_prefix(largest)).unwrap_or_else(|| panic!("{metrics}"));
    assert!(largest.parse::<f64>().unwrap() > 0.9, "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_of_an_error_says_whose_it_is() {
    let (vendor, data) = (vendor(0).await, tempfile::tempdir().unwrap());
    let service = Service::start(vendor.url(), data.path());
    let service = &service;
    let post = |path: String| async move { service.request("POST", &path, "tok-1\n").await };
    assert_eq!(post("/runs?org=acme&name=leavers".to_owned()).await.0, 201);
    for (query, status, why) in [
        ("/runs?org=acme&name=leavers", 409, "a run `acme~leavers` exists: choose another name"),
        ("/runs?org=acme&name=..", 400, "expected letters, digits and `-` in the name of the run, found `..`"),
        ("/runs?org=a%2Fb", 400, "expected letters, digits and `-` in the organization, found `a/b`"),
        ("/runs", 400, "org"),
        ("/orgs/a%2Fb/tokens/t/deactivate", 400, "expected letters, digits and `-` in the organization, found `a/b`"),
    ] {
        let (found, body) = post(query.to_owned()).await;
        assert_eq!((found, body.contains(why)), (status, true), "{query}: {body}");
    }
    // Clients such as reqwest resolve `..` themselves.
    let mut raw = TcpStream::connect(service.url.trim_start_matches("http://")).await.unwrap();
    let request =
        "POST /orgs/%2e%2e/tokens/t/deactivate HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    raw.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    raw.read_to_string(&mut response).await.unwrap();
    let why = "expected letters, digits and `-` in the organization, found `..`";
    assert_eq!((response.starts_with("HTTP/1.1 400"), response.contains(why)), (true, true), "{response}");
    // The longest names together are those of a file; with one character more, each is too long.
    let [longest, longer] = [100, 101].map(|length| "x".repeat(length));
    assert_eq!(post(format!("/runs?org={longest}&name={longest}")).await.0, 201);
    assert_eq!(post(format!("/orgs/{longest}/tokens/t/deactivate")).await.0, 200);
    for (path, what) in [
        (format!("/runs?org=acme&name={longer}"), "name of the run"),
        (format!("/runs?org={longer}"), "organization"),
        (format!("/orgs/{longer}/tokens/t/deactivate"), "organization"),
    ] {
        let (status, body) = post(path).await;
        let why = format!("expected at most 100 characters in the {what}, found 101; use a shorter one");
        assert_eq!((status, body.contains(&why)), (400, true), "{body}");
    }
    let (status, body) = service.request("GET", "/runs/acme~nobody", String::new()).await;
    assert_eq!((status, body.contains("acme~nobody")), (404, true), "{body}");
    // The disk is gone: the client cannot help it, and is not told where it was.
    data.close().unwrap();
    let (status, body) = post("/runs?org=acme&name=another".to_owned()).await;
    assert_eq!((status, body.as_str()), (500, r#"{"error":"the service failed: see its log"}"#));
}

/// The names of the files in the folder with the accepted tokens.
fn token_files(data: &std::path::Path) -> Vec<String> {
    let names = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".ids") || name.ends_with(".partial")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_a_run_cannot_read_is_refused_and_leaves_nothing() {
    let (vendor, data) = (vendor(0).await, tempfile::tempdir().unwrap());
    let service = Service::start(vendor.url(), data.path());
    let long = [b"tok-1\n".to_vec(), vec![b'x'; 1025]].concat();
    let many = [b"tok-1\n".repeat(100_000), b"\xff".to_vec()].concat();
    for (body, why) in [
        (
            &b"tok-1\ntok-2\n\xff\xfe\ntok-4\ntok-5\n"[..],
            "line 3: expected UTF-8, found the byte 0xff; save the tokens",
        ),
        // The first byte of two, at the end of a line and of the body.
        (b"tok-1\ntok-\xc3\n\xa9", "line 2: expected UTF-8, found the byte 0xc3"),
        (b"tok-1\n\n\r\ntok-\xc3", "line 4: expected UTF-8, found the byte 0xc3"),
        (&many, "line 100001: expected UTF-8, found the byte 0xff"),
        (&long, "line 2: expected at most 1024 bytes, found more; put one token on a line"),
    ] {
        let (status, answer) = service.request("POST", "/runs?org=acme&name=leavers", body.to_vec()).await;
        assert_eq!((status, answer.contains(why)), (400, true), "{why}: {answer}");
        assert_eq!(token_files(data.path()), [""; 0], "{why}");
    }
    // The longest line, blank lines, characters of several bytes whose bytes come one by one, and no line break at the end.
    let body = format!("{}\r\n\n  \ntok-\u{e9}\ntok-\u{1f511}", "x".repeat(1023)).into_bytes();
    let bytes = body.into_iter().map(|byte| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![byte]))));
    let body = reqwest::Body::wrap(StreamBody::new(stream::iter(bytes)));
    assert_eq!(service.request("POST", "/runs?org=acme&name=leavers", body).await.0, 201);
    let done = loop {
        let events = service.get("/runs/acme~leavers/events").await;
        // Until the run has begun, there is no progress.
        if events.contains("event: progress") {
            break last_event(&events);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!((&done["counters"]["succeeded"], &done["error"]), (&Value::from(3), &Value::Null), "{done}");
    assert_eq!(token_files(data.path()), ["acme~leavers.ids"]);
}

/// Clients that are gone at any moment of their upload: there is an accepted run, or nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_client_is_gone_leaves_its_name_free() {
    let (vendor, data) = (vendor(0).await, tempfile::tempdir().unwrap());
    let service = &Service::start(vendor.url(), data.path());
    let upload = |n: u64| async move {
        let path = format!("/runs?org=acme&name=r{n}");
        let sent = service.request("POST", &path, "tok-1\n");
        let _ = tokio::time::timeout(Duration::from_micros(20 * n), sent).await;
    };
    stream::iter((0..200).map(upload)).buffer_unordered(32).collect::<()>().await;
    let is_partial = || token_files(data.path()).iter().any(|name| name.ends_with(".partial"));
    for _ in 0..1_000 {
        if !is_partial() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{:?}", token_files(data.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_a_sigkill_cuts_off_leaves_its_name_free() {
    let (vendor, data) = (vendor(0).await, tempfile::tempdir().unwrap());
    let service = Service::start(vendor.url(), data.path());
    // A body that does not end.
    let first = stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from("tok-1\n")))]);
    let body = reqwest::Body::wrap(StreamBody::new(first.chain(stream::pending())));
    let upload = service.client.post(format!("{}/runs?org=acme&name=leavers", service.url)).body(body).send();
    let upload = tokio::spawn(upload);
    while token_files(data.path()).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(service);
    assert!(upload.await.unwrap().is_err());
    assert_eq!(token_files(data.path()), ["acme~leavers.partial"]);
    let service = Service::start(vendor.url(), data.path());
    assert_eq!(token_files(data.path()), [""; 0]);
    let (status, answer) = service.request("POST", "/runs?org=acme&name=leavers", "tok-1\n").await;
    assert_eq!(status, 201, "{answer}");
}

/// The dashboard asks for metrics and labels that a run reports.
#[test]
fn the_dashboard_asks_for_metrics_that_are_documented() {
    let dashboard: Value = serde_json::from_str(include_str!("../grafana/bulk-endpoint.json")).unwrap();
    let documented = include_str!("../../runtime/docs/observability.md");
    let panels = dashboard["panels"].as_array().unwrap();
    let exprs = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()).map(|target| &target["expr"]);
    let mut asked = 0;
    for expr in exprs {
        let words = expr.as_str().unwrap().split(|c: char| !c.is_alphanumeric() && c != '_');
        for metric in words.filter(|word| word.starts_with("bulk_")) {
            // A histogram is exported as a summary, with a sum and a count.
            let name = metric.trim_end_matches("_sum").trim_end_matches("_count");
            assert!(documented.contains(&format!("| `{name}` |")), "{metric} in {expr}");
            asked += 1;
        }
    }
    assert!(asked >= panels.len());
}
