//! Why the result of an item is unknown: what a response shows about an item, and what its outcome carries.

use serde::Serialize;

/// Why the result of an item is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UncertaintyKind {
    /// No response came within the attempt's timeout.
    Timeout,
    /// The connection broke after the request was, or may have been, sent.
    Reset,
    /// The server responded with a 5xx or a 408.
    ServerError,
    /// The status or code is listed under `uncertain(…)`.
    Declared,
    /// The connection broke before the response body was complete.
    CutOff,
    /// The response is larger than [`ClientBuilder::max_response_bytes`](crate::ClientBuilder::max_response_bytes), or has 100 000 elements
    /// more than four for each item of the request.
    TooLarge,
    /// The response does not match its declared shape.
    Undecodable,
    /// The element that seems to belong to the item does not match its declared type.
    BadElement,
    /// The response does not list the item.
    Missing,
    /// The response contains contradictory entries for the item.
    Contradictory,
    /// The run was cancelled or dropped while the item was in flight.
    Cancelled,
    /// The run timed out while the item was in flight.
    Deadline,
    /// The job that processes the item had not finished when the run stopped polling it.
    Pending,
    /// The code that decodes the response panicked.
    Panicked,
    /// An attempt failed the item after an earlier attempt with an unknown result.
    FailedLater,
    /// An earlier process of a run with a journal left the result unknown: it ended before it recorded the response, or it could not learn the
    /// result.
    EarlierProcess,
}
