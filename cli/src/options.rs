//! The flags that every endpoint has.
#![allow(rustdoc::bare_urls, reason = "these comments are the help text, which has no links")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use bulk_endpoint::OutcomeKind;
use clap::Args;

use crate::gates::{Canary, MaxFailures, Percent};
use crate::input::{InputChoice, InputFormat, Selection};
use crate::progress::Display;
use crate::values::{at_least_one, duration, header, outcome, whole};
use crate::work::Sending;

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    items: ItemOptions,
    #[command(flatten)]
    pub(crate) safety: SafetyOptions,
    #[command(flatten)]
    pub(crate) sending: SendingOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(flatten)]
    pub(crate) auth: AuthOptions,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Items")]
pub(crate) struct ItemOptions {
    /// Items: ids, or JSON
    #[arg(value_name = "ITEM", conflicts_with_all = ["input", "from"])]
    item: Vec<String>,

    /// File of items: CSV, NDJSON or a JSON array; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Format of the file [default: by its extension, else by its start]
    #[arg(long, value_enum, value_name = "FORMAT", requires = "input")]
    format: Option<InputFormat>,

    /// CSV column that holds the items [default: the columns are the fields of an item, nested ones with dots]
    #[arg(long, value_name = "NAME", requires = "input")]
    column: Option<String>,

    /// Leave out the first N items
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true, value_parser = whole)]
    skip: usize,

    /// Send at most N items
    #[arg(long, value_name = "N", value_parser = whole)]
    take: Option<usize>,

    /// Send N random items, as a trial; the same N each time
    #[arg(long, value_name = "N", value_parser = whole)]
    sample: Option<usize>,

    /// Items of an earlier run, by their outcomes: from its journal (.db) or its report (.json, .ndjson, .csv). With --input, selects among its items
    #[arg(long, value_name = "FILE", requires = "outcome")]
    from: Option<PathBuf>,

    /// Outcomes of the items that --from takes, with commas between them
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = outcome(), requires = "from")]
    outcome: Vec<OutcomeKind>,

    /// Accept ids with invisible characters
    #[arg(long)]
    allow_invisible: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Safety")]
pub(crate) struct SafetyOptions {
    /// Show what would be sent, and send nothing; needs no token
    #[arg(long, conflicts_with_all = ["report", "json", "resume", "new"])]
    pub(crate) dry_run: bool,

    /// Do not ask before sending, except about unknown items that are not safe to retry
    #[arg(long)]
    pub(crate) yes: bool,

    /// Send N items first, and the others if enough of them succeed; `off` to send all at once [default: one request, which must get a usable response]
    #[arg(long, value_name = "N|off", value_parser = canary)]
    canary: Option<CanaryItems>,

    /// Share of the canary that must succeed [default with --canary: 95%]
    #[arg(long, value_name = "P%", requires = "canary")]
    canary_success: Option<Percent>,

    /// Stop when more items than this failed or were refused: a number, or a share once 200 are settled
    #[arg(long, value_name = "N|P%", default_value = "50%")]
    max_failures: MaxFailures,

    /// Continue the unfinished run of the same endpoint, arguments and input: what succeeded or failed is not sent again, and --canary and --max-failures judge the items that this command sends
    #[arg(long, conflicts_with_all = ["new", "no_journal"])]
    pub(crate) resume: bool,

    /// Start over, and put the unfinished run aside
    #[arg(long, conflicts_with = "no_journal")]
    pub(crate) new: bool,

    /// With --resume: the journal was restored from a backup, and may lack items that were sent. Give this flag once
    #[arg(long, requires = "resume")]
    pub(crate) restored: bool,

    /// Record the run in this file [default: in the state folder, see `runs list`]
    #[arg(long, value_name = "FILE", conflicts_with = "no_journal")]
    pub(crate) journal: Option<PathBuf>,

    /// Do not record the run: it cannot be continued
    #[arg(long)]
    pub(crate) no_journal: bool,
}

