//! The lists of statuses and codes: `retry(…)`, `stop(404)`, `already("EXISTS")`.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitInt, Path, Token};

use crate::args::{Word, WordSet, WordValue};
use crate::diagnostics::Diagnostics;
use crate::expression::{bare, string_of};
use crate::http_status::check_status;
use crate::model::{ClassList, StatusOrCode};
use crate::rules::Rule;
use crate::symbol::{ALREADY, BISECT, CLASSES};

/// The lists, and the predicate of `already = path`.
pub(crate) fn check_classes(words: &WordSet, diagnostics: &Diagnostics) -> (Vec<ClassList>, Option<Path>) {
    let mut seen = Vec::new();
    let mut already = None;
    let mut classes = Vec::new();
    // In the order of the grammar, so that the expansion does not depend on the order of the declaration.
    for name in CLASSES {
        let Some(word) = words.get(name) else {
            continue;
        };
        match &word.value {
            WordValue::List(_) => {
                classes.push(check_list(name, word, &mut seen, diagnostics));
            }
            WordValue::Equals(value) if name == ALREADY => {
                already = check_predicate(value, diagnostics);
            }
            _ => diagnostics.error(
                Rule::ClassList,
                word,
                format_args!("expected a list of statuses and codes: write `{name}(404, \"CODE\")`"),
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
) -> ClassList {
    let mut list = ClassList { name: class, members: Vec::new(), codes: Vec::new(), first_status: None };
    let WordValue::List(tokens) = &word.value else {
        return list;
    };
    let values = match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
        Ok(values) => values,
        Err(error) => {
            diagnostics.syntax(&error);
            return list;
        }
    };
    if values.is_empty() {
        diagnostics.error(
            Rule::ClassEmpty,
            word,
            format_args!("`{class}()` is empty: add statuses or codes, or remove it"),
        );
    }
    for value in &values {
        let Some(member) = check_member(class, value, diagnostics) else {
            continue;
        };
        check_once(class, &member, value, seen, diagnostics);
        // A duplicate is remembered too, so that a third one is reported.
        seen.push((member.clone(), class));
        list.members.push(member);
    }
    // A code that looks like a status is the likelier mistake.
    list.codes = values.iter().filter_map(string_of).collect();
    list.codes.sort_by_key(|code| code.value().parse::<u16>().is_err());
    list.first_status = values.iter().find_map(integer_of);
    list
}

fn integer_of(value: &Expr) -> Option<LitInt> {
    match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => Some(literal.clone()),
        _ => None,
    }
}

fn check_member(class: &str, value: &Expr, diagnostics: &Diagnostics) -> Option<StatusOrCode> {
    match bare(value) {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => {
            let status = check_status(literal, diagnostics)?;
            // These statuses concern the credential, so no half of the batch would succeed.
            if class == BISECT && matches!(status, 401 | 403 | 407) {
                diagnostics.error(
                    Rule::BisectCredential, literal,
                    format_args!(
                        "`bisect({status})` cannot find an item, since 401, 403 and 407 concern the credential: remove it"
                    ),
                );
                return None;
            }
            // `uncertain(202)` and `already(208)` do not contradict a success. The other classes do.
            if (200..300).contains(&status) && !matches!(class, ALREADY | "uncertain") {
                diagnostics.error(
                    Rule::SuccessRefused, literal,
                    format_args!(
                        "`{class}({status})` would refuse a successful response, whose body reports on the items: remove it"
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
                Rule::ClassValue,
                value,
                format_args!("expected a status or a code: write `{class}(404)` or `{class}(\"NOT_FOUND\")`"),
            );
            None
        }
    }
}

/// A status or code is in one list, once.
fn check_once(
    class: &str,
    member: &StatusOrCode,
    value: &Expr,
    seen: &[(StatusOrCode, &'static str)],
    diagnostics: &Diagnostics,
) {
    let Some((_, earlier)) = seen.iter().find(|(other, _)| other == member) else {
        return;
    };
    let written = match member {
        StatusOrCode::Status(status) => status.to_string(),
        StatusOrCode::Code(code) => format!("{code:?}"),
    };
    let message = if *earlier == class {
        format!("duplicate {written} in `{class}`: remove one of them")
    } else {
        format!("{written} is in both `{earlier}` and `{class}`: remove it from one of them")
    };
    diagnostics.error(Rule::ClassValueTwice, value, message);
}

fn check_predicate(value: &Expr, diagnostics: &Diagnostics) -> Option<Path> {
    if let Expr::Path(path) = bare(value)
        // The model has a plain path, and `<T as Trait>::f` is not one.
        && path.qself.is_none()
    {
        return Some(path.path.clone());
    }
    diagnostics.error(
        Rule::AlreadyPath,
        value,
        "expected a list, or the path of a `fn(&Failure) -> bool`: write `already(\"EXISTS\")` or `already = is_done`",
    );
    None
}
