//! Progress and outages: how long the run waits for its host before it stops.

use super::super::patience::{TICK, UNHEARD};
use super::super::stop::StopReason;
use super::{Machine, Time};

/// How often a run looks at its patience: the longest wait that counts as one.
fn look(patience: Time) -> Time {
    (patience / 20).max(Time::from_secs(5))
}

impl<C: Clone> Machine<C> {
    /// Returns whether an item could go on but for the host: it is queued, in flight, or waits for a retry. One that waits for the rest of its
    /// batch does not, as the source is quiet and not the host; nor does one that `verify` is asked about.
    pub(crate) fn depends_on_host(&self) -> bool {
        self.in_flight > 0
            || self.queue.len() > 0
            || !(self.replays.is_empty() && self.parked.is_empty() && self.waiting.is_empty())
    }

    /// The run waits for its host from `now` until `until` at the latest. A run that makes progress does not look at its patience meanwhile: a part of
    /// that counts at most, as the process may be suspended.
    pub(crate) fn wait_for_host(&mut self, now: Time, until: Option<Time>) {
        let most = (!self.is_stalled()).then(|| now.saturating_add(look(self.limits.patience)));
        self.patience.wait(now, [until, most].into_iter().flatten().min());
    }

    /// The run goes on.
    pub(crate) fn resume(&mut self, now: Time) {
        self.now = now;
        self.patience.resume(now);
    }

    /// The computer was suspended for so long since the run began, or its time of day was set forward: idempotency keys may be forgotten meanwhile.
    pub(crate) fn note_asleep(&mut self, asleep: Time) {
        self.asleep = self.asleep.max(asleep);
    }

    /// The throttle keeps the run back, perhaps because of another run's requests.
    pub(crate) fn handle_kept_back(&mut self) {
        let why = self.out_of_patience(None);
        self.patience.stall_unless_known(|| why);
    }

    /// Returns whether the run has something to send, and its last request got no further.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stopped.is_none() && self.patience.why().is_some()
    }

    /// Returns the time for which the run has made no progress.
    pub(crate) fn stalled_for(&self) -> Time {
        self.patience.stalled_for()
    }

    /// The patience of a run whose client has had a response from its host, or none.
    fn limit(&self, has_responded: bool) -> Time {
        if has_responded { self.limits.patience } else { self.limits.patience.min(UNHEARD) }
    }

    /// Returns the time after which the run is out of patience, if it makes no progress.
    pub(crate) fn patience_left(&self, has_responded: bool) -> Option<Time> {
        let limit = self.limit(has_responded);
        let tick = if limit.is_zero() { Time::ZERO } else { TICK };
        self.patience.left(limit.saturating_add(tick))
    }

    /// Returns the time after which the run looks again whether it is out of patience, if it makes no progress. It is a part of the patience, so that
    /// a process that is suspended meanwhile loses no more than that.
    pub(crate) fn next_look(&self, has_responded: bool) -> Option<Time> {
        self.patience_left(has_responded).map(|left| left.min(look(self.limit(has_responded))))
    }

    /// Returns why the run is out of patience, if it is after a further delay that the server asked for.
    pub(crate) fn impatience(&self, has_responded: bool, delay: Option<Time>) -> Option<StopReason<C>> {
        let left = self.patience_left(has_responded)?;
        let is_over = delay.map_or(left.is_zero(), |delay| delay >= left);
        let why = self.patience.why().filter(|_| is_over)?;
        Some(match why.clone() {
            StopReason::Patience { last, .. } => {
                StopReason::Patience { patience: self.limit(has_responded), last, delay }
            }
            why => why,
        })
    }

    /// The reason of a run that is out of patience after this refusal.
    pub(super) fn out_of_patience(&self, last: Option<C>) -> StopReason<C> {
        StopReason::Patience { patience: self.limits.patience, last, delay: None }
    }

    /// A request got no further.
    pub(super) fn stall(&mut self, cause: C) {
        let why = self.out_of_patience(Some(cause));
        self.patience.stall(why);
    }

    /// The run goes to sleep. If nothing waits for the host, what comes next does not pay for an outage that may be over by then.
    pub(crate) fn forgive(&mut self) {
        if self.counters.accepted == self.counters.settled() {
            self.patience.progress();
        }
    }

    /// The host gave a batch a response that is neither a refusal for now nor a failure.
    pub(super) fn note_answer(&mut self) {
        self.answers += 1;
        self.handle_progress();
    }

    /// The host gave a response that is neither a refusal for now nor a failure: an outage is over.
    pub(crate) fn handle_progress(&mut self) {
        self.patience.progress();
        self.outages += u64::from(std::mem::take(&mut self.is_outage));
    }
}
