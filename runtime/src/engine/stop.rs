//! Why a run stops.

/// Why a run sends nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halt {
    /// A refusal that no item can change, or the caller's `stop`.
    Stopped,
    /// The host is gone.
    Unreachable,
    /// The host is there, and refused without looking.
    Unseen,
    /// The server asked for a longer wait than is allowed.
    WaitTooLong,
    /// The client's retry budget is spent.
    Budget,
    /// The caller's `cancel`, or a drop.
    Cancelled,
    /// The deadline passed.
    Deadline,
    /// The arguments make no request.
    InvalidArgument,
}
