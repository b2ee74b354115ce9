//! What the fake sees of a request, and how it refuses one.

use bytes::Bytes;
use http::{HeaderMap, Method, Version};

use super::fault::Fault;

/// One request, as it came.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FakeRequest {
    /// Counts the requests to this server, from 0.
    pub number: usize,
    /// The name of the served endpoint; `None` where there is none at this path.
    pub endpoint: Option<&'static str>,
    /// The method.
    pub method: Method,
    /// The path, with the query.
    pub path: String,
    /// The version of HTTP that it came over.
    pub version: Version,
    /// The headers. The credential is marked as sensitive: `Debug` does not show it.
    pub headers: HeaderMap,
    /// How many items it carries; 0 where there are none in their place.
    pub items: usize,
    /// The body.
    pub body: Bytes,
}

impl FakeRequest {
    /// What stands behind the path's `?`.
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
    /// The status of the response. Where a fault kept it from being given, it is what the response would have had, and 503 where the
    /// request was not carried out.
    pub status: u16,
    /// The fault of the wire that it met.
    pub fault: Option<Fault>,
    /// Why it was refused, in words.
    pub complaint: Option<String>,
}
