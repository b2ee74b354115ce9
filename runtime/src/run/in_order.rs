//! Outcomes in the order of the input: those that come early wait for those before them.

use std::collections::VecDeque;

use crate::engine::ItemId;

/// What was read and has not been given, the oldest first.
pub(super) struct InOrder<S> {
    slots: VecDeque<Slot<S>>,
}

enum Slot<S> {
    /// Its outcome will be that of this item.
    Unsettled(ItemId),
    Settled(S),
}

impl<S> InOrder<S> {
    pub(super) fn new() -> Self {
        InOrder { slots: VecDeque::new() }
    }

    /// The newest of all is on its way.
    pub(super) fn push(&mut self, id: ItemId) {
        self.slots.push_back(Slot::Unsettled(id));
    }

    /// The one that so many stand before is settled. It may be the newest, and not have been on its way.
    pub(super) fn settle(&mut self, before: usize, settled: S) {
        match self.slots.get_mut(before) {
            Some(slot) => *slot = Slot::Settled(settled),
            None => self.slots.push_back(Slot::Settled(settled)),
        }
    }

    /// The oldest, if it is settled.
    pub(super) fn pop(&mut self) -> Option<S> {
        match self.slots.pop_front()? {
            Slot::Settled(settled) => Some(settled),
            on_its_way @ Slot::Unsettled(_) => {
                self.slots.push_front(on_its_way);
                None
            }
        }
    }

    /// The item that the oldest waits for, if it is not settled.
    pub(super) fn next(&self) -> Option<ItemId> {
        match self.slots.front()? {
            Slot::Unsettled(id) => Some(*id),
            Slot::Settled(_) => None,
        }
    }
}
