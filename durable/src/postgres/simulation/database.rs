//! The tables of the database in memory. Each function is a statement: it is executed at one moment, whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::WaitingItem;

use super::super::chunk::{Fence, Half, ItemRow, LoadedChunk, RequestId, RequestRow};
use super::super::claim::Taken;
use super::super::life::SubmittedRun;
use super::super::writer::{Entry, Found};
use super::scenario::Item;
use crate::fault::millis;
use crate::item_state::ItemState;

/// The id of the run.
const RUN: u128 = 0x5eed;

#[derive(Default, Clone)]
pub(super) struct Database {
    pub(super) items: Vec<ItemRow>,
    /// The chunk of each item.
    chunk_of: Vec<usize>,
    chunks: Vec<ChunkRow>,
    /// The requests, with the chunk of each.
    pub(super) requests: BTreeMap<RequestId, (usize, RequestRow)>,
    has_responded: bool,
    has_sent_once: bool,
    /// The process of each life.
    processes: HashMap<u32, usize>,
    /// Each failover begins a new one.
    timeline: i64,
    pub(super) findings: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
    Parked,
}

#[derive(Clone)]
struct ChunkRow {
    state: State,
    epoch: i64,
    holder: i64,
    seq: i64,
    /// In milliseconds of the server's clock.
    lease_until: Option<i64>,
    life: u32,
    timeline: i64,
    takeovers: i64,
    may_leave: Vec<u64>,
    counts: [i64; 4],
}

/// What a life has of a chunk.
pub(super) struct Held {
    pub(super) process: usize,
    pub(super) items: HashSet<u64>,
    pub(super) requests: Vec<RequestRow>,
    pub(super) may_leave: Vec<u64>,
    /// When its lease ends, in milliseconds of the server's clock.
    pub(super) until: i64,
}

