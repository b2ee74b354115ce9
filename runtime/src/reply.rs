//! What an answer is: a bag of lines, each an address (which item) and a verdict (what became of it).
//!
//! A reply only says lines. Whether a key is missing, foreign, repeated or contradicted is judged by `merge`, so no
//! reply, derived or written by hand, can lose an item.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::decode::{Answer, Directory, Misfit, Says};
use crate::item::ItemKey;

/// The body of an answer that was carried out, as lines.
///
/// Derive it for a struct of lists ([`BulkReply`](macro@crate::BulkReply)); `Vec<E>` of an [`ItemReply`] is one as it is; `()` is
/// the answer without content (an empty body, `{}`, `[]`, `null` or `true`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no reply of a bulk endpoint [BULK603]",
    label = "not a reply",
    note = "derive it for a struct of lists: `#[derive(serde::Deserialize, bulk_endpoint::BulkReply)]`, with `#[bulk(succeeded)]`, `#[bulk(failed)]` or `#[bulk(each)]` on its lists",
    note = "`Vec<E>` is a reply where `E` derives `bulk_endpoint::ItemReply`; `()` is the answer that tells nothing"
)]
pub trait Reply: Sized + Send + Sync + 'static {
    /// What the lines name items by; [`Unnamed`] where they name none.
    type Key: Clone + Send + Sync + 'static;
    /// What a success carries; `()` where an item that succeeded is told by its key alone.
    type Success: Clone + Send + Sync + 'static;
    /// What a failure carries.
    type Failure: ItemFailure;
    /// How the body is laid out, as data: names for decoding, for the fake server and for documents.
    const SHAPE: ReplyShape;

    /// Says the lines of one answer. An `Err` is a body that does not have the declared shape at all.
    fn read(answer: &Answer<'_>, says: &mut Says<'_, Self::Key, Self::Success, Self::Failure>) -> Result<(), Misfit>;
}

/// A reply that says something of single items: what `partial = true` needs.
#[diagnostic::on_unimplemented(
    message = "`partial = true`, but the reply `{Self}` tells nothing of single items [BULK605]",
    label = "tells nothing of single items",
    note = "where some items may be applied and others not, the reply must name them; with `partial = false` a request is all or nothing"
)]
pub trait TellsItems: Reply {}

/// A reply's key that names items with key `K`.
#[diagnostic::on_unimplemented(
    message = "the reply names items by `{Self}`, but their key is `{K}` [BULK606]",
    label = "the reply's key and the items' key differ",
    note = "make the field under `#[bulk(key)]` of the reply the type of the items' key"
)]
pub trait Names<K>: Sized {
    #[doc(hidden)]
    fn find(&self, names: &dyn Directory<K>, near: usize) -> Option<usize>;
}

impl<K: ItemKey> Names<K> for K {
    fn find(&self, names: &dyn Directory<K>, near: usize) -> Option<usize> {
        names.find_key(self, near)
    }
}

/// The key of a reply that names no item: it tells nothing, or tells by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {}

impl<K: ItemKey> Names<K> for Unnamed {
    fn find(&self, _: &dyn Directory<K>, _: usize) -> Option<usize> {
        match *self {}
    }
}

/// One element of an answer's list, which speaks of one item.
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
    message = "`{Self}` is no element of a bulk answer [BULK607]",
    label = "not an element",
    note = "derive it: `#[derive(serde::Deserialize, bulk_endpoint::ItemReply)]`, with `#[bulk(key)]` on the field that names the item",
    note = "a list of bare keys holds strings, integers, or a newtype that derives `bulk_endpoint::BulkItem`"
)]
pub trait ItemReply: DeserializeOwned + Send + Sync + 'static {
    /// What the element names its item by; [`Unnamed`] for an element told by its position.
    type Key: Clone + Send + Sync + 'static;
    /// What a success carries: `()` where the element has no field beyond those with a role, else `Arc<Self>`.
    type Success: Clone + Send + Sync + 'static;
    /// The element's layout, as data.
    const SHAPE: ElementShape;

    /// Which item it speaks of.
    fn address(&self) -> Address<'_, Self::Key>;

    /// The success body, where the element turns out to be one.
    fn into_success(self) -> Self::Success;

    /// The item's own status, where the element judges itself.
    fn status(&self) -> Option<ItemStatus> {
        None
    }

    /// The item's own error code.
    fn code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// What the vendor says of the item.
    fn message(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// An element that judges itself: one that has a status.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether its item succeeded [BULK608]",
    label = "no `#[bulk(status)]`",
    note = "a list whose elements judge themselves (`each`, or a bare `Vec`) needs elements with `#[bulk(status)]` on a field"
)]
pub trait JudgesItself: ItemReply {}

