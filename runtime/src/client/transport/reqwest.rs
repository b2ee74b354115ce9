//! The transport over reqwest.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Read as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use futures_util::future::BoxFuture;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use http_body::{Frame, SizeHint};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::{Host, Url};

use super::super::build_error::BuildError;
use super::super::transport::{
    Request, Response, Transport, TransportError, TransportErrorKind, TruncatedBody, TruncationKind,
};

/// Sends requests with reqwest, each in its own task on the current tokio runtime.
///
/// reqwest's retries and redirects are turned off: one call sends one request. A response with folded header lines (RFC 9112, section 5.2)
/// or a gzip body under any of its names is read.
///
/// # Panics
/// [`send`](Transport::send) panics outside a tokio runtime.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    connections: Connections,
}

/// The maximum timeout: tokio's clock overflows on a much longer one.
const MAX_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// The timeout of a connection attempt.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The interval of HTTP/2 PINGs while requests wait, and the time that the peer has to answer one. A connection that went silent is then left.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A timer that fires this much too late was not served: the process was suspended. A response may have arrived meanwhile.
const LATE: Duration = Duration::from_millis(100);

/// The time in which a response that has arrived is read after a late timer.
const GRACE: Duration = Duration::from_millis(500);

impl ReqwestTransport {
    /// Creates a transport with its own connection pool, a connect timeout of 10 s, and HTTP/2 keep-alive every 10 s. No request uses a
    /// connection that is older than 10 minutes, so that a load balancer can move the client. It uses the proxies that the environment
    /// variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if TLS cannot be set up.
    pub fn new() -> Result<Self, BuildError> {
        Ok(ReqwestTransport { connections: Connections::renewed(defaults)? })
    }

    /// As [`new`](Self::new), but without a proxy for a loopback host: a proxy has another loopback.
    pub(crate) fn for_base(base: &Url) -> Result<Self, BuildError> {
        let make = if is_loopback(base) { || defaults().no_proxy() } else { defaults };
        Ok(ReqwestTransport { connections: Connections::renewed(make)? })
    }

    /// Creates a transport from a configured reqwest client: proxies, certificates, user agent. Turns its retries and redirects off. Its
    /// connections are used as long as they are open.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if reqwest rejects the configuration.
    pub fn from_builder(builder: ::reqwest::ClientBuilder) -> Result<Self, BuildError> {
        build(builder).map(|client| ReqwestTransport { connections: Connections::Kept(client) })
    }
}

fn build(builder: ::reqwest::ClientBuilder) -> Result<::reqwest::Client, BuildError> {
    builder
        .retry(::reqwest::retry::never())
        .redirect(::reqwest::redirect::Policy::none())
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .build()
        .map_err(|error| BuildError::Transport(Box::new(error)))
}

/// The maximum age of a connection that a request uses. A name may have other addresses by then, and a load balancer other hosts.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Where the connections of a transport come from.
#[derive(Debug, Clone)]
enum Connections {
    /// A client that the caller configured.
    Kept(::reqwest::Client),
    /// A client with a pool of its own, which another one replaces after [`MAX_AGE`]. reqwest has no maximum age of its own.
    Renewed { make: fn() -> ::reqwest::ClientBuilder, current: Arc<Mutex<(::reqwest::Client, Instant)>> },
}

impl Connections {
    fn renewed(make: fn() -> ::reqwest::ClientBuilder) -> Result<Self, BuildError> {
        let current = (build(make())?, Instant::now());
        Ok(Connections::Renewed { make, current: Arc::new(Mutex::new(current)) })
    }

