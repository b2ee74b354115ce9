//! Connections that cannot be made, that end, and that are used again.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulk_endpoint::transport::{TransportErrorKind, TruncationKind};

use crate::support::{BOTH, LONG, Names, Over, Settings, found, kind, read, request, served};

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_request_that_was_sent_times_out_with_an_unknown_result() {
    for over in BOTH {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let error = over.plain().send(request(&url, SHORT)).await.unwrap_err();
        assert_eq!((error.kind, &*error.detail), (TransportErrorKind::Timeout, "no response within 200ms"), "{over:?}");
    }
}

#[tokio::test]
async fn a_tls_handshake_that_is_not_answered_leaves_nothing_uncertain() {
    for over in BOTH {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let error = over.plain().send(request(&url, SHORT)).await.unwrap_err();
        assert_eq!((error.kind, &*error.detail), (TransportErrorKind::NotSent, unsent(over)), "{over:?}");
    }
}

/// What is told of a request that had no connection in time. Over hyper, it may leave in the first half of its time.
fn unsent(over: Over) -> &'static str {
    if over == Over::Hyper { "no connection within 100ms" } else { "no connection within 200ms" }
}

/// A listener that takes no more connections: the kernel drops further SYNs. The streams fill its queue.
fn full(address: &str) -> (socket2::Socket, Vec<TcpStream>) {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let address: std::net::SocketAddr = address.parse().unwrap();
    listener.bind(&address.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut streams = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        streams.push(stream);
    }
    (listener, streams)
}

#[tokio::test]
async fn a_syn_that_is_not_answered_leaves_nothing_uncertain() {
    let (listener, _streams) = full("127.0.0.1:0");
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    for over in BOTH {
        let error = over.plain().send(request(&format!("http://{address}"), SHORT)).await.unwrap_err();
        assert_eq!((error.kind, &*error.detail), (TransportErrorKind::NotSent, unsent(over)), "{over:?}");
    }
}

#[tokio::test]
async fn behind_a_dead_first_address_nothing_is_uncertain_and_hyper_takes_the_next_in_time() {
    for over in BOTH {
        // The same port at two addresses: the first is dead, the second one answers.
        let (alive, dead) = loop {
            let alive = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = alive.local_addr().unwrap().port();
            if TcpListener::bind(("127.0.0.2", port)).is_ok() {
                break (alive, full(&format!("127.0.0.2:{port}")));
            }
        };
        let url = format!("http://vendor.test:{}", alive.local_addr().unwrap().port());
        std::thread::spawn(move || {
            let (mut stream, _) = alive.accept().unwrap();
            read(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]").unwrap();
        });
        let transport = over.with(Settings { names: Some(found(&["127.0.0.2", "127.0.0.1"])), ..Settings::default() });
        let result = transport.send(request(&url, Duration::from_secs(3))).await;
        let want = if over == Over::Hyper { Ok(200) } else { Err(TransportErrorKind::NotSent) };
        assert_eq!(kind(&result), want, "{over:?}: {result:?}");
        drop(dead);
    }
}

#[tokio::test]
async fn a_look_up_without_an_address_leaves_nothing_uncertain() {
    let slow: Names = Arc::new(|| Box::pin(std::future::pending()));
    let failed: Names = Arc::new(|| Box::pin(async { Err(std::io::Error::other("no such name")) }));
    for (names, why) in [(slow, "no connection within "), (failed, "no such name"), (found(&[]), "")] {
        for over in BOTH {
            let transport = over.with(Settings { names: Some(names.clone()), ..Settings::default() });
            let error = transport.send(request("http://vendor.test", SHORT)).await.unwrap_err();
            assert_eq!(error.kind, TransportErrorKind::NotSent, "{over:?}: {error}");
            assert!(error.detail.contains(why), "{over:?}: {error}");
        }
    }
}

/// A look-up takes longer than an attempt. The connection is made for the next one.
#[tokio::test]
async fn a_look_up_that_is_slower_than_an_attempt_is_of_use_to_the_next() {
    let url = served(|mut stream| {
        read(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]").unwrap();
    });
    let looked_up = Arc::new(AtomicUsize::new(0));
    let count = looked_up.clone();
    let names: Names = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            Ok(vec!["127.0.0.1".parse().unwrap()])
        })
    });
    let transport = Over::Hyper.with(Settings { names: Some(names), ..Settings::default() });
    let url = url.replace("127.0.0.1", "vendor.test");
    let first = transport.send(request(&url, SHORT)).await;
    assert_eq!(kind(&first), Err(TransportErrorKind::NotSent), "{first:?}");
    assert_eq!(kind(&transport.send(request(&url, LONG)).await), Ok(200));
    assert_eq!(looked_up.load(Ordering::SeqCst), 1);
}

/// Closes each connection a while after this many responses. Returns the URL and the number of connections.
fn closing_after(last: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                let _ = (0..last).try_for_each(|_| respond(&mut stream));
                std::thread::sleep(Duration::from_millis(50));
            });
        }
    });
    (url, connections)
}

