//! The ledger of a run: the number of occurrences that are queued, in flight, waiting or settled.

use serde::Serialize;

use crate::outcome::OutcomeKind;

/// The progress of a run in numbers. They count occurrences: an item that is in the input twice counts twice.
///
/// `accepted` is always the sum of all other fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Read from the input so far.
    pub accepted: usize,
    /// Ready to be sent.
    pub queued: usize,
    /// In a request whose response has not come yet.
    pub in_flight: usize,
    /// Waiting for a retry, or for the run's `verify`.
    pub waiting: usize,
    /// Settled as succeeded.
    pub succeeded: usize,
    /// Settled as failed.
    pub failed: usize,
    /// Settled as refused.
    pub refused: usize,
    /// Settled as unknown.
    pub unknown: usize,
    /// Settled as never attempted.
    pub not_attempted: usize,
}

impl Counters {
    /// Returns the number of settled occurrences.
    pub fn settled(&self) -> usize {
        OutcomeKind::ALL.iter().map(|kind| self.of(*kind)).sum()
    }

    /// Returns the number of occurrences with this outcome.
    pub fn of(&self, kind: OutcomeKind) -> usize {
        match kind {
            OutcomeKind::Succeeded => self.succeeded,
            OutcomeKind::Failed => self.failed,
            OutcomeKind::Refused => self.refused,
            OutcomeKind::Unknown => self.unknown,
            OutcomeKind::NotAttempted => self.not_attempted,
        }
    }

    /// Returns whether every occurrence is counted exactly once.
    pub fn balanced(&self) -> bool {
        self.accepted == self.queued + self.in_flight + self.waiting + self.settled()
    }

    pub(crate) fn settle(&mut self, kind: OutcomeKind, occurrences: usize) {
        *match kind {
            OutcomeKind::Succeeded => &mut self.succeeded,
            OutcomeKind::Failed => &mut self.failed,
            OutcomeKind::Refused => &mut self.refused,
            OutcomeKind::Unknown => &mut self.unknown,
            OutcomeKind::NotAttempted => &mut self.not_attempted,
        } += occurrences;
    }
}

/// The state of an unsettled item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemState {
    Queued,
    InFlight,
    Waiting,
    /// Its result is unknown, and the run's `verify` is asked for it.
    Verifying,
}

impl Counters {
    pub(crate) fn state(&mut self, state: ItemState) -> &mut usize {
        match state {
            ItemState::Queued => &mut self.queued,
            ItemState::InFlight => &mut self.in_flight,
            ItemState::Waiting | ItemState::Verifying => &mut self.waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_that_lost_an_item_is_not_balanced() {
        let mut counters = Counters { accepted: 10, queued: 1, in_flight: 2, waiting: 3, ..Counters::default() };
        counters.settle(OutcomeKind::Refused, 3);
        assert!(!counters.balanced());
        counters.settle(OutcomeKind::Failed, 1);
        assert!(counters.balanced());
        counters.settle(OutcomeKind::Failed, 1);
        assert!(!counters.balanced());
    }
}
