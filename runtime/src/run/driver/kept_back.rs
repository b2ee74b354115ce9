//! What keeps requests back, besides the host.

use crate::engine::Time;

/// What keeps a request back, if it is not the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptBackBy {
    /// The declared rate is used up.
    Rate,
    /// A token is fetched.
    Token,
    /// The journal withholds requests.
    Journal,
}

impl KeptBackBy {
    /// Its name in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            KeptBackBy::Rate => "rate",
            KeptBackBy::Token => "token",
            KeptBackBy::Journal => "journal",
        }
    }
}

/// Requests that the journal withholds, in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Withheld {
    pub(super) until: Time,
    pub(super) times: u32,
    /// The time for which the run has waited for them.
    pub(super) waited: Time,
}
