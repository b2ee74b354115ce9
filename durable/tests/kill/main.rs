//! Runs whose processes are killed by SIGKILL at random moments, over real HTTP, against a server that knows what it applied.
//!
//! `KILLS=300` sets the number of kills, `KILL_SEED` the seed of the moments and of the server. The machine's timing is no part of the seed.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "tests")]
#![allow(
    unreachable_pub,
    dead_code,
    reason = "the server serves an example too; replies have fields that only their derive reads"
)]

mod checks;
mod endpoint;
mod file;
mod job;
mod server;
mod vendor;

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::endpoint::Kind;
use crate::job::{Job, Way};
use crate::vendor::Vendor;

/// The folder of the job of a process that is started to be killed.
const FOLDER: &str = "KILL_TEST_FOLDER";
const JOB: &str = "job.json";
/// What an operator asks.
const LOOK: &str = "select outcome, count(*) from outcomes group by outcome";

/// What the other process does. Without a job, nothing.
#[test]
fn the_process_that_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let job: Job = serde_json::from_slice(&fs::read(folder.join(JOB)).unwrap()).unwrap();
    block_on(job.work(folder));
}

#[test]
fn a_run_survives_every_kill() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let wanted = number("KILLS").unwrap_or(120) as usize;
    let seed = number("KILL_SEED").unwrap_or_else(|| fastrand::u64(..));
    let (mut random, started) = (fastrand::Rng::with_seed(seed), Instant::now());
    let (mut runs, mut kills, mut seen) = (0, 0, Seen::default());
    while kills < wanted {
        let kind = [Kind::Idempotent, Kind::Once, Kind::Jobs][runs % 3];
        let run = Run::new(seed, kind, random.fork());
        kills += run.survive(wanted - kills, &mut seen);
        runs += 1;
    }
    println!("{kills} kills of {runs} runs in {:.1?}: {seen:?}", started.elapsed());
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// What the kills met.
#[derive(Debug, Default)]
struct Seen {
    before_the_first_request: usize,
    requests: usize,
    succeeded: usize,
    failed: usize,
    unknown: usize,
}

/// A run, from its first life to its end. Its folder stays if a check fails.
struct Run {
    seed: u64,
    job: Job,
    vendor: Vendor,
    random: fastrand::Rng,
    folder: TempDir,
}

impl Run {
    fn new(seed: u64, kind: Kind, mut random: fastrand::Rng) -> Self {
        let (vendor, url) = Vendor::start(random.fork());
        let items = if kind == Kind::Jobs { 100 } else { 250 };
        let mut ids: Vec<u64> = (0..items).collect();
        random.shuffle(&mut ids);
        let folder = tempfile::tempdir().unwrap();
        let way = [Way::Awaits, Way::Streams, Way::Calls][random.usize(..3)];
        let job = Job { kind, url, ids, way };
        fs::write(folder.path().join(JOB), serde_json::to_vec(&job).unwrap()).unwrap();
        Run { seed, job, vendor, random, folder }
    }

    /// Kills the run at most so often, and checks it after each kill and at its end. Returns the number of kills.
    fn survive(mut self, most: usize, seen: &mut Seen) -> usize {
        let (mut kills, mut last) = (0, None);
        loop {
            let arrived = self.vendor.ledger().arrivals.len();
            let was_killed = self.live(kills < most);
            let told = file::take_told(self.folder.path());
            let view = file::read(self.folder.path());
            let ledger = self.vendor.ledger();
            checks::after_kill(last.as_ref(), view.as_ref(), &ledger, &ledger.arrivals, &told);
            if was_killed {
                kills += 1;
                seen.before_the_first_request += usize::from(ledger.arrivals.len() == arrived);
                last = view.or(last);
                continue;
            }
            let view = view.unwrap();
            checks::at_the_end(self.job.kind, &self.job.ids, &view, &ledger);
            block_on(file::at_the_end(&self.job, self.folder.path(), &view));
            seen.requests += ledger.arrivals.len();
            seen.succeeded += view.count("succeeded");
            seen.failed += view.count("failed");
            seen.unknown += view.count("unknown");
            drop(ledger);
            return kills;
        }
    }

    /// One life. Returns whether it was killed; otherwise it came to its end.
    fn live(&mut self, may_kill: bool) -> bool {
        let mut child = self.start();
        let arrived = self.vendor.ledger().arrivals.len();
        let left = (self.job.ids.len() / 5).saturating_sub(arrived);
        // At the start, somewhere in between, or near the end.
        let (requests, wait) = match self.random.u32(..4) {
            0 => (0, self.random.u64(..25_000)),
            1 => (left + self.random.usize(..3), self.random.u64(..4_000)),
            _ => (1 + self.random.usize(..=left / 3), self.random.u64(..4_000)),
        };
        if may_kill && requests > 1 && self.random.bool() {
            self.wait_for(&mut child, arrived + 1);
            self.look();
        }
        if may_kill {
            self.wait_for(&mut child, arrived + requests);
            thread::sleep(Duration::from_micros(wait));
            // It may have ended meanwhile.
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        if let Some(code) = output.status.code() {
            assert_eq!(
                code,
                0,
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        output.status.code().is_none()
    }

    /// Waits until this number of requests has arrived, or until the process ends.
    fn wait_for(&self, child: &mut Child, requests: usize) {
        let started = Instant::now();
        while self.vendor.ledger().arrivals.len() < requests && child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(120), "the run does not get on");
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// An operator looks at the file, with a connection that may write: it must not take itself for the last one, and delete the log.
    fn look(&self) {
        let path = self.folder.path().join(Job::JOURNAL);
        let ran = Command::new("sqlite3").arg("-cmd").arg(".timeout 5000").arg(path).arg(LOOK).output();
        let ran = ran.expect("the program `sqlite3`: apt-get install sqlite3");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    fn start(&self) -> Child {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_process_that_is_killed", "--nocapture"])
            .env(FOLDER, self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if thread::panicking() {
            self.folder.disable_cleanup(true);
            let Run { seed, job: Job { kind, way, .. }, folder, .. } = self;
            eprintln!("KILL_SEED={seed}, {kind:?}, {way:?}; its files are in {}", folder.path().display());
        }
    }
}
