//! The early end of a run: nothing more is sent, and every item is settled.

use std::cmp::Reverse;

use super::super::ids::{BatchId, ItemId};
use super::super::ledger::ItemState;
use super::super::machine::{Machine, Waiting};
use super::super::settlement::Settlement;
use super::super::stop::StopReason;

impl<C: Clone> Machine<C> {
    /// Stops the run: nothing more is sent. Requests in flight are waited for.
    pub(crate) fn stop(&mut self, why: StopReason<C>) {
        if self.stopped.is_none() {
            // Set first: an item behind a settled one is then settled too, and not queued.
            let why = self.stopped.insert(why).clone();
            self.drop_queued(&why);
        }
    }

    /// Settles every item that is not in flight by its evidence.
    pub(super) fn drop_queued(&mut self, why: &StopReason<C>) {
        let mut items = self.queue.take(self.queue.len());
        items.append(&mut self.held);
        self.put_off = 0;
        let parked = self.parked.drain(..).map(|(id, _)| id);
        let mut batches: Vec<BatchId> = self.replays.drain(..).chain(parked).collect();
        for Reverse((_, _, waiting)) in std::mem::take(&mut self.waiting) {
            match waiting {
                Waiting::Batch(id) => batches.push(id),
                Waiting::Item(id) => items.push(id),
            }
        }
        for id in batches {
            items.extend(self.batches.remove(id.0).into_iter().flat_map(|batch| batch.items));
        }
        // Roughly in the order of the input: ids are reused, so they give no exact order.
        items.sort_unstable();
        for id in items {
            let settlement = self.settlement_by_evidence(id, why);
            self.settle(id, settlement);
        }
    }

    /// `verify` is not asked any more.
    pub(crate) fn end_verifying(&mut self) {
        self.limits.verifies = false;
    }

    /// Abandons the requests in flight: they are dropped, their items end as unknown, and `verify` is not asked.
    pub(crate) fn abandon(&mut self, why: StopReason<C>, cause: &C) {
        self.limits.verifies = false;
        self.stop(why);
        let batches: Vec<u32> = self.batches.ids().collect();
        for id in batches {
            for item in self.batches.remove(id).into_iter().flat_map(|batch| batch.items) {
                // A batch whose response is being read can have items that are settled already, or that wait for a retry.
                if self.items.get(item.0).is_some_and(|item| item.state == ItemState::InFlight) {
                    self.settle(item, Settlement::Unknown(cause.clone()));
                }
            }
        }
        self.in_flight = 0;
    }

    /// Returns the next item that ended without an entry of its own. With [`Limits::verifies`](super::Limits::verifies), an unknown one is
    /// not settled until [`handle_verified`](Self::handle_verified).
    pub(crate) fn poll_settled(&mut self) -> Option<(ItemId, Settlement<C>)> {
        let (id, settlement) = self.settled.pop_front()?;
        if self.items.get(id.0).is_some_and(|item| item.state != ItemState::Verifying) {
            self.items.remove(id.0);
        }
        Some((id, settlement))
    }
}
