//! The retry budget of a client: a token bucket that its runs share.

use crate::engine::Time;

/// A limit on the retries of a client, shared by its runs: a token bucket.
///
/// Retrying a full request costs one token; retrying some of its items costs the corresponding fraction. Every 2xx response refills
/// a part of a token. While a server fails, the tokens run out: each retry is then delayed by 15 to 30 s, and adds little load. No item
/// settles for want of tokens.
///
/// A retry at a time that the server asked for (`Retry-After`, or a delay in an item's entry) is free. So is one after a failed connection or
/// a refusal for now: until the host answers, a client sends it one request at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryBudget {
    tokens: f64,
    most: f64,
    refill: f64,
}

impl RetryBudget {
    /// A budget of `tokens` full requests. Each 2xx response adds `refill` tokens, up to `tokens`. A negative `refill` counts as zero.
    pub fn new(tokens: u32, refill: f64) -> Self {
        let most = f64::from(tokens);
        RetryBudget { tokens: most, most, refill: refill.max(0.0) }
    }

    /// No limit: retries are not delayed.
    pub fn unlimited() -> Self {
        RetryBudget { tokens: f64::INFINITY, most: f64::INFINITY, refill: 0.0 }
    }

    /// Returns the tokens that are left.
    pub fn tokens(&self) -> f64 {
        self.tokens
    }

    /// Takes the cost of retrying `items` of a request of at most `most` items. Returns `false`, and takes nothing, if too little is left.
    pub(crate) fn take(&mut self, items: usize, most: usize) -> bool {
        let cost = items as f64 / most.max(items).max(1) as f64;
        if self.tokens < cost {
            return false;
        }
        self.tokens -= cost;
        true
    }

    pub(crate) fn handle_passed(&mut self) {
        self.tokens = (self.tokens + self.refill).min(self.most);
    }
}

/// The longest delay of a retry for which there are too few tokens.
pub(crate) const DELAY: Time = Time::from_secs(30);

impl Default for RetryBudget {
    /// 500 requests; each 2xx response adds a fifth of a token.
    fn default() -> Self {
        RetryBudget::new(500, 0.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_out_and_fills_up() {
        let mut budget = RetryBudget::new(2, 0.5);
        assert!(budget.take(15, 15) && budget.take(3, 15) && budget.take(12, 15));
        assert!(!budget.take(1, 15), "{}", budget.tokens());
        budget.handle_passed();
        assert!(budget.take(7, 15) && !budget.take(7, 15));
        for _ in 0..100 {
            budget.handle_passed();
        }
        assert_eq!(budget.tokens(), 2.0);
        let mut unlimited = RetryBudget::unlimited();
        assert!((0..10_000).all(|_| unlimited.take(15, 15)));
    }
}
