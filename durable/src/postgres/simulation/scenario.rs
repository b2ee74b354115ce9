//! What is simulated, generated from a seed.

use std::time::Duration;

use bulk_endpoint::{ApiError, BulkItem, ItemReply};
use serde::{Deserialize, Serialize};

/// The header with the idempotency key of a batch.
pub(super) const KEY: &str = "Idempotency-Key";
/// The timeout of a request.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);
/// What is beyond it in a lease.
pub(super) const MARGIN: Duration = Duration::from_secs(1);
/// From this time on nothing goes wrong any more.
pub(super) const CALM: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub(super) struct Item {
    #[bulk(key)]
    pub(super) id: u32,
    pub(super) to: u8,
}

#[derive(Debug, Deserialize, ItemReply)]
pub(super) struct Element {
    #[bulk(key)]
    pub(super) id: u32,
    #[bulk(status)]
    pub(super) status: u16,
}

#[derive(Debug, Deserialize, ApiError)]
pub(super) struct Failure {
    #[bulk(message)]
    pub(super) message: String,
}

#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) seed: u64,
    pub(super) items: Vec<Item>,
    pub(super) chunk_items: usize,
    pub(super) max: usize,
    /// The chunks at once of a process, and the requests at once of a chunk.
    pub(super) lanes: usize,
    pub(super) concurrency: usize,
    pub(super) max_attempts: u32,
    pub(super) idempotent: bool,
    /// Each batch has an idempotency key. A retry is safe only under it.
    pub(super) key: bool,
    pub(super) fault_percent: u8,
    /// The longest time until a response, and until a request is applied.
    pub(super) latency: Duration,
    pub(super) takes: Duration,
    pub(super) store_latency: Duration,
    /// The chance in 256 that a statement fails, executed or not.
    pub(super) store_fails: u8,
    /// After how many statements the server of the database fails over, and how many statements the new one lacks.
    pub(super) fails_over: Vec<(usize, usize)>,
    /// The processes that follow one another on each machine. After them comes one that is undisturbed.
    pub(super) machines: Vec<Vec<Fates>>,
}

impl Scenario {
    pub(super) fn random(seed: u64) -> Self {
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
            fails_over: match rng.u8(..3) {
                0 => (0..rng.usize(1..=2)).map(|_| (rng.usize(1..=80), rng.usize(..=6))).collect(),
                _ => Vec::new(),
            },
        }
    }

    /// Whether items may leave before the intents of their requests.
    pub(super) fn leaves_ahead(&self) -> bool {
        self.idempotent && !self.key && self.max_attempts > 1
    }
}

/// How a process ends.
#[derive(Debug, Clone)]
pub(super) struct Fates {
    /// The number of polls after which it is killed; `None`: it runs to its end.
    pub(super) killed_after: Option<usize>,
    /// When it is stopped, as a number of polls, and for how long.
    pub(super) pauses: Vec<(usize, Duration)>,
    /// What its boot clock is ahead of the world's by.
    pub(super) boot: Duration,
}

/// Every item with such an id fails.
pub(super) fn is_bad(id: u32) -> bool {
    id.is_multiple_of(7)
}
