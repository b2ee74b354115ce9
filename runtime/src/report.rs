//! The outcomes of a run, merged, with counters.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::engine::Counters;
use crate::history::AttemptRecord;
use crate::outcome::{Doubt, NotAttempted, Outcome, OutcomeKind, OutcomeOf, Refusal, Success};
use crate::reply::Reply;
use crate::source::SourceError;
use crate::text::{said, shorten};
use crate::watch::State;

/// What became of every item of a run, in the order of the input.
///
/// `Display` says first whether anything did not succeed. `Serialize` writes one flat [`Row`] an item.
pub struct Report<I, R: Reply, E> {
    state: State<I, R, E>,
    key: fn(&I) -> String,
}

/// One item's outcome, flat: what reports are written from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The item's index in the input.
    pub index: usize,
    /// Its key, as text; empty where items have none.
    pub key: String,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// The status that came with it: its own, or that of the request.
    pub status: Option<u16>,
    /// The error code that came with it.
    pub code: Option<String>,
    /// What there is to say of it: at most 2000 characters, on one line. The outcome has all of what the answer said.
    pub message: Option<String>,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
}

impl<I, R: Reply, E> Report<I, R, E> {
    pub(crate) fn new(state: State<I, R, E>, key: fn(&I) -> String) -> Self {
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

    /// The items that an answer named as not done.
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
    pub fn unknown(&self) -> impl DoubleEndedIterator<Item = (&I, &Doubt<R::Failure, E>)> {
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
    ///     for attempt in report.history(row.index) {
    ///         println!("{}: request {} left after {:?}: {}", row.key, attempt.request, attempt.sent, attempt.end);
    ///     }
    /// }
    /// # });
    /// ```
    pub fn history(&self, index: usize) -> impl Iterator<Item = &AttemptRecord> {
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
    pub fn into_result(self) -> Result<Self, Incomplete> {
        if self.is_complete() {
            return Ok(self);
        }
        let rows = self.rows().filter(|row| row.outcome != OutcomeKind::Succeeded).collect();
        Err(Incomplete(Box::new(Inner {
            counters: self.counters(),
            rows,
            read_all: self.state.read_all,
            source: self.state.source_error,
            stopped: self.state.stopped,
        })))
    }
}

impl Row {
    fn new<R: Reply, E>(index: usize, key: String, outcome: &OutcomeOf<R, E>) -> Self {
        let request_id = match outcome {
            Outcome::Refused(refusal) => refusal.request_id.clone(),
            Outcome::Unknown(doubt) => doubt.refusal.as_ref().and_then(|refusal| refusal.request_id.clone()),
            _ => None,
        };
        // What a failure says may be the user's own. A report with failures that panic can be read all the same.
        let told = catch_unwind(AssertUnwindSafe(|| (outcome.status(), outcome.code(), outcome.message())));
        let (status, code, message) =
            told.unwrap_or_else(|_| (None, None, Some("<a failure that panicked>".to_owned())));
        // What is said of many items at once stands in the row of each.
        let short = |text: Option<String>| text.as_deref().map(said);
        let message = message.map(|message| shorten(&message, MESSAGE));
        Row { index, key, outcome: outcome.kind(), status, code: short(code), message, request_id: short(request_id) }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            // An item without a key is told by its place.
            "" => write!(f, "item {}: {}", self.index, self.outcome)?,
            key => write!(f, "{}: {}", said(key), self.outcome)?,
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// The most characters of a row's message: a doubt has two that the server said, and words around them.
const MESSAGE: usize = 2_000;

/// How many items a `Display` lists.
const SHOWN: usize = 10;

/// What the first line of a report or an error says.
struct Headline<'r> {
    counters: Counters,
    read_all: bool,
    source: Option<&'r SourceError>,
    stopped: Option<&'r str>,
}

impl fmt::Display for Headline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counters = &self.counters;
        let (all, left) = (counters.accepted, counters.accepted - counters.succeeded);
        if let Some(error) = self.source {
            write!(f, "{error}; before that, ")?;
        } else if !self.read_all {
            f.write_str("the input was not read to its end; so far, ")?;
        }
        match (left, all) {
            (0, 0) => f.write_str("no items")?,
            (0, 1) => f.write_str("the one item succeeded")?,
            (0, _) => write!(f, "all {all} items succeeded")?,
            _ => {
                match all {
                    1 => f.write_str("the one item did not succeed:")?,
                    _ => write!(f, "{left} of {all} items did not succeed:")?,
                }
                let mut comma = "";
                for kind in OutcomeKind::ALL.into_iter().filter(|kind| counters.of(*kind) > 0) {
                    write!(f, "{comma} {} {}", counters.of(kind), kind.as_str().replace('_', " "))?;
                    comma = ",";
                }
                let unsettled = all - counters.settled();
                if unsettled > 0 {
                    write!(f, "{comma} {unsettled} under way")?;
                }
            }
        }
        if let Some(why) = self.stopped {
            write!(f, "; stopped: {why}")?;
        }
        Ok(())
    }
}

/// The headline, then some of the items that did not succeed.
fn describe(f: &mut fmt::Formatter<'_>, headline: &Headline<'_>, rows: &mut dyn Iterator<Item = Row>) -> fmt::Result {
    write!(f, "{headline}")?;
    for row in (&mut *rows).take(SHOWN) {
        write!(f, "\n  {row}")?;
    }
    let more = rows.count();
    if more > 0 {
        write!(f, "\n  … and {more} more")?;
    }
    Ok(())
}

impl<I, R: Reply, E> fmt::Display for Report<I, R, E> {
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

impl<I, R: Reply, E> fmt::Debug for Report<I, R, E> {
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

impl<I, R: Reply, E> Serialize for Report<I, R, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for row in self.rows() {
            seq.serialize_element(&row)?;
        }
        seq.end()
    }
}

/// Not every item succeeded, or the source failed. Carries the row of every item that did not.
#[derive(Debug, Clone)]
pub struct Incomplete(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    counters: Counters,
    rows: Vec<Row>,
    read_all: bool,
    source: Option<SourceError>,
    stopped: Option<Arc<str>>,
}

impl Incomplete {
    /// How many there are of each outcome.
    pub fn counters(&self) -> Counters {
        self.0.counters
    }

    /// The items that did not succeed, in the order of the input.
    pub fn rows(&self) -> &[Row] {
        &self.0.rows
    }

    /// The error of the source, if it failed.
    pub fn source_error(&self) -> Option<&SourceError> {
        self.0.source.as_ref()
    }
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let headline = Headline {
            counters: inner.counters,
            read_all: inner.read_all,
            source: inner.source.as_ref(),
            stopped: inner.stopped.as_deref(),
        };
        describe(f, &headline, &mut inner.rows.iter().cloned())
    }
}

impl std::error::Error for Incomplete {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| error as _)
    }
}
