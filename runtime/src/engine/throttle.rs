//! The throttle decides when the next request may leave. A client has one, shared by all its runs.

use std::collections::HashMap;

use super::backoff::backoff;
use super::quota::{Place, Quota, QuotaScope};
use crate::engine::Time;

/// The time until which nothing is sent, or an item is not retried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RetryAt {
    pub(crate) at: Time,
    /// The server asked for it; otherwise it is a backoff.
    pub(crate) requested: bool,
}

/// What the end of an attempt says about the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answers requests.
    Good,
    /// It refuses requests for now: until this time, if it asked for a delay.
    Refusing(Option<Time>),
    /// It cannot be reached: nothing was sent.
    Away,
    /// It processes nothing: a gateway responded in its place (502, 504), or the response says so (421, 425). A request that alone is not
    /// processed is [`Unusable`](Self::Unusable).
    Absent,
    /// This machine has no socket or port left for another connection: the host may be well.
    NoSocket,
    /// The attempt had no usable response: a timeout, a reset, a 5xx.
    Unusable,
}

/// The number of attempts in a row without a usable response after which only probes are sent.
const MAX_UNUSABLE: u32 = 5;

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
    /// The times that the throttle closed with a backoff since the host answered last. They make the backoff grow.
    backoffs: u32,
    /// Attempts in a row without a usable response.
    unusable: u32,
    /// When the host last gave a usable response.
    last_good: Option<Time>,
    /// The host has responded, in any way.
    has_responded: bool,
    in_flight: usize,
    /// The most requests in flight for want of sockets, and since when. One more is allowed each second.
    sockets: Option<(usize, Time)>,
    quotas: HashMap<QuotaScope, Quota>,
}

/// The time that a run has to report the end of an attempt after its timeout.
const SLACK: Time = Time::from_secs(1);

/// The number of a probe. The late end of an abandoned probe must not count for the present one.
pub(crate) type Probe = u64;

/// A request that wants to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaving {
    /// The endpoint's quota.
    pub(crate) quota: Option<QuotaScope>,
    pub(crate) items: usize,
    /// The timeout of its attempt.
    pub(crate) timeout: Time,
}

/// What the throttle keeps about a request in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// It is the probe: the throttle reopens if it ends well.
    probe: Option<Probe>,
    quota: Option<(QuotaScope, Place)>,
    left: Time,
}

/// What the end of a request does to the throttle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    /// It closes until then.
    Closes(RetryAt),
    /// It is closed already: a request that left before tells nothing new.
    StaysClosed,
    /// Fewer requests may be in flight at once.
    Limits,
}

/// What keeps a request back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeptBack {
    /// Not before this time: the throttle is closed.
    Until(RetryAt),
    /// Not before this time, or the end of a request in flight: the endpoint's quota is used up.
    Quota(Time),
    /// Not before the probe has ended, or this time.
    Probing(Time),
    /// Not before a request in flight has ended, or this time: no socket was left when there were this many.
    NoSocket { at: Time, most: usize },
}

impl ThrottleState {
    /// Returns whether a request may leave now; if so, counts it.
    pub(crate) fn enter(&mut self, now: Time, request: Leaving) -> Result<Ticket, KeptBack> {
        if let Some(refused) = self.refuses(now, request) {
            return Err(refused);
        }
        let expected_end = now.saturating_add(request.timeout).saturating_add(SLACK);
        let take = |scope| {
            let quota = self.quotas.entry(scope).or_insert_with(|| Quota::new(scope.rate));
            (scope, quota.enter(request.items, expected_end))
        };
        let quota = request.quota.map(take);
        let probe = self.closed.map(|_| self.probes + 1);
        if let Some(probe) = probe {
            self.probes = probe;
            self.probing = Some((probe, expected_end));
        }
        self.in_flight += 1;
        Ok(Ticket { probe, quota, left: now })
    }

    /// Returns what keeps a request back; `None` if it may leave now.
    pub(crate) fn refuses(&mut self, now: Time, request: Leaving) -> Option<KeptBack> {
        match (self.closed, self.probing) {
            (Some(retry), _) if now < retry.at => return Some(KeptBack::Until(retry)),
            (Some(_), Some((_, until))) if now < until => return Some(KeptBack::Probing(until)),
            _ => {}
        }
        if let Some((most, since)) = self.sockets {
            // A request that fails again for want of a socket costs nothing, so the limit is tried every second.
            let seconds = now.saturating_sub(since).as_secs();
            if self.in_flight >= most.saturating_add(usize::try_from(seconds).unwrap_or(usize::MAX)) {
                return Some(KeptBack::NoSocket { at: since.saturating_add(Time::from_secs(seconds + 1)), most });
            }
        }
        let quota = self.quotas.get_mut(&request.quota?)?;
        quota.full_until(now, request.items).map(KeptBack::Quota)
    }

