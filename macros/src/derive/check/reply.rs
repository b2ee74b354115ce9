//! The rules of `#[derive(BulkReply)]`.

use proc_macro2::Ident;
use syn::{Data, DataEnum, Expr, Fields, Type, Variant};

use super::by_status::{StatusReader, check_has_statuses, status_case};
use super::fields::{check_only, check_response_fields, check_struct, field_model};
use crate::args::WordValue;
use crate::derive::fields::FieldInput;
use crate::derive::input::TypeInput;
use crate::derive::model::{ReplyField, ReplyFieldKind, ReplyModel, ReplyStruct, SilenceModel, StatusCase};
use crate::derive::words::read_words;
use crate::diagnostics::Diagnostics;
use crate::expression::bare;
use crate::rules::Rule;
use crate::symbol::{
    CODE, COUNT, RESULTS, FAILED, NESTED, JOB, MESSAGE, ON, REPLY_WORDS, UNLISTED, STATUS, SUCCEEDED, UNPROCESSED,
    VARIANT_WORDS,
};

/// The roles of lists.
const LISTS: [&str; 4] = [SUCCEEDED, FAILED, UNPROCESSED, RESULTS];

/// The roles of what is said of the whole response.
const RESPONSE: [&str; 4] = [STATUS, CODE, MESSAGE, JOB];

pub(in crate::derive) fn check_reply(input: &TypeInput, diagnostics: &Diagnostics) -> Option<ReplyModel> {
    match &input.data {
        Data::Enum(data) => check_reply_enum(input, data, diagnostics).map(ReplyModel::ByStatus),
        Data::Struct(_) | Data::Union(_) => check_reply_struct(input, diagnostics).map(ReplyModel::Struct),
    }
}

fn check_reply_struct(input: &TypeInput, diagnostics: &Diagnostics) -> Option<ReplyStruct> {
    let source = check_struct(input, "a derived reply", diagnostics)?;
    let inputs = check_response_fields(source, &input.attributes, &REPLY_WORDS.on_field, diagnostics);
    let is_bare_list = !matches!(source, Fields::Named(_));
    if is_bare_list && !matches!(inputs.as_slice(), [field] if find_role(field, &LISTS).is_some()) {
        diagnostics.error(
            Rule::DeriveFields, &input.ident,
            "a reply has named fields, or is a newtype whose body is one list: `(#[bulk(failed)] Vec<E>)`, with `succeeded`, `failed`, `unprocessed` or `results` on its one field",
        );
        return None;
    }
    // Lists may repeat: a response can have two lists of failures.
    for role in RESPONSE {
        check_only(&inputs, role, diagnostics);
    }
    let fields: Vec<(&FieldInput<'_>, ReplyField)> = inputs
        .iter()
        .map(|field| (field, reply_field(field, diagnostics)))
        .filter(|(_, field)| is_kept(field))
        .collect();
    let silence = check_silence(input, diagnostics);
    // A reply may come under a 4xx: a vendor may refuse a request and list its items.
    let statuses = StatusReader::of_replies().read(input.words.get(ON), diagnostics);
    check_reports_items(input, &inputs, &fields, silence, diagnostics)?;
    for (field, model) in &fields {
        if let ReplyFieldKind::List(role) = model.kind {
            check_list(field, role, diagnostics);
        }
    }
    let fields = fields.into_iter().map(|(_, field)| field).collect();
    let reply = ReplyStruct { fields, is_bare_list, silence, statuses };
    check_silence_has_evidence(input, &reply, diagnostics);
    Some(reply)
}

fn find_role(field: &FieldInput<'_>, roles: &[&'static str]) -> Option<&'static str> {
    roles.iter().copied().find(|role| field.has(role))
}

fn reply_field(field: &FieldInput<'_>, diagnostics: &Diagnostics) -> ReplyField {
    let names = &field.names;
    ReplyField {
        field: field_model(field),
        kind: check_kind(field, diagnostics),
        aliases: names.aliases.clone(),
        is_required: !(names.default || names.skipped || names.flattened || field.is_option()),
        is_read_with: names.with.is_some(),
    }
}

/// A field without a role is evidence that the response has this shape, where it is always there. The shape knows one name of
/// it, so under an alias it would look missing.
fn is_kept(field: &ReplyField) -> bool {
    field.kind != ReplyFieldKind::Plain || (field.is_required && field.aliases.is_empty())
}

