//! Input: items are read, encoded, compared with earlier ones, and passed to the engine.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use super::super::driver::Driver;
use super::super::duplicates::{KeyHash, Occurrence};
use super::super::in_order::InOrder;
use super::super::options::OnDuplicate;
use super::super::source::SourceError;
use super::tracked::{CauseOf, Place, Tracked};
use crate::engine::{ItemId, Prior, Time};
use crate::item::BulkItem;
use crate::outcome::{NotAttempted, Outcome, OutcomeOf};
use crate::reply::{ApiError, BulkReply};
use crate::request::Encoded;

/// The maximum number of items read per poll. Duplicates and items that end unsent fill no request, so that a source that is always ready
/// could otherwise keep other tasks from running.
const ITEMS_PER_POLL: usize = 256;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Reads items as long as the engine wants more. Returns whether it read any.
    pub(super) fn poll_source(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        self.is_quiet = false;
        let max_read = self.read + ITEMS_PER_POLL;
        while self.machine.wants_items() && self.outlet.outbox.is_empty() && self.window_has_room() {
            if self.read >= max_read {
                // Other tasks run first; the next poll continues.
                cx.waker().wake_by_ref();
                return false;
            }
            match self.source.poll_next(cx) {
                Poll::Pending => {
                    self.is_quiet = true;
                    break;
                }
                Poll::Ready(Some(Ok(item))) => self.accept(item),
                Poll::Ready(end) => {
                    self.note_source_end(end.and_then(Result::err));
                    self.machine.end_input();
                }
            }
            any = true;
            self.settle_others();
        }
        any
    }

    /// Notes why no more items are read: the source failed, was stopped, or has no more.
    pub(super) fn note_source_end(&mut self, error: Option<SourceError>) {
        match error {
            Some(error) => {
                tracing::warn!(%error, "the source failed, no more items are read");
                self.outlet.state.lock().source_error = Some(error);
            }
            None => self.outlet.state.lock().read_all = !self.source.was_stopped(),
        }
    }

    /// Returns whether more items may be read: a streamed run holds at most `window` items whose outcomes were not delivered.
    pub(super) fn window_has_room(&self) -> bool {
        self.outlet.collects || self.read - self.outlet.delivered < self.window
    }

    /// Returns whether a request that is not full may be sent. There are two reasons:
    /// - The window is full, so no item comes that could fill the request, and nothing in flight will make room. In input order, room
    ///   is made only by the oldest item, so it suffices that this item is queued.
    /// - The source has no item ready, and the items that were read have waited long enough for it: for the linger of the run, or while
    ///   something else was to do.
    pub(super) fn must_flush(&self, now: Time) -> bool {
        let next = self.outlet.in_order.as_ref().and_then(InOrder::next);
        let is_full = !self.window_has_room();
        is_full && (self.machine.is_idle() || next.is_some_and(|id| self.machine.is_queued(id)))
            || self.is_quiet && self.has_lingered(now)
    }

    fn has_lingered(&self, now: Time) -> bool {
        match self.options.linger {
            Some(_) => self.lingers_until().is_some_and(|until| until <= now),
            None => self.machine.is_stuck(),
        }
    }

    /// Returns until when items that were read wait for a quiet source, if they do so for a time.
    pub(super) fn lingers_until(&self) -> Option<Time> {
        self.machine.lingers_until(self.options.linger.filter(|_| self.is_quiet)?)
    }

    pub(super) fn accept(&mut self, item: I) {
        let index = self.read;
        let place = Place { index, number: index as u64 };
        self.read += 1;
        let encoded = match self.remote.encoder.encode_from::<T>(item.borrow(), index, self.source.take_origin()) {
            Ok(encoded) => encoded,
            Err(error) => {
                let outcome = Outcome::NotAttempted(NotAttempted::Encode(error.into()));
                return self.accept_settled(place, item, outcome);
            }
        };
        if !T::KEYED {
            self.track(Tracked::new(place, item, encoded, None), None, Prior::default());
            return;
        }
        let on_duplicate = self.options.on_duplicate;
        // The key, its `Hash` and its `Serialize` may be the user's code, as the encoding is.
        let compared = catch_unwind(AssertUnwindSafe(|| {
            let key = self.duplicates.key_hash(item.borrow());
            (key, self.look_back(key, item.borrow(), &encoded))
        }));
        let Ok((key, occurrence)) = compared else {
            let outcome = Outcome::NotAttempted(NotAttempted::Encode("its key panicked".into()));
            return self.accept_settled(place, item, outcome);
        };
        let behind = match occurrence {
            Occurrence::New => None,
            Occurrence::Behind(id) => Some(id),
            // Two equal items never share a request: a response `[{"id":"a",…}]` could not say which one it means.
            Occurrence::Of(id) if on_duplicate == OnDuplicate::Keep => Some(id),
            Occurrence::Of(_) | Occurrence::OfSettled { .. } if on_duplicate == OnDuplicate::Reject => {
                return self.accept_settled(place, item, Outcome::NotAttempted(NotAttempted::Duplicate));
            }
            Occurrence::Of(id) => {
                self.machine.join(id);
                self.keep_order(id);
                if let Some(first) = self.tracked.get_mut(id.0 as usize).and_then(Option::as_mut) {
                    if self.outlet.collects {
                        self.outlet.state.lock().history.add_duplicate(index, first.place.index);
                    }
                    first.duplicates.push((place, item));
                }
                return;
            }
            Occurrence::OfSettled { first, outcome } => {
                if let Some(first) = first {
                    self.outlet.state.lock().history.add_duplicate(index, first);
                }
                return self.accept_settled(place, item, outcome);
            }
        };
        let fits = self.machine.over_cap(encoded.len()).is_none();
        let id = self.track(Tracked::new(place, item, encoded, Some(key)), behind, Prior::default());
        // An item over a cap ends unsent. The latest item with its key stays the one before it, which may be in flight.
        if fits {
            self.duplicates.insert_unsettled(key, id);
        }
    }

    /// Compares an item with those before it.
    fn look_back(&mut self, key: KeyHash, item: &T, encoded: &Encoded) -> Occurrence<OutcomeOf<R, E>> {
        if let Some(id) = self.duplicates.unsettled(key) {
            let is_same = self.tracked[id.0 as usize]
                .as_ref()
                .is_some_and(|first| first.encoded == *encoded && first.item.borrow().key() == item.key());
            return if is_same { Occurrence::Of(id) } else { Occurrence::Behind(id) };
        }
        if !self.outlet.collects {
            let released = self.duplicates.released(key, || self.duplicates.bytes_hash(item, encoded));
            return released
                .map_or(Occurrence::New, |outcome| Occurrence::OfSettled { first: None, outcome: outcome.clone() });
        }
        let progress = self.outlet.state.lock();
        let first = self
            .duplicates
            .find_reported(key, |index| progress.key_at::<T>(index).is_some_and(|key| key == item.key()));
        let Some((index, (earlier, outcome))) =
            first.and_then(|first| Some((first, progress.entries[first].as_ref()?)))
        else {
            return Occurrence::New;
        };
        // The report keeps no encodings, so the earlier item is encoded again.
        let earlier = self.remote.encoder.encode::<T>(earlier.borrow(), index).ok();
        if earlier.is_some_and(|earlier| earlier == *encoded) {
            return Occurrence::OfSettled { first, outcome: outcome.clone() };
        }
        Occurrence::New
    }

    #[inline]
    pub(super) fn track(
        &mut self,
        tracked: Tracked<I, R>,
        behind: Option<ItemId>,
        prior: Prior<CauseOf<R, E>>,
    ) -> ItemId {
        let id = self.machine.accept_known(tracked.encoded.len(), behind, prior);
        let slot = id.0 as usize;
        if self.tracked.len() <= slot {
            self.tracked.resize_with(slot + 1, || None);
        }
        self.keep_order(id);
        self.tracked[slot] = Some(tracked);
        id
    }

    /// In input order: notes that the item that was just read gets the outcome of `id`.
    pub(super) fn keep_order(&mut self, id: ItemId) {
        if let Some(in_order) = &mut self.outlet.in_order {
            in_order.push(id);
        }
    }

    pub(super) fn accept_settled(&mut self, place: Place, item: I, outcome: OutcomeOf<R, E>) {
        self.machine.accept_settled(outcome.kind());
        let is_final = self.is_awaited(&item);
        self.deliver(place, item, outcome, None, (0, is_final));
    }
}
