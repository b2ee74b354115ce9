//! Random operations on a journal, against a simple model of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bulk_endpoint::OutcomeKind::{self, Failed, NotAttempted, Refused, Succeeded, Unknown};
use bulk_endpoint::journal::{
    Begun, Intent, JournalError, Known, LifeEnd, OnChange, OpenItem, Record, RecordedOutcome, RunStart,
};
use bulk_endpoint_durable::Store;
use fastrand::Rng;

use crate::support::*;

/// An item as the model has it.
#[derive(Clone)]
struct ModelItem {
    key: u64,
    content: u64,
    duplicate_of: Option<u64>,
    outcome: RecordedOutcome,
    is_final: bool,
    /// Reported in this life, not for good.
    settled: Option<u32>,
    attempts: u32,
    spent: u32,
    is_repeatable: bool,
}

struct ModelAttempt {
    items: Vec<u64>,
    is_idempotent: bool,
    key: Option<String>,
    job: Option<String>,
}

/// All of a run.
#[derive(Default)]
struct Model {
    items: Vec<ModelItem>,
    life: u32,
    /// The items that this life has read, and the number of its calls' items.
    seen: BTreeSet<u64>,
    read: u64,
    read_before: u64,
    items_before: u64,
    in_flight: BTreeMap<u64, ModelAttempt>,
    /// Items, key and job of the batches that stay together.
    pending: Vec<(Vec<u64>, Option<String>, Option<String>)>,
    has_sent_once: bool,
}

impl Model {
    fn begin(&mut self) {
        for (_, attempt) in std::mem::take(&mut self.in_flight) {
            for item in &attempt.items {
                let item = &mut self.items[*item as usize];
                if item.is_final {
                    continue;
                }
                if item.outcome.outcome != Unknown {
                    item.outcome = RecordedOutcome::process_ended();
                }
                item.attempts += 1;
                item.spent = if item.settled.is_some() { 1 } else { item.spent + 1 };
                item.settled = None;
                item.is_repeatable &= attempt.is_idempotent;
            }
            if attempt.key.is_some() || attempt.job.is_some() {
                self.pending.push((attempt.items, attempt.key, attempt.job));
            }
        }
        let items = &self.items;
        self.pending.retain(|(of, ..)| of.iter().all(|item| !items[*item as usize].is_final));
        self.life += 1;
        self.read_before = self.read_before.max(self.read);
        (self.read, self.items_before, self.has_sent_once) = (0, self.items.len() as u64, false);
        self.seen.clear();
    }

    fn register(&mut self, index: u64, key: u64, content: u64, change: OnChange) -> Result<Known, u64> {
        let of = |items: &[ModelItem], content: u64| -> Vec<u64> {
            let same = items.iter().enumerate().filter(|(_, item)| item.key == key && item.content == content);
            same.map(|(number, _)| number as u64).collect()
        };
        let unseen =
            |model: &Model, content| of(&model.items, content).into_iter().find(|item| !model.seen.contains(item));
        let mut found = unseen(self, content);
        if found.is_none() && content != 0 {
            found = unseen(self, 0).filter(|item| *item < self.items_before);
            if let Some(item) = found {
                self.items[item as usize].content = content;
            }
        }
        if let Some(found) = found {
            self.seen.insert(found);
            self.read += 1;
            return Ok(self.known(found));
        }
        let first = of(&self.items, content).first().copied().filter(|_| content != 0);
        let is_known = self.items[..self.items_before as usize].iter().any(|item| item.key == key);
        if first.is_none() && is_known && index < self.read_before && change == OnChange::Stop {
            return Err(index);
        }
        let latest = self.items.iter().rposition(|item| item.key == key);
        let is_latest = latest.is_some_and(|latest| self.items[latest].content == content);
        let first = first.filter(|_| is_latest);
        let number = self.items.len() as u64;
        self.items.push(ModelItem {
            key,
            content,
            duplicate_of: first,
            outcome: RecordedOutcome::not_sent(),
            is_final: false,
            settled: None,
            attempts: 0,
            spent: 0,
            is_repeatable: true,
        });
        self.seen.insert(number);
        self.read += 1;
        Ok(if first.is_some() { self.known(number) } else { Known::New { item: number } })
    }

