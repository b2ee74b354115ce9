//! Records of requests and of items.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{Intent, Record, RecordedState};
use rusqlite::{Connection, params};

use crate::fault::{Done, Fault, millis};
use crate::life::{InFlight, Life, PENDING, PendingItems};
use crate::stored::{Stored, StoredItems, code_of, json_of, row_id};

/// Writes records in their order.
pub(crate) fn write(file: &Connection, life: &mut Life, records: Vec<Record>, now: i64) -> Done<()> {
    let (mut ended, mut uncertain) = (Vec::new(), HashSet::new());
    let mut records = records.into_iter().peekable();
    while let Some(record) = records.next() {
        match record {
            Record::Intent(intent) => intend(file, life, intent, now)?,
            Record::MayLeave { items } => {
                let sql = "update runs set may_leave = ?2 where run = ?1";
                file.prepare_cached(sql)?.execute(params![life.run, json_of(&items)?])?;
            }
            Record::Ended { attempt, status, end, has_left } => {
                let request = end_attempt(file, life, attempt, status, &end, now)?;
                if !has_left {
                    life.requests = life.requests.saturating_sub(1);
                    life.is_dirty = true;
                }
                ended.extend(request.and_then(|request| request.keyed));
            }
            Record::Job { attempt, handle } => name_job(file, life, attempt, &handle, now)?,
            Record::Item { item: first, state } => {
                // Most items of a batch lie side by side and end alike.
                let mut last = first;
                while let Some(Record::Item { item, state: next }) = records.peek()
                    && (*item, next) == (last + 1, &state)
                {
                    records.next();
                    last += 1;
                }
                let items = first as i64..=last as i64;
                set_items(file, life, items.clone(), &state, now)?;
                if !state.is_final && state.outcome.outcome == OutcomeKind::Unknown {
                    uncertain.extend(items);
                }
            }
        }
    }
    for batch in ended {
        if batch.items.iter().all(|item| uncertain.contains(item)) {
            keep_together(file, life, batch)?;
        }
    }
    Ok(())
}

fn intend(file: &Connection, life: &mut Life, intent: Intent, now: i64) -> Done<()> {
    if intent.attempt >= PENDING || life.in_flight.contains_key(&intent.attempt) {
        return Err(Fault::call(format!(
            "expected a new attempt, found the number {} twice or too large",
            intent.attempt
        )));
    }
    let mut key_since = intent.key.as_ref().map(|_| now);
    // The items leave in another request: what bound them together before no longer does.
    let bound: HashSet<u64> =
        intent.items.iter().filter_map(|item| life.pending_of.get(&(*item as i64)).copied()).collect();
    for attempt in bound {
        if let Some(batch) = release(file, life, attempt)?
            && batch.key == intent.key
        {
            key_since = batch.key_since.min(key_since).or(key_since);
        }
    }
    let items = json_of(&intent.items)?;
    let sql = "insert into attempts (run, life, attempt, batch, number, items, idempotent, key, key_since, request, sent) \
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let id = file.prepare_cached(sql)?.insert(params![
        life.run,
        life.life,
        intent.attempt as i64,
        intent.batch as i64,
        intent.number,
        items,
        intent.is_idempotent,
        intent.key,
        key_since,
        intent.request.to_be_bytes(),
        now,
    ])?;
    life.requests += 1;
    life.last_sent = Some(now);
    life.is_dirty = true;
    life.has_sent_once |= !intent.is_idempotent;
    let items = intent.items.iter().map(|item| *item as i64).collect();
    let keyed = intent.key.is_some().then_some(PendingItems { id, items, key: intent.key, key_since, has_job: false });
    life.in_flight.insert(intent.attempt, InFlight { id, keyed });
    Ok(())
}

fn end_attempt(
    file: &Connection,
    life: &mut Life,
    attempt: u64,
    status: Option<u16>,
    end: &str,
    now: i64,
) -> Done<Option<InFlight>> {
    let (id, request) = if attempt >= PENDING {
        life.release(attempt);
        ((attempt - PENDING) as i64, None)
    } else {
        let request = life.in_flight.remove(&attempt).ok_or_else(|| unknown_attempt(attempt))?;
        (request.id, Some(request))
    };
    let sql = "update attempts set ended = ?2, status = ?3, result = ?4, pending = 0 where id = ?1 and run = ?5";
    if file.prepare_cached(sql)?.execute(params![id, now, status, end, life.run])? == 0 {
        return Err(unknown_attempt(attempt));
    }
    if status.is_some() {
        responded(file, life)?;
    }
    Ok(request)
}

