//! Fields and their roles: a field has at most one role, and serde reads each field with a role.

use quote::ToTokens;
use syn::{Attribute, Data, Fields};

use crate::args::Word;
use crate::check::is_header_name;
use crate::derive::fields::{FieldInput, read_fields};
use crate::derive::input::TypeInput;
use crate::derive::model::FieldModel;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::{COUNT, HEADER, KEY, KEYS, NESTED, RETRY, RETRY_AFTER, TOGETHER, Vocabulary};

/// Roles that take a value.
const VALUED: [&str; 5] = [KEY, RETRY_AFTER, RETRY, COUNT, HEADER];

/// The fields of a struct; an error for anything else.
pub(super) fn check_struct<'a>(input: &'a TypeInput, what: &str, diagnostics: &Diagnostics) -> Option<&'a Fields> {
    let kind = match &input.data {
        Data::Struct(data) => return Some(&data.fields),
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    let ident = &input.ident;
    diagnostics.error(Rule::DeriveKind, ident, format_args!("expected a struct or an enum for {what}, found {kind}"));
    None
}

/// Reads fields, each with at most one role.
pub(super) fn check_fields<'a>(
    fields: &'a Fields,
    container: &[Attribute],
    vocabulary: &Vocabulary,
    diagnostics: &Diagnostics,
) -> Vec<FieldInput<'a>> {
    let fields = read_fields(fields, container, vocabulary, diagnostics);
    for field in &fields {
        check_one_role(field, vocabulary, diagnostics);
    }
    fields
}

/// Reads fields of a response, which serde reads too: each role and each JSON name is of one field.
pub(super) fn check_response_fields<'a>(
    fields: &'a Fields,
    container: &[Attribute],
    vocabulary: &Vocabulary,
    diagnostics: &Diagnostics,
) -> Vec<FieldInput<'a>> {
    let fields = check_fields(fields, container, vocabulary, diagnostics);
    for (index, field) in fields.iter().enumerate() {
        check_is_read(field, vocabulary, diagnostics);
        check_own_name(field, &fields[..index], diagnostics);
    }
    fields
}

/// The field with a role that only one field can have.
pub(super) fn check_only<'f, 'a>(
    fields: &'f [FieldInput<'a>],
    role: &str,
    diagnostics: &Diagnostics,
) -> Option<&'f FieldInput<'a>> {
    let mut with = fields.iter().filter(|field| field.has(role));
    let first = with.next();
    for other in with {
        diagnostics.error(
            Rule::RoleTwice,
            other.words.get(role),
            format_args!("duplicate `{role}`: remove it from one of the fields"),
        );
    }
    first
}

/// The field as an emitter needs it.
pub(super) fn field_model(field: &FieldInput<'_>) -> FieldModel {
    FieldModel {
        member: field.member.clone(),
        ty: field.ty().clone(),
        json_name: field.names.name.clone(),
        aliases: field.names.aliases.clone(),
        is_flattened: field.names.flattened || field.source.ident.is_none(),
    }
}

/// The fields of a key, in the order of their JSON names. Item and response use the same order, so their keys are equal in
/// whatever order each declares its fields.
pub(super) fn key_model<'f, 'a: 'f>(keys: impl IntoIterator<Item = &'f FieldInput<'a>>) -> Vec<FieldModel> {
    let mut keys: Vec<FieldModel> = keys.into_iter().map(field_model).collect();
    keys.sort_by(|one, other| one.json_name.cmp(&other.json_name));
    keys
}

/// The words of a field that are roles, in the order of the vocabulary.
fn roles<'f>(field: &'f FieldInput<'_>, vocabulary: &Vocabulary) -> Vec<&'f Word> {
    vocabulary.allowed.iter().filter_map(|role| field.words.get(role)).collect()
}

