//! Measures workers on a PostgreSQL server of its own, in a temporary folder: `postgres_cost [COUNT] [WORD…]`. Without a word, everything.
//!
//! | word | meaning |
//! |---|---|
//! | `submit` | COUNT items (default 1 000 000) are submitted |
//! | `sizes` | COUNT items are submitted and worked on, 15 in each request, then others one by one: their bytes, and those of the log |
//! | `chunks` | how many of a hundredth, a tenth and all of COUNT / 6 chunks are taken a second: 10^6 items have as many then as 10^8 have otherwise |
//! | `ahead` | requests a second of three workers: a response takes 5 ms, 15 items each, of an idempotent endpoint |
//! | `intents` | the same, where each request is recorded before it leaves |
//! | `throttled` | as `ahead`, where the workers share the throttle of the database |
//! | `blocks` | as `throttled`, with a declared rate that they do not reach, of which places are taken in blocks |
//! | `quota` | as `throttled`, with a rate of 100 requests in 10 s, for a minute: how far it is filled, and the most in any window |
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a program for measurements"
)]

#[path = "../tests/postgres/cluster.rs"]
mod cluster;
mod endpoints;
#[path = "../tests/kill/server.rs"]
mod server;

use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bulk_endpoint::Client;
use bulk_endpoint_durable::postgres::PostgresStore;

use cluster::{Cluster, Database};
use endpoints::{Vendor, VendorClient, block_on};
use server::{Response, serve};

const WORKERS: usize = 3;
/// The items of a chunk, for `chunks`.
const CHUNK: usize = 6;
/// The requests of one worker at once.
const CONCURRENCY: usize = 16;
const LATENCY: Duration = Duration::from_millis(5);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [word, database, vendor] = arguments.as_slice()
        && let Some(word) = word.strip_prefix("worker-")
    {
        return block_on(work(word, database, vendor));
    }
    let count = arguments.first().and_then(|count| count.replace('_', "").parse().ok());
    let words = &arguments[usize::from(count.is_some())..];
    let count: u64 = count.unwrap_or(1_000_000);
    let has = |word: &str| words.is_empty() || words.iter().any(|other| other == word);
    let Some(cluster) = Cluster::start("max_wal_size = '4GB'") else { return };
    let cluster = Arc::new(cluster);
    if has("submit") {
        submit(&cluster, count);
    }
    if has("sizes") {
        sizes(&cluster, "fifteen", count);
        sizes(&cluster, "one", count);
    }
    if has("chunks") {
        chunks(&cluster, count);
    }
    for word in ["ahead", "intents", "throttled", "blocks"] {
        if has(word) {
            rate(&cluster, word, 300_000);
        }
    }
    if has("quota") {
        let arrivals = rate(&cluster, "quota", 15 * 700);
        let most = most_in(&arrivals, QUOTA_WINDOW);
        // From the first request on: the first window starts full.
        let span = arrivals.last().map_or(Duration::ZERO, |last| *last);
        let windows = span.as_secs_f64() / QUOTA_WINDOW.as_secs_f64();
        let filled = (arrivals.len() - 100) as f64 / (windows * 100.0);
        println!("quota: at most {most} of 100 in any window, {:.1} % filled", 100.0 * filled);
    }
}

/// Keys as long as a UUID.
fn ids(count: u64) -> impl Iterator<Item = String> {
    (0..count).map(|id| format!("{id:08x}-71d2-4b40-9c1e-{:012x}", id * 7919))
}

fn submit(cluster: &Arc<Cluster>, count: u64) {
    let database = cluster.database("submit");
    block_on(async {
        let store = PostgresStore::open(&database.url()).await.unwrap();
        let started = Instant::now();
        let submitted = store.submit("run", ids(count)).await.unwrap();
        let took = started.elapsed();
        let size = database.number("select pg_total_relation_size('bulk_endpoint.items')").await;
        println!(
            "submit: {} ids in {took:.1?}, {:.2} µs each; {} bytes each",
            submitted.items,
            took.as_secs_f64() * 1e6 / count as f64,
            size / count as i64
        );
        store.forget("run").await.unwrap();
    });
}

/// What items take, before and after they are worked on.
fn sizes(cluster: &Arc<Cluster>, a_request: &'static str, count: u64) {
    let database = cluster.database(a_request);
    let vendor = serve(|request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        Some(Response { status: 200, headers: "", body: format!("{{\"successes\":{}}}", body["ids"]) })
    });
    block_on(async {
        let store = PostgresStore::open(&database.url()).await.unwrap();
        let mut log = database.number(LOG_BYTES).await;
        let mut show = async |when: &str| {
            let before = std::mem::replace(&mut log, database.number(LOG_BYTES).await);
            let rows = database.rows(TABLE_BYTES).await;
            let tables =
                rows.iter().map(|row| format!("{} {}", row.get::<_, String>(0), row.get::<_, i64>(1) / count as i64));
            let tables = tables.collect::<Vec<_>>().join(", ");
            println!(
                "{a_request} a request, {when}: bytes an item: {tables}; write-ahead log {}",
                (log - before) / count as i64
            );
        };
        store.submit("run", ids(count)).await.unwrap();
        show("submitted").await;
        let client = VendorClient::new(Client::builder(vendor.as_str()).build().unwrap());
        let endpoint = move |()| if a_request == "one" { client.name() } else { client.names() };
        let done = store.worker("run", endpoint).concurrency(CONCURRENCY).until_done().await.unwrap();
        assert!(done.is_done, "{done:?}");
        show("worked on").await;
        println!("{} requests", done.requests);
    });
}

