//! The task that writes for all lives of this process: it takes what waits, writes it with one statement, which is one commit, and answers.
//!
//! R13: the statement renews the leases of the lives, and takes nothing of a life whose chunk another one has. R14: it counts the writes of each
//! life, so that after a connection that broke in a commit, another one finds out whether that commit is there.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use futures_channel::oneshot;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout;
use tokio_postgres::types::Type;

use super::boot_clock;
use super::chunk::{Changes, Fence, ItemRow, RequestRow};
use super::database::{Connection, Param, Patience, Target, Trouble, Waits};
use super::life::{ChunkLife, ToWriter};
use super::session::Session;
use crate::fault::{millis, store_error};
use crate::shared::spawn;
use crate::stored::code_of;

/// The largest number of lives in one statement.
const GROUP: usize = 256;
const WRITE: &str = include_str!("write.sql");

/// Starts the thread of a store. It ends when the last sender to the writer is dropped, and what was handed over is written.
pub(crate) fn start(target: Target, margin: Duration) -> Result<(Arc<Session>, ToWriter), JournalError> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| store_error(format!("cannot start the runtime of the store: {error}")))?;
    let (to_writer, lives) = mpsc::unbounded_channel();
    let session = Arc::new(Session::new(Arc::new(target), runtime.handle().clone(), margin));
    let writing = session.clone();
    spawn(move || runtime.block_on(work(&writing, lives)))?;
    Ok((session, to_writer))
}

/// Writes until no sender is left.
async fn work(session: &Arc<Session>, mut lives: UnboundedReceiver<Arc<ChunkLife>>) {
    let server = Server { session: session.clone(), connection: Connection::new(session.target.clone()) };
    let mut writer = GroupWriter::new(server);
    let mut next = Vec::new();
    loop {
        // Leases are looked at as often as the shortest one asks for it.
        let longest = if next.is_empty() { session.margin / 10 } else { Duration::ZERO };
        if let Ok(0) = timeout(longest, lives.recv_many(&mut next, GROUP)).await {
            break;
        }
        next = writer.write_next(next).await;
    }
}

/// The tables of the database, as the writer uses them.
pub(crate) trait Tables: Waits {
    /// Writes a group with one statement. Returns the lives that were written, and the epochs of their chunks.
    async fn write(&mut self, group: &[Entry]) -> Result<HashMap<u32, i64>, Trouble>;

    /// Looks which lives have the chunks of a group: by run and chunk.
    async fn look(&mut self, group: &[Entry]) -> Result<HashMap<(i64, i64), Found>, Trouble>;
}

/// The tables on a server.
struct Server {
    session: Arc<Session>,
    connection: Connection,
}

impl Waits for Server {
    type Patience = Patience;

    fn patience(&self) -> Patience {
        Patience::new(&self.session.target)
    }

    async fn wait(&self, patience: &mut Patience, trouble: Trouble) -> Result<(), JournalError> {
        patience.wait(trouble).await
    }
}

impl Tables for Server {
    async fn write(&mut self, group: &[Entry]) -> Result<HashMap<u32, i64>, Trouble> {
        let chunks = ChunkColumns::of(group);
        let items = ItemColumns::of(group);
        let requests = RequestColumns::of(group);
        let mut params = chunks.params();
        params.extend(items.params());
        params.extend(requests.params());
        let rows = self.connection.rows(WRITE, &params).await?;
        if let Some(row) = rows.first() {
            self.session.clock.set(row.get(2));
        }
        // No entry has a number that is out of the range of lives.
        let written = rows.iter().filter_map(|row| Some((u32::try_from(row.get::<_, i64>(0)).ok()?, row.get(1))));
        Ok(written.collect())
    }

    async fn look(&mut self, group: &[Entry]) -> Result<HashMap<(i64, i64), Found>, Trouble> {
        let runs: Vec<i64> = group.iter().map(|entry| entry.fence.run).collect();
        let chunks: Vec<i64> = group.iter().map(|entry| entry.fence.chunk).collect();
        let sql = "select c.run, c.chunk, c.epoch, c.holder, c.seq, coalesce(c.worker, '') from bulk_endpoint.chunks c \
                   join unnest($1::bigint[], $2::bigint[]) as w (run, chunk) on c.run = w.run and c.chunk = w.chunk";
        let rows = self.connection.rows(sql, &[(&runs, Type::INT8_ARRAY), (&chunks, Type::INT8_ARRAY)]).await?;
        let found = rows.iter().map(|row| {
            let found = Found { epoch: row.get(2), holder: row.get(3), seq: row.get(4), worker: row.get(5) };
            ((row.get(0), row.get(1)), found)
        });
        Ok(found.collect())
    }
}

