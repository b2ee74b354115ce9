//! A declared `rate`: no time window of its length has more requests (or items) than it allows.

use std::collections::VecDeque;

use crate::declare::Rate;
use crate::engine::Time;

/// The requests that left within the last window of a quota.
#[derive(Debug)]
pub(crate) struct Quota {
    rate: Rate,
    /// The time of each request, and its cost: 1, or its number of items.
    left: VecDeque<(Time, usize)>,
    sum: usize,
}

impl Quota {
    pub(crate) fn new(rate: Rate) -> Self {
        Quota { rate, left: VecDeque::new(), sum: 0 }
    }

    /// Lets a request of `items` items leave. `Err` is the time from which on it may leave.
    ///
    /// A request that is larger than the whole quota leaves when the window is empty.
    pub(crate) fn enter(&mut self, now: Time, items: usize) -> Result<(), Time> {
        let per = Time::from_millis(self.rate.per_ms);
        while let Some((at, count)) = self.left.front().copied() {
            if now < at + per {
                break;
            }
            self.left.pop_front();
            self.sum -= count;
        }
        let count = if self.rate.items { items } else { 1 };
        // Requests leave the window from the oldest on: the first whose end makes enough room gives the time.
        let mut sum = self.sum;
        for (at, left) in &self.left {
            if sum + count <= self.rate.count {
                break;
            }
            sum -= left;
            if sum + count <= self.rate.count || sum == 0 {
                return Err(*at + per);
            }
        }
        self.left.push_back((now, count));
        self.sum += count;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    #[test]
    fn no_span_has_more_than_it_allows() {
        let mut quota = Quota::new(Rate::requests(2, 1_000));
        assert_eq!(quota.enter(ms(0), 15), Ok(()));
        assert_eq!(quota.enter(ms(400), 15), Ok(()));
        assert_eq!(quota.enter(ms(500), 15), Err(ms(1_000)));
        assert_eq!(quota.enter(ms(1_000), 15), Ok(()));
        assert_eq!(quota.enter(ms(1_000), 15), Err(ms(1_400)));
    }

    #[test]
    fn items_are_counted_where_it_says_so() {
        let mut quota = Quota::new(Rate::items(20, 1_000));
        assert_eq!(quota.enter(ms(0), 10), Ok(()));
        assert_eq!(quota.enter(ms(100), 5), Ok(()));
        assert_eq!(quota.enter(ms(200), 6), Err(ms(1_000)));
        assert_eq!(quota.enter(ms(200), 5), Ok(()));
        assert_eq!(quota.enter(ms(300), 15), Err(ms(1_100)));
        // Larger than the quota itself: when the window is empty.
        assert_eq!(quota.enter(ms(300), 50), Err(ms(1_200)));
        assert_eq!(quota.enter(ms(1_200), 50), Ok(()));
    }
}
