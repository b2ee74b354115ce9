//! Input of a run with a journal: items are read, looked up in the journal, and passed to the engine with what is known of them.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use futures_util::FutureExt;

use super::super::driver::Driver;
use super::super::duplicates::KeyHash;
use super::super::options::OnDuplicate;
use super::recorder::{RecentOutcome, Registering, Staged};
use super::tracked::{Place, Tracked};
use crate::engine::{Evidence, ItemId, Prior};
use crate::item::BulkItem;
use crate::journal::{
    ItemRecord, JournalError, Known, OpenItem, Record, RecordedOutcome, extended, hash_64, hash_128, key_json, sorted,
    text_of,
};
use crate::outcome::{NotAttempted, Outcome, OutcomeKind};
use crate::reply::{ApiError, BulkReply};
use crate::response::Cause;

/// The most items that are looked up at once. Requests wait while the journal looks them up.
const PAGE: usize = 256;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Reads and looks up items as long as the engine wants more. Returns whether it got on.
    pub(super) fn poll_recorded_source(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = self.poll_known(cx);
        let mut is_quiet = false;
        while self.wants_recorded() {
            match self.source.poll_next(cx) {
                Poll::Pending => {
                    is_quiet = true;
                    break;
                }
                Poll::Ready(Some(Ok(item))) => self.stage(item),
                Poll::Ready(end) => {
                    self.note_source_end(end.and_then(Result::err));
                    self.end_recorded_input();
                }
            }
        }
        let now = self.now();
        if let Some(recorder) = &mut self.recorder {
            recorder.register(now);
        }
        // An answer that is there at once needs no wake-up.
        any |= self.poll_known(cx);
        let Some(recorder) = &self.recorder else { return any };
        let (is_looking_up, has_ended) = (recorder.is_looking_up(), recorder.has_ended);
        self.is_quiet = is_quiet && !is_looking_up;
        if is_looking_up {
            return any;
        }
        if has_ended && self.machine.wants_more_input() {
            self.release_held(true);
            self.machine.end_input();
            self.settle_others();
            return true;
        }
        // A batch of the life before waits for a quiet source as long as a request takes at most, so that it is sent again as it was. Its job
        // goes on meanwhile.
        // Nor does it wait for items that are not read, because the window is full, or because too many wait behind one of its items.
        let is_full =
            !has_ended && self.machine.has_no_queue() && !self.wants_recorded() && self.outlet.outbox.is_empty();
        let is_quiet = self.is_quiet && self.hold_until().is_some_and(|until| self.now() >= until);
        if self.machine.is_idle() && (is_quiet || is_full && self.has_written()) {
            let any_held = self.recorder.as_ref().is_some_and(|recorder| !recorder.held.is_empty());
            self.release_held(is_full);
            self.settle_others();
            any |= is_full && any_held;
        }
        any
    }

    /// Returns whether everything is written, so that no outcome on its way makes room.
    fn has_written(&self) -> bool {
        self.recorder.as_ref().is_none_or(|recorder| recorder.next.is_empty() && recorder.writes.is_empty())
    }

    fn wants_recorded(&self) -> bool {
        let Some(recorder) = &self.recorder else { return false };
        !recorder.has_ended
            && recorder.staged.len() < PAGE
            // More are looked up before the last ones have left.
            && self.machine.wants_items_up_to(recorder.load.max(PAGE))
            && self.outlet.outbox.is_empty()
            && self.window_has_room()
    }

    fn end_recorded_input(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.has_ended = true;
        }
    }

    /// Encodes an item, and puts it among those that are looked up next.
    fn stage(&mut self, item: I) {
        let (index, origin) = (self.read, self.source.take_origin());
        let layout = &self.remote.endpoint.parts.layout;
        let (is_plain, has_json) = (layout.is_plain(), layout.has_json());
        let Some(recorder) = &mut self.recorder else { return };
        self.read += 1;
        let encoded = recorder.blank.encode::<T>(item.borrow(), 0);
        let is_key = T::OWN_KEY && is_plain;
        let key = if T::KEYED {
            match &encoded {
                Ok(encoded) if is_key => Ok(encoded.to_vec()),
                _ => key_json(item.borrow()),
            }
        } else {
            Ok(Vec::new())
        };
        let (key, encoded) = match key {
            Ok(key) => (key, encoded),
            Err(why) => (Vec::new(), Err(why)),
        };
        let key_hash = hash_64(recorder.run, &[&key]);
        let hash = encoded.as_ref().ok().map(|encoded| match is_key {
            true => extended(recorder.run, key_hash, &[&key]),
            false if has_json => hash_128(recorder.run, &[&key, &sorted(encoded)]),
            false => hash_128(recorder.run, &[&key, encoded]),
        });
        let key = (!key.is_empty()).then(|| text_of(&key));
        let record = ItemRecord { index: index as u64, key, key_hash, hash, origin };
        recorder.staged.push(Staged { index, item, encoded, record });
    }

    /// Accepts the items that the journal has looked up.
    fn poll_known(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(recorder) = &mut self.recorder else { return false };
        let Some(Registering { known, .. }) = &mut recorder.registering else { return false };
        let Poll::Ready(known) = known.poll_unpin(cx) else { return false };
        let expected = recorder.registering.as_ref().map_or(0, |registering| registering.items.len());
        match known {
            Ok(known) if known.len() != expected => {
                let why = format!("expected what the journal knows of {expected} items, found {}", known.len());
                self.handle_journal_failure(JournalError::Store(why.into()));
            }
            Ok(known) => {
                let items = recorder.registering.take().map_or_else(Vec::new, |registering| registering.items);
                recorder.is_accepting = true;
                for (staged, known) in items.into_iter().zip(known) {
                    self.accept_looked_up(staged, known);
                    self.settle_others();
                }
                if let Some(recorder) = &mut self.recorder {
                    recorder.is_accepting = false;
                }
            }
            Err(error) => self.handle_journal_failure(error),
        }
        true
    }

    fn accept_looked_up(&mut self, staged: Staged<I>, known: Known) {
        let Staged { index, item, encoded, record } = staged;
        let (number, open) = match known {
            Known::Settled { item: number, outcome } => {
                return self.replay(Place { index, number }, item, outcome);
            }
            Known::Duplicate { item: number, of, outcome } => {
                return self.accept_duplicate(Place { index, number }, item, of, outcome);
            }
            Known::New { item } => (item, None),
            Known::Open(open) => (open.item, Some(open)),
        };
        let place = Place { index, number };
        let assigns = self.recorder.as_ref().is_some_and(|recorder| recorder.blank.assigns());
        let encoded = encoded.and_then(|encoded| match assigns {
            true => {
                let origin = open.as_ref().and_then(|open| open.origin).or(record.origin);
                self.remote.encoder.encode_from::<T>(item.borrow(), number as usize, origin)
            }
            false => Ok(encoded),
        });
        let encoded = match encoded {
            Ok(encoded) => encoded,
            Err(error) => return self.reject(place, item, NotAttempted::Encode(error.into())),
        };
        let key = T::KEYED.then(|| self.key_hash(&item)).flatten();
        let behind = key.and_then(|key| self.duplicates.unsettled(key));
        let prior = open.as_ref().map_or_else(Prior::default, |open| self.prior(open, behind));
        let (attempts, is_held) = (prior.attempts, prior.is_held);
        let is_uncertain = matches!(prior.evidence, Evidence::Uncertain(_));
        let is_given_up = is_uncertain && !is_held && prior.spent >= self.options.max_attempts;
        let fits = self.machine.over_cap(encoded.len()).is_none();
        let tracked = Tracked { attempts, ..Tracked::new(place, item, encoded, key) };
        let is_fresh = matches!(prior.evidence, Evidence::NeverSent) && attempts == 0 && !is_held;
        let id = self.track(tracked, behind, prior);
        if let Some(ahead) = self.recorder.as_mut().and_then(|recorder| recorder.ahead.as_mut()).filter(|_| is_fresh) {
            ahead.insert(number);
        }
        // An item over a cap, or that must not be sent again, ends here. The latest item with its key stays the one before it, which may be in
        // flight.
        let is_latest = fits && !(is_given_up && behind.is_some());
        if let Some(key) = key.filter(|_| is_latest) {
            self.duplicates.insert_unsettled(key, id);
        }
        if let Some(pending) = open.and_then(|open| open.pending).filter(|_| is_held) {
            self.hold(pending, number, id);
        }
    }

    /// The in-memory hash of an item's key. The key may be the user's code.
    fn key_hash(&self, item: &I) -> Option<KeyHash> {
        catch_unwind(AssertUnwindSafe(|| self.duplicates.key_hash(item.borrow()))).ok()
    }

    /// What the journal knows of an open item, for the engine.
    fn prior(&self, open: &OpenItem, behind: Option<ItemId>) -> Prior<super::tracked::CauseOf<R, E>> {
        let may_repeat = open.is_repeatable && self.remote.endpoint.spec.idempotent;
        let pending = open.pending.and_then(|pending| self.recorder.as_ref()?.held.get(&pending));
        let has_attempts = open.spent < self.options.max_attempts;
        // Asking for the result of a job repeats nothing.
        let is_held = behind.is_none()
            && self.machine.stopped().is_none()
            && pending.is_some_and(|held| may_repeat && has_attempts || held.batch.job.is_some());
        let evidence = match (open.outcome.outcome, Cause::recorded(&open.outcome)) {
            (OutcomeKind::Unknown, Some(cause)) => Evidence::Uncertain(cause),
            (_, Some(cause)) => Evidence::PutOff(cause),
            (_, None) => Evidence::NeverSent,
        };
        let is_uncertain = matches!(evidence, Evidence::Uncertain(_));
        // An item that only its batch's key protects is sent again in that batch alone.
        let may_repeat = may_repeat && (is_held || self.remote.endpoint.spec.key_valid().is_none());
        // An uncertain item that must not be sent again has no attempts left.
        let spent = if is_uncertain && !may_repeat { self.options.max_attempts } else { open.spent };
        Prior { evidence, attempts: open.attempts, spent, put_off: open.put_off, is_held }
    }

    /// Holds an item until the others of its batch are read.
    fn hold(&mut self, pending: u64, number: u64, id: ItemId) {
        let timeout = self.remote.client.longest_attempt(self.remote.timeout);
        let until = self.now().saturating_add(timeout);
        // Its batch stays whole, as far as a pause is concerned.
        self.source.discount();
        let Some(recorder) = &mut self.recorder else { return };
        let Some(held) = recorder.held.get_mut(&pending) else { return };
        held.until.get_or_insert(until);
        held.read.insert(number, id);
        if held.read.len() == held.batch.items.len()
            && let Some(held) = recorder.held.remove(&pending)
        {
            self.handle_whole(held);
        }
    }

    fn accept_duplicate(&mut self, place: Place, item: I, of: u64, outcome: Option<(RecordedOutcome, bool)>) {
        if self.options.on_duplicate == OnDuplicate::Reject {
            return self.reject(place, item, NotAttempted::Duplicate);
        }
        let unsettled = self.key_hash(&item).and_then(|key| self.duplicates.unsettled(key));
        let first = unsettled.and_then(|id| Some((id, self.tracked.get_mut(id.0 as usize)?.as_mut()?)));
        if let Some((id, first)) = first.filter(|(_, first)| first.place.number == of) {
            first.duplicates.push((place, item));
            self.machine.join(id);
            self.keep_order(id);
            return;
        }
        let is_awaited = self.is_awaited(&item);
        let recorder = self.recorder.as_mut().map(|recorder| (&mut recorder.recent, &mut recorder.next.records));
        let recent = recorder.and_then(|(recent, records)| Some((recent.get_mut(&of)?, records)));
        if let Some((RecentOutcome { state, outcome, response }, records)) = recent {
            if is_awaited && !state.is_final {
                state.is_final = true;
                records.push(Record::Item { item: of, state: state.clone() });
            }
            let (is_final, outcome, response) = (state.is_final, outcome.clone(), response.clone());
            self.machine.accept_settled(outcome.kind());
            self.outlet.reserve();
            return self.record(place, item, outcome, response, (0, is_final));
        }
        match outcome {
            Some(outcome) => self.repeat(place, item, outcome),
            // The first occurrence is neither settled nor under way: it could not be encoded, or another item with its key came between.
            None => self.reject(place, item, NotAttempted::Duplicate),
        }
    }

    /// Settles an item that does not reach the engine.
    fn reject(&mut self, place: Place, item: I, why: NotAttempted) {
        self.outlet.reserve();
        self.accept_settled(place, item, Outcome::NotAttempted(why));
    }
}
