//! Outcomes in input order: an outcome waits until those of all earlier items are there.

use std::collections::VecDeque;

use crate::engine::ItemId;

/// The items that were read and whose outcomes were not delivered yet, oldest first.
pub(super) struct InOrder<S> {
    slots: VecDeque<Slot<S>>,
}

enum Slot<S> {
    /// It gets the outcome of this item.
    Unsettled(ItemId),
    Settled(S),
}

impl<S> InOrder<S> {
    pub(super) fn new() -> Self {
        InOrder { slots: VecDeque::new() }
    }

    /// Appends an item without an outcome. It gets the outcome of `id`: its own, or that of the item it duplicates.
    pub(super) fn push(&mut self, id: ItemId) {
        self.slots.push_back(Slot::Unsettled(id));
    }

    /// Settles the item at a position. An item that settles as soon as it is read was never pushed: it is appended.
    pub(super) fn settle(&mut self, position: usize, settled: S) {
        match self.slots.get_mut(position) {
            Some(slot) => *slot = Slot::Settled(settled),
            None => self.slots.push_back(Slot::Settled(settled)),
        }
    }

    /// Removes the oldest item, if it is settled.
    pub(super) fn pop(&mut self) -> Option<S> {
        match self.slots.pop_front()? {
            Slot::Settled(settled) => Some(settled),
            unsettled @ Slot::Unsettled(_) => {
                self.slots.push_front(unsettled);
                None
            }
        }
    }

    /// The item whose outcome the oldest waits for, if it is not settled.
    pub(super) fn next(&self) -> Option<ItemId> {
        match self.slots.front()? {
            Slot::Unsettled(id) => Some(*id),
            Slot::Settled(_) => None,
        }
    }
}
