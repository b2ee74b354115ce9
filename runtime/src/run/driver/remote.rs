//! The sending side of a run: the attempts in flight, and what all requests share. A mock has none of it.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use tracing::Span;
use tracing::field::Empty;

use super::super::kind::ReadFn;
use super::super::options::RunOptions;
use super::job::{Job, Jobs};
use crate::client::transport::{Response, TransportError};
use crate::client::{Client, Entrance, Fetching, Permit, Token, TokenUse};
use crate::engine::BatchId;
use crate::item::{BulkItem, RunId};
use crate::reply::BulkReply;
use crate::request::{Encoder, PreparedEndpoint};

/// The span of a request, with the fields that OpenTelemetry defines for HTTP clients.
macro_rules! client_span {
    ($parent:expr, $name:literal, $($fields:tt)*) => {
        tracing::debug_span!(
            parent: $parent,
            $name,
            $($fields)*,
            otel.kind = "client",
            otel.name = Empty,
            otel.status_code = Empty,
            http.request.method = Empty,
            http.response.status_code = Empty,
            url.template = Empty,
            server.address = Empty,
            server.port = Empty,
            error.type = Empty,
        )
    };
}

/// An attempt in flight.
pub(super) struct PendingAttempt<R: BulkReply> {
    pub(super) batch: BatchId,
    pub(super) request: usize,
    pub(super) permit: Option<Permit>,
    /// The token that it was sent with, if tokens are fetched.
    pub(super) token: TokenUse,
    pub(super) span: Span,
    /// The job, if this is a poll. A poll carries no items.
    pub(super) job: Option<Job<R>>,
    /// Whether the request of a batch is with the transport, and is not being signed; `None` if it was from the start.
    pub(super) has_left: Option<Arc<AtomicBool>>,
    pub(super) future: BoxFuture<'static, Result<Response, TransportError>>,
}

/// What is known of an attempt that has ended, besides its result.
pub(super) struct FinishedAttempt<R: BulkReply> {
    pub(super) batch: BatchId,
    pub(super) request: usize,
    pub(super) permit: Option<Permit>,
    pub(super) token: TokenUse,
    pub(super) job: Option<Job<R>>,
}

// The future is pinned in its box; nothing else needs pinning.
impl<R: BulkReply> Unpin for PendingAttempt<R> {}

impl<R: BulkReply> Future for PendingAttempt<R> {
    type Output = (FinishedAttempt<R>, Result<Response, TransportError>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let _entered = this.span.enter();
        this.future.as_mut().poll(cx).map(|result| {
            record_result(&this.span, &result);
            let (permit, job) = (this.permit.take(), this.job.take());
            (FinishedAttempt { batch: this.batch, request: this.request, permit, token: this.token, job }, result)
        })
    }
}

/// The sending side of a run.
pub(super) struct Remote<R: BulkReply, T: BulkItem> {
    pub(super) endpoint: Arc<PreparedEndpoint<R>>,
    /// The origin of the endpoint, for messages.
    pub(super) origin: String,
    pub(super) read: ReadFn<T, R>,
    pub(super) client: Client,
    pub(super) headers: HeaderMap,
    pub(super) timeout: Duration,
    pub(super) attempts: FuturesUnordered<PendingAttempt<R>>,
    /// The jobs that are polled.
    pub(super) jobs: Jobs<R>,
    pub(super) encoder: Encoder,
    /// The number and the tracing span of each batch, by id. The span contains those of all its attempts.
    pub(super) batch_spans: Vec<(u64, Span)>,
    /// The next request on its way through the shared throttle, and the next poll.
    pub(super) entrance: Entrance,
    pub(super) poll_entrance: Entrance,
    /// The fetch of a token that this run waits for.
    pub(super) fetching: Option<Fetching>,
    /// The random part that the idempotency keys of this run share.
    pub(super) nonce: u128,
}

impl<R: BulkReply, T: BulkItem> Remote<R, T> {
    pub(super) fn new<I>(
        endpoint: &Arc<PreparedEndpoint<R>>,
        read: ReadFn<T, R>,
        options: &RunOptions<'_, I>,
        nonce: u128,
    ) -> Self {
        let client = endpoint.client.clone();
        Remote {
            read,
            nonce,
            headers: client.headers(&endpoint.parts.headers),
            timeout: options.attempt_timeout.unwrap_or_else(|| client.timeout()),
            client,
            endpoint: endpoint.clone(),
            origin: endpoint.parts.url.origin().ascii_serialization(),
            entrance: Entrance::default(),
            poll_entrance: Entrance::default(),
            fetching: None,
            attempts: FuturesUnordered::new(),
            jobs: Jobs::default(),
            encoder: Encoder::new(endpoint.parts.layout.spelling, RunId::new(nonce)),
            batch_spans: Vec::new(),
        }
    }