/// What a failure tells, whatever its type.
pub trait ItemFailure: Send + Sync + 'static {
    /// The item's own status.
    fn failure_status(&self) -> Option<u16>;
    /// The item's own error code.
    fn failure_code(&self) -> Option<Cow<'_, str>>;
    /// What the vendor says of it.
    fn failure_message(&self) -> Option<Cow<'_, str>>;
}

impl<E: ItemReply> ItemFailure for E {
    fn failure_status(&self) -> Option<u16> {
        match self.status() {
            Some(ItemStatus::Http(status)) => Some(status),
            _ => None,
        }
    }

    fn failure_code(&self) -> Option<Cow<'_, str>> {
        self.code()
    }

    fn failure_message(&self) -> Option<Cow<'_, str>> {
        self.message()
    }
}

/// The failure type of a reply that never names a failed item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum NeverFails {}

impl ItemFailure for NeverFails {
    fn failure_status(&self) -> Option<u16> {
        match *self {}
    }

    fn failure_code(&self) -> Option<Cow<'_, str>> {
        match *self {}
    }

    fn failure_message(&self) -> Option<Cow<'_, str>> {
        match *self {}
    }
}

/// Which item a line speaks of.
#[derive(Debug, Clone)]
pub enum Address<'a, K: Clone> {
    /// The item with this key.
    Key(Cow<'a, K>),
    /// The item at the line's own position in its list; the list must be as long as the batch.
    Position,
}

/// What an element's own status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemStatus {
    /// An HTTP status: 2xx is done, 202 accepted.
    Http(u16),
    /// Done or not.
    Done(bool),
}

/// A type that can stand under `#[bulk(status)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no item status [BULK609]",
    label = "not a status",
    note = "`#[bulk(status)]` takes an integer HTTP status, a `bool` that is true where the item is done, or a type of yours that implements `bulk_endpoint::Status`"
)]
pub trait Status {
    /// The status; `None` where the element does not say.
    fn item_status(&self) -> Option<ItemStatus>;
}

macro_rules! integer_status {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Status for $ty {
            fn item_status(&self) -> Option<ItemStatus> {
                u16::try_from(*self).ok().map(ItemStatus::Http)
            }
        }
    )*};
}

integer_status!(u16, u32, u64, i16, i32, i64);

#[diagnostic::do_not_recommend]
impl Status for bool {
    fn item_status(&self) -> Option<ItemStatus> {
        Some(ItemStatus::Done(*self))
    }
}

#[diagnostic::do_not_recommend]
impl<S: Status> Status for Option<S> {
    fn item_status(&self) -> Option<ItemStatus> {
        self.as_ref().and_then(S::item_status)
    }
}

/// A type that can stand under `#[bulk(message)]` or `#[bulk(code)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as text [BULK610]",
    label = "not text",
    note = "`#[bulk(message)]` and `#[bulk(code)]` take a string, an integer, or an `Option` of one"
)]
pub trait Text {
    /// The text; `None` where there is none.
    fn text(&self) -> Option<Cow<'_, str>>;
}

#[diagnostic::do_not_recommend]
impl Text for String {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

macro_rules! integer_text {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Text for $ty {
            fn text(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        }
    )*};
}

integer_text!(u16, u32, u64, i16, i32, i64);

#[diagnostic::do_not_recommend]
impl<T: Text> Text for Option<T> {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::text)
    }
}

/// The first that has a text.
#[diagnostic::do_not_recommend]
impl<T: Text> Text for Vec<T> {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(T::text)
    }
}

/// How an element is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElementShape {
    /// The fields that together are the key; empty where the element is the key itself, or has none.
    pub key: &'static [&'static str],
    /// The field with the item's status.
    pub status: Option<&'static str>,
    /// The element is the bare key.
    pub bare: bool,
    /// The element is told by its position.
    pub order: bool,
}

impl ElementShape {
    /// An element that is the key itself.
    pub const fn bare() -> Self {
        ElementShape { key: &[], status: None, bare: true, order: false }
    }

