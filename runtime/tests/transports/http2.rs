//! HTTP/2: streams that the server does not allow yet, and connections that go silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulk_endpoint::transport::TransportErrorKind;
use futures_util::future::join_all;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::support::{BOTH, LONG, Over, Settings, Tokens, kind, request, tokens};

/// What a server saw.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

/// Starts an HTTP/2 server that allows `most` streams at once. It answers the first request at once, and the others after `takes`.
async fn server(most: u32, takes: Duration) -> (String, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Seen::default());
    let of_server = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = of_server.clone();
            seen.connections.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let handshake =
                    h2::server::Builder::new().max_concurrent_streams(most).handshake::<_, bytes::Bytes>(stream);
                let mut connection = handshake.await.unwrap();
                while let Some(Ok((request, respond))) = connection.accept().await {
                    tokio::spawn(serve(request, respond, takes, seen.clone()));
                }
            });
        }
    });
    (url, seen)
}

async fn serve(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<bytes::Bytes>,
    takes: Duration,
    seen: Arc<Seen>,
) {
    let is_first = seen.requests.fetch_add(1, Ordering::SeqCst) == 0;
    let at_once = seen.at_once.fetch_add(1, Ordering::SeqCst) + 1;
    seen.most_at_once.fetch_max(at_once, Ordering::SeqCst);
    let mut body = request.into_body();
    while body.data().await.is_some() {}
    tokio::time::sleep(if is_first { Duration::ZERO } else { takes }).await;
    seen.at_once.fetch_sub(1, Ordering::SeqCst);
    // The client may have left.
    if let Ok(mut stream) = respond.send_response(http::Response::new(()), false) {
        let _ = stream.send_data(bytes::Bytes::from_static(b"[]"), true);
    }
}

fn http2() -> Settings {
    Settings { http2: true, ..Settings::default() }
}

#[tokio::test]
async fn a_request_whose_time_runs_out_while_it_waits_for_a_stream_was_not_sent() {
    for over in BOTH {
        let (url, seen) = server(1, LONG).await;
        let transport = over.with(http2());
        // Before the first response, reqwest does not know how many streams there are.
        assert_eq!(kind(&transport.send(request(&url, LONG)).await), Ok(200));
        let results = join_all((0..6).map(|_| transport.send(request(&url, Duration::from_millis(700))))).await;
        let kinds: Vec<_> = results.iter().map(|result| kind(result).unwrap_err()).collect();
        let uncertain = kinds.iter().filter(|kind| **kind == TransportErrorKind::Timeout).count();
        assert!(kinds.iter().all(|kind| matches!(kind, TransportErrorKind::Timeout | TransportErrorKind::NotSent)));
        // Over reqwest, the end of one sends the next, whose time is over too.
        assert!(uncertain == 1 || over == Over::Reqwest, "{kinds:?}");
        // Nor does one that was not sent arrive later.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(seen.requests.load(Ordering::SeqCst) <= 1 + uncertain, "{over:?}: {kinds:?}");
    }
}

/// The endpoint is not idempotent. Eight requests wait for one stream, and the last ones longer than an attempt may take.
#[tokio::test]
async fn a_server_with_one_stream_costs_no_item() {
    let (url, seen) = server(1, Duration::from_millis(400)).await;
    let tokens = tokens(&url, Over::Hyper.with(http2()), Duration::from_secs(2));
    let ids: Vec<String> = (0..160).map(|n| format!("t{n}")).collect();
    let report = tokens.deactivate().send(ids).concurrency(8).await;
    assert_eq!((report.counters().succeeded, seen.requests.load(Ordering::SeqCst)), (160, 16), "{report}");
}

#[tokio::test]
async fn no_more_requests_are_sent_at_once_than_the_server_has_streams() {
    for over in BOTH {
        for most in [1, 2, 5] {
            let (url, seen) = server(most, Duration::from_millis(30)).await;
            let transport = over.with(http2());
            let results = join_all((0..12).map(|_| transport.send(request(&url, LONG)))).await;
            for result in results {
                // Before it knows how many streams there are, reqwest sends all: the server refuses them.
                let is_refused = over == Over::Reqwest && kind(&result) == Err(TransportErrorKind::NotProcessed);
                assert!(is_refused || kind(&result) == Ok(200), "{over:?}: {result:?}");
            }
            let most_at_once = seen.most_at_once.load(Ordering::SeqCst);
            assert_eq!(most_at_once, most as usize, "{over:?}");
            if over == Over::Hyper {
                assert_eq!(seen.requests.load(Ordering::SeqCst), 12);
            }
            assert_eq!(seen.connections.load(Ordering::SeqCst), 1, "{over:?}");
        }
    }
}

