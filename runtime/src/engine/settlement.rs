//! How an item ends, and the evidence that decides it.

use super::stop::StopReason;
use crate::outcome::OutcomeKind;

/// What is known of an item so far. It only grows.
#[derive(Debug, Clone)]
pub(crate) enum Evidence<C> {
    NeverSent,
    Refused(C),
    Uncertain(C),
}

/// How an item ended. `C` is what the caller keeps of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settlement<C> {
    Succeeded {
        earlier: bool,
    },
    Failed,
    /// A response names it as failed, after an attempt with an unknown result.
    FailedLater(C),
    Refused(C),
    Unknown(C),
    /// No attempt ever left.
    NotAttempted(StopReason<C>),
    /// No attempt ever left: no request could be built with it.
    NoRequest,
    /// No attempt ever left: the item alone is over a cap.
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
            Settlement::Refused(_) => OutcomeKind::Refused,
            Settlement::Unknown(_) | Settlement::FailedLater(_) => OutcomeKind::Unknown,
            Settlement::NotAttempted(_) | Settlement::NoRequest | Settlement::TooLarge { .. } => {
                OutcomeKind::NotAttempted
            }
        }
    }
}

impl<C: Clone> Evidence<C> {
    /// How an item ends of which nothing more is learnt. `why` says why it was never sent, if it was not.
    pub(crate) fn settlement(&self, why: &StopReason<C>) -> Settlement<C> {
        match self {
            Evidence::Refused(cause) => Settlement::Refused(cause.clone()),
            Evidence::Uncertain(cause) => Settlement::Unknown(cause.clone()),
            Evidence::NeverSent => Settlement::NotAttempted(why.clone()),
        }
    }

    /// Adds what an attempt showed. Promise 2: after a timeout (`Uncertain`) a later 429 (`Refused`) proves nothing about the first
    /// attempt, so it is not kept. Of two of a kind the later tells more.
    pub(crate) fn grow(&mut self, new: Evidence<C>) {
        if !matches!((&*self, &new), (Evidence::Uncertain(_), Evidence::Refused(_))) {
            *self = new;
        }
    }
}
