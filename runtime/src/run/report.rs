//! The report of a run: the outcome of every item, and counters.

use std::fmt;
use std::time::Duration;

use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::attempts::Attempt;
use super::bulk_response::BulkResponse;
use super::incomplete::IncompleteRun;
use super::row::Row;
use super::source::SourceError;
use super::state::Progress;
use super::summary::Summary;
use crate::engine::Counters;
use crate::outcome::{NotAttempted, Outcome, OutcomeKind, OutcomeOf, Refusal, Success, Uncertainty};
use crate::reply::BulkReply;

/// The outcomes of all items of a run, in input order.
///
/// `Display` first says whether every item succeeded, then shows the first ten that did not. `Serialize` writes a sequence with one flat
/// [`Row`] per item. [`into_result`](Self::into_result) turns a report into an error unless every item succeeded.
#[must_use = "items may have failed: call `into_result`, or look at the outcomes"]
pub struct Report<I, R: BulkReply, E> {
    state: Progress<I, R, E>,
    key: fn(&I) -> String,
}

impl<I, R: BulkReply, E> Report<I, R, E> {
    pub(crate) fn new(state: Progress<I, R, E>, key: fn(&I) -> String) -> Self {
        Report { state, key }
    }

    /// Iterates over all items with their outcomes, in input order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&I, &OutcomeOf<R, E>)> {
        self.state.entries.iter().flatten().map(|(item, outcome)| (item, outcome))
    }

    /// Returns all items with their outcomes by value, in input order.
    pub fn into_outcomes(self) -> impl DoubleEndedIterator<Item = (I, OutcomeOf<R, E>)> {
        self.state.entries.into_iter().flatten()
    }

    /// Iterates over the items that succeeded.
    pub fn succeeded(&self) -> impl DoubleEndedIterator<Item = (&I, &Success<R::Success>)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Succeeded(success) => Some((item, success)),
            _ => None,
        })
    }

    /// Iterates over the items that a response names as not done, with their typed failures.
    pub fn failed(&self) -> impl DoubleEndedIterator<Item = (&I, &R::Failure)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Failed(failure) => Some((item, &**failure)),
            _ => None,
        })
    }

    /// Iterates over the items that the server did not act on, for a reason other than the item itself.
    pub fn refused(&self) -> impl DoubleEndedIterator<Item = (&I, &Refusal<E>)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Refused(refusal) => Some((item, &**refusal)),
            _ => None,
        })
    }

    /// Iterates over the items that may or may not have been applied.
    pub fn unknown(&self) -> impl DoubleEndedIterator<Item = (&I, &Uncertainty<R::Failure, E>)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Unknown(uncertainty) => Some((item, &**uncertainty)),
            _ => None,
        })
    }

    /// Iterates over the items that the server did not process, with the reason.
    pub fn not_attempted(&self) -> impl DoubleEndedIterator<Item = (&I, &NotAttempted)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::NotAttempted(reason) => Some((item, reason)),
            _ => None,
        })
    }

    /// Returns the number of items per outcome. Every occurrence of a duplicate counts.
    pub fn counters(&self) -> Counters {
        self.state.counters
    }

    /// Returns the number of attempts, including retries, polls of jobs, and attempts whose connection failed.
    pub fn requests(&self) -> usize {
        self.state.requests
    }

    /// Returns the duration of the run, from its first poll.
    pub fn elapsed(&self) -> Duration {
        self.state.elapsed
    }

    /// Returns the reason why the run stopped early, or `None`.
    pub fn stopped(&self) -> Option<&str> {
        self.state.stopped.as_deref()
    }

    /// Returns the error of the source, if it failed. The items before it were sent.
    pub fn source_error(&self) -> Option<&SourceError> {
        self.state.source_error.as_ref()
    }

    /// Iterates over the attempts that carried the item at this index of the input, in the order in which they were sent.
    ///
    /// Empty if no attempt was made with the item, if the outcomes were streamed, or if the run was a mock.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let bulk: bulk_endpoint::Bulk<u64> = bulk_endpoint::Bulk::mock(|_| bulk_endpoint::Outcome::succeeded());
    /// # let report = bulk.send([1]).await;
    /// for row in report.rows() {
    ///     for attempt in report.attempts(row.index) {
    ///         println!("{}: request {} sent after {:?}: {}", row.key, attempt.request, attempt.sent, attempt.end);
    ///     }
    /// }
    /// # });
    /// ```
    pub fn attempts(&self, index: usize) -> impl Iterator<Item = &Attempt> {
        self.state.history.of(index)
    }

    /// Iterates over the responses that were read for items, in the order of their requests: one for each such request, with the fields that
    /// belong to no item.
    ///
    /// Of a job it is the last response to a poll; [`BulkResponse::first`] is the one that started it. Empty if the outcomes were streamed,
    /// or if the run was a mock.
    pub fn responses(&self) -> impl DoubleEndedIterator<Item = &BulkResponse<R>> {
        self.state.responses.iter()
    }

    /// Returns the last response to a request with the item at this index of the input.
    ///
    /// `None` if no response was read for it, if the outcomes were streamed, or if the run was a mock.
    pub fn response_of(&self, index: usize) -> Option<&BulkResponse<R>> {
        self.state.history.of(index).filter_map(|attempt| self.state.responses.get(attempt.request)).last()
    }

    /// Iterates over the items whose [last response](Self::response_of) is this one, with their index in the input.
    pub fn items_of(&self, response: &BulkResponse<R>) -> impl Iterator<Item = (usize, &I, &OutcomeOf<R, E>)> {
        let request = response.request;
        let is_last = move |index: &usize| self.response_of(*index).is_some_and(|last| last.request == request);
        self.state.history.carried_by(request).into_iter().filter(is_last).filter_map(|index| {
            let (item, outcome) = self.state.entries.get(index)?.as_ref()?;
            Some((index, item, outcome))
        })
    }

    /// Returns whether every item succeeded and the source was read to its end without an error.
    pub fn is_complete(&self) -> bool {
        self.without_items().is_complete()
    }

    /// Returns whether the source was read to its end.
    ///
    /// A run that stops early still reads an iterator with an exact `size_hint` to its end, to account for every item. It does not read on
    /// from a stream or another iterator, which may block or never end: the report lacks their remaining items.
    pub fn read_all(&self) -> bool {
        self.state.read_all
    }

    /// Iterates over one flat row per item, in input order.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.rows_of(|_| true)
    }

    /// The rows of the outcomes of a kind that is wanted. A row costs texts and searches, so no other is made.
    fn rows_of(&self, is_wanted: fn(OutcomeKind) -> bool) -> impl Iterator<Item = Row> + '_ {
        self.state.entries.iter().enumerate().filter_map(move |(index, entry)| {
            let (item, outcome) = entry.as_ref().filter(|(_, outcome)| is_wanted(outcome.kind()))?;
            Some(Row::new::<R, E>(index, (self.key)(item), outcome, self.response_of(index)))
        })
    }

    fn rows_not_succeeded(&self) -> impl Iterator<Item = Row> + '_ {
        self.rows_of(|kind| kind != OutcomeKind::Succeeded)
    }

    /// Returns the report if it is complete, else the error with its rows that did not succeed.
    pub(super) fn complete(self) -> Result<Self, IncompleteRun> {
        if self.is_complete() {
            return Ok(self);
        }
        let rows = self.rows_not_succeeded().collect();
        Err(self.without_items().incomplete(rows))
    }

    fn without_items(&self) -> Summary {
        Summary {
            counters: self.counters(),
            read_all: self.state.read_all,
            stopped: self.state.stopped.clone(),
            source_error: self.state.source_error.clone(),
        }
    }
}

impl<I, R: BulkReply, E> fmt::Display for Report<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.without_items().describe(f, self.rows_not_succeeded())
    }
}

impl<I, R: BulkReply, E> fmt::Debug for Report<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("counters", &self.state.counters)
            .field("requests", &self.state.requests)
            .field("elapsed", &self.state.elapsed)
            .field("stopped", &self.state.stopped)
            .field("source_error", &self.state.source_error)
            .finish_non_exhaustive()
    }
}

impl<I, R: BulkReply, E> Serialize for Report<I, R, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for row in self.rows() {
            seq.serialize_element(&row)?;
        }
        seq.end()
    }
}
