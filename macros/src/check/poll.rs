//! `poll = "/jobs/{job}"`: how a job is asked for that a response named.

use syn::{Expr, LitStr};

use crate::args::{Word, WordValue};
use crate::ast::MethodInput;
use crate::diagnostics::Diagnostics;
use crate::expression::{bare, string_of};
use crate::json;
use crate::model::PollRequest;
use crate::rules::Rule;
use crate::template::PathTemplate;
use crate::verb::Verb;

const HOW: &str = "`poll` says how a job is asked for: its path, as `poll = \"/jobs/{job}\"`, or a verb, the path, and the body field of the job's handle, as `poll = post(\"/jobs/check\", \"/id\")`";

/// The placeholder of the job's handle.
const JOB: &str = "job";

/// What stands behind `poll =`.
pub(super) fn check_poll(word: &Word, method: &MethodInput, diagnostics: &Diagnostics) -> Option<PollRequest> {
    let Some((verb, path, field)) = parse(word) else {
        diagnostics.error(Rule::Poll, word, HOW);
        return None;
    };
    let template = PathTemplate::parse(&path.value());
    let template = template.map_err(|all| all.into_iter().for_each(|why| diagnostics.mistake(&path, why))).ok()?;
    let named = |name: &str| template.placeholders.iter().any(|placeholder| placeholder == name);
    // Both or neither: the handle would be sent twice or not at all.
    if named(JOB) == field.is_some() {
        diagnostics.error(
            Rule::PollPath,
            &path,
            "the job's handle stands in one place: as `{job}` in the path, or in the body field behind it",
        );
        return None;
    }
    // A path of the method that is at fault is reported where it is checked, and binds everything here.
    let of_method = method.verbs.first().and_then(|verb| PathTemplate::parse(&verb.path.as_ref()?.value()).ok());
    if field.is_none() && of_method.as_ref().is_some_and(|own| own.placeholders.iter().any(|name| name == JOB)) {
        diagnostics.error(
            Rule::PollArgument,
            &path,
            "`{job}` of `poll` is the job's handle, and `{job}` of the method's own path is an argument, which would be asked for in its place: give that placeholder another name, such as `{job_id}`, which no request shows",
        );
        return None;
    }
    let bound = |name: &String| of_method.as_ref().is_none_or(|own| own.placeholders.contains(name));
    if let Some(unbound) = template.placeholders.iter().find(|name| *name != JOB && !bound(name)) {
        diagnostics.error(
            Rule::PollPath,
            &path,
            format_args!(
                "`{{{unbound}}}` has no value: besides `{{job}}`, the path takes the placeholders of the method's own"
            ),
        );
        return None;
    }
    if let Some(field) = &field {
        json::check_pointer(&field.value()).map_err(|why| diagnostics.mistake(field, why)).ok()?;
    }
    Some(PollRequest { verb, path: path.value(), field: field.map(|field| field.value()) })
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
