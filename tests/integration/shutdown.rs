//! Runs that end early, over real HTTP: nothing is sent afterwards, and the report agrees with what the server saw.

use std::collections::HashSet;
use std::convert::Infallible;
use std::future::IntoFuture;
use std::time::Duration;

use bulk_endpoint::testing::{Fake, FakeRequest, FakeServer, Fault, Refuse};
use bulk_endpoint::{
    Bulk, BulkItem, BulkReply, Client, Outcome, OutcomeKind, OutcomeOf, Report, Verified, Watch, bulk_api,
};
use futures_util::{FutureExt, StreamExt, stream};
use serde::{Deserialize, Serialize, Serializer};

/// An item that panics on request, while it is encoded or hashed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, BulkItem)]
struct Touchy(String);

impl Serialize for Touchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(!self.0.ends_with("serialize"), "the item's own mistake");
        serializer.serialize_str(&self.0)
    }
}

impl std::hash::Hash for Touchy {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        assert!(!self.0.ends_with("hash"), "the item's own mistake");
        self.0.hash(state);
    }
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
struct Done {
    #[bulk(succeeded)]
    done: Vec<Touchy>,
}

#[bulk_api]
trait Ends {
    #[post("/ends")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn ends(&self) -> Bulk<Touchy, Done>;
}

type TouchyReport = Report<Touchy, Done, ()>;
type TouchyWatch = Watch<Touchy, Done, ()>;

const ITEMS: usize = 100;

fn items() -> Vec<Touchy> {
    (0..ITEMS).map(|n| Touchy(format!("t{n}"))).collect()
}

/// The latency of a slow server, which applies a request when it comes.
const LATENCY: Duration = Duration::from_millis(400);

/// The latency of a fast server.
const QUICK: Duration = Duration::from_millis(5);

fn fake(latency: Duration) -> Fake {
    Fake::new().endpoint(EndsClient::ENDS, |_| Outcome::succeeded()).latency(latency)
}

fn bulk(fake: &FakeServer) -> Bulk<Touchy, Done> {
    EndsClient::new(Client::builder(fake.url()).build().unwrap()).ends()
}

async fn server(latency: Duration) -> (FakeServer, Bulk<Touchy, Done>) {
    let fake = fake(latency).start().await.unwrap();
    let bulk = bulk(&fake);
    (fake, bulk)
}

