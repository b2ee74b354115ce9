//! The rules of fields that report on an item: status, code, message, retry delay.

use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use super::fields::{check_only, field_model};
use crate::args::WordValue;
use crate::derive::fields::FieldInput;
use crate::derive::model::{DelayUnit, NestedField, RetryField, SignalFields, VerdictSource, WaitField};
use crate::diagnostics::Diagnostics;
use crate::expression::bare;
use crate::rules::Rule;
use crate::symbol::{ACCEPTED, CODE, FAILED, MESSAGE, NESTED, RETRY, RETRY_AFTER, STATUS, SUCCEEDED};

/// The roles of fields whose presence is the verdict.
const PRESENCE: [&str; 3] = [FAILED, SUCCEEDED, ACCEPTED];

/// The fields of a struct, or of one variant, that report.
pub(super) fn check_signals(fields: &[FieldInput<'_>], diagnostics: &Diagnostics) -> SignalFields {
    let status = check_only(fields, STATUS, diagnostics);
    if let Some(status) = status {
        check_not_inverted(status, "write `#[bulk(failed)]`", diagnostics);
    }
    let code = check_only(fields, CODE, diagnostics);
    let message = check_only(fields, MESSAGE, diagnostics);
    let wait = check_only(fields, RETRY_AFTER, diagnostics);
    let wait = wait.map(|field| {
        let unit_ms = match check_unit(field, false, diagnostics) {
            DelayUnit::Seconds => 1_000,
            DelayUnit::Milliseconds | DelayUnit::Epoch => 1,
        };
        WaitField { field: field_model(field), unit_ms }
    });
    // `status, nested` is both: the verdict is in it, and so may be code and message.
    let nested = fields.iter().filter(|field| field.has(NESTED));
    let nested = nested.map(|field| NestedField { field: field_model(field), has_verdict: field.has(STATUS) });
    SignalFields {
        verdict: check_verdict(fields, status, diagnostics),
        code: code.map(field_model),
        message: message.map(field_model),
        wait,
        retry: check_only(fields, RETRY, diagnostics)
            .map(|field| RetryField { field: field_model(field), when: check_flag(field, diagnostics) }),
        nested: nested.collect(),
    }
}

/// A `bool` status is `true` for "done", so `{"failed": true}` would be a success.
pub(super) fn check_not_inverted(field: &FieldInput<'_>, fix: &str, diagnostics: &Diagnostics) {
    let says_failed = |name: &str| {
        let words = name.replace(|c: char| !c.is_ascii_alphabetic(), "").to_ascii_lowercase();
        let words = ["has", "is"].into_iter().find_map(|verb| words.strip_prefix(verb)).unwrap_or(&words);
        ["error", "errors", "errored", "failed", "failure", "failures", "invalid", "rejected"].contains(&words)
    };
    let (ty, name) = (field.ty().to_token_stream().to_string(), &field.names.name);
    // A function that reads the field can turn it around.
    if ["bool", "Option < bool >"].contains(&ty.as_str()) && field.names.with.is_none() && says_failed(name) {
        diagnostics.error(
            Rule::StatusInverted,
            field.words.get(STATUS),
            format_args!("expected a `bool` that is `true` for a success, found `{name}`: {fix}"),
        );
    }
}

/// A verdict has one source: two could contradict each other.
fn check_verdict(
    fields: &[FieldInput<'_>],
    status: Option<&FieldInput<'_>>,
    diagnostics: &Diagnostics,
) -> Option<VerdictSource> {
    let with = |role| fields.iter().filter(move |field| field.has(role));
    let present = || PRESENCE.into_iter().find_map(|role| with(role).find_map(|field| field.words.get(role)));
    let Some(status) = status else {
        let models = |role| with(role).map(field_model).collect();
        let (failed, succeeded, accepted) = (models(FAILED), models(SUCCEEDED), models(ACCEPTED));
        return present().map(|_| VerdictSource::Presence { failed, succeeded, accepted });
    };
    if let Some(word) = present() {
        diagnostics.error(
            Rule::VerdictTwice,
            Some(word),
            "expected one verdict, found this and `#[bulk(status)]`: remove one of them",
        );
    }
    let model = field_model(status);
    Some(if status.has(NESTED) { VerdictSource::Nested(model) } else { VerdictSource::Status(model) })
}

/// The unit of a retry delay. `of_response`: the delay is of a whole response, whose `Date` is known.
pub(super) fn check_unit(field: &FieldInput<'_>, of_response: bool, diagnostics: &Diagnostics) -> DelayUnit {
    let word = field.words.get(RETRY_AFTER);
    let unit = word.and_then(|word| match &word.value {
        WordValue::Equals(value) => match bare(value) {
            Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
            _ => None,
        },
        _ => None,
    });
    match unit.as_deref() {
        Some("seconds") => return DelayUnit::Seconds,
        Some("milliseconds") => return DelayUnit::Milliseconds,
        Some("epoch") if of_response => return DelayUnit::Epoch,
        _ => {}
    }
    let units = if of_response {
        "expected a time unit: write `retry_after = seconds`, `retry_after = milliseconds`, or `retry_after = epoch` for a time in seconds since 1970"
    } else {
        "expected a time unit: write `retry_after = seconds` or `retry_after = milliseconds`"
    };
    diagnostics.error(Rule::WaitUnit, word, units);
    // Any unit will do: nothing is emitted beside an error.
    DelayUnit::Seconds
}

/// The value of a flag that means "try again": `retry`, or `retry = false`.
pub(super) fn check_flag(field: &FieldInput<'_>, diagnostics: &Diagnostics) -> bool {
    let Some(word) = field.words.get(RETRY) else { return true };
    let written = match &word.value {
        WordValue::None => return true,
        WordValue::Equals(value) => match bare(value) {
            Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => Some(flag.value),
            _ => None,
        },
        WordValue::List(_) => None,
    };
    if written != Some(false) {
        diagnostics.error(
            Rule::RetryFlag,
            word,
            "expected a flag: write `retry` if `true` means that another attempt may succeed, or `retry = false` if `false` means that",
        );
    }
    false
}
