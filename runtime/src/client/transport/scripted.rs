//! A transport whose responses come from a function, for tests in virtual time, also those of users.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::super::clock::Clock;
use super::super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};

/// How a scripted attempt ends, and when.
#[derive(Debug, Clone)]
pub struct Script {
    /// The delay until the attempt ends. An attempt whose delay is longer than its timeout ends as a timeout.
    pub after: Duration,
    /// The result of the attempt.
    pub end: Result<Response, TransportError>,
}

impl Script {
    /// An immediate response with this status and body.
    pub fn response(status: u16, body: impl Into<bytes::Bytes>) -> Self {
        Script { after: Duration::ZERO, end: Ok(Response::new(status, http::HeaderMap::new(), body)) }
    }

    /// An immediate failure without a response.
    pub fn error(kind: TransportErrorKind, detail: &str) -> Self {
        Script { after: Duration::ZERO, end: Err(TransportError::new(kind, detail)) }
    }

    /// Ends the attempt after `delay` instead.
    pub fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }

    /// Adds a header to the response. Does nothing if the script has no response.
    ///
    /// # Panics
    /// Panics if `name` or `value` is not valid in a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(response) = &mut self.end {
            response.headers.append(name, http::HeaderValue::from_str(value).expect("a header value"));
        }
        self
    }
}

type ScriptFn = dyn Fn(usize, &Request) -> Script + Send + Sync;

/// A transport that calls a function for every request, with the request's number (from 0) and the request. It waits with its own clock,
/// and enforces the attempt's timeout as a real transport does. [`Request::max_response_bytes`] is not enforced.
#[derive(Clone)]
pub struct ScriptedTransport {
    script: Arc<ScriptFn>,
    clock: Arc<dyn Clock>,
    sent: Arc<AtomicUsize>,
}

impl ScriptedTransport {
    /// Creates a transport that takes its responses from `script`.
    pub fn new(clock: impl Clock, script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static) -> Self {
        ScriptedTransport { script: Arc::new(script), clock: Arc::new(clock), sent: Arc::default() }
    }

    /// Returns the number of requests sent so far.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedTransport").field("sent", &self.sent()).finish_non_exhaustive()
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let script = (self.script)(self.sent.fetch_add(1, Ordering::SeqCst), &request);
        let times_out = script.after > request.timeout;
        let at = self.clock.now() + script.after.min(request.timeout);
        let sleep = (!script.after.is_zero()).then(|| self.clock.sleep_until(at));
        Box::pin(async move {
            if let Some(sleep) = sleep {
                sleep.await;
            }
            if times_out {
                let detail = format!("no response within {:?}", request.timeout);
                return Err(TransportError::new(TransportErrorKind::Timeout, detail));
            }
            script.end
        })
    }
}
