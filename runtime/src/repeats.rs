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

/// A key's own `Hash`, under a seed of this run alone.
pub(crate) type KeyHash = u64;

/// A hash of an item's bytes, under another seed.
pub(crate) type BytesHash = u64;

/// The latest item with each key. Of those on their way and those in a report only places are kept: the items themselves tell whether
/// they are the same. A streamed run has given its items away, so there hashes tell, of key and bytes.
pub(crate) struct Repeats<O> {
    on_the_way: HashTable<(KeyHash, ItemId)>,
    /// The indices of those in the report.
    listed: HashTable<u32>,
    /// Of those given away. Two items that are not the same share both hashes with a chance below 10⁻¹⁴ in a window.
    given: HashTable<(KeyHash, BytesHash, O)>,
    order: VecDeque<KeyHash>,
    window: usize,
    seeds: [RandomState; 2],
}

/// What an item is to those before it. `O` is an outcome.
pub(crate) enum Repeat<O> {
    /// The first with its key.
    New,
    /// The same, key and bytes, as one that is on its way.
    Of(ItemId),
    /// The same as one that is settled; `first`: where the report has that one.
    OfSettled { first: Option<usize>, outcome: O },
    /// The same key, other bytes, as one that is on its way. (Or another key with the same hash: it waits, and nothing worse.)
    Behind(ItemId),
}

impl<O> Repeats<O> {
    /// Looks back over `window` keys of those given away.
    pub(crate) fn new(window: usize) -> Self {
        Repeats {
            on_the_way: HashTable::new(),
            listed: HashTable::new(),
            given: HashTable::new(),
            order: VecDeque::new(),
            window,
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

    /// Keeps the outcome of an item that is given away, and forgets the oldest beyond the window.
    pub(crate) fn give(&mut self, key: KeyHash, bytes: BytesHash, outcome: O) {
        match self.given.entry(key, |(other, ..)| *other == key, |(other, ..)| *other) {
            Entry::Occupied(mut entry) => *entry.get_mut() = (key, bytes, outcome),
            Entry::Vacant(entry) => {
                entry.insert((key, bytes, outcome));
                self.order.push_back(key);
            }
        }
        if self.order.len() > self.window
            && let Some(oldest) = self.order.pop_front()
            && let Ok(oldest) = self.given.find_entry(oldest, |(other, ..)| *other == oldest)
        {
            oldest.remove();
        }
    }

    /// The outcome of the same item, given away before.
    pub(crate) fn given(&self, key: KeyHash, bytes: impl FnOnce() -> BytesHash) -> Option<&O> {
        let (_, own, outcome) = self.given.find(key, |(other, ..)| *other == key)?;
        (*own == bytes()).then_some(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_on_its_way_is_looked_back_at() {
        let mut repeats: Repeats<()> = Repeats::new(2);
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
        let mut repeats: Repeats<&str> = Repeats::new(2);
        repeats.give(1, 0, "first");
        assert_eq!(repeats.given(1, || 0), Some(&"first"));
        assert_eq!(repeats.given(1, || 9), None, "other bytes");
        repeats.give(1, 9, "second");
        assert_eq!(repeats.given(1, || 9), Some(&"second"));
        repeats.give(2, 0, "third");
        repeats.give(3, 0, "fourth");
        assert_eq!(repeats.given(1, || 9), None, "it was the oldest");
        assert_eq!(repeats.given(2, || 0), Some(&"third"));
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
        let repeats: Repeats<()> = Repeats::new(0);
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
        let mut repeats: Repeats<()> = Repeats::new(0);
        let find = |repeats: &Repeats<()>, item: &String| {
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
