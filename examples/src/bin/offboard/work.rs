//! One run at one vendor, and its result.

use std::fmt::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Counters, OutcomeKind, Row};
use bulk_endpoint_durable::{RunReport, Store};
use futures_util::StreamExt;

use crate::args::Args;
use crate::ids::Ids;
use crate::outbox::Outbox;
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
    pub(crate) counters: Counters,
    pub(crate) requests: usize,
    pub(crate) elapsed: Duration,
    /// Every id succeeded, and all of them were read.
    pub(crate) is_complete: bool,
    /// The number of ids that the same command continues with. 0 without a journal.
    pub(crate) open: usize,
    /// The number of ids that an earlier command read, and that are not in the input.
    pub(crate) missing: usize,
    /// The counts in words, and some of the ids that did not succeed.
    pub(crate) details: String,
}

/// What the runs share.
pub(crate) struct Shared<'a> {
    pub(crate) args: &'a Args,
    pub(crate) progress: &'a Progress,
    pub(crate) stop: &'a Stop,
    pub(crate) outbox: &'a Outbox,
    /// Where the runs are recorded.
    pub(crate) store: Option<&'a Store>,
}

/// The most outcomes that are written at once.
const CHUNK: usize = 1_000;

/// Sends all ids, until the run ends or a signal stops it. Each outcome goes to the report as soon as it is known.
pub(crate) async fn work<T, R, E>(task: Task, bulk: &Bulk<T, R, E>, ids: Ids<T>, shared: &Shared<'_>) -> Result<Done>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let Shared { args, progress, stop, outbox, store } = shared;
    let mut bar = progress.bar(task, ids.size_hint().0);
    let mut run = bulk.send(ids).concurrency(args.concurrency.get());
    if let Some(deadline) = args.deadline {
        run = run.run_timeout(deadline);
    }
    if let Some(patience) = args.patience {
        run = run.patience(patience);
    }
    stop.add(run.watch());
    let run = run.on_event(move |event, counters| bar.show(event, counters));
    let mut first = Vec::new();
    let mut add = |row: Row| {
        if row.outcome != OutcomeKind::Succeeded && first.len() < SHOWN {
            first.push(row.clone());
        }
        outbox.add(&ReportRow::new(task, row))
    };
    let (report, recorded);
    if let Some(store) = store {
        let name = task.to_string();
        let mut outcomes = run.journal(*store, &name).restart_timeout().outcomes().ready_chunks(CHUNK);
        while let Some(chunk) = outcomes.next().await {
            for item in chunk {
                add(item.with_context(|| format!("{task} stopped"))?.row)?;
            }
            if !outbox.flush() {
                stop.stop();
            }
        }
        report = outcomes.get_mut().summary();
        recorded = Some(store.report(&name).await?);
    } else {
        let mut outcomes = run.outcomes().ready_chunks(CHUNK);
        while let Some(chunk) = outcomes.next().await {
            for settled in chunk {
                add(settled.row())?;
            }
            if !outbox.flush() {
                stop.stop();
            }
        }
        (report, recorded) = (outcomes.get_mut().summary(), None);
    }
    let counters = report.counters();
    Ok(Done {
        task,
        counters,
        requests: report.requests(),
        elapsed: report.elapsed(),
        is_complete: report.is_complete(),
        open: recorded.as_ref().map_or(0, RunReport::open),
        missing: recorded.map_or(0, |recorded| recorded.counters().accepted.saturating_sub(counters.accepted)),
        details: details(&report.to_string(), &first, counters.settled() - counters.succeeded),
    })
}

/// The most ids that are listed on the terminal.
const SHOWN: usize = 10;

fn details(headline: &str, first: &[Row], count: usize) -> String {
    let mut details = headline.to_owned();
    for row in first {
        let _ = write!(details, "\n  {row}");
    }
    if count > first.len() {
        let _ = write!(details, "\n  … and {} more", count - first.len());
    }
    details
}
