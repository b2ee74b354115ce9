//! Measures runs with a journal over HTTP: `run_cost [COUNT] [WORD…]`. Without a word, everything.
//!
//! | word | meaning |
//! |---|---|
//! | `ratio` | throughput in memory and with a journal, side by side, in turns: a response takes 5 ms, 8 requests at once, 15 items each |
//! | `rate` | requests a second with a journal: a response takes no time, 400 requests at once, one item each |
//! | `long` | COUNT items (default 1 000 000), 100 a request: time, memory and size of a run, and of one that is killed in the middle and resumed |
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "a program for measurements"
)]

mod endpoints;
#[path = "../tests/kill/server.rs"]
mod server;

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bulk_endpoint::{Bulk, Client};
use bulk_endpoint_durable::Store;

use endpoints::{Done, Refused, Vendor, VendorClient, block_on};
use server::{Response, serve};

/// A server whose responses take so long, and the number of requests that it had.
fn vendor(latency: Duration) -> (String, Arc<AtomicU64>) {
    let requests = Arc::new(AtomicU64::new(0));
    let counted = requests.clone();
    let url = serve(move |request| {
        counted.fetch_add(1, Ordering::Relaxed);
        if !latency.is_zero() {
            thread::sleep(latency);
        }
        let body = String::from_utf8(request.body).unwrap().replacen("\"ids\"", "\"successes\"", 1);
        Some(Response { status: 200, headers: "", body })
    });
    (url, requests)
}

/// Beside the other files of the workspace, not in a file system in memory.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env::current_dir().unwrap()).unwrap()
}

fn client(url: &str) -> VendorClient {
    VendorClient::new(Client::builder(url).build().unwrap())
}

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    if let [word, url, path, items] = &words[..]
        && word == "life"
    {
        return life(url, Path::new(path), items.parse().unwrap());
    }
    let number = |word: &String| word.replace('_', "").parse::<u64>().ok();
    let items = words.iter().find_map(number);
    let wants = |name: &str| words.iter().all(|word| number(word).is_some()) || words.iter().any(|word| word == name);
    println!("the disk syncs in {:.2?} (median)", sync_time(101));
    if wants("ratio") {
        ratio();
    }
    if wants("rate") {
        rate();
    }
    if wants("long") {
        long(items.unwrap_or(1_000_000));
    }
}

/// Syncs a file `count` times, and returns the median duration.
fn sync_time(count: usize) -> Duration {
    let folder = folder();
    let mut file = File::create(folder.path().join("sync")).unwrap();
    let mut times: Vec<Duration> = (0..count)
        .map(|_| {
            file.write_all(&[1; 4096]).unwrap();
            let started = Instant::now();
            file.sync_data().unwrap();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[count / 2]
}

/// The items a second of a run, in memory or with a journal.
async fn speed(bulk: &Bulk<u64, Done, Refused>, items: u64, concurrency: usize, journal: Option<&Store>) -> f64 {
    let started = Instant::now();
    let run = bulk.send(0..items).concurrency(concurrency);
    let succeeded = match journal {
        None => run.await.counters().succeeded,
        Some(store) => {
            let report = run.journal(store, "run").await.unwrap();
            report.counters().succeeded
        }
    };
    assert_eq!(succeeded as u64, items);
    items as f64 / started.elapsed().as_secs_f64()
}

/// The same with a journal of its own.
async fn recorded_speed(bulk: &Bulk<u64, Done, Refused>, items: u64, concurrency: usize) -> f64 {
    let folder = folder();
    let store = Store::open(folder.path().join("run.db")).await.unwrap();
    speed(bulk, items, concurrency, Some(&store)).await
}

fn ratio() {
    let (url, _) = vendor(Duration::from_millis(5));
    println!("5 ms, 8 at once, 15 items a request:");
    block_on(async {
        let client = client(&url);
        for (name, bulk, most) in [("idempotent", client.idempotent(), 15), ("not idempotent", client.once(), 25)] {
            let (mut turns, mut syncs) = (Vec::new(), Vec::new());
            for _ in 0..7 {
                let in_memory = speed(&bulk, 15 * 1500, 8, None).await;
                // The disk of a shared machine may be ten times slower a moment later.
                syncs.push(sync_time(21));
                let recorded = recorded_speed(&bulk, 15 * 1500, 8).await;
                syncs.push(sync_time(21));
                turns.push((100.0 * (1.0 - recorded / in_memory), in_memory, recorded));
            }
            turns.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
            let (lost, in_memory, recorded) = turns[turns.len() / 2];
            let (least, worst) = (turns[0].0, turns[turns.len() - 1].0);
            syncs.sort_unstable();
            println!(
                "  {name}: {lost:.1} % lost, from {least:.1} to {worst:.1} (limit {most}); {in_memory:.0} and {recorded:.0} items/s; \
                 a sync took {:.2?} meanwhile, from {:.2?} to {:.2?}",
                syncs[syncs.len() / 2],
                syncs[0],
                syncs[syncs.len() - 1]
            );
        }
    });
}

fn rate() {
    let (url, _) = vendor(Duration::ZERO);
    println!("no latency, 400 at once, one item a request:");
    block_on(async {
        let bulk = client(&url).single();
        for _ in 0..3 {
            let in_memory = speed(&bulk, 20_000, 400, None).await;
            let recorded = recorded_speed(&bulk, 20_000, 400).await;
            println!("  {in_memory:.0} requests/s in memory, {recorded:.0} with a journal (at least 5000)");
        }
    });
}

/// One process of a long run.
fn life(url: &str, path: &Path, items: u64) {
    block_on(async {
        let store = Store::open(path).await.unwrap();
        let opened = Instant::now();
        let report = client(url).many().send(0..items).concurrency(8).journal(&store, "run").await.unwrap();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim();
        println!("{:.2?}, peak memory {peak}: {report}", opened.elapsed());
    });
}

fn long(items: u64) {
    let (url, requests) = vendor(Duration::ZERO);
    let folder = folder();
    println!("{items} items, 100 a request, 8 at once:");
    let start = |path: &PathBuf| {
        let program = env::current_exe().unwrap();
        let life = ["life".as_ref(), url.as_ref(), path.as_os_str()];
        Command::new(program).args(life).arg(items.to_string()).stdout(Stdio::piped()).spawn().unwrap()
    };
    let finish = |path: &PathBuf, what: &str| {
        let mut child = start(path);
        let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
        assert!(child.wait().unwrap().success());
        println!("  {what}: {}", lines.join("; "));
    };
    let whole = folder.path().join("whole.db");
    finish(&whole, "a run");
    let size = fs::metadata(&whole).unwrap().len();
    println!("  its file: {} MB, {} B an item", size >> 20, size / items);
    finish(&whole, "the same call, with nothing left to do");
    let killed = folder.path().join("killed.db");
    let before = requests.load(Ordering::Relaxed);
    let mut child = start(&killed);
    while requests.load(Ordering::Relaxed) - before < items / 200 {
        thread::sleep(Duration::from_millis(1));
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    finish(&killed, "resumed after a kill in the middle");
}
