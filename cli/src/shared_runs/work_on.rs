//! `work`: this process takes parts of a run, and sends their items.

use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use bulk_endpoint::Client;
use bulk_endpoint_durable::postgres::PostgresStore;
use clap::{ArgMatches, Args, FromArgMatches};
use futures_util::future::{Either, select};

use super::submitted_call::SubmittedCall;
use crate::command::{Call, WorkLimits};
use crate::exit::End;
use crate::options::AuthOptions;
use crate::program::Program;
use crate::signals::Signals;
use crate::task::Task;
use crate::terminal::{counted, say, warn};
use crate::token::{TokenSource, check_encryption};
use crate::values::{at_least_one, duration, header};

#[derive(Debug, Args)]
pub(crate) struct WorkOptions {
    /// Maximum number of requests in flight of this process
    #[arg(long, value_name = "N", default_value = "8", value_parser = at_least_one, help_heading = "Sending")]
    concurrency: NonZeroUsize,

    /// Timeout of one attempt of a request
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Sending")]
    timeout: Duration,

    /// Stop after this time without progress: the server refuses, fails or is down
    #[arg(long, value_name = "TIME", default_value = "10min", value_parser = duration, help_heading = "Sending")]
    patience: Duration,

    /// Add a header to each request, such as `X-Name: value`
    #[arg(long, value_name = "HEADER", value_parser = header, help_heading = "Sending")]
    header: Vec<(String, String)>,

    #[command(flatten)]
    auth: AuthOptions,
}

/// Works on a run until nothing is left, or a signal comes.
pub(super) async fn work_on(program: &Program, store: &PostgresStore, run: &str, matches: &ArgMatches) -> Result<End> {
    let options = WorkOptions::from_arg_matches(matches)?;
    let call = SubmittedCall::read(run, &store.status(run).await?.arguments)?;
    let (vendor, endpoint) = call.find(program)?;
    let build = |builder: bulk_endpoint::ClientBuilder| {
        let builder = builder.timeout(options.timeout).shared_throttle(store.throttle());
        let headers = options.header.iter();
        let builder = headers.fold(builder, |builder, (name, value)| builder.header(name, value));
        builder.build().map_err(|error| anyhow!("{}: {error} (nothing was sent)", call.base_url))
    };
    let client = build(Client::builder(&call.base_url))?;
    check_encryption(&client, options.auth.insecure_http)?;
    let token = TokenSource::of(vendor, &options.auth);
    let builder = token.add_to(Client::builder(&call.base_url), client.base_url()).await;
    let client = build(builder.context("nothing was sent")?)?;
    say(format_args!("working on `{run}`: {call}"));
    let mut signals = Signals::new().context("cannot listen for signals")?;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let (task, arguments) = (Task::new(vendor.name, &*endpoint.name), call.arguments());
    let bound = Call { task: &task, client: &client, arguments: &arguments };
    let limits = WorkLimits { concurrency: options.concurrency.get(), patience: options.patience };
    let work = endpoint.command.work_on(bound, store, run, limits, stopped)?;
    let interrupted = async {
        signals.next().await;
        warn(
            "stopping; waiting for requests in flight (press Ctrl-C again, or send the signal again, to stop waiting)",
        );
        let _ = stop.send(());
        signals.next().await;
    };
    let done = match select(work, Box::pin(interrupted)).await {
        Either::Left((done, _)) => done?,
        Either::Right(_) => {
            warn("stopped waiting; the items of requests in flight are unknown until their leases have ended");
            return Ok(End::Unfinished);
        }
    };
    say(format_args!("{} from this process", counted(done.requests, "request")));
    if let Some(why) = &done.stopped {
        warn(format_args!("stopped: {why}"));
    }
    if !done.is_done {
        return Ok(End::Unfinished);
    }
    let report = store.report(run).await?;
    say(&report);
    let counters = report.counters();
    Ok(if counters.succeeded == counters.accepted { End::AllSucceeded } else { End::SomeDidNot })
}
