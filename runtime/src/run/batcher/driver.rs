//! The driver of a batcher: takes calls out of the queue, runs them, and answers them.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_channel::Receiver;
use futures_channel::mpsc::UnboundedReceiver;
use futures_channel::oneshot;
use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, ready};

use super::super::builder::Run;
use super::super::kind::BulkKind;
use super::super::outcome_stream::OutcomeStream;
use super::super::source::Source;
use super::super::watch::Watch;
use super::call::{BatchedItem, BatcherRun, QueuedCall};
use super::flushes::Flushes;
use crate::client::Clock;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// The number of outcomes per poll. Calls that are always ready must not keep other tasks from running.
const OUTCOMES_PER_POLL: usize = 256;

/// The default of [`Run::linger`] in a batcher.
const LINGER: Duration = Duration::from_millis(10);

/// What a handle asks of the driver.
pub(super) enum HandleOrder {
    /// `done` is dropped when every call that was accepted until now is settled.
    Flush { done: oneshot::Sender<()> },
    /// No more calls are accepted. Those that are not settled after `timeout` are cancelled. `done` is dropped with the driver.
    Close { timeout: Duration, done: oneshot::Sender<()> },
}

/// Sets the options of a run.
pub(super) type Configure<T, R, E> = Box<dyn FnMut(BatcherRun<T, R, E>) -> BatcherRun<T, R, E> + Send>;

/// The future that does the work of a [`Batcher`](super::Batcher): spawn it, or poll it with what uses the handles.
///
/// It completes when the batcher is closed or all its handles are dropped, and every accepted call is settled. Dropping it earlier cancels the
/// calls: items in flight end `Unknown`, the others `NotAttempted`, and items in the queue come back as [`CallError::Closed`](super::CallError::Closed).
#[must_use = "a batcher sends nothing unless its driver is polled: spawn it"]
pub struct BatcherDriver<T: BulkItem, R: BulkReply, E: ApiError> {
    kind: BulkKind<T, R, E>,
    configure: Configure<T, R, E>,
    calls: Pin<Box<Receiver<QueuedCall<T, R, E>>>>,
    orders: UnboundedReceiver<HandleOrder>,
    flushes: Arc<Flushes>,
    /// The run of the calls that were taken. It ends when it stops, and when no more calls come.
    run: Option<Running<T, R, E>>,
    /// When what is not settled is cancelled.
    deadline: Option<CloseDeadline>,
    /// Those who wait until the driver is gone.
    closers: Vec<oneshot::Sender<()>>,
}

struct CloseDeadline {
    clock: Arc<dyn Clock>,
    at: Duration,
    sleep: BoxFuture<'static, ()>,
}

impl CloseDeadline {
    fn poll_passed(&mut self, cx: &mut Context<'_>) -> bool {
        while self.sleep.as_mut().poll(cx).is_ready() {
            if self.clock.now() >= self.at {
                return true;
            }
            // A clock may wake early if the moment is far away.
            self.sleep = self.clock.sleep_until(self.at);
        }
        false
    }
}

struct Running<T: BulkItem, R: BulkReply, E: ApiError> {
    outcomes: OutcomeStream<'static, T, R, E, BatchedItem<T, R, E>>,
    watch: Watch<BatchedItem<T, R, E>, R, E>,
}

// Nothing in it is pinned in place: what needs pinning is boxed.
impl<T: BulkItem, R: BulkReply, E: ApiError> Unpin for BatcherDriver<T, R, E> {}

