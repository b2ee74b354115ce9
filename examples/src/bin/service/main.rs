//! A web service that deactivates API tokens: runs that survive a restart, single calls that become batches, progress as server-sent events.
//!
//! `cargo run --bin service`, then open the URL that it prints. Without `--vendor` it uses a fake vendor.
//!
//! | request | effect |
//! |---|---|
//! | `POST /runs?org=ORG`, one token a line | accepts the tokens, and starts a run with a journal |
//! | `GET /runs`, `GET /runs/NAME` | the runs; the outcomes of one, as NDJSON |
//! | `GET /runs/NAME/events` | its progress |
//! | `POST /orgs/ORG/tokens/TOKEN/deactivate` | deactivates one token, in a request with those of other callers |
//! | `GET /metrics` | metrics for Prometheus |
#![allow(clippy::print_stdout, reason = "a program for people")]

mod runs;
mod web;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bulk_endpoint::testing::{Fake, FakeServer};
use bulk_endpoint::{Client, Outcome};
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenFailure, TokenId};
use bulk_endpoint_durable::Store;
use clap::Parser;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use self::runs::Runs;

/// The longest time that a shutdown waits for the calls and requests that are in flight.
const GRACE: Duration = Duration::from_secs(10);

/// The time between two upkeeps of the metrics.
const UPKEEP: Duration = Duration::from_secs(5);

/// Deactivates API tokens: runs that survive a restart, and single calls that become batches.
#[derive(Parser)]
struct Args {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The folder with the accepted tokens and the journal.
    #[arg(long, default_value = "service-data")]
    data: PathBuf,
    /// The URL of the vendor. Default: a fake one in this process.
    #[arg(long)]
    vendor: Option<String>,
    /// The token for the vendor.
    #[arg(long, env = "CSP_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let metrics = PrometheusBuilder::new().install_recorder().context("cannot install the recorder")?;

    std::fs::create_dir_all(&args.data).with_context(|| format!("cannot create {}", args.data.display()))?;
    let fake = if args.vendor.is_none() { Some(fake(&args.data.join("fake-vendor.url")).await?) } else { None };
    let vendor = args.vendor.as_deref().or(fake.as_ref().map(|fake| fake.url())).unwrap_or_default();
    let mut client = Client::builder(vendor);
    if let Some(token) = args.token {
        client = client.bearer(token);
    }
    let tokens = OrgApiTokensClient::new(client.build()?);

    let store = Store::open(args.data.join("runs.db")).await?;
    let runs = Arc::new(Runs::new(tokens, store, args.data));
    let continued = runs.continue_unfinished().await?;
    if continued > 0 {
        println!("continuing {continued} unfinished runs");
    }

    let listener =
        TcpListener::bind(&args.listen).await.with_context(|| format!("cannot listen on {}", args.listen))?;
    println!("http://{}", listener.local_addr()?);
    let (stopping, stopped) = (runs.stopping(), runs.stopping());
    // Until then, or until a scrape, the recorder keeps each value of a histogram.
    let upkeep = metrics.clone();
    let upkeep = tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    let app = web::router(runs.clone(), metrics);
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        wait_for_signal().await;
        // Streams of progress end, and nothing more is accepted.
        stopping.cancel();
    });
    let served = async {
        let served = tokio::select! {
            served = async { server.await } => served,
            // A client that reads slowly is not waited for.
            () = async { stopped.cancelled().await; tokio::time::sleep(2 * GRACE).await } => Ok(()),
        };
        stopped.cancel();
        served
    };
    // Runs send nothing more, and their journals keep what is left. Calls get their answers while the server still waits for its handlers.
    let drained = async {
        stopped.cancelled().await;
        runs.close(GRACE).await;
    };
    let (served, ()) = tokio::join!(served, drained);
    upkeep.abort();
    served?;
    println!("stopped; the same command continues unfinished runs");
    Ok(())
}

async fn wait_for_signal() {
    let (Ok(mut term), Ok(mut hup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else { return };
    tokio::select! {
        _ = term.recv() => {}
        _ = hup.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// A vendor that takes 100 ms a request, and does not find some tokens. A run continues only under the URL that it began with, so the vendor has
/// the URL of the last time, which is in a file.
async fn fake(url: &Path) -> anyhow::Result<FakeServer> {
    let deactivate = |id: &TokenId| {
        let id = id.clone();
        if id.to_string().ends_with("13") {
            Outcome::failed(TokenFailure { id, message: "Token not found".into() })
        } else {
            Outcome::succeeded()
        }
    };
    let last = std::fs::read_to_string(url).unwrap_or_default();
    let port = last.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let fake = Fake::new().endpoint(OrgApiTokensClient::DEACTIVATE, deactivate).latency(Duration::from_millis(100));
    let fake = fake.port(port).start().await.with_context(|| format!("cannot start the fake at {last}"))?;
    std::fs::write(url, fake.url())?;
    Ok(fake)
}
