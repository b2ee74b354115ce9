//! Reports and items of runs, read from the database.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bulk_endpoint::Counters;
use bulk_endpoint::journal::{JournalError, RecordedOutcome};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::chunk::failed_over;
use super::claim::no_run;
use super::database::Param;
use super::life::ToWriter;
use super::rows::{bytes_of, number, origin_of, outcome_of};
use super::session::Session;
use crate::pages::{PageItem, PageSource, Pages, Wanted, forgotten, in_flight_outcome};
use crate::recorded_runs::{RecordedRuns, RunHeader};
use crate::report::{RunReport, Totals};
use crate::runs::RunInfo;

/// The runs of a database.
#[derive(Clone)]
pub(crate) struct ServerRuns {
    session: Arc<Session>,
    /// The thread of the store goes on while there is one.
    _alive: ToWriter,
}

/// The numbers of a run. A run is read to its end when all its chunks are done.
const TOTALS: &str = "
select r.run,
    (select coalesce(sum(c.requests), 0) from bulk_endpoint.chunks c where c.run = r.run)::bigint,
    (select count(*) from bulk_endpoint.lives l where l.run = r.run),
    not exists (select from bulk_endpoint.chunks c where c.run = r.run and c.state <> 'done'),
    (select coalesce(l.stopped, l.source_error) from bulk_endpoint.lives l where l.run = r.run and l.ended is not null
        order by l.ended desc, l.life desc limit 1),
    r.created, r.name
from bulk_endpoint.runs r";

/// The number of items for each outcome, and of open ones among them.
const COUNTS: &str = "
select case when f.item is not null or b.chunk is not null then 4 else coalesce(o.outcome, 0) end, count(*), count(*) filter (where not o.final)
from bulk_endpoint.items i
join bulk_endpoint.runs r on r.run = i.run
-- `limit`: it is looked up for duplicates alone.
left join lateral (
    select f.item, f.chunk, f.outcome, f.final from bulk_endpoint.items f
    where i.duplicate_of is not null and f.run = i.run and f.item = i.duplicate_of limit 1
) first on true
cross join lateral (
    select case when i.duplicate_of is null then i.outcome else first.outcome end as outcome,
        case when i.duplicate_of is null then i.final else first.final end as final,
        case when i.duplicate_of is null then coalesce(i.chunk, i.item / r.chunk_items)
            else coalesce(first.chunk, first.item / r.chunk_items) end as chunk
) o
left join bulk_endpoint.in_flight f on f.run = i.run and f.item = coalesce(i.duplicate_of, i.item) and not o.final
left join bulk_endpoint.behind b on b.run = i.run and b.chunk = o.chunk and not o.final
where i.run = $1
group by 1";

/// Whether the item `o` of the run `r` is one of the views `in_flight` and `behind`. A page has few of all items: each is looked up, while the views
/// would be made of all chunks for each page.
const DOUBTS: &str = "
select coalesce(bool_or(e.in_flight), false) as in_flight, coalesce(bool_or(e.is_behind), false) as is_behind
from bulk_endpoint.chunks c
cross join lateral (
    select o.item = any(c.may_leave) and o.attempts = 0 and o.settled < c.life or exists (
            select from bulk_endpoint.attempts a
            where a.run = c.run and a.chunk = c.chunk and a.ended is null and o.item = any(a.items)
        ) as in_flight,
        o.outcome is distinct from 4 and exists (
            select from bulk_endpoint.behind b where b.run = c.run and b.chunk = c.chunk
        ) as is_behind
) e
where not o.final and c.run = o.run and c.chunk = coalesce(o.chunk, o.item / r.chunk_items)";

impl ServerRuns {
    pub(crate) fn new(session: Arc<Session>, alive: ToWriter) -> Self {
        ServerRuns { session, _alive: alive }
    }
}

impl RecordedRuns for ServerRuns {
    fn pages(&self, run: i64, wanted: Wanted) -> Pages {
        // The columns of the conditions are those of the first occurrence.
        let sql = format!(
            "select item, key, key_hash, not final, in_flight, outcome, status, code, message, request_id, earlier, accepted, origin_run, \
             origin_item, is_behind from ( \
             select i.item, i.key, i.key_hash, i.duplicate_of, i.origin_run, i.origin_item, \
             d.in_flight or d.is_behind as in_flight, not d.in_flight as is_behind, \
             o.outcome, o.status, o.code, o.message, o.request_id, o.earlier, o.accepted, o.final \
             from bulk_endpoint.items i \
             join bulk_endpoint.runs r on r.run = i.run \
             join bulk_endpoint.items o on o.run = i.run and o.item = coalesce(i.duplicate_of, i.item) \
             cross join lateral ({DOUBTS}) d \
             where i.run = $1 and i.item >= $2 \
             ) as items where {} order by item limit $3",
            wanted.condition("not final")
        );
        Pages::new(Box::new(ServerPages { runs: self.clone(), run, sql }), wanted)
    }