    /// Adds a fetched token to the headers of a request that leaves now.
    pub(super) fn authorize(&self, headers: &mut HeaderMap, token: Option<Token>) -> TokenUse {
        let (Some((value, generation)), Some(fetched)) = (token, self.client.fetched()) else {
            return TokenUse::default();
        };
        headers.insert(AUTHORIZATION, value);
        fetched.handle_sent(generation, self.client.clock().now())
    }

    /// Makes the span of a batch, unless an earlier attempt of it did. Returns it if it is new.
    pub(super) fn batch_span(&mut self, batch: BatchId, serial: u64, items: usize, request: usize) -> Option<&Span> {
        let slot = batch.0 as usize;
        if self.batch_spans.len() <= slot {
            self.batch_spans.resize(slot + 1, (0, Span::none()));
        }
        // Ids are used again, numbers are not.
        let (of, span) = &mut self.batch_spans[slot];
        if *of == serial {
            return None;
        }
        (*of, *span) = (serial, tracing::debug_span!("bulk_batch", batch = request, items));
        Some(span)
    }

    /// Closes the span of a batch that has ended: its id has another number now, or none.
    pub(super) fn close_span(&mut self, batch: BatchId, serial: u64) {
        if let Some(kept) = self.batch_spans.get_mut(batch.0 as usize).filter(|(of, _)| *of != serial) {
            *kept = (0, Span::none());
        }
    }

    /// The span of one attempt, within the span of its batch.
    pub(super) fn attempt_span(&self, batch: BatchId, attempt: u32, request: usize) -> Span {
        let resent = attempt.checked_sub(1).filter(|resent| *resent > 0);
        let parent = self.span_of(batch).and_then(Span::id);
        let span = client_span!(parent, "bulk_attempt", request, attempt, http.request.resend_count = resent);
        self.record_target(&span, &self.endpoint.parts.method, self.endpoint.spec.path);
        span
    }

    /// Records the host and the path of a request, named as OpenTelemetry names them. The URL itself may contain ids and credentials.
    fn record_target(&self, span: &Span, method: &http::Method, path: &str) {
        if span.is_disabled() {
            return;
        }
        let url = &self.endpoint.parts.url;
        span.record("otel.name", tracing::field::display(format_args!("{method} {path}")));
        span.record("http.request.method", method.as_str());
        span.record("url.template", path);
        span.record("server.address", url.host_str());
        span.record("server.port", url.port_or_known_default());
    }

    /// The span of one poll of a batch's job, within the span of the batch.
    pub(super) fn poll_span(&self, batch: BatchId, poll: u32, request: usize) -> Span {
        let parent = self.span_of(batch).and_then(Span::id);
        let span = client_span!(parent, "bulk_poll", request, poll);
        if let Some(spec) = &self.endpoint.spec.poll {
            self.record_target(&span, &spec.method.to_http(), spec.path);
        }
        span
    }

    fn span_of(&self, batch: BatchId) -> Option<&Span> {
        self.batch_spans.get(batch.0 as usize).map(|(_, span)| span)
    }

    /// Logs the end of an attempt within the span of its batch.
    pub(super) fn log_end(&mut self, batch: BatchId, status: Option<u16>) {
        if let Some(span) = self.span_of(batch) {
            tracing::debug!(parent: span, status, "attempt ended");
        }
    }
}

/// Records the end of a request in its span, with OpenTelemetry's names.
fn record_result(span: &Span, result: &Result<Response, TransportError>) {
    if span.is_disabled() {
        return;
    }
    let error = match result {
        Ok(response) => {
            span.record("http.response.status_code", response.status);
            (response.status >= 400).then(|| response.status.to_string().into())
        }
        Err(error) => Some(Cow::Borrowed(error.kind.name())),
    };
    if let Some(error) = error {
        span.record("error.type", &*error);
        span.record("otel.status_code", "ERROR");
    }
}
