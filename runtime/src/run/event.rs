//! The events of a run.

use std::time::Duration;

use crate::outcome::OutcomeKind;

/// An event of a run, for progress bars and logs: see [`Run::on_event`](crate::Run::on_event).
///
/// Events contain numbers and reasons, but no items, bodies or credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request is sent.
    #[non_exhaustive]
    Sent {
        /// The number of the request, from 0.
        request: usize,
        /// The number of items in it.
        items: usize,
        /// The number of this attempt for its items, from 1.
        attempt: u32,
    },
    /// A request ended, with or without a response.
    #[non_exhaustive]
    Ended {
        /// The number of the request, from 0.
        request: usize,
        /// The status of its response; `None` if none came.
        status: Option<u16>,
    },
    /// The run has items to send and waits for the host: it asked for a delay, refuses requests for now, or cannot be reached. After the
    /// wait, one request of the client probes the host. It waits in the same way for a [journal](crate::journal::Journal::withholds) that
    /// withholds its requests, and for a [shared throttle](crate::shared_throttle) that does not respond.
    #[non_exhaustive]
    Waiting {
        /// The time until the next request.
        wait: Duration,
        /// The time for which the run has made no progress. It stops when that exceeds its [`patience`](crate::Run::patience).
        stalled: Duration,
        /// What it waits for: the last refusal or error, in words.
        why: String,
    },
    /// The run sends fewer requests at once than its concurrency allows: this machine has no socket left for another one, or the host
    /// accepts no more connections. The client tries one more each second.
    #[non_exhaustive]
    Limited {
        /// The number of requests that were in flight when one more found no socket.
        requests: usize,
        /// The error of that one, in words.
        why: String,
    },
    /// An item settled: it has its outcome. Duplicates settle one by one.
    #[non_exhaustive]
    Settled {
        /// The item's index in the input.
        index: usize,
        /// The kind of the outcome.
        outcome: OutcomeKind,
    },
    /// The run stopped: it sends nothing more.
    #[non_exhaustive]
    Stopped {
        /// The reason, in words.
        why: String,
    },
}
