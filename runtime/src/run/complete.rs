//! The report of a run in which every item succeeded.

use std::fmt;
use std::ops::Deref;

use super::incomplete::IncompleteRun;
use super::report::Report;
use crate::reply::BulkReply;

/// A report in which every item succeeded: what [`Report::into_result`] returns. It has the methods of [`Report`].
///
/// Unlike a report, it can be dropped unread: there is nothing left to handle.
pub struct CompleteReport<I, R: BulkReply, E>(Report<I, R, E>);

impl<I, R: BulkReply, E> Report<I, R, E> {
    /// Returns the report if it [is complete](Self::is_complete).
    ///
    /// # Errors
    /// At least one item did not succeed, the source failed, or it was not read to its end. The error has a row for every item that did not
    /// succeed.
    pub fn into_result(self) -> Result<CompleteReport<I, R, E>, IncompleteRun> {
        self.complete().map(CompleteReport)
    }
}

impl<I, R: BulkReply, E> CompleteReport<I, R, E> {
    /// Returns the report.
    pub fn into_report(self) -> Report<I, R, E> {
        self.0
    }
}

impl<I, R: BulkReply, E> Deref for CompleteReport<I, R, E> {
    type Target = Report<I, R, E>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<I, R: BulkReply, E> fmt::Debug for CompleteReport<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
