//! Why the server did not process an item.

use std::fmt;
use std::sync::Arc;

/// Why the server did not process an item: it was never sent, or each request with it was rejected before processing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAttempted {
    /// The run stopped: a response refused the credential (401, 407), or had the status 403 or one listed in `stop(…)`; no token could
    /// be fetched; or the caller called [`Watch::stop`](crate::Watch::stop).
    Stopped(Arc<str>),
    /// The run was cancelled or dropped before the item was sent.
    Cancelled,
    /// The [`run_timeout`](crate::Run::run_timeout) elapsed before the item was sent, or would elapse during a delay before the next
    /// attempt.
    Deadline,
    /// No request reached the host: no connection could be made, or the HTTP client rejected the request as invalid.
    Unreachable(Arc<str>),
    /// The host is reachable, but refused each request without processing it: a 421 or 425, or a refused HTTP/2 stream.
    NotProcessed(Arc<str>),
    /// The item alone exceeds a byte limit of the endpoint.
    TooLarge {
        /// The size in bytes: of a request with this item alone, or of the item where `max_item_bytes` limits it.
        bytes: usize,
        /// The exceeded limit in bytes.
        cap: usize,
    },
    /// The item could not be encoded.
    Encode(Arc<str>),
    /// An argument of the method cannot be put into a request.
    InvalidArgument(Arc<str>),
    /// The server asked for a delay longer than [`Run::max_wait`](crate::Run::max_wait).
    WaitTooLong(Arc<str>),
    /// The item is a duplicate of an earlier one, and the run uses [`OnDuplicate::Reject`](crate::OnDuplicate::Reject).
    Duplicate,
    /// The client's retry budget was exhausted before the server processed a request with the item.
    Budget,
}

impl fmt::Display for NotAttempted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAttempted::Stopped(why) => write!(f, "not sent: the run stopped: {why}"),
            NotAttempted::Cancelled => f.write_str("not sent: the run was cancelled"),
            NotAttempted::Deadline => f.write_str("not sent: the run timeout elapsed"),
            NotAttempted::Unreachable(why) => {
                write!(f, "not sent: the host could not be reached: {why}")
            }
            NotAttempted::NotProcessed(why) => write!(f, "not processed: {why}"),
            NotAttempted::TooLarge { bytes, cap } => {
                write!(f, "not sent: {bytes} bytes exceed the endpoint's limit of {cap}")
            }
            NotAttempted::Encode(why) => {
                write!(f, "not sent: the item could not be encoded: {why}")
            }
            NotAttempted::InvalidArgument(why) => write!(f, "not sent: {why}"),
            NotAttempted::Duplicate => f.write_str("not sent: duplicate of an earlier item of the input"),
            NotAttempted::Budget => f.write_str("not processed: the client's retry budget was exhausted"),
            NotAttempted::WaitTooLong(why) => write!(f, "not sent: {why}"),
        }
    }
}
