//! Requests as the fake records them, and their responses.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, Version};
use percent_encoding::percent_decode_str;

use super::fault::Fault;
use crate::declare::{ArgumentAt, EndpointSpec, RequestPart};

/// One request.
///
/// `Debug` shows neither the credential nor the values of query parameters that the endpoint does not declare: they are the client's.
#[derive(Clone)]
#[non_exhaustive]
pub struct FakeRequest {
    /// The number of the request, counted from 0 for each server.
    pub number: usize,
    /// The name of the served endpoint; `None` if there is none at this path.
    pub endpoint: Option<&'static str>,
    /// The method.
    pub method: Method,
    /// The path, with the query, which may have a credential of the client.
    pub path: String,
    /// The HTTP version.
    pub version: Version,
    /// The headers. The credential is marked as sensitive: `Debug` does not show it.
    pub headers: HeaderMap,
    /// The number of items; 0 if there are none in their declared place.
    pub items: usize,
    /// The body. If it was compressed, it is decoded.
    pub body: Bytes,
    /// The number of bytes of the body as it was sent.
    pub sent_bytes: usize,
    /// The path as `Debug` shows it.
    pub(super) shown_path: String,
}

impl fmt::Debug for FakeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeRequest")
            .field("number", &self.number)
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("path", &self.shown_path)
            .field("version", &self.version)
            .field("headers", &self.headers)
            .field("items", &self.items)
            .field("body", &self.body)
            .field("sent_bytes", &self.sent_bytes)
            .finish()
    }
}

/// Returns a path whose query has the values of declared parameters alone.
pub(super) fn shown_path(path: &str, spec: Option<&EndpointSpec>) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let shown = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if !spec.is_some_and(|spec| declares(spec, &percent_decode_str(name).decode_utf8_lossy())) => {
            format!("{name}=…")
        }
        _ => pair.to_owned(),
    });
    format!("{path}?{}", shown.collect::<Vec<_>>().join("&"))
}

/// Returns whether an endpoint declares a query parameter.
fn declares(spec: &EndpointSpec, name: &str) -> bool {
    let fixed = spec.path.split_once('?').map_or("", |(_, query)| query);
    let mut fixed = fixed.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    let mut arguments = spec.arguments.iter();
    fixed.any(|fixed| fixed == name)
        || arguments.any(|argument| matches!(argument, ArgumentAt::Query(argument) if *argument == name))
        || matches!(spec.items.part(), RequestPart::Query(items, style) if style.has_name(items, name))
}

impl FakeRequest {
    /// Returns the query, without the `?`.
    pub(super) fn query(&self) -> &str {
        self.path.split_once('?').map_or("", |(_, query)| query)
    }
}

/// A request and its response.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Exchange {
    /// The request.
    pub request: FakeRequest,
    /// The status of the response. If a fault prevented the response, the status that it would have had; 503 if the request was not
    /// carried out.
    pub status: u16,
    /// The network fault, if any.
    pub fault: Option<Fault>,
    /// Why the request was refused, if it was.
    pub complaint: Option<String>,
}
