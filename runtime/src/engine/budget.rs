//! How much sending again a client may do: a token bucket that its runs share.

/// A retry budget.
///
/// A request that is made again costs a token, or a part of one where only some of its items are retried; every response of 2xx gives
/// a part of one back. Where the server is down for good the tokens run out, and items settle with what is known of them instead of
/// adding to its load. What the server asked to be sent later, with a `Retry-After` or a wait in an item's own line, costs nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryBudget {
    tokens: f64,
    most: f64,
    refill: f64,
}

impl RetryBudget {
    /// A budget of `tokens` requests, of which each response of 2xx gives `refill` back, up to `tokens`.
    pub fn new(tokens: u32, refill: f64) -> Self {
        let most = f64::from(tokens);
        RetryBudget { tokens: most, most, refill: refill.max(0.0) }
    }

    /// Sends again as often as attempts allow.
    pub fn unlimited() -> Self {
        RetryBudget { tokens: f64::INFINITY, most: f64::INFINITY, refill: 0.0 }
    }

    /// The tokens that are left.
    pub fn tokens(&self) -> f64 {
        self.tokens
    }

    /// Takes what sending `items` of a request of `most` items again costs, if there is enough.
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

impl Default for RetryBudget {
    /// 500 requests, a fifth of one back for each response of 2xx.
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
