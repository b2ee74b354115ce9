//! Who is queued, in flight, waiting, settled. Counts occurrences.

use serde::Serialize;

use crate::outcome::OutcomeKind;

/// The state of a run in numbers. They count occurrences: an item that stands twice in the input counts twice.
///
/// At every moment `accepted` is the sum of all the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Read from the input so far.
    pub accepted: usize,
    /// To be sent.
    pub queued: usize,
    /// In a request that is under way.
    pub in_flight: usize,
    /// To be retried, later; or somebody is asked what became of them.
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
    /// How many have their outcome.
    pub fn settled(&self) -> usize {
        OutcomeKind::ALL.iter().map(|kind| self.of(*kind)).sum()
    }

    /// How many have this outcome.
    pub fn of(&self, kind: OutcomeKind) -> usize {
        match kind {
            OutcomeKind::Succeeded => self.succeeded,
            OutcomeKind::Failed => self.failed,
            OutcomeKind::Refused => self.refused,
            OutcomeKind::Unknown => self.unknown,
            OutcomeKind::NotAttempted => self.not_attempted,
        }
    }

    /// Whether every occurrence is counted exactly once.
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

/// Where an unsettled item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemState {
    Queued,
    InFlight,
    Waiting,
    /// It would end unknown, and somebody is asked what became of it.
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
