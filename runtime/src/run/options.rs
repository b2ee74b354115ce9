//! The options of a run.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tracing::Span;

use super::event::Event;
use super::verify::VerifyFn;
use crate::engine::Counters;

/// The treatment of duplicates: items with the same key and the same encoding as an earlier item of the input.
///
/// Items with the same key but different encodings are not duplicates. They never share a request: the later one is sent when the earlier
/// one has settled. Items without a key are never duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnDuplicate {
    /// Sends the item once; every occurrence gets its outcome.
    ///
    /// A run that streams its outcomes remembers the last 65 536 settled keys. It remembers fewer if the responses with the bodies
    /// and failures of their outcomes are larger than 8 MiB together, which is 128 bytes per key.
    #[default]
    Collapse,
    /// Sends the first occurrence; the others end as [`NotAttempted::Duplicate`](crate::NotAttempted::Duplicate). A run that streams its
    /// outcomes remembers the last 65 536 settled keys.
    Reject,
    /// Sends every occurrence, each one when the one before has settled.
    Keep,
}

/// The options of a run: see the methods of [`Run`](crate::Run).
pub(crate) struct RunOptions<'a, I> {
    pub(crate) concurrency: usize,
    pub(crate) max_attempts: u32,
    pub(crate) run_timeout: Option<Duration>,
    pub(crate) patience: Duration,
    pub(crate) job_timeout: Duration,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) seed: Option<u64>,
    pub(crate) in_order: Option<usize>,
    pub(crate) linger: Option<Duration>,
    /// Only where the items are the calls of a batcher.
    pub(crate) calls: Option<Calls<I>>,
    pub(crate) on_duplicate: OnDuplicate,
    pub(crate) on_event: Option<EventFn<'a>>,
    pub(crate) verify: Option<VerifyFn<'a, I>>,
    pub(crate) verify_after: Duration,
}

/// What a run does for items that are single calls. A call is no duplicate of one that has returned.
pub(crate) struct Calls<I> {
    /// While it is set, items do not linger.
    pub(crate) hurry: Arc<AtomicBool>,
    /// The tracing span of the caller.
    pub(crate) span: fn(&I) -> &Span,
    /// Whether a caller waits for the outcome.
    pub(crate) is_awaited: fn(&I) -> bool,
    /// Gives an item back to its caller that was read, and that the run does not accept.
    pub(crate) give_back: fn(I),
}

pub(crate) type EventFn<'a> = Box<dyn FnMut(&Event, &Counters) + Send + 'a>;
