//! The driver: the one loop that awaits. It carries items from the source to the engine, batches to the transport,
//! answers back, and outcomes to whoever wants them.

mod in_order;
mod input;
mod job;
mod jobs;
mod outcomes;
mod remote;
mod responses;
mod sending;
mod tracked;
mod verifier;
mod verify;

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tracing::Span;

use self::in_order::InOrder;
use self::remote::Remote;
use self::tracked::{CauseOf, Tracked};
use self::verifier::Verifier;
use super::duplicates::{Repeats, WEIGHT, WINDOW};
use super::event::Event;
use super::kind::Kind;
use super::options::Options;
use super::report::Report;
use super::settled::Settled;
use super::source::Source;
use super::state::{Order, Shared, State};
use crate::engine::{Halt, Limits, Machine, Time};
use crate::item::BulkItem;
use crate::outcome::{DoubtKind, OutcomeOf};
use crate::reply::{ApiError, Reply};
use crate::request::Bound;
use crate::response::Cause;

pub(crate) struct Driver<'a, T: BulkItem, R: Reply, E: ApiError, I: Borrow<T> + Send> {
    kind: Kind<T, R, E>,
    remote: Option<Remote<R, E, T>>,
    source: Source<'a, I>,
    options: Options<'a, I>,
    shared: Arc<Shared<I, R, E>>,
    /// Outcomes are kept for a report; else they go to the outbox.
    collects: bool,
    machine: Machine<CauseOf<R, E>>,
    tracked: Vec<Option<Tracked<I>>>,
    repeats: Repeats<OutcomeOf<R, E>>,
    /// Only where the caller can be asked.
    verifier: Option<Verifier<'a, I, R::Failure, E>>,
    outbox: VecDeque<Settled<I, R, E>>,
    /// Where outcomes are given in the order of the input.
    in_order: Option<InOrder<Settled<I, R, E>>>,
    /// The most items of a streamed run that are read and not given yet.
    window: usize,
    read: usize,
    given: usize,
    /// The source has nothing for now.
    is_quiet: bool,
    requests: usize,
    jitter: fastrand::Rng,
    started: Option<Time>,
    deadline: Option<Time>,
    timer: Option<(Time, BoxFuture<'static, ()>)>,
    gate_opens: Option<Time>,
    span: Span,
    done: bool,
}

// Nothing in a driver is pinned in place: what needs pinning is boxed.
impl<T: BulkItem, R: Reply, E: ApiError, I: Borrow<T> + Send> Unpin for Driver<'_, T, R, E, I> {}

