//! The transport over reqwest.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Read as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    client: ::reqwest::Client,
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
    /// Creates a transport with its own connection pool, a connect timeout of 10 s, and HTTP/2 keep-alive every 10 s. It uses the proxies
    /// that the environment variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if TLS cannot be set up.
    pub fn new() -> Result<Self, BuildError> {
        Self::from_builder(defaults())
    }

    /// As [`new`](Self::new), but without a proxy for a loopback host: a proxy has another loopback.
    pub(crate) fn for_base(base: &Url) -> Result<Self, BuildError> {
        Self::from_builder(if is_loopback(base) { defaults().no_proxy() } else { defaults() })
    }

    /// Creates a transport from a configured reqwest client: proxies, certificates, user agent. Turns its retries and redirects off.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if reqwest rejects the configuration.
    pub fn from_builder(builder: ::reqwest::ClientBuilder) -> Result<Self, BuildError> {
        let client = builder
            .retry(::reqwest::retry::never())
            .redirect(::reqwest::redirect::Policy::none())
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .build()
            .map_err(|error| BuildError::Transport(Box::new(error)))?;
        Ok(ReqwestTransport { client })
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        // Its own task makes progress while the run's consumer is busy, so the timeout counts only the server's time.
        let task = AbortOnDrop(tokio::spawn(attempt(self.client.clone(), request)));
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
    let body = match until(deadline, read_body(&mut response, max_bytes)).await {
        Some(body) => body,
        None => Err(cut(TruncationKind::Timeout, format!("the response was incomplete after {timeout:?}"))),
    };
    let body = if take_gzip(&mut headers) { body.and_then(|body| decode_gzip(body, max_bytes)) } else { body };
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

/// Decodes a gzip body to at most `max` bytes: a few bytes may be the gzip of gigabytes.
fn decode_gzip(body: Bytes, max: usize) -> Result<Bytes, TruncatedBody> {
    if body.is_empty() {
        return Ok(body);
    }
    let mut decoded = Vec::new();
    let decoder = MultiGzDecoder::new(&body[..]);
    match decoder.take((max as u64).saturating_add(1)).read_to_end(&mut decoded) {
        Ok(length) if length > max => Err(too_large(max)),
        Ok(_) => Ok(decoded.into()),
        Err(error) => Err(cut(TruncationKind::Broken, format!("the gzip body cannot be decoded: {error}"))),
    }
}

/// Reads a body of at most `max` bytes.
async fn read_body(response: &mut ::reqwest::Response, max: usize) -> Result<Bytes, TruncatedBody> {
    let too_large = || too_large(max);
    if response.content_length().is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    let mut next = async || response.chunk().await.map_err(|error| cut(TruncationKind::Broken, chain(&error)));
    let Some(first) = next().await? else { return Ok(Bytes::new()) };
    // Most bodies are one chunk: it is not copied.
    let Some(second) = next().await? else {
        return if first.len() > max { Err(too_large()) } else { Ok(first) };
    };
    let mut body = BytesMut::with_capacity(first.len() + second.len());
    body.extend_from_slice(&first);
    let mut chunk = second;
    loop {
        if body.len() + chunk.len() > max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
        match next().await? {
            Some(more) => chunk = more,
            None => return Ok(body.freeze()),
        }
    }
}

fn too_large(max: usize) -> TruncatedBody {
    cut(TruncationKind::TooLarge, format!("the response is larger than {max} bytes"))
}

fn cut(kind: TruncationKind, detail: String) -> TruncatedBody {
    TruncatedBody { start: Bytes::new(), kind, detail }
}

fn transport_error(error: &::reqwest::Error, started: bool) -> TransportError {
    let kind = if error.is_builder() {
        TransportErrorKind::Invalid
    } else if error.is_connect() && causes(error).any(is_without_socket) {
        TransportErrorKind::NoSocket
    } else if error.is_connect() && causes(error).any(|cause| cause.to_string().contains("proxy authorization")) {
        return TransportError::new(TransportErrorKind::ProxyRefused, "the proxy refused the connection with 407");
    } else if error.is_connect() || !started {
        // Name resolution, the connection or TLS failed, or the request still waited for a connection: nothing can have been sent.
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

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_gzip_body_is_decoded_up_to_the_limit() {
        let whole = |body: Vec<u8>, max: usize| {
            decode_gzip(body.into(), max).map(|body| body.len()).map_err(|truncated| truncated.kind)
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

    /// A request to a listener that takes connections and never writes a byte.
    async fn unanswered(scheme: &str) -> TransportError {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let request = Request {
            method: http::Method::POST,
            url: format!("{scheme}://{}", listener.local_addr().unwrap()).parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_millis(200),
            max_response_bytes: 1_000,
        };
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

    #[test]
    fn a_machine_without_a_free_socket_is_told_from_a_host_that_is_away() {
        let of = |code| is_without_socket(&std::io::Error::from_raw_os_error(code));
        assert_eq!([23, 24, 111].map(of), [cfg!(unix), cfg!(unix), false]);
        assert!(is_without_socket(&std::io::Error::from(std::io::ErrorKind::AddrNotAvailable)));
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