/// Waits until the server has seen this number of requests.
async fn seen(fake: &FakeServer, requests: usize) {
    while fake.request_count() < requests {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Checks that nothing more is sent from now on, also after the responses to requests in flight, and that at most `most_requests` came.
async fn silent(fake: &FakeServer, most_requests: usize) {
    tokio::time::sleep(LATENCY / 4).await;
    let before = fake.request_count();
    tokio::time::sleep(LATENCY + LATENCY / 2).await;
    assert_eq!(fake.request_count(), before, "something was sent afterwards");
    assert!(before <= most_requests, "{before} requests");
}

/// Checks that nothing more is sent, and that each outcome agrees with what the server has done.
async fn check(fake: &FakeServer, outcomes: &[(Touchy, OutcomeOf<Done, ()>)], most_requests: usize) {
    silent(fake, most_requests).await;
    let applied: HashSet<String> = fake.applied(EndsClient::ENDS).into_iter().map(|id| id.0).collect();
    for (item, outcome) in outcomes {
        let holds = match outcome.kind() {
            OutcomeKind::Succeeded => applied.contains(&item.0),
            OutcomeKind::Unknown => true,
            _ => !applied.contains(&item.0),
        };
        assert!(holds, "{item:?} {outcome:?}, applied: {}", applied.contains(&item.0));
    }
    let of: HashSet<&String> = outcomes.iter().map(|(item, _)| &item.0).collect();
    assert_eq!(of.len(), ITEMS, "every item has its outcome, once");
    assert_eq!(outcomes.len(), ITEMS);
}

async fn check_report(fake: &FakeServer, report: TouchyReport, most_requests: usize) {
    assert!(report.counters().balanced());
    assert_eq!(report.counters().settled(), report.counters().accepted);
    let outcomes: Vec<_> = report.into_outcomes().collect();
    check(fake, &outcomes, most_requests).await;
}

/// Returns the number of items with this outcome.
fn count(report: &TouchyReport, kind: OutcomeKind) -> usize {
    report.counters().of(kind)
}

/// A server that responds to the first two requests at once and to the others after `delay`, so that the third and the fourth are under
/// way for that long, however busy the machine is.
async fn holding(delay: Duration) -> (FakeServer, Bulk<Touchy, Done>) {
    let hold = move |request: &FakeRequest| (request.number >= 2).then(|| Fault::late(delay));
    let fake = fake(Duration::ZERO).on_request(hold).start().await.unwrap();
    let bulk = bulk(&fake);
    (fake, bulk)
}

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3_600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_drop_nothing_is_sent_and_all_is_accounted_for() {
    let (fake, bulk) = holding(FOR_EVER).await;
    let run = bulk.send(items()).concurrency(2);
    let watch = run.watch();
    let mut run = Box::pin(run.into_future());
    tokio::select! {
        _ = &mut run => panic!("it has more to do"),
        () = seen(&fake, 4) => drop(run),
    }
    let report = watch.report();
    assert_eq!((count(&report, OutcomeKind::Unknown), count(&report, OutcomeKind::NotAttempted)), (10, 80));
    check_report(&fake, report, 4).await;
}

/// Sends items, and calls `order` when the server has seen four requests. It holds the last two for this long.
async fn ordered(held: Duration, order: impl Fn(&TouchyWatch)) -> (FakeServer, TouchyReport) {
    let (fake, bulk) = holding(held).await;
    let run = bulk.send(items()).concurrency(2);
    let watch = run.watch();
    let (report, ()) = tokio::join!(run.into_future(), seen(&fake, 4).map(|()| order(&watch)));
    (fake, report)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_cancel_nothing_is_sent_and_all_is_accounted_for() {
    let (fake, report) = ordered(FOR_EVER, Watch::cancel).await;
    assert_eq!((count(&report, OutcomeKind::Unknown), count(&report, OutcomeKind::NotAttempted)), (10, 80));
    check_report(&fake, report, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_stop_what_is_under_way_ends_and_nothing_more_is_sent() {
    let (fake, report) = ordered(5 * LATENCY, Watch::stop).await;
    assert_eq!((count(&report, OutcomeKind::Succeeded), count(&report, OutcomeKind::NotAttempted)), (20, 80));
    check_report(&fake, report, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_deadline_nothing_is_sent_and_all_is_accounted_for() {
    let (fake, bulk) = server(LATENCY).await;
    let report = bulk.send(items()).concurrency(2).run_timeout(LATENCY + LATENCY / 2).await;
    assert!(count(&report, OutcomeKind::NotAttempted) > 0, "{report}");
    check_report(&fake, report, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_its_stream_is_dropped_nothing_is_sent_and_the_counters_are_whole() {
    let (fake, bulk) = server(LATENCY).await;
    let run = bulk.send(items()).concurrency(2);
    let watch = run.watch();
    let mut outcomes = run.outcomes();
    for _ in 0..7 {
        assert!(outcomes.next().await.unwrap().outcome.is_success());
    }
    drop(outcomes);
    let counters = watch.counters();
    assert!(counters.balanced() && counters.settled() == ITEMS, "{counters:?}");
    silent(&fake, watch.requests()).await;
    let applied = fake.applied(EndsClient::ENDS).len();
    assert!((counters.succeeded..=counters.succeeded + counters.unknown).contains(&applied), "{applied} {counters:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_the_consumer_is_a_drop() {
    let (fake, bulk) = server(LATENCY).await;
    let run = bulk.send(items()).concurrency(2);
    let watch = run.watch();
    let consumer = tokio::spawn(async move {
        let mut outcomes = run.outcomes();
        while let Some(settled) = outcomes.next().await {
            assert!(settled.index < 12, "the consumer's own mistake");
        }
    });
    assert!(consumer.await.unwrap_err().is_panic());
    let counters = watch.counters();
    assert!(counters.balanced() && counters.settled() == ITEMS, "{counters:?}");
    assert!(counters.not_attempted > 0 && counters.unknown > 0, "{counters:?}");
    silent(&fake, watch.requests()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_fails_or_panics_half_way_ends_the_input() {
    let failing =
        || items().into_iter().enumerate().map(|(n, item)| if n == 52 { Err("no more rows") } else { Ok(item) });
    let panicking = || {
        items().into_iter().enumerate().map(|(n, item)| {
            assert!(n != 52, "no more rows");
            item
        })
    };
    async fn ends(send: impl FnOnce(Bulk<Touchy, Done>) -> bulk_endpoint::Run<'static, Touchy, Done, (), Touchy>) {
        let (fake, bulk) = server(QUICK).await;
        let report = send(bulk).concurrency(2).await;
        let error = report.source_error().expect("it says so").to_string();
        assert!(error.contains("no more rows"), "{error}");
        assert_eq!((report.counters().accepted, report.counters().succeeded), (52, 52));
        assert!(report.into_result().is_err());
        let applied: HashSet<String> = fake.applied(EndsClient::ENDS).into_iter().map(|id| id.0).collect();
        assert_eq!(applied, items()[..52].iter().map(|item| item.0.clone()).collect());
        silent(&fake, 11).await;
    }
    ends(move |bulk| bulk.send(failing())).await;
    ends(move |bulk| bulk.send(panicking())).await;
    ends(move |bulk| bulk.send_stream(stream::iter(failing()))).await;
    ends(move |bulk| bulk.send_stream(stream::iter(panicking()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_panics_under_a_drop_is_accounted_for() {
    let (fake, bulk) = server(LATENCY).await;
    let source = items().into_iter().enumerate().map(|(n, item)| {
        assert!(n != 52, "no more rows");
        item
    });
    let run = bulk.send(source).concurrency(2);
    let watch = run.watch();
    assert!(tokio::time::timeout(LATENCY / 2, run.into_future()).await.is_err());
    let report = watch.report();
    assert_eq!((report.counters().accepted, report.counters().settled()), (52, 52));
    assert!(report.source_error().is_some());
    silent(&fake, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_while_it_is_told_what_happens_changes_nothing() {
    let (fake, bulk) = server(QUICK).await;
    let report = bulk.send(items()).concurrency(4).on_event(|_, _| panic!("the callback's own mistake")).await;
    assert_eq!(count(&report, OutcomeKind::Succeeded), ITEMS);
    check_report(&fake, report, ITEMS / 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_panics_is_not_sent_and_its_report_can_be_read() {
    for mistake in ["serialize", "hash"] {
        let (fake, bulk) = server(QUICK).await;
        let mut items = items();
        items[52].0.push_str(mistake);
        let report = bulk.send(items).concurrency(4).await;
        assert_eq!((count(&report, OutcomeKind::Succeeded), count(&report, OutcomeKind::NotAttempted)), (ITEMS - 1, 1));
        let told = report.to_string();
        assert!(told.contains("panicked"), "{told}");
        check_report(&fake, report, ITEMS / 5).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_who_is_asked_leaves_the_items_unknown_and_sends_nothing_again() {
    let fault = |request: &FakeRequest| (request.number == 3).then(|| Refuse::new(500).after_applying());
    let fake = fake(QUICK).on_request(fault).start().await.unwrap();
    let bulk = bulk(&fake);
    type Said = Result<Vec<(Touchy, Verified)>, Infallible>;
    let verify =
        |_: Vec<Touchy>| async { if true { panic!("the callback's own mistake") } else { Said::Ok(Vec::new()) } };
    let report = bulk.send(items()).concurrency(2).verify(verify).await;
    assert_eq!((count(&report, OutcomeKind::Succeeded), count(&report, OutcomeKind::Unknown)), (ITEMS - 5, 5));
    assert_eq!(fake.applied(EndsClient::ENDS).len(), ITEMS, "each once");
    check_report(&fake, report, ITEMS / 5).await;
}
