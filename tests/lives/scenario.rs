//! The input of a simulation, generated from a seed.

use std::time::Duration;

use bulk_endpoint::OnDuplicate;

use crate::fault::Fault;
use crate::vendor::Name;

#[derive(Debug, Clone)]
pub struct Scenario {
    pub seed: u64,
    pub items: Vec<Name>,
    /// Some items have the key of another one, and other bytes.
    pub has_variants: bool,
    pub on_duplicate: OnDuplicate,
    pub max: usize,
    pub concurrency: usize,
    pub idempotent: bool,
    pub batch_key: bool,
    /// A retry is safe only under its idempotency key, for so long.
    pub key_valid: Option<Duration>,
    /// Requests start jobs.
    pub job: bool,
    /// The result of a job names items by their places in the request.
    pub by_place: bool,
    /// The vendor says of an item that is what it is to be, that it is so already, and the declaration has an `already` list.
    pub already: bool,
    pub verifies: bool,
    pub in_order: bool,
    /// The window of a run in input order. A small one is full before all items of a batch of the life before are read.
    pub window: usize,
    pub max_attempts: u32,
    /// The faults of the first requests; those after them are random.
    pub script: Vec<Option<Fault>>,
    pub fault_percent: u8,
    /// The vendor refuses whole requests.
    pub refuses: bool,
    /// The vendor refuses the token.
    pub expires: bool,
    /// The longest time until a response.
    pub latency: Duration,
    /// The longest time until the vendor applies a request; less than the timeout of an attempt.
    pub takes: Duration,
    pub timeout: Duration,
    pub store_latency: Duration,
    /// All lives but the last. That one is undisturbed.
    pub lives: Vec<Life>,
}

#[derive(Debug, Clone, Copy)]
pub struct Life {
    pub ends: Ends,
    /// The number of polls after which it ends so.
    pub after: usize,
    pub source: Source,
    /// The source yields an error in the place of this item.
    pub fails_at: Option<usize>,
    /// The source is a stream, which has nothing ready before the given item for some time.
    pub quiet: Option<(usize, Duration)>,
    /// The time that its consumer takes for an outcome.
    pub pause: Duration,
    /// Its machine is suspended now and then: the clocks jump.
    pub jumps: bool,
    /// The time until the next life.
    pub gap: Duration,
    /// The timeout of a request; `None`: that of the scenario.
    pub timeout: Option<Duration>,
    /// The chance in 256 that a commit fails.
    pub store_fails: u8,
    /// The chance in 256 that the journal withholds a request.
    pub withholds: u8,
    /// How much a kill leaves of what was not committed.
    pub leaves: Leaves,
    /// What its declaration has otherwise than that of the scenario.
    pub declares: Declares,
}

/// A change of the declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declares {
    TheSame,
    /// Another run: it is refused, once the run has begun.
    Path,
    /// Whether a retry is safe is the other way round.
    Idempotent,
    /// So many items in a request.
    Max(usize),
    /// There is an `already` list where there was none, or none where there was one.
    Already,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    Nothing,
    All,
    /// A part, from the first on.
    Some,
}

