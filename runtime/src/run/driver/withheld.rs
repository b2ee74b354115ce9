//! Requests that the run's journal withholds: the run waits, and sends them again later.

use std::borrow::Borrow;

use super::super::driver::Driver;
use super::super::event::Event;
use super::kept_back::Withheld;
use crate::engine::{ItemId, StopReason, Time, backoff};
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Returns whether the run waits for its host, as far as it waits.
    pub(super) fn waits_for_host(&self) -> bool {
        // A batch that waits for its journal is in flight to the engine.
        let waits_for_journal = self.recorder.as_ref().is_some_and(|recorder| recorder.departures() > 0)
            && self.remote.attempts.is_empty()
            && self.remote.jobs.is_empty();
        self.kept_back_by.is_none() && !waits_for_journal
    }

    /// Returns until when no request leaves, because the journal withholds them.
    pub(super) fn withheld_until(&self, now: Time) -> Option<Time> {
        self.withheld.map(|withheld| withheld.until).filter(|until| now < *until)
    }

    /// An attempt with these items has ended. `why`: the journal withheld it.
    pub(super) fn note_withheld(&mut self, items: &[ItemId], why: Option<&str>) {
        let Some(why) = why else {
            self.withheld = None;
            return;
        };
        for id in items {
            // It took part in no request.
            self.tracked[id.0 as usize].iter_mut().for_each(|tracked| tracked.attempts -= 1);
        }
        let now = self.now();
        // Requests that were about to leave together are withheld together.
        if self.withheld_until(now).is_some() || self.machine.stopped().is_some() {
            return;
        }
        let (times, waited) = self.withheld.map_or((1, Time::ZERO), |before| (before.times + 1, before.waited));
        let wait = backoff(times, self.jitter.f64());
        let (waited, patience) = (waited.saturating_add(wait), self.options.patience);
        if waited > patience {
            self.stop(StopReason::Stopped(
                format!("no request left within the patience of {patience:?}: {why}").into(),
            ));
            return;
        }
        self.withheld = Some(Withheld { until: now.saturating_add(wait), times, waited });
        let stalled = self.machine.stalled_for();
        tracing::info!(?wait, ?stalled, why, "waiting");
        self.emit(&Event::Waiting { wait, stalled, why: why.to_owned() });
    }
}
