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
    /// The throttle closed: the server asked for a delay, refused a request for now, or could not be reached. No request is sent until the
    /// throttle reopens.
    #[non_exhaustive]
    Waiting {
        /// The time until the throttle reopens.
        wait: Duration,
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
