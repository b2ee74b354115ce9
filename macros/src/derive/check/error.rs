//! The rules of `#[derive(ApiError)]`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Data, DataEnum, Fields, Variant};

use super::by_status::{StatusReader, check_has_statuses, status_case};
use super::fields::{check_header, check_only, check_response_fields, field_model};
use super::signals::{check_flag, check_unit};
use crate::args::Word;
use crate::derive::fields::FieldInput;
use crate::derive::input::TypeInput;
use crate::derive::model::{ErrorBody, ErrorField, ErrorModel, StatusCase};
use crate::derive::serde_names::{DENY_UNKNOWN_FIELDS, find_serde_word, serde_words};
use crate::derive::words::read_words;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::{CODE, ERROR_WORDS, MESSAGE, NESTED, ON, REQUEST_ID, RETRY, RETRY_AFTER, VARIANT_WORDS};

pub(in crate::derive) fn check_error(input: &TypeInput, diagnostics: &Diagnostics) -> Option<ErrorModel> {
    match &input.data {
        Data::Struct(data) => {
            let fields = check_error_fields(&data.fields, &input.attributes, diagnostics);
            Some(ErrorModel::Struct(fields.iter().map(|field| error_field(field, diagnostics)).collect()))
        }
        Data::Enum(data) => check_variants(input, data, diagnostics).map(ErrorModel::ByStatus),
        Data::Union(_) => {
            let ident = &input.ident;
            diagnostics.error(Rule::DeriveKind, ident, "expected a struct or an enum for an error body, found a union");
            None
        }
    }
}

/// Fields with at most one of each role.
fn check_error_fields<'a>(
    fields: &'a Fields,
    container: &[Attribute],
    diagnostics: &Diagnostics,
) -> Vec<FieldInput<'a>> {
    let fields = check_response_fields(fields, container, &ERROR_WORDS.on_field, diagnostics);
    for role in [CODE, MESSAGE, REQUEST_ID, RETRY_AFTER, RETRY] {
        check_only(&fields, role, diagnostics);
    }
    fields
}

fn error_field(field: &FieldInput<'_>, diagnostics: &Diagnostics) -> ErrorField {
    let is_serde = |attribute: &&Attribute| attribute.path().is_ident("serde");
    ErrorField {
        field: field_model(field),
        // A field has one role, so the first is the only one.
        role: [CODE, MESSAGE, REQUEST_ID, RETRY_AFTER, RETRY, NESTED].into_iter().find(|role| field.has(role)),
        when: field.has(RETRY).then(|| check_flag(field, diagnostics)),
        unit: field.has(RETRY_AFTER).then(|| check_unit(field, true, diagnostics)),
        header: check_header(field, &ERROR_WORDS.on_field, diagnostics),
        serde: field.source.attrs.iter().filter(is_serde).cloned().collect(),
    }
}

fn check_variants(input: &TypeInput, data: &DataEnum, diagnostics: &Diagnostics) -> Option<Vec<StatusCase<ErrorBody>>> {
    if data.variants.is_empty() {
        diagnostics.error(
            Rule::VariantMissing,
            &input.ident,
            "expected at least one variant, found none: add one with `#[bulk(on(400))]`",
        );
        return None;
    }
    let mut reader = StatusReader::of_errors();
    // Statuses are read in order, so a duplicate is reported at the later variant.
    let cases = data.variants.iter().map(|variant| {
        let words = read_words(&variant.attrs, &VARIANT_WORDS, diagnostics);
        // `rename_all` of an enum is for its variants, and not for their fields.
        let fields = check_error_fields(&variant.fields, &variant.attrs, diagnostics);
        check_has_statuses(&variant.ident, &words, diagnostics);
        check_countable(variant, diagnostics);
        let statuses = reader.read(words.get(ON), diagnostics);
        status_case(variant, &input.attributes, statuses, error_body(variant, &fields, input, diagnostics))
    });
    Some(cases.collect())
}

/// An error body is one type or an object. serde would read a tuple of several from an array.
fn check_countable(variant: &Variant, diagnostics: &Diagnostics) {
    if matches!(variant.fields, Fields::Unnamed(_)) && variant.fields.len() != 1 {
        diagnostics.error(
            Rule::VariantFields,
            &variant.fields,
            format_args!("expected one type or named fields: write `{0}(Body)` or `{0} {{ … }}`", variant.ident),
        );
    }
}

fn error_body(variant: &Variant, fields: &[FieldInput<'_>], input: &TypeInput, diagnostics: &Diagnostics) -> ErrorBody {
    let fields: Vec<ErrorField> = fields.iter().map(|field| error_field(field, diagnostics)).collect();
    match (&variant.fields, fields.as_slice()) {
        (Fields::Named(_), _) => ErrorBody::Fields { fields, serde: container_words(variant, &input.attributes) },
        // A field without a role is an error body of its own.
        (Fields::Unnamed(_), [ErrorField { role: None, field, .. }]) => ErrorBody::Error(field.ty.clone()),
        (Fields::Unnamed(_), _) => fields.into_iter().next().map_or(ErrorBody::Empty, ErrorBody::Value),
        (Fields::Unit, _) => ErrorBody::Empty,
    }
}

/// The words that serde takes on a struct as it does on a variant, where any other would not compile.
///
/// `rename_all_fields` on the enum is the `rename_all` of each variant without its own, and `deny_unknown_fields` on it applies to each.
fn container_words(variant: &Variant, container: &[Attribute]) -> Vec<TokenStream> {
    let mut words = serde_words(&variant.attrs);
    words.retain(|word| word.is("rename_all") || word.is(DENY_UNKNOWN_FIELDS));
    for (name, of_enum) in [("rename_all", "rename_all_fields"), (DENY_UNKNOWN_FIELDS, DENY_UNKNOWN_FIELDS)] {
        if !words.iter().any(|word| word.is(name))
            && let Some(of_all) = find_serde_word(container, &[of_enum])
        {
            words.push(Word { name: Ident::new(name, of_all.name.span()), ..of_all });
        }
    }
    words.into_iter().map(ToTokens::into_token_stream).collect()
}
