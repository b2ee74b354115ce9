//! The five outcomes of an item, and the evidence they carry.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::api_error::ApiError;
use crate::reply::{Detail, ItemStatus, Reply};
use crate::text::said;

/// The outcomes of a reply `R` whose refusals carry `E`.
pub type OutcomeOf<R, E> = Outcome<<R as Reply>::Success, <R as Reply>::Failure, E>;

/// An item's one terminal state.
///
/// `S` is the item's own success body, `F` its typed failure, `E` the typed body of a refused request. What is large
/// is shared: cloning an outcome copies no body.
#[derive(Debug)]
pub enum Outcome<S, F, E> {
    /// An answer named the item as done, or as accepted.
    Succeeded(Success<S>),
    /// An answer named the item as not done.
    Failed(Arc<F>),
    /// The server did not act on the item, and did not blame it.
    Refused(Arc<Refusal<E>>),
    /// The item was sent, and no usable answer came: it may or may not have been applied.
    Unknown(Arc<Doubt<F, E>>),
    /// No attempt of the item ever left.
    NotAttempted(NotAttempted),
}

/// How an item succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Success<S> {
    /// An attempt without an answer must have done it: the server, or [`Run::verify`](crate::Run::verify), found it already done.
    pub earlier: bool,
    /// The vendor says no more than that it was accepted (a 202).
    pub accepted: bool,
    /// The item's own success body, if it has one.
    pub body: Option<S>,
}

/// A request that was refused, as each of its items carries it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refusal<E> {
    /// The HTTP status of the answer; `None` where there was none, and the item turned out not to be applied.
    pub status: Option<u16>,
    /// The vendor's id of the request, from its body or a header.
    pub request_id: Option<String>,
    /// The typed body.
    pub error: Option<E>,
    /// The vendor's message; where the body did not decode, its raw start.
    pub message: Option<String>,
    /// The vendor's error code.
    pub code: Option<String>,
    /// How the item shares in it.
    pub why: RefusalKind,
}

/// How an item shares in a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalKind {
    /// The whole request was refused.
    Request,
    /// The answer handed the item back unprocessed.
    HandedBack,
    /// Another item of an all-or-nothing request failed.
    RolledBack,
    /// No usable answer came, and [`Run::verify`](crate::Run::verify) found that the item was not applied.
    NotApplied,
}

/// Why nobody knows whether an item was applied.
#[derive(Debug)]
#[non_exhaustive]
pub struct Doubt<F, E> {
    /// What happened.
    pub kind: DoubtKind,
    /// What happened, in words: the path in the body where it stopped fitting, the transport's error.
    pub detail: String,
    /// The answer, where there was one.
    pub refusal: Option<Refusal<E>>,
    /// The failure that a later attempt named, which an earlier, unsure one may have caused.
    pub failure: Option<Arc<F>>,
}

/// What left an item in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DoubtKind {
    /// No answer within the attempt's timeout.
    Timeout,
    /// The connection broke after the request was, or may have been, sent.
    Reset,
    /// The server failed: 5xx or 408.
    ServerError,
    /// A status that the declaration says leaves it open (`unsure(…)`).
    Unsure,
    /// The answer broke off.
    CutOff,
    /// The answer was larger than the cap.
    TooLarge,
    /// The answer is not what the declaration says.
    Undecodable,
    /// The element that seems to speak of the item does not fit.
    Misfit,
    /// The answer does not name the item.
    Missing,
    /// The answer contradicts itself about the item.
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
    FailedAfterDoubt,
}

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
    Unseen(Arc<str>),
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
    Repeated,
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
            NotAttempted::Unseen(why) => write!(f, "not looked at: {why}"),
            NotAttempted::TooLarge { bytes, cap } => {
                write!(f, "not sent: {bytes} bytes, and the endpoint takes {cap}")
            }
            NotAttempted::Encode(why) => {
                write!(f, "not sent: the item could not be encoded: {why}")
            }
            NotAttempted::InvalidArgument(why) => write!(f, "not sent: {why}"),
            NotAttempted::Repeated => f.write_str("not sent: it repeats an earlier item of the input"),
            NotAttempted::Budget => {
                f.write_str("not sent: the client's retry budget was spent before the server looked at any request")
            }
            NotAttempted::WaitTooLong(why) => write!(f, "not sent: {why}"),
        }
    }
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

impl<F, E> Outcome<(), F, E> {
    /// The item is done: for mocks and fakes of endpoints whose successes carry nothing.
    pub fn succeeded() -> Self {
        Outcome::succeeded_with(())
    }
}

