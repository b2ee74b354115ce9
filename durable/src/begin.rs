//! The begin of a life, and what is made of the life before.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bulk_endpoint::journal::{PendingBatch, PendingJob, RunStart};
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::{Done, Fault, age, known_age, millis};
use crate::identity::{check_same, identity_text};
use crate::key_index::KeyIndex;
use crate::life::{Life, PENDING, PendingItems};
use crate::options::{Keys, Options};
use crate::random::random_bytes;
use crate::seen::SeenItems;
use crate::stored::{StoredItems, code_of, json_of, read_items, row_id};

/// A life that has begun, without its journal.
pub(crate) struct Started {
    pub(crate) run: u128,
    pub(crate) life: u32,
    pub(crate) has_responded: bool,
    pub(crate) time_left: Option<Duration>,
    pub(crate) pending: Vec<PendingBatch>,
    pub(crate) busy_for: Duration,
}

/// What the file has of a run.
struct RunRow {
    run: i64,
    id: u128,
    identity: String,
    keyed: bool,
    hashed_keys: bool,
    created: i64,
    has_responded: bool,
    indexed: i64,
    restored: Option<bool>,
}

/// Begins a life of the run.
pub(crate) fn begin(
    file: &Connection,
    name: &str,
    start: &RunStart,
    options: &Options,
    now: i64,
) -> Done<(Life, Started)> {
    let row = match find(file, name)? {
        Some(row) => {
            check_same(name, &row.identity, row.keyed, start)?;
            recover(file, row.run, now)?;
            row
        }
        None => create(file, name, start, options.keys == Keys::Hashed, now)?,
    };
    let capacity = options.keys_in_memory;
    let deadline = start.run_timeout.map(|timeout| row.created.saturating_add(millis(timeout)));
    file.execute("update runs set deadline = ?2 where run = ?1", params![row.run, deadline])?;
    let before: (Option<u32>, Option<u64>) =
        file.query_row("select max(life), max(items_read) from lives where run = ?1", [row.run], |row| {
            Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(|read| read as u64)))
        })?;
    let life = before.0.unwrap_or(0) + 1;
    let busy_for = busy_for(file, row.run, now)?;
    let sql = "insert into lives (run, life, started, request_timeout) values (?1, ?2, ?3, ?4)";
    file.execute(sql, params![row.run, life, now, millis(start.request_timeout)])?;
    let sql = "select item from items where id >= ?1 and id < ?2 order by id desc limit 1";
    let of_run = [row_id(row.run, 0), row_id(row.run + 1, 0)];
    let last: Option<i64> = file.query_row(sql, of_run, |row| row.get(0)).optional()?;
    let items = last.map_or(0, |last| last + 1);
    let mut state = Life {
        name: name.to_owned(),
        run: row.run,
        id: row.id,
        life,
        keyed: row.keyed,
        hashed_keys: row.hashed_keys,
        keeps_duplicates: start.keeps_duplicates,
        of_calls: start.of_calls,
        on_change: start.on_change,
        restored: row.restored,
        items,
        items_before: items,
        read: 0,
        read_before: before.1.unwrap_or(0),
        requests: 0,
        last_sent: None,
        seen: SeenItems::default(),
        keys: if row.keyed {
            KeyIndex::open(file, row.run, row.indexed, capacity)?
        } else {
            KeyIndex::new(row.run, capacity)
        },
        // Calls come in no order.
        in_order: !start.of_calls,
        has_responded: row.has_responded,
        has_sent_once: false,
        in_flight: HashMap::new(),
        pending: BTreeMap::new(),
        pending_of: HashMap::new(),
        is_dirty: false,
    };
    let pending = load_pending(file, &mut state, now)?;
    let started = Started {
        run: row.id,
        life,
        has_responded: row.has_responded,
        // A clock that was set back does not make the time longer.
        time_left: start.run_timeout.map(|timeout| timeout.saturating_sub(age(now, row.created))),
        pending,
        busy_for,
    };
    Ok((state, started))
}

