//! Items that stand in the input more than once: told by hashes of their key and of their bytes.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};

use crate::engine::ItemId;
use crate::item::BulkItem;
use crate::text::key_text;

/// How many keys a streamed run looks back over.
pub(crate) const WINDOW: usize = 65_536;

/// A key's own `Hash`. Keys that share one without being equal wait for each other, and nothing worse.
pub(crate) type KeyHash = u128;

/// A 128-bit hash of an item's bytes under seeds of this run alone: what tells a repeat. Two items that are not the same share one with a chance
/// below 10⁻¹⁴ in a run of a million million items.
pub(crate) type BytesHash = u128;

/// The items seen, by key: the latest with each. `V` is what is kept of a settled one.
pub(crate) struct Repeats<V> {
    seen: HashMap<KeyHash, Seen<V>, Prehashed>,
    order: VecDeque<KeyHash>,
    window: usize,
    seeds: [RandomState; 2],
}

struct Seen<V> {
    bytes: BytesHash,
    state: State<V>,
}

enum State<V> {
    OnItsWay(ItemId),
    Settled(V),
}

/// What an item is to those before it.
pub(crate) enum Repeat<'s, V> {
    /// The first with its key.
    New,
    /// The same, key and bytes, as one that is on its way.
    Of(ItemId),
    /// The same as one that is settled.
    OfSettled(&'s V),
    /// The same key, other bytes, as one that is on its way.
    Behind(ItemId),
}

impl<V> Repeats<V> {
    /// Looks back over `window` keys.
    pub(crate) fn new(window: usize) -> Self {
        Repeats {
            seen: HashMap::default(),
            order: VecDeque::new(),
            window,
            seeds: [RandomState::new(), RandomState::new()],
        }
    }

    pub(crate) fn hash<K: Hash + ?Sized>(&self, value: &K) -> u128 {
        let [high, low] = &self.seeds;
        u128::from(high.hash_one(value)) << 64 | u128::from(low.hash_one(value))
    }

    /// The hashes by which an item is told, given its encoding.
    pub(crate) fn hashes<T: BulkItem>(&self, item: &T, encoded: &[u8]) -> (KeyHash, BytesHash) {
        let key = item.key();
        let bytes = if T::OWN_KEY {
            self.hash(encoded)
        } else {
            // The key need not be in the encoding.
            self.hash(&(encoded, key_text(key.as_ref())))
        };
        (self.hash(key.as_ref()), bytes)
    }

    /// What an item is to those before it. One that is not a repeat is to be [`remember`](Self::remember)ed.
    pub(crate) fn look_up(&self, key: KeyHash, bytes: BytesHash) -> Repeat<'_, V> {
        match self.seen.get(&key) {
            None => Repeat::New,
            Some(seen) => match &seen.state {
                State::OnItsWay(id) if seen.bytes == bytes => Repeat::Of(*id),
                State::OnItsWay(id) => Repeat::Behind(*id),
                State::Settled(kept) if seen.bytes == bytes => Repeat::OfSettled(kept),
                State::Settled(_) => Repeat::New,
            },
        }
    }

    /// An item is on its way.
    pub(crate) fn remember(&mut self, key: KeyHash, bytes: BytesHash, id: ItemId) {
        if self.seen.insert(key, Seen { bytes, state: State::OnItsWay(id) }).is_none() && self.window < usize::MAX {
            self.order.push_back(key);
            self.forget();
        }
    }

    /// The item with this key is settled; `kept` is kept for its repeats.
    pub(crate) fn settle(&mut self, key: KeyHash, id: ItemId, kept: V) {
        if let Some(seen) = self.seen.get_mut(&key)
            && matches!(seen.state, State::OnItsWay(present) if present == id)
        {
            seen.state = State::Settled(kept);
        }
    }

    /// Forgets the oldest beyond the window; never one that is on its way.
    fn forget(&mut self) {
        for _ in self.window..self.order.len() {
            let Some(oldest) = self.order.pop_front() else { return };
            match self.seen.get(&oldest) {
                Some(Seen { state: State::OnItsWay(_), .. }) => self.order.push_back(oldest),
                _ => drop(self.seen.remove(&oldest)),
            }
        }
    }
}

/// The keys are hashes already.
#[derive(Default)]
struct Prehashed;

impl BuildHasher for Prehashed {
    type Hasher = Low64;
    fn build_hasher(&self) -> Low64 {
        Low64(0)
    }
}

struct Low64(u64);

impl std::hash::Hasher for Low64 {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_repeats_and_forgets_the_oldest_settled() {
        let mut repeats: Repeats<&str> = Repeats::new(2);
        let [a, b, c] = ["a", "b", "c"].map(|key| repeats.hash(&key));
        assert!(matches!(repeats.look_up(a, 0), Repeat::New));
        repeats.remember(a, 0, ItemId(0));
        assert!(matches!(repeats.look_up(a, 0), Repeat::Of(ItemId(0))));
        assert!(matches!(repeats.look_up(a, 9), Repeat::Behind(ItemId(0))));
        repeats.remember(a, 9, ItemId(1));
        // The first is no longer the latest with its key.
        repeats.settle(a, ItemId(0), "first");
        assert!(matches!(repeats.look_up(a, 9), Repeat::Of(ItemId(1))));
        repeats.settle(a, ItemId(1), "second");
        assert!(matches!(repeats.look_up(a, 9), Repeat::OfSettled(&"second")));
        assert!(matches!(repeats.look_up(a, 0), Repeat::New));
        repeats.remember(b, 0, ItemId(2));
        repeats.remember(c, 0, ItemId(3));
        assert!(matches!(repeats.look_up(a, 9), Repeat::New), "a was the oldest, and settled");
        assert!(matches!(repeats.look_up(b, 0), Repeat::Of(_)), "b is on its way");
    }
}
