//! Claims: a worker takes a chunk that no worker has, or a chunk whose lease has ended.

use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::boot_clock;
use super::chunk::{Chunk, Fence, Half, ItemRow, LoadedChunk};
use super::database::{Connection, Param, Patience, Trouble, Waits};
use super::lease::Lease;
use super::life::{ChunkLife, SubmittedRun, ToWriter};
use super::rows::{ITEM_COLUMNS, REQUEST_COLUMNS, bytes_of, item_of, number, numbers, request_of};
use super::session::Session;
use crate::fault::{millis, store_error};
use crate::random::random_bytes;

/// A chunk that was taken over so often, and of which nothing was settled, is split.
const TAKEOVERS: i64 = 2;

/// What a worker gets.
pub(crate) enum Claim {
    Taken {
        life: Arc<ChunkLife>,
        run: Arc<SubmittedRun>,
    },
    /// Other workers have what is left, or the run is paused.
    Nothing,
    /// No chunk is left.
    Done,
}

/// `{or}` is a further condition.
///
/// A chunk keeps its timeline until what a failover puts in doubt is recorded, with the first write of its life.
const TAKE: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true)),
server as materialized (select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint as timeline),
of_name as materialized (select r.* from bulk_endpoint.runs r, setting where r.name = $1 and not r.paused),
next as materialized (
    -- A claim that is tried again has taken it, and nothing is wrong with the chunk.
    select c.run, c.chunk, c.lease_until is not null and c.holder <> $2 as was_held, c.life as life_before
    from bulk_endpoint.chunks c
    -- One number, and no join, so that the index has the chunks in their order: the first is found without the others.
    where c.run = (select run from of_name) and c.state = 'open'
    and ({or} c.lease_until is null or c.lease_until < clock_timestamp())
    order by c.chunk limit 1
    for update skip locked
)
update bulk_endpoint.chunks c set
    epoch = c.epoch + 1,
    holder = $2,
    lease_until = clock_timestamp() + $3 * interval '1 millisecond',
    worker = $4,
    life = nextval('bulk_endpoint.life_numbers'),
    timeline = case when c.epoch = 0 then server.timeline else c.timeline end,
    takeovers = c.takeovers + next.was_held::int
from next, server, of_name r
where c.run = next.run and c.chunk = next.chunk
returning c.run, c.chunk, c.epoch, c.seq, c.life, c.first, c.last, c.takeovers, c.may_leave::bigint[],
    c.timeline <> server.timeline, r.id, r.arguments, r.identity, r.keyed, r.created,
    r.has_responded, r.has_sent_once, floor(extract(epoch from clock_timestamp()) * 1000)::bigint,
    next.life_before";

const LEFT: &str = "
select exists (select from bulk_endpoint.chunks c where c.run = r.run and c.state = 'open')
from bulk_endpoint.runs r where r.name = $1";

const SPLIT: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true)),
mine as (
    update bulk_endpoint.chunks c set
        seq = c.seq + 1, takeovers = 0, lease_until = null, items = c.items - cardinality($6::bigint[])
    from setting
    where c.run = $1 and c.chunk = $2 and c.epoch = $3 and c.holder = $4 and c.seq = $5
    returning c.run, c.epoch, c.timeline, c.life
),
number as (
    update bulk_endpoint.runs r set chunks = r.chunks + 1 from mine where r.run = mine.run returning r.run, r.chunks - 1 as chunk
),
half as (
    insert into bulk_endpoint.chunks (run, chunk, first, last, epoch, timeline, life, items)
    select number.run, number.chunk, 0, -1, mine.epoch, mine.timeline, mine.life, cardinality($6::bigint[])
    from number join mine using (run)
    returning run, chunk
),
moved as (
    update bulk_endpoint.items i set chunk = half.chunk from half where i.run = half.run and i.item = any($6)
),
of_requests as (
    update bulk_endpoint.attempts a set chunk = half.chunk
    from half, unnest($7::bigint[], $8::bigint[]) as q (life, attempt)
    where a.run = half.run and a.life = q.life and a.attempt = q.attempt
)
select chunk from half";

const PARK: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true))
update bulk_endpoint.chunks c set seq = c.seq + 1, state = 'parked', lease_until = null
from setting
where c.run = $1 and c.chunk = $2 and c.epoch = $3 and c.holder = $4 and c.seq = $5
returning c.chunk";

/// The tables of the database, as a claim uses them. A method that returns a [`JournalError`] has tried again for as long as patience lasts.
pub(crate) trait ClaimTables: Waits {
    /// Takes a chunk under a lease. `again`: an earlier try of this holder may have taken one, which is as good.
    async fn take(&mut self, holder: i64, lease: Duration, again: bool) -> Result<Option<Taken>, Trouble>;

