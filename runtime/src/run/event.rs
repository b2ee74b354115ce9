//! What a run tells while it goes.

use std::time::Duration;

use crate::outcome::OutcomeKind;

/// Something happened in a run: for progress bars and logs, see [`Run::on_event`](crate::Run::on_event).
///
/// Events say what happens to requests and items in numbers; they carry no item, no body, no credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request leaves.
    #[non_exhaustive]
    Sent {
        /// The number of the request, from 0.
        request: usize,
        /// How many items it carries.
        items: usize,
        /// The how-manieth attempt of its items it is, from 1.
        attempt: u32,
    },
    /// A request ended.
    #[non_exhaustive]
    Ended {
        /// The number of the request.
        request: usize,
        /// The status of its response; `None` where none came.
        status: Option<u16>,
    },
    /// The server asked to wait, or refused for now: no request leaves for this long.
    #[non_exhaustive]
    Waiting {
        /// How long.
        wait: Duration,
    },
    /// An occurrence has its outcome.
    #[non_exhaustive]
    Settled {
        /// Its index in the input.
        index: usize,
        /// Which outcome.
        outcome: OutcomeKind,
    },
    /// The run sends nothing more, and why.
    #[non_exhaustive]
    Stopped {
        /// The reason, in words.
        why: String,
    },
}
