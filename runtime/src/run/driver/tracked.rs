//! The items that the driver holds until they settle.

use bytes::Bytes;

use super::super::duplicates::KeyHash;
use crate::reply::BulkReply;
use crate::response::Cause;

pub(super) type CauseOf<R, E> = Cause<<R as BulkReply>::Failure, E>;

/// An item without an outcome, with the duplicates that share its outcome.
pub(super) struct Tracked<I> {
    pub(super) index: usize,
    pub(super) item: I,
    pub(super) encoded: Bytes,
    pub(super) key: Option<KeyHash>,
    /// The size of the largest response to it, divided by the number of items of its request: the memory that its outcome may hold.
    pub(super) response_bytes: usize,
    pub(super) duplicates: Vec<(usize, I)>,
}

impl<I> Tracked<I> {
    /// Copies the encoding out of the chunk that it shares with its neighbours. The item may wait for long, and would keep the whole
    /// chunk in memory.
    pub(super) fn detach(&mut self) {
        self.encoded = Bytes::copy_from_slice(&self.encoded);
    }
}
