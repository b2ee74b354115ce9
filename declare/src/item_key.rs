//! The key of an item: the field by which a response names it.

use crate::definition::StructField;
use crate::item_type::ItemType;
use crate::names;
use crate::role_names::{REQUEST_IDS, STATUSES, is_naming};
use crate::rust_type::RustType;
use crate::type_table::TypeTable;

/// The fields with the key, by index. There are several if only all of them together name the item.
pub(crate) struct KeyFields {
    pub(crate) of_element: Vec<usize>,
    /// Empty if the item is its own key.
    pub(crate) of_item: Vec<usize>,
    /// Fields that may be the key as well, by their names in the JSON.
    pub(crate) rivals: Vec<String>,
}

/// Finds the fields by which the element of a response names an item.
pub(crate) fn find_key(types: &TypeTable<'_>, item: &ItemType, element: &str) -> Option<KeyFields> {
    let fields = types.definitions.get(element)?.fields();
    // In `{"id": "7", "title": "Invalid", "detail": "…"}` the id is that of the error.
    let is_error = ["title", "detail"].iter().all(|name| fields.iter().any(|field| field.folded() == *name));
    if is_error {
        return None;
    }
    match item {
        ItemType::Key { ty, name } => find_named(fields, ty, name),
        ItemType::Defined(item) => match types.definitions.get(item)?.fields() {
            // The entry of an object: its key has no name.
            [key, _] if key.skipped => find_named(fields, "String", ""),
            item_fields => find_shared(types, fields, item_fields),
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
    ranked.min().map(|(_, index)| KeyFields { of_element: vec![index], of_item: Vec::new(), rivals: Vec::new() })
}

/// The fields that an element shares with its item. Those that are the key already come first, then `id`, then a required one with all
/// other references; if no field names something, all that the item always has.
fn find_shared(types: &TypeTable<'_>, fields: &[StructField], item_fields: &[StructField]) -> Option<KeyFields> {
    let shared = |own: &StructField| {
        let is_it = |field: &StructField| {
            field.wire == own.wire && types.can_be_key(&field.ty) && types.is_same(&own.ty, &field.ty)
        };
        fields.iter().position(is_it)
    };
    // A `status` is rather a result than a name.
    let can_name =
        |own: &StructField| types.can_be_key(&own.ty) && !own.read_only && !STATUSES.contains(&own.folded().as_str());
    let all = item_fields.iter().enumerate().filter(|(_, own)| can_name(own));
    let (known, others): (Vec<_>, Vec<_>) = all.partition(|(_, own)| own.has_role("key"));
    if !known.is_empty() {
        return together(known.into_iter().map(|(index, own)| Some((index, shared(own)?))));
    }
    let others: Vec<_> = others.into_iter().filter_map(|(index, own)| Some((own, index, shared(own)?))).collect();
    let naming = others.iter().filter(|(own, ..)| own.ty.as_key().is_some() && is_naming(&own.wire));
    if let Some((best, index, _)) = naming.min_by_key(|(own, ..)| [own.folded() != "id", own.optional]) {
        // `{"identityId": "a", "access": {"id": "b"}}`: an item that has two references is named by both.
        let is_alone = best.optional || best.folded() == "id" || !is_reference(types, best);
        let is_other = |own: &StructField| !is_alone && !own.optional && is_reference(types, own);
        let key = others.iter().filter(|(own, other, _)| other == index || is_other(own));
        // Whether another text names an item is told by its name. A word or an object may do so under any name.
        let is_rival = |own: &StructField| own.ty.as_key().is_none() && !is_reference(types, best);
        let rivals = others.iter().filter(|(own, ..)| is_rival(own)).map(|(own, ..)| own.wire.clone()).collect();
        let key = together(key.map(|(_, index, at)| Some((*index, *at))))?;
        return Some(KeyFields { rivals, ..key });
    }
    let always = others.iter().filter(|(own, ..)| !own.optional);
    together(always.map(|(_, index, at)| Some((*index, *at)))).filter(|key| key.of_element.len() > 1)
}

/// Whether a field refers to something: `userId`, or an object with an `id`.
fn is_reference(types: &TypeTable<'_>, field: &StructField) -> bool {
    match &field.ty {
        RustType::Named(name) => {
            types.definitions.get(name).is_some_and(|of| of.fields().iter().any(|field| field.folded() == "id"))
        }
        _ => names::words(&field.wire).last().is_some_and(|word| word == "id"),
    }
}

/// A key of several fields. `None` without a field, and if the element lacks one of them.
fn together(pairs: impl Iterator<Item = Option<(usize, usize)>>) -> Option<KeyFields> {
    let pairs: Option<Vec<(usize, usize)>> = pairs.collect();
    let (of_item, of_element): (Vec<_>, Vec<_>) = pairs?.into_iter().unzip();
    (!of_item.is_empty()).then_some(KeyFields { of_element, of_item, rivals: Vec::new() })
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
    let mut possible = fields.filter(|field| !field.optional && !field.read_only && field.ty.as_key().is_some());
    let (only, None) = (possible.next()?, possible.next()) else { return None };
    only.add_role("key");
    only.notes.push("is this the field by which responses name an item?".into());
    only.ty.as_key()
}