impl Life {
    /// It runs to its end, and nothing goes wrong.
    pub const UNDISTURBED: Life = Life {
        ends: Ends::Whole,
        after: 0,
        source: Source::Same,
        fails_at: None,
        quiet: None,
        pause: Duration::ZERO,
        jumps: false,
        gap: Duration::ZERO,
        timeout: None,
        store_fails: 0,
        withholds: 0,
        leaves: Leaves::All,
        declares: Declares::TheSame,
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// The process is killed: no `Drop` runs.
    Kill,
    Drop,
    Stop,
    Cancel,
    /// It runs to its end.
    Whole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Same,
    /// Only the first items.
    Prefix(usize),
    Shuffled,
    /// The item at this place has other bytes.
    Changed(usize),
}

impl Scenario {
    pub fn random(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let has_variants = rng.u8(..6) == 0;
        let count = rng.usize(1..=24);
        let mut items: Vec<Name> = (1..=count as u32).map(|key| (key, 0)).collect();
        for _ in 0..rng.usize(..4) {
            let (key, _) = *rng.choice(&items).unwrap();
            items.push((key, if has_variants { rng.u8(..3) } else { 0 }));
        }
        let millis = |rng: &mut fastrand::Rng, most: u64| Duration::from_millis(rng.u64(..=most));
        let timeout = Duration::from_secs(2);
        let idempotent = rng.bool();
        // Most seeds have a bit of everything, some have more of one thing.
        let tilt = rng.u8(..8);
        let often = |rng: &mut fastrand::Rng, more: u8| rng.u8(..4) < if tilt == more { 3 } else { 1 };
        let most_lives = if tilt == 0 { 20 } else { 5 };
        let lives = (0..=rng.usize(..=most_lives)).skip(1).map(|_| {
            let ends = match rng.u8(..10) {
                0..6 => Ends::Kill,
                6 => Ends::Drop,
                7 => Ends::Stop,
                8 => Ends::Cancel,
                _ => Ends::Whole,
            };
            let source = match rng.u8(..10) {
                0 => Source::Shuffled,
                1 | 2 => Source::Prefix(rng.usize(..=items.len())),
                3 => Source::Changed(rng.usize(..items.len())),
                _ => Source::Same,
            };
            let most = if rng.bool() { 12 } else { 120 };
            let gap = rng.choice([0, 0, 1, 1_500, 60_000]).unwrap();
            Life {
                ends,
                after: rng.usize(1..=most),
                source,
                fails_at: (rng.u8(..8) == 0).then(|| rng.usize(..items.len())),
                quiet: (rng.u8(..4) == 0).then(|| {
                    let wait = rng.choice([1, 20, 2_000, 600_000]).unwrap();
                    (rng.usize(..items.len()), Duration::from_millis(wait))
                }),
                pause: Duration::ZERO,
                jumps: false,
                gap: Duration::from_millis(gap),
                timeout: None,
                store_fails: if rng.u8(..4) == 0 { 20 } else { 0 },
                withholds: 0,
                leaves: Leaves::Some,
                declares: Declares::TheSame,
            }
        });
        let mut lives: Vec<Life> = lives.collect();
        // A generator of its own, so that the scenarios of known seeds stay as they were.
        let mut more = fastrand::Rng::with_seed(seed ^ 0xa1_4ead);
        for life in &mut lives {
            life.timeout = (more.u8(..4) == 0).then_some(Duration::from_millis(500));
        }
        if more.u8(..4) == 0 {
            for life in &mut lives {
                life.declares = match more.u8(..8) {
                    0 => Declares::Path,
                    1 | 2 => Declares::Idempotent,
                    3 => Declares::Max(more.usize(1..=5)),
                    4 => Declares::Already,
                    _ => Declares::TheSame,
                };
            }
        }
        let already = more.u8(..6) == 0;
        if more.u8(..3) == 0 {
            lives.iter_mut().for_each(|life| life.withholds = *more.choice(&[0, 20, 100]).unwrap());
        }
        for life in &mut lives {
            if more.u8(..5) == 0 {
                life.pause = Duration::from_millis(*more.choice(&[1, 300, 5_000]).unwrap());
            }
            life.jumps = more.u8(..6) == 0;
        }
        let mut scenario = Scenario {
            seed,
            has_variants,
            on_duplicate: if often(&mut rng, 1) { OnDuplicate::Keep } else { OnDuplicate::Collapse },
            max: rng.usize(1..=5),
            concurrency: rng.usize(1..=4),
            idempotent,
            batch_key: rng.bool(),
            key_valid: None,
            job: often(&mut rng, 2),
            by_place: false,
            already,
            verifies: often(&mut rng, 3),
            in_order: often(&mut rng, 4),
            window: 40,
            max_attempts: if often(&mut rng, 5) { 2 } else { 50 },
            script: Vec::new(),
            fault_percent: *rng.choice(&[0, 10, 40]).unwrap(),
            refuses: rng.u8(..3) == 0,
            expires: rng.u8(..3) == 0,
            latency: millis(&mut rng, 50),
            takes: millis(&mut rng, 1_900),
            timeout,
            store_latency: millis(&mut rng, 10),
            lives,
            items,
        };
        if scenario.idempotent && more.u8(..4) == 0 {
            scenario.batch_key = true;
            scenario.key_valid = Some(Duration::from_millis(*more.choice(&[500, 10_000, 86_400_000]).unwrap()));
        }
        scenario.by_place = scenario.job && more.bool();
        if more.u8(..3) == 0 {
            scenario.window = more.usize(1..=8);
        }
        scenario
    }

    /// Whether a life reads all items, as they were.
    pub fn reads_all(&self, life: &Life) -> bool {
        life.fails_at.is_none() && matches!(life.source, Source::Same | Source::Shuffled)
    }

    /// The scenario as the declaration of a life has it.
    pub fn declared_in(&self, life: &Life) -> Scenario {
        let mut scenario = Scenario { timeout: life.timeout.unwrap_or(self.timeout), ..self.clone() };
        match life.declares {
            Declares::TheSame | Declares::Path => {}
            Declares::Idempotent => scenario.idempotent = !self.idempotent,
            Declares::Max(max) => scenario.max = max,
            Declares::Already => scenario.already = !self.already,
        }
        scenario
    }

    /// Whether a life declares something otherwise in the given way.
    pub fn changes(&self, declares: impl Fn(Declares) -> bool) -> bool {
        self.lives.iter().any(|life| declares(life.declares))
    }

    /// Whether items may leave before the intents of their requests: nothing depends on whether they did.
    pub fn leaves_ahead(&self) -> bool {
        self.idempotent && !self.batch_key && !self.already && !self.verifies && self.max_attempts > 1
    }

    /// Whether an item of the journal can be told by its key: no other one has it.
    pub fn has_plain_keys(&self) -> bool {
        let is_changed = self.lives.iter().any(|life| matches!(life.source, Source::Changed(_)));
        !self.has_variants && !is_changed && self.on_duplicate == OnDuplicate::Collapse
    }

    /// The items that a life reads.
    pub fn source(&self, life: &Life) -> Vec<Name> {
        let mut items = self.items.clone();
        match life.source {
            Source::Same => {}
            Source::Prefix(count) => items.truncate(count),
            Source::Shuffled => fastrand::Rng::with_seed(self.seed ^ 0xdea1).shuffle(&mut items),
            Source::Changed(at) => items[at].1 += 100,
        }
        if let Some(at) = life.fails_at {
            items.truncate(at);
        }
        items
    }
}
