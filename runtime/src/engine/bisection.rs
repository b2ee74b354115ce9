//! Whether a refused batch is bisected, and what is known of the bisections so far.

/// Bisecting costs requests, and helps only where the refusal is some item's fault. So the first one is a trial: until one of
/// its parts has passed, no other batch is bisected; if none did, none is until a batch is answered 2xx again.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bisection {
    /// None was tried yet.
    #[default]
    Untried,
    /// The first is under way; so many of its parts are not yet ended.
    Trial { parts: usize },
    /// A response of 2xx has shown that it helps.
    Helps,
    /// The first found nothing that passes.
    Barred,
}

/// What is done with a batch that was refused for some item's sake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BisectDecision {
    /// It is bisected.
    Split,
    /// It waits for the trial to end.
    Park,
    /// It is refused as it is.
    Refuse,
}

impl Bisection {
    /// What to do with a batch of more than one item. `part`: it is a part of the trial itself.
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

    /// A part of the trial is replaced by so many smaller ones.
    pub(crate) fn handle_split(&mut self, into: usize) {
        if let Bisection::Trial { parts } = self {
            *parts = *parts + into - 1;
        }
    }

    /// A batch was answered 2xx. Whether parked batches may go on.
    pub(crate) fn handle_passed(&mut self) -> bool {
        if *self == Bisection::Untried {
            return false;
        }
        let was = std::mem::replace(self, Bisection::Helps);
        matches!(was, Bisection::Trial { .. })
    }

    /// A part of the trial ended without having passed. Whether parked batches may go on (to be refused).
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
