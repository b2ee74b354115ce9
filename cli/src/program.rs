//! The program: its subcommands, and what each does.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{ArgMatches, Args, Command};

use crate::call::EndpointCall;
use crate::docs::summary;
use crate::exit::{End, exit_code, usage_exit_code};
use crate::help::endpoint_command;
use crate::manual;
use crate::options::RunOptions;
use crate::runs::{self, RunsAction};
use crate::state::StateFolder;
use crate::terminal::{say, warn};
use crate::token::{TokenSource, variable_token};
use crate::vendor::Vendor;

/// A program that calls the endpoints of vendors. See the [crate](crate) for an example.
#[derive(Debug)]
#[must_use = "a program does nothing until it is run"]
pub struct Program {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) version: &'static str,
    pub(crate) vendors: Vec<Vendor>,
}

impl Program {
    /// A program without vendors.
    pub fn new(name: &'static str) -> Self {
        Program {
            name,
            about: "Calls bulk endpoints of vendors",
            version: env!("CARGO_PKG_VERSION"),
            vendors: Vec::new(),
        }
    }

    /// Sets the help text.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Sets the version. Default: that of this crate.
    pub fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// Adds a vendor.
    pub fn vendor(mut self, vendor: Vendor) -> Self {
        self.vendors.push(vendor);
        self
    }

    /// Runs the command line of this process.
    pub fn run(&self) -> ExitCode {
        let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
        self.run_line(&arguments.collect::<Vec<_>>())
    }

    fn run_line(&self, line: &[String]) -> ExitCode {
        let matches = match self.command().try_get_matches_from(line) {
            Ok(matches) => matches,
            Err(error) => return usage_exit_code(&error),
        };
        let runtime = match tokio::runtime::Runtime::new() {
            Ok(runtime) => runtime,
            Err(error) => return exit_code(Err(error).context("cannot start threads")),
        };
        match runtime.block_on(self.dispatch(&matches, line)) {
            Ok(RunsAction::Resume(line)) => {
                drop(runtime);
                self.run_line(&line)
            }
            Ok(RunsAction::Ended(end)) => end.into(),
            Err(error) => exit_code(Err(error)),
        }
    }

    /// The command line, for completions, manual pages and tests.
    pub(crate) fn command(&self) -> Command {
        let command = Command::new(self.name)
            .about(self.about)
            .version(self.version)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .after_long_help(EXIT_STATUS);
        let command = self
            .vendors
            .iter()
            .fold(command, |command, vendor| command.subcommand(vendor_command::<RunOptions>(vendor)));
        let command = command
            .subcommand(Command::new("endpoints").about("Lists all endpoints"))
            .subcommand(runs::command())
            .subcommand(
                Command::new("auth")
                    .about("Shows where credentials come from")
                    .subcommand_required(true)
                    .arg_required_else_help(true)
                    .subcommand(Command::new("status").about("Shows which tokens are set")),
            );
        manual::augment(command)
    }

    async fn dispatch(&self, matches: &ArgMatches, line: &[String]) -> Result<RunsAction> {
        let Some((name, matches)) = matches.subcommand() else { bail!("expected a subcommand") };
        if let Some(vendor) = self.vendors.iter().find(|vendor| vendor.name == name) {
            let (name, matches) = matches.subcommand().context("expected an endpoint")?;
            let endpoint = vendor.endpoint(name).context("unknown endpoint")?;
            let call = EndpointCall { program: self.name, vendors: &self.vendors, vendor, endpoint, line };
            return call.run(matches).await.map(RunsAction::Ended);
        }
        if manual::run((name, matches), self.command())? {
            return Ok(RunsAction::Ended(End::AllSucceeded));
        }
        match name {
            "runs" => return runs::run(&StateFolder::of(self.name)?, matches).await,
            "endpoints" => self.list_endpoints(),
            _ => self.show_auth(),
        }
        Ok(RunsAction::Ended(End::AllSucceeded))
    }

    fn list_endpoints(&self) {
        for vendor in &self.vendors {
            let width = vendor.endpoints.iter().map(|endpoint| endpoint.name.len()).max().unwrap_or(0);
            for endpoint in &vendor.endpoints {
                let about = summary(endpoint.command.spec().docs);
                say(format_args!("{} {:width$}  {about}", vendor.name, endpoint.name));
            }
        }
    }

