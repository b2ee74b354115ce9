//! Responses in parts.

use std::io::Write as _;
use std::time::Duration;

use bulk_endpoint::transport::TruncationKind;

use crate::support::{BOTH, LONG, Over, read, request, served};

/// The head of the response takes 2.5 s of the 4 s. The body is whole after 5.5 s, within 4 s of the head.
#[tokio::test]
async fn a_body_has_what_its_head_left_of_the_timeout() {
    for over in BOTH {
        let url = served(|mut stream| {
            let began = std::time::Instant::now();
            let until = |seconds: f64| {
                std::thread::sleep(Duration::from_secs_f64(seconds).saturating_sub(began.elapsed()));
            };
            read(&mut stream);
            until(2.5);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[").unwrap();
            until(5.5);
            // The client may have closed the connection.
            let _ = stream.write_all(b"]");
            until(30.0);
        });
        let response = over.plain().send(request(&url, Duration::from_secs(4))).await.unwrap();
        let truncated = response.body.unwrap_err();
        assert_eq!(truncated.kind, TruncationKind::Timeout, "{over:?}");
        assert_eq!(truncated.detail, "the response was incomplete after 4s", "{over:?}");
    }
}

#[tokio::test]
async fn a_response_before_the_end_of_the_request_counts() {
    for over in BOTH {
        let url = served(|mut stream| {
            read(&mut stream);
            stream.write_all(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}").unwrap();
            std::thread::sleep(LONG);
        });
        let mut request = request(&url, LONG);
        // More than the buffers of both sockets hold.
        request.body = vec![b' '; 64 << 20].into();
        let response = over.plain().send(request).await.unwrap();
        assert_eq!((response.status, &response.body.unwrap()[..]), (413, &b"{}"[..]), "{over:?}");
    }
}

#[tokio::test]
async fn the_request_says_what_it_accepts_and_the_headers_of_the_caller_stay() {
    for over in BOTH {
        let (give, given) = std::sync::mpsc::channel();
        let url = served(move |mut stream| {
            give.send(read(&mut stream)).unwrap();
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\nX: y\r\n\r\n",
                )
                .unwrap();
        });
        let mut request = request(&format!("{url}/a%20b?q=%C3%A4"), LONG);
        request.headers.insert("accept", "application/json".parse().unwrap());
        request.headers.insert("x-trace", "7".parse().unwrap());
        let response = over.plain().send(request).await.unwrap();
        assert_eq!(response.body.unwrap(), "[]", "{over:?}");
        let seen = given.recv().unwrap().to_ascii_lowercase();
        let mut lines: Vec<&str> = seen.lines().collect();
        assert_eq!(lines.remove(0), "post /a%20b?q=%c3%a4 http/1.1", "{over:?}");
        lines.truncate(lines.iter().position(|line| line.is_empty()).unwrap());
        lines.sort_unstable();
        let host = format!("host: {}", url.trim_start_matches("http://"));
        let want = ["accept-encoding: gzip", "accept: application/json", "content-length: 3", &host, "x-trace: 7"];
        assert_eq!(lines, want, "{over:?}");
    }
}

/// The server has not read the rest, so its end is a reset, which comes while the client writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_before_a_reset_counts() {
    for _ in 0..20 {
        let url = served(|mut stream| {
            read(&mut stream);
            stream.write_all(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        });
        let mut request = request(&url, LONG);
        request.body = vec![b' '; 8 << 20].into();
        let response = Over::Hyper.plain().send(request).await.unwrap();
        assert_eq!((response.status, &response.body.unwrap()[..]), (413, &b"{}"[..]));
    }
}
