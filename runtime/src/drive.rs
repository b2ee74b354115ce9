//! The driver: the one loop that awaits. It carries items from the source to the engine, batches to the transport,
//! answers back, and outcomes to whoever wants them.

use std::borrow::Borrow;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;

use crate::api_error::ApiError;
use crate::attempt::{Cause, Ended, ended, handed_back};
use crate::bind::Bound;
use crate::bulk::{Bulk, JudgeFn, Kind};
use crate::client::Client;
use crate::credential::{Fetching, Generation};
use crate::decode::Answer;
use crate::encode::Encoder;
use crate::engine::{
    BatchId, Halt, ItemClass, ItemId, Leaving, Limits, Machine, Moment, Ruling, Said, Time, WholeClass, WholeEnd,
    item_class,
};
use crate::event::Event;
use crate::gate::{Admission, Pass};
use crate::item::BulkItem;
use crate::merge::{BatchKeys, Judgement, Judgements};
use crate::outcome::{Doubt, DoubtKind, NotAttempted, Outcome, OutcomeOf, RefusalKind, Success};
use crate::repeats::{KeyHash, Repeat, Repeats, WINDOW};
use crate::reply::{ItemFailure, Reply};
use crate::report::Report;
use crate::run::{OnRepeat, Options, Settled};
use crate::source::Source;
use crate::transport::{Request, Response, TransportError, TransportErrorKind};
use crate::watch::{Order, Shared, State};

type CauseOf<R, E> = Cause<<R as Reply>::Failure, E>;
type JudgementOf<R> = Judgement<<R as Reply>::Success, <R as Reply>::Failure>;

/// An item on its way, with the occurrences that share its outcome.
struct Tracked<I> {
    index: usize,
    item: I,
    encoded: Bytes,
    key: Option<KeyHash>,
    repeats: Vec<(usize, I)>,
}

/// What is kept of a settled item for its repeats: where the report has it, or, in a streamed run, its outcome.
enum Kept<O> {
    InReport(usize),
    Outcome(O),
}

/// One attempt under way.
struct Attempt {
    batch: BatchId,
    request: usize,
    pass: Option<Pass>,
    /// The token it was sent under, where tokens are fetched.
    generation: Generation,
    span: Span,
    future: BoxFuture<'static, Result<Response, TransportError>>,
}

/// An attempt that has ended: what it was.
struct Sent {
    batch: BatchId,
    request: usize,
    pass: Option<Pass>,
    generation: Generation,
}

impl Future for Attempt {
    type Output = (Sent, Result<Response, TransportError>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let _entered = this.span.enter();
        this.future.as_mut().poll(cx).map(|result| {
            let pass = this.pass.take();
            (Sent { batch: this.batch, request: this.request, pass, generation: this.generation }, result)
        })
    }
}

/// What only a run that really sends needs.
struct Remote<R: Reply, E, T: BulkItem> {
    bound: Arc<Bound<R>>,
    judge: JudgeFn<T, R>,
    client: Client,
    headers: HeaderMap,
    timeout: Duration,
    attempts: FuturesUnordered<Attempt>,
    encoder: Encoder,
    /// A batch's span, by its id, over all its attempts.
    batch_spans: Vec<Span>,
    /// The fetch of a token that this run waits for.
    fetching: Option<Fetching>,
    /// The header with each batch's key, and what tells this run's keys from others'.
    batch_key: Option<(HeaderName, u128)>,
    /// What the last attempt that never left met.
    unreached: Arc<str>,
    /// The answer that stopped the run.
    stop_cause: Option<CauseOf<R, E>>,
}

