//! The limits of a run, and the properties of its endpoint that decide about retries.

use super::batch::Caps;
use crate::engine::Time;

/// The limits of a run, and the properties of its endpoint that decide about retries.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The limits of every request.
    pub(crate) caps: Caps,
    /// The most bytes of one item.
    pub(crate) max_item_bytes: usize,
    /// The most requests in flight at once.
    pub(crate) concurrency: usize,
    /// The most batches that are prepared while as many requests are in flight as may be.
    pub(crate) prepared: usize,
    /// The most attempts with an unknown result that an item takes part in.
    pub(crate) max_attempts: u32,
    /// The longest time without progress, of the run and of a single item.
    pub(crate) patience: Time,
    /// The deadline of the run.
    pub(crate) deadline: Option<Time>,
    /// Retrying an item is safe.
    pub(crate) idempotent: bool,
    /// Retrying is safe only under the idempotency key of a batch, and for this time from its first attempt on. An uncertain batch is then
    /// retried as it was, and never split or regrouped.
    pub(crate) key_valid: Option<Time>,
    /// The endpoint has an `already(…)` list, which then names every failure that means "already done".
    pub(crate) knows_already: bool,
    /// The run has a `verify`, which is asked for the result of items that would end unknown.
    pub(crate) verifies: bool,
}
