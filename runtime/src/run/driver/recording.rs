//! Recording: what a run with a journal writes before it goes on.
//!
//! Items are looked up before the engine gets them, requests leave when their intent is durable, and outcomes are delivered when they are
//! durable. The records of one turn of the driver are one write: the outcomes of a response and the next request share it.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;

use super::super::journaled::JournaledItem;
use super::super::row::Row;
use super::Driver;
use super::outcomes::outcome_of_evidence;
use super::sending::Departure;
use super::tracked::{CauseOf, KeptResponse, Place};
use crate::engine::{BatchId, ItemId, Settlement, StopReason, Time};
use crate::item::{BulkItem, RunId};
use crate::journal::{
    Begun, Intent, ItemState, Journal, JournalError, JournalFuture, Known, LifeEnd, PendingBatch, Record,
    RecordedOutcome, hash_128,
};
use crate::outcome::{Outcome, OutcomeOf, Success};
use crate::reply::{ApiError, BulkReply};
use crate::request::Encoder;
use crate::uncertainty_kind::UncertaintyKind;

/// The recording side of a run with a journal.
pub(super) struct Recording<I, R: BulkReply, E> {
    beginning: Option<JournalFuture<Begun>>,
    /// `None` until the life has begun.
    journal: Option<Arc<dyn Journal>>,
    pub(super) run: u128,
    pub(super) has_responded: bool,
    /// When the host is done with the requests of the life before, as far as their timeout tells.
    pub(super) verify_from: Option<Time>,
    /// Encodes items with a blank in the place of an assigned id: the encoding that is the same in all lives.
    pub(super) blank: Encoder,
    /// Items that were read, and are to be looked up.
    pub(super) staged: Vec<Staged<I>>,
    pub(super) registering: Option<Registering<I>>,
    /// The input has ended. The engine learns of it once all items are looked up.
    pub(super) has_ended: bool,
    /// The batches of the life before whose items are not all read yet.
    pub(super) held: HashMap<u64, HeldBatch>,
    /// Items that were looked up are being accepted.
    pub(super) is_accepting: bool,
    /// The outcomes since items were last looked up, until those are accepted: the journal did not know them then.
    recent: HashMap<u64, (RecordedOutcome, bool)>,
    /// The idempotency keys of batches that were in flight when the life before ended, with the hashes of their requests.
    replayed: HashMap<BatchId, (String, u128)>,
    /// What the next write consists of.
    next: Write<I, R, E>,
    writes: VecDeque<Write<I, R, E>>,
    ending: Option<JournalFuture<()>>,
    has_written_end: bool,
    /// Why nothing is recorded any more.
    error: Option<JournalError>,
}

/// An item that was read, and is to be looked up.
pub(super) struct Staged<I> {
    pub(super) index: usize,
    pub(super) item: I,
    /// Its encoding with a blank in the place of an assigned id.
    pub(super) encoded: Result<Bytes, String>,
    pub(super) record: crate::journal::ItemRecord,
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
}

/// Records, and what happens when they are durable.
struct Write<I, R: BulkReply, E> {
    records: Vec<Record>,
    /// Completes when they are durable; `None` if there are none.
    durable: Option<JournalFuture<()>>,
    deliveries: Vec<JournaledItem<I, R, E>>,
    departures: Vec<Departure>,
}

impl<I, R: BulkReply, E> Default for Write<I, R, E> {
    fn default() -> Self {
        Write { records: Vec::new(), durable: None, deliveries: Vec::new(), departures: Vec::new() }
    }
}

impl<I, R: BulkReply, E> Write<I, R, E> {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.deliveries.is_empty() && self.departures.is_empty()
    }
}

impl<I, R: BulkReply, E> Recording<I, R, E> {
    pub(super) fn new(beginning: JournalFuture<Begun>, blank: Encoder) -> Self {
        Recording {
            beginning: Some(beginning),
            journal: None,
            run: 0,
            has_responded: false,
            verify_from: None,
            blank,
            staged: Vec::new(),
            registering: None,
            has_ended: false,
            held: HashMap::new(),
            is_accepting: false,
            recent: HashMap::new(),
            replayed: HashMap::new(),
            next: Write::default(),
            writes: VecDeque::new(),
            ending: None,
            has_written_end: false,
            error: None,
        }
    }

    /// The idempotency key of a batch of the life before, if this request is the one that it was sent with.
    pub(super) fn replayed_key(&self, batch: BatchId, request: u128) -> Option<String> {
        let (key, hash) = self.replayed.get(&batch)?;
        (*hash == request).then(|| key.clone())
    }

    /// Lets a request leave when its intent is durable.
    pub(super) fn depart(&mut self, intent: Intent, departure: Departure) {
        self.next.records.push(Record::Intent(intent));
        self.next.departures.push(departure);
    }

