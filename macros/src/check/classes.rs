//! The lists of statuses and codes: `retry(…)`, `stop(404)`, `already("EXISTS")`.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, Path, Token};

use crate::args::{Word, WordSet, WordValue};
use crate::diagnostics::Diagnostics;
use crate::expression::bare;
use crate::http_status::check_status;
use crate::model::{ClassList, StatusOrCode};
use crate::rules::Rule;
use crate::symbol::{ALREADY, CLASSES, BISECT};

/// The lists, and the predicate of `already = path`.
pub(crate) fn check_classes(words: &WordSet, diagnostics: &Diagnostics) -> (Vec<ClassList>, Option<Path>) {
    let mut seen = Vec::new();
    let mut already = None;
    let mut classes = Vec::new();
    // In the order of the grammar, whatever the order of the declaration is: expansions stay the same.
    for name in CLASSES {
        let Some(word) = words.get(name) else {
            continue;
        };
        match &word.value {
            WordValue::List(_) => {
                classes.push(ClassList { name, signs: check_list(name, word, &mut seen, diagnostics) });
            }
            WordValue::Equals(value) if name == ALREADY => {
                already = check_predicate(value, diagnostics);
            }
            _ => diagnostics.error(
                Rule::ClassList,
                word,
                format_args!("`{name}` is a list of statuses and codes: `{name}(404, \"CODE\")`"),
            ),
        }
    }
    (classes, already)
}

fn check_list(
    class: &'static str,
    word: &Word,
    seen: &mut Vec<(StatusOrCode, &'static str)>,
    diagnostics: &Diagnostics,
) -> Vec<StatusOrCode> {
    let WordValue::List(tokens) = &word.value else {
        return Vec::new();
    };
    let values = match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
        Ok(values) => values,
        Err(error) => {
            diagnostics.syntax(&error);
            return Vec::new();
        }
    };
    if values.is_empty() {
        diagnostics.error(
            Rule::ClassEmpty,
            word,
            format_args!("`{class}()` names nothing: list statuses or codes, or take it away"),
        );
    }
    let mut signs = Vec::new();
    for value in &values {
        let Some(sign) = check_sign(class, value, diagnostics) else {
            continue;
        };
        check_once(class, &sign, value, seen, diagnostics);
        // Also a repeat is remembered: a third one is a mistake too.
        seen.push((sign.clone(), class));
        signs.push(sign);
    }
    signs
}

fn check_sign(class: &str, value: &Expr, diagnostics: &Diagnostics) -> Option<StatusOrCode> {
    match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => {
            let status = check_status(literal, diagnostics)?;
            // These statuses are about the credential, so no part of the batch would pass.
            if class == BISECT && matches!(status, 401 | 403 | 407) {
                diagnostics.error(
                    Rule::IsolateCredential, literal,
                    format_args!(
                        "`bisect({status})` cannot help: 401, 403 and 407 always concern the credential, never an item, so bisecting finds nothing; take it away"
                    ),
                );
                return None;
            }
            // `uncertain(202)` and `already(208)` say nothing against a success; the other classes do.
            if (200..300).contains(&status) && !matches!(class, ALREADY | "uncertain") {
                diagnostics.error(
                    Rule::SuccessRefused, literal,
                    format_args!(
                        "`{class}({status})` refuses what {status} says was carried out: such a response's body speaks of the items; take it away"
                    ),
                );
                return None;
            }
            Some(StatusOrCode::Status(status))
        }
        Expr::Lit(ExprLit { lit: Lit::Str(code), .. }) if !code.value().is_empty() => {
            Some(StatusOrCode::Code(code.value()))
        }
        _ => {
            diagnostics.error(
                Rule::Sign,
                value,
                format_args!("`{class}` lists statuses as 404 and codes as \"NOT_FOUND\""),
            );
            None
        }
    }
}

/// A status means one thing.
fn check_once(
    class: &str,
    sign: &StatusOrCode,
    value: &Expr,
    seen: &[(StatusOrCode, &'static str)],
    diagnostics: &Diagnostics,
) {
    let Some((_, earlier)) = seen.iter().find(|(other, _)| other == sign) else {
        return;
    };
    let written = match sign {
        StatusOrCode::Status(status) => status.to_string(),
        StatusOrCode::Code(code) => format!("{code:?}"),
    };
    let message = if *earlier == class {
        format!("{written} is in `{class}` twice: take one of them away")
    } else {
        format!("a status or code means one thing: {written} is in `{earlier}` and in `{class}`")
    };
    diagnostics.error(Rule::SignTwice, value, message);
}

fn check_predicate(value: &Expr, diagnostics: &Diagnostics) -> Option<Path> {
    if let Expr::Path(path) = bare(value)
        // The model has a plain path. `<T as Trait>::f` is not one.
        && path.qself.is_none()
    {
        return Some(path.path.clone());
    }
    diagnostics.error(
        Rule::AlreadyPath, value,
        "`already` is a list, as `already(\"EXISTS\")`, or the path of a `fn(&Failure) -> bool`, as `already = is_done`",
    );
    None
}
