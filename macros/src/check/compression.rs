//! `compress = gzip`, and a limit that counts compressed bytes.

use syn::{Expr, ExprCall};

use crate::args::{Word, WordSet, WordValue};
use crate::ast::{LocationKind, MethodInput};
use crate::diagnostics::Diagnostics;
use crate::expression::bare;
use crate::model::ItemLocation;
use crate::rules::Rule;
use crate::symbol::{COMPRESS, MAX_BYTES};

/// Returns whether the bodies are compressed.
pub(super) fn check_compress(
    method: &MethodInput,
    words: &WordSet,
    items: Option<&ItemLocation>,
    diagnostics: &Diagnostics,
) -> bool {
    let Some(word) = words.get(COMPRESS) else { return false };
    if !is_gzip(word) {
        diagnostics.error(Rule::Compress, word, "expected a compression: write `compress = gzip`");
    } else if items.is_some_and(|items| !items.in_body()) {
        diagnostics.error(
            Rule::Compress,
            word,
            "`compress` compresses the body, and the items are not in it: remove `compress`, or move the items to the body",
        );
    }
    let fixed = method.headers.iter().map(|(name, _)| name);
    let places = method.arguments.iter().flat_map(|argument| &argument.places);
    let given = places.filter(|place| place.kind == LocationKind::Header).filter_map(|place| place.name.as_ref());
    for name in fixed.chain(given).filter(|name| name.value().eq_ignore_ascii_case("Content-Encoding")) {
        diagnostics.error(Rule::Compress, name, "`compress` sends the header `Content-Encoding`: remove one of them");
    }
    true
}

fn is_gzip(word: &Word) -> bool {
    matches!(&word.value, WordValue::Equals(value) if matches!(bare(value), Expr::Path(path) if path.path.is_ident("gzip")))
}

/// The call in `max_bytes = compressed(…)`, if it is one.
pub(super) fn compressed_call(words: &WordSet) -> Option<&ExprCall> {
    let WordValue::Equals(value) = &words.get(MAX_BYTES)?.value else { return None };
    match bare(value) {
        Expr::Call(call) if matches!(call.func.as_ref(), Expr::Path(path) if path.path.is_ident("compressed")) => {
            Some(call)
        }
        _ => None,
    }
}

/// Only a compressed body has compressed bytes. Returns the number, as written.
pub(super) fn check_compressed<'c>(call: &'c ExprCall, words: &WordSet, diagnostics: &Diagnostics) -> Option<&'c Expr> {
    if words.lacks(COMPRESS) {
        diagnostics.error(
            Rule::CompressedBytes,
            call,
            "`compressed` counts the bytes of a compressed body, and this one is not compressed: add `compress = gzip`, or write the number alone",
        );
    }
    let number = call.args.first().filter(|_| call.args.len() == 1);
    if number.is_none() {
        diagnostics.error(
            Rule::CompressedBytes,
            call,
            "expected one number in `compressed`: write `max_bytes = compressed(1_000_000)`",
        );
    }
    number
}
