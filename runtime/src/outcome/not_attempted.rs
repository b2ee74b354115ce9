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
    /// No request with the item reached the host: no connection could be made within the run's [`patience`](crate::Run::patience).
    Unreachable(Arc<str>),
    /// The run made no progress within its [`patience`](crate::Run::patience): the host refused requests for now, or failed.
    Patience(Arc<str>),
    /// The item alone exceeds a byte limit of the endpoint.
    TooLarge {
        /// The size in bytes: of a request with this item alone, or of the item where `max_item_bytes` limits it.
        bytes: usize,
        /// The exceeded limit in bytes.
        cap: usize,
    },
    /// The item could not be encoded.
    Encode(Arc<str>),
    /// The request with the item could not be signed: the function of [`ClientBuilder::sign`](crate::ClientBuilder::sign) returned this error,
    /// or panicked.
    Unsigned(Arc<str>),
    /// An argument of the method cannot be put into a request.
    InvalidArgument(Arc<str>),
    /// The item is a duplicate of an earlier one, and the run uses [`OnDuplicate::Reject`](crate::OnDuplicate::Reject).
    Duplicate,
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
            NotAttempted::Patience(why) => write!(f, "not sent: {why}"),
            NotAttempted::TooLarge { bytes, cap } => {
                write!(f, "not sent: {bytes} bytes exceed the endpoint's limit of {cap}")
            }
            NotAttempted::Encode(why) => {
                write!(f, "not sent: the item could not be encoded: {why}")
            }
            NotAttempted::Unsigned(why) => write!(f, "not sent: the request could not be signed: {why}"),
            NotAttempted::InvalidArgument(why) => write!(f, "not sent: {why}"),
            NotAttempted::Duplicate => f.write_str("not sent: duplicate of an earlier item of the input"),
        }
    }
}
