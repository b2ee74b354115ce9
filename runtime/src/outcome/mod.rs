//! The five outcomes of an item, and the evidence they carry.

mod kind;
mod not_attempted;
mod refusal;
mod uncertainty;

pub use kind::{OutcomeKind, RefusalKind, UncertaintyKind};
pub use not_attempted::NotAttempted;
pub use refusal::Refusal;
pub use uncertainty::Uncertainty;

use std::sync::Arc;

use crate::reply::{ApiError, BulkReply, Detail, Verdict};

/// The outcomes of a reply `R` whose refusals carry `E`.
pub type OutcomeOf<R, E> = Outcome<<R as BulkReply>::Success, <R as BulkReply>::Failure, E>;

/// An item's one terminal state.
///
/// `S` is the item's own success body, `F` its typed failure, `E` the typed body of a refused request. What is large
/// is shared: cloning an outcome copies no body.
#[derive(Debug)]
pub enum Outcome<S, F, E> {
    /// A response named the item as done, or as accepted.
    Succeeded(Success<S>),
    /// A response named the item as not done.
    Failed(Arc<F>),
    /// The server did not act on the item, and did not blame it.
    Refused(Arc<Refusal<E>>),
    /// The item was sent, and no usable response came: it may or may not have been applied.
    Unknown(Arc<Uncertainty<F, E>>),
    /// No attempt of the item ever left.
    NotAttempted(NotAttempted),
}

/// How an item succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Success<S> {
    /// An attempt without a response must have done it: the server, or [`Run::verify`](crate::Run::verify), found it already done.
    pub earlier: bool,
    /// The vendor says no more than that it was accepted (a 202).
    pub accepted: bool,
    /// The item's own success body, if it has one.
    pub body: Option<S>,
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

    /// A response named the item as not done.
    pub fn failed(failure: F) -> Self {
        Outcome::Failed(Arc::new(failure))
    }

    /// Nobody knows.
    pub fn unknown(kind: UncertaintyKind, detail: impl Into<String>) -> Self {
        Outcome::Unknown(Arc::new(Uncertainty { kind, detail: detail.into(), refusal: None, failure: None }))
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
            Outcome::Failed(failure) => failure.verdict().and_then(Verdict::http),
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
                success.earlier.then(|| "already done: an earlier attempt without a response did it".to_owned())
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