    /// The requests that have not left.
    pub(super) fn take_departures(&mut self) -> Vec<Departure> {
        let waiting = self.writes.iter_mut().flat_map(|write| write.departures.drain(..));
        let waiting: Vec<_> = waiting.collect();
        waiting.into_iter().chain(self.next.departures.drain(..)).collect()
    }

    /// Returns whether a request waits for its intent to be durable.
    pub(super) fn has_departures(&self) -> bool {
        !self.next.departures.is_empty() || self.writes.iter().any(|write| !write.departures.is_empty())
    }

    /// Returns whether items are being looked up, or wait for it.
    pub(super) fn is_looking_up(&self) -> bool {
        !self.staged.is_empty() || self.registering.is_some()
    }

    /// Returns the outcome of an item since items were last looked up, and whether it is final.
    pub(super) fn recent(&self, number: u64) -> Option<&(RecordedOutcome, bool)> {
        self.recent.get(&number)
    }

    /// Looks up the staged items.
    pub(super) fn register(&mut self) {
        if self.registering.is_some() || self.staged.is_empty() {
            return;
        }
        // What the items are compared with is written first.
        if !self.next.is_empty() {
            self.write();
        }
        let Some(journal) = self.journal.clone() else { return };
        let items = std::mem::take(&mut self.staged);
        let known = journal.register(items.iter().map(|staged| staged.record.clone()).collect());
        self.recent.clear();
        self.registering = Some(Registering { items, known });
    }

    /// Starts the next write.
    fn write(&mut self) {
        let mut write = std::mem::take(&mut self.next);
        let records = std::mem::take(&mut write.records);
        write.durable = match &self.journal {
            Some(journal) if !records.is_empty() => Some(journal.write(records)),
            _ => None,
        };
        self.writes.push_back(write);
    }