#[derive(Debug, Clone, Copy)]
enum CanaryItems {
    Off,
    Items(usize),
}

fn canary(text: &str) -> Result<CanaryItems, String> {
    match text.parse() {
        _ if text == "off" => Ok(CanaryItems::Off),
        Ok(items @ 1..=100_000) => Ok(CanaryItems::Items(items)),
        _ => Err("expected a number from 1 to 100000, or `off`".to_owned()),
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sending")]
pub(crate) struct SendingOptions {
    /// Maximum number of requests in flight
    #[arg(long, value_name = "N", default_value = "4", value_parser = at_least_one)]
    concurrency: NonZeroUsize,

    /// Timeout of one attempt of a request
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,

    /// Stop after this time without progress: the server refuses, fails or is down [default: 10min]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    patience: Option<Duration>,

    /// End after this time: items in flight are then unknown
    #[arg(long, value_name = "TIME", value_parser = duration)]
    deadline: Option<Duration>,

    /// Add a header to each request, such as `X-Name: value`
    #[arg(long, value_name = "HEADER", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Write the outcome of every item to this file: .html to look at, .csv, .json or .ndjson
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,

    /// Write events as JSON, one a line, to standard output
    #[arg(long, conflicts_with = "quiet")]
    json: bool,

    /// Write nothing but errors
    #[arg(long)]
    quiet: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Auth")]
pub(crate) struct AuthOptions {
    /// Read the bearer token from this file
    #[arg(long, value_name = "FILE", conflicts_with = "token_command")]
    pub(crate) token_file: Option<PathBuf>,

    /// Read the bearer token from the standard output of this command; run it again when the server refuses the token. Its arguments, which may be secret, are never shown
    #[arg(long, value_name = "COMMAND")]
    pub(crate) token_command: Option<String>,

    /// Send the token unencrypted to another machine
    #[arg(long)]
    pub(crate) insecure_http: bool,
}

impl ItemOptions {
    pub(crate) fn input(&self) -> Result<InputChoice> {
        let ItemOptions { item, input, format, column, skip, take, sample, from, outcome, allow_invisible } = self;
        if item.is_empty() && input.is_none() && from.is_none() {
            bail!("no items: give ITEMs, --input FILE (`-` for standard input), or --from FILE --outcome LIST");
        }
        // clap does not ask for --from and --input beside ITEMs, which exclude them.
        if from.is_none() && !outcome.is_empty() {
            bail!("--outcome needs --from FILE, which is missing: add it");
        }
        if input.is_none() && (format.is_some() || column.is_some()) {
            bail!("--format and --column need --input FILE, which is missing: add it");
        }
        Ok(InputChoice {
            items: item.clone(),
            file: input.clone(),
            format: *format,
            column: column.clone(),
            from: from.clone(),
            outcomes: outcome.clone(),
            selection: Selection { skip: *skip, take: *take, sample: *sample },
            allow_invisible: *allow_invisible,
        })
    }
}

impl RunOptions {
    pub(crate) fn input(&self) -> Result<InputChoice> {
        self.items.input()
    }

    pub(crate) fn sending(&self) -> Sending {
        let SendingOptions { concurrency, patience, deadline, .. } = self.sending;
        let canary = match self.safety.canary {
            Some(CanaryItems::Off) => None,
            Some(CanaryItems::Items(items)) => {
                let success = self.safety.canary_success.unwrap_or(Percent(95.0));
                Some(Canary { items: Some(items), success: Some(success) })
            }
            None => Some(Canary { items: None, success: None }),
        };
        Sending { concurrency, patience, deadline, canary, max_failures: Some(self.safety.max_failures) }
    }

    pub(crate) fn display(&self) -> Display {
        match (self.output.json, self.output.quiet) {
            (true, _) => Display::Events,
            (false, true) => Display::Quiet,
            (false, false) => Display::Text,
        }
    }
}
