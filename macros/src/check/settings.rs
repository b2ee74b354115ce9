//! The words of `#[bulk_endpoint(…)]`.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Lit, LitInt, Path};

use super::{classes, compression, idempotence, items, poll, rate};
use crate::args::{Word, WordSet, WordValue};
use crate::ast::MethodInput;
use crate::diagnostics::Diagnostics;
use crate::expression::bare;
use crate::model::{EndpointSettings, Idempotence, RequestRate};
use crate::rules::Rule;
use crate::symbol::{IDEMPOTENT, ITEMS, MAX, MAX_BYTES, MAX_ITEM_BYTES, MIN, PARTIAL, RATE};

/// The settings, and the predicate of `already = path`.
pub(crate) fn check_settings(
    method: &MethodInput,
    diagnostics: &Diagnostics,
) -> Option<(EndpointSettings, Option<Path>)> {
    let words = &method.settings;
    let Some(at) = method.settings_at else {
        let name = &method.item.sig.ident;
        diagnostics.error(
            Rule::SettingsMissing,
            name,
            format_args!("missing settings on `{name}`: add `#[bulk_endpoint(max = …, partial = …)]`"),
        );
        return None;
    };
    let max = check_max(words, at, diagnostics);
    let partial = check_partial(words, at, diagnostics);
    let idempotent = words.get(IDEMPOTENT).map(|word| idempotence::check_idempotent(word, method, diagnostics));
    let min = words.get(MIN).and_then(|word| count(word, "item", diagnostics));
    let bytes = |name| words.get(name).and_then(|word| count(word, "byte", diagnostics));
    let (max_bytes, max_compressed_bytes) = match compression::compressed_call(words) {
        None => (bytes(MAX_BYTES), None),
        Some(call) => {
            let written = compression::check_compressed(call, words, diagnostics);
            (None, written.and_then(|written| number(MAX_BYTES, written, "byte", diagnostics)))
        }
    };
    let max_item_bytes = bytes(MAX_ITEM_BYTES);
    check_order(words, MIN, min, MAX, max.map(|(max, _)| max), diagnostics);
    check_order(words, MAX_ITEM_BYTES, max_item_bytes, MAX_BYTES, max_bytes, diagnostics);
    let items = items::check_items(words, diagnostics);
    let compress = compression::check_compress(method, words, items.as_ref(), diagnostics);
    let rate = words.get(RATE).and_then(|word| rate::check_rate(word, diagnostics));
    check_rate_of_items(words, rate, max.map(|(max, _)| max), diagnostics);
    let poll = poll::check_poll(words, method, diagnostics);
    let (classes, already) = classes::check_classes(words, diagnostics);
    // All settings are checked by now, so one expansion reports all mistakes in them.
    let (max, assumed) = max?;
    let settings = EndpointSettings {
        max,
        assumed,
        min,
        max_bytes,
        max_item_bytes,
        compress,
        max_compressed_bytes,
        partial: partial?,
        // The safe default: an item that must not be applied twice is not retried while its result is unknown.
        idempotent: idempotent.unwrap_or(Some(Idempotence::Unsafe))?,
        items: items?,
        has_default_items: words.get(ITEMS).is_none(),
        rate,
        poll,
        classes,
    };
    Some((settings, already))
}

/// A run cannot be divided into requests without a limit.
fn check_max(words: &WordSet, at: Span, diagnostics: &Diagnostics) -> Option<(usize, bool)> {
    let Some(word) = words.get(MAX) else {
        // `maxx = 15` is reported as a misspelt word, and is not missing as well.
        if words.lacks(MAX) {
            diagnostics.error_at(
                Rule::MaxMissing, at,
                "missing `max`, the maximum number of items per request: add `max = 15`, or `max = assumed(100)` if the vendor documents no limit",
            );
        }
        return None;
    };
    if let WordValue::Equals(value) = &word.value
        && let Expr::Call(call) = bare(value)
        && let Expr::Path(function) = call.func.as_ref()
        && function.path.is_ident("assumed")
    {
        let inner = call.args.first().filter(|_| call.args.len() == 1);
        let Some(inner) = inner else {
            diagnostics.error(Rule::Assumed, call, "expected one number in `assumed`: write `max = assumed(100)`");
            return None;
        };
        return Some((number(MAX, inner, "item", diagnostics)?, true));
    }
    Some((count(word, "item", diagnostics)?, false))
}

