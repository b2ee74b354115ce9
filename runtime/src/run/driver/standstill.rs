//! Requests that may not leave for now, whatever the host does: their journal withholds them, or the shared throttle cannot be used.

use std::borrow::Borrow;

use super::super::driver::Driver;
use super::super::event::Event;
use super::kept_back::{KeptBackBy, Standstill};
use crate::engine::{ItemId, StopReason, Time};
use crate::item::BulkItem;
use crate::reply::{ApiError, BulkReply};

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Returns whether the run waits for its host, as far as it waits: not for its own source, consumer, rate, token, journal or `verify`.
    pub(super) fn waits_for_host(&self) -> bool {
        // A batch that waits for its journal is in flight to the engine.
        let waits_for_journal = self.recorder.as_ref().is_some_and(|recorder| recorder.departures() > 0)
            && self.remote.attempts.is_empty()
            && self.remote.jobs.is_empty();
        self.kept_back_by.is_none() && !waits_for_journal && self.machine.depends_on_host()
    }

    /// An attempt with these items has ended. `why`: the journal withheld it.
    pub(super) fn note_withheld(&mut self, items: &[ItemId], why: Option<&str>) {
        let Some(why) = why else {
            self.standstills.journal = None;
            return;
        };
        self.discount_attempt(items);
        self.stand_still(KeptBackBy::Journal, why);
    }

    /// No request may leave for now, whatever the host does. Returns the time until which the run waits, unless it stops.
    pub(super) fn stand_still(&mut self, by: KeptBackBy, why: &str) -> Option<Time> {
        let (now, jitter, patience) = (self.now(), self.jitter.f64(), self.options.patience);
        let place = match by {
            KeptBackBy::SharedThrottle => &mut self.standstills.shared_throttle,
            KeptBackBy::Journal | KeptBackBy::Rate | KeptBackBy::Token => &mut self.standstills.journal,
        };
        // Requests that were about to leave together are kept back together.
        if let Some(present) = place.filter(|present| now < present.until) {
            return Some(present.until);
        }
        let next = Standstill::after(*place, now, jitter, patience);
        *place = next;
        if self.machine.stopped().is_some() {
            return None;
        }
        let Some(Standstill { until, .. }) = next else {
            let why = format!("no request was sent within the patience of {patience:?}: {why}");
            self.stop(StopReason::Stopped(why.into()));
            return None;
        };
        let (wait, stalled) = (until.saturating_sub(now), self.machine.stalled_for());
        tracing::info!(?wait, ?stalled, why, "waiting");
        self.emit(&Event::Waiting { wait, stalled, why: why.to_owned() });
        Some(until)
    }
}
