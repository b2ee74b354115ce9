//! `status`: what goes on in a run, on one page.

use std::time::Duration;

use anyhow::Result;
use bulk_endpoint::OutcomeKind;
use bulk_endpoint::shared_throttle::QuotaScope;
use bulk_endpoint::spec::EndpointSpec;
use bulk_endpoint_durable::postgres::{PostgresStore, RunStatus, ThrottleStatus};
use indicatif::HumanDuration;
use url::Url;

use super::submitted_call::SubmittedCall;
use crate::exit::End;
use crate::input::visible;
use crate::program::Program;
use crate::quota::{Quota, time_left};
use crate::terminal::{counted, say};

/// The most ids of unknown items that are shown.
const SHOWN: usize = 10;
/// A worker that was not heard of for this long may be gone. It says that it is there every 5 s.
const SILENT: Duration = Duration::from_secs(20);

pub(super) async fn show(program: &Program, store: &PostgresStore, run: &str) -> Result<End> {
    let status = store.status(run).await?;
    let call = SubmittedCall::read(run, &status.arguments)?;
    let (_, endpoint) = call.find(program)?;
    let spec = endpoint.command.spec();
    let report = store.report(run).await?;
    let (counters, open) = (report.counters(), report.open());
    let paused = if status.is_paused { " (paused)" } else { "" };
    say(format_args!("{run}{paused}: {call}"));
    line("items", format_args!("{} of {} settled, {open} open", counters.accepted - open, counters.accepted));
    line(
        "outcomes",
        format_args!(
            "{} succeeded, {} failed, {} refused, {} unknown, {} not attempted",
            counters.succeeded, counters.failed, counters.refused, counters.unknown, counters.not_attempted
        ),
    );
    let RunStatus { done_chunks, held_chunks, waiting_chunks, parked_chunks, .. } = status;
    line(
        "chunks",
        format_args!(
            "{done_chunks} done, {held_chunks} with workers, {waiting_chunks} waiting, {parked_chunks} parked"
        ),
    );
    let origin = Url::parse(&call.base_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let mut throttled = store.throttled().await?;
    throttled.retain(|row| row.origin == origin);
    show_rate(&status, &throttled, spec, open);
    show_host(&throttled);
    show_workers(&status);
    show_unknown(store, run, counters.unknown).await?;
    if let Some(why) = report.stopped() {
        line("stopped", why);
    }
    Ok(End::AllSucceeded)
}

fn line(name: &str, text: impl std::fmt::Display) {
    say(format_args!("  {name:<9} {text}"));
}

/// The rate, beside the quota that the endpoint declares, and the time that the rest takes under it.
fn show_rate(status: &RunStatus, throttled: &[ThrottleStatus], spec: &EndpointSpec, open: usize) {
    let recent = status.recent_requests as f64 / 10.0;
    let Some(rate) = spec.rate else { return line("rate", format_args!("{recent:.1} requests/s in the last 10 s")) };
    let scope = QuotaScope { method: spec.method, path: spec.path, rate }.to_string();
    let row = throttled.iter().find(|row| row.quota.as_deref() == Some(&scope));
    let in_use = row.and_then(|row| row.in_use).map_or(0, |(in_use, ..)| in_use);
    let per = Duration::from_millis(rate.per_ms);
    let what = if rate.items { "items" } else { "requests" };
    let left = time_left(Quota::of(spec), open, None);
    let left = left.map(|left| format!("; at least {} left", HumanDuration(left))).unwrap_or_default();
    line(
        "rate",
        format_args!(
            "{recent:.1} requests/s in the last 10 s; {in_use} of {} {what} in {per:?} in use{left}",
            rate.count
        ),
    );
}

/// Whether the host is closed for all workers, and why.
fn show_host(throttled: &[ThrottleStatus]) {
    let closed = throttled.iter().filter(|row| row.quota.is_none()).find_map(|row| Some((row, row.closed.as_ref()?)));
    match closed {
        None => line("host", "open"),
        Some((row, (left, why))) if row.is_probed || left.is_zero() => {
            let what = if row.is_probed { "a probe is in flight" } else { "the next request is a probe" };
            line("host", format_args!("{what}, after: {why}"));
        }
        Some((row, (left, why))) => {
            let because = if row.requested { "requested" } else { "backoff" };
            line("host", format_args!("closed for {:.1} s ({because}): {why}", left.as_secs_f64()));
        }
    }
}

fn show_workers(status: &RunStatus) {
    let at_work: Vec<_> = status.workers.iter().filter(|worker| !worker.has_ended).collect();
    if at_work.is_empty() {
        line("workers", "none");
    }
    for (at, worker) in at_work.into_iter().enumerate() {
        let lease = worker.lease.map(|lease| format!(", the next lease ends in {:.0} s", lease.as_secs_f64()));
        let silent = worker.silent_for;
        let silent = (silent > SILENT).then(|| format!(", no heartbeat for {}", HumanDuration(silent)));
        line(
            if at == 0 { "workers" } else { "" },
            format_args!(
                "{}: {}, {} requests at once{}{}",
                worker.name,
                counted(worker.chunks, "chunk"),
                worker.concurrency,
                lease.unwrap_or_default(),
                silent.unwrap_or_default()
            ),
        );
    }
    for worker in status.workers.iter().filter(|worker| worker.has_ended) {
        if let Some(why) = &worker.stopped {
            line("", format_args!("{} stopped: {why}", worker.name));
        }
    }
}

async fn show_unknown(store: &PostgresStore, run: &str, count: usize) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let items = store.items_with(run, |row| row.key).outcome(OutcomeKind::Unknown);
    // It is read while it is iterated, which blocks the thread. No further than needed: the others may be many.
    let shown = count.min(SHOWN);
    let ids = tokio::task::spawn_blocking(move || items.into_iter().take(shown).collect::<Result<Vec<_>, _>>());
    let ids: Vec<String> = ids.await??.iter().map(|id| visible(&id.item)).collect();
    let more = count.saturating_sub(ids.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    line("unknown", format_args!("{}{more}", ids.join(", ")));
    Ok(())
}
