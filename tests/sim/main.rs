//! The simulation: seeds generate workloads and faults, runs use a model server in virtual time, and checkers read the traces.
//!
//! `SIM_SEED=7` replays one seed and prints its trace. `SIM_SEEDS=100000` sets the number of fresh seeds. `CALLS_SEED` and `CALLS_SEEDS` are
//! those of calls to a batcher.
#![allow(dead_code, reason = "a failing seed shows its trace through Debug")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests, helpers included; nobody outside sees them"
)]

mod calls;
mod checkers;
mod fault;
mod scenario;
mod seeds;
mod server;
mod shared;
mod simulate;
mod time;
mod trace;
mod types;

use std::panic::{AssertUnwindSafe, catch_unwind};

use scenario::Scenario;
use seeds::number;

/// Runs a seed. Returns the findings and the trace.
fn try_seed(seed: u64) -> (Vec<String>, String) {
    let scenario = Scenario::random(seed);
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let (trace, ended) = simulate::simulate(&scenario);
        let mut findings = checkers::check(&scenario, &trace);
        if let Err(stuck) = ended {
            findings = vec![format!("liveness: {stuck:?}")];
        }
        let told = std::env::var_os("SIM_SEED").is_some() || !findings.is_empty();
        (findings, if told { trace::describe(&scenario, &trace) } else { String::new() })
    }));
    tried.unwrap_or_else(|_| (vec!["it panicked".to_owned()], format!("{scenario:#?}")))
}

fn check_seed(seed: u64) {
    let (findings, trace) = try_seed(seed);
    assert!(findings.is_empty(), "{trace}\nSIM_SEED={seed} fails:\n  {}\n", findings.join("\n  "));
}

#[test]
fn known_seeds() {
    if let Some(seed) = number("SIM_SEED") {
        let (findings, trace) = try_seed(seed);
        println!("{trace}");
        assert!(findings.is_empty(), "SIM_SEED={seed} fails:\n  {}", findings.join("\n  "));
        return;
    }
    (0..2_000).for_each(check_seed);
}

#[test]
fn fresh_seeds() {
    if number("SIM_SEED").is_some() {
        return;
    }
    println!("{}", seeds::check_fresh("SIM_SEEDS", check_seed));
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..50 {
        let scenario = Scenario::random(seed);
        let traces = [(); 2].map(|()| trace::describe(&scenario, &simulate::simulate(&scenario).0));
        assert_eq!(traces[0], traces[1], "seed {seed}");
    }
}

/// Runs a seed of calls. Returns the findings and the trace.
fn try_calls(seed: u64) -> (Vec<String>, String) {
    let scenario = calls::Calls::random(seed);
    let tried = catch_unwind(AssertUnwindSafe(|| {
        let (trace, ended) = calls::simulate(&scenario);
        let findings = match ended {
            Ok(()) => calls::check(&scenario, &trace),
            Err(stuck) => vec![format!("liveness: {stuck:?}")],
        };
        let told = std::env::var_os("CALLS_SEED").is_some() || !findings.is_empty();
        let tell = || format!("{scenario:?}\n{}", trace::describe(&scenario.base, &trace));
        (findings, if told { tell() } else { String::new() })
    }));
    tried.unwrap_or_else(|_| (vec!["it panicked".to_owned()], format!("{scenario:#?}")))
}

fn check_calls(seed: u64) {
    let (findings, trace) = try_calls(seed);
    assert!(findings.is_empty(), "{trace}\nCALLS_SEED={seed} fails:\n  {}\n", findings.join("\n  "));
}

#[test]
fn known_seeds_of_calls() {
    match number("CALLS_SEED") {
        Some(seed) => {
            println!("{}", try_calls(seed).1);
            check_calls(seed);
        }
        None => (0..2_000).for_each(check_calls),
    }
}

#[test]
fn fresh_seeds_of_calls() {
    if number("CALLS_SEED").is_none() {
        println!("{}", seeds::check_fresh("CALLS_SEEDS", check_calls));
    }
}

#[test]
#[ignore = "a survey of many failing seeds"]
fn survey_of_calls() {
    seeds::survey("CALLS_SEEDS", |seed| try_calls(seed).0);
}

/// Tries all seeds and lists the first finding of each that fails, while the tests above end with the first.
#[test]
#[ignore = "a survey of many failing seeds"]
fn survey() {
    seeds::survey("SIM_SEEDS", |seed| try_seed(seed).0);
}
