//! Clients that share a throttle: processes that know of each other only by it, in virtual time.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests, helpers included; nobody outside sees them"
)]

#[path = "../sim/shared.rs"]
mod memory_throttle;

use std::future::IntoFuture;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::shared_throttle::{
    Closed, PermitEnd, PermitRequest, SharedAdmission, SharedPermit, SharedThrottle, ThrottleError,
};
use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::{Request, TransportErrorKind};
use bulk_endpoint::{Bulk, BulkItem, BulkReply, Client, ClientBuilder, Clock, Event, Status, TokioClock, bulk_api};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join, join3};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::memory_throttle::MemoryThrottle;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
struct Id(String);

#[derive(Debug, Deserialize, BulkReply)]
struct Done {
    #[bulk(succeeded)]
    done: Vec<Id>,
}

#[derive(Debug, Deserialize, BulkReply)]
struct Job {
    #[bulk(job)]
    id: Option<String>,
    #[bulk(status)]
    state: State,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Id>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
}

#[bulk_api]
trait Tokens {
    #[post("/off")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn off(&self) -> Bulk<Id, Done>;

    #[post("/limited")]
    #[bulk_endpoint(max = 3, partial = true, rate = "2/10s")]
    fn limited(&self) -> Bulk<Id, Done>;

    #[post("/limited-items")]
    #[bulk_endpoint(max = 3, partial = true, rate = "4 items/1s")]
    fn limited_items(&self) -> Bulk<Id, Done>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 3, partial = true, poll = "/jobs/{job}")]
    fn job(&self) -> Bulk<Id, Job>;
}

