//! The input of a simulation: the runs, the server and its faults, as plain data generated from a seed.

use std::time::Duration;

use bulk_endpoint::{OnDuplicate, spec::Rate};

use crate::fault::{Fault, RetryAfter};
use crate::types::UNENCODABLE;

#[derive(Debug, Clone)]
pub struct Scenario {
    /// Generates what the scenario does not fix: latencies, faults, the order of wake-ups, jitter.
    pub seed: u64,
    pub runs: Vec<Plan>,
    /// The client's timeout of an attempt.
    pub timeout: Duration,
    /// Tokens of the client's retry budget; `None`: no limit.
    pub budget: Option<u32>,
    /// The fault of each request, by its number.
    pub script: Vec<Fault>,
    /// The percentage of later requests with a random fault, up to request number `faults_until`.
    pub fault_percent: u8,
    pub faults_until: usize,
    /// The longest time until a response without a fault.
    pub latency: Duration,
    /// The clock sometimes jumps ahead.
    pub jumps: bool,
    /// Requests carry fetched tokens that expire.
    pub tokens: Option<Tokens>,
    /// The times in which the host fails every request.
    pub outages: Vec<Outage>,
    /// The runs are of several clients, which share a throttle.
    pub shared: Option<Shared>,
}

/// A throttle that clients share. Each run has a client of its own.
#[derive(Debug, Clone, Copy)]
pub struct Shared {
    /// The longest time until an answer.
    pub latency: Duration,
    /// The percentage of questions without an answer, up to question number `fails_until`.
    pub fail_percent: u8,
    pub fails_until: usize,
}

/// A time in which the host fails every request in one way.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    pub from: Duration,
    /// `Duration::MAX`: for ever.
    pub until: Duration,
    pub fault: Fault,
}

impl Outage {
    fn random(rng: &mut fastrand::Rng, from: Duration) -> Self {
        let applied = rng.bool();
        let lasts = rng.choice([300, 300, 3_000, 3_000, 60_000, u64::MAX]).unwrap();
        let until = if lasts == u64::MAX { Duration::MAX } else { from.saturating_add(Duration::from_millis(lasts)) };
        let fault = match rng.u8(..7) {
            0 | 1 => Fault::NotSent,
            2 => Fault::NoSocket,
            3 => Fault::Again(429, RetryAfter::None),
            4 => Fault::Broken { status: 502, applied, wait: RetryAfter::None },
            5 => Fault::Reset { applied },
            _ => Fault::Timeout { applied },
        };
        Outage { from, until, fault }
    }
}

/// The tokens of a client.
#[derive(Debug, Clone, Copy)]
pub struct Tokens {
    /// The number of 2xx responses after which a token is refused.
    pub last: usize,
    /// The time to fetch a token.
    pub takes: Duration,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub start: Duration,
    pub shape: Shape,
    /// Items are their own key; otherwise they have other bytes too.
    pub bare: bool,
    pub max: usize,
    pub max_bytes: Option<usize>,
    pub partial: bool,
    pub idempotent: bool,
    pub lists_already: bool,
    pub stops_on_404: bool,
    pub isolates: bool,
    /// The most items that the server accepts, regardless of the declaration; more are a 413.
    pub takes: usize,
    pub replayed: Replayed,
    pub concurrency: usize,
    pub attempts: u32,
    pub deadline: Option<Duration>,
    pub patience: Duration,
    pub items: Vec<Thing>,
    pub source: Source,
    /// The source fails before the item with this index.
    pub source_fails_at: Option<usize>,
    pub consumer: Consumer,
    pub order: Option<(Duration, Order)>,
    /// The run has a `verify`, which returns the truth after this time.
    pub verify: Option<Duration>,
    pub on_duplicate: OnDuplicate,
    /// Each batch has an idempotency key.
    pub batch_key: bool,
    pub rate: Option<Rate>,
    pub jobs: Jobs,
}

/// The jobs of a run, if its responses name jobs.
#[derive(Debug, Clone, Copy)]
pub struct Jobs {
    /// The longest time of a job. If a job takes no time, the first response has its result.
    pub take: Duration,
    /// The percentage of jobs that fail without applying anything.
    pub fail_percent: u8,
    /// The job timeout of the run.
    pub timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Lists,
    Job,
    Each,
    FailuresOnly,
    Placed,
    Nothing,
}

impl Shape {
    pub const ALL: [Shape; 5] = [Shape::Lists, Shape::Each, Shape::FailuresOnly, Shape::Placed, Shape::Nothing];
}

/// One occurrence in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thing {
    pub key: u32,
    /// Which bytes it has beside the key, if any.
    pub variant: u8,
    /// The number of additional bytes.
    pub pad: u8,
    pub nature: Nature,
}

