//! How many of the queued items make the next request.

use super::queue::Queue;

/// The caps of every request that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    /// Items a request.
    pub(crate) max: usize,
    /// Items that no request goes below, but the last ones of a run and what is retried.
    pub(crate) min: usize,
    /// Bytes of a body.
    pub(crate) max_bytes: usize,
    /// Bytes of a body beside its items.
    pub(crate) frame_bytes: usize,
    /// Bytes between two items.
    pub(crate) separator_bytes: usize,
}

impl Caps {
    /// How many items must be queued before it is known that none are left over that are fewer than `min`.
    pub(crate) fn wanted(&self) -> usize {
        if self.min > 1 { self.max.saturating_add(self.min) } else { self.max }
    }

    /// The size of a body with one item of `bytes` alone.
    pub(crate) fn alone(&self, bytes: usize) -> usize {
        self.body(1, bytes)
    }

    /// The size of a body with so many items, of so many bytes together.
    fn body(&self, items: usize, bytes: usize) -> usize {
        self.frame_bytes + bytes + self.separator_bytes * items.saturating_sub(1)
    }

    /// How many of the queued items make the next request; 0: wait for more.
    ///
    /// A request is full when it has `max` items, or the next item would break `max_bytes`. One that is not full, or that might leave
    /// fewer than `min` over, leaves only when no more items come for now (`flush`), or at all (`ended`). Where it waits for more, that
    /// costs the same however many there are.
    pub(crate) fn cut(&self, queue: &Queue, flush: bool, ended: bool) -> usize {
        let takes_all = queue.len() <= self.max && self.body(queue.len(), queue.bytes()) <= self.max_bytes;
        if takes_all {
            let leaves = queue.len() == self.wanted() || flush || ended;
            return if leaves { queue.len() } else { 0 };
        }
        let mut bytes = 0;
        let fits = |(items, size): &(usize, usize)| {
            bytes += size;
            self.body(*items, bytes) <= self.max_bytes
        };
        let count = (1..=self.max).zip(queue.sizes()).take_while(fits).count();
        let left = queue.len() - count;
        if left >= self.min || flush && !ended {
            return count;
        }
        match ended {
            // The last request would have too few: leave it some of this one's.
            true if queue.len() >= 2 * self.min => queue.len() - self.min,
            true => count,
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ids::ItemId;
    use super::*;

    fn cut(max: usize, min: usize, max_bytes: usize, sizes: &[usize], flush: bool, ended: bool) -> usize {
        let mut queue = Queue::default();
        for (id, size) in (0..).zip(sizes) {
            queue.push(ItemId(id), *size, false);
        }
        Caps { max, min, max_bytes, frame_bytes: 2, separator_bytes: 1 }.cut(&queue, flush, ended)
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
            // Five make no two requests of three at least.
            (4, 3, 100, &[1, 1, 1, 1, 1], true, 4),
            (4, 3, 100, &[1, 1, 1, 1, 1, 1], true, 3),
        ] {
            assert_eq!(cut(max, min, bytes, sizes, ended, ended), want, "{max} {min} {bytes} {sizes:?} {ended}");
        }
        // Until it is known that enough is left over, a full one waits where there is a least.
        assert_eq!([3, 4, 5, 6].map(|count| cut(3, 2, 100, &[1; 6][..count], false, false)), [0, 0, 3, 3]);
        assert_eq!([2, 3, 4].map(|count| cut(3, 1, 100, &[1; 6][..count], false, false)), [0, 3, 3]);
        // What comes later makes up for a remainder.
        assert_eq!(cut(3, 2, 100, &[1, 1, 1, 1], true, false), 3);
        assert_eq!(cut(3, 2, 100, &[1, 1], true, false), 2);
    }
}
