//! Which items this life has read.

/// A set of items by their number: one bit each.
#[derive(Default)]
pub(crate) struct SeenItems {
    words: Vec<u64>,
    lowest_unseen: u64,
}

impl SeenItems {
    pub(crate) fn contains(&self, item: u64) -> bool {
        self.words.get((item / 64) as usize).is_some_and(|word| word >> (item % 64) & 1 == 1)
    }

    pub(crate) fn insert(&mut self, item: u64) {
        let word = (item / 64) as usize;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (item % 64);
        while self.contains(self.lowest_unseen) {
            self.lowest_unseen += 1;
        }
    }

    pub(crate) fn remove(&mut self, item: u64) {
        if let Some(word) = self.words.get_mut((item / 64) as usize) {
            *word &= !(1 << (item % 64));
            self.lowest_unseen = self.lowest_unseen.min(item);
        }
    }

    /// The lowest number that is not in the set.
    pub(crate) fn lowest_unseen(&self) -> u64 {
        self.lowest_unseen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_unseen_follows() {
        let mut seen = SeenItems::default();
        for (insert, lowest) in [(0, 1), (2, 1), (200, 1), (1, 3), (63, 3)] {
            seen.insert(insert);
            assert_eq!(seen.lowest_unseen(), lowest, "after {insert}");
        }
        seen.remove(1);
        assert_eq!(seen.lowest_unseen(), 1);
        assert!(!seen.contains(1) && seen.contains(2) && !seen.contains(199) && !seen.contains(100_000));
    }
}