    /// An element with its key in these fields (JSON names).
    pub const fn keyed(key: &'static [&'static str]) -> Self {
        ElementShape { key, status: None, bare: false, order: false }
    }

    /// An element told by its position.
    pub const fn ordered() -> Self {
        ElementShape { key: &[], status: None, bare: false, order: true }
    }

    /// Names the field with the status.
    pub const fn status(mut self, field: &'static str) -> Self {
        self.status = Some(field);
        self
    }
}

/// What the place of a line says of its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The list of those done.
    Succeeded,
    /// The list of those not done.
    Failed,
    /// The list of those handed back unprocessed.
    Unprocessed,
    /// The elements judge themselves.
    Each,
}

/// One list of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListShape {
    /// Its JSON name.
    pub name: &'static str,
    /// Further JSON names it is read under.
    pub aliases: &'static [&'static str],
    /// What standing in it means.
    pub role: Role,
    /// It is always there, empty or not.
    pub required: bool,
    /// Its elements.
    pub element: ElementShape,
}

impl ListShape {
    /// The list `name`, and what its elements are.
    pub const fn new(name: &'static str, role: Role, element: ElementShape) -> Self {
        ListShape { name, aliases: &[], role, required: false, element }
    }

    /// Further names.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Always there.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// What it means that an answer does not name an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Nothing is known of it (the default).
    Unsure,
    /// It was done: the answer lists failures only.
    Succeeded,
}

/// How a reply's body is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyShape {
    /// The container.
    pub body: BodyShape,
    /// What silence means.
    pub silence: Silence,
    /// The statuses that carry it; empty: any 2xx.
    pub statuses: &'static [u16],
}

/// The container of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyShape {
    /// An object with lists in it, and the names of its other required fields.
    Object {
        /// The lists.
        lists: &'static [ListShape],
        /// Other fields that are always there.
        required: &'static [&'static str],
    },
    /// The body is one list.
    List(ElementShape),
    /// The body tells nothing.
    Nothing,
    /// A hand-written reply.
    Opaque,
}

impl ReplyShape {
    /// A container whose silence means nothing, carried by any 2xx.
    pub const fn new(body: BodyShape) -> Self {
        ReplyShape { body, silence: Silence::Unsure, statuses: &[] }
    }

    /// Says what silence means.
    pub const fn silence(mut self, silence: Silence) -> Self {
        self.silence = silence;
        self
    }

    /// The statuses that carry it.
    pub const fn on(mut self, statuses: &'static [u16]) -> Self {
        self.statuses = statuses;
        self
    }
}

/// A type that can stand under `#[bulk(succeeded)]`, `#[bulk(failed)]`, `#[bulk(unprocessed)]` or `#[bulk(each)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of an answer [BULK611]",
    label = "not a list",
    note = "take `Vec<E>`, or `Option<Vec<E>>`, where `E` derives `bulk_endpoint::ItemReply` or is a key itself",
    note = "a `HashMap` or `BTreeMap` would drop an answer that stands there twice"
)]
pub trait Elements {
    /// What it holds.
    type Element: ItemReply;
}

impl<E: ItemReply> Elements for Vec<E> {
    type Element = E;
}

#[diagnostic::do_not_recommend]
impl<L: Elements> Elements for Option<L> {
    type Element = L::Element;
}

impl<E: JudgesItself> Reply for Vec<E> {
    type Key = E::Key;
    type Success = E::Success;
    type Failure = E;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::List(E::SHAPE));

    fn read(answer: &Answer<'_>, says: &mut Says<'_, E::Key, E::Success, E>) -> Result<(), Misfit> {
        says.each_in_body::<Vec<E>>(answer.body()?);
        Ok(())
    }
}

impl<E: JudgesItself> TellsItems for Vec<E> {}

impl Reply for () {
    type Key = Unnamed;
    type Success = ();
    type Failure = NeverFails;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Nothing).silence(Silence::Succeeded);

    /// Only an answer that says nothing is one: a body with something in it may be an error under 200, or a login page.
    fn read(answer: &Answer<'_>, _: &mut Says<'_, Unnamed, (), NeverFails>) -> Result<(), Misfit> {
        match answer.bytes().trim_ascii() {
            b"" | b"{}" | b"[]" | b"null" | b"true" => Ok(()),
            _ => Err(Misfit::new(
                "",
                "the reply `()` is an answer without content, and this one has some: declare a type for it",
            )),
        }
    }
}
