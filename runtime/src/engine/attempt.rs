//! How an attempt ended, as the engine takes it.

use super::backoff::backoff;
use super::budget::RetryBudget;
use super::class::ResponseClass;
use super::throttle::RetryAt;
use crate::engine::Time;

/// How an attempt ended, where its end concerns the whole batch.
#[derive(Debug, Clone)]
pub(crate) enum BatchEnd<C> {
    /// Nothing left: no connection, no TLS.
    NotSent { cause: C },
    /// A response refused the whole request.
    Refused { class: ResponseClass, cause: C },
    /// The result is unknown.
    Uncertain { cause: C },
    /// The result is unknown, and the server may still be working on it: no retry, even where that is safe.
    GivenUp { cause: C },
}

/// What a response says about retries, whatever else it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RetryHint {
    /// Minimum delay; zero counts as absent.
    pub(crate) delay: Option<Time>,
    /// The server has too much to do: the throttle closes.
    pub(crate) throttled: bool,
}

/// The circumstances under which the end of an attempt is handled.
#[derive(Debug)]
pub(crate) struct AttemptContext<'b> {
    pub(crate) now: Time,
    /// A number from 0 to 1.
    pub(crate) jitter: f64,
    /// The client's.
    pub(crate) budget: &'b mut RetryBudget,
    /// The response's, if there was one.
    pub(crate) hint: RetryHint,
}

impl AttemptContext<'_> {
    /// The delay that the response asks for, or its entry for one item (`own`).
    fn requested(&self, own: Option<Time>) -> Option<RetryAt> {
        let delay = self.hint.delay.max(own).filter(|delay| !delay.is_zero())?;
        Some(RetryAt { at: self.now.saturating_add(delay), requested: true })
    }

    /// When items are retried that took part in this many attempts: as requested, else after a backoff.
    pub(crate) fn retry_at(&self, attempts: u32, own: Option<Time>) -> RetryAt {
        let backoff = || RetryAt { at: self.now + backoff(attempts, self.jitter), requested: false };
        self.requested(own).unwrap_or_else(backoff)
    }

    /// When items are retried that need no backoff: as requested, else now.
    pub(crate) fn retry_at_once(&self) -> RetryAt {
        self.requested(None).unwrap_or(RetryAt { at: self.now, requested: false })
    }

    /// Pays for retrying `items` of a request of `most` items, if the budget allows. What the server asked for costs nothing.
    pub(crate) fn pay(&mut self, items: usize, most: usize, retry: RetryAt) -> bool {
        retry.requested || self.budget.take(items, most)
    }
}
