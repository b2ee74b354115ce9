//! The handle of a batcher.

use std::fmt;
use std::time::Duration;

use async_channel::{Sender, TrySendError as Full};
use futures_channel::mpsc::UnboundedSender;
use futures_channel::oneshot;

use super::super::settled::Settled;
use super::call::{Call, CallError, QueuedCall, TrySendError};
use super::driver::HandleOrder;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// A handle that sends single items, many of them in one request. Cheap to clone, and shared by any number of tasks.
///
/// See [`Bulk::batcher`](crate::Bulk::batcher).
pub struct Batcher<T, R: BulkReply, E> {
    pub(super) calls: Sender<QueuedCall<T, R, E>>,
    pub(super) orders: UnboundedSender<HandleOrder>,
}

impl<T, R, E> Batcher<T, R, E>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    /// Sends an item, and returns its own outcome. Waits while the queue is full.
    ///
    /// The item travels with the items of other calls. Dropping the future while the item is in the queue withdraws it; once the driver
    /// has read the item, it is sent all the same. Other calls are not affected.
    ///
    /// # Errors
    /// [`CallError::Closed`] if the batcher was closed or its driver was dropped before the item was sent. With a journal, [`CallError::NotRecorded`] if
    /// it failed before it had the outcome, and [`CallError::Lost`] if the driver was dropped. A request that was refused or lost is not an
    /// error, but an [`Outcome`](crate::Outcome).
    pub async fn send(&self, item: T) -> Result<Settled<T, R, E>, CallError<T>> {
        self.submit(item).await?.await
    }

    /// Sends an item, and returns a future of its outcome once the queue has accepted it. Waits while the queue is full.
    ///
    /// # Errors
    /// [`CallError::Closed`] if the batcher was closed or its driver was dropped.
    pub async fn submit(&self, item: T) -> Result<Call<T, R, E>, CallError<T>> {
        let (queued, call) = QueuedCall::new(item);
        match self.calls.send(queued).await {
            Ok(()) => Ok(call),
            Err(closed) => Err(CallError::Closed(closed.into_inner().into_item())),
        }
    }

    /// Sends an item if the queue has room, and returns a future of its outcome.
    ///
    /// # Errors
    /// [`TrySendError::Full`] if the queue is full, [`TrySendError::Closed`] if the batcher was closed or its driver was dropped. Both return the
    /// item.
    pub fn try_send(&self, item: T) -> Result<Call<T, R, E>, TrySendError<T>> {
        let (queued, call) = QueuedCall::new(item);
        match self.calls.try_send(queued) {
            Ok(()) => Ok(call),
            Err(Full::Full(queued)) => Err(TrySendError::Full(queued.into_item())),
            Err(Full::Closed(queued)) => Err(TrySendError::Closed(queued.into_item())),
        }
    }

    /// Waits until every call that was accepted before is settled, with its retries. Meanwhile no item lingers.
    ///
    /// A call that was dropped counts as settled when its item is. If the driver is gone, it returns immediately.
    pub async fn flush(&self) {
        let (done, ended) = oneshot::channel();
        self.order(HandleOrder::Flush { done }, ended).await;
    }

    /// Closes the batcher for all its handles: it accepts no more calls, and waits until those that it has accepted are settled, at most for
    /// `timeout`. Then it cancels the others: items in flight end `Unknown`, and items that were not sent end `NotAttempted` or come back as
    /// [`CallError::Closed`].
    ///
    /// With a journal, it also waits until the store has recorded the outcomes.
    ///
    /// [`Duration::ZERO`] cancels immediately; [`Duration::MAX`] waits for as long as the run takes. Of several calls of `close`, the last one sets
    /// the timeout.
    pub async fn close(&self, timeout: Duration) {
        let (done, ended) = oneshot::channel();
        self.order(HandleOrder::Close { timeout, done }, ended).await;
    }

    /// Returns whether the batcher accepts no more calls.
    pub fn is_closed(&self) -> bool {
        self.calls.is_closed()
    }

    async fn order(&self, order: HandleOrder, ended: oneshot::Receiver<()>) {
        // Both fail if the driver is gone, and then there is nothing to wait for.
        if self.orders.unbounded_send(order).is_ok() {
            let _ = ended.await;
        }
    }
}

impl<T, R: BulkReply, E> Clone for Batcher<T, R, E> {
    fn clone(&self) -> Self {
        Batcher { calls: self.calls.clone(), orders: self.orders.clone() }
    }
}

impl<T, R: BulkReply, E> fmt::Debug for Batcher<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batcher").field("queued", &self.calls.len()).field("capacity", &self.calls.capacity()).finish()
    }
}
