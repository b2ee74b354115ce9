//! Workers that are killed and stopped, and a server that crashes, over real HTTP, against a vendor that knows what it applied (R13, R14).

use std::collections::BTreeMap;
use std::env;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bulk_endpoint_durable::postgres::PostgresStore;
use serde::{Deserialize, Serialize};

use crate::block_on;
use crate::checks::{self, View, ViewRow};
use crate::cluster::{Cluster, Database, MARGIN, options};
use crate::endpoint::Kind;
use crate::vendor::Vendor;

/// What a worker process is told, as JSON.
const WORKER: &str = "BULK_TEST_WORKER";
const WORKERS: usize = 3;
const CHUNK: u64 = 40;
const RUN: &str = "run";
/// The longest time that a request takes.
const TIMEOUT: Duration = Duration::from_millis(700);

#[derive(Serialize, Deserialize)]
struct Work {
    database: String,
    vendor: String,
    kind: Kind,
}

/// What the other processes do. Without work, nothing.
#[test]
fn the_worker_that_is_killed() {
    let Some(work) = env::var_os(WORKER) else { return };
    let Work { database, vendor, kind } = serde_json::from_str(work.to_str().unwrap()).unwrap();
    block_on(async {
        let store = loop {
            match PostgresStore::open_with(&database, options()).await {
                Ok(store) => break store,
                // The server has just crashed.
                Err(error) if error.to_string().contains("cannot reach") => thread::sleep(Duration::from_millis(100)),
                Err(error) => panic!("{error}"),
            }
        };
        let endpoint = move |()| kind.endpoint(&vendor, TIMEOUT);
        let done = store.worker(RUN, endpoint).concurrency(4).until_done().await.unwrap();
        assert!(done.is_done && done.stopped.is_none(), "{done:?}");
    });
}

#[test]
fn a_run_survives_its_workers_and_its_server() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let wanted = number("KILLS").unwrap_or(12) as usize;
    let seed = number("KILL_SEED").unwrap_or_else(|| fastrand::u64(..));
    let Some(cluster) = Cluster::start("") else { return };
    let cluster = Arc::new(cluster);
    let (mut random, started) = (fastrand::Rng::with_seed(seed), Instant::now());
    let (mut runs, mut blows, mut seen) = (0, 0, BTreeMap::new());
    while blows < wanted {
        let kind = [Kind::Idempotent, Kind::Once, Kind::Jobs][runs % 3];
        let survival = Survival::new(&cluster, &format!("run_{runs}"), seed, kind, random.fork());
        blows += survival.survive((wanted - blows).min(wanted.div_ceil(3)), &mut seen);
        runs += 1;
    }
    println!("{blows} blows to {runs} runs in {:.1?}: {seen:?}", started.elapsed());
}

struct Survival {
    seed: u64,
    kind: Kind,
    ids: Vec<u64>,
    vendor: Vendor,
    url: String,
    database: Database,
    random: fastrand::Rng,
    workers: Vec<Child>,
}

impl Survival {
    fn new(cluster: &Arc<Cluster>, name: &str, seed: u64, kind: Kind, mut random: fastrand::Rng) -> Self {
        let (vendor, url) = Vendor::start(random.fork());
        let database = cluster.database(name);
        let mut ids: Vec<u64> = (0..if kind == Kind::Jobs { 800 } else { 2400 }).collect();
        random.shuffle(&mut ids);
        block_on(async {
            let store = database.open().await;
            store.submit(RUN, &ids).chunk_items(CHUNK as usize).await.unwrap();
        });
        Survival { seed, kind, ids, vendor, url, database, random, workers: Vec::new() }
    }

