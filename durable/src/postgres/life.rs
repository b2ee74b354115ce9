//! A life on a chunk, as its run holds it: the journal of the run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bulk_endpoint::journal::{
    Begun, ItemRecord, Journal, JournalError, JournalFuture, Known, LifeEnd, PendingBatch, Record, RunStart,
    Store as JournalStore,
};
use futures_channel::oneshot;
use tokio::sync::mpsc::UnboundedSender;
use tokio_postgres::types::Type;

use super::chunk::Chunk;
use super::database::Param;
use super::lease::Lease;
use super::session::Session;
use crate::fault::{age, millis, store_error};
use crate::identity::{check_same, identity_text};
use crate::shared::answered;

/// The life of a process on a chunk. Dropped, it is renewed no more: when its lease ends, another worker takes the chunk over.
pub(crate) struct ChunkLife {
    pub(crate) name: String,
    pub(crate) worker: String,
    pub(crate) lease: Lease,
    state: Mutex<LifeState>,
}

/// What the run and the writer share.
pub(crate) struct LifeState {
    pub(crate) chunk: Chunk,
    /// Who waits for the changes of the chunk to be durable.
    pub(crate) waiting: Vec<oneshot::Sender<Result<(), JournalError>>>,
    /// Why nothing more is written.
    pub(crate) error: Option<JournalError>,
    /// How the life ended.
    pub(crate) end: Option<LifeEnd>,
}

impl ChunkLife {
    pub(crate) fn new(name: String, worker: String, lease: Lease, chunk: Chunk) -> Self {
        let state = LifeState { chunk, waiting: Vec::new(), error: None, end: None };
        ChunkLife { name, worker, lease, state: Mutex::new(state) }
    }

    /// Changes the chunk, and waits until that is durable.
    pub(crate) fn change(
        self: &Arc<Self>,
        to_writer: &ToWriter,
        change: impl FnOnce(&mut Chunk) -> Result<(), JournalError>,
    ) -> JournalFuture<()> {
        let (reply, durable) = oneshot::channel();
        {
            let mut state = self.state();
            let changed = match state.error.clone() {
                None => change(&mut state.chunk),
                Some(error) => Err(error),
            };
            if let Err(error) = changed {
                return Box::pin(async { Err(error) });
            }
            state.waiting.push(reply);
        }
        // A writer that is gone drops the reply, which is the answer then.
        let _ = to_writer.send(self.clone());
        Box::pin(answered(durable))
    }

