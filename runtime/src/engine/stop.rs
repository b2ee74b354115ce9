//! The reasons why a run stops.

use std::sync::Arc;

use crate::engine::Time;

/// Why a run sends nothing more, which is also why its unsent items are not attempted. `C` is the cause that the caller keeps for an
/// outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StopReason<C> {
    /// A request was refused, for a reason that does not depend on its items.
    Refused(C),
    /// The caller's `stop`, or no token could be fetched; with the reason.
    Stopped(Arc<str>),
    /// The host cannot be reached.
    Unreachable(C),
    /// The run made no progress within its patience.
    Patience {
        patience: Time,
        /// The last request that got no further; `None` if the run only waited for another run of the client.
        last: Option<C>,
        /// The server asked for this delay, which would end after the patience.
        delay: Option<Time>,
    },
    /// The caller cancelled or dropped the run.
    Cancelled(Arc<str>),
    /// The run's timeout passed, or the server asked for a delay beyond it.
    Deadline(Arc<str>),
    /// The arguments cannot be put into a request.
    InvalidArgument(Arc<str>),
}
