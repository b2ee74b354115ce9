//! Claims: a worker takes a chunk that no worker has, or a chunk whose lease has ended.

use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::boot_clock;
use super::chunk::{Chunk, Fence, Half, ItemRow, LoadedChunk};
use super::database::{Connection, Param, Patience};
use super::lease::Lease;
use super::life::{ChunkLife, SubmittedRun, ToWriter};
use super::rows::{ITEM_COLUMNS, REQUEST_COLUMNS, bytes_of, item_of, number, numbers, request_of};
use super::session::Session;
use crate::fault::{millis, store_error};
use crate::random::random_bytes;

/// A chunk that was taken over so often, and of which nothing was settled, is split.
pub(super) const TAKEOVERS: i64 = 2;

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
const TAKE: &str = "
with setting as materialized (select set_config('synchronous_commit', 'on', true)),
next as materialized (
    select c.run, c.chunk, c.lease_until is not null as was_held, c.epoch as epoch_before, c.timeline as timeline_before,
        c.life as life_before, r.id, r.arguments, r.identity, r.keyed, r.created, r.has_responded, r.has_sent_once
    from bulk_endpoint.runs r join bulk_endpoint.chunks c on c.run = r.run, setting
    where r.name = $1 and not r.paused and c.state = 'open' and ({or} c.lease_until is null or c.lease_until < clock_timestamp())
    order by c.chunk limit 1
    for update of c skip locked
)
update bulk_endpoint.chunks c set
    epoch = c.epoch + 1,
    holder = $2,
    lease_until = clock_timestamp() + $3 * interval '1 millisecond',
    worker = $4,
    life = nextval('bulk_endpoint.life_numbers'),
    timeline = ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint,
    takeovers = c.takeovers + next.was_held::int
from next
where c.run = next.run and c.chunk = next.chunk
returning c.run, c.chunk, c.epoch, c.seq, c.life, c.first, c.last, c.takeovers, c.may_leave::bigint[],
    next.epoch_before > 0 and next.timeline_before <> c.timeline, next.id, next.arguments, next.identity, next.keyed, next.created,
    next.has_responded, next.has_sent_once, floor(extract(epoch from clock_timestamp()) * 1000)::bigint,
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

/// Takes a chunk of the run with this name. Chunks that killed their workers are split, or parked, on the way.
pub(crate) async fn claim(
    session: &Arc<Session>,
    to_writer: &ToWriter,
    name: &str,
    worker: &str,
) -> Result<Claim, JournalError> {
    let mut connection = session.claims.lock().await;
    while let Some(taken) = take(session, &mut connection, name, worker).await? {
        let (life, run, takeovers) = load(session, &mut connection, taken, name, worker).await?;
        let half = {
            let state = life.state();
            let is_poison = takeovers >= TAKEOVERS && state.chunk.is_open();
            is_poison.then(|| state.chunk.second_half())
        };
        let Some(half) = half else {
            // From now on its lease is renewed.
            let _ = to_writer.send(life.clone());
            return Ok(Claim::Taken { life, run });
        };
        // What its requests may have applied is recorded first.
        life.change(to_writer, |_| Ok(())).await?;
        let fence = life.state().chunk.fence;
        divide(&mut connection, fence, half).await?;
    }
    let rows = connection.rows_patiently(LEFT, &[(&name, Type::TEXT)]).await?;
    let row = rows.first().ok_or_else(|| no_run(session.target.name(), name))?;
    Ok(if row.get(0) { Claim::Nothing } else { Claim::Done })
}

/// The row of a chunk that was just taken.
struct Taken {
    /// When it was asked for, by the boot clock.
    asked: Duration,
    row: Row,
    holder: i64,
}

