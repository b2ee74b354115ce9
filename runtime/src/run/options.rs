//! The options of a run.

use std::time::Duration;

use super::event::Event;
use super::verify::VerifyFn;
use crate::engine::Counters;

/// What is done with an item that stands in the input again: the same key and, encoded, the same bytes.
///
/// Items with the same key and other bytes are no repeats. They never share a request; the later waits for the earlier.
/// Items without a key never repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnDuplicate {
    /// It is sent once, and each occurrence has its outcome. A streamed run looks back over 65 536 keys; over fewer where the outcomes
    /// that it keeps for them hold more than 8 MiB of what the responses said, bodies and failures: beyond 128 bytes an item.
    #[default]
    Collapse,
    /// The first is sent, the others are [`NotAttempted::Duplicate`](crate::NotAttempted::Duplicate). A streamed run looks back over 65 536
    /// keys.
    Reject,
    /// Each is sent, the later when the earlier has its outcome.
    Keep,
}

/// How a run is to go.
pub(crate) struct RunOptions<'a, I> {
    pub(crate) concurrency: usize,
    pub(crate) max_attempts: u32,
    pub(crate) run_timeout: Option<Duration>,
    pub(crate) max_wait: Duration,
    pub(crate) job_timeout: Duration,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) seed: Option<u64>,
    pub(crate) in_order: Option<usize>,
    pub(crate) on_duplicate: OnDuplicate,
    pub(crate) on_event: Option<EventFn<'a>>,
    pub(crate) verify: Option<VerifyFn<'a, I>>,
}

pub(crate) type EventFn<'a> = Box<dyn FnMut(&Event, &Counters) + Send + 'a>;
