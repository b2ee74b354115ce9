//! What an item is: something that encodes, and that a response can name by its key.

mod assigned;
mod ignore_case;

pub use assigned::AssignedId;
pub(crate) use assigned::assigning;
pub use ignore_case::IgnoreCase;

use std::any::Any;
use std::borrow::Cow;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What names an item in a response. Implemented by every type that has these bounds; its `Eq` decides: [`IgnoreCase`] is a key
/// whose `Eq` does not look at case.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of an item [BULK629]",
    label = "no key",
    note = "keys are compared, copied, written and read: `#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]`"
)]
pub trait ItemKey: Eq + Hash + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Eq + Hash + Clone + Serialize + DeserializeOwned + Send + Sync + 'static> ItemKey for K {}

/// What is written into a request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written into a request [BULK630]",
    label = "derives no `Serialize`",
    note = "an item is JSON in a request: derive `serde::Serialize` for it"
)]
pub trait Encodes: Serialize + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + Sync + 'static> Encodes for T {}

/// What is read from a response.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a response [BULK631]",
    label = "derives no `Deserialize`",
    note = "an element is JSON in a response: derive `serde::Deserialize` for it"
)]
pub trait Decodes: DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + Sync + 'static> Decodes for T {}

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
/// /// A struct says which fields are its key.
/// #[derive(Serialize, BulkItem)]
/// struct Record {
///     #[bulk(key)]
///     id: u64,
///     name: String,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no bulk item [BULK602]",
    label = "not an item",
    note = "derive it: `#[derive(serde::Serialize, bulk_endpoint::BulkItem)]`, with `#[bulk(key)]` on the field that names it in a response",
    note = "strings and integers are items as they are"
)]
pub trait BulkItem: Serialize + Send + Sync + 'static {
    /// What names the item in a response.
    type Key: ItemKey;

    /// The item's encoding is its key's encoding: a response's key can be matched as bytes.
    const OWN_KEY: bool = false;

    /// The item has a key at all; items without one are told apart by position only.
    const KEYED: bool = true;

    /// The fields that together are the key, where there are several, in the order of their names, which is that of the tuple.
    const KEY_FIELDS: &'static [&'static str] = &[];

    /// The item's key.
    fn key(&self) -> Cow<'_, Self::Key>;

    /// The key as reports write it; empty where items have none.
    fn key_text(&self) -> String {
        if Self::KEYED { crate::text::key_text(self.key().as_ref()) } else { String::new() }
    }
}

/// An item that has a key: what `items = map(…)` needs, where the key is the item's name in the request.
///
/// [`BulkItem`](macro@crate::BulkItem)'s derive implements it with the key.
#[diagnostic::on_unimplemented(
    message = "`items = map(…)` names each item by its key, and `{Self}` has none [BULK621]",
    label = "an item without a key",
    note = "put `#[bulk(key)]` on the field that names it, beside `#[serde(skip)]` where it is no part of the item's own JSON",
    note = "for an item that implements `BulkItem` by hand: `impl bulk_endpoint::Keyed for {Self} {{}}`"
)]
pub trait Keyed: BulkItem {}

/// An item that belongs to a group: what `items = groups(…)` needs, where each group has an array of its own.
///
/// [`BulkItem`](macro@crate::BulkItem)'s derive implements it: `#[bulk(group)]` on a field makes that field the group, on an enum
/// it makes the variant's name the group.
///
/// ```
/// use bulk_endpoint::{BulkItem, Grouped};
/// use serde::Serialize;
///
/// /// Encoded as the payload alone.
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
    message = "`items = groups(…)` has an array for each group of items, and `{Self}` belongs to none [BULK622]",
    label = "an item without a group",
    note = "put `#[bulk(group)]` on the field that says the group, or on an enum whose variants are the groups"
)]
pub trait Grouped: BulkItem {
    /// The group, by the name of its array.
    fn group(&self) -> Cow<'_, str>;
}

/// An item's group.
pub(crate) type GroupFn = for<'i> fn(&'i dyn Any) -> Cow<'i, str>;

macro_rules! scalar_items {
    ($($ty:ty),*) => {$(
        impl BulkItem for $ty {
            type Key = $ty;
            const OWN_KEY: bool = true;
            fn key(&self) -> Cow<'_, $ty> {
                Cow::Borrowed(self)
            }
        }

        impl Keyed for $ty {}
    )*};
}

scalar_items!(String, IgnoreCase, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, usize, isize);