fn check_one_role(field: &FieldInput<'_>, vocabulary: &Vocabulary, diagnostics: &Diagnostics) {
    let roles = roles(field, vocabulary);
    for role in &roles {
        // All other roles are flags, so `key = 1` is a mistake.
        if !VALUED.iter().any(|valued| role.is(valued)) {
            field.words.flag(&role.name.to_string(), diagnostics);
        }
    }
    let together = |one: &Word, other: &Word| {
        TOGETHER.iter().any(|(a, b)| (one.is(a) && other.is(b)) || (one.is(b) && other.is(a)))
    };
    for (index, role) in roles.iter().enumerate() {
        // Some pairs belong together: `key, nested` is a key that is inside the field.
        if let Some(first) = roles[..index].iter().find(|first| !together(first, role)) {
            if first.is(KEYS) && role.is(NESTED) {
                let message = "the list of keys is in the type of this field: write `#[bulk(key, nested)]` here, and `#[bulk(keys)]` on the list";
                diagnostics.error(Rule::FieldRoles, role, message);
                continue;
            }
            diagnostics.error(
                Rule::FieldRoles,
                role,
                format_args!("expected one role, found `{}` and `{}`: remove one of them", first.name, role.name),
            );
        }
    }
}

/// A field with a role has a place in the JSON.
fn check_is_read(field: &FieldInput<'_>, vocabulary: &Vocabulary, diagnostics: &Diagnostics) {
    // A nested type needs no name of its own: `#[serde(flatten)]` puts its fields beside the others.
    let unnamed = field.names.flattened && !field.has(NESTED);
    if let Some(role) = roles(field, vocabulary).first()
        && (field.names.skipped || unnamed)
        && !field.has(HEADER)
    {
        let serde = if field.names.skipped { "skip" } else { "flatten" };
        diagnostics.error(
            Rule::RoleUnread,
            role,
            format_args!(
                "`#[bulk({})]` needs a field of the response, but `#[serde({serde})]` removes it: remove one of the attributes",
                role.name
            ),
        );
    }
}

/// serde would read one JSON name into the first of two fields, and report the second as missing at run time.
fn check_own_name(field: &FieldInput<'_>, earlier: &[FieldInput<'_>], diagnostics: &Diagnostics) {
    // The fields of a tuple have no names.
    let Some(ident) = &field.source.ident else { return };
    let name = field.names.read_under().find(|name| {
        let mut earlier = earlier.iter().filter(|other| other.source.ident.is_some());
        earlier.any(|other| other.names.read_under().any(|other| other == *name))
    });
    if let Some(name) = name {
        diagnostics.error(
            Rule::NameTwice,
            ident,
            format_args!("another field has the JSON name `{name}` too: rename `{ident}`"),
        );
    }
}

/// The types of keys as text, to compare them.
pub(super) fn type_texts(keys: &[FieldInput<'_>]) -> Vec<String> {
    keys.iter().map(|key| key.ty().to_token_stream().to_string()).collect()
}

/// The name of the header that a field with `header = "…"` is read from.
pub(super) fn check_header(
    field: &FieldInput<'_>,
    vocabulary: &Vocabulary,
    diagnostics: &Diagnostics,
) -> Option<String> {
    let word = field.words.get(HEADER)?;
    let mistake = |message: &str| diagnostics.error(Rule::HeaderField, word, message);
    let Some(name) = word.string().map(|name| name.value()) else {
        mistake("expected the name of a header: write `header = \"X-Rate-Limit-Reset\"`");
        return None;
    };
    if !is_header_name(&name) {
        mistake(&format!(
            "`{name}` is not the name of a header: write it as the vendor does, as `header = \"X-Rate-Limit-Reset\"`"
        ));
    } else if roles(field, vocabulary).len() < 2 {
        mistake("`header` says where a role is: add the role, as `#[bulk(code, header = \"…\")]`");
    } else if field.source.ident.is_none() {
        mistake(
            "a header is a field of its own: write `{ #[bulk(code, header = \"…\")] #[serde(skip)] code: Option<String> }`",
        );
    } else if !field.names.skipped {
        mistake("the field is a header, but serde looks for it in the body: add `#[serde(skip)]`");
    }
    Some(name.to_ascii_lowercase())
}