    pub(super) fn take_error(&mut self) -> Option<JournalError> {
        self.error.take()
    }
}

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Begins the life of a run with a journal. Returns whether it has begun.
    pub(super) fn poll_begin(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(recording) = &mut self.recording else { return true };
        let Some(beginning) = &mut recording.beginning else { return true };
        let Poll::Ready(begun) = beginning.poll_unpin(cx) else { return false };
        recording.beginning = None;
        match begun {
            Ok(begun) => self.begin(begun),
            Err(error) => {
                recording.error = Some(error);
                recording.has_written_end = true;
                self.source = super::super::source::Source::Stopped;
                self.machine.end_input();
            }
        }
        true
    }

    fn begin(&mut self, begun: Begun) {
        let now = self.now();
        let Some(recording) = &mut self.recording else { return };
        let Begun { journal, run, life, has_responded, time_left, pending, last_sent } = begun;
        (recording.journal, recording.run) = (Some(journal), run);
        recording.has_responded = has_responded;
        let timeout = self.remote.client.longest_attempt(self.remote.timeout);
        recording.verify_from = last_sent.map(|ago| now.saturating_add(timeout.saturating_sub(ago)));
        let held = pending.into_iter().map(|batch| (batch.attempt, HeldBatch { batch, read: HashMap::new() }));
        recording.held = held.collect();
        if self.options.run_timeout.is_some() {
            self.options.run_timeout = time_left;
        }
        // Batches of two lives never share an idempotency key, except where one is the replay of the other.
        self.remote.nonce = hash_128(run, &[&life.to_le_bytes()]);
        self.remote.encoder = Encoder::new(self.remote.endpoint.parts.layout.spelling, RunId::new(run));
    }

    /// Writes the records of this turn, and handles what has become durable. Returns whether it did anything but wait.
    pub(super) fn poll_records(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(recording) = &mut self.recording else { return false };
        if !recording.next.is_empty() {
            recording.write();
        }
        let mut any = false;
        while let Some(write) = self.recording.as_mut().and_then(|recording| recording.writes.front_mut()) {
            let result = match &mut write.durable {
                None => Ok(()),
                Some(durable) => match durable.poll_unpin(cx) {
                    Poll::Ready(result) => result,
                    Poll::Pending => break,
                },
            };
            any = true;
            let write = self.recording.as_mut().and_then(|recording| recording.writes.pop_front());
            let Some(write) = write else { break };
            self.handle_written(write, result);
        }
        any
    }

    fn handle_written(&mut self, write: Write<I, R, E>, result: Result<(), JournalError>) {
        if let Err(error) = result {
            self.handle_journal_failure(error);
        }
        let has_failed = self.recording.as_ref().is_some_and(|recording| recording.error.is_some());
        for mut delivery in write.deliveries {
            delivery.is_recorded &= !has_failed;
            self.outlet.deliver_journaled(delivery, self.machine.counters());
        }
        for departure in write.departures {
            match self.machine.stopped().cloned() {
                None => self.leave(departure),
                Some(why) => self.withdraw(departure, &why),
            }
        }
        self.settle_others();
    }

    /// A request whose intent is recorded does not leave, because the run ends.
    pub(super) fn withdraw(&mut self, departure: Departure, why: &StopReason<CauseOf<R, E>>) {
        let Departure { batch, permit, number, .. } = departure;
        permit.give_back();
        self.machine.withdraw(batch, why);
        if let Some(recording) = &mut self.recording {
            let (attempt, end) = (number as u64, "not sent: the run ended".to_owned());
            recording.next.records.push(Record::Ended { attempt, status: None, end });
        }
    }

    /// The journal cannot be used any more: the run stops.
    pub(super) fn handle_journal_failure(&mut self, error: JournalError) {
        let Some(recording) = &mut self.recording else { return };
        if recording.error.is_some() {
            return;
        }
        let why = format!("the journal cannot be written: {error}");
        recording.error = Some(error);
        recording.journal = None;
        // Items that were not looked up are not in the journal, so they were not read as far as it knows.
        let registering = recording.registering.take().map_or(0, |registering| registering.items.len());
        self.read -= registering + recording.staged.len();
        recording.staged.clear();
        self.source = super::super::source::Source::Stopped;
        self.machine.end_input();
        self.stop(StopReason::Stopped(why.into()));
    }

    /// Ends the life. Returns whether its end is recorded, or cannot be.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(recording) = &mut self.recording else { return true };
        if recording.is_looking_up() || !recording.next.is_empty() || !recording.writes.is_empty() {
            return false;
        }
        if recording.has_written_end || recording.error.is_some() {
            return true;
        }
        if recording.ending.is_none() {
            let Some(journal) = &recording.journal else { return true };
            let progress = self.outlet.state.lock();
            let end = LifeEnd {
                read_all: progress.read_all,
                stopped: progress.stopped.as_deref().map(str::to_owned),
                source_error: progress.source_error.as_ref().map(ToString::to_string),
            };
            recording.ending = Some(journal.end(end));
        }
        let Some(ending) = &mut recording.ending else { return true };
        let Poll::Ready(ended) = ending.poll_unpin(cx) else { return false };
        (recording.ending, recording.has_written_end) = (None, true);
        if let Err(error) = ended {
            recording.error = Some(error);
        }
        true
    }

    /// Returns whether an outcome is final, so that no life sends the item again. What ended for a reason of the run is not.
    pub(super) fn is_final(&self, settlement: &Settlement<CauseOf<R, E>>) -> bool {
        let is_stopped = self.machine.stopped().is_some();
        match settlement {
            // A failure after an uncertain attempt is an answer: another request would get the same one.
            Settlement::Succeeded { .. }
            | Settlement::Failed
            | Settlement::FailedLater(_)
            | Settlement::TooLarge { .. } => true,
            Settlement::Refused(_) => !is_stopped,
            // The job of an item that is pending goes on, and the next life asks for its result.
            Settlement::Unknown(cause) if is_stopped && cause.is(UncertaintyKind::Pending) => false,
            Settlement::Unknown(_) => !self.remote.endpoint.spec.idempotent,
            Settlement::PutOff(_)
            | Settlement::NotAttempted(_)
            | Settlement::NoRequest
            | Settlement::Invalid(_)
            | Settlement::Unsigned(_) => false,
        }
    }

    /// Records and delivers the outcome of one occurrence of an item.
    pub(super) fn record(
        &mut self,
        place: Place,
        item: I,
        outcome: OutcomeOf<R, E>,
        response: KeptResponse<R>,
        (attempts, is_final): (u32, bool),
    ) {
        let row = Row::new::<R, E>(place.index, (self.outlet.state.key)(&item), &outcome, response.as_deref());
        let recorded = recorded::<R, E>(&row, &outcome);
        let Some(recording) = &mut self.recording else { return };
        if recording.registering.is_some() || recording.is_accepting {
            recording.recent.insert(place.number, (recorded.clone(), is_final));
        }
        let state = ItemState { outcome: recorded, is_final, is_settled: true, attempts, spent: 0 };
        recording.next.records.push(Record::Item { item: place.number, state });
        let outcome = Some(outcome);
        let delivery = JournaledItem { item, row, outcome, response, replayed: false, is_recorded: true };
        recording.next.deliveries.push(delivery);
    }

    /// Delivers an item that an earlier life settled for good.
    pub(super) fn replay(&mut self, place: Place, item: I, outcome: RecordedOutcome) {
        self.deliver_known(place, item, outcome, true);
    }

    /// Delivers a duplicate with the outcome of its first occurrence.
    pub(super) fn repeat(&mut self, place: Place, item: I, (outcome, is_final): (RecordedOutcome, bool)) {
        if let Some(recording) = &mut self.recording {
            let state = ItemState { outcome: outcome.clone(), is_final, is_settled: true, attempts: 0, spent: 0 };
            recording.next.records.push(Record::Item { item: place.number, state });
        }
        self.deliver_known(place, item, outcome, false);
    }

    fn deliver_known(&mut self, place: Place, item: I, outcome: RecordedOutcome, replayed: bool) {
        self.machine.accept_settled(outcome.outcome);
        self.outlet.reserve();
        let row = Row::recorded(place.index, (self.outlet.state.key)(&item), outcome);
        let delivery = JournaledItem { item, row, outcome: None, response: None, replayed, is_recorded: true };
        if let Some(recording) = &mut self.recording {
            recording.next.deliveries.push(delivery);
        }
    }

    /// The items of a batch whose response is about to be handled. Empty if nothing is recorded.
    pub(super) fn recorded_items(&self, batch: BatchId) -> Vec<ItemId> {
        if self.recording.is_some() { self.machine.batch(batch).to_vec() } else { Vec::new() }
    }

    /// Records the end of an attempt, and what is known of those of its items that it did not settle. If the items are left to a job, it
    /// records the job instead.
    pub(super) fn record_end_of(
        &mut self,
        (attempt, batch): (u64, BatchId),
        items: &[ItemId],
        status: Option<u16>,
        end: impl FnOnce() -> String,
    ) {
        if self.recording.is_none() {
            return;
        }
        let mut records = Vec::new();
        if let Some(handle) = self.remote.jobs.handle_of(batch) {
            records.push(Record::Job { attempt, handle: handle.json().to_string() });
        } else {
            records.push(Record::Ended { attempt, status, end: end() });
            for id in items {
                let Some(tracked) = self.tracked[id.0 as usize].as_ref() else { continue };
                let Some((evidence, spent)) = self.machine.evidence(*id) else { continue };
                let outcome = match outcome_of_evidence::<R, E>(evidence) {
                    None => RecordedOutcome::not_sent(),
                    Some(outcome) => {
                        let row = Row::new::<R, E>(tracked.place.index, String::new(), &outcome, None);
                        recorded::<R, E>(&row, &outcome)
                    }
                };
                let (item, attempts) = (tracked.place.number, tracked.attempts);
                let state = ItemState { outcome, is_final: false, is_settled: false, attempts, spent };
                records.push(Record::Item { item, state });
            }
        }
        if let Some(recording) = &mut self.recording {
            recording.replayed.remove(&batch);
            recording.next.records.extend(records);
        }
    }

    /// A batch of the life before is whole: it is sent again, or its job is polled.
    pub(super) fn handle_whole(&mut self, held: HeldBatch) {
        let HeldBatch { batch: PendingBatch { attempt, items, key, request, job }, read } = held;
        let ids: Vec<ItemId> = items.iter().filter_map(|item| read.get(item).copied()).collect();
        match (job, key) {
            (Some(job), _) => {
                let batch = self.machine.resume_job(ids);
                self.resume_job(batch, attempt, &job);
            }
            (None, key) => {
                let batch = self.machine.replay(ids);
                if let (Some(recording), Some(key)) = (&mut self.recording, key) {
                    recording.replayed.insert(batch, (key, request));
                }
            }
        }
    }

    /// Gives up waiting for the other items of the batches of the life before. `jobs`: also of those that a job works on.
    pub(super) fn release_held(&mut self, jobs: bool) {
        let Some(recording) = &mut self.recording else { return };
        let released: Vec<ItemId> = recording
            .held
            .extract_if(|_, held| jobs || held.batch.job.is_none())
            .flat_map(|(_, held)| held.read.into_values())
            .collect();
        if self.machine.stopped().is_none() {
            self.machine.release(&released);
        }
    }

    /// The time from which `verify` is asked: the host may still work on requests of the life before.
    pub(super) fn verify_from(&self) -> Option<Time> {
        self.recording.as_ref().and_then(|recording| recording.verify_from)
    }

    /// The requests whose intents are not durable yet do not leave, because the run ends.
    pub(super) fn withdraw_departures(&mut self, why: &StopReason<CauseOf<R, E>>) {
        let departures = self.recording.as_mut().map_or_else(Vec::new, |recording| recording.take_departures());
        for departure in departures {
            self.withdraw(departure, why);
        }
    }
}

/// What a journal keeps of an outcome.
fn recorded<R: BulkReply, E>(row: &Row, outcome: &OutcomeOf<R, E>) -> RecordedOutcome {
    let (earlier, accepted) = match outcome {
        Outcome::Succeeded(Success { earlier, accepted, .. }) => (*earlier, *accepted),
        _ => (false, false),
    };
    RecordedOutcome {
        outcome: row.outcome,
        status: row.status,
        code: row.code.clone(),
        message: row.message.clone(),
        request_id: row.request_id.clone(),
        earlier,
        accepted,
    }
}
