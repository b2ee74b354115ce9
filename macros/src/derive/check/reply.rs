//! The rules of `#[derive(BulkReply)]`.

use proc_macro2::Ident;
use syn::{Data, DataEnum, Expr, Fields, Type, Variant};

use super::by_status::{StatusReader, check_has_statuses, status_case};
use super::fields::{check_header, check_only, check_response_fields, check_struct, field_model};
use super::signals::{check_not_inverted, check_unit};
use crate::args::WordValue;
use crate::derive::fields::FieldInput;
use crate::derive::input::TypeInput;
use crate::derive::model::{ReplyBody, ReplyField, ReplyFieldKind, ReplyModel, ReplyStruct, StatusCase, UnlistedModel};
use crate::derive::serde_names::ContainerNames;
use crate::derive::serde_names::find_serde_word;
use crate::derive::words::read_words;
use crate::diagnostics::Diagnostics;
use crate::expression::bare;
use crate::rules::Rule;
use crate::symbol::{
    ACCEPTED, CODE, COUNT, FAILED, HEADER, JOB, MESSAGE, NESTED, NEXT_JOB, ON, REPLY_VARIANT_WORDS, REPLY_WORDS,
    RESULTS, RETRY_AFTER, STATUS, SUCCEEDED, UNLISTED, UNPROCESSED,
};

/// The roles of lists.
const LISTS: [&str; 5] = [SUCCEEDED, ACCEPTED, FAILED, UNPROCESSED, RESULTS];

/// The roles of fields that report on the whole response.
const RESPONSE: [&str; 5] = [STATUS, CODE, MESSAGE, JOB, NEXT_JOB];

pub(in crate::derive) fn check_reply(input: &TypeInput, diagnostics: &Diagnostics) -> Option<ReplyModel> {
    match &input.data {
        Data::Enum(data) => check_reply_enum(input, data, diagnostics).map(ReplyModel::ByStatus),
        Data::Struct(_) | Data::Union(_) => check_reply_struct(input, diagnostics).map(ReplyModel::Struct),
    }
}

fn check_reply_struct(input: &TypeInput, diagnostics: &Diagnostics) -> Option<ReplyStruct> {
    let source = check_struct(input, "a reply", diagnostics)?;
    let inputs = check_response_fields(source, &input.attributes, &REPLY_WORDS.on_field, diagnostics);
    let is_bare_list = !matches!(source, Fields::Named(_));
    if is_bare_list && !matches!(inputs.as_slice(), [field] if find_role(field, &LISTS).is_some()) {
        diagnostics.error(
            Rule::DeriveFields, &input.ident,
            "expected named fields, or a newtype of one list: write `(#[bulk(failed)] Vec<E>)`, with `succeeded`, `accepted`, `failed`, `unprocessed` or `results`",
        );
        return None;
    }
    check_serde(input, "its fields are read one by one", diagnostics);
    // Lists may repeat: a response can have two lists of failures.
    for role in RESPONSE.into_iter().chain([RETRY_AFTER]) {
        check_only(&inputs, role, diagnostics);
    }
    let denies_unknown = check_denies_unknown(input, &inputs, diagnostics);
    let fields: Vec<(&FieldInput<'_>, ReplyField)> = inputs
        .iter()
        .map(|field| (field, reply_field(field, diagnostics)))
        .filter(|(input, field)| is_kept(field) || denies_unknown && !input.names.skipped)
        .collect();
    let unlisted = check_unlisted(input, diagnostics);
    // A reply may have a 4xx status: a vendor can refuse a request and list its items.
    let statuses = StatusReader::of_replies().read(input.words.get(ON), diagnostics);
    check_reports_items(input, &inputs, &fields, unlisted, diagnostics)?;
    for (field, model) in &fields {
        if let ReplyFieldKind::List(_) = model.kind {
            check_list(field, diagnostics);
        }
        if model.kind != ReplyFieldKind::Plain {
            check_no_function(field, diagnostics);
        }
    }
    let fields = fields.into_iter().map(|(_, field)| field).collect();
    let has_own_fields =
        inputs.iter().any(|field| find_role(field, &LISTS).is_none() && (!field.names.skipped || field.has(HEADER)));
    let reply = ReplyStruct { fields, is_bare_list, unlisted, denies_unknown, statuses, has_own_fields };
    check_unlisted_has_evidence(input, &reply, diagnostics);
    Some(reply)
}

/// serde's words for the choice of a variant, and for another JSON of the whole type. A reply is read by its declaration, so they would
/// do nothing.
fn check_serde(input: &TypeInput, why: &str, diagnostics: &Diagnostics) {
    if let Some(word) = find_serde_word(&input.attributes, &["tag", "from", "try_from", "remote"]) {
        let name = &word.name;
        diagnostics.error(
            Rule::ReplySerde,
            &word,
            format_args!("`#[serde({name})]` has no effect on a reply, since {why}: remove it"),
        );
    }
}

fn find_role(field: &FieldInput<'_>, roles: &[&'static str]) -> Option<&'static str> {
    roles.iter().copied().find(|role| field.has(role))
}

