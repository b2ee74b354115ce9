//! The items that are ready to be sent, in order, with their sizes.

use std::collections::VecDeque;

use super::ids::ItemId;

#[derive(Debug)]
struct Queued {
    id: ItemId,
    bytes: usize,
    sent_before: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    items: VecDeque<Queued>,
    /// The sum of the items' sizes.
    bytes: usize,
    /// The number of items that were sent before.
    sent_before: usize,
}

impl Queue {
    /// Adds an item of `bytes` encoded bytes.
    pub(crate) fn push(&mut self, id: ItemId, bytes: usize, sent_before: bool) {
        self.items.push_back(Queued { id, bytes, sent_before });
        self.bytes += bytes;
        self.sent_before += usize::from(sent_before);
    }

    /// Removes and returns the first `count` items.
    pub(crate) fn take(&mut self, count: usize) -> Vec<ItemId> {
        let Queue { items, bytes, sent_before } = self;
        let leave = |item: Queued| {
            *bytes -= item.bytes;
            *sent_before -= usize::from(item.sent_before);
            item.id
        };
        items.drain(..count).map(leave).collect()
    }

    /// Returns whether any of the items was sent before.
    pub(crate) fn has_sent_before(&self) -> bool {
        self.sent_before > 0
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
