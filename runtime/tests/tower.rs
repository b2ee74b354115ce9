//! Tower services as transports: layers over a real client, errors, and services that are not ready.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bulk_endpoint::transport::{
    Request, Response, TowerTransport, Transport, TransportError, TransportErrorKind, TruncationKind,
};
use bulk_endpoint::{Bulk, Client, Report, bulk_api};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use tower::{BoxError, Service, ServiceBuilder, service_fn};
use tower_http::decompression::DecompressionLayer;
use tower_http::map_response_body::MapResponseBodyLayer;
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

#[bulk_api]
trait Tokens: Send + Sync {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 10, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("t{n}")).collect()
}

async fn deactivate(transport: impl Transport) -> Report<String, (), ()> {
    let client = Client::builder("https://vendor.test").transport(transport).timeout(Duration::from_millis(300));
    let run = TokensClient::new(client.build().unwrap()).deactivate().send(ids(30));
    run.concurrency(1).patience(Duration::from_secs(3)).await
}

fn request(url: &str) -> Request {
    let mut request = Request::new(Method::POST, url.parse().unwrap());
    (request.body, request.max_response_bytes) = (Bytes::from_static(b"[1]"), 1_000);
    request
}

/// Starts a server that answers each request with 200 and a gzip body. Returns its URL, and the heads that it was sent.
fn server() -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (give, given) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"[]").unwrap();
        let body = encoder.finish().unwrap();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut seen = [0; 4096];
            let read = stream.read(&mut seen).unwrap();
            let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length:";
            write!(stream, "{head} {}\r\n\r\n", body.len()).unwrap();
            stream.write_all(&body).unwrap();
            give.send(String::from_utf8_lossy(&seen[..read]).to_ascii_lowercase()).unwrap();
        }
    });
    (url, given)
}

#[tokio::test]
async fn layers_of_tower_http_stand_over_a_client() {
    let (url, seen) = server();
    let client = HyperClient::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let team = HeaderValue::from_static("accounts");
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(DecompressionLayer::new())
        .layer(SetRequestHeaderLayer::overriding(HeaderName::from_static("x-team"), team))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(20)))
        .layer(MapResponseBodyLayer::new(|body: hyper::body::Incoming| body.boxed()))
        .service(client.clone());
    let response = TowerTransport::new(service).send(request(&format!("{url}/a?b=c"))).await.unwrap();
    assert_eq!((response.status, response.body.unwrap()), (200, Bytes::from_static(b"[]")));
    let head = seen.recv().unwrap();
    assert!(head.starts_with("post /a?b=c http/1.1\r\n") && head.contains("x-team: accounts\r\n"), "{head}");
    // Without a layer that decompresses, the transport does.
    let response = TowerTransport::new(client).send(request(&url)).await.unwrap();
    assert_eq!(response.body.unwrap(), "[]");
}

#[tokio::test]
async fn an_error_is_uncertain_unless_it_is_classified() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let service = service_fn(move |_: http::Request<Full<Bytes>>| {
        // The first call fails.
        let fails = count.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            let failed = || std::io::Error::other("no route to the host");
            if fails { Err(failed()) } else { Ok(http::Response::new(Full::<Bytes>::from("[]"))) }
        }
    });
    let report = deactivate(TowerTransport::new(service.clone())).await;
    let counters = report.counters();
    assert_eq!((counters.unknown, counters.succeeded), (10, 20), "not idempotent: it is not repeated. {report}");
    assert!(report.to_string().contains("no route to the host"), "{report}");
    calls.store(0, Ordering::SeqCst);
    let report = deactivate(TowerTransport::new(service).classify(|_| TransportErrorKind::NotSent)).await;
    assert_eq!(report.counters().succeeded, 30, "{report}");
}

/// A service that is ready after some questions, never, or with an error.
#[derive(Clone)]
struct Readiness(Poll<Result<(), &'static str>>, Arc<AtomicUsize>);

impl Service<http::Request<Full<Bytes>>> for Readiness {
    type Response = http::Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.map_err(Into::into)
    }

    fn call(&mut self, _: http::Request<Full<Bytes>>) -> Self::Future {
        self.1.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(http::Response::new(Full::from("[]"))))
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_loses_nothing() {
    for (ready, why) in [
        (Poll::Pending, "the service was not ready within 150ms"),
        (Poll::Ready(Err("the pool is closed")), "the service is not ready: the pool is closed"),
    ] {
        let calls = Arc::new(AtomicUsize::new(0));
        let report = deactivate(TowerTransport::new(Readiness(ready, calls.clone()))).await;
        assert_eq!((report.counters().not_attempted, calls.load(Ordering::SeqCst)), (30, 0), "{report}");
        assert!(report.to_string().contains(why), "{report}");
    }
    let calls = Arc::new(AtomicUsize::new(0));
    let report = deactivate(TowerTransport::new(Readiness(Poll::Ready(Ok(())), calls.clone()))).await;
    assert_eq!((report.counters().succeeded, calls.load(Ordering::SeqCst)), (30, 3), "{report}");
}

/// An attempt that waits for its turn within its own time leaves while a response can still come, or not at all.
#[tokio::test]
async fn a_request_that_was_ready_late_does_not_leave() {
    let service = ServiceBuilder::new().concurrency_limit(1).service_fn(|_: http::Request<Full<Bytes>>| async {
        tokio::time::sleep(Duration::from_millis(280)).await;
        Ok::<_, Infallible>(http::Response::new(Full::<Bytes>::from("[]")))
    });
    let client = Client::builder("https://vendor.test").transport(TowerTransport::new(service));
    let client = client.timeout(Duration::from_secs(1)).build().unwrap();
    let report = TokensClient::new(client).deactivate().send(ids(80)).concurrency(4).await;
    assert_eq!(report.counters().succeeded, 80, "{report}");
}

/// A service whose third clone panics.
struct Cloned(Arc<AtomicUsize>);

impl Clone for Cloned {
    fn clone(&self) -> Self {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) != 2, "a bug in a layer");
        Cloned(self.0.clone())
    }
}

