//! Hosts that are away, that fail, and that refuse for a while: scripted in virtual time, and behind real sockets.

use std::collections::HashSet;
use std::future::IntoFuture;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bulk_endpoint::transport::{HyperTransport, ReqwestTransport, TransportErrorKind};
use bulk_endpoint::{Bulk, Client, Event, NotAttempted, OutcomeKind, Report, testing::Script};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{Value, json};

use crate::over::Over;
use crate::support::{
    Changed, Error, Id, Shapes, ShapesClient, all_done, ids, scripted, scripted_by, scripted_counting, seconds,
    sent_ids, words,
};

/// A server behind a real socket that can be stopped and started again at the same address.
struct Vendor {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    connections: Arc<AtomicUsize>,
}

#[derive(Default)]
struct State {
    open: Vec<TcpStream>,
    done: HashSet<String>,
    is_away: bool,
}

impl Vendor {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let vendor = Vendor {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
            connections: Arc::new(AtomicUsize::new(0)),
        };
        vendor.listen(listener);
        vendor
    }

    fn listen(&self, listener: TcpListener) {
        let (state, connections) = (self.state.clone(), self.connections.clone());
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            while !state.lock().unwrap().is_away {
                let Ok((stream, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(1));
                    continue;
                };
                connections.fetch_add(1, Ordering::SeqCst);
                stream.set_nonblocking(false).unwrap();
                state.lock().unwrap().open.push(stream.try_clone().unwrap());
                let state = state.clone();
                std::thread::spawn(move || while answer(&stream, &state).is_some() {});
            }
        });
    }

    /// Closes the listener and every connection, and listens again after `away`.
    fn restart(&self, away: Duration) {
        {
            let mut state = self.state.lock().unwrap();
            state.is_away = true;
            state.open.drain(..).for_each(|stream| drop(stream.shutdown(std::net::Shutdown::Both)));
        }
        std::thread::sleep(away.max(Duration::from_millis(20)));
        self.state.lock().unwrap().is_away = false;
        self.listen(TcpListener::bind(self.address).unwrap());
    }

    fn client(&self, over: Over) -> ShapesClient {
        ShapesClient::new(over.client(&format!("http://{}", self.address)).build().unwrap())
    }
}

/// Answers one request of a connection: all of its items are done.
fn answer(mut stream: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let ids: Vec<String> = body["ids"].as_array()?.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    std::thread::sleep(Duration::from_millis(2));
    state.lock().unwrap().done.extend(ids.iter().cloned());
    let body = json!({ "successes": ids, "failures": [] }).to_string();
    // Written at once: the kernel holds a second small write back until the first is acknowledged.
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(response.as_bytes()).ok()
}

