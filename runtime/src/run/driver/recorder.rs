//! What a run with a journal is about to write, and what waits until it is durable.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::super::delivery::JournaledItem;
use super::ahead::Ahead;
use super::job::Job;
use super::tracked::KeptResponse;
use crate::client::transport::Request;
use crate::client::{Permit, Token};
use crate::engine::{BatchId, ItemId, Time};
use crate::journal::{
    Begun, Intent, ItemRecord, Journal, JournalError, JournalFuture, Known, PendingBatch, Record, RecordedState,
};
use crate::outcome::OutcomeOf;
use crate::reply::BulkReply;
use crate::request::{Encoded, Encoder};

/// The longest time between the moment in which a journal gets the intent of a request, and the one in which the request leaves. A store counts it
/// as a part of the request.
pub(crate) const PREPARED_FOR: Time = Time::from_secs(5);

/// A request that is ready to leave.
pub(super) struct Departure {
    pub(super) batch: BatchId,
    /// When it got its permit, and its intent was made.
    pub(super) since: Time,
    pub(super) number: usize,
    pub(super) request: Request,
    pub(super) permit: Permit,
    pub(super) authorization: Option<Token>,
}

/// What is to be recorded, and what waits for it.
pub(super) struct Recorder<I, R: BulkReply, E> {
    pub(super) beginning: Option<JournalFuture<Begun>>,
    /// When the life was asked for: what the journal tells of earlier lives is no older.
    pub(super) asked: Option<Time>,
    /// `None` until the life has begun.
    pub(super) journal: Option<Arc<dyn Journal>>,
    pub(super) run: u128,
    pub(super) has_responded: bool,
    /// When the host is done with the requests of earlier lives, as far as their timeouts tell.
    pub(super) verify_from: Time,
    /// Encodes items with a blank in the place of an assigned id: the encoding that is the same in all lives.
    pub(super) blank: Encoder,
    /// Items that were read, and are to be looked up.
    pub(super) staged: Vec<Staged<I>>,
    pub(super) registering: Option<Registering<I>>,
    /// The input has ended. The engine learns of it once all items are looked up.
    pub(super) has_ended: bool,
    /// The batches of the life before whose items are not all read yet.
    pub(super) held: HashMap<u64, HeldBatch>,
    /// The attempts of those whose job was asked for a part of the items before the others were read.
    pub(super) in_parts: HashSet<u64>,
    /// Items that were looked up are being accepted.
    pub(super) is_accepting: bool,
    /// The outcomes since items were last looked up, until those are accepted: the journal did not know them then.
    pub(super) recent: HashMap<u64, RecentOutcome<R, E>>,
    /// The idempotency keys of batches that were in flight when the life before ended, with the hashes of their requests.
    pub(super) replayed: HashMap<u64, (String, u128)>,
    /// The handles of jobs that are recorded, by attempt.
    pub(super) jobs: HashMap<u64, String>,
    /// The attempts whose ends are not recorded: each has one.
    pub(super) open: HashSet<u64>,
    /// The number of requests whose intents are recorded, and that did not leave.
    pub(super) not_sent: usize,
    /// What may leave before its intent is durable; `None` if nothing may.
    pub(super) ahead: Option<Ahead>,
    /// The most items in all requests at once.
    pub(super) load: usize,
    /// What the next write consists of.
    pub(super) next: Write<I, R, E>,
    pub(super) writes: VecDeque<Write<I, R, E>>,
    /// The number of writes that are durable.
    pub(super) written: u64,
    /// The requests whose intents are durable.
    pub(super) leaving: VecDeque<Departure>,
    pub(super) ending: Option<JournalFuture<()>>,
    pub(super) has_written_end: bool,
    /// Why nothing is recorded any more.
    pub(super) error: Option<JournalError>,
}

/// An item that was read, and is to be looked up.
pub(super) struct Staged<I> {
    pub(super) index: usize,
    pub(super) item: I,
    /// Its encoding with a blank in the place of an assigned id.
    pub(super) encoded: Result<Encoded, String>,
    pub(super) record: ItemRecord,
}

/// An outcome that was recorded in this life.
pub(super) struct RecentOutcome<R: BulkReply, E> {
    pub(super) state: RecordedState,
    pub(super) outcome: OutcomeOf<R, E>,
    pub(super) response: KeptResponse<R>,
}