/// The time for which the host may still work on requests of earlier lives.
fn busy_for(file: &Connection, run: i64, now: i64) -> Done<Duration> {
    let mut statement =
        file.prepare("select request_timeout, last_sent from lives where run = ?1 and last_sent is not null")?;
    let left = |row: &rusqlite::Row<'_>| {
        let timeout = Duration::from_millis(row.get::<_, i64>(0)?.unsigned_abs());
        Ok(timeout.saturating_sub(age(now, row.get(1)?)))
    };
    let left = statement.query_map([run], left)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(left.into_iter().max().unwrap_or_default())
}

fn find(file: &Connection, name: &str) -> Done<Option<RunRow>> {
    let sql = "select run, id, identity, keyed, hashed_keys, created, has_responded, indexed, restored \
               from runs where name = ?1";
    let row = file.query_row(sql, [name], |row| {
        Ok(RunRow {
            run: row.get(0)?,
            id: u128::from_be_bytes(row.get(1)?),
            identity: row.get(2)?,
            keyed: row.get(3)?,
            hashed_keys: row.get(4)?,
            created: row.get(5)?,
            has_responded: row.get(6)?,
            indexed: row.get(7)?,
            restored: row.get(8)?,
        })
    });
    Ok(row.optional()?)
}

fn create(file: &Connection, name: &str, start: &RunStart, hashed_keys: bool, now: i64) -> Done<RunRow> {
    let id: [u8; 16] = random_bytes().map_err(Fault::call)?;
    let identity = identity_text(start)?;
    let sql = "insert into runs (name, id, identity, keyed, hashed_keys, created) values (?1, ?2, ?3, ?4, ?5, ?6)";
    file.execute(sql, params![name, id, identity, start.keyed, hashed_keys, now])?;
    find(file, name)?.ok_or_else(|| Fault::call("the run is gone"))
}

/// Ends the requests that were in flight when a life ended: their results are unknown.
fn recover(file: &Connection, run: i64, now: i64) -> Done<()> {
    struct Open {
        id: i64,
        life: u32,
        items: Vec<i64>,
        is_idempotent: bool,
        is_bound: bool,
        has_job: bool,
    }
    // A key without a time is that of a backup.
    let sql = "select id, items, idempotent, key_since is not null or job is not null, job is not null, life from attempts \
               where run = ?1 and ended is null order by id";
    let mut statement = file.prepare(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Open {
            id: row.get(0)?,
            items: read_items(&row.get::<_, String>(1)?)?,
            is_idempotent: row.get(2)?,
            is_bound: row.get(3)?,
            has_job: row.get(4)?,
            life: row.get(5)?,
        })
    };
    let open: Vec<Open> = statement.query_map([run], read)?.collect::<rusqlite::Result<_>>()?;
    // Only an idempotent endpoint lets items leave before their request is recorded.
    let sql = "select item from in_flight where run = ?1 and item not in \
               (select j.value from attempts a, json_each(a.items) j where a.run = ?1 and a.ended is null)";
    let ahead: Vec<i64> = file.prepare(sql)?.query_map([run], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut stored = StoredItems::new(file, run)?;
    for request in open.iter().filter(|request| request.has_job) {
        let rows = request.items.iter().map(|item| stored.get(*item)).collect::<rusqlite::Result<Vec<_>>>()?;
        let before = rows.iter().filter(|row| row.state.is_unknown_before_job(request.life));
        let before = json_of(&before.map(|row| row.item as u64).collect::<Vec<_>>())?;
        file.execute("update attempts set uncertain_before = ?2 where id = ?1", params![request.id, before])?;
    }
    let in_requests = open.iter().flat_map(|request| request.items.iter().map(|item| (*item, request.is_idempotent)));
    for (item, is_idempotent) in in_requests.chain(ahead.iter().map(|item| (*item, true))) {
        lose(file, &mut stored, run, item, is_idempotent, now)?;
    }
    for request in &open {
        let sql = "update attempts set ended = ?2, result = 'the process ended', pending = ?3 where id = ?1";
        file.execute(sql, params![request.id, now, request.is_bound])?;
    }
    if !ahead.is_empty() {
        // When they left, if they did, is not known.
        let sql =
            "update lives set last_sent = ?2 where run = ?1 and life = (select max(life) from lives where run = ?1)";
        file.execute(sql, params![run, now])?;
    }
    file.execute("update runs set may_leave = '[]' where run = ?1", [run])?;
    Ok(())
}

