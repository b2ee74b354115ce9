//! One HTTP/2 connection, which many requests share.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use h2::client::{Connection, SendRequest};
use h2::{Ping, PingPong, RecvStream};
use tokio::time::Instant;

use super::super::deadline::Deadline;
use super::super::net_error::{chain, is_unprocessed};
use super::super::received::{Chunks, receive};
use super::super::{KEEP_ALIVE, MAX_AGE, Response, TransportError, TransportErrorKind};
use super::streams::{StreamPermit, Streams};
use super::traffic::{BoxStream, Traffic};

/// The bytes of a response, and of all responses of a connection, that may be under way. Those of hyper.
const WINDOWS: (u32, u32) = (2 << 20, 5 << 20);

/// The largest head of a response, in bytes. That of hyper.
const MAX_HEAD: u32 = 16 << 10;

/// A handle of a connection. The connection ends when all handles are dropped, and the requests on it have ended.
#[derive(Clone)]
pub(super) struct Http2 {
    sender: Arc<SendRequest<Bytes>>,
    state: Arc<State>,
}

struct State {
    streams: Arc<Streams>,
    traffic: Arc<Traffic>,
    born: Instant,
    /// It was left because a PING had no answer.
    is_silent: AtomicBool,
}

/// A request may leave now.
pub(super) struct Opening {
    connection: Http2,
    sender: SendRequest<Bytes>,
    _permit: StreamPermit,
}

impl Http2 {
    pub(super) async fn handshake(stream: BoxStream, traffic: Arc<Traffic>) -> Result<Self, h2::Error> {
        let mut builder = h2::client::Builder::new();
        builder.enable_push(false).max_header_list_size(MAX_HEAD);
        // Until the server's SETTINGS have arrived.
        builder.initial_max_send_streams(1);
        builder.initial_window_size(WINDOWS.0).initial_connection_window_size(WINDOWS.1);
        let (sender, mut connection) = builder.handshake(stream).await?;
        let streams = Streams::new();
        let sender = Arc::new(sender);
        let state = Arc::new(State { streams, traffic, born: Instant::now(), is_silent: AtomicBool::new(false) });
        if let Some(pings) = connection.ping_pong() {
            tokio::spawn(drive(connection, Arc::downgrade(&sender), pings, state.clone()));
        }
        Ok(Http2 { sender, state })
    }

    /// Returns whether a request may use the connection: it is open, and not old.
    pub(super) fn is_usable(&self) -> bool {
        self.state.born.elapsed() < MAX_AGE && !self.state.streams.are_closed()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    /// Waits until a request may leave. Returns none if the connection takes no more requests.
    pub(super) async fn open(&self) -> Option<Opening> {
        if self.state.streams.are_idle() {
            // It may have been closed while it was idle: the task that drives it hears of that first.
            tokio::task::yield_now().await;
        }
        let permit = self.state.streams.enter().await?;
        let mut sender = SendRequest::clone(&self.sender);
        std::future::poll_fn(|cx| sender.poll_ready(cx)).await.ok()?;
        Some(Opening { connection: self.clone(), sender, _permit: permit })
    }
}

/// Drives a connection until it has ended, or went silent.
async fn drive(
    mut connection: Connection<BoxStream, Bytes>,
    sender: Weak<SendRequest<Bytes>>,
    pings: PingPong,
    state: Arc<State>,
) {
    let mut known = 1;
    let driven = std::future::poll_fn(|cx| {
        let ended = Pin::new(&mut connection).poll(cx);
        let most = connection.max_concurrent_send_streams();
        if most != known {
            known = most;
            state.streams.allow(most);
        }
        // After a GOAWAY, a stream that ends makes room for no other: those that wait take another connection now.
        if state.streams.are_taken() && !takes_requests(&sender, cx) {
            state.streams.close();
        }
        ended
    });
    let silent = keep_alive(pings, KEEP_ALIVE, &state.streams);
    let (driven, silent) = (std::pin::pin!(driven), std::pin::pin!(silent));
    if let Either::Right(_) = select(driven, silent).await {
        state.is_silent.store(true, Ordering::SeqCst);
    }
    // Those that wait for a stream take another connection.
    state.streams.close();
}

/// Returns whether the server has not said GOAWAY.
fn takes_requests(sender: &Weak<SendRequest<Bytes>>, cx: &mut Context<'_>) -> bool {
    let sender = sender.upgrade().map(|sender| SendRequest::clone(&sender));
    sender.is_none_or(|mut sender| !matches!(sender.poll_ready(cx), Poll::Ready(Err(_))))
}

/// Sends PINGs while requests wait. Ends when one is not answered.
async fn keep_alive(mut pings: PingPong, interval: Duration, streams: &Streams) {
    loop {
        tokio::time::sleep(interval).await;
        if streams.are_idle() {
            continue;
        }
        match tokio::time::timeout(interval, pings.ping(Ping::opaque())).await {
            Ok(Ok(_)) => {}
            // The connection ends by itself.
            Ok(Err(_)) => std::future::pending().await,
            Err(_) => return,
        }
    }
}

impl Opening {
    /// Sends a request and returns the response.
    pub(super) async fn exchange(
        mut self,
        request: http::Request<()>,
        body: Bytes,
        max_bytes: usize,
        deadline: &Deadline,
    ) -> Result<Response, TransportError> {
        let sent = self.sender.send_request(request, body.is_empty());
        let (response, mut stream) = sent.map_err(|error| self.failure(&error, false))?;
        // What ended the stream before its body was written is what the response says: a refusal, or a whole response.
        if !body.is_empty() {
            let _ = stream.send_data(body, true);
        }
        let (head, body) = match deadline.bound(response).await {
            Some(Ok(response)) => response.into_parts(),
            Some(Err(error)) => return Err(self.failure(&error, true)),
            None => return Err(deadline.no_response()),
        };
        let mut chunks = Http2Body { body };
        Ok(receive(head.status, head.headers, &mut chunks, max_bytes, deadline).await)
    }

    fn failure(&self, error: &h2::Error, is_sent: bool) -> TransportError {
        if self.connection.state.is_silent.load(Ordering::SeqCst) {
            let why = format!("the connection went silent: no answer to a PING within {KEEP_ALIVE:?}");
            return TransportError::new(TransportErrorKind::Timeout, why);
        }
        let kind = if is_unprocessed(error) {
            TransportErrorKind::NotProcessed
        } else if !is_sent && !error.is_io() && error.reason().is_none() {
            TransportErrorKind::Invalid
        } else if !is_sent || self.connection.state.traffic.is_refused() {
            TransportErrorKind::NotSent
        } else {
            TransportErrorKind::Reset
        };
        TransportError::new(kind, chain(Some(error)))
    }
}

/// The body of a response.
struct Http2Body {
    body: RecvStream,
}

impl Chunks for Http2Body {
    fn length(&self) -> Option<u64> {
        None
    }

    async fn next(&mut self) -> Result<Option<Bytes>, String> {
        let chunk = self.body.data().await.transpose().map_err(|error| chain(Some(&error)))?;
        if let Some(chunk) = &chunk {
            // It fails only if the connection has ended, which the next part tells.
            let _ = self.body.flow_control().release_capacity(chunk.len());
        }
        Ok(chunk)
    }
}
