//! The keys of a batch, converted for a part of a response.

use std::marker::PhantomData;

use super::super::key::MatchesKey;
use super::super::key_index::KeyIndex;
use crate::item::AssignedId;

/// The keys of a batch, looked up by another type of key: an [`Index`](crate::Index) in a reply for items with string keys.
pub(crate) struct ConvertedKeys<'b, K, N>(pub(crate) &'b dyn KeyIndex<K>, pub(crate) PhantomData<fn() -> N>);

impl<K, N: MatchesKey<K>> KeyIndex<N> for ConvertedKeys<'_, K, N> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        N::find_raw(raw, self.0, near)
    }

    fn find_key(&self, key: &N, near: usize) -> Option<usize> {
        key.find(self.0, near)
    }

    fn sent(&self, slot: usize) -> Option<&[u8]> {
        N::sent(self.0, slot)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        self.0.find_position(group, position)
    }

    fn group_len(&self, group: &str) -> Option<usize> {
        self.0.group_len(group)
    }

    fn find_assigned(&self, id: AssignedId) -> Option<usize> {
        self.0.find_assigned(id)
    }
}

/// The keys of a batch, for the list of one group: position 0 is the first item of the group.
///
/// `{"create": [{…}], "delete": [{"ok": true}]}`: the one element of `delete` is about the first item of the group `delete`.
pub(super) struct GroupKeys<'b, K>(pub(super) &'b dyn KeyIndex<K>, pub(super) &'b str);

impl<K> KeyIndex<K> for GroupKeys<'_, K> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        self.0.find_raw(raw, near)
    }

    fn find_key(&self, key: &K, near: usize) -> Option<usize> {
        self.0.find_key(key, near)
    }

    fn sent(&self, slot: usize) -> Option<&[u8]> {
        self.0.sent(slot)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        self.0.find_position(group.or(Some(self.1)), position)
    }

    fn find_assigned(&self, id: AssignedId) -> Option<usize> {
        self.0.find_assigned(id)
    }
}
