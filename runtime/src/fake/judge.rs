//! Whether a request may be carried out: the declaration's demands, one after the other.

use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded;

use super::items::Given;
use super::refuse::Refuse;
use super::request::FakeRequest;
use super::route;
use super::served::Serve;
use crate::declare::{EndpointSpec, ItemsAt};
use crate::text::counted;

/// The endpoint that a request is for.
pub(super) fn find_endpoint(
    endpoints: &[Box<dyn Serve>],
    path: &str,
    query: Option<&str>,
    method: &http::Method,
) -> Result<usize, Refuse> {
    let specs = endpoints.iter().map(|endpoint| endpoint.spec()).enumerate();
    let mut at_path: Vec<_> = specs.filter(|(_, spec)| route::matches(spec, path, query)).collect();
    if at_path.is_empty() {
        let why = format!("no endpoint is served at {path}");
        return Err(Refuse::because(404, why));
    }
    at_path.sort_by_key(|(_, spec)| route::placeholders(spec));
    let fits = |(_, spec): &&(usize, &EndpointSpec)| spec.method.to_http() == *method;
    if let Some((index, _)) = at_path.iter().find(fits) {
        return Ok(*index);
    }
    let allowed: Vec<String> = at_path.iter().map(|(_, spec)| spec.method.to_http().to_string()).collect();
    let allowed = allowed.join(", ");
    let why = format!("{path} takes {allowed}, not {method}");
    Err(Refuse::because(405, why).header(ALLOW.as_str(), &allowed))
}

pub(super) fn check_bearer(token: Option<&SecretString>, headers: &HeaderMap) -> Result<(), Refuse> {
    let Some(token) = token else {
        return Ok(());
    };
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let why = match (given.next(), given.next()) {
        (None, _) => "there is no `Authorization` header",
        (Some(_), Some(_)) => "there are two `Authorization` headers",
        (Some(given), None) if is_bearer(given, token.expose_secret()) => return Ok(()),
        (Some(_), None) => "the bearer token is another one",
    };
    Err(Refuse::because(401, why).header(WWW_AUTHENTICATE.as_str(), "Bearer"))
}

/// The scheme is case-insensitive, the token is not (RFC 6750).
fn is_bearer(header: &HeaderValue, token: &str) -> bool {
    let header = header.to_str().unwrap_or_default();
    header.split_once(' ').is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case("bearer") && given == token)
}

/// What can be said of a request before its items are looked at.
pub(super) fn check_request(spec: &EndpointSpec, request: &FakeRequest) -> Result<(), Refuse> {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    for (name, value) in spec.headers {
        if !name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()) && header(name) != Some(value) {
            return Err(Refuse::because(400, format!("the header `{name}` must be `{value}`")));
        }
    }
    if let Some(want) = content_type(spec, request) {
        let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let given = header("content-type").unwrap_or_default();
        if essence(given) != essence(want) {
            return Err(Refuse::because(415, format!("the content type must be {want}, not `{given}`")));
        }
    }
    let (what, bytes) = match spec.items {
        ItemsAt::Query(..) => ("URL", "http://".len() + header("host").unwrap_or_default().len() + request.path.len()),
        ItemsAt::Header(name) => ("header", header(name).unwrap_or_default().len()),
        _ => ("body", request.body.len()),
    };
    if let Some(most) = spec.max_bytes.filter(|most| bytes > *most) {
        return Err(Refuse::because(413, format!("the {what} has {bytes} bytes, more than {most}")));
    }
    check_fields(spec, &request.body)
}

/// What the body must be; `None` where there need not be one.
fn content_type<'s>(spec: &'s EndpointSpec, request: &FakeRequest) -> Option<&'s str> {
    let fixed = spec.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let of_place = match spec.items {
        ItemsAt::Ndjson => Some("application/x-ndjson"),
        ItemsAt::Form(..) => Some("application/x-www-form-urlencoded"),
        ItemsAt::Query(..) | ItemsAt::Header(_) if request.body.is_empty() => None,
        _ => Some("application/json"),
    };
    fixed.map(|(_, value)| *value).or(of_place)
}

/// The body is what its place says, and the fixed fields are in it.
fn check_fields(spec: &EndpointSpec, body: &[u8]) -> Result<(), Refuse> {
    let read: Value = match spec.items {
        ItemsAt::Ndjson => Value::Null,
        ItemsAt::Query(..) | ItemsAt::Header(_) if body.is_empty() => Value::Null,
        ItemsAt::Form(..) => {
            form_urlencoded::parse(body).map(|(name, text)| (name.into_owned(), Value::from(text))).collect()
        }
        _ => serde_json::from_slice(body)
            .map_err(|error| Refuse::because(400, format!("the body is no JSON: {error}")))?,
    };
    // A form knows texts alone.
    let as_sent = |value: Value| match (spec.items, value) {
        (ItemsAt::Form(..), value @ (Value::Bool(_) | Value::Number(_))) => Value::String(value.to_string()),
        (_, value) => value,
    };
    for (pointer, json) in spec.fields {
        let want: Option<Value> = serde_json::from_str(json).ok().map(as_sent);
        if read.pointer(pointer) != want.as_ref() {
            return Err(Refuse::because(400, format!("the field {pointer} must be {json}")));
        }
    }
    Ok(())
}

pub(super) fn check_items(spec: &EndpointSpec, items: &[Given<'_>]) -> Result<(), Refuse> {
    let (count, most) = (items.len(), spec.max.items);
    if count > most {
        return Err(Refuse::because(400, format!("{}, more than {most}", counted(count, "item"))));
    }
    if count < spec.min {
        return Err(Refuse::because(400, format!("{}, fewer than {}", counted(count, "item"), spec.min)));
    }
    let Some(most) = spec.max_item_bytes else {
        return Ok(());
    };
    match items.iter().find(|item| item.bytes > most) {
        Some(item) => {
            let bytes = item.bytes;
            Err(Refuse::because(413, format!("an item has {bytes} bytes, more than {most}")))
        }
        None => Ok(()),
    }
}
