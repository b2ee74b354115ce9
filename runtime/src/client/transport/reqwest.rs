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

/// Sends requests with reqwest, each in a task of its own on the tokio runtime it is called in.
///
/// reqwest's own retries and redirects are off: one call is one request.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: ::reqwest::Client,
}

/// A longer timeout is as good as none, and a clock cannot tell it.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

impl ReqwestTransport {
    /// A transport with its own pool of connections.
    ///
    /// # Errors
    /// reqwest cannot be set up, which is to say that its TLS cannot.
    pub fn new() -> Result<Self, BuildError> {
        Self::from_builder(::reqwest::Client::builder().connect_timeout(CONNECT))
    }

    /// A transport of a client that you configure: proxies, certificates, user agent. Retries and redirects are turned off in it.
    ///
    /// # Errors
    /// reqwest refuses the configuration.
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
        // A task of its own goes on while the run's consumer is busy, so that its timeout counts the server's time only.
        let task = AbortOnDrop(tokio::spawn(attempt(self.client.clone(), request)));
        Box::pin(async move {
            let mut task = task;
            match (&mut task.0).await {
                Ok(ended) => ended,
                // The runtime shuts down, or reqwest panicked: the request may have left.
                Err(error) => {
                    Err(TransportError::new(TransportErrorKind::Reset, format!("the attempt was lost: {error}")))
                }
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
    let (timeout, most) = (request.timeout.min(LONGEST), request.max_response_bytes);
    let until = Instant::now() + timeout;
    let sending = client.execute(to_reqwest(request));
    let mut answer = match tokio::time::timeout_at(until, sending).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(transport_error(&error)),
        Err(_) => {
            return Err(TransportError::new(TransportErrorKind::Timeout, format!("no response within {timeout:?}")));
        }
    };
    let status = answer.status().as_u16();
    let headers = std::mem::take(answer.headers_mut());
    let body = match tokio::time::timeout_at(until, read_body(&mut answer, most)).await {
        Ok(body) => body,
        Err(_) => Err(cut(TruncationKind::Timeout, format!("the response was not whole within {timeout:?}"))),
    };
    Ok(Response { status, headers, body })
}

fn to_reqwest(request: Request) -> ::reqwest::Request {
    let mut out = ::reqwest::Request::new(request.method, request.url);
    *out.headers_mut() = request.headers;
    *out.body_mut() = Some(request.body.into());
    out
}

/// The body, read no further than `most` bytes.
async fn read_body(answer: &mut ::reqwest::Response, most: usize) -> Result<Bytes, TruncatedBody> {
    let too_large = || cut(TruncationKind::TooLarge, format!("the response is larger than {most} bytes"));
    if answer.content_length().is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let mut next = async || answer.chunk().await.map_err(|error| cut(TruncationKind::Broken, chain(&error)));
    let Some(first) = next().await? else { return Ok(Bytes::new()) };
    let Some(second) = next().await? else {
        return if first.len() > most { Err(too_large()) } else { Ok(first) };
    };
    let mut body = BytesMut::with_capacity(first.len() + second.len());
    body.extend_from_slice(&first);
    let mut chunk = second;
    loop {
        if body.len() + chunk.len() > most {
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
        // No address, no connection, no TLS: reqwest had nothing to send on.
        TransportErrorKind::NotSent
    } else if was_refused_unseen(error) {
        TransportErrorKind::NotProcessed
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Reset
    };
    TransportError::new(kind, chain(error))
}

/// Whether an HTTP/2 server said that it did not look at the request: `REFUSED_STREAM`, or a GOAWAY whose last stream is an earlier one
/// (RFC 9113, section 8.7). h2 gives a stream the GOAWAY of the server in that case alone; one that the server may have looked at
/// ends with the connection's own error.
fn was_refused_unseen(error: &::reqwest::Error) -> bool {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM));
        }
        cause = error.source();
    }
    false
}

/// An error with its causes, without the URL: its query may hold what is nobody's business.
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
