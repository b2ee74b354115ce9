//! The store of the simulation: the model, with latency, and with commits that fail.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bulk_endpoint::Clock;
use bulk_endpoint::journal::{
    Begun, ItemRecord, Journal, JournalError, JournalFuture, Known, LifeEnd, PendingBatch, Record, RunStart, Store,
};
use futures_util::FutureExt;

use crate::model::State;
use crate::scenario::{Leaves, Life};
use crate::time::SimClock;

/// The store of one scenario. It outlives the processes.
#[derive(Clone)]
pub struct SimStore(Arc<Mutex<Shared>>);

pub struct Shared {
    /// What a process sees.
    pub volatile: State,
    /// What a crash leaves.
    pub durable: State,
    /// What was done since the last commit that completed.
    log: Vec<Done>,
    /// The number of what was done before, in this life.
    committed: usize,
    /// The time at the start of the present life, by the clock of the world.
    pub base: Duration,
    pub clock: SimClock,
    rng: fastrand::Rng,
    latency: Duration,
    /// The chance in 256 that a commit fails.
    fails: u8,
    /// The chance in 256 that the journal withholds a request.
    pub withholds: u8,
    /// The requests that it withheld in the present life.
    pub withheld: u32,
    /// The requests that it let leave, and that did not leave yet.
    let_go: u32,
    /// The handle of the present life does not write any more.
    is_broken: bool,
    /// The process was killed: what it calls reaches nothing.
    pub is_dead: bool,
    /// The process drops its run.
    pub is_dropping: bool,
    /// The requests of earlier lives whose items stay together, and were not sent again in this life, each with the largest number of
    /// attempts that count of one of its items.
    pub pending: Vec<(PendingBatch, u32)>,
    /// All of those that this life began with.
    pub began_with: Vec<PendingBatch>,
    /// The number of writes of the present life: so many syncs, if none is shared.
    pub writes: usize,
    pub findings: Vec<String>,
}

#[derive(Clone)]
enum Done {
    Register(Vec<ItemRecord>),
    Write(Vec<Record>, Duration),
    End(LifeEnd),
}

impl Done {
    fn apply(&self, state: &mut State) {
        match self {
            Done::Register(records) => drop(state.register(records)),
            Done::Write(records, at) => state.write(records, *at),
            Done::End(end) => state.end(end.clone()),
        }
    }
}

impl SimStore {
    pub fn new(seed: u64) -> Self {
        let mut state = State::default();
        state.run = 0x5eed;
        SimStore(Arc::new(Mutex::new(Shared {
            volatile: state.clone(),
            durable: state,
            log: Vec::new(),
            committed: 0,
            base: Duration::ZERO,
            clock: SimClock::default(),
            rng: fastrand::Rng::with_seed(seed),
            latency: Duration::ZERO,
            fails: 0,
            withholds: 0,
            withheld: 0,
            let_go: 0,
            is_broken: false,
            is_dead: false,
            is_dropping: false,
            pending: Vec::new(),
            began_with: Vec::new(),
            writes: 0,
            findings: Vec::new(),
        })))
    }

    pub fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap()
    }

    /// The machine goes on with a new process: of what was not committed, a part is durable.
    pub fn restart(&self, base: Duration, clock: SimClock, latency: Duration, life: &Life, left: Leaves) {
        let mut shared = self.lock();
        let count = shared.log.len();
        let kept = match left {
            Leaves::Nothing => 0,
            Leaves::All => count,
            Leaves::Some => shared.rng.usize(..=count),
        };
        shared.commit(kept);
        (shared.base, shared.clock, shared.latency) = (base, clock, latency);
        (shared.fails, shared.withholds) = (life.store_fails, life.withholds);
        (shared.withheld, shared.let_go) = (0, 0);
        shared.volatile = shared.durable.clone();
        (shared.is_broken, shared.is_dead, shared.is_dropping) = (false, false, false);
        shared.pending.clear();
        shared.began_with.clear();
        shared.log.clear();
        (shared.committed, shared.writes) = (0, 0);
    }
}

impl Shared {
    pub fn now(&self) -> Duration {
        self.base + self.clock.now()
    }

    /// What a run calls its journal for, and when it must not.
    fn check_call(&mut self, call: &str) {
        if self.is_broken {
            self.findings.push(format!("the journal was used after a commit had failed: {call}"));
        }
        if self.is_dropping {
            self.findings.push(format!("a run wrote to its journal while it was dropped: {call}"));
        }
    }

