//! A journal in memory, after the documentation of `bulk_endpoint::journal`: what a store must do, in the plainest form.
//!
//! `random.rs` holds the SQLite store to it, and `tests/lives` uses it as the store of its simulation.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{
    Intent, ItemRecord, JournalError, Known, LifeEnd, OnChange, OpenItem, Origin, PendingBatch, PendingJob, PutOff,
    Record, RecordedOutcome, RecordedState, RunStart,
};

/// How a request ended that was in flight when its process ended.
pub const PROCESS_ENDED: &str = "the process ended";

/// All that the store has of a run.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Its id.
    pub run: u128,
    pub identity: Vec<(String, String)>,
    pub life: u32,
    pub items: Vec<Row>,
    /// By the number in all lives: that of a pending request, or one that is made of the life and its number there.
    pub attempts: BTreeMap<u64, Attempt>,
    pub has_responded: bool,
    /// The number of items that the longest of the earlier lives read, and this one.
    read_before: u64,
    read: u64,
    /// The number of items when this life began.
    items_before: usize,
    keeps_duplicates: bool,
    of_calls: bool,
    on_change: OnChange,
    /// The items that may leave before their intents are here.
    may_leave: Vec<u64>,
    /// How long a request takes in each life, and when its last one left.
    sent: Vec<(Duration, Option<Duration>)>,
    /// How lives ended, with their numbers.
    pub ends: Vec<(u32, LifeEnd)>,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub key: Option<String>,
    key_hash: u64,
    hash: Option<u128>,
    /// The last life that read it.
    life: u32,
    duplicate_of: Option<u64>,
    pub outcome: RecordedOutcome,
    pub is_final: bool,
    /// The life that settled it, if nothing happened since.
    settled_in: Option<u32>,
    /// How often a life settled it.
    pub settlements: u32,
    pub attempts: u32,
    pub spent: u32,
    put_off: PutOff,
    is_repeatable: bool,
    origin: Option<Origin>,
    /// A life ended while it may have been in a request.
    pub was_lost: bool,
}

#[derive(Debug, Clone)]
pub struct Attempt {
    pub intent: Intent,
    pub life: u32,
    pub at: Duration,
    /// When the first request with its idempotency key was sent.
    pub key_since: Duration,
    pub end: Option<String>,
    /// It may have left.
    pub has_left: bool,
    pub job: Option<(String, Duration)>,
    uncertain_before: Vec<u64>,
    /// Of a pending one: its items that are not settled for good.
    pub(crate) left: Vec<u64>,
    /// Its items may be sent again only together, or its job is to be asked.
    pub is_pending: bool,
}

/// What a life begins with.
pub struct Beginning {
    pub pending: Vec<PendingBatch>,
    pub busy_for: Duration,
    pub has_responded: bool,
}

