//! The rules of `#[derive(Status)]`.

use syn::{Data, DataEnum, Fields, Variant};

use super::verdict::{check_has_mark, check_mark};
use crate::args::Word;
use crate::derive::input::TypeInput;
use crate::derive::model::{StatusModel, StatusVariant, StatusWord};
use crate::derive::serde_names::{ContainerNames, FieldNames, find_serde_word};
use crate::derive::words::is_bulk;
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;

pub(in crate::derive) fn check_status_enum(input: &TypeInput, diagnostics: &Diagnostics) -> Option<StatusModel> {
    let Data::Enum(data) = &input.data else {
        let kind = if matches!(input.data, Data::Struct(_)) { "a struct" } else { "a union" };
        diagnostics.error(
            Rule::DeriveKind,
            &input.ident,
            format_args!("expected an enum for a status, found {kind}: write one variant per status of the vendor"),
        );
        return None;
    };
    if data.variants.is_empty() {
        diagnostics.error(Rule::VariantMissing, &input.ident, "expected at least one variant, found none: add one");
        return None;
    }
    let container = ContainerNames::read(&input.attributes);
    // With an integer type, the statuses are the numbers of the variants.
    let is_number = input.attributes.iter().any(|attribute| super::number_type(attribute).is_some());
    // Without any verdict, the words are codes, for `#[bulk(code)]`.
    let has_verdicts = data.variants.iter().any(|variant| variant.attrs.iter().any(is_bulk));
    let variants = data.variants.iter().map(|variant| check_variant(variant, has_verdicts, &container, diagnostics));
    let variants: Vec<StatusVariant> = variants.collect();
    if !is_number {
        check_words(data, &container, diagnostics);
    }
    Some(StatusModel { variants, has_verdicts })
}

fn check_variant(
    variant: &Variant,
    has_verdicts: bool,
    container: &ContainerNames,
    diagnostics: &Diagnostics,
) -> StatusVariant {
    let names = FieldNames::of_variant(variant, container);
    let word = status_word(variant, &names);
    let is_other = find_serde_word(&variant.attrs, &["other"]).is_some();
    let is_fixed = matches!(word, StatusWord::Fixed(_));
    let mark = check_mark(&variant.attrs, diagnostics);
    if is_fixed && !matches!(variant.fields, Fields::Unit) {
        let ident = &variant.ident;
        diagnostics.error(
            Rule::VariantFields,
            &variant.fields,
            format_args!("a status is one word, found a variant with fields: remove them, or write `#[serde(untagged)] {ident}(String)`, which holds any other word"),
        );
    // A variant for unknown words, or for none, needs no verdict.
    } else if has_verdicts && is_fixed && !is_other && !names.skipped {
        check_has_mark(&variant.ident, &variant.attrs, diagnostics);
    }
    StatusVariant { ident: variant.ident.clone(), mark, word, is_other }
}

/// A derived `Deserialize` reads words from JSON strings, never from numbers.
fn check_words(data: &DataEnum, container: &ContainerNames, diagnostics: &Diagnostics) {
    let is_number = |variant: &Variant| {
        let names = FieldNames::of_variant(variant, container);
        !names.untagged && names.name.parse::<i128>().is_ok()
    };
    let renames = data.variants.iter().filter(|variant| is_number(variant));
    let renames: Vec<Word> = renames.filter_map(|variant| find_serde_word(&variant.attrs, &["rename"])).collect();
    // One word of digits among others is a string: `"0"` beside `"error"`.
    let words = data.variants.iter().filter(|variant| {
        find_serde_word(&variant.attrs, &["other"]).is_none() && !FieldNames::of_variant(variant, container).untagged
    });
    let Some(first) = renames.first().filter(|_| renames.len() == words.count()) else { return };
    diagnostics.error(
        Rule::StatusNumber,
        first,
        "a word of digits is never read from a JSON number: write `#[repr(i64)]` on the enum and the number on each variant, as `Ok = 0`, and derive `Status` without `Deserialize`",
    );
}

fn status_word(variant: &Variant, names: &FieldNames) -> StatusWord {
    match &variant.fields {
        // `#[serde(untagged)] Other(String)` holds any word that no other variant is.
        Fields::Unnamed(fields) if names.untagged && fields.unnamed.len() == 1 => {
            StatusWord::Held(Box::new(fields.unnamed[0].ty.clone()))
        }
        _ => StatusWord::Fixed(names.name.clone()),
    }
}
