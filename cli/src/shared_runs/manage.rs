//! Reports of runs, and what operators change of them.

use std::path::PathBuf;

use anyhow::Result;
use bulk_endpoint_durable::postgres::PostgresStore;
use clap::{Arg, ArgMatches, Command, value_parser};

use super::submitted_call::SubmittedCall;
use crate::exit::End;
use crate::report::{ReportPlace, add_recorded};
use crate::task::Task;
use crate::terminal::{counted, say};

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
    let run = run.to_owned();
    let file = tokio::task::spawn_blocking(move || {
        let summary = add_recorded(&mut file, &task, &run, &report)?;
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
