//! One run: a lazy builder that becomes a report, or a stream of outcomes.

use std::borrow::Borrow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::event::Event;
use super::kind::BulkKind;
use super::options::{OnDuplicate, RunOptions};
use super::outcome_stream::{OutcomeStream, RunDriver, RunFuture};
use super::report::Report;
use super::source::Source;
use super::state::RunState;
use super::verify::{Verified, verify_fn};
use super::watch::Watch;
use crate::engine::Counters;
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

/// One `send`: set it up, then `.await` the [`Report`], or take the [`outcomes`](Run::outcomes) as they settle.
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
/// Dropping a run, or its future, sends nothing more: what was in flight is then unknown, what was not sent is not. A
/// [`Watch`] taken before still has the report of it.
#[must_use = "a run sends nothing until it is awaited, or its outcomes are polled"]
pub struct Run<'a, T: BulkItem, R: BulkReply, E, I> {
    kind: BulkKind<T, R, E>,
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
            max_wait: Duration::from_secs(300),
            job_timeout: Duration::from_secs(3600),
            attempt_timeout: None,
            seed: None,
            in_order: None,
            on_duplicate: OnDuplicate::Collapse,
            on_event: None,
            verify: None,
        };
        Run { kind, source, options, state: Arc::new(RunState::new(key_text::<T, I>)) }
    }

    /// Requests under way at once (4 unless told; at least 1).
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.options.concurrency = requests.max(1);
        self
    }

    /// When the run must be over, from its start. What is in flight then is unknown, what was not sent stays so.
    ///
    /// A source that blocks in its iterator's `next` blocks the run with it: use a stream for one that waits.
    pub fn run_timeout(mut self, timeout: Duration) -> Self {
        self.options.run_timeout = Some(timeout);
        self
    }

    /// How long a job may take that an endpoint answers with (an hour unless told). The items of one that takes longer are unknown.
    pub fn job_timeout(mut self, timeout: Duration) -> Self {
        self.options.job_timeout = timeout;
        self
    }

    /// How long one attempt may take (the client's timeout unless told; at least 1 ms). It does not count waiting for a turn.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.options.attempt_timeout = Some(timeout.max(Duration::from_millis(1)));
        self
    }

    /// The most attempts that an item takes part in (5 unless told; at least 1).
    ///
    /// A request that is refused for an expired token is one: with a limit of 1 its items end refused. A request that is split is none;
    /// nor is one whose items were rolled back for the sake of some that failed, and that are retried without those, so that an item
    /// may take part in as many more as there are failures in the input.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.options.max_attempts = attempts.max(1);
        self
    }

    /// The longest wait that is begun where the server asks for one (5 min unless told). What would have to wait longer ends with what is
    /// known of it; where a 429 or a 503 asks it of all, the run does. Who asks for a job waits as long as the
    /// [`job_timeout`](Self::job_timeout) allows.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.options.max_wait = wait;
        self
    }

    /// Fixes the jitter of backoffs: with it, a scripted transport and a clock, a run replays exactly.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = Some(seed);
        self
    }

    /// Gives [`outcomes`](Self::outcomes) in the order of the input. The source is read no further than `window` items ahead of the
    /// oldest that has no outcome yet (or a request and a bit, where the endpoint has a `min`), so memory stays bounded. A report is in
    /// that order anyway.
    pub fn in_order(mut self, window: usize) -> Self {
        self.options.in_order = Some(window.max(1));
        self
    }

    /// What is done with items that stand in the input again ([`OnDuplicate::Collapse`] unless told).
    pub fn on_duplicate(mut self, on_duplicate: OnDuplicate) -> Self {
        self.options.on_duplicate = on_duplicate;
        self
    }

    /// Calls `on_event` for every event, with the counters at that moment. It is called between requests: keep it short. What
    /// it panics with is caught, and changes nothing.
    pub fn on_event(mut self, on_event: impl FnMut(&Event, &Counters) + Send + 'a) -> Self {
        self.options.on_event = Some(Box::new(on_event));
        self
    }

    /// Asks `verify` what became of items that would end [`Unknown`](crate::Outcome::Unknown): the way to certainty where sending
    /// again is not safe.
    ///
    /// It is given at most as many items as one request carries, and says of each, by its key, what it found:
    ///
    /// | it says | the item is |
    /// |---|---|
    /// | [`Applied`](Verified::Applied) | `Succeeded`, with [`earlier`](crate::Success::earlier) |
    /// | [`NotApplied`](Verified::NotApplied) | `Failed`, if a later attempt named a failure; else `Refused`, as [`NotApplied`](crate::RefusalKind::NotApplied). It is not retried |
    /// | [`Unknown`](Verified::Unknown), nothing, an `Err`, two things that differ; or it panics | `Unknown`, as it was |
    ///
    /// A server may still be at work on a request that timed out, so what `verify` does not find yet may be there later: say
    /// `NotApplied` only where that cannot be.
    ///
    /// It is asked one thing at a time, and what is sent does not wait for it. While it is slow, items in doubt gather, and once
    /// they are as many as all requests under way can carry, no more are read. It is polled with the run, and has no timeout but
    /// the run's deadline. It is asked after a stop, but not once the run is cancelled, dropped, or past its deadline; nor of items
    /// that have no key, nor of a mock.
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// # use bulk_endpoint::transport::{Script, ScriptedTransport};
    /// # use bulk_endpoint::{Bulk, Client, TokioClock, Verified, bulk_api};
    /// # #[bulk_api]
    /// # trait Mails { #[post("/mails")] #[bulk_endpoint(max = 2, partial = false)] fn send(&self) -> Bulk<u64>; }
    /// # struct Outbox;
    /// # impl Outbox {
    /// #     async fn sent_among(&self, ids: &[u64]) -> Result<Vec<u64>, Infallible> { Ok(vec![ids[0]]) }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let clock = TokioClock::new();
    /// # let transport = ScriptedTransport::new(clock.clone(), |_, _| Script::answer(500, ""));
    /// # let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
    /// # let (mails, outbox) = (MailsClient::new(client), Outbox);
    /// # let outbox = &outbox;
    /// // Every request is answered with a 500: were the mails sent?
    /// let run = mails.send().send([1, 2]).verify(|ids: Vec<u64>| async move {
    ///     let sent = outbox.sent_among(&ids).await?;
    ///     let says = move |id| (id, if sent.contains(&id) { Verified::Applied } else { Verified::NotApplied });
    ///     Ok::<_, Infallible>(ids.into_iter().map(says))
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

    /// A handle to look at the run, and to stop it, from elsewhere.
    pub fn watch(&self) -> Watch<I, R, E> {
        Watch::new(self.state.clone())
    }

    /// The outcomes as they settle, each with its item and its index in the input.
    ///
    /// The run keeps no outcome that it has given, but for the latest, which repeats are told by ([`OnDuplicate::Collapse`] says how many): its
    /// memory depends on the configuration alone. A consumer that is slow slows the source; requests under way go on meanwhile.
    pub fn outcomes(self) -> OutcomeStream<'a, T, R, E, I> {
        let Run { kind, source, options, state } = self;
        OutcomeStream { driver: Box::new(RunDriver::new(kind, source, options, state.clone(), false)), state }
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
        RunFuture { driver: Box::new(RunDriver::new(kind, source, options, state.clone(), true)), state }
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError, I> fmt::Debug for Run<'_, T, R, E, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("bulk", &self.kind).finish_non_exhaustive()
    }
}

/// An item's key as reports write it. A report of items that panic can be read all the same.
fn key_text<T: BulkItem, I: Borrow<T>>(item: &I) -> String {
    catch_unwind(AssertUnwindSafe(|| item.borrow().key_text())).unwrap_or_else(|_| "<a key that panicked>".to_owned())
}
