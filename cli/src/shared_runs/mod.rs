//! The commands of runs that workers on many machines share, in a PostgreSQL database: they are submitted, worked on, looked at.

mod manage;
mod run_status;
mod submit;
mod submitted_call;
mod work_on;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use bulk_endpoint_durable::postgres::PostgresStore;
use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgMatches, Args, Command};

use self::submit::SubmitOptions;
use self::work_on::WorkOptions;
use crate::exit::{End, exit_code, usage_exit_code};
use crate::manual;
use crate::program::{Program, vendor_command};

impl Program {
    /// Runs the command line of this process, for runs that workers on many machines share in a PostgreSQL database: `submit`, `work`, `status`,
    /// `report`, `pause`, `resume`, `requeue`, `restored`, `forget`, `list`; and `completion` and `man`, as [`run`](Self::run) has them.
    ///
    /// ```no_run
    /// use bulk_endpoint::{Bulk, bulk_api};
    /// use bulk_endpoint_cli::{Program, Vendor};
    ///
    /// #[bulk_api(dynamic)]
    /// pub trait Mails {
    ///     /// Deletes mails.
    ///     #[post("/users/{user}/mails/delete")]
    ///     #[bulk_endpoint(max = 100, partial = false, idempotent = true, rate = "100/10s")]
    ///     fn delete(&self, user: &str) -> Bulk<u64>;
    /// }
    ///
    /// fn main() -> std::process::ExitCode {
    ///     let vendor = Vendor::new("post").base_url("https://api.example.com").api::<MailsClient>();
    ///     Program::new("post-run").vendor(vendor).run_shared()
    /// }
    /// ```
    pub fn run_shared(&self) -> ExitCode {
        let matches = match self.shared_command().try_get_matches() {
            Ok(matches) => matches,
            Err(error) => return usage_exit_code(&error),
        };
        let done = tokio::runtime::Runtime::new().context("cannot start threads");
        exit_code(done.and_then(|runtime| runtime.block_on(self.dispatch_shared(&matches))))
    }

    fn shared_command(&self) -> Command {
        let run =
            || Arg::new(RUN).required(true).value_parser(NonEmptyStringValueParser::new()).help("Name of the run");
        let database = Arg::new(DATABASE)
            .long("database")
            .value_name("URL")
            .env("BULK_DATABASE")
            .hide_env_values(true)
            .global(true)
            .help("Address of the database: postgres://user:password@host/database");
        let submit = self.vendors.iter().fold(
            Command::new("submit")
                .about("Submits a run: its endpoint, its arguments and its items")
                .arg(run())
                .subcommand_required(true)
                .arg_required_else_help(true),
            |command, vendor| command.subcommand(vendor_command::<SubmitOptions>(vendor)),
        );
        let of_run = |name: &'static str, about: &'static str| Command::new(name).about(about).arg(run());
        let command = Command::new(self.name)
            .about(self.about)
            .version(self.version)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .after_long_help(EXIT_STATUS)
            .arg(database)
            .subcommand(submit)
            .subcommand(WorkOptions::augment_args(of_run(
                "work",
                "Sends the items of a run until each has an outcome; any number of processes can, on any machines",
            )))
            .subcommand(of_run("status", "Shows the state of a run: items, workers, throttle"))
            .subcommand(manage::augment_report(of_run("report", "Shows the report of a run, or writes it to a file")))
            .subcommand(of_run("pause", "Stops workers from taking more chunks of a run; they finish theirs"))
            .subcommand(of_run("resume", "Lets workers continue a paused run"))
            .subcommand(of_run(
                "requeue",
                "Lets workers retry open items: unknown items of an idempotent endpoint, and chunks that killed their workers",
            ))
            .subcommand(manage::augment_confirmed(Command::new("restored").about(
                "Marks open items as uncertain, after the database was restored from a backup; run it before workers start",
            )))
            .subcommand(manage::augment_confirmed(of_run("forget", "Deletes a run that has no worker; needs the right to delete")))
            .subcommand(Command::new("list").about("Lists the runs"));
        manual::augment(command)
    }

    async fn dispatch_shared(&self, matches: &ArgMatches) -> Result<End> {
        let Some((command, matches)) = matches.subcommand() else { bail!("expected a subcommand") };
        if manual::run((command, matches), self.shared_command())? {
            return Ok(End::AllSucceeded);
        }
        let url = matches.get_one::<String>(DATABASE);
        let url = url.context("expected the address of the database: set BULK_DATABASE, or give --database")?;
        let run = matches.try_get_one::<String>(RUN).ok().flatten().map_or("", String::as_str);
        // Before the database is asked: what is wrong with the items is told first.
        let submission = match command {
            "submit" => Some(submit::prepare(self, run, matches).await?),
            _ => None,
        };
        manage::confirm(command, run, matches)?;
        let store = PostgresStore::open(url).await?;
        match (command, submission) {
            (_, Some(submission)) => submission.submit(&store).await,
            ("work", _) => work_on::work_on(self, &store, run, matches).await,
            ("status", _) => run_status::show(self, &store, run).await,
            ("report", _) => manage::report(&store, run, matches).await,
            ("list", _) => manage::list(&store).await,
            (what, _) => manage::change(&store, run, what).await,
        }
    }
}

const RUN: &str = "RUN";
const DATABASE: &str = "database";

const EXIT_STATUS: &str = "\
Exit status:
  0  every item succeeded, or the command is done
  1  finished, and at least one item did not succeed
  2  a usage error, or nothing was done
  3  stopped: some items are open, and the same command continues with them
  4  the database cannot be used, or it has no such run, or another run of this name";
