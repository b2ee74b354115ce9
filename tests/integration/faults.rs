//! Network faults over real sockets, HTTP/1.1 and HTTP/2: each alone, and many in a long run, compared with what the server did.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::testing::{Fake, FakeServer, Fault, Refuse};
use bulk_endpoint::{Event, Outcome, RetryBudget, UncertaintyKind};
use bulk_endpoint_api_defs::csp::{CspErrorResponse, OrgApiTokens, OrgApiTokensClient, OrgId, TokenFailure, TokenId};

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};

use crate::over::{Http, Over, Wire};
use crate::support::{Failure, Id, Shapes, ShapesClient, ids, words};

/// A server whose first request meets a fault.
async fn faulty(fault: impl Fn() -> Fault + Send + Sync + 'static) -> FakeServer {
    Fake::new()
        .endpoint(ShapesClient::LISTS, |_: &Id| Outcome::succeeded())
        .endpoint(ShapesClient::IDEMPOTENT, |_: &Id| Outcome::succeeded())
        .on_request(move |request| (request.number == 0).then(&fault))
        .start()
        .await
        .unwrap()
}

fn shapes(fake: &FakeServer, wire: Wire, timeout: Duration) -> ShapesClient {
    ShapesClient::new(wire.client(fake.url()).timeout(timeout).build().unwrap())
}

/// Longer than a response takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn each_fault_ends_in_the_outcome_that_it_proves() {
    let long = Duration::from_secs(3_600);
    type Make = Box<dyn Fn() -> Fault + Send + Sync>;
    // The outcome after the fault on an endpoint that is not idempotent; `succeeded`: nothing was lost.
    let cases: Vec<(Make, &str, &str)> = vec![
        (Box::new(Fault::reset), "unknown reset", "unknown reset"),
        (Box::new(Fault::close), "unknown reset", "unknown reset"),
        (Box::new(Fault::garbage), "unknown reset", "unknown reset"),
        (Box::new(|| Fault::reset().after_applying()), "unknown reset", "unknown reset"),
        (Box::new(|| Fault::close().after_applying()), "unknown reset", "unknown reset"),
        (Box::new(|| Fault::garbage().after_applying()), "unknown reset", "unknown reset"),
        (Box::new(Fault::refuse_stream), "unknown reset", "succeeded"),
        (Box::new(Fault::reset_in_body), "unknown cut_off", "unknown cut_off"),
        (Box::new(Fault::cut_off), "unknown cut_off", "unknown cut_off"),
        (Box::new(|| Fault::drip(Duration::from_millis(1))), "succeeded", "succeeded"),
        (Box::new(move || Fault::drip(long)), "unknown timeout", "unknown timeout"),
        (Box::new(move || Fault::late(long)), "unknown timeout", "unknown timeout"),
        (Box::new(Fault::go_away), "succeeded", "succeeded"),
        (Box::new(|| Refuse::new(503).into()), "unknown server_error", "unknown server_error"),
    ];
    // Most of the time is waited: for a timeout, and before each retry.
    let checks = cases.into_iter().map(async |(fault, one, two)| {
        let (name, applies) = (format!("{:?}", fault()), fault().applies());
        let fault = Arc::new(fault);
        // Only the faults that take longer than any timeout are waited for; the retry has the same time.
        let timeout = if one == "unknown timeout" { Duration::from_secs(2) } else { LONG };
        for wire in Wire::ALL {
            let want = if wire.http == Http::One { one } else { two };
            let fake = faulty({
                let fault = fault.clone();
                move || fault()
            })
            .await;
            let report = shapes(&fake, wire, timeout).lists("org").send(ids(2)).await;
            assert_eq!(words(&report), [want; 2], "{name}, {wire:?}: {report}");
            let resent = want == "succeeded" && !applies;
            assert_eq!(fake.request_count(), 1 + usize::from(resent), "{name}, {wire:?}: not safe to repeat");
            assert_eq!(fake.applied_count(), if applies || resent { 2 } else { 0 }, "{name}, {wire:?}");

            // The same on an idempotent endpoint: all items succeed, and items are applied only by requests that the server saw.
            let fake = faulty({
                let fault = fault.clone();
                move || fault()
            })
            .await;
            let report = shapes(&fake, wire, timeout).idempotent().send(ids(2)).await;
            assert_eq!(words(&report), ["succeeded"; 2], "{name}, {wire:?}: {report}");
            let requests = if one == "succeeded" { 1 } else { 2 };
            assert_eq!(fake.request_count(), requests, "{name}, {wire:?}");
            assert_eq!(fake.applied_count(), if applies { 2 * requests } else { 2 }, "{name}, {wire:?}");
        }
    });
    stream::iter(checks).buffer_unordered(4).collect::<()>().await;
}

