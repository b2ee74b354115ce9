//! `poll = "/jobs/{job}"`: how a job is asked for that a response named.

use syn::{Expr, LitStr};

use crate::args::{Value, Word, bare, string_of};
use crate::ast::Method;
use crate::json;
use crate::model::{Poll, Verb};
use crate::report::Report;
use crate::rules::Rule;
use crate::template::Template;

const HOW: &str = "`poll` says how a job is asked for: its path, as `poll = \"/jobs/{job}\"`, or a verb, the path, and the body field of the job's handle, as `poll = post(\"/jobs/check\", \"/id\")`";

/// The placeholder of the job's handle.
const JOB: &str = "job";

/// What stands behind `poll =`.
pub(super) fn check_poll(word: &Word, method: &Method, report: &Report) -> Option<Poll> {
    let Some((verb, path, field)) = parse(word) else {
        report.error(Rule::Poll, word, HOW);
        return None;
    };
    let template = Template::parse(&path.value());
    let template = template.map_err(|all| all.into_iter().for_each(|why| report.mistake(&path, why))).ok()?;
    let named = |name: &str| template.placeholders.iter().any(|placeholder| placeholder == name);
    if named(JOB) == field.is_some() {
        report.error(
            Rule::PollPath,
            &path,
            "the job's handle stands in one place: as `{job}` in the path, or in the body field behind it",
        );
        return None;
    }
    let of_method = method.verbs.first().and_then(|verb| Template::parse(&verb.path.as_ref()?.value()).ok());
    if field.is_none() && of_method.as_ref().is_some_and(|own| own.placeholders.iter().any(|name| name == JOB)) {
        report.error(
            Rule::PollArgument,
            &path,
            "`{job}` of `poll` is the job's handle, and `{job}` of the method's own path is an argument, which would be asked for in its place: give that placeholder another name, such as `{job_id}`, which no request shows",
        );
        return None;
    }
    let bound = |name: &String| of_method.as_ref().is_none_or(|own| own.placeholders.contains(name));
    if let Some(unbound) = template.placeholders.iter().find(|name| *name != JOB && !bound(name)) {
        report.error(
            Rule::PollPath,
            &path,
            format_args!(
                "`{{{unbound}}}` has no value: besides `{{job}}`, the path takes the placeholders of the method's own"
            ),
        );
        return None;
    }
    if let Some(field) = &field {
        json::check_pointer(&field.value()).map_err(|why| report.mistake(field, why)).ok()?;
    }
    Some(Poll { verb, path: path.value(), field: field.map(|field| field.value()) })
}

fn parse(word: &Word) -> Option<(Verb, LitStr, Option<LitStr>)> {
    let Value::Equals(value) = &word.value else { return None };
    if let Some(path) = string_of(value) {
        return Some((Verb::Get, path, None));
    }
    let Expr::Call(call) = bare(value) else { return None };
    let Expr::Path(verb) = bare(&call.func) else { return None };
    let verb = Verb::named(&verb.path.get_ident()?.to_string())?;
    let mut arguments = call.args.iter().map(string_of);
    let path = arguments.next()??;
    let field = match arguments.next() {
        Some(field) => Some(field?),
        None => None,
    };
    if arguments.next().is_some() { None } else { Some((verb, path, field)) }
}
