//! The throttle that workers share: each store of a test stands for a process.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bulk_endpoint::shared_throttle::{
    Closed, PermitEnd, PermitRequest, QuotaScope, SharedAdmission, SharedPermit, SharedThrottle,
};
use bulk_endpoint::spec::{Method, Rate};
use bulk_endpoint::{Bulk, Client, bulk_api};
use bulk_endpoint_durable::postgres::{PostgresStore, PostgresThrottle};
use futures_util::future::join_all;

use crate::block_on;
use crate::cluster::{Cluster, Database, database};
use crate::server::{Response, serve};
use crate::tokens::{Changed, Refused};

const ORIGIN: &str = "https://api.example.com";

fn request(rate: Option<Rate>) -> PermitRequest {
    let mut request = PermitRequest::new(ORIGIN);
    request.quota = rate.map(|rate| QuotaScope { method: Method::Post, path: "/put", rate });
    request.timeout = Duration::from_millis(300);
    request
}

async fn enter(throttle: &PostgresThrottle, rate: Option<Rate>) -> SharedAdmission {
    throttle.enter(request(rate)).await.unwrap()
}

async fn permit(throttle: &PostgresThrottle, rate: Option<Rate>) -> Box<dyn SharedPermit> {
    match enter(throttle, rate).await {
        SharedAdmission::Leave { permit, .. } => permit,
        kept => panic!("expected a permit, found {kept:?}"),
    }
}

async fn closed(throttle: &PostgresThrottle) -> Closed {
    match enter(throttle, None).await {
        SharedAdmission::Closed(closed) => closed,
        other => panic!("expected that the host is closed, found {other:?}"),
    }
}

async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// The throttles of so many processes.
async fn throttles<const COUNT: usize>(database: &Database) -> ([PostgresThrottle; COUNT], Vec<PostgresStore>) {
    let mut stores = Vec::new();
    for _ in 0..COUNT {
        stores.push(database.open().await);
    }
    let throttles: Vec<_> = stores.iter().map(PostgresStore::throttle).collect();
    (throttles.try_into().unwrap_or_else(|_| unreachable!()), stores)
}

#[test]
fn a_delay_that_one_process_is_told_stops_all_and_one_request_probes() {
    let Some(database) = database("throttle_delay") else { return };
    block_on(async {
        let ([one, two, three], _stores) = throttles(&database).await;
        let (first, late) = (permit(&one, None).await, permit(&two, None).await);
        let (delay, why) = (Some(Duration::from_millis(700)), "response 429".into());
        first.end(PermitEnd::Closing { delay, why });
        let told = closed(&one).await;
        assert!(
            told.requested && told.wait <= Duration::from_millis(700),
            "the process itself knows at once: {told:?}"
        );
        pause(100).await;
        for other in [&two, &three] {
            let told = closed(other).await;
            assert!(told.requested && told.why.as_deref() == Some("response 429"), "{told:?}");
            assert!((1..=700).contains(&told.wait.as_millis()), "{told:?}");
        }
        // A request that left before does not open it, and a permit from before is not used.
        assert!(late.closed().is_some());
        late.end(PermitEnd::Good);
        pause(100).await;
        assert!(closed(&three).await.requested);
        pause(600).await;
        let probe = permit(&three, None).await;
        assert!(probe.closed().is_none());
        for other in [&one, &two, &three] {
            let told = closed(other).await;
            assert!(!told.requested && told.why.is_none() && told.wait <= Duration::from_millis(300), "{told:?}");
        }
        probe.end(PermitEnd::Good);
        pause(300).await;
        for process in [&one, &two, &three] {
            permit(process, None).await.end(PermitEnd::Good);
        }
        assert_eq!(
            database.number("select count(*) from bulk_endpoint.throttled where closed_until is not null").await,
            0
        );
    });
}

