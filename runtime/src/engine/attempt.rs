//! The end of an attempt, as the driver reports it to the engine.

use super::backoff::backoff;
use super::budget::{self, RetryBudget};
use super::class::ResponseClass;
use super::throttle::{Health, RetryAt};
use crate::engine::Time;

/// The end of an attempt that concerns the whole batch.
#[derive(Debug, Clone)]
pub(crate) enum BatchEnd<C> {
    /// Nothing was sent.
    NotSent { cause: C, why: Unsent },
    /// The HTTP client rejected the request as invalid, and would reject it again. Nothing was sent.
    Invalid { cause: C },
    /// The request could not be signed. Nothing was sent.
    Unsigned { cause: C },
    /// The request may not leave for now, whatever the host does. Nothing was sent.
    Withheld { cause: C },
    /// A response refused the whole request.
    Refused { class: ResponseClass, cause: C },
    /// The result is unknown.
    Uncertain { cause: C, host: Host },
    /// The result is unknown, and the server may still be working on it: no retry, even where that is safe.
    GivenUp { cause: C },
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// The connection or TLS failed.
    NoConnection,
    /// This machine has no socket left.
    NoSocket,
    /// A proxy refuses the client, and would refuse the next request as well.
    ProxyRefused,
}

/// What an attempt with an unknown result says about the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// It responds: the response does not say what became of the items.
    Responds,
    /// It gave no usable response: a timeout, a reset, a 5xx.
    Fails,
    /// A gateway responded in its place (502, 504).
    BehindGateway,
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
    /// The response settles an item, or leaves its result unknown: it does not put all of its items off.
    pub(crate) has_progress: bool,
}

impl AttemptContext<'_> {
    /// The requested delay: the longer of the response's and that of the item's entry (`own`).
    fn requested(&self, own: Option<Time>) -> Option<RetryAt> {
        let delay = self.hint.delay.max(own).filter(|delay| !delay.is_zero())?;
        Some(RetryAt { at: self.now.saturating_add(delay), requested: true })
    }

    /// When to retry items that were put off this many times in a row: after the requested delay, else after a backoff.
    pub(crate) fn retry_at(&self, delays: u32, own: Option<Time>) -> RetryAt {
        let backoff = || RetryAt { at: self.now + backoff(delays, self.jitter), requested: false };
        self.requested(own).unwrap_or_else(backoff)
    }

    /// The health of a host that refuses requests for now.
    pub(crate) fn refusing(&self, own: Option<Time>) -> Health {
        Health::Refusing(self.requested(own).map(|retry| retry.at))
    }

    /// When to retry items that need no backoff: after the requested delay, else now.
    pub(crate) fn retry_at_once(&self) -> RetryAt {
        self.requested(None).unwrap_or(RetryAt { at: self.now, requested: false })
    }

    /// Takes the cost of retrying `items` of a request of at most `most` items from the budget. If too little is left, the retry is
    /// delayed. A retry at a time that the server asked for is free.
    pub(crate) fn pay(&mut self, items: usize, most: usize, retry: RetryAt) -> RetryAt {
        if retry.requested || self.budget.take(items, most) {
            return retry;
        }
        let at = self.now.saturating_add(budget::DELAY.mul_f64((1.0 + self.jitter.clamp(0.0, 1.0)) / 2.0));
        RetryAt { at: retry.at.max(at), requested: false }
    }
}
