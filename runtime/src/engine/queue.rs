//! The items that may be sent, in order, with their bytes.

use std::collections::VecDeque;

use super::ItemId;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    items: VecDeque<(ItemId, usize)>,
    /// Of all of them.
    bytes: usize,
}

impl Queue {
    pub(crate) fn push(&mut self, id: ItemId, bytes: usize) {
        self.items.push_back((id, bytes));
        self.bytes += bytes;
    }

    /// The first `count` leave.
    pub(crate) fn take(&mut self, count: usize) -> Vec<ItemId> {
        let Queue { items, bytes } = self;
        let leave = |(id, size)| {
            *bytes -= size;
            id
        };
        items.drain(..count).map(leave).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> + '_ {
        self.items.iter().map(|(_, bytes)| *bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_items_that_are_left() {
        let mut queue = Queue::default();
        for (id, bytes) in (0..).zip([5, 7, 11]) {
            queue.push(ItemId(id), bytes);
        }
        assert_eq!((queue.len(), queue.bytes()), (3, 23));
        assert_eq!(queue.take(2), [ItemId(0), ItemId(1)]);
        assert_eq!((queue.len(), queue.bytes()), (1, 11));
        queue.push(ItemId(3), 2);
        assert_eq!(queue.sizes().collect::<Vec<_>>(), [11, 2]);
        assert_eq!(queue.take(2), [ItemId(2), ItemId(3)]);
        assert_eq!((queue.len(), queue.bytes()), (0, 0));
    }
}