/// Answers one request; none if the client has closed the connection.
fn respond(stream: &mut TcpStream) -> Option<()> {
    let mut seen = String::new();
    while !seen.ends_with("[1]") {
        let more = read(stream);
        if more.is_empty() {
            return None;
        }
        seen += &more;
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]").ok()
}

#[tokio::test]
async fn a_connection_is_used_again() {
    for over in BOTH {
        let (url, connections) = closing_after(10);
        let transport = over.plain();
        for _ in 0..10 {
            assert_eq!(kind(&transport.send(request(&url, LONG)).await), Ok(200), "{over:?}");
        }
        assert_eq!(connections.load(Ordering::SeqCst), 1, "{over:?}");
    }
}

/// tokio has not heard of the end: its only thread sleeps while it comes.
#[tokio::test]
async fn a_connection_that_was_closed_while_it_was_idle_is_not_used() {
    let (url, connections) = closing_after(1);
    let transport = Over::Hyper.plain();
    for number in 1..=5 {
        let result = transport.send(request(&url, LONG)).await;
        assert_eq!(kind(&result), Ok(200), "{result:?}");
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(connections.load(Ordering::SeqCst), number);
    }
}

/// The clock jumps: the connection is too old for another request.
#[tokio::test]
async fn a_connection_is_left_when_it_is_old() {
    let (url, connections) = closing_after(10);
    let transport = Over::Hyper.plain();
    for (wait, want) in
        [(0, 1), (60, 1), (89, 1), (91, 2), (80, 2), (80, 2), (80, 2), (80, 2), (80, 2), (80, 2), (80, 2), (80, 3)]
    {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(wait)).await;
        tokio::time::resume();
        assert_eq!(kind(&transport.send(request(&url, LONG)).await), Ok(200));
        assert_eq!(connections.load(Ordering::SeqCst), want, "{wait}");
    }
}

#[tokio::test]
async fn an_attempt_that_is_dropped_ends_its_connection() {
    for over in BOTH {
        let (seen, is_seen) = tokio::sync::oneshot::channel();
        let (end, ended) = tokio::sync::oneshot::channel();
        let url = served(move |mut stream| {
            stream.set_read_timeout(Some(LONG)).unwrap();
            read(&mut stream);
            seen.send(()).unwrap();
            let mut rest = [0; 4096];
            // What is left of the request, then the end: a FIN, or a RST.
            let is_ended = loop {
                match stream.read(&mut rest) {
                    Ok(0) => break true,
                    Ok(_) => {}
                    Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
                }
            };
            end.send(is_ended).unwrap();
        });
        let mut attempt = over.plain().send(request(&url, Duration::from_secs(3_600)));
        tokio::select! {
            _ = &mut attempt => panic!("the server does not respond"),
            seen = is_seen => seen.unwrap(),
        }
        drop(attempt);
        assert!(ended.await.unwrap(), "{over:?}: the connection is open 30 s after the attempt was dropped");
    }
}

/// A handle of a job may make one. The next request with it would be the same.
#[tokio::test]
async fn a_url_that_is_too_long_is_told_as_invalid() {
    let url = served(|mut stream| drop(read(&mut stream)));
    let url = format!("{url}/jobs/{}", "a".repeat(70_000));
    for over in BOTH {
        let error = over.plain().send(request(&url, LONG)).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Invalid, "{over:?}: {error}");
        assert!(error.detail.len() < 1_000, "{over:?}: {error}");
    }
}

#[tokio::test]
async fn no_error_repeats_the_url() {
    let path = "/v1/hunter2?token=hunter2";
    for over in BOTH {
        let cases = [
            (served(|mut stream| drop(read(&mut stream))), LONG),
            (
                served(|mut stream| {
                    read(&mut stream);
                    stream.write_all(b"no HTTP\r\n\r\n").unwrap();
                }),
                LONG,
            ),
            (
                served(|mut stream| {
                    read(&mut stream);
                    std::thread::sleep(LONG);
                }),
                SHORT,
            ),
            ("http://127.0.0.1:1".to_owned(), LONG),
            ("ftp://127.0.0.1:1".to_owned(), LONG),
        ];
        let mut kinds = Vec::new();
        for (url, timeout) in cases {
            let error = over.plain().send(request(&format!("{url}{path}"), timeout)).await.unwrap_err();
            assert!(
                !error.detail.is_empty() && !format!("{error} {error:?}").contains("hunter2"),
                "{over:?}: {error:?}"
            );
            kinds.push(error.kind);
        }
        use TransportErrorKind::{Invalid, NotSent, Reset, Timeout};
        assert_eq!(kinds, [Reset, Reset, Timeout, NotSent, Invalid], "{over:?}");
        let url = served(|mut stream| {
            read(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[").unwrap();
        });
        let response = over.plain().send(request(&format!("{url}{path}"), LONG)).await.unwrap();
        let truncated = response.body.unwrap_err();
        assert_eq!(truncated.kind, TruncationKind::Broken, "{over:?}");
        assert!(
            !truncated.detail.is_empty() && !format!("{truncated:?}").contains("hunter2"),
            "{over:?}: {truncated:?}"
        );
    }
}
