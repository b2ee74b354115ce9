//! The driver: the one loop that awaits. It carries items from the source to the engine, batches to the transport, responses back, and
//! outcomes to the report or the consumer.

mod ahead;
mod input;
mod job;
mod jobs;
mod kept;
mod kept_back;
mod meter;
mod outcomes;
mod recorded_input;
mod recorder;
mod recording;
mod remote;
mod responses;
mod sending;
mod standstill;
mod tracked;
mod verifier;
mod verify;

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use tracing::Span;

use self::ahead::Ahead;
use self::kept_back::{KeptBackBy, Standstills};
use self::meter::Meter;
pub(crate) use self::recorder::PREPARED_FOR;
use self::recorder::Recorder;
use self::remote::{PendingAttempt, Remote};
use self::tracked::{CauseOf, Tracked};
use self::verifier::Verifier;
use super::delivery::Delivery;
use super::duplicates::{Duplicates, WEIGHT, WINDOW};
use super::kind::ReadFn;
use super::options::RunOptions;
use super::outlet::Outlet;
use super::source::Source;
use super::state::{Order, RunState};
use super::stop;
use crate::engine::{Limits, Machine, RetryAt, StopReason, Time};
use crate::item::{BulkItem, RunId};
use crate::journal::{Begun, JournalError, JournalFuture};
use crate::outcome::OutcomeOf;
use crate::reply::{ApiError, BulkReply};
use crate::request::{Encoder, PreparedEndpoint};
use crate::response::Cause;
use crate::uncertainty_kind::UncertaintyKind;

pub(crate) struct Driver<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    remote: Remote<R, T>,
    source: Source<'a, I>,
    options: RunOptions<'a, I>,
    outlet: Outlet<'a, I, R, E>,
    machine: Machine<CauseOf<R, E>>,
    /// The items without an outcome, by id.
    tracked: Vec<Option<Tracked<I, R>>>,
    duplicates: Duplicates<OutcomeOf<R, E>>,
    /// Only where the run has a journal.
    recorder: Option<Box<Recorder<I, R, E>>>,
    /// The run has a `verify`.
    verifies: bool,
    /// Only where the run has a `verify`.
    verifier: Option<Verifier<'a, I, R, E>>,
    /// The maximum number of items of a streamed run that are read and whose outcomes are not delivered.
    window: usize,
    /// The number of items read.
    read: usize,
    /// Whether the source had no item ready when it was polled last.
    is_quiet: bool,
    requests: usize,
    jitter: fastrand::Rng,
    started: Option<Time>,
    /// When it was first polled, by the clock of the run and as the time of day. Only where a key protects requests for a time.
    began: Option<(Time, SystemTime)>,
    deadline: Option<Time>,
    timer: Option<(Time, BoxFuture<'static, ()>)>,
    /// When the throttle that keeps requests back reopens.
    reopens: Option<Time>,
    /// What keeps a request back, if it is not the host.
    kept_back_by: Option<KeptBackBy>,
    /// Why no request may leave for now, whatever the host does.
    standstills: Standstills,
    /// The closing of the throttle that was last reported to `on_event`.
    announced: Option<RetryAt>,
    /// The most requests at once that were last reported to `on_event`.
    limited: Option<usize>,
    span: Span,
    meter: Meter,
    done: bool,
}

// Nothing in a driver is pinned in place: what needs pinning is boxed.
impl<T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> Unpin for Driver<'_, T, R, E, I> {}