/// How fast chunks are taken, of more and more that are left.
fn chunks(cluster: &Arc<Cluster>, count: u64) {
    let database = cluster.database("chunks");
    let arrived = Arc::new(AtomicU64::new(0));
    let counted = arrived.clone();
    let vendor = serve(move |request| {
        counted.fetch_add(1, Ordering::Relaxed);
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        Some(Response { status: 200, headers: "", body: format!("{{\"successes\":{}}}", body["ids"]) })
    });
    block_on(async {
        let store = PostgresStore::open(&database.url()).await.unwrap();
        let client = Arc::new(VendorClient::new(Client::builder(vendor.as_str()).build().unwrap()));
        for count in [count / 100, count / 10, count] {
            let run = format!("run of {count}");
            store.submit(&run, 0..count).chunk_items(CHUNK).await.unwrap();
            let client = client.clone();
            let worker = store.worker(&run, move |()| client.idempotent()).concurrency(CONCURRENCY);
            let (from, started) = (arrived.load(Ordering::Relaxed), Instant::now());
            let taken = || arrived.load(Ordering::Relaxed) - from;
            let enough = async {
                while taken() < 1_500 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            worker.run_until(enough).await.unwrap();
            let a_second = taken() as f64 / started.elapsed().as_secs_f64();
            println!("chunks: of {}, {a_second:.0} are taken a second", count / CHUNK as u64);
        }
    });
}

const LOG_BYTES: &str = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";
/// With their indexes, the largest first.
const TABLE_BYTES: &str = "select relname::text, pg_total_relation_size(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                           where nspname = 'bulk_endpoint' and relkind = 'r' order by 2 desc limit 4";

const QUOTA_WINDOW: Duration = Duration::from_secs(10);

/// The most in any window of this length.
fn most_in(arrivals: &[Duration], window: Duration) -> usize {
    let count = |from: usize| arrivals[from..].iter().take_while(|at| **at < arrivals[from] + window).count();
    (0..arrivals.len()).map(count).max().unwrap_or(0)
}

/// Measures three workers. Returns when the requests arrived, from the first on.
fn rate(cluster: &Arc<Cluster>, word: &'static str, items: u64) -> Vec<Duration> {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let counted = requests.clone();
    let vendor = serve(move |request| {
        counted.lock().unwrap().push(Instant::now());
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        thread::sleep(LATENCY);
        Some(Response { status: 200, headers: "", body: format!("{{\"successes\":{}}}", body["ids"]) })
    });
    let database: Database = cluster.database(word);
    block_on(async {
        let store = PostgresStore::open(&database.url()).await.unwrap();
        store.submit("run", 0..items).await.unwrap();
    });
    let started = Instant::now();
    let workers = (0..WORKERS).map(|_| {
        let arguments = [format!("worker-{word}"), database.url(), vendor.clone()];
        Command::new(env::current_exe().unwrap()).args(arguments).spawn().unwrap()
    });
    let workers: Vec<_> = workers.collect();
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    let took = started.elapsed();
    let mut arrivals = std::mem::take(&mut *requests.lock().unwrap());
    arrivals.sort_unstable();
    let sent = arrivals.len() as u64;
    let succeeded = block_on(database.number("select sum(succeeded)::bigint from bulk_endpoint.chunks"));
    let intents = block_on(database.number("select count(*) from bulk_endpoint.attempts"));
    assert_eq!((succeeded as u64, intents as u64), (items, sent));
    println!("{word}: {sent} requests in {took:.1?}, {:.0} a second", sent as f64 / took.as_secs_f64());
    let first = arrivals.first().copied();
    arrivals.into_iter().filter_map(|at| Some(at.duration_since(first?))).collect()
}

async fn work(word: &str, database: &str, vendor: &str) {
    let store = PostgresStore::open(database).await.unwrap();
    let mut builder = Client::builder(vendor);
    if ["throttled", "blocks", "quota"].contains(&word) {
        builder = builder.shared_throttle(store.throttle());
    }
    let client = VendorClient::new(builder.build().unwrap());
    let word = word.to_owned();
    let endpoint = move |()| match &*word {
        "intents" => client.once(),
        "blocks" => client.fast(),
        "quota" => client.quota(),
        _ => client.idempotent(),
    };
    let done = store.worker("run", endpoint).concurrency(CONCURRENCY).until_done().await.unwrap();
    assert!(done.is_done, "{done:?}");
}
