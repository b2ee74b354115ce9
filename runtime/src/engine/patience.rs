//! The patience of a run: the longest time that it goes without progress.

use super::stop::StopReason;
use crate::engine::Time;

/// The patience of a run whose client never had a response from its host: an address that is wrong shows soon.
pub(crate) const UNHEARD: Time = Time::from_secs(15);

/// The run is out of patience this long after it: a wait that ends with the patience is kept.
pub(crate) const TICK: Time = Time::from_nanos(1);

/// Counts the time in which a run waits for its host.
///
/// Time counts only while the run waits and an item could leave but for the host: not while the consumer is busy, the source is quiet, the
/// declared rate is used up, or a token is fetched. It never counts more than the run planned to wait, so that a process that was
/// suspended does not lose all of its patience.
#[derive(Debug)]
pub(crate) struct Patience<C> {
    /// The time that has counted so far.
    clock: Time,
    /// The start of the present wait, and its planned end.
    wait: Option<(Time, Time)>,
    /// Since when, on `clock`, the run makes no progress, and why.
    stall: Option<(Time, StopReason<C>)>,
}

impl<C> Default for Patience<C> {
    fn default() -> Self {
        Patience { clock: Time::ZERO, wait: None, stall: None }
    }
}

impl<C: Clone> Patience<C> {
    /// The time that has counted so far.
    pub(super) fn clock(&self) -> Time {
        self.clock
    }

    /// The run waits from `now` on, and wakes at `until` at the latest. The time counts.
    pub(super) fn wait(&mut self, now: Time, until: Option<Time>) {
        self.wait = Some((now, until.unwrap_or(Time::MAX)));
    }

    /// The run goes on at `now`.
    pub(super) fn resume(&mut self, now: Time) {
        if let Some((since, until)) = self.wait.take() {
            self.clock += now.min(until).saturating_sub(since);
        }
    }

    /// A request got no further, for this reason.
    pub(super) fn stall(&mut self, why: StopReason<C>) {
        let since = self.stall.as_ref().map_or(self.clock, |(since, _)| *since);
        self.stall = Some((since, why));
    }

    /// The run has to wait, whether a request of its own got no further or another run's.
    pub(super) fn stall_unless_known(&mut self, why: impl FnOnce() -> StopReason<C>) {
        if self.stall.is_none() {
            self.stall(why());
        }
    }

    pub(super) fn progress(&mut self) {
        self.stall = None;
    }

    /// Returns the time that the run has made no progress.
    pub(super) fn stalled_for(&self) -> Time {
        self.stall.as_ref().map_or(Time::ZERO, |(since, _)| self.clock - *since)
    }

    /// Returns the time that is left of `limit`, if the run makes no progress.
    pub(super) fn left(&self, limit: Time) -> Option<Time> {
        self.stall.as_ref().map(|_| limit.saturating_sub(self.stalled_for()))
    }

    /// Returns why the run makes no progress.
    pub(super) fn why(&self) -> Option<&StopReason<C>> {
        self.stall.as_ref().map(|(_, why)| why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    #[test]
    fn only_waits_without_progress_count() {
        let mut patience = Patience::<()>::default();
        assert_eq!(patience.left(at(60)), None);
        patience.wait(at(0), None);
        patience.resume(at(5));
        patience.stall(StopReason::Unreachable(()));
        assert_eq!(patience.left(at(60)), Some(at(60)));
        patience.wait(at(5), Some(at(15)));
        patience.resume(at(12));
        // The run did not wait from 12 s to 20 s: its consumer was busy.
        patience.wait(at(20), Some(at(30)));
        patience.stall_unless_known(|| panic!("the reason is known"));
        // The process was suspended from 25 s to 500 s.
        patience.resume(at(500));
        assert_eq!((patience.stalled_for(), patience.left(at(60))), (at(17), Some(at(43))));
        patience.wait(at(500), None);
        patience.resume(at(600));
        assert_eq!(patience.left(at(60)), Some(at(0)));
        patience.progress();
        assert_eq!((patience.left(at(60)), patience.stalled_for()), (None, at(0)));
    }
}
