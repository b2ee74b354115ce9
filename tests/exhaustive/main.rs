//! Every small case: up to 5 items, 3 batches and 2 faults, each kind of fault at each request, under the simulation's checkers.
//!
//! `EXHAUSTIVE=all` runs all cases, in minutes of a release build. By default, each fault is at two sizes, and pairs of faults have one of each
//! class, at one size.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "tests, helpers included; nobody outside sees them"
)]
#![allow(dead_code, reason = "shared with the simulation, which uses all of it")]

#[path = "../sim/checkers/mod.rs"]
mod checkers;
#[path = "../sim/fault.rs"]
mod fault;
#[path = "../sim/scenario.rs"]
mod scenario;
#[path = "../sim/server.rs"]
mod server;
#[path = "../sim/shared.rs"]
mod shared;
#[path = "../sim/simulate.rs"]
mod simulate;
#[path = "../sim/time.rs"]
mod time;
#[path = "../sim/trace.rs"]
mod trace;
#[path = "../sim/types.rs"]
mod types;

use std::time::Duration;

use bulk_endpoint::OnDuplicate;
use fault::{Fault, Lines, RetryAfter, alphabet};
use scenario::{Consumer, Jobs, Nature, Plan, Replayed, Scenario, Shape, Source, Thing};

/// Whether all cases run.
fn is_all() -> bool {
    std::env::var_os("EXHAUSTIVE").is_some_and(|which| which == "all")
}

/// Up to 5 items in up to 3 batches: the number of items, and the most in a request.
fn sizes() -> Vec<(usize, usize)> {
    let all = (1..=5_usize).flat_map(|items| (1..=items).map(move |max| (items, max)));
    all.filter(|(items, max)| items.div_ceil(*max) <= 3).collect()
}

/// The kinds of endpoints: idempotent, partial, `already` list, `bisect` list.
const KINDS: [(bool, bool, bool, bool); 6] = [
    (false, true, false, false),
    (true, true, false, false),
    (true, true, true, true),
    (false, false, false, false),
    (true, false, true, false),
    (true, false, false, true),
];

/// Which items are not good: none; the second fails; the second is poison; the first is done before.
const NATURES: [Option<(usize, Nature)>; 4] =
    [None, Some((1, Nature::Bad)), Some((1, Nature::Poison)), Some((0, Nature::DoneBefore))];

struct Case {
    shape: Shape,
    size: (usize, usize),
    kind: (bool, bool, bool, bool),
    nature: Option<(usize, Nature)>,
    concurrency: usize,
}

impl Case {
    fn scenario(&self, script: Vec<Fault>) -> Scenario {
        let (idempotent, partial, lists_already, isolates) = self.kind;
        let thing = |index: usize| Thing {
            key: index as u32,
            variant: 0,
            pad: 0,
            nature: self.nature.filter(|(at, _)| *at == index).map_or(Nature::Good, |(_, nature)| nature),
        };
        let plan = Plan {
            start: Duration::ZERO,
            shape: self.shape,
            bare: true,
            max: self.size.1,
            max_bytes: None,
            partial: partial && self.shape != Shape::Nothing,
            idempotent,
            lists_already,
            stops_on_404: false,
            isolates,
            takes: self.size.1,
            replayed: if lists_already { Replayed::Already } else { Replayed::NotFound },
            concurrency: self.concurrency,
            attempts: 3,
            deadline: None,
            patience: Duration::from_secs(300),
            items: (0..self.size.0).map(thing).collect(),
            source: Source::Iter,
            source_fails_at: None,
            consumer: Consumer::Report,
            order: None,
            verify: None,
            on_duplicate: OnDuplicate::Collapse,
            batch_key: true,
            rate: None,
            jobs: Jobs { take: Duration::from_millis(2_500), fail_percent: 0, timeout: Duration::from_secs(3_600) },
        };
        Scenario {
            seed: 1,
            runs: vec![plan],
            timeout: Duration::from_secs(5),
            budget: None,
            script,
            fault_percent: 0,
            faults_until: 0,
            latency: Duration::ZERO,
            jumps: false,
            tokens: None,
            outages: Vec::new(),
            shared: None,
        }
    }

    fn check(&self, script: &[Fault]) {
        let scenario = self.scenario(script.to_vec());
        let (trace, ended) = simulate::simulate(&scenario);
        let mut findings = checkers::check(&scenario, &trace);
        if let Err(stuck) = ended {
            findings = vec![format!("liveness: {stuck:?}")];
        }
        let told = || trace::describe(&scenario, &trace);
        assert!(findings.is_empty(), "{}\n  {}", told(), findings.join("\n  "));
    }
}

/// Calls `check` with every case of a shape.
fn every_case(shape: Shape, sizes: &[(usize, usize)], natures: &[Option<(usize, Nature)>], check: impl Fn(&Case)) {
    for size in sizes {
        for kind in KINDS {
            for nature in natures.iter().filter(|nature| nature.is_none_or(|(at, _)| at < size.0)) {
                let at_once: &[usize] = if size.0 > size.1 && nature.is_none() { &[1, 2] } else { &[1] };
                for concurrency in at_once {
                    check(&Case { shape, size: *size, kind, nature: *nature, concurrency: *concurrency });
                }
            }
        }
    }
}

/// One fault at one of the first requests.
fn one_fault(shape: Shape) {
    let sizes = if is_all() { sizes() } else { vec![(2, 1), (3, 2)] };
    every_case(shape, &sizes, &NATURES, |case| {
        for fault in alphabet() {
            for at in 0..case.size.0.div_ceil(case.size.1) + 1 {
                let mut script = vec![Fault::None; at];
                script.push(fault);
                case.check(&script);
            }
        }
    });
}

/// One fault of each class.
const CLASSES: [Fault; 12] = [
    Fault::NotSent,
    Fault::Timeout { applied: true },
    Fault::Timeout { applied: false },
    Fault::Again(429, RetryAfter::Seconds(7)),
    Fault::Again(429, RetryAfter::Seconds(400)),
    Fault::Refuse(400, RetryAfter::None),
    Fault::Refuse(401, RetryAfter::None),
    Fault::Refuse(413, RetryAfter::Seconds(7)),
    Fault::Body { body: "{}", applied: true },
    Fault::Lines(Lines::Missing, 0b0101_0101, RetryAfter::Seconds(7)),
    Fault::Lines(Lines::Throttled, 0b0101_0101, RetryAfter::None),
    Fault::Lines(Lines::Maybe { applied: true }, 0b0101_0101, RetryAfter::None),
];

/// Two faults, each at any of the first three requests. All items are good here, since a bad item is a fault too.
fn two_faults(shape: Shape) {
    let (faults, sizes) = if is_all() { (alphabet(), sizes()) } else { (CLASSES.to_vec(), vec![(3, 2)]) };
    every_case(shape, &sizes, &NATURES[..1], |case| {
        for first in &faults {
            for second in &faults {
                case.check(&[*first, *second]);
                case.check(&[*first, Fault::None, *second]);
                case.check(&[Fault::None, *first, *second]);
            }
        }
    });
}

macro_rules! shapes {
    ($($name:ident: $shape:ident;)*) => {$(
        mod $name {
            use super::{Shape, one_fault, two_faults};

            #[test]
            fn with_one_fault() {
                one_fault(Shape::$shape);
            }

            #[test]
            fn with_two_faults() {
                two_faults(Shape::$shape);
            }
        }
    )*};
}

shapes! {
    lists: Lists;
    jobs: Job;
    elements: Each;
    failures_only: FailuresOnly;
    by_position: Placed;
    nothing: Nothing;
}
