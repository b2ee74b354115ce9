//! How a request leaves and a response comes back: the one trait behind which an HTTP client stands.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use url::Url;

#[cfg(feature = "reqwest")]
mod reqwest;
mod scripted;

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use scripted::{Script, ScriptedTransport};

/// Sends requests.
///
/// An implementation makes exactly one attempt for each call: it follows no redirect and retries nothing by itself.
/// Dropping the future abandons the attempt. The future makes progress without being polled (it is spawned), or its
/// timeout does not count the time in which it is not polled: a slow consumer must not make an attempt time out.
pub trait Transport: Send + Sync + 'static {
    /// Makes one attempt.
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>>;
}

/// One request, ready to leave.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL.
    pub url: Url,
    /// The headers, the credential among them.
    pub headers: HeaderMap,
    /// The encoded body.
    pub body: Bytes,
    /// How long the attempt may take, from the start of sending to the last byte of the response.
    pub timeout: Duration,
    /// The most bytes of the response's body that are read.
    pub max_response_bytes: usize,
}

impl fmt::Debug for Request {
    /// Headers may carry credentials and bodies what is nobody's business: neither is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url.as_str())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A response: at least a status came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; an `Err` where it did not come whole.
    pub body: Result<Bytes, TruncatedBody>,
}

impl Response {
    /// A whole response.
    pub fn new(status: u16, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        Response { status, headers, body: Ok(body.into()) }
    }
}

/// A body that did not come whole.
#[derive(Debug, Clone)]
pub struct TruncatedBody {
    /// What came of it.
    pub start: Bytes,
    /// Why no more came.
    pub kind: TruncationKind,
    /// The same in words.
    pub detail: String,
}

/// Why a body is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruncationKind {
    /// The connection broke.
    Broken,
    /// The attempt's timeout passed.
    Timeout,
    /// It was larger than the cap.
    TooLarge,
}

/// No response came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// What is known of the request.
    pub kind: TransportErrorKind,
    /// What happened, in words.
    pub detail: String,
}

impl TransportError {
    /// An error from its parts.
    pub fn new(kind: TransportErrorKind, detail: impl Into<String>) -> Self {
        TransportError { kind, detail: detail.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for TransportError {}

/// What is known of a request that got no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Nothing of it left: no address, no connection, no TLS. Only where that is certain.
    NotSent,
    /// The host said that it did not look at it, and lives: a stream refused, a GOAWAY below it. Only where that is certain.
    NotProcessed,
    /// It could never be sent: not a request at all.
    Invalid,
    /// It left, or may have, and no response came in time.
    Timeout,
    /// It left, or may have, and the connection broke.
    Reset,
}
