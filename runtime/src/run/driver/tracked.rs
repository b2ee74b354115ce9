//! An item under way.

use bytes::Bytes;

use super::super::duplicates::KeyHash;
use crate::reply::BulkReply;
use crate::response::Cause;

pub(super) type CauseOf<R, E> = Cause<<R as BulkReply>::Failure, E>;

/// An item on its way, with the occurrences that share its outcome.
pub(super) struct Tracked<I> {
    pub(super) index: usize,
    pub(super) item: I,
    pub(super) encoded: Bytes,
    pub(super) key: Option<KeyHash>,
    /// The bytes of the longest answer to it, shared out among the items of its request: what an outcome may hold.
    pub(super) response_bytes: usize,
    pub(super) duplicates: Vec<(usize, I)>,
}

impl<I> Tracked<I> {
    /// Keeps its own bytes alone: it may wait for long, and would keep the chunk of its neighbours as long.
    pub(super) fn detach(&mut self) {
        self.encoded = Bytes::copy_from_slice(&self.encoded);
    }
}
