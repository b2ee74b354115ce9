//! Items: the values that a run sends, and the keys by which a response names them.

mod assigned;
mod ignore_case;

pub use assigned::AssignedId;
pub(crate) use assigned::{RunId, assigning, uuid_of};
pub use ignore_case::IgnoreCase;

use std::any::Any;
use std::borrow::Cow;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The key of an item: it names the item in a response. Every type with these bounds is a key.
///
/// The `Eq` of the type decides whether two keys are the same: that of [`IgnoreCase`] ignores ASCII case.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of an item [BULK629]",
    label = "not a key",
    note = "derive the traits of a key: `#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]`"
)]
pub trait ItemKey: Eq + Hash + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Eq + Hash + Clone + Serialize + DeserializeOwned + Send + Sync + 'static> ItemKey for K {}

/// A type whose values a run can move between tasks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between threads [BULK637]",
    label = "not `Send + Sync + 'static`",
    note = "a run is driven on any thread: use `Arc` instead of `Rc`, `Mutex` instead of `RefCell` or `Cell`, and owned data instead of references"
)]
pub trait Shareable: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Shareable for T {}

/// A type that can be written into a request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written into a request [BULK630]",
    label = "does not derive `Serialize`",
    note = "derive `serde::Serialize` for it: an item is JSON in a request"
)]
pub trait Encodes: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Encodes for T {}

/// A type that can be read from a response.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a response [BULK631]",
    label = "does not derive `Deserialize`",
    note = "derive `serde::Deserialize` for it: a response is JSON"
)]
pub trait Decodes: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Decodes for T {}

/// The type of a field with `#[bulk(key, nested)]` in an item.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no key for the item that holds it [BULK633]",
    label = "missing key",
    note = "derive `bulk_endpoint::BulkItem` for it, with `#[bulk(key)]` on the field that names the item, or remove `nested` if the whole value is the key"
)]
pub trait KeyInside: Keyed {}

#[diagnostic::do_not_recommend]
impl<T: Keyed> KeyInside for T {}

/// One thing the caller wants acted on.
///
/// Strings and integers are items, each its own key. Derive it for others:
///
/// ```
/// use bulk_endpoint::BulkItem;
/// use serde::{Deserialize, Serialize};
///
/// /// A newtype is its own key.
/// #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
/// struct TokenId(String);
///
/// /// A struct marks its key fields.
/// #[derive(Serialize, BulkItem)]
/// struct Record {
///     #[bulk(key)]
///     id: u64,
///     name: String,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a bulk item [BULK602]",
    label = "not an item",
    note = "derive it: `#[derive(serde::Serialize, bulk_endpoint::BulkItem)]`, with `#[bulk(key)]` on the field that names the item in a response",
    note = "strings and integers are items too"
)]
pub trait BulkItem: Serialize + Send + Sync + 'static {
    /// The type of the key, which names the item in a response.
    type Key: ItemKey;

    /// Whether the JSON of the item is the JSON of its key, as for a string. Keys of a response can then be compared as bytes.
    const OWN_KEY: bool = false;

    /// Whether the item has a key. A response can name an item without a key only by its position.
    const KEYED: bool = true;

    /// Whether the JSON of every item is an object. A list of texts, as in `?ids=1,2`, has no place for one.
    const IS_OBJECT: bool = false;

    /// Whether the item can have an [`AssignedId`] in it. Without one, no response can name the item by such an id.
    const HAS_ASSIGNED_ID: bool = true;

    /// The fields of a composite key, in the order of their names, which is the order of the tuple; empty for any other key.
    const KEY_FIELDS: &'static [&'static str] = &[];

    /// Returns the key of the item.
    fn key(&self) -> Cow<'_, Self::Key>;

    /// Returns whether a response names the item. `false` for a call that the server does not respond to, such as a notification of
    /// JSON-RPC: the item is accepted if the response is usable and does not name it. The derive returns `false` for a variant with
    /// `#[bulk(no_response)]`.
    fn expects_response(&self) -> bool {
        true
    }

    /// Returns the key as reports show it; empty if the item has no key.
    fn key_text(&self) -> String {
        if Self::KEYED { crate::text::key_text(self.key().as_ref()) } else { String::new() }
    }
}

/// An item with a key. `items = map(…)` needs one: the key is the name of the item in the request, `{"key1": {…}, "key2": {…}}`.
///
/// The derive of [`BulkItem`](macro@crate::BulkItem) implements it for a type with a key.
#[diagnostic::on_unimplemented(
    message = "`items = map(…)` needs items with a key, but `{Self}` has none [BULK621]",
    label = "missing key",
    note = "put `#[bulk(key)]` on the field that names the item, and `#[serde(skip)]` if the item's JSON does not contain it",
    note = "if it implements `BulkItem` by hand, add `impl bulk_endpoint::item::Keyed for {Self} {{}}`"
)]
pub trait Keyed: BulkItem {}

/// An item that belongs to a group. `items = groups(…)` needs one: each group has its own array, `{"create": [{…}], "delete": [7]}`.
///
/// The derive of [`BulkItem`](macro@crate::BulkItem) implements it. `#[bulk(group)]` on a field makes that field the group; on an enum, the
/// name of the variant is the group.
///
/// ```
/// use bulk_endpoint::{BulkItem, item::Grouped};
/// use serde::Serialize;
///
/// /// Encoded as its payload.
/// #[derive(Serialize, BulkItem)]
/// #[bulk(group)]
/// #[serde(untagged, rename_all = "lowercase")]
/// enum Change {
///     Create { name: String },
///     Delete(u64),
/// }
///
/// assert_eq!(Change::Delete(7).group(), "delete");
/// ```
#[diagnostic::on_unimplemented(
    message = "`items = groups(…)` needs items with a group, but `{Self}` has none [BULK622]",
    label = "missing group",
    note = "put `#[bulk(group)]` on the field with the group, or on an enum whose variants are the groups"
)]
pub trait Grouped: BulkItem {
    /// Returns the group: the JSON name of its array.
    fn group(&self) -> Cow<'_, str>;
}

/// A function that returns the group of an item.
pub(crate) type GroupFn = for<'i> fn(&'i dyn Any) -> Cow<'i, str>;

macro_rules! scalar_items {
    ($($ty:ty),*) => {$(
        impl BulkItem for $ty {
            type Key = $ty;
            const OWN_KEY: bool = true;
            const HAS_ASSIGNED_ID: bool = false;
            fn key(&self) -> Cow<'_, $ty> {
                Cow::Borrowed(self)
            }
        }

        impl Keyed for $ty {}
    )*};
}

scalar_items!(String, IgnoreCase, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, usize, isize);
