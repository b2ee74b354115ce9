//! The items that the driver holds until they settle.

use std::sync::Arc;

use bytes::Bytes;

use super::super::bulk_response::BulkResponse;
use super::super::duplicates::{KeyHash, ResponseWeight};
use crate::reply::BulkReply;
use crate::response::Cause;

pub(super) type CauseOf<R, E> = Cause<<R as BulkReply>::Failure, E>;

pub(super) type KeptResponse<R> = Option<Arc<BulkResponse<R>>>;

/// An item without an outcome, with the duplicates that share its outcome.
pub(super) struct Tracked<I, R> {
    pub(super) index: usize,
    pub(super) item: I,
    pub(super) encoded: Bytes,
    pub(super) key: Option<KeyHash>,
    /// The largest response to a request with it: its outcome may hold that memory. Only in a streamed run.
    pub(super) weight: Option<Arc<ResponseWeight>>,
    /// The last response to a request with it; only in a streamed run.
    pub(super) response: KeptResponse<R>,
    pub(super) duplicates: Vec<(usize, I)>,
}

impl<I, R> Tracked<I, R> {
    /// Copies the encoding out of the chunk that it shares with its neighbours. The item may wait for long, and would keep the whole
    /// chunk in memory.
    pub(super) fn detach(&mut self) {
        self.encoded = Bytes::copy_from_slice(&self.encoded);
    }
}
