//! A batcher before it starts: its options.

use std::fmt;

use super::super::kind::BulkKind;
use super::call::BatcherRun;
use super::driver::{BatcherDriver, Configure};
use super::handle::Batcher;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// The default capacity of the queue.
const CAPACITY: usize = 1024;

/// A batcher that has not started: see [`Bulk::batcher`](crate::Bulk::batcher).
#[must_use = "a batcher starts with `build` or `spawn`"]
pub struct BatcherBuilder<T: BulkItem, R: BulkReply, E> {
    kind: BulkKind<T, R, E>,
    capacity: usize,
    configure: Configure<T, R, E>,
}

impl<T, R, E> BatcherBuilder<T, R, E>
where
    T: BulkItem + 'static,
    R: BulkReply,
    E: ApiError,
{
    pub(crate) fn new(kind: BulkKind<T, R, E>) -> Self {
        BatcherBuilder { kind, capacity: CAPACITY, configure: Box::new(|run| run) }
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
    pub fn options(mut self, set: impl FnMut(BatcherRun<T, R, E>) -> BatcherRun<T, R, E> + Send + 'static) -> Self {
        self.configure = Box::new(set);
        self
    }

    /// Returns the handle, and the driver: a future that does the work, and that the caller spawns.
    pub fn build(self) -> (Batcher<T, R, E>, BatcherDriver<T, R, E>) {
        let (calls, queue) = async_channel::bounded(self.capacity);
        let (orders, ordered) = futures_channel::mpsc::unbounded();
        let driver = BatcherDriver::new(self.kind, self.configure, queue, ordered);
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