impl<'a, T, R, E, I> Driver<'a, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    pub(crate) fn new(
        kind: Kind<T, R, E>,
        source: Source<'a, I>,
        mut options: Options<'a, I>,
        shared: Arc<Shared<I, R, E>>,
        collects: bool,
    ) -> Self {
        let mut jitter = options.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let verify = options.verify.take().filter(|_| T::KEYED);
        let (limits, remote, name) = match &kind {
            Kind::Remote(bound, judge) => {
                let remote = Remote::new(bound, *judge, &options, jitter.u128(..));
                let limits = Limits { verifies: verify.is_some(), ..limits(bound, &options) };
                (limits, Some(remote), bound.spec.name)
            }
            Kind::Mock(_) => (mock_limits(), None, "mock"),
        };
        let verifier = verify.filter(|_| remote.is_some()).map(|verify| Verifier::new(verify, limits.caps.max));
        Driver {
            window: options.in_order.map_or_else(|| held(&limits), |window| at_least_min(window, &limits)),
            in_order: options.in_order.filter(|_| !collects).map(|_| InOrder::new()),
            machine: Machine::new(limits),
            remote,
            kind,
            source,
            options,
            shared,
            collects,
            tracked: Vec::new(),
            repeats: Repeats::new(WINDOW, WEIGHT),
            verifier,
            outbox: VecDeque::new(),
            read: 0,
            given: 0,
            is_quiet: false,
            requests: 0,
            jitter,
            started: None,
            deadline: None,
            timer: None,
            gate_opens: None,
            span: tracing::info_span!("bulk_run", endpoint = name),
            done: false,
        }
    }

    /// Goes on until an outcome can be given (a streamed run), or all is settled (`None`).
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Settled<I, R, E>>> {
        if let Some(settled) = self.outbox.pop_front() {
            return Poll::Ready(Some(settled));
        }
        let span = self.span.clone();
        let _entered = span.enter();
        loop {
            if let Some(settled) = self.outbox.pop_front() {
                return Poll::Ready(Some(settled));
            }
            if self.done {
                return Poll::Ready(None);
            }
            self.shared.waker.register(cx.waker());
            // What is there already was not given up, whatever is ordered meanwhile.
            if self.poll_attempts(cx) && !self.outbox.is_empty() {
                continue;
            }
            self.obey();
            // What an order settled is no longer joined by its repeats.
            self.settle_others();
            let read = self.poll_source(cx);
            let sent = self.poll_jobs(cx) | self.poll_send(cx);
            let ended = self.poll_attempts(cx);
            self.settle_others();
            let verified = self.poll_verify(cx);
            self.publish();
            if self.machine.is_done() {
                self.finish();
            } else if self.outbox.is_empty() && !(read || sent || ended || verified || self.poll_timer(cx)) {
                return Poll::Pending;
            }
        }
    }

    /// The report: at the end, or of what there is.
    pub(crate) fn take_report(&mut self) -> Report<I, R, E> {
        let mut state = self.shared.lock();
        let taken = State {
            counters: state.counters,
            requests: state.requests,
            elapsed: state.elapsed,
            entries: std::mem::take(&mut state.entries),
            history: std::mem::take(&mut state.history),
            source_error: state.source_error.clone(),
            read_all: state.read_all,
            stopped: state.stopped.clone(),
        };
        Report::new(taken, self.shared.key)
    }

    fn now(&self) -> Time {
        self.remote.as_ref().map_or(Time::ZERO, |remote| remote.client.clock().now())
    }

    /// Does what the watchers and the deadline want, and starts the clock at the first poll.
    fn obey(&mut self) {
        let now = self.now();
        if self.started.is_none() {
            self.started = Some(now);
            self.deadline = self.options.deadline.map(|after| now.saturating_add(after));
            self.machine.set_deadline(self.deadline);
            let invalid = self.remote.as_ref().and_then(|remote| remote.bound.invalid.clone());
            if let Some(why) = invalid {
                self.halt(Halt::InvalidArgument, &why);
            }
        }
        match self.shared.order() {
            Order::Go => {}
            Order::Stop => self.halt(Halt::Stopped, "its caller asked for it"),
            Order::Cancel => self.abandon(Halt::Cancelled, "its caller cancelled it"),
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.abandon(Halt::Deadline, "its deadline passed");
        }
    }

    /// Whether an order, or the deadline, came since they were last looked at: the caller's code runs in between. The next turn obeys.
    fn is_called_off(&self, cx: &Context<'_>) -> bool {
        let ordered = match self.shared.order() {
            Order::Go => false,
            Order::Stop => self.machine.halted().is_none(),
            Order::Cancel => true,
        };
        let called_off = ordered || self.deadline.is_some_and(|deadline| self.now() >= deadline);
        if called_off {
            cx.waker().wake_by_ref();
        }
        called_off
    }

    /// Sends nothing more; what is in flight runs to its answer.
    fn halt(&mut self, halt: Halt, why: &str) {
        if self.machine.halted().is_none() {
            self.machine.halt(halt);
            self.note_halt(why);
        }
    }

    /// Sends nothing more, and gives up what is in flight or in doubt.
    fn abandon(&mut self, halt: Halt, why: &str) {
        self.settle_others();
        let under_way =
            self.remote.as_ref().is_some_and(|remote| !remote.attempts.is_empty() || !remote.jobs.is_empty())
                || self.verifier.as_ref().is_some_and(Verifier::is_busy);
        if self.machine.halted().is_some() && !under_way {
            return;
        }
        let first = self.machine.halted().is_none();
        let kind = if halt == Halt::Deadline { DoubtKind::Deadline } else { DoubtKind::Cancelled };
        self.abandon_jobs(why);
        self.settle_others();
        self.stop_verifying();
        self.machine.abandon(halt, &Cause::doubt(kind, format!("the run ended while it was in flight: {why}")));
        if let Some(remote) = &mut self.remote {
            remote.attempts.clear();
        }
        if first {
            self.note_halt(why);
        }
    }

    fn note_halt(&mut self, why: &str) {
        self.source.stop();
        self.shared.lock().stopped = Some(why.into());
        tracing::warn!(why, "the run sends nothing more");
        self.tell(&Event::Stopped { why: why.to_owned() });
    }

    /// Whether a moment that was waited for has come; else sees to it that the run is woken then.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(remote) = &self.remote else { return false };
        let halted = self.machine.halted().is_some();
        let gate_opens = self.gate_opens.filter(|_| !halted);
        let moments =
            [self.machine.next_wake(), gate_opens, self.deadline, remote.jobs.next_wake(self.options.job_timeout)];
        let Some(next) = moments.into_iter().flatten().min() else {
            self.timer = None;
            return false;
        };
        if self.timer.as_ref().is_none_or(|(at, _)| *at != next) {
            self.timer = Some((next, remote.client.clock().sleep_until(next)));
        }
        let ready = self.timer.as_mut().is_some_and(|(_, sleep)| sleep.as_mut().poll(cx).is_ready());
        if ready {
            self.timer = None;
        }
        ready
    }

    /// Makes the counters known to those who watch.
    fn publish(&mut self) {
        let elapsed = self.now().saturating_sub(self.started.unwrap_or_default());
        let mut state = self.shared.lock();
        state.counters = *self.machine.counters();
        state.requests = self.requests;
        state.elapsed = elapsed;
    }

    /// Settles all that is left of a run that is dropped.
    fn account(&mut self) {
        self.abandon(Halt::Cancelled, "it was dropped");
        self.settle_others();
        while let Source::Iter(_) = self.source {
            match self.source.poll_next(&mut Context::from_waker(std::task::Waker::noop())) {
                Poll::Ready(Some(Ok(item))) => self.accept(item),
                Poll::Ready(Some(Err(error))) => self.shared.lock().source_error = Some(error),
                Poll::Ready(None) | Poll::Pending => break,
            }
            self.settle_others();
            self.outbox.clear();
        }
        self.publish();
    }

    fn finish(&mut self) {
        // Promise 1, checked whenever a run ends: each occurrence has exactly one outcome.
        let counters = *self.machine.counters();
        self.done = true;
        assert!(
            counters.balanced() && counters.settled() == self.read,
            "bulk-endpoint lost count of its items, which is a bug in it: {counters:?}, {} read",
            self.read
        );
        tracing::info!(
            requests = self.requests,
            succeeded = counters.succeeded,
            failed = counters.failed,
            refused = counters.refused,
            unknown = counters.unknown,
            not_attempted = counters.not_attempted,
            "the run is over"
        );
    }
}

