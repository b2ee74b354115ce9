//! A run before it starts: its options, and the ways to start it.

use std::borrow::Borrow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::event::Event;
use super::journaled::{JournaledRun, RunParts};
use super::kind::BulkKind;
#[cfg(feature = "batcher")]
use super::options::Calls;
use super::options::{OnDuplicate, RunOptions};
use super::outcome_stream::{OutcomeStream, RunDriver, RunFuture};
use super::report::Report;
use super::source::Source;
use super::state::RunState;
use super::verify::{Verified, verify_fn};
use super::watch::Watch;
use crate::engine::Counters;
use crate::item::BulkItem;
use crate::journal::Store;
use crate::reply::{ApiError, BulkReply};

/// A run that has not started: set its options, then `.await` the [`Report`], or stream its [`outcomes`](Run::outcomes).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # use bulk_endpoint::{Bulk, Outcome};
/// # use std::time::Duration;
/// # let bulk: Bulk<u64> = Bulk::mock(|_| Outcome::succeeded());
/// let ids = [1, 2, 3];
/// let report = bulk.send(&ids).concurrency(4).run_timeout(Duration::from_secs(60)).await;
/// report.into_result()?;
/// # Ok::<(), bulk_endpoint::IncompleteRun>(())
/// # }).unwrap();
/// ```
///
/// Dropping the future or the stream of a run cancels it: nothing more is sent, items in flight end `Unknown`, unsent items end
/// `NotAttempted`. A [`Watch`] taken before still gives the report; if the outcomes were streamed, only its counters.
///
/// # Panics
/// Before a run ends it checks that every item has exactly one outcome, and panics otherwise; such a panic is a bug in bulk-endpoint.
#[must_use = "a run sends nothing until it is awaited, or its outcomes are polled"]
pub struct Run<'a, T: BulkItem, R: BulkReply, E, I> {
    pub(super) kind: BulkKind<T, R, E>,
    source: Source<'a, I>,
    options: RunOptions<'a, I>,
    state: Arc<RunState<I, R, E>>,
}

