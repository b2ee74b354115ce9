//! `offboard`: disables the accounts of people who left at SailPoint, and deactivates their API tokens at VMware Cloud
//! Services (CSP).
//!
//! `args` parses the command line. `input` or `sample` provides the leavers, `hosts` the clients. The parts of `bulk-endpoint-cli` send the
//! requests, and record, show and report the outcomes as they settle. Nothing is kept for each id, so that memory does not grow with their
//! number. Without arguments, `fakes` takes the place of the vendors, and `check` compares the outcomes with their state.

mod args;
mod bits;
mod check;
mod distinct;
mod fakes;
mod help;
mod hosts;
mod input;
mod leavers;
mod row;
mod sample;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use bulk_endpoint_cli::parts::{
    Description, Display, End, Journal, Outbox, ReportPlace, Session, Setup, exit_code, say, usage_exit_code,
};
use clap::Parser;

use args::{Args, Job};
use check::Claims;
use fakes::Fakes;
use hosts::Hosts;
use input::Input;
use leavers::Leavers;
use sample::Sample;

fn main() -> ExitCode {
    match Args::try_parse() {
        Ok(args) => exit_code(run(&args)),
        Err(error) => usage_exit_code(&error),
    }
}

fn run(args: &Args) -> Result<End> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start threads")?;
    runtime.block_on(offboard(args))
}

async fn offboard(args: &Args) -> Result<End> {
    let job = args.job()?;
    let input = match &job {
        Job::File { input, .. } => Some(input.as_path()),
        Job::Sample | Job::Plan { .. } => None,
    };
    let inputs: Vec<&Path> = input.into_iter().collect();
    let report = args.report.as_deref().map(|path| ReportPlace::check(path, &inputs)).transpose()?;
    let journal = input.and_then(|input| args.journal(input));
    if let (Some(report), Some(journal)) = (&report, &journal) {
        report.check_is_not(journal)?;
    }
    match job {
        Job::Sample => demo(args, report).await,
        Job::File { input, hosts } => {
            let leavers = Leavers::File(Input::open(&input)?);
            let hosts = Hosts::connect(&hosts, args)?;
            let journal = match journal {
                Some(path) => Some(Journal::open(path, args.restored).await?),
                None => None,
            };
            send(args, &hosts, &leavers, (report, journal), Outbox::default()).await
        }
        Job::Plan { input, hosts } => {
            let hosts = Hosts::without_tokens(&hosts, args)?;
            for (task, plan) in hosts.plans(&leavers_of(args, input.as_deref())?)? {
                say(format_args!("{task}: {plan}"));
            }
            Ok(End::AllSucceeded)
        }
    }
}

fn leavers_of(args: &Args, input: Option<&Path>) -> Result<Leavers> {
    Ok(match input {
        Some(input) => Leavers::File(Input::open(input)?),
        None => Leavers::Sample(Sample::new(args.leavers, args.seed)),
    })
}

/// Offboards generated leavers at fake servers, and compares the outcomes with what these applied.
async fn demo(args: &Args, report: Option<ReportPlace>) -> Result<End> {
    let sample = Sample::new(args.leavers, args.seed);
    let fakes = Fakes::start(&sample).await?;
    let hosts = fakes.hosts(args)?;
    say(format_args!(
        "Demo: {} generated leavers (seed {}) against fake servers in this process. See --help for real ones.\n",
        args.leavers, args.seed
    ));
    let claims = Claims::new(&sample);
    let outbox = Outbox::default().tap(|row| claims.add(row));
    let end = send(args, &hosts, &Leavers::Sample(sample), (report, None), outbox).await?;
    let agreement = claims.compare(&sample, &fakes)?;
    say(format_args!("\n{agreement}"));
    agreement.into_result()?;
    Ok(end)
}

/// Sends all requests, prints the results, and writes the report.
async fn send(
    args: &Args,
    hosts: &Hosts,
    leavers: &Leavers,
    (report, journal): (Option<ReportPlace>, Option<Journal>),
    outbox: Outbox<'_>,
) -> Result<End> {
    let (sending, display) = (args.sending(), Display::Text);
    let description = Description { continues: "the same command", idempotent: true, configuration: hosts.describe() };
    let setup = Setup { sending, display, outbox, report, journal, description };
    let session = Session::start(setup).await?;
    let done = hosts.work(leavers, &session.shared()).await;
    session.finish(done).await
}
