//! Rows of the database as what they mean.

use std::time::Duration;

use bulk_endpoint::journal::{JournalError, Origin, PutOff, RecordedOutcome};
use tokio_postgres::Row;

use super::chunk::{ItemRow, RequestRow};
use crate::fault::store_error;
use crate::item_state::ItemState;
use crate::stored::kind_of;

/// The columns that [`item_of`] reads.
pub(crate) const ITEM_COLUMNS: &str = "item, key, key_hash, body, origin_run, origin_item, outcome, status, code, message, request_id, earlier, \
     accepted, final, settled, attempts, spent, put_off, heads, repeatable, hash";

/// The columns that [`request_of`] reads.
pub(crate) const REQUEST_COLUMNS: &str = "life, attempt, batch, number, items, idempotent, key, key_since, request, sent, ended, status, result, \
     job, job_since, uncertain_before, pending";

pub(crate) fn item_of(row: &Row) -> Result<ItemRow, JournalError> {
    Ok(ItemRow {
        item: number(row, 0)?,
        key: row.get(1),
        key_hash: row.get::<_, i64>(2) as u64,
        hash: u128::from_be_bytes(bytes_of(row, 20)?),
        body: row.get(3),
        origin: origin_of(row, 4)?,
        state: ItemState {
            outcome: outcome_of(row, 6)?,
            is_final: row.get(13),
            settled: number(row, 14)?,
            attempts: number(row, 15)?,
            spent: number(row, 16)?,
            put_off: PutOff { time: Duration::from_millis(number(row, 17)?), heads: number(row, 18)? },
            is_repeatable: row.get(19),
        },
    })
}

pub(crate) fn request_of(row: &Row) -> Result<RequestRow, JournalError> {
    Ok(RequestRow {
        id: (number(row, 0)?, number(row, 1)?),
        batch: number(row, 2)?,
        number: number(row, 3)?,
        items: numbers(row, 4)?,
        is_idempotent: row.get(5),
        key: row.get(6),
        key_since: row.get(7),
        request: u128::from_be_bytes(bytes_of(row, 8)?),
        sent: row.get(9),
        ended: row.get(10),
        status: row.get::<_, Option<i64>>(11).map(|status| narrowed(11, status)).transpose()?,
        result: row.get(12),
        job: row.get(13),
        job_since: row.get(14),
        uncertain_before: numbers(row, 15)?,
        is_pending: row.get(16),
        is_stored: true,
    })
}

/// The outcome in the columns from `first` on: outcome, status, code, message, request_id, earlier, accepted.
pub(crate) fn outcome_of(row: &Row, first: usize) -> Result<Option<RecordedOutcome>, JournalError> {
    let Some(code) = row.get::<_, Option<i64>>(first) else { return Ok(None) };
    let outcome = kind_of(code).ok_or_else(|| unexpected(first, code))?;
    let status = row.get::<_, Option<i64>>(first + 1);
    Ok(Some(RecordedOutcome {
        outcome,
        status: status.map(|status| narrowed(first + 1, status)).transpose()?,
        code: row.get(first + 2),
        message: row.get(first + 3),
        request_id: row.get(first + 4),
        earlier: row.get(first + 5),
        accepted: row.get(first + 6),
    }))
}

/// The origin in the columns from `first` on: run, item.
pub(crate) fn origin_of(row: &Row, first: usize) -> Result<Option<Origin>, JournalError> {
    if row.get::<_, Option<Vec<u8>>>(first).is_none() {
        return Ok(None);
    }
    Ok(Some(Origin { run: u128::from_be_bytes(bytes_of(row, first)?), item: number(row, first + 1)? }))
}

/// The 16 bytes of a column.
pub(crate) fn bytes_of(row: &Row, column: usize) -> Result<[u8; 16], JournalError> {
    let bytes: Vec<u8> = row.get(column);
    bytes.as_slice().try_into().map_err(|_| unexpected(column, i64::try_from(bytes.len()).unwrap_or(i64::MAX)))
}

pub(crate) fn number<N: TryFrom<i64>>(row: &Row, column: usize) -> Result<N, JournalError> {
    narrowed(column, row.get(column))
}

pub(crate) fn numbers(row: &Row, column: usize) -> Result<Vec<u64>, JournalError> {
    let numbers: Vec<i64> = row.get(column);
    numbers.into_iter().map(|number| narrowed(column, number)).collect()
}

fn narrowed<N: TryFrom<i64>>(column: usize, number: i64) -> Result<N, JournalError> {
    number.try_into().map_err(|_| unexpected(column, number))
}

fn unexpected(column: usize, found: i64) -> JournalError {
    store_error(format!(
        "expected rows as this release writes them, found {found} in column {column}; restore a backup"
    ))
}