impl<'a, T, R, E, I> Run<'a, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    pub(crate) fn new(kind: BulkKind<T, R, E>, source: Source<'a, I>) -> Self {
        let options = RunOptions {
            concurrency: 4,
            max_attempts: 5,
            run_timeout: None,
            patience: Duration::from_secs(600),
            job_timeout: Duration::from_secs(3600),
            attempt_timeout: None,
            seed: None,
            in_order: None,
            linger: None,
            calls: None,
            on_duplicate: OnDuplicate::Collapse,
            on_event: None,
            verify: None,
            verify_after: Duration::ZERO,
        };
        Run { kind, source, options, state: Arc::new(RunState::new(key_text::<T, I>)) }
    }

    /// Sets the maximum number of requests in flight at once. Default 4; 0 counts as 1.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.options.concurrency = requests.max(1);
        self
    }

    /// Sets the maximum duration of the run, from its first poll. Default: none.
    ///
    /// When it elapses, items in flight end `Unknown`; the others end according to their attempts (see [`Outcome`](crate::Outcome)),
    /// which is `NotAttempted` for those never sent. An iterator that blocks in `next` also blocks this timeout: use [`Bulk::send_stream`](crate::Bulk::send_stream) for
    /// a source that waits.
    pub fn run_timeout(mut self, timeout: Duration) -> Self {
        self.options.run_timeout = Some(timeout);
        self
    }

    /// Sets the maximum duration of a job that an endpoint responds with, from the response that names the job. Default 1 h.
    ///
    /// The items of a job that takes longer end `Unknown`, except those that the job already reported as done.
    pub fn job_timeout(mut self, timeout: Duration) -> Self {
        self.options.job_timeout = timeout;
        self
    }

    /// Sets the timeout of one attempt, from the start of sending to the last byte of the response. Waiting for a free slot, for the
    /// throttle or for a token does not count.
    ///
    /// Default: [`ClientBuilder::timeout`](crate::ClientBuilder::timeout). At least 1 ms.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.options.attempt_timeout = Some(timeout.max(Duration::from_millis(1)));
        self
    }

    /// Sets the maximum number of attempts with an unknown result, per item. Default 5; 0 counts as 1.
    ///
    /// Attempts that the server certainly did not act on do not count: failed connections, refusals for now (429, 503, `retry(…)`, an expired
    /// token), items that the server deferred or handed back, requests that are split or rolled back. [`patience`](Self::patience) bounds
    /// these. Nor does a 502 or 504 count on an idempotent endpoint while no other request of the run succeeds.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.options.max_attempts = attempts.max(1);
        self
    }

    /// Sets the longest time that the run goes without progress, and that one item is deferred. Default 10 min.
    ///
    /// While the host refuses requests for now (429, 503), cannot be reached, or fails, the client probes it with one request at a time, after
    /// growing waits up to 30 s. A usable response is progress. A run without progress for this time stops. So does a run that
    /// would have to wait longer, because of a long `Retry-After`. A run whose client never had any response from its host stops after 15 s.
    ///
    /// An item that the server defers for longer than this ends, once it was refused [`max_attempts`](Self::max_attempts) times as the first
    /// item of a request. With zero, nothing is deferred: the first refusal for now is final. Time in which the run waits for its source,
    /// its consumer, a token or a declared rate does not count, nor does time between the polls of a job: see
    /// [`job_timeout`](Self::job_timeout).
    pub fn patience(mut self, patience: Duration) -> Self {
        self.options.patience = patience;
        self
    }

    /// Sets the seed of the random numbers in backoffs, idempotency keys and assigned ids. Default: a random seed.
    ///
    /// With a seed, a scripted transport and a virtual clock, a run replays exactly. Two runs with the same seed send equal requests with
    /// equal idempotency keys and assigned ids, which a server takes for retries: use a seed in tests only.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = Some(seed);
        self
    }

    /// Makes [`outcomes`](Self::outcomes) yield in input order. Default: in the order in which items settle. A [`Report`] is always in
    /// input order.
    ///
    /// The source is read at most `window` items ahead of the oldest item without an outcome, so memory stays bounded. 0 counts as 1.
    /// If the endpoint has a `min` above 1, a window below `max + min` is raised to that.
    pub fn in_order(mut self, window: usize) -> Self {
        self.options.in_order = Some(window.max(1));
        self
    }

    /// Sets the longest time that an item waits for its request to fill while the source has no item ready. Default: items wait as long as
    /// something else of the run is in flight or waits for a retry.
    ///
    /// A full request is sent immediately. The time ends when the request may be sent; it then still waits for a free slot of
    /// [`concurrency`](Self::concurrency), for the throttle and for a token. An iterator always has its next item ready, so this is for streams.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.options.linger = Some(linger);
        self
    }

    /// Reads this many items, and no more until [`Watch::resume`]: a canary. Default: all items are read.
    ///
    /// With a journal, items that an earlier life settled, or that return to the batch in which they were sent, do not count: each life has
    /// its own canary.
    ///
    /// Look at the outcomes of the first items, then resume the run, or [`stop`](Watch::stop) it. It is one run: its counters, its duplicates and
    /// its journal are those of all items. A run that is neither resumed nor stopped waits until its [`run_timeout`](Self::run_timeout).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # use bulk_endpoint::{Bulk, Outcome};
    /// use futures_util::StreamExt;
    ///
    /// # let bulk: Bulk<u64> = Bulk::mock(|_| Outcome::refused(422, ()));
    /// let run = bulk.send(0..1_000).pause_after(20);
    /// let watch = run.watch();
    /// let mut outcomes = run.outcomes();
    /// while let Some(_settled) = outcomes.next().await {
    ///     let counters = watch.counters();
    ///     if counters.settled() == 20 {
    ///         if counters.succeeded >= 19 { watch.resume() } else { watch.stop() }
    ///     }
    /// }
    /// let counters = watch.counters();
    /// assert_eq!((counters.refused, counters.not_attempted), (20, 980));
    /// # });
    /// ```
    pub fn pause_after(mut self, items: usize) -> Self {
        self.source.pause_after(items, self.state.is_resumed.clone());
        self
    }

    /// Sets the treatment of duplicates: items with the same key and the same encoding as an earlier one. Default
    /// [`OnDuplicate::Collapse`].
    pub fn on_duplicate(mut self, on_duplicate: OnDuplicate) -> Self {
        self.options.on_duplicate = on_duplicate;
        self
    }

    /// Sets a function that is called for every event, with the counters at that moment. Default: none. A second call replaces the first.
    ///
    /// The run calls it between requests, so it must not block. A panic in it is caught and ignored.
    pub fn on_event(mut self, on_event: impl FnMut(&Event, &Counters) + Send + 'a) -> Self {
        self.options.on_event = Some(Box::new(on_event));
        self
    }

    /// Sets a function that finds out whether items that would end [`Unknown`](crate::Outcome::Unknown) were applied, for example by
    /// reading them back. It gives certainty where a retry is not safe. Default: none; such items end `Unknown`.
    ///
    /// `verify` gets at most as many items as one request carries (`max`), and returns its findings by key:
    ///
    /// | `verify` returns | the item ends as |
    /// |---|---|
    /// | [`Applied`](Verified::Applied) | `Succeeded`, with [`earlier`](crate::Success::earlier) |
    /// | [`NotApplied`](Verified::NotApplied) | `Failed`, if a later attempt named a failure; else `Refused`, with [`RefusalKind::NotApplied`](crate::RefusalKind::NotApplied). It is not retried |
    /// | [`Unknown`](Verified::Unknown), no finding, contradictory findings, an `Err`; or it panics | `Unknown`, unchanged |
    ///
    /// A server may still be processing a request although its connection broke. `verify` is not asked about its items before the attempt's
    /// timeout is over, also after a crash of the process. If the server may take longer than that, set [`verify_after`](Self::verify_after):
    /// an item that is applied after `verify` did not find it would be reported as not applied.
    ///
    /// One call runs at a time, and requests do not wait for it. If it is slow, uncertain items accumulate; once they are as many as all
    /// requests in flight can carry (`max` × [`concurrency`](Self::concurrency)), the run reads no more items. `verify` is polled with the
    /// run, and has no timeout except [`run_timeout`](Self::run_timeout). It is still called after a stop, but not after the run is
    /// cancelled, dropped or timed out. It is not called for items without a key, nor for a mock.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// # use bulk_endpoint::testing::{Script, ScriptedTransport};
    /// # use bulk_endpoint::{Bulk, Client, TokioClock, Verified, bulk_api};
    /// # #[bulk_api]
    /// # trait Mails { #[post("/mails")] #[bulk_endpoint(max = 2, partial = false)] fn send(&self) -> Bulk<u64>; }
    /// # struct Outbox;
    /// # impl Outbox {
    /// #     async fn sent_among(&self, ids: &[u64]) -> Result<Vec<u64>, Infallible> { Ok(vec![ids[0]]) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let clock = TokioClock::new();
    /// # let transport = ScriptedTransport::new(clock.clone(), |_, _| Script::response(500, ""));
    /// # let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
    /// # let (mails, outbox) = (MailsClient::new(client), Outbox);
    /// # let outbox = &outbox;
    /// // Every response is a 500: were the mails sent?
    /// let run = mails.send().send([1, 2]).verify(|ids: Vec<u64>| async move {
    ///     let sent = outbox.sent_among(&ids).await?;
    ///     let find = move |id| (id, if sent.contains(&id) { Verified::Applied } else { Verified::NotApplied });
    ///     Ok::<_, Infallible>(ids.into_iter().map(find))
    /// });
    /// let report = run.await;
    /// assert_eq!((report.counters().succeeded, report.counters().refused), (1, 1));
    /// # });
    /// ```
    pub fn verify<V, A, X>(mut self, verify: impl FnMut(Vec<I>) -> V + Send + 'a) -> Self
    where
        I: Clone,
        V: Future<Output = Result<A, X>> + Send + 'a,
        A: IntoIterator<Item = (T::Key, Verified)>,
        X: fmt::Display,
    {
        self.options.verify = Some(verify_fn::<T, I, V, A, X>(verify));
        self
    }

    /// Sets how long after its attempt timeout the server may still be processing a request. [`verify`](Self::verify) is not asked about its
    /// items before that. Default: 0.
    pub fn verify_after(mut self, verify_after: Duration) -> Self {
        self.options.verify_after = verify_after;
        self
    }

    /// Makes the items single calls, which linger only for a moment.
    #[cfg(feature = "batcher")]
    pub(super) fn for_calls(mut self, linger: Duration, calls: Calls<I>) -> Self {
        (self.options.linger, self.options.calls) = (Some(linger), Some(calls));
        self
    }

    /// Records the run in a journal, under this name: it survives its process.
    ///
    /// If the journal has a run with this name, this call continues it. Items that are settled for good are not sent again. Items of requests
    /// that were in flight are uncertain: they are retried only if the endpoint is idempotent. Items that ended for a reason of the run
    /// (a stop, an expired token, no progress) are taken up again. So after a crash or a stop, the same call with the same input does the
    /// rest, and the report covers all of it.
    ///
    /// Every request, or the range of its items, is recorded before it is sent, and every outcome before it is yielded. With a
    /// [`concurrency`](Self::concurrency) above 1, as many requests as are in flight may be recorded ahead: a crash makes their items uncertain,
    /// too. The journal has the keys of the items and their outcomes as [`Row`](crate::Row)s: no bodies, and no credentials. The report is that of the store.
    ///
    /// Duplicates are looked up in the whole journal. [`in_order`](Self::in_order) works as without a journal; the report of the store is always in the
    /// order in which the items were first read. [`run_timeout`](Self::run_timeout) counts from the start of the first life: see
    /// [`JournaledRun::restart_timeout`].
    ///
    /// Stores: the crate `bulk-endpoint-durable` has one in an SQLite file. See [`journal`](crate::journal) for what a store does.
    pub fn journal<S: Store>(self, store: &S, name: impl Into<String>) -> JournaledRun<'a, T, R, E, I, S> {
        let Run { kind, source, options, state } = self;
        JournaledRun::new(RunParts { kind, source, options, state }, store.clone(), name.into())
    }

    /// Returns a handle that reads the run's progress and can stop it, from any thread or task.
    pub fn watch(&self) -> Watch<I, R, E> {
        Watch::new(self.state.clone())
    }

    /// Returns a stream of the outcomes as items settle, each with its item and its index in the input.
    ///
    /// The run forgets an outcome that it has yielded, except for a bounded number of recent ones that duplicates are compared with (see
    /// [`OnDuplicate::Collapse`]). So its memory depends on the configuration, not on the number of items. A slow consumer slows down the
    /// reading of the source; requests in flight continue meanwhile.
    pub fn outcomes(self) -> OutcomeStream<'a, T, R, E, I> {
        let Run { kind, source, options, state } = self;
        OutcomeStream { driver: RunDriver::new(kind, source, options, state.clone(), false), state }
    }
}

impl<'a, T, R, E, I> IntoFuture for Run<'a, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    type Output = Report<I, R, E>;
    type IntoFuture = RunFuture<'a, T, R, E, I>;

    fn into_future(self) -> Self::IntoFuture {
        let Run { kind, source, options, state } = self;
        RunFuture { driver: RunDriver::new(kind, source, options, state.clone(), true), state }
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError, I> fmt::Debug for Run<'_, T, R, E, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("bulk", &self.kind).finish_non_exhaustive()
    }
}

/// The text of an item's key in reports. The key is the caller's code: its panic must not make the report unreadable.
pub(super) fn key_text<T: BulkItem, I: Borrow<T>>(item: &I) -> String {
    catch_unwind(AssertUnwindSafe(|| item.borrow().key_text())).unwrap_or_else(|_| "<key panicked>".to_owned())
}
