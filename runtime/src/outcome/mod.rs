//! The five outcomes of an item, and the evidence they carry.

mod kind;
mod not_attempted;
mod refusal;
mod uncertainty;

pub use kind::{OutcomeKind, RefusalKind};
pub use not_attempted::NotAttempted;
pub use refusal::Refusal;
pub(crate) use uncertainty::UNCERTAIN;
pub use uncertainty::Uncertainty;

use std::sync::Arc;

use crate::reply::{ApiError, BulkReply, Detail, Verdict};
use crate::uncertainty_kind::UncertaintyKind;

/// The outcome type of an endpoint with the reply `R` and the error body `E`.
pub type OutcomeOf<R, E> = Outcome<<R as BulkReply>::Success, <R as BulkReply>::Failure, E>;

/// An item's single final state.
///
/// An item that is given up before a response names it, for example by a stop, ends according to its attempts: `Unknown` if one of
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
    /// no response of a vendor led to the success.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Pair;

    type Plain = Outcome<u8, String, ()>;

    #[test]
    fn an_outcome_is_what_it_was_made_as() {
        let success = |outcome: Plain| match outcome {
            Outcome::Succeeded(success) => (success.earlier, success.accepted, success.status, success.body),
            _ => panic!("a success"),
        };
        assert_eq!(success(Plain::succeeded()), (false, false, None, None));
        assert_eq!(success(Plain::accepted()), (false, true, None, None));
        assert_eq!(success(Plain::succeeded_with(7)), (false, false, None, Some(7)));
        assert_eq!(success(Plain::accepted_with(7)), (false, true, None, Some(7)));
        let outcomes = [
            Plain::accepted(),
            Plain::failed("gone".to_owned()),
            Plain::refused(429, ()),
            Plain::unknown(UncertaintyKind::Timeout, "no response"),
            Plain::NotAttempted(NotAttempted::Cancelled),
        ];
        assert_eq!(outcomes.each_ref().map(Outcome::kind), OutcomeKind::ALL);
        assert_eq!(outcomes.each_ref().map(Outcome::is_success), [true, false, false, false, false]);
        assert_eq!(outcomes.each_ref().map(Outcome::status), [None, None, Some(429), None, None]);
        assert!(outcomes.iter().all(|outcome| outcome.code().is_none()));
        let messages = outcomes.each_ref().map(Outcome::message);
        assert_eq!(messages.each_ref().map(Option::is_some), [false, true, true, true, true]);
        assert_eq!(messages[1].as_deref(), Some("gone"));
        assert!(messages[3].as_deref().unwrap().contains("no response"), "{messages:?}");
        let names = OutcomeKind::ALL.map(|kind| kind.to_string());
        assert_eq!(names, ["succeeded", "failed", "refused", "unknown", "not_attempted"]);
        for outcome in &outcomes {
            assert_eq!(outcome.clone().kind(), outcome.kind());
        }
    }

    #[test]
    fn a_failure_has_its_own_code() {
        let failure: Outcome<(), Pair<u8, u16>, ()> = Outcome::failed(Pair { key: 1, value: 404 });
        assert_eq!((failure.code().as_deref(), failure.status(), failure.message()), (Some("404"), None, None));
    }

    #[test]
    fn a_success_after_doubt_explains_itself() {
        let success = Success { earlier: true, accepted: false, status: Some(409), body: None };
        let outcome: Plain = Outcome::Succeeded(success);
        assert!(outcome.message().unwrap().contains("an earlier attempt"));
        assert_eq!((outcome.status(), outcome.code()), (Some(409), None));
    }

    #[test]
    fn a_refusal_names_its_reason_and_what_the_vendor_says() {
        let refusal = |why, status: Option<u16>, message: &str, code: &str, id: &str| {
            let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            let (message, code, request_id) = (some(message), some(code), some(id));
            Refusal::<()> { status, request_id, error: None, body_error: None, message, code, why }.to_string()
        };
        for (found, want) in [
            (
                refusal(RefusalKind::Request, Some(429), "busy", "E1", "r1"),
                "the request was refused with 429: busy (request r1)",
            ),
            (refusal(RefusalKind::Request, Some(429), "", "E1", ""), "the request was refused with 429: E1"),
            (refusal(RefusalKind::Request, None, "", "", ""), "the request was refused"),
            (refusal(RefusalKind::Unprocessed, Some(200), "later", "", ""), "returned as unprocessed: later"),
            (
                refusal(RefusalKind::RolledBack, Some(200), "", "", ""),
                "rolled back: another item of the request failed",
            ),
            (refusal(RefusalKind::NotApplied, None, "", "", "r1"), "not applied, according to `verify` (request r1)"),
        ] {
            assert_eq!(found, want);
        }
    }
}
