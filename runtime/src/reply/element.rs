//! One element of a response: the item that it names, and its verdict.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::detail::Detail;
use super::failure::Failure;
use super::key::ReplyKey;
use super::shape::ElementShape;
use super::success::SuccessBody;

/// One element of a list in a response: `{"id": "a", "statusCode": 404, "message": "gone"}`. Usually derived.
///
/// ```
/// use bulk_endpoint::ItemReply;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, Serialize, ItemReply)]
/// #[serde(rename_all = "camelCase")]
/// struct BulkItemResponse {
///     #[bulk(key)]
///     id: String,
///     #[bulk(status)]
///     status_code: u16,
///     #[bulk(message)]
///     message: Option<String>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element that names an item [BULK607]",
    label = "names no item",
    note = "an element derives `serde::Deserialize` and `bulk_endpoint::ItemReply`, and has `#[bulk(key)]` on the field that names the item, `#[bulk(key, nested)]` if that is inside of it, or `#[bulk(positional)]` on the type if its position does",
    note = "for a list of bare keys, use strings, integers, or a newtype that derives `bulk_endpoint::BulkItem`"
)]
pub trait ItemReply: Detail + DeserializeOwned {
    /// The type of the key that names the item; [`NoKey`](crate::reply::NoKey) for an element that names its item by position.
    type Key: ReplyKey;
    /// What a success carries: the whole element, `Arc<Self>`; `()` for an element that is nothing but its key.
    type Success: SuccessBody;
    /// The failure: the element itself; [`Listed`](crate::reply::Listed) for a bare key.
    type Failure: Failure;
    /// The layout of the element, as data.
    const SHAPE: ElementShape;

    /// Returns the address of the item.
    fn address(&self) -> Address<'_, Self::Key>;

    /// Returns the group of the item, if the element names it. A position in the address is then one of this group. It is called if
    /// [`SHAPE`](Self::SHAPE) has a group.
    fn in_group(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Converts an element whose item is done into its success body.
    fn into_success(self) -> Self::Success;

    /// Converts an element whose item failed into its failure. `list` is the JSON name of the list that holds the element.
    fn into_failure(self, list: &'static str) -> Self::Failure;
}

/// An element with its own verdict: a status, or an error field, says whether the item succeeded.
///
/// `{"id": "a", "status": 404}` and `{"id": "a", "error": {…}}` have one; `{"id": "a"}` has none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report whether its item succeeded [BULK608]",
    label = "missing verdict",
    note = "in `results`, or in a bare `Vec`, each element reports its own result: put `#[bulk(status)]` or `#[bulk(failed)]` on a field of a struct, and `#[bulk(succeeded)]`, `#[bulk(failed)]` or another verdict on each variant of an enum"
)]
pub trait HasVerdict: Detail {}

/// `None` has no verdict.
#[diagnostic::do_not_recommend]
impl<D: HasVerdict> HasVerdict for Option<D> {}

/// The address of an element: the item, or items, that it names.
#[derive(Debug, Clone)]
pub enum Address<'a, K: Clone> {
    /// The item with this key.
    Key(Cow<'a, K>),
    /// All the items with these keys: `{"ids": ["a", "b"], "message": "gone"}`.
    Keys(&'a [K]),
    /// The item at the same position in the request. The list must have one element for each item of the request.
    Position,
    /// The items at these positions of the request: from `start` to the end, or to the position before `end`.
    Range {
        /// The first position, counted from 0.
        start: usize,
        /// The position after the last one; `None` for all that follow.
        end: Option<usize>,
    },
}

/// The type of a field with `#[bulk(keys)]`: a list of keys, `{"ids": ["a", "b"]}`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of keys [BULK618]",
    label = "not a list",
    note = "use a `Vec` of keys, or `#[bulk(key)]` for one key"
)]
pub trait KeyList {
    /// The type of one key.
    type Key: ReplyKey;
    /// Returns the keys.
    fn keys(&self) -> &[Self::Key];
}

impl<K: ReplyKey> KeyList for Vec<K> {
    type Key = K;

    fn keys(&self) -> &[K] {
        self
    }
}

/// The type of a field with `#[bulk(succeeded)]`, `accepted`, `failed`, `unprocessed` or `results`: `Vec<E>`,
/// [`Pairs<K, V>`](crate::Pairs), or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of a response [BULK611]",
    label = "not a list",
    note = "use `Vec<E>`, `Pairs<K, V>`, `One<E>`, `ByCode<K>`, `StartIndex<0>`, or an `Option` of one, where `E` derives `bulk_endpoint::ItemReply` or is a key itself",
    note = "a `HashMap` or `BTreeMap` drops duplicate keys: `Pairs` keeps them"
)]
pub trait ElementList {
    /// The type of an element.
    type Element: ItemReply;
    /// Whether the list may have `null` elements. A `null` is an item that was returned as unprocessed.
    const NULLABLE: bool = false;
    /// The layout of an element.
    const SHAPE: ElementShape = <Self::Element as ItemReply>::SHAPE;
}

impl<E: ItemReply> ElementList for Vec<E> {
    type Element = E;
}

/// A `null` element is an item that was returned as unprocessed.
impl<E: ItemReply> ElementList for Vec<Option<E>> {
    type Element = E;
    const NULLABLE: bool = true;
}

#[diagnostic::do_not_recommend]
impl<L: ElementList> ElementList for Option<L> {
    type Element = L::Element;
    const NULLABLE: bool = L::NULLABLE;
    const SHAPE: ElementShape = L::SHAPE;
}
