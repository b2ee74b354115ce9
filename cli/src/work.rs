//! One run at one vendor, and its result.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use bulk_endpoint::spec::EndpointSpec;
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Counters, OutcomeKind, Report, Row};
use bulk_endpoint_durable::{RunInfo, RunReport, Store};
use futures_util::StreamExt;

use crate::gates::{Canary, Gates, MaxFailures, Passage, Trial};
use crate::items::ItemSource;
use crate::lock::lock;
use crate::outbox::Outbox;
use crate::progress::{Bar, Progress};
use crate::quota::Quota;
use crate::report::{ReportRow, Timeline};
use crate::stop::Stop;
use crate::task::Task;

/// The result of a run.
#[derive(Debug)]
pub struct Done {
    /// What was done.
    pub task: Task,
    /// The number of items per outcome.
    pub counters: Counters,
    /// The number of requests.
    pub requests: usize,
    /// How long it took.
    pub elapsed: Duration,
    /// Every item succeeded, and all of them were read.
    pub is_complete: bool,
    /// The number of items that the same command continues with. 0 without a journal.
    pub open: usize,
    /// The number of items that an earlier command read, and that are not in the input.
    pub missing: usize,
    /// The number of items that were not read, because the run stopped or the source failed before them.
    pub unread: usize,
    /// Why the program stopped the run, if it did.
    pub stopped: Option<String>,
    /// Whether the server refused a request for its token.
    pub is_token_refused: bool,
    /// The counts in words, and some of the items that did not succeed.
    pub details: String,
}

/// How requests are sent.
#[derive(Debug, Clone, Copy)]
pub struct Sending {
    /// The most requests in flight.
    pub concurrency: NonZeroUsize,
    /// The longest time without progress; `None` for the default of a run.
    pub patience: Option<Duration>,
    /// The longest time that this process works on the run.
    pub deadline: Option<Duration>,
    /// What is sent first.
    pub canary: Option<Canary>,
    /// The most items that may fail.
    pub max_failures: Option<MaxFailures>,
}

/// What the runs of a program share.
#[derive(Debug)]
pub struct Shared<'a> {
    /// How requests are sent.
    pub sending: Sending,
    /// Where progress is shown.
    pub progress: &'a Progress,
    /// What stops the runs.
    pub stop: &'a Stop,
    /// Where outcomes go.
    pub outbox: &'a Outbox<'a>,
    /// Where the runs are recorded.
    pub store: Option<&'a Store>,
    pub(crate) timeline: &'a Mutex<Timeline>,
}

/// The most outcomes that are written at once.
pub(crate) const CHUNK: usize = 1_000;

/// Sends all items, until the run ends or a signal stops it. Each outcome goes to the outbox as soon as it is known. `spec` is that of
/// the endpoint.
///
/// # Errors
///
/// The items cannot be read, or the journal cannot be used.
pub async fn work<T, R, E>(
    task: &Task,
    bulk: &Bulk<T, R, E>,
    spec: &EndpointSpec,
    items: impl Into<ItemSource<T>>,
    shared: &Shared<'_>,
) -> Result<Done>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let items = items.into();
    let count = items.count();
    let earlier = earlier(task, shared).await?;
    let settled = earlier.as_ref().map_or(0, |run| run.counters.accepted - run.open);
    let bar = shared.progress.bar(task, count, settled, Quota::of(spec));
    let trial =
        shared.sending.canary.and_then(|canary| trial(canary, spec.max.items, count - settled.min(count), earlier));
    let mut shown = Shown::default();
    let mut add = |row: Row| {
        shown.add(&row);
        shared.outbox.add(&ReportRow::new(task, row))
    };
    let life = live((task, bulk, bar), items, trial, shared, &mut add).await?;
    life.done(task, count, &shown, shared).await
}

/// The run as earlier commands left it in the journal.
async fn earlier(task: &Task, shared: &Shared<'_>) -> Result<Option<RunInfo>> {
    let Some(store) = shared.store else { return Ok(None) };
    let name = task.to_string();
    Ok(store.runs().await?.into_iter().find(|run| run.name == name))
}

/// The canary of a run with this many open items, if there is something to try.
fn trial(canary: Canary, max: usize, open: usize, earlier: Option<RunInfo>) -> Option<Trial> {
    // A host that responded to an earlier command is known to respond. What else is asked for, each command asks of the items that it sends.
    let is_known = earlier.is_some_and(|run| run.counters.succeeded + run.counters.failed > 0);
    let first = canary.items.unwrap_or(max);
    let is_judged = first < open && (canary.success.is_some() || !is_known);
    is_judged.then(|| Trial::new(canary, first))
}

