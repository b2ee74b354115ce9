//! What keeps requests back, besides the host.

use crate::client::Admission;
use crate::engine::{Time, backoff};

/// What keeps a request back, if it is not the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptBackBy {
    /// The declared rate is used up.
    Rate,
    /// A token is fetched.
    Token,
    /// The journal withholds requests.
    Journal,
    /// The throttle that clients share is asked, or cannot be used.
    SharedThrottle,
}

impl KeptBackBy {
    /// Its name in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            KeptBackBy::Rate => "rate",
            KeptBackBy::Token => "token",
            KeptBackBy::Journal => "journal",
            KeptBackBy::SharedThrottle => "shared_throttle",
        }
    }
}

/// A time in which no request may leave, for a reason that says nothing about the host. It has a patience of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standstill {
    pub(super) until: Time,
    /// The reasons in a row.
    times: u32,
    /// The time for which the run has waited, as it planned.
    waited: Time,
}

impl Standstill {
    /// Returns the standstill from `now` on, after the one before; `None` if it would last for longer than the patience.
    pub(super) fn after(before: Option<Self>, now: Time, jitter: f64, patience: Time) -> Option<Self> {
        let (times, waited) = before.map_or((1, Time::ZERO), |before| (before.times + 1, before.waited));
        let wait = backoff(times, jitter);
        let waited = waited.saturating_add(wait);
        (waited <= patience).then(|| Standstill { until: now.saturating_add(wait), times, waited })
    }
}

/// The standstills of a run.
#[derive(Debug, Default)]
pub(super) struct Standstills {
    pub(super) journal: Option<Standstill>,
    pub(super) shared_throttle: Option<Standstill>,
}

impl Standstills {
    /// The shared throttle answers again, unless this is not its answer.
    pub(super) fn note_answer(&mut self, admission: &Admission) {
        if !matches!(admission, Admission::Asking(_) | Admission::Away(_)) {
            self.shared_throttle = None;
        }
    }

    /// Returns until when no job is polled.
    pub(super) fn until_of_polls(&self, now: Time) -> Option<Time> {
        self.shared_throttle.map(|standstill| standstill.until).filter(|until| now < *until)
    }

    /// Returns until when no request leaves, and why.
    pub(super) fn until(&self, now: Time) -> Option<(Time, KeptBackBy)> {
        let both = [(self.journal, KeptBackBy::Journal), (self.shared_throttle, KeptBackBy::SharedThrottle)];
        let both = both.into_iter().filter_map(|(standstill, by)| Some((standstill?.until, by)));
        both.filter(|(until, _)| now < *until).max_by_key(|(until, _)| *until)
    }
}
