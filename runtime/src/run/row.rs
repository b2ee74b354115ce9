//! One item's outcome, flat.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::outcome::{Outcome, OutcomeKind, OutcomeOf};
use crate::reply::BulkReply;
use crate::text::{said, shorten};

/// One item's outcome, flat: what reports are written from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The item's index in the input.
    pub index: usize,
    /// Its key, as text; empty where items have none.
    pub key: String,
    /// What became of it.
    pub outcome: OutcomeKind,
    /// The status that came with it: its own, or that of the request.
    pub status: Option<u16>,
    /// The error code that came with it.
    pub code: Option<String>,
    /// What there is to say of it: at most 2000 characters, on one line. The outcome has all of what the response said.
    pub message: Option<String>,
    /// The vendor's id of the request.
    pub request_id: Option<String>,
}

impl Row {
    pub(crate) fn new<R: BulkReply, E>(index: usize, key: String, outcome: &OutcomeOf<R, E>) -> Self {
        let request_id = match outcome {
            Outcome::Refused(refusal) => refusal.request_id.clone(),
            Outcome::Unknown(doubt) => doubt.refusal.as_ref().and_then(|refusal| refusal.request_id.clone()),
            _ => None,
        };
        // What a failure says may be the user's own. A report with failures that panic can be read all the same.
        let told = catch_unwind(AssertUnwindSafe(|| (outcome.status(), outcome.code(), outcome.message())));
        let (status, code, message) =
            told.unwrap_or_else(|_| (None, None, Some("<a failure that panicked>".to_owned())));
        // What is said of many items at once stands in the row of each.
        let short = |text: Option<String>| text.as_deref().map(said);
        let message = message.map(|message| shorten(&message, MESSAGE));
        Row { index, key, outcome: outcome.kind(), status, code: short(code), message, request_id: short(request_id) }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            // An item without a key is told by its place.
            "" => write!(f, "item {}: {}", self.index, self.outcome)?,
            key => write!(f, "{}: {}", said(key), self.outcome)?,
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// The most characters of a row's message: a doubt has two that the server said, and words around them.
const MESSAGE: usize = 2_000;
