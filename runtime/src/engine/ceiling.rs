//! The size of a request that the server accepts, learned from refusals for size.

/// The most bytes of a request at present: halved after a refusal for size; after [`GOOD`] accepted requests it grows half of the way to the
/// smallest size that was refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ceiling {
    declared: usize,
    present: usize,
    /// The smallest size that was refused.
    refused: usize,
    good: u32,
}

/// The number of 2xx responses in a row after which larger requests are tried again.
const GOOD: u32 = 10;

impl Ceiling {
    pub(crate) fn new(declared: usize) -> Self {
        Ceiling { declared, present: declared, refused: usize::MAX, good: 0 }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.present
    }

    /// A request of `bytes` with several items was too large. Returns the most bytes that its parts may have.
    pub(crate) fn handle_too_large(&mut self, bytes: usize) -> usize {
        self.refused = self.refused.min(bytes);
        self.present = self.present.min((bytes / 2).max(1));
        self.good = 0;
        self.present
    }

    /// A request got a 2xx.
    pub(crate) fn handle_passed(&mut self) {
        if self.present == self.declared {
            return;
        }
        self.good += 1;
        if self.good < GOOD {
            return;
        }
        self.good = 0;
        let step = self.refused.saturating_sub(self.present) / 2;
        // The last steps would cost a refusal each, and gain little.
        if step > self.refused / 16 {
            self.present += step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_halves_and_grows_towards_what_was_refused() {
        let mut ceiling = Ceiling::new(1_000);
        assert_eq!((ceiling.handle_too_large(800), ceiling.bytes()), (400, 400));
        assert_eq!((ceiling.handle_too_large(400), ceiling.bytes()), (200, 200));
        assert_eq!((ceiling.handle_too_large(800), ceiling.bytes()), (200, 200), "one that left before");
        for want in [300, 350, 350, 350] {
            for _ in 0..GOOD {
                ceiling.handle_passed();
            }
            assert_eq!(ceiling.bytes(), want);
        }
        assert_eq!(ceiling.handle_too_large(1), 1);
    }
}
