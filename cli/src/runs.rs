//! `runs`: the journals of a program.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use bulk_endpoint_durable::{RunInfo, Store};
use clap::{Arg, ArgMatches, Command};
use indicatif::HumanDuration;
use serde_json::json;

use crate::exit::End;
use crate::report::{ReportPlace, add_recorded};
use crate::state::{StateFolder, recorded_command, run_name};
use crate::task::Task;
use crate::terminal::say;

/// The subcommand.
pub(crate) fn command() -> Command {
    let name = || Arg::new("RUN").required(true).help("Name of the run, or the start of it");
    let report = Arg::new("report").long("report").value_name("FILE").required(true);
    let report = report.value_parser(clap::value_parser!(PathBuf)).help("File to write: .csv, .json, .ndjson or .html");
    Command::new("runs")
        .about("Lists, shows and continues recorded runs")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("list").about("Lists the runs"))
        .subcommand(Command::new("show").about("Shows a run").arg(name()))
        .subcommand(
            Command::new("resume").about("Continues an unfinished run with its command").arg(
                name().required(false).help("Name of the run, or the start of it [default: the only unfinished one]"),
            ),
        )
        .subcommand(Command::new("export").about("Writes the report of a run").arg(name()).arg(report))
        .subcommand(
            Command::new("forget")
                .about("Deletes the journal and the command of a run, which then cannot be continued")
                .arg(name()),
        )
}

/// What a subcommand of `runs` does.
pub(crate) enum RunsAction {
    Ended(End),
    /// Runs this command line.
    Resume(Vec<String>),
}

pub(crate) async fn run(folder: &StateFolder, matches: &ArgMatches) -> Result<RunsAction> {
    let Some((what, matches)) = matches.subcommand() else { bail!("expected a subcommand") };
    if what == "list" {
        return list(folder).await.map(RunsAction::Ended);
    }
    let journal = match matches.get_one::<String>("RUN") {
        Some(name) => folder.find(name)?,
        None => only_unfinished(folder)?,
    };
    match what {
        "resume" => {
            let command = recorded_command(&journal).context("no command is recorded: give it again with --resume")?;
            if is_aside(&journal) {
                bail!("expected an unfinished run, found {:?}; see `runs list`", run_name(&journal));
            }
            std::env::set_current_dir(&command.folder).with_context(|| format!("cannot enter {:?}", command.folder))?;
            let mut line = command.arguments;
            line.retain(|argument| !["--new", "--restored"].contains(&argument.as_str()));
            if !line.iter().any(|argument| argument == "--resume") {
                // Before the items, which may follow a `--`.
                line.insert(3.min(line.len()), "--resume".to_owned());
            }
            Ok(RunsAction::Resume(line))
        }
        "forget" => {
            // Refused while a process works on it.
            drop(Store::open(&journal).await?);
            folder.forget(&journal)?;
            say(format_args!("Deleted {journal:?}."));
            Ok(RunsAction::Ended(End::AllSucceeded))
        }
        "export" => {
            let report = matches.get_one::<PathBuf>("report").context("missing --report")?;
            export(&journal, report).await.map(RunsAction::Ended)
        }
        _ => show(&journal).await.map(RunsAction::Ended),
    }
}

/// The run that `resume` means if it names none.
fn only_unfinished(folder: &StateFolder) -> Result<PathBuf> {
    let mut unfinished: Vec<PathBuf> = folder.journals()?.into_iter().filter(|journal| !is_aside(journal)).collect();
    match (unfinished.pop(), unfinished.len()) {
        (Some(journal), 0) => Ok(journal),
        (None, _) => bail!("no run is unfinished; see `runs list`"),
        (Some(_), others) => bail!("{} runs are unfinished: name one of them; see `runs list`", others + 1),
    }
}

async fn list(folder: &StateFolder) -> Result<End> {
    let journals = folder.journals()?;
    if journals.is_empty() {
        say("No runs are recorded.");
    }
    for journal in journals {
        let store = Store::open_read_only(&journal).await?;
        for run in store.runs().await? {
            say(format_args!("{}: {}", run_name(&journal), describe(&journal, &run)));
        }
    }
    Ok(End::AllSucceeded)
}

fn describe(journal: &Path, run: &RunInfo) -> String {
    let counters = run.counters;
    let state = if is_aside(journal) { "" } else { "unfinished, " };
    let ago = SystemTime::now().duration_since(run.created).unwrap_or(Duration::ZERO);
    format!(
        "{}, {state}{} of {} items settled, {} succeeded, {} unknown, started {} ago",
        run.name,
        counters.accepted - run.open,
        counters.accepted,
        counters.succeeded,
        counters.unknown,
        HumanDuration(ago)
    )
}

/// Whether no command continues it: it is finished, or was put aside.
fn is_aside(journal: &Path) -> bool {
    run_name(journal).contains('.')
}

async fn show(journal: &Path) -> Result<End> {
    let store = Store::open_read_only(journal).await?;
    for run in store.runs().await? {
        say(format_args!("{}: {}", run_name(journal), describe(journal, &run)));
        say(store.report(&run.name).await?);
    }
    if let Some(command) = recorded_command(journal) {
        say(format_args!("Command: {} (in {})", command.shown(), command.folder.display()));
    }
    say(format_args!("Journal: {}", journal.display()));
    Ok(End::AllSucceeded)
}

async fn export(journal: &Path, path: &Path) -> Result<End> {
    let place = ReportPlace::check(path, &[])?;
    place.check_is_not(journal)?;
    let store = Store::open_read_only(journal).await?;
    // A run may be writing its report there.
    let mut file = place.create(false)?;
    let mut summary = json!({});
    for run in store.runs().await? {
        let task = Task::of_run(&run.name);
        let report = store.report(&run.name).await?;
        summary = add_recorded(&mut file, &task, &run.name, &report)?;
    }
    say(format_args!("Report: {:?}", file.finish(&summary.to_string())?));
    Ok(End::AllSucceeded)
}
