//! The simulation of many workers: processes share a run in virtual time, and are killed and stopped at any poll. The server of the database fails
//! over, and the new one lacks what was written last. The tables and the vendor are in memory; the chunks, the leases, the writer and the engine
//! are the real ones.
//!
//! `WORKERS_SEED=7` replays one seed and prints what happened. `WORKERS_SEEDS=100000` sets the number of fresh seeds.

#![allow(dead_code, reason = "some of what is shared with other simulations is for those alone")]
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, helpers included; nobody outside sees them"
)]

mod database;
mod process;
mod scenario;
#[path = "../../../../tests/sim/seeds.rs"]
mod seeds;
mod server;
mod vendor;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use bulk_endpoint::OutcomeKind;

use process::time::Executor;
use process::{Process, Things, World};
use scenario::{Scenario, is_bad};

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
    findings.append(&mut things.server.database.findings);
    findings.append(&mut things.vendor.findings);
    if let Err(stuck) = ran {
        findings.push(format!("the workers do not end: {stuck:?}"));
    } else {
        findings.extend(things.server.database.check_chunks());
        let checked = (0..scenario.items.len()).filter_map(|item| check_item(scenario, &things, item));
        findings.extend(checked);
    }
    let mut story = String::new();
    if tells {
        story += &format!("{scenario:#?}\n");
        for sent in &things.vendor.requests {
            story += &format!("{sent:?}\n");
        }
        for (_, row) in things.server.database.requests.values() {
            story += &format!("{row:?}\n");
        }
        for row in &things.server.database.items {
            story += &format!("{row:?}\n");
        }
    }
    (findings, story)
}

/// Whether the outcome of an item is true at the end.
fn check_item(scenario: &Scenario, things: &Things, item: usize) -> Option<String> {
    let state = &things.server.database.items[item].state;
    let kind = state.outcome.as_ref().map_or(OutcomeKind::NotAttempted, |outcome| outcome.outcome);
    let sent = things.vendor.requests.iter().filter(|sent| sent.items.contains(&item));
    let risky = sent.clone().filter(|sent| sent.may_have_applied.contains(&item)).count();
    let applied = things.vendor.applied.iter().filter(|(_, of)| *of == item).count();
    let intents =
        things.server.database.requests.values().filter(|(_, row)| row.items.contains(&(item as u64))).count();
    let has_failed_over = things.server.failovers > 0;
    let is_parked = things.server.database.is_parked(item);
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
            applied == 0 && (things.vendor.refused.contains(&item) || scenario.max_attempts < 50 || is_parked)
        }
        OutcomeKind::NotAttempted => is_parked && risky == 0,
        OutcomeKind::Unknown => risky > 0 || intents > 0 || scenario.leaves_ahead() || has_failed_over,
    };
    // Of two items with one key, the first is not sent again after the second may have been applied. An item that fails, or is refused, does not
    // say what an earlier request made of it.
    let id = scenario.items[item].id;
    let is_overtaken = scenario.items[item + 1..].iter().any(|later| later.id == id);
    let was_rejected = is_bad(id) || things.vendor.refused.contains(&item);
    let may_be_unknown = !scenario.idempotent
        || scenario.key
        || scenario.max_attempts < 50
        || is_parked
        || is_overtaken
        || was_rejected && (intents > 1 || scenario.leaves_ahead() || has_failed_over);
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

/// `WORKERS_SURVEY=1` tries all seeds from 0 on, and lists the first finding of each that fails. Otherwise the first that fails ends it.
#[test]
fn fresh_seeds() {
    if std::env::var_os("WORKERS_SURVEY").is_some() {
        seeds::survey("WORKERS_SEEDS", findings);
    } else if seeds::number("WORKERS_SEED").is_none() {
        println!("{}", seeds::check_fresh("WORKERS_SEEDS", check_seed));
    }
}
