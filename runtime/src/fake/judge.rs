//! Checks a request against the declaration: route, token, headers, body, items.

use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded;

use super::body;
use super::items::RequestItem;
use super::refuse::Refuse;
use super::request::FakeRequest;
use super::route;
use super::served::Serve;
use crate::declare::{BodyFormat, Compression, EndpointSpec, RequestPart};
use crate::text::counted;

/// Returns the index of the endpoint that a request is for.
pub(super) fn find_endpoint(
    endpoints: &[Box<dyn Serve>],
    path: &str,
    query: Option<&str>,
    method: &http::Method,
) -> Result<usize, Refuse> {
    let specs = endpoints.iter().map(|endpoint| endpoint.spec()).enumerate();
    let mut at_path: Vec<_> = specs.filter(|(_, spec)| route::matches(spec, path, query)).collect();
    if at_path.is_empty() {
        let why = format!("no endpoint at {path}");
        return Err(Refuse::because(404, why));
    }
    at_path.sort_by_key(|(_, spec)| route::placeholders(spec));
    let fits = |(_, spec): &&(usize, &EndpointSpec)| spec.method.to_http() == *method;
    if let Some((index, _)) = at_path.iter().find(fits) {
        return Ok(*index);
    }
    let allowed: Vec<String> = at_path.iter().map(|(_, spec)| spec.method.to_http().to_string()).collect();
    let allowed = allowed.join(", ");
    let why = format!("expected the method {allowed} for {path}, found {method}");
    Err(Refuse::because(405, why).header(ALLOW.as_str(), &allowed))
}

pub(super) fn check_bearer(token: Option<&SecretString>, headers: &HeaderMap) -> Result<(), Refuse> {
    let Some(token) = token else {
        return Ok(());
    };
    let mut found = headers.get_all(AUTHORIZATION).iter();
    let why = match (found.next(), found.next()) {
        (None, _) => "the header `Authorization` is missing",
        (Some(_), Some(_)) => "expected one `Authorization` header, found two",
        (Some(found), None) if is_bearer(found, token.expose_secret()) => return Ok(()),
        (Some(_), None) => "the bearer token is not the expected one",
    };
    Err(Refuse::because(401, why).header(WWW_AUTHENTICATE.as_str(), "Bearer"))
}

/// The scheme is case-insensitive, the token is not (RFC 6750).
fn is_bearer(header: &HeaderValue, token: &str) -> bool {
    let header = header.to_str().unwrap_or_default();
    header.split_once(' ').is_some_and(|(scheme, found)| scheme.eq_ignore_ascii_case("bearer") && found == token)
}

/// Checks all of a request except its items.
pub(super) fn check_request(spec: &EndpointSpec, request: &FakeRequest) -> Result<(), Refuse> {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    for (name, value) in spec.headers {
        if !name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()) && header(name) != Some(value) {
            return Err(Refuse::because(400, format!("the header `{name}` must be `{value}`")));
        }
    }
    if let Some(want) = content_type(spec, request) {
        let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let found = header("content-type").unwrap_or_default();
        if essence(found) != essence(want) {
            return Err(Refuse::because(415, format!("expected the content type {want}, found `{found}`")));
        }
    }
    let (coding, want) = (body::coding(&request.headers), spec.compress.map(Compression::coding));
    if coding.as_deref() != want {
        let [want, found] =
            [want, coding.as_deref()].map(|coding| coding.map_or("none".to_owned(), |coding| format!("`{coding}`")));
        return Err(Refuse::because(415, format!("expected the content coding {want}, found {found}")));
    }
    if let Some(most) = spec.max_compressed_bytes.filter(|most| request.sent_bytes > *most) {
        let bytes = request.sent_bytes;
        return Err(Refuse::because(413, format!("expected a compressed body of at most {most} bytes, found {bytes}")));
    }
    let (what, bytes) = match spec.items.part() {
        RequestPart::Query(..) => {
            ("URL", "http://".len() + header("host").unwrap_or_default().len() + request.path.len())
        }
        RequestPart::Header(name) => ("header", header(name).unwrap_or_default().len()),
        RequestPart::Body => ("body", request.body.len()),
    };
    if let Some(most) = spec.max_bytes.filter(|most| bytes > *most) {
        return Err(Refuse::because(413, format!("expected a {what} of at most {most} bytes, found {bytes}")));
    }
    check_fields(spec, &request.body)
}

/// Returns the expected content type; `None` if the request needs no body.
fn content_type<'s>(spec: &'s EndpointSpec, request: &FakeRequest) -> Option<&'s str> {
    let fixed = spec.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let of_place = spec.items.body_format().media_type().filter(|_| !has_no_body(spec, &request.body));
    fixed.map(|(_, value)| *value).or(of_place)
}

/// Whether a request has no body: its items are elsewhere, and no field is beside them.
fn has_no_body(spec: &EndpointSpec, body: &[u8]) -> bool {
    spec.items.part() != RequestPart::Body && body.is_empty()
}

/// Checks that the body has the declared form and contains the fixed fields.
fn check_fields(spec: &EndpointSpec, body: &[u8]) -> Result<(), Refuse> {
    let format = spec.items.body_format();
    let read: Value = match format {
        // No field is beside the items.
        BodyFormat::Ndjson | BodyFormat::Text | BodyFormat::Codec => Value::Null,
        BodyFormat::Form => {
            form_urlencoded::parse(body).map(|(name, text)| (name.into_owned(), Value::from(text))).collect()
        }
        BodyFormat::Json if has_no_body(spec, body) => Value::Null,
        BodyFormat::Json => serde_json::from_slice(body)
            .map_err(|error| Refuse::because(400, format!("the body is not JSON: {error}")))?,
    };
    // The values of a form are texts: `true` is sent as "true".
    let as_sent = |value: Value| match (format, value) {
        (BodyFormat::Form, value @ (Value::Bool(_) | Value::Number(_))) => Value::String(value.to_string()),
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

pub(super) fn check_items(spec: &EndpointSpec, items: &[RequestItem<'_>]) -> Result<(), Refuse> {
    let (count, most) = (items.len(), spec.max.items);
    if count > most {
        return Err(Refuse::because(400, format!("expected at most {most} items, found {count}")));
    }
    if count < spec.min {
        return Err(Refuse::because(400, format!("expected at least {}, found {count}", counted(spec.min, "item"))));
    }
    let Some(most) = spec.max_item_bytes else {
        return Ok(());
    };
    match items.iter().find(|item| item.bytes > most) {
        Some(item) => {
            let bytes = item.bytes;
            Err(Refuse::because(413, format!("expected items of at most {most} bytes, found one of {bytes}")))
        }
        None => Ok(()),
    }
}
