//! The driver of a batcher: takes calls out of the queue, runs them, and answers them.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use async_channel::Receiver;
use futures_channel::mpsc::UnboundedReceiver;
use futures_channel::oneshot;
use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::super::builder::Run;
use super::super::journaled::{JournaledRun, JournaledStream};
use super::super::kind::BulkKind;
use super::super::outcome_stream::OutcomeStream;
use super::super::source::Source;
use super::super::watch::Watch;
use super::call::{BatchedItem, BatcherRun, LeftOpen, OpenOrCall, QueuedCall};
use super::flushes::Flushes;
use crate::client::Clock;
use crate::item::BulkItem;
use crate::journal::{JournalError, Store};
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

/// Sets the options of a run, and starts it.
pub(super) type Start<T, R, E> = Box<dyn FnMut(BatcherRun<T, R, E>) -> StartedRun<T, R, E> + Send>;

/// Returns the items that earlier lives left open.
pub(super) type OpenSource<T> = Box<dyn Fn() -> BoxStream<'static, LeftOpen<T>> + Send>;

/// A run of calls with a journal.
type JournaledBatcherRun<T, R, E, S> = JournaledRun<'static, T, R, E, BatchedItem<T, R, E>, S>;

/// A run of calls, with its options: a [`Run`], or a [`JournaledRun`] made of it. It is not meant to be implemented elsewhere.
pub trait CallRun<T: BulkItem, R: BulkReply, E: ApiError>: sealed::StartCalls<T, R, E> {}

pub(super) mod sealed {
    use super::*;

