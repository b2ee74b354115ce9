//! The items that are ready to be sent, in order, with their sizes.

use std::collections::VecDeque;

use super::Time;
use super::ids::ItemId;

#[derive(Debug)]
struct Queued {
    id: ItemId,
    bytes: usize,
    /// When it was added.
    since: Time,
    /// Its place in the order of the input, if it is retried.
    retried: Option<usize>,
}

/// Retries first, the oldest first; then the items that were never sent, in the order of the input.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    items: VecDeque<Queued>,
    /// The sum of the items' sizes.
    bytes: usize,
    retries: usize,
    /// The sum of the retries' sizes.
    retried_bytes: usize,
}

impl Queue {
    /// Adds an item of `bytes` encoded bytes that was never sent.
    pub(crate) fn push(&mut self, id: ItemId, bytes: usize, now: Time) {
        self.items.push_back(Queued { id, bytes, since: now, retried: None });
        self.bytes += bytes;
    }

    /// Adds a retry of the item that is at `order` in the input, before all items that were never sent and all younger retries.
    pub(crate) fn push_retry(&mut self, id: ItemId, bytes: usize, order: usize) {
        let at = self.items.partition_point(|item| item.retried.is_some_and(|other| other <= order));
        self.items.insert(at, Queued { id, bytes, since: Time::ZERO, retried: Some(order) });
        self.bytes += bytes;
        self.retries += 1;
        self.retried_bytes += bytes;
    }

    /// Removes and returns the first `count` items.
    pub(crate) fn take(&mut self, count: usize) -> Vec<ItemId> {
        let Queue { items, bytes, retries, retried_bytes } = self;
        let leave = |item: Queued| {
            *bytes -= item.bytes;
            if item.retried.is_some() {
                *retries -= 1;
                *retried_bytes -= item.bytes;
            }
            item.id
        };
        items.drain(..count).map(leave).collect()
    }

    /// Returns until when the first item waits for others. A retry has waited before, and waits no longer.
    pub(crate) fn lingers_until(&self, linger: Time) -> Option<Time> {
        let first = self.items.front()?;
        Some(if first.retried.is_some() { Time::ZERO } else { first.since.saturating_add(linger) })
    }

    /// The number of retries.
    pub(crate) fn retries(&self) -> usize {
        self.retries
    }

    /// The sum of the retries' sizes.
    pub(crate) fn retried_bytes(&self) -> usize {
        self.retried_bytes
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
        queue.push(ItemId(0), 5, Time::ZERO);
        queue.push_retry(ItemId(1), 7, 1);
        queue.push(ItemId(2), 11, Time::ZERO);
        let sums = |queue: &Queue| (queue.len(), queue.bytes(), queue.retries(), queue.retried_bytes());
        assert_eq!(sums(&queue), (3, 23, 1, 7));
        assert_eq!(queue.take(2), [ItemId(1), ItemId(0)]);
        assert_eq!(sums(&queue), (1, 11, 0, 0));
        queue.push_retry(ItemId(3), 2, 3);
        assert_eq!(queue.sizes().collect::<Vec<_>>(), [2, 11]);
        assert_eq!(queue.take(2), [ItemId(3), ItemId(2)]);
        assert_eq!(sums(&queue), (0, 0, 0, 0));
    }

    #[test]
    fn retries_leave_first_and_the_oldest_of_them_before_the_others() {
        let mut queue = Queue::default();
        queue.push(ItemId(9), 1, Time::ZERO);
        for (id, order) in [(5, 5), (2, 2), (7, 7), (3, 3)] {
            queue.push_retry(ItemId(id), 1, order);
        }
        assert_eq!(queue.take(5), [2, 3, 5, 7, 9].map(ItemId));
    }
    #[test]
    fn the_first_item_lingers_from_when_it_was_added_and_a_retry_does_not() {
        let [early, late, linger] = [1, 2, 10].map(Time::from_secs);
        let mut queue = Queue::default();
        assert_eq!(queue.lingers_until(linger), None);
        queue.push(ItemId(0), 1, early);
        queue.push(ItemId(1), 1, late);
        assert_eq!(queue.lingers_until(linger), Some(early + linger));
        queue.push_retry(ItemId(2), 1, 2);
        assert_eq!(queue.lingers_until(linger), Some(Time::ZERO));
        queue.take(2);
        assert_eq!(queue.lingers_until(linger), Some(late + linger));
    }
}
