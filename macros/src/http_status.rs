//! HTTP statuses as they are written in a declaration.

use syn::LitInt;

use crate::diagnostics::Diagnostics;
use crate::rules::Rule;

/// The HTTP status that a literal is.
pub(crate) fn check_status(literal: &LitInt, diagnostics: &Diagnostics) -> Option<u16> {
    let status = literal.base10_parse::<u16>().ok();
    let status = status.filter(|status| (100..=599).contains(status));
    if status.is_none() {
        diagnostics.error(
            Rule::Status,
            literal,
            format_args!("an HTTP status is a number from 100 to 599: {literal} is none"),
        );
    }
    status
}
