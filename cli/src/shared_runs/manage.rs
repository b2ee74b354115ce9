//! Reports of runs, and what operators change of them.

use std::path::PathBuf;

use anyhow::{Result, bail};
use bulk_endpoint_durable::postgres::PostgresStore;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::submitted_call::SubmittedCall;
use crate::ask::ask;
use crate::exit::End;
use crate::report::{ReportPlace, add_recorded};
use crate::task::Task;
use crate::terminal::{counted, say};

pub(super) fn augment_report(command: Command) -> Command {
    let report = Arg::new(FILE).long("report").value_name("FILE").value_parser(value_parser!(PathBuf));
    command.arg(report.help("File to write: .csv, .json, .ndjson or .html"))
}

const FILE: &str = "report";
const YES: &str = "yes";

pub(super) fn augment_confirmed(command: Command) -> Command {
    command.arg(Arg::new(YES).long(YES).action(ArgAction::SetTrue).help("Do not ask first"))
}

/// Asks on the terminal before what cannot be undone.
pub(super) fn confirm(command: &str, run: &str, matches: &ArgMatches) -> Result<()> {
    let question = match command {
        "restored" => "Mark each open item of each run as uncertain, as the database was restored?".to_owned(),
        "forget" => format!("Delete the run `{run}`, with all that is known of its items?"),
        _ => return Ok(()),
    };
    match if matches.get_flag(YES) { Some(true) } else { ask(&question)? } {
        Some(true) => Ok(()),
        Some(false) => bail!("not confirmed (nothing was changed)"),
        None => bail!("there is no terminal to ask at: add --yes (nothing was changed)"),
    }
}

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

/// What changes runs, and is confirmed where it cannot be undone.
pub(super) async fn change(store: &PostgresStore, run: &str, what: &str) -> Result<End> {
    match what {
        "pause" => {
            store.pause(run).await?;
            say(format_args!("`{run}` is paused: workers take no more chunks of it"));
        }
        "resume" => {
            store.resume(run).await?;
            say(format_args!("`{run}` is resumed"));
        }
        "restored" => {
            store.restored().await?;
            say("each open item of each run is now uncertain: workers may be started");
        }
        "forget" => {
            store.forget(run).await?;
            say(format_args!("`{run}` is deleted"));
        }
        _ => {
            let chunks = usize::try_from(store.requeue(run).await?).unwrap_or(usize::MAX);
            say(format_args!("{} of `{run}` can be taken again", counted(chunks, "chunk")));
        }
    }
    Ok(End::AllSucceeded)
}
