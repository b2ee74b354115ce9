//! The evidence about an item, and how it ends.

use super::stop::StopReason;
use crate::outcome::OutcomeKind;

/// What is known about an item so far. It only grows: never sent < refused < uncertain.
#[derive(Debug, Clone)]
pub(crate) enum Evidence<C> {
    NeverSent,
    Refused(C),
    /// Refused for a reason that may pass: a later request may be accepted.
    PutOff(C),
    Uncertain(C),
}

/// How an item ended. `C` is the cause that the caller keeps for its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settlement<C> {
    Succeeded {
        /// An earlier attempt, whose result was unknown, must have applied it.
        earlier: bool,
    },
    Failed,
    /// A response says that it failed, after an attempt with an unknown result: it ends as unknown. The cause is that attempt's.
    FailedLater(C),
    Refused(C),
    /// It was refused for a reason that may pass, and the run ends before it is sent again.
    PutOff(C),
    Unknown(C),
    /// It is unknown in this run. A later life of it may still send the whole batch again, under the key that protects it.
    Unresolved(C),
    /// It was never sent.
    NotAttempted(StopReason<C>),
    /// It was never sent: no request could be built with it.
    NoRequest,
    /// It was never sent: the HTTP client rejected its request.
    Invalid(C),
    /// It was never sent: its request could not be signed.
    Unsigned(C),
    /// It was never sent: the item alone exceeds a limit.
    TooLarge {
        bytes: usize,
        cap: usize,
    },
}

impl<C> Settlement<C> {
    pub(crate) fn kind(&self) -> OutcomeKind {
        match self {
            Settlement::Succeeded { .. } => OutcomeKind::Succeeded,
            Settlement::Failed => OutcomeKind::Failed,
            Settlement::Refused(_) | Settlement::PutOff(_) => OutcomeKind::Refused,
            Settlement::Unknown(_) | Settlement::Unresolved(_) | Settlement::FailedLater(_) => OutcomeKind::Unknown,
            Settlement::NotAttempted(_)
            | Settlement::NoRequest
            | Settlement::Invalid(_)
            | Settlement::Unsigned(_)
            | Settlement::TooLarge { .. } => OutcomeKind::NotAttempted,
        }
    }
}

impl<C: Clone> Evidence<C> {
    /// Returns how an item ends if nothing more is learned about it. `why` is the reason if it was never sent.
    pub(crate) fn settlement(&self, why: &StopReason<C>) -> Settlement<C> {
        match self {
            Evidence::Refused(cause) => Settlement::Refused(cause.clone()),
            Evidence::PutOff(cause) => Settlement::PutOff(cause.clone()),
            Evidence::Uncertain(cause) => Settlement::Unknown(cause.clone()),
            Evidence::NeverSent => Settlement::NotAttempted(why.clone()),
        }
    }

    /// Adds the evidence of an attempt. Promise 2: a 429 (`Refused`) after a timeout (`Uncertain`) proves nothing about the attempt
    /// that timed out, so it is ignored. Of two of a kind the later is kept.
    pub(crate) fn grow(&mut self, new: Evidence<C>) {
        if !matches!((&*self, &new), (Evidence::Uncertain(_), Evidence::Refused(_) | Evidence::PutOff(_))) {
            *self = new;
        }
    }
}