/// Items that are being looked up.
pub(super) struct Registering<I> {
    pub(super) items: Vec<Staged<I>>,
    pub(super) known: JournalFuture<Vec<Known>>,
}

/// A batch that was in flight when the life before ended, and those of its items that were read.
pub(super) struct HeldBatch {
    pub(super) batch: PendingBatch,
    pub(super) read: HashMap<u64, ItemId>,
    /// The time until which it waits for its other items while the source is quiet. It counts from the first one.
    pub(super) until: Option<Time>,
}

impl HeldBatch {
    /// Returns whether it waits for its other items, and its job does not go on meanwhile.
    pub(super) fn is_waiting(&self) -> bool {
        !self.read.is_empty() && self.batch.job.is_none()
    }

    /// Returns the batch with those of its items that are not read; `None` if there are none.
    fn rest(&self) -> Option<Self> {
        let mut batch = self.batch.clone();
        batch.items.retain(|item| !self.read.contains_key(item));
        (!batch.items.is_empty()).then(|| HeldBatch { batch, read: HashMap::new(), until: None })
    }
}

/// Records, and what happens when they are durable.
pub(super) struct Write<I, R: BulkReply, E> {
    pub(super) records: Vec<Record>,
    /// When they were handed to the journal, and what completes when they are durable; `None` if there are none.
    pub(super) durable: Option<(Time, JournalFuture<()>)>,
    pub(super) deliveries: Vec<JournaledItem<I, R, E>>,
    pub(super) departures: Vec<Departure>,
}

impl<I, R: BulkReply, E> Default for Write<I, R, E> {
    fn default() -> Self {
        Write { records: Vec::new(), durable: None, deliveries: Vec::new(), departures: Vec::new() }
    }
}

impl<I, R: BulkReply, E> Write<I, R, E> {
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.deliveries.is_empty() && self.departures.is_empty()
    }
}

impl<I, R: BulkReply, E> Recorder<I, R, E> {
    pub(super) fn new(beginning: JournalFuture<Begun>, blank: Encoder, load: usize, ahead: Option<Ahead>) -> Self {
        Recorder {
            beginning: Some(beginning),
            journal: None,
            run: 0,
            has_responded: false,
            asked: None,
            verify_from: Time::ZERO,
            blank,
            staged: Vec::new(),
            registering: None,
            has_ended: false,
            held: HashMap::new(),
            in_parts: HashSet::new(),
            is_accepting: false,
            recent: HashMap::new(),
            replayed: HashMap::new(),
            jobs: HashMap::new(),
            open: HashSet::new(),
            not_sent: 0,
            ahead,
            load,
            next: Write::default(),
            writes: VecDeque::new(),
            written: 0,
            leaving: VecDeque::new(),
            ending: None,
            has_written_end: false,
            error: None,
        }
    }

    /// The idempotency key of a batch that was in flight when the life before ended, and the hash of its request.
    pub(super) fn replayed(&self, serial: u64) -> Option<&(String, u128)> {
        self.replayed.get(&serial)
    }

    /// Lets a request leave when its intent is durable, or one for all of its items. Returns it if that one is durable already.
    pub(super) fn depart(&mut self, intent: Intent, departure: Departure) -> Option<Departure> {
        let covered_by = self.covered_by(&intent.items);
        self.open.insert(intent.attempt);
        self.next.records.push(Record::Intent(intent));
        match covered_by.map(|write| write.checked_sub(self.written)) {
            Some(None) => return Some(departure),
            Some(Some(place)) if (place as usize) < self.writes.len() => {
                self.writes[place as usize].departures.push(departure);
            }
            _ => self.next.departures.push(departure),
        }
        None
    }

    /// The number of the write that lets these items leave before the intent of their request; `None` if one of them must wait for that.
    fn covered_by(&mut self, items: &[u64]) -> Option<u64> {
        let ahead = self.ahead.as_mut()?;
        // Each is removed: the intent that follows is the record of it.
        let writes = items.iter().map(|item| ahead.remove(*item)).collect::<Vec<_>>();
        writes.into_iter().try_fold(0, |latest, write| Some(latest.max(write?)))
    }