    fn find(&self, name: &str) -> Result<RunHeader, JournalError> {
        let (session, name) = (self.session.clone(), name.to_owned());
        self.session.wait(async move {
            let sql = "select run, id, keyed from bulk_endpoint.runs where name = $1";
            let rows = session.ask(sql, &[(&name, Type::TEXT)]).await?;
            let row = rows.first().ok_or_else(|| no_run(session.target.name(), &name))?;
            Ok(RunHeader {
                run: row.get(0),
                id: u128::from_be_bytes(bytes_of(row, 1)?),
                keyed: row.get(2),
                hashed_keys: false,
            })
        })
    }
}

/// The items of a run in a database.
pub(crate) struct ServerPages {
    runs: ServerRuns,
    run: i64,
    sql: String,
}

impl PageSource for ServerPages {
    fn page(&mut self, from: u64, most: i64) -> Result<Vec<PageItem>, JournalError> {
        let (session, run, sql) = (self.runs.session.clone(), self.run, self.sql.clone());
        self.runs.session.wait(async move {
            let from = from as i64;
            let params: [Param<'_>; 3] = [(&run, Type::INT8), (&from, Type::INT8), (&most, Type::INT8)];
            let items = session.ask(&sql, &params).await?;
            match is_there(&session, run).await? {
                true => items.iter().map(item_of).collect(),
                false => Err(forgotten()),
            }
        })
    }
}

/// Asked last: a run that is there was there all the time.
async fn is_there(session: &Session, run: i64) -> Result<bool, JournalError> {
    let sql = "select 1 from bulk_endpoint.runs where run = $1";
    Ok(!session.ask(sql, &[(&run, Type::INT8)]).await?.is_empty())
}

fn item_of(row: &Row) -> Result<PageItem, JournalError> {
    let outcome = match (row.get(4), row.get(14)) {
        (true, true) => failed_over(),
        (true, false) => in_flight_outcome(),
        (false, _) => outcome_of(row, 5)?.unwrap_or_else(RecordedOutcome::not_sent),
    };
    Ok(PageItem {
        item: number(row, 0)?,
        key: row.get(1),
        key_hash: row.get::<_, i64>(2) as u64,
        is_open: row.get(3),
        outcome,
        origin: origin_of(row, 12)?,
    })
}

/// The report of a run.
pub(crate) async fn report(runs: ServerRuns, name: &str) -> Result<RunReport, JournalError> {
    let session = &runs.session;
    let sql = format!("{TOTALS} where r.name = $1");
    let rows = session.ask(&sql, &[(&name, Type::TEXT)]).await?;
    let row = rows.first().ok_or_else(|| no_run(session.target.name(), name))?;
    let totals = totals(session, row).await?.ok_or_else(forgotten)?;
    Ok(RunReport::of(name, totals, Arc::new(runs)))
}

/// All runs, in the order in which they were submitted.
pub(crate) async fn runs(session: &Session) -> Result<Vec<RunInfo>, JournalError> {
    let mut runs = Vec::new();
    for row in session.ask(&format!("{TOTALS} order by r.run"), &[]).await? {
        let Some(totals) = totals(session, &row).await? else { continue };
        let Totals { counters, open, lives, read_all, stopped, .. } = totals;
        let created = UNIX_EPOCH + Duration::from_millis(number(&row, 5)?);
        runs.push(RunInfo { name: row.get(6), created, lives, counters, open, read_all, stopped });
    }
    Ok(runs)
}

/// `None`: the run was forgotten meanwhile.
async fn totals(session: &Session, row: &Row) -> Result<Option<Totals>, JournalError> {
    let run: i64 = row.get(0);
    let (mut counters, mut open) = (Counters::default(), 0);
    for row in session.ask(COUNTS, &[(&run, Type::INT8)]).await? {
        let items: usize = number(&row, 1)?;
        open += number::<usize>(&row, 2)?;
        counters.accepted += items;
        *match row.get::<_, i64>(0) {
            1 => &mut counters.succeeded,
            2 => &mut counters.failed,
            3 => &mut counters.refused,
            4 => &mut counters.unknown,
            _ => &mut counters.not_attempted,
        } = items;
    }
    let read_all: bool = row.get(3);
    if !is_there(session, run).await? {
        return Ok(None);
    }
    Ok(Some(Totals {
        run,
        hashed_keys: false,
        counters,
        open,
        requests: number(row, 1)?,
        lives: number(row, 2)?,
        read_all,
        // Why a worker stopped tells nothing of a run that others have finished.
        stopped: row.get::<_, Option<String>>(4).filter(|_| !read_all),
        source_error: None,
    }))
}
