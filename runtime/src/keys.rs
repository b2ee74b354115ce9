//! The keys of a batch: which of its items an answer names.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::decode::Directory;
use crate::encode::GroupFn;
use crate::item::BulkItem;

/// The keys of a batch, found by value or as the bytes they were sent as.
pub(crate) struct BatchKeys<'b, T> {
    items: Vec<&'b T>,
    group: Option<GroupFn>,
    sent: Sent<'b>,
}

/// How the items were sent, and tables that are made when they are asked for. Nothing in it is of the items' type: it is the same code for
/// all of them.
#[derive(Default)]
struct Sent<'b> {
    encoded: Vec<&'b [u8]>,
    indexes: Vec<Option<usize>>,
    by_index: OnceCell<HashMap<usize, usize>>,
    by_group: OnceCell<HashMap<String, Vec<usize>>>,
    hasher: RandomState,
    /// The slots by the hash of their item's key, in that order.
    by_hash: OnceCell<Vec<(u64, usize)>>,
}

/// An item of a batch, as it was sent.
pub(crate) struct SentItem<'b, T> {
    pub(crate) item: &'b T,
    /// Its JSON; empty where it was sent as something else.
    pub(crate) encoded: &'b [u8],
    /// Its index in the input, where it was sent under that.
    pub(crate) index: Option<usize>,
}

/// Up to this many items a batch is searched from end to end; a table costs more.
const FEW: usize = 32;

impl<'b, T: BulkItem> BatchKeys<'b, T> {
    /// The keys of items; `group` tells their groups, where they stand in such.
    pub(crate) fn new(items: impl Iterator<Item = SentItem<'b, T>>, group: Option<GroupFn>) -> Self {
        let mut keys = BatchKeys { items: Vec::new(), group, sent: Sent::default() };
        for SentItem { item, encoded, index } in items {
            keys.items.push(item);
            keys.sent.encoded.push(encoded);
            keys.sent.indexes.push(index);
        }
        keys
    }

    /// The slots of a group's items, in the order of the request; `None` where items stand in no groups.
    fn group(&self, name: &str) -> Option<&[usize]> {
        let group = self.group?;
        let by_group = self.sent.by_group.get_or_init(|| {
            let mut slots: HashMap<String, Vec<usize>> = HashMap::new();
            for slot in 0..self.items.len() {
                slots.entry(group(self.items[slot]).into_owned()).or_default().push(slot);
            }
            slots
        });
        Some(by_group.get(name).map_or(&[], Vec::as_slice))
    }

    fn has_key(&self, slot: usize, key: &T::Key) -> bool {
        self.items[slot].key().as_ref() == key
    }

    /// The hash of each key.
    fn hashes(&self) -> Vec<u64> {
        let mut hashes = Vec::with_capacity(self.items.len());
        for item in &self.items {
            hashes.push(self.sent.hasher.hash_one(item.key().as_ref()));
        }
        hashes
    }
}

impl Sent<'_> {
    /// The slots, beginning where an answer in the order of the request would name the next.
    fn slots(&self, near: usize) -> impl Iterator<Item = usize> + use<> {
        let near = near.min(self.encoded.len());
        (near..self.encoded.len()).chain(0..near)
    }

    fn find_encoded(&self, raw: &str, near: usize) -> Option<usize> {
        self.slots(near).find(|slot| self.encoded[*slot] == raw.as_bytes())
    }

    fn find_index(&self, index: usize) -> Option<usize> {
        let by_index = || self.indexes.iter().zip(0..).filter_map(|(index, slot)| Some(((*index)?, slot)));
        self.by_index.get_or_init(|| by_index().collect()).get(&index).copied()
    }

    /// The slots of keys with this hash.
    fn of_hash(&self, hash: u64, hashes: &dyn Fn() -> Vec<u64>) -> &[(u64, usize)] {
        let by_hash = self.by_hash.get_or_init(|| {
            let mut by_hash: Vec<(u64, usize)> = hashes().into_iter().zip(0..).collect();
            by_hash.sort_unstable();
            by_hash
        });
        let from = by_hash.partition_point(|(other, _)| *other < hash);
        let until = by_hash.partition_point(|(other, _)| *other <= hash);
        &by_hash[from..until]
    }
}

impl<T: BulkItem> Directory<T::Key> for BatchKeys<'_, T> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        if T::OWN_KEY && self.items.len() <= FEW {
            let found = self.sent.find_encoded(raw, near);
            if found.is_some() {
                return found;
            }
        }
        self.find_key(&serde_json::from_str(raw).ok()?, near)
    }

    fn find_key(&self, key: &T::Key, near: usize) -> Option<usize> {
        if self.items.len() <= FEW {
            return self.sent.slots(near).find(|slot| self.has_key(*slot, key));
        }
        let hash = self.sent.hasher.hash_one(key);
        let slots = self.sent.of_hash(hash, &|| self.hashes());
        slots.iter().map(|(_, slot)| *slot).find(|slot| self.has_key(*slot, key))
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        match group {
            Some(group) => self.group(group)?.get(position).copied(),
            None => Some(position).filter(|position| self.group.is_none() && *position < self.items.len()),
        }
    }

    fn group_len(&self, group: &str) -> Option<usize> {
        self.group(group).map(<[usize]>::len)
    }

    fn find_index(&self, index: usize) -> Option<usize> {
        self.sent.find_index(index)
    }
}
