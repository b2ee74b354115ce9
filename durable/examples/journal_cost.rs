//! Measures a journal: requests a second, and the time, size and memory of a long run. Takes the number of items, and that of the keys in memory.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for measurements")]

use std::env;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{
    Begun, Intent, ItemRecord, LifeEnd, OnChange, PutOff, Record, RecordedOutcome, RecordedState, RunStart, Store as _,
};
use bulk_endpoint_durable::{Options, Store};
use tokio::task::JoinSet;

/// The items of one call of `register`, and of one request.
const READ: u64 = 1_000;
const MAX: u64 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let items: u64 = env::args().nth(1).map_or(1_000_000, |text| text.replace('_', "").parse().unwrap());
    // Beside the other files of the workspace, not in a file system in memory.
    let folder = tempfile::tempdir_in(env::current_dir().unwrap()).unwrap();
    requests(&folder.path().join("requests.db"), 1, 500).await;
    requests(&folder.path().join("grouped.db"), 40, 500).await;
    let keys = env::args().nth(2).map(|text| text.replace('_', "").parse().unwrap());
    let options = keys.map_or_else(Options::new, |keys| Options::new().keys_in_memory(keys));
    long_run(&folder.path().join("long.db"), items, options).await;
}

fn start() -> RunStart {
    RunStart {
        identity: vec![("method".to_owned(), "POST".to_owned())],
        keyed: true,
        keeps_duplicates: false,
        of_calls: false,
        on_change: OnChange::Stop,
        run_timeout: None,
        request_timeout: Duration::from_secs(30),
    }
}

fn item(index: u64) -> ItemRecord {
    let mixed = |number: u64| {
        let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb)
    };
    let hash = u128::from(mixed(index + 1)) << 64 | u128::from(mixed(index + 2));
    ItemRecord { index, key: Some(format!("{:08}", index)), key_hash: mixed(index + 3), hash: Some(hash), origin: None }
}

fn leaves(attempt: u64, items: std::ops::Range<u64>) -> Record {
    Record::Intent(Intent {
        attempt,
        batch: attempt,
        number: 1,
        items: items.collect(),
        is_idempotent: true,
        key: None,
        request: u128::from(attempt),
    })
}

fn ended(attempt: u64) -> Record {
    Record::Ended { attempt, status: Some(200), end: "HTTP 200".to_owned(), has_left: true }
}

fn succeeded(item: u64) -> Record {
    let outcome = RecordedOutcome {
        outcome: OutcomeKind::Succeeded,
        status: Some(200),
        message: None,
        ..RecordedOutcome::not_sent()
    };
    Record::Item {
        item,
        state: RecordedState {
            outcome,
            is_final: true,
            is_settled: true,
            attempts: 1,
            spent: 1,
            put_off: PutOff::default(),
        },
    }
}

/// Each task records the outcome of a request and the intent of its next one in one write.
async fn requests(path: &Path, tasks: u64, each: u64) {
    let store = Store::open(path).await.unwrap();
    let begun = store.begin("run", start()).await.unwrap();
    begun.journal.register((0..tasks * each).map(item).collect()).await.unwrap();
    let started = Instant::now();
    let mut set = JoinSet::new();
    for task in 0..tasks {
        let journal = begun.journal.clone();
        set.spawn(async move {
            for request in task * each..(task + 1) * each {
                let mut records = Vec::new();
                if request > task * each {
                    records.extend([ended(request - 1), succeeded(request - 1)]);
                }
                records.push(leaves(request, request..request + 1));
                journal.write(records).await.unwrap();
            }
        });
    }
    set.join_all().await;
    let rate = (tasks * each) as f64 / started.elapsed().as_secs_f64();
    println!("{tasks:2} requests at once: {rate:.0} requests/s");
}

async fn long_run(path: &Path, items: u64, options: Options) {
    println!("{items} items, {MAX} a request:");
    let store = Store::open_with(path, options).await.unwrap();
    let begun = store.begin("run", start()).await.unwrap();
    measure("  registered and settled", items, async {
        for first in (0..items).step_by(READ as usize) {
            let last = (first + READ).min(items);
            begun.journal.register((first..last).map(item).collect()).await.unwrap();
            let requests = (first..last).step_by(MAX as usize);
            let intents = requests.clone().map(|first| leaves(first / MAX, first..(first + MAX).min(last)));
            begun.journal.write(intents.collect()).await.unwrap();
            let outcomes = requests.flat_map(|first| {
                let of = (first..(first + MAX).min(last)).map(succeeded);
                [ended(first / MAX)].into_iter().chain(of)
            });
            begun.journal.write(outcomes.collect()).await.unwrap();
        }
    })
    .await;
    begun.journal.end(LifeEnd { read_all: true, stopped: None, source_error: None }).await.unwrap();
    drop((begun, store));
    let size = fs::metadata(path).unwrap().len();
    println!("  the file: {} MB, {} B an item", size >> 20, size / items);

    let now = Instant::now();
    let store = Store::open(path).await.unwrap();
    println!("  opened: {:.2?}", now.elapsed());
    resume(&store, "  resumed in the same order", items, 1).await;
    // Any large prime that does not divide the number of items makes an order of all of them.
    resume(&store, "  resumed in another order", items, 2_147_483_647).await;
    let now = Instant::now();
    let report = store.report("run").await.unwrap();
    println!("  report: {:.2?}: {report}", now.elapsed());
    let now = Instant::now();
    println!("  rows: {} in {:.2?}", report.rows().map(Result::unwrap).count(), now.elapsed());
    let now = Instant::now();
    store.check().await.unwrap();
    println!("  checked: {:.2?}", now.elapsed());
}

async fn resume(store: &Store, what: &str, items: u64, step: u64) {
    let begun: Begun = store.begin("run", start()).await.unwrap();
    measure(what, items, async {
        for first in (0..items).step_by(READ as usize) {
            let indices = first..(first + READ).min(items);
            let read = indices.map(|index| ItemRecord {
                index,
                ..item((u128::from(index) * u128::from(step) % u128::from(items)) as u64)
            });
            begun.journal.register(read.collect()).await.unwrap();
        }
        begun.journal.write(Vec::new()).await.unwrap();
    })
    .await;
}

async fn measure(what: &str, items: u64, work: impl Future<Output = ()>) {
    let started = Instant::now();
    work.await;
    let elapsed = started.elapsed();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim();
    let each = elapsed.as_secs_f64() * 1e6 / items as f64;
    println!("{what}: {elapsed:.2?}, {each:.2} µs an item, peak memory {peak}");
}
