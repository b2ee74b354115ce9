//! The five outcomes of an item, and the evidence they carry.

mod kind;
mod not_attempted;
mod refusal;
mod uncertainty;

pub use kind::{OutcomeKind, RefusalKind};
pub use not_attempted::NotAttempted;
pub use refusal::Refusal;
pub use uncertainty::Uncertainty;

use std::sync::Arc;

use crate::reply::{ApiError, BulkReply, Detail, Verdict};
use crate::uncertainty_kind::UncertaintyKind;

/// The outcome type of an endpoint with the reply `R` and the error body `E`.
pub type OutcomeOf<R, E> = Outcome<<R as BulkReply>::Success, <R as BulkReply>::Failure, E>;

/// An item's single final state.
///
/// An item that is given up before a response names it, for example by a stop, ends by what its attempts showed: `Unknown` if one of
/// them had an unknown result, else `Refused` if one was refused, else `NotAttempted`.
///
/// `S` is the item's own success body, `F` its typed failure, `E` the typed body of a refused request. Cloning an outcome clones `S`;
/// failures, refusals and uncertainties are shared.
#[derive(Debug)]
pub enum Outcome<S, F, E> {
    /// A response names the item as done, or as accepted.
    Succeeded(Success<S>),
    /// A response names the item as not done.
    Failed(Arc<F>),
    /// The server did not act on the item, for a reason other than the item itself.
    Refused(Arc<Refusal<E>>),
    /// The item was sent, but no usable response came: it may or may not have been applied.
    Unknown(Arc<Uncertainty<F, E>>),
    /// The server did not process the item: it was never sent, or each request with it was rejected before processing (421, 425, a refused
    /// HTTP/2 stream).
    NotAttempted(NotAttempted),
}

/// The details of a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Success<S> {
    /// Whether an earlier attempt without a usable response must have applied the item: the server, or
    /// [`Run::verify`](crate::Run::verify), found it already applied.
    pub earlier: bool,
    /// Whether the vendor confirmed only that it accepted the item, for example with a 202.
    pub accepted: bool,
    /// The HTTP status that came: the item's own, such as the `201` of `{"id": "a", "status": 201}`, else that of the response. `None` if
    /// no response of a vendor is behind the success.
    pub status: Option<u16>,
    /// What the response says about the item: its whole element, as an `Arc`.
    ///
    /// `None` if no element names it: it is unlisted in a response that lists failures only, or an earlier attempt applied it. `S` is `()` if
    /// the response lists bare keys.
    pub body: Option<S>,
}

impl<S> Success<S> {
    /// A success that no response of a vendor is behind.
    fn new(accepted: bool, body: Option<S>) -> Self {
        Success { earlier: false, accepted, status: None, body }
    }
}

impl<S, F, E> Outcome<S, F, E> {
    /// A success without a body, for mocks and fakes.
    pub fn succeeded() -> Self {
        Outcome::Succeeded(Success::new(false, None))
    }

    /// A success without a body that is only accepted: see [`Success::accepted`].
    pub fn accepted() -> Self {
        Outcome::Succeeded(Success::new(true, None))
    }

    /// A success with `body`.
    pub fn succeeded_with(body: impl Into<S>) -> Self {
        Outcome::Succeeded(Success::new(false, Some(body.into())))
    }

    /// A success with `body` that is only accepted: see [`Success::accepted`].
    pub fn accepted_with(body: impl Into<S>) -> Self {
        Outcome::Succeeded(Success::new(true, Some(body.into())))
    }

    /// A failure of the item itself.
    pub fn failed(failure: F) -> Self {
        Outcome::Failed(Arc::new(failure))
    }

    /// An unknown result: `kind` is its reason, `detail` describes it in words.
    pub fn unknown(kind: UncertaintyKind, detail: impl Into<String>) -> Self {
        Outcome::Unknown(Arc::new(Uncertainty {
            kind,
            detail: detail.into(),
            status: None,
            refusal: None,
            failure: None,
        }))
    }

    /// The kind of this outcome.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Outcome::Succeeded(_) => OutcomeKind::Succeeded,
            Outcome::Failed(_) => OutcomeKind::Failed,
            Outcome::Refused(_) => OutcomeKind::Refused,
            Outcome::Unknown(_) => OutcomeKind::Unknown,
            Outcome::NotAttempted(_) => OutcomeKind::NotAttempted,
        }
    }

    /// Returns whether the item succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Succeeded(_))
    }
}

impl<S, F, E: ApiError> Outcome<S, F, E> {
    /// A refusal of the whole request with `status` and the body `error`.
    pub fn refused(status: u16, error: E) -> Self {
        Outcome::Refused(Arc::new(Refusal {
            status: Some(status),
            request_id: error.request_id().map(String::from),
            message: error.message().map(String::from),
            code: error.code().map(String::from),
            error: Some(error),
            body_error: None,
            why: RefusalKind::Request,
        }))
    }
}

impl<S, F: Detail, E> Outcome<S, F, E> {
    /// The HTTP status, if it is known: the item's own, else that of the response. For a failure, only its own.
    pub fn status(&self) -> Option<u16> {
        match self {
            Outcome::Succeeded(success) => success.status,
            Outcome::Failed(failure) => failure.verdict().and_then(Verdict::http),
            Outcome::Refused(refusal) => refusal.status,
            Outcome::Unknown(uncertainty) => uncertainty.status,
            Outcome::NotAttempted(_) => None,
        }
    }

    /// The vendor's error code, if there is one.
    pub fn code(&self) -> Option<String> {
        match self {
            Outcome::Failed(failure) => failure.code().map(Into::into),
            Outcome::Refused(refusal) => refusal.code.clone(),
            Outcome::Unknown(uncertainty) => uncertainty.refusal.as_ref().and_then(|refusal| refusal.code.clone()),
            Outcome::Succeeded(_) | Outcome::NotAttempted(_) => None,
        }
    }

    /// A message that explains this outcome; `None` for a plain success and for a failure without a message.
    pub fn message(&self) -> Option<String> {
        match self {
            Outcome::Succeeded(success) => {
                success.earlier.then(|| "already applied by an earlier attempt without a usable response".to_owned())
            }
            Outcome::Failed(failure) => failure.message().map(Into::into),
            Outcome::Refused(refusal) => Some(refusal.to_string()),
            Outcome::Unknown(uncertainty) => Some(uncertainty.to_string()),
            Outcome::NotAttempted(reason) => Some(reason.to_string()),
        }
    }
}

impl<S: Clone, F, E> Clone for Outcome<S, F, E> {
    fn clone(&self) -> Self {
        match self {
            Outcome::Succeeded(success) => Outcome::Succeeded(success.clone()),
            Outcome::Failed(failure) => Outcome::Failed(failure.clone()),
            Outcome::Refused(refusal) => Outcome::Refused(refusal.clone()),
            Outcome::Unknown(uncertainty) => Outcome::Unknown(uncertainty.clone()),
            Outcome::NotAttempted(reason) => Outcome::NotAttempted(reason.clone()),
        }
    }
}
