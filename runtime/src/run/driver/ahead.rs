//! Which items may leave before their intents are durable, because one record covers them all.
//!
//! Only of endpoints that are idempotent and have neither an `already` list nor a batch key, in runs without `verify`: there, an item that is
//! taken for sent after a crash is sent again, and nothing else follows from it. An item is covered for its first request alone, so that a
//! crash takes at most one attempt from an item that had not left.

use std::collections::{BTreeMap, VecDeque};

use crate::journal::Record;

/// The fewest items that may leave ahead, if so many are read.
const FEWEST: usize = 256;
/// How many times all requests at once may leave ahead.
const LOADS: usize = 4;

/// The items that are in no request yet.
pub(super) struct Ahead {
    /// The most of them that may leave ahead.
    most: usize,
    /// All of them, each with the number of the write that lets it leave ahead, if one does.
    items: BTreeMap<u64, Option<u64>>,
    /// Those without a write, in the order in which they were read. Some of these are gone.
    fresh: VecDeque<u64>,
    /// The number of those with one.
    covered: usize,
}

impl Ahead {
    /// `load`: the most items in all requests at once.
    pub(super) fn new(load: usize) -> Self {
        let most = load.saturating_mul(LOADS).max(FEWEST);
        Ahead { most, items: BTreeMap::new(), fresh: VecDeque::new(), covered: 0 }
    }

    /// An item was read that was in no request of any life.
    pub(super) fn insert(&mut self, item: u64) {
        self.items.insert(item, None);
        self.fresh.push_back(item);
    }

    /// An item leaves in a request whose intent is recorded, or ends. Returns the number of the write that lets it leave ahead.
    pub(super) fn remove(&mut self, item: u64) -> Option<u64> {
        let write = self.items.remove(&item)?;
        self.covered -= usize::from(write.is_some());
        write
    }

    /// Lets more items leave ahead, once the write with this number is durable. Returns the record of all that may.
    pub(super) fn cover(&mut self, write: u64) -> Option<Record> {
        if self.covered * 2 > self.most {
            return None;
        }
        let before = self.covered;
        while self.covered < self.most
            && let Some(item) = self.fresh.pop_front()
        {
            if let Some(of_item) = self.items.get_mut(&item) {
                *of_item = Some(write);
                self.covered += 1;
            }
        }
        if self.covered == before {
            return None;
        }
        let covered = self.items.iter().filter(|(_, write)| write.is_some());
        Some(Record::MayLeave { items: covered.map(|(item, _)| *item).collect() })
    }
}