#[test]
fn a_probe_that_fails_closes_it_for_a_longer_backoff_and_one_that_is_not_sent_leaves_it_to_the_next() {
    let Some(database) = database("throttle_probe") else { return };
    block_on(async {
        let ([one, two], _stores) = throttles(&database).await;
        let closing = || PermitEnd::Closing { delay: None, why: "connection refused".into() };
        // Four requests fail at once: that is one outage.
        let four =
            [permit(&one, None).await, permit(&one, None).await, permit(&two, None).await, permit(&two, None).await];
        four.into_iter().for_each(|permit| permit.end(closing()));
        let closings = "select coalesce(max(closings), 0) from bulk_endpoint.throttles";
        pause(100).await;
        assert_eq!(database.number(closings).await, 1);
        let probe = |throttle: PostgresThrottle| async move {
            let started = Instant::now();
            loop {
                match enter(&throttle, None).await {
                    SharedAdmission::Leave { permit, .. } => return permit,
                    SharedAdmission::Closed(closed) => tokio::time::sleep(closed.wait).await,
                    full => panic!("{full:?}"),
                }
                assert!(started.elapsed() < Duration::from_secs(10));
            }
        };
        probe(one.clone()).await.end(PermitEnd::Other);
        pause(50).await;
        assert_eq!(database.number(closings).await, 2);
        let unsent = probe(two.clone()).await;
        assert!(closed(&one).await.why.is_none(), "it is probed");
        unsent.end(PermitEnd::Unsent);
        pause(50).await;
        // A delay that is told while the probe is in flight outlasts it.
        let late = probe(one.clone()).await;
        database
            .client()
            .await
            .execute("select bulk_endpoint.close_host($1, null, 400000, 'told')", &[&ORIGIN])
            .await
            .unwrap();
        late.end(PermitEnd::Good);
        pause(100).await;
        assert_eq!(closed(&two).await.why.as_deref(), Some("told"));
        assert_eq!(database.number(closings).await, 2, "the host has not been well");
        // A probe whose process dies keeps the others out no longer than its request may take.
        pause(400).await;
        std::mem::forget(probe(one.clone()).await);
        let started = Instant::now();
        probe(two.clone()).await.end(PermitEnd::Good);
        let took = started.elapsed();
        assert!((Duration::from_secs(3)..Duration::from_secs(20)).contains(&took), "{took:?}");
        pause(50).await;
        assert_eq!(database.number(closings).await, 0);
    });
}

#[test]
fn a_place_of_a_quota_is_free_one_window_after_its_request_has_ended() {
    let Some(database) = database("throttle_quota") else { return };
    block_on(async {
        let ([one, two], _stores) = throttles(&database).await;
        let rate = Some(Rate::requests(2, 1_000));
        let is_full = |admission: SharedAdmission| matches!(admission, SharedAdmission::Full { .. });
        let started = Instant::now();
        let (first, second) = (permit(&one, rate).await, permit(&two, rate).await);
        assert!(is_full(enter(&one, rate).await) && is_full(enter(&two, rate).await));
        // Another quota of the host has places of its own.
        permit(&two, Some(Rate::requests(3, 1_000))).await.end(PermitEnd::Good);
        // One that is not sent is free at once.
        first.end(PermitEnd::Unsent);
        pause(200).await;
        let third = permit(&two, rate).await;
        third.end(PermitEnd::Good);
        let ended = Instant::now();
        second.end(PermitEnd::Other);
        pause(100).await;
        loop {
            match enter(&one, rate).await {
                SharedAdmission::Full { wait } => tokio::time::sleep(wait).await,
                SharedAdmission::Leave { permit, .. } => break permit.end(PermitEnd::Good),
                closed => panic!("{closed:?}"),
            }
            assert!(started.elapsed() < Duration::from_secs(10));
        }
        let took = ended.elapsed();
        assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&took), "{took:?}");
        pause(1_200).await;
        // The permits of a process that died are lost: their places are free a window after their requests must have ended.
        std::mem::forget((permit(&one, rate).await, permit(&one, rate).await));
        let died = Instant::now();
        while is_full(enter(&two, rate).await) {
            pause(20).await;
        }
        // 300 ms of the request, 3 s to send it and to report its end, and the window.
        let took = died.elapsed();
        assert!((Duration::from_millis(4_300)..Duration::from_secs(15)).contains(&took), "{took:?}");
    });
}

#[test]
fn what_a_server_granted_before_a_crash_is_not_granted_again() {
    // The whole server, and one of its processes, whose end makes it start all others again.
    for is_one_process in [false, true] {
        let Some(cluster) = Cluster::start("") else { return };
        not_granted_again(&Arc::new(cluster), is_one_process);
    }
}

fn not_granted_again(cluster: &Arc<Cluster>, is_one_process: bool) {
    let database = cluster.database("throttle_crash");
    block_on(async {
        let ([throttle], _stores) = throttles(&database).await;
        let rate = Some(Rate::requests(50, 1_000));
        for _ in 0..50 {
            permit(&throttle, rate).await.end(PermitEnd::Good);
        }
        let granted = Instant::now();
        if is_one_process {
            let process = database.number("select pg_backend_pid()::bigint").await;
            assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
        } else {
            cluster.crash();
            let away = throttle.enter(request(rate)).await;
            assert!(away.is_err(), "nothing leaves while the database is away: {away:?}");
            cluster.restart();
        }
        let permit = loop {
            match throttle.enter(request(rate)).await {
                Ok(SharedAdmission::Leave { permit, .. }) => break permit,
                Ok(_) | Err(_) => pause(20).await,
            }
            assert!(granted.elapsed() < Duration::from_secs(20));
        };
        permit.end(PermitEnd::Good);
        assert!(granted.elapsed() >= Duration::from_secs(1), "{:?}", granted.elapsed());
    });
}

