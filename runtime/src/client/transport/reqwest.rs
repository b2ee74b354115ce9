//! The transport over reqwest.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::super::build_error::BuildError;
use super::super::transport::{
    Request, Response, Transport, TransportError, TransportErrorKind, TruncatedBody, TruncationKind,
};

/// Sends requests with reqwest, each in its own task on the current tokio runtime.
///
/// reqwest's retries and redirects are turned off: one call sends one request.
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

impl ReqwestTransport {
    /// Creates a transport with its own connection pool and a connect timeout of 10 s.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if TLS cannot be set up.
    pub fn new() -> Result<Self, BuildError> {
        Self::from_builder(::reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT))
    }

    /// Creates a transport from a configured reqwest client: proxies, certificates, user agent. Turns its retries and redirects off.
    ///
    /// # Errors
    /// [`BuildError::Transport`] if reqwest rejects the configuration.
    pub fn from_builder(builder: ::reqwest::ClientBuilder) -> Result<Self, BuildError> {
        let client = builder
            .retry(::reqwest::retry::never())
            .redirect(::reqwest::redirect::Policy::none())
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

struct AbortOnDrop<V>(JoinHandle<V>);

impl<V> Drop for AbortOnDrop<V> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn attempt(client: ::reqwest::Client, request: Request) -> Result<Response, TransportError> {
    let (timeout, max_bytes) = (request.timeout.min(MAX_TIMEOUT), request.max_response_bytes);
    let deadline = Instant::now() + timeout;
    let sending = client.execute(to_reqwest(request));
    let mut response = match tokio::time::timeout_at(deadline, sending).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(transport_error(&error)),
        Err(_) => {
            return Err(TransportError::new(TransportErrorKind::Timeout, format!("no response within {timeout:?}")));
        }
    };
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let body = match tokio::time::timeout_at(deadline, read_body(&mut response, max_bytes)).await {
        Ok(body) => body,
        Err(_) => Err(cut(TruncationKind::Timeout, format!("the response was incomplete after {timeout:?}"))),
    };
    Ok(Response { status, headers, body })
}

fn to_reqwest(request: Request) -> ::reqwest::Request {
    let mut out = ::reqwest::Request::new(request.method, request.url);
    *out.headers_mut() = request.headers;
    *out.body_mut() = Some(request.body.into());
    out
}

/// Reads a body of at most `max` bytes.
async fn read_body(response: &mut ::reqwest::Response, max: usize) -> Result<Bytes, TruncatedBody> {
    let too_large = || cut(TruncationKind::TooLarge, format!("the response is larger than {max} bytes"));
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

fn cut(kind: TruncationKind, detail: String) -> TruncatedBody {
    TruncatedBody { start: Bytes::new(), kind, detail }
}

fn transport_error(error: &::reqwest::Error) -> TransportError {
    let kind = if error.is_builder() {
        TransportErrorKind::Invalid
    } else if error.is_connect() {
        // Name resolution, the connection or TLS failed: nothing can have been sent.
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
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM));
        }
        cause = error.source();
    }
    false
}

/// The causes of an error in one line. The error itself is left out: it shows the URL, whose query may contain private data.
fn chain(error: &::reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        let step = error.to_string();
        if !text.contains(&step) {
            let separator = if text.is_empty() { "" } else { ": " };
            let _ = write!(text, "{separator}{step}");
        }
        cause = error.source();
    }
    if text.is_empty() { "the HTTP client failed".to_owned() } else { text }
}
