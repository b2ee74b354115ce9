//! The place where all runs put their outcomes: the report's file, and functions that look at each row.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;

use anyhow::Result;

use crate::report::{ReportFile, ReportRow};

/// Where the rows of all runs go. The runs share one task, so no lock is needed.
#[derive(Default)]
pub struct Outbox<'a> {
    report: RefCell<Option<ReportFile>>,
    taps: Vec<Tap<'a>>,
}

/// A function that looks at each row.
type Tap<'a> = Box<dyn Fn(&ReportRow) + 'a>;

impl<'a> Outbox<'a> {
    /// Calls a function with each row.
    pub fn tap(mut self, tap: impl Fn(&ReportRow) + 'a) -> Self {
        self.taps.push(Box::new(tap));
        self
    }

    /// Sets the report that rows are written to.
    pub fn open(&self, report: ReportFile) {
        *self.report.borrow_mut() = Some(report);
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// It cannot be written in the format of the report.
    pub fn add(&self, row: &ReportRow) -> Result<()> {
        self.taps.iter().for_each(|tap| tap(row));
        match &mut *self.report.borrow_mut() {
            Some(report) => report.add(row),
            None => Ok(()),
        }
    }

    /// Writes the rows that were added. Returns whether more can be written.
    pub fn flush(&self) -> bool {
        match &mut *self.report.borrow_mut() {
            Some(report) => {
                report.flush();
                !report.is_broken()
            }
            None => true,
        }
    }

    /// Leaves the report unfinished, and returns where its rows are, if it has any.
    pub(crate) fn leave(&self) -> Option<PathBuf> {
        self.report.borrow_mut().take().and_then(ReportFile::leave)
    }

    /// Puts the report in its place, with a summary, and returns that place.
    ///
    /// # Errors
    ///
    /// It cannot be put there. The error says where the rows are.
    pub(crate) fn finish(&self, summary: &str) -> Result<Option<PathBuf>> {
        self.report.borrow_mut().take().map(|report| report.finish(summary)).transpose()
    }
}

impl fmt::Debug for Outbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("report", &self.report).finish_non_exhaustive()
    }
}
