//! The three operations of the API definitions over real HTTP, and everything that a socket can do to a request.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use bulk_endpoint::testing::{Fake, FakeEndpoint, Refuse};
use bulk_endpoint::{Client, Outcome, UncertaintyKind};
use bulk_endpoint_api_defs::csp::{CspErrorResponse, OrgApiTokens, OrgApiTokensClient, OrgId, TokenFailure, TokenId};
use bulk_endpoint_api_defs::sailpoint::{
    BulkItemResponse, IdentityAccounts, IdentityAccountsClient, IdentityId, SailPointError,
};
use flate2::{Compression, write::GzEncoder};
use futures_util::StreamExt;
use futures_util::future::join_all;

use crate::over::Over;
use crate::support::{Shapes, ShapesClient, doubts, ids, words};

fn tokens(count: usize) -> Vec<TokenId> {
    (0..count).map(|n| TokenId::from(format!("t{n}"))).collect()
}

fn inactive(id: &TokenId) -> bool {
    id.as_ref().ends_with('9')
}

fn csp_outcome(id: &TokenId) -> Outcome<(), TokenFailure, CspErrorResponse> {
    if inactive(id) {
        return Outcome::failed(TokenFailure { id: id.clone(), message: "already inactive".into() });
    }
    Outcome::succeeded()
}

fn csp_error(message: &str) -> CspErrorResponse {
    CspErrorResponse { message: Some(message.into()), request_id: Some("r-1".into()), ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_activated_and_deactivated() {
    for over in Over::BOTH {
        let fake = Fake::new()
            .bearer("s3cret")
            .endpoint(OrgApiTokensClient::ACTIVATE, csp_outcome)
            .endpoint(OrgApiTokensClient::DEACTIVATE, csp_outcome)
            .refusal(429, csp_error("too many requests"))
            .on_request(|request| (request.number % 7 == 3).then(|| Refuse::new(429).header("Retry-After", "0")))
            .start()
            .await
            .unwrap();
        let client = OrgApiTokensClient::new(over.client(fake.url()).bearer("s3cret").build().unwrap());
        let org = OrgId::from("org-1");
        let ids = tokens(200);
        for (bulk, endpoint) in [
            (client.activate(&org), OrgApiTokensClient::ACTIVATE),
            (client.deactivate(&org), OrgApiTokensClient::DEACTIVATE),
        ] {
            let report = bulk.send(&ids).concurrency(4).await;
            assert_eq!((report.counters().succeeded, report.counters().failed), (180, 20), "{report}");
            let mut applied = fake.applied(endpoint);
            applied.sort_by_key(|id| id.as_ref()[1..].parse::<usize>().unwrap());
            let succeeded: Vec<TokenId> = report.succeeded().map(|(id, _)| (*id).clone()).collect();
            assert_eq!(applied, succeeded, "what the report says is what the server did");
            assert!(report.failed().all(|(id, failure)| inactive(id) && failure.message == "already inactive"));
        }
        assert!(fake.most_items() == 15 && fake.most_in_flight() <= 4);
    }
}

#[tokio::test]
async fn accounts_are_disabled() {
    let outcome = |id: &IdentityId| {
        if id.as_ref() == "ghost" {
            let message = Some("Referenced identity \"ghost\" was not found.".to_owned());
            return Outcome::failed(BulkItemResponse { id: id.clone(), status_code: 404, message });
        }
        Outcome::accepted()
    };
    let fake = Fake::new()
        .bearer("jwt")
        .serve(FakeEndpoint::new(IdentityAccountsClient::DISABLE, outcome).status(207))
        .refusal(401, SailPointError::Unauthorized { error: "JWT validation failed: JWT is expired".into() })
        .start()
        .await
        .unwrap();
    let client = |token| IdentityAccountsClient::new(Client::builder(fake.url()).bearer(token).build().unwrap());
    let ids = ["a", "ghost", "b"].map(IdentityId::from);
    let report = client("jwt").disable().send(&ids).await;
    assert_eq!(words(&report), ["accepted", "failed", "accepted"]);
    let (_, failure) = report.failed().next().unwrap();
    assert_eq!(failure.status_code, 404);
    assert_eq!(fake.applied(IdentityAccountsClient::DISABLE), ["a", "b"].map(IdentityId::from));

    let report = client("expired").disable().send(&ids).await;
    assert_eq!(words(&report), ["refused 401"; 3]);
    let (_, refusal) = report.refused().next().unwrap();
    assert!(matches!(&refusal.error, Some(SailPointError::Unauthorized { error }) if error.contains("expired")));
    assert!(report.stopped().unwrap().contains("JWT is expired"));
}

#[tokio::test]
async fn a_wrong_organization_stops_the_run() {
    let fake = Fake::new()
        .endpoint(OrgApiTokensClient::DEACTIVATE, csp_outcome)
        .refusal(404, csp_error("Organization with this identifier is not found."))
        .on_request(|_| Some(Refuse::new(404)))
        .start()
        .await
        .unwrap();
    let client = OrgApiTokensClient::new(Client::builder(fake.url()).build().unwrap());
    let report = client.deactivate(&OrgId::from("nobody")).send(tokens(100)).concurrency(1).await;
    assert_eq!((report.counters().refused, report.counters().not_attempted), (15, 85));
    assert_eq!(fake.requests().len(), 1);
    let row = report.rows().next().unwrap();
    assert_eq!((row.status, row.request_id.as_deref()), (Some(404), Some("r-1")));
}

#[tokio::test]
async fn a_host_that_is_not_there_is_named() {
    join_all(Over::BOTH.map(async |over| {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let client = OrgApiTokensClient::new(over.client(&format!("http://127.0.0.1:{port}")).build().unwrap());
        let report = client.deactivate(&OrgId::from("org")).send(tokens(100)).await;
        assert_eq!(report.counters().not_attempted, 100);
        let text = report.to_string();
        assert!(text.contains(&format!("http://127.0.0.1:{port}")) && text.contains("refused"), "{text}");
    }))
    .await;
}

/// A server that reads a request and then calls `act` with the number of the request.
fn raw_server(act: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let (served, act) = (count.clone(), Arc::new(act));
    // Ends with the test's process. It holds only its port.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (served, act) = (served.clone(), act.clone());
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                if read_request(&mut stream) {
                    act(served.fetch_add(1, Ordering::SeqCst), &mut stream);
                }
            });
        }
    });
    (url, count)
}