/// What the server does with an item, the same for all items with its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Good,
    /// It is done before the run starts.
    DoneBefore,
    /// It always fails.
    Bad,
    /// Its whole request is refused with 400.
    Poison,
}

/// The server's result for an item that is already in the requested state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    Done,
    /// It fails with the code `Already`.
    Already,
    /// It fails like an item that does not exist.
    NotFound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Iter,
    Stream { gap: Duration },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumer {
    Report,
    Stream { in_order: Option<usize>, pause: Duration },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Stop,
    Cancel,
    Drop,
}

/// The most items of a run. Its keys are below this number, and above those of the run before.
pub const KEYS: u32 = 10_000;

impl Scenario {
    /// Returns the scenario of a seed.
    pub fn random(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let runs = if rng.u8(..5) == 0 { rng.usize(2..4) } else { 1 };
        let runs: Vec<Plan> = (0..runs).map(|run| Plan::random(&mut rng, run as u32, runs == 1)).collect();
        let calm = rng.u8(..6) == 0;
        let mut scenario = Scenario {
            seed: rng.u64(..),
            runs,
            timeout: Duration::from_millis(rng.choice([1_000, 5_000, 30_000]).unwrap()),
            budget: (rng.u8(..6) == 0).then(|| rng.u32(..20)),
            script: Vec::new(),
            fault_percent: if calm { 0 } else { rng.choice([10, 30, 60, 100]).unwrap() },
            faults_until: rng.choice([3, 10, 30, 200]).unwrap(),
            latency: Duration::from_millis(rng.choice([0, 1, 50, 900]).unwrap()),
            jumps: rng.u8(..10) == 0,
            tokens: (rng.u8(..5) == 0).then(|| Tokens {
                last: rng.usize(1..12),
                takes: Duration::from_millis(rng.choice([0, 5, 2_000]).unwrap()),
            }),
            outages: match rng.u8(..8) {
                0 => {
                    let from = Duration::from_millis(rng.u64(..2_000));
                    vec![Outage::random(&mut rng, from)]
                }
                // A server that is restarted twice.
                1 => {
                    let first = Outage::random(&mut rng, Duration::ZERO);
                    vec![first, Outage::random(&mut rng, first.until.saturating_add(Duration::from_millis(700)))]
                }
                _ => Vec::new(),
            },
            shared: None,
        };
        // A generator of its own, so that the scenarios of known seeds stay as they were.
        let mut more = fastrand::Rng::with_seed(seed ^ 0x5ba_4ed);
        if scenario.tokens.is_none() && more.u8(..3) == 0 {
            scenario.shared = Some(Shared {
                latency: Duration::from_millis(more.choice([0, 2, 300]).unwrap()),
                fail_percent: more.choice([0, 0, 30]).unwrap(),
                fails_until: more.choice([3, 30]).unwrap(),
            });
            while scenario.runs.len() < 3 && more.bool() {
                let run = scenario.runs.len() as u32;
                scenario.runs.push(Plan::random(&mut more, run, false));
            }
            // Runs of one rate.
            let rate = scenario.runs[0].rate;
            scenario.runs.iter_mut().skip(1).filter(|_| more.bool()).for_each(|run| run.rate = rate);
        }
        if scenario.outages.iter().any(|outage| outage.until == Duration::MAX) {
            // A run that waits for longer is a trace that is only longer.
            scenario.runs.iter_mut().for_each(|run| run.patience = run.patience.min(Duration::from_secs(300)));
        }
        scenario
    }
}

/// Returns `true` once in `one_in` times.
fn some(rng: &mut fastrand::Rng, one_in: u8) -> bool {
    rng.u8(..one_in) == 0
}

impl Source {
    fn random(rng: &mut fastrand::Rng) -> Self {
        if some(rng, 3) {
            Source::Stream { gap: Duration::from_millis(rng.choice([0, 0, 10, 700]).unwrap()) }
        } else {
            Source::Iter
        }
    }
}

impl Consumer {
    fn random(rng: &mut fastrand::Rng, max: usize) -> Self {
        if some(rng, 2) {
            return Consumer::Report;
        }
        let window = rng.choice([1, 2, max, max + 1, 3 * max, 500]).unwrap();
        Consumer::Stream {
            in_order: some(rng, 2).then_some(window),
            pause: Duration::from_millis(rng.choice([0, 0, 0, 20, 3_000]).unwrap()),
        }
    }
}

