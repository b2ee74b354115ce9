//! What the tokens of a type show: a borrow, the type of the client.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

/// The tokens of a type, also those within brackets: `&` is in `(u64, &str)` and in `[&str; 2]`.
pub(crate) fn tokens_of(ty: &Type) -> Vec<TokenTree> {
    fn add(stream: TokenStream, tokens: &mut Vec<TokenTree>) {
        for token in stream {
            match token {
                TokenTree::Group(group) => add(group.stream(), tokens),
                token => tokens.push(token),
            }
        }
    }
    let mut tokens = Vec::new();
    add(ty.to_token_stream(), &mut tokens);
    tokens
}

/// The token that borrows, if the type is not owned: `&` or a lifetime. A `'static` type is owned.
pub(crate) fn borrow_in(ty: &Type) -> Option<TokenTree> {
    let tokens = tokens_of(ty);
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.to_string() == text);
    // `'static` is the tokens `'` and `static`.
    let is_static = |at: usize| is(at, "'") && is(at + 1, "static");
    let borrows = |at: &usize| (is(*at, "&") && !is_static(at + 1)) || (is(*at, "'") && !is_static(*at));
    (0..tokens.len()).find(borrows).map(|at| tokens[at].clone())
}

/// The token `Self`: the type of the client.
pub(crate) fn self_in(ty: &Type) -> Option<TokenTree> {
    tokens_of(ty).into_iter().find(|token| token.to_string() == "Self")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_looked_into_within_its_brackets() {
        let ty = |text: &str| syn::parse_str::<Type>(text).unwrap();
        for (text, borrows) in [
            ("Vec<u64>", false),
            ("&'static str", false),
            ("(u64, &'static str)", false),
            ("&str", true),
            ("Vec<&str>", true),
            ("(u64, &str)", true),
            ("[&str; 2]", true),
            ("Option<(Cow<'a, str>,)>", true),
        ] {
            assert_eq!(borrow_in(&ty(text)).is_some(), borrows, "{text}");
        }
        for (text, is_in) in [("Vec<Self>", true), ("(Self, u8)", true), ("[Self; 2]", true), ("(u8, Selfish)", false)]
        {
            assert_eq!(self_in(&ty(text)).is_some(), is_in, "{text}");
        }
    }
}
