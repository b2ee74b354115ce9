//! Deletes a long stream of ids in constant memory: each outcome is handled as soon as it is known, and then dropped.
//!
//! `stream [IDS]`, by default 200 000 ids.
#![allow(clippy::print_stdout, reason = "a program for people")]

use anyhow::Context;
use bulk_endpoint::testing::Fake;
use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, ItemReply, Outcome, OutcomeKind, bulk_api};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, BulkReply)]
struct Deleted {
    #[bulk(succeeded)]
    deleted: Vec<u64>,
    #[bulk(failed)]
    failed: Vec<Failure>,
}

#[derive(Serialize, Deserialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: u64,
    #[bulk(message)]
    message: String,
}

#[derive(Debug, Serialize, Deserialize, ApiError)]
struct VendorError {
    #[bulk(message)]
    message: String,
}

#[bulk_api]
trait Records {
    /// Deletes records.
    #[post("/records/delete")]
    #[bulk_endpoint(max = 500, partial = true, idempotent = true)]
    fn delete(&self) -> Bulk<u64, Deleted, VendorError>;
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ids: u64 = match std::env::args().nth(1) {
        Some(text) => text
            .replace('_', "")
            .parse()
            .with_context(|| format!("expected a number of ids, found `{text}` (usage: stream [IDS])"))?,
        None => 200_000,
    };
    let delete = |id: &u64| match id % 10_000 {
        0 => Outcome::failed(Failure { id: *id, message: "locked".into() }),
        _ => Outcome::succeeded(),
    };
    // Forgetful: otherwise the server would keep every applied item, and this process would grow.
    let server = Fake::new().endpoint(RecordsClient::DELETE, delete).forgetful().start().await?;
    let records = RecordsClient::new(Client::builder(server.url()).build()?);

    // Any `Stream` works: rows of a database, lines of a file. It is read only as fast as requests leave.
    let source = stream::iter(1..=ids);
    let mut outcomes = records.delete().send_stream(source).concurrency(4).outcomes();
    while let Some(settled) = outcomes.next().await {
        if settled.outcome.kind() != OutcomeKind::Succeeded {
            println!("record {}: {}", settled.item, settled.outcome.message().unwrap_or_default());
        }
    }
    let summary = outcomes.summary();
    println!("{summary}");
    println!("{} requests in {:.1} s", summary.requests(), summary.elapsed().as_secs_f64());
    if let Some(memory) = peak_memory() {
        println!("peak memory, including the server: {memory}");
    }
    Ok(())
}

/// The peak memory of this process, on systems that report it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
