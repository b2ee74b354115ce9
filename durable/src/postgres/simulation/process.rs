//! A worker's process: the tasks of `worker.rs` and `writer.rs`, with the tables in memory. It is killed and stopped at any poll.

use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use bulk_endpoint::__private::{bind, finish};
use bulk_endpoint::journal::{
    Begun, ItemRecord, Journal, JournalError, JournalFuture, Known, LifeEnd, Record, RunStart, Store,
};
use bulk_endpoint::spec::{EndpointSpec, Method};
use bulk_endpoint::{Bulk, Client, Clock, Endpoint};
use futures_util::FutureExt;
use futures_util::future::{Either, join, join_all, select};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::super::boot_clock;
use super::super::chunk::Chunk;
use super::super::claim::{TAKEOVERS, first_lease};
use super::super::database::Trouble;
use super::super::lease::Lease;
use super::super::life::{ChunkLife, ToWriter};
use super::super::worker::item_from;
use super::super::writer::{Entry, Found, GroupWriter, Tables};
use super::database::{Database, Taken};
use super::time::{SimClock, Sleep};
use super::vendor::Vendor;
use super::{Element, Failure, Item, KEY, MARGIN, Scenario, TIMEOUT};
use crate::fault::{millis, store_error};

/// The server's clock is ahead of the world's by so much.
const SERVER: Duration = Duration::from_secs(1_000_000);
/// How long a worker waits before it looks again whether another one has left a chunk.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long the database may be away, and the vendor.
const PATIENCE: Duration = Duration::from_secs(600);

/// What outlives the processes.
#[derive(Clone)]
pub(super) struct World {
    pub(super) scenario: Arc<Scenario>,
    pub(super) clock: SimClock,
    things: Arc<Mutex<Things>>,
}

pub(super) struct Things {
    pub(super) database: Database,
    pub(super) vendor: Vendor,
    pub(super) rng: fastrand::Rng,
    /// The items of requests that were refused.
    pub(super) refused: Vec<usize>,
    pub(super) findings: Vec<String>,
    processes: usize,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let things = Things {
            database: Database::submit(&scenario.items, scenario.chunk_items),
            vendor: Vendor::default(),
            rng: fastrand::Rng::with_seed(scenario.seed ^ 0x3_0515),
            refused: Vec::new(),
            findings: Vec::new(),
            processes: 0,
        };
        let clock = SimClock::default();
        World { scenario: Arc::new(scenario.clone()), clock, things: Arc::new(Mutex::new(things)) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap()
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// From some time on nothing goes wrong any more.
    pub(super) fn is_calm(&self) -> bool {
        self.now() > super::CALM
    }

    fn server_now(&self) -> i64 {
        millis(SERVER + self.now())
    }
}

/// One process. Its clones are the same process.
#[derive(Clone)]
pub(super) struct Process {
    pub(super) world: World,
    pub(super) number: usize,
    /// Nothing that it does has an effect any more.
    is_dead: Arc<AtomicBool>,
}

/// How a process ends.
#[derive(Debug, Clone)]
pub(super) struct Fates {
    /// It is killed after so many polls.
    pub(super) killed_after: Option<usize>,
    /// It is stopped after so many polls, for so long.
    pub(super) pauses: Vec<(usize, Duration)>,
    /// What its boot clock is ahead of the world's by.
    pub(super) boot: Duration,
}

impl Process {
    pub(super) fn start(world: &World) -> Self {
        let mut things = world.lock();
        things.processes += 1;
        Process { world: world.clone(), number: things.processes, is_dead: Arc::default() }
    }

    pub(super) fn sleep(&self, wait: Duration) -> Sleep {
        self.world.clock.sleep(wait)
    }

    /// Works until no chunk is left, or until it is killed.
    pub(super) async fn work(self, fates: Fates) {
        let (to_writer, lives) = unbounded_channel();
        let writes = write_all(self.clone(), lives);
        let lanes = self.world.scenario.lanes;
        let works = join_all((0..lanes).map(|_| lane(self.clone(), to_writer.clone())));
        // The writer ends with the last sender.
        drop(to_writer);
        let inner = Box::pin(join(writes, works).map(|_| ()));
        Machine { process: self, fates, inner: Some(inner), polls: 0, paused: None }.await;
    }

    /// Executes a statement. After an error it may have taken effect.
    async fn ask<V>(&self, statement: impl FnOnce(&mut Database, i64) -> V) -> Result<V, Trouble> {
        let (there, back, trouble) = {
            let mut things = self.world.lock();
            let latency = self.world.scenario.store_latency;
            let (there, back) = (latency.mul_f64(things.rng.f64()), latency.mul_f64(things.rng.f64()));
            let is_away = !self.world.is_calm() && things.rng.u8(..) < self.world.scenario.store_fails;
            (there, back, if is_away { things.rng.u8(1..=2) } else { 0 })
        };
        self.sleep(there).await;
        if trouble == 1 {
            return Err(Trouble::Away("the simulation".to_owned()));
        }
        let value = {
            let mut things = self.world.lock();
            statement(&mut things.database, self.world.server_now())
        };
        self.sleep(back).await;
        if trouble == 2 {
            return Err(Trouble::Away("the simulation".to_owned()));
        }
        Ok(value)
    }

