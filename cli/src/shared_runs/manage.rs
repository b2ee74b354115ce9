//! Reports of runs, and what operators change of them.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Result;
use bulk_endpoint_durable::postgres::PostgresStore;
use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::json;

use super::submitted_call::SubmittedCall;
use crate::exit::End;
use crate::report::{ReportPlace, ReportRow};
use crate::task::Task;
use crate::terminal::{counted, say};
use crate::work::CHUNK;

pub(super) fn augment_report(command: Command) -> Command {
    let report = Arg::new(FILE).long("report").value_name("FILE").value_parser(value_parser!(PathBuf));
    command.arg(report.help("File to write: .csv, .json, .ndjson or .html"))
}

const FILE: &str = "report";

/// Shows the report of a run, or writes all of it to a file.
pub(super) async fn report(store: &PostgresStore, run: &str, matches: &ArgMatches) -> Result<End> {
    let report = store.report(run).await?;
    let counters = report.counters();
    let end = match () {
        () if report.open() > 0 => End::Unfinished,
        () if counters.succeeded == counters.accepted => End::AllSucceeded,
        () => End::SomeDidNot,
    };
    let Some(path) = matches.get_one::<PathBuf>(FILE) else {
        say(&report);
        return Ok(end);
    };
    let call = SubmittedCall::read(run, &store.status(run).await?.arguments)?;
    let task = Task::new(&*call.vendor, &*call.endpoint);
    let mut file = ReportPlace::check(path, &[])?.create(false)?;
    let summary = json!({
        "title": run,
        "ended": httpdate::fmt_http_date(SystemTime::now()),
        "open": report.open(),
        "requests": report.requests(),
        "stopped": report.stopped(),
    });
    // Its rows are read while they are iterated, which blocks the thread.
    let file = tokio::task::spawn_blocking(move || {
        for (at, row) in report.rows().enumerate() {
            file.add(&ReportRow::new(&task, row?))?;
            // What is added is held in memory until then.
            if at % CHUNK == CHUNK - 1 {
                file.flush();
            }
        }
        file.finish(&summary.to_string())
    });
    say(format_args!("Report: {:?}", file.await??));
    Ok(end)
}

pub(super) async fn list(store: &PostgresStore) -> Result<End> {
    let runs = store.runs().await?;
    if runs.is_empty() {
        say("No runs are submitted.");
    }
    for run in runs {
        let counters = run.counters;
        let (settled, all) = (counters.accepted - run.open, counters.accepted);
        say(format_args!(
            "{}: {settled} of {} settled, {} succeeded, {} unknown",
            run.name,
            counted(all, "item"),
            counters.succeeded,
            counters.unknown
        ));
    }
    Ok(End::AllSucceeded)
}

/// `pause`, `resume` and `requeue`.
pub(super) async fn change(store: &PostgresStore, run: &str, what: &str) -> Result<End> {
    match what {
        "pause" => {
            store.pause(run).await?;
            say(format_args!("`{run}` is paused: workers take no further parts of it"));
        }
        "resume" => {
            store.resume(run).await?;
            say(format_args!("`{run}` goes on"));
        }
        _ => {
            let chunks = usize::try_from(store.requeue(run).await?).unwrap_or(usize::MAX);
            say(format_args!("{} of `{run}` can be taken again", counted(chunks, "chunk")));
        }
    }
    Ok(End::AllSucceeded)
}
