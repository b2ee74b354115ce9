//! What the tokens of a type show: a borrow, the type of the client.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::Type;

/// The token that borrows, if the type is not owned: `&` or a lifetime. A `'static` type is owned.
pub(crate) fn borrow_in(ty: &Type) -> Option<TokenTree> {
    let tokens: Vec<TokenTree> = ty.to_token_stream().into_iter().collect();
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.to_string() == text);
    // `'static` is the tokens `'` and `static`.
    let is_static = |at: usize| is(at, "'") && is(at + 1, "static");
    let borrows = |at: &usize| (is(*at, "&") && !is_static(at + 1)) || (is(*at, "'") && !is_static(*at));
    (0..tokens.len()).find(borrows).map(|at| tokens[at].clone())
}

/// The token `Self`: the type of the client.
pub(crate) fn self_in(ty: &Type) -> Option<TokenTree> {
    ty.to_token_stream().into_iter().find(|token| token.to_string() == "Self")
}
