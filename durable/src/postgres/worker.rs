//! A worker: it takes chunks of a run, sends their items, and gives them back.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use bulk_endpoint::dynamic::{DynamicItem, DynamicValue, from_text};
use bulk_endpoint::journal::{JournalError, LifeEnd};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Run, Watch};
use futures_util::future::poll_fn;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio_postgres::types::Type;

use super::claim::{Claim, ServerChunks, claim};
use super::database::Param;
use super::life::{ChunkJournal, ChunkLife, SubmittedRun, ToWriter};
use super::session::Session;
use crate::fault::store_error;
use crate::random::random_bytes;

/// How long a worker waits before it looks again whether another one has left a chunk.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How many requests at once one chunk has: while the response of one is recorded, the other is under way.
const REQUESTS_A_CHUNK: usize = 2;

/// Works on a run: see [`PostgresStore::worker`](super::PostgresStore::worker).
#[must_use = "a worker does nothing until `until_done` or `run_until` is awaited"]
pub struct Worker<A, T: BulkItem, R: BulkReply = (), E: ApiError = ()> {
    session: Arc<Session>,
    to_writer: ToWriter,
    name: String,
    endpoint: Box<dyn Fn(A) -> Bulk<T, R, E> + Send + Sync>,
    configure: Configure<T, R, E>,
    concurrency: usize,
    account: Option<String>,
}

/// What is set on the run of each chunk.
type Configure<T, R, E> = Box<dyn Fn(Run<'static, T, R, E, T>) -> Run<'static, T, R, E, T> + Send + Sync>;

/// What a worker has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WorkReport {
    /// The number of chunks that it brought to their end.
    pub chunks: usize,
    /// The number of chunks that other workers took over from it.
    pub lost: usize,
    /// The number of requests that it sent.
    pub requests: usize,
    /// Why it stopped early, if it did: a token was refused, for example. The same call continues.
    pub stopped: Option<String>,
    /// Whether nothing of the run is left to any worker.
    pub is_done: bool,
}

impl<A, T, R, E> Worker<A, T, R, E>
where
    A: DynamicValue,
    T: DynamicItem,
    R: BulkReply,
    E: ApiError,
{
    pub(crate) fn new(
        (session, to_writer): (Arc<Session>, ToWriter),
        name: String,
        endpoint: impl Fn(A) -> Bulk<T, R, E> + Send + Sync + 'static,
    ) -> Self {
        Worker {
            session,
            to_writer,
            name,
            endpoint: Box::new(endpoint),
            configure: Box::new(|run| run),
            concurrency: 8,
            account: None,
        }
    }

    /// Sets the maximum number of requests in flight at once (default 8). They are of several chunks.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Sets options of the runs of the chunks, such as [`Run::patience`] and [`Run::verify`]. Their concurrency is that of the worker.
    pub fn configure(
        mut self,
        configure: impl Fn(Run<'static, T, R, E, T>) -> Run<'static, T, R, E, T> + Send + Sync + 'static,
    ) -> Self {
        self.configure = Box::new(configure);
        self
    }

    /// Names the account that the credential belongs to: see
    /// [`JournaledRun::account`](bulk_endpoint::JournaledRun::account).
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Works until nothing of the run is left: each item has an outcome. Waits for the chunks of other workers, and takes over those of dead ones.
    ///
    /// # Errors
    ///
    /// There is no such run, it is another one ([`JournalError::OtherRun`]), or the database is down for too long.
    pub async fn until_done(self) -> Result<WorkReport, JournalError> {
        self.run_until(std::future::pending::<()>()).await
    }

    /// Works until nothing of the run is left, or until the future completes: then the requests in flight end, and the chunks are given back.
    ///
    /// If the returned future is dropped, the chunks are taken over when their leases end, and what was in flight is uncertain.
    ///
    /// # Errors
    ///
    /// As [`until_done`](Self::until_done).
    pub async fn run_until(self, shutdown: impl Future) -> Result<WorkReport, JournalError> {
        let worker = self.begin().await?;
        let mut shutdown = pin!(shutdown.fuse());
        let lanes = self.concurrency.div_ceil(REQUESTS_A_CHUNK);
        let mut work = FuturesUnordered::new();
        let mut watches: Vec<Option<Watch<T, R, E>>> = (0..lanes).map(|_| None).collect();
        let mut report = WorkReport::default();
        let mut failed = None;
        // Each lane takes chunk after chunk, with its part of the requests.
        for lane in 0..lanes {
            work.push(self.take(lane, &worker, Duration::ZERO).boxed());
        }
        let mut stops = false;
        loop {
            let next = poll_fn(|cx| {
                if !stops && shutdown.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(None);
                }
                match work.poll_next_unpin(cx) {
                    Poll::Ready(Some(event)) => Poll::Ready(Some(Some(event))),
                    Poll::Ready(None) => Poll::Ready(Some(None)),
                    Poll::Pending => Poll::Pending,
                }
            });
            let event = match next.await {
                None => {
                    stops = true;
                    worker.stops.store(true, Ordering::Relaxed);
                    watches.iter().flatten().for_each(Watch::stop);
                    continue;
                }
                Some(None) => break,
                Some(Some(event)) => event,
            };
            match event {
                Event::Taken { lane, life, run } if !stops => match self.send(lane, life.clone(), run) {
                    Ok((watch, sending)) => {
                        watches[lane] = Some(watch);
                        work.push(sending.boxed());
                    }
                    Err(error) => {
                        failed = Some(error);
                        work.push(self.give_back(lane, life).boxed());
                    }
                },
                Event::Taken { lane, life, .. } => work.push(self.give_back(lane, life).boxed()),
                Event::Ended { lane, requests, end } => {
                    watches[lane] = None;
                    report.requests += requests;
                    match end {
                        Ok(end) => match end.and_then(|end| end.stopped.or(end.source_error)) {
                            // That of a worker that is told to stop is no news.
                            Some(why) if !stops => report.stopped = Some(why),
                            Some(_) => {}
                            None => report.chunks += 1,
                        },
                        Err(None) => report.lost += 1,
                        Err(Some(error)) => failed = Some(error),
                    }
                    if !stops && report.stopped.is_none() && failed.is_none() {
                        work.push(self.take(lane, &worker, Duration::ZERO).boxed());
                    }
                }
                Event::Nothing { lane } if !stops => work.push(self.take(lane, &worker, LOOK_AGAIN).boxed()),
                Event::Nothing { .. } => {}
                Event::Done => report.is_done = true,
                Event::Failed(error) => failed = Some(error),
            }
            if !stops && (report.stopped.is_some() || failed.is_some()) {
                stops = true;
                worker.stops.store(true, Ordering::Relaxed);
                watches.iter().flatten().for_each(Watch::stop);
            }
        }
        self.end(&worker, report.stopped.as_deref()).await?;
        failed.map_or(Ok(report), Err)
    }
}