    /// Reads the items and the requests of a chunk that was taken.
    async fn load(&mut self, taken: &Taken) -> Result<LoadedChunk, JournalError>;

    /// Moves a half of a chunk to a new one, or parks the chunk if there is no half.
    async fn divide(&mut self, fence: Fence, half: Option<&Half>) -> Result<(), JournalError>;

    /// Returns whether chunks are left: other workers have them, or the run is paused.
    async fn is_left(&mut self) -> Result<bool, JournalError>;

    /// The time by the clock of the server: UTC milliseconds.
    fn now(&self) -> i64;
}

/// A chunk that was just taken.
pub(crate) struct Taken {
    pub(crate) run: Arc<SubmittedRun>,
    pub(crate) fence: Fence,
    pub(crate) life: u32,
    pub(crate) life_before: u32,
    /// The numbers of its first and its last item, apart from those that were moved.
    pub(crate) range: (i64, i64),
    pub(crate) may_leave: Vec<u64>,
    /// How often it was taken over with nothing settled.
    pub(crate) takeovers: i64,
    pub(crate) has_failed_over: bool,
    pub(crate) has_responded: bool,
    pub(crate) has_sent_once: bool,
}

/// Takes a chunk of the run with this name. Chunks that killed their workers are split, or parked, on the way.
pub(crate) async fn claim<T: ClaimTables>(
    tables: &mut T,
    to_writer: &ToWriter,
    margin: Duration,
    name: &str,
    worker: &str,
) -> Result<Claim, JournalError> {
    while let Some((asked, taken)) = take(tables, first_lease(margin)).await? {
        let loaded = tables.load(&taken).await?;
        let chunk = Chunk::recover(taken.fence, taken.life, taken.run.keyed, loaded, tables.now());
        let lease = Lease::new(asked, first_lease(margin), margin);
        let life = Arc::new(ChunkLife::new(name.to_owned(), worker.to_owned(), lease, chunk));
        let half = {
            let state = life.state();
            let is_poison = taken.takeovers >= TAKEOVERS && state.chunk.is_open();
            is_poison.then(|| state.chunk.second_half())
        };
        let Some(half) = half else {
            // From now on its lease is renewed.
            let _ = to_writer.send(life.clone());
            return Ok(Claim::Taken { life, run: taken.run });
        };
        // What its requests may have applied is recorded first.
        if let Err(error) = life.change(to_writer, |_| Ok(())).await {
            // This process was stopped for longer than its lease: another worker has the chunk.
            if life.lease.is_lost() {
                continue;
            }
            return Err(error);
        }
        let fence = life.state().chunk.fence;
        tables.divide(fence, half.as_ref()).await?;
    }
    Ok(if tables.is_left().await? { Claim::Nothing } else { Claim::Done })
}

/// The lease of a life that sends nothing yet: its items are read.
fn first_lease(margin: Duration) -> Duration {
    2 * margin
}

/// Takes a chunk. Returns also when it was asked for, by the boot clock.
async fn take<T: ClaimTables>(tables: &mut T, lease: Duration) -> Result<Option<(Duration, Taken)>, JournalError> {
    let holder = i64::from_be_bytes(random_bytes().map_err(store_error)?);
    let mut patience = tables.patience();
    // After a commit whose end is not known (R14), the chunk that was taken is looked for, too.
    let mut again = false;
    loop {
        let asked = boot_clock::now();
        match tables.take(holder, lease, again).await {
            Ok(taken) => return Ok(taken.map(|taken| (asked, taken))),
            Err(trouble) => tables.wait(&mut patience, trouble).await?,
        }
        again = true;
    }
}

/// The chunks of one run on a server, for one worker.
pub(crate) struct ServerChunks<'a> {
    pub(crate) session: &'a Session,
    pub(crate) connection: &'a mut Connection,
    pub(crate) name: &'a str,
    pub(crate) worker: &'a str,
}

impl Waits for ServerChunks<'_> {
    type Patience = Patience;

    fn patience(&self) -> Patience {
        Patience::new(&self.session.target)
    }

    async fn wait(&self, patience: &mut Patience, trouble: Trouble) -> Result<(), JournalError> {
        patience.wait(trouble).await
    }
}

