//! A run with a journal: how it is started, and what it yields.

use std::borrow::Borrow;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::FutureExt;

use super::delivery::{Delivery, JournaledItem};
use super::driver::{Driver, PREPARED_FOR};
use super::kind::BulkKind;
use super::options::RunOptions;
use super::report::Report;
use super::source::Source;
use super::state::RunState;
use super::watch::Watch;
use crate::item::BulkItem;
use crate::journal::{JournalError, JournalFuture, OnChange, RunStart, Store};
use crate::reply::{ApiError, BulkReply};
use crate::request::PreparedEndpoint;

/// A run with a journal that has not started: `.await` its report, or stream its [`outcomes`](Self::outcomes). See
/// [`Run::journal`](crate::Run::journal).
#[must_use = "a run sends nothing until it is awaited, or its outcomes are polled"]
pub struct JournaledRun<'a, T: BulkItem, R: BulkReply, E, I, S> {
    parts: RunParts<'a, T, R, E, I>,
    store: S,
    name: String,
    on_change: OnChange,
    account: Option<String>,
    restarts_timeout: bool,
    new_only: bool,
}

/// What a run consists of before it starts.
pub(super) struct RunParts<'a, T: BulkItem, R: BulkReply, E, I> {
    pub(super) kind: BulkKind<T, R, E>,
    pub(super) source: Source<'a, I>,
    pub(super) options: RunOptions<'a, I>,
    pub(super) state: Arc<RunState<I, R, E>>,
}

impl<'a, T, R, E, I, S> JournaledRun<'a, T, R, E, I, S>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
    S: Store,
{
    pub(super) fn new(parts: RunParts<'a, T, R, E, I>, store: S, name: String) -> Self {
        JournaledRun {
            parts,
            store,
            name,
            on_change: OnChange::Stop,
            account: None,
            restarts_timeout: false,
            new_only: false,
        }
    }

    /// Sets what happens to an item whose key an earlier life of the run read with another encoding. Default [`OnChange::Stop`].
    pub fn on_change(mut self, on_change: OnChange) -> Self {
        self.on_change = on_change;
        self
    }

    /// Names the account that the credential belongs to, for example the tenant. A run does not continue under another account.
    ///
    /// A run's identity has no credentials, because a run may continue under a new token. Nor does it have the headers and query parameters of
    /// the client, which may be credentials. So name the account if the base URL and the arguments are the same for several of them.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Counts [`Run::run_timeout`](crate::Run::run_timeout) from the start of this life, and not of the first one.
    pub fn restart_timeout(mut self) -> Self {
        self.restarts_timeout = true;
        self
    }

    /// Leaves out of [`outcomes`](Self::outcomes) what an earlier life settled for good.
    ///
    /// An outcome is durable before it is yielded, so what a life recorded and did not yield before it ended is left out, too: with this, each
    /// outcome is yielded at most once, and without it at least once.
    pub fn new_only(mut self) -> Self {
        self.new_only = true;
        self
    }

    /// Returns a handle that reads the run's progress and can stop it, from any thread or task. Its counters are those of this life.
    pub fn watch(&self) -> Watch<I, R, E> {
        Watch::new(self.parts.state.clone())
    }

    /// Returns a stream of the outcomes, each as soon as it is durable.
    ///
    /// Every item of the input is yielded once in each life. Those that an earlier life settled for good come again, marked as
    /// [`replayed`](JournaledItem::replayed), unless [`new_only`](Self::new_only) is called. An `Err` is the last item of the stream.
    pub fn outcomes(self) -> JournaledStream<'a, T, R, E, I> {
        let (state, new_only) = (self.parts.state.clone(), self.new_only);
        JournaledStream { life: self.start().0, state, new_only }
    }

    fn start(self) -> (Life<'a, T, R, E, I>, S, String) {
        let JournaledRun { parts, store, name, on_change, account, restarts_timeout, new_only: _ } = self;
        let RunParts { kind, mut source, options, state } = parts;
        let mut fail = |error| {
            if let (Some(calls), Some(first)) = (&options.calls, source.take_first()) {
                (calls.give_back)(first);
            }
            Life::Ended(Some(error))
        };
        let life = match kind {
            BulkKind::Mock(_) => fail(JournalError::Mock),
            BulkKind::Remote(endpoint, read) => {
                if let Some(why) = endpoint.invalid.clone() {
                    return (fail(JournalError::InvalidArgument(why)), store, name);
                }
                let start = RunStart {
                    identity: identity(&endpoint, account),
                    keyed: T::KEYED,
                    keeps_duplicates: options.on_duplicate == super::options::OnDuplicate::Keep,
                    of_calls: options.calls.is_some(),
                    on_change,
                    run_timeout: options.run_timeout.filter(|_| !restarts_timeout),
                    request_timeout: endpoint
                        .client
                        .longest_attempt(options.attempt_timeout.unwrap_or_else(|| endpoint.client.timeout()))
                        .saturating_add(PREPARED_FOR)
                        .saturating_add(options.verify_after),
                };
                let beginning = store.begin(&name, start);
                let driver = Driver::new(&endpoint, read, source, options, state, false).recording(beginning);
                Life::Running(Box::new(driver))
            }
        };
        (life, store, name)
    }
}

