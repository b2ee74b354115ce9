//! How an item ends, and the evidence that decides it.

use super::stop::Halt;
use crate::outcome::OutcomeKind;

/// What is known of an item so far. It only grows.
#[derive(Debug, Clone)]
pub(crate) enum Evidence<C> {
    NeverSent,
    Refused(C),
    Unsure(C),
}

/// How an item ended. `C` is what the caller keeps of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ruling<C> {
    Succeeded {
        earlier: bool,
    },
    Failed,
    /// Named as failed after an attempt that nobody knows the end of.
    FailedAfterDoubt(C),
    Refused(C),
    Unknown(C),
    /// No attempt ever left, because the run ended.
    NotAttempted(Halt),
    /// No attempt ever left: no request could be made of it.
    Unmade,
    /// No attempt ever left: it is over a cap by itself.
    TooLarge {
        bytes: usize,
        cap: usize,
    },
}

impl<C> Ruling<C> {
    pub(crate) fn kind(&self) -> OutcomeKind {
        match self {
            Ruling::Succeeded { .. } => OutcomeKind::Succeeded,
            Ruling::Failed => OutcomeKind::Failed,
            Ruling::Refused(_) => OutcomeKind::Refused,
            Ruling::Unknown(_) | Ruling::FailedAfterDoubt(_) => OutcomeKind::Unknown,
            Ruling::NotAttempted(_) | Ruling::Unmade | Ruling::TooLarge { .. } => OutcomeKind::NotAttempted,
        }
    }
}

impl<C: Clone> Evidence<C> {
    /// How an item ends of which no more comes; `why` there was no attempt, if there was none.
    pub(crate) fn ruling(&self, why: Halt) -> Ruling<C> {
        match self {
            Evidence::Refused(cause) => Ruling::Refused(cause.clone()),
            Evidence::Unsure(cause) => Ruling::Unknown(cause.clone()),
            Evidence::NeverSent => Ruling::NotAttempted(why),
        }
    }

    /// Unsure is for good; a refusal tells more than nothing; the latest of a kind tells most.
    pub(crate) fn grow(&mut self, new: Evidence<C>) {
        if !matches!((&*self, &new), (Evidence::Unsure(_), Evidence::Refused(_))) {
            *self = new;
        }
    }
}
