//! One run at one vendor, and its result.

use std::fmt;
use std::time::Duration;

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Counters};

use crate::args::Args;
use crate::progress::Progress;
use crate::report::ReportRow;
use crate::stop::Stop;

/// An operation at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) provider: &'static str,
    pub(crate) operation: &'static str,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.provider, self.operation)
    }
}

/// The result of a run.
pub(crate) struct Done {
    pub(crate) task: Task,
    pub(crate) rows: Vec<ReportRow>,
    pub(crate) counters: Counters,
    pub(crate) requests: usize,
    pub(crate) elapsed: Duration,
    /// The report's text: the counts, and some of the ids that did not succeed.
    pub(crate) details: String,
}

impl Done {
    /// Returns whether every id succeeded.
    pub(crate) fn is_complete(&self) -> bool {
        self.counters.succeeded == self.counters.accepted
    }
}

/// Sends all ids, with a progress bar, until the run ends or Ctrl-C stops it.
pub(crate) async fn work<T, R, E>(
    task: Task,
    bulk: &Bulk<T, R, E>,
    ids: Vec<T>,
    args: &Args,
    progress: &Progress,
    stop: &Stop,
) -> Done
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let mut bar = progress.bar(task, ids.len());
    let run = bulk.send(ids).concurrency(args.concurrency.get());
    stop.add(run.watch());
    let report = run.on_event(move |event, counters| bar.show(event, counters)).await;
    Done {
        task,
        rows: report.rows().map(|row| ReportRow::new(task, row)).collect(),
        counters: report.counters(),
        requests: report.requests(),
        elapsed: report.elapsed(),
        details: report.to_string(),
    }
}
