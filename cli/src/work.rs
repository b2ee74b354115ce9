//! One run at one vendor, and its result.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Counters, OutcomeKind, Report, Row};
use bulk_endpoint_durable::{RunReport, Store};
use futures_util::StreamExt;

use crate::gates::{Canary, Failures, MaxFailures};
use crate::items::Items;
use crate::lock::lock;
use crate::outbox::Outbox;
use crate::progress::Progress;
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
    /// What is sent first, in a run with a journal.
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

/// Sends all items, until the run ends or a signal stops it. Each outcome goes to the outbox as soon as it is known. `items` reads the items
/// from their start, and `max` is the most in a request.
///
/// # Errors
///
/// The items cannot be read, or the journal cannot be used.
pub async fn work<T, R, E>(
    task: &Task,
    bulk: &Bulk<T, R, E>,
    max: usize,
    items: impl Fn() -> Result<Items<T>>,
    shared: &Shared<'_>,
) -> Result<Done>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let count = items()?.size_hint().0;
    // Those of the canary count.
    let (mut before, mut failures) = (Spent::default(), Failures::default());
    if let Some((canary, first)) = canary(task, max, count, shared).await? {
        let mut rows = Vec::new();
        let mut put_aside = |row| {
            rows.push(row);
            Ok(())
        };
        let mut life = live(task, bulk, items()?.first(first), shared, &mut failures, &mut put_aside).await?;
        life.stopped = life.stopped.or_else(|| canary.verdict(&life.counters));
        if life.stopped.is_some() || shared.stop.is_ordered() {
            // Nothing more is sent, so these outcomes are all there is.
            let mut shown = Shown::default();
            for row in rows {
                shown.add(&row);
                shared.outbox.add(&ReportRow::new(task, row))?;
            }
            shared.outbox.flush();
            return life.done(task, count, before, &shown, shared).await;
        }
        before = Spent { requests: life.requests, elapsed: life.elapsed };
    }
    let mut shown = Shown::default();
    let mut add = |row: Row| {
        shown.add(&row);
        shared.outbox.add(&ReportRow::new(task, row))
    };
    let life = live(task, bulk, items()?, shared, &mut failures, &mut add).await?;
    life.done(task, count, before, &shown, shared).await
}

/// What a canary took.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    requests: usize,
    elapsed: Duration,
}

/// The canary of this run, and its number of items. Only with a journal: the items of the canary are then read again with the others,
/// and none is sent twice.
async fn canary(task: &Task, max: usize, count: usize, shared: &Shared<'_>) -> Result<Option<(Canary, usize)>> {
    let (Some(canary), Some(store)) = (shared.sending.canary, shared.store) else { return Ok(None) };
    let first = canary.items.unwrap_or(max);
    if first >= count {
        return Ok(None);
    }
    let name = task.to_string();
    let earlier = store.runs().await?.into_iter().find(|run| run.name == name);
    // A host that responded to an earlier command is known to respond.
    let has_responded = earlier.is_some_and(|run| run.counters.succeeded + run.counters.failed > 0);
    Ok((!has_responded || canary.success.is_some()).then_some((canary, first)))
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

    async fn done(self, task: &Task, count: usize, before: Spent, shown: &Shown, shared: &Shared<'_>) -> Result<Done> {
        let recorded = match shared.store {
            Some(store) => Some(store.report(&task.to_string()).await?),
            None => None,
        };
        let Life { counters, requests, elapsed, is_complete, headline, stopped } = self;
        let unread = count.saturating_sub(counters.accepted);
        Ok(Done {
            task: task.clone(),
            counters,
            requests: before.requests + requests,
            elapsed: before.elapsed + elapsed,
            is_complete: is_complete && unread == 0,
            open: recorded.as_ref().map_or(0, RunReport::open),
            missing: recorded.map_or(0, |recorded| recorded.counters().accepted.saturating_sub(counters.accepted)),
            unread,
            stopped,
            details: shown.details(&headline, counters.settled() - counters.succeeded),
        })
    }
}

/// Runs the items once, and hands over each outcome.
async fn live<T, R, E>(
    task: &Task,
    bulk: &Bulk<T, R, E>,
    items: Items<T>,
    shared: &Shared<'_>,
    failures: &mut Failures,
    add: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<Life>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
{
    let Shared { sending, progress, stop, outbox, store, timeline } = shared;
    let mut bar = progress.bar(task, items.size_hint().0);
    let mut run = bulk.send(items).concurrency(sending.concurrency.get());
    if let Some(deadline) = sending.deadline {
        run = run.run_timeout(deadline);
    }
    if let Some(patience) = sending.patience {
        run = run.patience(patience);
    }
    stop.add(run.watch());
    let number = lock(timeline).next_run();
    let run = run.on_event(move |event, counters| {
        lock(timeline).note(number, event);
        bar.show(event, counters);
    });
    let mut stopped = None;
    let mut note = |outcome: OutcomeKind| {
        let Some(max) = sending.max_failures.filter(|_| stopped.is_none()) else { return };
        stopped = failures.note(outcome, max);
        if stopped.is_some() {
            stop.stop();
        }
    };
    if let Some(store) = store {
        let mut outcomes = run.journal(*store, task.to_string()).restart_timeout().outcomes().ready_chunks(CHUNK);
        while let Some(chunk) = outcomes.next().await {
            for item in chunk {
                let item = item.with_context(|| format!("{task} stopped"))?;
                if !item.replayed {
                    note(item.row.outcome);
                }
                add(item.row)?;
            }
            if !outbox.flush() {
                stop.stop();
            }
        }
        let report = outcomes.get_mut().summary();
        Ok(Life::of(&report, stopped))
    } else {
        let mut outcomes = run.outcomes().ready_chunks(CHUNK);
        while let Some(chunk) = outcomes.next().await {
            for settled in chunk {
                let row = settled.row();
                note(row.outcome);
                add(row)?;
            }
            if !outbox.flush() {
                stop.stop();
            }
        }
        let report = outcomes.get_mut().summary();
        Ok(Life::of(&report, stopped))
    }
}

/// The most items that are listed on the terminal.
const SHOWN: usize = 10;

/// The first items that did not succeed.
#[derive(Default)]
struct Shown(Vec<Row>);

impl Shown {
    fn add(&mut self, row: &Row) {
        if row.outcome != OutcomeKind::Succeeded && self.0.len() < SHOWN {
            self.0.push(row.clone());
        }
    }

    /// The counts in words, and these items. `count` is the number of all that did not succeed.
    fn details(&self, headline: &str, count: usize) -> String {
        let mut details = headline.to_owned();
        for row in &self.0 {
            let _ = write!(details, "\n  {row}");
        }
        if count > self.0.len() {
            let _ = write!(details, "\n  … and {} more", count - self.0.len());
        }
        details
    }
}
