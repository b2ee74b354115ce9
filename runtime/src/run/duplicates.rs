//! Recognizes duplicates: finds the latest earlier item with the same key.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::engine::ItemId;
use crate::item::BulkItem;
use crate::text::key_text;

/// The number of settled keys that a streamed run remembers.
pub(crate) const WINDOW: usize = 65_536;

/// The number of released keys from which on a run counts as long.
const FEW: usize = 1024;

/// The maximum total weight of the outcomes remembered with those keys, in bytes: 128 for each key of a full window. A decoded value may
/// take several times the size of its JSON, and a run may use 32 MiB.
pub(crate) const WEIGHT: usize = 8 << 20;

/// The hash of a key (its own `Hash`), with a random seed per run.
pub(crate) type KeyHash = u64;

/// The hash of an item's encoding, with another seed.
pub(crate) type BytesHash = u64;

/// The latest item per key. For unsettled items and for items in the report it keeps only their places: the caller compares the items
/// themselves. A streamed run has released its settled items to the consumer, so those are compared by the hashes of key and encoding.
pub(crate) struct Duplicates<O> {
    unsettled: HashTable<(KeyHash, ItemId)>,
    /// The indices of the settled items in the report.
    reported: HashTable<u32>,
    /// The settled items of a streamed run, oldest first. The chance that a window contains two different items with both hashes equal is
    /// below 10⁻¹⁴.
    released: VecDeque<Released<O>>,
    /// The numbers of the released items, found by key. An item keeps its number; `first` is that of the oldest.
    numbers: HashTable<u32>,
    first: u32,
    window: usize,
    /// The maximum of `weight`.
    max_weight: usize,
    /// The total weight of the outcomes in `released`, in bytes.
    weight: usize,
    seeds: [Seeded; 2],
}

/// The hash of keys and of encodings. It is not SipHash, which takes six times as long for a UUID.
///
/// It resists those who choose keys and see nothing of the hashes: the seeds are random, and no two runs share them. It does not resist those who
/// learn the seeds, for example from the time that each item takes. They could choose keys that make a run slow (a table with many equal hashes),
/// or, in a streamed run, two different items that count as duplicates. Items come from the caller, and the server does not see hashes.
type Seeded = SeedableRandomState;

fn seeded() -> Seeded {
    // The operating system's random numbers, as std has them.
    let seed = std::hash::RandomState::new().build_hasher().finish();
    Seeded::with_seed(seed, SharedSeed::global_random())
}

/// What is remembered of a released item.
struct Released<O> {
    key: KeyHash,
    bytes: BytesHash,
    /// The response whose content the outcome may hold.
    response: Option<Arc<ResponseWeight>>,
    outcome: O,
}

/// The size of a response. The outcomes of one batch hold it together, and which of them holds how much is not known: a response of 2 MB may
/// be one message. So it counts in full, once, as long as one of them is remembered.
pub(crate) struct ResponseWeight {
    bytes: usize,
    /// The number of remembered outcomes that may hold it.
    remembered: AtomicUsize,
}

