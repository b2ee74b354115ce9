//! Whether a request may be carried out: the declaration's demands, one after the other.

use std::collections::HashMap;

use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use serde_json::value::RawValue;

use super::served::Serve;
use super::{FakeRequest, Refuse, route};
use crate::spec::{EndpointSpec, ItemsAt};

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
    let fixed = spec.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let want = fixed.map_or("application/json", |(_, value)| value);
    let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let given = header("content-type").unwrap_or_default();
    if essence(given) != essence(want) {
        return Err(Refuse::because(415, format!("the content type must be {want}, not `{given}`")));
    }
    if let Some(most) = spec.max_bytes
        && request.body.len() > most
    {
        let bytes = request.body.len();
        return Err(Refuse::because(413, format!("the body has {bytes} bytes, more than {most}")));
    }
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|error| Refuse::because(400, format!("the body is no JSON: {error}")))?;
    for (pointer, json) in spec.fields {
        let want: Option<Value> = serde_json::from_str(json).ok();
        if body.pointer(pointer) != want.as_ref() {
            return Err(Refuse::because(400, format!("the field {pointer} must be {json}")));
        }
    }
    Ok(())
}

pub(super) fn check_items(spec: &EndpointSpec, items: &[&RawValue]) -> Result<(), Refuse> {
    let (count, most) = (items.len(), spec.max.items);
    if count > most {
        return Err(Refuse::because(400, format!("{count} items, more than {most}")));
    }
    if count < spec.min {
        return Err(Refuse::because(400, format!("{count} items, fewer than {}", spec.min)));
    }
    let Some(most) = spec.max_item_bytes else {
        return Ok(());
    };
    match items.iter().find(|item| item.get().len() > most) {
        Some(item) => {
            let bytes = item.get().len();
            Err(Refuse::because(413, format!("an item has {bytes} bytes, more than {most}")))
        }
        None => Ok(()),
    }
}

/// The items of a body, each as its own JSON.
pub(super) fn items_of(body: &[u8], at: ItemsAt) -> Result<Vec<&RawValue>, String> {
    let pointer = match at {
        ItemsAt::Pointer(pointer) => pointer,
        ItemsAt::Body => "",
        _ => return Err("the fake does not serve items in this place yet".to_owned()),
    };
    let mut place: &RawValue = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    for token in pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        let fields: HashMap<String, &RawValue> = serde_json::from_str(place.get())
            .map_err(|_| format!("the body has no field {pointer}: there is no object on the way"))?;
        place = fields.get(&name).ok_or_else(|| format!("the body has no field {pointer}"))?;
    }
    serde_json::from_str(place.get()).map_err(|_| match pointer {
        "" => "the body is no array".to_owned(),
        _ => format!("the field {pointer} is no array"),
    })
}