    fn known(&self, number: u64) -> Known {
        let item = &self.items[number as usize];
        if item.is_final {
            return Known::Settled { item: number, outcome: item.outcome.clone() };
        }
        if let Some(of) = item.duplicate_of {
            let first = &self.items[of as usize];
            let has_outcome = first.is_final || first.settled == Some(self.life);
            return Known::Duplicate {
                item: number,
                of,
                outcome: has_outcome.then(|| (first.outcome.clone(), first.is_final)),
            };
        }
        Known::Open(OpenItem {
            item: number,
            outcome: item.outcome.clone(),
            attempts: item.attempts,
            spent: if item.settled.is_some() { 0 } else { item.spent },
            is_repeatable: item.is_repeatable,
            pending: None,
        })
    }

    fn apply(&mut self, record: &Record, ended: &mut Vec<ModelAttempt>) {
        match record {
            Record::Intent(intent) => {
                self.pending.retain(|(items, ..)| !items.iter().any(|item| intent.items.contains(item)));
                self.has_sent_once |= !intent.is_idempotent;
                let attempt = ModelAttempt {
                    items: intent.items.clone(),
                    is_idempotent: intent.is_idempotent,
                    key: intent.key.clone(),
                    job: None,
                };
                self.in_flight.insert(intent.attempt, attempt);
            }
            Record::Ended { attempt, .. } => ended.extend(self.in_flight.remove(attempt)),
            Record::Job { attempt, handle } => self.in_flight.get_mut(attempt).unwrap().job = Some(handle.clone()),
            Record::Item { item: number, state } => {
                let item = &mut self.items[*number as usize];
                if state.outcome.outcome == Unknown && self.has_sent_once && state.attempts > item.attempts {
                    item.is_repeatable = false;
                }
                item.outcome = state.outcome.clone();
                item.is_final = state.is_final;
                item.settled = state.is_settled.then_some(self.life);
                (item.attempts, item.spent) = (state.attempts, state.spent);
                if state.is_final {
                    self.pending.retain(|(items, ..)| !items.contains(number));
                }
            }
        }
    }
}

