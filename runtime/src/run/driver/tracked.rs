//! The items that the driver holds until they settle.

use std::sync::Arc;

use super::super::bulk_response::BulkResponse;
use super::super::duplicates::{KeyHash, ResponseWeight};
use crate::reply::BulkReply;
use crate::request::Encoded;
use crate::response::Cause;

pub(super) type CauseOf<R, E> = Cause<<R as BulkReply>::Failure, E>;

pub(super) type KeptResponse<R> = Option<Arc<BulkResponse<R>>>;

/// The place of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its index in the input.
    pub(super) index: usize,
    /// Its number in the journal; without a journal, its index.
    pub(super) number: u64,
}

/// An item without an outcome, with the duplicates that share its outcome.
pub(super) struct Tracked<I, R> {
    pub(super) place: Place,
    pub(super) item: I,
    pub(super) encoded: Encoded,
    pub(super) key: Option<KeyHash>,
    /// The largest response to a request with it: its outcome may hold that memory. Only in a streamed run.
    pub(super) weight: Option<Arc<ResponseWeight>>,
    /// The last response to a request with it; only in a streamed run.
    pub(super) response: KeptResponse<R>,
    pub(super) duplicates: Vec<(Place, I)>,
    /// The requests that it took part in, over all lives of the run. Counted only with a journal.
    pub(super) attempts: u32,
}

impl<I, R> Tracked<I, R> {
    #[inline]
    pub(super) fn new(place: Place, item: I, encoded: Encoded, key: Option<KeyHash>) -> Self {
        Tracked { place, item, encoded, key, weight: None, response: None, duplicates: Vec::new(), attempts: 0 }
    }

    /// The item may wait for long: its encoding keeps no memory of others.
    pub(super) fn detach(&mut self) {
        self.encoded.detach();
    }
}
