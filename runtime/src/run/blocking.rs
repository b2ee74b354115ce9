//! Runs that are called by code that is not asynchronous.

use std::borrow::Borrow;
use std::future::{IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;

use super::builder::Run;
use super::kind::BulkKind;
use super::outcome_stream::OutcomeStream;
use super::report::Report;
use super::settled::Settled;
use crate::client::RuntimeThread;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

impl<'a, T, R, E, I> Run<'a, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Runs to the end and returns the report, on the current thread: as `.await`, for code that is not asynchronous.
    ///
    /// The connections of the client live on one thread of its own, which its first call starts. They stay open until the client is dropped.
    /// Use a client either by calls or in asynchronous tasks: a connection belongs to the runtime on which it was made.
    ///
    /// ```
    /// use bulk_endpoint::{Bulk, Outcome};
    ///
    /// let bulk: Bulk<u64> = Bulk::mock(|_| Outcome::succeeded());
    /// bulk.send(&[1, 2, 3]).call().into_result()?;
    /// # Ok::<(), bulk_endpoint::IncompleteRun>(())
    /// ```
    ///
    /// # Panics
    /// Panics in an asynchronous task, whose thread must not be blocked: `.await` the run there, or call it in `tokio::task::spawn_blocking`.
    /// Panics if the system cannot start a thread.
    pub fn call(self) -> Report<I, R, E> {
        let runtime = self.runtime();
        runtime.block_on(async move { self.into_future().await })
    }

    /// Returns an iterator of the outcomes as items settle: as [`outcomes`](Self::outcomes), for code that is not asynchronous.
    ///
    /// Between two calls of `next`, requests in flight continue, and no others are sent.
    ///
    /// # Panics
    /// As [`call`](Self::call): this function, and each `next`.
    pub fn call_outcomes(self) -> OutcomeIter<'a, T, R, E, I> {
        let runtime = self.runtime();
        let stream = runtime.enter(|| self.outcomes());
        OutcomeIter { stream, runtime }
    }

    /// The runtime of the client. A mock has none, and gets one of its own.
    fn runtime(&self) -> Arc<RuntimeThread> {
        match &self.kind {
            BulkKind::Remote(endpoint, _) => endpoint.client.runtime(),
            BulkKind::Mock(_) => Arc::default(),
        }
    }
}

/// The iterator of a run's outcomes: see [`Run::call_outcomes`].
#[must_use = "iterators do nothing unless consumed"]
pub struct OutcomeIter<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    stream: OutcomeStream<'a, T, R, E, I>,
    runtime: Arc<RuntimeThread>,
}

impl<T, R, E, I> OutcomeIter<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Returns a report without items: see [`OutcomeStream::summary`].
    pub fn summary(&mut self) -> Report<I, R, E> {
        self.stream.summary()
    }
}

impl<T, R, E, I> Iterator for OutcomeIter<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    type Item = Settled<I, R, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = &mut self.stream;
        self.runtime.block_on(poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)))
    }
}
