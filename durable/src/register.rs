//! Items as they are read: which of them the journal knows.

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{ItemRecord, JournalError, Known, OnChange, OpenItem, PutOff, RecordedOutcome};
use rusqlite::{CachedStatement, Connection, params};

use crate::fault::{Done, Fault};
use crate::item_state::{ItemState, overtaken};
use crate::life::Life;
use crate::stored::{Stored, StoredItems, half, range, row_id};

/// Looks up items in the order of the input, and records those that are new. After an error, none of them counts as read.
pub(crate) fn register(file: &Connection, life: &mut Life, items: Vec<ItemRecord>, now: i64) -> Done<Vec<Known>> {
    let (items_then, read_then) = (life.items, life.read);
    let mut reading = Reading {
        file,
        now,
        stored: StoredItems::new(file, life.run)?,
        insert: file
            .prepare_cached("insert into items (id, key, key_hash, hash, changed) values (?1, ?2, ?3, ?4, ?5)")?,
        ahead: Vec::new(),
        was_ahead: 0,
        seen: Vec::new(),
        life,
    };
    let registered = reading.read_ahead(items.len()).and_then(|()| reading.all(items));
    let Reading { seen, life, ahead, was_ahead, .. } = reading;
    life.in_order &= ahead.is_empty() || was_ahead > 0;
    if registered.is_err() {
        for Seen { item, key_hash, half, is_encoded } in seen {
            life.seen.remove(item as u64);
            if item >= items_then {
                life.keys.forget(key_hash, half, item);
            } else if is_encoded {
                life.keys.put_back(key_hash, half, item);
            }
        }
        life.keys.start_over();
        (life.items, life.read) = (items_then, read_then);
    }
    registered
}

/// One call of `register`.
struct Reading<'c, 'l> {
    file: &'c Connection,
    now: i64,
    stored: StoredItems<'c>,
    /// Inserts an item that is nothing but new.
    insert: CachedStatement<'c>,
    life: &'l mut Life,
    /// The rows from the lowest one on that was not read in this life.
    ahead: Vec<Stored>,
    /// How many of them came.
    was_ahead: usize,
    /// What this call has read.
    seen: Vec<Seen>,
}

struct Seen {
    item: i64,
    key_hash: i64,
    half: i64,
    /// It was recorded when it could not be encoded, and now it can.
    is_encoded: bool,
}

impl Reading<'_, '_> {
    /// Reads the rows that an input in the order of the journal has next. They are the most frequent ones: a run that is resumed.
    fn read_ahead(&mut self, count: usize) -> Done<()> {
        let lowest = self.life.seen.lowest_unseen() as i64;
        if lowest < self.life.items_before && self.life.in_order {
            self.ahead = range(self.file, self.life.run, lowest, count)?;
        }
        Ok(())
    }

    fn all(&mut self, items: Vec<ItemRecord>) -> Done<Vec<Known>> {
        let mut known = Vec::with_capacity(items.len());
        for item in items {
            known.push(self.one(item)?);
            self.life.read += 1;
        }
        self.life.is_dirty = true;
        Ok(known)
    }

    fn one(&mut self, item: ItemRecord) -> Done<Known> {
        let lowest = self.life.seen.lowest_unseen() as i64;
        // The lowest unseen row of all is also the lowest one with its content.
        let first = self.ahead.first().map_or(0, |row| row.item);
        if let Ok(place) = usize::try_from(lowest - first)
            && let Some(row) = self.ahead.get(place)
            && self.is_same(row, &item)
        {
            self.was_ahead += 1;
            self.mark(lowest, &item, false);
            let known = known(self.life, &mut self.stored, &self.ahead[place])?;
            return self.unless_overtaken(known, &item);
        }
        match () {
            () if self.life.of_calls => self.call(&item),
            () if self.life.keyed => self.by_key(item),
            () => self.by_place(item),
        }
    }

    /// A single call: the open item of an earlier life that it is made from, or a new one.
    fn call(&mut self, item: &ItemRecord) -> Done<Known> {
        if let Some(origin) = item.origin.filter(|origin| origin.run == self.life.id) {
            return self.own(origin.item, item);
        }
        let (key_hash, half) = (item.key_hash as i64, half(item.hash));
        let latest = match item.hash {
            Some(_) if self.life.keyed && !self.life.keeps_duplicates => {
                self.life.keys.latest(self.file, key_hash, half)?
            }
            _ => None,
        };
        let mut duplicate_of = None;
        if let Some(latest) = latest {
            let first = self.repeated(latest)?;
            let is_under_way =
                first >= self.life.items_before && outcome_in_life(self.life, &self.stored.get(first)?.state).is_none();
            duplicate_of = is_under_way.then_some(first);
        }
        self.new_item(item, duplicate_of)
    }