impl<'a, T, R, E, I> Driver<'a, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    pub(crate) fn new(
        endpoint: &Arc<PreparedEndpoint<R>>,
        read: ReadFn<T, R>,
        source: Source<'a, I>,
        mut options: RunOptions<'a, I>,
        state: Arc<RunState<I, R, E>>,
        collects: bool,
    ) -> Self {
        let mut jitter = options.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        // The findings of `verify` are joined by key.
        let verify = options.verify.take().filter(|_| T::KEYED);
        let limits = Limits { verifies: verify.is_some(), ..limits(endpoint, &options) };
        let outlet = Outlet::new(state, collects, options.in_order.is_some(), options.on_event.take());
        let mut duplicates = Duplicates::new(WINDOW, WEIGHT);
        if collects && let Some(items) = source.exact_size() {
            let items = items.min(MAX_RESERVED);
            outlet.state.lock().entries.reserve(items);
            duplicates.reserve_reported(items);
        }
        Driver {
            remote: Remote::new(endpoint, read, &options, jitter.u128(..)),
            window: options.in_order.map_or_else(|| default_window(&limits), |window| at_least_min(window, &limits)),
            verifies: verify.is_some(),
            verifier: verify.map(|verify| Verifier::new(verify, limits.caps.max)),
            meter: Meter::new(endpoint.spec.name, limits.caps.max),
            machine: Machine::new(limits),
            recorder: None,
            source,
            options,
            outlet,
            tracked: Vec::new(),
            duplicates,
            read: 0,
            is_quiet: false,
            requests: 0,
            jitter,
            started: None,
            began: None,
            deadline: None,
            timer: None,
            reopens: None,
            kept_back_by: None,
            standstills: Standstills::default(),
            announced: None,
            limited: None,
            span: tracing::info_span!("bulk_run", endpoint = endpoint.spec.name),
            done: false,
        }
    }

    /// Records the run in a journal: `beginning` begins its life.
    pub(crate) fn recording(mut self, beginning: JournalFuture<Begun>) -> Self {
        let endpoint = &self.remote.endpoint;
        let blank = Encoder::new(endpoint.parts.layout.spelling, RunId::default());
        let load = endpoint.caps().max.saturating_mul(self.options.concurrency);
        // Whether an item has left decides what an `already` failure means, which batch keeps its key, and what `verify` is asked about.
        let depends = endpoint.knows_already() || !endpoint.parts.batch_keys.is_empty() || self.verifies;
        // With one attempt, an item that is taken for sent would not be sent at all.
        let may_leave_ahead = endpoint.spec.idempotent && !depends && self.options.max_attempts > 1;
        let ahead = may_leave_ahead.then(|| Ahead::new(load));
        // Their intents become durable while other requests are in flight, so that none waits for the disk. But a crash makes their items
        // uncertain: with one request at once, the run is to have one at stake.
        if ahead.is_none() && self.options.concurrency > 1 {
            self.machine.prepare(self.options.concurrency);
        }
        self.recorder = Some(Box::new(Recorder::new(beginning, blank, load, ahead)));
        self
    }

    /// Takes the error of the journal, if there is one.
    pub(crate) fn take_journal_error(&mut self) -> Option<JournalError> {
        self.recorder.as_mut().and_then(|recorder| recorder.take_error())
    }

    /// Drives the run until an outcome can be delivered (streamed run), or every item is settled (`None`).
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Delivery<I, R, E>>> {
        if let Some(delivery) = self.outlet.outbox.pop_front() {
            return Poll::Ready(Some(delivery));
        }
        let span = self.span.clone();
        let _entered = span.enter();
        self.machine.resume(self.now());
        if self.remote.endpoint.spec.key_valid().is_some() {
            self.note_asleep();
        }
        loop {
            if let Some(delivery) = self.outlet.outbox.pop_front() {
                return Poll::Ready(Some(delivery));
            }
            if self.done {
                return Poll::Ready(None);
            }
            self.outlet.state.waker.register(cx.waker());
            if !self.poll_begin(cx) {
                return Poll::Pending;
            }
            // A response that has already arrived counts, even if a cancel or the deadline has come since: it is evidence.
            if self.poll_attempts(cx) && !self.outlet.outbox.is_empty() {
                // The consumer may look at the counters next: a canary is over when they say so.
                self.publish(self.now());
                continue;
            }
            let turn = self.check_orders();
            // Items that the order settled are taken out before the source is read: a duplicate must not join one of them.
            self.settle_others();
            let calls = self.options.calls.as_ref();
            self.machine.hurry(calls.is_some_and(|calls| calls.hurry.load(Ordering::Relaxed)));
            let read = if self.recorder.is_some() { self.poll_recorded_source(cx) } else { self.poll_source(cx) };
            let sent = self.poll_jobs(cx) | self.poll_send(cx);
            let ended = self.poll_attempts(cx);
            self.settle_others();
            let verified = self.poll_verify(cx);
            let recorded = self.poll_records(cx);
            self.publish(turn);
            if sent {
                self.meter.goes_on(turn);
            }
            if self.machine.is_done() && self.poll_end(cx) {
                self.finish();
            } else if self.outlet.outbox.is_empty() && !(read || sent || ended || verified || recorded) {
                let now = self.now();
                let next = self.next_moment(now, turn);
                if self.waits_for_host() {
                    self.machine.wait_for_host(now, next);
                }
                if !self.poll_timer(next, cx) {
                    self.machine.forgive();
                    match self.reopens {
                        Some(_) => self.meter.kept_back(self.kept_back_by.map_or("host", KeptBackBy::name), now),
                        None => self.meter.goes_on(now),
                    }
                    return Poll::Pending;
                }
                self.machine.resume(self.now());
            }
        }
    }

    /// The clock of the run may stand still while the computer is suspended. The time of day does not.
    fn note_asleep(&mut self) {
        let (now, day) = (self.now(), self.remote.client.clock().day());
        let (then, day_then) = *self.began.get_or_insert((now, day));
        // A time of day that was set back says nothing.
        let by_day = day.duration_since(day_then).unwrap_or_default();
        self.machine.note_asleep(by_day.saturating_sub(now.saturating_sub(then)));
    }

    /// Returns whether the host has ever responded to the client.
    fn has_responded(&self) -> bool {
        let in_earlier_life = || self.recorder.as_ref().is_some_and(|recorder| recorder.has_responded);
        self.remote.client.throttle().has_responded() || in_earlier_life()
    }

    fn now(&self) -> Time {
        self.remote.client.clock().now()
    }

    /// Applies the orders of the handles and the deadline, and returns the time. The first call starts the run's clock.
    fn check_orders(&mut self) -> Time {
        let now = self.now();
        if self.started.is_none() {
            self.started = Some(now);
            self.deadline = self.options.run_timeout.map(|timeout| now.saturating_add(timeout));
            self.machine.set_deadline(self.deadline);
            if let Some(why) = self.remote.endpoint.invalid.clone() {
                self.stop(StopReason::InvalidArgument(why));
            }
        }
        if self.machine.is_stalled()
            && let Some(why) = self.machine.impatience(self.has_responded(), None)
        {
            self.stop(why);
        }
        match self.outlet.state.order() {
            Order::Go => {}
            Order::Stop => self.stop(stop::stopped()),
            Order::Cancel => self.abandon(stop::cancelled()),
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.abandon(stop::timed_out());
        }
        now
    }

    /// Returns whether an order or the deadline came since `check_orders`: the caller's code (source, token function) runs in between, and
    /// nothing may be sent after a cancel. The next turn applies the order.
    fn must_stop(&self, cx: &Context<'_>) -> bool {
        let ordered = match self.outlet.state.order() {
            Order::Go => false,
            Order::Stop => self.machine.stopped().is_none(),
            Order::Cancel => true,
        };
        let must_stop = ordered || self.deadline.is_some_and(|deadline| self.now() >= deadline);
        if must_stop {
            cx.waker().wake_by_ref();
        }
        must_stop
    }

    /// Stops the run: sends nothing more, and waits for the requests in flight.
    fn stop(&mut self, reason: StopReason<CauseOf<R, E>>) {
        if self.machine.stopped().is_none() {
            self.machine.stop(reason);
            self.note_stop();
        }
    }

    /// Ends the run: sends nothing more, and gives up what is in flight or being verified.
    fn abandon(&mut self, reason: StopReason<CauseOf<R, E>>) {
        self.settle_others();
        let under_way = !self.remote.attempts.is_empty()
            || !self.remote.jobs.is_empty()
            || self.recorder.as_ref().is_some_and(|recorder| recorder.departures() > 0)
            || self.verifier.as_ref().is_some_and(Verifier::is_busy);
        if self.machine.stopped().is_some() && !under_way {
            return;
        }
        let first = self.machine.stopped().is_none();
        let is_deadline = matches!(reason, StopReason::Deadline(_));
        let kind = if is_deadline { UncertaintyKind::Deadline } else { UncertaintyKind::Cancelled };
        let why = stop::describe(&reason);
        // First, so that what is given up below stays open in a journal.
        self.machine.stop(reason.clone());
        self.abandon_jobs(&why);
        // What waits for its intent to be durable, is being signed, or is withheld by the journal has not left. It may be a retry whose items are
        // uncertain: they would be verified, so this comes before the end of verifying.
        self.withdraw_departures(&reason);
        let has_left = |attempt: &&PendingAttempt<R>| {
            attempt.has_left.as_ref().is_none_or(|has_left| has_left.load(Ordering::Relaxed))
        };
        let unsent = self.remote.attempts.iter().filter(|attempt| !has_left(attempt));
        let unsent: Vec<_> = unsent.map(|attempt| (attempt.batch, attempt.request)).collect();
        for (batch, request) in unsent {
            self.machine.withdraw(batch, &reason);
            self.record_withdrawn(request);
        }
        self.settle_others();
        self.stop_verifying();
        let cause = Cause::uncertain(kind, format!("the run ended while the item was in flight: {why}"));
        // What is in flight may have reached the server: it becomes uncertain, not unsent.
        self.machine.abandon(reason, &cause);
        self.remote.attempts.clear();
        self.meter.abandoned();
        if first {
            self.note_stop();
        }
    }

    /// Reports that the run stopped, if the engine stopped it: to the source, the handles, the log and `on_event`.
    fn note_stop(&mut self) {
        let Some(reason) = self.machine.stopped() else { return };
        let why = stop::describe(reason);
        self.source.stop();
        tracing::warn!(why, "run stopped");
        self.outlet.note_stop(why, self.machine.counters());
    }

    /// The next moment that the run waits for. A moment that came since this turn began may not have been acted on, so it is the next one: the
    /// next turn acts on it.
    fn next_moment(&self, now: Time, turn: Time) -> Option<Time> {
        // A stopped run does not wait for the throttle: it has nothing to send.
        let reopens = self.reopens.filter(|_| self.machine.stopped().is_none());
        let job = self.remote.jobs.next_wake(self.options.job_timeout);
        let counts = self.machine.is_stalled() && self.waits_for_host();
        let look = if counts { self.machine.next_look(self.has_responded()) } else { None };
        let impatient = look.map(|look| now.saturating_add(look));
        let verify = self.verifier.as_ref().and_then(Verifier::next_wake).filter(|from| *from > turn);
        let hold = self.hold_until().filter(|until| *until > turn);
        let linger = self.lingers_until().filter(|until| *until > turn);
        let moments = [self.machine.next_wake(), reopens, self.deadline, job, impatient, verify, hold, linger];
        moments.into_iter().flatten().min()
    }

    /// Returns whether the next moment has come. If not, registers a wake-up for it.
    fn poll_timer(&mut self, next: Option<Time>, cx: &mut Context<'_>) -> bool {
        let Some(next) = next else {
            self.timer = None;
            return false;
        };
        if self.timer.as_ref().is_none_or(|(at, _)| *at != next) {
            self.timer = Some((next, self.remote.client.clock().sleep_until(next)));
        }
        let ready = self.timer.as_mut().is_some_and(|(_, sleep)| sleep.as_mut().poll(cx).is_ready());
        if ready {
            self.timer = None;
        }
        ready
    }

    /// Publishes the counters to the run's handles.
    fn publish(&mut self, now: Time) {
        let elapsed = now.saturating_sub(self.started.unwrap_or_default());
        self.meter.settled(self.machine.counters());
        let mut progress = self.outlet.state.lock();
        progress.counters = *self.machine.counters();
        progress.requests = self.requests - self.recorder.as_ref().map_or(0, |recorder| recorder.not_sent);
        progress.elapsed = elapsed;
    }

    /// Settles everything that is left of a dropped run.
    fn settle_rest(&mut self) {
        self.abandon(stop::dropped());
        self.settle_others();
        while let Some(next) = self.source.next_held() {
            match next {
                Ok(item) => self.accept(item),
                Err(error) => self.outlet.state.lock().source_error = Some(error),
            }
            self.settle_others();
            self.outlet.outbox.clear();
        }
        self.publish(self.now());
    }

    fn finish(&mut self) {
        // Promise 1, checked whenever a run ends: each occurrence has exactly one outcome.
        let counters = *self.machine.counters();
        self.done = true;
        // Also a wait that the end of the run cut short.
        self.meter.goes_on(self.now());
        assert!(
            counters.balanced() && counters.settled() == self.read,
            "bug in bulk-endpoint: the counters do not match the {} items read: {counters:?}",
            self.read
        );
        tracing::info!(
            requests = self.requests,
            succeeded = counters.succeeded,
            failed = counters.failed,
            refused = counters.refused,
            unknown = counters.unknown,
            not_attempted = counters.not_attempted,
            "run finished"
        );
    }
}