pub(crate) struct Driver<'a, T: BulkItem, R: Reply, E: ApiError, I: Borrow<T> + Send> {
    bulk: Bulk<T, R, E>,
    remote: Option<Remote<R, E, T>>,
    source: Source<'a, I>,
    options: Options<'a>,
    shared: Arc<Shared<I, R, E>>,
    /// Outcomes are kept for a report; else they go to the outbox.
    collects: bool,
    machine: Machine<CauseOf<R, E>>,
    tracked: Vec<Option<Tracked<I>>>,
    repeats: Repeats<Kept<OutcomeOf<R, E>>>,
    outbox: VecDeque<Settled<I, R, E>>,
    /// Settled, but not next in the order of the input.
    early: BTreeMap<usize, Settled<I, R, E>>,
    read: usize,
    given: usize,
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
        bulk: Bulk<T, R, E>,
        source: Source<'a, I>,
        options: Options<'a>,
        shared: Arc<Shared<I, R, E>>,
        collects: bool,
    ) -> Self {
        let mut jitter = options.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let (limits, remote, name) = match bulk.kind() {
            Kind::Remote(bound, judge) => {
                let remote = Remote::new(bound, *judge, &options, jitter.u128(..));
                (limits(bound, &options), Some(remote), bound.spec.name)
            }
            Kind::Mock(_) => (mock_limits(), None, "mock"),
        };
        let window = if collects { usize::MAX } else { WINDOW };
        Driver {
            machine: Machine::new(limits),
            remote,
            bulk,
            source,
            options,
            shared,
            collects,
            tracked: Vec::new(),
            repeats: Repeats::new(window),
            outbox: VecDeque::new(),
            early: BTreeMap::new(),
            read: 0,
            given: 0,
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
            self.obey();
            let read = self.poll_source(cx);
            let sent = self.poll_send(cx);
            let ended = self.poll_attempts(cx);
            self.settle_others();
            self.publish();
            if self.machine.is_done() {
                self.finish();
            } else if self.outbox.is_empty() && !(read || sent || ended || self.poll_timer(cx)) {
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
            stopped: state.stopped.clone(),
        };
        Report::new(taken, self.shared.key)
    }

    // ---- Time and orders

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

    /// Sends nothing more; what is in flight runs to its answer.
    fn halt(&mut self, halt: Halt, why: &str) {
        if self.machine.halted().is_none() {
            self.machine.halt(halt);
            self.note_halt(why);
        }
    }

    /// Sends nothing more, and gives up what is in flight.
    fn abandon(&mut self, halt: Halt, why: &str) {
        let under_way = self.remote.as_ref().is_some_and(|remote| !remote.attempts.is_empty());
        if self.machine.halted().is_some() && !under_way {
            return;
        }
        let first = self.machine.halted().is_none();
        let kind = if halt == Halt::Deadline { DoubtKind::Deadline } else { DoubtKind::Cancelled };
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
        let moments = [self.machine.next_wake(), self.gate_opens.filter(|_| !halted), self.deadline];
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

    // ---- Items in

    /// Reads the source as far as the engine wants. Whether there was anything.
    fn poll_source(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        while self.machine.wants_items() && self.outbox.is_empty() && self.window_has_room() {
            match self.source.poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(item))) => self.accept(item),
                Poll::Ready(Some(Err(error))) => {
                    tracing::warn!(%error, "no more is read");
                    self.shared.lock().source_error = Some(error);
                    self.machine.end_input();
                }
                Poll::Ready(None) => self.machine.end_input(),
            }
            any = true;
            self.settle_others();
        }
        any
    }

    /// Whether the order of the outcomes lets more be read.
    fn window_has_room(&self) -> bool {
        self.collects || self.options.in_order.is_none_or(|window| self.read - self.given < window)
    }

    fn accept(&mut self, item: I) {
        let index = self.read;
        self.read += 1;
        let Some(remote) = &mut self.remote else {
            let outcome = self.mocked(&item);
            return self.accept_settled(index, item, outcome);
        };
        let encoded = match remote.encoder.encode::<T>(item.borrow()) {
            Ok(encoded) => encoded,
            Err(error) => {
                let outcome = Outcome::NotAttempted(NotAttempted::Encode(error.into()));
                return self.accept_settled(index, item, outcome);
            }
        };
        if !T::KEYED {
            self.track(index, item, encoded, None, None);
            return;
        }
        let key = self.repeats.hash(item.borrow().key().as_ref());
        let bytes = if T::OWN_KEY { 0 } else { self.repeats.hash_bytes(&encoded) };
        let behind = match self.repeats.look_up(key, bytes) {
            Repeat::New => None,
            Repeat::OfSettled(_) if self.options.on_repeat == OnRepeat::Keep => None,
            Repeat::Behind(id) => Some(id),
            Repeat::Of(id) if self.options.on_repeat == OnRepeat::Keep => Some(id),
            Repeat::Of(_) | Repeat::OfSettled(_) if self.options.on_repeat == OnRepeat::Reject => {
                return self.accept_settled(index, item, Outcome::NotAttempted(NotAttempted::Repeated));
            }
            Repeat::Of(id) => {
                self.machine.join(id);
                if let Some(first) = self.tracked.get_mut(id.0 as usize).and_then(Option::as_mut) {
                    if self.collects {
                        self.shared.lock().history.repeats(index, first.index);
                    }
                    first.repeats.push((index, item));
                }
                return;
            }
            Repeat::OfSettled(Kept::Outcome(outcome)) => {
                let outcome = outcome.clone();
                return self.accept_settled(index, item, outcome);
            }
            Repeat::OfSettled(Kept::InReport(first)) => {
                let first = *first;
                let mut state = self.shared.lock();
                let kept =
                    state.entries.get(first).and_then(|entry| entry.as_ref().map(|(_, outcome)| outcome.clone()));
                match kept {
                    Some(outcome) => {
                        state.history.repeats(index, first);
                        drop(state);
                        return self.accept_settled(index, item, outcome);
                    }
                    None => None,
                }
            }
        };
        let id = self.track(index, item, encoded, Some(key), behind);
        self.repeats.remember(key, bytes, id);
    }

    fn track(&mut self, index: usize, item: I, encoded: Bytes, key: Option<KeyHash>, behind: Option<ItemId>) -> ItemId {
        let id = self.machine.accept(encoded.len(), behind);
        let slot = id.0 as usize;
        if self.tracked.len() <= slot {
            self.tracked.resize_with(slot + 1, || None);
        }
        self.tracked[slot] = Some(Tracked { index, item, encoded, key, repeats: Vec::new() });
        id
    }

    fn accept_settled(&mut self, index: usize, item: I, outcome: OutcomeOf<R, E>) {
        self.machine.accept_settled(outcome.kind());
        self.give(index, item, outcome);
    }

    fn mocked(&self, item: &I) -> OutcomeOf<R, E> {
        match (self.bulk.kind(), self.machine.halted()) {
            (_, Some(_)) => Outcome::NotAttempted(NotAttempted::Cancelled),
            (Kind::Mock(outcome), None) => catch_unwind(AssertUnwindSafe(|| outcome(item.borrow())))
                .unwrap_or_else(|_| Outcome::unknown(DoubtKind::Panicked, "the mock panicked")),
            (Kind::Remote(..), None) => Outcome::unknown(DoubtKind::Missing, "the endpoint is no mock"),
        }
    }

    // ---- Requests out

    /// Sends what may leave now. Whether anything did.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        self.gate_opens = None;
        loop {
            let flush = !self.window_has_room();
            let now = self.now();
            if self.remote.is_none() {
                return any;
            }
            let items = self.machine.next_size(now, flush);
            if items == 0 {
                return any;
            }
            let authorization = match self.poll_token(cx) {
                Poll::Ready(Ok(authorization)) => authorization,
                Poll::Ready(Err(why)) => {
                    self.halt(Halt::Stopped, &format!("no token could be fetched: {why}"));
                    return true;
                }
                Poll::Pending => return any,
            };
            let Some(remote) = &self.remote else { return any };
            let spec = &remote.bound.spec;
            let request = Leaving { quota: spec.rate.map(|rate| (spec.path, rate)), items };
            match remote.client.gate().enter(now, request, cx.waker()) {
                Admission::Leave(pass) => {
                    if let Some(batch) = self.machine.poll_send(now, flush) {
                        self.send(batch, pass, authorization);
                        any = true;
                    }
                }
                Admission::Probing => return any,
                Admission::Quota(until) => {
                    self.gate_opens = Some(until);
                    return any;
                }
                Admission::Until(until) => {
                    let wait = until.saturating_sub(now);
                    if wait > self.options.max_wait {
                        let why = format!(
                            "the server asked for a wait of {wait:?}, and the run waits {:?} at most",
                            self.options.max_wait
                        );
                        self.halt(Halt::WaitTooLong, &why);
                    } else if self.deadline.is_some_and(|deadline| until > deadline) {
                        let why = format!("the server asked for a wait of {wait:?}, beyond the run's deadline");
                        self.halt(Halt::Deadline, &why);
                    } else {
                        self.gate_opens = Some(until);
                    }
                    return any;
                }
            }
        }
    }

    /// The token of the next request; `None` where none is fetched.
    fn poll_token(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<(HeaderValue, Generation)>, Arc<str>>> {
        let Some(remote) = &mut self.remote else { return Poll::Ready(Ok(None)) };
        let client = remote.client.clone();
        let Some(fetched) = client.fetched() else { return Poll::Ready(Ok(None)) };
        loop {
            let fetching = match fetched.token() {
                Ok(token) => return Poll::Ready(Ok(Some(token))),
                Err(fetching) => fetching,
            };
            let mut polled = fetching.clone();
            let Poll::Ready(result) = polled.poll_unpin(cx) else {
                // Kept, so that its end wakes this run.
                remote.fetching = Some(polled);
                return Poll::Pending;
            };
            fetched.handle_fetched(&fetching, &result);
            result?;
        }
    }

    fn send(&mut self, batch: BatchId, pass: Pass, authorization: Option<(HeaderValue, Generation)>) {
        let Driver { machine, tracked, remote, .. } = self;
        let Some(remote) = remote else { return };
        let ids = machine.batch(batch);
        let encoded = ids.iter().filter_map(|id| tracked[id.0 as usize].as_ref()).map(|tracked| &tracked.encoded);
        let parts = &remote.bound.parts;
        let body = parts.frame.body(encoded);
        let mut headers = remote.headers.clone();
        let generation = authorization.as_ref().map_or(0, |(_, generation)| *generation);
        if let Some((token, _)) = authorization {
            headers.insert(AUTHORIZATION, token);
        }
        if let Some((name, nonce)) = &remote.batch_key {
            headers.insert(name, batch_key(*nonce, machine.serial(batch), &body));
        }
        let request = Request {
            method: parts.method.clone(),
            url: parts.url.clone(),
            headers,
            body,
            timeout: remote.timeout,
            max_answer: remote.client.max_answer(),
        };
        let (items, attempt, number) = (ids.len(), machine.attempts(batch), self.requests);
        let span = remote.attempt_span(batch, items, attempt, number);
        let future = span.in_scope(|| remote.client.transport().send(request));
        remote.attempts.push(Attempt { batch, request: number, pass: Some(pass), generation, span, future });
        if self.collects {
            let sent = remote.client.clock().now().saturating_sub(self.started.unwrap_or_default());
            let indices = ids.iter().filter_map(|id| tracked[id.0 as usize].as_ref()).map(|tracked| tracked.index);
            self.shared.lock().history.sent(attempt, sent, indices);
        }
        self.requests += 1;
        self.tell(&Event::Sent { request: number, items, attempt });
    }

    // ---- Answers in

    /// Takes in the attempts that have ended. Whether any had.
    fn poll_attempts(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        while let Some(remote) = &mut self.remote {
            let Poll::Ready(Some((sent, result))) = Pin::new(&mut remote.attempts).poll_next(cx) else {
                break;
            };
            any = true;
            self.handle_attempt(sent, result);
            if !self.outbox.is_empty() {
                break;
            }
        }
        any
    }

    fn handle_attempt(&mut self, sent: Sent, result: Result<Response, TransportError>) {
        let Sent { batch, request, pass, generation } = sent;
        let Some(remote) = &mut self.remote else { return };
        let status = result.as_ref().ok().map(|response| response.status);
        if let Err(TransportError { kind: TransportErrorKind::NotSent | TransportErrorKind::Invalid, detail }) = &result
        {
            remote.unreached = format!("{}: {detail}", remote.bound.parts.url.origin().ascii_serialization()).into();
        }
        remote.log_end(batch, status);
        // A decoder may be the user's own: its panic leaves the items in doubt, and nothing else.
        let mut read = catch_unwind(AssertUnwindSafe(|| ended::<R::Failure, E>(result, &remote.bound.spec)))
            .unwrap_or_else(|_| Ended::Whole(WholeEnd::Unsure { cause: panicked() }));
        if let Some(fetched) = remote.client.fetched() {
            match &mut read {
                Ended::Answered(_) => fetched.handle_accepted(generation),
                // Under another token it is another request: the server has not looked at this one.
                Ended::Whole(WholeEnd::Refused { class: class @ WholeClass::Credential, .. })
                    if fetched.handle_refused(generation) =>
                {
                    *class = WholeClass::NotSent;
                }
                Ended::Whole(_) => {}
            }
        }
        if self.collects {
            let end = match &read {
                Ended::Whole(WholeEnd::NotSent) => format!("never left: {}", remote.unreached),
                read => read.describe(),
            };
            let ended = remote.client.clock().now().saturating_sub(self.started.unwrap_or_default());
            self.shared.lock().history.ended(request, ended, status, &end);
        }
        let jitter = self.jitter.f64();
        let close = match read {
            Ended::Whole(end) => self.handle_whole(batch, end, jitter),
            Ended::Answered(response) => match self.judge(batch, &response) {
                Ok(judgements) => self.handle_answer(batch, response.status, judgements, jitter),
                Err(cause) => self.handle_whole(batch, WholeEnd::Unsure { cause }, jitter),
            },
        };
        self.tell(&Event::Ended { request, status });
        self.settle_others();
        let Some(until) = close else {
            if let Some(pass) = pass {
                pass.open();
            }
            return;
        };
        if let Some(remote) = &self.remote {
            remote.client.gate().close(until);
        }
        let wait = until.saturating_sub(self.now());
        tracing::info!(?wait, "the gate closes");
        self.tell(&Event::Waiting { wait });
    }

    fn judge(&self, batch: BatchId, response: &Response) -> Result<Judgements<R>, CauseOf<R, E>> {
        let Some(remote) = &self.remote else { return Err(panicked()) };
        let Ok(body) = &response.body else { return Err(panicked()) };
        let answer = Answer::new(response.status, &response.headers, body);
        let items = self.machine.batch(batch).iter().filter_map(|id| self.tracked[id.0 as usize].as_ref());
        let keys = BatchKeys::new(items.map(|tracked| (&tracked.item, &tracked.encoded)));
        catch_unwind(AssertUnwindSafe(|| (remote.judge)(&answer, &remote.bound.spec, &keys)))
            .map_err(|_| panicked())?
            .map_err(|(kind, detail)| Cause::doubt(kind, detail))
    }

    fn handle_whole(&mut self, batch: BatchId, end: WholeEnd<CauseOf<R, E>>, jitter: f64) -> Option<Time> {
        let halted = self.machine.halted();
        if let (WholeEnd::Refused { class: WholeClass::Stop | WholeClass::Credential, cause, .. }, Some(remote)) =
            (&end, &mut self.remote)
        {
            remote.stop_cause = Some(cause.clone());
        }
        let Some(remote) = &self.remote else { return None };
        let now = remote.client.clock().now();
        let mut budget = remote.client.budget();
        let close = self.machine.handle_whole(batch, end, &mut Moment { now, jitter, budget: &mut budget });
        drop(budget);
        if halted.is_none()
            && let Some(halt) = self.machine.halted()
        {
            let why = self.halt_text(halt);
            self.note_halt(&why);
        }
        close
    }

    fn handle_answer(&mut self, batch: BatchId, status: u16, judgements: Judgements<R>, jitter: f64) -> Option<Time> {
        let client = self.remote.as_ref()?.client.clone();
        let (now, mut budget) = (client.clock().now(), client.budget());
        let mut moment = Moment { now, jitter, budget: &mut budget };
        let ids: Vec<ItemId> = self.machine.batch(batch).to_vec();
        for (id, judgement) in ids.into_iter().zip(judgements) {
            let (said, judgement) = self.classify(status, judgement);
            if let Some(ruling) = self.machine.handle_item(id, said, &mut moment) {
                let outcome = self.outcome(ruling, judgement);
                self.settle(id, outcome);
            }
        }
        self.machine.handle_end(batch, &mut moment)
    }

    /// What a judgement means under the declared classes.
    fn classify(&self, status: u16, judgement: JudgementOf<R>) -> (Said<CauseOf<R, E>>, JudgementOf<R>) {
        let said = match &judgement {
            Judgement::Succeeded { .. } => Said::Done,
            Judgement::Failed(failure) => self.classify_failure(status, failure),
            Judgement::HandedBack => Said::HandedBack(handed_back(status, RefusalKind::HandedBack, None)),
            Judgement::RolledBack => Said::RolledBack(handed_back(status, RefusalKind::RolledBack, None)),
            Judgement::Unsure(kind, detail) => Said::Unsure(Cause::doubt(*kind, detail.clone())),
        };
        (said, judgement)
    }

    fn classify_failure(&self, status: u16, failure: &R::Failure) -> Said<CauseOf<R, E>> {
        let Some(remote) = &self.remote else { return Said::NotDone };
        let already = remote
            .bound
            .already
            .is_some_and(|already| catch_unwind(AssertUnwindSafe(|| already(failure))).unwrap_or(false));
        if already {
            return Said::Already;
        }
        let message = || failure.failure_message().map(String::from);
        let own = failure.failure_status();
        match item_class(own, failure.failure_code().as_deref(), &remote.bound.spec.classes) {
            ItemClass::Failed => Said::NotDone,
            ItemClass::Already => Said::Already,
            ItemClass::Again { throttled } => {
                let cause = handed_back(own.unwrap_or(status), RefusalKind::HandedBack, message());
                Said::Again { cause, throttled }
            }
            ItemClass::Unsure => {
                let detail = message().unwrap_or_else(|| "the answer leaves it open".to_owned());
                Said::Unsure(Cause::doubt(DoubtKind::Unsure, detail))
            }
        }
    }

    // ---- Outcomes out

    /// Settles what ended otherwise than by a line of its own.
    fn settle_others(&mut self) {
        while let Some((id, ruling)) = self.machine.poll_settled() {
            let outcome = self.outcome(ruling, Judgement::HandedBack);
            self.settle(id, outcome);
        }
    }

    /// A ruling of the engine, with what the answer said of the item.
    fn outcome(&self, ruling: Ruling<CauseOf<R, E>>, judgement: JudgementOf<R>) -> OutcomeOf<R, E> {
        match (ruling, judgement) {
            (Ruling::Succeeded { earlier }, Judgement::Succeeded { accepted, body }) => {
                Outcome::Succeeded(Success { earlier, accepted, body })
            }
            (Ruling::Succeeded { earlier }, _) => Outcome::Succeeded(Success { earlier, accepted: false, body: None }),
            (Ruling::Failed, Judgement::Failed(failure)) => Outcome::failed(failure),
            (Ruling::FailedAfterDoubt(cause), Judgement::Failed(failure)) => failed_after_doubt(&cause, failure),
            (Ruling::Failed, _) => {
                Outcome::unknown(DoubtKind::Missing, "an answer named it as failed, without saying how")
            }
            (Ruling::Refused(cause) | Ruling::Unknown(cause) | Ruling::FailedAfterDoubt(cause), _) => match cause {
                Cause::Refused(refusal) => Outcome::Refused(refusal),
                Cause::Doubted(doubt) => Outcome::Unknown(doubt),
            },
            (Ruling::TooLarge { bytes, cap }, _) => Outcome::NotAttempted(NotAttempted::TooLarge { bytes, cap }),
            (Ruling::NotAttempted(halt), _) => Outcome::NotAttempted(self.not_attempted(halt)),
        }
    }

    fn not_attempted(&self, halt: Halt) -> NotAttempted {
        let unreached = || self.remote.as_ref().map_or_else(|| "".into(), |remote| remote.unreached.clone());
        let why = || self.shared.lock().stopped.clone().unwrap_or_else(|| self.halt_text(halt).into());
        match halt {
            Halt::Stopped => NotAttempted::Stopped(why()),
            Halt::Unreachable => NotAttempted::Unreachable(unreached()),
            Halt::WaitTooLong => NotAttempted::WaitTooLong(why()),
            Halt::Budget => NotAttempted::Budget,
            Halt::Cancelled => NotAttempted::Cancelled,
            Halt::Deadline => NotAttempted::Deadline,
            Halt::InvalidArgument => NotAttempted::InvalidArgument(why()),
        }
    }

    /// Why the engine stopped the run, in words.
    fn halt_text(&self, halt: Halt) -> String {
        let Some(remote) = &self.remote else { return "it was stopped".to_owned() };
        match (halt, &remote.stop_cause) {
            (Halt::Unreachable, _) => format!("the host cannot be reached: {}", remote.unreached),
            (Halt::Stopped, Some(Cause::Refused(refusal))) => refusal.to_string(),
            _ => "it was stopped".to_owned(),
        }
    }

    fn settle(&mut self, id: ItemId, outcome: OutcomeOf<R, E>) {
        let Some(tracked) = self.tracked.get_mut(id.0 as usize).and_then(Option::take) else { return };
        if let Some(key) = tracked.key {
            let kept = if self.collects { Kept::InReport(tracked.index) } else { Kept::Outcome(outcome.clone()) };
            self.repeats.settle(key, id, kept);
        }
        for (index, item) in tracked.repeats {
            self.give(index, item, outcome.clone());
        }
        self.give(tracked.index, tracked.item, outcome);
    }

    /// Gives one occurrence its outcome: into the report, or out to the consumer.
    fn give(&mut self, index: usize, item: I, outcome: OutcomeOf<R, E>) {
        self.tell(&Event::Settled { index, outcome: outcome.kind() });
        if self.collects {
            let mut state = self.shared.lock();
            if state.entries.len() <= index {
                state.entries.resize_with(index + 1, || None);
            }
            state.entries[index] = Some((item, outcome));
            return;
        }
        let settled = Settled { index, item, outcome };
        if self.options.in_order.is_none() {
            self.given += 1;
            self.outbox.push_back(settled);
            return;
        }
        self.early.insert(index, settled);
        while let Some(settled) = self.early.remove(&self.given) {
            self.given += 1;
            self.outbox.push_back(settled);
        }
    }

    /// Calls the caller's function; what it panics with changes nothing.
    fn tell(&mut self, event: &Event) {
        if let Some(on_event) = &mut self.options.on_event {
            let counters = *self.machine.counters();
            let _ = catch_unwind(AssertUnwindSafe(|| on_event(event, &counters)));
        }
    }

    /// Makes the counters known to those who watch.
    fn publish(&mut self) {
        let elapsed = self.now().saturating_sub(self.started.unwrap_or_default());
        let mut state = self.shared.lock();
        state.counters = *self.machine.counters();
        state.requests = self.requests;
        state.elapsed = elapsed;
    }

    fn finish(&mut self) {
        // Promise 1, checked whenever a run ends: each occurrence has exactly one outcome.
        let counters = *self.machine.counters();
        assert!(
            counters.balanced() && counters.settled() == self.read,
            "bulk-endpoint lost count of its items, which is a bug in it: {counters:?}, {} read",
            self.read
        );
        self.done = true;
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

/// A run that is dropped sends nothing more, and accounts for what it had read, and what an iterator still held, if anybody watches.
impl<T, R, E, I> Drop for Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    fn drop(&mut self) {
        if self.done || Arc::strong_count(&self.shared) == 1 || std::thread::panicking() {
            return;
        }
        self.options.on_event = None;
        self.abandon(Halt::Cancelled, "it was dropped");
        self.settle_others();
        while let Source::Iter(_) = self.source {
            match self.source.poll_next(&mut Context::from_waker(std::task::Waker::noop())) {
                Poll::Ready(Some(Ok(item))) => self.accept(item),
                _ => break,
            }
            self.settle_others();
            self.outbox.clear();
        }
        self.publish();
    }
}

impl<R: Reply, E, T: BulkItem> Remote<R, E, T> {
    fn new(bound: &Arc<Bound<R>>, judge: JudgeFn<T, R>, options: &Options<'_>, nonce: u128) -> Self {
        let client = bound.client.clone();
        Remote {
            judge,
            batch_key: bound.parts.batch_key.clone().map(|name| (name, nonce)),
            headers: client.headers(&bound.parts.headers),
            timeout: options.timeout.unwrap_or_else(|| client.timeout()),
            client,
            bound: bound.clone(),
            fetching: None,
            attempts: FuturesUnordered::new(),
            encoder: Encoder::default(),
            batch_spans: Vec::new(),
            unreached: "".into(),
            stop_cause: None,
        }
    }

    /// The span of one attempt, within the span of its batch.
    fn attempt_span(&mut self, batch: BatchId, items: usize, attempt: u32, request: usize) -> Span {
        let slot = batch.0 as usize;
        if self.batch_spans.len() <= slot {
            self.batch_spans.resize(slot + 1, Span::none());
        }
        if attempt == 1 || self.batch_spans[slot].is_none() {
            self.batch_spans[slot] = tracing::debug_span!("bulk_batch", batch = request, items);
        }
        tracing::debug_span!(parent: &self.batch_spans[slot], "bulk_attempt", request, attempt)
    }

    fn log_end(&mut self, batch: BatchId, status: Option<u16>) {
        if let Some(span) = self.batch_spans.get(batch.0 as usize) {
            tracing::debug!(parent: span, status, "the attempt ended");
        }
    }
}

/// The key of a batch: the same whenever the same bytes are sent again, and no other's. It holds a hash of the bytes, so that not
/// even two runs with one seed can give a key to different ones.
fn batch_key(nonce: u128, serial: u64, body: &[u8]) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let key = format!("{nonce:032x}-{serial:x}-{:016x}", hasher.finish());
    HeaderValue::from_str(&key).expect("hexadecimal digits and dashes stand in any header")
}

fn panicked<F, E>() -> Cause<F, E> {
    Cause::doubt(DoubtKind::Panicked, "the decoder of the answer panicked")
}

fn failed_after_doubt<S, F: ItemFailure, E>(cause: &Cause<F, E>, failure: F) -> Outcome<S, F, E> {
    let before = cause.describe();
    let said = failure.failure_message().map_or_else(String::new, |message| format!(": {message}"));
    Outcome::Unknown(Arc::new(Doubt {
        kind: DoubtKind::FailedAfterDoubt,
        detail: format!("{before}; a later attempt named it as failed{said}"),
        refusal: None,
        failure: Some(Arc::new(failure)),
    }))
}

fn limits<R: Reply>(bound: &Bound<R>, options: &Options<'_>) -> Limits {
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
    }
}

/// A mock settles every item as it is read: nothing is ever queued.
fn mock_limits() -> Limits {
    Limits {
        caps: crate::engine::Caps { max: usize::MAX, min: 1, max_bytes: usize::MAX, frame_bytes: 0 },
        max_item_bytes: usize::MAX,
        concurrency: 1,
        attempts: 1,
        max_wait: Duration::MAX,
        deadline: None,
        idempotent: false,
        knows_already: false,
        isolates: false,
    }
}