    /// Adds to a write that is made anyway what may leave before its intent.
    pub(super) fn cover(&mut self) {
        let write = self.written + self.writes.len() as u64;
        if !self.next.records.is_empty()
            && let Some(ahead) = &mut self.ahead
        {
            self.next.records.extend(ahead.cover(write));
        }
    }

    /// An attempt goes on.
    pub(super) fn open(&mut self, attempt: u64) {
        self.open.insert(attempt);
    }

    /// Takes those of the held batches that `is_meant` says. Unless the input has ended, a job is asked about the others of its items when they are
    /// read: they must not be in another request meanwhile.
    pub(super) fn take_held(&mut self, is_meant: impl Fn(&HeldBatch) -> bool) -> Vec<HeldBatch> {
        let taken: Vec<_> = self.held.extract_if(|_, held| is_meant(held)).collect();
        if !self.has_ended {
            let jobs = taken.iter().filter(|(_, held)| held.batch.job.is_some());
            let rests: Vec<_> = jobs.filter_map(|(attempt, held)| Some((*attempt, held.rest()?))).collect();
            self.in_parts.extend(rests.iter().map(|(attempt, _)| *attempt));
            self.held.extend(rests);
        }
        taken.into_iter().map(|(_, held)| held).collect()
    }

    /// The end of an attempt is recorded.
    pub(super) fn end(&mut self, attempt: u64) {
        self.jobs.remove(&attempt);
        self.open.remove(&attempt);
    }

    /// The record of a job that goes on; `None` if a poll brings nothing new.
    ///
    /// A handle that moves on is that of the next page. The next process begins with the page that tells the first finding: what is found is not
    /// recorded before the job ends. So it is where a part of the items is asked about later.
    pub(super) fn record_job(&mut self, attempt: u64, job: &Job<R>) -> Option<Record> {
        let known = self.jobs.get(&attempt);
        let has_told = self.in_parts.contains(&attempt) || job.so_far.iter().any(Option::is_some);
        if known.is_some() && has_told {
            return None;
        }
        let handle = job.handle.json().to_string();
        if known == Some(&handle) {
            return None;
        }
        self.jobs.insert(attempt, handle.clone());
        Some(Record::Job { attempt, handle })
    }

    /// The requests that have not left.
    pub(super) fn take_departures(&mut self) -> Vec<Departure> {
        let mut waiting: Vec<_> = self.leaving.drain(..).collect();
        self.writes.iter_mut().for_each(|write| waiting.append(&mut write.departures));
        waiting.append(&mut self.next.departures);
        waiting
    }

    /// Returns the number of requests that have not left: their intents are not durable yet, or as many are in flight as may be.
    pub(super) fn departures(&self) -> usize {
        let writing = self.writes.iter().chain([&self.next]).map(|write| write.departures.len());
        self.leaving.len() + writing.sum::<usize>()
    }

    /// Returns whether items are being looked up, or wait for it.
    pub(super) fn is_looking_up(&self) -> bool {
        !self.staged.is_empty() || self.registering.is_some()
    }

    /// Looks up the staged items.
    pub(super) fn register(&mut self, now: Time) {
        if self.registering.is_some() || self.staged.is_empty() {
            return;
        }
        // What the items are compared with is written first.
        if !self.next.is_empty() {
            self.write(now);
        }
        let Some(journal) = self.journal.clone() else { return };
        let items = std::mem::take(&mut self.staged);
        let known = journal.register(items.iter().map(|staged| staged.record.clone()).collect());
        self.recent.clear();
        self.registering = Some(Registering { items, known });
    }

    /// Starts the next write.
    pub(super) fn write(&mut self, now: Time) {
        let mut write = std::mem::take(&mut self.next);
        let records = std::mem::take(&mut write.records);
        write.durable = match &self.journal {
            Some(journal) if !records.is_empty() => Some((now, journal.write(records))),
            _ => None,
        };
        self.writes.push_back(write);
    }

    /// Takes the oldest write, which is durable or failed.
    pub(super) fn take_written(&mut self) -> Option<Write<I, R, E>> {
        let write = self.writes.pop_front()?;
        self.written += 1;
        Some(write)
    }

    pub(super) fn take_error(&mut self) -> Option<JournalError> {
        self.error.take()
    }
}
