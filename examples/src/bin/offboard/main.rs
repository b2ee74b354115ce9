//! `offboard`: disables the accounts of people who left at SailPoint, and deactivates their API tokens at VMware Cloud
//! Services (CSP).
//!
//! `args` parses the command line. `input` or `sample` provides the leavers, `hosts` the clients. `work` sends the requests, `report` and
//! `table` write the results. Without arguments, `fakes` takes the place of the vendors, and `check` compares the report with their state.

mod args;
mod check;
mod fakes;
mod hosts;
mod input;
mod progress;
mod report;
mod sample;
mod stop;
mod table;
mod work;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use args::{Args, Job};
use fakes::Fakes;
use hosts::Hosts;
use input::Leavers;
use report::ReportFile;
use sample::Sample;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    AllSucceeded,
    SomeDidNot,
}

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are not errors. clap exits with 2 after a usage error, which has another meaning here.
            let code = u8::from(error.use_stderr());
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match run(args) {
        Ok(End::AllSucceeded) => ExitCode::SUCCESS,
        Ok(End::SomeDidNot) => ExitCode::from(2),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<End> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start threads")?;
    runtime.block_on(offboard(args))
}

async fn offboard(args: Args) -> Result<End> {
    let job = args.job()?;
    let report = args.report.as_deref().map(ReportFile::check).transpose()?;
    match job {
        Job::Sample => {
            let sample = Sample::new(args.leavers, args.seed);
            let fakes = Fakes::start(&sample).await?;
            let hosts = fakes.hosts(&args)?;
            say(format_args!(
                "Demo: {} generated leavers (seed {}) against fake servers in this process. See --help for real ones.\n",
                args.leavers, args.seed
            ));
            let done = send(&args, &hosts, sample.leavers(), report).await?;
            let agreement = check::compare(&done, &fakes);
            say(format_args!("\n{agreement}"));
            agreement.into_result()?;
            Ok(end(&done))
        }
        Job::File { input, hosts } => {
            let leavers = input::read(&input)?;
            let hosts = Hosts::connect(&hosts, &args)?;
            let done = send(&args, &hosts, leavers, report).await?;
            Ok(end(&done))
        }
        Job::Plan { input, hosts } => {
            let leavers = match input {
                Some(input) => input::read(&input)?,
                None => Sample::new(args.leavers, args.seed).leavers(),
            };
            for (task, plan) in Hosts::without_tokens(&hosts, &args)?.plans(&leavers) {
                say(format_args!("{task}: {plan}"));
            }
            Ok(End::AllSucceeded)
        }
    }
}

/// Sends all requests, prints the results, and writes the report.
async fn send(args: &Args, hosts: &Hosts, leavers: Leavers, report: Option<ReportFile>) -> Result<Vec<work::Done>> {
    let report = report.map(ReportFile::open).transpose()?;
    let done = hosts.work(leavers, args).await;
    say(format_args!("{}", table::Table(&done)));
    for done in done.iter().filter(|done| !done.is_complete()) {
        say(format_args!("\n{}: {}", done.task, done.details));
    }
    if let Some(report) = report {
        report.write(done.iter().flat_map(|done| &done.rows))?;
    }
    Ok(done)
}

fn end(done: &[work::Done]) -> End {
    if done.iter().all(work::Done::is_complete) { End::AllSucceeded } else { End::SomeDidNot }
}

/// Writes to standard output. A closed pipe must not stop the work, so errors are ignored.
fn say(text: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