    /// An item of this run, as an earlier life recorded it.
    fn own(&mut self, number: u64, item: &ItemRecord) -> Done<Known> {
        if number >= self.life.items_before as u64 || self.life.seen.contains(number) {
            let message =
                format!("expected each item of an earlier life once, found item {number} twice or not recorded");
            return Err(Fault::call(message));
        }
        let row = self.stored.get(number as i64)?;
        match row.hash {
            hash if row.key_hash == item.key_hash as i64 && hash == item.hash => {}
            None if row.key_hash == item.key_hash as i64 => {
                self.set_hash(row.item, item)?;
                self.mark(row.item, item, true);
                return self.row(row.item, item);
            }
            _ if self.life.on_change == OnChange::Stop => return Err(changed(item.clone())),
            _ => return self.new_item(item, None),
        }
        self.take(row.item, item)
    }

    fn is_same(&self, row: &Stored, item: &ItemRecord) -> bool {
        let is_there = self.life.keyed || item.index as i64 == row.item;
        is_there && row.hash == item.hash && (!self.life.keyed || row.key_hash == item.key_hash as i64)
    }

    fn by_key(&mut self, item: ItemRecord) -> Done<Known> {
        let (key_hash, half) = (item.key_hash as i64, half(item.hash));
        if !self.life.keys.has_key(self.file, key_hash, i64::MAX)? {
            return self.new_item(&item, None);
        }
        let unseen = self.life.keys.unseen(self.file, &self.life.seen, key_hash, half)?;
        if let Some(found) = unseen {
            return self.take(found, &item);
        }
        if item.hash.is_some() && self.life.items_before > 0 {
            let without_hash = self.life.keys.unseen(self.file, &self.life.seen, key_hash, 0)?;
            if let Some(found) = without_hash {
                self.set_hash(found, &item)?;
                self.mark(found, &item, true);
                return self.row(found, &item);
            }
        }
        // Two items that cannot be encoded may differ.
        if let Some(_) = item.hash
            && self.life.keys.has_content(self.file, key_hash, half)?
        {
            let latest = match self.life.keeps_duplicates {
                true => None,
                // In `a = 1`, `a = 2`, `a = 1`, `a = 1` the third is no duplicate of the first: it undoes the second. The fourth is one of the third.
                false => self.life.keys.latest(self.file, key_hash, half)?,
            };
            let of = latest.map(|latest| self.repeated(latest)).transpose()?;
            return self.new_item(&item, of);
        }
        let was_read = item.index < self.life.read_before;
        if was_read
            && self.life.on_change == OnChange::Stop
            && self.life.keys.has_key(self.file, key_hash, self.life.items_before)?
        {
            return Err(changed(item));
        }
        self.new_item(&item, None)
    }

    fn by_place(&mut self, item: ItemRecord) -> Done<Known> {
        let place = item.index as i64;
        if place == self.life.items {
            return self.new_item(&item, None);
        }
        if place > self.life.items || self.life.seen.contains(item.index) {
            let message =
                format!("expected items in the order of the input, found index {} twice or too early", item.index);
            return Err(Fault::call(message));
        }
        let row = self.stored.get(place)?;
        match row.hash {
            hash if hash == item.hash => {}
            None => self.set_hash(place, &item)?,
            Some(_) => return Err(changed(item)),
        }
        self.take(place, &item)
    }

    /// The item that a duplicate of this one repeats: this one, or the one that it repeats itself.
    fn repeated(&mut self, latest: i64) -> Done<i64> {
        Ok(self.stored.get(latest)?.duplicate_of.unwrap_or(latest))
    }

    fn take(&mut self, found: i64, item: &ItemRecord) -> Done<Known> {
        self.mark(found, item, false);
        self.row(found, item)
    }

    fn row(&mut self, found: i64, item: &ItemRecord) -> Done<Known> {
        let row = self.stored.get(found)?;
        let known = known(self.life, &mut self.stored, &row)?;
        self.unless_overtaken(known, item)
    }

    /// Of `a = 1`, `a = 2`, the first is not sent again when the second may have been applied: the order of what is done to one key counts.
    fn unless_overtaken(&self, known: Known, item: &ItemRecord) -> Done<Known> {
        let Known::Open(open) = known else { return Ok(known) };
        let has_order = self.life.keyed && !self.life.of_calls && open.outcome.outcome == OutcomeKind::Unknown;
        let (key_hash, half, number) = (item.key_hash as i64, half(item.hash), open.item as i64);
        let is_overtaken = has_order && self.life.keys.is_overtaken(self.file, key_hash, half, number)?;
        Ok(Known::Open(if is_overtaken { overtaken(open) } else { open }))
    }

