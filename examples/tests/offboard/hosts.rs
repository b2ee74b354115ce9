//! The hosts: tokens, proxies, and connections that are not encrypted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Folder, SECRET, at, csp, offboard, run, stderr, stdout};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_and_never_printed() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("token");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\na,2\n");
    let path = folder.path("out.csv");
    let mut command = offboard(&["--input", &input, "--csp-url", csp.url(), "--csp-org", "o", "--report", &path]);
    command.env("CSP_TOKEN", "an0ther-t0ken");
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(3));
    let report = std::fs::read_to_string(&path).unwrap();
    assert_eq!(report.matches("deactivate,").count(), 2, "{report}");
    assert!(report.contains(",refused,401,") && report.contains("who are you?"), "{report}");
    let all = format!("{report}{}{}", stdout(&output), stderr(&output));
    assert!(!all.contains("an0ther-t0ken"), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_have_its_scheme_and_a_line_break() {
    let csp = csp(Duration::ZERO).await;
    let folder = Folder::new("scheme");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    for token in [SECRET, "Bearer TOKEN", "bearer  TOKEN\n", "TOKEN\n", " TOKEN\r\n", "\tBEARER\tTOKEN\n\n"] {
        let token = token.replace("TOKEN", SECRET);
        let mut command = offboard(&at(csp.url(), &input, &[]));
        command.env("CSP_TOKEN", &token);
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(0), "{token:?}: {}{}", stdout(&output), stderr(&output));
    }
    for (token, want) in [
        ("Bearer", "is empty"),
        ("Bearer \n", "is empty"),
        ("hunter2 hunter2", "contains a space or a line break"),
        ("Bearer hunter2\nhunter2", "contains a space or a line break"),
    ] {
        let mut command = offboard(&at(csp.url(), &input, &[]));
        command.env("CSP_TOKEN", token);
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(2), "{token:?}");
        assert!(stderr(&output).contains(want) && !stderr(&output).contains("hunter2"), "{}", stderr(&output));
    }
}

/// A proxy that refuses everything with 403. It keeps the first line of each request.
struct Proxy {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (mut connection, mut bytes) = (connection.unwrap(), [0; 4096]);
                let length = connection.read(&mut bytes).unwrap_or(0);
                let head = String::from_utf8_lossy(&bytes[..length]).into_owned();
                seen.lock().unwrap().push(head.lines().next().unwrap_or_default().to_owned());
                let _ =
                    connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Proxy { url, requests }
    }

    /// Sets every variable that names a proxy.
    fn set(&self, command: &mut Command) {
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(name, &self.url);
        }
        command.env_remove("NO_PROXY").env_remove("no_proxy");
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_reached_without_a_proxy() {
    let proxy = Proxy::start();
    let mut command = offboard(&["--leavers", "20"]);
    proxy.set(&mut command);
    let output = run(command).await;
    assert!(stdout(&output).contains("outcomes agree"), "{}{}", stdout(&output), stderr(&output));
    assert_eq!(proxy.requests(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_host_is_reached_through_the_proxy_of_the_environment() {
    let proxy = Proxy::start();
    let folder = Folder::new("proxy");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    let mut command = offboard(&at("http://csp.example", &input, &["--insecure-http"]));
    proxy.set(&mut command);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(proxy.requests(), ["POST http://csp.example/csp/gateway/am/api/orgs/o/api-tokens/deactivate HTTP/1.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_sent_unencrypted_only_where_a_flag_allows_it() {
    let (proxy, csp) = (Proxy::start(), csp(Duration::ZERO).await);
    let folder = Folder::new("unencrypted");
    let input = folder.file("in.csv", "identity_id,token_id\na,1\n");
    let localhost = csp.url().replace("127.0.0.1", "localhost");
    let allowed = ["--insecure-http", "--no-journal"];
    for (url, others, code) in [
        ("http://csp.example", &[][..], 2),
        ("http://192.0.2.1:8080", &[], 2),
        ("http://localhost.example", &[], 2),
        ("http://csp.example", &allowed, 1),
        ("https://csp.example", &["--no-journal"], 1),
        ("http://csp.example", &["--dry-run"], 0),
        (csp.url(), &[], 0),
        (&localhost, &[], 0),
    ] {
        let before = proxy.requests().len();
        let mut command = offboard(&at(url, &input, others));
        proxy.set(&mut command);
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(code), "{url} {others:?}: {}{}", stdout(&output), stderr(&output));
        let refused = stderr(&output).contains("--csp-url: the token would be sent unencrypted to");
        assert_eq!((refused, proxy.requests().len() > before), (code == 2, code == 1), "{url}: {}", stderr(&output));
        assert!(!folder.0.join("in.journal.db").exists(), "{url}: it leaves nothing behind");
    }
}
