//! The end of an attempt, as the driver reports it to the engine.

use super::backoff::backoff;
use super::budget::RetryBudget;
use super::class::ResponseClass;
use super::throttle::RetryAt;
use crate::engine::Time;

/// The end of an attempt that concerns the whole batch.
#[derive(Debug, Clone)]
pub(crate) enum BatchEnd<C> {
    /// Nothing was sent: the connection or TLS failed.
    NotSent { cause: C },
    /// A response refused the whole request.
    Refused { class: ResponseClass, cause: C },
    /// The result is unknown: a timeout, a 5xx.
    Uncertain { cause: C },
    /// The result is unknown, and the server may still be working on it: no retry, even where that is safe.
    GivenUp { cause: C },
}

/// What a response says about retries, regardless of its class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RetryHint {
    /// Minimum delay; zero counts as absent.
    pub(crate) delay: Option<Time>,
    /// The server is overloaded (429): the throttle closes.
    pub(crate) throttled: bool,
}

/// What the engine needs to handle the end of an attempt.
#[derive(Debug)]
pub(crate) struct AttemptContext<'b> {
    pub(crate) now: Time,
    /// A random number from 0 to 1.
    pub(crate) jitter: f64,
    /// The client's budget.
    pub(crate) budget: &'b mut RetryBudget,
    /// From the response; the default if there was none.
    pub(crate) hint: RetryHint,
}

impl AttemptContext<'_> {
    /// The requested delay: the longer of the response's and that of the item's entry (`own`).
    fn requested(&self, own: Option<Time>) -> Option<RetryAt> {
        let delay = self.hint.delay.max(own).filter(|delay| !delay.is_zero())?;
        Some(RetryAt { at: self.now.saturating_add(delay), requested: true })
    }

    /// When to retry items after this many attempts: after the requested delay, else after a backoff.
    pub(crate) fn retry_at(&self, attempts: u32, own: Option<Time>) -> RetryAt {
        let backoff = || RetryAt { at: self.now + backoff(attempts, self.jitter), requested: false };
        self.requested(own).unwrap_or_else(backoff)
    }

    /// When to retry items that need no backoff: after the requested delay, else now.
    pub(crate) fn retry_at_once(&self) -> RetryAt {
        self.requested(None).unwrap_or(RetryAt { at: self.now, requested: false })
    }

    /// Takes the cost of retrying `items` of a request of at most `most` items from the budget. Returns `false` if too little is left.
    /// A retry at a time that the server asked for is free.
    pub(crate) fn pay(&mut self, items: usize, most: usize, retry: RetryAt) -> bool {
        retry.requested || self.budget.take(items, most)
    }
}