    /// Executes a statement that may be executed twice.
    async fn ask_patiently<V>(&self, statement: impl Fn(&mut Database, i64) -> V) -> V {
        loop {
            match self.ask(&statement).await {
                Ok(value) => return value,
                Err(_) => self.sleep(LOOK_AGAIN).await,
            }
        }
    }

    async fn take(&self) -> Option<(Duration, Taken)> {
        let holder = self.world.lock().rng.i64(..);
        let (number, mut again) = (self.number, false);
        loop {
            let asked = boot_clock::now();
            match self.ask(|tables, now| tables.take(number, (holder, again), first_lease(MARGIN), now)).await {
                Ok(taken) => return taken.map(|taken| (asked, taken)),
                Err(_) => self.sleep(LOOK_AGAIN).await,
            }
            again = true;
        }
    }

    /// Takes a chunk: as `claim.rs` does. `Err`: there is none; whether one is left to others.
    async fn claim(&self, to_writer: &ToWriter) -> Result<Result<Arc<ChunkLife>, bool>, JournalError> {
        while let Some((asked, taken)) = self.take().await {
            let loaded = self.ask_patiently(|tables, _| tables.load(&taken)).await;
            let Taken { fence, life, takeovers, .. } = taken;
            let chunk = Chunk::recover(fence, life, true, loaded, self.world.server_now());
            let lease = Lease::new(asked, first_lease(MARGIN), MARGIN);
            let life = Arc::new(ChunkLife::new("run".to_owned(), format!("process {}", self.number), lease, chunk));
            let half = {
                let state = life.state();
                (takeovers >= TAKEOVERS && state.chunk.is_open()).then(|| state.chunk.second_half())
            };
            let Some(half) = half else {
                let _ = to_writer.send(life.clone());
                return Ok(Ok(life));
            };
            life.change(to_writer, |_| Ok(())).await?;
            let fence = life.state().chunk.fence;
            self.ask_patiently(|tables, _| tables.divide(fence, half.as_ref())).await;
        }
        Ok(Err(self.ask_patiently(|tables, _| tables.is_left()).await))
    }

    /// The endpoint, as this process declares it.
    fn endpoint(&self) -> Bulk<Item, Vec<Element>, Failure> {
        let scenario = &self.world.scenario;
        let client = Client::builder("http://vendor.example").transport(self.clone()).clock(self.world.clock.clone());
        let client = client.timeout(TIMEOUT).bearer("token").build().unwrap();
        let mut spec = EndpointSpec::new("workers", Method::Post, "/items", scenario.max);
        spec.partial = true;
        spec.idempotent = scenario.idempotent;
        if scenario.key {
            spec.batch_keys = &[KEY];
            if scenario.idempotent {
                spec = spec.idempotent_by_key(86_400_000);
            }
        }
        let endpoint = Endpoint::<Bulk<Item, Vec<Element>, Failure>>::new(spec);
        finish::<Bulk<Item, Vec<Element>, Failure>>(bind(&client, endpoint))
    }
}

/// Takes chunk after chunk: as `worker.rs` does.
async fn lane(process: Process, to_writer: ToWriter) {
    loop {
        let life = match process.claim(&to_writer).await {
            Ok(Ok(life)) => life,
            Ok(Err(true)) => {
                process.sleep(LOOK_AGAIN).await;
                continue;
            }
            Ok(Err(false)) => return,
            // The chunk was lost while it was divided. A worker would end, and be started again.
            Err(_) => continue,
        };
        let items: Vec<Item> = {
            let state = life.state();
            let rows = state.chunk.items().iter();
            rows.map(|row| item_from(row.key.as_deref(), row.body.as_deref()).unwrap()).collect()
        };
        let scenario = process.world.scenario.clone();
        let run = process
            .endpoint()
            .send(items)
            .seed(scenario.seed)
            .patience(PATIENCE)
            .concurrency(scenario.concurrency)
            .max_attempts(scenario.max_attempts);
        let journal = SimJournal { process: process.clone(), life, to_writer: to_writer.clone() };
        if let Err(error) = run.journal(&journal, "run").await {
            let end = LifeEnd { read_all: false, stopped: Some(error.to_string()), source_error: None };
            let ended = journal.life.change(&to_writer, |chunk| {
                chunk.end(end);
                Ok(())
            });
            let _ = ended.await;
        }
    }
}

/// Writes for all lives of a process: as `writer.rs` does.
async fn write_all(process: Process, mut lives: UnboundedReceiver<Arc<ChunkLife>>) {
    let mut writer = GroupWriter::new(process.clone());
    let mut next = Vec::new();
    loop {
        let longest = if next.is_empty() { MARGIN / 10 } else { Duration::ZERO };
        {
            let received = pin!(lives.recv_many(&mut next, 256));
            if let Either::Left((0, _)) = select(received, process.sleep(longest)).await {
                return;
            }
        }
        next = writer.write_next(next).await;
    }
}

impl Tables for Process {
    /// Since when the database is away.
    type Patience = Option<Duration>;

