//! Why a run stops.

use std::sync::Arc;

/// Why a run sends nothing more, or why an item was never sent. `C` is what the caller keeps of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StopReason<C> {
    /// A response that no item can change refused a request.
    Refused(C),
    /// The caller's `stop`, or no token to send with: why.
    Stopped(Arc<str>),
    /// The host cannot be reached.
    Unreachable(C),
    /// The host is there, and refused requests without processing them (421, 425, `REFUSED_STREAM`).
    NotProcessed(C),
    /// The server asked for a longer delay than the run honors.
    WaitTooLong(Arc<str>),
    /// The client's retry budget is spent.
    Budget,
    /// The caller's `cancel`, or a drop.
    Cancelled(Arc<str>),
    /// The run's timeout passed, or the server asked for a delay beyond it.
    Deadline(Arc<str>),
    /// The arguments cannot be put into a request.
    InvalidArgument(Arc<str>),
}
