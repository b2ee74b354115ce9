//! Sends through a tower service: an HTTP client under layers that trace, add a header and decompress.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::time::Duration;

use bulk_endpoint::testing::{Fake, Refuse};
use bulk_endpoint::transport::{TowerTransport, TransportErrorKind};
use bulk_endpoint::{Bulk, BulkReply, Client, Outcome, bulk_api};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use http_body_util::Full;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use tower::ServiceBuilder;
use tower_http::decompression::DecompressionLayer;
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[derive(Serialize, Deserialize, BulkReply)]
struct Archived {
    #[bulk(succeeded)]
    archived: Vec<u64>,
}

#[bulk_api]
trait Tickets {
    /// Archives tickets, at most three in a request.
    #[post("/tickets/archive")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn archive(&self) -> Bulk<u64, Archived>;
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // What `TraceLayer` sees goes to stderr.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(LevelFilter::DEBUG).with(lines).init();
    // The second request is refused for now.
    let server = Fake::new()
        .endpoint(TicketsClient::ARCHIVE, |_: &u64| Outcome::succeeded())
        .on_request(|request| (request.number == 1).then(|| Refuse::new(429).header("Retry-After", "1")))
        .start()
        .await?;

    let team = HeaderValue::from_static("support");
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(SetRequestHeaderLayer::overriding(HeaderName::from_static("x-team"), team))
        .layer(DecompressionLayer::new())
        .service(HyperClient::builder(TokioExecutor::new()).build_http::<Full<Bytes>>());
    // No layer retries: the run does, and knows which requests may be repeated.
    let transport = TowerTransport::new(service).classify(|error| match error.is_connect() {
        true => TransportErrorKind::NotSent,
        false => TransportErrorKind::Reset,
    });
    let client = Client::builder(server.url()).transport(transport).timeout(Duration::from_secs(10)).build()?;
    let report = TicketsClient::new(client).archive().send(1..=7).concurrency(1).await;

    println!("{} requests: {report}", report.requests());
    let seen = server.requests();
    let teams = seen.iter().filter(|exchange| exchange.request.headers.get("x-team").is_some()).count();
    println!("{teams} of {} requests name the team", seen.len());
    Ok(())
}
