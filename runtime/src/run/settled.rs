//! An item with its outcome.

use std::fmt;
use std::sync::Arc;

use super::bulk_response::BulkResponse;
use super::row::Row;
use crate::outcome::OutcomeOf;
use crate::reply::BulkReply;

/// One item of the input with its outcome, as [`Run::outcomes`](crate::Run::outcomes) yields it.
pub struct Settled<I, R: BulkReply, E> {
    /// The item's index in the input. In a batcher, it counts the calls since its last stop.
    pub index: usize,
    /// The item, as the source yielded it.
    pub item: I,
    /// The item's outcome.
    pub outcome: OutcomeOf<R, E>,
    /// The last response to a request with the item, with the fields that belong to no item. The items of a request share it.
    ///
    /// `None` if no response was read for it: it was not attempted, no attempt got a usable response, or the run is a mock. Also for a
    /// duplicate of an item that settled before: the response came with that item.
    pub response: Option<Arc<BulkResponse<R>>>,
    /// Returns an item's key as text.
    pub(super) key: fn(&I) -> String,
}

impl<I, R: BulkReply, E> Settled<I, R, E> {
    /// Returns the outcome as a flat row, as [`Report::rows`](crate::Report::rows) does.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let bulk: bulk_endpoint::Bulk<u64> = bulk_endpoint::Bulk::mock(|_| bulk_endpoint::Outcome::succeeded());
    /// use futures_util::StreamExt;
    ///
    /// let mut outcomes = bulk.send([7]).outcomes();
    /// while let Some(settled) = outcomes.next().await {
    ///     assert_eq!(settled.row().to_string(), "7: succeeded");
    /// }
    /// # });
    /// ```
    pub fn row(&self) -> Row {
        Row::new::<R, E>(self.index, (self.key)(&self.item), &self.outcome, self.response.as_deref())
    }
}

impl<I, R: BulkReply, E> fmt::Debug for Settled<I, R, E>
where
    I: fmt::Debug,
    OutcomeOf<R, E>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settled")
            .field("index", &self.index)
            .field("item", &self.item)
            .field("outcome", &self.outcome)
            .field("response", &self.response)
            .finish()
    }
}
