//! Duplicate ids: each id is passed on once, and memory does not grow with the input.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// The number of distinct ids after which an id may be forgotten.
pub(crate) const REMEMBERED: usize = 50_000;

/// Remembers the last distinct ids, at least [`REMEMBERED`] of them.
///
/// It keeps their hashes, of 128 bits: two different ids among 10 million have the same one with a probability below 10⁻²⁴.
#[derive(Debug, Default)]
pub(crate) struct Distinct {
    recent: HashSet<u128>,
    older: HashSet<u128>,
    seeds: [RandomState; 2],
}

impl Distinct {
    /// Remembers an id. Returns whether it is new.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        let [high, low] = self.seeds.each_ref().map(|seed| u128::from(seed.hash_one(id)));
        let id = high << 64 | low;
        if self.recent.contains(&id) || self.older.contains(&id) {
            return false;
        }
        if self.recent.len() == REMEMBERED {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_the_last_ones_are_remembered() {
        let mut distinct = Distinct::default();
        assert!(distinct.insert("a") && !distinct.insert("a"));
        assert!((1..REMEMBERED).all(|id| distinct.insert(&id.to_string())));
        assert!(!distinct.insert("a"), "within the last {REMEMBERED}");
        assert!((0..2 * REMEMBERED).all(|id| distinct.insert(&format!("b{id}"))));
        assert!(distinct.insert("a"), "forgotten");
        assert!(distinct.recent.len() + distinct.older.len() <= 2 * REMEMBERED);
    }
}