impl Database {
    /// The items are submitted, as `submit.rs` does: those with one key are in one chunk.
    pub(super) fn submit(items: &[Item], chunk_items: usize) -> Self {
        let mut database = Database::default();
        let mut first_of: HashMap<u64, usize> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let WaitingItem { record, json } = WaitingItem::encode(RUN, index as u64, item).unwrap();
            let first = *first_of.entry(record.key_hash).or_insert(index);
            database.chunk_of.push(first / chunk_items);
            database.items.push(ItemRow {
                item: index as u64,
                key: record.key,
                key_hash: record.key_hash,
                hash: record.hash.unwrap(),
                body: json,
                origin: None,
                state: ItemState::unsent(),
            });
        }
        for chunk in 0..items.len().div_ceil(chunk_items) {
            let state = if database.chunk_of.contains(&chunk) { State::Open } else { State::Done };
            database.chunks.push(ChunkRow::new(state));
        }
        database
    }

    /// `TAKE`. `again`: the chunk of this holder will do as well.
    pub(super) fn take(
        &mut self,
        process: usize,
        (holder, again): (i64, bool),
        lease: Duration,
        now: i64,
    ) -> Option<Taken> {
        let is_free = |row: &ChunkRow| row.lease_until.is_none_or(|until| until < now) || again && row.holder == holder;
        let chunk = self.chunks.iter().position(|row| row.state == State::Open && is_free(row))?;
        let life = self.processes.len() as u32 + 1;
        self.processes.insert(life, process);
        let row = &mut self.chunks[chunk];
        if row.epoch == 0 {
            row.timeline = self.timeline;
        }
        let has_failed_over = row.timeline != self.timeline;
        row.takeovers += i64::from(row.lease_until.is_some() && row.holder != holder);
        row.epoch += 1;
        row.holder = holder;
        row.lease_until = Some(now + millis(lease));
        let life_before = std::mem::replace(&mut row.life, life);
        let run =
            SubmittedRun { run: 1, id: RUN, arguments: "null".to_owned(), identity: None, keyed: true, created: 0 };
        Some(Taken {
            run: Arc::new(run),
            fence: Fence { run: 1, chunk: chunk as i64, epoch: row.epoch, holder, seq: row.seq },
            life,
            life_before,
            range: (0, -1),
            takeovers: row.takeovers,
            may_leave: row.may_leave.clone(),
            has_failed_over,
            has_responded: self.has_responded,
            has_sent_once: self.has_sent_once,
        })
    }

    /// The number of chunks that were taken at least once.
    pub(super) fn claimed(&self) -> usize {
        self.chunks.iter().filter(|row| row.epoch > 0).count()
    }

    /// The chunks that a life has.
    pub(super) fn lives(&self) -> impl Iterator<Item = Held> {
        let held = self.chunks.iter().enumerate().filter_map(|(chunk, row)| Some((chunk, row, row.lease_until?)));
        held.map(|(chunk, row, until)| {
            let items = (0..).zip(&self.chunk_of).filter(|(_, of)| **of == chunk).map(|(item, _)| item);
            let requests = self.requests.values().filter(|(of, _)| *of == chunk).map(|(_, row)| row.clone());
            Held {
                process: self.processes[&row.life],
                items: items.collect(),
                requests: requests.collect(),
                may_leave: row.may_leave.clone(),
                until,
            }
        })
    }

    /// The server that had the tables as they were `before` is lost.
    pub(super) fn begin_timeline(&mut self, before: &Database) {
        self.timeline = before.timeline + 1;
        self.findings.clone_from(&before.findings);
    }

    /// The items and requests of a chunk.
    pub(super) fn load(&mut self, taken: &Taken) -> LoadedChunk {
        let chunk = taken.fence.chunk as usize;
        let of_chunk = self.items.iter().zip(&self.chunk_of).filter(|(_, of)| **of == chunk);
        let waits = |row: &RequestRow| row.ended.is_none() || row.is_pending;
        let requests = self.requests.values().filter(|(of, row)| *of == chunk && waits(row));
        LoadedChunk {
            items: of_chunk.map(|(row, _)| row.clone()).collect(),
            requests: requests.map(|(_, row)| RequestRow { is_stored: true, ..row.clone() }).collect(),
            may_leave: taken.may_leave.clone(),
            life_before: taken.life_before,
            has_failed_over: taken.has_failed_over,
            has_responded: taken.has_responded,
            has_sent_once: taken.has_sent_once,
        }
    }

    /// `LEFT`: whether a chunk is open.
    pub(super) fn is_left(&self) -> bool {
        self.chunks.iter().any(|row| row.state == State::Open)
    }

    fn held(&mut self, fence: Fence) -> Option<&mut ChunkRow> {
        let row = &mut self.chunks[fence.chunk as usize];
        (row.epoch == fence.epoch && row.holder == fence.holder && row.seq == fence.seq).then_some(row)
    }

    /// `SPLIT`, or `PARK` where there is nothing to split.
    pub(super) fn divide(&mut self, fence: Fence, half: Option<&Half>) {
        let chunks = self.chunks.len();
        let Some(row) = self.held(fence) else { return };
        row.seq += 1;
        row.lease_until = None;
        let Some(Half { items, requests }) = half else {
            row.state = State::Parked;
            return;
        };
        row.takeovers = 0;
        let ChunkRow { epoch, life, timeline, .. } = *row;
        let half = ChunkRow { epoch, life, timeline, ..ChunkRow::new(State::Open) };
        self.chunks.push(half);
        items.iter().for_each(|item| self.chunk_of[*item as usize] = chunks);
        for id in requests {
            if let Some((chunk, _)) = self.requests.get_mut(id) {
                *chunk = chunks;
            }
        }
    }

    /// `write.sql`.
    pub(super) fn write(&mut self, group: &[Entry], now: i64) -> HashMap<u32, i64> {
        let mut written = HashMap::new();
        for entry in group {
            let timeline = self.timeline;
            let Some(row) = self.held(entry.fence) else { continue };
            let has_ended = row.lease_until.is_none_or(|until| until <= now);
            if has_ended && row.timeline != timeline {
                continue;
            }
            row.timeline = timeline;
            let end = entry.changes.ends.as_ref();
            row.seq += 1;
            row.epoch += i64::from(has_ended);
            let until = now + millis(entry.life.lease.length());
            row.lease_until = end.is_none().then(|| row.lease_until.map_or(until, |before| before.max(until)));
            if end.is_some_and(|end| end.read_all && end.stopped.is_none()) {
                row.state = State::Done;
            }
            if entry.changes.settles || end.is_some() {
                row.takeovers = 0;
            }
            if let Some(may_leave) = &entry.changes.may_leave {
                row.may_leave.clone_from(may_leave);
            }
            row.counts = entry.counts;
            written.insert(entry.number, row.epoch);
            self.has_responded |= entry.changes.has_responded;
            self.has_sent_once |= entry.changes.has_sent_once;
            for row in &entry.items {
                let known = &mut self.items[row.item as usize];
                if !known.state.is_final {
                    known.state = row.state.clone();
                } else if known.state.outcome != row.state.outcome {
                    self.findings.push(format!("a final outcome would have changed: {known:?}, {row:?}"));
                }
            }
            for row in &entry.requests {
                match self.requests.get_mut(&row.id) {
                    Some((_, known)) if row.is_stored => *known = row.clone(),
                    Some(_) => self.findings.push(format!("a request is inserted twice: {row:?}")),
                    None if row.is_stored => self.findings.push(format!("no request to update: {row:?}")),
                    None => {
                        self.requests.insert(row.id, (entry.fence.chunk as usize, row.clone()));
                    }
                }
            }
        }
        written
    }

    /// Which lives have the chunks of a group.
    pub(super) fn look(&self, group: &[Entry]) -> HashMap<(i64, i64), Found> {
        let found = group.iter().map(|entry| {
            let row = &self.chunks[entry.fence.chunk as usize];
            let worker = self.processes.get(&row.life).map(|process| format!("process {process}"));
            let worker = worker.unwrap_or_default();
            let found = Found { epoch: row.epoch, holder: row.holder, seq: row.seq, worker };
            ((entry.fence.run, entry.fence.chunk), found)
        });
        found.collect()
    }

    /// What is wrong with a request of a process that leaves at this moment (R2, R13).
    pub(super) fn check_departure(&self, process: usize, items: &[u64], leaves_ahead: bool) -> Option<String> {
        let chunks: HashSet<usize> = items.iter().map(|item| self.chunk_of[*item as usize]).collect();
        let holders: Vec<u32> = chunks.iter().map(|chunk| self.chunks[*chunk].life).collect();
        if holders.iter().any(|life| self.processes.get(life) != Some(&process)) {
            return Some(format!("{items:?} left from process {process}, and lives {holders:?} have their chunks"));
        }
        if items.iter().any(|item| self.items[*item as usize].state.is_final) {
            return Some(format!("{items:?} left, and one of them is settled for good"));
        }
        let is_intent = |row: &RequestRow| holders.contains(&row.id.0) && row.ended.is_none() && row.items == items;
        let is_ahead = |item: &u64| chunks.iter().any(|chunk| self.chunks[*chunk].may_leave.contains(item));
        let is_recorded = self.requests.values().any(|(_, row)| is_intent(row));
        let is_known = is_recorded || leaves_ahead && items.iter().all(is_ahead);
        (!is_known).then(|| format!("{items:?} left without a durable intent"))
    }

    /// What is wrong with the chunks at the end.
    pub(super) fn check_chunks(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for (chunk, row) in self.chunks.iter().enumerate() {
            if row.state == State::Open {
                findings.push(format!("chunk {chunk} is open"));
            }
            let kinds = [OutcomeKind::Succeeded, OutcomeKind::Failed, OutcomeKind::Refused, OutcomeKind::Unknown];
            let counts = kinds.map(|kind| {
                let is_so = |(item, of): &(&ItemRow, &usize)| {
                    **of == chunk && item.state.outcome.as_ref().is_some_and(|outcome| outcome.outcome == kind)
                };
                self.items.iter().zip(&self.chunk_of).filter(is_so).count() as i64
            });
            if row.state == State::Done && row.epoch > 0 && counts != row.counts {
                findings.push(format!("chunk {chunk} counts {:?}, and has {counts:?}", row.counts));
            }
        }
        findings
    }

    /// Whether the chunk of an item is parked.
    pub(super) fn is_parked(&self, item: usize) -> bool {
        self.chunks[self.chunk_of[item]].state == State::Parked
    }
}

impl ChunkRow {
    fn new(state: State) -> Self {
        ChunkRow {
            state,
            epoch: 0,
            holder: 0,
            seq: 0,
            lease_until: None,
            life: 0,
            timeline: 0,
            takeovers: 0,
            may_leave: Vec::new(),
            counts: [0; 4],
        }
    }
}