/// An item was in a request whose result is unknown.
fn lose(
    file: &Connection,
    stored: &mut StoredItems<'_>,
    run: i64,
    item: i64,
    is_idempotent: bool,
    now: i64,
) -> Done<()> {
    let mut state = stored.get(item)?.state;
    if state.is_final {
        return Ok(());
    }
    state.lose(is_idempotent);
    let outcome = state.outcome();
    let sql = "update items set outcome = ?2, status = ?3, code = ?4, message = ?5, request_id = ?6, earlier = ?7, \
               accepted = ?8, settled = ?9, attempts = ?10, spent = ?11, put_off = ?12, heads = ?13, \
               repeatable = ?14, changed = ?15 where id = ?1";
    file.prepare_cached(sql)?.execute(params![
        row_id(run, item),
        code_of(outcome.outcome),
        outcome.status,
        outcome.code,
        outcome.message,
        outcome.request_id,
        outcome.earlier,
        outcome.accepted,
        state.settled,
        state.attempts,
        state.spent,
        millis(state.put_off.time),
        state.put_off.heads,
        state.is_repeatable,
        now,
    ])?;
    Ok(())
}

/// The batches whose items may be sent again only together. One with an item that is settled for good is no longer whole; a job goes on for the
/// others.
fn load_pending(file: &Connection, life: &mut Life, now: i64) -> Done<Vec<PendingBatch>> {
    let sql = "select id, items, key, key_since, request, job, job_since, uncertain_before from attempts \
               where run = ?1 and pending = 1 order by id";
    let mut statement = file.prepare(sql)?;
    let mut rows = statement.query([life.run])?;
    let mut stored = StoredItems::new(file, life.run)?;
    let (mut pending, mut broken) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let all = read_items(&row.get::<_, String>(1)?)?;
        let mut items = Vec::with_capacity(all.len());
        for item in &all {
            if !stored.get(*item)?.state.is_final && !life.pending_of.contains_key(item) {
                items.push(*item);
            }
        }
        let handle: Option<String> = row.get(5)?;
        let has_job = handle.is_some();
        if items.is_empty() || items.len() < all.len() && !has_job {
            broken.push(id);
            continue;
        }
        let key: Option<String> = row.get(2)?;
        let since: Option<i64> = row.get(6)?;
        let key_since: Option<i64> = row.get(3)?;
        pending.push(PendingBatch {
            attempt: PENDING + id as u64,
            items: items.iter().map(|item| *item as u64).collect(),
            key: key.clone(),
            key_age: key_since.and_then(|since| known_age(now, since)),
            request: u128::from_be_bytes(row.get(4)?),
            job: match handle {
                Some(handle) => Some(PendingJob {
                    handle,
                    age: since.map_or(Duration::ZERO, |since| age(now, since)),
                    uncertain_before: read_items(&row.get::<_, String>(7)?)?
                        .into_iter()
                        .map(|item| item as u64)
                        .collect(),
                    request_items: all.iter().map(|item| *item as u64).collect(),
                }),
                None => None,
            },
        });
        life.bind(PendingItems { id, items, key, key_since, has_job });
    }
    drop(rows);
    for id in broken {
        file.execute("update attempts set pending = 0 where id = ?1", [id])?;
    }
    Ok(pending)
}
