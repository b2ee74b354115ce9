//! The driver of a mock: settles each item with the outcome that a function returns, and sends nothing.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use super::delivery::Delivery;
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

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Delivery<I, R, E>>> {
        for _ in 0..ITEMS_PER_POLL {
            if let Some(delivery) = self.outlet.outbox.pop_front() {
                return Poll::Ready(Some(delivery));
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

#[cfg(test)]
mod tests {
    use std::future::IntoFuture;
    use std::sync::OnceLock;
    use std::time::Duration;

    use futures_util::{FutureExt, StreamExt, stream};

    use crate::{Bulk, NotAttempted, Outcome, OutcomeKind, Report, Run};

    type Items = Report<u64, (), ()>;

    fn bulk() -> Bulk<u64> {
        Bulk::mock(|_| Outcome::succeeded())
    }

    fn report(run: Run<'_, u64, (), (), u64>) -> Items {
        run.into_future().now_or_never().expect("a mock does not wait")
    }

    fn kinds(report: &Items) -> Vec<OutcomeKind> {
        report.iter().map(|(_, outcome)| outcome.kind()).collect()
    }

    #[test]
    fn a_mock_that_was_not_ended_has_read_all() {
        let report = report(bulk().send(0..3));
        assert_eq!((kinds(&report), report.read_all()), (vec![OutcomeKind::Succeeded; 3], true));
        assert!(report.is_complete() && report.stopped().is_none() && report.source_error().is_none());
        assert!(report.into_result().is_ok());
    }

    #[test]
    fn a_mock_that_is_stopped_accounts_for_what_its_source_holds() {
        for (cancels, is_stream) in [(false, false), (true, false), (false, true), (true, true)] {
            let order = std::sync::Arc::new(OnceLock::<Box<dyn Fn() + Send + Sync>>::new());
            let ordered = order.clone();
            let bulk: Bulk<u64> = Bulk::mock(move |item: &u64| {
                if *item == 1 {
                    ordered.get().expect("the order is set")();
                }
                Outcome::succeeded()
            });
            let run = if is_stream { bulk.send_stream(stream::iter(0..5)) } else { bulk.send(0..5) };
            let watch = run.watch();
            let call_off = move || if cancels { watch.cancel() } else { watch.stop() };
            assert!(order.set(Box::new(call_off)).is_ok());
            let report = report(run);
            let mut want = vec![OutcomeKind::Succeeded; 2];
            want.extend(vec![OutcomeKind::NotAttempted; if is_stream { 0 } else { 3 }]);
            assert_eq!((kinds(&report), report.read_all()), (want, !is_stream), "{cancels} {is_stream}");
            assert!(!report.is_complete() && report.stopped().is_some());
            let is_reason = |why: &NotAttempted| matches!(why, NotAttempted::Cancelled) == cancels;
            assert!(report.not_attempted().all(|(_, why)| is_reason(why)), "{report}");
            assert!(report.into_result().is_err());
        }
    }

    #[test]
    fn a_mock_without_time_does_nothing() {
        let untimely = report(bulk().send(0..3).run_timeout(Duration::ZERO));
        assert_eq!(kinds(&untimely), [OutcomeKind::NotAttempted; 3]);
        assert_eq!(kinds(&report(bulk().send(0..3).run_timeout(Duration::from_nanos(1)))), [OutcomeKind::Succeeded; 3]);
    }

    #[test]
    fn a_source_that_fails_ends_a_mock_and_its_error_says_so() {
        let items = [Ok(0), Err("no more rows"), Ok(2)];
        let report = report(bulk().send(items));
        assert_eq!((kinds(&report), report.read_all()), (vec![OutcomeKind::Succeeded], false));
        let incomplete = report.into_result().unwrap_err();
        assert!(incomplete.source_error().unwrap().to_string().contains("no more rows"), "{incomplete}");
        assert_eq!((incomplete.counters().succeeded, incomplete.rows().len()), (1, 0));
        let failing: Bulk<u64> = Bulk::mock(|_| panic!("the function's own mistake"));
        let incomplete = self::report(failing.send(0..2)).into_result().unwrap_err();
        assert!(incomplete.source_error().is_none() && incomplete.rows().len() == 2, "{incomplete}");
    }

    #[test]
    fn a_dropped_mock_accounts_for_what_it_had_and_what_its_source_holds() {
        let run = bulk().send(0..5);
        let watch = run.watch();
        let mut outcomes = run.outcomes();
        assert_eq!(outcomes.next().now_or_never().unwrap().unwrap().index, 0);
        drop(outcomes);
        let counters = watch.counters();
        assert_eq!((counters.succeeded, counters.not_attempted, counters.accepted), (1, 4, 5));
        assert!(counters.balanced());
    }

    #[test]
    fn a_long_mock_lets_other_tasks_run() {
        let mut run = Box::pin(bulk().send(0..600).into_future());
        let polls = std::iter::repeat_with(|| (&mut run).now_or_never()).take_while(Option::is_none).count();
        assert_eq!(polls, 2, "256 items each time");
    }
}