/// The unit tests of the reqwest transport have the same, with its defaults.
#[tokio::test]
async fn an_http_2_connection_that_went_silent_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (arrived, mut requests) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut seen = Vec::new();
            while !seen.ends_with(b"[1]") && stream.read_buf(&mut seen).await.unwrap() > 0 {}
            // Open, and without a word.
            connections.push(stream);
            arrived.send(connections.len()).unwrap();
        }
    });
    let transport = Over::Hyper.with(http2());
    for number in 1..=3 {
        let sending = transport.send(request(&url, Duration::from_secs(600)));
        assert_eq!(requests.recv().await, Some(number), "each on a connection of its own");
        tokio::time::pause();
        let began = Instant::now();
        let error = sending.await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Timeout, "{error}");
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        tokio::time::resume();
    }
}

/// The connection is old, or was closed: the next request takes another one, and nothing is lost.
#[tokio::test]
async fn a_shared_connection_is_left_when_it_is_old() {
    let (url, seen) = server(10, Duration::ZERO).await;
    let transport = Over::Hyper.with(http2());
    for (wait, want) in [(0, 1), (599, 1), (2, 2)] {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(wait)).await;
        tokio::time::resume();
        assert_eq!(kind(&transport.send(request(&url, LONG)).await), Ok(200));
        assert_eq!(seen.connections.load(Ordering::SeqCst), want, "{wait}");
    }
}

/// Each connection takes two requests and then says GOAWAY.
#[tokio::test]
async fn after_a_go_away_no_request_is_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                let mut taken = 0;
                while let Some(Ok((request, respond))) = connection.accept().await {
                    taken += 1;
                    tokio::spawn(serve(request, respond, Duration::ZERO, Arc::default()));
                    if taken == 2 {
                        connection.graceful_shutdown();
                    }
                }
            });
        }
    });
    let transport = Over::Hyper.with(http2());
    for number in 0..20 {
        let result = transport.send(request(&url, LONG)).await;
        // One that crosses the GOAWAY is refused by it, unprocessed.
        assert!(matches!(kind(&result), Ok(200) | Err(TransportErrorKind::NotProcessed)), "{number}: {result:?}");
    }
}

/// The server allows one stream, and says GOAWAY while a slow request has it.
#[tokio::test]
async fn a_request_that_waits_for_a_stream_leaves_a_connection_that_says_go_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut takes = LONG;
        while let Ok((stream, _)) = listener.accept().await {
            let takes = std::mem::take(&mut takes);
            tokio::spawn(async move {
                let mut builder = h2::server::Builder::new();
                let mut connection =
                    builder.max_concurrent_streams(1).handshake::<_, bytes::Bytes>(stream).await.unwrap();
                let seen = Arc::new(Seen::default());
                seen.requests.store(1, Ordering::SeqCst);
                while let Some(Ok((request, respond))) = connection.accept().await {
                    tokio::spawn(serve(request, respond, takes, seen.clone()));
                    connection.graceful_shutdown();
                }
            });
        }
    });
    let transport = Over::Hyper.with(http2());
    let _slow = transport.send(request(&url, LONG));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    assert_eq!(kind(&transport.send(request(&url, LONG)).await), Ok(200));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

/// tokio has not heard of the end: its only thread sleeps while it comes.
#[tokio::test]
async fn a_shared_connection_that_was_closed_while_it_was_idle_is_not_used() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            listener.set_nonblocking(true).unwrap();
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                let (request, respond) = connection.accept().await.unwrap().unwrap();
                tokio::spawn(serve(request, respond, Duration::ZERO, Arc::default()));
                let _ = tokio::time::timeout(Duration::from_millis(300), connection.accept()).await;
            }
        });
    });
    let transport = Over::Hyper.with(http2());
    for number in 0..3 {
        let result = transport.send(request(&url, LONG)).await;
        assert_eq!(kind(&result), Ok(200), "{number}: {result:?}");
        std::thread::sleep(Duration::from_millis(1_200));
    }
}
