//! Items that stand in the input more than once: who had a key before.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::engine::ItemId;
use crate::item::BulkItem;
use crate::text::key_text;

/// How many settled keys a streamed run looks back over.
pub(crate) const WINDOW: usize = 65_536;

/// What the outcomes that are kept with them may weigh together, in bytes: 128 for each of a full window. What is decoded can be some
/// times as large as the JSON that it was read from, and a run has 32 MiB.
pub(crate) const WEIGHT: usize = 8 << 20;

/// A key's own `Hash`, under a seed of this run alone.
pub(crate) type KeyHash = u64;

/// A hash of an item's bytes, under another seed.
pub(crate) type BytesHash = u64;

/// The latest item with each key. Of those on their way and those in a report only places are kept: the items themselves tell whether
/// they are the same. A streamed run has given its items away, so there hashes tell, of key and bytes.
pub(crate) struct Duplicates<O> {
    on_the_way: HashTable<(KeyHash, ItemId)>,
    /// The indices of those in the report.
    listed: HashTable<u32>,
    /// Of those given away. Two items that are not the same share both hashes with a chance below 10⁻¹⁴ in a window.
    given: HashTable<Released<O>>,
    order: VecDeque<KeyHash>,
    window: usize,
    /// What the outcomes of those given away may weigh, and what they do.
    most: usize,
    weight: usize,
    seeds: [RandomState; 2],
}

/// An item that is given away.
struct Released<O> {
    key: KeyHash,
    bytes: BytesHash,
    weight: usize,
    outcome: O,
}

/// What an item is to those before it. `O` is an outcome.
pub(crate) enum Occurrence<O> {
    /// The first with its key.
    New,
    /// The same, key and bytes, as one that is on its way.
    Of(ItemId),
    /// The same as one that is settled; `first`: where the report has that one.
    OfSettled { first: Option<usize>, outcome: O },
    /// The same key, other bytes, as one that is on its way. (Or another key with the same hash: it waits, and nothing worse.)
    Behind(ItemId),
}

impl<O> Duplicates<O> {
    /// Looks back over `window` keys of those given away, or over fewer, whose outcomes weigh `most` bytes.
    pub(crate) fn new(window: usize, most: usize) -> Self {
        Duplicates {
            on_the_way: HashTable::new(),
            listed: HashTable::new(),
            given: HashTable::new(),
            order: VecDeque::new(),
            window,
            most,
            weight: 0,
            seeds: [RandomState::new(), RandomState::new()],
        }
    }

    pub(crate) fn key_hash<T: BulkItem>(&self, item: &T) -> KeyHash {
        self.seeds[0].hash_one(item.key().as_ref())
    }

    pub(crate) fn bytes_hash<T: BulkItem>(&self, item: &T, encoded: &[u8]) -> BytesHash {
        if T::OWN_KEY {
            return self.seeds[1].hash_one(encoded);
        }
        // The key need not be in the encoding.
        self.seeds[1].hash_one((encoded, key_text(item.key().as_ref())))
    }

    /// An item sets out.
    pub(crate) fn set_out(&mut self, key: KeyHash, id: ItemId) {
        match self.on_the_way.entry(key, |(other, _)| *other == key, |(other, _)| *other) {
            Entry::Occupied(mut entry) => entry.get_mut().1 = id,
            Entry::Vacant(entry) => drop(entry.insert((key, id))),
        }
    }

    /// The latest item with this key that is on its way.
    pub(crate) fn on_the_way(&self, key: KeyHash) -> Option<ItemId> {
        self.on_the_way.find(key, |(other, _)| *other == key).map(|(_, id)| *id)
    }

    /// An item is settled. Whether it was the latest with its key, and so the one that is looked back at.
    pub(crate) fn arrive(&mut self, key: KeyHash, id: ItemId) -> bool {
        self.on_the_way.find_entry(key, |entry| *entry == (key, id)).map(|latest| latest.remove()).is_ok()
    }

    /// Keeps where the report has a settled item; `key_at` gives the key of what is there. Beyond 2³² items it keeps none.
    pub(crate) fn list<K: Eq + Hash>(&mut self, key: KeyHash, index: usize, key_at: impl Fn(usize) -> Option<K>) {
        let Ok(place) = u32::try_from(index) else { return };
        let own = key_at(index);
        let hash_at = |place: &u32| key_at(*place as usize).map_or(0, |key| self.seeds[0].hash_one(key));
        match self.listed.entry(key, |other| key_at(*other as usize) == own, hash_at) {
            Entry::Occupied(mut entry) => *entry.get_mut() = place,
            Entry::Vacant(entry) => drop(entry.insert(place)),
        }
    }

    /// Where the report has the latest item with a key that is settled.
    pub(crate) fn listed(&self, key: KeyHash, is_at: impl Fn(usize) -> bool) -> Option<usize> {
        self.listed.find(key, |place| is_at(*place as usize)).map(|place| *place as usize)
    }

    /// Keeps the outcome of an item that is given away, which holds about so many bytes elsewhere, and forgets the oldest beyond the
    /// window.
    pub(crate) fn give(&mut self, key: KeyHash, bytes: BytesHash, outcome: O, holds: usize) {
        // What is too much alone is too much, however much it is.
        let weight = holds.max(size_of::<O>()).min(self.most.saturating_add(1));
        let given = Released { key, bytes, weight, outcome };
        self.weight += weight;
        match self.given.entry(key, |other| other.key == key, |other| other.key) {
            Entry::Occupied(mut entry) => self.weight -= std::mem::replace(entry.get_mut(), given).weight,
            Entry::Vacant(entry) => {
                entry.insert(given);
                self.order.push_back(key);
            }
        }
        while (self.order.len() > self.window || self.weight > self.most)
            && let Some(oldest) = self.order.pop_front()
        {
            if let Ok(oldest) = self.given.find_entry(oldest, |other| other.key == oldest) {
                self.weight -= oldest.remove().0.weight;
            }
        }
    }

