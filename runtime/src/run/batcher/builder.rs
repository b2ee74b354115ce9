//! A batcher before it starts: its options.

use std::fmt;

use futures_util::{StreamExt, stream};

use super::super::kind::BulkKind;
use super::super::source::Input;
use super::call::{BatcherRun, LeftOpen};
use super::driver::sealed::StartCalls;
use super::driver::{BatcherDriver, CallRun, OpenSource, Start};
use super::handle::Batcher;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// The default capacity of the queue.
const CAPACITY: usize = 1024;

/// A batcher that has not started: see [`Bulk::batcher`](crate::Bulk::batcher).
#[must_use = "a batcher starts with `build` or `spawn`"]
pub struct BatcherBuilder<T: BulkItem, R: BulkReply, E: ApiError> {
    kind: BulkKind<T, R, E>,
    capacity: usize,
    start: Start<T, R, E>,
    open: Option<OpenSource<T>>,
}

impl<T, R, E> BatcherBuilder<T, R, E>
where
    T: BulkItem + 'static,
    R: BulkReply,
    E: ApiError,
{
    pub(crate) fn new(kind: BulkKind<T, R, E>) -> Self {
        BatcherBuilder { kind, capacity: CAPACITY, start: Box::new(BatcherRun::start), open: None }
    }

    /// Sets the maximum number of calls that wait in the queue. Default 1024; 0 counts as 1.
    ///
    /// When it is full, [`Batcher::send`] waits and [`Batcher::try_send`] reports it. Calls whose items were read out of the queue are not in it: these
    /// are at most what a streamed run reads ahead.
    pub fn capacity(mut self, calls: usize) -> Self {
        self.capacity = calls.max(1);
        self
    }

    /// Sets the options of the run behind the batcher, with the methods of [`Run`](crate::Run). Default: those of a
    /// run, with a [`linger`](crate::Run::linger) of 10 ms.
    ///
    /// The function is called for the first run, and for the next one after a run has stopped. A [`run_timeout`](crate::Run::run_timeout) cancels the
    /// calls of that time, and [`in_order`](crate::Run::in_order) delays outcomes: neither is what calls need.
    ///
    /// A second call replaces the first.
    ///
    /// # With a journal
    ///
    /// If the function ends with [`Run::journal`](crate::Run::journal), each call is an item of that run: it is recorded before it is sent, and a call
    /// returns when its outcome is durable. What a caller was told is final, whatever the outcome is.
    ///
    /// If the process dies, its callers die with it. An item that was still in the queue is not recorded, and was not sent. An item that was
    /// recorded and has no outcome is *open*: the journal has it with what is known of it, and [`resume`](Self::resume) settles it in the next
    /// life. No caller gets the outcome: it is in the report of the store. A caller that calls again sends a new item, even if the
    /// earlier one was applied. To find out first, read the report, or use an endpoint with an `already` list.
    ///
    /// A batcher with a journal ends when the journal fails. Calls that it has not sent come back as [`CallError::Closed`](super::CallError::Closed), and those with an
    /// outcome that is not recorded as [`CallError::NotRecorded`](super::CallError::NotRecorded). The driver returns the error.
    pub fn options<O>(mut self, mut set: impl FnMut(BatcherRun<T, R, E>) -> O + Send + 'static) -> Self
    where
        O: CallRun<T, R, E>,
    {
        self.start = Box::new(move |run| set(run).start());
        self
    }

    /// Sets the items that earlier lives of the journal left open. They are settled before the items of calls, and have no callers.
    ///
    /// `open` is called when a life has begun. With the store of `bulk-endpoint-durable`, it is `move || store.items::<T>("name").open().with_duplicates()` for items
    /// that can be made from their keys, and the same with `items_with` for others. Without a call of `resume` these items stay open, and nothing sends them.
    ///
    /// If they cannot be read, the batcher fails.
    pub fn resume<S>(mut self, open: impl Fn() -> S + Clone + Send + 'static) -> Self
    where
        S: IntoIterator<Item: Input<T, Item = T>, IntoIter: Send + 'static> + 'static,
        S::Item: 'static,
    {
        self.open = Some(Box::new(move || {
            let open = open.clone();
            // They are read when the run polls them, and not before its life has begun.
            stream::iter(std::iter::once_with(open).flatten().map(LeftOpen::new)).boxed()
        }));
        self
    }

    /// Returns the handle, and the driver: a future that does the work, and that the caller spawns.
    pub fn build(self) -> (Batcher<T, R, E>, BatcherDriver<T, R, E>) {
        let (calls, queue) = async_channel::bounded(self.capacity);
        let (orders, ordered) = futures_channel::mpsc::unbounded();
        let driver = BatcherDriver::new(self.kind, self.start, self.open, queue, ordered);
        (Batcher { calls, orders }, driver)
    }

    /// Spawns the driver on tokio's current runtime, and returns the handle.
    ///
    /// # Panics
    /// If it is called outside a tokio runtime.
    #[cfg(feature = "tokio")]
    pub fn spawn(self) -> Batcher<T, R, E> {
        let (batcher, driver) = self.build();
        tokio::spawn(driver);
        batcher
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError> fmt::Debug for BatcherBuilder<T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatcherBuilder")
            .field("bulk", &self.kind)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
