//! The `where` clauses of impls.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::spans::{self, SpanEnds};

/// `Vec<Failure>: ElementList`. If the bound is not satisfied, rustc reports it once, at the type, and assumes it in the rest of
/// the impl.
pub(super) fn emit_bound(ty: &impl ToTokens, bound: &TokenStream) -> TokenStream {
    // The bound is placed at the type's last token, so an error covers the whole type.
    let bound = spans::place(quote!(: #bound), SpanEnds::of(ty).last);
    quote!(#ty #bound)
}

pub(super) fn emit_where(bounds: &[TokenStream]) -> Option<TokenStream> {
    (!bounds.is_empty()).then(|| quote!(where #(#bounds),*))
}