/// Writes for many lives at once, and renews their leases.
pub(crate) struct GroupWriter<T> {
    tables: T,
    /// The lives whose leases are renewed.
    renewed: HashMap<u32, Weak<ChunkLife>>,
}

/// What one life writes.
pub(crate) struct Entry {
    pub(crate) life: Arc<ChunkLife>,
    pub(crate) number: u32,
    /// As it was before this write.
    pub(crate) fence: Fence,
    pub(crate) changes: Changes,
    pub(crate) items: Vec<ItemRow>,
    pub(crate) requests: Vec<RequestRow>,
    pub(crate) counts: [i64; 4],
    counted: (u64, u64),
    waiting: Vec<oneshot::Sender<Result<(), JournalError>>>,
}

impl Entry {
    /// Takes what a life has to write, or nothing if another one took it; its lease is renewed in either case if that is due.
    fn take(life: &Arc<ChunkLife>) -> Option<Self> {
        let mut state = life.state();
        if let Some(error) = &state.error {
            let error = error.clone();
            for reply in state.waiting.drain(..) {
                let _ = reply.send(Err(error.clone()));
            }
            return None;
        }
        if !state.chunk.has_changes() && state.waiting.is_empty() && !life.lease.is_due() {
            return None;
        }
        let changes = state.chunk.take_changes();
        let chunk = &state.chunk;
        let items = changes.items.iter().filter_map(|place| chunk.items().get(*place).cloned()).collect();
        let requests = changes.requests.iter().filter_map(|id| chunk.request(*id).cloned()).collect();
        Some(Entry {
            life: life.clone(),
            number: chunk.life,
            fence: chunk.fence,
            items,
            requests,
            counts: chunk.counts(),
            counted: chunk.counted(),
            changes,
            waiting: std::mem::take(&mut state.waiting),
        })
    }

    /// Whether the chunk is given back, or done.
    fn ends(&self) -> bool {
        self.changes.ends.is_some()
    }

    /// The write is durable.
    fn succeed(self, epoch: i64) {
        {
            let mut state = self.life.state();
            state.chunk.fence = Fence { epoch, seq: self.fence.seq + 1, ..self.fence };
            state.chunk.stored(&self.changes);
            if self.changes.ends.is_some() {
                // Renewed once more, the lease would keep others from the chunk.
                state.error =
                    Some(store_error("expected a life that goes on, found one that has ended; take the chunk again"));
            }
        }
        for reply in self.waiting {
            let _ = reply.send(Ok(()));
        }
    }

    /// Nothing more is written by the life.
    fn fail(self, error: &JournalError) {
        let mut waiting = self.waiting;
        {
            let mut state = self.life.state();
            state.error = Some(error.clone());
            waiting.append(&mut state.waiting);
        }
        for reply in waiting {
            let _ = reply.send(Err(error.clone()));
        }
    }

    /// The chunk is not this life's any more (R13), or the database lost what it had said was durable.
    fn lose(self, found: Option<&Found>) {
        let Fence { chunk, seq, holder, .. } = self.fence;
        let why = match found {
            None => "it is gone: the run was forgotten".to_owned(),
            Some(found) if found.holder != holder => {
                format!("the worker {} has it: the lease of this one ended before it could be renewed", found.worker)
            }
            Some(found) if found.seq == seq => {
                "the database failed over after its lease had ended: another worker may have had it".to_owned()
            }
            Some(found) => {
                format!("the database has write {} of this life, and lost those up to {seq}: it failed over", found.seq)
            }
        };
        let name = &self.life.name;
        let error = store_error(format!(
            "expected to have chunk {chunk} of the run `{name}`, found that {why}; nothing more of it is sent from here, and it is continued by \
             whoever has it"
        ));
        self.life.lease.lose();
        self.fail(&error);
    }
}

/// Which life has a chunk, as the database says.
pub(crate) struct Found {
    pub(crate) epoch: i64,
    pub(crate) holder: i64,
    pub(crate) seq: i64,
    pub(crate) worker: String,
}

