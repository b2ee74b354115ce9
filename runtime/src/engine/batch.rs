//! How many of the queued items make the next request.

/// The caps of every request that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    /// Items a request.
    pub(crate) max: usize,
    /// Items that no request goes below, but the last ones of a run and what is sent again.
    pub(crate) min: usize,
    /// Bytes of a body.
    pub(crate) max_bytes: usize,
    /// Bytes of a body beside its items.
    pub(crate) frame_bytes: usize,
    /// Bytes between two items.
    pub(crate) separator_bytes: usize,
}

impl Caps {
    /// The size of a body with one item of `bytes` alone.
    pub(crate) fn alone(&self, bytes: usize) -> usize {
        self.frame_bytes + bytes
    }

    /// How many of the queued items, whose sizes are `sizes`, make the next request; 0: wait for more.
    ///
    /// A request is full when it has `max` items, or the next item would break `max_bytes`. One that is not full leaves only
    /// when no more items come for now (`flush`), or at all (`ended`).
    pub(crate) fn cut(&self, sizes: impl ExactSizeIterator<Item = usize>, flush: bool, ended: bool) -> usize {
        let queued = sizes.len();
        let mut bytes = self.frame_bytes;
        let mut count = 0;
        let mut full = false;
        for size in sizes {
            let separator = if count > 0 { self.separator_bytes } else { 0 };
            if count == self.max || bytes + separator + size > self.max_bytes {
                full = true;
                break;
            }
            bytes += separator + size;
            count += 1;
        }
        if !(full || count == self.max || flush || ended) {
            return 0;
        }
        // The last request would have too few: leave it some of this one's.
        if ended && count < queued && queued >= 2 * self.min {
            return count.min(queued - self.min);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(max: usize, min: usize, max_bytes: usize, sizes: &[usize], flush: bool, ended: bool) -> usize {
        Caps { max, min, max_bytes, frame_bytes: 2, separator_bytes: 1 }.cut(sizes.iter().copied(), flush, ended)
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
        // What comes later makes up for a remainder.
        assert_eq!(cut(3, 2, 100, &[1, 1, 1, 1], true, false), 3);
        assert_eq!(cut(3, 2, 100, &[1, 1], true, false), 2);
    }
}
