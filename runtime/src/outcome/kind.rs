//! The kinds of outcomes and refusals, as data.

use std::fmt;

use serde::Serialize;

/// Why an item was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalKind {
    /// The server refused the whole request.
    Request,
    /// The response returned the item as unprocessed.
    Unprocessed,
    /// Another item of an all-or-nothing request failed.
    RolledBack,
    /// The result was unknown, and [`Run::verify`](crate::Run::verify) found that the item was not applied.
    NotApplied,
    /// An earlier process of a run with a journal got the refusal, and the item was not sent since.
    EarlierProcess,
}

/// The kind of an outcome, without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// [`Outcome::Succeeded`](crate::Outcome::Succeeded).
    Succeeded,
    /// [`Outcome::Failed`](crate::Outcome::Failed).
    Failed,
    /// [`Outcome::Refused`](crate::Outcome::Refused).
    Refused,
    /// [`Outcome::Unknown`](crate::Outcome::Unknown).
    Unknown,
    /// [`Outcome::NotAttempted`](crate::Outcome::NotAttempted).
    NotAttempted,
}

impl OutcomeKind {
    /// All kinds, in the order in which reports list them.
    pub const ALL: [OutcomeKind; 5] = [
        OutcomeKind::Succeeded,
        OutcomeKind::Failed,
        OutcomeKind::Refused,
        OutcomeKind::Unknown,
        OutcomeKind::NotAttempted,
    ];

    /// The name in reports: `succeeded`, `failed`, `refused`, `unknown` or `not_attempted`.
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
