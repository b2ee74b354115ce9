//! The key of an item: the field by which a response names it.

use crate::definition::StructField;
use crate::item_type::ItemType;
use crate::names;
use crate::role_names::{REQUEST_IDS, is_naming};
use crate::type_table::TypeTable;

/// The fields with the key, by index.
pub(crate) struct KeyFields {
    pub(crate) of_element: usize,
    /// `None` if the item is its own key.
    pub(crate) of_item: Option<usize>,
}

/// Finds the fields by which the element of a response names an item.
pub(crate) fn find_key(types: &TypeTable<'_>, item: &ItemType, element: &str) -> Option<KeyFields> {
    let fields = types.definitions.get(element)?.fields();
    match item {
        ItemType::Key { ty, name } => find_named(fields, ty, name),
        ItemType::Defined(item) => find_shared(fields, types.definitions.get(item)?.fields()),
    }
}

/// The field of an element whose name fits best to the name of an item.
fn find_named(fields: &[StructField], ty: &str, name: &str) -> Option<KeyFields> {
    let name = names::folded(name);
    let rank = |field: &StructField| match field.folded() {
        _ if field.has_role("key") => Some(0),
        folded if folded == name => Some(1),
        folded if folded == "id" => Some(2),
        folded if name.ends_with(&folded) && is_naming(&field.wire) => Some(3),
        folded if folded.ends_with("id") && !REQUEST_IDS.contains(&folded.as_str()) => Some(4),
        _ if is_naming(&field.wire) => Some(5),
        _ => None,
    };
    let candidates = fields.iter().enumerate().filter(|(_, field)| field.ty.as_key() == Some(ty));
    let ranked = candidates.filter_map(|(index, field)| Some((rank(field)?, index)));
    ranked.min().map(|(_, index)| KeyFields { of_element: index, of_item: None })
}

/// The field that an element shares with its item. A field that is the key already comes first, then `id`, then a required one.
fn find_shared(fields: &[StructField], item_fields: &[StructField]) -> Option<KeyFields> {
    let has_key = item_fields.iter().any(|field| field.has_role("key"));
    let is_possible =
        |own: &StructField| own.ty.as_key().is_some() && (own.has_role("key") || !has_key && is_naming(&own.wire));
    let possible = item_fields.iter().enumerate().filter(|(_, own)| is_possible(own));
    let shared = possible.filter_map(|(of_item, own)| {
        let of_element = fields.iter().position(|field| field.wire == own.wire && field.ty == own.ty)?;
        Some((own, KeyFields { of_element, of_item: Some(of_item) }))
    });
    let best = shared.min_by_key(|(own, _)| [!own.has_role("key"), own.folded() != "id", own.optional]);
    best.map(|(_, key)| key)
}

/// The type of an item's key. If no field of a struct is the key yet, the only possible one becomes it.
pub(crate) fn key_type(types: &mut TypeTable<'_>, item: &ItemType) -> Option<&'static str> {
    let name = match item {
        ItemType::Key { ty, .. } => return Some(ty),
        ItemType::Defined(name) => name,
    };
    let definition = types.definitions.get_mut(name)?;
    if let Some(key) = definition.fields().iter().find(|field| field.has_role("key")) {
        return key.ty.as_key();
    }
    let fields = definition.fields_mut().iter_mut();
    let mut possible = fields.filter(|field| !field.optional && field.ty.as_key().is_some());
    let (only, None) = (possible.next()?, possible.next()) else { return None };
    only.add_role("key");
    only.notes.push("is this the field by which responses name an item?".into());
    only.ty.as_key()
}
