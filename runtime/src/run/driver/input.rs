//! Items in: read, encoded, told from their repeats, handed to the engine.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use bytes::Bytes;

use super::super::driver::Driver;
use super::super::duplicates::{KeyHash, Repeat};
use super::super::kind::Kind;
use super::super::options::OnRepeat;
use super::in_order::InOrder;
use super::tracked::Tracked;
use crate::engine::ItemId;
use crate::item::BulkItem;
use crate::outcome::{DoubtKind, NotAttempted, Outcome, OutcomeOf};
use crate::reply::{ApiError, Reply};

/// The most items that are read in one turn: of those that no request waits for, a source may give any number.
const TURN: usize = 256;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Reads the source as far as the engine wants. Whether there was anything.
    pub(super) fn poll_source(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        self.is_quiet = false;
        let most = self.read + TURN;
        while self.machine.wants_items() && self.outbox.is_empty() && self.window_has_room() {
            if self.read >= most {
                // The next turn goes on: others on this thread come first.
                cx.waker().wake_by_ref();
                return false;
            }
            match self.source.poll_next(cx) {
                Poll::Pending => {
                    self.is_quiet = true;
                    break;
                }
                Poll::Ready(Some(Ok(item))) => self.accept(item),
                Poll::Ready(Some(Err(error))) => {
                    tracing::warn!(%error, "no more is read");
                    self.shared.lock().source_error = Some(error);
                    self.machine.end_input();
                }
                Poll::Ready(None) => {
                    self.shared.lock().read_all = !self.source.was_stopped();
                    self.machine.end_input();
                }
            }
            any = true;
            self.settle_others();
        }
        any
    }

    /// Whether more may be read: a streamed run holds only so many items that it has not given an outcome yet.
    pub(super) fn window_has_room(&self) -> bool {
        self.collects || self.read - self.given < self.window
    }

    /// Whether a request that is not full may leave: nothing more is read until it does. In order, nothing is until the next outcome.
    /// Nor does what is to be sent again wait for a source that has nothing.
    pub(super) fn must_flush(&self) -> bool {
        let next = self.in_order.as_ref().and_then(InOrder::next);
        let is_full = !self.window_has_room();
        is_full && (self.machine.is_idle() || next.is_some_and(|id| self.machine.is_queued(id)))
            || self.is_quiet && self.machine.is_stuck_with_sent_before()
    }

    pub(super) fn accept(&mut self, item: I) {
        let index = self.read;
        self.read += 1;
        let Some(remote) = &mut self.remote else {
            let outcome = self.mocked(&item);
            return self.accept_settled(index, item, outcome);
        };
        let encoded = match remote.encoder.encode::<T>(item.borrow(), index) {
            Ok(encoded) => encoded,
            Err(error) => {
                let outcome = Outcome::NotAttempted(NotAttempted::Encode(error.into()));
                return self.accept_settled(index, item, outcome);
            }
        };
        if !T::KEYED {
            self.track(index, item, encoded, None, None);
            return;
        }
        let on_repeat = self.options.on_repeat;
        // The key, its `Hash` and its `Serialize` may be the user's own, as the encoding is.
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let key = self.repeats.key_hash(item.borrow());
            (key, self.look_back(key, item.borrow(), &encoded))
        }));
        let Ok((key, repeat)) = looked else {
            let outcome = Outcome::NotAttempted(NotAttempted::Encode("its key panicked".into()));
            return self.accept_settled(index, item, outcome);
        };
        let behind = match repeat {
            Repeat::New => None,
            Repeat::Behind(id) => Some(id),
            Repeat::Of(id) if on_repeat == OnRepeat::Keep => Some(id),
            Repeat::Of(_) | Repeat::OfSettled { .. } if on_repeat == OnRepeat::Reject => {
                return self.accept_settled(index, item, Outcome::NotAttempted(NotAttempted::Repeated));
            }
            Repeat::Of(id) => {
                self.machine.join(id);
                self.keep_order(id);
                if let Some(first) = self.tracked.get_mut(id.0 as usize).and_then(Option::as_mut) {
                    if self.collects {
                        self.shared.lock().history.repeats(index, first.index);
                    }
                    first.repeats.push((index, item));
                }
                return;
            }
            Repeat::OfSettled { first, outcome } => {
                if let Some(first) = first {
                    self.shared.lock().history.repeats(index, first);
                }
                return self.accept_settled(index, item, outcome);
            }
        };
        let fits = self.machine.over_cap(encoded.len()).is_none();
        let id = self.track(index, item, encoded, Some(key), behind);
        // What is over a cap ends unsent: the latest with its key is the one before it, which may be on its way.
        if fits {
            self.repeats.set_out(key, id);
        }
    }

    /// What an item is to those before it.
    fn look_back(&mut self, key: KeyHash, item: &T, encoded: &Bytes) -> Repeat<OutcomeOf<R, E>> {
        if let Some(id) = self.repeats.on_the_way(key) {
            let same = self.tracked[id.0 as usize]
                .as_ref()
                .is_some_and(|first| first.encoded == encoded && first.item.borrow().key() == item.key());
            return if same { Repeat::Of(id) } else { Repeat::Behind(id) };
        }
        if !self.collects {
            let given = self.repeats.given(key, || self.repeats.bytes_hash(item, encoded));
            return given.map_or(Repeat::New, |outcome| Repeat::OfSettled { first: None, outcome: outcome.clone() });
        }
        let state = self.shared.lock();
        let first = self.repeats.listed(key, |index| state.key_at::<T>(index).is_some_and(|key| key == item.key()));
        let Some((index, (same, outcome))) = first.and_then(|first| Some((first, state.entries[first].as_ref()?)))
        else {
            return Repeat::New;
        };
        // Its encoding was not kept.
        let again = self.remote.as_mut().and_then(|remote| remote.encoder.encode::<T>(same.borrow(), index).ok());
        if again.is_some_and(|again| again == encoded) {
            return Repeat::OfSettled { first, outcome: outcome.clone() };
        }
        Repeat::New
    }

    pub(super) fn track(
        &mut self,
        index: usize,
        item: I,
        encoded: Bytes,
        key: Option<KeyHash>,
        behind: Option<ItemId>,
    ) -> ItemId {
        let id = self.machine.accept(encoded.len(), behind);
        let slot = id.0 as usize;
        if self.tracked.len() <= slot {
            self.tracked.resize_with(slot + 1, || None);
        }
        self.keep_order(id);
        self.tracked[slot] = Some(Tracked { index, item, encoded, key, told: 0, repeats: Vec::new() });
        id
    }

    /// The item that was read just now is settled with this one.
    fn keep_order(&mut self, id: ItemId) {
        if let Some(in_order) = &mut self.in_order {
            in_order.push(id);
        }
    }

    pub(super) fn accept_settled(&mut self, index: usize, item: I, outcome: OutcomeOf<R, E>) {
        self.machine.accept_settled(outcome.kind());
        self.give(index, item, outcome);
    }

    pub(super) fn mocked(&self, item: &I) -> OutcomeOf<R, E> {
        match (&self.kind, self.machine.halted()) {
            (_, Some(halt)) => Outcome::NotAttempted(self.not_attempted(halt)),
            (Kind::Mock(outcome), None) => catch_unwind(AssertUnwindSafe(|| outcome(item.borrow())))
                .unwrap_or_else(|_| Outcome::unknown(DoubtKind::Panicked, "the mock panicked")),
            (Kind::Remote(..), None) => Outcome::unknown(DoubtKind::Missing, "the endpoint is no mock"),
        }
    }
}