    /// Returns the client for the next request. The requests in flight keep the one before, which closes its connections with the last.
    fn client(&self) -> ::reqwest::Client {
        match self {
            Connections::Kept(client) => client.clone(),
            Connections::Renewed { make, current } => {
                // A client is valid whatever panicked beside it.
                let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
                if current.1.elapsed() >= MAX_AGE {
                    // What could be built once can be built again, unless the machine has no file descriptor left: then the old one stays.
                    current.0 = build(make()).unwrap_or_else(|_| current.0.clone());
                    current.1 = Instant::now();
                }
                current.0.clone()
            }
        }
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        // Its own task makes progress while the run's consumer is busy, so the timeout counts only the server's time.
        let task = AbortOnDrop(tokio::spawn(attempt(self.connections.client(), request)));
        Box::pin(async move {
            let mut task = task;
            match (&mut task.0).await {
                Ok(ended) => ended,
                // The runtime shuts down, or reqwest panicked: the request may have been sent.
                Err(error) => Err(TransportError::new(
                    TransportErrorKind::Reset,
                    format!("the task of the attempt failed: {error}"),
                )),
            }
        })
    }
}

fn defaults() -> ::reqwest::ClientBuilder {
    ::reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE)
}

fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => {
            name.trim_end_matches('.') == "localhost" || name.trim_end_matches('.').ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        None => false,
    }
}

struct AbortOnDrop<V>(JoinHandle<V>);

impl<V> Drop for AbortOnDrop<V> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn attempt(client: ::reqwest::Client, request: Request) -> Result<Response, TransportError> {
    let (timeout, max_bytes) = (request.timeout.min(MAX_TIMEOUT), request.max_response_bytes);
    let deadline = Instant::now() + timeout;
    let started = Arc::new(AtomicBool::new(false));
    let sending = client.execute(to_reqwest(request, started.clone()));
    let sent = until(deadline, sending).await;
    let started = started.load(Ordering::SeqCst);
    let mut response = match sent {
        Some(Ok(response)) => response,
        Some(Err(error)) => return Err(transport_error(&error, started)),
        None if started => {
            return Err(TransportError::new(TransportErrorKind::Timeout, format!("no response within {timeout:?}")));
        }
        None => {
            return Err(TransportError::new(TransportErrorKind::NotSent, format!("no connection within {timeout:?}")));
        }
    };
    let status = response.status().as_u16();
    let mut headers = std::mem::take(response.headers_mut());
    add_date(&mut headers, SystemTime::now());
    let mut received = Received::default();
    let read = until(deadline, read_body(&mut response, max_bytes, &mut received)).await;
    let read = read
        .unwrap_or_else(|| Err((TruncationKind::Timeout, format!("the response was incomplete after {timeout:?}"))));
    let body = received.into_bytes();
    let body = if take_gzip(&mut headers) { decode_gzip(&body, max_bytes, read) } else { complete(body, read) };
    Ok(Response { status, headers, body })
}

/// Returns the output of a future that is ready by `deadline`.
async fn until<F: Future>(deadline: Instant, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    if let Ok(output) = tokio::time::timeout_at(deadline, &mut future).await {
        return Some(output);
    }
    if deadline.elapsed() < LATE {
        return None;
    }
    tokio::time::timeout(GRACE, future).await.ok()
}

fn to_reqwest(request: Request, started: Arc<AtomicBool>) -> ::reqwest::Request {
    let mut out = ::reqwest::Request::new(request.method, request.url);
    *out.headers_mut() = request.headers;
    *out.body_mut() = Some(::reqwest::Body::wrap(TrackedBody { bytes: request.body, started }));
    out
}

/// A request body that notes whether it was asked for. hyper does so when it has a connection and writes the request, so a body that was
/// not asked for belongs to a request of which nothing was sent.
struct TrackedBody {
    bytes: Bytes,
    started: Arc<AtomicBool>,
}

