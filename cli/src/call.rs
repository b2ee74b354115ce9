//! A command that calls an endpoint: from its flags to its exit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use bulk_endpoint::dynamic::Arguments;
use bulk_endpoint::{Client, ClientBuilder, OutcomeKind};
use clap::{ArgMatches, FromArgMatches};
use serde_json::json;
use url::Url;

use crate::ask::ask;
use crate::command::Call;
use crate::dry_run;
use crate::events::emit;
use crate::exit::End;
use crate::help::{BASE_URL, facts, flags, written_arguments};
use crate::input::{Input, InputChoice, visible};
use crate::journal::{Journal, abandon};
use crate::options::{RunOptions, SafetyOptions};
use crate::outbox::Outbox;
use crate::progress::Display;
use crate::report::ReportPlace;
use crate::session::{Description, Session, Setup};
use crate::state::{StateFolder, record_command};
use crate::task::Task;
use crate::terminal::{counted, say, warn};
use crate::token::{TokenSource, check_encryption};
use crate::vendor::{Vendor, VendorEndpoint};

/// A command that calls an endpoint.
pub(crate) struct EndpointCall<'p> {
    pub(crate) program: &'static str,
    /// All vendors of the program.
    pub(crate) vendors: &'p [Vendor],
    pub(crate) vendor: &'p Vendor,
    pub(crate) endpoint: &'p VendorEndpoint,
    /// The command line, for `runs resume`.
    pub(crate) line: &'p [String],
}

/// What the flags say.
struct Flags {
    options: RunOptions,
    base_url: String,
    /// The arguments as they were written, by name.
    written: BTreeMap<&'static str, String>,
    choice: InputChoice,
}

