//! The outcomes of a run, merged, with counters.

use std::fmt;
use std::time::Duration;

use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::attempts::Attempt;
use super::headline::{Headline, describe};
use super::incomplete::{Details, IncompleteRun};
use super::row::Row;
use super::source::SourceError;
use super::state::Progress;
use crate::engine::Counters;
use crate::outcome::{NotAttempted, Outcome, OutcomeKind, OutcomeOf, Refusal, Success, Uncertainty};
use crate::reply::BulkReply;

/// What became of every item of a run, in the order of the input.
///
/// `Display` says first whether anything did not succeed. `Serialize` writes one flat [`Row`] an item.
pub struct Report<I, R: BulkReply, E> {
    state: Progress<I, R, E>,
    key: fn(&I) -> String,
}

impl<I, R: BulkReply, E> Report<I, R, E> {
    pub(crate) fn new(state: Progress<I, R, E>, key: fn(&I) -> String) -> Self {
        Report { state, key }
    }

    /// Every item with its outcome, in the order of the input.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&I, &OutcomeOf<R, E>)> {
        self.state.entries.iter().flatten().map(|(item, outcome)| (item, outcome))
    }

    /// The items and their outcomes, by value.
    pub fn into_outcomes(self) -> impl DoubleEndedIterator<Item = (I, OutcomeOf<R, E>)> {
        self.state.entries.into_iter().flatten()
    }

    /// The items that succeeded.
    pub fn succeeded(&self) -> impl DoubleEndedIterator<Item = (&I, &Success<R::Success>)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Succeeded(success) => Some((item, success)),
            _ => None,
        })
    }

    /// The items that a response named as not done.
    pub fn failed(&self) -> impl DoubleEndedIterator<Item = (&I, &R::Failure)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Failed(failure) => Some((item, &**failure)),
            _ => None,
        })
    }

    /// The items that the server did not act on.
    pub fn refused(&self) -> impl DoubleEndedIterator<Item = (&I, &Refusal<E>)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Refused(refusal) => Some((item, &**refusal)),
            _ => None,
        })
    }

    /// The items that may or may not have been applied.
    pub fn unknown(&self) -> impl DoubleEndedIterator<Item = (&I, &Uncertainty<R::Failure, E>)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::Unknown(doubt) => Some((item, &**doubt)),
            _ => None,
        })
    }

    /// The items that were never sent.
    pub fn not_attempted(&self) -> impl DoubleEndedIterator<Item = (&I, &NotAttempted)> {
        self.iter().filter_map(|(item, outcome)| match outcome {
            Outcome::NotAttempted(why) => Some((item, why)),
            _ => None,
        })
    }

    /// How many there are of each.
    pub fn counters(&self) -> Counters {
        self.state.counters
    }

    /// How many requests left, repeated attempts included.
    pub fn requests(&self) -> usize {
        self.state.requests
    }

    /// How long the run took.
    pub fn elapsed(&self) -> Duration {
        self.state.elapsed
    }

    /// Why the run stopped before its end, if it did.
    pub fn stopped(&self) -> Option<&str> {
        self.state.stopped.as_deref()
    }

    /// The error of the source, if it failed. What it had given before was sent.
    pub fn source_error(&self) -> Option<&SourceError> {
        self.state.source_error.as_ref()
    }

    /// The attempts that carried the item at this index of the input, in their order, and how each ended.
    ///
    /// A run whose outcomes are streamed keeps no history.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let bulk: bulk_endpoint::Bulk<u64> = bulk_endpoint::Bulk::mock(|_| bulk_endpoint::Outcome::succeeded());
    /// # let report = bulk.send([1]).await;
    /// for row in report.rows() {
    ///     for attempt in report.attempts(row.index) {
    ///         println!("{}: request {} left after {:?}: {}", row.key, attempt.request, attempt.sent, attempt.end);
    ///     }
    /// }
    /// # });
    /// ```
    pub fn history(&self, index: usize) -> impl Iterator<Item = &Attempt> {
        self.state.history.of(index)
    }

    /// Whether every item succeeded, and the source was read to its end.
    pub fn is_complete(&self) -> bool {
        let counters = self.counters();
        counters.succeeded == counters.accepted && self.state.read_all && self.state.source_error.is_none()
    }

    /// Whether the source was read to its end. A run that stops before leaves what may never end, or block: a stream, and an
    /// iterator whose `size_hint` is not exact. What it did not read stays with the caller.
    pub fn read_all(&self) -> bool {
        self.state.read_all
    }

    /// One flat row an item, in the order of the input.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.state.entries.iter().enumerate().filter_map(|(index, entry)| {
            let (item, outcome) = entry.as_ref()?;
            Some(Row::new::<R, E>(index, (self.key)(item), outcome))
        })
    }

    /// The report, if every item succeeded.
    ///
    /// # Errors
    /// One item did not succeed, or the source failed: the error has the row of every such item.
    pub fn into_result(self) -> Result<Self, IncompleteRun> {
        if self.is_complete() {
            return Ok(self);
        }
        let rows = self.rows().filter(|row| row.outcome != OutcomeKind::Succeeded).collect();
        Err(IncompleteRun(Box::new(Details {
            counters: self.counters(),
            rows,
            read_all: self.state.read_all,
            source: self.state.source_error,
            stopped: self.state.stopped,
        })))
    }
}

impl<I, R: BulkReply, E> fmt::Display for Report<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = self.rows().filter(|row| row.outcome != OutcomeKind::Succeeded);
        let headline = Headline {
            counters: self.state.counters,
            read_all: self.state.read_all,
            source: self.source_error(),
            stopped: self.stopped(),
        };
        describe(f, &headline, &mut rows)
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