/// One journal, its model, and the life that goes on.
struct Pair {
    place: Place,
    store: Option<Store>,
    begun: Option<Begun>,
    model: Model,
    random: Rng,
    /// The input of the run, as keys and contents.
    input: Vec<(u64, u64)>,
    next_index: u64,
    next_attempt: u64,
    on_change: OnChange,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let keys = random.u64(1..30);
        let input = (0..random.usize(0..60)).map(|_| (random.u64(0..keys), random.u64(0..3))).collect();
        Pair {
            place: Place::new(),
            store: None,
            begun: None,
            model: Model::default(),
            random,
            input,
            next_index: 0,
            next_attempt: 0,
            on_change: OnChange::Stop,
        }
    }

    fn begin(&mut self) {
        self.on_change = if self.random.u8(0..3) == 0 { OnChange::Send } else { OnChange::Stop };
        let store = self.store.get_or_insert_with(|| {
            let held = self.random.usize(1..60);
            self.place.open_with(self.place.options().keys_in_memory(held))
        });
        let begun = begin_with(store, "run", RunStart { on_change: self.on_change, ..start() });
        self.model.begin();
        assert_eq!(begun.life, self.model.life);
        let sorted = |mut batches: Vec<_>| {
            batches.sort();
            batches
        };
        let pending = begun
            .pending
            .iter()
            .map(|batch| (batch.items.clone(), batch.key.clone(), batch.job.as_ref().map(|job| job.handle.clone())));
        assert_eq!(sorted(pending.collect()), sorted(self.model.pending.clone()), "what must stay together");
        self.begun = Some(begun);
        (self.next_index, self.next_attempt) = (0, 0);
        // The input of the next life: the same, in another order, longer, or one item of it changed.
        let end = self.input.len();
        match self.random.u8(0..6) {
            0 => self.random.shuffle(&mut self.input),
            1 if end > 0 => {
                let place = self.random.usize(..end);
                self.input[place].1 = self.random.u64(0..4);
            }
            2 => self.input.insert(self.random.usize(..=end), (self.random.u64(0..60), 1)),
            _ => {}
        }
    }

    fn register(&mut self) {
        let count = self.random.u64(1..20).min(self.input.len() as u64 - self.next_index);
        let indices = self.next_index..self.next_index + count;
        let chosen: Vec<_> = indices.map(|index| (index, self.input[index as usize])).collect();
        let before = (self.model.items.clone(), self.model.seen.clone(), self.model.read);
        let expected: Result<Vec<Known>, u64> = chosen
            .iter()
            .map(|(index, (key, content))| self.model.register(*index, *key, *content, self.on_change))
            .collect();
        let records = chosen.iter().map(|(index, (key, content))| item(*index, *key, *content)).collect();
        let found = wait(self.begun.as_ref().unwrap().journal.register(records));
        match (expected, found) {
            (Ok(expected), Ok(found)) => {
                let bound: HashMap<u64, u64> = self
                    .begun
                    .as_ref()
                    .unwrap()
                    .pending
                    .iter()
                    .flat_map(|batch| batch.items.iter().map(|item| (*item, batch.attempt)))
                    .collect();
                assert_eq!(found.len(), expected.len());
                for (found, mut expected) in found.into_iter().zip(expected) {
                    if let (Known::Open(open), Known::Open(found)) = (&mut expected, &found) {
                        // Batches that ended in this life are bound too; they have numbers of their own.
                        let is_bound = self.model.pending.iter().any(|(items, ..)| items.contains(&open.item));
                        assert_eq!(found.pending.is_some(), is_bound, "{found:?}");
                        open.pending = found.pending;
                        if let Some(attempt) = bound.get(&open.item).filter(|_| is_bound) {
                            assert!(found.pending.is_some_and(|pending| pending >= *attempt));
                        }
                    }
                    assert_eq!(found, expected);
                }
                self.next_index += count;
            }
            (Err(index), Err(JournalError::InputChanged { index: found, .. })) => {
                assert_eq!(index, found);
                (self.model.items, self.model.seen, self.model.read) = before;
                // The run stops.
                self.crash();
            }
            (expected, found) => panic!("expected {expected:?}, found {found:?}"),
        }
    }

    fn write(&mut self) {
        let mut records = Vec::new();
        let open: Vec<u64> = (0..self.model.items.len() as u64)
            .filter(|item| {
                let is_free = !self.model.in_flight.values().any(|attempt| attempt.items.contains(item));
                is_free && !self.model.items[*item as usize].is_final
            })
            .collect();
        if !open.is_empty() && self.random.bool() {
            let mut items = self.random.choose_multiple(open.iter().copied(), 5);
            items.dedup();
            records.push(Record::Intent(Intent {
                is_idempotent: self.random.u8(0..4) > 0,
                key: (self.random.u8(0..3) == 0).then(|| format!("key-{}", self.next_attempt)),
                ..intent(self.next_attempt, &items)
            }));
            self.next_attempt += 1;
        }
        let in_flight: Vec<u64> = self.model.in_flight.keys().copied().collect();
        if let Some(attempt) = self.random.choice(in_flight) {
            if self.random.u8(0..4) == 0 {
                records.push(Record::Job { attempt, handle: format!("{attempt}") });
            } else {
                records.push(ended(attempt, 200));
                let all_uncertain = self.random.bool();
                for number in self.model.in_flight[&attempt].items.clone() {
                    let kind = if all_uncertain { Unknown } else { self.kind() };
                    let is_final = !all_uncertain && self.random.bool();
                    let item = &self.model.items[number as usize];
                    let state = state(
                        kind,
                        is_final,
                        self.random.bool(),
                        item.attempts + 1,
                        item.spent + self.random.u32(0..2),
                    );
                    records.push(Record::Item { item: number, state });
                }
            }
        }
        if let Some(number) = self.random.choice(open).filter(|item| {
            !records.iter().any(|record| matches!(record, Record::Intent(intent) if intent.items.contains(item)))
        }) {
            let item = &self.model.items[number as usize];
            let (attempts, spent) = (item.attempts, item.spent);
            records.push(Record::Item {
                item: number,
                state: state(self.kind(), self.random.bool(), true, attempts, spent),
            });
        }
        let mut ended = Vec::new();
        for record in &records {
            self.model.apply(record, &mut ended);
        }
        for attempt in ended.into_iter().filter(|attempt| attempt.key.is_some()) {
            let is_uncertain = |item: &u64| {
                records.iter().any(|record| {
                matches!(record, Record::Item { item: of, state } if of == item && !state.is_final && state.outcome.outcome == Unknown)
            })
            };
            if attempt.items.iter().all(is_uncertain) {
                self.model.pending.push((attempt.items, attempt.key, attempt.job));
            }
        }
        write(self.begun.as_ref().unwrap(), records);
    }

    fn kind(&mut self) -> OutcomeKind {
        self.random.choice([Succeeded, Failed, Refused, Unknown, NotAttempted]).unwrap()
    }

    /// The process is killed, or the task is dropped.
    fn crash(&mut self) {
        self.begun = None;
        if self.random.bool() {
            self.store = None;
        }
    }

    fn step(&mut self) {
        let Some(begun) = &self.begun else { return self.begin() };
        match self.random.u8(0..20) {
            0 => self.crash(),
            1 => {
                let end = LifeEnd { read_all: true, stopped: None, source_error: None };
                wait(begun.journal.end(end)).unwrap();
                self.crash();
            }
            2..10 if self.next_index < self.input.len() as u64 => self.register(),
            _ => self.write(),
        }
    }

    /// The report says of each item what the model does.
    fn check_report(&mut self) {
        let Some(store) = self.store.as_ref().filter(|_| self.model.life > 0) else { return };
        if let Some(begun) = &self.begun {
            write(begun, Vec::new());
        }
        let report = wait(store.report("run")).unwrap();
        let in_flight = |item: u64| self.model.in_flight.values().any(|attempt| attempt.items.contains(&item));
        let rows: Vec<_> = report.rows().map(Result::unwrap).collect();
        assert_eq!(rows.len(), self.model.items.len());
        let mut counted: HashMap<OutcomeKind, usize> = HashMap::new();
        for (row, (number, item)) in rows.iter().zip(self.model.items.iter().enumerate()) {
            let expected = if in_flight(number as u64) && !item.is_final { Unknown } else { item.outcome.outcome };
            assert_eq!((row.index, row.outcome), (number, expected));
            assert_eq!(row.key, format!("k{}", item.key));
            *counted.entry(expected).or_default() += 1;
        }
        for kind in OutcomeKind::ALL {
            assert_eq!(report.counters().of(kind), counted.get(&kind).copied().unwrap_or(0), "{kind}");
        }
        assert!(report.counters().balanced());
        assert_eq!(report.open(), self.model.items.iter().filter(|item| !item.is_final).count());
    }
}

#[test]
fn random_operations_do_what_the_model_says() {
    let seeds = std::env::var("JOURNAL_SEEDS").map_or(60, |seeds| seeds.parse().unwrap());
    let first = std::env::var("JOURNAL_SEED").map_or(0, |seed| seed.parse().unwrap());
    for seed in first..first + seeds {
        println!("seed {seed}");
        let mut pair = Pair::new(seed);
        for _ in 0..80 {
            pair.step();
        }
        pair.check_report();
    }
}
