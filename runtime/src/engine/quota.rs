//! A documented quota, kept exactly: in no span of its time do more leave than it allows.

use std::collections::VecDeque;

use crate::declare::Rate;
use crate::engine::Time;

/// What has left within the last span of a quota's time.
#[derive(Debug)]
pub(crate) struct Quota {
    rate: Rate,
    left: VecDeque<(Time, usize)>,
    sum: usize,
}

impl Quota {
    pub(crate) fn new(rate: Rate) -> Self {
        Quota { rate, left: VecDeque::new(), sum: 0 }
    }

    /// Lets a request of `items` leave, or says when it may. One that is larger than the quota itself leaves when nothing else has.
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
        // More than the quota itself: when all else is past.
        assert_eq!(quota.enter(ms(300), 50), Err(ms(1_200)));
        assert_eq!(quota.enter(ms(1_200), 50), Ok(()));
    }
}