#[tokio::test]
async fn the_fake_says_what_it_did_to_whom() {
    let fake = faulty(Fault::reset).await;
    let _ = shapes(&fake, Wire { over: Over::Hyper, http: Http::Two }, LONG).idempotent().send(ids(2)).await;
    let exchanges = fake.requests();
    let faults: Vec<Option<String>> =
        exchanges.iter().map(|exchange| exchange.fault.as_ref().map(|fault| format!("{fault:?}"))).collect();
    assert_eq!(faults, [Some(format!("{:?}", Fault::reset())), None]);
    assert_eq!(exchanges[1].request.version, reqwest::Version::HTTP_2);
    assert_eq!(exchanges[1].request.path, "/again");
}

#[tokio::test]
async fn after_a_go_away_comes_another_connection() {
    for wire in Wire::ALL {
        let fake = faulty(Fault::go_away).await;
        let report = shapes(&fake, wire, LONG).lists("org").send(ids(30)).concurrency(1).await;
        assert_eq!((words(&report), fake.request_count()), (vec!["succeeded".to_owned(); 30], 10), "{wire:?}");
    }
}

// A GOAWAY that excludes a stream is written by hand, since hyper's server cannot be made to send one.

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

// Types of frames (RFC 9113, section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// Reads an HTTP/2 request to its end.
fn read_request(stream: &mut TcpStream) {
    stream.read_exact(&mut [0; 24]).unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).unwrap();
        if matches!(head[3], DATA | HEADERS) && head[4] & 1 == 1 {
            return;
        }
    }
}

