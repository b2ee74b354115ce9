//! What a specification says about rates, delays and jobs outside of its schemas: in extensions, in headers, in its introduction.

use crate::names;
use crate::node::Node;
use crate::openapi::OpenApi;
use crate::operation::ApiOperation;
use crate::path::without_fragment;
use crate::stated::{self, LimitOf};

/// Words in the name of an extension that is about rates.
const RATE_WORDS: [&str; 6] = ["rate", "ratelimit", "throttle", "throttling", "quota", "quotas"];

/// Headers with the place of a job.
const JOB_HEADERS: [&str; 3] = ["location", "operationlocation", "contentlocation"];

/// The longest quote of an extension.
const MAX_QUOTE: usize = 200;

/// Open questions about all operations.
pub(crate) fn of_document(api: &OpenApi) -> Vec<String> {
    let description = api.field("info").and_then(|info| info.text_of("description")).unwrap_or_default();
    let rates = stated::find_all(description).into_iter().filter(|limit| limit.of == LimitOf::Rate);
    let quotes =
        rates.map(|limit| format!("the introduction says: \"{}\": add it as `rate` to the methods?", limit.sentence));
    let extensions = api.field("info").into_iter().chain(api.paths()).chain([api.top()]).flat_map(of_extensions);
    extensions.chain(quotes).collect()
}

/// Open questions about one operation.
pub(crate) fn of_operation(operation: ApiOperation<'_>) -> Vec<String> {
    let mut hints: Vec<String> = [operation.shared, operation.node].into_iter().flat_map(of_extensions).collect();
    let responses = operation.node.get("responses").into_iter().flat_map(Node::entries);
    for (status, response) in responses {
        let response = operation.api.follow(response).unwrap_or(response);
        for (header, _) in response.get("headers").into_iter().flat_map(Node::entries) {
            let hint = of_header(status, header);
            hints.extend(hint.filter(|hint| !hints.contains(hint)));
        }
        for (name, link) in response.get("links").into_iter().flat_map(Node::entries) {
            let link = operation.api.follow(link).unwrap_or(link);
            hints.extend(of_link(operation, status, name, link).filter(|_| status.starts_with('2')));
        }
    }
    hints
}

/// The path at which a job may be polled, as `poll` has it: that of `GET /jobs/{id}` beside `POST /jobs`.
pub(crate) fn poll_path(operation: ApiOperation<'_>) -> Option<String> {
    let own = without_fragment(operation.path).trim_end_matches('/');
    let is_of_one = |path: &str| {
        let rest = path.strip_prefix(own).and_then(|rest| rest.strip_prefix("/{"));
        rest.and_then(|rest| rest.strip_suffix('}')).is_some_and(|name| !name.contains('/'))
    };
    let exists = ApiOperation::all(operation.api).any(|other| other.method == "get" && is_of_one(other.path));
    exists.then(|| format!("{own}/{{job}}"))
}

/// The link of a response to the operation that returns the result of a job.
fn of_link(operation: ApiOperation<'_>, status: &str, name: &str, link: &Node) -> Option<String> {
    let id = link.text_of("operationId")?;
    let target = ApiOperation::all(operation.api).find(|other| other.method == "get" && other.id() == id)?;
    let (_, value) = link.get("parameters")?.entries().next()?;
    Some(format!(
        "a response under {status} has the link `{name}` to `GET {}`, with `{}`: if that is the result of a job, mark the value as \
         `#[bulk(job)]`, and add this path as `poll`, with `{{job}}` in it",
        target.path,
        value.text()?
    ))
}

fn of_extensions(node: &Node) -> Vec<String> {
    let is_rate = |name: &str| {
        let words = names::words(name);
        name.starts_with("x-") && words.iter().any(|word| RATE_WORDS.contains(&word.as_str()))
    };
    let extensions = node.entries().filter(|(name, _)| is_rate(name));
    let hint = |(name, value): (&str, &Node)| {
        let value: String = value.to_string().chars().take(MAX_QUOTE).collect();
        format!("`{name}` is {value}: add it as `rate = \"…/1s\"`?")
    };
    extensions.map(hint).collect()
}

fn of_header(status: &str, header: &str) -> Option<String> {
    let name = names::folded(header);
    let is_delay = name.contains("reset") || name.contains("retryafter") && name != "retryafter";
    if status == "429" && is_delay {
        return Some(format!(
            "a response under 429 has the header `{header}`: if it is the delay before a retry, add a field with \
             `#[bulk(retry_after = seconds, header = {header:?})]` to the error (`epoch` for a time)"
        ));
    }
    (status == "202" && JOB_HEADERS.contains(&name.as_str())).then(|| {
        format!(
            "a response under 202 has the header `{header}`: for the result of the job, add a field with \
             `#[bulk(job, header = {header:?})]` to the reply, and `poll = \"{{job}}\"`"
        )
    })
}
