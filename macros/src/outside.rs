//! The attributes of a `#[bulk_api]` trait, met where no such trait is.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::diagnostics;
use crate::rules::Rule;

/// The item as it is, and where the attribute belongs.
pub(crate) fn expand(name: &str, item: &TokenStream) -> TokenStream {
    let message = format!(
        "`#[{name}]` belongs inside a `#[bulk_api]` trait: put `#[bulk_api]` over the trait, or take `#[{name}]` away"
    );
    // The call site of this macro is the misplaced attribute itself.
    let error = diagnostics::error_at(Rule::OutsideATrait, Span::call_site(), message).into_compile_error();
    quote!(#error #item)
}
