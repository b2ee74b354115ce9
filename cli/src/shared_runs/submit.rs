//! `submit`: the items of a run go into the database.

use anyhow::{Context, Result, bail};
use bulk_endpoint::Client;
use bulk_endpoint_durable::postgres::PostgresStore;
use clap::{ArgMatches, Args, FromArgMatches};

use super::submitted_call::SubmittedCall;
use crate::ask::ask;
use crate::call::check_arguments;
use crate::exit::End;
use crate::help::{BASE_URL, written_arguments};
use crate::input::Input;
use crate::options::ItemOptions;
use crate::program::Program;
use crate::terminal::{counted, say, warn};
use crate::vendor::VendorEndpoint;

#[derive(Debug, Args)]
pub(crate) struct SubmitOptions {
    #[command(flatten)]
    items: ItemOptions,

    /// Do not ask before submitting
    #[arg(long, help_heading = "Safety")]
    yes: bool,
}

/// A run whose endpoint, arguments and items are checked.
pub(super) struct CheckedRun<'p> {
    name: String,
    endpoint: &'p VendorEndpoint,
    call: SubmittedCall,
    input: Input,
}

/// Checks what is to be submitted, and asks on the terminal.
pub(super) async fn prepare<'p>(program: &'p Program, run: &str, matches: &ArgMatches) -> Result<CheckedRun<'p>> {
    let (vendor, matches) = matches.subcommand().context("expected a vendor")?;
    let vendor = program.vendors.iter().find(|known| known.name == vendor).context("unknown vendor")?;
    let (endpoint, matches) = matches.subcommand().context("expected an endpoint")?;
    let endpoint = vendor.endpoint(endpoint).context("unknown endpoint")?;
    let options = SubmitOptions::from_arg_matches(matches)?;
    let base_url = matches.get_one::<String>(BASE_URL).context("missing --base-url")?;
    let client = Client::builder(base_url).build().map_err(|error| anyhow::anyhow!("--base-url: {error}"))?;
    let written = written_arguments(endpoint, matches);
    let call = SubmittedCall {
        vendor: vendor.name.to_owned(),
        endpoint: endpoint.name.clone(),
        base_url: base_url.clone(),
        arguments: written.into_iter().map(|(name, text)| (name.to_owned(), text)).collect(),
    };
    check_arguments(endpoint, &client, &call.arguments())?;
    let fitting = vendor.fitting_runs(endpoint, &program.vendors);
    let choice = options.items.input()?;
    let input = Input::open(&choice, &*endpoint.command, &fitting).await?;
    if let Some(note) = &input.note {
        warn(note);
    }
    if input.count == 0 {
        bail!("{} (nothing was submitted)", choice.without_items());
    }
    let again = if endpoint.command.spec().idempotent { "" } else { " It is not safe to retry." };
    let question = format!("Submit `{run}`: {call} for {}?{again}", counted(input.count, "item"));
    match if options.yes { Some(true) } else { ask(&question)? } {
        Some(true) => Ok(CheckedRun { name: run.to_owned(), endpoint, call, input }),
        Some(false) => bail!("not confirmed (nothing was submitted)"),
        None => bail!("there is no terminal to ask at: add --yes to submit (nothing was submitted)"),
    }
}

impl CheckedRun<'_> {
    pub(super) async fn submit(self, store: &PostgresStore) -> Result<End> {
        let CheckedRun { name, endpoint, call, input } = self;
        let submitted = endpoint.command.submit(store, &name, &serde_json::to_value(&call)?, &input).await?;
        let is_there = if submitted.already { "was there already" } else { "is submitted" };
        let items = counted(usize::try_from(submitted.items).unwrap_or(usize::MAX), "item");
        say(format_args!("`{name}` {is_there}: {items}; start any number of `work {name}`"));
        Ok(End::AllSucceeded)
    }
}