    pub trait StartCalls<T: BulkItem, R: BulkReply, E: ApiError> {
        fn start(self) -> StartedRun<T, R, E>;
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError> CallRun<T, R, E> for BatcherRun<T, R, E> {}

impl<T: BulkItem, R: BulkReply, E: ApiError> sealed::StartCalls<T, R, E> for BatcherRun<T, R, E> {
    fn start(self) -> StartedRun<T, R, E> {
        StartedRun { watch: self.watch(), outcomes: CallOutcomes::InMemory(self.outcomes()) }
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError, S: Store> CallRun<T, R, E> for JournaledBatcherRun<T, R, E, S> {}

impl<T: BulkItem, R: BulkReply, E: ApiError, S: Store> sealed::StartCalls<T, R, E> for JournaledBatcherRun<T, R, E, S> {
    fn start(self) -> StartedRun<T, R, E> {
        StartedRun { watch: self.watch(), outcomes: CallOutcomes::Journaled(self.outcomes()) }
    }
}

/// The future that does the work of a [`Batcher`](super::Batcher): spawn it, or poll it with what uses the handles.
///
/// It completes when the batcher is closed or all its handles are dropped, and every accepted call is settled. Dropping it earlier cancels the
/// calls: items in flight end `Unknown`, the others `NotAttempted`, and items in the queue come back as [`CallError::Closed`](super::CallError::Closed).
///
/// With a journal, dropping it earlier is as a crash: calls whose items the journal has end with [`CallError::Lost`](super::CallError::Lost), and the next
/// life settles them.
///
/// # Errors
///
/// The journal cannot be used, or the items that an earlier life left open cannot be read. The batcher is closed.
#[must_use = "a batcher sends nothing unless its driver is polled: spawn it"]
pub struct BatcherDriver<T: BulkItem, R: BulkReply, E: ApiError> {
    kind: BulkKind<T, R, E>,
    start: Start<T, R, E>,
    open: Option<OpenSource<T>>,
    calls: Pin<Box<Receiver<QueuedCall<T, R, E>>>>,
    orders: UnboundedReceiver<HandleOrder>,
    flushes: Arc<Flushes>,
    /// The run of the calls that were taken. It ends when it stops, and when no more calls come.
    run: Option<StartedRun<T, R, E>>,
    /// Whether the items that earlier lives left open are to be settled without waiting for a call.
    begins: bool,
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

/// The calls as they are taken out of the queue, without those whose callers do not wait any more.
struct CallStream<T, R: BulkReply, E> {
    calls: Pin<Box<Receiver<QueuedCall<T, R, E>>>>,
    flushes: Arc<Flushes>,
}

impl<T, R: BulkReply, E> Stream for CallStream<T, R, E> {
    type Item = BatchedItem<T, R, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(call) = ready!(self.calls.as_mut().poll_next(cx)) {
            let ticket = self.flushes.take();
            if let Some(item) = call.take(ticket) {
                return Poll::Ready(Some(item));
            }
        }
        Poll::Ready(None)
    }
}

/// A run of calls that has started.
pub struct StartedRun<T: BulkItem, R: BulkReply, E: ApiError> {
    outcomes: CallOutcomes<T, R, E>,
    watch: Watch<BatchedItem<T, R, E>, R, E>,
}

enum CallOutcomes<T: BulkItem, R: BulkReply, E: ApiError> {
    InMemory(OutcomeStream<'static, T, R, E, BatchedItem<T, R, E>>),
    Journaled(JournaledStream<'static, T, R, E, BatchedItem<T, R, E>>),
}

impl<T: BulkItem, R: BulkReply, E: ApiError> StartedRun<T, R, E> {
    /// Answers the next call that has its outcome. Returns whether the run goes on.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, JournalError>> {
        match &mut self.outcomes {
            CallOutcomes::InMemory(outcomes) => {
                let Some(settled) = ready!(Pin::new(outcomes).poll_next(cx)) else { return Poll::Ready(Ok(false)) };
                BatchedItem::settle(settled);
            }
            CallOutcomes::Journaled(outcomes) => {
                let Some(item) = ready!(Pin::new(&mut *outcomes).poll_next(cx)) else {
                    // Calls are no source that fails: it is that of the open items.
                    let error = outcomes
                        .summary()
                        .source_error()
                        .map(|error| format!("cannot read the items that an earlier life left open: {error}").into());
                    return Poll::Ready(error.map_or(Ok(false), |error| Err(JournalError::Store(error))));
                };
                BatchedItem::settle_recorded(item?);
            }
        }
        Poll::Ready(Ok(true))
    }
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
        start: Start<T, R, E>,
        open: Option<OpenSource<T>>,
        calls: Receiver<QueuedCall<T, R, E>>,
        orders: UnboundedReceiver<HandleOrder>,
    ) -> Self {
        let (calls, flushes, closers) = (Box::pin(calls), Arc::default(), Vec::new());
        let begins = open.is_some();
        BatcherDriver { kind, start, open, calls, orders, flushes, run: None, begins, deadline: None, closers }
    }

    /// Begins a run. It goes on until no more calls come, or it stops: for a refused token, a dead host. What is called after a stop is a new run,
    /// with that call before the others.
    fn begin(&mut self, first: Option<BatchedItem<T, R, E>>) {
        let calls =
            CallStream { calls: Box::pin(self.calls.as_ref().get_ref().clone()), flushes: self.flushes.clone() };
        let source = match &self.open {
            None => Source::stream(calls),
            // What earlier lives left open is read when the new life has begun, and before any call is recorded.
            Some(open) => Source::stream(open().map(OpenOrCall::Open).chain(calls.map(OpenOrCall::Call))),
        };
        let run = Run::new(self.kind.clone(), source.after(first));
        self.run = Some((self.start)(run.for_calls(LINGER, BatchedItem::calls(self.flushes.hurry()))));
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
    /// The driver may be kept after its end: what waits for it, or asks it from now on, goes on.
    fn end(&mut self) {
        self.run = None;
        self.closers.clear();
        self.orders.close();
        while self.orders.try_recv().is_ok() {}
    }

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
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_orders(cx);
        if std::mem::take(&mut self.begins) {
            self.begin(None);
        }
        for _ in 0..OUTCOMES_PER_POLL {
            match &mut self.run {
                Some(run) => match ready!(run.poll_answer(cx)) {
                    Ok(true) => {}
                    Ok(false) => self.run = None,
                    Err(error) => {
                        tracing::error!(%error, "the batcher is closed");
                        self.refuse_queued();
                        self.end();
                        return Poll::Ready(Err(error));
                    }
                },
                None => match ready!(self.calls.poll_next_unpin(cx)) {
                    Some(first) => {
                        if let Some(first) = first.take(self.flushes.take()) {
                            self.begin(Some(first));
                        }
                    }
                    None => {
                        self.end();
                        return Poll::Ready(Ok(()));
                    }
                },
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Every call gets its answer: a cancelled run settles all its items without waiting, unless it has a journal. Then nothing more is recorded, as
/// after a crash.
impl<T: BulkItem, R: BulkReply, E: ApiError> Drop for BatcherDriver<T, R, E> {
    fn drop(&mut self) {
        self.refuse_queued();
        let Some(run) = &mut self.run else { return };
        run.watch.cancel();
        if let CallOutcomes::Journaled(_) = run.outcomes {
            return;
        }
        // After a panic of the run its state is not known. And a second panic during unwinding would abort the process.
        if std::thread::panicking() {
            return;
        }
        let mut cx = Context::from_waker(Waker::noop());
        let _ = catch_unwind(AssertUnwindSafe(|| while let Poll::Ready(Ok(true)) = run.poll_answer(&mut cx) {}));
    }
}
