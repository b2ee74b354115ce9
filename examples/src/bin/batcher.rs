//! A service whose tasks each delete one record at a time: their calls travel together, and each task gets the outcome of its own.
//!
//! `batcher [TASKS]`, by default 10 000 tasks within about two seconds.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::time::Duration;

use anyhow::Context;
use bulk_endpoint::testing::Fake;
use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, ItemReply, Outcome, OutcomeKind, bulk_api};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

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
    #[bulk_endpoint(max = 100, partial = true, idempotent = true)]
    fn delete(&self) -> Bulk<u64, Deleted, VendorError>;
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let tasks: u64 = match std::env::args().nth(1) {
        Some(text) => text
            .replace('_', "")
            .parse()
            .with_context(|| format!("expected a number of tasks, found `{text}` (usage: batcher [TASKS])"))?,
        None => 10_000,
    };
    let delete = |id: &u64| match id % 1_000 {
        0 => Outcome::failed(Failure { id: *id, message: "locked".into() }),
        _ => Outcome::succeeded(),
    };
    let server = Fake::new().endpoint(RecordsClient::DELETE, delete).start().await?;
    let records = RecordsClient::new(Client::builder(server.url()).build()?);

    // One batcher for the service. The handle is cheap to clone; its options are those of a run.
    let delete = records.delete().batcher().options(|run| run.concurrency(8).linger(Duration::from_millis(5))).spawn();

    // Any number of tasks: handlers of a web server, consumers of a queue.
    let calls = (1..=tasks).map(|id| {
        let delete = delete.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..2_000))).await;
            let called = Instant::now();
            let settled = delete.send(id).await?;
            if settled.outcome.kind() != OutcomeKind::Succeeded {
                println!("{}", settled.row());
            }
            anyhow::Ok(called.elapsed())
        })
    });
    let calls: Vec<_> = calls.collect();
    let mut latencies = Vec::new();
    let mut joined = stream::iter(calls).buffered(64);
    while let Some(latency) = joined.next().await {
        latencies.push(latency??);
    }
    latencies.sort_unstable();

    // On shutdown: no more calls, and at most ten seconds for those that were accepted.
    delete.close(Duration::from_secs(10)).await;
    let at = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!("{} calls in {} requests", latencies.len(), server.requests().len());
    println!("latency: median {:.1?}, 99 % within {:.1?}", at(0.5), at(0.99));
    Ok(())
}
