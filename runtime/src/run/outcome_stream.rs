//! A started run: a future of its report, or a stream of its outcomes.

use std::borrow::Borrow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::delivery::Delivery;
use super::driver::Driver;
use super::kind::BulkKind;
use super::mock::MockDriver;
use super::options::RunOptions;
use super::report::Report;
use super::settled::Settled;
use super::source::Source;
use super::state::RunState;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// The driver of a run: one that sends requests, or that of a mock.
pub(super) enum RunDriver<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    Sending(Box<Driver<'a, T, R, E, I>>),
    Mock(Box<MockDriver<'a, T, R, E, I>>),
}

impl<'a, T, R, E, I> RunDriver<'a, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    pub(super) fn new(
        kind: BulkKind<T, R, E>,
        source: Source<'a, I>,
        options: RunOptions<'a, I>,
        state: Arc<RunState<I, R, E>>,
        collects: bool,
    ) -> Self {
        match kind {
            BulkKind::Remote(endpoint, read) => {
                RunDriver::Sending(Box::new(Driver::new(&endpoint, read, source, options, state, collects)))
            }
            BulkKind::Mock(outcome) => {
                RunDriver::Mock(Box::new(MockDriver::new(outcome, source, options, state, collects)))
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Settled<I, R, E>>> {
        loop {
            let polled = match self {
                RunDriver::Sending(driver) => driver.poll_next(cx),
                RunDriver::Mock(driver) => driver.poll_next(cx),
            };
            return match polled {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Delivery::Settled(settled))) => Poll::Ready(Some(settled)),
                // A run without a journal delivers nothing else.
                Poll::Ready(Some(Delivery::Journaled(_))) => continue,
            };
        }
    }
}

/// The future of a run's [`Report`]: see [`Run`](crate::Run).
#[must_use = "futures do nothing unless polled"]
pub struct RunFuture<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    pub(super) driver: RunDriver<'a, T, R, E, I>,
    pub(super) state: Arc<RunState<I, R, E>>,
}

impl<T, R, E, I> Future for RunFuture<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    type Output = Report<I, R, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Report<I, R, E>> {
        match self.driver.poll_next(cx) {
            Poll::Ready(_) => Poll::Ready(Report::new(self.state.take(), self.state.key)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The stream of a run's outcomes: see [`Run::outcomes`](crate::Run::outcomes).
#[must_use = "streams do nothing unless polled"]
pub struct OutcomeStream<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    pub(super) driver: RunDriver<'a, T, R, E, I>,
    pub(super) state: Arc<RunState<I, R, E>>,
}

impl<T, R, E, I> OutcomeStream<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Returns a report without items: counters, requests, errors. The items and outcomes were yielded by the stream.
    ///
    /// Before the stream has ended, the report describes the progress so far.
    pub fn summary(&mut self) -> Report<I, R, E> {
        Report::new(self.state.take(), self.state.key)
    }
}

impl<T, R, E, I> Stream for OutcomeStream<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    type Item = Settled<I, R, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.driver.poll_next(cx)
    }
}
