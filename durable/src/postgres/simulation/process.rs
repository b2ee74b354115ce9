//! A worker's process: the tasks of `worker.rs` and `writer.rs`, with the tables in memory. It is killed and stopped at any poll.

#[path = "../../../../tests/sim/time.rs"]
pub(super) mod time;

use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use bulk_endpoint::__private::{bind, finish};
use bulk_endpoint::journal::{
    Begun, ItemRecord, Journal, JournalError, JournalFuture, Known, LifeEnd, Record, RunStart, Store,
};
use bulk_endpoint::spec::{EndpointSpec, Method};
use bulk_endpoint::transport::{Request, Response, Transport, TransportError};
use bulk_endpoint::{Bulk, Client, Clock, Endpoint};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, join, join_all, select};
use http::HeaderMap;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::super::boot_clock;
use super::super::chunk::{Fence, Half, LoadedChunk};
use super::super::claim::{Claim, ClaimTables, Taken, claim};
use super::super::database::{Trouble, Waits};
use super::super::life::{BegunLife, ChunkLife, ToWriter};
use super::super::worker::item_from;
use super::super::writer::{Entry, Found, GroupWriter, Tables};
use super::database::Database;
use super::scenario::{CALM, Element, Failure, Fates, Item, KEY, MARGIN, Scenario, TIMEOUT};
use super::server::DatabaseServer;
use super::vendor::{Fate, Vendor};
use crate::fault::{millis, store_error};
use time::{SimClock, Sleep};

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
    pub(super) server: DatabaseServer,
    pub(super) vendor: Vendor,
    rng: fastrand::Rng,
    pub(super) findings: Vec<String>,
    processes: usize,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let things = Things {
            server: DatabaseServer::new(Database::submit(&scenario.items, scenario.chunk_items), &scenario.fails_over),
            vendor: Vendor::new(scenario),
            rng: fastrand::Rng::with_seed(scenario.seed ^ 0x3_0515),
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
        self.now() > CALM
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
}

impl Process {
    pub(super) fn start(world: &World) -> Self {
        let mut things = world.lock();
        things.processes += 1;
        Process { world: world.clone(), number: things.processes }
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
        let (there, back, trouble, failovers) = {
            let mut things = self.world.lock();
            let latency = self.world.scenario.store_latency;
            let (there, back) = (latency.mul_f64(things.rng.f64()), latency.mul_f64(things.rng.f64()));
            let is_away = !self.world.is_calm() && things.rng.u8(..) < self.world.scenario.store_fails;
            let trouble = if is_away { things.rng.u8(1..=2) } else { 0 };
            (there, back, trouble, things.server.failovers)
        };
        let away = || Err(Trouble::Away("the simulation".to_owned()));
        self.sleep(there).await;
        let value = {
            let server = &mut self.world.lock().server;
            server.fail_over_if_due();
            if trouble == 1 || server.failovers > failovers {
                return away();
            }
            server.execute(statement, self.world.server_now())
        };
        self.sleep(back).await;
        if trouble == 2 || self.world.lock().server.failovers > failovers {
            return away();
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
        let worker = format!("process {}", process.number);
        let life = match claim(&mut process.clone(), &to_writer, MARGIN, "run", &worker).await.unwrap() {
            Claim::Taken { life, .. } => life,
            Claim::Nothing => {
                process.sleep(LOOK_AGAIN).await;
                continue;
            }
            Claim::Done => return,
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
            journal.life.end_early(&to_writer, &error.to_string()).await;
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

impl Transport for Process {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (fate, wait) = {
            let mut things = self.world.lock();
            let Things { server, vendor, findings, .. } = &mut *things;
            let items = vendor.items_of(&request);
            let (now, ahead) = (self.world.server_now(), self.world.scenario.leaves_ahead());
            findings.extend(server.check_departure(self.number, &items, ahead, now));
            let may_overlap = server.failovers > 0 && self.world.scenario.idempotent;
            vendor.receive(&request, self.number, self.world.now(), self.world.is_calm(), may_overlap)
        };
        let sleep = self.sleep(wait);
        async move {
            sleep.await;
            match fate {
                Fate::Response(status, body) => {
                    Ok(Response::new(status, HeaderMap::new(), body.to_string().into_bytes()))
                }
                Fate::Error(kind) => Err(TransportError::new(kind, "the simulation")),
            }
        }
        .boxed()
    }
}

impl Waits for Process {
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
}

impl ClaimTables for Process {
    async fn take(&mut self, holder: i64, lease: Duration, again: bool) -> Result<Option<Taken>, Trouble> {
        let number = self.number;
        self.ask(|tables, now| tables.take(number, (holder, again), lease, now)).await
    }

    async fn load(&mut self, taken: &Taken) -> Result<LoadedChunk, JournalError> {
        Ok(self.ask_patiently(|tables, _| tables.load(taken)).await)
    }

    async fn divide(&mut self, fence: Fence, half: Option<&Half>) -> Result<(), JournalError> {
        self.ask_patiently(|tables, _| tables.divide(fence, half)).await;
        Ok(())
    }

    async fn is_left(&mut self) -> Result<bool, JournalError> {
        Ok(self.ask_patiently(|tables, _| tables.is_left()).await)
    }

    fn now(&self) -> i64 {
        self.world.server_now()
    }
}

impl Tables for Process {
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
        self.life.end(&self.to_writer, end)
    }
}

impl Store for SimJournal {
    type Report = ();

    fn begin(&self, _: &str, start: RunStart) -> JournalFuture<Begun> {
        let this = self.clone();
        async move {
            let now = this.process.world.server_now();
            let BegunLife { life, has_responded, pending } = this.life.begin(&this.to_writer, &start, now).await?;
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
            world.lock().vendor.lose_client(this.process.number, world.now());
            this.inner = None;
        }
        let polled = this.inner.as_mut().map_or(Poll::Ready(()), |inner| inner.poll_unpin(cx));
        boot_clock::SIMULATED.set(None);
        polled
    }
}
