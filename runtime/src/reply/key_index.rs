//! The keys of a batch, as a response looks them up.

/// The keys of a batch.
#[allow(clippy::len_without_is_empty, reason = "a batch is never empty")]
pub trait KeyIndex<K> {
    /// The slot whose encoded key is this JSON; `near` is where to look first.
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize>;
    /// The slot whose key is this.
    fn find_key(&self, key: &K, near: usize) -> Option<usize>;
    /// The number of slots.
    fn len(&self) -> usize;
    /// The slot of the item at this place of the request, or of one of its groups. A request of groups has no other places.
    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        Some(position).filter(|position| group.is_none() && *position < self.len())
    }
    /// How many items a group of the request has; `None` where items stand in no groups.
    fn group_len(&self, _: &str) -> Option<usize> {
        None
    }
    /// The slot of the item with this index in the run's input.
    fn find_index(&self, _: usize) -> Option<usize> {
        None
    }
}