    /// The outcome of the same item, given away before.
    pub(crate) fn given(&self, key: KeyHash, bytes: impl FnOnce() -> BytesHash) -> Option<&O> {
        let own = self.given.find(key, |other| other.key == key)?;
        (own.bytes == bytes()).then_some(&own.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_on_its_way_is_looked_back_at() {
        let mut repeats: Duplicates<()> = Duplicates::new(2, WEIGHT);
        let key = repeats.key_hash(&"a".to_owned());
        assert_eq!(repeats.on_the_way(key), None);
        repeats.set_out(key, ItemId(0));
        repeats.set_out(key, ItemId(1));
        assert_eq!(repeats.on_the_way(key), Some(ItemId(1)));
        assert!(!repeats.arrive(key, ItemId(0)), "it is no longer the latest");
        assert!(repeats.arrive(key, ItemId(1)));
        assert_eq!(repeats.on_the_way(key), None);
    }

    #[test]
    fn what_is_given_away_is_forgotten_beyond_the_window() {
        let mut repeats: Duplicates<&str> = Duplicates::new(2, WEIGHT);
        repeats.give(1, 0, "first", 0);
        assert_eq!(repeats.given(1, || 0), Some(&"first"));
        assert_eq!(repeats.given(1, || 9), None, "other bytes");
        repeats.give(1, 9, "second", 0);
        assert_eq!(repeats.given(1, || 9), Some(&"second"));
        repeats.give(2, 0, "third", 0);
        repeats.give(3, 0, "fourth", 0);
        assert_eq!(repeats.given(1, || 9), None, "it was the oldest");
        assert_eq!(repeats.given(2, || 0), Some(&"third"));
    }

    #[test]
    fn the_more_outcomes_hold_the_fewer_are_kept() {
        let mut repeats: Duplicates<()> = Duplicates::new(WINDOW, 100);
        let known =
            |repeats: &Duplicates<()>| (0..9).filter(|key| repeats.given(*key, || 0).is_some()).collect::<Vec<_>>();
        for (key, holds, expected) in [
            (0, 60, vec![0]),
            (1, 40, vec![0, 1]),
            (2, 1, vec![1, 2]),
            // Another outcome of the same key stands for the one before it.
            (2, 60, vec![1, 2]),
            (2, 10, vec![1, 2]),
            (3, 50, vec![1, 2, 3]),
            // What is too much by itself is not kept, nor anything before it.
            (4, 101, vec![]),
            (5, 100, vec![5]),
            (6, usize::MAX, vec![]),
            (7, 0, vec![7]),
        ] {
            repeats.give(key, 0, (), holds);
            assert_eq!(known(&repeats), expected, "{key} {holds}");
            assert_eq!((repeats.given.len(), repeats.order.len()), (expected.len(), expected.len()));
        }
    }

    #[test]
    fn what_holds_little_is_kept_for_all_of_the_window() {
        let mut repeats: Duplicates<[u64; 8]> = Duplicates::new(WINDOW, WEIGHT);
        let window = WINDOW as u64;
        (0..=window).for_each(|key| repeats.give(key, 0, [0; 8], 100));
        assert_eq!(repeats.given(0, || 0), None);
        assert!((1..=window).all(|key| repeats.given(key, || 0).is_some()));
        // An outcome counts as what it takes up itself, where that is more.
        let mut repeats: Duplicates<[u64; 100]> = Duplicates::new(WINDOW, 8_000);
        (0..=10).for_each(|key| repeats.give(key, 0, [0; 100], 1));
        assert_eq!(repeats.given.len(), 10);
    }

    /// An item whose key is not in its encoding.
    #[derive(serde::Serialize)]
    struct Named {
        #[serde(skip)]
        name: String,
    }

    impl BulkItem for Named {
        type Key = String;
        fn key(&self) -> std::borrow::Cow<'_, String> {
            std::borrow::Cow::Borrowed(&self.name)
        }
    }

    #[test]
    fn the_same_has_the_same_bytes_and_the_same_key() {
        let repeats: Duplicates<()> = Duplicates::new(0, 0);
        let [a, b] = ["a", "b"].map(str::to_owned);
        assert_eq!(repeats.bytes_hash(&a, b"1"), repeats.bytes_hash(&a, b"1"));
        assert_ne!(repeats.bytes_hash(&a, b"1"), repeats.bytes_hash(&a, b"2"));
        let [a, b] = [a, b].map(|name| Named { name });
        assert_eq!(repeats.bytes_hash(&a, b"1"), repeats.bytes_hash(&a, b"1"));
        assert_ne!(repeats.bytes_hash(&a, b"1"), repeats.bytes_hash(&a, b"2"));
        assert_ne!(repeats.bytes_hash(&a, b"1"), repeats.bytes_hash(&b, b"1"));
    }

    #[test]
    fn the_report_is_asked_for_the_keys_that_it_has() {
        let report: Vec<String> = (0..1000).map(|n| format!("{}", n % 900)).collect();
        let mut repeats: Duplicates<()> = Duplicates::new(0, 0);
        let find = |repeats: &Duplicates<()>, item: &String| {
            repeats.listed(repeats.key_hash(item), |index| report[index] == *item)
        };
        for (index, item) in report.iter().enumerate() {
            assert_eq!(find(&repeats, item), index.checked_sub(900), "{item}");
            repeats.list(repeats.key_hash(item), index, |index| report.get(index));
        }
        assert_eq!(find(&repeats, &report[950]), Some(950), "the latest");
        assert_eq!(find(&repeats, &report[899]), Some(899));
    }
}
