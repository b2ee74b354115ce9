//! The seeds of a simulation: fresh ones for some time, and a survey of many.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

/// The number in an environment variable.
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Checks fresh seeds: as many as the variable says, otherwise for 8 seconds. Returns how many.
pub fn check_fresh(count: &str, check: impl Fn(u64)) -> String {
    let most = number(count);
    let mut rng = fastrand::Rng::with_seed(RandomState::new().hash_one(()));
    let (began, mut tried) = (Instant::now(), 0);
    while most.map_or_else(|| began.elapsed() < Duration::from_secs(8), |most| tried < most) {
        check(rng.u64(..));
        tried += 1;
    }
    format!("{tried} fresh seeds in {:.1?}", began.elapsed())
}

/// Tries as many seeds as the variable says, otherwise 2 000, and lists the first finding of each that fails.
pub fn survey(count: &str, findings: impl Fn(u64) -> Vec<String>) {
    let seeds = 0..number(count).unwrap_or(2_000);
    let found = seeds.filter_map(|seed| Some(format!("{seed} {}", findings(seed).first()?)));
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{} seeds fail:\n  {}", found.len(), found.join("\n  "));
}