/// Reads a request to the end of its body; `false` if none came.
fn read_request(stream: &mut TcpStream) -> bool {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let Ok(read @ 1..) = stream.read(&mut chunk) else { return false };
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some(end) = text.find("\r\n\r\n") else { continue };
        let length = text
            .to_ascii_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ").map(|length| length.parse::<usize>().unwrap()))
            .unwrap_or(0);
        if bytes.len() >= end + 4 + length {
            return true;
        }
    }
}

fn shapes(over: Over, url: &str) -> ShapesClient {
    ShapesClient::new(over.client(url).timeout(Duration::from_secs(2)).max_response_bytes(1000).build().unwrap())
}

fn whole(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn what_a_socket_can_do_leaves_no_item_out() {
    for over in Over::BOTH {
        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"successes\":[\"t0\",";
        let cases: Vec<(String, UncertaintyKind)> = vec![
            (String::new(), UncertaintyKind::Reset),
            ("HTTP/1.1 2".into(), UncertaintyKind::Reset),
            ("nonsense\r\n\r\n".into(), UncertaintyKind::Reset),
            (cut.into(), UncertaintyKind::CutOff),
            (whole(&format!("{{\"successes\":[\"t0\",\"{}\"]}}", "x".repeat(2000))), UncertaintyKind::TooLarge),
            (
                format!(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n{}\r\n0\r\n\r\n",
                    "x".repeat(4096)
                ),
                UncertaintyKind::TooLarge,
            ),
            (whole("{\"successes\":[\"t0\""), UncertaintyKind::Undecodable),
        ];
        for (answer, kind) in cases {
            let (url, served) = raw_server({
                let answer = answer.clone();
                move |_, stream| stream.write_all(answer.as_bytes()).unwrap()
            });
            let report = shapes(over, &url).lists("org").send(ids(2)).await;
            let kinds: Vec<UncertaintyKind> = doubts(&report).into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, [kind; 2], "{answer:?}: {report}");
            assert_eq!(served.load(Ordering::SeqCst), 1, "not idempotent, so never blindly retried: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_timeout_counts_from_the_start_of_sending() {
    for over in Over::BOTH {
        for start in ["", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"] {
            let (url, _) = raw_server(move |_, stream| {
                stream.write_all(start.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_secs(60));
            });
            // The timeout of the run replaces the longer or shorter one of the client.
            for of_client in [Duration::from_secs(20), Duration::from_millis(1)] {
                let shapes = ShapesClient::new(over.client(&url).timeout(of_client).build().unwrap());
                let report = shapes.lists("org").send(ids(3)).attempt_timeout(Duration::from_millis(200)).await;
                assert_eq!(words(&report), ["unknown timeout"; 3]);
                assert!(doubts(&report).iter().all(|(_, detail)| detail.contains("200ms")), "{report}");
                assert!(report.elapsed() >= Duration::from_millis(200), "{:?}", report.elapsed());
            }
        }
    }
}

#[tokio::test]
async fn a_folded_header_line_is_read() {
    for over in Over::BOTH {
        for fold in ["\r\n ", "\r\n\t", "\r\n   "] {
            let (url, _) = raw_server(move |_, stream| {
                let answer = whole("{\"successes\":[\"t0\",\"t1\"]}");
                let folded = answer.replace("\r\nConnection", &format!("\r\nX-Trace: one{fold}two\r\nConnection"));
                stream.write_all(folded.as_bytes()).unwrap();
            });
            assert_eq!(words(&shapes(over, &url).lists("org").send(ids(2)).await), ["succeeded"; 2], "{fold:?}");
        }
    }
}

/// Responds with a gzip body under this name.
fn compressed(encoding: &str, body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    let body = encoder.finish().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n", body.len());
    [head.as_bytes(), b"Connection: close\r\n\r\n", &body].concat()
}

#[tokio::test]
async fn a_body_that_is_gzip_by_any_name_is_read() {
    for over in Over::BOTH {
        for encoding in ["gzip", "x-gzip", "X-Gzip", "GZIP"] {
            let (url, _) = raw_server(move |_, stream| {
                stream.write_all(&compressed(encoding, "{\"successes\":[\"t0\",\"t1\"]}")).unwrap();
            });
            assert_eq!(words(&shapes(over, &url).lists("org").send(ids(2)).await), ["succeeded"; 2], "{encoding}");
            // The limit of 1000 bytes is of the decoded body.
            let (url, _) = raw_server(move |_, stream| {
                let bomb = format!("{{\"successes\":[\"t0\",\"t1\"]}}{}", " ".repeat(1_000_000));
                // The client may end the connection before it has read all.
                let _ = stream.write_all(&compressed(encoding, &bomb));
            });
            let report = shapes(over, &url).lists("org").send(ids(2)).await;
            let kinds: Vec<UncertaintyKind> = doubts(&report).into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, [UncertaintyKind::TooLarge; 2], "{encoding}: {report}");
        }
    }
}

/// The start of an error body has its code, however the body ended.
#[tokio::test]
async fn the_start_of_an_incomplete_error_body_counts() {
    for over in Over::BOTH {
        type Make = fn(&str) -> Vec<u8>;
        let cut_off: Make = |body| format!("HTTP/1.1 400 Bad\r\nContent-Length: 900\r\n\r\n{body}").into_bytes();
        let too_large: Make =
            |body| format!("HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n{body}{}", "x".repeat(100_000)).into_bytes();
        let compressed: Make = |body| {
            let body = compressed("x-gzip", &format!("{body}{}", " ".repeat(100_000)));
            [b"HTTP/1.1 400 Bad\r\n", &body["HTTP/1.1 200 OK\r\n".len()..]].concat()
        };
        for (name, make) in [("cut off", cut_off), ("too large", too_large), ("compressed", compressed)] {
            for (code, want) in [("Busy", "succeeded"), ("Other", "refused 400")] {
                let (url, served) = raw_server(move |number, stream| {
                    if number > 0 {
                        return stream.write_all(whole("{\"successes\":[\"t0\",\"t1\"]}").as_bytes()).unwrap();
                    }
                    stream.write_all(&make(&format!("{{\"code\":\"{code}\",\"message\":\"not now"))).ok();
                });
                let report = shapes(over, &url).lists("org").send(ids(2)).await;
                assert_eq!(words(&report), [want; 2], "{name}, {code}: {report}");
                assert_eq!(served.load(Ordering::SeqCst), if code == "Busy" { 2 } else { 1 }, "{name}, {code}");
                for (_, refusal) in report.refused() {
                    assert_eq!(refusal.code.as_deref(), Some("Other"), "{name}");
                    assert!(refusal.message.as_deref().unwrap().contains("not now"), "{name}: {refusal:?}");
                    assert!(refusal.body_error.is_some(), "{name}: {refusal:?}");
                }
            }
        }
    }
}

/// RFC 9110, section 6.6.1: a response without `Date` is dated by its receipt. The wait is longer than the run honors, so it is not begun.
#[tokio::test]
async fn a_date_to_retry_after_counts_from_the_receipt() {
    for over in Over::BOTH {
        for zone in ["GMT", "UTC", "+0000"] {
            let (url, served) = raw_server(move |_, stream| {
                let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(1000)).replace("GMT", zone);
                let head = format!("HTTP/1.1 429 Slow Down\r\nRetry-After: {date}\r\nContent-Length: 0\r\n");
                stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).unwrap();
            });
            let report = shapes(over, &url).lists("org").send(ids(1)).await;
            assert_eq!(served.load(Ordering::SeqCst), 1, "{zone}: {report}");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for over in Over::BOTH {
        let (url, served) = raw_server(|_, stream| {
            stream
                .write_all(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .unwrap();
        });
        let report = shapes(over, &url).lists("org").send(ids(3)).await;
        assert_eq!(words(&report), ["refused 302"; 3]);
        assert_eq!(served.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn an_idempotent_endpoint_sends_the_same_bytes_again() {
    for over in Over::BOTH {
        let (url, served) = raw_server(|n, stream| {
            if n > 0 {
                stream.write_all(whole("{\"successes\":[\"t0\",\"t1\"]}").as_bytes()).unwrap();
            }
        });
        let report = shapes(over, &url).idempotent().send(ids(2)).await;
        assert_eq!(words(&report), ["succeeded"; 2]);
        assert_eq!(served.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_consumer_makes_no_attempt_time_out() {
    for over in Over::BOTH {
        let fake = Fake::new()
            .endpoint(OrgApiTokensClient::DEACTIVATE, csp_outcome)
            .latency(Duration::from_millis(50))
            .start()
            .await
            .unwrap();
        let client = OrgApiTokensClient::new(over.client(fake.url()).build().unwrap());
        let bulk = client.deactivate(&OrgId::from("org"));
        let mut outcomes = bulk.send(tokens(60)).concurrency(4).attempt_timeout(Duration::from_millis(400)).outcomes();
        let mut given = 0;
        while let Some(settled) = outcomes.next().await {
            assert!(!matches!(settled.outcome, Outcome::Unknown(_)), "{:?}", settled.outcome.kind());
            given += 1;
            if given % 15 == 1 {
                // Longer than the timeout, with requests in flight.
                tokio::time::sleep(Duration::from_millis(600)).await;
            }
        }
        assert_eq!(given, 60);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_after_a_drop() {
    for over in Over::BOTH {
        let fake = Fake::new()
            .endpoint(OrgApiTokensClient::DEACTIVATE, csp_outcome)
            .latency(Duration::from_millis(100))
            .start()
            .await
            .unwrap();
        let client = OrgApiTokensClient::new(over.client(fake.url()).build().unwrap());
        let ids = tokens(3_000);
        let bulk = client.deactivate(&OrgId::from("org"));
        let run = bulk.send(&ids).concurrency(3);
        let watch = run.watch();
        let mut run = Box::pin(run.into_future());
        assert!(tokio::time::timeout(Duration::from_millis(250), &mut run).await.is_err());
        drop(run);
        let report = watch.report();
        assert_eq!(report.counters().settled(), 3_000);
        assert!(report.counters().unknown <= 45 && report.counters().not_attempted >= 2_000);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let sent = fake.requests().len();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(fake.requests().len(), sent);
        // No item that is reported as unsent was applied, and every item that is reported as done was.
        let applied = fake.applied(OrgApiTokensClient::DEACTIVATE);
        for (id, outcome) in report.iter() {
            match outcome {
                Outcome::Succeeded(_) => assert!(applied.contains(id)),
                Outcome::NotAttempted(_) => assert!(!applied.contains(id)),
                _ => {}
            }
        }
    }
}
