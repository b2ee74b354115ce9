//! How many bytes of items fit into a compressed request, learned from the requests so far.

/// The most bytes of a body before compression, so that it probably fits after it.
///
/// It is a guess, which saves compressing bodies in vain: each body is measured when it is made, and halved if it does not fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packing {
    /// The most bytes of a compressed body, if that is limited.
    cap: Option<usize>,
    present: usize,
}

impl Packing {
    /// Text that is compressed hardly ever grows, so the first request is as large as the cap.
    pub(crate) fn new(cap: Option<usize>) -> Self {
        Packing { cap, present: cap.unwrap_or(usize::MAX) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.present
    }

    /// A body of `size` bytes has `packed` bytes after compression. Returns the cap if that is more.
    pub(crate) fn measure(&mut self, size: usize, packed: usize) -> Option<usize> {
        let cap = self.cap?;
        let is_over = packed > cap;
        // A body that is far smaller than what would fit, such as the last one, compresses worse, and says little about larger ones.
        if is_over || size.saturating_mul(2) >= self.present {
            // An eighth is left free for items that compress worse than these.
            let expected = size as u128 * cap as u128 / packed.max(1) as u128 * 7 / 8;
            let expected = usize::try_from(expected).unwrap_or(usize::MAX).max(1);
            // Down at once, up half of the way: a body that does not fit costs its compression.
            let up = || self.present + (expected - self.present) / 2;
            self.present = if expected < self.present { expected } else { up() };
        }
        is_over.then_some(cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_follows_what_was_measured() {
        let mut packing = Packing::new(Some(1_000));
        assert_eq!(packing.bytes(), 1_000);
        // Ten to one: 8750 bytes are expected to fit.
        assert_eq!((packing.measure(1_000, 100), packing.bytes()), (None, 4_875));
        assert_eq!((packing.measure(4_800, 480), packing.bytes()), (None, 6_812));
        assert_eq!((packing.measure(10, 30), packing.bytes()), (None, 6_812), "the last one");
        assert_eq!((packing.measure(6_800, 1_001), packing.bytes()), (Some(1_000), 5_943));
        assert_eq!((packing.measure(2_900, 1_700), packing.bytes()), (Some(1_000), 1_491));
        assert_eq!((packing.measure(1_400, 1_000), packing.bytes()), (None, 1_225), "it fits, and another may not");
        for _ in 0..20 {
            assert_eq!(packing.measure(packing.bytes(), packing.bytes() / 4), None);
        }
        assert!((3_400..=3_500).contains(&packing.bytes()), "{packing:?}");
        assert_eq!((packing.measure(usize::MAX, 0), packing.measure(0, 0)), (None, None));
        let mut unlimited = Packing::new(None);
        assert_eq!((unlimited.measure(9, 9), unlimited.bytes()), (None, usize::MAX));
    }
}
