//! The error of a run in which not every item succeeded.

use std::fmt;

use super::row::Row;
use super::source::SourceError;
use super::summary::Summary;
use crate::engine::Counters;

/// The error of [`Report::into_result`](crate::Report::into_result): not every item succeeded, or the input was not read to its end.
///
/// It carries the row of every item that did not succeed. `Display` shows the counters and the first ten rows.
#[derive(Debug, Clone)]
pub struct IncompleteRun(Box<Details>);

#[derive(Debug, Clone)]
struct Details {
    summary: Summary,
    rows: Vec<Row>,
}

impl Summary {
    /// Returns the error of a run that is not complete; `rows` are its items that did not succeed, in input order.
    pub fn incomplete(self, rows: Vec<Row>) -> IncompleteRun {
        IncompleteRun(Box::new(Details { summary: self, rows }))
    }
}

impl IncompleteRun {
    /// Returns the number of items per outcome.
    pub fn counters(&self) -> Counters {
        self.0.summary.counters
    }

    /// Returns the items that did not succeed, in input order.
    pub fn rows(&self) -> &[Row] {
        &self.0.rows
    }

    /// Returns the error of the source, if it failed.
    pub fn source_error(&self) -> Option<&SourceError> {
        self.0.summary.source_error.as_ref()
    }
}

impl fmt::Display for IncompleteRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { summary, rows } = &*self.0;
        summary.describe(f, rows.iter().cloned())
    }
}

impl std::error::Error for IncompleteRun {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source_error().map(|error| error as _)
    }
}