impl State {
    pub fn begin(&mut self, start: RunStart, now: Duration) -> Result<Beginning, JournalError> {
        if self.life > 0 && self.identity != start.identity {
            return Err(JournalError::OtherRun(
                format!("expected {:?}, found {:?}", self.identity, start.identity).into(),
            ));
        }
        self.identity = start.identity;
        (self.keeps_duplicates, self.of_calls) = (start.keeps_duplicates, start.of_calls);
        self.on_change = start.on_change;
        let ended = self.life;
        self.life += 1;
        self.read_before = self.read_before.max(std::mem::take(&mut self.read));
        self.items_before = self.items.len();
        for attempt in self.attempts.values_mut().filter(|attempt| attempt.end.is_none()) {
            let row = |item: &u64| &self.items[*item as usize];
            let was_uncertain = |item: &u64| {
                let is_by_job = row(item).attempts == 1 && row(item).settled_in == Some(attempt.life);
                row(item).outcome.outcome == OutcomeKind::Unknown && !is_by_job
            };
            attempt.uncertain_before = attempt.intent.items.iter().copied().filter(was_uncertain).collect();
        }
        for attempt in self.attempts.values_mut().filter(|attempt| attempt.end.is_none()) {
            for item in &attempt.intent.items {
                let row = &mut self.items[*item as usize];
                if row.is_final {
                    continue;
                }
                row.lose();
                row.is_repeatable &= attempt.intent.is_idempotent;
            }
            attempt.end = Some(PROCESS_ENDED.to_owned());
            attempt.is_pending = attempt.intent.key.is_some() || attempt.job.is_some();
        }
        for item in std::mem::take(&mut self.may_leave) {
            let row = &mut self.items[item as usize];
            if row.attempts == 0 && !row.is_final && row.settled_in != Some(ended) {
                row.lose();
                self.sent.iter_mut().last().into_iter().for_each(|(_, last)| *last = Some(now));
            }
        }
        let left =
            |&(timeout, last): &(Duration, Option<Duration>)| Some(timeout.saturating_sub(now.saturating_sub(last?)));
        let busy_for = self.sent.iter().filter_map(left).max().unwrap_or_default();
        self.sent.push((start.request_timeout, None));
        let mut bound = HashSet::new();
        for attempt in self.attempts.values_mut().filter(|attempt| attempt.is_pending) {
            let is_left = |item: &&u64| !self.items[**item as usize].is_final && !bound.contains(*item);
            attempt.left = attempt.intent.items.iter().filter(is_left).copied().collect();
            // A job goes on for the items that are left.
            let is_whole = attempt.left.len() == attempt.intent.items.len();
            attempt.is_pending = !attempt.left.is_empty() && (is_whole || attempt.job.is_some());
            if attempt.is_pending {
                bound.extend(attempt.left.iter().copied());
            }
        }
        let pending = self.attempts.iter().filter(|(_, attempt)| attempt.is_pending);
        let pending = pending.map(|(number, attempt)| PendingBatch {
            attempt: *number,
            items: attempt.left.clone(),
            key: attempt.intent.key.clone(),
            key_age: attempt.intent.key.as_ref().map(|_| now.saturating_sub(attempt.key_since)),
            request: attempt.intent.request,
            job: attempt.job.clone().map(|(handle, at)| PendingJob {
                handle,
                age: now.saturating_sub(at),
                uncertain_before: attempt.uncertain_before.clone(),
                request_items: attempt.intent.items.clone(),
            }),
        });
        Ok(Beginning { pending: pending.collect(), busy_for, has_responded: self.has_responded })
    }

    pub fn register(&mut self, records: &[ItemRecord]) -> Result<Vec<Known>, JournalError> {
        let before = self.clone();
        let known: Result<Vec<Known>, JournalError> = records.iter().map(|record| self.look_up(record)).collect();
        if known.is_err() {
            *self = before;
        }
        known
    }

    fn look_up(&mut self, record: &ItemRecord) -> Result<Known, JournalError> {
        let life = self.life;
        let unread = |hash: Option<u128>| {
            let is_it = |row: &Row| row.key_hash == record.key_hash && row.hash == hash && row.life < life;
            self.items.iter().position(is_it)
        };
        // An item that could not be encoded in an earlier life may be encoded now.
        let found = if self.of_calls { self.own(record)? } else { unread(record.hash).or_else(|| unread(None)) };
        let (number, is_new) = match found {
            Some(number) => (number, false),
            None => (self.add(record)?, true),
        };
        self.read += 1;
        let row = &mut self.items[number];
        (row.hash, row.life) = (record.hash, life);
        let (row, item) = (&self.items[number], number as u64);
        if row.is_final {
            return Ok(Known::Settled { item, outcome: row.outcome.clone() });
        }
        if let Some(of) = row.duplicate_of.filter(|_| !self.keeps_duplicates) {
            let first = &self.items[of as usize];
            let is_settled = first.is_final || first.settled_in == Some(life);
            let outcome = is_settled.then(|| (first.outcome.clone(), first.is_final));
            return Ok(Known::Duplicate { item, of, outcome });
        }
        if is_new {
            return Ok(Known::New { item });
        }
        // Of `a = 1`, `a = 2` the first must not undo the second.
        let later = self.items[number + 1..]
            .iter()
            .filter(|later| later.key_hash == row.key_hash && later.hash != row.hash && later.attempts > 0);
        let mut later =
            later.filter(|later| matches!(later.outcome.outcome, OutcomeKind::Succeeded | OutcomeKind::Unknown));
        let is_unknown = row.outcome.outcome == OutcomeKind::Unknown;
        let is_overtaken = is_unknown && row.key.is_some() && !self.of_calls && later.next().is_some();
        let mut outcome = row.outcome.clone();
        const OVERTAKEN: &str = "; it is not sent again, as a later item with its key was sent";
        if let Some(message) = outcome.message.as_mut().filter(|message| is_overtaken && !message.ends_with(OVERTAKEN))
        {
            message.push_str(OVERTAKEN);
        }
        Ok(Known::Open(OpenItem {
            item,
            outcome,
            attempts: row.attempts,
            spent: row.spent(),
            put_off: row.put_off(),
            is_repeatable: row.is_repeatable && !is_overtaken,
            origin: row.origin,
            pending: self.pending_of(item),
        }))
    }