    /// Returns whether the throttle has closed since a request got this ticket.
    pub(crate) fn is_closed_for(&self, ticket: &Ticket, now: Time) -> bool {
        self.closed.is_some_and(|retry| ticket.probe.is_none() || now < retry.at)
    }

    /// A request was not sent after all.
    pub(crate) fn handle_unsent(&mut self, ticket: Ticket) {
        if let Some((key, place)) = ticket.quota
            && let Some(quota) = self.quotas.get_mut(&key)
        {
            quota.give_back(place);
        }
        self.leave(ticket, None);
    }

    /// The run of a request in flight was dropped: nothing is known about the host.
    pub(crate) fn handle_dropped(&mut self, ticket: Ticket, now: Time) {
        self.leave(ticket, Some(now));
    }

    /// Removes a request from those in flight. Returns whether it is the present probe, and whether the throttle closed since it left.
    fn leave(&mut self, ticket: Ticket, now: Option<Time>) -> (bool, bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let (Some(now), Some((key, place))) = (now, ticket.quota)
            && let Some(quota) = self.quotas.get_mut(&key)
        {
            quota.leave(place, now);
        }
        let is_probe = ticket.probe.is_some() && ticket.probe == self.probing.map(|(present, _)| present);
        let closed_again = is_probe && std::mem::take(&mut self.closed_again);
        if is_probe {
            self.probing = None;
        }
        (is_probe, closed_again)
    }

    /// A request ended. `jitter` is a random number from 0 to 1.
    pub(crate) fn handle_end(&mut self, ticket: Ticket, health: Health, now: Time, jitter: f64) -> Effect {
        let (is_probe, closed_again) = self.leave(ticket, Some(now));
        match health {
            Health::Good => {
                self.unusable = 0;
                self.last_good = Some(now);
                if is_probe && !closed_again {
                    self.closed = None;
                }
                if self.closed.is_none() {
                    self.backoffs = 0;
                }
                Effect::None
            }
            Health::Refusing(Some(at)) => Effect::Closes(self.close(RetryAt { at, requested: true })),
            Health::Refusing(None) => self.back_off(is_probe, now, jitter),
            Health::NoSocket if self.in_flight > 0 => self.limit(now),
            // The host answered others while this one found no connection: it takes no more at once.
            Health::Away if self.in_flight > 0 && self.last_good.is_some_and(|good| good > ticket.left) => {
                self.limit(now)
            }
            Health::Away | Health::NoSocket | Health::Absent => self.back_off(is_probe, now, jitter),
            Health::Unusable => {
                self.unusable += 1;
                let closes = is_probe || self.unusable >= MAX_UNUSABLE;
                if closes { self.back_off(is_probe, now, jitter) } else { Effect::None }
            }
        }
    }

    /// No more requests may be in flight at once than there are.
    fn limit(&mut self, now: Time) -> Effect {
        self.sockets = Some((self.in_flight, now));
        Effect::Limits
    }

    /// Closes until this time. A later time that is already set stays.
    fn close(&mut self, wait: RetryAt) -> RetryAt {
        self.closed_again = self.probing.is_some();
        *self.closed.insert(self.closed.map_or(wait, |closed| closed.max(wait)))
    }

    /// Closes for a backoff, which is longer each time. A request that left before the throttle closed tells nothing new.
    fn back_off(&mut self, is_probe: bool, now: Time, jitter: f64) -> Effect {
        if self.closed.is_some() && !is_probe {
            self.closed_again |= self.probing.is_some();
            return Effect::StaysClosed;
        }
        self.backoffs += 1;
        Effect::Closes(self.close(RetryAt { at: now.saturating_add(backoff(self.backoffs, jitter)), requested: false }))
    }

    /// Notes that the host responded to a request, in any way.
    pub(crate) fn note_response(&mut self) {
        self.has_responded = true;
    }

