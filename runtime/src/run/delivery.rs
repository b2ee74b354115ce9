//! What a driver delivers: items with their outcomes, from a run with a journal or from one without.

use std::fmt;
use std::sync::Arc;

use super::bulk_response::BulkResponse;
use super::row::Row;
use super::settled::Settled;
use crate::outcome::OutcomeOf;
use crate::reply::BulkReply;

/// One item of the input with its outcome, as [`JournaledRun::outcomes`](crate::JournaledRun::outcomes) yields it.
pub struct JournaledItem<I, R: BulkReply, E> {
    /// The item, as the source yielded it.
    pub item: I,
    /// The outcome as a flat row: what the journal keeps of it. Its index is that in the input of this life.
    pub row: Row,
    /// The outcome with its typed bodies; `None` if the item was settled in an earlier life, or is a duplicate of one that the journal knew.
    /// A journal keeps no bodies.
    pub outcome: Option<OutcomeOf<R, E>>,
    /// The last response to a request with the item in this life: see [`Settled::response`].
    pub response: Option<Arc<BulkResponse<R>>>,
    /// Whether an earlier life settled the item for good. That life may have yielded it, or ended before.
    pub replayed: bool,
    /// Whether the journal has the outcome. `false` only after the journal failed: the item may be sent again when the run continues, unless
    /// the endpoint is not idempotent.
    pub is_recorded: bool,
}

impl<I: fmt::Debug, R: BulkReply, E> fmt::Debug for JournaledItem<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournaledItem")
            .field("item", &self.item)
            .field("row", &self.row)
            .field("replayed", &self.replayed)
            .field("is_recorded", &self.is_recorded)
            .finish_non_exhaustive()
    }
}

/// What a driver delivers: items of a run with a journal, or of one without.
pub(super) enum Delivery<I, R: BulkReply, E> {
    Settled(Settled<I, R, E>),
    Journaled(Box<JournaledItem<I, R, E>>),
}