impl<T: Tables> GroupWriter<T> {
    pub(crate) fn new(tables: T) -> Self {
        GroupWriter { tables, renewed: HashMap::new() }
    }

    /// Writes what these lives have to write, and renews the leases for which it is time. Returns those that are here twice, for the next statement.
    pub(crate) async fn write_next(&mut self, next: Vec<Arc<ChunkLife>>) -> Vec<Arc<ChunkLife>> {
        let (mut group, mut taken, mut twice) = (Vec::new(), HashSet::new(), Vec::new());
        for life in next {
            let number = life.state().chunk.life;
            self.renewed.entry(number).or_insert_with(|| Arc::downgrade(&life));
            match taken.insert(number) {
                true => group.extend(Entry::take(&life)),
                false => twice.push(life),
            }
        }
        group.extend(self.due(&taken).iter().filter_map(Entry::take));
        if !group.is_empty() {
            self.write(group).await;
        }
        twice
    }

    /// The other lives whose leases are renewed now, although they have nothing to write.
    fn due(&mut self, taken: &HashSet<u32>) -> Vec<Arc<ChunkLife>> {
        // A life that writes nothing more has no lease to renew.
        let goes_on = |life: &Weak<ChunkLife>| life.upgrade().is_some_and(|life| life.state().error.is_none());
        self.renewed.retain(|_, life| goes_on(life));
        let others = self.renewed.iter().filter(|(number, _)| !taken.contains(number));
        let lives = others.filter_map(|(_, life)| life.upgrade());
        lives.filter(|life| life.lease.is_due()).take(GROUP).collect()
    }

    /// Writes a group, whatever that takes.
    async fn write(&mut self, mut group: Vec<Entry>) {
        let mut patience = self.tables.patience();
        while !group.is_empty() {
            let asked = boot_clock::now();
            match self.tables.write(&group).await {
                Ok(written) => {
                    let mut left = Vec::new();
                    for entry in group {
                        match written.get(&entry.number) {
                            Some(epoch) => self.succeed(entry, *epoch, Some(asked)),
                            None => left.push(entry),
                        }
                    }
                    if left.is_empty() {
                        return;
                    }
                    // Of an earlier try, or taken by another life.
                    match self.tables.look(&left).await {
                        Ok(found) => {
                            for entry in left {
                                self.settle(entry, &found);
                            }
                            return;
                        }
                        Err(trouble) => {
                            group = left;
                            group = self.wait(&mut patience, trouble, group).await;
                        }
                    }
                }
                // One entry may be what is refused: each is written on its own.
                Err(Trouble::Refused(_)) if group.len() > 1 => {
                    for entry in group {
                        Box::pin(self.write(vec![entry])).await;
                    }
                    return;
                }
                Err(trouble) => {
                    group = self.wait(&mut patience, trouble, group).await;
                    // R14: what was asked for is looked for before it is asked for again.
                    if let Ok(found) = self.tables.look(&group).await {
                        let (durable, left) = group.into_iter().partition(|entry| entry.is_durable(&found));
                        group = left;
                        let durable: Vec<Entry> = durable;
                        durable.into_iter().for_each(|entry| self.settle(entry, &found));
                    }
                }
            }
        }
    }

    /// Waits for the database. When patience is over, the group fails.
    async fn wait(&self, patience: &mut T::Patience, trouble: Trouble, group: Vec<Entry>) -> Vec<Entry> {
        match self.tables.wait(patience, trouble).await {
            Ok(()) => group,
            Err(error) => {
                group.into_iter().for_each(|entry| entry.fail(&error));
                Vec::new()
            }
        }
    }

    fn succeed(&mut self, entry: Entry, epoch: i64, asked: Option<Duration>) {
        // Of a write that was looked for, the time at which it was renewed is not known.
        if let Some(asked) = asked {
            entry.life.lease.renew(asked);
        }
        if entry.ends() {
            self.renewed.remove(&entry.number);
        }
        entry.succeed(epoch);
    }

    /// A write that took no effect just now either did before, or never will.
    fn settle(&mut self, entry: Entry, found: &HashMap<(i64, i64), Found>) {
        let of_chunk = found.get(&(entry.fence.run, entry.fence.chunk));
        match of_chunk.filter(|_| entry.is_durable(found)) {
            Some(found) => self.succeed(entry, found.epoch, None),
            None => {
                self.renewed.remove(&entry.number);
                entry.lose(of_chunk);
            }
        }
    }
}

