//! The driver of a mock: settles each item with the outcome that a function returns, and sends nothing.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use super::kind::MockFn;
use super::options::RunOptions;
use super::outlet::Outlet;
use super::settled::Settled;
use super::source::Source;
use super::state::{Order, RunState};
use super::stop;
use crate::engine::{Counters, StopReason};
use crate::item::BulkItem;
use crate::outcome::Outcome;
use crate::reply::{ApiError, BulkReply};
use crate::response::Cause;
use crate::uncertainty_kind::UncertaintyKind;

/// The maximum number of items per poll. A source that is always ready must not keep other tasks from running.
const ITEMS_PER_POLL: usize = 256;

pub(super) struct MockDriver<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    outcome: Arc<MockFn<T, R, E>>,
    source: Source<'a, I>,
    outlet: Outlet<'a, I, R, E>,
    counters: Counters,
    /// Why the function is not called for further items.
    stopped: Option<StopReason<Cause<R::Failure, E>>>,
    /// A run timeout of zero has elapsed when the run starts. Any other has not: a mock takes no time.
    is_timed_out: bool,
    done: bool,
}

impl<'a, T, R, E, I> MockDriver<'a, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    pub(super) fn new(
        outcome: Arc<MockFn<T, R, E>>,
        source: Source<'a, I>,
        options: RunOptions<'a, I>,
        state: Arc<RunState<I, R, E>>,
        collects: bool,
    ) -> Self {
        let is_timed_out = options.run_timeout.is_some_and(|timeout| timeout.is_zero());
        let outlet = Outlet::new(state, collects, options.in_order.is_some(), options.on_event);
        MockDriver { outcome, source, outlet, counters: Counters::default(), stopped: None, is_timed_out, done: false }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Settled<I, R, E>>> {
        for _ in 0..ITEMS_PER_POLL {
            if let Some(settled) = self.outlet.outbox.pop_front() {
                return Poll::Ready(Some(settled));
            }
            if self.done {
                return Poll::Ready(None);
            }
            self.outlet.state.waker.register(cx.waker());
            self.check_orders();
            match self.source.poll_next(cx) {
                Poll::Pending => {
                    self.publish();
                    return Poll::Pending;
                }
                Poll::Ready(Some(Ok(item))) => self.settle(item),
                Poll::Ready(Some(Err(error))) => {
                    self.outlet.state.lock().source_error = Some(error);
                    self.done = true;
                }
                Poll::Ready(None) => {
                    self.outlet.state.lock().read_all = !self.source.was_stopped();
                    self.done = true;
                }
            }
            self.publish();
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn check_orders(&mut self) {
        match self.outlet.state.order() {
            Order::Go if self.is_timed_out => self.stop(stop::timed_out()),
            Order::Go => {}
            Order::Stop => self.stop(stop::stopped()),
            Order::Cancel => self.stop(stop::cancelled()),
        }
    }

    fn stop(&mut self, reason: StopReason<Cause<R::Failure, E>>) {
        if self.stopped.is_some() {
            return;
        }
        let why = stop::describe(&reason);
        self.stopped = Some(reason);
        self.source.stop();
        self.outlet.note_stop(why, &self.counters);
    }

    fn settle(&mut self, item: I) {
        let outcome = match &self.stopped {
            Some(reason) => Outcome::NotAttempted(stop::not_attempted(reason)),
            None => catch_unwind(AssertUnwindSafe(|| (self.outcome)(item.borrow())))
                .unwrap_or_else(|_| Outcome::unknown(UncertaintyKind::Panicked, "the function of the mock panicked")),
        };
        let index = self.counters.accepted;
        self.counters.accepted += 1;
        self.counters.settle(outcome.kind(), 1);
        self.outlet
            .deliver(Settled { index, item, outcome, response: None, key: self.outlet.state.key }, &self.counters);
    }

    fn publish(&mut self) {
        self.outlet.state.lock().counters = self.counters;
    }

    /// Settles the items that the iterator of a dropped run still holds.
    fn settle_rest(&mut self) {
        self.stop(stop::dropped());
        while let Some(next) = self.source.next_held() {
            match next {
                Ok(item) => self.settle(item),
                Err(error) => self.outlet.state.lock().source_error = Some(error),
            }
            self.outlet.outbox.clear();
        }
        self.publish();
    }
}

impl<T, R, E, I> Drop for MockDriver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    fn drop(&mut self) {
        if !self.done && self.outlet.is_watched_after_drop() {
            // A second panic during unwinding would abort the process.
            let _ = catch_unwind(AssertUnwindSafe(|| self.settle_rest()));
        }
    }
}