    /// Returns whether the host has ever responded.
    pub(crate) fn has_responded(&self) -> bool {
        self.has_responded
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::declare::{Method, Rate};

    const ANY: Leaving = Leaving { quota: None, items: 1, timeout: Time::from_secs(30) };

    fn at(seconds: u64) -> Time {
        Duration::from_secs(seconds)
    }

    fn hint(seconds: u64) -> RetryAt {
        RetryAt { at: at(seconds), requested: true }
    }

    fn refusing(seconds: u64) -> Health {
        Health::Refusing(Some(at(seconds)))
    }

    impl ThrottleState {
        fn leaves(&mut self, now: Time) -> Ticket {
            match self.enter(now, ANY) {
                Ok(ticket) => ticket,
                kept => panic!("kept back at {now:?}: {kept:?}"),
            }
        }

        fn probes(&mut self, now: Time) -> Ticket {
            let ticket = self.leaves(now);
            assert!(ticket.probe.is_some(), "the throttle is open at {now:?}");
            ticket
        }
    }

    #[test]
    fn one_probe_reopens_it() {
        let mut throttle = ThrottleState::default();
        let (early, first, second) = (throttle.leaves(at(0)), throttle.leaves(at(0)), throttle.leaves(at(0)));
        assert_eq!(throttle.handle_end(first, refusing(5), at(0), 1.0), Effect::Closes(hint(5)));
        assert_eq!(throttle.handle_end(second, refusing(3), at(0), 1.0), Effect::Closes(hint(5)));
        assert_eq!(throttle.enter(at(4), ANY), Err(KeptBack::Until(hint(5))));
        let probe = throttle.probes(at(5));
        assert_eq!(throttle.enter(at(6), ANY), Err(KeptBack::Probing(at(36))));
        // A request that left before the throttle closed does not reopen it.
        throttle.handle_end(early, Health::Good, at(6), 1.0);
        assert_eq!(throttle.enter(at(6), ANY), Err(KeptBack::Probing(at(36))));
        throttle.handle_end(probe, Health::Good, at(6), 1.0);
        assert_eq!(throttle.leaves(at(6)).probe, None);
    }

    #[test]
    fn a_probe_of_which_nobody_hears_keeps_the_others_out_no_longer_than_its_attempt_may_take() {
        let mut throttle = ThrottleState::default();
        let first = throttle.leaves(at(0));
        throttle.handle_end(first, refusing(5), at(0), 1.0);
        let lost = throttle.probes(at(5));
        assert_eq!(throttle.enter(at(35), ANY), Err(KeptBack::Probing(at(36))));
        throttle.probes(at(36));
        throttle.handle_end(lost, Health::Good, at(36), 1.0);
        assert_eq!(
            throttle.enter(at(37), ANY),
            Err(KeptBack::Probing(at(67))),
            "the end of the first probe does not count for the second"
        );
    }

    #[test]
    fn a_delay_that_is_requested_while_the_probe_is_in_flight_outlasts_it() {
        let mut throttle = ThrottleState::default();
        let (first, late) = (throttle.leaves(at(0)), throttle.leaves(at(0)));
        throttle.handle_end(first, refusing(5), at(0), 1.0);
        let probe = throttle.probes(at(5));
        throttle.handle_end(late, refusing(9), at(6), 1.0);
        throttle.handle_end(probe, Health::Good, at(6), 1.0);
        assert_eq!(throttle.enter(at(6), ANY), Err(KeptBack::Until(hint(9))));
        throttle.probes(at(9));
    }

    #[test]
    fn a_probe_that_is_refused_or_dropped_leaves_it_to_the_next() {
        let mut throttle = ThrottleState::default();
        let first = throttle.leaves(at(0));
        throttle.handle_end(first, refusing(5), at(0), 1.0);
        let probe = throttle.probes(at(5));
        throttle.handle_end(probe, refusing(9), at(6), 1.0);
        assert_eq!(throttle.enter(at(6), ANY), Err(KeptBack::Until(hint(9))));
        let probe = throttle.probes(at(9));
        throttle.handle_dropped(probe, at(9));
        let probe = throttle.probes(at(9));
        throttle.handle_unsent(probe);
        throttle.probes(at(9));
    }

    #[test]
    fn a_host_that_is_away_is_probed_after_growing_waits() {
        let mut throttle = ThrottleState::default();
        // Four connections fail at once: that is one outage, not four.
        let four: Vec<Ticket> = (0..4).map(|_| throttle.leaves(at(0))).collect();
        let closed: Vec<_> = four.into_iter().map(|one| throttle.handle_end(one, Health::Away, at(0), 1.0)).collect();
        let until = |ms: u64| RetryAt { at: Duration::from_millis(ms), requested: false };
        assert_eq!(closed[0], Effect::Closes(until(500)));
        assert_eq!(closed[1..], [Effect::StaysClosed; 3]);
        let (mut now, mut probes) = (Duration::from_millis(500), 0);
        while now < at(60) {
            let probe = throttle.probes(now);
            probes += 1;
            let Effect::Closes(retry) = throttle.handle_end(probe, Health::Away, now, 0.5) else { panic!("it failed") };
            now = retry.at;
        }
        assert_eq!(probes, 8);
        let probe = throttle.probes(now);
        throttle.handle_end(probe, Health::Good, now, 1.0);
        let next = throttle.leaves(now);
        let closed = throttle.handle_end(next, Health::Away, now, 1.0);
        let retry = RetryAt { at: now + Duration::from_millis(500), requested: false };
        assert_eq!(closed, Effect::Closes(retry), "a new outage");
    }

    #[test]
    fn the_fifth_unusable_end_in_a_row_closes_it() {
        let mut throttle = ThrottleState::default();
        let mut end = |health| {
            let ticket = throttle.leaves(at(0));
            throttle.handle_end(ticket, health, at(0), 1.0)
        };
        assert_eq!([(); 4].map(|()| end(Health::Unusable)), [Effect::None; 4]);
        assert_eq!(end(Health::Good), Effect::None);
        assert_eq!([(); 4].map(|()| end(Health::Unusable)), [Effect::None; 4], "a good response resets the count");
        assert!(matches!(end(Health::Unusable), Effect::Closes(_)));
        let probe = throttle.probes(at(1));
        assert!(matches!(throttle.handle_end(probe, Health::Unusable, at(1), 1.0), Effect::Closes(_)));
    }

    #[test]
    fn without_a_socket_fewer_requests_leave_at_once() {
        let mut throttle = ThrottleState::default();
        let mut tickets: Vec<Ticket> = (0..5).map(|_| throttle.leaves(at(0))).collect();
        for ticket in tickets.drain(3..) {
            assert_eq!(throttle.handle_end(ticket, Health::NoSocket, at(0), 1.0), Effect::Limits);
        }
        assert_eq!(throttle.enter(at(0), ANY), Err(KeptBack::NoSocket { at: at(1), most: 3 }));
        throttle.handle_end(tickets.pop().unwrap(), Health::Good, at(0), 1.0);
        tickets.push(throttle.leaves(at(0)));
        assert_eq!(throttle.enter(at(0), ANY), Err(KeptBack::NoSocket { at: at(1), most: 3 }));
        throttle.leaves(at(1));
        assert_eq!(throttle.enter(at(1), ANY), Err(KeptBack::NoSocket { at: at(2), most: 3 }));
    }

    #[test]
    fn without_a_socket_and_without_a_request_in_flight_it_closes() {
        let mut throttle = ThrottleState::default();
        let only = throttle.leaves(at(0));
        assert!(matches!(throttle.handle_end(only, Health::NoSocket, at(0), 1.0), Effect::Closes(_)));
    }

    #[test]
    fn a_host_that_answers_others_is_not_away() {
        let mut throttle = ThrottleState::default();
        let (answered, _under_way, late) = (throttle.leaves(at(0)), throttle.leaves(at(0)), throttle.leaves(at(0)));
        throttle.handle_end(answered, Health::Good, at(2), 1.0);
        assert_eq!(throttle.handle_end(late, Health::Away, at(3), 1.0), Effect::Limits);
        assert_eq!(throttle.enter(at(3), ANY), Err(KeptBack::NoSocket { at: at(4), most: 1 }));
    }

    #[test]
    fn a_probe_without_a_usable_response_closes_it_again() {
        let mut throttle = ThrottleState::default();
        let (late, first) = (throttle.leaves(at(0)), throttle.leaves(at(0)));
        throttle.handle_end(first, Health::Absent, at(0), 1.0);
        let probe = throttle.probes(at(1));
        // The count begins anew, but the throttle stays closed.
        throttle.handle_end(late, Health::Good, at(2), 1.0);
        assert!(matches!(throttle.handle_end(probe, Health::Unusable, at(2), 1.0), Effect::Closes(_)));
    }

    #[test]
    fn each_endpoint_has_its_own_quota() {
        let mut throttle = ThrottleState::default();
        let request = |method, path, rate| Leaving { quota: Some(QuotaScope { method, path, rate }), ..ANY };
        let one = Rate::requests(1, 1_000);
        let a = request(Method::Post, "/a", one);
        let Ok(ticket) = throttle.enter(at(0), a) else { panic!("it is kept back") };
        throttle.handle_end(ticket, Health::Good, at(1), 1.0);
        assert_eq!(throttle.enter(at(1), a), Err(KeptBack::Quota(at(2))));
        for other in [
            request(Method::Post, "/b", one),
            request(Method::Delete, "/a", one),
            request(Method::Post, "/a", Rate::requests(1, 2_000)),
            ANY,
        ] {
            assert!(throttle.enter(at(0), other).is_ok(), "{other:?}");
        }
    }
}
