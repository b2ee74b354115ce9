//! The key of an item: the field by which a response names it.

use crate::definition::StructField;
use crate::item_type::ItemType;
use crate::names;
use crate::role_names::{REQUEST_IDS, is_naming};
use crate::type_table::TypeTable;

/// The fields with the key, by index. There are several if only all of them together name the item.
pub(crate) struct KeyFields {
    pub(crate) of_element: Vec<usize>,
    /// Empty if the item is its own key.
    pub(crate) of_item: Vec<usize>,
}

/// Finds the fields by which the element of a response names an item.
pub(crate) fn find_key(types: &TypeTable<'_>, item: &ItemType, element: &str) -> Option<KeyFields> {
    let fields = types.definitions.get(element)?.fields();
    match item {
        ItemType::Key { ty, name } => find_named(fields, ty, name),
        ItemType::Defined(item) => match types.definitions.get(item)?.fields() {
            // The entry of an object: its key has no name.
            [key, _] if key.skipped => find_named(fields, "String", ""),
            item_fields => find_shared(fields, item_fields),
        },
    }
}

/// The field of an element whose name fits best to the name of an item.
fn find_named(fields: &[StructField], ty: &str, name: &str) -> Option<KeyFields> {
    let name = names::folded(name);
    let rank = |field: &StructField| match field.folded() {
        // The key of the items of another method is that of these, if it may be: the entries of an object have no name to compare.
        _ if field.has_role("key") && !name.is_empty() => Some(0),
        folded if folded == name => Some(1),
        folded if folded == "id" => Some(2),
        folded if name.ends_with(&folded) && is_naming(&field.wire) => Some(3),
        folded if folded.ends_with("id") && !REQUEST_IDS.contains(&folded.as_str()) => Some(4),
        _ if is_naming(&field.wire) => Some(5),
        _ => None,
    };
    let candidates = fields.iter().enumerate().filter(|(_, field)| field.ty.as_key() == Some(ty));
    let ranked = candidates.filter_map(|(index, field)| Some((rank(field)?, index)));
    ranked.min().map(|(_, index)| KeyFields { of_element: vec![index], of_item: Vec::new() })
}

/// The fields that an element shares with its item. Those that are the key already come first, then `id`, then a required one; if no
/// field names something, all that the item always has.
fn find_shared(fields: &[StructField], item_fields: &[StructField]) -> Option<KeyFields> {
    let shared = |own: &StructField| fields.iter().position(|field| field.wire == own.wire && field.ty == own.ty);
    let all = item_fields.iter().enumerate().filter(|(_, own)| own.ty.as_key().is_some());
    let (known, others): (Vec<_>, Vec<_>) = all.partition(|(_, own)| own.has_role("key"));
    if !known.is_empty() {
        return together(known.into_iter().map(|(index, own)| Some((index, shared(own)?))));
    }
    let others: Vec<_> = others.into_iter().filter_map(|(index, own)| Some((own, index, shared(own)?))).collect();
    let naming = others.iter().filter(|(own, ..)| is_naming(&own.wire));
    if let Some((_, index, at)) = naming.min_by_key(|(own, ..)| [own.folded() != "id", own.optional]) {
        return Some(KeyFields { of_element: vec![*at], of_item: vec![*index] });
    }
    let always = others.iter().filter(|(own, ..)| !own.optional);
    together(always.map(|(_, index, at)| Some((*index, *at)))).filter(|key| key.of_element.len() > 1)
}

/// A key of several fields. `None` without a field, and if the element lacks one of them.
fn together(pairs: impl Iterator<Item = Option<(usize, usize)>>) -> Option<KeyFields> {
    let pairs: Option<Vec<(usize, usize)>> = pairs.collect();
    let (of_item, of_element): (Vec<_>, Vec<_>) = pairs?.into_iter().unzip();
    (!of_item.is_empty()).then_some(KeyFields { of_element, of_item })
}

/// The type of an item's key. If no field of a struct is the key yet, the only possible one becomes it.
pub(crate) fn key_type(types: &mut TypeTable<'_>, item: &ItemType) -> Option<&'static str> {
    let name = match item {
        ItemType::Key { ty, .. } => return Some(ty),
        ItemType::Defined(name) => name,
    };
    let definition = types.definitions.get_mut(name)?;
    let mut keys = definition.fields().iter().filter(|field| field.has_role("key"));
    match (keys.next(), keys.next()) {
        (Some(key), None) => return key.ty.as_key(),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let fields = definition.fields_mut().iter_mut();
    let mut possible = fields.filter(|field| !field.optional && field.ty.as_key().is_some());
    let (only, None) = (possible.next()?, possible.next()) else { return None };
    only.add_role("key");
    only.notes.push("is this the field by which responses name an item?".into());
    only.ty.as_key()
}
