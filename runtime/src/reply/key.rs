//! What the lines of a response name items by.

use serde::Serialize;

use super::key_index::KeyIndex;
use crate::item::{AssignedId, ItemKey};

/// What an element names its item by, as the items' own key type `K` finds it.
#[diagnostic::on_unimplemented(
    message = "the reply names items by `{Self}`, but their key is `{K}` [BULK606]",
    label = "the reply's key and the items' key differ",
    note = "make the field under `#[bulk(key)]` of the reply the type of the items' key",
    note = "an item's key is its field under `#[bulk(key)]`: where the key is `()`, no field of it has that yet"
)]
pub trait MatchesKey<K>: Sized {
    #[doc(hidden)]
    fn find(&self, names: &dyn KeyIndex<K>, near: usize) -> Option<usize>;

    /// As `find`, from its JSON.
    #[doc(hidden)]
    fn find_raw(raw: &str, names: &dyn KeyIndex<K>, near: usize) -> Option<usize>;
}

#[diagnostic::do_not_recommend]
impl<K: ItemKey> MatchesKey<K> for K {
    fn find(&self, names: &dyn KeyIndex<K>, near: usize) -> Option<usize> {
        names.find_key(self, near)
    }

    fn find_raw(raw: &str, names: &dyn KeyIndex<K>, near: usize) -> Option<usize> {
        names.find_raw(raw, near)
    }
}

/// Which of several keys a reply's own is: the first that is no mere position.
pub trait ReplyKey: MatchesKey<Self> + Clone + Serialize + Send + Sync + 'static {
    /// This one, or, where this is a position, the other.
    type Or<Other: ReplyKey>: ReplyKey;
}

#[diagnostic::do_not_recommend]
impl<K: ItemKey> ReplyKey for K {
    type Or<Other: ReplyKey> = K;
}

/// The key of a reply that names no item: it tells nothing, or tells by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum NoKey {}

impl ReplyKey for NoKey {
    type Or<Other: ReplyKey> = Other;
}

impl<K> MatchesKey<K> for NoKey {
    fn find(&self, _: &dyn KeyIndex<K>, _: usize) -> Option<usize> {
        match *self {}
    }

    fn find_raw(_: &str, _: &dyn KeyIndex<K>, _: usize) -> Option<usize> {
        None
    }
}

impl ReplyKey for AssignedId {
    type Or<Other: ReplyKey> = Other;
}

impl<K> MatchesKey<K> for AssignedId {
    fn find(&self, names: &dyn KeyIndex<K>, _: usize) -> Option<usize> {
        names.find_index(self.index()?)
    }

    fn find_raw(raw: &str, names: &dyn KeyIndex<K>, near: usize) -> Option<usize> {
        serde_json::from_str::<Self>(raw).ok()?.find(names, near)
    }
}
