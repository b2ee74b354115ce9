//! The simulation of many workers: processes share a run in virtual time, and are killed and stopped at any poll. The tables and the vendor are in
//! memory; the chunks, the leases, the writer and the engine are the real ones.
//!
//! `WORKERS_SEED=7` replays one seed and prints what happened. `WORKERS_SEEDS=100000` sets the number of fresh seeds.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, helpers included; nobody outside sees them"
)]

mod database;
mod process;
#[path = "../../../../tests/sim/seeds.rs"]
mod seeds;
#[path = "../../../../tests/sim/time.rs"]
mod time;
mod vendor;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bulk_endpoint::{ApiError, BulkItem, ItemReply, OutcomeKind};
use serde::{Deserialize, Serialize};

use process::{Fates, Process, World};
use time::Executor;
use vendor::is_bad;

/// The header with the idempotency key of a batch.
const KEY: &str = "Idempotency-Key";
/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(2);
/// What is beyond it in a lease.
const MARGIN: Duration = Duration::from_secs(1);
/// From this time on nothing goes wrong any more.
const CALM: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
struct Item {
    #[bulk(key)]
    id: u32,
    to: u8,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: u32,
    #[bulk(status)]
    status: u16,
}

#[derive(Debug, Deserialize, ApiError)]
struct Failure {
    #[bulk(message)]
    message: String,
}

#[derive(Debug, Clone)]
struct Scenario {
    seed: u64,
    items: Vec<Item>,
    chunk_items: usize,
    max: usize,
    /// The chunks at once of a process, and the requests at once of a chunk.
    lanes: usize,
    concurrency: usize,
    max_attempts: u32,
    idempotent: bool,
    /// Each batch has an idempotency key. A retry is safe only under it.
    key: bool,
    fault_percent: u8,
    /// The longest time until a response, and until a request is applied.
    latency: Duration,
    takes: Duration,
    store_latency: Duration,
    /// The chance in 256 that a statement fails, executed or not.
    store_fails: u8,
    /// The processes that follow one another on each machine. After them comes one that is undisturbed.
    machines: Vec<Vec<Fates>>,
}

impl Scenario {
    fn random(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let count = rng.u32(1..=16);
        let mut items: Vec<Item> = (1..=count).map(|id| Item { id, to: 0 }).collect();
        for to in 1..=rng.u8(..3) {
            let id = rng.u32(1..=count);
            items.push(Item { id, to });
        }
        let millis = |rng: &mut fastrand::Rng, most: u64| Duration::from_millis(rng.u64(..=most));
        let machines = (0..rng.usize(1..=3)).map(|_| {
            let boot = Duration::from_secs(rng.u64(..1_000));
            let disturbed = (0..rng.usize(..5)).map(|_| {
                let most = if rng.bool() { 40 } else { 250 };
                let mut pause = || {
                    let millis = *rng.choice(&[100, 900, 2_900, 3_100, 5_000, 30_000]).unwrap();
                    (rng.usize(1..=most), Duration::from_millis(millis))
                };
                let pauses = [pause(), pause(), pause(), pause()];
                let count = rng.usize(..=pauses.len());
                Fates { killed_after: Some(rng.usize(1..=most)), pauses: pauses[..count].to_vec(), boot }
            });
            let mut fates: Vec<Fates> = disturbed.collect();
            fates.push(Fates { killed_after: None, pauses: Vec::new(), boot });
            fates
        });
        let machines = machines.collect();
        Scenario {
            seed,
            items,
            machines,
            chunk_items: rng.usize(1..=8),
            max: rng.usize(1..=4),
            lanes: rng.usize(1..=2),
            concurrency: rng.usize(1..=2),
            max_attempts: *rng.choice(&[2, 50, 50]).unwrap(),
            idempotent: rng.bool(),
            key: rng.u8(..3) == 0,
            fault_percent: *rng.choice(&[0, 10, 40]).unwrap(),
            latency: millis(&mut rng, 50),
            takes: millis(&mut rng, 1_900),
            store_latency: *rng.choice(&[1, 20, 300, 900]).map(|most| Duration::from_millis(*most)).as_ref().unwrap(),
            store_fails: *rng.choice(&[0, 0, 20]).unwrap(),
        }
    }

    /// Whether items may leave before the intents of their requests.
    fn leaves_ahead(&self) -> bool {
        self.idempotent && !self.key && self.max_attempts > 1
    }
}