fn reply_field(field: &FieldInput<'_>, diagnostics: &Diagnostics) -> ReplyField {
    ReplyField {
        field: field_model(field),
        kind: check_kind(field, diagnostics),
        // A header that is a number of items is always there, unless it is an `Option`.
        is_required: field.is_required() || field.has(COUNT) && field.has(HEADER) && !field.is_option(),
        header: check_header(field, &REPLY_WORDS.on_field, diagnostics),
        is_read_with: field.names.with.is_some(),
    }
}

/// A required field without a role is evidence that the response has this shape. The shape has one name for it, so a field
/// with an alias could look missing and is left out.
fn is_kept(field: &ReplyField) -> bool {
    field.kind != ReplyFieldKind::Plain || (field.is_required && field.field.aliases.is_empty())
}

/// `#[serde(deny_unknown_fields)]`: a field that is not declared does not fit. A flattened field would take every other name.
fn check_denies_unknown(input: &TypeInput, fields: &[FieldInput<'_>], diagnostics: &Diagnostics) -> bool {
    let denies_unknown = ContainerNames::read(&input.attributes).denies_unknown;
    if let Some(flattened) = fields.iter().find(|field| denies_unknown && field.names.flattened) {
        let message = "`#[serde(flatten)]` takes every field that `#[serde(deny_unknown_fields)]` denies: remove one of the attributes";
        diagnostics.error(Rule::RoleUnread, flattened.source, message);
    }
    denies_unknown
}

/// The kind of a field.
fn check_kind(field: &FieldInput<'_>, diagnostics: &Diagnostics) -> ReplyFieldKind {
    if let Some(role) = find_role(field, &LISTS) {
        return ReplyFieldKind::List(role);
    }
    if let Some(role) = find_role(field, &RESPONSE) {
        if role == STATUS {
            let fix = "remove the word if a list has the failures, or use an enum that derives `Status`, with `#[serde(from = \"bool\")]`";
            check_not_inverted(field, fix, diagnostics);
        }
        return ReplyFieldKind::Response(role);
    }
    if field.has(RETRY_AFTER) {
        return ReplyFieldKind::Delay(check_unit(field, true, diagnostics));
    }
    if let Some(word) = field.words.get(NESTED) {
        // Fields are found by their names in the JSON, and a flattened one has none.
        if field.names.flattened {
            let message = "`#[bulk(nested)]` needs a field of the response, but `#[serde(flatten)]` removes it: move the lists of the inner type here";
            diagnostics.error(Rule::RoleUnread, word, message);
        }
        return ReplyFieldKind::Nested;
    }
    // A field without any role.
    let Some(word) = field.words.get(COUNT) else { return ReplyFieldKind::Plain };
    let counted = match &word.value {
        WordValue::List(tokens) => syn::parse2::<Ident>(tokens.clone()).ok(),
        _ => None,
    };
    let counted =
        counted.and_then(|counted| [SUCCEEDED, ACCEPTED, FAILED, UNPROCESSED].into_iter().find(|role| counted == role));
    counted.map_or_else(
        || {
            diagnostics.error(
                Rule::Count,
                word,
                "expected a list to count: write `count(failed)`, `count(succeeded)`, `count(accepted)` or `count(unprocessed)`",
            );
            ReplyFieldKind::Plain
        },
        ReplyFieldKind::Count,
    )
}

/// A reply without lists would leave every item unknown. It is allowed if the type has `unlisted`.
fn check_reports_items(
    input: &TypeInput,
    inputs: &[FieldInput<'_>],
    fields: &[(&FieldInput<'_>, ReplyField)],
    unlisted: UnlistedModel,
    diagnostics: &Diagnostics,
) -> Option<()> {
    let reports = |kind| {
        matches!(kind, ReplyFieldKind::List(_) | ReplyFieldKind::Nested | ReplyFieldKind::Response(JOB | NEXT_JOB))
    };
    let unlisted_matters = unlisted != UnlistedModel::Unknown || !input.words.lacks(UNLISTED);
    // A misspelt `failed` is already reported, and counts as the list.
    let misspelt = inputs.iter().any(|field| !field.words.lacks(SUCCEEDED) || !field.words.lacks(FAILED));
    if unlisted_matters || misspelt || fields.iter().any(|(_, field)| reports(field.kind)) {
        return Some(());
    }
    diagnostics.error(
        Rule::ListMissing, &input.ident,
        "missing list of items: put `#[bulk(succeeded)]`, `#[bulk(accepted)]`, `#[bulk(failed)]`, `#[bulk(unprocessed)]` or `#[bulk(results)]` on a list, or `#[bulk(nested)]` on a field that holds one; if a response with these fields means that all items succeeded, put `#[bulk(unlisted = succeeded)]` on the type",
    );
    None
}

/// Lists are read one element at a time, so that one invalid element does not affect the others. The bound `ElementList`
/// reports other types that are not lists.
fn check_list(field: &FieldInput<'_>, diagnostics: &Diagnostics) {
    if let Type::Path(path) = field.ty()
        && let Some(last) = path.path.segments.last()
        // By name: a macro sees no types.
        && (last.ident == "HashMap" || last.ident == "BTreeMap")
    {
        diagnostics.error(
            Rule::ListMap,
            field.ty(),
            format_args!(
                "a `{}` drops duplicate keys: use `bulk_endpoint::Pairs`, which keeps them, or `Vec<E>`",
                last.ident
            ),
        );
    }
}

/// A field with a role is read by the trait of its role, and a list one element at a time.
fn check_no_function(field: &FieldInput<'_>, diagnostics: &Diagnostics) {
    if let Some(with) = &field.names.with {
        diagnostics.error(
            Rule::ListWith,
            with,
            "a field with a role is read by that role, so this function would not be called: use a type with its own `Deserialize`, and for a list, of its elements",
        );
    }
}

fn check_unlisted(input: &TypeInput, diagnostics: &Diagnostics) -> UnlistedModel {
    let Some(word) = input.words.get(UNLISTED) else {
        return UnlistedModel::Unknown;
    };
    let meaning = match &word.value {
        WordValue::Equals(value) => unlisted_meaning(bare(value)),
        _ => None,
    };
    meaning.unwrap_or_else(|| {
        diagnostics.error(
            Rule::Unlisted,
            word,
            "expected the meaning of an unlisted item: write `unlisted = succeeded`, `accepted`, `failed` or `unprocessed`, or `unlisted = (succeeded, unprocessed)` if the server stops at the first item that fails",
        );
        UnlistedModel::Unknown
    })
}

fn unlisted_meaning(value: &Expr) -> Option<UnlistedModel> {
    let word = |value: &Expr| match bare(value) {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    if let Expr::Tuple(pair) = value {
        let words: Vec<Option<String>> = pair.elems.iter().map(word).collect();
        return match words.as_slice() {
            [Some(before), Some(after)] if before == SUCCEEDED && after == UNPROCESSED => {
                Some(UnlistedModel::StopsAtFailure)
            }
            _ => None,
        };
    }
    Some(match word(value)?.as_str() {
        SUCCEEDED => UnlistedModel::Succeeded,
        ACCEPTED => UnlistedModel::Accepted,
        FAILED => UnlistedModel::Failed,
        UNPROCESSED => UnlistedModel::Unprocessed,
        _ => return None,
    })
}

/// `unlisted` applies only to a response that has the declared shape: `{}` must not count as success.
fn check_unlisted_has_evidence(input: &TypeInput, reply: &ReplyStruct, diagnostics: &Diagnostics) {
    if reply.unlisted == UnlistedModel::Unknown {
        return;
    }
    // A list that is the whole body is always there. A type that denies unknown fields says that `{}` has its shape.
    if !reply.is_bare_list && !reply.denies_unknown && !reply.fields.iter().any(|field| field.is_required) {
        diagnostics.error(
            Rule::UnlistedEvidence, input.words.get(UNLISTED),
            "`unlisted` needs a field that is always present, so that `{}` does not match: remove `#[serde(default)]` or `Option` from one field, or add `#[serde(deny_unknown_fields)]` if `{}` means the same",
        );
    }
    // Without a failure in it, no response shows where the server stopped.
    let lists_failures = reply
        .fields
        .iter()
        .any(|field| field.is_list(&[FAILED, RESULTS]) || matches!(field.kind, ReplyFieldKind::Nested));
    if reply.unlisted == UnlistedModel::StopsAtFailure && !lists_failures {
        diagnostics.error(
            Rule::UnlistedStops, input.words.get(UNLISTED),
            "`unlisted = (succeeded, unprocessed)` needs a list that shows which item failed: put `#[bulk(failed)]` or `#[bulk(results)]` on one, or write `unlisted = succeeded`",
        );
    }
    // Such a failure has no element, so no list can give its type.
    if reply.unlisted == UnlistedModel::Failed && reply.fields.iter().any(|field| field.is_list(&[FAILED, RESULTS])) {
        diagnostics.error(
            Rule::UnlistedFailed, input.words.get(UNLISTED),
            "`unlisted = failed` needs a response that lists successes only, found a list with failures: remove one of them",
        );
    }
}

/// One reply a set of statuses.
fn check_reply_enum(
    input: &TypeInput,
    data: &DataEnum,
    diagnostics: &Diagnostics,
) -> Option<Vec<StatusCase<ReplyBody>>> {
    if data.variants.is_empty() {
        diagnostics.error(
            Rule::VariantMissing,
            &input.ident,
            "expected at least one variant, found none: add one with `#[bulk(on(200))]`",
        );
        return None;
    }
    let elsewhere = [
        (UNLISTED, "`unlisted` on an enum has no effect: move it to the type that the variant holds"),
        (ON, "`on` on an enum has no effect: move it to the variants, as `#[bulk(on(207))]`"),
    ];
    // These words describe one body, and an enum has several.
    for (word, message) in elsewhere {
        if let Some(word) = input.words.get(word) {
            diagnostics.error(Rule::EnumWord, word, message);
        }
    }
    check_serde(input, "the HTTP status chooses its variant, as `#[bulk(on(207))]` says", diagnostics);
    let mut seen = Vec::new();
    let cases = data.variants.iter().map(|variant| {
        let words = read_words(&variant.attrs, &REPLY_VARIANT_WORDS, diagnostics);
        check_has_statuses(&variant.ident, &words, diagnostics);
        let is_error = words.flag(FAILED, diagnostics);
        let ty = check_body(variant, diagnostics);
        if is_error && !matches!(variant.fields, Fields::Unit) {
            diagnostics.error(
                Rule::VariantFields,
                &variant.fields,
                format_args!("`failed` on a variant says that its body is the error type of the endpoint: write `{}` without fields, or remove `failed`", variant.ident),
            );
        }
        // A status can have several bodies, in different variants.
        let statuses = StatusReader::of_replies().read(words.get(ON), diagnostics);
        let overlaps = statuses.iter().any(|status| seen.contains(status));
        seen.extend(&statuses);
        status_case(variant, &input.attributes, statuses, ReplyBody { ty, is_error, overlaps })
    });
    Some(cases.collect())
}

/// The reply that a variant holds. `()` is the reply of a body without content.
fn check_body(variant: &Variant, diagnostics: &Diagnostics) -> Type {
    let unit: Type = syn::parse_quote!(());
    match &variant.fields {
        Fields::Unit => unit,
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed[0].ty.clone(),
        fields => {
            diagnostics.error(
                Rule::VariantFields,
                fields,
                format_args!("expected one type or no fields: write `{0}(Reply)` or `{0}`", variant.ident),
            );
            unit
        }
    }
}
