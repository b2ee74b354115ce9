//! `poll = "/jobs/{job}"`: the request that polls a job; `handle(secret)`: what its handle is.

use syn::{Expr, LitStr};

use crate::args::{Word, WordSet, WordValue};
use crate::ast::MethodInput;
use crate::diagnostics::Diagnostics;
use crate::expression::{bare, string_of};
use crate::json;
use crate::model::PollRequest;
use crate::rules::Rule;
use crate::symbol::{HANDLE, POLL};
use crate::template::PathTemplate;
use crate::verb::Verb;

const FORMS: &str = "expected a path, or a verb with a path and the body field of the job's handle: write `poll = \"/jobs/{job}\"` or `poll = post(\"/jobs/check\", \"/id\")`";

/// The placeholder of the job's handle.
const JOB: &str = "job";

/// The request that polls a job, and whether its handle is a secret.
pub(super) fn check_poll(words: &WordSet, method: &MethodInput, diagnostics: &Diagnostics) -> Option<PollRequest> {
    let secret = check_handle(words, diagnostics);
    let request = words.get(POLL).and_then(|word| check_request(word, method, diagnostics));
    Some(PollRequest { secret: secret?, ..request? })
}

/// The value after `poll =`.
fn check_request(word: &Word, method: &MethodInput, diagnostics: &Diagnostics) -> Option<PollRequest> {
    let Some((verb, path, field)) = parse(word) else {
        diagnostics.error(Rule::Poll, word, FORMS);
        return None;
    };
    if let (Verb::Get, Some(field)) = (verb, &field) {
        diagnostics.error(
            Rule::GetBody,
            field,
            "a `get` request has no body for the job's handle: write `{job}` in the path, or use `post`",
        );
        return None;
    }
    // The handle is itself a path, or a URL of the same origin.
    let is_location = path.value() == format!("{{{JOB}}}");
    let template = match PathTemplate::parse(&path.value()) {
        Err(_) if is_location => Ok(PathTemplate { placeholders: vec![JOB.to_owned()] }),
        template => template,
    };
    let template =
        template.map_err(|all| all.into_iter().for_each(|mistake| diagnostics.mistake(&path, mistake))).ok()?;
    let named = |name: &str| template.placeholders.iter().any(|placeholder| placeholder == name);
    // Both or neither: the handle would be sent twice or not at all.
    if named(JOB) == field.is_some() {
        diagnostics.error(
            Rule::PollPath,
            &path,
            "expected the job's handle in one place: write `{job}` in the path, or a body field after the path",
        );
        return None;
    }
    // An invalid path of the method is reported elsewhere. Here, it counts as having every placeholder.
    let of_method = method.verbs.first().and_then(|verb| PathTemplate::parse(&verb.path.as_ref()?.value()).ok());
    if field.is_none() && of_method.as_ref().is_some_and(|own| own.placeholders.iter().any(|name| name == JOB)) {
        diagnostics.error(
            Rule::PollArgument,
            &path,
            "`{job}` in `poll` is the job's handle, but `{job}` in the path of the method is an argument: rename that placeholder, for example to `{job_id}`",
        );
        return None;
    }
    let bound = |name: &String| of_method.as_ref().is_none_or(|own| own.placeholders.contains(name));
    if let Some(unbound) = template.placeholders.iter().find(|name| *name != JOB && !bound(name)) {
        diagnostics.error(
            Rule::PollPath,
            &path,
            format_args!(
                "placeholder `{{{unbound}}}` has no value: use `{{job}}` or a placeholder of the method's own path"
            ),
        );
        return None;
    }
    if let Some(field) = &field {
        json::check_pointer(&field.value()).map_err(|mistake| diagnostics.mistake(field, mistake)).ok()?;
    }
    Some(PollRequest { verb, path: path.value(), field: field.map(|field| field.value()), secret: false })
}

/// `handle(secret)`: whether the handle of a job is one.
fn check_handle(words: &WordSet, diagnostics: &Diagnostics) -> Option<bool> {
    let Some(word) = words.get(HANDLE) else { return Some(false) };
    let is_secret = matches!(&word.value, WordValue::List(tokens) if tokens.to_string() == "secret");
    if !is_secret {
        diagnostics.error(Rule::Handle, word, "expected `secret` in `handle`: write `handle(secret)`");
        return None;
    }
    if words.lacks(POLL) {
        diagnostics.error(
            Rule::HandlePoll,
            word,
            "this endpoint polls no job, so it keeps no handle: add `poll = \"/jobs/{job}\"`, or remove `handle(secret)`",
        );
        return None;
    }
    Some(true)
}

fn parse(word: &Word) -> Option<(Verb, LitStr, Option<LitStr>)> {
    let WordValue::Equals(value) = &word.value else { return None };
    if let Some(path) = string_of(value) {
        return Some((Verb::Get, path, None));
    }
    let Expr::Call(call) = bare(value) else { return None };
    let Expr::Path(verb) = bare(&call.func) else { return None };
    let verb = Verb::named(&verb.path.get_ident()?.to_string())?;
    let mut arguments = call.args.iter().map(string_of);
    // The outer `?` is "no argument", the inner one "not a string".
    let path = arguments.next()??;
    let field = match arguments.next() {
        Some(field) => Some(field?),
        None => None,
    };
    if arguments.next().is_some() { None } else { Some((verb, path, field)) }
}
