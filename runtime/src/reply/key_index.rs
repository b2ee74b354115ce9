//! The keys of a batch, as a reply looks them up.

use crate::item::AssignedId;

/// Finds the items of a batch by their keys. An item is identified by its slot: its place in the batch, from 0.
#[allow(clippy::len_without_is_empty, reason = "a batch is never empty")]
pub trait KeyIndex<K> {
    /// Returns the slot of the item whose key has this JSON. `near` is the slot to try first: responses usually keep the order of the
    /// request.
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize>;
    /// Returns the slot of the item with this key.
    fn find_key(&self, key: &K, near: usize) -> Option<usize>;
    /// Returns the bytes with which the item of a slot was sent, if they are the JSON of its key: an element with these bytes names it.
    fn sent(&self, _: usize) -> Option<&[u8]> {
        None
    }
    /// Returns the number of items in the batch.
    fn len(&self) -> usize;
    /// Returns the slot of the item at this position of the request, or of one of its groups. A request with groups has only positions
    /// within a group: `{"create": [a, b], "delete": [c]}` has no third position.
    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        Some(position).filter(|position| group.is_none() && *position < self.len())
    }
    /// Returns the number of items in a group of the request; `None` if the request has no groups.
    fn group_len(&self, _: &str) -> Option<usize> {
        None
    }
    /// Returns the slot of the item that was sent with this id.
    fn find_assigned(&self, _: AssignedId) -> Option<usize> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of a batch with this number of items, and nothing else.
    struct Plain(usize);

    impl KeyIndex<u64> for Plain {
        fn find_raw(&self, _: &str, _: usize) -> Option<usize> {
            None
        }
        fn find_key(&self, _: &u64, _: usize) -> Option<usize> {
            None
        }
        fn len(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn a_batch_without_groups_and_ids_has_positions_alone() {
        let keys = Plain(2);
        assert_eq!([0, 1, 2, 3].map(|at| keys.find_position(None, at)), [Some(0), Some(1), None, None]);
        assert_eq!([0, 1, 2].map(|at| keys.find_position(Some("create"), at)), [None, None, None]);
        assert_eq!((keys.group_len("create"), keys.find_assigned(AssignedId::new()), keys.sent(0)), (None, None, None));
    }
}
