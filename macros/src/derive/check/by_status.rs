//! `on(…)`: the HTTP statuses of a body, on a type or on the variants of an enum.

use proc_macro2::Ident;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, LitInt, Token, Variant};

use crate::args::{Word, WordSet, WordValue};
use crate::derive::model::StatusCase;
use crate::derive::serde_names::{ContainerNames, FieldNames};
use crate::diagnostics::Diagnostics;
use crate::http_status::check_status;
use crate::rules::{Mistake, Rule};
use crate::symbol::ON;

/// Reads the `on(…)` of each variant. A status is in one of them, once.
pub(super) struct StatusReader {
    seen: Vec<u16>,
    check: fn(u16) -> Result<(), Mistake>,
}

impl StatusReader {
    /// Any status may be listed.
    pub(super) fn of_replies() -> Self {
        StatusReader { seen: Vec::new(), check: |_| Ok(()) }
    }

    /// A 2xx response is read as a reply, so an error body under 2xx would never be read.
    pub(super) fn of_errors() -> Self {
        StatusReader { seen: Vec::new(), check: check_error_status }
    }

    pub(super) fn read(&mut self, word: Option<&Word>, diagnostics: &Diagnostics) -> Vec<u16> {
        let Some(word) = word else {
            return Vec::new();
        };
        let Some(literals) = literals(word) else {
            diagnostics.error(Rule::StatusList, word, "expected a list of HTTP statuses: write `on(400, 403)`");
            return Vec::new();
        };
        let mut statuses = Vec::new();
        for literal in &literals {
            let Some(status) = check_status(literal, diagnostics) else {
                continue;
            };
            // It is not remembered: a status that is not allowed is not reported as a duplicate too.
            if let Err(why) = (self.check)(status) {
                diagnostics.mistake(literal, why);
                continue;
            }
            if self.seen.contains(&status) {
                diagnostics.error(
                    Rule::StatusTwice,
                    literal,
                    format_args!("duplicate status {status}: remove one of them"),
                );
            }
            // A duplicate is remembered too, so that a third one is reported.
            self.seen.push(status);
            statuses.push(status);
        }
        statuses
    }
}

/// Without `on(…)` a variant would never be read.
pub(super) fn check_has_statuses(ident: &Ident, words: &WordSet, diagnostics: &Diagnostics) {
    // A misspelt `on` is reported already.
    if words.lacks(ON) {
        diagnostics.error(
            Rule::VariantStatus,
            ident,
            format_args!("missing statuses on `{ident}`: add `#[bulk(on(…))]` with the HTTP statuses of this body"),
        );
    }
}

/// The variant with its body. `container` has the serde attributes of the enum.
pub(super) fn status_case<Body>(
    variant: &Variant,
    container: &[Attribute],
    statuses: Vec<u16>,
    body: Body,
) -> StatusCase<Body> {
    let names = FieldNames::of_variant(variant, &ContainerNames::read(container));
    StatusCase { ident: variant.ident.clone(), json_name: names.name, statuses, body }
}

fn literals(word: &Word) -> Option<Punctuated<LitInt, Token![,]>> {
    let WordValue::List(tokens) = &word.value else { return None };
    let literals = Punctuated::<LitInt, Token![,]>::parse_terminated.parse2(tokens.clone());
    // `on()` lists nothing, and would never be read.
    literals.ok().filter(|literals| !literals.is_empty())
}

fn check_error_status(status: u16) -> Result<(), Mistake> {
    if (200..300).contains(&status) {
        return Err(Rule::SuccessStatus.broken(format!(
            "status {status} has no error body, since a 2xx response is read as the reply: remove it"
        )));
    }
    Ok(())
}
