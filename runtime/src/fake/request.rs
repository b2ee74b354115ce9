//! Requests as the fake records them, and their responses.

use bytes::Bytes;
use http::{HeaderMap, Method, Version};

use super::fault::Fault;

/// One request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FakeRequest {
    /// The number of the request, counted from 0 for each server.
    pub number: usize,
    /// The name of the served endpoint; `None` if there is none at this path.
    pub endpoint: Option<&'static str>,
    /// The method.
    pub method: Method,
    /// The path, with the query.
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
