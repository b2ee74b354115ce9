//! Runs that are called by code that is not asynchronous, over each transport.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests, helpers included; nobody outside sees them")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bulk_endpoint::testing::{Fake, FakeServer};
use bulk_endpoint::transport::{HyperTransport, ReqwestTransport};
use bulk_endpoint::{Bulk, BulkReply, Client, Outcome, bulk_api};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, Serialize, BulkReply)]
struct Changed {
    #[bulk(succeeded)]
    successes: Vec<u64>,
}

#[bulk_api]
trait Tokens: Send + Sync {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn deactivate(&self) -> Bulk<u64, Changed>;
}

/// A fake server on a runtime of its own.
fn fake() -> (tokio::runtime::Runtime, FakeServer) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let fake = Fake::new().endpoint(TokensClient::DEACTIVATE, |_: &u64| Outcome::succeeded());
    let server = runtime.block_on(fake.latency(Duration::from_millis(5)).start()).unwrap();
    (runtime, server)
}

fn clients(url: &str) -> [TokensClient; 2] {
    let over_hyper = Client::builder(url).transport(HyperTransport::new().unwrap());
    let over_reqwest = Client::builder(url).transport(ReqwestTransport::new().unwrap());
    [over_hyper, over_reqwest].map(|builder| TokensClient::new(builder.build().unwrap()))
}

#[test]
fn a_run_is_called_and_called_again() {
    let (_runtime, server) = fake();
    for tokens in clients(server.url()) {
        let ids: Vec<u64> = (0..30).collect();
        // The items are borrowed, and the connections of the first call are of use to the others.
        for _ in 0..3 {
            let report = tokens.deactivate().send(&ids).concurrency(2).call();
            assert_eq!(report.counters().succeeded, 30, "{report}");
        }
        let mut outcomes = tokens.deactivate().send(ids.iter().copied()).call_outcomes();
        let mut indexes: Vec<usize> = outcomes.by_ref().map(|settled| settled.index).collect();
        indexes.sort_unstable();
        assert_eq!(indexes, (0..30).collect::<Vec<usize>>());
        assert_eq!(outcomes.summary().counters().succeeded, 30);
        drop(outcomes);
        drop(tokens);
    }
    assert_eq!(server.request_count(), 80);
}

#[test]
fn an_iterator_that_is_dropped_sends_nothing_more() {
    let (_runtime, server) = fake();
    for tokens in clients(server.url()) {
        let before = server.request_count();
        let mut outcomes = tokens.deactivate().send(0..300).concurrency(1).call_outcomes();
        assert!(outcomes.next().is_some());
        drop(outcomes);
        std::thread::sleep(Duration::from_millis(100));
        assert!(server.request_count() - before <= 2, "{}", server.request_count() - before);
    }
}

#[test]
fn a_call_in_an_asynchronous_task_says_what_to_do_and_one_beside_it_is_fine() {
    let (runtime, server) = fake();
    for tokens in clients(server.url()) {
        runtime.block_on(async {
            let called = catch_unwind(AssertUnwindSafe(|| tokens.deactivate().send(0..3).call()));
            let text = called.err().unwrap().downcast::<&str>().unwrap();
            assert!(text.contains("`.await` the run instead"), "{text}");
            let beside = tokio::task::spawn_blocking(move || {
                let report = tokens.deactivate().send(0..3).call();
                // The client, with its thread, may end in a task.
                (tokens, report.counters().succeeded)
            });
            assert_eq!(beside.await.unwrap().1, 3);
        });
    }
}

#[test]
fn a_mock_is_called_without_a_client() {
    let bulk: Bulk<u64> = Bulk::mock(|_| Outcome::succeeded());
    assert_eq!(bulk.send(0..3).call().counters().succeeded, 3);
    assert_eq!(bulk.send(0..3).call_outcomes().count(), 3);
}
