//! Random operations on a journal, against the model of it.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bulk_endpoint::OutcomeKind::{self, Failed, NotAttempted, Refused, Succeeded, Unknown};
use bulk_endpoint::journal::{
    Begun, Intent, JournalError, Known, LifeEnd, OnChange, Origin, PendingBatch, Record, RunStart,
};
use bulk_endpoint_durable::Store;
use fastrand::Rng;

use crate::model::{Attempt, State};
use crate::support::*;

/// One journal, its model, and the life that goes on.
struct Pair {
    place: Place,
    store: Option<Store>,
    begun: Option<Begun>,
    model: State,
    random: Rng,
    /// The input of the run, as keys and contents.
    input: Vec<(u64, u64)>,
    next_index: u64,
    next_attempt: u64,
    /// The numbers of the pending requests: in the model, and in the store.
    numbers: HashMap<u64, u64>,
    on_change: OnChange,
    /// The items are single calls.
    of_calls: bool,
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
            model: State::default(),
            random,
            input,
            next_index: 0,
            next_attempt: 0,
            numbers: HashMap::new(),
            on_change: OnChange::Stop,
            of_calls: seed.is_multiple_of(3),
        }
    }

    fn begin(&mut self) {
        self.on_change = if self.random.u8(0..3) == 0 { OnChange::Send } else { OnChange::Stop };
        let store = self.store.get_or_insert_with(|| {
            let held = self.random.usize(1..60);
            self.place.open_with(self.place.options().keys_in_memory(held))
        });
        let keeps_duplicates = self.random.u8(0..4) == 0;
        let request_timeout = Duration::from_secs(self.random.u64(1..5));
        let of_calls = self.of_calls;
        let start = RunStart { of_calls, on_change: self.on_change, keeps_duplicates, request_timeout, ..start() };
        let begun = begin_with(store, "run", start.clone());
        let expected = self.model.begin(start, self.now()).unwrap();
        self.model.run = begun.run;
        assert_eq!(begun.life, self.model.life);
        assert_eq!((begun.has_responded, begun.busy_for), (expected.has_responded, expected.busy_for));
        assert_eq!(without_numbers(&begun.pending), without_numbers(&expected.pending), "what must stay together");
        let pairs = begun.pending.iter().zip(&expected.pending);
        self.numbers = pairs.map(|(found, expected)| (expected.attempt, found.attempt)).collect();
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
        let mut records: Vec<_> = chosen.iter().map(|(index, (key, content))| item(*index, *key, *content)).collect();
        for record in &mut records {
            let has_origin = self.random.u8(0..4) == 0;
            record.origin = has_origin.then(|| Origin { run: self.random.u128(..), item: self.random.u64(0..1 << 40) });
        }
        if self.of_calls && self.random.bool() {
            // What earlier lives left open, or a part of it, and perhaps with other content; calls may come before it.
            let mut open = self.model.open_records();
            open.truncate(self.random.usize(1..20));
            if self.random.u8(0..8) == 0
                && let Some(changed) = open.last_mut()
            {
                changed.hash = Some(self.random.u128(..));
            }
            open.append(&mut records);
            records = open;
            (0..).zip(&mut records).for_each(|(index, record)| record.index = index);
        }
        let expected = self.model.register(&records);
        let found = wait(self.begun.as_ref().unwrap().journal.register(records));
        match (expected, found) {
            (Ok(expected), Ok(found)) => {
                assert_eq!(found.len(), expected.len());
                for (found, mut expected) in found.into_iter().zip(expected) {
                    if let (Known::Open(open), Known::Open(found)) = (&mut expected, &found) {
                        // Batches that ended in this life are bound too; the store numbers them as it likes.
                        assert_eq!(found.pending.is_some(), open.pending.is_some(), "{found:?}");
                        let number = open.pending.and_then(|number| self.numbers.get(&number).copied());
                        open.pending = number.or(found.pending);
                    }
                    assert_eq!(found, expected);
                }
                self.next_index += count;
            }
            (Err(expected), Err(found @ JournalError::InputChanged { .. })) => {
                assert_eq!(found, expected);
                // The run stops.
                self.crash();
            }
            (expected, found) => panic!("expected {expected:?}, found {found:?}"),
        }
    }

    /// The requests in flight of this life.
    fn in_flight(&self) -> impl Iterator<Item = (u64, &Attempt)> {
        let attempts = self.model.attempts.values();
        let of_life = attempts.filter(|attempt| attempt.life == self.model.life && attempt.end.is_none());
        of_life.map(|attempt| (attempt.intent.attempt, attempt))
    }

    fn is_in_flight(&self, item: u64) -> bool {
        self.in_flight().any(|(_, attempt)| attempt.intent.items.contains(&item))
    }

    fn write(&mut self) {
        let mut records = Vec::new();
        let open: Vec<u64> = (0..self.model.items.len() as u64)
            .filter(|item| !self.is_in_flight(*item) && !self.model.items[*item as usize].is_final)
            .collect();
        let mut leaving = Vec::new();
        if !open.is_empty() && self.random.bool() {
            let mut items = self.random.choose_multiple(open.iter().copied(), 5);
            items.dedup();
            records.push(Record::Intent(Intent {
                is_idempotent: self.random.u8(0..4) > 0,
                key: (self.random.u8(0..3) == 0).then(|| format!("key-{}", self.next_attempt)),
                ..intent(self.next_attempt, &items)
            }));
            self.next_attempt += 1;
            leaving = items;
        }
        if self.random.u8(0..4) == 0 {
            let is_fresh = |item: &u64| !leaving.contains(item) && self.model.items[*item as usize].attempts == 0;
            let mut items: Vec<u64> = open.iter().copied().filter(is_fresh).collect();
            items.truncate(self.random.usize(0..8));
            records.push(Record::MayLeave { items });
        }
        let in_flight = self.in_flight().map(|(attempt, of)| (attempt, of.intent.items.clone()));
        // The job of an earlier life ends, or moves.
        let jobs = self.model.attempts.iter().filter(|(number, attempt)| {
            let is_leaving = attempt.left.iter().any(|item| leaving.contains(item));
            attempt.is_pending && attempt.job.is_some() && self.numbers.contains_key(number) && !is_leaving
        });
        let is_open = |item: &u64| !self.model.items[*item as usize].is_final;
        let jobs = jobs.map(|(number, of)| (*number, of.left.iter().copied().filter(is_open).collect()));
        let ending: Vec<(u64, Vec<u64>)> = in_flight.chain(jobs).collect();
        if let Some((attempt, items)) = self.random.choice(ending) {
            if self.random.u8(0..4) == 0 {
                records.push(Record::Job { attempt, handle: format!("{attempt}") });
            } else {
                // One of this life may not have left.
                let is_withdrawn = attempt < 1 << 32 && self.random.u8(0..4) == 0;
                records.push(if is_withdrawn { withdrawn(attempt) } else { ended(attempt, 200) });
                let all_uncertain = self.random.bool();
                for number in items {
                    let kind = if all_uncertain { Unknown } else { self.kind() };
                    let is_final = !all_uncertain && self.random.bool();
                    let item = &self.model.items[number as usize];
                    let (attempts, spent) = (item.attempts + 1, item.spent + self.random.u32(0..2));
                    records.push(Record::Item {
                        item: number,
                        state: state(kind, is_final, self.random.bool(), attempts, spent),
                    });
                }
            }
        }
        let is_named = |item: &u64| {
            let is_written = |record: &Record| matches!(record, Record::Item { item: named, .. } if named == item);
            leaving.contains(item) || records.iter().any(is_written)
        };
        if let Some(number) = self.random.choice(open).filter(|item| !is_named(item)) {
            let item = &self.model.items[number as usize];
            let (attempts, spent) = (item.attempts, item.spent);
            records.push(Record::Item {
                item: number,
                state: state(self.kind(), self.random.bool(), true, attempts, spent),
            });
        }
        self.model.write(&records, self.now());
        for record in &mut records {
            if let Record::Ended { attempt, .. } | Record::Job { attempt, .. } = record {
                *attempt = self.numbers.get(attempt).copied().unwrap_or(*attempt);
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

    /// The time of the store.
    fn now(&self) -> Duration {
        Duration::from_millis(self.place.now.load(Ordering::SeqCst))
    }

    fn step(&mut self) {
        self.place.pass(self.random.i64(0..3));
        let Some(begun) = &self.begun else { return self.begin() };
        match self.random.u8(0..20) {
            0 => self.crash(),
            1 => {
                let end = LifeEnd { read_all: true, stopped: None, source_error: None };
                wait(begun.journal.end(end.clone())).unwrap();
                self.model.end(end);
                self.crash();
            }
            2..10 if self.next_index < self.input.len() as u64 => self.register(),
            _ => self.write(),
        }
    }

    /// The report says of each item what the model does.
    fn check_report(&mut self) {
        // What was read is committed with the next write, or with the start of the next life.
        match &self.begun {
            Some(begun) => write(begun, Vec::new()),
            None => self.begin(),
        }
        let Some(store) = &self.store else { return };
        let report = wait(store.report("run")).unwrap();
        let rows: Vec<_> = report.rows().map(Result::unwrap).collect();
        // People see the same in the views.
        let shown = rusqlite::Connection::open(self.place.path()).unwrap();
        let shown = |sql: &str| -> Vec<(i64, String, bool)> {
            let mut statement = shown.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let outcomes = shown("select item, outcome, open from outcomes order by item");
        let of_rows: Vec<_> = rows.iter().map(|row| (row.index as i64, row.outcome.to_string())).collect();
        assert_eq!(outcomes.iter().map(|(item, outcome, _)| (*item, outcome.clone())).collect::<Vec<_>>(), of_rows);
        assert_eq!(outcomes.iter().filter(|(.., open)| *open).count(), report.open());
        assert_eq!(rows.len(), self.model.items.len());
        let mut counted: HashMap<OutcomeKind, usize> = HashMap::new();
        for (row, (number, item)) in rows.iter().zip(self.model.items.iter().enumerate()) {
            let expected = if self.model.is_in_flight(number as u64) { Unknown } else { item.outcome.outcome };
            assert_eq!((row.index, row.outcome), (number, expected));
            assert_eq!(Some(row.key.as_str()), item.key.as_deref());
            *counted.entry(expected).or_default() += 1;
        }
        for kind in OutcomeKind::ALL {
            assert_eq!(report.counters().of(kind), counted.get(&kind).copied().unwrap_or(0), "{kind}");
        }
        assert!(report.counters().balanced());
        assert_eq!(report.requests(), self.model.attempts.values().filter(|attempt| attempt.has_left).count());
        assert_eq!(report.open(), self.model.items.iter().filter(|item| self.model.is_open(item)).count());
    }
}

/// Batches that must stay together. Each store numbers them as it likes.
fn without_numbers(batches: &[PendingBatch]) -> Vec<PendingBatch> {
    batches.iter().map(|batch| PendingBatch { attempt: 0, ..batch.clone() }).collect()
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