impl<T, R, E> BatcherDriver<T, R, E>
where
    T: BulkItem + 'static,
    R: BulkReply,
    E: ApiError,
{
    pub(super) fn new(
        kind: BulkKind<T, R, E>,
        configure: Configure<T, R, E>,
        calls: Receiver<QueuedCall<T, R, E>>,
        orders: UnboundedReceiver<HandleOrder>,
    ) -> Self {
        let (calls, flushes, closers) = (Box::pin(calls), Arc::default(), Vec::new());
        BatcherDriver { kind, configure, calls, orders, flushes, run: None, deadline: None, closers }
    }

    /// Begins a run with a call. The run goes on until no more calls come, or it stops: for a refused token, a dead host. What is called after a
    /// stop is a new run.
    fn begin(&mut self, first: QueuedCall<T, R, E>) {
        let Some(first) = first.take(self.flushes.take()) else { return };
        let flushes = self.flushes.clone();
        let take = move |call: QueuedCall<T, R, E>| ready(call.take(flushes.take()));
        let calls = Source::stream(self.calls.as_ref().get_ref().clone().filter_map(take));
        let run = Run::new(self.kind.clone(), calls.after(first));
        let run = (self.configure)(run.for_calls(LINGER, self.flushes.hurry(), BatchedItem::span));
        let watch = run.watch();
        self.run = Some(Running { outcomes: run.outcomes(), watch });
    }

    fn poll_orders(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(order)) = self.orders.poll_next_unpin(cx) {
            match order {
                HandleOrder::Flush { done } => self.flushes.flush(self.calls.len(), done),
                HandleOrder::Close { timeout, done } => self.close(timeout, done),
            }
        }
        if self.deadline.as_mut().is_some_and(|deadline| deadline.poll_passed(cx)) {
            self.cancel();
        }
    }

    fn close(&mut self, timeout: Duration, done: oneshot::Sender<()>) {
        self.closers.push(done);
        self.calls.close();
        self.flushes.close();
        match &self.kind {
            _ if timeout.is_zero() => self.cancel(),
            BulkKind::Remote(endpoint, _) => {
                let clock = endpoint.client.clock().clone();
                let at = clock.now().saturating_add(timeout);
                self.deadline = Some(CloseDeadline { sleep: clock.sleep_until(at), clock, at });
            }
            // A mock takes no time.
            BulkKind::Mock(_) => {}
        }
    }

    /// Cancels what is not settled.
    fn cancel(&mut self) {
        self.deadline = None;
        self.refuse_queued();
        if let Some(run) = &self.run {
            run.watch.cancel();
        }
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError> BatcherDriver<T, R, E> {
    fn refuse_queued(&mut self) {
        self.calls.close();
        while let Ok(call) = self.calls.try_recv() {
            // A flush that waits for it counts it as settled.
            let _settled = self.flushes.take();
            call.refuse();
        }
    }
}

impl<T, R, E> Future for BatcherDriver<T, R, E>
where
    T: BulkItem + 'static,
    R: BulkReply,
    E: ApiError,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_orders(cx);
        for _ in 0..OUTCOMES_PER_POLL {
            match &mut self.run {
                Some(run) => match Pin::new(&mut run.outcomes).poll_next(cx) {
                    Poll::Ready(Some(settled)) => BatchedItem::answer(settled),
                    Poll::Ready(None) => self.run = None,
                    Poll::Pending => return Poll::Pending,
                },
                None => match self.calls.poll_next_unpin(cx) {
                    Poll::Ready(Some(first)) => self.begin(first),
                    Poll::Ready(None) => {
                        // The driver may be kept after its end: what waits for it, or asks it from now on, goes on.
                        self.closers.clear();
                        self.orders.close();
                        while self.orders.try_recv().is_ok() {}
                        return Poll::Ready(());
                    }
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Every call gets its answer: a cancelled run settles all its items without waiting.
impl<T: BulkItem, R: BulkReply, E: ApiError> Drop for BatcherDriver<T, R, E> {
    fn drop(&mut self) {
        self.refuse_queued();
        let Some(run) = &mut self.run else { return };
        run.watch.cancel();
        // After a panic of the run its state is not known. And a second panic during unwinding would abort the process.
        if std::thread::panicking() {
            return;
        }
        let mut cx = Context::from_waker(Waker::noop());
        let _ = catch_unwind(AssertUnwindSafe(|| {
            while let Poll::Ready(Some(settled)) = Pin::new(&mut run.outcomes).poll_next(&mut cx) {
                BatchedItem::answer(settled);
            }
        }));
    }
}
