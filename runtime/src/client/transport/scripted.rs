//! A transport that answers from a function: for tests in virtual time, users' own included.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::super::clock::Clock;
use super::super::transport::{Request, Response, Transport, TransportError, TransportErrorKind};

/// What a scripted request meets.
#[derive(Debug, Clone)]
pub struct Script {
    /// How long until it ends.
    pub after: Duration,
    /// How it ends.
    pub end: Result<Response, TransportError>,
}

impl Script {
    /// A response at once.
    pub fn answer(status: u16, body: impl Into<bytes::Bytes>) -> Self {
        Script { after: Duration::ZERO, end: Ok(Response::new(status, http::HeaderMap::new(), body)) }
    }

    /// No response, at once.
    pub fn error(kind: TransportErrorKind, detail: &str) -> Self {
        Script { after: Duration::ZERO, end: Err(TransportError::new(kind, detail)) }
    }

    /// The same, later.
    pub fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }

    /// The same with a header, where it is a response.
    ///
    /// # Panics
    /// If the value cannot stand in a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(response) = &mut self.end {
            response.headers.append(name, http::HeaderValue::from_str(value).expect("a header value"));
        }
        self
    }
}

type ScriptFn = dyn Fn(usize, &Request) -> Script + Send + Sync;

/// Answers every request from a function of its number (from 0) and itself. Waits by its clock, and keeps to the
/// attempt's timeout as a real transport does.
#[derive(Clone)]
pub struct ScriptedTransport {
    script: Arc<ScriptFn>,
    clock: Arc<dyn Clock>,
    sent: Arc<AtomicUsize>,
}

impl ScriptedTransport {
    /// A transport that follows `script`.
    pub fn new(clock: impl Clock, script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static) -> Self {
        ScriptedTransport { script: Arc::new(script), clock: Arc::new(clock), sent: Arc::default() }
    }

    /// How many requests have been sent.
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
        let late = script.after > request.timeout;
        let at = self.clock.now() + script.after.min(request.timeout);
        let sleep = (!script.after.is_zero()).then(|| self.clock.sleep_until(at));
        Box::pin(async move {
            if let Some(sleep) = sleep {
                sleep.await;
            }
            if late {
                let detail = format!("no response within {:?}", request.timeout);
                return Err(TransportError::new(TransportErrorKind::Timeout, detail));
            }
            script.end
        })
    }
}
