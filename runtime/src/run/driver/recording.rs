//! Recording: what a run with a journal writes before it goes on.
//!
//! Items are looked up before the engine gets them, requests leave when their intent is durable, and outcomes are delivered when they are
//! durable. The records of one turn of the driver are one write: the outcomes of a response and the next request share it.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::task::{Context, Poll};

use futures_util::FutureExt;

use super::super::delivery::JournaledItem;
use super::super::driver::Driver;
use super::super::row::Row;
use super::super::source::Source;
use super::super::state::Order;
use super::job::Job;
use super::outcomes::outcome_of_evidence;
use super::recorder::{Departure, HeldBatch, PREPARED_FOR, RecentOutcome, Write};
use super::tracked::{CauseOf, KeptResponse, Place};
use crate::engine::{BatchId, ItemId, Settlement, StopReason, Time};
use crate::item::{BulkItem, RunId};
use crate::journal::{
    Begun, JournalError, LifeEnd, PendingBatch, PendingJob, PutOff, Record, RecordedOutcome, RecordedState, hash_128,
};
use crate::outcome::{Outcome, OutcomeOf, Success};
use crate::reply::{ApiError, BulkReply};
use crate::request::Encoder;
use crate::uncertainty_kind::UncertaintyKind;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Begins the life of a run with a journal. Returns whether it has begun.
    pub(super) fn poll_begin(&mut self, cx: &mut Context<'_>) -> bool {
        let clock = self.remote.client.clock();
        let Some(recorder) = &mut self.recorder else { return true };
        let Some(beginning) = &mut recorder.beginning else { return true };
        recorder.asked.get_or_insert_with(|| clock.now());
        let begun = match beginning.poll_unpin(cx) {
            Poll::Ready(begun) => begun,
            // The store may be slow, or hang.
            Poll::Pending if self.outlet.state.order() == Order::Cancel => Err(JournalError::Cancelled),
            Poll::Pending => return false,
        };
        recorder.beginning = None;
        match begun {
            Ok(begun) => self.begin(begun),
            Err(error) => {
                recorder.error = Some(error);
                recorder.has_written_end = true;
                self.close_source();
                self.machine.end_input();
            }
        }
        true
    }

    fn begin(&mut self, begun: Begun) {
        let now = self.now();
        let Some(recorder) = &mut self.recorder else { return };
        let Begun { journal, run, life, has_responded, time_left, pending, busy_for } = begun;
        (recorder.journal, recorder.run) = (Some(journal), run);
        recorder.has_responded = has_responded;
        recorder.verify_from = now.saturating_add(busy_for);
        let held = pending.into_iter();
        let held = held.map(|batch| (batch.attempt, HeldBatch { batch, read: HashMap::new(), until: None }));
        recorder.held = held.collect();
        if let Some(left) = time_left {
            self.options.run_timeout = Some(left);
        }
        // Batches of two lives never share an idempotency key, except where one is the replay of the other.
        self.remote.nonce = hash_128(run, &[&life.to_le_bytes()]);
        self.remote.encoder = Encoder::new(self.remote.endpoint.parts.layout.spelling, RunId::new(run));
    }

    /// Writes the records of this turn, and handles what has become durable. Returns whether it did anything but wait.
    pub(super) fn poll_records(&mut self, cx: &mut Context<'_>) -> bool {
        let clock = self.remote.client.clock();
        let Some(recorder) = &mut self.recorder else { return false };
        if !recorder.next.is_empty() {
            recorder.cover();
            recorder.write(clock.now());
        }
        let mut any = false;
        while let Some(write) = self.recorder.as_mut().and_then(|recorder| recorder.writes.front_mut()) {
            let result = match &mut write.durable {
                None => Ok(()),
                Some((since, durable)) => match durable.poll_unpin(cx) {
                    Poll::Ready(result) => {
                        if result.is_ok() {
                            self.meter.journaled(*since, || self.remote.client.clock().now());
                        }
                        result
                    }
                    Poll::Pending => break,
                },
            };
            any = true;
            let write = self.recorder.as_mut().and_then(|recorder| recorder.take_written());
            let Some(write) = write else { break };
            self.handle_written(write, result);
        }
        self.poll_departures() | any
    }

    fn handle_written(&mut self, write: Write<I, R, E>, result: Result<(), JournalError>) {
        if let Err(error) = result {
            self.handle_journal_failure(error);
        }
        let has_journal = self.recorder.as_ref().is_some_and(|recorder| recorder.journal.is_some());
        if let Some(recorder) = &mut self.recorder {
            recorder.leaving.extend(write.departures);
        }
        for mut delivery in write.deliveries {
            delivery.is_recorded &= has_journal;
            self.outlet.deliver_journaled(delivery, self.machine.counters());
        }
        self.settle_others();
    }

    /// Lets requests leave whose intents are durable, as many as may be in flight. Returns whether one did, or is taken back.
    fn poll_departures(&mut self) -> bool {
        let mut any = false;
        loop {
            // The events of deliveries and departures call the caller's code, which may order the run to end.
            let now = self.check_orders();
            let stopped = self.machine.stopped().cloned();
            let Some(recorder) = &mut self.recorder else { break };
            if stopped.is_none() && !self.machine.has_room(recorder.departures()) {
                break;
            }
            let Some(departure) = recorder.leaving.pop_front() else { break };
            any = true;
            match stopped {
                Some(why) => self.withdraw(departure, &why),
                None if departure.permit.is_closed() => self.take_back(departure, "the throttle closed"),
                None if self.machine.is_expired(departure.batch, now) => {
                    self.take_back(departure, "its idempotency key expired");
                }
                None if now.saturating_sub(departure.since) > PREPARED_FOR => {
                    // Responses take so long that no request waits for the disk.
                    self.machine.prepare(0);
                    self.take_back(departure, "it waited for too long");
                }
                None => self.leave(departure),
            }
        }
        self.settle_others();
        any
    }

    /// A request does not leave for now. Its batch is sent again later.
    fn take_back(&mut self, departure: Departure, why: &str) {
        let Departure { batch, permit, number, .. } = departure;
        permit.give_back();
        let items = self.recorded_items(batch);
        self.discount_attempt(&items);
        self.machine.take_back(batch);
        // With what was known of its items before: they may be uncertain, and bound together.
        self.record_end_of((number as u64, batch), &items, None, false, || format!("not sent: {why}"));
    }

    /// These items took part in no request after all.
    pub(super) fn discount_attempt(&mut self, items: &[ItemId]) {
        for id in items {
            self.tracked[id.0 as usize].iter_mut().for_each(|tracked| tracked.attempts -= 1);
        }
    }

    /// A request whose intent is recorded does not leave, because the run ends.
    pub(super) fn withdraw(&mut self, departure: Departure, why: &StopReason<CauseOf<R, E>>) {
        let Departure { batch, permit, number, .. } = departure;
        permit.give_back();
        self.machine.withdraw(batch, why);
        self.record_withdrawn(number);
    }

    /// Records that a request did not leave, because the run ends.
    pub(super) fn record_withdrawn(&mut self, number: usize) {
        if let Some(recorder) = &mut self.recorder {
            let (attempt, end) = (number as u64, "not sent: the run ended".to_owned());
            recorder.end(attempt);
            recorder.not_sent += 1;
            recorder.next.records.push(Record::Ended { attempt, status: None, end, has_left: false });
        }
    }

    /// When a batch of the life before stops waiting for its other items, if one waits.
    pub(super) fn hold_until(&self) -> Option<Time> {
        let held = self.recorder.as_ref()?.held.values();
        held.filter(|held| held.is_waiting()).filter_map(|held| held.until).min()
    }

    /// The run stops because of its journal. After [`JournalError::InputChanged`] the journal goes on, and takes the outcomes of the requests in
    /// flight; after any other error it cannot be used.
    pub(super) fn handle_journal_failure(&mut self, error: JournalError) {
        let Some(recorder) = &mut self.recorder else { return };
        let why = match &error {
            // The reason goes into the journal, which may keep no keys: the key is in the error alone.
            JournalError::InputChanged { index, .. } => {
                format!("the input changed: item {index} has other content than when the run read it before")
            }
            _ => {
                recorder.journal = None;
                format!("the journal cannot be used: {error}")
            }
        };
        recorder.error.get_or_insert(error);
        // Items that were not looked up are not in the journal, so they were not read as far as it knows.
        let mut unread = recorder.registering.take().map_or_else(Vec::new, |registering| registering.items);
        unread.append(&mut recorder.staged);
        self.read -= unread.len();
        if !unread.is_empty() {
            self.outlet.state.lock().read_all = false;
        }
        recorder.has_ended = true;
        unread.into_iter().for_each(|staged| self.give_back(staged.item));
        self.close_source();
        self.machine.end_input();
        self.stop(StopReason::Stopped(why.into()));
    }

    /// Reads nothing more from the source.
    fn close_source(&mut self) {
        if let Some(first) = self.source.take_first() {
            self.give_back(first);
        }
        self.source = Source::stopped();
    }

    /// An item that was read is not accepted. If it is a call, its caller gets it back.
    fn give_back(&self, item: I) {
        if let Some(calls) = &self.options.calls {
            (calls.give_back)(item);
        }
    }

    /// Ends the life. Returns whether its end is recorded, or cannot be.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(recorder) = &mut self.recorder else { return true };
        if recorder.is_looking_up() || !recorder.next.is_empty() || !recorder.writes.is_empty() {
            return false;
        }
        if recorder.has_written_end || recorder.journal.is_none() {
            return true;
        }
        if recorder.ending.is_none() {
            let Some(journal) = &recorder.journal else { return true };
            let progress = self.outlet.state.lock();
            let end = LifeEnd {
                read_all: progress.read_all,
                stopped: progress.stopped.as_deref().map(str::to_owned),
                source_error: progress.source_error.as_ref().map(ToString::to_string),
            };
            recorder.ending = Some(journal.end(end));
        }
        let Some(ending) = &mut recorder.ending else { return true };
        let Poll::Ready(ended) = ending.poll_unpin(cx) else { return false };
        (recorder.ending, recorder.has_written_end) = (None, true);
        if let Err(error) = ended {
            recorder.error.get_or_insert(error);
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
            // A refused token may end a batch before it stops the run. The next life has another token.
            Settlement::Refused(cause) => !is_stopped && !cause.is_credential(),
            // The job of an item that is pending goes on, and the next life asks for its result.
            Settlement::Unknown(cause) if is_stopped && cause.is(UncertaintyKind::Pending) => false,
            // `verify` was not asked. The next life asks it.
            Settlement::Unknown(_) if is_stopped && self.verifies => false,
            // Of a batch that only its key protects, what is not left to a later life ends with this one.
            Settlement::Unknown(_) => {
                let spec = &self.remote.endpoint.spec;
                !spec.idempotent || spec.key_valid().is_some() && !is_stopped
            }
            Settlement::PutOff(_)
            | Settlement::NotAttempted(_)
            | Settlement::NoRequest
            | Settlement::Unresolved(_)
            | Settlement::Invalid(_)
            | Settlement::Unsigned(_) => false,
        }
    }

    /// Returns whether a caller waits for the outcome of the item. What it is told is final, whatever it is.
    pub(super) fn is_awaited(&self, item: &I) -> bool {
        self.options.calls.as_ref().is_some_and(|calls| (calls.is_awaited)(item))
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
        let Some(recorder) = &mut self.recorder else { return };
        if let Some(ahead) = &mut recorder.ahead {
            ahead.remove(place.number);
        }
        let state = settled(recorded, is_final, attempts);
        if recorder.registering.is_some() || recorder.is_accepting {
            let recent = RecentOutcome { state: state.clone(), outcome: outcome.clone(), response: response.clone() };
            recorder.recent.insert(place.number, recent);
        }
        recorder.next.records.push(Record::Item { item: place.number, state });
        let outcome = Some(outcome);
        let delivery = JournaledItem { item, row, outcome, response, replayed: false, is_recorded: true };
        recorder.next.deliveries.push(delivery);
    }

    /// Delivers an item that an earlier life settled for good.
    pub(super) fn replay(&mut self, place: Place, item: I, outcome: RecordedOutcome) {
        self.source.discount();
        self.deliver_known(place, item, outcome, true);
    }

    /// Delivers a duplicate with the outcome of its first occurrence.
    pub(super) fn repeat(&mut self, place: Place, item: I, (outcome, is_final): (RecordedOutcome, bool)) {
        if let Some(recorder) = &mut self.recorder {
            let state = settled(outcome.clone(), is_final, 0);
            recorder.next.records.push(Record::Item { item: place.number, state });
        }
        self.deliver_known(place, item, outcome, false);
    }

    fn deliver_known(&mut self, place: Place, item: I, outcome: RecordedOutcome, replayed: bool) {
        self.machine.accept_settled(outcome.outcome);
        self.outlet.reserve();
        let row = Row::recorded(place.index, (self.outlet.state.key)(&item), outcome);
        let delivery = JournaledItem { item, row, outcome: None, response: None, replayed, is_recorded: true };
        if let Some(recorder) = &mut self.recorder {
            recorder.next.deliveries.push(delivery);
        }
    }

    /// The items of a batch whose response is about to be handled. Empty if nothing is recorded.
    pub(super) fn recorded_items(&self, batch: BatchId) -> Vec<ItemId> {
        if self.recorder.is_some() { self.machine.batch(batch).to_vec() } else { Vec::new() }
    }

    /// Records the end of an attempt, and what is known of those of its items that it did not settle. If the items are left to a job, it
    /// records the job instead.
    pub(super) fn record_end_of(
        &mut self,
        (attempt, batch): (u64, BatchId),
        items: &[ItemId],
        status: Option<u16>,
        has_left: bool,
        end: impl FnOnce() -> String,
    ) {
        // A job that is given up has ended before the poll that it is given up for.
        if self.recorder.as_ref().is_none_or(|recorder| !recorder.open.contains(&attempt)) {
            return;
        }
        let mut records = Vec::new();
        if let Some(job) = self.remote.jobs.of(batch) {
            // Without its handle the attempt has no end, so that its items are uncertain after a crash.
            if let Some(recorder) = self.recorder.as_mut().filter(|_| !job.handle.is_secret()) {
                records.extend(recorder.record_job(attempt, job));
            }
        } else {
            let is_of_it = |job: &Job<R>| job.attempt == attempt;
            let polled = || self.remote.attempts.iter().filter_map(|polled| polled.job.as_ref());
            let goes_on = || self.remote.jobs.iter().chain(polled()).any(is_of_it);
            if let Some(recorder) = &mut self.recorder
                && !(recorder.in_parts.contains(&attempt) && (recorder.held.contains_key(&attempt) || goes_on()))
            {
                records.push(Record::Ended { attempt, status, end: end(), has_left });
                recorder.end(attempt);
                recorder.not_sent += usize::from(!has_left);
            }
            for id in items {
                let Some(tracked) = self.tracked[id.0 as usize].as_ref() else { continue };
                let Some((evidence, spent, put_off)) = self.machine.evidence(*id) else { continue };
                let outcome = match outcome_of_evidence::<R, E>(evidence) {
                    None => RecordedOutcome::not_sent(),
                    Some(outcome) => {
                        let row = Row::new::<R, E>(tracked.place.index, String::new(), &outcome, None);
                        recorded::<R, E>(&row, &outcome)
                    }
                };
                let (item, attempts) = (tracked.place.number, tracked.attempts);
                let state = RecordedState { outcome, is_final: false, is_settled: false, attempts, spent, put_off };
                records.push(Record::Item { item, state });
            }
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.next.records.extend(records);
        }
    }

    /// A batch of the life before is whole: it is sent again, or its job is polled.
    pub(super) fn handle_whole(&mut self, held: HeldBatch) {
        let HeldBatch { batch: PendingBatch { attempt, items, key, key_age, request, job }, read, .. } = held;
        let ids: Vec<ItemId> = items.iter().filter_map(|item| read.get(item).copied()).collect();
        // Its items may have come late.
        let asked = self.recorder.as_ref().and_then(|recorder| recorder.asked).unwrap_or_default();
        match (job, key) {
            (Some(job), _) => {
                if let Some(recorder) = &mut self.recorder {
                    recorder.open(attempt);
                    recorder.jobs.insert(attempt, job.handle.clone());
                }
                let before: Vec<ItemId> =
                    job.uncertain_before.iter().filter_map(|item| read.get(item).copied()).collect();
                let batch = self.machine.resume_job(ids, &before);
                let age = job.age.saturating_add(self.now().saturating_sub(asked));
                let places = job.request_items.iter().enumerate();
                let is_absent = |(place, item): (usize, &u64)| (!read.contains_key(item)).then_some(place);
                let absent = places.filter_map(is_absent).collect();
                self.resume_job(batch, attempt, &PendingJob { age, ..job }, absent);
            }
            (None, key) => {
                let valid = self.remote.endpoint.spec.key_valid();
                let left = valid.map(|valid| valid.saturating_sub(key_age.unwrap_or(valid)));
                let batch = self.machine.replay(ids, left.map(|left| asked.saturating_add(left)));
                let serial = batch.map(|batch| self.machine.serial(batch));
                if let (Some(recorder), Some(serial), Some(key)) = (&mut self.recorder, serial, key) {
                    recorder.replayed.insert(serial, (key, request));
                }
            }
        }
    }

    /// Gives up waiting for the other items of the batches of the life before that have waited for long enough. `all`: of every batch.
    pub(super) fn release_held(&mut self, all: bool) {
        let now = self.now();
        let Some(recorder) = &mut self.recorder else { return };
        let is_late = |held: &HeldBatch| held.is_waiting() && held.until.is_some_and(|until| now >= until);
        let released = recorder.take_held(|held| is_late(held) || all && !held.read.is_empty());
        if self.machine.stopped().is_some() {
            return;
        }
        let (jobs, batches): (Vec<_>, Vec<_>) = released.into_iter().partition(|held| held.batch.job.is_some());
        // A job is asked about the items that are there: it may go on, so that they must not be in another one.
        jobs.into_iter().for_each(|held| self.handle_whole(held));
        let items: Vec<ItemId> = batches.into_iter().flat_map(|held| held.read.into_values()).collect();
        self.machine.release(&items);
    }

    /// The requests whose intents are not durable yet do not leave, because the run ends.
    pub(super) fn withdraw_departures(&mut self, why: &StopReason<CauseOf<R, E>>) {
        let departures = self.recorder.as_mut().map_or_else(Vec::new, |recorder| recorder.take_departures());
        for departure in departures {
            self.withdraw(departure, why);
        }
    }
}

/// An item that this life has ended. A new life is a new try.
fn settled(outcome: RecordedOutcome, is_final: bool, attempts: u32) -> RecordedState {
    RecordedState { outcome, is_final, is_settled: true, attempts, spent: 0, put_off: PutOff::default() }
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