impl Entry {
    fn is_durable(&self, found: &HashMap<(i64, i64), Found>) -> bool {
        let found = found.get(&(self.fence.run, self.fence.chunk));
        found.is_some_and(|found| found.holder == self.fence.holder && found.seq == self.fence.seq + 1)
    }
}

/// Columns of a statement: each field is an array, with one element for each row.
macro_rules! columns {
    ($name:ident { $($field:ident: $element:ty as $type:ident),* $(,)? }) => {
        #[derive(Default)]
        struct $name {
            $($field: Vec<$element>),*
        }

        impl $name {
            fn params(&self) -> Vec<Param<'_>> {
                vec![$((&self.$field, Type::$type)),*]
            }
        }
    };
}

columns!(ChunkColumns {
    run: i64 as INT8_ARRAY,
    chunk: i64 as INT8_ARRAY,
    epoch: i64 as INT8_ARRAY,
    holder: i64 as INT8_ARRAY,
    seq: i64 as INT8_ARRAY,
    life: i64 as INT8_ARRAY,
    worker: String as TEXT_ARRAY,
    lease: i64 as INT8_ARRAY,
    settles: bool as BOOL_ARRAY,
    may_leave: Option<String> as TEXT_ARRAY,
    responded: bool as BOOL_ARRAY,
    sent_once: bool as BOOL_ARRAY,
    succeeded: i64 as INT8_ARRAY,
    failed: i64 as INT8_ARRAY,
    refused: i64 as INT8_ARRAY,
    unknown: i64 as INT8_ARRAY,
    requests: i64 as INT8_ARRAY,
    begins: Option<i64> as INT8_ARRAY,
    ends: bool as BOOL_ARRAY,
    items_read: i64 as INT8_ARRAY,
    sent: i64 as INT8_ARRAY,
    read_all: bool as BOOL_ARRAY,
    stopped: Option<String> as TEXT_ARRAY,
    source_error: Option<String> as TEXT_ARRAY,
});

columns!(ItemColumns {
    run: i64 as INT8_ARRAY,
    writer: i64 as INT8_ARRAY,
    item: i64 as INT8_ARRAY,
    outcome: Option<i64> as INT8_ARRAY,
    status: Option<i64> as INT8_ARRAY,
    code: Option<String> as TEXT_ARRAY,
    message: Option<String> as TEXT_ARRAY,
    request_id: Option<String> as TEXT_ARRAY,
    earlier: bool as BOOL_ARRAY,
    accepted: bool as BOOL_ARRAY,
    is_final: bool as BOOL_ARRAY,
    settled: i64 as INT8_ARRAY,
    attempts: i64 as INT8_ARRAY,
    spent: i64 as INT8_ARRAY,
    put_off: i64 as INT8_ARRAY,
    heads: i64 as INT8_ARRAY,
    repeatable: bool as BOOL_ARRAY,
});

columns!(RequestColumns {
    run: i64 as INT8_ARRAY,
    writer: i64 as INT8_ARRAY,
    chunk: i64 as INT8_ARRAY,
    life: i64 as INT8_ARRAY,
    attempt: i64 as INT8_ARRAY,
    batch: i64 as INT8_ARRAY,
    number: i64 as INT8_ARRAY,
    items: String as TEXT_ARRAY,
    idempotent: bool as BOOL_ARRAY,
    key: Option<String> as TEXT_ARRAY,
    key_since: Option<i64> as INT8_ARRAY,
    request: Vec<u8> as BYTEA_ARRAY,
    sent: i64 as INT8_ARRAY,
    ended: Option<i64> as INT8_ARRAY,
    status: Option<i64> as INT8_ARRAY,
    result: Option<String> as TEXT_ARRAY,
    job: Option<String> as TEXT_ARRAY,
    job_since: Option<i64> as INT8_ARRAY,
    uncertain_before: String as TEXT_ARRAY,
    pending: bool as BOOL_ARRAY,
    stored: bool as BOOL_ARRAY,
});

