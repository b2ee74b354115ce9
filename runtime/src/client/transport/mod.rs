//! The interface to an HTTP client: one trait, [`Transport`], with its request and response types.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use url::Url;

use crate::text::without_secrets;

#[cfg(any(feature = "reqwest", feature = "hyper", feature = "tower"))]
mod deadline;
#[cfg(feature = "hyper")]
mod hyper;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
mod loopback;
#[cfg(any(feature = "reqwest", feature = "hyper", feature = "tower"))]
mod net_error;
#[cfg(any(feature = "reqwest", feature = "hyper", feature = "tower"))]
mod received;
#[cfg(feature = "reqwest")]
mod reqwest;
mod scripted;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "hyper")]
pub use self::hyper::{HyperBuilder, HyperTransport};
#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
#[cfg(feature = "tower")]
pub use self::tower::TowerTransport;
pub use scripted::{Script, ScriptedTransport};

/// The timeout of a connection attempt.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The interval of HTTP/2 PINGs while requests wait, and the time that the peer has to answer one. A connection that went silent is then left.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The maximum age of a connection that a request uses. A name may have other addresses by then, and a load balancer other hosts.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
const MAX_AGE: Duration = Duration::from_secs(600);

/// The timeout of an attempt, unless a client sets another.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum size of the body of a response, unless a client sets another.
pub(super) const DEFAULT_MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

/// Sends requests. See [`ClientBuilder::transport`](crate::ClientBuilder::transport).
///
/// An implementation
/// - makes exactly one attempt per call: it follows no redirects and does not retry;
/// - abandons the attempt when the future is dropped;
/// - enforces [`Request::timeout`] and [`Request::max_response_bytes`];
/// - adds the time of receipt as `Date` to a response with `Retry-After` and without `Date`, so that a date in `Retry-After` counts;
/// - does not let a slow consumer make an attempt time out: the future makes progress without being polled (it is spawned), or the timeout
///   does not count the time in which the future is not polled.
pub trait Transport: Send + Sync + 'static {
    /// Makes one attempt.
    ///
    /// # Errors
    /// No status line came back. [`TransportErrorKind`] decides what the run does. The items are retried after `NotSent`, `NoSocket`,
    /// `NotProcessed` and `Withheld`. Their result is unknown after `Timeout` and `Reset`. They end unsent after `Invalid` and `Unsigned`.
    /// The run stops after `ProxyRefused`. A response whose body is incomplete is `Ok`, with an `Err` in [`Response::body`].
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;
}

/// One request, ready to be sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The absolute URL, including the query. The query may have a credential of the client: do not show it.
    pub url: Url,
    /// All headers, including `Authorization`.
    pub headers: HeaderMap,
    /// The encoded body.
    pub body: Bytes,
    /// The maximum duration of the attempt, from the start of sending to the last byte of the response.
    pub timeout: Duration,
    /// The maximum size of the response's body in bytes. A larger body ends as [`TruncationKind::TooLarge`].
    pub max_response_bytes: usize,
}

impl Request {
    /// Creates a request without headers and body, with the defaults of a client: a timeout of 30 s, and responses of at most 16 MiB.
    pub fn new(method: Method, url: Url) -> Self {
        Request {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: DEFAULT_TIMEOUT,
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
        }
    }
}

impl fmt::Debug for Request {
    /// Omits headers, query and body: they may contain credentials and private data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &without_secrets(self.url.as_str()))
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A response, or its start: at least a status line came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; an `Err` if it is incomplete.
    pub body: Result<Bytes, TruncatedBody>,
}

impl Response {
    /// Creates a response with a complete body.
    pub fn new(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Response { status, headers, body: Ok(body.into()) }
    }
}

/// A body that is incomplete.
#[derive(Debug, Clone)]
pub struct TruncatedBody {
    /// The part that was received; may be empty.
    pub start: Bytes,
    /// The reason, for programs.
    pub kind: TruncationKind,
    /// The reason in words.
    pub detail: String,
}

/// Why a body is incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruncationKind {
    /// The connection broke.
    Broken,
    /// The attempt's timeout passed.
    Timeout,
    /// The body is larger than [`Request::max_response_bytes`].
    TooLarge,
}

/// The error of an attempt without a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// What is known about the request.
    pub kind: TransportErrorKind,
    /// What happened, in words. It may be shown to users: it must not contain credentials.
    pub detail: String,
    /// The headers of the response of a proxy that opened no connection. A `Retry-After` in them is honored.
    pub headers: Option<Box<HeaderMap>>,
}

impl TransportError {
    /// Creates an error without headers.
    pub fn new(kind: TransportErrorKind, detail: impl Into<String>) -> Self {
        TransportError { kind, detail: detail.into(), headers: None }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for TransportError {}

/// What is known about a request without a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Nothing was sent: name resolution, the connection or TLS failed, or took the whole timeout. Use it only if that is certain.
    NotSent,
    /// Nothing was sent: this machine has no file descriptor, port or buffer left for another connection. The client then sends fewer requests at
    /// once. Use it only if that is certain.
    NoSocket,
    /// Nothing was sent, and nothing will be: a proxy refuses the client, or cannot be used. The run stops.
    ProxyRefused,
    /// The host is reachable, and reported that it did not process the request: a refused HTTP/2 stream, or a GOAWAY with a lower
    /// stream id. Use it only if that is certain.
    NotProcessed,
    /// The HTTP client rejected the request as invalid; nothing was sent.
    Invalid,
    /// The request could not be signed; nothing was sent.
    Unsigned,
    /// The request may not leave for now, for a reason that says nothing about the host; nothing was sent. The journal of a run
    /// [withholds](crate::journal::Journal::withholds) it, for example. It is sent again later.
    Withheld,
    /// The request was or may have been sent, and no response came before the timeout.
    Timeout,
    /// The request was or may have been sent, and the connection broke.
    Reset,
}

impl TransportErrorKind {
    /// Returns the name of the kind, for logs and metrics: `not_sent`.
    pub fn name(self) -> &'static str {
        match self {
            TransportErrorKind::NotSent => "not_sent",
            TransportErrorKind::NoSocket => "no_socket",
            TransportErrorKind::ProxyRefused => "proxy_refused",
            TransportErrorKind::NotProcessed => "not_processed",
            TransportErrorKind::Invalid => "invalid",
            TransportErrorKind::Unsigned => "unsigned",
            TransportErrorKind::Withheld => "withheld",
            TransportErrorKind::Timeout => "timeout",
            TransportErrorKind::Reset => "reset",
        }
    }
}
