//! Items and outcomes as rows.

use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{Origin, PutOff, RecordedOutcome};
use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, Row, params};

use crate::fault::{Done, Fault};
use crate::item_state::ItemState;

/// One row of `items`.
pub(crate) struct Stored {
    pub(crate) item: i64,
    pub(crate) key_hash: i64,
    pub(crate) hash: Option<u128>,
    pub(crate) duplicate_of: Option<i64>,
    pub(crate) state: ItemState,
    pub(crate) origin: Option<Origin>,
}

/// The row of an item: its run and its number in one.
pub(crate) fn row_id(run: i64, item: i64) -> i64 {
    run << 40 | item
}

/// The columns of [`Stored::read`].
const COLUMNS: &str = "item, key_hash, hash, duplicate_of, final, settled, attempts, spent, put_off, heads, repeatable, outcome, status, code, \
                       message, request_id, earlier, accepted, origin_run, origin_item";

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let hash: Option<[u8; 16]> = row.get(2)?;
        Ok(Stored {
            item: row.get(0)?,
            key_hash: row.get(1)?,
            hash: hash.map(u128::from_be_bytes),
            duplicate_of: row.get(3)?,
            state: ItemState {
                is_final: row.get(4)?,
                settled: row.get(5)?,
                attempts: row.get(6)?,
                spent: row.get(7)?,
                put_off: PutOff {
                    time: Duration::from_millis(row.get::<_, i64>(8)?.unsigned_abs()),
                    heads: row.get(9)?,
                },
                is_repeatable: row.get(10)?,
                outcome: read_outcome(row, 11)?,
            },
            origin: read_origin(row, 18)?,
        })
    }
}

/// Statements over the rows of one run.
pub(crate) struct StoredItems<'c> {
    one: CachedStatement<'c>,
    run: i64,
}

impl<'c> StoredItems<'c> {
    pub(crate) fn new(file: &'c Connection, run: i64) -> rusqlite::Result<Self> {
        let one = file.prepare_cached(&format!("select {COLUMNS} from items where id = ?1"))?;
        Ok(StoredItems { one, run })
    }

    pub(crate) fn get(&mut self, item: i64) -> rusqlite::Result<Stored> {
        self.one.query_row([row_id(self.run, item)], Stored::read)
    }
}

/// The rows of a run from one number on, at most `limit`.
pub(crate) fn range(file: &Connection, run: i64, first: i64, limit: usize) -> rusqlite::Result<Vec<Stored>> {
    let sql = format!("select {COLUMNS} from items where id >= ?1 and id < ?2 order by id limit ?3");
    let mut statement = file.prepare_cached(&sql)?;
    let (first, end) = (row_id(run, first), row_id(run + 1, 0));
    statement.query_map(params![first, end, i64::try_from(limit).unwrap_or(i64::MAX)], Stored::read)?.collect()
}

/// The outcome in the columns from `first` on: outcome, status, code, message, request_id, earlier, accepted.
pub(crate) fn read_outcome(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<RecordedOutcome>> {
    let Some(code) = row.get::<_, Option<i64>>(first)? else { return Ok(None) };
    let outcome = kind_of(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(first, code))?;
    Ok(Some(RecordedOutcome {
        outcome,
        status: row.get(first + 1)?,
        code: row.get(first + 2)?,
        message: row.get(first + 3)?,
        request_id: row.get(first + 4)?,
        earlier: row.get(first + 5)?,
        accepted: row.get(first + 6)?,
    }))
}

/// The origin in the columns from `first` on: run, item.
pub(crate) fn read_origin(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Origin>> {
    let Some(run) = row.get::<_, Option<[u8; 16]>>(first)? else { return Ok(None) };
    Ok(Some(Origin { run: u128::from_be_bytes(run), item: row.get::<_, i64>(first + 1)? as u64 }))
}

/// The number of an outcome in the file. The most frequent one takes no space.
pub(crate) fn code_of(kind: OutcomeKind) -> i64 {
    match kind {
        OutcomeKind::NotAttempted => 0,
        OutcomeKind::Succeeded => 1,
        OutcomeKind::Failed => 2,
        OutcomeKind::Refused => 3,
        OutcomeKind::Unknown => 4,
    }
}

pub(crate) fn kind_of(code: i64) -> Option<OutcomeKind> {
    OutcomeKind::ALL.into_iter().find(|kind| code_of(*kind) == code)
}

/// The first half of a hash, as `item_keys` has it.
pub(crate) fn half(hash: Option<u128>) -> i64 {
    hash.map_or(0, |hash| (hash >> 64) as u64 as i64)
}

/// Numbers of items, as the file has them.
pub(crate) fn json_of(items: &[u64]) -> Done<String> {
    serde_json::to_string(items).map_err(|error| Fault::call(error.to_string()))
}

/// The numbers of items that [`json_of`] wrote.
pub(crate) fn read_items(text: &str) -> rusqlite::Result<Vec<i64>> {
    serde_json::from_str(text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}
