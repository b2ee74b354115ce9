//! `offboard`: disables the accounts of people who left at SailPoint, and deactivates their API tokens at VMware Cloud
//! Services (CSP).
//!
//! `args` parses the command line. `input` or `sample` provides the leavers, `hosts` the clients. `work` sends the requests and takes the
//! outcomes as they settle; `outbox` gives them to `report_file`, and `table` sums them up. Nothing is kept for each id, so that memory
//! does not grow with their number. `journal` records the run, so that the same command continues it after a crash. Without arguments,
//! `fakes` takes the place of the vendors, and `check` compares the outcomes with their state.

mod args;
mod bits;
mod cells;
mod check;
mod distinct;
mod fakes;
mod help;
mod hosts;
mod ids;
mod input;
mod journal;
mod leavers;
mod outbox;
mod progress;
mod report;
mod report_file;
mod row;
mod sample;
mod signals;
mod stop;
mod table;
mod terminal;
mod work;

use std::process::ExitCode;

use anyhow::{Context, Result};
use bulk_endpoint::journal::JournalError;
use clap::Parser;

use args::{Args, Job};
use check::Claims;
use fakes::Fakes;
use hosts::Hosts;
use input::Input;
use journal::Journal;
use leavers::Leavers;
use outbox::Outbox;
use progress::Progress;
use report_file::ReportPlace;
use sample::Sample;
use stop::Stop;
use terminal::{say, warn};
use work::Shared;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    AllSucceeded,
    SomeDidNot,
    /// Some ids are open: the same command continues with them.
    Unfinished,
}

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            // clap exits with 2 after a usage error, which has another meaning here.
            warn(error.render().to_string().trim_end());
            return ExitCode::FAILURE;
        }
        // Help and version are not errors.
        Err(error) => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    match run(args) {
        Ok(End::AllSucceeded) => ExitCode::SUCCESS,
        Ok(End::SomeDidNot) => ExitCode::from(2),
        Ok(End::Unfinished) => ExitCode::from(3),
        Err(error) => {
            warn(format_args!("error: {error:#}"));
            if error.chain().any(|cause| cause.is::<JournalError>()) { ExitCode::from(4) } else { ExitCode::FAILURE }
        }
    }
}

fn run(args: Args) -> Result<End> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start threads")?;
    runtime.block_on(offboard(args))
}

async fn offboard(args: Args) -> Result<End> {
    let job = args.job()?;
    let input = match &job {
        Job::File { input, .. } => Some(input.as_path()),
        Job::Sample | Job::Plan { .. } => None,
    };
    let report = args.report.as_deref().map(|path| ReportPlace::check(path, input)).transpose()?;
    let journal = input.and_then(|input| args.journal(input));
    if let (Some(report), Some(journal)) = (&report, &journal) {
        report.check_is_not(journal)?;
    }
    match job {
        Job::Sample => {
            let sample = Sample::new(args.leavers, args.seed);
            let fakes = Fakes::start(&sample).await?;
            let hosts = fakes.hosts(&args)?;
            say(format_args!(
                "Demo: {} generated leavers (seed {}) against fake servers in this process. See --help for real ones.\n",
                args.leavers, args.seed
            ));
            let outbox = Outbox::of_demo(Claims::new(&sample));
            let end = send(&args, &hosts, &Leavers::Sample(sample), (report, None), &outbox).await?;
            outbox.compare(&sample, &fakes)?;
            Ok(end)
        }
        Job::File { input, hosts } => {
            let leavers = Leavers::File(Input::open(&input)?);
            let hosts = Hosts::connect(&hosts, &args)?;
            let journal = match journal {
                Some(path) => Some(Journal::open(path).await?),
                None => None,
            };
            send(&args, &hosts, &leavers, (report, journal), &Outbox::default()).await
        }
        Job::Plan { input, hosts } => {
            let leavers = match input {
                Some(input) => Leavers::File(Input::open(&input)?),
                None => Leavers::Sample(Sample::new(args.leavers, args.seed)),
            };
            for (task, plan) in Hosts::without_tokens(&hosts, &args)?.plans(&leavers)? {
                say(format_args!("{task}: {plan}"));
            }
            Ok(End::AllSucceeded)
        }
    }
}

/// Sends all requests, prints the results, and writes the report.
async fn send(
    args: &Args,
    hosts: &Hosts,
    leavers: &Leavers,
    (report, journal): (Option<ReportPlace>, Option<Journal>),
    outbox: &Outbox,
) -> Result<End> {
    let progress = Progress::new();
    let stop = Stop::listen(progress.clone()).context("cannot listen for signals")?;
    if let Some(journal) = &journal {
        say(journal.describe().await?);
    }
    if let Some(report) = report {
        let text = report.describe();
        // With a journal, all rows of an unfinished report come again.
        outbox.open(report.create(journal.as_ref().is_some_and(|journal| journal.was_there))?);
        say(text);
    }
    let store = journal.as_ref().map(|journal| &journal.store);
    let done = hosts.work(leavers, &Shared { args, progress: &progress, stop: &stop, outbox, store }).await;
    let report = outbox.finish();
    let done = done?;
    say(table::Table(&done));
    for done in done.iter().filter(|done| !done.is_complete) {
        say(format_args!("\n{}: {}", done.task, done.details));
    }
    if let Some(path) = report? {
        say(format_args!("\nReport: {path:?}"));
    }
    let open: usize = done.iter().map(|done| done.open).sum();
    if open > 0 {
        say(format_args!("\n{open} ids are open: the same command continues with them."));
        let missing: usize = done.iter().map(|done| done.missing).sum();
        if missing > 0 {
            say(format_args!(
                "{missing} ids that an earlier command read are not in this file: continue with the file that has them, or move the journal away."
            ));
        }
        return Ok(End::Unfinished);
    }
    if let Some(journal) = journal {
        say(format_args!("\nJournal: {:?}", journal.put_aside()?));
    }
    Ok(if done.iter().all(|done| done.is_complete) { End::AllSucceeded } else { End::SomeDidNot })
}