impl http_body::Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.started.store(true, Ordering::SeqCst);
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready(if bytes.is_empty() { None } else { Some(Ok(Frame::data(bytes))) })
    }

    fn is_end_stream(&self) -> bool {
        // The only question about an empty body.
        self.started.store(true, Ordering::SeqCst);
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

/// Adds the time of receipt as the `Date` of a response without one (RFC 9110, section 6.6.1), if a date in its `Retry-After` may be
/// measured from it.
fn add_date(headers: &mut HeaderMap, received: SystemTime) {
    if headers.contains_key(RETRY_AFTER) && !headers.contains_key(DATE) {
        let date = HeaderValue::try_from(httpdate::fmt_http_date(received));
        headers.extend(date.ok().map(|date| (DATE, date)));
    }
}

/// Returns whether the body is still gzip, and removes the headers that say so. reqwest decodes `gzip` only; `x-gzip` is the same, and the
/// names ignore case (RFC 9110, section 8.4.1).
fn take_gzip(headers: &mut HeaderMap) -> bool {
    let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes).unwrap_or_default().trim_ascii();
    let is_gzip = encoding.eq_ignore_ascii_case(b"x-gzip") || encoding.eq_ignore_ascii_case(b"gzip");
    if is_gzip {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    is_gzip
}

/// Decodes a gzip body to at most `max` bytes: a few bytes may be the gzip of gigabytes. Of one that is incomplete, the start is decoded.
fn decode_gzip(body: &[u8], max: usize, read: Result<(), (TruncationKind, String)>) -> Result<Bytes, TruncatedBody> {
    let mut decoded = Vec::new();
    let decoder = MultiGzDecoder::new(body);
    let whole = match decoder.take((max as u64).saturating_add(1)).read_to_end(&mut decoded) {
        _ if body.is_empty() => Ok(()),
        Ok(length) if length > max => Err(too_large(max)),
        Ok(_) => Ok(()),
        Err(error) => Err((TruncationKind::Broken, format!("the gzip body cannot be decoded: {error}"))),
    };
    complete(decoded.into(), read.and(whole))
}

fn complete(body: Bytes, read: Result<(), (TruncationKind, String)>) -> Result<Bytes, TruncatedBody> {
    match read {
        Ok(()) => Ok(body),
        Err((kind, detail)) => Err(TruncatedBody { start: body, kind, detail }),
    }
}

/// The part of a body that was received.
#[derive(Default)]
struct Received {
    /// Most bodies are one chunk: it is not copied.
    first: Bytes,
    all: BytesMut,
}

impl Received {
    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn push(&mut self, chunk: Bytes) {
        if self.len() == 0 {
            self.first = chunk;
            return;
        }
        if self.all.is_empty() {
            self.all.reserve(self.first.len() + chunk.len());
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&chunk);
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}

/// Reads a body of at most `max` bytes. An `Err` says why it is incomplete.
async fn read_body(
    response: &mut ::reqwest::Response,
    max: usize,
    received: &mut Received,
) -> Result<(), (TruncationKind, String)> {
    if response.content_length().is_some_and(|length| length > max as u64) {
        return Err(too_large(max));
    }
    while let Some(chunk) = response.chunk().await.map_err(|error| (TruncationKind::Broken, chain(&error)))? {
        let room = max - received.len();
        if chunk.len() > room {
            received.push(chunk.slice(..room));
            return Err(too_large(max));
        }
        received.push(chunk);
    }
    Ok(())
}

fn too_large(max: usize) -> (TruncationKind, String) {
    (TruncationKind::TooLarge, format!("the response is larger than {max} bytes"))
}

fn transport_error(error: &::reqwest::Error, started: bool) -> TransportError {
    let kind = if error.is_builder() {
        TransportErrorKind::Invalid
    } else if error.is_connect() && causes(error).any(is_without_socket) {
        TransportErrorKind::NoSocket
    } else if error.is_connect() && causes(error).any(|cause| cause.to_string().contains("proxy authorization")) {
        return TransportError::new(TransportErrorKind::ProxyRefused, "the proxy refused the connection with 407");
    } else if error.is_connect() || !started || causes(error).any(is_handshake_alert) {
        // Name resolution, the connection or TLS failed, or the request still waited for a connection: nothing can have been read.
        TransportErrorKind::NotSent
    } else if was_refused_unprocessed(error) {
        TransportErrorKind::NotProcessed
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Reset
    };
    TransportError::new(kind, chain(error))
}

/// Returns whether an HTTP/2 server reported that it did not process the request: `REFUSED_STREAM`, or a GOAWAY whose last stream is an
/// earlier one (RFC 9113, section 8.7). h2 ends a stream with the server's GOAWAY only in that case; a stream that the server may have
/// processed ends with the connection's own error.
fn was_refused_unprocessed(error: &::reqwest::Error) -> bool {
    let error = causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>());
    error.is_some_and(|error| {
        error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// Returns whether this machine has no file descriptor or port left for a connection.
fn is_without_socket(cause: &(dyn Error + 'static)) -> bool {
    let Some(error) = cause.downcast_ref::<std::io::Error>() else { return false };
    // EMFILE and ENFILE have the same numbers on all Unix systems, and no `ErrorKind`.
    error.kind() == std::io::ErrorKind::AddrNotAvailable || cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// Returns whether the server ended the TLS handshake with an alert about this client. With TLS 1.3 the alert can come after the client has
/// sent its request (RFC 8446, section 4.4.2.4). The server has then read nothing of it: it reads requests after the handshake, and rustls
/// does not offer another authentication later.
#[cfg(feature = "rustls")]
fn is_handshake_alert(cause: &(dyn Error + 'static)) -> bool {
    use rustls::AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked, CertificateUnknown,
        HandshakeFailure, UnknownCA, UnsupportedCertificate,
    };
    let error = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    matches!(
        error.and_then(|error| error.downcast_ref()),
        Some(rustls::Error::AlertReceived(
            AccessDenied
                | BadCertificate
                | CertificateExpired
                | CertificateRequired
                | CertificateRevoked
                | CertificateUnknown
                | HandshakeFailure
                | UnknownCA
                | UnsupportedCertificate
        ))
    )
}

#[cfg(not(feature = "rustls"))]
fn is_handshake_alert(_: &(dyn Error + 'static)) -> bool {
    false
}

/// The causes of an error, without itself.
fn causes<'e>(error: &'e ::reqwest::Error) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source())
}

/// The causes of an error in one line. The error itself is left out: it shows the URL, whose query may contain private data.
fn chain(error: &::reqwest::Error) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let step = cause.to_string();
        if !text.contains(&step) {
            let separator = if text.is_empty() { "" } else { ": " };
            let _ = write!(text, "{separator}{step}");
        }
    }
    if text.is_empty() { "the HTTP client failed".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_gzip_body_is_decoded_up_to_the_limit() {
        let whole = |body: Vec<u8>, max: usize| {
            decode_gzip(&body, max, Ok(())).map(|body| body.len()).map_err(|truncated| truncated.kind)
        };
        assert_eq!(whole(Vec::new(), 0), Ok(0));
        assert_eq!(whole(gzip(b"[1]"), 3), Ok(3));
        assert_eq!(whole(gzip(b"[1]"), 2), Err(TruncationKind::TooLarge));
        assert_eq!(whole([gzip(b"[1,"), gzip(b"2]")].concat(), usize::MAX), Ok(5));
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert!(bomb.len() < 20_000);
        assert_eq!(whole(bomb, 1_000_000), Err(TruncationKind::TooLarge));
        assert_eq!(whole(gzip(b"[1]")[..20].to_vec(), 1000), Err(TruncationKind::Broken));
        assert_eq!(whole(b"[1]".to_vec(), 1000), Err(TruncationKind::Broken));
        // Of an incomplete one the start is decoded, and the reason stays.
        let cut = gzip(&b"[1]".repeat(1_000));
        let cut =
            decode_gzip(&cut[..cut.len() - 9], 10_000, Err((TruncationKind::Timeout, "late".into()))).unwrap_err();
        assert_eq!((cut.kind, &*cut.detail, cut.start.starts_with(b"[1][1]")), (TruncationKind::Timeout, "late", true));
    }

    #[test]
    fn a_loopback_host_is_named_or_numbered() {
        for (url, want) in [
            ("http://localhost:8080", true),
            ("http://LOCALHOST.", true),
            ("http://fake.localhost", true),
            ("http://127.0.0.1", true),
            ("http://127.9.9.9:1/v1", true),
            ("http://[::1]:1", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://128.0.0.1", false),
            ("http://localhost.example.com", false),
            ("http://mylocalhost", false),
            ("https://api.example.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), want, "{url}");
        }
    }

    #[test]
    fn gzip_has_two_names_that_ignore_case() {
        for (encoding, is_gzip) in
            [("x-gzip", true), ("X-GZip", true), ("GZIP", true), ("gzip, gzip", false), ("br", false), ("", false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            assert_eq!(take_gzip(&mut headers), is_gzip, "{encoding}");
            assert_eq!(headers.contains_key(CONTENT_ENCODING), !is_gzip, "{encoding}");
        }
    }

    #[test]
    fn a_response_without_a_date_is_dated_by_its_receipt() {
        let received = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_900);
        let of_receipt = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for (retry_after, date, want) in [
            (Some("Sun, 06 Nov 1994 08:50:37 GMT"), None, of_receipt),
            (Some("2"), None, of_receipt),
            (
                Some("Sun, 06 Nov 1994 08:50:37 GMT"),
                Some("Sat, 05 Nov 1994 00:00:00 GMT"),
                Some("Sat, 05 Nov 1994 00:00:00 GMT"),
            ),
            (None, None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(retry_after.map(|value| (RETRY_AFTER, HeaderValue::from_static(value))));
            headers.extend(date.map(|value| (DATE, HeaderValue::from_static(value))));
            add_date(&mut headers, received);
            assert_eq!(headers.get(DATE).map(|date| date.to_str().unwrap()), want, "{retry_after:?} {date:?}");
        }
    }

    fn request(url: &str) -> Request {
        Request {
            method: http::Method::POST,
            url: url.parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"[1]"),
            timeout: Duration::from_millis(200),
            max_response_bytes: 1_000,
        }
    }

    /// A request to a listener that takes connections and never writes a byte.
    async fn unanswered(scheme: &str) -> TransportError {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let request = request(&format!("{scheme}://{}", listener.local_addr().unwrap()));
        let request = Request { body: Bytes::new(), ..request };
        ReqwestTransport::new().unwrap().send(request).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_request_that_was_sent_times_out_with_an_unknown_result() {
        let error = unanswered("http").await;
        assert_eq!((error.kind, &*error.detail), (TransportErrorKind::Timeout, "no response within 200ms"));
    }

    #[tokio::test]
    #[cfg(feature = "rustls")]
    async fn a_tls_handshake_that_is_not_answered_leaves_nothing_uncertain() {
        let error = unanswered("https").await;
        assert_eq!((error.kind, &*error.detail), (TransportErrorKind::NotSent, "no connection within 200ms"));
    }

    /// The names of a test.
    #[derive(Clone)]
    struct Names(fn() -> ::reqwest::dns::Resolving);

    impl ::reqwest::dns::Resolve for Names {
        fn resolve(&self, _: ::reqwest::dns::Name) -> ::reqwest::dns::Resolving {
            self.0()
        }
    }

    #[tokio::test]
    async fn a_look_up_without_an_address_leaves_nothing_uncertain() {
        let slow: fn() -> ::reqwest::dns::Resolving = || Box::pin(std::future::pending());
        let failed: fn() -> ::reqwest::dns::Resolving = || Box::pin(async { Err("no such name".into()) });
        for (names, why) in [(slow, "no connection within 200ms"), (failed, "no such name")] {
            let builder = defaults().no_proxy().dns_resolver(Arc::new(Names(names)));
            let transport = ReqwestTransport::from_builder(builder).unwrap();
            let error = transport.send(request("http://vendor.test")).await.unwrap_err();
            assert_eq!(error.kind, TransportErrorKind::NotSent, "{error}");
            assert!(error.detail.contains(why), "{error}");
        }
    }

    /// hyper cancels a request whose connection was closed before it: "the message was never even started".
    #[tokio::test]
    async fn a_request_that_was_never_started_leaves_nothing_uncertain() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || listener.incoming().for_each(drop));
        let client = build(defaults().no_proxy()).unwrap();
        let error = client.post(url).body("[1]").send().await.unwrap_err();
        let kinds = [false, true].map(|started| transport_error(&error, started).kind);
        assert_eq!(kinds, [TransportErrorKind::NotSent, TransportErrorKind::Reset], "{error:?}");
    }

    #[tokio::test]
    async fn an_http_2_connection_that_went_silent_is_left() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
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
        let transport = ReqwestTransport::from_builder(defaults().no_proxy().http2_prior_knowledge()).unwrap();
        for number in 1..=3 {
            let sending = transport.send(Request { timeout: MAX_AGE, ..request(&url) });
            assert_eq!(requests.recv().await, Some(number), "each on a connection of its own");
            tokio::time::pause();
            let began = Instant::now();
            let error = sending.await.unwrap_err();
            assert_eq!(error.kind, TransportErrorKind::Timeout, "{error}");
            assert!(began.elapsed() < 3 * KEEP_ALIVE, "{:?}", began.elapsed());
            tokio::time::resume();
        }
    }

    #[tokio::test]
    async fn a_proxy_that_wants_a_credential_is_told_from_a_host_that_is_away() {
        for (status, want) in [
            ("407 Proxy Authentication Required", TransportErrorKind::ProxyRefused),
            ("502 Bad Gateway", TransportErrorKind::NotSent),
            ("503 Service Unavailable", TransportErrorKind::NotSent),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let proxy = format!("http://{}", listener.local_addr().unwrap());
            std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 1_000];
                let read = stream.read(&mut head).unwrap();
                assert!(head[..read].starts_with(b"CONNECT vendor.test:443 "));
                stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
            });
            let builder = defaults().proxy(::reqwest::Proxy::all(proxy).unwrap());
            let transport = ReqwestTransport::from_builder(builder).unwrap();
            let request = Request { timeout: Duration::from_secs(10), ..request("https://vendor.test") };
            let error = transport.send(request).await.unwrap_err();
            assert_eq!(error.kind, want, "{status}: {error}");
        }
    }

    /// A handle of a job may make one. The next request with it would be the same.
    #[tokio::test]
    async fn a_url_that_is_too_long_is_told_as_invalid() {
        let url = format!("http://127.0.0.1:1/jobs/{}", "a".repeat(70_000));
        let error = ReqwestTransport::new().unwrap().send(request(&url)).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Invalid, "{error}");
        assert!(error.detail.len() < 1_000, "{error}");
    }

    #[test]
    fn a_machine_without_a_free_socket_is_told_from_a_host_that_is_away() {
        let of = |code| is_without_socket(&std::io::Error::from_raw_os_error(code));
        assert_eq!([23, 24, 111].map(of), [cfg!(unix), cfg!(unix), false]);
        assert!(is_without_socket(&std::io::Error::from(std::io::ErrorKind::AddrNotAvailable)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_replaced_when_it_is_old() {
        use std::sync::atomic::AtomicUsize;
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let connections = Connections::renewed(|| {
            MADE.fetch_add(1, Ordering::SeqCst);
            defaults()
        });
        let connections = connections.unwrap();
        let mut made = Vec::new();
        for wait in [Duration::ZERO, MAX_AGE - Duration::from_secs(1), Duration::from_secs(1), Duration::ZERO, MAX_AGE]
        {
            tokio::time::advance(wait).await;
            drop(connections.clone().client());
            made.push(MADE.load(Ordering::SeqCst));
        }
        assert_eq!(made, [1, 1, 2, 2, 3]);
    }

    #[tokio::test]
    async fn a_late_timer_looks_once_more_at_what_has_arrived() {
        let deadline = Instant::now();
        // The process was suspended: the timer is late, and the response is read next.
        std::thread::sleep(LATE + Duration::from_millis(50));
        let arrived = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            7
        };
        assert_eq!(until(deadline, arrived).await, Some(7));
        let soon = Instant::now() + Duration::from_millis(30);
        assert_eq!(until(soon, std::future::pending::<()>()).await, None);
    }

    /// A request to a server of one connection: `serve` gets its stream once it is there.
    fn served(url: &str, timeout: Duration, serve: impl FnOnce(TcpStream) + Send + 'static) -> Request {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // Ends with the test's process. It holds only its port.
        std::thread::spawn(move || serve(listener.accept().unwrap().0));
        Request {
            method: http::Method::POST,
            url: format!("http://{address}{url}").parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"[]"),
            timeout,
            max_response_bytes: 1_000,
        }
    }

    #[tokio::test]
    async fn an_attempt_that_is_dropped_ends_its_connection() {
        let (seen, is_seen) = tokio::sync::oneshot::channel();
        let (end, ended) = tokio::sync::oneshot::channel();
        let request = served("/", Duration::from_secs(3_600), move |mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
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
        let mut attempt = ReqwestTransport::new().unwrap().send(request);
        tokio::select! {
            _ = &mut attempt => panic!("the server does not respond"),
            seen = is_seen => seen.unwrap(),
        }
        drop(attempt);
        assert!(ended.await.unwrap(), "the connection is open 30 s after the attempt was dropped");
    }

    /// The head of the response takes 2.5 s of the 4 s. The body is whole after 5.5 s, within 4 s of the head.
    #[tokio::test]
    async fn a_body_has_what_its_head_left_of_the_timeout() {
        let request = served("/", Duration::from_secs(4), |mut stream| {
            let began = std::time::Instant::now();
            let until = |seconds: f64| {
                std::thread::sleep(Duration::from_secs_f64(seconds).saturating_sub(began.elapsed()));
            };
            let _ = stream.read(&mut [0; 4096]).unwrap();
            until(2.5);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[").unwrap();
            until(5.5);
            // The client may have closed the connection.
            let _ = stream.write_all(b"]");
            until(30.0);
        });
        let response = ReqwestTransport::new().unwrap().send(request).await.unwrap();
        let truncated = response.body.unwrap_err();
        assert_eq!(truncated.kind, TruncationKind::Timeout);
        assert_eq!(truncated.detail, "the response was incomplete after 4s");
    }

    #[tokio::test]
    async fn no_error_repeats_the_url() {
        let url = "/v1/hunter2?token=hunter2";
        let read = |stream: &mut TcpStream| {
            let _ = stream.read(&mut [0; 4096]).unwrap();
        };
        let mut requests = vec![
            served(url, Duration::from_secs(30), move |mut stream| read(&mut stream)),
            served(url, Duration::from_secs(30), move |mut stream| {
                read(&mut stream);
                stream.write_all(b"no HTTP\r\n\r\n").unwrap();
            }),
            served(url, Duration::from_millis(200), move |mut stream| {
                read(&mut stream);
                std::thread::sleep(Duration::from_secs(30));
            }),
        ];
        for other in ["http://127.0.0.1:1", "ftp://127.0.0.1:1"] {
            let url = format!("{other}{url}").parse().unwrap();
            requests.push(Request { url, timeout: Duration::from_secs(30), ..requests[0].clone() });
        }
        let mut kinds = Vec::new();
        for request in requests {
            let error = ReqwestTransport::new().unwrap().send(request).await.unwrap_err();
            assert!(!error.detail.is_empty() && !format!("{error} {error:?}").contains("token"), "{error:?}");
            kinds.push(error.kind);
        }
        use TransportErrorKind::{Invalid, NotSent, Reset, Timeout};
        assert_eq!(kinds, [Reset, Reset, Timeout, NotSent, Invalid]);
        let request = served(url, Duration::from_secs(30), move |mut stream| {
            read(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[").unwrap();
        });
        let truncated = ReqwestTransport::new().unwrap().send(request).await.unwrap().body.unwrap_err();
        assert_eq!(truncated.kind, TruncationKind::Broken);
        assert!(!truncated.detail.is_empty() && !format!("{truncated:?}").contains("hunter2"), "{truncated:?}");
    }
}
