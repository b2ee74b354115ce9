//! The throttle decides when the next request may leave. A client has one, shared by all its runs.

use std::collections::HashMap;

use super::quota::Quota;
use crate::declare::{Method, Rate};
use crate::engine::Time;

/// The time until which nothing is sent, or an item is not retried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RetryAt {
    pub(crate) at: Time,
    /// The server asked for it; otherwise it is a backoff.
    pub(crate) requested: bool,
}

/// Open; closed until a time; or past that time and waiting for one request (the probe) to reopen it.
#[derive(Debug, Default)]
pub(crate) struct ThrottleState {
    closed: Option<RetryAt>,
    /// The probe in flight, and the time until which the others wait for it. It has an end because the probe's run may not be polled
    /// any more, and then does not report how the probe ended.
    probing: Option<(Probe, Time)>,
    probes: Probe,
    /// An earlier request was throttled while the probe was in flight. The probe's success then does not reopen the throttle.
    closed_again: bool,
    quotas: HashMap<QuotaKey, Quota>,
}

/// Endpoints with the same method, path and rate share a quota.
pub(crate) type QuotaKey = (Method, &'static str, Rate);

/// The time that a run has to report the end of an attempt after its timeout.
const SLACK: Time = Time::from_secs(1);

/// The number of a probe. The late end of an abandoned probe must not count for the present one.
pub(crate) type Probe = u64;

/// A request that wants to leave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving {
    /// The endpoint's quota.
    pub(crate) quota: Option<QuotaKey>,
    pub(crate) items: usize,
    /// The timeout of its attempt.
    pub(crate) timeout: Time,
}

/// Whether a request may leave, or when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admit {
    /// It leaves now.
    Leave {
        /// It is the probe: the throttle reopens if it ends well.
        probe: Option<Probe>,
    },
    /// Not before this time: the throttle is closed.
    Until(RetryAt),
    /// Not before this time: the endpoint's quota is used up.
    Quota(Time),
    /// Not before the probe has ended, or this time.
    Probing(Time),
}

impl ThrottleState {
    /// Returns whether a request may leave now; if so, counts it.
    pub(crate) fn enter(&mut self, now: Time, request: Leaving) -> Admit {
        let probe = match self.closed {
            None => None,
            Some(retry) if now < retry.at => return Admit::Until(retry),
            Some(_) => match self.probing {
                Some((_, until)) if now < until => return Admit::Probing(until),
                _ => Some(self.probes + 1),
            },
        };
        if let Some(key @ (.., rate)) = request.quota {
            let quota = self.quotas.entry(key).or_insert_with(|| Quota::new(rate));
            if let Err(at) = quota.enter(now, request.items) {
                return Admit::Quota(at);
            }
        }
        if let Some(probe) = probe {
            self.probes = probe;
            self.probing = Some((probe, now.saturating_add(request.timeout).saturating_add(SLACK)));
        }
        Admit::Leave { probe }
    }

    /// Closes until this time. A later time that is already set stays.
    pub(crate) fn close(&mut self, wait: RetryAt) {
        self.closed = self.closed.max(Some(wait));
        self.closed_again = self.probing.is_some();
    }

    /// A request ended; `opens`: its end shows that the server accepts requests.
    pub(crate) fn handle_end(&mut self, probe: Option<Probe>, opens: bool) {
        if probe.is_some() && probe == self.probing.map(|(present, _)| present) {
            self.probing = None;
            let closed_again = std::mem::take(&mut self.closed_again);
            if opens && !closed_again {
                self.closed = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ANY: Leaving = Leaving { quota: None, items: 1, timeout: Time::from_secs(30) };

    fn at(seconds: u64) -> Time {
        Duration::from_secs(seconds)
    }

    fn hint(seconds: u64) -> RetryAt {
        RetryAt { at: at(seconds), requested: true }
    }

    #[test]
    fn one_probe_reopens_it() {
        let mut throttle = ThrottleState::default();
        assert_eq!(throttle.enter(at(0), ANY), Admit::Leave { probe: None });
        throttle.close(hint(5));
        throttle.close(hint(3));
        assert_eq!(throttle.enter(at(4), ANY), Admit::Until(hint(5)));
        assert_eq!(throttle.enter(at(5), ANY), Admit::Leave { probe: Some(1) });
        assert_eq!(throttle.enter(at(6), ANY), Admit::Probing(at(36)));
        // A request that left before the throttle closed does not reopen it.
        throttle.handle_end(None, true);
        assert_eq!(throttle.enter(at(6), ANY), Admit::Probing(at(36)));
        throttle.handle_end(Some(1), true);
        assert_eq!(throttle.enter(at(6), ANY), Admit::Leave { probe: None });
    }

    #[test]
    fn a_probe_of_which_nobody_hears_keeps_the_others_out_no_longer_than_its_attempt_may_take() {
        let mut throttle = ThrottleState::default();
        throttle.close(hint(5));
        assert_eq!(throttle.enter(at(5), ANY), Admit::Leave { probe: Some(1) });
        assert_eq!(throttle.enter(at(35), ANY), Admit::Probing(at(36)));
        assert_eq!(throttle.enter(at(36), ANY), Admit::Leave { probe: Some(2) });
        throttle.handle_end(Some(1), true);
        assert_eq!(
            throttle.enter(at(37), ANY),
            Admit::Probing(at(67)),
            "the end of the first probe does not count for the second"
        );
    }

    #[test]
    fn a_wait_that_is_told_while_the_probe_is_under_way_outlasts_it() {
        let mut throttle = ThrottleState::default();
        throttle.close(hint(5));
        assert_eq!(throttle.enter(at(5), ANY), Admit::Leave { probe: Some(1) });
        throttle.close(hint(9));
        throttle.handle_end(Some(1), true);
        assert_eq!(throttle.enter(at(6), ANY), Admit::Until(hint(9)));
        assert_eq!(throttle.enter(at(9), ANY), Admit::Leave { probe: Some(2) });
    }

    #[test]
    fn a_probe_that_is_refused_or_dropped_leaves_it_to_the_next() {
        let mut throttle = ThrottleState::default();
        throttle.close(hint(5));
        assert_eq!(throttle.enter(at(5), ANY), Admit::Leave { probe: Some(1) });
        throttle.close(hint(9));
        throttle.handle_end(Some(1), false);
        assert_eq!(throttle.enter(at(6), ANY), Admit::Until(hint(9)));
        assert_eq!(throttle.enter(at(9), ANY), Admit::Leave { probe: Some(2) });
        throttle.handle_end(Some(2), false);
        assert_eq!(throttle.enter(at(9), ANY), Admit::Leave { probe: Some(3) });
    }

    #[test]
    fn each_endpoint_has_its_own_quota() {
        let mut throttle = ThrottleState::default();
        let request = |method, path, rate| Leaving { quota: Some((method, path, rate)), ..ANY };
        let one = Rate::requests(1, 1_000);
        let a = request(Method::Post, "/a", one);
        assert_eq!(throttle.enter(at(0), a), Admit::Leave { probe: None });
        assert_eq!(throttle.enter(at(0), a), Admit::Quota(at(1)));
        for other in [
            request(Method::Post, "/b", one),
            request(Method::Delete, "/a", one),
            request(Method::Post, "/a", Rate::requests(1, 2_000)),
            ANY,
        ] {
            assert_eq!(throttle.enter(at(0), other), Admit::Leave { probe: None }, "{other:?}");
        }
    }
}
