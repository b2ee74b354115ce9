//! The place where all runs put their outcomes: the report's file, and in the demo the comparison with the fake servers.

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::Result;

use crate::check::Claims;
use crate::fakes::Fakes;
use crate::report::ReportRow;
use crate::report_file::ReportFile;
use crate::sample::Sample;
use crate::terminal::say;

/// Where the rows of all runs go. The runs share one task, so no lock is needed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    report: RefCell<Option<ReportFile>>,
    claims: Option<Claims>,
}

impl Outbox {
    /// The outbox of the demo, which compares its outcomes at the end.
    pub(crate) fn of_demo(claims: Claims) -> Self {
        Outbox { report: RefCell::default(), claims: Some(claims) }
    }

    /// Sets the report that rows are written to.
    pub(crate) fn open(&self, report: ReportFile) {
        *self.report.borrow_mut() = Some(report);
    }

    /// Adds a row.
    pub(crate) fn add(&self, row: &ReportRow) -> Result<()> {
        if let Some(claims) = &self.claims {
            claims.add(row);
        }
        match &mut *self.report.borrow_mut() {
            Some(report) => report.add(row),
            None => Ok(()),
        }
    }

    /// Writes the rows that were added. Returns whether more can be written.
    pub(crate) fn flush(&self) -> bool {
        match &mut *self.report.borrow_mut() {
            Some(report) => {
                report.flush();
                !report.is_broken()
            }
            None => true,
        }
    }

    /// Compares the rows of the demo with what the fake servers applied.
    pub(crate) fn compare(&self, sample: &Sample, fakes: &Fakes) -> Result<()> {
        let Some(claims) = &self.claims else { return Ok(()) };
        let agreement = claims.compare(sample, fakes)?;
        say(format_args!("\n{agreement}"));
        agreement.into_result()
    }

    /// Puts the report in its place, and returns that place.
    pub(crate) fn finish(&self) -> Result<Option<PathBuf>> {
        self.report.borrow_mut().take().map(ReportFile::finish).transpose()
    }
}
