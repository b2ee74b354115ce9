//! What can be made from text or JSON.

use serde::de::DeserializeOwned;

use crate::item::BulkItem;

/// A type whose values are made from text or JSON: an item or an argument of a `#[bulk_api(dynamic)]` trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from text or JSON [BULK650]",
    label = "does not derive `Deserialize`",
    note = "derive `serde::Deserialize` for it: `#[bulk_api(dynamic)]` makes items and arguments at run time; or remove `dynamic`"
)]
pub trait DynamicValue: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> DynamicValue for T {}

/// An item of a `#[bulk_api(dynamic)]` trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from text or JSON [BULK650]",
    label = "does not derive `Deserialize`",
    note = "derive `serde::Deserialize` for it: `#[bulk_api(dynamic)]` makes items and arguments at run time; or remove `dynamic`"
)]
pub trait DynamicItem: BulkItem + DynamicValue {}

#[diagnostic::do_not_recommend]
impl<T: BulkItem + DynamicValue> DynamicItem for T {}
