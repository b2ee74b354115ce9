//! A declared `rate`: no time window of its length has more requests (or items) than it allows, as the server counts them.

use std::collections::VecDeque;
use std::fmt;

use crate::declare::{Method, Rate};
use crate::engine::Time;

/// A quota of a host: endpoints with the same method, path and rate share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuotaScope {
    /// The HTTP method.
    pub method: Method,
    /// The path, with its placeholders.
    pub path: &'static str,
    /// The declared rate.
    pub rate: Rate,
}

impl QuotaScope {
    /// Returns what a request costs: 1, or its number of items where the rate counts items.
    pub fn cost(&self, items: usize) -> usize {
        self.rate.cost(items)
    }
}

/// `POST /tokens 100 requests/10000ms`: the same in every release, so that it can name a row of a database.
impl fmt::Display for QuotaScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rate { count, items, per_ms } = self.rate;
        let unit = if items { "items" } else { "requests" };
        write!(f, "{} {} {count} {unit}/{per_ms}ms", self.method.to_http(), self.path)
    }
}

/// The requests that hold a place in the window of a quota.
///
/// The server counts a request when it arrives, which is at any time between the start and the end of its attempt. A place is therefore
/// taken when the attempt starts, and becomes free one window after its end.
#[derive(Debug)]
pub(crate) struct Quota {
    rate: Rate,
    taken: VecDeque<Taken>,
    sum: usize,
    places: Place,
}

/// The number of a place.
pub(crate) type Place = u64;

#[derive(Debug)]
struct Taken {
    place: Place,
    /// 1, or the number of items of the request.
    cost: usize,
    /// The end of the attempt; while it is in flight, the latest time at which it can end. The run may not be polled any more, and then
    /// does not report the end.
    end: Time,
}

impl Quota {
    pub(crate) fn new(rate: Rate) -> Self {
        Quota { rate, taken: VecDeque::new(), sum: 0, places: 0 }
    }

    fn per(&self) -> Time {
        Time::from_millis(self.rate.per_ms)
    }

    /// Returns from when on a request of `items` items may leave, if no request in flight ends before; `None`: now.
    ///
    /// A request that is larger than the whole quota leaves when the window is empty.
    pub(crate) fn full_until(&mut self, now: Time, items: usize) -> Option<Time> {
        let per = self.per();
        self.taken.retain(|taken| {
            let stays = now < taken.end.saturating_add(per);
            self.sum -= if stays { 0 } else { taken.cost };
            stays
        });
        let cost = self.rate.cost(items);
        if self.sum > 0 && self.sum + cost > self.rate.count {
            // The first end that makes enough room gives the time.
            let mut ends: Vec<(Time, usize)> = self.taken.iter().map(|taken| (taken.end, taken.cost)).collect();
            ends.sort_unstable();
            let mut sum = self.sum;
            let makes_room = |(_, cost_of): &&(Time, usize)| {
                sum -= cost_of;
                sum == 0 || sum + cost <= self.rate.count
            };
            let end = ends.iter().find(makes_room).map_or(now, |(end, _)| *end);
            return Some(end.saturating_add(per));
        }
        None
    }

    /// A request of `items` items leaves, which ends at `end` at the latest.
    pub(crate) fn enter(&mut self, items: usize, end: Time) -> Place {
        let cost = self.rate.cost(items);
        self.places += 1;
        self.taken.push_back(Taken { place: self.places, cost, end });
        self.sum += cost;
        self.places
    }

    /// The attempt of a request ended at `now`.
    pub(crate) fn leave(&mut self, place: Place, now: Time) {
        if let Some(taken) = self.taken.iter_mut().find(|taken| taken.place == place) {
            taken.end = taken.end.min(now);
        }
    }

    /// A request did not leave after all: its place is free at once.
    pub(crate) fn give_back(&mut self, place: Place) {
        if let Some(at) = self.taken.iter().position(|taken| taken.place == place) {
            self.sum -= self.taken.remove(at).map_or(0, |taken| taken.cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    impl Quota {
        /// Lets a request leave, or returns from when on it may.
        fn try_enter(&mut self, now: Time, items: usize, end: Time) -> Result<Place, Time> {
            self.full_until(now, items).map_or_else(|| Ok(self.enter(items, end)), Err)
        }
    }

    /// Lets a request leave that ends at once.
    fn enter(quota: &mut Quota, now: u64, items: usize) -> Result<(), Time> {
        let place = quota.try_enter(ms(now), items, ms(now + 30_000))?;
        quota.leave(place, ms(now));
        Ok(())
    }

    #[test]
    fn no_span_has_more_than_it_allows() {
        let mut quota = Quota::new(Rate::requests(2, 1_000));
        assert_eq!(enter(&mut quota, 0, 15), Ok(()));
        assert_eq!(enter(&mut quota, 400, 15), Ok(()));
        assert_eq!(enter(&mut quota, 500, 15), Err(ms(1_000)));
        assert_eq!(enter(&mut quota, 1_000, 15), Ok(()));
        assert_eq!(enter(&mut quota, 1_000, 15), Err(ms(1_400)));
    }

    #[test]
    fn a_place_is_free_one_window_after_the_attempt_has_ended() {
        let mut quota = Quota::new(Rate::requests(2, 1_000));
        let slow = quota.try_enter(ms(0), 1, ms(5_000)).unwrap();
        let quick = quota.try_enter(ms(0), 1, ms(5_000)).unwrap();
        assert_eq!(quota.try_enter(ms(100), 1, ms(5_100)), Err(ms(6_000)), "both may arrive until 5 s");
        quota.leave(quick, ms(300));
        assert_eq!(quota.try_enter(ms(400), 1, ms(5_400)), Err(ms(1_300)));
        assert!(quota.try_enter(ms(1_300), 1, ms(6_300)).is_ok());
        quota.leave(slow, ms(4_000));
        assert_eq!(quota.try_enter(ms(4_500), 1, ms(9_500)), Err(ms(5_000)));
    }

    #[test]
    fn a_request_that_does_not_leave_gives_its_place_back() {
        let mut quota = Quota::new(Rate::requests(1, 1_000));
        let place = quota.try_enter(ms(0), 1, ms(5_000)).unwrap();
        quota.give_back(place);
        assert!(quota.try_enter(ms(0), 1, ms(5_000)).is_ok());
    }

    #[test]
    fn items_are_counted_where_it_says_so() {
        let mut quota = Quota::new(Rate::items(20, 1_000));
        assert_eq!(enter(&mut quota, 0, 10), Ok(()));
        assert_eq!(enter(&mut quota, 100, 5), Ok(()));
        assert_eq!(enter(&mut quota, 200, 6), Err(ms(1_000)));
        assert_eq!(enter(&mut quota, 200, 5), Ok(()));
        assert_eq!(enter(&mut quota, 300, 15), Err(ms(1_100)));
        // Larger than the quota itself: when the window is empty.
        assert_eq!(enter(&mut quota, 300, 50), Err(ms(1_200)));
        assert_eq!(enter(&mut quota, 1_200, 50), Ok(()));
    }
}
