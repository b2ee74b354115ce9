//! A set of numbers, one bit for each.

use std::sync::atomic::{AtomicU64, Ordering};

/// A set of the numbers below a limit.
#[derive(Debug)]
pub(crate) struct Bits(Vec<AtomicU64>);

impl Bits {
    pub(crate) fn new(limit: usize) -> Self {
        Bits((0..limit.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    /// Adds a number. `None`, and a number beyond the limit, are ignored.
    pub(crate) fn set(&self, number: Option<usize>) {
        if let Some(number) = number
            && let Some(word) = self.0.get(number / 64)
        {
            word.fetch_or(1 << (number % 64), Ordering::Relaxed);
        }
    }

    pub(crate) fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word.load(Ordering::Relaxed) >> (number % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_there_and_nothing_else() {
        let bits = Bits::new(130);
        for number in [Some(0), Some(63), Some(64), Some(129), Some(5_000), None] {
            bits.set(number);
        }
        let there: Vec<usize> = (0..6_000).filter(|number| bits.has(*number)).collect();
        assert_eq!(there, [0, 63, 64, 129]);
    }
}