    /// An item was recorded when it could not be encoded, and now it can.
    fn set_hash(&mut self, found: i64, item: &ItemRecord) -> Done<()> {
        let hash = item.hash.map(u128::to_be_bytes);
        let sql = "update items set hash = ?2 where id = ?1";
        self.file.prepare_cached(sql)?.execute(params![row_id(self.life.run, found), hash])?;
        if self.life.keyed {
            self.life.keys.replace(self.file, item.key_hash as i64, half(item.hash), found)?;
        }
        Ok(())
    }

    fn mark(&mut self, number: i64, item: &ItemRecord, is_encoded: bool) {
        self.life.seen.insert(number as u64);
        self.seen.push(Seen { item: number, key_hash: item.key_hash as i64, half: half(item.hash), is_encoded });
    }

    fn new_item(&mut self, item: &ItemRecord, duplicate_of: Option<i64>) -> Done<Known> {
        let number = self.life.items;
        // A call is made once: no life that the backup lacks can have sent it.
        let restored = self.life.restored.filter(|_| duplicate_of.is_none() && !self.life.of_calls);
        let outcome = restored.map(|_| restored_outcome());
        let key = item.key.as_deref().filter(|_| !self.life.hashed_keys);
        let (id, key_hash, hash) =
            (row_id(self.life.run, number), item.key_hash as i64, item.hash.map(u128::to_be_bytes));
        self.insert.execute(params![id, key, key_hash, hash, self.now])?;
        if duplicate_of.is_some() || outcome.is_some() || item.origin.is_some() {
            let sql = "update items set duplicate_of = ?2, outcome = ?3, message = ?4, repeatable = ?5, origin_run = ?6, origin_item = ?7 \
                       where id = ?1";
            self.file.prepare_cached(sql)?.execute(params![
                id,
                duplicate_of,
                outcome.as_ref().map(|outcome| crate::stored::code_of(outcome.outcome)),
                outcome.as_ref().and_then(|outcome| outcome.message.as_deref()),
                restored.unwrap_or(true),
                item.origin.map(|origin| origin.run.to_be_bytes()),
                item.origin.map(|origin| origin.item as i64),
            ])?;
        }
        self.life.items += 1;
        self.mark(number, item, false);
        if self.life.keyed {
            self.life.keys.insert(item.key_hash as i64, half(item.hash), number);
        }
        let (item, origin) = (number as u64, item.origin);
        if let Some(of) = duplicate_of {
            let outcome = outcome_in_life(self.life, &self.stored.get(of)?.state);
            return Ok(Known::Duplicate { item, of: of as u64, outcome });
        }
        Ok(match outcome {
            Some(outcome) => Known::Open(OpenItem {
                item,
                outcome,
                attempts: 0,
                spent: 0,
                put_off: PutOff::default(),
                is_repeatable: restored.unwrap_or(true),
                pending: None,
                origin,
            }),
            None => Known::New { item },
        })
    }
}

fn changed(item: ItemRecord) -> Fault {
    Fault::Call(JournalError::InputChanged { index: item.index, key: item.key.map(Into::into) })
}

fn known(life: &Life, stored: &mut StoredItems<'_>, row: &Stored) -> Done<Known> {
    let item = row.item as u64;
    if !row.state.is_final
        && let Some(of) = row.duplicate_of.filter(|_| !life.keeps_duplicates)
    {
        let outcome = outcome_in_life(life, &stored.get(of)?.state);
        return Ok(Known::Duplicate { item, of: of as u64, outcome });
    }
    Ok(row.state.known(item, life.pending_of.get(&row.item).copied(), row.origin))
}

/// The outcome of an item if it is settled for good, or by this life, and whether it is final.
fn outcome_in_life(life: &Life, state: &ItemState) -> Option<(RecordedOutcome, bool)> {
    (state.is_final || state.settled == life.life).then(|| (state.outcome(), state.is_final))
}

/// The outcome of an item of which a restored backup cannot know whether it was sent.
pub(crate) fn restored_outcome() -> RecordedOutcome {
    let message =
        "may or may not have been applied: the journal was restored from a backup, which may lack the request";
    RecordedOutcome { outcome: OutcomeKind::Unknown, message: Some(message.to_owned()), ..RecordedOutcome::not_sent() }
}