/// Sends 10 000 ids to a host that is restarted three times meanwhile. Returns the report, and what the host did.
async fn restarted(
    over: Over,
    bulk: impl FnOnce(&ShapesClient) -> Bulk<Id, Changed, Error>,
) -> (Report<Id, Changed, Error>, HashSet<String>) {
    let vendor = Arc::new(Vendor::start());
    let restarting = std::thread::spawn({
        let vendor = vendor.clone();
        move || {
            for away in [0, 300, 1_000] {
                std::thread::sleep(Duration::from_millis(150));
                vendor.restart(Duration::from_millis(away));
            }
        }
    });
    let report = bulk(&vendor.client(over)).send(ids(10_000)).concurrency(4).await;
    restarting.join().unwrap();
    assert!(vendor.connections.load(Ordering::SeqCst) < 100);
    let done = vendor.state.lock().unwrap().done.clone();
    (report, done)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_restarted_costs_no_item() {
    join_all(Over::BOTH.map(async |over| {
        let (report, done) = restarted(over, |client| client.idempotent()).await;
        assert_eq!((report.counters().succeeded, done.len()), (10_000, 10_000), "{over:?}: {report}");
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_restarted_costs_only_what_is_under_way_where_repeats_are_not_safe() {
    join_all(Over::BOTH.map(async |over| {
        let (report, done) = restarted(over, |client| client.lists("org")).await;
        let counters = report.counters();
        assert_eq!(counters.succeeded + counters.unknown, 10_000, "{over:?}: {report}");
        // Three restarts, four requests, three items. As many again on connections that the listener still took while it was closed or, over
        // reqwest, that were closed while they were idle.
        assert!(counters.unknown <= 2 * 36, "{over:?}: {report}");
        assert!(report.succeeded().all(|(id, _)| done.contains(&id.0)));
    }))
    .await;
}

/// Names that cannot be looked up for a while.
struct Names {
    ip: IpAddr,
    failures: AtomicUsize,
}

impl Names {
    fn look_up(&self) -> std::io::Result<Vec<IpAddr>> {
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails { Err(std::io::Error::other("failed to look up the name")) } else { Ok(vec![self.ip]) }
    }
}

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let found = self.look_up();
        Box::pin(async move { Ok(Box::new(found?.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_looked_up_for_a_while_costs_no_item() {
    for over in Over::BOTH {
        let vendor = Vendor::start();
        let names = Arc::new(Names { ip: vendor.address.ip(), failures: AtomicUsize::new(3) });
        let client = Client::builder(format!("http://vendor.test:{}", vendor.address.port()));
        let client = match over {
            Over::Reqwest => {
                let builder = reqwest::Client::builder().no_proxy().dns_resolver(names.clone());
                client.transport(ReqwestTransport::from_builder(builder).unwrap())
            }
            Over::Hyper => {
                let names = names.clone();
                let builder =
                    HyperTransport::builder().no_proxy().resolver(move |_| std::future::ready(names.look_up()));
                client.transport(builder.build().unwrap())
            }
        };
        let report = ShapesClient::new(client.build().unwrap()).lists("org").send(ids(300)).await;
        let left = names.failures.load(Ordering::SeqCst);
        assert_eq!((report.counters().succeeded, left), (300, 0), "{over:?}: {report}");
    }
}

/// A proxy that answers CONNECT with these heads, one after the other, and the last one for ever. Returns its URL, and when it was asked.
fn refusing_proxy(heads: &'static [&'static str]) -> (String, Arc<Mutex<Vec<Instant>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let times = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let head = {
                let mut times = times.lock().unwrap();
                times.push(Instant::now());
                heads[(times.len() - 1).min(heads.len() - 1)]
            };
            write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    (url, asked)
}

#[tokio::test]
async fn a_proxy_that_opens_no_connection_for_now_is_waited_for_and_one_that_refuses_stops_the_run() {
    let heads = &["502 Bad Gateway", "503 Service Unavailable\r\nRetry-After: 2", "403 Forbidden"];
    let (proxy, asked) = refusing_proxy(heads);
    let transport = HyperTransport::builder().proxy(&proxy).build().unwrap();
    let client = Client::builder("https://vendor.test").transport(transport).build().unwrap();
    let report = ShapesClient::new(client).lists("org").send(ids(300)).concurrency(1).await;
    assert_eq!(report.counters().not_attempted, 300, "{report}");
    let why = report.stopped().unwrap();
    assert!(why.contains(&format!("{proxy} refused CONNECT vendor.test:443 with 403 Forbidden")), "{why}");
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 3, "{report}");
    assert!(asked[2] - asked[1] >= seconds(2), "the delay that the proxy asks for");
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_a_minute_costs_fewer_than_30_connection_attempts() {
    for seed in 0..20 {
        let failed = Arc::new(AtomicUsize::new(0));
        let began = tokio::time::Instant::now();
        let client = scripted({
            let failed = failed.clone();
            move |n, request| {
                if n >= 20 && began.elapsed() < seconds(60) {
                    failed.fetch_add(1, Ordering::SeqCst);
                    return Script::error(TransportErrorKind::NotSent, "connection refused");
                }
                all_done(request).after(Duration::from_millis(10))
            }
        });
        let report = client.lists("org").send(ids(3_000)).concurrency(8).seed(seed).await;
        assert_eq!(report.counters().succeeded, 3_000, "{report}");
        assert!(failed.load(Ordering::SeqCst) < 30, "{failed:?}");
        assert!(report.elapsed() < seconds(60 + 35), "{:?}", report.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_for_ever_ends_the_run_with_its_patience() {
    let (client, transport) =
        scripted_counting(|_, _| Script::response(429, r#"{"message":"slow down"}"#).header("Retry-After", "299"));
    let report = client.lists("org").send(ids(10_000)).await;
    assert!((590..=600).contains(&report.elapsed().as_secs()), "{:?}", report.elapsed());
    assert!(transport.sent() < 20, "{}", transport.sent());
    let why = report.stopped().unwrap();
    assert!(why.contains("patience of 600s") && why.contains("slow down"), "{why}");
    assert!(matches!(report.not_attempted().next(), Some((_, NotAttempted::Patience(_)))));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_twenty_items_a_second_does_all_of_them_once() {
    let state = Arc::new(Mutex::new((tokio::time::Instant::now(), 20, HashSet::new())));
    let client = scripted({
        let state = state.clone();
        move |_, request| {
            let mut state = state.lock().unwrap();
            if state.0.elapsed() >= seconds(1) {
                (state.0, state.1) = (tokio::time::Instant::now(), 20);
            }
            let element = |id: String| {
                if state.1 == 0 {
                    return json!({ "id": id, "statusCode": 429, "message": "later", "retryAfterMilliseconds": 200 });
                }
                state.1 -= 1;
                assert!(state.2.insert(id.clone()), "{id} is done twice");
                json!({ "id": id, "statusCode": 200, "message": null })
            };
            Script::response(207, sent_ids(request).into_iter().map(element).collect::<Value>().to_string())
        }
    });
    let report = client.elements().send(ids(300)).await;
    assert_eq!(report.counters().succeeded, 300, "{report}");
    assert_eq!(state.lock().unwrap().2.len(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hands_back_most_of_each_request_does_all_in_the_end() {
    let client = scripted(|_, request| {
        let mut ids = sent_ids(request);
        let back = ids.split_off(ids.len().min(1));
        Script::response(200, json!({ "successes": ids, "failures": [], "unprocessed": back }).to_string())
    });
    let report = client.lists("org").send(ids(60)).await;
    assert_eq!(report.counters().succeeded, 60, "{report}");
    assert!(report.elapsed() < seconds(60), "{:?}", report.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_one_request_at_a_time_does_all_in_the_end() {
    let free_at = Arc::new(Mutex::new(tokio::time::Instant::now()));
    let client = scripted(move |_, request| {
        let (mut free_at, now) = (free_at.lock().unwrap(), tokio::time::Instant::now());
        if *free_at > now {
            return Script::response(429, "{}").header("Retry-After", "1");
        }
        let takes = Duration::from_millis(700);
        *free_at = now + takes;
        all_done(request).after(takes)
    });
    let report = client.lists("org").send(ids(36)).concurrency(4).await;
    assert_eq!(report.counters().succeeded, 36, "{report}");
    assert!(report.elapsed() < seconds(60), "{:?}", report.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_fails_for_a_while_costs_no_item() {
    // More requests fail than an item has attempts.
    for (status, away, at_once) in [(502, 3, 8), (503, 3, 8), (504, 3, 8), (502, 60, 1), (503, 60, 1), (504, 60, 1)] {
        let began = tokio::time::Instant::now();
        let (client, transport) = scripted_counting(move |_, request| {
            if began.elapsed() < seconds(away) { Script::response(status, "<html>") } else { all_done(request) }
        });
        let report = client.idempotent().send(ids(100)).concurrency(at_once).max_attempts(2).await;
        assert_eq!(report.counters().succeeded, 100, "{status}, {away} s: {report}");
        assert!(transport.sent() < 60, "{status}, {away} s: {}", transport.sent());
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answers_usefully_is_probed_until_the_patience_is_over() {
    let ends: [fn() -> Script; 3] = [
        || Script::response(500, "oops"),
        || Script::error(TransportErrorKind::Reset, "closed"),
        || Script::response(200, "").after(seconds(100)),
    ];
    for end in ends {
        let (client, transport) = scripted_counting(move |_, _| end());
        let report = client.lists("org").send(ids(3_000)).concurrency(1).await;
        assert!(transport.sent() < 60, "{}", transport.sent());
        assert_eq!(report.counters().unknown, 3 * transport.sent(), "what was sent is unknown");
        assert_eq!(report.counters().not_attempted, 3_000 - 3 * transport.sent());
        assert!(report.elapsed() < seconds(700), "{:?}", report.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_says_that_it_waits_for_what_and_since_when() {
    let mut waits = Vec::new();
    let client = scripted(|n, request| match n {
        0..4 => Script::error(TransportErrorKind::NotSent, "connection refused"),
        4 => Script::response(429, r#"{"message":"slow down"}"#).header("Retry-After", "7"),
        _ => all_done(request),
    });
    let run = client.lists("org").send(ids(9)).concurrency(1).on_event(|event, _| {
        if let Event::Waiting { wait, stalled, why, .. } = event {
            waits.push((*wait, *stalled, why.clone()));
        }
    });
    assert_eq!(run.await.counters().succeeded, 9);
    assert_eq!(waits.len(), 5);
    assert!(waits[..4].iter().all(|(_, _, why)| why.contains("connection refused")), "{waits:?}");
    assert!(waits[4].2.contains("slow down") && waits[4].0 == seconds(7), "{waits:?}");
    assert!(waits.windows(2).all(|pair| pair[1].1 >= pair[0].1), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn the_time_to_fetch_a_token_does_not_count_against_the_patience() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let (client, _) = scripted_by(
        |n, request| if n == 1 { Script::response(401, "{}") } else { all_done(request) },
        |builder| {
            builder.bearer_with(move || {
                let takes = seconds(fetched.fetch_add(1, Ordering::SeqCst) as u64 * 1_200);
                async move {
                    tokio::time::sleep(takes).await;
                    Ok::<_, String>("a token".to_owned())
                }
            })
        },
    );
    let report = client.lists("org").send(ids(9)).concurrency(1).patience(seconds(600)).await;
    assert_eq!((report.counters().succeeded, report.elapsed()), (9, seconds(1_200)), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_declared_rate_does_not_count_against_the_patience() {
    // Two requests in 10 s are allowed, and both are refused.
    let client = scripted(|n, request| if n < 2 { Script::response(429, "{}") } else { all_done(request) });
    let report = client.limited().send(ids(3)).concurrency(1).patience(seconds(5)).seed(1).await;
    assert_eq!(report.counters().succeeded, 3, "{report}");
    assert!(report.elapsed() >= seconds(10), "{:?}", report.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_does_not_count_against_the_patience() {
    let client = scripted(|n, request| match n {
        1 => Script::response(429, "{}").header("Retry-After", "2"),
        _ => all_done(request),
    });
    let bulk = client.lists("org");
    let mut outcomes = bulk.send(ids(9)).concurrency(1).patience(seconds(5)).outcomes();
    let mut kinds = Vec::new();
    while let Some(settled) = outcomes.next().await {
        kinds.push(settled.outcome.kind());
        tokio::time::sleep(seconds(3_600)).await;
    }
    assert_eq!(kinds, [OutcomeKind::Succeeded; 9]);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_batch_does_not_wait_for_a_quiet_source() {
    let client = scripted(|_, request| all_done(request));
    let source = Box::pin(stream::unfold(0, |n| async move {
        if n == 2 {
            tokio::time::sleep(seconds(3_600)).await;
        }
        (n < 3).then(|| (ids(3).remove(n), n + 1))
    }));
    let mut settled = Vec::new();
    let began = tokio::time::Instant::now();
    let run = client.lists("org").send_stream(source).on_event(|event, _| {
        if let Event::Settled { index, .. } = event {
            settled.push((*index, began.elapsed().as_secs()));
        }
    });
    assert_eq!(run.await.counters().succeeded, 3);
    assert_eq!(settled, [(0, 0), (1, 0), (2, 3_600)]);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_stops_the_run_and_names_its_target() {
    for (location, named) in [
        ("https://login.example.com/sso?token=s3cret", "redirected to https://login.example.com"),
        ("/login", "redirected to https://api.example.com"),
        ("", "redirected"),
    ] {
        let (client, transport) =
            scripted_counting(move |_, _| Script::response(301, "moved").header("Location", location));
        let report = client.lists("org").send(ids(600)).concurrency(1).await;
        assert_eq!(transport.sent(), 1);
        let why = report.stopped().unwrap();
        assert!(why.contains(named) && !why.contains("s3cret"), "{why}");
        assert_eq!(words(&report)[3], "not_attempted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_refuses_the_client_stops_the_run_at_once() {
    let client = scripted(|_, _| Script::error(TransportErrorKind::ProxyRefused, "the proxy refused the connection"));
    let report = client.lists("org").send(ids(600)).await;
    assert_eq!((report.elapsed(), report.counters().not_attempted), (seconds(0), 600));
    assert!(report.stopped().unwrap().contains("the proxy refused"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_machine_without_a_free_socket_sends_fewer_requests_at_once() {
    let in_flight = Arc::new(AtomicUsize::new(0));
    let client = scripted({
        let in_flight = in_flight.clone();
        move |_, request| {
            if in_flight.load(Ordering::SeqCst) >= 10 {
                return Script::error(TransportErrorKind::NoSocket, "too many open files");
            }
            in_flight.fetch_add(1, Ordering::SeqCst);
            let in_flight = in_flight.clone();
            tokio::spawn(async move {
                tokio::time::sleep(seconds(1)).await;
                in_flight.fetch_sub(1, Ordering::SeqCst);
            });
            all_done(request).after(Duration::from_millis(1_001))
        }
    });
    let told: Arc<Mutex<Vec<(usize, String)>>> = Arc::default();
    let seen = told.clone();
    let note = move |event: &Event, _: &_| {
        if let Event::Limited { requests, why, .. } = event {
            seen.lock().unwrap().push((*requests, why.clone()));
        }
    };
    let report = client.lists("org").send(ids(1_500)).concurrency(200).on_event(note).await;
    assert_eq!(report.counters().succeeded, 1_500, "{report}");
    assert!(report.elapsed() < seconds(75), "{:?}", report.elapsed());
    let told = told.lock().unwrap();
    assert!(told.iter().any(|(requests, why)| *requests == 10 && why.contains("too many open files")), "{told:?}");
    // It is told when it changes.
    assert!(told.len() < 20, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_declared_rate_is_kept_at_the_server() {
    // Every other request arrives at the end of its attempt.
    let arrivals: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let began = tokio::time::Instant::now();
    let client = scripted({
        let arrivals = arrivals.clone();
        move |n, request| {
            let takes = Duration::from_millis([0, 900, 30, 400][n % 4]);
            let arrives = if n % 2 == 0 { Duration::ZERO } else { takes };
            arrivals.lock().unwrap().push(began.elapsed() + arrives);
            let end = if n % 7 == 3 { Script::response(500, "") } else { all_done(request) };
            end.after(takes)
        }
    });
    let [one, two, three] = [(); 3].map(|()| client.limited());
    let (one, two, three) = tokio::join!(
        one.send(ids(30)).concurrency(4).into_future(),
        two.send(ids(30)).concurrency(4).into_future(),
        three.send(ids(30)).concurrency(4).into_future()
    );
    assert!([one, two, three].iter().all(|report| report.counters().settled() == 30));
    let mut arrivals = arrivals.lock().unwrap().clone();
    arrivals.sort_unstable();
    // Two requests in 10 s.
    let worst = arrivals.windows(3).map(|three| three[2] - three[0]).min().unwrap();
    assert!(worst >= seconds(10), "three requests arrive within {worst:?}");
}

/// A listener that takes connections and never writes a byte.
fn silent() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn a_request_that_is_not_answered_is_uncertain() {
    for over in Over::BOTH {
        let (_listener, address) = silent();
        let client = over.client(&format!("http://{address}")).timeout(Duration::from_millis(200)).build().unwrap();
        let report = ShapesClient::new(client).lists("org").send(ids(3)).patience(seconds(1)).await;
        assert_eq!(report.counters().unknown, 3, "{over:?}: {report}");
        assert!(report.to_string().contains("no response within 200ms"), "{over:?}: {report}");
    }
}

/// A gateway that fails one request of 20, or says that it did not process it, slows the run no more than a host that fails.
#[tokio::test(start_paused = true)]
async fn a_gateway_that_fails_now_and_then_does_not_slow_the_run() {
    for status in [500, 502, 504, 421, 425] {
        let (client, transport) = scripted_counting(move |n, request| {
            let ends = if n % 20 == 7 { Script::response(status, "<html>") } else { all_done(request) };
            ends.after(Duration::from_millis(100))
        });
        let mut limits = 0;
        let run = client.idempotent().send(ids(6_000)).concurrency(16).on_event(|event, _| {
            limits += usize::from(matches!(event, Event::Limited { .. }));
        });
        let report = run.await;
        assert_eq!((report.counters().succeeded, transport.sent()), (6_000, 2_105), "{status}: {report}");
        // 2 105 requests of 100 ms, 16 at once, are 13.2 s.
        assert!(report.elapsed() < seconds(15), "{status}: {:?}", report.elapsed());
        assert_eq!(limits, 0, "{status}: no socket is missing");
    }
}

/// A gateway routes by path: that the host answers other runs of the client says nothing about this one.
#[tokio::test(start_paused = true)]
async fn an_outage_of_one_path_uses_up_no_attempts_while_another_is_answered() {
    let began = tokio::time::Instant::now();
    let client = scripted(move |_, request| match request.url.path().ends_with("/again") {
        true if began.elapsed() < seconds(30) => Script::response(502, "<html>").after(Duration::from_millis(50)),
        _ => all_done(request).after(Duration::from_millis(10)),
    });
    let other = client.lists("org").send(ids(9_000)).concurrency(2);
    let run = client.idempotent().send(ids(60)).concurrency(4).max_attempts(2);
    let (other, report) = tokio::join!(other.into_future(), run.into_future());
    assert_eq!((other.counters().succeeded, report.counters().succeeded), (9_000, 60), "{other} {report}");
}

/// A batch that alone is not processed waits longer each time, while the others go on.
#[tokio::test(start_paused = true)]
async fn a_batch_that_alone_is_not_processed_backs_off() {
    for status in [502, 425] {
        let (client, transport) = scripted_counting(move |_, request| {
            let ends = match sent_ids(request).contains(&"t0".to_owned()) {
                true => Script::response(status, "<html>"),
                false => all_done(request),
            };
            ends.after(Duration::from_millis(10))
        });
        let run = client.idempotent().send(ids(9_000)).concurrency(4).patience(seconds(20));
        let report = run.await;
        assert_eq!(report.counters().succeeded, 9_000 - 3, "{status}: {report}");
        assert!(transport.sent() < 3_000 + 20, "{status}: {} requests", transport.sent());
    }
}
