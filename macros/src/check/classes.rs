//! The lists of statuses and codes: `retry(…)`, `stop(404)`, `already("EXISTS")`.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitInt, Path, Token};

use crate::args::{Value, Word, Words, bare};
use crate::model::{Class, Sign};
use crate::report::Report;
use crate::rules::Rule;
use crate::symbol::{ALREADY, CLASSES, BISECT};

/// The lists, and the predicate of `already = path`.
pub(crate) fn check_classes(words: &Words, report: &Report) -> (Vec<Class>, Option<Path>) {
    let mut seen = Vec::new();
    let mut already = None;
    let mut classes = Vec::new();
    for name in CLASSES {
        let Some(word) = words.get(name) else {
            continue;
        };
        match &word.value {
            Value::List(_) => classes.push(Class { name, signs: check_list(name, word, &mut seen, report) }),
            Value::Equals(value) if name == ALREADY => {
                already = check_predicate(value, report);
            }
            _ => report.error(
                Rule::ClassList,
                word,
                format_args!("`{name}` is a list of statuses and codes: `{name}(404, \"CODE\")`"),
            ),
        }
    }
    (classes, already)
}

fn check_list(class: &'static str, word: &Word, seen: &mut Vec<(Sign, &'static str)>, report: &Report) -> Vec<Sign> {
    let Value::List(tokens) = &word.value else {
        return Vec::new();
    };
    let values = match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
        Ok(values) => values,
        Err(error) => {
            report.syntax(&error);
            return Vec::new();
        }
    };
    if values.is_empty() {
        report.error(
            Rule::ClassEmpty,
            word,
            format_args!("`{class}()` names nothing: list statuses or codes, or take it away"),
        );
    }
    let mut signs = Vec::new();
    for value in &values {
        let Some(sign) = check_sign(class, value, report) else {
            continue;
        };
        check_once(class, &sign, value, seen, report);
        seen.push((sign.clone(), class));
        signs.push(sign);
    }
    signs
}

fn check_sign(class: &str, value: &Expr, report: &Report) -> Option<Sign> {
    match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => {
            let status = check_status(literal, report)?;
            if class == BISECT && matches!(status, 401 | 403 | 407) {
                report.error(
                    Rule::IsolateCredential, literal,
                    format_args!(
                        "`bisect({status})` cannot help: 401, 403 and 407 always concern the credential, never an item, so bisecting finds nothing; take it away"
                    ),
                );
                return None;
            }
            if (200..300).contains(&status) && !matches!(class, ALREADY | "uncertain") {
                report.error(
                    Rule::SuccessRefused, literal,
                    format_args!(
                        "`{class}({status})` refuses what {status} says was carried out: such a response's body speaks of the items; take it away"
                    ),
                );
                return None;
            }
            Some(Sign::Status(status))
        }
        Expr::Lit(ExprLit { lit: Lit::Str(code), .. }) if !code.value().is_empty() => Some(Sign::Code(code.value())),
        _ => {
            report.error(Rule::Sign, value, format_args!("`{class}` lists statuses as 404 and codes as \"NOT_FOUND\""));
            None
        }
    }
}

/// A literal HTTP status.
pub(crate) fn check_status(literal: &LitInt, report: &Report) -> Option<u16> {
    let status = literal.base10_parse::<u16>().ok();
    let status = status.filter(|status| (100..=599).contains(status));
    if status.is_none() {
        report.error(
            Rule::Status,
            literal,
            format_args!("an HTTP status is a number from 100 to 599: {literal} is none"),
        );
    }
    status
}

/// A status means one thing.
fn check_once(class: &str, sign: &Sign, value: &Expr, seen: &[(Sign, &'static str)], report: &Report) {
    let Some((_, earlier)) = seen.iter().find(|(other, _)| other == sign) else {
        return;
    };
    let written = match sign {
        Sign::Status(status) => status.to_string(),
        Sign::Code(code) => format!("{code:?}"),
    };
    let message = if *earlier == class {
        format!("{written} is in `{class}` twice: take one of them away")
    } else {
        format!("a status or code means one thing: {written} is in `{earlier}` and in `{class}`")
    };
    report.error(Rule::SignTwice, value, message);
}

fn check_predicate(value: &Expr, report: &Report) -> Option<Path> {
    if let Expr::Path(path) = bare(value)
        && path.qself.is_none()
    {
        return Some(path.path.clone());
    }
    report.error(
        Rule::AlreadyPath, value,
        "`already` is a list, as `already(\"EXISTS\")`, or the path of a `fn(&Failure) -> bool`, as `already = is_done`",
    );
    None
}
