//! Roles in the body of an error response.

use crate::definition::{Definition, StructField};
use crate::element_roles::{add_text_roles, add_word_code, field_mut};
use crate::role_names::{ERRORS, REQUEST_IDS};
use crate::rust_type::RustType;
use crate::type_table::TypeTable;

/// Adds the roles of an error body.
pub(crate) fn add_error_roles(types: &mut TypeTable<'_>, name: &str) {
    let has_text = add_text_roles(types, name) | add_word_code(types, name, &ERRORS);
    let Some(definition) = types.definitions.get_mut(name) else { return };
    if !definition.fields().iter().any(|field| field.has_role("request_id")) {
        let is_id = |field: &&mut StructField| {
            REQUEST_IDS.contains(&field.folded().as_str()) && field.ty == RustType::Plain("String")
        };
        if let Some(field) = definition.fields_mut().iter_mut().find(is_id) {
            field.add_role("request_id");
        }
    }
    let is = |role: &str| definition.fields().iter().any(|field| field.has_role(role));
    if is("message") || is("nested") {
        return;
    }
    let Some(definition) = types.definitions.get(name) else { return };
    let nested = |field: &StructField| {
        let name = match &field.ty {
            RustType::List(of) => of.name(),
            ty => ty.name(),
        };
        name.filter(|name| !types.is_words(name)).map(str::to_owned)
    };
    let known = |field: &StructField| ERRORS.contains(&field.folded().as_str()) || field.folded() == "messages";
    let at = definition.fields().iter().position(|field| known(field) && nested(field).is_some());
    if let Some((at, inner)) = at.and_then(|at| Some((at, nested(&definition.fields()[at])?))) {
        let inner_name = types.add_derive(&inner, "ItemReply", "Detail");
        if add_text_roles(types, &inner_name)
            && let Some(field) = field_mut(types, name, at)
        {
            field.ty.rename(&inner, &inner_name);
            return field.add_role("nested");
        }
    }
    // Problem details (RFC 9457) have a `title`, with or without a `detail`.
    let texts: &[&str] = if has_text { &["title"] } else { &["title", "error"] };
    let Some(fields) = types.definitions.get_mut(name).map(Definition::fields_mut) else { return };
    let is = |field: &StructField, text: &str| field.folded() == text && field.ty == RustType::Plain("String");
    let at = texts.iter().find_map(|text| fields.iter().position(|field| is(field, text)));
    if let Some(field) = at.and_then(|at| fields.get_mut(at)) {
        field.add_role("message");
    }
}