impl<S, F, E> Outcome<S, F, E> {
    /// The item is done, and its success carries `body`.
    pub fn succeeded_with(body: impl Into<S>) -> Self {
        Outcome::Succeeded(Success { earlier: false, accepted: false, body: Some(body.into()) })
    }

    /// The item is accepted, and its success carries `body`.
    pub fn accepted_with(body: impl Into<S>) -> Self {
        Outcome::Succeeded(Success { earlier: false, accepted: true, body: Some(body.into()) })
    }

    /// An answer named the item as not done.
    pub fn failed(failure: F) -> Self {
        Outcome::Failed(Arc::new(failure))
    }

    /// Nobody knows.
    pub fn unknown(kind: DoubtKind, detail: impl Into<String>) -> Self {
        Outcome::Unknown(Arc::new(Doubt { kind, detail: detail.into(), refusal: None, failure: None }))
    }

    /// Which of the five it is.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Outcome::Succeeded(_) => OutcomeKind::Succeeded,
            Outcome::Failed(_) => OutcomeKind::Failed,
            Outcome::Refused(_) => OutcomeKind::Refused,
            Outcome::Unknown(_) => OutcomeKind::Unknown,
            Outcome::NotAttempted(_) => OutcomeKind::NotAttempted,
        }
    }

    /// Whether the item succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Succeeded(_))
    }
}

impl<S, F, E: ApiError> Outcome<S, F, E> {
    /// The whole request was refused with `status` and `error`.
    pub fn refused(status: u16, error: E) -> Self {
        Outcome::Refused(Arc::new(Refusal {
            status: Some(status),
            request_id: error.request_id().map(String::from),
            message: error.message().map(String::from),
            code: error.code().map(String::from),
            error: Some(error),
            why: RefusalKind::Request,
        }))
    }
}

impl<S, F: Detail, E> Outcome<S, F, E> {
    /// The status that came with it: the item's own, or that of the request.
    pub fn status(&self) -> Option<u16> {
        match self {
            Outcome::Succeeded(success) => success.accepted.then_some(202),
            Outcome::Failed(failure) => failure.status().and_then(ItemStatus::http),
            Outcome::Refused(refusal) => refusal.status,
            Outcome::Unknown(doubt) => doubt.refusal.as_ref().and_then(|refusal| refusal.status),
            Outcome::NotAttempted(_) => None,
        }
    }

    /// The error code that came with it.
    pub fn code(&self) -> Option<String> {
        match self {
            Outcome::Failed(failure) => failure.code().map(Into::into),
            Outcome::Refused(refusal) => refusal.code.clone(),
            Outcome::Unknown(doubt) => doubt.refusal.as_ref().and_then(|refusal| refusal.code.clone()),
            Outcome::Succeeded(_) | Outcome::NotAttempted(_) => None,
        }
    }

    /// What there is to say of it; `None` for a plain success.
    pub fn message(&self) -> Option<String> {
        match self {
            Outcome::Succeeded(success) => {
                success.earlier.then(|| "already done: an earlier attempt without an answer did it".to_owned())
            }
            Outcome::Failed(failure) => failure.message().map(Into::into),
            Outcome::Refused(refusal) => Some(refusal.to_string()),
            Outcome::Unknown(doubt) => Some(doubt.to_string()),
            Outcome::NotAttempted(why) => Some(why.to_string()),
        }
    }
}

impl<S: Clone, F, E> Clone for Outcome<S, F, E> {
    fn clone(&self) -> Self {
        match self {
            Outcome::Succeeded(success) => Outcome::Succeeded(success.clone()),
            Outcome::Failed(failure) => Outcome::Failed(failure.clone()),
            Outcome::Refused(refusal) => Outcome::Refused(refusal.clone()),
            Outcome::Unknown(doubt) => Outcome::Unknown(doubt.clone()),
            Outcome::NotAttempted(why) => Outcome::NotAttempted(why.clone()),
        }
    }
}

impl<E> fmt::Display for Refusal<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            RefusalKind::Request => {
                f.write_str("the request was refused")?;
                if let Some(status) = self.status {
                    write!(f, " with {status}")?;
                }
            }
            RefusalKind::HandedBack => f.write_str("handed back unprocessed")?,
            RefusalKind::RolledBack => f.write_str("rolled back: another item of the request failed")?,
            RefusalKind::NotApplied => f.write_str("not applied, as was found out afterwards")?,
        }
        if let Some(text) = self.message.as_ref().or(self.code.as_ref()) {
            write!(f, ": {}", said(text))?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {})", said(id))?;
        }
        Ok(())
    }
}

impl<F, E> fmt::Display for Doubt<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "may or may not have been applied: {}", self.detail)
    }
}