/// The meaning of a response depends on whether a request can apply some of its items and not others.
fn check_partial(words: &WordSet, at: Span, diagnostics: &Diagnostics) -> Option<bool> {
    let Some(word) = words.get(PARTIAL) else {
        // As with `max`, a misspelt word is not missing as well.
        if words.lacks(PARTIAL) {
            diagnostics.error_at(
                Rule::PartialMissing, at,
                "missing `partial`: add `partial = true` if a request can apply some items and not others, `partial = false` if it is all or nothing",
            );
        }
        return None;
    };
    boolean(word, diagnostics)
}

/// A lower limit is not above the higher one.
fn check_order(
    words: &WordSet,
    small: &str,
    small_value: Option<usize>,
    great: &str,
    great_value: Option<usize>,
    diagnostics: &Diagnostics,
) {
    if let (Some(least), Some(most), Some(word)) = (small_value, great_value, words.get(small))
        && least > most
    {
        diagnostics.error(
            Rule::Order,
            word,
            format_args!("`{small}` must be at most `{great}`, which is {most}, found {least}: lower `{small}`"),
        );
    }
}

/// A request of `max` items is within the quota.
fn check_rate_of_items(words: &WordSet, rate: Option<RequestRate>, max: Option<usize>, diagnostics: &Diagnostics) {
    // A quota of requests has no such conflict: one request is always within it.
    if let (Some(RequestRate { count, items: true, .. }), Some(max), Some(word)) = (rate, max, words.get(RATE))
        && max > count
    {
        diagnostics.error(
            Rule::RateItems,
            word,
            format_args!(
                "a request of `max = {max}` items exceeds the quota of {count} items: lower `max` to {count} or less"
            ),
        );
    }
}

/// The whole number after `word =`, at least 1.
fn count(word: &Word, unit: &str, diagnostics: &Diagnostics) -> Option<usize> {
    let name = word.name.to_string();
    match &word.value {
        WordValue::Equals(value) => number(&name, value, unit, diagnostics),
        _ => {
            diagnostics.error(Rule::WholeNumber, word, format_args!("expected a whole number: write `{name} = 100`"));
            None
        }
    }
}

fn number(name: &str, value: &Expr, unit: &str, diagnostics: &Diagnostics) -> Option<usize> {
    let Some(literal) = integer(value) else {
        diagnostics.error(
            Rule::WholeNumber,
            value,
            format_args!("expected a whole number as a literal: write `{name} = 100`"),
        );
        return None;
    };
    match literal.base10_parse::<usize>() {
        Ok(0) => diagnostics.error(
            Rule::Zero,
            literal,
            format_args!("`{name}` must be at least 1, found 0: a request carries at least one {unit}"),
        ),
        Ok(number) => return Some(number),
        Err(_) => diagnostics.error(
            Rule::WholeNumber,
            literal,
            format_args!("`{name}` must be at most {}, found {literal}", usize::MAX),
        ),
    }
    None
}

fn integer(value: &Expr) -> Option<&LitInt> {
    match bare(value) {
        // `15u8` is refused: the suffix would be dropped silently.
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) if literal.suffix().is_empty() => Some(literal),
        _ => None,
    }
}

fn boolean(word: &Word, diagnostics: &Diagnostics) -> Option<bool> {
    if let WordValue::Equals(value) = &word.value
        && let Expr::Lit(ExprLit { lit: Lit::Bool(literal), .. }) = bare(value)
    {
        return Some(literal.value);
    }
    let name = &word.name;
    diagnostics.error(
        Rule::Boolean,
        word,
        format_args!("expected `true` or `false`: write `{name} = true` or `{name} = false`"),
    );
    None
}
