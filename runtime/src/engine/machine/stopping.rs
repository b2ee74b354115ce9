//! The end of a run before its time: nothing more is sent, and everything is accounted for.

use std::cmp::Reverse;

use super::super::ids::{BatchId, ItemId};
use super::super::ledger::ItemState;
use super::super::machine::{Machine, Waiting};
use super::super::settlement::Settlement;
use super::super::stop::StopReason;

impl<C: Clone> Machine<C> {
    /// Sends nothing more. What is in flight runs to its end.
    pub(crate) fn stop(&mut self, why: StopReason<C>) {
        if self.stopped.is_none() {
            // Set first: what is behind a settled item is then settled too, not queued.
            self.stopped = Some(why.clone());
            self.drop_queued(&why);
        }
    }

    /// Settles all that is not in flight with what is known of it.
    pub(super) fn drop_queued(&mut self, why: &StopReason<C>) {
        let mut items = self.queue.take(self.queue.len());
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
        // In the order of the input, as near as ids tell.
        items.sort_unstable();
        for id in items {
            let settlement = self.settlement_by_evidence(id, why);
            self.settle(id, settlement);
        }
    }

    /// Gives up what is in flight: its requests are dropped, their ends never known, and nobody is asked.
    pub(crate) fn abandon(&mut self, why: StopReason<C>, cause: &C) {
        self.limits.verifies = false;
        self.stop(why);
        let batches: Vec<u32> = self.batches.ids().collect();
        for id in batches {
            for item in self.batches.remove(id).into_iter().flat_map(|batch| batch.items) {
                // Items of the batch that are settled already, or wait, left the flight before.
                if self.items.get(item.0).is_some_and(|item| item.state == ItemState::InFlight) {
                    self.settle(item, Settlement::Unknown(cause.clone()));
                }
            }
        }
        self.in_flight = 0;
    }

    /// The next item that ended otherwise than by a line of its own. One that is unknown is in doubt until
    /// [`handle_verified`](Self::handle_verified), where somebody can be asked.
    pub(crate) fn poll_settled(&mut self) -> Option<(ItemId, Settlement<C>)> {
        let (id, settlement) = self.settled.pop_front()?;
        if self.items.get(id.0).is_some_and(|item| item.state != ItemState::Verifying) {
            self.items.remove(id.0);
        }
        Some((id, settlement))
    }
}
