//! One HTTP/1.1 connection. Whoever uses it drives it: with the attempt, it ends too, and nothing more is written.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::super::deadline::Deadline;
use super::super::net_error::chain;
use super::super::received::{Chunks, receive};
use super::super::{MAX_AGE, Response, TransportError, TransportErrorKind};
use super::traffic::{BoxStream, Traffic};

/// The time that a connection is kept without a request.
const MAX_IDLE: Duration = Duration::from_secs(90);

/// A connection on which no request is under way.
pub(super) struct Http1 {
    sender: SendRequest<Full<Bytes>>,
    /// None once it has ended.
    connection: Option<Connection<TokioIo<BoxStream>, Full<Bytes>>>,
    traffic: Arc<Traffic>,
    born: Instant,
    last_used: Instant,
    has_responded: bool,
}

impl Http1 {
    pub(super) async fn handshake(stream: BoxStream, traffic: Arc<Traffic>) -> hyper::Result<Self> {
        let mut builder = Builder::new();
        builder.allow_obsolete_multiline_headers_in_responses(true);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        let now = Instant::now();
        Ok(Http1 { sender, connection: Some(connection), traffic, born: now, last_used: now, has_responded: false })
    }

    /// Returns whether a request may use the connection: it is neither old nor long idle, and the server has not closed it.
    pub(super) async fn is_usable(&mut self) -> bool {
        if self.is_expired() {
            return false;
        }
        // Before the first response, TLS may have something to say.
        self.traffic.check(!self.has_responded);
        self.is_ready().await
    }

    /// Returns whether the connection is too old, or was idle for too long.
    fn is_expired(&self) -> bool {
        self.born.elapsed() >= MAX_AGE || self.last_used.elapsed() >= MAX_IDLE
    }

    /// Drives the connection once. Returns whether it takes a request.
    async fn is_ready(&mut self) -> bool {
        std::future::poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(self.connection.is_some() && self.sender.is_ready())
        })
        .await
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        // What ended it reaches the request as its own error.
        if let Some(connection) = &mut self.connection
            && Pin::new(connection).poll(cx).is_ready()
        {
            self.connection = None;
        }
    }

    /// Drives the connection until a future of it is ready.
    async fn beside<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            self.drive(cx);
            future.as_mut().poll(cx)
        })
        .await
    }

    /// Sends a request. Returns the response, and the connection if another request may use it.
    pub(super) async fn exchange(
        mut self: Box<Self>,
        request: http::Request<Full<Bytes>>,
        max_bytes: usize,
        deadline: &Deadline,
    ) -> Result<(Response, Option<Box<Self>>), TransportError> {
        self.traffic.begin();
        let sending = self.sender.send_request(request);
        let (head, body) = match deadline.bound(self.beside(sending)).await {
            Some(Ok(response)) => response.into_parts(),
            Some(Err(error)) => return Err(self.failure(&error)),
            None if self.traffic.has_written() => return Err(deadline.no_response()),
            None => return Err(deadline.no_connection()),
        };
        self.has_responded = true;
        let mut chunks = Http1Body { connection: &mut self, body };
        let response = receive(head.status, head.headers, &mut chunks, max_bytes, deadline).await;
        // A body that was not read to its end keeps the connection busy.
        let is_reusable = self.is_ready().await;
        self.last_used = Instant::now();
        Ok((response, is_reusable.then_some(self)))
    }

    fn failure(&self, error: &hyper::Error) -> TransportError {
        let has_left = self.traffic.has_written() && !self.traffic.is_refused();
        let kind = if !has_left && error.is_user() {
            TransportErrorKind::Invalid
        } else if !has_left {
            TransportErrorKind::NotSent
        } else {
            TransportErrorKind::Reset
        };
        TransportError::new(kind, chain(Some(error)))
    }
}

/// The body of a response, with the connection that it comes from.
struct Http1Body<'c> {
    connection: &'c mut Http1,
    body: Incoming,
}

impl Chunks for Http1Body<'_> {
    fn length(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    async fn next(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            match self.connection.beside(self.body.frame()).await {
                None => return Ok(None),
                Some(Err(error)) => return Err(chain(Some(&error))),
                // A trailer is skipped.
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}