/// Reads what the database has of a chunk, and makes of it what is known now. Returns also how often it was taken over with nothing settled.
async fn load(
    session: &Arc<Session>,
    connection: &mut Connection,
    taken: Taken,
    name: &str,
    worker: &str,
) -> Result<(Arc<ChunkLife>, Arc<SubmittedRun>, i64), JournalError> {
    let Taken { asked, row, holder } = taken;
    session.clock.set(row.get(17));
    let fence = Fence { run: row.get(0), chunk: row.get(1), epoch: row.get(2), holder, seq: row.get(3) };
    let run = SubmittedRun {
        run: fence.run,
        id: u128::from_be_bytes(bytes_of(&row, 10)?),
        arguments: row.get(11),
        identity: row.get(12),
        keyed: row.get(13),
        created: row.get(14),
    };
    let items = items(connection, fence, row.get(5), row.get(6)).await?;
    let sql = format!(
        "select {REQUEST_COLUMNS} from bulk_endpoint.attempts where run = $1 and chunk = $2 and (ended is null or pending)"
    );
    let rows = connection.rows_patiently(&sql, &[(&fence.run, Type::INT8), (&fence.chunk, Type::INT8)]).await?;
    let requests = rows.iter().map(request_of).collect::<Result<Vec<_>, _>>()?;
    let loaded = LoadedChunk {
        items,
        requests,
        may_leave: numbers(&row, 8)?,
        life_before: number(&row, 18)?,
        has_failed_over: row.get(9),
        has_responded: row.get(15),
        has_sent_once: row.get(16),
    };
    let chunk = Chunk::recover(fence, number(&row, 4)?, run.keyed, loaded, session.clock.now());
    let lease = Lease::new(asked, first_lease(session.margin), session.margin);
    let life = Arc::new(ChunkLife::new(name.to_owned(), worker.to_owned(), lease, chunk));
    Ok((life, Arc::new(run), row.get(7)))
}

/// The lease of a life that sends nothing yet: its items are read.
pub(super) fn first_lease(margin: Duration) -> Duration {
    2 * margin
}

/// Splits a chunk, or parks it if it cannot be split.
async fn divide(connection: &mut Connection, fence: Fence, half: Option<Half>) -> Result<(), JournalError> {
    let Fence { run, chunk, epoch, holder, seq } = fence;
    let of_fence: [Param<'_>; 5] =
        [(&run, Type::INT8), (&chunk, Type::INT8), (&epoch, Type::INT8), (&holder, Type::INT8), (&seq, Type::INT8)];
    // Executed twice, the second time changes nothing: the number of the write is another one.
    let Some(Half { items, requests }) = half else {
        connection.rows_patiently(PARK, &of_fence).await?;
        return Ok(());
    };
    let items: Vec<i64> = items.into_iter().map(|item| item as i64).collect();
    let (lives, attempts): (Vec<i64>, Vec<i64>) =
        requests.into_iter().map(|(life, attempt)| (i64::from(life), attempt as i64)).unzip();
    let mut params = of_fence.to_vec();
    params.extend([&items, &lives, &attempts].map(|numbers| -> Param<'_> { (numbers, Type::INT8_ARRAY) }));
    connection.rows_patiently(SPLIT, &params).await?;
    Ok(())
}

async fn take(
    session: &Session,
    connection: &mut Connection,
    name: &str,
    worker: &str,
) -> Result<Option<Taken>, JournalError> {
    let holder = i64::from_be_bytes(random_bytes().map_err(store_error)?);
    let lease = millis(first_lease(session.margin));
    let mut patience = Patience::new(&session.target);
    // After a commit whose end is not known (R14), the chunk that was taken is the first that is looked for.
    let mut sql = TAKE.replace("{or}", "");
    loop {
        let asked = boot_clock::now();
        let params: [Param<'_>; 4] =
            [(&name, Type::TEXT), (&holder, Type::INT8), (&lease, Type::INT8), (&worker, Type::TEXT)];
        match connection.rows(&sql, &params).await {
            Ok(rows) => return Ok(rows.into_iter().next().map(|row| Taken { asked, row, holder })),
            Err(trouble) => patience.wait(trouble).await?,
        }
        sql = TAKE.replace("{or}", "c.holder = $2 or");
    }
}

async fn items(connection: &mut Connection, fence: Fence, first: i64, last: i64) -> Result<Vec<ItemRow>, JournalError> {
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