    /// Strikes so often, and checks the database after each blow and at the end. Returns the number of blows.
    fn survive(mut self, most: usize, seen: &mut BTreeMap<&'static str, usize>) -> usize {
        for _ in 0..WORKERS {
            let worker = self.start();
            self.workers.push(worker);
        }
        let (mut blows, mut last) = (0, None);
        while blows < most && !self.is_done() {
            thread::sleep(Duration::from_millis(self.random.u64(50..600)));
            self.revive();
            let worker = self.random.usize(..WORKERS);
            let blow = match self.random.u32(..10) {
                0..6 => {
                    self.workers[worker].kill().unwrap();
                    "killed"
                }
                // Shorter and longer than the lease.
                6..9 => {
                    signal(&self.workers[worker], "STOP");
                    let longest = 2 * (TIMEOUT + MARGIN).as_millis() as u64;
                    thread::sleep(Duration::from_millis(self.random.u64(100..longest)));
                    signal(&self.workers[worker], "CONT");
                    "stopped"
                }
                _ => {
                    self.database.cluster.crash();
                    thread::sleep(Duration::from_millis(self.random.u64(0..1500)));
                    self.database.cluster.restart();
                    "server crashed"
                }
            };
            *seen.entry(blow).or_default() += 1;
            blows += 1;
            let arrived = self.vendor.ledger().arrivals.len();
            let view = self.view();
            let ledger = self.vendor.ledger();
            checks::after_kill(last.as_ref(), Some(&view), &ledger, &ledger.arrivals[..arrived], "");
            drop(ledger);
            last = Some(view);
        }
        let started = Instant::now();
        while !self.is_done() {
            self.revive();
            assert!(started.elapsed() < Duration::from_secs(120), "the run does not get on");
            thread::sleep(Duration::from_millis(50));
            self.requeue_dead(seen);
        }
        for worker in &mut self.workers {
            // One that was killed last is not started again.
            worker.wait().unwrap();
        }
        let view = self.view();
        let ledger = self.vendor.ledger();
        checks::after_kill(last.as_ref(), Some(&view), &ledger, &ledger.arrivals, "");
        checks::at_the_end(self.kind, &self.ids, &view, &ledger);
        for outcome in ["succeeded", "failed", "unknown"] {
            *seen
                .entry(match outcome {
                    "succeeded" => "items succeeded",
                    "failed" => "items failed",
                    _ => "items unknown",
                })
                .or_default() += view.count(outcome);
        }
        drop(ledger);
        blows
    }

    fn start(&self) -> Child {
        let work = Work { database: self.database.url(), vendor: self.url.clone(), kind: self.kind };
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "survival::the_worker_that_is_killed", "--nocapture"])
            .env(WORKER, serde_json::to_string(&work).unwrap())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Starts a worker for each that was killed.
    fn revive(&mut self) {
        for place in 0..WORKERS {
            if let Some(status) = self.workers[place].try_wait().unwrap() {
                if let Some(code) = status.code() {
                    assert_eq!(code, 0, "a worker failed");
                    continue;
                }
                self.workers[place] = self.start();
            }
        }
    }

    fn is_done(&self) -> bool {
        block_on(self.database.number("select count(*) from bulk_endpoint.chunks where state <> 'done'")) == 0
    }

    /// A chunk whose workers were killed twice with nothing settled was split, and at the end parked.
    fn requeue_dead(&self, seen: &mut BTreeMap<&'static str, usize>) {
        block_on(async {
            if self.database.number("select count(*) from bulk_endpoint.chunks where state = 'parked'").await > 0 {
                *seen.entry("requeued").or_default() += 1;
                self.database.open().await.requeue(RUN).await.unwrap();
            }
        });
    }

    /// What the database has, as another program reads it.
    fn view(&self) -> View {
        block_on(async {
            let client = self.database.client().await;
            // All of it from one moment.
            client.batch_execute("begin isolation level repeatable read").await.unwrap();
            let sql = "select key, outcome, open from bulk_endpoint.outcomes order by item";
            let rows = client.query(sql, &[]).await.unwrap();
            let rows = rows.iter().map(|row| ViewRow {
                key: row.get::<_, &str>(0).parse().unwrap(),
                outcome: row.get(1),
                open: row.get(2),
            });
            let sql = "select life, request, key from bulk_endpoint.attempt_items order by life, request, place";
            let mut requests: BTreeMap<(i64, i64), Vec<u64>> = BTreeMap::new();
            for row in client.query(sql, &[]).await.unwrap() {
                let key = row.get::<_, &str>(2).parse().unwrap();
                requests.entry((row.get(0), row.get(1))).or_default().push(key);
            }
            View { rows: rows.collect(), requests: requests.into_values().collect() }
        })
    }
}

impl Drop for Survival {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            let _ = worker.kill();
            let _ = worker.wait();
        }
        if thread::panicking() {
            eprintln!("KILL_SEED={}, {:?}", self.seed, self.kind);
        }
    }
}

fn signal(worker: &Child, name: &str) {
    // It may have ended meanwhile.
    let _ = Command::new("kill").args([&format!("-{name}"), &worker.id().to_string()]).stderr(Stdio::null()).status();
}
