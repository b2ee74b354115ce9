//! The number of queued items that go into the next request.

use super::queue::Queue;

/// The limits of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    /// The most items in a request.
    pub(crate) max: usize,
    /// The fewest items in a request. The last requests of a run and retries may have fewer.
    pub(crate) min: usize,
    /// The most bytes of a body.
    pub(crate) max_bytes: usize,
    /// The most bytes of a compressed body, if that is limited.
    pub(crate) max_compressed: Option<usize>,
    pub(crate) around: Around,
}

/// The bytes of a request beside those of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Around {
    /// Bytes of a body without items: 10 for `{"ids":[]}`.
    pub(crate) frame: usize,
    /// Bytes between two items: 1 for the comma.
    pub(crate) separator: usize,
    /// The number of the first item, if each item has its number before it: `users[0]=`. Its digits count too.
    pub(crate) numbered_from: Option<usize>,
}

impl Around {
    /// The size of a body with `items` items of `bytes` in total.
    pub(crate) fn body(&self, items: usize, bytes: usize) -> usize {
        let numbers = self.numbered_from.map_or(0, |first| digits(first, items));
        self.frame + bytes + self.separator * items.saturating_sub(1) + numbers
    }
}

/// The number of digits of `count` numbers from `first`.
fn digits(first: usize, count: usize) -> usize {
    let end = first.saturating_add(count);
    let powers = std::iter::successors(Some(10_usize), |power| power.checked_mul(10));
    // Each number has one digit. From 10 on it has a second one, from 100 on a third.
    let more: usize = powers.take_while(|power| *power < end).map(|power| end - power.max(first)).sum();
    count + more
}

impl Caps {
    /// The number of queued items from which on a full request can leave: what remains is then no less than `min`.
    pub(crate) fn wanted(&self) -> usize {
        if self.min > 1 { self.max.saturating_add(self.min) } else { self.max }
    }

    /// The size of a body with a single item of `bytes`.
    pub(crate) fn alone(&self, bytes: usize) -> usize {
        self.body(1, bytes)
    }

    /// The size of a body with `items` items of `bytes` in total.
    pub(crate) fn body(&self, items: usize, bytes: usize) -> usize {
        self.around.body(items, bytes)
    }

    /// Returns the number of queued items that go into the next request; 0 means: wait for more. `only_retries`: no item that was never
    /// sent goes into it.
    ///
    /// A request is full when it has `max` items, or when the next item would exceed `max_bytes`. A request that is not full, or after
    /// which fewer than `min` items could remain, leaves only when no more items come for now (`flush`) or at all (`ended`). Waiting for
    /// more costs the same for any number of items.
    pub(crate) fn cut(&self, queue: &Queue, only_retries: bool, flush: bool, ended: bool) -> usize {
        let (len, bytes) =
            if only_retries { (queue.retries(), queue.retried_bytes()) } else { (queue.len(), queue.bytes()) };
        let takes_all = len <= self.max && self.body(len, bytes) <= self.max_bytes;
        if takes_all {
            let leaves = len == self.wanted() || flush || ended;
            return if leaves { len } else { 0 };
        }
        let mut bytes = 0;
        let fits = |(items, size): &(usize, usize)| {
            bytes += size;
            self.body(*items, bytes) <= self.max_bytes
        };
        // An item that alone exceeds a size that was learned is sent alone: the server decides.
        let count = (1..=self.max).zip(queue.sizes().take(len)).take_while(fits).count().max(len.min(1));
        let left = len - count;
        if left >= self.min || flush && !ended {
            return count;
        }
        match ended {
            // The last request would have fewer than `min`: leave it some of this one's items. Example: 4 items, max 3, min 2 → 2 + 2.
            true if len >= 2 * self.min => len - self.min,
            true => count,
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::ids::ItemId;
    use super::*;

    fn cut(max: usize, min: usize, max_bytes: usize, sizes: &[usize], flush: bool, ended: bool) -> usize {
        let mut queue = Queue::default();
        for (id, size) in (0..).zip(sizes) {
            queue.push(ItemId(id), *size, Duration::ZERO);
        }
        let around = Around { frame: 2, separator: 1, numbered_from: None };
        Caps { max, min, max_bytes, max_compressed: None, around }.cut(&queue, false, flush, ended)
    }

    #[test]
    fn the_digits_of_numbers_count() {
        for first in [0, 1, 9, 10, 98] {
            for count in 0..1_200 {
                let written: String = (first..first + count).map(|number| number.to_string()).collect();
                assert_eq!(digits(first, count), written.len(), "{count} from {first}");
            }
        }
        let around = Around { frame: 6, separator: 3, numbered_from: Some(1) };
        // `n.9=x&n.10=x` with a frame of `n.=`.
        assert_eq!(around.body(10, 10), 6 + 10 + 9 * 3 + 11);
    }

    #[test]
    fn cuts() {
        for (max, min, bytes, sizes, ended, want) in [
            (3, 1, 100, &[1, 1][..], false, 0),
            (3, 1, 100, &[1, 1], true, 2),
            (3, 1, 100, &[1, 1, 1], false, 3),
            (3, 1, 100, &[1, 1, 1, 1], true, 3),
            (3, 1, 100, &[], true, 0),
            // 2 + 4 + 1 + 4 = 11 bytes.
            (9, 1, 11, &[4, 4, 4], false, 2),
            (9, 1, 10, &[4, 4, 4], false, 1),
            (9, 1, 10, &[4, 9, 1], false, 1),
            (9, 1, 15, &[4, 4, 4], false, 2),
            (9, 1, 16, &[4, 4, 4, 4], false, 3),
            (9, 1, 11, &[4, 4], false, 0),
            (9, 1, 11, &[4, 4], true, 2),
            // Four left, three a request, two at least: 2 + 2.
            (3, 2, 100, &[1, 1, 1, 1], true, 2),
            (3, 2, 100, &[1], true, 1),
            // Five items cannot make two requests of at least three.
            (4, 3, 100, &[1, 1, 1, 1, 1], true, 4),
            (4, 3, 100, &[1, 1, 1, 1, 1, 1], true, 3),
        ] {
            assert_eq!(cut(max, min, bytes, sizes, ended, ended), want, "{max} {min} {bytes} {sizes:?} {ended}");
        }
        // With a `min`, a full request waits until enough items remain after it.
        assert_eq!([3, 4, 5, 6].map(|count| cut(3, 2, 100, &[1; 6][..count], false, false)), [0, 0, 3, 3]);
        assert_eq!([2, 3, 4].map(|count| cut(3, 1, 100, &[1; 6][..count], false, false)), [0, 3, 3]);
        // Items that come later fill up the remainder.
        assert_eq!(cut(3, 2, 100, &[1, 1, 1, 1], true, false), 3);
        assert_eq!(cut(3, 2, 100, &[1, 1], true, false), 2);
    }
}