/// What happens to one lane of a worker.
enum Event {
    Taken {
        lane: usize,
        life: Arc<ChunkLife>,
        run: Arc<SubmittedRun>,
    },
    /// A chunk was worked on. The error is `None` if another worker has it.
    Ended {
        lane: usize,
        requests: usize,
        end: Result<Option<LifeEnd>, Option<JournalError>>,
    },
    Nothing {
        lane: usize,
    },
    Done,
    Failed(JournalError),
}

/// A worker at work: its name, which goes with each chunk, and what ends its heartbeat when it is dropped.
struct WorkerName {
    name: Arc<str>,
    /// Whether it takes no further chunks.
    stops: Arc<AtomicBool>,
    _alive: Arc<()>,
}

/// How often a worker says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(5);

impl<A, T, R, E> Worker<A, T, R, E>
where
    A: DynamicValue,
    T: DynamicItem,
    R: BulkReply,
    E: ApiError,
{
    async fn begin(&self) -> Result<WorkerName, JournalError> {
        let name: Arc<str> = worker_name()?.into();
        let (session, of_run) = (self.session.clone(), self.name.clone());
        let (worker, concurrency) = (name.clone(), self.concurrency as i64);
        let alive = Arc::new(());
        let is_alive = Arc::downgrade(&alive);
        let begun = self.session.spawn(async move {
            let sql = "insert into bulk_endpoint.workers (worker, run, started, seen, concurrency) \
                       select $1, r.run, m.ms, m.ms, $3 from bulk_endpoint.runs r, \
                       (select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms) m where r.name = $2 \
                       on conflict (worker) do nothing";
            let params: [Param<'_>; 3] = [(&&*worker, Type::TEXT), (&of_run, Type::TEXT), (&concurrency, Type::INT8)];
            session.claims.lock().await.rows_patiently(sql, &params).await?;
            let beat = session.clone();
            // That a heartbeat is missing is all that one that fails means.
            tokio::spawn(async move {
                while is_alive.strong_count() > 0 {
                    tokio::time::sleep(HEARTBEAT).await;
                    let sql = "update bulk_endpoint.workers set seen = floor(extract(epoch from clock_timestamp()) * 1000)::bigint \
                               where worker = $1 and ended is null";
                    let _ = beat.claims.lock().await.rows(sql, &[(&&*worker, Type::TEXT)]).await;
                }
            });
            Ok(())
        });
        begun.await?;
        Ok(WorkerName { name, stops: Arc::default(), _alive: alive })
    }

    async fn end(&self, worker: &WorkerName, stopped: Option<&str>) -> Result<(), JournalError> {
        let (session, name, stopped) = (self.session.clone(), worker.name.clone(), stopped.map(str::to_owned));
        let ended = self.session.spawn(async move {
            let sql = "update bulk_endpoint.workers set ended = floor(extract(epoch from clock_timestamp()) * 1000)::bigint, stopped = $2 \
                       where worker = $1";
            // What it did is recorded; that it has ended is not worth waiting for.
            let _ = session.claims.lock().await.rows(sql, &[(&&*name, Type::TEXT), (&stopped, Type::TEXT)]).await;
            Ok(())
        });
        ended.await
    }

    /// Takes a chunk for a lane, after a while.
    fn take(
        &self,
        lane: usize,
        worker: &WorkerName,
        after: Duration,
    ) -> impl Future<Output = Event> + Send + use<A, T, R, E> {
        let (session, to_writer) = (self.session.clone(), self.to_writer.clone());
        let (name, stops, worker) = (self.name.clone(), worker.stops.clone(), worker.name.clone());
        let claimed = self.session.spawn(async move {
            tokio::time::sleep(after).await;
            let mut connection = session.claims.lock().await;
            // Lanes take turns: if the database is away, its patience is over for all of them once it is for one.
            if stops.load(Ordering::Relaxed) {
                return Ok(Claim::Nothing);
            }
            let (name, worker) = (&*name, &*worker);
            let mut chunks = ServerChunks { session: &session, connection: &mut connection, name, worker };
            let claimed = claim(&mut chunks, &to_writer, session.margin, name, worker).await;
            if claimed.is_err() {
                stops.store(true, Ordering::Relaxed);
            }
            claimed
        });
        async move {
            match claimed.await {
                Ok(Claim::Taken { life, run }) => Event::Taken { lane, life, run },
                Ok(Claim::Nothing) => Event::Nothing { lane },
                Ok(Claim::Done) => Event::Done,
                Err(error) => Event::Failed(error),
            }
        }
    }

    /// Gives back a chunk of which nothing is sent.
    fn give_back(&self, lane: usize, life: Arc<ChunkLife>) -> impl Future<Output = Event> + Send + use<A, T, R, E> {
        let ended = life.end_early(&self.to_writer, "stopped");
        async move {
            ended.await;
            drop(life);
            Event::Nothing { lane }
        }
    }

    /// Sends the items of a chunk.
    fn send(
        &self,
        lane: usize,
        life: Arc<ChunkLife>,
        run: Arc<SubmittedRun>,
    ) -> Result<(Watch<T, R, E>, impl Future<Output = Event> + Send + use<A, T, R, E>), JournalError> {
        let unreadable = |what: &str, why: String| {
            store_error(format!(
                "expected {what} of the run `{}` as this worker reads them, found: {why}; use the worker of its release",
                self.name
            ))
        };
        let arguments: A =
            serde_json::from_str(&run.arguments).map_err(|error| unreadable("arguments", error.to_string()))?;
        let items: Vec<T> = {
            let state = life.state();
            let items = state.chunk.items().iter().map(|row| item_from(row.key.as_deref(), row.body.as_deref()));
            items.collect::<Result<_, _>>().map_err(|error| unreadable("items", error.to_string()))?
        };
        let bulk = (self.endpoint)(arguments);
        let requests = self.requests_of(lane);
        let run_of_chunk = (self.configure)(bulk.send(items)).concurrency(requests);
        let journal = ChunkJournal { session: self.session.clone(), life, to_writer: self.to_writer.clone(), run };
        let lease = journal.life.lease.clone();
        let mut recorded = run_of_chunk.journal(&journal, &self.name);
        if let Some(account) = &self.account {
            recorded = recorded.account(account);
        }
        let watch = recorded.watch();
        let counted = watch.clone();
        let sending = async move {
            let end = recorded.await;
            if let Err(error) = &end {
                // Otherwise it would be taken over, as if its worker had died.
                journal.life.end_early(&journal.to_writer, &error.to_string()).await;
            }
            // Without the run nothing renews the lease.
            drop(journal);
            let end = end.map_err(|error| if lease.is_lost() { None } else { Some(error) });
            Event::Ended { lane, requests: counted.requests(), end }
        };
        Ok((watch, sending))
    }

    /// How many requests at once a lane has.
    fn requests_of(&self, lane: usize) -> usize {
        (self.concurrency - lane * REQUESTS_A_CHUNK).min(REQUESTS_A_CHUNK)
    }
}

impl<A, T: BulkItem, R: BulkReply, E: ApiError> fmt::Debug for Worker<A, T, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.name)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

/// An item from its JSON, or from its key if that is its JSON.
pub(crate) fn item_from<T: DynamicItem>(key: Option<&str>, json: Option<&str>) -> Result<T, serde_json::Error> {
    match json {
        Some(json) => serde_json::from_str(json),
        None => from_text(key.unwrap_or_default()),
    }
}

/// A name that no other worker has: the machine, the process, and a random number.
fn worker_name() -> Result<String, JournalError> {
    let random = u32::from_be_bytes(random_bytes().map_err(store_error)?);
    let machine = std::env::var("HOSTNAME").or_else(|_| std::fs::read_to_string("/proc/sys/kernel/hostname"));
    let machine = machine.unwrap_or_default();
    let machine = if machine.trim().is_empty() { "worker" } else { machine.trim() };
    Ok(format!("{machine}:{}:{:08x}", std::process::id(), random))
}
