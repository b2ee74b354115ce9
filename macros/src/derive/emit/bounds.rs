//! The `where` clauses of impls.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::spans::{self, SpanEnds};

/// `Vec<Failure>: ElementList`. If the bound is not satisfied, rustc reports it once, at the type, and assumes it in the rest of
/// the impl.
pub(super) fn emit_bound(ty: &impl ToTokens, bound: &TokenStream) -> TokenStream {
    // The bound is placed at the type's last token, so an error covers the whole type.
    let bound = spans::place(quote!(: #bound), SpanEnds::of(ty).last);
    quote!(#ty #bound)
}

/// `for<'any> Row: Encodes`: a bound on a type of the user that its impl assumes.
///
/// rustc checks a bound without the lifetime at the impl, and reports also what the bound implies, in its own words. This one is
/// reported where the type is used, and by [`emit_type_check`] at the type.
pub(super) fn emit_assumed(ty: &impl ToTokens, bound: &TokenStream) -> TokenStream {
    let bound = emit_bound(ty, bound);
    quote!(for<'any> #bound)
}

/// A call at `ty` that compiles only if the type has what the function `check` of `__private` requires.
pub(super) fn emit_type_check(check: &str, ty: &impl ToTokens) -> TokenStream {
    let SpanEnds { first, last } = SpanEnds::of(ty);
    let check = Ident::new(check, first);
    let start = spans::place(quote!(__bulk::#check), first);
    let end = spans::place(quote!(()), last);
    quote!(const _: () = #start::<#ty>#end;)
}

pub(super) fn emit_where(bounds: &[TokenStream]) -> Option<TokenStream> {
    (!bounds.is_empty()).then(|| quote!(where #(#bounds),*))
}