/// Responds to the first connection's request with a GOAWAY that names `last`, and to the others with success.
fn goes_away(last: u32) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the test's process. It holds only its port.
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            read_request(&mut stream);
            let mut said = [frame(SETTINGS, 0, 0, &[]), frame(SETTINGS, 1, 0, &[])].concat();
            if number == 0 {
                let payload = [last.to_be_bytes(), [0; 4]].concat();
                said.extend(frame(GOAWAY, 0, 0, &payload));
                stream.write_all(&said).unwrap();
                // The client should read it before the connection ends.
                std::thread::sleep(Duration::from_millis(200));
                continue;
            }
            // `:status: 200` is entry 8 of HPACK's static table.
            said.extend(frame(HEADERS, 4, 1, &[0x88]));
            said.extend(frame(DATA, 1, 1, br#"{"successes":["t0","t1"]}"#));
            stream.write_all(&said).unwrap();
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    url
}

#[tokio::test]
async fn a_go_away_says_which_requests_were_not_looked_at() {
    // The run itself sends and counts retries, not the HTTP client below it.
    for over in Over::BOTH {
        for (last, want, requests) in [(0, "succeeded", 2), (1, "unknown reset", 1)] {
            let client = Wire { over, http: Http::Two }.client(&goes_away(last)).timeout(Duration::from_secs(5));
            let report = ShapesClient::new(client.build().unwrap()).lists("org").send(ids(2)).await;
            let found = (words(&report), report.requests());
            assert_eq!(found, (vec![want.to_owned(); 2], requests), "{over:?}, {last}: {report}");
        }
    }
}

// A long run with many faults.

/// One request in twenty meets a fault, of each kind in turn.
fn fault(number: usize) -> Option<Fault> {
    let tick = Duration::from_millis(1);
    (number % 20 == 7).then(|| match number / 20 % 14 {
        0 => Fault::reset(),
        1 => Fault::reset().after_applying(),
        2 => Fault::close(),
        3 => Fault::close().after_applying(),
        4 => Fault::garbage(),
        5 => Fault::garbage().after_applying(),
        6 => Fault::refuse_stream(),
        7 => Fault::reset_in_body(),
        8 => Fault::cut_off(),
        9 => Fault::drip(tick),
        10 => Fault::late(Duration::from_secs(20)),
        11 => Fault::go_away(),
        12 => Refuse::new(500).after_applying().into(),
        _ => Refuse::new(429).header("Retry-After", "0").into(),
    })
}

/// Counts the requests in flight, as the client sees them.
#[derive(Default)]
struct UnderWay {
    now: usize,
    most: usize,
}

impl UnderWay {
    fn count(&mut self, event: &Event) {
        match event {
            Event::Sent { .. } => self.now += 1,
            Event::Ended { .. } => self.now -= 1,
            _ => {}
        }
        self.most = self.most.max(self.now);
    }
}

fn wrong(id: &TokenId) -> bool {
    id.as_ref().ends_with('9')
}

/// Deactivates `count` tokens. Tokens that end with 9 always fail. Tokens that end with 7 can be deactivated only once: a second attempt
/// fails.
async fn hold_to_the_truth(wire: Wire, count: usize) {
    let done: Mutex<HashSet<TokenId>> = Mutex::default();
    let fake = Fake::new()
        .endpoint(OrgApiTokensClient::DEACTIVATE, move |id: &TokenId| -> Outcome<(), TokenFailure, CspErrorResponse> {
            let again = id.as_ref().ends_with('7') && !done.lock().unwrap().insert(id.clone());
            if wrong(id) || again {
                return Outcome::failed(TokenFailure { id: id.clone(), message: "already inactive".into() });
            }
            Outcome::succeeded()
        })
        .on_request(|request| fault(request.number))
        .start()
        .await
        .unwrap();
    let client =
        wire.client(fake.url()).timeout(Duration::from_secs(1)).retry_budget(RetryBudget::unlimited()).build().unwrap();
    let ids: Vec<TokenId> = (0..count).map(|n| TokenId::from(format!("t{n}"))).collect();
    let (mut settled, mut under_way) = (vec![0_u8; count], UnderWay::default());
    let bulk = OrgApiTokensClient::new(client);
    let bulk = bulk.deactivate(&OrgId::from("org"));
    // On HTTP/2 a broken connection ends eight requests, so more attempts are needed.
    let run = bulk.send(&ids).concurrency(8).max_attempts(10).on_event(|event, _| {
        under_way.count(event);
        if let Event::Settled { index, .. } = event {
            settled[*index] += 1;
        }
    });
    let report = run.await;

    assert!(settled.iter().all(|times| *times == 1), "each item ends exactly once");
    assert_eq!(report.iter().count(), count);
    assert!(under_way.most <= 8 && fake.most_items() <= 15, "{} {}", under_way.most, fake.most_items());
    if wire.http == Http::One {
        // On HTTP/2 the server still works on requests after their connection has ended.
        assert!(fake.most_in_flight() <= 8, "{}", fake.most_in_flight());
    }
    let mut applied: HashMap<TokenId, usize> = HashMap::new();
    for id in fake.applied(OrgApiTokensClient::DEACTIVATE) {
        *applied.entry(id).or_default() += 1;
    }
    for (id, outcome) in report.iter() {
        let applied = applied.get(*id).copied().unwrap_or(0);
        let true_to_it = match outcome {
            Outcome::Succeeded(_) => applied > 0,
            // An item that an uncertain attempt may have applied is not failed.
            Outcome::Failed(_) => applied == 0 && wrong(id),
            // All items were sent, so unknown outcomes are failures after an uncertain attempt.
            Outcome::Unknown(doubt) => doubt.kind == UncertaintyKind::FailedLater,
            Outcome::Refused(_) | Outcome::NotAttempted(_) => false,
        };
        assert!(
            true_to_it,
            "{}: {} ({:?}) though applied {applied} times: {report}",
            id.as_ref(),
            outcome.kind(),
            outcome.message()
        );
    }
    let exchanges = fake.requests();
    let faults = exchanges.iter().filter(|exchange| exchange.fault.is_some() || exchange.status != 200).count();
    assert!(faults * 21 >= exchanges.len(), "{faults} faults in {} requests", exchanges.len());
    let counters = report.counters();
    assert!(counters.unknown > 0, "no attempt was in doubt");
    let clean = count / 10 * 8;
    assert!(counters.succeeded >= clean, "{} of {clean} succeeded: {report}", counters.succeeded);
}

/// `WIRE_ITEMS` sets the number of items; 150 000 take two minutes.
fn item_count() -> usize {
    std::env::var("WIRE_ITEMS").map_or(10_000, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_is_true_over_http_1() {
    join_all(Over::BOTH.map(|over| hold_to_the_truth(Wire { over, http: Http::One }, item_count()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_is_true_over_http_2() {
    join_all(Over::BOTH.map(|over| hold_to_the_truth(Wire { over, http: Http::Two }, item_count()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_safe_to_repeat_is_applied_at_most_once() {
    join_all(Wire::ALL.map(async |wire| {
        let fake = Fake::new()
            .endpoint(ShapesClient::LISTS, |id: &Id| match id.0.ends_with('9') {
                true => Outcome::failed(Failure { id: id.clone(), message: "no".into(), code: None }),
                false => Outcome::succeeded(),
            })
            .on_request(|request| fault(request.number))
            .start()
            .await
            .unwrap();
        let client = wire.client(fake.url()).timeout(Duration::from_secs(1)).build().unwrap();
        let ids = ids(3_000);
        let report = ShapesClient::new(client).lists("org").send(&ids).concurrency(8).await;
        let applied = fake.applied(ShapesClient::LISTS);
        let once: HashSet<&Id> = applied.iter().collect();
        assert_eq!(once.len(), applied.len(), "an item was applied twice");
        for (id, outcome) in report.iter() {
            let true_to_it = match outcome {
                Outcome::Succeeded(_) => once.contains(id),
                Outcome::Unknown(_) => true,
                Outcome::Failed(_) | Outcome::Refused(_) | Outcome::NotAttempted(_) => !once.contains(id),
            };
            assert!(true_to_it, "{wire:?}: {} is {}", id.0, outcome.kind());
        }
        assert_eq!(report.counters().not_attempted, 0, "{report}");
    }))
    .await;
}
