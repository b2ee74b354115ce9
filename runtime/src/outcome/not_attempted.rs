//! Why an item was never sent.

use std::fmt;
use std::sync::Arc;

/// Why an item was never sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAttempted {
    /// The run stopped: a refusal that no item can change.
    Stopped(Arc<str>),
    /// The run was cancelled or dropped.
    Cancelled,
    /// The run's deadline passed.
    Deadline,
    /// The host could not be reached.
    Unreachable(Arc<str>),
    /// The host is there, and refused each request without looking at it: a 421 or 425, or a stream that it did not take.
    NotProcessed(Arc<str>),
    /// The item alone is over the endpoint's byte cap.
    TooLarge {
        /// The size of a request with this item alone, or of the item, in bytes.
        bytes: usize,
        /// The cap it breaks.
        cap: usize,
    },
    /// The item could not be encoded.
    Encode(Arc<str>),
    /// An argument of the method cannot be sent.
    InvalidArgument(Arc<str>),
    /// The server asked for a longer wait than the run allows.
    WaitTooLong(Arc<str>),
    /// The item stands in the input more than once, and repeats are rejected.
    Duplicate,
    /// The client's retry budget was spent before an attempt could leave.
    Budget,
}

impl fmt::Display for NotAttempted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAttempted::Stopped(why) => write!(f, "not sent: the run stopped: {why}"),
            NotAttempted::Cancelled => f.write_str("not sent: the run was cancelled"),
            NotAttempted::Deadline => f.write_str("not sent: the deadline of the run passed"),
            NotAttempted::Unreachable(why) => {
                write!(f, "not sent: the host could not be reached: {why}")
            }
            NotAttempted::NotProcessed(why) => write!(f, "not looked at: {why}"),
            NotAttempted::TooLarge { bytes, cap } => {
                write!(f, "not sent: {bytes} bytes, and the endpoint takes {cap}")
            }
            NotAttempted::Encode(why) => {
                write!(f, "not sent: the item could not be encoded: {why}")
            }
            NotAttempted::InvalidArgument(why) => write!(f, "not sent: {why}"),
            NotAttempted::Duplicate => f.write_str("not sent: it repeats an earlier item of the input"),
            NotAttempted::Budget => {
                f.write_str("not sent: the client's retry budget was spent before the server looked at any request")
            }
            NotAttempted::WaitTooLong(why) => write!(f, "not sent: {why}"),
        }
    }
}
