//! The transport over reqwest.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use url::Url;

use super::super::build_error::BuildError;
use super::deadline::{Deadline, in_task};
use super::loopback::is_loopback;
use super::net_error::{causes, chain, is_handshake_alert, is_unprocessed, is_without_socket};
use super::received::{Chunks, receive};
use super::{CONNECT_TIMEOUT, KEEP_ALIVE, MAX_AGE, Request, Response, Transport, TransportError, TransportErrorKind};

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
        in_task(attempt(self.connections.client(), request))
    }
}

fn defaults() -> ::reqwest::ClientBuilder {
    ::reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE)
}

async fn attempt(client: ::reqwest::Client, request: Request) -> Result<Response, TransportError> {
    let (deadline, max_bytes) = (Deadline::after(request.timeout), request.max_response_bytes);
    let started = Arc::new(AtomicBool::new(false));
    let sending = client.execute(to_reqwest(request, started.clone()));
    let sent = deadline.bound(sending).await;
    let started = started.load(Ordering::SeqCst);
    let mut response = match sent {
        Some(Ok(response)) => response,
        Some(Err(error)) => return Err(transport_error(&error, started)),
        None if started => return Err(deadline.no_response()),
        None => return Err(deadline.no_connection()),
    };
    let headers = std::mem::take(response.headers_mut());
    Ok(receive(response.status(), headers, &mut response, max_bytes, &deadline).await)
}

impl Chunks for ::reqwest::Response {
    fn length(&self) -> Option<u64> {
        self.content_length()
    }

    async fn next(&mut self) -> Result<Option<Bytes>, String> {
        self.chunk().await.map_err(|error| chain(error.source()))
    }
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

/// Classifies an error by its causes. The error itself is left out: it shows the URL, whose query may contain private data.
fn transport_error(error: &::reqwest::Error, started: bool) -> TransportError {
    let any = |is: fn(&(dyn Error + 'static)) -> bool| causes(error.source()).any(is);
    let kind = if error.is_builder() {
        TransportErrorKind::Invalid
    } else if error.is_connect() && any(is_without_socket) {
        TransportErrorKind::NoSocket
    } else if error.is_connect() && any(|cause| cause.to_string().contains("proxy authorization")) {
        return TransportError::new(TransportErrorKind::ProxyRefused, "the proxy refused the connection with 407");
    } else if error.is_connect() || !started || any(is_handshake_alert) {
        // Name resolution, the connection or TLS failed, or the request still waited for a connection: nothing can have been read.
        TransportErrorKind::NotSent
    } else if any(is_unprocessed) {
        TransportErrorKind::NotProcessed
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Reset
    };
    // reqwest names neither the proxy nor the status.
    let is_tunnel = error.is_connect() && any(|cause| cause.to_string().starts_with("tunnel error"));
    let by_proxy = if is_tunnel { "the proxy opened no connection: " } else { "" };
    TransportError::new(kind, format!("{by_proxy}{}", chain(error.source())))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// A POST with the longest time that a test has.
    fn request(url: &str) -> Request {
        let mut request = Request::new(http::Method::POST, url.parse().unwrap());
        (request.body, request.timeout) = (Bytes::from_static(b"[1]"), MAX_AGE);
        request
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
            let sending = transport.send(request(&url));
            assert_eq!(requests.recv().await, Some(number), "each on a connection of its own");
            tokio::time::pause();
            let began = Instant::now();
            let error = sending.await.unwrap_err();
            assert_eq!(error.kind, TransportErrorKind::Timeout, "{error}");
            assert!(began.elapsed() < 3 * KEEP_ALIVE, "{:?}", began.elapsed());
            tokio::time::resume();
        }
    }
}