fn name_job(file: &Connection, life: &mut Life, attempt: u64, handle: &str, now: i64) -> Done<()> {
    let (id, keyed) = match attempt.checked_sub(PENDING) {
        Some(id) => (id as i64, life.pending.get_mut(&attempt)),
        None => {
            let request = life.in_flight.get_mut(&attempt).ok_or_else(|| unknown_attempt(attempt))?;
            (request.id, request.keyed.as_mut())
        }
    };
    keyed.into_iter().for_each(|batch| batch.has_job = true);
    // A handle may move; the job's time counts from the first.
    let sql = "update attempts set job = ?2, job_since = coalesce(job_since, ?3) where id = ?1 and run = ?4";
    if file.prepare_cached(sql)?.execute(params![id, handle, now, life.run])? == 0 {
        return Err(unknown_attempt(attempt));
    }
    responded(file, life)
}

/// Sets what is known of items that lie side by side.
fn set_items(
    file: &Connection,
    life: &mut Life,
    items: RangeInclusive<i64>,
    state: &RecordedState,
    now: i64,
) -> Done<()> {
    let RecordedState { outcome, is_final, is_settled, attempts, spent, put_off } = state;
    let (first, last) = (*items.start(), *items.end());
    // What makes an item uncertain is a request of this life if it took part in one more than before.
    let sql = "update items set outcome = ?3, status = ?4, code = ?5, message = ?6, request_id = ?7, earlier = ?8, accepted = ?9, \
               final = ?10, settled = ?11, spent = ?13, put_off = ?14, heads = ?15, changed = ?16, \
               repeatable = case when ?17 and ?12 > attempts then 0 else repeatable end, attempts = ?12 \
               where id >= ?1 and id <= ?2 and final = 0";
    let changed = file.prepare_cached(sql)?.execute(params![
        row_id(life.run, first),
        row_id(life.run, last),
        code_of(outcome.outcome),
        outcome.status,
        outcome.code,
        outcome.message,
        outcome.request_id,
        outcome.earlier,
        outcome.accepted,
        is_final,
        if *is_settled { life.life } else { 0 },
        attempts,
        spent,
        millis(put_off.time),
        put_off.heads,
        now,
        outcome.outcome == OutcomeKind::Unknown && life.has_sent_once,
    ])?;
    if changed as i64 != last - first + 1 {
        let mut stored = StoredItems::new(file, life.run)?;
        for item in items.clone() {
            let is_same = |row: Stored| row.state.is_final == *is_final && row.state.outcome() == *outcome;
            if !stored.get(item).is_ok_and(is_same) {
                return Err(Fault::call(format!(
                    "expected an open item, found item {item} settled for good or not recorded"
                )));
            }
        }
    }
    // Without one of its items a batch is no longer the same.
    if *is_final && !life.pending_of.is_empty() {
        for item in items {
            let Some(attempt) = life.pending_of.get(&item).copied() else { continue };
            if life.pending.get(&attempt).is_some_and(|batch| !batch.has_job) {
                release(file, life, attempt)?;
            }
        }
    }
    Ok(())
}

/// A batch with an idempotency key that leaves all its items uncertain may be sent again only as it was.
fn keep_together(file: &Connection, life: &mut Life, batch: PendingItems) -> Done<()> {
    file.prepare_cached("update attempts set pending = 1 where id = ?1")?.execute([batch.id])?;
    life.bind(batch);
    Ok(())
}

fn release(file: &Connection, life: &mut Life, attempt: u64) -> Done<Option<PendingItems>> {
    let batch = life.release(attempt);
    if let Some(batch) = &batch {
        file.prepare_cached("update attempts set pending = 0 where id = ?1")?.execute([batch.id])?;
    }
    Ok(batch)
}

fn responded(file: &Connection, life: &mut Life) -> Done<()> {
    if !life.has_responded {
        file.execute("update runs set has_responded = 1 where run = ?1", [life.run])?;
        life.has_responded = true;
    }
    Ok(())
}

fn unknown_attempt(attempt: u64) -> Fault {
    Fault::call(format!("expected an attempt in flight, found the number {attempt}"))
}
