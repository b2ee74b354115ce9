//! Every small case with one crash: up to 4 items in at most 2 batches, one fault at one of the first requests, and a kill at every poll.
//! Another life follows under the same fault, and an undisturbed one.
//!
//! `LIVES=all` runs all cases, in a release build. By default one size and one timing are tried, with items of one kind.

use std::time::Duration;

use bulk_endpoint::OnDuplicate;

use crate::fault::{FAULTS, Fault};
use crate::scenario::{Ends, Leaves, Life, Scenario};
use crate::vendor::Name;
use crate::{Ended, simulate, tell};

/// What the items of a case are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Plain,
    /// The second item fails.
    Bad,
    /// The last item is the first one again.
    Repeated(OnDuplicate),
    /// The last item has the key of the first one, and other bytes.
    Variant,
}

impl Input {
    fn items(self, count: u32) -> Vec<Name> {
        let first = if self == Input::Bad { 6 } else { 1 };
        let mut items: Vec<Name> = (first..first + count).map(|key| (key, 0)).collect();
        if let Some(last) = items.last_mut() {
            match self {
                Input::Plain | Input::Bad => {}
                Input::Repeated(_) => *last = (first, 0),
                Input::Variant => *last = (first, 1),
            }
        }
        items
    }
}

/// The most that the vendor, a request and the store take, in milliseconds.
type Timing = (u64, u64, u64);

struct Cases {
    /// The number of items, and the most in a request.
    sizes: Vec<(u32, usize)>,
    inputs: Vec<Input>,
    timings: Vec<Timing>,
    verifies: Vec<bool>,
    /// Also one request at once where there are two batches.
    also_one: bool,
    leaves: Vec<Leaves>,
}

impl Cases {
    fn wanted() -> Self {
        if std::env::var_os("LIVES").is_none_or(|which| which != "all") {
            return Cases {
                sizes: vec![(3, 2)],
                inputs: vec![Input::Plain],
                timings: vec![(100, 10, 3)],
                verifies: vec![false],
                also_one: false,
                leaves: vec![Leaves::All, Leaves::Nothing],
            };
        }
        let sizes = (1..=4_u32).flat_map(|items| (1..=items as usize).map(move |max| (items, max)));
        Cases {
            sizes: sizes.filter(|(items, max)| items.div_ceil(*max as u32) <= 2).collect(),
            inputs: vec![
                Input::Plain,
                Input::Bad,
                Input::Repeated(OnDuplicate::Collapse),
                Input::Repeated(OnDuplicate::Keep),
                Input::Variant,
            ],
            timings: vec![(100, 10, 3), (1_900, 2, 40)],
            verifies: vec![false, true],
            also_one: true,
            leaves: vec![Leaves::All, Leaves::Nothing],
        }
    }

    /// Calls `check` with every case without its crash.
    fn each(&self, job: bool, mut check: impl FnMut(&Scenario)) {
        let flags = [false, true];
        for &(count, max) in &self.sizes {
            let batches = (count as usize).div_ceil(max);
            for &input in self.inputs.iter().filter(|input| count > 1 || **input == Input::Plain) {
                for (idempotent, batch_key) in
                    flags.into_iter().flat_map(|idempotent| flags.map(|key| (idempotent, key)))
                {
                    for &timing in &self.timings {
                        for &verifies in &self.verifies {
                            for concurrency in if self.also_one { 1 } else { batches }..=batches {
                                let mut scenario = scenario(input, count, timing);
                                (scenario.max, scenario.concurrency) = (max, concurrency);
                                (scenario.idempotent, scenario.batch_key) = (idempotent, batch_key);
                                (scenario.job, scenario.verifies) = (job, verifies);
                                for script in scripts(batches + 1) {
                                    check(&Scenario { script, ..scenario.clone() });
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn scenario(input: Input, count: u32, (takes, latency, store_latency): Timing) -> Scenario {
    Scenario {
        seed: 1,
        items: input.items(count),
        has_variants: input == Input::Variant,
        on_duplicate: if let Input::Repeated(treatment) = input { treatment } else { OnDuplicate::Collapse },
        max: 1,
        concurrency: 1,
        idempotent: false,
        batch_key: false,
        key_valid: None,
        job: false,
        by_place: false,
        window: 40,
        already: false,
        verifies: false,
        in_order: false,
        max_attempts: 50,
        script: Vec::new(),
        fault_percent: 0,
        refuses: true,
        expires: true,
        latency: Duration::from_millis(latency),
        takes: Duration::from_millis(takes),
        timeout: Duration::from_secs(2),
        store_latency: Duration::from_millis(store_latency),
        lives: Vec::new(),
    }
}

/// No fault, or one at one of the first requests.
fn scripts(requests: usize) -> impl Iterator<Item = Vec<Option<Fault>>> {
    let faults = FAULTS.into_iter().flat_map(move |fault| (0..requests).map(move |at| (fault, at)));
    let scripts = faults.map(|(fault, at)| {
        let mut script = vec![None; at];
        script.push(Some(fault));
        script
    });
    std::iter::once(Vec::new()).chain(scripts)
}

/// A request at a time, each with an intent of its own: the outcome of one and the intent of the next share a write.
#[test]
fn one_request_at_a_time_takes_one_write_for_each() {
    for items in [1, 2, 20, 300] {
        let scenario = scenario(Input::Plain, items, (100, 10, 3));
        let ran = simulate(&scenario, false);
        assert!(ran.findings.is_empty(), "{}", tell(&scenario));
        // The last outcome, and the end of the life.
        assert_eq!(ran.writes, items as usize + 2);
    }
}

/// Kills the first life of a case at every poll. Returns the number of cases.
fn crash_everywhere(job: bool) -> u64 {
    let cases = Cases::wanted();
    let mut count = 0;
    cases.each(job, |scenario| {
        for &leaves in &cases.leaves {
            for after in 1.. {
                let crash = Life { ends: Ends::Kill, after, leaves, ..Life::UNDISTURBED };
                let scenario = Scenario { lives: vec![crash, Life::UNDISTURBED], ..scenario.clone() };
                let ran = simulate(&scenario, false);
                count += 1;
                assert!(ran.findings.is_empty(), "{}", tell(&scenario));
                if ran.ended[0] != Ended::Killed {
                    break;
                }
            }
        }
    });
    count
}

#[test]
fn every_small_case_survives_a_crash_at_any_poll() {
    println!("{} cases", crash_everywhere(false));
}

#[test]
fn every_small_case_with_jobs_survives_a_crash_at_any_poll() {
    println!("{} cases", crash_everywhere(true));
}