    /// Begins the life, whose claim is durable already. Returns what waits from the life before.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        to_writer: &ToWriter,
        start: &RunStart,
        now: i64,
    ) -> Result<BegunLife, JournalError> {
        self.lease.set_timeout(start.request_timeout);
        let mut pending = Vec::new();
        let written = self.change(to_writer, |chunk| {
            pending = chunk.begin(start, now);
            Ok(())
        });
        written.await?;
        let state = self.state();
        Ok(BegunLife { life: state.chunk.life, has_responded: state.chunk.has_responded(), pending })
    }

    /// Ends the life, and gives its chunk back.
    pub(crate) fn end(self: &Arc<Self>, to_writer: &ToWriter, end: LifeEnd) -> JournalFuture<()> {
        self.change(to_writer, |chunk| {
            chunk.end(end);
            Ok(())
        })
    }

    /// Ends a life that has not done its chunk. If that cannot be recorded, the chunk is taken over.
    pub(crate) fn end_early(
        self: &Arc<Self>,
        to_writer: &ToWriter,
        why: &str,
    ) -> impl Future<Output = ()> + Send + use<> {
        let end = LifeEnd { read_all: false, stopped: Some(why.to_owned()), source_error: None };
        let ended = self.end(to_writer, end);
        async move {
            let _ = ended.await;
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, LifeState> {
        // A panic in the few lines that hold the lock leaves rows that are right one by one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A life that has begun.
pub(crate) struct BegunLife {
    pub(crate) life: u32,
    pub(crate) has_responded: bool,
    pub(crate) pending: Vec<PendingBatch>,
}

/// The way to the writer: the lives that have something to write.
pub(crate) type ToWriter = UnboundedSender<Arc<ChunkLife>>;

/// A life as the journal of its run, and as the store in which that run begins.
#[derive(Clone)]
pub(crate) struct ChunkJournal {
    pub(crate) session: Arc<Session>,
    pub(crate) life: Arc<ChunkLife>,
    pub(crate) to_writer: ToWriter,
    /// What made the run this one when its first life began.
    pub(crate) run: Arc<SubmittedRun>,
}

/// A run, as a worker sees it.
#[derive(Debug)]
pub(crate) struct SubmittedRun {
    pub(crate) run: i64,
    pub(crate) id: u128,
    pub(crate) arguments: String,
    /// What makes the run this one; `None` if no life of it had begun.
    pub(crate) identity: Option<String>,
    pub(crate) keyed: bool,
    pub(crate) created: i64,
}

impl ChunkJournal {
    /// Records what makes the run this one, or compares it with what is recorded.
    async fn check_identity(&self, start: &RunStart) -> Result<(), JournalError> {
        let identity = match &self.run.identity {
            Some(identity) => identity.clone(),
            None => {
                let deadline = start.run_timeout.map(|timeout| self.run.created.saturating_add(millis(timeout)));
                let sql = "with setting as materialized (select set_config('synchronous_commit', 'on', true)) \
                           update bulk_endpoint.runs r set identity = coalesce(r.identity, $2), deadline = coalesce(r.deadline, $3) \
                           from setting where r.run = $1 returning r.identity";
                let identity = identity_text(start)?;
                let params: [Param<'_>; 3] =
                    [(&self.run.run, Type::INT8), (&identity, Type::TEXT), (&deadline, Type::INT8)];
                let rows = self.session.claims.lock().await.rows_patiently(sql, &params).await?;
                let row = rows.first().ok_or_else(|| store_error("the run is gone: it was forgotten"))?;
                row.get(0)
            }
        };
        check_same(&self.life.name, &identity, self.run.keyed, start)
    }
}

impl Journal for ChunkJournal {
    fn register(&self, items: Vec<ItemRecord>) -> JournalFuture<Vec<Known>> {
        let known = self.life.state().chunk.register(&items);
        Box::pin(async { known })
    }

    fn write(&self, records: Vec<Record>) -> JournalFuture<()> {
        let now = self.session.clock.now();
        self.life.change(&self.to_writer, |chunk| chunk.apply(records, now))
    }

    /// R13: checked last, on a clock that counts the time in which the process was stopped.
    fn withholds(&self) -> Option<Arc<str>> {
        let may_send = self.life.lease.may_send();
        (!may_send).then(|| "the lease of the chunk ends before a request would: it is being renewed".into())
    }

    fn end(&self, end: LifeEnd) -> JournalFuture<()> {
        let ended = self.life.end(&self.to_writer, end.clone());
        self.life.state().end = Some(end);
        ended
    }
}

impl JournalStore for ChunkJournal {
    type Report = Option<LifeEnd>;

    /// Begins the run of a chunk, whose claim is durable already.
    fn begin(&self, _: &str, start: RunStart) -> JournalFuture<Begun> {
        let this = self.clone();
        self.session.spawn(async move {
            this.check_identity(&start).await?;
            let now = this.session.clock.now();
            let BegunLife { life, has_responded, pending } = this.life.begin(&this.to_writer, &start, now).await?;
            Ok(Begun {
                run: this.run.id,
                life,
                has_responded,
                // A clock that was set back does not make the time longer.
                time_left: start
                    .run_timeout
                    .map(|timeout| timeout.saturating_sub(age(this.session.clock.now(), this.run.created))),
                pending,
                // A lease ends when the requests of its life have.
                busy_for: std::time::Duration::ZERO,
                journal: Arc::new(this),
            })
        })
    }

    fn report(&self, _: &str) -> JournalFuture<Option<LifeEnd>> {
        let end = self.life.state().end.clone();
        Box::pin(async { Ok(end) })
    }
}
