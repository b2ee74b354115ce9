//! A store in memory, after the documentation of `bulk_endpoint::journal`: what a store must do, in the plainest form.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{
    Intent, ItemRecord, JournalError, Known, LifeEnd, OnChange, OpenItem, PendingBatch, PendingJob, Record,
    RecordedOutcome, RecordedState, RunStart,
};

/// All that the store has of a run.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub identity: Vec<(String, String)>,
    pub life: u32,
    pub items: Vec<Row>,
    pub attempts: BTreeMap<u64, Attempt>,
    /// The number of items that the longest of the earlier lives read.
    read_before: u64,
    read_now: u64,
    keeps_duplicates: bool,
    on_change: OnChange,
    pub ends: Vec<LifeEnd>,
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
    /// The life that settled it last.
    settled_in: u32,
    attempts: u32,
    spent: u32,
    is_repeatable: bool,
    pending: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct Attempt {
    pub intent: Intent,
    pub life: u32,
    pub at: Duration,
    pub end: Option<String>,
    pub job: Option<(String, Duration)>,
}

/// What a life begins with.
pub struct Beginning {
    pub pending: Vec<PendingBatch>,
    pub last_sent: Option<Duration>,
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
        (self.keeps_duplicates, self.on_change) = (start.keeps_duplicates, start.on_change);
        self.life += 1;
        self.read_before = self.read_before.max(std::mem::take(&mut self.read_now));
        let last = self.attempts.values().map(|attempt| attempt.at).max();
        for (number, attempt) in self.attempts.iter_mut().filter(|(_, attempt)| attempt.end.is_none()) {
            let rows: Vec<usize> = attempt.intent.items.iter().map(|item| *item as usize).collect();
            let is_pending = attempt.intent.key.is_some() || attempt.job.is_some();
            for row in rows {
                let row = &mut self.items[row];
                if row.is_final || row.pending == Some(*number) {
                    continue;
                }
                if row.outcome.outcome != OutcomeKind::Unknown {
                    row.outcome = RecordedOutcome::process_ended();
                }
                row.spent += 1;
                row.is_repeatable &= attempt.intent.is_idempotent;
                row.pending = is_pending.then_some(*number);
            }
            // A job goes on until a life records its end.
            if attempt.job.is_none() {
                attempt.end = Some("the process ended".to_owned());
            }
        }
        let items = &self.items;
        let is_whole = |(number, attempt): &(&u64, &Attempt)| {
            attempt.intent.items.iter().all(|item| {
                let row = &items[*item as usize];
                !row.is_final && row.pending == Some(**number)
            })
        };
        let pending = self.attempts.iter().filter(is_whole).map(|(number, attempt)| PendingBatch {
            attempt: *number,
            items: attempt.intent.items.clone(),
            key: attempt.intent.key.clone(),
            key_age: Some(now.saturating_sub(attempt.at)),
            request: attempt.intent.request,
            job: attempt.job.clone().map(|(handle, at)| PendingJob { handle, age: now.saturating_sub(at) }),
        });
        let pending = pending.collect();
        let has_responded =
            self.attempts.values().any(|attempt| attempt.end.as_deref().is_some_and(|end| end.starts_with("response")));
        Ok(Beginning { pending, last_sent: last.map(|at| now.saturating_sub(at)), has_responded })
    }

    pub fn register(&mut self, records: &[ItemRecord]) -> Result<Vec<Known>, JournalError> {
        let before = self.clone();
        let known = records.iter().map(|record| self.look_up(record)).collect();
        if known_is_error(&known) {
            *self = before;
        }
        known
    }

    fn look_up(&mut self, record: &ItemRecord) -> Result<Known, JournalError> {
        self.read_now = self.read_now.max(record.index + 1);
        let life = self.life;
        let same_key = |row: &&Row| row.key_hash == record.key_hash;
        let exact = self
            .items
            .iter()
            .position(|row| same_key(&row) && row.life < life && (row.hash == record.hash || row.hash.is_none()));
        // The latest item with the key that this life has read.
        let latest = self.items.iter().rposition(|row| same_key(&row) && row.life == life);
        let number = match exact {
            Some(at) => {
                self.items[at].hash = record.hash;
                at
            }
            None => {
                let is_known = self.items.iter().any(|row| same_key(&row) && row.life < life);
                if is_known && record.index < self.read_before && self.on_change == OnChange::Stop {
                    return Err(JournalError::InputChanged {
                        index: record.index,
                        key: record.key.as_deref().map(Into::into),
                    });
                }
                self.items.push(Row {
                    key: record.key.clone(),
                    key_hash: record.key_hash,
                    hash: record.hash,
                    life: 0,
                    duplicate_of: None,
                    outcome: RecordedOutcome::not_sent(),
                    is_final: false,
                    settled_in: 0,
                    attempts: 0,
                    spent: 0,
                    is_repeatable: true,
                    pending: None,
                });
                self.items.len() - 1
            }
        };
        self.items[number].life = life;
        let item = number as u64;
        if self.items[number].is_final {
            return Ok(Known::Settled { item, outcome: self.items[number].outcome.clone() });
        }
        let first = latest.filter(|_| !self.keeps_duplicates).filter(|at| self.items[*at].hash == record.hash);
        if let Some(of) = first {
            let of = self.items[of].duplicate_of.unwrap_or(of as u64);
            self.items[number].duplicate_of = Some(of);
            let first = &self.items[of as usize];
            let is_settled = first.is_final || first.settled_in == life;
            return Ok(Known::Duplicate {
                item,
                of,
                outcome: is_settled.then(|| (first.outcome.clone(), first.is_final)),
            });
        }
        let row = &mut self.items[number];
        row.duplicate_of = None;
        if exact.is_none() {
            return Ok(Known::New { item });
        }
        let Row { outcome, attempts, spent, is_repeatable, pending, .. } = row.clone();
        Ok(Known::Open(OpenItem { item, outcome, attempts, spent, is_repeatable, pending }))
    }

    /// The number of an attempt in all lives: one of this life, or one that is pending.
    fn number(&self, attempt: u64) -> u64 {
        if attempt < 1 << 32 { u64::from(self.life) << 32 | attempt } else { attempt }
    }

    pub fn write(&mut self, records: &[Record], now: Duration) {
        for record in records {
            match record {
                Record::Intent(intent) => {
                    let attempt = Attempt { intent: intent.clone(), life: self.life, at: now, end: None, job: None };
                    for item in &intent.items {
                        self.items[*item as usize].pending = None;
                    }
                    assert!(intent.attempt < 1 << 32, "the number of an attempt");
                    self.attempts.insert(self.number(intent.attempt), attempt);
                }
                Record::Ended { attempt, end, .. } => {
                    let attempt = self.number(*attempt);
                    self.attempts.get_mut(&attempt).unwrap().end = Some(end.clone());
                }
                Record::Job { attempt, handle } => {
                    let attempt = self.number(*attempt);
                    let job = &mut self.attempts.get_mut(&attempt).unwrap().job;
                    let since = job.as_ref().map_or(now, |(_, since)| *since);
                    *job = Some((handle.clone(), since));
                }
                Record::Item { item, state } => {
                    let row = &mut self.items[*item as usize];
                    let RecordedState { outcome, is_final, is_settled, attempts, spent } = state.clone();
                    (row.outcome, row.is_final, row.attempts, row.spent) = (outcome, is_final, attempts, spent);
                    if is_settled {
                        row.settled_in = self.life;
                    }
                    // An item that is uncertain after a request that must not be repeated is never repeated.
                    if row.outcome.outcome == OutcomeKind::Unknown {
                        let last = self.attempts.values().rfind(|attempt| attempt.intent.items.contains(item));
                        row.is_repeatable &= last.is_none_or(|attempt| attempt.intent.is_idempotent);
                    }
                }
            }
        }
    }

    /// Whether the intent of a request with these items, in this order, is here and its end is not.
    pub fn intends(&self, keys: &[String]) -> bool {
        let keys_of = |attempt: &Attempt| -> Vec<String> {
            attempt.intent.items.iter().filter_map(|item| self.items[*item as usize].key.clone()).collect()
        };
        self.attempts
            .values()
            .any(|attempt| attempt.life == self.life && attempt.end.is_none() && keys_of(attempt) == keys)
    }

    /// Whether the item took part in a request, as far as the journal knows.
    pub fn was_intended(&self, row: &Row) -> bool {
        let items = self.attempts.values().flat_map(|attempt| &attempt.intent.items);
        items.copied().any(|item| self.items[item as usize].key == row.key)
    }

    /// The keys of the items that are settled for good.
    pub fn final_keys(&self) -> HashSet<String> {
        self.items.iter().filter(|row| row.is_final).filter_map(|row| row.key.clone()).collect()
    }
}

fn known_is_error(known: &Result<Vec<Known>, JournalError>) -> bool {
    known.is_err()
}