/// What makes a run this one. Credentials are no part of it: a run may continue under a new token.
fn identity<R: BulkReply>(endpoint: &PreparedEndpoint<R>, account: Option<String>) -> Vec<(String, String)> {
    let parts = &endpoint.parts;
    let mut identity = vec![
        ("method".to_owned(), parts.method.to_string()),
        ("URL".to_owned(), parts.url.to_string()),
        ("request around the items".to_owned(), parts.layout.describe()),
    ];
    for (name, value) in parts.headers.iter().filter(|(_, value)| !value.is_sensitive()) {
        identity.push((format!("header {name}"), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    }
    identity.extend(account.map(|account| ("account".to_owned(), account)));
    identity
}

impl<'a, T, R, E, I, S> IntoFuture for JournaledRun<'a, T, R, E, I, S>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
    S: Store,
{
    type Output = Result<S::Report, JournalError>;
    type IntoFuture = JournaledRunFuture<'a, T, R, E, I, S>;

    fn into_future(self) -> Self::IntoFuture {
        let (life, store, name) = self.start();
        JournaledRunFuture { life, store, name, report: None }
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError, I, S> fmt::Debug for JournaledRun<'_, T, R, E, I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournaledRun").field("bulk", &self.parts.kind).field("name", &self.name).finish_non_exhaustive()
    }
}

type ItemResult<I, R, E> = Result<JournaledItem<I, R, E>, JournalError>;

/// One life of a run.
enum Life<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    Running(Box<Driver<'a, T, R, E, I>>),
    Ended(Option<JournalError>),
}

impl<T, R, E, I> Life<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<ItemResult<I, R, E>>> {
        match self {
            Life::Ended(error) => Poll::Ready(error.take().map(Err)),
            Life::Running(driver) => loop {
                match driver.poll_next(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Delivery::Journaled(item))) => return Poll::Ready(Some(Ok(*item))),
                    // A run with a journal delivers nothing else.
                    Poll::Ready(Some(Delivery::Settled(_))) => {}
                    Poll::Ready(None) => {
                        let error = driver.take_journal_error();
                        *self = Life::Ended(None);
                        return Poll::Ready(error.map(Err));
                    }
                }
            },
        }
    }
}

/// The future of the report of a run with a journal: see [`JournaledRun`].
#[must_use = "futures do nothing unless polled"]
pub struct JournaledRunFuture<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send, S: Store> {
    life: Life<'a, T, R, E, I>,
    store: S,
    name: String,
    report: Option<JournalFuture<S::Report>>,
}

// Nothing in it is pinned in place: what needs pinning is boxed.
impl<T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send, S: Store> Unpin
    for JournaledRunFuture<'_, T, R, E, I, S>
{
}

impl<T, R, E, I, S> Future for JournaledRunFuture<'_, T, R, E, I, S>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
    S: Store,
{
    type Output = Result<S::Report, JournalError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            if let Some(report) = &mut this.report {
                return report.poll_unpin(cx);
            }
            match this.life.poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                // The report is read from the store.
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => this.report = Some(this.store.report(&this.name)),
            }
        }
    }
}

/// The stream of the outcomes of a run with a journal: see [`JournaledRun::outcomes`].
#[must_use = "streams do nothing unless polled"]
pub struct JournaledStream<'a, T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> {
    life: Life<'a, T, R, E, I>,
    state: Arc<RunState<I, R, E>>,
    new_only: bool,
}

impl<T, R, E, I> JournaledStream<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Returns a report of this life without items: counters, requests, errors. The items and outcomes were yielded by the stream. The report of
    /// the store has all lives.
    ///
    /// Before the stream has ended, the report describes the progress so far.
    pub fn summary(&mut self) -> Report<I, R, E> {
        Report::new(self.state.take(), self.state.key)
    }
}

impl<T: BulkItem, R: BulkReply, E: ApiError, I: Borrow<T> + Send> Unpin for JournaledStream<'_, T, R, E, I> {}

impl<T, R, E, I> Stream for JournaledStream<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    type Item = ItemResult<I, R, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.life.poll_next(cx) {
                Poll::Ready(Some(Ok(item))) if self.new_only && item.replayed => {}
                polled => return polled,
            }
        }
    }
}
