//! A run under way: a future of its report, or a stream of its outcomes.

use std::borrow::Borrow;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::driver::Driver;
use super::report::Report;
use super::settled::Settled;
use crate::item::BulkItem;
use crate::reply::{ApiError, Reply};

/// A run under way: a future of its [`Report`].
#[must_use = "futures do nothing unless polled"]
pub struct RunFuture<'a, T: BulkItem, R: Reply, E: ApiError, I: Borrow<T> + Send> {
    pub(crate) driver: Pin<Box<Driver<'a, T, R, E, I>>>,
}

impl<T, R, E, I> Future for RunFuture<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    type Output = Report<I, R, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Report<I, R, E>> {
        match self.driver.as_mut().get_mut().poll_next(cx) {
            Poll::Ready(_) => Poll::Ready(self.driver.take_report()),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The outcomes of a run, as they settle: see [`Run::outcomes`].
#[must_use = "streams do nothing unless polled"]
pub struct Outcomes<'a, T: BulkItem, R: Reply, E: ApiError, I: Borrow<T> + Send> {
    pub(crate) driver: Pin<Box<Driver<'a, T, R, E, I>>>,
}

impl<T, R, E, I> Outcomes<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// The report: counters, requests, errors. It lists no items, as the stream has given them away.
    pub fn summary(&mut self) -> Report<I, R, E> {
        self.driver.take_report()
    }
}

impl<T, R, E, I> Stream for Outcomes<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    type Item = Settled<I, R, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.driver.as_mut().get_mut().poll_next(cx)
    }
}