impl Plan {
    fn random(rng: &mut fastrand::Rng, run: u32, alone: bool) -> Self {
        let max = if some(rng, 3) { rng.usize(1..4) } else { rng.usize(1..21) };
        let shape = Shape::ALL[rng.usize(..Shape::ALL.len())];
        let lists_already = rng.bool();
        let bare = some(rng, 2);
        let max_bytes = some(rng, 4).then(|| rng.usize(if bare { 16..80 } else { 45..300 }));
        let items = things(rng, run, max, bare);
        // Settings that were added later are generated last, so that older seeds keep their scenarios.
        let mut own = rng.clone();
        let mut jobs = own.fork();
        let shape = if some(&mut jobs, 5) { Shape::Job } else { shape };
        Plan {
            start: Duration::from_millis(if alone { 0 } else { rng.u64(..4000) }),
            shape,
            bare,
            max,
            max_bytes,
            partial: shape != Shape::Nothing && !some(rng, 3),
            idempotent: rng.bool(),
            lists_already,
            stops_on_404: some(rng, 3),
            isolates: some(rng, 3),
            takes: if some(rng, 6) { rng.usize(1..max + 1) } else { max },
            // An endpoint with an `already` list must list all such codes.
            replayed: match rng.u8(..3) {
                0 => Replayed::Done,
                1 if !lists_already => Replayed::NotFound,
                _ => Replayed::Already,
            },
            concurrency: rng.choice([1, 1, 2, 3, 8]).unwrap(),
            attempts: rng.choice([1, 2, 3, 5, 5, 5, 12]).unwrap(),
            deadline: some(rng, 6).then(|| Duration::from_millis(rng.u64(..30_000))),
            patience: Duration::from_secs(rng.choice([300, 300, 5, 100_001]).unwrap()),
            source: Source::random(rng),
            source_fails_at: some(rng, 12).then(|| rng.usize(..items.len() + 1)),
            consumer: Consumer::random(rng, max),
            order: some(rng, 5).then(|| {
                let at = Duration::from_millis(if some(rng, 2) { rng.u64(..60) } else { rng.u64(..15_000) });
                (at, rng.choice([Order::Stop, Order::Cancel, Order::Drop]).unwrap())
            }),
            items,
            verify: some(&mut own, 3)
                .then(|| Duration::from_millis(own.choice([0, 50, 4_000]).unwrap()))
                .filter(|_| shape != Shape::Job),
            on_duplicate: own
                .choice([OnDuplicate::Collapse, OnDuplicate::Collapse, OnDuplicate::Keep, OnDuplicate::Reject])
                .unwrap(),
            batch_key: own.bool(),
            rate: some(&mut own, 4).then(|| {
                let rates = [Rate::requests(1, 100), Rate::requests(3, 1_000), Rate::items(20, 1_000)];
                own.choice(rates).unwrap()
            }),
            jobs: Jobs {
                take: Duration::from_millis(jobs.choice([0, 10, 1_500, 1_500, 20_000, 200_000]).unwrap()),
                fail_percent: jobs.choice([0, 10, 100]).unwrap(),
                timeout: Duration::from_secs(jobs.choice([3_600, 3_600, 30, 2]).unwrap()),
            },
        }
    }
}

/// Generates the items of a run, mostly k·max ± 1 of them.
fn things(rng: &mut fastrand::Rng, run: u32, max: usize, bare: bool) -> Vec<Thing> {
    let batches = if rng.u8(..12) == 0 { rng.usize(..20) } else { rng.usize(..5) };
    let count = match rng.u8(..8) {
        0 => rng.usize(..4),
        1 => rng.usize(..40),
        2..4 => (batches * max).saturating_sub(1),
        4..6 => batches * max + 1,
        _ => batches * max,
    };
    let natures: Vec<Nature> = {
        let (bad, poison, before) = (
            rng.choice([0, 0, 5, 40, 100]).unwrap(),
            rng.choice([0, 0, 0, 4, 30]).unwrap(),
            rng.choice([0, 0, 20]).unwrap(),
        );
        let nature = |_| match rng.u8(..100) {
            roll if roll < poison => Nature::Poison,
            roll if roll < poison + bad => Nature::Bad,
            roll if roll < poison + bad + before => Nature::DoneBefore,
            _ => Nature::Good,
        };
        (0..count).map(nature).collect()
    };
    let repeats = rng.choice([0, 0, 10, 50]).unwrap();
    let pads = rng.choice([1, 1, 30, 200]).unwrap();
    let mut things: Vec<Thing> = Vec::with_capacity(count);
    for index in 0..count {
        let repeated = !things.is_empty() && rng.u8(..100) < repeats;
        let index = if repeated { things[rng.usize(..things.len())].key - run * KEYS } else { index as u32 };
        let variant = match bare {
            true => 0,
            false if rng.u8(..60) == 0 => UNENCODABLE,
            false => rng.u8(..2),
        };
        things.push(Thing {
            key: run * KEYS + index,
            variant,
            // The same key and variant always have the same bytes.
            pad: if bare { 0 } else { ((index * 7 + u32::from(variant) * 3) % pads) as u8 },
            nature: natures[index as usize],
        });
    }
    things
}