impl EndpointCall<'_> {
    /// Runs the command.
    pub(crate) async fn run(&self, matches: &ArgMatches) -> Result<End> {
        let flags = self.flags(matches)?;
        let arguments = flags.arguments();
        // This client sends nothing. A plan says that requests have a token, and does not get it.
        let unsent = Client::builder(&flags.base_url).bearer_with(|| async { Err("no token was asked for") });
        let client = self.client(&flags, unsent)?;
        check_arguments(self.endpoint, &client, &arguments)?;
        let options = &flags.options;
        let report = options.output.report.as_deref();
        let report = report.map(|path| ReportPlace::check(path, &flags.input_files())).transpose()?;
        let fitting = self.vendor.fitting_runs(self.endpoint, self.vendors);
        let input = Input::open(&flags.choice, &*self.endpoint.command, &fitting).await?;
        if let Some(note) = input.note.as_ref().filter(|_| options.display() == Display::Text) {
            warn(note);
        }
        if input.count == 0 {
            bail!("{} (nothing was sent)", flags.choice.without_items());
        }
        if options.safety.dry_run {
            let plan = self.endpoint.command.plan(&client, &arguments, &input, dry_run::PLANNED)?;
            say(dry_run::describe(&plan, input.count, self.endpoint.command.spec()));
            return Ok(End::AllSucceeded);
        }
        check_encryption(&client, options.auth.insecure_http)?;
        let journal_path = self.journal_path(&flags, client.base_url(), &input)?;
        if let (Some(report), Some(journal)) = (&report, &journal_path) {
            report.check_is_not(journal)?;
        }
        // An unfinished run is told before the question, and put aside after it. A new journal is created after it, so that
        // nothing is left of a command that is killed there.
        let SafetyOptions { new, resume, .. } = options.safety;
        let is_there = |path: &PathBuf| !new && (resume || path.exists());
        let early = self.journal(options, journal_path.clone().filter(is_there)).await?;
        let client = self.consent(&flags, &client, &input).await?;
        let journal = match early {
            Some(journal) => Some(journal),
            None => self.journal(options, journal_path.clone()).await?,
        };
        // `runs resume` finds the journals of the state folder alone.
        if let Some(path) = journal_path.filter(|_| options.safety.journal.is_none()) {
            record_command(&path, self.line)?;
        }
        self.send(&flags, (&client, &arguments), &input, (report, journal)).await
    }

    /// Gets the token, and asks on the terminal. Returns the client with the token.
    async fn consent(&self, flags: &Flags, client: &Client, input: &Input) -> Result<Client> {
        let token = TokenSource::of(self.vendor, &flags.options.auth);
        let builder = Client::builder(&flags.base_url);
        let builder = token.add_to(builder, client.base_url()).await.context("nothing was sent")?;
        let client = self.client(flags, builder)?;
        self.confirm(flags, &client, input)?;
        Ok(client)
    }

    async fn send(
        &self,
        flags: &Flags,
        (client, arguments): (&Client, &Arguments),
        input: &Input,
        (report, journal): (Option<ReportPlace>, Option<Journal>),
    ) -> Result<End> {
        let (options, display) = (&flags.options, flags.options.display());
        let task = self.task();
        let mut outbox = Outbox::default();
        if display == Display::Events {
            emit("start", json!({ "provider": task.provider, "operation": task.operation, "items": input.count }));
            outbox = outbox.tap(|row| emit("outcome", serde_json::to_value(row).unwrap_or_default()));
        }
        let continues = if options.safety.journal.is_some() { "the same command with --resume" } else { CONTINUES };
        let spec = self.endpoint.command.spec();
        let configuration = self.configuration(flags, client, input);
        let description = Description { continues, idempotent: spec.idempotent, configuration };
        let setup = Setup { sending: options.sending(), display, outbox, report, journal, description };
        let session = Session::start(setup).await?;
        let shared = session.shared();
        let done = self.endpoint.command.work(Call { task: &task, client, arguments }, input, &shared).await;
        session.finish(done.map(|done| vec![done])).await
    }

    /// What the report says was asked for.
    fn configuration(&self, flags: &Flags, client: &Client, input: &Input) -> Vec<(String, String)> {
        let choice = &flags.choice;
        let source = match (&choice.file, &choice.from) {
            (Some(file), Some(from)) => format!("{} of {}", from.display(), file.display()),
            (Some(path), None) | (None, Some(path)) => path.display().to_string(),
            (None, None) => "the command line".to_owned(),
        };
        let named = |name: &str, value: String| (name.to_owned(), value);
        let mut configuration = vec![
            named("endpoint", self.task().to_string()),
            named("URL", client.base_url().to_string()),
            named("items", format!("{} from {source}", input.count)),
        ];
        configuration.extend(flags.written.iter().map(|(name, value)| named(name, value.clone())));
        let facts = facts(self.endpoint.command.spec());
        configuration.extend(facts.lines().map(|fact| named("declared", fact.to_owned())));
        configuration
    }

    fn task(&self) -> Task {
        Task::new(self.vendor.name, &*self.endpoint.name)
    }

    fn flags(&self, matches: &ArgMatches) -> Result<Flags> {
        let options = RunOptions::from_arg_matches(matches)?;
        let base_url = matches.get_one::<String>(BASE_URL).context("missing --base-url")?.clone();
        let (written, choice) = (written_arguments(self.endpoint, matches), options.input()?);
        Ok(Flags { options, base_url, written, choice })
    }

    fn client(&self, flags: &Flags, builder: ClientBuilder) -> Result<Client> {
        let mut builder = builder.timeout(flags.options.sending.timeout);
        for (name, value) in &flags.options.sending.header {
            builder = builder.header(name, value);
        }
        // The error's text contains its source.
        builder.build().map_err(|error| anyhow!("{error} (nothing was sent)"))
    }

    /// Where the run is recorded.
    fn journal_path(&self, flags: &Flags, base_url: &Url, input: &Input) -> Result<Option<PathBuf>> {
        let safety = &flags.options.safety;
        if safety.no_journal {
            return Ok(None);
        }
        if let Some(path) = &safety.journal {
            return Ok(Some(path.clone()));
        }
        let choice = &flags.choice;
        let (selection, from) = (choice.selection, choice.from.as_deref().and_then(place_of));
        // A file may grow, and it is the same input. What has no name is known by its content.
        let file = choice.file.as_deref().map_or_else(|| from.clone(), place_of);
        let digest = if file.is_some() { 0 } else { input.digest };
        let selection = (selection.skip, selection.take, selection.sample, &choice.column, from);
        let outcomes: Vec<&str> = choice.outcomes.iter().map(|kind| kind.as_str()).collect();
        let what = (base_url.as_str(), &flags.written, file, digest, selection, outcomes);
        let name = format!("{}-{}", self.vendor.name, self.endpoint.name);
        let path = StateFolder::of(self.program)?.journal(&name, what)?;
        Ok(Some(path))
    }

    /// Opens the journal. An unfinished run is continued or put aside only if the command says so.
    async fn journal(&self, options: &RunOptions, path: Option<PathBuf>) -> Result<Option<Journal>> {
        let Some(path) = path else { return Ok(None) };
        if options.safety.new
            && let Some(aside) = abandon(&path).await?
            && options.display() == Display::Text
        {
            warn(format_args!("the unfinished run was put aside: {aside:?}"));
        }
        let journal = Journal::open(path, options.safety.restored).await?;
        match (journal.progress().await?, options.safety.resume) {
            (Some(_), true) | (None, false) => {}
            (Some(progress), false) => bail!(
                "an earlier run of the same endpoint, arguments and input is unfinished ({progress}); continue it with --resume, or start over with \
                 --new (nothing was sent)"
            ),
            (None, true) => {
                journal.discard_unused()?;
                bail!(
                    "--resume: there is no unfinished run of this endpoint, arguments and input; see `runs list` (nothing was sent)"
                )
            }
        }
        Ok(Some(journal))
    }

    /// Asks on the terminal.
    fn confirm(&self, flags: &Flags, client: &Client, input: &Input) -> Result<()> {
        self.confirm_unknown(flags)?;
        if flags.options.safety.yes {
            return Ok(());
        }
        let spec = self.endpoint.command.spec();
        let with = flags.written.iter().map(|(name, value)| format!(", {name} = {}", visible(value)));
        let question = format!(
            "{} for {} at {}{}?{}",
            self.task(),
            counted(input.count, "item"),
            client.base_url(),
            with.collect::<String>(),
            if spec.idempotent { "" } else { " It is not safe to retry." }
        );
        match ask(&question)? {
            Some(true) => Ok(()),
            Some(false) => bail!("not confirmed (nothing was sent)"),
            None => bail!(
                "there is no terminal to ask at: add --yes to send {} (nothing was sent)",
                counted(input.count, "item")
            ),
        }
    }

    /// An item whose result is unknown may be applied already. If a repetition is not safe, somebody must look at it first.
    fn confirm_unknown(&self, flags: &Flags) -> Result<()> {
        let choice = &flags.choice;
        if self.endpoint.command.spec().idempotent || !choice.outcomes.contains(&OutcomeKind::Unknown) {
            return Ok(());
        }
        let question = format!(
            "{} is not safe to retry, and items of --outcome unknown may already have been applied. Did you look up each of them at the vendor, \
             and leave out those that were applied?",
            self.task()
        );
        match ask(&question)? {
            Some(true) => Ok(()),
            Some(false) => bail!("not confirmed (nothing was sent)"),
            None => bail!(
                "{} is not safe to retry, and items of --outcome unknown may already have been applied: look them up, and send only those that \
                 were not, with --input (nothing was sent)",
                self.task()
            ),
        }
    }
}

