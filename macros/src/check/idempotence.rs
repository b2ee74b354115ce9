//! `idempotent = true`, `idempotent = false`, and `idempotent = key(valid = "24h")`.

use quote::ToTokens;
use syn::{Expr, ExprCall, ExprLit, Lit};

use super::rate::milliseconds;
use crate::args::{Word, WordValue};
use crate::ast::{FixedHeaderValue, MethodInput};
use crate::diagnostics::Diagnostics;
use crate::expression::{bare, string_of};
use crate::model::Idempotence;
use crate::rules::Rule;
use crate::symbol::BATCH_KEY;

const FORMS: &str = "write `idempotent = true`, `idempotent = false`, or `idempotent = key(valid = \"24h\")` if only the idempotency key of a request makes a \
                     retry safe, with the time for which the vendor keeps keys";

/// Whether, and how, a retry is safe.
pub(super) fn check_idempotent(word: &Word, method: &MethodInput, diagnostics: &Diagnostics) -> Option<Idempotence> {
    if let WordValue::Equals(value) = &word.value {
        match bare(value) {
            Expr::Lit(ExprLit { lit: Lit::Bool(literal), .. }) => {
                return Some(if literal.value { Idempotence::Safe } else { Idempotence::Unsafe });
            }
            Expr::Call(call) if matches!(call.func.as_ref(), Expr::Path(path) if path.path.is_ident("key")) => {
                return check_key(call, method, diagnostics);
            }
            _ => {}
        }
    }
    diagnostics.error(Rule::Idempotent, word, format_args!("expected `true`, `false` or `key(…)`: {FORMS}"));
    None
}

fn check_key(call: &ExprCall, method: &MethodInput, diagnostics: &Diagnostics) -> Option<Idempotence> {
    let valid = call.args.first().filter(|_| call.args.len() == 1).and_then(|argument| match bare(argument) {
        Expr::Assign(assign) if assign.left.to_token_stream().to_string() == "valid" => string_of(&assign.right),
        _ => None,
    });
    let Some(valid) = valid else {
        diagnostics.error(
            Rule::Idempotent,
            call,
            "expected the time for which the vendor keeps keys: write `key(valid = \"24h\")`",
        );
        return None;
    };
    let milliseconds = match milliseconds(valid.value().trim()) {
        Ok(0) => Err("the time must be at least 1 ms, found 0".to_owned()),
        other => other,
    };
    if let Err(why) = &milliseconds {
        diagnostics.error(Rule::Idempotent, &valid, format_args!("{why}; write a time such as `key(valid = \"24h\")`"));
    }
    if !has_key(method) {
        diagnostics.error(
            Rule::IdempotentKey,
            call,
            "no request has an idempotency key: add `#[header(\"Idempotency-Key\", batch_key)]` or `#[field(\"/name\", batch_key)]`",
        );
        return None;
    }
    milliseconds.ok().map(|valid_ms| Idempotence::ByKey { valid_ms })
}

/// Whether each request has a key.
fn has_key(method: &MethodInput) -> bool {
    let in_header = method.headers.iter().any(|(_, value)| matches!(value, FixedHeaderValue::BatchKey));
    in_header || method.fields.iter().any(|(_, value)| value.to_token_stream().to_string() == BATCH_KEY)
}
