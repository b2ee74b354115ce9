//! What a run over a scripted transport does not need: a server, other clients, a journal.

use std::process::ExitCode;

use bulk_endpoint::{Bulk, BulkReply};
use bulk_endpoint_durable::Store;

pub(crate) use super::by_hand::ByHand;
pub(crate) use super::server::{Server, serve};
use super::service::{Error, Id};
use super::{Figures, Scenario, cpu, grown, print_time, resident};

pub(crate) async fn run_by_hand(scenario: &Scenario, by_hand: ByHand) -> ExitCode {
    let server = Server::start(scenario.fate);
    let ids = (0..scenario.count).map(Id::new).collect();
    let (requests, done) = by_hand.send(&server.url, ids, scenario.of).await;
    println!("{by_hand:?}: {requests} requests; {done} succeeded");
    print_time(cpu());
    if done == scenario.count { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

pub(crate) async fn journaled<R: BulkReply>(scenario: &Scenario, deactivate: &Bulk<Id, R, Error>) -> Figures {
    let ids = (0..scenario.count).map(|index| Id::new(scenario.number(index)));
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("runs.db")).await.unwrap();
    let before = resident("VmRSS:");
    let run = deactivate.send(ids).on_duplicate(scenario.on_duplicate()).concurrency(8);
    let report = run.journal(&store, "run").await.unwrap();
    Figures { counters: report.counters(), requests: report.requests(), grown: grown(before), cpu: cpu() }
}