impl ClaimTables for ServerChunks<'_> {
    async fn take(&mut self, holder: i64, lease: Duration, again: bool) -> Result<Option<Taken>, Trouble> {
        let sql = TAKE.replace("{or}", if again { "c.holder = $2 or" } else { "" });
        let lease = millis(lease);
        let params: [Param<'_>; 4] =
            [(&self.name, Type::TEXT), (&holder, Type::INT8), (&lease, Type::INT8), (&self.worker, Type::TEXT)];
        let rows = self.connection.rows(&sql, &params).await?;
        let taken = rows.first().map(|row| {
            self.session.clock.set(row.get(17));
            taken_of(row, holder)
        });
        taken.transpose().map_err(|error| Trouble::Refused(error.to_string()))
    }

    async fn load(&mut self, taken: &Taken) -> Result<LoadedChunk, JournalError> {
        let Fence { run, chunk, .. } = taken.fence;
        let items = items(self.connection, taken.fence, taken.range).await?;
        let sql = format!(
            "select {REQUEST_COLUMNS} from bulk_endpoint.attempts where run = $1 and chunk = $2 and (ended is null or pending)"
        );
        let rows = self.connection.rows_patiently(&sql, &[(&run, Type::INT8), (&chunk, Type::INT8)]).await?;
        let requests = rows.iter().map(request_of).collect::<Result<Vec<_>, _>>()?;
        Ok(LoadedChunk {
            items,
            requests,
            may_leave: taken.may_leave.clone(),
            life_before: taken.life_before,
            has_failed_over: taken.has_failed_over,
            has_responded: taken.has_responded,
            has_sent_once: taken.has_sent_once,
        })
    }

    async fn divide(&mut self, fence: Fence, half: Option<&Half>) -> Result<(), JournalError> {
        let Fence { run, chunk, epoch, holder, seq } = fence;
        let of_fence: [Param<'_>; 5] =
            [(&run, Type::INT8), (&chunk, Type::INT8), (&epoch, Type::INT8), (&holder, Type::INT8), (&seq, Type::INT8)];
        // Executed twice, the second time changes nothing: the number of the write is another one.
        let Some(Half { items, requests }) = half else {
            self.connection.rows_patiently(PARK, &of_fence).await?;
            return Ok(());
        };
        let items: Vec<i64> = items.iter().map(|item| *item as i64).collect();
        let (lives, attempts): (Vec<i64>, Vec<i64>) =
            requests.iter().map(|(life, attempt)| (i64::from(*life), *attempt as i64)).unzip();
        let mut params = of_fence.to_vec();
        params.extend([&items, &lives, &attempts].map(|numbers| -> Param<'_> { (numbers, Type::INT8_ARRAY) }));
        self.connection.rows_patiently(SPLIT, &params).await?;
        Ok(())
    }

    async fn is_left(&mut self) -> Result<bool, JournalError> {
        let rows = self.connection.rows_patiently(LEFT, &[(&self.name, Type::TEXT)]).await?;
        let row = rows.first().ok_or_else(|| no_run(self.session.target.name(), self.name))?;
        Ok(row.get(0))
    }

    fn now(&self) -> i64 {
        self.session.clock.now()
    }
}

/// A row of `TAKE`.
fn taken_of(row: &Row, holder: i64) -> Result<Taken, JournalError> {
    let fence = Fence { run: row.get(0), chunk: row.get(1), epoch: row.get(2), holder, seq: row.get(3) };
    let run = SubmittedRun {
        run: fence.run,
        id: u128::from_be_bytes(bytes_of(row, 10)?),
        arguments: row.get(11),
        identity: row.get(12),
        keyed: row.get(13),
        created: row.get(14),
    };
    Ok(Taken {
        run: Arc::new(run),
        fence,
        life: number(row, 4)?,
        life_before: number(row, 18)?,
        range: (row.get(5), row.get(6)),
        may_leave: numbers(row, 8)?,
        takeovers: row.get(7),
        has_failed_over: row.get(9),
        has_responded: row.get(15),
        has_sent_once: row.get(16),
    })
}

async fn items(
    connection: &mut Connection,
    fence: Fence,
    (first, last): (i64, i64),
) -> Result<Vec<ItemRow>, JournalError> {
    let params: [Param<'_>; 4] =
        [(&fence.run, Type::INT8), (&first, Type::INT8), (&last, Type::INT8), (&fence.chunk, Type::INT8)];
    let sql = format!(
        "select {ITEM_COLUMNS} from bulk_endpoint.items \
         where run = $1 and item between $2 and $3 and chunk is null and duplicate_of is null \
         union all select {ITEM_COLUMNS} from bulk_endpoint.items where run = $1 and chunk = $4 and duplicate_of is null order by item"
    );
    connection.rows_patiently(&sql, &params).await?.iter().map(item_of).collect()
}

pub(crate) fn no_run(database: &str, name: &str) -> JournalError {
    store_error(format!(
        "expected a run with the name `{name}` in the database {database}, found none; submit it first"
    ))
}