fn ids(count: usize) -> Vec<Id> {
    (0..count).map(|n| Id(format!("t{n}"))).collect()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// All items of a request are done.
fn all_done(request: &Request) -> Script {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    Script::response(200, json!({ "done": body["ids"] }).to_string())
}

/// The times at which a host got requests, and the number of their items.
type Arrivals = Arc<Mutex<Vec<(Duration, usize)>>>;

/// A host, and clients that share a throttle.
struct World {
    clock: TokioClock,
    arrivals: Arrivals,
}

impl World {
    fn new() -> Self {
        let clock = TokioClock::new();
        clock.now();
        World { clock, arrivals: Arrivals::default() }
    }

    /// A client of one process. `script` gets the number of the request over all clients.
    fn client(
        &self,
        throttle: &impl IntoShared,
        script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static,
    ) -> TokensClient {
        let (clock, arrivals) = (self.clock.clone(), self.arrivals.clone());
        let transport = ScriptedTransport::new(self.clock.clone(), move |_, request| {
            let count = {
                let mut arrivals = arrivals.lock().unwrap();
                let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                arrivals.push((clock.now(), body["ids"].as_array().map_or(0, Vec::len)));
                arrivals.len() - 1
            };
            script(count, request)
        });
        let builder = Client::builder("https://api.example.com/").transport(transport).clock(self.clock.clone());
        TokensClient::new(throttle.share(builder).build().unwrap())
    }

    fn arrivals(&self) -> Vec<(Duration, usize)> {
        self.arrivals.lock().unwrap().clone()
    }

    fn times(&self) -> Vec<Duration> {
        self.arrivals().into_iter().map(|(at, _)| at).collect()
    }
}

trait IntoShared {
    fn share(&self, builder: ClientBuilder) -> ClientBuilder;
}

impl<T: SharedThrottle + Clone> IntoShared for T {
    fn share(&self, builder: ClientBuilder) -> ClientBuilder {
        builder.shared_throttle(self.clone())
    }
}

/// The most in any window of this length, of so many at each time.
fn most_in(arrivals: &[(Duration, usize)], window: Duration) -> usize {
    let within = |from: Duration| arrivals.iter().filter(move |(at, _)| (from..from + window).contains(at));
    arrivals.iter().map(|(from, _)| within(*from).map(|(_, count)| count).sum()).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn a_rate_holds_over_all_clients() {
    let world = World::new();
    // Two requests in 10 s. An answer of the throttle takes a while, and so does the host.
    let throttle = MemoryThrottle::new(world.clock.clone()).answering(|_| (Duration::from_millis(3), Ok(())));
    let slow = |_: usize, request: &Request| all_done(request).after(Duration::from_millis(200));
    let [one, two, three] = [(); 3].map(|()| world.client(&throttle, slow));
    let [one, two, three] =
        [&one, &two, &three].map(|client| client.limited().send(ids(9)).concurrency(4).into_future());
    let (one, two, three) = join3(one, two, three).await;
    for report in [one, two, three] {
        assert_eq!(report.counters().succeeded, 9, "{report}");
    }
    let requests: Vec<_> = world.times().into_iter().map(|at| (at, 1)).collect();
    assert_eq!((requests.len(), most_in(&requests, seconds(10))), (9, 2), "{requests:?}");
    // Each window is filled, but for the time of a request and the next question.
    assert!(world.clock.now() < seconds(42), "{:?}", world.clock.now());
}

#[tokio::test(start_paused = true)]
async fn a_permit_for_items_is_for_as_many_as_leave() {
    let world = World::new();
    let throttle = MemoryThrottle::new(world.clock.clone()).answering(|_| (Duration::from_millis(3), Ok(())));
    let [one, two] = [(); 2].map(|()| world.client(&throttle, |_, request: &Request| all_done(request)));
    // Four items a second, at most three a request. The source is slower than the answers, so that batches grow while they wait.
    let clock = world.clock.clone();
    let trickle = futures_util::stream::unfold(ids(7).into_iter(), move |mut ids| {
        let wait = clock.sleep_until(clock.now() + Duration::from_millis(2));
        async move {
            wait.await;
            Some((Ok::<_, std::convert::Infallible>(ids.next()?), ids))
        }
    });
    let (one, two) = (one.limited_items(), two.limited_items());
    let runs = join(one.send_stream(trickle).into_future(), two.send(ids(7)).into_future());
    let (one, two) = runs.await;
    assert_eq!((one.counters().succeeded, two.counters().succeeded), (7, 7), "{one} {two}");
    assert_eq!(most_in(&world.arrivals(), seconds(1)), 4, "{:?}", world.arrivals());
    assert!(world.clock.now() >= seconds(3) && world.clock.now() < seconds(5), "{:?}", world.clock.now());
}

#[tokio::test(start_paused = true)]
async fn a_delay_that_one_client_is_told_stops_the_others_and_one_request_probes_for_all() {
    let world = World::new();
    let throttle = MemoryThrottle::new(world.clock.clone());
    let busy = |number: usize, request: &Request| match number {
        0 => Script::response(429, "").header("retry-after", "20"),
        _ => all_done(request).after(seconds(2)),
    };
    let clients = [(); 3].map(|()| world.client(&throttle, busy));
    let waits = Mutex::new(Vec::new());
    let note = |event: &Event, _: &_| {
        if let Event::Waiting { wait, why, .. } = event {
            waits.lock().unwrap().push((*wait, why.clone()));
        }
    };
    let send = |client: &TokensClient| client.off().send(ids(6)).concurrency(2).on_event(note).into_future();
    let first = send(&clients[0]);
    // The others start when the first was told.
    let later = async {
        tokio::time::sleep(seconds(1)).await;
        join(send(&clients[1]), send(&clients[2])).await
    };
    let (one, (two, three)) = join(first, later).await;
    for report in [one, two, three] {
        assert!(report.is_complete(), "{report}");
    }
    let times = world.times();
    // None before the 20 s are over, and none beside the probe, which takes 2 s.
    assert_eq!((times[0], times[1]), (seconds(0), seconds(20)), "{times:?}");
    assert!(times[2] >= seconds(22), "one probe: {times:?}");
    let waits = waits.into_inner().unwrap();
    assert!(
        waits.iter().any(|(wait, why)| *wait == seconds(19) && why.contains("429")),
        "told to the others: {waits:?}"
    );
    assert!(waits.len() < 10, "the questions while the probe is in flight are no events: {waits:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_probed_once_for_all_with_growing_waits() {
    let world = World::new();
    let throttle = MemoryThrottle::new(world.clock.clone());
    let clock = world.clock.clone();
    let away = move |_: usize, request: &Request| match clock.now() < seconds(60) {
        true => Script::error(TransportErrorKind::NotSent, "refused"),
        false => all_done(request),
    };
    let clients = [(); 3].map(|()| world.client(&throttle, away.clone()));
    let runs = clients.each_ref().map(|client| client.off().send(ids(9)).patience(seconds(600)));
    let [one, two, three] = runs.map(IntoFuture::into_future);
    let (one, two, three) = join3(one, two, three).await;
    // A client that never had a response gives up early, as one without a shared throttle does. The last one sees the host come back.
    let done = [&one, &two, &three].map(|report| report.counters().succeeded);
    let times = world.times();
    let before = times.iter().filter(|at| **at < seconds(15)).count();
    assert!(before <= 16, "{before} requests in 15 s of an outage: {times:?}, {done:?}");
    for pair in times.windows(2).skip(12) {
        assert_ne!(pair[0], pair[1], "two probes at once: {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttle_that_fails_lets_nothing_leave_and_has_its_own_patience() {
    for hangs in [false, true] {
        let world = World::new();
        let clock = world.clock.clone();
        let throttle = MemoryThrottle::new(world.clock.clone()).answering(move |_| match clock.now() < seconds(40) {
            true if hangs => (Duration::MAX, Ok(())),
            true => (Duration::ZERO, Err(ThrottleError::new("the database is away"))),
            false => (Duration::ZERO, Ok(())),
        });
        let client = world.client(&throttle, |_, request: &Request| all_done(request));
        let waits = Mutex::new(Vec::new());
        let run = client.off().send(ids(6)).on_event(|event, _| {
            if let Event::Waiting { why, .. } = event {
                waits.lock().unwrap().push(why.clone());
            }
        });
        let report = run.await;
        assert!(report.is_complete(), "{report}");
        assert!(world.times()[0] >= seconds(40) && world.clock.now() < seconds(120), "{:?}", world.times());
        let expected = if hangs { "no response within 10s" } else { "the database is away" };
        let waits = waits.into_inner().unwrap();
        assert!(!waits.is_empty() && waits.iter().all(|why| why.ends_with(expected)), "{waits:?}");
        // With less patience the run stops.
        let world = World::new();
        let hang = move |_: &PermitRequest| match hangs {
            true => (Duration::MAX, Ok(())),
            false => (Duration::ZERO, Err(ThrottleError::new("the database is away"))),
        };
        let throttle = MemoryThrottle::new(world.clock.clone()).answering(hang);
        let client = world.client(&throttle, |_, request: &Request| all_done(request));
        let report = client.off().send(ids(6)).patience(seconds(5)).await;
        assert_eq!((report.counters().not_attempted, world.times().len()), (6, 0), "{report}");
        let why = report.stopped().unwrap();
        assert!(why.starts_with("no request was sent within the patience of 5s: the shared throttle"), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cancelled_while_it_asks_leaves_nothing_behind() {
    let world = World::new();
    let throttle = MemoryThrottle::new(world.clock.clone()).answering(|_| (seconds(5), Ok(())));
    let client = world.client(&throttle, |_, request: &Request| all_done(request));
    let run = client.limited().send(ids(6));
    let watch = run.watch();
    let (report, ()) = join(run.into_future(), async {
        tokio::time::sleep(seconds(2)).await;
        // It holds no place of the run's concurrency, and is not sent.
        let counters = watch.counters();
        assert_eq!((counters.queued, counters.in_flight, watch.requests()), (3, 0, 0));
        watch.cancel();
    })
    .await;
    assert_eq!((report.counters().not_attempted, world.times().len()), (6, 0), "{report}");
    assert_eq!(world.clock.now(), seconds(2));
    assert_eq!(throttle.permits("https://api.example.com"), 0);
}

/// A throttle whose permits are for later, and that notes their ends.
#[derive(Clone, Default)]
struct Later {
    after: Duration,
    /// It has closed when the first permit is to be used.
    closes: Arc<Mutex<Option<Closed>>>,
    ends: Arc<Mutex<Vec<PermitEnd>>>,
    asked: Arc<Mutex<Vec<PermitRequest>>>,
}

struct LaterPermit(Later);

impl SharedThrottle for Later {
    fn enter(&self, request: PermitRequest) -> BoxFuture<'static, Result<SharedAdmission, ThrottleError>> {
        self.asked.lock().unwrap().push(request);
        let (permit, after) = (Box::new(LaterPermit(self.clone())), self.after);
        async move { Ok(SharedAdmission::Leave { permit, after }) }.boxed()
    }
}

impl SharedPermit for LaterPermit {
    fn closed(&self) -> Option<Closed> {
        self.0.closes.lock().unwrap().take()
    }

    fn end(self: Box<Self>, end: PermitEnd) {
        self.0.ends.lock().unwrap().push(end);
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_each_permit_is_reported() {
    let world = World::new();
    let throttle = Later { after: seconds(1), ..Later::default() };
    let hangs = |number: usize, request: &Request| match number {
        0 => all_done(request),
        1 => Script::response(429, "").header("retry-after", "7"),
        _ => Script::error(TransportErrorKind::Timeout, "slow").after(seconds(3)),
    };
    let client = world.client(&throttle, hangs);
    let run = client.limited().send(ids(12)).concurrency(1);
    let watch = run.watch();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(12_500)).await;
        watch.stop();
    };
    let (report, ()) = join(run.into_future(), stop).await;
    let ends = throttle.ends.lock().unwrap().clone();
    // The first two leave after 1 s and 2 s. The third waits for 7 s more and its own permit, and then for the quota of this client, which
    // has two in 10 s: it is stopped with a permit that it does not use.
    let closing = PermitEnd::Closing { delay: Some(seconds(7)), why: "response 429".into() };
    assert_eq!(ends[0], PermitEnd::Good, "{report}");
    assert!(
        matches!(&ends[1], PermitEnd::Closing { delay: Some(delay), .. } if *delay == seconds(7)),
        "{ends:?} {closing:?}"
    );
    let asked = throttle.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), ends.len(), "each has an end: {asked:?} {ends:?}");
    let quota = asked[0].quota.unwrap();
    assert_eq!((quota.to_string(), asked[0].items), ("POST /limited 2 requests/10000ms".to_owned(), 3));
    assert_eq!(&*asked[0].origin, "https://api.example.com");
}

#[tokio::test(start_paused = true)]
async fn a_request_of_a_dropped_run_is_abandoned_and_a_permit_for_later_is_not_used() {
    let world = World::new();
    let throttle = Later { after: seconds(1), ..Later::default() };
    let hangs = |_: usize, _: &Request| Script::error(TransportErrorKind::Timeout, "slow").after(seconds(25));
    let client = world.client(&throttle, hangs);
    let run = client.off().send(ids(9)).concurrency(3).into_future();
    // One is in flight, one has a permit for later.
    assert!(tokio::time::timeout(Duration::from_millis(1_500), run).await.is_err());
    assert_eq!(*throttle.ends.lock().unwrap(), [PermitEnd::Abandoned, PermitEnd::Unsent]);
    assert_eq!(world.times(), [seconds(1)]);
}

/// What a client knows already may be new to the others: they may have closed, probed and opened since.
#[tokio::test(start_paused = true)]
async fn every_refusal_and_failed_connection_is_told() {
    let world = World::new();
    let throttle = Later::default();
    let ends = |number: usize, request: &Request| {
        let end = match number {
            0 | 1 => Script::response(429, ""),
            2 => Script::error(TransportErrorKind::NotSent, "refused"),
            3 => Script::error(TransportErrorKind::NoSocket, "no socket"),
            _ => all_done(request),
        };
        end.after(Duration::from_millis(10 * number as u64 + 10))
    };
    let client = world.client(&throttle, ends);
    let report = client.off().send(ids(15)).concurrency(5).await;
    assert!(report.is_complete(), "{report}");
    let ends = throttle.ends.lock().unwrap().clone();
    let whys = ends[..3].iter().map(|end| match end {
        PermitEnd::Closing { delay: None, why } => why.to_string(),
        other => format!("{other:?}"),
    });
    let whys: Vec<_> = whys.collect();
    assert!(whys[0].contains("429") && whys[1].contains("429") && whys[2].contains("refused"), "{whys:?}");
    // It says nothing about the host.
    assert_eq!(ends[3], PermitEnd::Abandoned);
    assert_eq!(ends[4..], [PermitEnd::Good, PermitEnd::Good, PermitEnd::Good, PermitEnd::Good, PermitEnd::Good]);
}

#[tokio::test(start_paused = true)]
async fn a_permit_is_not_used_if_the_throttle_has_closed_since() {
    let world = World::new();
    let throttle = Later { after: seconds(3), ..Later::default() };
    *throttle.closes.lock().unwrap() = Some(Closed { wait: seconds(10), requested: true, why: Some("told".into()) });
    let client = world.client(&throttle, |_, request: &Request| all_done(request));
    let report = client.off().send(ids(3)).await;
    assert!(report.is_complete(), "{report}");
    // It has a permit after 3 s, waits for 10 s, and then for another permit.
    assert_eq!(world.times(), [seconds(16)]);
    assert_eq!(*throttle.ends.lock().unwrap(), [PermitEnd::Unsent, PermitEnd::Good]);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_run_gives_its_permit_back_at_once() {
    let world = World::new();
    let throttle = Later { after: seconds(5), ..Later::default() };
    let slow = |_: usize, request: &Request| all_done(request).after(seconds(20));
    let client = world.client(&throttle, slow);
    let run = client.off().send(ids(9)).concurrency(3);
    let watch = run.watch();
    // One is in flight, and one has a permit for later.
    let stop = async {
        tokio::time::sleep(seconds(7)).await;
        watch.stop();
        tokio::time::sleep(seconds(1)).await;
        assert_eq!(*throttle.ends.lock().unwrap(), [PermitEnd::Unsent]);
    };
    let (report, ()) = join(run.into_future(), stop).await;
    assert_eq!((report.counters().succeeded, report.counters().not_attempted), (3, 6), "{report}");
    assert_eq!(*throttle.ends.lock().unwrap(), [PermitEnd::Unsent, PermitEnd::Good]);
}

/// A throttle that panics in one of its functions.
#[derive(Clone)]
struct Panics {
    place: &'static str,
    calls: Arc<AtomicUsize>,
}

impl SharedThrottle for Panics {
    fn enter(&self, _: PermitRequest) -> BoxFuture<'static, Result<SharedAdmission, ThrottleError>> {
        let (first, this) = (self.calls.fetch_add(1, Ordering::Relaxed) == 0, self.clone());
        assert!(!first || self.place != "enter", "a panic of the test");
        async move {
            assert!(!first || this.place != "answer", "a panic of the test");
            Ok(SharedAdmission::Leave { permit: Box::new(this), after: Duration::ZERO })
        }
        .boxed()
    }
}

impl SharedPermit for Panics {
    fn closed(&self) -> Option<Closed> {
        assert!(self.calls.load(Ordering::Relaxed) > 1 || self.place != "closed", "a panic of the test");
        None
    }

    fn end(self: Box<Self>, _: PermitEnd) {
        assert!(self.place != "end", "a panic of the test");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_throttle_is_a_failure() {
    for place in ["enter", "answer", "closed", "end"] {
        let world = World::new();
        let throttle = Panics { place, calls: Arc::default() };
        let client = world.client(&throttle, |_, request: &Request| all_done(request));
        let waits = AtomicUsize::new(0);
        let run = client.off().send(ids(6)).on_event(|event, _| {
            if let Event::Waiting { why, .. } = event {
                assert!(why.ends_with("it panicked"), "{why}");
                waits.fetch_add(1, Ordering::Relaxed);
            }
        });
        let report = run.await;
        assert!(report.is_complete(), "{place}: {report}");
        assert_eq!(waits.load(Ordering::Relaxed), usize::from(place != "end"), "{place}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_polled_with_a_permit() {
    let world = World::new();
    let throttle = Later::default();
    let job = |number: usize, _: &Request| match number {
        0 => Script::response(202, r#"{"id":"7","state":"running"}"#),
        _ => Script::response(200, r#"{"id":"7","state":"done","done":["t0","t1"]}"#),
    };
    let client = world.client(&throttle, job);
    let report = client.job().send(ids(2)).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(throttle.asked.lock().unwrap().len(), 2);
    assert_eq!(*throttle.ends.lock().unwrap(), [PermitEnd::Good, PermitEnd::Good]);
}