/// Runs a scenario. Returns what is wrong, and what happened.
fn simulate(scenario: &Scenario, tells: bool) -> (Vec<String>, String) {
    let world = World::new(scenario);
    let mut executor = Executor::new(world.clock.clone());
    for fates in &scenario.machines {
        let (world, fates) = (world.clone(), fates.clone());
        executor.spawn(async move {
            for fates in fates {
                Process::start(&world).work(fates).await;
            }
        });
    }
    let mut rng = fastrand::Rng::with_seed(scenario.seed ^ 0xe8ec);
    let ran = executor.run(&mut rng, 100_000, || Duration::ZERO, || {});
    let mut things = world.lock();
    let mut findings = std::mem::take(&mut things.findings);
    findings.append(&mut things.database.findings);
    if let Err(stuck) = ran {
        findings.push(format!("the workers do not end: {stuck:?}"));
    } else {
        findings.extend(things.database.check_chunks());
        let checked = (0..scenario.items.len()).filter_map(|item| check_item(scenario, &things, item));
        findings.extend(checked);
    }
    let mut story = String::new();
    if tells {
        story += &format!("{scenario:#?}\n");
        for sent in &things.vendor.requests {
            story += &format!("{sent:?}\n");
        }
        for (_, row) in things.database.requests.values() {
            story += &format!("{row:?}\n");
        }
        for row in &things.database.items {
            story += &format!("{row:?}\n");
        }
    }
    (findings, story)
}

/// Whether the outcome of an item is true at the end.
fn check_item(scenario: &Scenario, things: &process::Things, item: usize) -> Option<String> {
    let state = &things.database.items[item].state;
    let kind = state.outcome.as_ref().map_or(OutcomeKind::NotAttempted, |outcome| outcome.outcome);
    let sent = things.vendor.requests.iter().filter(|sent| sent.items.contains(&item));
    let risky = sent.clone().filter(|sent| sent.may_have_applied.contains(&item)).count();
    let applied = things.vendor.applied.iter().filter(|(_, of)| *of == item).count();
    let intents = things.database.requests.values().filter(|(_, row)| row.items.contains(&(item as u64))).count();
    let is_parked = things.database.is_parked(item);
    if !scenario.idempotent && risky > 1 {
        return Some(format!("item {item} was in {risky} requests that may have applied it"));
    }
    if scenario.idempotent && scenario.key && applied > 1 {
        return Some(format!("item {item} was applied {applied} times, although each request had a key"));
    }
    let is_true = match kind {
        OutcomeKind::Succeeded => applied > 0,
        OutcomeKind::Failed => is_bad(scenario.items[item].id) && sent.count() > 0,
        OutcomeKind::Refused => {
            applied == 0 && (things.refused.contains(&item) || scenario.max_attempts < 50 || is_parked)
        }
        OutcomeKind::NotAttempted => is_parked && risky == 0,
        OutcomeKind::Unknown => risky > 0 || intents > 0 || scenario.leaves_ahead(),
    };
    // Of two items with one key, the first is not sent again after the second may have been applied. An item that fails, or is refused, does not
    // say what an earlier request made of it.
    let id = scenario.items[item].id;
    let is_overtaken = scenario.items[item + 1..].iter().any(|later| later.id == id);
    let was_rejected = is_bad(id) || things.refused.contains(&item);
    let may_be_unknown = !scenario.idempotent
        || scenario.key
        || scenario.max_attempts < 50
        || is_parked
        || is_overtaken
        || was_rejected && (intents > 1 || scenario.leaves_ahead());
    if !is_true || kind == OutcomeKind::Unknown && !may_be_unknown {
        return Some(format!("item {item} ended {kind}: {state:?}; applied {applied} times, {risky} may have"));
    }
    None
}

fn findings(seed: u64) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(|| simulate(&Scenario::random(seed), false).0))
        .unwrap_or_else(|_| vec!["it panicked".to_owned()])
}

fn check_seed(seed: u64) {
    if !findings(seed).is_empty() {
        let (findings, story) = simulate(&Scenario::random(seed), true);
        panic!("{story}\nWORKERS_SEED={seed} fails:\n  {}", findings.join("\n  "));
    }
}

#[test]
fn known_seeds() {
    if let Some(seed) = seeds::number("WORKERS_SEED") {
        println!("{}", simulate(&Scenario::random(seed), true).1);
        return check_seed(seed);
    }
    (0..700).for_each(check_seed);
}

#[test]
fn fresh_seeds() {
    if seeds::number("WORKERS_SEED").is_none() {
        println!("{}", seeds::check_fresh("WORKERS_SEEDS", check_seed));
    }
}

/// Tries all seeds and lists the first finding of each that fails, while the tests above end with the first.
#[test]
#[ignore = "a survey of many failing seeds"]
fn survey() {
    seeds::survey("WORKERS_SEEDS", findings);
}
