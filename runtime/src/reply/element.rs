//! One element of a response: which item it speaks of, and what became of it.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::detail::Detail;
use super::failure::Failure;
use super::key::ReplyKey;
use super::shape::ElementShape;
use super::success::SuccessBody;

/// One element of a response's list, which speaks of one item.
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
    message = "`{Self}` is no element of a bulk response [BULK607]",
    label = "not an element",
    note = "derive it: `#[derive(serde::Deserialize, bulk_endpoint::ItemReply)]`, with `#[bulk(key)]` on the field that names the item",
    note = "a list of bare keys holds strings, integers, or a newtype that derives `bulk_endpoint::BulkItem`"
)]
pub trait ItemReply: Detail + DeserializeOwned {
    /// What the element names its item by; [`NoKey`](crate::NoKey) for an element told by its position.
    type Key: ReplyKey;
    /// What a success carries: `()` where the element has no field beyond those with a role, else `Arc<Self>`.
    type Success: SuccessBody;
    /// What a failure carries: the element itself; [`Listed`](crate::Listed) for a bare key.
    type Failure: Failure;
    /// The element's layout, as data.
    const SHAPE: ElementShape;

    /// Which item it speaks of.
    fn address(&self) -> Address<'_, Self::Key>;

    /// The success body, where the element turns out to be one.
    fn into_success(self) -> Self::Success;

    /// The failure, where it turns out to be one; `list` is the name of the list that it stands in.
    fn into_failure(self, list: &'static str) -> Self::Failure;
}

/// An element, or an entry's value, that judges itself: its status, or something in it, says whether its item is done.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether its item succeeded [BULK608]",
    label = "no `#[bulk(status)]`",
    note = "a list whose elements judge themselves (`results`, or a bare `Vec`) needs elements with `#[bulk(status)]`, or `#[bulk(failed)]`, on a field"
)]
pub trait HasVerdict: Detail {}

/// Where it is not there, it does not say.
#[diagnostic::do_not_recommend]
impl<D: HasVerdict> HasVerdict for Option<D> {}

/// Which item a line speaks of.
#[derive(Debug, Clone)]
pub enum Address<'a, K: Clone> {
    /// The item with this key.
    Key(Cow<'a, K>),
    /// All the items with these keys.
    Keys(&'a [K]),
    /// The item at the line's own position in its list; the list must be as long as the batch.
    Position,
}

/// A type that can stand under `#[bulk(keys)]`: a list of keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of keys [BULK618]",
    label = "not a list",
    note = "`#[bulk(keys)]` takes a `Vec` of keys; one key stands under `#[bulk(key)]`"
)]
pub trait KeyList {
    /// What each names an item by.
    type Key: ReplyKey;
    /// All of them.
    fn keys(&self) -> &[Self::Key];
}

impl<K: ReplyKey> KeyList for Vec<K> {
    type Key = K;

    fn keys(&self) -> &[K] {
        self
    }
}

/// A type that can stand under `#[bulk(succeeded)]`, `#[bulk(failed)]`, `#[bulk(unprocessed)]` or `#[bulk(results)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of a response [BULK611]",
    label = "not a list",
    note = "take `Vec<E>`, `Pairs<K, V>`, or an `Option` of one, where `E` derives `bulk_endpoint::ItemReply` or is a key itself",
    note = "a `HashMap` or `BTreeMap` would drop a response that stands there twice: `Pairs` keeps it"
)]
pub trait ElementList {
    /// What it holds.
    type Element: ItemReply;
    /// A `null` in it is an item that was handed back unprocessed.
    const NULLABLE: bool = false;
}

impl<E: ItemReply> ElementList for Vec<E> {
    type Element = E;
}

/// A `null` element is an item that was handed back unprocessed.
impl<E: ItemReply> ElementList for Vec<Option<E>> {
    type Element = E;
    const NULLABLE: bool = true;
}

#[diagnostic::do_not_recommend]
impl<L: ElementList> ElementList for Option<L> {
    type Element = L::Element;
    const NULLABLE: bool = L::NULLABLE;
}
