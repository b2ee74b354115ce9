//! The attributes of `#[bulk_api]` traits, found outside of one.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::diagnostics;
use crate::rules::Rule;

/// The unchanged item, and an error about the attribute.
pub(crate) fn expand(name: &str, item: &TokenStream) -> TokenStream {
    let message = format!(
        "`#[{name}]` is outside of a `#[bulk_api]` trait: add `#[bulk_api]` to the trait, or remove `#[{name}]`"
    );
    // The call site of this macro is the misplaced attribute itself.
    let error = diagnostics::error_at(Rule::OutsideATrait, Span::call_site(), message).into_compile_error();
    quote!(#error #item)
}