    /// The item of an earlier life that the record of a call is made from.
    fn own(&self, record: &ItemRecord) -> Result<Option<usize>, JournalError> {
        let Some(origin) = record.origin.filter(|origin| origin.run == self.run) else { return Ok(None) };
        let number = origin.item as usize;
        let row = &self.items[number];
        assert!(number < self.items_before && row.life < self.life, "read twice, or not recorded: {record:?}");
        let is_same = row.key_hash == record.key_hash && (row.hash == record.hash || row.hash.is_none());
        if !is_same && self.on_change == OnChange::Stop {
            let key = record.key.as_deref().map(Into::into);
            return Err(JournalError::InputChanged { index: record.index, key });
        }
        Ok(is_same.then_some(number))
    }

    /// The open items of earlier lives that were not read in this one, as records of calls.
    pub fn open_records(&self) -> Vec<ItemRecord> {
        let rows = self.items[..self.items_before].iter().enumerate();
        let open = rows.filter(|(_, row)| !row.is_final && row.life < self.life);
        open.map(|(number, row)| ItemRecord {
            index: self.read,
            key: row.key.clone(),
            key_hash: row.key_hash,
            hash: row.hash,
            origin: Some(Origin { run: self.run, item: number as u64 }),
        })
        .collect()
    }

    /// The item of this life that a call is a duplicate of: it has no outcome yet.
    fn under_way(&self, record: &ItemRecord) -> Option<u64> {
        let latest = self.items.iter().rposition(|row| row.key_hash == record.key_hash)?;
        let is_same = record.hash.is_some() && self.items[latest].hash == record.hash;
        let first = self.items[latest].duplicate_of.unwrap_or(latest as u64);
        let row = &self.items[first as usize];
        let has_outcome = row.is_final || row.settled_in == Some(self.life);
        (is_same && first as usize >= self.items_before && !has_outcome).then_some(first)
    }

    /// Adds an item that was not read before.
    fn add(&mut self, record: &ItemRecord) -> Result<usize, JournalError> {
        let same_key = |row: &&Row| row.key_hash == record.key_hash;
        let is_same = |row: &Row| record.hash.is_some() && row.key_hash == record.key_hash && row.hash == record.hash;
        let latest = self.items.iter().rposition(is_same);
        let is_known = self.items[..self.items_before].iter().any(|row| same_key(&row));
        let is_changed = latest.is_none() && is_known && record.index < self.read_before && !self.of_calls;
        if is_changed && self.on_change == OnChange::Stop {
            let key = record.key.as_deref().map(Into::into);
            return Err(JournalError::InputChanged { index: record.index, key });
        }
        // In `a = 1`, `a = 2`, `a = 1`, `a = 1` the third is no duplicate of the first: it undoes the second. The fourth is one of the third.
        let repeated = latest.map(|latest| self.items[latest].duplicate_of.unwrap_or(latest as u64));
        let is_latest = self.items.iter().rfind(same_key).is_some_and(is_same);
        let first = match self.of_calls {
            true => self.under_way(record),
            false => repeated.filter(|_| is_latest),
        };
        self.items.push(Row {
            key: record.key.clone(),
            key_hash: record.key_hash,
            hash: record.hash,
            life: 0,
            duplicate_of: first.filter(|_| !self.keeps_duplicates),
            outcome: RecordedOutcome::not_sent(),
            is_final: false,
            settled_in: None,
            settlements: 0,
            attempts: 0,
            spent: 0,
            put_off: PutOff::default(),
            is_repeatable: true,
            origin: record.origin,
            was_lost: false,
        });
        Ok(self.items.len() - 1)
    }