/// A dropped run sends nothing more. If it has a `Watch`, every item that it had read and that its iterator still holds gets an outcome, so
/// that the handle's report is complete, also if a panic of the consumer drops the run.
impl<T, R, E, I> Drop for Driver<'_, T, R, E, I>
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

fn limits<R: BulkReply, I>(endpoint: &PreparedEndpoint<R>, options: &RunOptions<'_, I>) -> Limits {
    Limits {
        caps: endpoint.caps(),
        max_item_bytes: endpoint.spec.max_item_bytes.unwrap_or(usize::MAX),
        concurrency: options.concurrency,
        prepared: 0,
        max_attempts: options.max_attempts,
        patience: options.patience,
        deadline: None,
        idempotent: endpoint.spec.idempotent,
        key_valid: endpoint.spec.key_valid(),
        knows_already: endpoint.knows_already(),
        verifies: false,
    }
}

/// The minimum window of a streamed run that is not in input order. Two full loads of requests may be more: one in flight, one to be
/// retried.
const MIN_WINDOW: usize = 16_384;

/// The most items for which a report reserves memory before they are read: an iterator may say that it has any number.
const MAX_RESERVED: usize = 1 << 20;

fn default_window(limits: &Limits) -> usize {
    let load = limits.caps.max.saturating_mul(limits.concurrency.saturating_add(1));
    load.saturating_mul(2).max(MIN_WINDOW)
}

/// A window in which a request can reach its `min` items. Otherwise every request would be flushed below `min`.
fn at_least_min(window: usize, limits: &Limits) -> usize {
    if limits.caps.min > 1 { window.max(limits.caps.wanted()) } else { window }
}
