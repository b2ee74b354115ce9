//! Declares a bulk endpoint and calls it, here against a fake server made from the same declaration.
#![allow(clippy::print_stdout, reason = "a program for people")]

use bulk_endpoint::testing::Fake;
use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, ItemReply, Outcome, bulk_api};
use serde::{Deserialize, Serialize};

/// The vendor's response: the tickets that were archived, and those that were not.
#[derive(Serialize, Deserialize, BulkReply)]
struct Archived {
    #[bulk(succeeded)]
    archived: Vec<u64>,
    #[bulk(failed)]
    rejected: Vec<Rejection>,
}

#[derive(Serialize, Deserialize, ItemReply)]
struct Rejection {
    #[bulk(key)]
    id: u64,
    #[bulk(message)]
    reason: String,
}

/// The vendor's response to a request that it refuses.
#[derive(Debug, Serialize, Deserialize, ApiError)]
struct VendorError {
    #[bulk(message)]
    message: String,
}

#[bulk_api]
trait Tickets {
    /// Archives tickets, at most three in a request.
    #[post("/projects/{project}/tickets/archive")]
    #[bulk_endpoint(max = 3, partial = true, idempotent = true)]
    fn archive(&self, project: &str) -> Bulk<u64, Archived, VendorError>;
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let archive = |id: &u64| match id {
        5 => Outcome::failed(Rejection { id: *id, reason: "still open".into() }),
        _ => Outcome::succeeded(),
    };
    let server = Fake::new().bearer("secret").endpoint(TicketsClient::ARCHIVE, archive).start().await?;

    let tickets = TicketsClient::new(Client::builder(server.url()).bearer("secret").build()?);
    let report = tickets.archive("apollo").send(1..=7).concurrency(2).await;

    println!("{} requests: {report}", report.requests());
    for (id, rejection) in report.failed() {
        println!("ticket {id} was not archived: {}", rejection.reason);
    }
    Ok(())
}
