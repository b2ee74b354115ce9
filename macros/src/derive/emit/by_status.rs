//! The parts that replies and errors share if their variants are the bodies of different HTTP statuses.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::values::name_literal;
use crate::derive::model::StatusCase;

/// `&[400, 403]`
pub(super) fn emit_statuses(statuses: &[u16]) -> TokenStream {
    let statuses = statuses.iter().copied().map(Literal::u16_unsuffixed);
    quote!(&[#(#statuses),*])
}

/// `400 | 403`, in a `match` on a status.
pub(super) fn emit_pattern(statuses: &[u16]) -> TokenStream {
    let statuses = statuses.iter().copied().map(Literal::u16_unsuffixed);
    // Not empty: each variant has an `on(…)` with at least one status.
    quote!(#(#statuses)|*)
}

/// `const VARIANTS`: the names of the bodies in an OpenAPI document.
pub(super) fn emit_variant_names<Body>(cases: &[StatusCase<Body>]) -> TokenStream {
    let names = cases.iter().map(|case| name_literal(&case.json_name));
    quote!(const VARIANTS: &'static [&'static str] = &[#(#names),*];)
}