    /// The number of an attempt in all lives: one of this life, or one that is pending.
    fn number(&self, attempt: u64) -> u64 {
        if attempt < 1 << 32 { u64::from(self.life) << 32 | attempt } else { attempt }
    }

    /// The pending request that an item belongs to.
    fn pending_of(&self, item: u64) -> Option<u64> {
        let is_it = |attempt: &Attempt| attempt.is_pending && attempt.left.contains(&item);
        self.attempts.iter().find(|(_, attempt)| is_it(attempt)).map(|(number, _)| *number)
    }

    /// The items leave in another request, or are settled: what bound them together before no longer does. `jobs`: also if a job works on them.
    fn release(&mut self, items: &[u64], jobs: bool) {
        for attempt in self.attempts.values_mut().filter(|attempt| jobs || attempt.job.is_none()) {
            attempt.is_pending &= !attempt.left.iter().any(|item| items.contains(item));
        }
    }

    pub fn write(&mut self, records: &[Record], now: Duration) {
        let (mut ended, mut uncertain) = (Vec::new(), HashSet::new());
        for record in records {
            match record {
                Record::Intent(intent) => {
                    assert!(intent.attempt < 1 << 32, "the number of an attempt");
                    // A batch that is sent again under its key keeps the time of the first.
                    let bound = self.attempts.values().filter(|attempt| {
                        attempt.is_pending
                            && attempt.intent.key == intent.key
                            && attempt.left.iter().any(|item| intent.items.contains(item))
                    });
                    let key_since = bound.map(|attempt| attempt.key_since).min().unwrap_or(now).min(now);
                    self.release(&intent.items, true);
                    self.sent.iter_mut().last().into_iter().for_each(|(_, last)| *last = Some(now));
                    let (intent, life) = (intent.clone(), self.life);
                    let number = self.number(intent.attempt);
                    let attempt = Attempt {
                        intent,
                        life,
                        at: now,
                        key_since,
                        end: None,
                        has_left: true,
                        job: None,
                        uncertain_before: Vec::new(),
                        left: Vec::new(),
                        is_pending: false,
                    };
                    self.attempts.insert(number, attempt);
                }
                Record::MayLeave { items } => {
                    let is_fresh = |item: &u64| self.items[*item as usize].attempts == 0;
                    assert!(items.iter().all(is_fresh), "they were in a request: {items:?}");
                    self.may_leave = items.clone();
                }
                Record::Ended { attempt, end, status, has_left } => {
                    let number = self.number(*attempt);
                    let attempt = self.attempts.get_mut(&number).unwrap();
                    (attempt.end, attempt.is_pending, attempt.has_left) = (Some(end.clone()), false, *has_left);
                    self.has_responded |= status.is_some();
                    if attempt.life == self.life && attempt.intent.key.is_some() {
                        ended.push(number);
                    }
                }
                Record::Job { attempt, handle } => {
                    let attempt = self.number(*attempt);
                    let job = &mut self.attempts.get_mut(&attempt).unwrap().job;
                    let since = job.as_ref().map_or(now, |(_, since)| *since);
                    *job = Some((handle.clone(), since));
                    self.has_responded = true;
                }
                Record::Item { item, state } => {
                    let mut sent_once = self.attempts.values().filter(|attempt| !attempt.intent.is_idempotent);
                    let has_sent_once = sent_once.any(|attempt| attempt.life == self.life);
                    let row = &mut self.items[*item as usize];
                    assert!(!row.is_final || state.is_final && row.outcome == state.outcome, "{row:?}, then {state:?}");
                    let RecordedState { outcome, is_final, is_settled, attempts, spent, put_off } = state.clone();
                    let is_uncertain = outcome.outcome == OutcomeKind::Unknown;
                    // An item that is uncertain after a request that must not be repeated is never repeated.
                    row.is_repeatable &= !(is_uncertain && has_sent_once && attempts > row.attempts);
                    (row.outcome, row.is_final, row.attempts, row.spent) = (outcome, is_final, attempts, spent);
                    row.put_off = put_off;
                    row.settled_in = is_settled.then_some(self.life);
                    row.settlements += u32::from(is_settled);
                    if is_final {
                        self.release(&[*item], false);
                    } else if is_uncertain {
                        uncertain.insert(*item);
                    }
                }
            }
        }
        // A batch with an idempotency key that leaves all its items uncertain may be sent again only as it was.
        for number in ended {
            let attempt = self.attempts.get_mut(&number).unwrap();
            attempt.is_pending = attempt.intent.items.iter().all(|item| uncertain.contains(item));
            attempt.left = attempt.intent.items.clone();
        }
    }