    fn show_auth(&self) {
        for vendor in &self.vendors {
            let name = vendor.name;
            match (TokenSource::of_environment(vendor), vendor.login) {
                (TokenSource::Login(_), Some(login)) => {
                    let secrets = login.variables(|name| vendor.variable(name)).join(" and ");
                    say(format_args!("{name}: access tokens for {secrets}"));
                }
                (TokenSource::Variable(variable, secrets), _) => match variable_token(&variable, secrets.as_deref()) {
                    Ok(_) => say(format_args!("{name}: a bearer token in {variable}")),
                    Err(error) => warn(format_args!("{name}: {error}")),
                },
                _ => {}
            }
        }
    }
}

const EXIT_STATUS: &str = "\
Exit status:
  0  every item succeeded
  1  finished, and at least one item did not succeed
  2  a usage error, or nothing was sent
  3  stopped: some items are open, and the same command with --resume continues with them
  4  the journal cannot be used";

/// The subcommand of a vendor, with those of its endpoints, which have these options.
pub(crate) fn vendor_command<O: Args>(vendor: &Vendor) -> Command {
    let command = Command::new(vendor.name)
        .about(vendor.about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_long_help(traits(vendor));
    let endpoints = vendor.endpoints.iter();
    endpoints.fold(command, |command, endpoint| command.subcommand(endpoint_command::<O>(endpoint, vendor)))
}

/// The documentation of the traits of a vendor.
fn traits(vendor: &Vendor) -> String {
    let mut seen = Vec::new();
    let mut text = String::new();
    for endpoint in &vendor.endpoints {
        if !seen.contains(&endpoint.api) && !endpoint.api_docs.is_empty() {
            text.push_str(&format!("{}: {}\n\n", endpoint.api, crate::docs::plain(endpoint.api_docs)));
        }
        seen.push(endpoint.api);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use bulk_endpoint::testing::Fake;
    use bulk_endpoint::{AssignedId, Bulk, BulkItem, BulkReply, ItemReply, Outcome, bulk_api};
    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use super::*;

    #[bulk_api(dynamic)]
    trait Mails {
        /// Sends mails.
        #[post("/users/{input}/mails")]
        #[bulk_endpoint(max = 2, partial = false)]
        fn send(&self, input: &str, yes: Option<bool>, note: &str) -> Bulk<u64>;
    }

    #[bulk_api(dynamic)]
    trait Texts {
        /// Sends texts.
        #[post("/texts")]
        #[bulk_endpoint(max = 2, partial = false)]
        fn send(&self) -> Bulk<u64>;

        /// Deletes texts.
        #[post("/texts/delete")]
        #[bulk_endpoint(max = 2, partial = false)]
        fn delete_all(&self) -> Bulk<u64>;
    }

    #[test]
    fn the_command_line_is_sound() {
        let vendor = Vendor::new("post-office").api::<MailsClient>().api::<TextsClient>();
        let names: Vec<&str> = vendor.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        assert_eq!(names, ["mails-send", "texts-send", "delete-all"]);
        let program = Program::new("post").vendor(vendor);
        program.command().debug_assert();
        let mut command = program.command();
        let send =
            command.find_subcommand_mut("post-office").and_then(|vendor| vendor.find_subcommand_mut("mails-send"));
        let help = send.unwrap().render_long_help().to_string();
        for part in
            ["--arg-input <INPUT>", "--arg-yes <YES>", "--note <NOTE>", "At most 2 items", "POST_OFFICE_BASE_URL"]
        {
            assert!(help.contains(part), "{part}: {help}");
        }
        assert!(help.find("Arguments:") < help.find("Items:"), "{help}");
    }

    /// A message, with an id by which the vendor knows one that is sent twice.
    #[derive(Debug, Serialize, Deserialize, BulkItem)]
    struct Letter {
        #[bulk(key)]
        name: String,
        #[serde(default)]
        text: String,
        #[serde(default)]
        event: AssignedId,
    }

    #[derive(Debug, Serialize, Deserialize, BulkReply)]
    struct Delivered {
        #[bulk(succeeded)]
        done: Vec<String>,
        #[bulk(failed)]
        failed: Vec<Undelivered>,
    }

    #[derive(Debug, Serialize, Deserialize, ItemReply)]
    struct Undelivered {
        #[bulk(key)]
        name: String,
    }

    #[bulk_api(dynamic)]
    trait Letters {
        /// Delivers letters.
        #[post("/letters")]
        #[bulk_endpoint(max = 10, partial = true, items = "letters")]
        fn deliver(&self) -> Bulk<Letter, Delivered>;
    }

    /// Runs the program, and returns its exit code. It has a runtime of its own.
    async fn post(line: &[&str]) -> ExitCode {
        let line: Vec<String> = ["post", "office"].iter().chain(line).map(|&word| word.to_owned()).collect();
        let run = move || Program::new("post").vendor(Vendor::new("office").api::<LettersClient>()).run_line(&line);
        tokio::task::spawn_blocking(run).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_repair_run_sends_the_ids_that_the_first_run_assigned() {
        let is_away = Arc::new(AtomicBool::new(true));
        let away = is_away.clone();
        let fake = Fake::new().endpoint(LettersClient::DELIVER, move |letter: &Letter| match letter.name.as_str() {
            name if name != "a" && away.load(Ordering::Relaxed) => {
                Outcome::failed(Undelivered { name: name.to_owned() })
            }
            _ => Outcome::succeeded(),
        });
        let fake = fake.start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let [token, input, journal] = ["token", "in.csv", "run.db"].map(path);
        std::fs::write(&token, "t0k3n").unwrap();
        std::fs::write(&input, "name\na\nb\nc\n").unwrap();
        let deliver = ["deliver", "--base-url", fake.url(), "--token-file", &token, "--yes", "--quiet", "--input"];
        let events = |request: usize| -> Vec<(String, String)> {
            let body: Value = serde_json::from_slice(&fake.requests()[request].request.body).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let letters = body["letters"].as_array().unwrap().iter();
            letters.map(|letter| (text(&letter["name"]), text(&letter["event"]))).collect()
        };
        // What two runs do about one item is two ids, unless one takes it from the other.
        assert_eq!(post(&[&deliver[..], &[&input, "--journal", &journal]].concat()).await, ExitCode::from(1));
        assert_eq!(post(&[&deliver[..], &[&input, "--no-journal"]].concat()).await, ExitCode::from(1));
        let [first, other] = [0, 1].map(events);
        assert!(first.len() == 3 && std::iter::zip(&first, &other).all(|(one, other)| one.1 != other.1), "{first:?}");

        is_away.store(false, Ordering::Relaxed);
        let finished = path("run.finished.db");
        // The items stand elsewhere in this file, and one of them succeeded.
        std::fs::write(&input, "name\nc\na\nb\n").unwrap();
        let repair = [&deliver[..], &[&input, "--from", &finished, "--outcome", "failed"]].concat();
        let [second, third] = [path("second.db"), path("third.db")];
        assert_eq!(post(&[&repair[..], &["--journal", &second]].concat()).await, ExitCode::SUCCESS);
        assert_eq!(events(2), [first[2].clone(), first[1].clone()]);
        // A repair knows where its items come from.
        let of_repair = path("second.finished.db");
        let again = [&deliver[..], &[&input, "--from", &of_repair, "--outcome", "succeeded"]].concat();
        assert_eq!(post(&[&again[..], &["--journal", &third]].concat()).await, ExitCode::SUCCESS);
        assert_eq!(events(3), events(2));

        // An item that occurs twice is one. Of two items with one key, it is not known whose the id is: none is sent.
        std::fs::write(&input, "name,text\nb,\nc,\nb,\n").unwrap();
        assert_eq!(post(&[&repair[..], &["--no-journal"]].concat()).await, ExitCode::SUCCESS);
        assert_eq!(events(4), first[1..]);
        let sent = fake.request_count();
        std::fs::write(&input, "name,text\nb,\nc,\nb,other\n").unwrap();
        assert_eq!(post(&[&repair[..], &["--no-journal"]].concat()).await, ExitCode::from(2));
        assert_eq!(fake.request_count(), sent);
        is_away.store(true, Ordering::Relaxed);
        let twice = path("twice.db");
        assert_eq!(post(&[&deliver[..], &[&input, "--journal", &twice]].concat()).await, ExitCode::from(1));
        let sent = fake.request_count();
        std::fs::write(&input, "name,text\nb,other\n").unwrap();
        let twice = path("twice.finished.db");
        let unclear = [&deliver[..], &[&input, "--from", &twice, "--outcome", "failed", "--no-journal"]].concat();
        assert_eq!((post(&unclear).await, fake.request_count()), (ExitCode::from(2), sent));
    }
}