/// Checks that a request can be built from these arguments.
pub(crate) fn check_arguments(endpoint: &VendorEndpoint, client: &Client, arguments: &Arguments) -> Result<()> {
    let command = &endpoint.command;
    match command.check_arguments(client, arguments) {
        Ok(None) => Ok(()),
        Ok(Some(invalid)) => bail!("{invalid} (nothing was sent)"),
        Err(error) => {
            let names = command.arguments().iter().zip(flags(command.arguments()));
            let flag = names.into_iter().find(|(argument, _)| argument.name == error.name());
            let flag = flag.map(|(_, flag)| format!("--{flag}: ")).unwrap_or_default();
            bail!("{flag}{error} (nothing was sent)")
        }
    }
}

/// The place of a file, by which its content may change; `None` for what is no file. It is a URL, which names each path exactly.
fn place_of(file: &Path) -> Option<String> {
    let path = file.canonicalize().ok().filter(|path| path.is_file() && file != Path::new("-"))?;
    Url::from_file_path(path).ok().map(String::from)
}

/// What continues a run that is recorded in the state folder.
const CONTINUES: &str = "the same command with --resume, or `runs resume`,";

impl Flags {
    fn arguments(&self) -> Arguments {
        let written = self.written.iter();
        written.fold(Arguments::new(), |arguments, (name, text)| arguments.text(*name, text.clone()))
    }

    /// The files that a report must not overwrite.
    fn input_files(&self) -> Vec<&Path> {
        let named = [self.choice.file.as_deref(), self.choice.from.as_deref()].into_iter().flatten();
        // Standard input may be a file, too.
        named.map(|path| if path == Path::new("-") { Path::new("/dev/stdin") } else { path }).collect()
    }
}