/// One life of a run.
struct Life {
    counters: Counters,
    requests: usize,
    elapsed: Duration,
    is_complete: bool,
    headline: String,
    /// Why the program stopped it.
    stopped: Option<String>,
}

impl Life {
    fn of<I, R: BulkReply, E>(report: &Report<I, R, E>, stopped: Option<String>) -> Self {
        Life {
            counters: report.counters(),
            requests: report.requests(),
            elapsed: report.elapsed(),
            is_complete: report.is_complete(),
            headline: report.to_string(),
            stopped,
        }
    }

    async fn done(self, task: &Task, count: usize, shown: &Shown, shared: &Shared<'_>) -> Result<Done> {
        let recorded = match shared.store {
            Some(store) => Some(store.report(&task.to_string()).await?),
            None => None,
        };
        let Life { counters, requests, elapsed, is_complete, headline, stopped } = self;
        let unread = count.saturating_sub(counters.accepted);
        Ok(Done {
            task: task.clone(),
            counters,
            requests,
            elapsed,
            is_complete: is_complete && unread == 0,
            open: recorded.as_ref().map_or(0, RunReport::open),
            missing: recorded.map_or(0, |recorded| recorded.counters().accepted.saturating_sub(counters.accepted)),
            unread,
            stopped,
            is_token_refused: shown.is_token_refused,
            details: shown.details(&headline, counters.settled() - counters.succeeded),
        })
    }
}

/// Runs the items, those of a canary first, and hands over each outcome.
async fn live<T, R, E>(
    (task, bulk, mut bar): (&Task, &Bulk<T, R, E>, Bar),
    items: ItemSource<T>,
    trial: Option<Trial>,
    shared: &Shared<'_>,
    add: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<Life>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let Shared { sending, stop, outbox, store, timeline, .. } = shared;
    let mut run = items.send(bulk).concurrency(sending.concurrency.get());
    if let Some(trial) = &trial {
        run = run.pause_after(trial.items());
    }
    if let Some(deadline) = sending.deadline {
        run = run.run_timeout(deadline);
    }
    if let Some(patience) = sending.patience {
        run = run.patience(patience);
    }
    let watch = run.watch();
    stop.add(run.watch());
    let number = lock(timeline).next_run();
    let run = run.on_event(move |event, counters| {
        lock(timeline).note(number, event);
        bar.show(event, counters);
    });
    let mut gates = Gates::new(trial, sending.max_failures);
    let mut note = |outcome: OutcomeKind, replayed: bool| {
        // What a run that was stopped did not send has not failed.
        if replayed || stop.is_ordered() {
            return;
        }
        match gates.note(outcome) {
            Passage::Unchanged => {}
            Passage::Opened => watch.resume(),
            Passage::Closed => stop.stop(),
        }
    };
    if let Some(store) = store {
        let mut outcomes = run.journal(*store, task.to_string()).restart_timeout().outcomes().ready_chunks(CHUNK);
        while let Some(chunk) = outcomes.next().await {
            for item in chunk {
                let item = item.with_context(|| format!("{task} stopped"))?;
                note(item.row.outcome, item.replayed);
                add(item.row)?;
            }
            if !outbox.flush() {
                stop.stop();
            }
        }
        let report = outcomes.get_mut().summary();
        Ok(Life::of(&report, gates.stopped))
    } else {
        let mut outcomes = run.outcomes().ready_chunks(CHUNK);
        while let Some(chunk) = outcomes.next().await {
            for settled in chunk {
                let row = settled.row();
                note(row.outcome, false);
                add(row)?;
            }
            if !outbox.flush() {
                stop.stop();
            }
        }
        let report = outcomes.get_mut().summary();
        Ok(Life::of(&report, gates.stopped))
    }
}

/// The most items that are listed on the terminal.
const SHOWN: usize = 10;

/// What the terminal shows of the items.
#[derive(Default)]
struct Shown {
    /// The first items that did not succeed.
    rows: Vec<Row>,
    is_token_refused: bool,
}

impl Shown {
    fn add(&mut self, row: &Row) {
        self.is_token_refused |= row.outcome == OutcomeKind::Refused && matches!(row.status, Some(401 | 407));
        if row.outcome != OutcomeKind::Succeeded && self.rows.len() < SHOWN {
            self.rows.push(row.clone());
        }
    }

    /// The counts in words, and these items. `count` is the number of all that did not succeed.
    fn details(&self, headline: &str, count: usize) -> String {
        let mut details = headline.to_owned();
        for row in &self.rows {
            let _ = write!(details, "\n  {row}");
        }
        if count > self.rows.len() {
            let _ = write!(details, "\n  … and {} more", count - self.rows.len());
        }
        details
    }
}
