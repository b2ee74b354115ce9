//! What a run over a scripted transport does not need: a server, other clients, a journal.

use std::process::ExitCode;

use bulk_endpoint::{Bulk, BulkReply, Client, ClientBuilder};
use bulk_endpoint_durable::Store;

pub(crate) use super::by_hand::ByHand;
use super::server;
use super::service::{Error, Fate, Id};
use super::{Figures, Scenario, cpu, grown, print_time, resident};

impl ByHand {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "hand" => ByHand::Plain,
            "tuned" => ByHand::Tuned,
            "prebuilt" => ByHand::Reqwest,
            "hyper" => ByHand::Hyper,
            _ => return None,
        })
    }
}

/// A server in another process. It ends when this is dropped.
pub(crate) struct Server(server::Server);

impl Server {
    pub(crate) fn start(fate: Fate) -> Self {
        Server(server::Server::start(fate))
    }

    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder(&self.0.url)
    }
}

/// Serves until the standard input ends.
pub(crate) async fn serve(fate: Fate) {
    server::serve(fate).await;
}

pub(crate) async fn run_by_hand(scenario: &Scenario, by_hand: ByHand) -> ExitCode {
    let server = server::Server::start(scenario.fate);
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
