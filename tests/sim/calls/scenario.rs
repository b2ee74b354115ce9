//! The input of a simulation of calls, generated from a seed.

use std::time::Duration;

use crate::scenario::{Consumer, Plan, Scenario, Shape, Source};
use crate::trace::BatcherOrder;

#[derive(Debug, Clone)]
pub struct Calls {
    /// The server and its faults, and one run: its items are those of the callers, in their order.
    pub base: Scenario,
    pub callers: Vec<Caller>,
    pub orders: Vec<(Duration, BatcherOrder)>,
    /// The driver is dropped.
    pub drops_at: Option<Duration>,
    pub linger: Duration,
    pub capacity: usize,
}

/// One caller, in a task of its own.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    pub at: Duration,
    /// The longest time that it waits.
    pub gives_up: Option<Duration>,
    /// It does not wait for room in the queue.
    pub tries: bool,
}

impl Calls {
    pub fn random(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0xca11_ca11);
        let mut base = Scenario::random(seed);
        base.runs.truncate(1);
        base.tokens = None;
        let plan = &mut base.runs[0];
        // Calls have no source and no consumer, and a job is no other way to answer them.
        (plan.start, plan.source, plan.source_fails_at) = (Duration::ZERO, Source::Iter, None);
        (plan.deadline, plan.order, plan.consumer) = (None, None, Consumer::Report);
        if plan.shape == Shape::Job {
            plan.shape = Shape::Lists;
        }
        // Linger and the time between calls are of the same size.
        let millis = |rng: &mut fastrand::Rng, choice: &[u64]| Duration::from_millis(*rng.choice(choice).unwrap());
        let within = millis(&mut rng, &[0, 20, 2_000, 30_000]);
        let moment = |rng: &mut fastrand::Rng, within: Duration| within.mul_f64(rng.f64());
        let patient = rng.u8(..3) == 0;
        let callers = base.runs[0].items.iter().map(|_| Caller {
            at: moment(&mut rng, within),
            gives_up: (!patient && rng.u8(..4) == 0).then(|| millis(&mut rng, &[0, 1, 10, 300, 5_000])),
            tries: rng.u8(..4) == 0,
        });
        let callers = callers.collect();
        let orders = (0..rng.usize(..4)).map(|_| {
            let order = match rng.u8(..4) {
                0 => BatcherOrder::Close(
                    *rng.choice(&[Duration::ZERO, Duration::from_millis(700), Duration::MAX]).unwrap(),
                ),
                _ => BatcherOrder::Flush,
            };
            (moment(&mut rng, within * 2), order)
        });
        let orders = orders.collect();
        Calls {
            callers,
            orders,
            drops_at: (rng.u8(..10) == 0).then(|| moment(&mut rng, within * 2)),
            linger: millis(&mut rng, &[0, 10, 10, 400, 60_000]),
            capacity: *rng.choice(&[1, 3, 16, 1_024]).unwrap(),
            base,
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.base.runs[0]
    }

    /// Whether nothing keeps a request back but its linger: no fault, no quota, and room for all calls at once.
    pub fn is_calm(&self) -> bool {
        let plan = self.plan();
        let fits = self.callers.len() <= plan.concurrency && plan.max_bytes.is_none() && plan.takes == plan.max;
        let good = |thing: &crate::scenario::Thing| thing.nature == crate::scenario::Nature::Good;
        fits && self.base.fault_percent == 0
            && self.base.outages.is_empty()
            && !self.base.jumps
            && plan.rate.is_none()
            && plan.items.iter().all(good)
            && self.has_own_keys()
    }

    /// Whether no two calls have items with the same key.
    pub fn has_own_keys(&self) -> bool {
        let mut keys: Vec<u32> = self.plan().items.iter().map(|thing| thing.key).collect();
        keys.sort_unstable();
        keys.windows(2).all(|pair| pair[0] != pair[1])
    }
}
