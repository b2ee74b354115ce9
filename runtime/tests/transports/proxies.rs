//! Proxies: the way through them, and proxies that refuse.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bulk_endpoint::transport::TransportErrorKind;

use crate::support::{BOTH, LONG, Over, Settings, kind, read, request};

/// Starts a proxy that gives this response to everything. Returns its address, and what it was sent.
fn proxy(response: String) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (give, given) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            let seen = read(&mut stream);
            stream.write_all(response.as_bytes()).unwrap();
            if give.send(seen).is_err() {
                return;
            }
        }
    });
    (address, given)
}

fn responds(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn through(proxy: &str) -> Settings {
    Settings { proxy: Some(format!("http://user:hunter2@{proxy}")), ..Settings::default() }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_from_one_that_may_let_the_next_request_pass() {
    use TransportErrorKind::{NotSent, ProxyRefused};
    for (status, want) in [
        ("403 Forbidden", ProxyRefused),
        ("405 Method Not Allowed", ProxyRefused),
        ("407 Proxy Authentication Required", ProxyRefused),
        ("511 Network Authentication Required", ProxyRefused),
        ("302 Found", ProxyRefused),
        ("429 Too Many Requests", NotSent),
        ("500 Internal Server Error", NotSent),
        ("502 Bad Gateway", NotSent),
        ("503 Service Unavailable\r\nRetry-After: 7", NotSent),
        ("504 Gateway Timeout", NotSent),
    ] {
        for over in BOTH {
            let (address, seen) = proxy(responds(status));
            let transport = over.with(through(&address));
            let error = transport.send(request("https://vendor.test", LONG)).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
            let head = seen.recv().unwrap();
            assert!(head.starts_with("CONNECT vendor.test:443 HTTP/1.1\r\n"), "{head}");
            // "user:hunter2"
            assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjpodw50zxiy\r\n"), "{head}");
            if over == Over::Reqwest {
                // reqwest tells one status from the others, and names neither it nor the proxy.
                let want = if status.starts_with("407") { ProxyRefused } else { NotSent };
                assert_eq!(error.kind, want, "{status}: {error}");
                assert!(error.detail.starts_with("the proxy "), "{status}: {error}");
                continue;
            }
            assert_eq!(error.kind, want, "{status}: {error}");
            let (status, rest) = status.split_once("\r\n").unwrap_or((status, ""));
            let text = format!("the proxy http://{address} refused CONNECT vendor.test:443 with {status}");
            assert_eq!(error.detail, text);
            let retry_after = error.headers.as_ref().unwrap().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry_after, rest.strip_prefix("Retry-After: "), "{status}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_away_is_named() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for url in ["http://vendor.test", "https://vendor.test"] {
        let error = Over::Hyper.with(through(&address)).send(request(url, LONG)).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::NotSent, "{error}");
        assert!(error.detail.contains(&format!("the proxy http://{address}")), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_reads_a_request_to_an_http_url_whole() {
    for over in BOTH {
        let (address, seen) = proxy(responds("200 OK"));
        let result = over.with(through(&address)).send(request("http://vendor.test:81/a?b", LONG)).await;
        assert_eq!(kind(&result), Ok(200), "{over:?}: {result:?}");
        let head = seen.recv().unwrap().to_ascii_lowercase();
        assert!(head.starts_with("post http://vendor.test:81/a?b http/1.1\r\n"), "{over:?}: {head}");
        assert!(head.contains("proxy-authorization: basic dxnlcjpodw50zxiy\r\n"), "{over:?}: {head}");
        assert!(head.contains("\r\nhost: vendor.test:81\r\n"), "{over:?}: {head}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_one_for_http_is_told() {
    let error = bulk_endpoint::transport::HyperTransport::builder().proxy("socks5://user:hunter2@127.0.0.1:1").build();
    let text = format!("{:?}", error.unwrap_err());
    assert!(
        text.contains("expected a proxy like http://proxy.example.com:3128") && !text.contains("hunter2"),
        "{text}"
    );
}

/// The variables are read in a process of their own.
#[tokio::test]
async fn the_variables_of_the_environment_name_the_proxies() {
    if let Ok(url) = std::env::var("TEST_PROXIED_URL") {
        let results = BOTH.map(|over| over.plain().send(request(&url, Duration::from_secs(2))));
        for result in results {
            let _ = result.await;
        }
        return;
    }
    for (url, variables, want) in [
        ("http://vendor.test/", &["HTTP_PROXY"][..], "POST http://vendor.test/"),
        ("http://vendor.test/", &["http_proxy"], "POST http://vendor.test/"),
        ("http://vendor.test/", &["ALL_PROXY"], "POST http://vendor.test/"),
        ("https://vendor.test/", &["https_proxy"], "CONNECT vendor.test:443"),
        ("https://vendor.test/", &["all_proxy"], "CONNECT vendor.test:443"),
        ("http://vendor.test/", &["HTTPS_PROXY"], ""),
        ("http://vendor.test/", &["HTTP_PROXY", "NO_PROXY=other.test,.test"], ""),
        ("http://vendor.test/", &["HTTP_PROXY", "no_proxy=vendor.test"], ""),
        // A loopback host has none over hyper; over reqwest, a client that has no transport of its own does the same.
        ("http://localhost:1/", &["HTTP_PROXY"], "POST http://localhost:1/"),
    ] {
        let (address, seen) = proxy(responds("403 Forbidden"));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "proxies::the_variables_of_the_environment_name_the_proxies"]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_ascii_lowercase());
        }
        for variable in variables {
            let (name, value) = variable.split_once('=').unwrap_or((variable, &address));
            command.env(name, value);
        }
        let output = command.env("TEST_PROXIED_URL", url).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let seen: Vec<String> = seen.try_iter().collect();
        let count = if want.is_empty() { 0 } else { BOTH.len() - usize::from(url.contains("localhost")) };
        assert_eq!(seen.len(), count, "{url}, {variables:?}: {seen:?}");
        assert!(seen.iter().all(|head| head.starts_with(want)), "{url}, {variables:?}: {seen:?}");
    }
}

/// A proxy that the caller names is for all hosts.
#[tokio::test]
async fn a_loopback_host_is_reached_through_a_proxy_that_is_given() {
    let (address, seen) = proxy(responds("200 OK"));
    let result = Over::Hyper.with(through(&address)).send(request("http://localhost:1/a", LONG)).await;
    assert_eq!(kind(&result), Ok(200), "{result:?}");
    assert!(seen.recv().unwrap().starts_with("POST http://localhost:1/a HTTP/1.1"));
}

/// A URL that only the URL parser reads: the request must not go past the proxy.
#[tokio::test]
async fn a_proxy_that_is_given_is_used_however_its_url_is_written() {
    for before in ["http:", " http://", "http://user:pa^ss@", "http://user:p\u{e4}ss@", "http://user:{a}|b@"] {
        let (proxy, seen) = proxy(responds("200 OK"));
        let settings = Settings { proxy: Some(format!("{before}{proxy}\n")), ..Settings::default() };
        let result = Over::Hyper.with(settings).send(request("http://vendor.test/", LONG)).await;
        assert_eq!(kind(&result), Ok(200), "{before}: {result:?}");
        assert!(seen.recv().unwrap().starts_with("POST http://vendor.test/ "), "{before}");
    }
}
