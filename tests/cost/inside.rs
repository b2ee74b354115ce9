//! In the place of `outside.rs`, in a build without the feature.

use std::process::ExitCode;

use bulk_endpoint::{Bulk, BulkReply, ClientBuilder};

use super::service::{Error, Fate, Id};
use super::{Figures, Scenario};

/// No other client.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ByHand {}

impl ByHand {
    pub(crate) fn of_word(_: &str) -> Option<Self> {
        None
    }
}

/// No server.
pub(crate) enum Server {}

impl Server {
    pub(crate) fn start(_: Fate) -> Self {
        missing()
    }

    pub(crate) fn client(&self) -> ClientBuilder {
        match *self {}
    }
}

pub(crate) async fn serve(_: Fate) {
    missing()
}

pub(crate) async fn run_by_hand(_: &Scenario, by_hand: ByHand) -> ExitCode {
    match by_hand {}
}

pub(crate) async fn journaled<R: BulkReply>(_: &Scenario, _: &Bulk<Id, R, Error>) -> Figures {
    missing()
}

fn missing() -> ! {
    panic!("build the program with its feature `outside` for this")
}
