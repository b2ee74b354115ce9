//! What bounds a run.

use super::batch::Caps;
use crate::engine::Time;

/// What bounds a run.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// The caps of every request.
    pub(crate) caps: Caps,
    /// The most bytes of one item.
    pub(crate) max_item_bytes: usize,
    /// Requests under way at once.
    pub(crate) concurrency: usize,
    /// The most attempts that an item takes part in.
    pub(crate) max_attempts: u32,
    /// The longest wait that is begun where the server asks for one.
    pub(crate) max_wait: Time,
    /// When the run must be over.
    pub(crate) deadline: Option<Time>,
    /// Retrying an item is safe.
    pub(crate) idempotent: bool,
    /// The endpoint says which failures mean "already done", and says it completely.
    pub(crate) knows_already: bool,
    /// The endpoint says which refusals are some item's fault.
    pub(crate) bisects: bool,
    /// Somebody can be asked what became of an item that would end unknown.
    pub(crate) verifies: bool,
}
