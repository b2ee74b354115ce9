//! Marks on variants: `#[bulk(succeeded)]`, `#[bulk(failed)]` and the other verdicts.

use proc_macro2::Ident;
use syn::Attribute;

use crate::derive::words::{is_bulk, read_words};
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;
use crate::symbol::VERDICTS;

/// The verdict that a variant is marked with.
pub(super) fn check_mark(attributes: &[Attribute], diagnostics: &Diagnostics) -> Option<&'static str> {
    let words = read_words(attributes, &VERDICTS, diagnostics);
    // `filter` is lazy: the second `next` looks at the marks after the first.
    let mut marks = VERDICTS.allowed.iter().filter(|mark| words.flag(mark, diagnostics));
    let mark = marks.next()?;
    if let Some(second) = marks.next() {
        diagnostics.error(
            Rule::FieldRoles,
            words.get(second),
            format_args!("expected one verdict, found `{mark}` and `{second}`: remove one of them"),
        );
    }
    Some(mark)
}

/// A variant without a mark says nothing about its item, which would end unknown.
pub(super) fn check_has_mark(variant: &Ident, attributes: &[Attribute], diagnostics: &Diagnostics) {
    // A mistyped mark is already reported.
    if !attributes.iter().any(is_bulk) {
        diagnostics.error(
            Rule::VariantMark,
            variant,
            format_args!(
                "missing verdict on `{variant}`: add `#[bulk(succeeded)]`, or `accepted`, `failed`, `unprocessed` or `pending`"
            ),
        );
    }
}
