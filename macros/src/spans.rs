//! Spans of generated tokens. They are placed at tokens of the user, so that rustc reports errors there. An error with the
//! span and the text of an earlier one is dropped by rustc, so each mistake is reported once.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The spans of the first and the last token that the user wrote. Generated code around them covers the same range if its
/// first token is placed at `first` and its last one at `last`.
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

/// Places paths from the root, `Self`, methods and parentheses at a span. Not for local names: they would be resolved as if
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

/// Parentheses or braces at a span, around tokens that keep their own.
pub(crate) fn group(delimiter: Delimiter, inside: TokenStream, at: Span) -> Group {
    let mut group = Group::new(delimiter, inside);
    group.set_span(at);
    group
}
