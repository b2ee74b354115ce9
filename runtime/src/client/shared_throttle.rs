//! The interface to a throttle that several clients share, in one process or on many machines: one trait, [`SharedThrottle`].
//!
//! A client has a throttle of its own, which all its runs share. It honors `Retry-After`, backs off, probes a host that was away, and keeps a
//! declared `rate`. Clients in several processes do not know of each other. With a shared throttle they send at most the declared rate together,
//! and if the host tells one to wait, all wait. See [`ClientBuilder::shared_throttle`](crate::ClientBuilder::shared_throttle).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use crate::engine::QuotaScope;

/// A throttle that several clients share.
///
/// A client asks its own throttle first, and asks the shared one only for a request that its own would let leave now. It asks for one permit
/// at a time in each run. A waiting request takes no slot of the run's concurrency, and does not count as sent.
///
/// An implementation
/// - keeps the sum of the permits of a [`QuotaScope`] within its rate, in any window at the server. The server counts a request at any time
///   between its start and its end, so a permit takes its place until one window after its [`end`](SharedPermit::end). The permit of a process
///   that dies has no end. It keeps its place until one window after its request must have ended: [`PermitRequest::timeout`] after its start;
/// - closes an origin when a permit ends with [`PermitEnd::Closing`]: for the delay that the server asked for, else for a backoff that grows with
///   each closing in a row (see [`backoff`]). A later time that is set already stays. While the origin is closed, a closing without a delay counts
///   only if it is the probe's: the other requests left before, and tell nothing new;
/// - lets one request leave once that time has come: the probe. The others are [`Closed`] until it has ended, or until it must have. It opens
///   the origin with [`PermitEnd::Good`]. After [`PermitEnd::Unsent`] and [`PermitEnd::Abandoned`] the next request is the probe. Any other end
///   closes the origin for the next backoff;
/// - responds soon. A response that takes longer than 10 s is a failure.
///
/// A failure lets nothing leave: the run waits, with growing delays, and stops after its [`patience`](crate::Run::patience). A panic is a
/// failure.
pub trait SharedThrottle: Send + Sync + 'static {
    /// Asks for a permit for one request.
    ///
    /// A store that is far away takes permits in blocks, and answers from the block. The future is dropped if the run ends before its answer.
    fn enter(&self, request: PermitRequest) -> BoxFuture<'static, Result<SharedAdmission, ThrottleError>>;
}

/// A request that needs a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PermitRequest {
    /// The origin of the host, as text: `https://api.example.com`.
    pub origin: Arc<str>,
    /// The quota of the endpoint; `None` if it declares no `rate`, and for the poll of a job. Only [`Closed`] keeps such a request back.
    pub quota: Option<QuotaScope>,
    /// The number of items in it.
    pub items: usize,
    /// The longest time between its start and its end.
    pub timeout: Duration,
}

impl PermitRequest {
    /// Creates a request without a quota, of one item, with the default timeout of a client.
    pub fn new(origin: impl Into<Arc<str>>) -> Self {
        PermitRequest { origin: origin.into(), quota: None, items: 1, timeout: super::transport::DEFAULT_TIMEOUT }
    }

    /// Returns what the request costs of its quota: 1, or its number of items where the rate counts items.
    pub fn cost(&self) -> usize {
        self.quota.map_or(1, |quota| quota.cost(self.items))
    }
}

/// The response of a shared throttle.
pub enum SharedAdmission {
    /// The request leaves after this delay, which is zero if the rate is not used up. The permit is the request's until then.
    Leave {
        /// The permit.
        permit: Box<dyn SharedPermit>,
        /// The delay.
        after: Duration,
    },
    /// The rate is used up. The client asks again after this delay, at least 10 ms.
    Full {
        /// The delay.
        wait: Duration,
    },
    /// The origin is closed for all.
    Closed(Closed),
}

/// An origin that is closed for all clients, or that another client's request probes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The delay after which the client asks again, at least 10 ms.
    pub wait: Duration,
    /// Whether the server asked for the delay. It is a backoff otherwise, or the time until the probe may have ended.
    pub requested: bool,
    /// What happened, in words; `None` while a request probes the host. It may be shown to users: it must not contain credentials.
    pub why: Option<Arc<str>>,
}

/// The permission of one request. Each has an [`end`](Self::end), unless its process dies.
pub trait SharedPermit: Send + 'static {
    /// Returns whether the request may not leave after all: the origin has closed since the permit was given, as far as this process knows, or its
    /// time has passed. It is called after the delay of the permit, and again before a request leaves that waited for its journal, and must not
    /// block. The permit of a request that does not leave ends as [`PermitEnd::Unsent`], and the run asks again.
    fn closed(&self) -> Option<Closed> {
        None
    }

    /// The request has ended. It must not block.
    fn end(self: Box<Self>, end: PermitEnd);
}

/// How the request of a permit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PermitEnd {
    /// It was not sent. Its place is free at once.
    Unsent,
    /// The host gave a usable response.
    Good,
    /// The host refuses requests for now, is away, or gave no usable response too often.
    Closing {
        /// The delay that the server asked for. Otherwise a backoff is right.
        delay: Option<Duration>,
        /// What happened, in words.
        why: Arc<str>,
    },
    /// Nothing is known of the host: the run was dropped or cancelled while the request was in flight, or the client had no socket for it.
    Abandoned,
    /// None of these: a single timeout, for example.
    Other,
}

/// Why a shared throttle does not respond. The text may be shown to users: it must not contain credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ThrottleError(Arc<str>);

impl ThrottleError {
    /// Creates an error from its description.
    pub fn new(why: impl Into<Arc<str>>) -> Self {
        ThrottleError(why.into())
    }
}

/// Returns the delay of a closing without a delay of its own: evenly distributed from zero to 500 ms, doubled with each closing in a row, at
/// most 30 s. `closings` counts them from 1, `jitter` is a random number from 0 to 1.
pub fn backoff(closings: u32, jitter: f64) -> Duration {
    crate::engine::backoff(closings, jitter)
}

impl fmt::Debug for SharedAdmission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SharedAdmission::Leave { after, .. } => {
                f.debug_struct("Leave").field("after", after).finish_non_exhaustive()
            }
            SharedAdmission::Full { wait } => f.debug_struct("Full").field("wait", wait).finish(),
            SharedAdmission::Closed(closed) => f.debug_tuple("Closed").field(closed).finish(),
        }
    }
}