impl ChunkColumns {
    fn of(group: &[Entry]) -> Self {
        let mut columns = ChunkColumns::default();
        for entry in group {
            let Entry { life, number, fence, changes, counts, counted, .. } = entry;
            columns.run.push(fence.run);
            columns.chunk.push(fence.chunk);
            columns.epoch.push(fence.epoch);
            columns.holder.push(fence.holder);
            columns.seq.push(fence.seq);
            columns.life.push(i64::from(*number));
            columns.worker.push(life.worker.clone());
            columns.lease.push(millis(life.lease.length()));
            columns.settles.push(changes.settles);
            columns.may_leave.push(changes.may_leave.as_deref().map(array_of));
            columns.responded.push(changes.has_responded);
            columns.sent_once.push(changes.has_sent_once);
            let [succeeded, failed, refused, unknown] = *counts;
            columns.succeeded.push(succeeded);
            columns.failed.push(failed);
            columns.refused.push(refused);
            columns.unknown.push(unknown);
            columns.requests.push(changes.new_requests);
            columns.begins.push(changes.begins.map(millis));
            columns.ends.push(entry.ends());
            columns.items_read.push(counted.0 as i64);
            columns.sent.push(counted.1 as i64);
            let end = changes.ends.as_ref();
            columns.read_all.push(end.is_some_and(|end| end.read_all));
            columns.stopped.push(end.and_then(|end| end.stopped.as_deref().map(text)));
            columns.source_error.push(end.and_then(|end| end.source_error.as_deref().map(text)));
        }
        columns
    }
}

impl ItemColumns {
    fn of(group: &[Entry]) -> Self {
        let mut columns = ItemColumns::default();
        for (entry, row) in group.iter().flat_map(|entry| entry.items.iter().map(move |row| (entry, row))) {
            let state = &row.state;
            let outcome = state.outcome.as_ref();
            columns.run.push(entry.fence.run);
            columns.writer.push(i64::from(entry.number));
            columns.item.push(row.item as i64);
            columns.outcome.push(outcome.map(|outcome| code_of(outcome.outcome)));
            columns.status.push(outcome.and_then(|outcome| outcome.status).map(i64::from));
            columns.code.push(outcome.and_then(|outcome| outcome.code.as_deref().map(text)));
            columns.message.push(outcome.and_then(|outcome| outcome.message.as_deref().map(text)));
            columns.request_id.push(outcome.and_then(|outcome| outcome.request_id.as_deref().map(text)));
            columns.earlier.push(outcome.is_some_and(|outcome| outcome.earlier));
            columns.accepted.push(outcome.is_some_and(|outcome| outcome.accepted));
            columns.is_final.push(state.is_final);
            columns.settled.push(i64::from(state.settled));
            columns.attempts.push(i64::from(state.attempts));
            columns.spent.push(i64::from(state.spent));
            columns.put_off.push(millis(state.put_off.time));
            columns.heads.push(i64::from(state.put_off.heads));
            columns.repeatable.push(state.is_repeatable);
        }
        columns
    }
}

impl RequestColumns {
    fn of(group: &[Entry]) -> Self {
        let mut columns = RequestColumns::default();
        for (entry, row) in group.iter().flat_map(|entry| entry.requests.iter().map(move |row| (entry, row))) {
            columns.run.push(entry.fence.run);
            columns.writer.push(i64::from(entry.number));
            columns.chunk.push(entry.fence.chunk);
            columns.life.push(i64::from(row.id.0));
            columns.attempt.push(row.id.1 as i64);
            columns.batch.push(row.batch as i64);
            columns.number.push(i64::from(row.number));
            columns.items.push(array_of(&row.items));
            columns.idempotent.push(row.is_idempotent);
            columns.key.push(row.key.clone());
            columns.key_since.push(row.key_since);
            columns.request.push(row.request.to_be_bytes().to_vec());
            columns.sent.push(row.sent);
            columns.ended.push(row.ended);
            columns.status.push(row.status.map(i64::from));
            columns.result.push(row.result.as_deref().map(text));
            columns.job.push(row.job.as_deref().map(text));
            columns.job_since.push(row.job_since);
            columns.uncertain_before.push(array_of(&row.uncertain_before));
            columns.pending.push(row.is_pending);
            columns.stored.push(row.is_stored);
        }
        columns
    }
}

/// Numbers as the text of an array: arrays of arrays must be rectangular.
fn array_of(items: &[u64]) -> String {
    let items: Vec<String> = items.iter().map(u64::to_string).collect();
    format!("{{{}}}", items.join(","))
}

/// A text of PostgreSQL has no zero in it.
fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
