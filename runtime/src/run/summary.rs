//! A report without its items: what a store makes the report of a recorded run from.

use std::fmt;
use std::sync::Arc;

use super::headline::{Headline, describe};
use super::row::Row;
use super::source::SourceError;
use crate::engine::Counters;
use crate::journal::RecordedOutcome;

/// A report without its items, for a [store](crate::journal::Store) that has the items elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The number of items per outcome.
    pub counters: Counters,
    /// Whether the input was read to its end.
    pub read_all: bool,
    /// Why the run stopped early, if it did.
    pub stopped: Option<Arc<str>>,
    /// The error of the source, if it failed.
    pub source_error: Option<SourceError>,
}

impl Summary {
    /// Returns whether every item succeeded and the source was read to its end without an error.
    pub fn is_complete(&self) -> bool {
        self.counters.succeeded == self.counters.accepted && self.read_all && self.source_error.is_none()
    }

    /// Writes what the `Display` of a [`Report`](crate::Report) writes: the headline, and the first items that did not succeed. Of `rows`,
    /// which are those items in input order, it reads only as many as it shows.
    pub fn describe(&self, f: &mut fmt::Formatter<'_>, rows: impl IntoIterator<Item = Row>) -> fmt::Result {
        let headline = Headline {
            counters: self.counters,
            read_all: self.read_all,
            source: self.source_error.as_ref(),
            stopped: self.stopped.as_deref(),
        };
        describe(f, &headline, &mut rows.into_iter())
    }
}

impl Row {
    /// Returns the row of an item whose outcome was recorded in a journal.
    pub fn recorded(index: usize, key: String, outcome: RecordedOutcome) -> Self {
        let RecordedOutcome { outcome, status, code, message, request_id, .. } = outcome;
        Row { index, key, outcome, status, code, message, request_id }
    }
}
