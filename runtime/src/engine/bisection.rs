//! Decides whether a refused batch is bisected, by the results of the bisections so far.

/// The state of bisection in a run.
///
/// Bisecting costs requests, and helps only if single items cause the refusal. A wrong field in the request itself refuses every part,
/// down to single items. So the first bisection is a trial: no other batch is bisected until a part of it gets a 2xx. If no part
/// does, none is bisected until some batch gets a 2xx.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bisection {
    /// No batch was bisected yet.
    #[default]
    Untried,
    /// The first bisection is in progress.
    Trial {
        /// The number of its parts that have not ended.
        parts: usize,
    },
    /// A batch got a 2xx after the first bisection began, so requests can pass: bisecting finds the bad items.
    Helps,
    /// No part of the first bisection got a 2xx.
    Barred,
}

/// What to do with a batch that was refused because of some of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BisectDecision {
    /// Bisect it.
    Split,
    /// Wait until the trial ends.
    Park,
    /// Settle its items as refused.
    Refuse,
}

impl Bisection {
    /// Decides about a batch of more than one item. `part`: it is a part of the trial itself.
    pub(crate) fn judge(&mut self, part: bool) -> BisectDecision {
        match self {
            Bisection::Untried => {
                *self = Bisection::Trial { parts: 1 };
                BisectDecision::Split
            }
            Bisection::Trial { .. } if part => BisectDecision::Split,
            Bisection::Trial { .. } => BisectDecision::Park,
            Bisection::Helps => BisectDecision::Split,
            Bisection::Barred => BisectDecision::Refuse,
        }
    }

    /// A part of the trial is replaced by `into` smaller ones.
    pub(crate) fn handle_split(&mut self, into: usize) {
        if let Bisection::Trial { parts } = self {
            *parts = *parts + into - 1;
        }
    }

    /// A batch got a 2xx. Returns whether this ends the trial, so that parked batches are decided.
    pub(crate) fn handle_passed(&mut self) -> bool {
        if *self == Bisection::Untried {
            return false;
        }
        let was = std::mem::replace(self, Bisection::Helps);
        matches!(was, Bisection::Trial { .. })
    }

    /// A part of the trial ended without a 2xx. Returns whether this ends the trial, so that parked batches are decided.
    pub(crate) fn handle_part_refused(&mut self) -> bool {
        let Bisection::Trial { parts } = self else { return false };
        *parts -= 1;
        if *parts > 0 {
            return false;
        }
        *self = Bisection::Barred;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trial_decides_for_the_others() {
        let mut helps = Bisection::default();
        assert_eq!(helps.judge(false), BisectDecision::Split);
        helps.handle_split(2);
        assert_eq!(helps.judge(false), BisectDecision::Park);
        assert_eq!(helps.judge(true), BisectDecision::Split);
        helps.handle_split(2);
        assert!(!helps.handle_part_refused());
        assert!(helps.handle_passed(), "what is parked may go on");
        assert_eq!(helps.judge(false), BisectDecision::Split);

        let mut fails = Bisection::default();
        assert_eq!(fails.judge(false), BisectDecision::Split);
        fails.handle_split(2);
        assert!(!fails.handle_part_refused());
        assert!(fails.handle_part_refused(), "both parts ended");
        assert_eq!(fails.judge(false), BisectDecision::Refuse);
        assert!(!fails.handle_passed());
        assert_eq!(fails.judge(false), BisectDecision::Split, "a 2xx allows it again");
    }
}