impl Service<http::Request<Full<Bytes>>> for Cloned {
    type Response = http::Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Full<Bytes>>) -> Self::Future {
        std::future::ready(Ok(http::Response::new(Full::from("[]"))))
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_cloned_costs_one_request() {
    let report = deactivate(TowerTransport::new(Cloned(Arc::default()))).await;
    assert_eq!((report.counters().succeeded, report.counters().unknown), (20, 10), "{report}");
}

#[tokio::test]
async fn what_a_service_does_to_a_call_is_told() {
    type Failing = fn() -> Result<Full<Bytes>, Infallible>;
    let never: Failing = || panic!("a bug in a layer");
    let service = service_fn(move |_: http::Request<Full<Bytes>>| async move { never().map(http::Response::new) });
    let error = TowerTransport::new(service).send(request("http://vendor.test")).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Reset, "{error}");
    assert!(error.detail.contains("a bug in a layer"), "{error}");

    let hangs = service_fn(|_: http::Request<Full<Bytes>>| {
        std::future::pending::<Result<http::Response<Full<Bytes>>, Infallible>>()
    });
    let mut late = request("http://vendor.test");
    late.timeout = Duration::from_millis(100);
    let error = TowerTransport::new(hangs).send(late).await.unwrap_err();
    assert_eq!((error.kind, &*error.detail), (TransportErrorKind::Timeout, "no response within 100ms"));

    // tower-http's timeout answers 408 in place of the server: the result is unknown.
    let layer = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(50));
    let report = deactivate(TowerTransport::new(ServiceBuilder::new().layer(layer).service(hangs))).await;
    assert_eq!(report.counters().unknown, 30, "{report}");

    // A body that breaks, and one that is too large.
    for (parts, want) in [
        (vec![Ok("[1"), Err("the stream was reset")], TruncationKind::Broken),
        (vec![Ok("[1"), Ok(LARGE)], TruncationKind::TooLarge),
    ] {
        let service = service_fn(move |_: http::Request<Full<Bytes>>| {
            let parts = parts.clone();
            async move { Ok::<_, Infallible>(streamed(parts)) }
        });
        let response = TowerTransport::new(service).send(request("http://vendor.test")).await.unwrap();
        let truncated = response.body.unwrap_err();
        assert_eq!((truncated.kind, truncated.start.starts_with(b"[1")), (want, true), "{truncated:?}");
    }
}

const LARGE: &str = match std::str::from_utf8(&[b' '; 2_000]) {
    Ok(text) => text,
    Err(_) => unreachable!(),
};

fn streamed(
    parts: Vec<Result<&'static str, &'static str>>,
) -> http::Response<impl http_body::Body<Data = Bytes, Error = BoxError>> {
    let frames = parts
        .into_iter()
        .map(|part| part.map(|text| http_body::Frame::data(Bytes::from(text))).map_err(BoxError::from));
    http::Response::new(BodyExt::map_err(StreamBody::new(futures_util::stream::iter(frames)), |error| error))
}

#[tokio::test]
async fn a_limit_on_calls_at_once_is_waited_for() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, highest) = (now.clone(), most.clone());
    let service = ServiceBuilder::new().concurrency_limit(2).service_fn(move |_: http::Request<Full<Bytes>>| {
        let (now, most) = (count.clone(), highest.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, Infallible>(http::Response::new(Full::<Bytes>::from("[]")))
        }
    });
    let client = Client::builder("https://vendor.test").transport(TowerTransport::new(service)).build().unwrap();
    let report = TokensClient::new(client).deactivate().send(ids(200)).concurrency(8).await;
    assert_eq!((report.counters().succeeded, most.load(Ordering::SeqCst)), (200, 2), "{report}");
}

/// A URL that `http` cannot hold is told before the service is called.
#[tokio::test]
async fn a_url_that_is_too_long_is_told_as_invalid() {
    let calls = Arc::new(AtomicUsize::new(0));
    let transport = TowerTransport::new(Readiness(Poll::Ready(Ok(())), calls.clone()));
    let result: Result<Response, TransportError> =
        transport.send(request(&format!("http://vendor.test/{}", "a".repeat(70_000)))).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind, calls.load(Ordering::SeqCst)), (TransportErrorKind::Invalid, 0), "{error}");
    assert!(error.detail.len() < 1_000, "{error}");
}

/// A service that becomes ready after a while, and notes its calls.
#[derive(Clone)]
struct Late(std::time::Instant, Arc<AtomicUsize>);

impl Service<http::Request<Full<Bytes>>> for Late {
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        cx.waker().wake_by_ref();
        if self.0.elapsed() < Duration::from_millis(400) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn call(&mut self, _: http::Request<Full<Bytes>>) -> Self::Future {
        self.1.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(http::Response::new("[]".into())))
    }
}

/// The process was suspended: the timer is late, and the service is ready. But the time to leave is over.
#[tokio::test]
async fn a_request_does_not_leave_after_its_time() {
    let calls = Arc::new(AtomicUsize::new(0));
    let transport = TowerTransport::new(Late(std::time::Instant::now(), calls.clone()));
    let mut request = Request::new(Method::POST, "http://vendor.test/".parse().unwrap());
    request.timeout = Duration::from_millis(200);
    let sending = transport.send(request);
    tokio::task::yield_now().await;
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(sending.await.unwrap_err().kind, TransportErrorKind::NotSent);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}