    /// A request with items leaves. The journal was asked right before.
    pub fn note_departure(&mut self) {
        match self.let_go.checked_sub(1) {
            Some(left) => self.let_go = left,
            None => self.findings.push("a request left that its journal did not let go".to_owned()),
        }
    }

    fn push(&mut self, done: Done) {
        done.apply(&mut self.volatile);
        self.log.push(done);
    }

    /// The first records of the log become durable.
    fn commit(&mut self, count: usize) {
        self.committed += count;
        for done in self.log.drain(..count) {
            done.apply(&mut self.durable);
        }
    }
}

impl Store for SimStore {
    type Report = State;

    fn begin(&self, _: &str, start: RunStart) -> JournalFuture<Begun> {
        let store = self.clone();
        let sleep = self.sleep();
        async move {
            sleep.await;
            let mut shared = store.lock();
            let now = shared.now();
            let beginning = shared.volatile.begin(start, now)?;
            // The start of a life is one commit, with what was left of the last one before it.
            (shared.durable, shared.log, shared.committed) = (shared.volatile.clone(), Vec::new(), 0);
            let spent = |item: &u64| shared.volatile.items[*item as usize].spent();
            let pending =
                beginning.pending.iter().map(|batch| (batch.clone(), batch.items.iter().map(spent).max().unwrap()));
            shared.pending = pending.collect();
            shared.began_with = beginning.pending.clone();
            Ok(Begun {
                journal: Arc::new(store.clone()),
                run: shared.volatile.run,
                life: shared.volatile.life,
                has_responded: beginning.has_responded,
                time_left: None,
                pending: beginning.pending,
                busy_for: beginning.busy_for,
            })
        }
        .boxed()
    }

    fn report(&self, _: &str) -> JournalFuture<State> {
        let state = self.lock().volatile.clone();
        async move { Ok(state) }.boxed()
    }
}

impl SimStore {
    fn sleep(&self) -> crate::time::Sleep {
        let mut shared = self.lock();
        let latency = shared.latency;
        let wait = if latency.is_zero() { latency } else { latency.mul_f64(shared.rng.f64()) };
        shared.clock.sleep(wait)
    }

    fn written(&self, done: Done) -> JournalFuture<()> {
        let store = self.clone();
        let (number, fails) = {
            let mut shared = self.lock();
            shared.check_call("write");
            if shared.is_broken || shared.is_dead {
                return async { Err(broken()) }.boxed();
            }
            shared.push(done);
            shared.writes += 1;
            let chance = shared.fails;
            (shared.committed + shared.log.len(), shared.rng.u8(..) < chance)
        };
        let sleep = self.sleep();
        async move {
            sleep.await;
            let mut shared = store.lock();
            if shared.is_broken {
                return Err(broken());
            }
            let left = number.saturating_sub(shared.committed);
            if fails {
                // It is durable or not: who asked does not know.
                let kept = if shared.rng.bool() { left } else { 0 };
                shared.commit(kept);
                shared.is_broken = true;
                return Err(broken());
            }
            shared.commit(left);
            Ok(())
        }
        .boxed()
    }
}

impl Journal for SimStore {
    fn register(&self, items: Vec<ItemRecord>) -> JournalFuture<Vec<Known>> {
        let known = {
            let mut shared = self.lock();
            shared.check_call("register");
            if shared.is_broken || shared.is_dead {
                return async { Err(broken()) }.boxed();
            }
            let known = shared.volatile.register(&items);
            if known.is_ok() {
                shared.log.push(Done::Register(items));
            }
            known
        };
        let sleep = self.sleep();
        async move {
            sleep.await;
            known
        }
        .boxed()
    }

    fn write(&self, records: Vec<Record>) -> JournalFuture<()> {
        let now = self.lock().now();
        self.written(Done::Write(records, now))
    }

    fn withholds(&self) -> Option<Arc<str>> {
        let mut shared = self.lock();
        let chance = shared.withholds;
        if shared.rng.u8(..) < chance {
            shared.withheld += 1;
            return Some("the lease ends too soon".into());
        }
        // One that was let go before, and dropped, has not left.
        shared.let_go = 1;
        None
    }

    fn end(&self, end: LifeEnd) -> JournalFuture<()> {
        self.written(Done::End(end))
    }
}

fn broken() -> JournalError {
    JournalError::Store("the disk is full".into())
}