/// Long windows, too: a backup lacks what was granted after it.
#[test]
fn what_a_quota_granted_since_a_backup_is_not_granted_again() {
    let Some(database) = database("throttle_restored") else { return };
    block_on(async {
        let ([throttle], stores) = throttles(&database).await;
        let rate = Some(Rate::requests(2, 3_600_000));
        for _ in 0..2 {
            permit(&throttle, rate).await.end(PermitEnd::Good);
        }
        pause(1_200).await;
        database.execute("update bulk_endpoint.throttles set ends = '{}', costs = '{}' where scope <> ''");
        stores[0].restored().await.unwrap();
        let full = throttle.enter(request(rate)).await.unwrap();
        assert!(matches!(full, SharedAdmission::Full { .. }), "{full:?}");
        assert_eq!(stores[0].throttled().await.unwrap()[0].in_use.map(|(used, ..)| used), Some(2));
    });
}

#[bulk_api]
trait Limited {
    #[post("/put")]
    #[bulk_endpoint(max = 1, partial = true, idempotent = true, rate = "40/1s")]
    fn put(&self) -> Bulk<String, Changed, Refused>;

    /// A rate that is taken in blocks.
    #[post("/fast")]
    #[bulk_endpoint(max = 1, partial = true, idempotent = true, rate = "600/1s")]
    fn fast(&self) -> Bulk<String, Changed, Refused>;
}

/// The most in any window of this length.
fn most_in(arrivals: &[Instant], window: Duration) -> usize {
    let mut sorted = arrivals.to_vec();
    sorted.sort_unstable();
    let count = |from: usize| sorted[from..].iter().take_while(|at| **at < sorted[from] + window).count();
    (0..sorted.len()).map(count).max().unwrap_or(0)
}

#[test]
fn a_rate_holds_at_the_server_over_all_processes() {
    let Some(database) = database("throttle_rate") else { return };
    for (is_fast, rate) in [(false, 40), (true, 600)] {
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        let noted = arrivals.clone();
        let url = serve(move |request| {
            noted.lock().unwrap().push(Instant::now());
            std::thread::sleep(Duration::from_millis(3));
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let body = serde_json::json!({ "successes": body["ids"] }).to_string();
            Some(Response { status: 200, headers: "", body })
        });
        block_on(async {
            let (throttles, _stores) = throttles::<3>(&database).await;
            let runs = throttles.into_iter().map(|throttle| {
                let client = Client::builder(&url).timeout(Duration::from_secs(5)).shared_throttle(throttle);
                let client = LimitedClient::new(client.build().unwrap());
                let ids = (0..rate).map(|id| id.to_string());
                async move {
                    let bulk = if is_fast { client.fast() } else { client.put() };
                    bulk.send(ids).concurrency(8).await
                }
            });
            for report in join_all(runs).await {
                assert_eq!(report.counters().succeeded, rate, "{report}");
            }
        });
        let arrivals = arrivals.lock().unwrap();
        assert_eq!(arrivals.len(), 3 * rate);
        let most = most_in(&arrivals, Duration::from_secs(1));
        assert!(most <= rate, "{most} requests in a second");
    }
}

#[test]
fn an_operator_sees_what_the_throttle_has() {
    let Some(database) = database("throttle_status") else { return };
    block_on(async {
        let ([throttle], stores) = throttles(&database).await;
        assert!(stores[0].throttled().await.unwrap().is_empty());
        let rate = Some(Rate::requests(5, 10_000));
        let (held, ended) = (permit(&throttle, rate).await, permit(&throttle, rate).await);
        ended.end(PermitEnd::Closing { delay: Some(Duration::from_secs(30)), why: "response 429".into() });
        pause(300).await;
        let rows = stores[0].throttled().await.unwrap();
        let [host, quota] = rows.as_slice() else { panic!("{rows:?}") };
        let (left, why) = host.closed.clone().unwrap();
        assert!(left > Duration::from_secs(20) && host.requested && !host.is_probed, "{host:?}");
        assert_eq!((why.as_str(), host.quota.as_deref(), host.in_use), ("response 429", None, None));
        assert_eq!(quota.quota.as_deref(), Some("POST /put 5 requests/10000ms"));
        assert_eq!(quota.in_use, Some((2, 5, Duration::from_secs(10))));
        held.end(PermitEnd::Unsent);
    });
}
