//! The keys by which entries of a response name items.

use serde::Serialize;

use super::key_index::KeyIndex;
use crate::item::{AssignedId, ItemKey};

/// A key of a response that can be looked up among items whose key type is `K`.
///
/// Every [`ItemKey`](crate::item::ItemKey) matches itself. [`Index`](crate::Index), [`AssignedId`](crate::AssignedId) and [`NoKey`] match
/// every `K`: they are positions, ids of the run, or nothing.
#[diagnostic::on_unimplemented(
    message = "expected a reply with keys of type `{K}`, found `{Self}` [BULK606]",
    label = "key of another type",
    note = "if the items have no key, which is `()`, put `#[bulk(key)]` on the field of the item that the response names, or `#[bulk(positional)]` on the element if its position names it",
    note = "otherwise use the type of the items' key in the reply: for the `#[bulk(key)]` field of an element, or for a bare key in a list"
)]
pub trait MatchesKey<K>: Sized {
    /// Whether the key is an id that the run assigns to each item.
    const IS_ASSIGNED: bool = false;

    /// Returns the slot of the item with this key; `near` is the slot to try first.
    #[doc(hidden)]
    fn find(&self, names: &dyn KeyIndex<K>, near: usize) -> Option<usize>;

    /// Like `find`, from the JSON of the key.
    #[doc(hidden)]
    fn find_raw(raw: &str, names: &dyn KeyIndex<K>, near: usize) -> Option<usize>;

    /// The JSON of the key with which the item of a slot was sent, if it is known.
    #[doc(hidden)]
    fn sent(_: &dyn KeyIndex<K>, _: usize) -> Option<&[u8]> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<K: ItemKey> MatchesKey<K> for K {
    fn find(&self, names: &dyn KeyIndex<K>, near: usize) -> Option<usize> {
        names.find_key(self, near)
    }

    fn find_raw(raw: &str, names: &dyn KeyIndex<K>, near: usize) -> Option<usize> {
        names.find_raw(raw, near)
    }

    fn sent(names: &dyn KeyIndex<K>, slot: usize) -> Option<&[u8]> {
        names.sent(slot)
    }
}

/// A key type of an element. It also decides the key type of a reply with several lists: the first that is not a mere position.
pub trait ReplyKey: MatchesKey<Self> + Clone + Serialize + Send + Sync + 'static {
    /// `Self`, or `Other` if `Self` is a position, an assigned id or [`NoKey`].
    type Or<Other: ReplyKey>: ReplyKey;
}

#[diagnostic::do_not_recommend]
impl<K: ItemKey> ReplyKey for K {
    type Or<Other: ReplyKey> = K;
}

/// The key type of a reply without keys: its entries name items by position, or it has no entries.
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
    const IS_ASSIGNED: bool = true;

    fn find(&self, names: &dyn KeyIndex<K>, _: usize) -> Option<usize> {
        names.find_assigned(*self)
    }

    fn find_raw(raw: &str, names: &dyn KeyIndex<K>, near: usize) -> Option<usize> {
        serde_json::from_str::<Self>(raw).ok()?.find(names, near)
    }
}