/// What a field is to the reply.
fn check_kind(field: &FieldInput<'_>, diagnostics: &Diagnostics) -> ReplyFieldKind {
    if let Some(role) = find_role(field, &LISTS) {
        return ReplyFieldKind::List(role);
    }
    if let Some(role) = find_role(field, &RESPONSE) {
        return ReplyFieldKind::Response(role);
    }
    if let Some(word) = field.words.get(NESTED) {
        // Fields are found by their names in the JSON, and a flattened one has none.
        if field.names.flattened {
            let message = "the `nested` of a reply is read under its own name, and `#[serde(flatten)]` says that it has none: put the lists here";
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
    let counted = counted.and_then(|counted| [SUCCEEDED, FAILED, UNPROCESSED].into_iter().find(|role| counted == role));
    counted.map_or_else(
        || {
            diagnostics.error(
                Rule::Count,
                word,
                "say what it counts: `count(failed)`, `count(succeeded)` or `count(unprocessed)`",
            );
            ReplyFieldKind::Plain
        },
        ReplyFieldKind::Count,
    )
}

/// A reply without lists would leave every item unknown. It is allowed where the type says what silence means.
fn check_reports_items(
    input: &TypeInput,
    inputs: &[FieldInput<'_>],
    fields: &[(&FieldInput<'_>, ReplyField)],
    silence: SilenceModel,
    diagnostics: &Diagnostics,
) -> Option<()> {
    let reports =
        |kind| matches!(kind, ReplyFieldKind::List(_) | ReplyFieldKind::Nested | ReplyFieldKind::Response(JOB));
    let silent = silence != SilenceModel::Unknown || !input.words.lacks(UNLISTED);
    // A misspelt `failed` is reported already, and is the list that would be missing here.
    let misspelt = inputs.iter().any(|field| !field.words.lacks(SUCCEEDED) || !field.words.lacks(FAILED));
    if silent || misspelt || fields.iter().any(|(_, field)| reports(field.kind)) {
        return Some(());
    }
    diagnostics.error(
        Rule::ListMissing, &input.ident,
        "a reply tells something of single items: put `#[bulk(succeeded)]`, `#[bulk(failed)]`, `#[bulk(unprocessed)]` or `#[bulk(results)]` on its lists, or `#[bulk(nested)]` on what holds them; where a response with these fields means that all is done, say `#[bulk(unlisted = succeeded)]` on the type",
    );
    None
}

/// Lists are read one element at a time, so that one bad element spoils no other. The bounds of `ElementList` find other types that
/// are not lists.
fn check_list(field: &FieldInput<'_>, role: &str, diagnostics: &Diagnostics) {
    if let Type::Path(path) = field.ty()
        && let Some(last) = path.path.segments.last()
        // By name: a macro sees no types.
        && (last.ident == "HashMap" || last.ident == "BTreeMap")
    {
        diagnostics.error(
            Rule::ListMap, field.ty(),
            format_args!(
                "a `{}` drops a response that stands there twice: take `bulk_endpoint::Pairs`, which keeps it, or a list, `Vec<E>`",
                last.ident
            ),
        );
    }
    if let Some(with) = &field.names.with {
        diagnostics.error(
            Rule::ListWith, with,
            format_args!(
                "a list under `#[bulk({role})]` is read one element at a time, so nothing would call this function: put it on a field of the element"
            ),
        );
    }
}

fn check_silence(input: &TypeInput, diagnostics: &Diagnostics) -> SilenceModel {
    let Some(word) = input.words.get(UNLISTED) else {
        return SilenceModel::Unknown;
    };
    let written = match &word.value {
        WordValue::Equals(value) => match bare(value) {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        },
        _ => None,
    };
    match written.as_deref() {
        Some(SUCCEEDED) => SilenceModel::Succeeded,
        Some(FAILED) => SilenceModel::Failed,
        _ => {
            diagnostics.error(
                Rule::Silence,
                word,
                "write `unlisted = succeeded` where an item that the response does not name was done, `unlisted = failed` where it was not",
            );
            SilenceModel::Unknown
        }
    }
}

/// Silence is an outcome only in a response that shows its shape: `{}` must not count as success.
fn check_silence_has_evidence(input: &TypeInput, reply: &ReplyStruct, diagnostics: &Diagnostics) {
    if reply.silence == SilenceModel::Unknown {
        return;
    }
    // A list that is the whole body is always there.
    if !reply.is_bare_list && !reply.fields.iter().any(|field| field.is_required) {
        diagnostics.error(
            Rule::SilenceEvidence, input.words.get(UNLISTED),
            "silence means something only in a response that shows its shape, and here every field may be missing, so that `{}` would do: have one field without `#[serde(default)]` and `Option`",
        );
    }
    // Such a failure has no element, so no list can give its type.
    if reply.silence == SilenceModel::Failed && reply.fields.iter().any(|field| field.is_list(&[FAILED, RESULTS])) {
        diagnostics.error(
            Rule::SilenceFailed, input.words.get(UNLISTED),
            "`unlisted = failed` is for a response that lists what was done and nothing else; this one has a list that names failures: take one of them away",
        );
    }
}

/// One reply a set of statuses.
fn check_reply_enum(input: &TypeInput, data: &DataEnum, diagnostics: &Diagnostics) -> Option<Vec<StatusCase<Type>>> {
    if data.variants.is_empty() {
        diagnostics.error(
            Rule::VariantMissing,
            &input.ident,
            "a reply that is an enum has one variant a set of statuses: add one, with `#[bulk(on(200))]`",
        );
        return None;
    }
    let elsewhere = [
        (UNLISTED, "what silence means is said of each body: put `unlisted` on the type that the variant holds"),
        (ON, "the statuses of an enum stand on its variants, `#[bulk(on(207))]`: take `on` off the enum"),
    ];
    // These words are of one body, and an enum has several.
    for (word, how) in elsewhere {
        if let Some(word) = input.words.get(word) {
            diagnostics.error(Rule::EnumWord, word, how);
        }
    }
    let mut reader = StatusReader::of_replies();
    let cases = data.variants.iter().map(|variant| {
        let words = read_words(&variant.attrs, &VARIANT_WORDS, diagnostics);
        check_has_statuses(&variant.ident, &words, diagnostics);
        let body = check_body(variant, diagnostics);
        let statuses = reader.read(words.get(ON), diagnostics);
        status_case(variant, &input.attributes, statuses, body)
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
                "a variant of a reply holds the reply under its statuses as one type, or nothing",
            );
            unit
        }
    }
}
