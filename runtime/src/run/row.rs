//! The flat form of an item's outcome.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::bulk_response::BulkResponse;
use crate::outcome::{Outcome, OutcomeKind, OutcomeOf};
use crate::reply::BulkReply;
use crate::text::{excerpt, shorten};

/// The outcome of one item in a flat form, for tables and files. `Display` writes it on one line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The item's index in the input.
    pub index: usize,
    /// The item's key as text; empty if items have no key.
    pub key: String,
    /// The kind of the outcome.
    pub outcome: OutcomeKind,
    /// The HTTP status behind the outcome: the item's own, else that of the response.
    pub status: Option<u16>,
    /// The vendor's error code.
    pub code: Option<String>,
    /// A message that explains the outcome, on one line, cut after 2000 characters. The [`Outcome`] has the full text.
    pub message: Option<String>,
    /// The vendor's request id: of the refusal, else of the last response to a request with the item.
    pub request_id: Option<String>,
}

impl Row {
    /// `response` is the last one to a request with the item: it gives what the outcome does not have itself.
    pub(crate) fn new<R: BulkReply, E>(
        index: usize,
        key: String,
        outcome: &OutcomeOf<R, E>,
        response: Option<&BulkResponse<R>>,
    ) -> Self {
        let refusal = match outcome {
            Outcome::Refused(refusal) => Some(&**refusal),
            Outcome::Unknown(uncertainty) => uncertainty.refusal.as_ref(),
            _ => None,
        };
        let request_id = refusal.and_then(|refusal| refusal.request_id.as_deref());
        let request_id = request_id.or_else(|| response?.request_id.as_deref());
        // A failure's methods may be the user's code: a panic in them must not make the report unreadable.
        let details = catch_unwind(AssertUnwindSafe(|| (outcome.status(), outcome.code(), outcome.message())));
        let (status, code, message) = details.unwrap_or_else(|_| (None, None, Some("<failure panicked>".to_owned())));
        // A failure has only its own status.
        let listed_under = || if let Outcome::Failed(_) = outcome { Some(response?.status) } else { None };
        let message = message.map(|message| shorten(&message, MAX_MESSAGE));
        Row {
            index,
            key,
            outcome: outcome.kind(),
            status: status.or_else(listed_under),
            // One refusal may cover many items, and its texts are copied into the row of each.
            code: code.as_deref().map(excerpt),
            message,
            request_id: request_id.map(excerpt),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            // An item without a key is identified by its index.
            "" => write!(f, "item {}: {}", self.index, self.outcome)?,
            key => write!(f, "{}: {}", excerpt(key), self.outcome)?,
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// The maximum number of characters of a row's message. An uncertainty may contain two texts of the server, and words around them.
const MAX_MESSAGE: usize = 2_000;
