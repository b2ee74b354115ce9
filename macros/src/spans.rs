//! Generated tokens that stand where the user's are, so that rustc blames those, and tells one mistake once: it drops
//! an error that is equal to an earlier one in place and text.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// Where what the user wrote begins and ends. What is generated around it spans the same, if its first token is placed
/// at `first` and its last one at `last`.
#[derive(Clone, Copy)]
pub(crate) struct SpanEnds {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl SpanEnds {
    pub(crate) fn of(written: &impl ToTokens) -> Self {
        let mut spans = written.to_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        SpanEnds { first, last: spans.last().unwrap_or(first) }
    }
}

/// Paths from the root, `Self`, methods and parentheses, placed. Not for local names: they would be looked up as if
/// the user had written them.
pub(crate) fn place(tokens: TokenStream, at: Span) -> TokenStream {
    let placed = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), place(group.stream(), at)).into();
        }
        token.set_span(at);
        token
    });
    placed.collect()
}

/// Parentheses or braces placed, around tokens left where they are.
pub(crate) fn group(delimiter: Delimiter, inside: TokenStream, at: Span) -> Group {
    let mut group = Group::new(delimiter, inside);
    group.set_span(at);
    group
}