/// A run that is dropped sends nothing more, and accounts for what it had read, and what an iterator still held, if anybody watches: also
/// where a panic of its consumer drops it.
impl<T, R, E, I> Drop for Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    fn drop(&mut self) {
        if self.done || Arc::strong_count(&self.shared) == 1 {
            return;
        }
        self.options.on_event = None;
        // A second panic while the first unwinds would end the process.
        let _ = catch_unwind(AssertUnwindSafe(|| self.account()));
    }
}

fn limits<R: Reply, I>(bound: &Bound<R>, options: &Options<'_, I>) -> Limits {
    Limits {
        caps: bound.caps(),
        max_item_bytes: bound.spec.max_item_bytes.unwrap_or(usize::MAX),
        concurrency: options.concurrency,
        attempts: options.attempts,
        max_wait: options.max_wait,
        deadline: None,
        idempotent: bound.spec.idempotent,
        knows_already: bound.knows_already(),
        isolates: !bound.spec.classes.isolate.is_empty(),
        verifies: false,
    }
}

/// The most items without an outcome that a streamed run holds, unless a full load of requests, and as many to be sent again, is more.
const HELD: usize = 16_384;

fn held(limits: &Limits) -> usize {
    let load = limits.caps.max.saturating_mul(limits.concurrency.saturating_add(1));
    load.saturating_mul(2).max(HELD)
}

/// A window in which requests can have the items that they must have.
fn at_least_min(window: usize, limits: &Limits) -> usize {
    if limits.caps.min > 1 { window.max(limits.caps.wanted()) } else { window }
}

/// A mock settles every item as it is read: nothing is ever queued.
fn mock_limits() -> Limits {
    Limits {
        caps: crate::engine::Caps {
            max: usize::MAX,
            min: 1,
            max_bytes: usize::MAX,
            frame_bytes: 0,
            separator_bytes: 0,
        },
        max_item_bytes: usize::MAX,
        concurrency: 1,
        attempts: 1,
        max_wait: Duration::MAX,
        deadline: None,
        idempotent: false,
        knows_already: false,
        isolates: false,
        verifies: false,
    }
}
