//! The items that may be sent, in order, with their bytes.

use std::collections::VecDeque;

use super::ids::ItemId;

#[derive(Debug)]
struct Queued {
    id: ItemId,
    bytes: usize,
    again: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    items: VecDeque<Queued>,
    /// Of all of them.
    bytes: usize,
    /// How many of them were sent before.
    again: usize,
}

impl Queue {
    /// An item of so many bytes; `retry`: it was sent before.
    pub(crate) fn push(&mut self, id: ItemId, bytes: usize, again: bool) {
        self.items.push_back(Queued { id, bytes, again });
        self.bytes += bytes;
        self.again += usize::from(again);
    }

    /// The first `count` leave.
    pub(crate) fn take(&mut self, count: usize) -> Vec<ItemId> {
        let Queue { items, bytes, again } = self;
        let leave = |item: Queued| {
            *bytes -= item.bytes;
            *again -= usize::from(item.again);
            item.id
        };
        items.drain(..count).map(leave).collect()
    }

    /// Whether any of them was sent before.
    pub(crate) fn has_sent_before(&self) -> bool {
        self.again > 0
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        self.items.iter().map(|item| item.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_items_that_are_left() {
        let mut queue = Queue::default();
        for (id, bytes) in (0..).zip([5, 7, 11]) {
            queue.push(ItemId(id), bytes, id == 1);
        }
        assert_eq!((queue.len(), queue.bytes(), queue.has_sent_before()), (3, 23, true));
        assert_eq!(queue.take(2), [ItemId(0), ItemId(1)]);
        assert_eq!((queue.len(), queue.bytes(), queue.has_sent_before()), (1, 11, false));
        queue.push(ItemId(3), 2, true);
        assert_eq!(queue.sizes().collect::<Vec<_>>(), [11, 2]);
        assert_eq!(queue.take(2), [ItemId(2), ItemId(3)]);
        assert_eq!((queue.len(), queue.bytes(), queue.has_sent_before()), (0, 0, false));
    }
}