    fn patience(&self) -> Option<Duration> {
        None
    }

    async fn wait(&self, since: &mut Option<Duration>, trouble: Trouble) -> Result<(), JournalError> {
        let now = self.world.now();
        if now - *since.get_or_insert(now) > PATIENCE {
            return Err(store_error(trouble.to_string()));
        }
        self.sleep(LOOK_AGAIN).await;
        Ok(())
    }

    async fn write(&mut self, group: &[Entry]) -> Result<HashMap<u32, i64>, Trouble> {
        self.ask(|tables, now| tables.write(group, now)).await
    }

    async fn look(&mut self, group: &[Entry]) -> Result<HashMap<(i64, i64), Found>, Trouble> {
        self.ask(|tables, _| tables.look(group)).await
    }
}

/// The journal of a chunk's run: as that of `life.rs`.
#[derive(Clone)]
struct SimJournal {
    process: Process,
    life: Arc<ChunkLife>,
    to_writer: ToWriter,
}

impl Journal for SimJournal {
    fn register(&self, items: Vec<ItemRecord>) -> JournalFuture<Vec<Known>> {
        let known = self.life.state().chunk.register(&items);
        Box::pin(async { known })
    }

    fn write(&self, records: Vec<Record>) -> JournalFuture<()> {
        let now = self.process.world.server_now();
        self.life.change(&self.to_writer, |chunk| chunk.apply(records, now))
    }

    fn withholds(&self) -> Option<Arc<str>> {
        (!self.life.lease.may_send()).then(|| "the lease ends too soon".into())
    }

    fn end(&self, end: LifeEnd) -> JournalFuture<()> {
        self.life.change(&self.to_writer, |chunk| {
            chunk.end(end);
            Ok(())
        })
    }
}

impl Store for SimJournal {
    type Report = ();

    fn begin(&self, _: &str, start: RunStart) -> JournalFuture<Begun> {
        let this = self.clone();
        async move {
            this.life.lease.set_timeout(start.request_timeout);
            let mut pending = Vec::new();
            let now = this.process.world.server_now();
            let written = this.life.change(&this.to_writer, |chunk| {
                pending = chunk.begin(&start, now);
                Ok(())
            });
            written.await?;
            let (life, has_responded) = {
                let state = this.life.state();
                (state.chunk.life, state.chunk.has_responded())
            };
            Ok(Begun {
                run: 0x5eed,
                life,
                has_responded,
                time_left: None,
                pending,
                busy_for: Duration::ZERO,
                journal: Arc::new(this),
            })
        }
        .boxed()
    }

    fn report(&self, _: &str) -> JournalFuture<()> {
        async { Ok(()) }.boxed()
    }
}

/// Polls the tasks of a process with its own clock, until it is killed.
struct Machine {
    process: Process,
    fates: Fates,
    inner: Option<Pin<Box<dyn Future<Output = ()>>>>,
    polls: usize,
    paused: Option<Sleep>,
}

impl Future for Machine {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if let Some(pause) = &mut this.paused {
            if pause.poll_unpin(cx).is_pending() {
                return Poll::Pending;
            }
            this.paused = None;
        }
        this.polls += 1;
        let world = &this.process.world;
        if let Some((_, pause)) = this.fates.pauses.iter().find(|(after, _)| this.polls == *after) {
            let mut pause = world.clock.sleep(*pause);
            let _ = pause.poll_unpin(cx);
            this.paused = Some(pause);
            return Poll::Pending;
        }
        boot_clock::SIMULATED.set(Some(this.fates.boot + world.now()));
        if this.fates.killed_after == Some(this.polls) {
            this.process.is_dead.store(true, Ordering::Relaxed);
            let now = world.now();
            for sent in &mut world.lock().vendor.requests {
                // The vendor may still work on it, as long as its client would have waited.
                if sent.process == this.process.number && sent.until > now {
                    sent.until = sent.at + TIMEOUT;
                }
            }
            this.inner = None;
        }
        let polled = this.inner.as_mut().map_or(Poll::Ready(()), |inner| inner.poll_unpin(cx));
        boot_clock::SIMULATED.set(None);
        polled
    }
}
