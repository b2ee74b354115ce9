//! The kinds of outcomes, refusals and uncertainties, as data.

use std::fmt;

use serde::Serialize;

/// How an item shares in a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalKind {
    /// The whole request was refused.
    Request,
    /// The response handed the item back unprocessed.
    Unprocessed,
    /// Another item of an all-or-nothing request failed.
    RolledBack,
    /// No usable response came, and [`Run::verify`](crate::Run::verify) found that the item was not applied.
    NotApplied,
}

/// What left an item in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UncertaintyKind {
    /// No response within the attempt's timeout.
    Timeout,
    /// The connection broke after the request was, or may have been, sent.
    Reset,
    /// The server failed: 5xx or 408.
    ServerError,
    /// The status or code is listed under `uncertain(…)`.
    Declared,
    /// The response broke off.
    CutOff,
    /// The response was larger than the cap.
    TooLarge,
    /// The response is not what the declaration says.
    Undecodable,
    /// The element that seems to speak of the item does not fit.
    BadElement,
    /// The response does not name the item.
    Missing,
    /// The response contradicts itself about the item.
    Contradictory,
    /// A run was cancelled, or dropped, while the item was in flight.
    Cancelled,
    /// The run's deadline passed while the item was in flight.
    Deadline,
    /// The vendor had not decided when the run stopped asking.
    Pending,
    /// A decoder panicked.
    Panicked,
    /// An attempt after an unsure one named a failure.
    FailedLater,
}

/// The name of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum OutcomeKind {
    Succeeded,
    Failed,
    Refused,
    Unknown,
    NotAttempted,
}

impl OutcomeKind {
    /// All of them, in the order in which reports count them.
    pub const ALL: [OutcomeKind; 5] = [
        OutcomeKind::Succeeded,
        OutcomeKind::Failed,
        OutcomeKind::Refused,
        OutcomeKind::Unknown,
        OutcomeKind::NotAttempted,
    ];

    /// The name as reports write it: `succeeded failed refused unknown not_attempted`.
    pub fn as_str(self) -> &'static str {
        match self {
            OutcomeKind::Succeeded => "succeeded",
            OutcomeKind::Failed => "failed",
            OutcomeKind::Refused => "refused",
            OutcomeKind::Unknown => "unknown",
            OutcomeKind::NotAttempted => "not_attempted",
        }
    }
}

impl fmt::Display for OutcomeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
