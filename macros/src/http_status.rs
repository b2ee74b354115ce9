//! HTTP statuses in a declaration.

use syn::LitInt;

use crate::diagnostics::Diagnostics;
use crate::rules::Rule;

/// Parses an HTTP status, and reports a number outside of 100 to 599.
pub(crate) fn check_status(literal: &LitInt, diagnostics: &Diagnostics) -> Option<u16> {
    let status = literal.base10_parse::<u16>().ok();
    let status = status.filter(|status| (100..=599).contains(status));
    if status.is_none() {
        diagnostics.error(
            Rule::Status,
            literal,
            format_args!("expected an HTTP status from 100 to 599, found `{literal}`"),
        );
    }
    status
}
