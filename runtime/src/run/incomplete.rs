//! The error of a run in which not every item succeeded.

use std::fmt;
use std::sync::Arc;

use super::headline::{Headline, describe};
use super::row::Row;
use super::source::SourceError;
use crate::engine::Counters;

/// The error of [`Report::into_result`](crate::Report::into_result): not every item succeeded, or the input was not read to its end.
///
/// It carries the row of every item that did not succeed. `Display` shows the counters and the first ten rows.
#[derive(Debug, Clone)]
pub struct IncompleteRun(pub(super) Box<Details>);

#[derive(Debug, Clone)]
pub(crate) struct Details {
    pub(crate) counters: Counters,
    pub(crate) rows: Vec<Row>,
    pub(crate) read_all: bool,
    pub(crate) source: Option<SourceError>,
    pub(crate) stopped: Option<Arc<str>>,
}

impl IncompleteRun {
    /// Returns the number of items per outcome.
    pub fn counters(&self) -> Counters {
        self.0.counters
    }

    /// Returns the items that did not succeed, in input order.
    pub fn rows(&self) -> &[Row] {
        &self.0.rows
    }

    /// Returns the error of the source, if it failed.
    pub fn source_error(&self) -> Option<&SourceError> {
        self.0.source.as_ref()
    }
}

impl fmt::Display for IncompleteRun {
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

impl std::error::Error for IncompleteRun {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| error as _)
    }
}
