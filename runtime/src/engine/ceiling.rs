//! The number of items that the server accepts in one request, learned from refusals for size.

/// The most items of a request at present: halved after a refusal for size, doubled after [`GOOD`] accepted requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ceiling {
    declared: usize,
    present: usize,
    good: u32,
}

/// The number of 2xx responses in a row after which larger requests are tried again.
const GOOD: u32 = 10;

impl Ceiling {
    pub(crate) fn new(declared: usize) -> Self {
        Ceiling { declared, present: declared, good: 0 }
    }

    pub(crate) fn items(&self) -> usize {
        self.present
    }

    /// A request with `items` items was too large. Returns the most items that its parts may have.
    pub(crate) fn handle_too_large(&mut self, items: usize) -> usize {
        let half = items.div_ceil(2).max(1);
        self.present = self.present.min(half);
        self.good = 0;
        self.present
    }

    /// A request got a 2xx.
    pub(crate) fn handle_passed(&mut self) {
        if self.present == self.declared {
            return;
        }
        self.good += 1;
        if self.good >= GOOD {
            self.present = self.present.saturating_mul(2).min(self.declared);
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_halves_and_grows_back() {
        let mut ceiling = Ceiling::new(15);
        assert_eq!((ceiling.handle_too_large(15), ceiling.items()), (8, 8));
        assert_eq!((ceiling.handle_too_large(8), ceiling.items()), (4, 4));
        assert_eq!((ceiling.handle_too_large(15), ceiling.items()), (4, 4), "one that left before");
        assert_eq!((ceiling.handle_too_large(2), ceiling.items()), (1, 1));
        for want in [2, 4, 8, 15, 15] {
            for _ in 0..GOOD {
                ceiling.handle_passed();
            }
            assert_eq!(ceiling.items(), want);
        }
    }
}