    pub fn end(&mut self, end: LifeEnd) {
        self.may_leave.clear();
        self.ends.push((self.life, end));
    }

    /// How this life ended, if it recorded that.
    pub fn end_of_life(&self) -> Option<&LifeEnd> {
        self.ends.last().filter(|(life, _)| *life == self.life).map(|(_, end)| end)
    }

    /// Whether the intent of a request with these items, in this order, is here and its end is not.
    pub fn intends(&self, keys: &[String]) -> bool {
        self.attempts.values().any(|attempt| {
            attempt.life == self.life && attempt.end.is_none() && self.keys_of(&attempt.intent.items) == keys
        })
    }

    /// Whether items with these keys may leave before their intent is here.
    pub fn lets_leave(&self, keys: &[String]) -> bool {
        let may_leave = self.keys_of(&self.may_leave);
        keys.iter().all(|key| may_leave.contains(key))
    }

    /// Whether the same call takes an item up again. It rejects a duplicate again that it has rejected.
    #[allow(dead_code, reason = "`tests/lives` counts no open items")]
    pub(crate) fn is_open(&self, row: &Row) -> bool {
        let is_told = row.outcome.outcome == OutcomeKind::NotAttempted && row.outcome != RecordedOutcome::not_sent();
        let repeats_final = row.duplicate_of.is_some_and(|of| self.items[of as usize].is_final);
        !(row.is_final || is_told && repeats_final)
    }

    /// Whether an item that is not settled for good, or the one that it is a duplicate of, may be with the host.
    pub fn is_in_flight(&self, item: u64) -> bool {
        let row = &self.items[item as usize];
        let is_unsettled = row.outcome == RecordedOutcome::not_sent();
        let first = row.duplicate_of.filter(|_| is_unsettled).unwrap_or(item);
        let is_in_request =
            self.attempts.values().any(|attempt| attempt.end.is_none() && attempt.intent.items.contains(&first));
        let of = &self.items[first as usize];
        let has_left_ahead =
            || self.may_leave.contains(&first) && of.attempts == 0 && !of.is_final && of.settled_in != Some(self.life);
        !row.is_final && (is_in_request || has_left_ahead())
    }

    /// The keys of items.
    pub fn keys_of(&self, items: &[u64]) -> Vec<String> {
        items.iter().filter_map(|item| self.items[*item as usize].key.clone()).collect()
    }

    /// Whether the item may have taken part in a request, as far as the journal knows.
    pub fn was_intended(&self, row: &Row) -> bool {
        self.items.iter().any(|other| other.key == row.key && other.was_lost) || self.intents_of(row) > 0
    }

    /// The number of intents with the item.
    pub fn intents_of(&self, row: &Row) -> usize {
        let items = self.attempts.values().flat_map(|attempt| &attempt.intent.items);
        items.filter(|item| self.items[**item as usize].key == row.key).count()
    }

    /// The keys of the items that are settled for good.
    pub fn final_keys(&self) -> HashSet<String> {
        self.items.iter().filter(|row| row.is_final).filter_map(|row| row.key.clone()).collect()
    }
}

impl Row {
    /// The attempts that count. A life that ended with the item has used up its tries; a new call is a new try.
    pub fn spent(&self) -> u32 {
        if self.settled_in.is_some() { 0 } else { self.spent }
    }

    /// What counts of how it was put off, likewise.
    fn put_off(&self) -> PutOff {
        if self.settled_in.is_some() { PutOff::default() } else { self.put_off }
    }

    /// Its process ended while it may have been in a request.
    fn lose(&mut self) {
        if self.outcome.outcome != OutcomeKind::Unknown {
            self.outcome = RecordedOutcome::process_ended();
        }
        self.attempts += 1;
        (self.spent, self.put_off) = (self.spent() + 1, self.put_off());
        self.settled_in = None;
        self.was_lost = true;
    }
}