impl ResponseWeight {
    pub(crate) fn new(bytes: usize) -> Self {
        ResponseWeight { bytes, remembered: AtomicUsize::new(0) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// How an item relates to those before it. `O` is an outcome.
pub(crate) enum Occurrence<O> {
    /// The first with its key.
    New,
    /// A duplicate, by key and encoding, of an unsettled item.
    Of(ItemId),
    /// A duplicate of a settled item; `first` is that item's index in the report.
    OfSettled { first: Option<usize>, outcome: O },
    /// The key of an unsettled item with another encoding: it is sent after that one. Two keys with one hash also end here, which only
    /// delays the later item.
    Behind(ItemId),
}

impl<O> Duplicates<O> {
    /// Remembers at most `window` released keys, and outcomes of at most `max_weight` bytes in total.
    pub(crate) fn new(window: usize, max_weight: usize) -> Self {
        Duplicates {
            unsettled: HashTable::new(),
            reported: HashTable::new(),
            released: VecDeque::new(),
            numbers: HashTable::new(),
            first: 0,
            window,
            max_weight,
            weight: 0,
            seeds: [seeded(), seeded()],
        }
    }

    /// Makes room for the items of a report, so that its table does not grow again and again.
    pub(crate) fn reserve_reported(&mut self, items: usize) {
        self.reported.reserve(items, |_| 0);
    }

    pub(crate) fn key_hash<T: BulkItem>(&self, item: &T) -> KeyHash {
        self.seeds[0].hash_one(item.key().as_ref())
    }

    pub(crate) fn bytes_hash<T: BulkItem>(&self, item: &T, encoded: &[u8]) -> BytesHash {
        if T::OWN_KEY {
            return self.seeds[1].hash_one(encoded);
        }
        // The key may be missing in the encoding (`#[serde(skip)]`), so that items with equal encodings are different.
        self.seeds[1].hash_one((encoded, key_text(item.key().as_ref())))
    }

    /// Adds an item that was accepted. It becomes the latest with its key.
    pub(crate) fn insert_unsettled(&mut self, key: KeyHash, id: ItemId) {
        match self.unsettled.entry(key, |(other, _)| *other == key, |(other, _)| *other) {
            Entry::Occupied(mut entry) => entry.get_mut().1 = id,
            Entry::Vacant(entry) => drop(entry.insert((key, id))),
        }
    }

    /// Returns the latest unsettled item with this key.
    pub(crate) fn unsettled(&self, key: KeyHash) -> Option<ItemId> {
        self.unsettled.find(key, |(other, _)| *other == key).map(|(_, id)| *id)
    }

    /// Removes an item that settled. Returns whether it was the latest with its key, so that later items are compared with it.
    pub(crate) fn remove_unsettled(&mut self, key: KeyHash, id: ItemId) -> bool {
        self.unsettled.find_entry(key, |entry| *entry == (key, id)).map(|latest| latest.remove()).is_ok()
    }

    /// Adds the index of a settled item in the report; `key_at` returns the key of the item at an index. Indices from 2³² on are ignored:
    /// their duplicates are sent again.
    pub(crate) fn insert_reported<K: Eq + Hash>(
        &mut self,
        key: KeyHash,
        index: usize,
        key_at: impl Fn(usize) -> Option<K>,
    ) {
        let Ok(index_32) = u32::try_from(index) else { return };
        let own = key_at(index);
        let hash_at = |place: &u32| key_at(*place as usize).map_or(0, |key| self.seeds[0].hash_one(key));
        match self.reported.entry(key, |other| key_at(*other as usize) == own, hash_at) {
            Entry::Occupied(mut entry) => *entry.get_mut() = index_32,
            Entry::Vacant(entry) => drop(entry.insert(index_32)),
        }
    }

    /// Returns the index in the report of the latest settled item with a key; `is_at` compares the item at an index.
    pub(crate) fn find_reported(&self, key: KeyHash, is_at: impl Fn(usize) -> bool) -> Option<usize> {
        self.reported.find(key, |place| is_at(*place as usize)).map(|place| *place as usize)
    }

    /// Remembers the outcome of a released item, and the response that it may hold. Forgets the oldest ones beyond the window or the maximum
    /// weight.
    pub(crate) fn insert_released(
        &mut self,
        key: KeyHash,
        bytes: BytesHash,
        outcome: O,
        response: Option<Arc<ResponseWeight>>,
    ) {
        self.weight += self.weight_of(response.as_deref(), |count| count.fetch_add(1, Ordering::Relaxed) == 0);
        let released = Released { key, bytes, response, outcome };
        if let Some(at) = self.place(key) {
            let replaced = std::mem::replace(&mut self.released[at], released);
            self.forget(&replaced);
        } else {
            // Before the new one comes, so that the memory of a full window does not grow.
            if self.released.len() >= self.window {
                self.forget_oldest();
            }
            let number = self.first.wrapping_add(self.released.len() as u32);
            self.released.push_back(released);
            let Duplicates { released, numbers, first, .. } = self;
            let key_of = |number: &u32| released[number.wrapping_sub(*first) as usize].key;
            if numbers.len() == FEW {
                // A long run fills the window: its table grows once, and not step by step.
                numbers.reserve(self.window.min(WINDOW), key_of);
            }
            numbers.insert_unique(key, number, key_of);
        }
        while self.released.len() > self.window || self.weight > self.max_weight {
            self.forget_oldest();
        }
    }

    /// The place of a released item.
    fn place(&self, key: KeyHash) -> Option<usize> {
        let place = |number: &u32| number.wrapping_sub(self.first) as usize;
        self.numbers.find(key, |number| self.released[place(number)].key == key).map(place)
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.released.pop_front() else { return };
        if let Ok(number) = self.numbers.find_entry(oldest.key, |number| *number == self.first) {
            number.remove();
        }
        self.first = self.first.wrapping_add(1);
        self.forget(&oldest);
    }

    /// Takes the weight of an outcome out.
    fn forget(&mut self, released: &Released<O>) {
        let response = released.response.as_deref();
        self.weight -= self.weight_of(response, |count| count.fetch_sub(1, Ordering::Relaxed) == 1);
    }

    /// The weight of an outcome: its own size, and its response's if no other remembered outcome counts that.
    fn weight_of(&self, response: Option<&ResponseWeight>, counts: impl FnOnce(&AtomicUsize) -> bool) -> usize {
        // Any weight above the maximum is too much; capping it keeps the sum from overflowing.
        let response = response.filter(|response| counts(&response.remembered));
        size_of::<O>() + response.map_or(0, |response| response.bytes.min(self.max_weight.saturating_add(1)))
    }

    /// Returns the outcome of the released item with the same key and encoding.
    pub(crate) fn released(&self, key: KeyHash, bytes: impl FnOnce() -> BytesHash) -> Option<&O> {
        let own = &self.released[self.place(key)?];
        (own.bytes == bytes()).then_some(&own.outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_on_its_way_is_looked_back_at() {
        let mut duplicates: Duplicates<()> = Duplicates::new(2, WEIGHT);
        let key = duplicates.key_hash(&"a".to_owned());
        assert_eq!(duplicates.unsettled(key), None);
        duplicates.insert_unsettled(key, ItemId(0));
        duplicates.insert_unsettled(key, ItemId(1));
        assert_eq!(duplicates.unsettled(key), Some(ItemId(1)));
        assert!(!duplicates.remove_unsettled(key, ItemId(0)), "it is no longer the latest");
        assert!(duplicates.remove_unsettled(key, ItemId(1)));
        assert_eq!(duplicates.unsettled(key), None);
    }

    #[test]
    fn what_is_given_away_is_forgotten_beyond_the_window() {
        let mut duplicates: Duplicates<&str> = Duplicates::new(2, WEIGHT);
        duplicates.insert_released(1, 0, "first", None);
        assert_eq!(duplicates.released(1, || 0), Some(&"first"));
        assert_eq!(duplicates.released(1, || 9), None, "other bytes");
        duplicates.insert_released(1, 9, "second", None);
        assert_eq!(duplicates.released(1, || 9), Some(&"second"));
        duplicates.insert_released(2, 0, "third", None);
        duplicates.insert_released(3, 0, "fourth", None);
        assert_eq!(duplicates.released(1, || 9), None, "it was the oldest");
        assert_eq!(duplicates.released(2, || 0), Some(&"third"));
    }

    #[test]
    fn the_numbers_of_released_items_go_round() {
        let mut duplicates: Duplicates<u64> = Duplicates::new(3, WEIGHT);
        duplicates.first = u32::MAX - 4;
        for key in 0..20 {
            duplicates.insert_released(key, 0, key, None);
            let known: Vec<u64> = (0..20).filter_map(|key| duplicates.released(key, || 0).copied()).collect();
            assert_eq!(known, (key.saturating_sub(2)..=key).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_more_outcomes_hold_the_fewer_are_kept() {
        let mut duplicates: Duplicates<()> = Duplicates::new(WINDOW, 100);
        let known = |duplicates: &Duplicates<()>| {
            (0..9).filter(|key| duplicates.released(*key, || 0).is_some()).collect::<Vec<_>>()
        };
        for (key, holds, expected) in [
            (0, 60, vec![0]),
            (1, 40, vec![0, 1]),
            (2, 1, vec![1, 2]),
            // Another outcome of the same key replaces the one before it.
            (2, 60, vec![1, 2]),
            (2, 10, vec![1, 2]),
            (3, 50, vec![1, 2, 3]),
            // An outcome above the maximum weight is not kept, nor anything before it.
            (4, 101, vec![]),
            (5, 100, vec![5]),
            (6, usize::MAX, vec![]),
            (7, 0, vec![7]),
        ] {
            duplicates.insert_released(key, 0, (), Some(Arc::new(ResponseWeight::new(holds))));
            assert_eq!(known(&duplicates), expected, "{key} {holds}");
            assert_eq!((duplicates.released.len(), duplicates.numbers.len()), (expected.len(), expected.len()));
        }
    }

    #[test]
    fn what_holds_little_is_kept_for_all_of_the_window() {
        let mut duplicates: Duplicates<[u64; 8]> = Duplicates::new(WINDOW, WEIGHT);
        let window = WINDOW as u64;
        // 15 outcomes of 64 bytes share a response of 900.
        let responses: Vec<_> = (0..=window / 15).map(|_| Arc::new(ResponseWeight::new(900))).collect();
        let response = |key: u64| Some(responses[key as usize / 15].clone());
        (0..=window).for_each(|key| duplicates.insert_released(key, 0, [0; 8], response(key)));
        assert_eq!(duplicates.released(0, || 0), None);
        assert!((1..=window).all(|key| duplicates.released(key, || 0).is_some()));
        // An outcome weighs at least its own size.
        let mut duplicates: Duplicates<[u64; 100]> = Duplicates::new(WINDOW, 8_000);
        (0..=10).for_each(|key| duplicates.insert_released(key, 0, [0; 100], None));
        assert_eq!(duplicates.released.len(), 10);
    }

    #[test]
    fn a_response_counts_in_full_as_long_as_one_outcome_of_it_is_kept() {
        let mut duplicates: Duplicates<()> = Duplicates::new(WINDOW, 100);
        let [a, b] = [60, 40].map(|bytes| Arc::new(ResponseWeight::new(bytes)));
        for (key, response, weight, kept) in [
            (0, &a, 60, vec![0]),
            (1, &a, 60, vec![0, 1]),
            (2, &b, 100, vec![0, 1, 2]),
            (3, &b, 100, vec![0, 1, 2, 3]),
            // A further response: both outcomes of the first one go.
            (4, &Arc::new(ResponseWeight::new(1)), 41, vec![2, 3, 4]),
        ] {
            duplicates.insert_released(key, 0, (), Some(response.clone()));
            let known: Vec<u64> = (0..9).filter(|key| duplicates.released(*key, || 0).is_some()).collect();
            assert_eq!((duplicates.weight, known), (weight, kept), "{key}");
        }
        assert_eq!(a.remembered.load(Ordering::Relaxed), 0);
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
        let duplicates: Duplicates<()> = Duplicates::new(0, 0);
        let [a, b] = ["a", "b"].map(str::to_owned);
        assert_eq!(duplicates.bytes_hash(&a, b"1"), duplicates.bytes_hash(&a, b"1"));
        assert_ne!(duplicates.bytes_hash(&a, b"1"), duplicates.bytes_hash(&a, b"2"));
        let [a, b] = [a, b].map(|name| Named { name });
        assert_eq!(duplicates.bytes_hash(&a, b"1"), duplicates.bytes_hash(&a, b"1"));
        assert_ne!(duplicates.bytes_hash(&a, b"1"), duplicates.bytes_hash(&a, b"2"));
        assert_ne!(duplicates.bytes_hash(&a, b"1"), duplicates.bytes_hash(&b, b"1"));
    }

    #[test]
    fn the_report_is_asked_for_the_keys_that_it_has() {
        let report: Vec<String> = (0..1000).map(|n| format!("{}", n % 900)).collect();
        let mut duplicates: Duplicates<()> = Duplicates::new(0, 0);
        let find = |duplicates: &Duplicates<()>, item: &String| {
            duplicates.find_reported(duplicates.key_hash(item), |index| report[index] == *item)
        };
        for (index, item) in report.iter().enumerate() {
            assert_eq!(find(&duplicates, item), index.checked_sub(900), "{item}");
            duplicates.insert_reported(duplicates.key_hash(item), index, |index| report.get(index));
        }
        assert_eq!(find(&duplicates, &report[950]), Some(950), "the latest");
        assert_eq!(find(&duplicates, &report[899]), Some(899));
    }
}
