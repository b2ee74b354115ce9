//! What stops a run that goes wrong: a canary that fails, too many failures.

use std::str::FromStr;

use bulk_endpoint::OutcomeKind;

/// A share of items, in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percent(pub f64);

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>();
        number
            .ok()
            .filter(|share| (0.0..=100.0).contains(share))
            .map(Percent)
            .ok_or_else(|| "expected a percentage from 0% to 100%, such as 95%".to_owned())
    }
}

/// The items that are sent first, and what must be true of them before the others are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Canary {
    /// Their number; `None` for one request of them.
    pub items: Option<usize>,
    /// How many must succeed; `None` if one usable response is enough.
    pub success: Option<Percent>,
}

/// A canary that is under way.
#[derive(Debug)]
pub(crate) struct Trial {
    success: Option<Percent>,
    items: usize,
    settled: usize,
    succeeded: usize,
    failed: usize,
}

impl Trial {
    /// A canary of this many items, which this process sends.
    pub(crate) fn new(canary: Canary, items: usize) -> Self {
        Trial { success: canary.success, items, settled: 0, succeeded: 0, failed: 0 }
    }

    /// The number of items that are sent first.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// Notes an outcome of one of its items. Returns whether all are settled.
    fn note(&mut self, outcome: OutcomeKind) -> bool {
        match outcome {
            OutcomeKind::Succeeded => self.succeeded += 1,
            OutcomeKind::Failed => self.failed += 1,
            OutcomeKind::Refused | OutcomeKind::Unknown | OutcomeKind::NotAttempted => {}
        }
        self.settled += 1;
        self.settled == self.items
    }

    /// Returns why the other items are not sent, if they are not.
    fn verdict(&self) -> Option<String> {
        let Trial { items, succeeded, failed, .. } = *self;
        match self.success {
            Some(Percent(wanted)) if (succeeded as f64) * 100.0 < wanted * items as f64 => Some(format!(
                "of the first {items} items that this command sent, {succeeded} succeeded, and --canary-success asks for {wanted}%"
            )),
            None if succeeded + failed == 0 => {
                Some(format!("no usable response came for the first {items} items that this command sent"))
            }
            Some(_) | None => None,
        }
    }
}

/// What an outcome does to the items that are not sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    Unchanged,
    /// The canary succeeded: they are sent.
    Opened,
    /// None of them is sent.
    Closed,
}

/// The gates of a run, which its outcomes open and close.
#[derive(Debug)]
pub(crate) struct Gates {
    trial: Option<Trial>,
    max_failures: Option<MaxFailures>,
    failures: Failures,
    /// Why no more items are sent.
    pub(crate) stopped: Option<String>,
}

impl Gates {
    pub(crate) fn new(trial: Option<Trial>, max_failures: Option<MaxFailures>) -> Self {
        Gates { trial, max_failures, failures: Failures::default(), stopped: None }
    }

    /// Counts an outcome of this process. Outcomes of earlier processes do not count again: the operator may have removed their cause.
    pub(crate) fn note(&mut self, outcome: OutcomeKind) -> Passage {
        if self.stopped.is_some() {
            return Passage::Unchanged;
        }
        if let Some(max) = self.max_failures {
            self.stopped = self.failures.note(outcome, max);
        }
        let ended = self.trial.take_if(|trial| trial.note(outcome));
        if self.stopped.is_none() {
            self.stopped = ended.as_ref().and_then(Trial::verdict);
        }
        match (&self.stopped, ended) {
            (Some(_), _) => Passage::Closed,
            (None, Some(_)) => Passage::Opened,
            (None, None) => Passage::Unchanged,
        }
    }
}

/// The most items that may fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxFailures {
    /// This many items.
    Items(usize),
    /// This share of the items that are settled, once that many are.
    Share(Percent, usize),
}

/// The number of items that must be settled before a share of them says something.
const ENOUGH: usize = 200;

impl MaxFailures {
    /// The default: half of the items.
    pub const DEFAULT: MaxFailures = MaxFailures::Share(Percent(50.0), ENOUGH);
}

impl FromStr for MaxFailures {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.ends_with('%') {
            return text.parse().map(|share| MaxFailures::Share(share, ENOUGH));
        }
        let number = text.parse().map(MaxFailures::Items);
        number.map_err(|_| "expected a number of items, such as 100, or a percentage, such as 5%".to_owned())
    }
}

/// The outcomes of this process, against the most that may fail.
#[derive(Debug, Default)]
struct Failures {
    settled: usize,
    failed: usize,
}

impl Failures {
    /// Notes an outcome. Returns why the run must stop, if it must.
    fn note(&mut self, outcome: OutcomeKind, max: MaxFailures) -> Option<String> {
        match outcome {
            // The run was stopped.
            OutcomeKind::NotAttempted => return None,
            OutcomeKind::Failed | OutcomeKind::Refused => self.failed += 1,
            OutcomeKind::Succeeded | OutcomeKind::Unknown => {}
        }
        self.settled += 1;
        let Failures { settled, failed } = *self;
        let too_many = match max {
            MaxFailures::Items(most) => failed > most,
            MaxFailures::Share(Percent(most), enough) => {
                settled >= enough && failed as f64 * 100.0 > most * settled as f64
            }
        };
        let limit = match max {
            MaxFailures::Items(most) => most.to_string(),
            MaxFailures::Share(Percent(most), _) => format!("{most}%"),
        };
        too_many.then(|| {
            format!("{failed} of {settled} settled items failed or were refused, and --max-failures allows {limit}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        for (text, want) in [
            ("0", Ok(MaxFailures::Items(0))),
            ("100", Ok(MaxFailures::Items(100))),
            ("5%", Ok(MaxFailures::Share(Percent(5.0), ENOUGH))),
            ("0.5%", Ok(MaxFailures::Share(Percent(0.5), ENOUGH))),
            ("101%", Err(())),
            ("-1", Err(())),
            ("many", Err(())),
            ("NaN%", Err(())),
        ] {
            assert_eq!(text.parse::<MaxFailures>().map_err(drop), want, "{text}");
        }
    }

    #[test]
    fn a_run_stops_at_the_first_failure_over_the_limit() {
        let stops_at = |max: MaxFailures, outcome: fn(usize) -> OutcomeKind| {
            let mut failures = Failures::default();
            (0..1_000).position(|number| failures.note(outcome(number), max).is_some())
        };
        let failed = |_| OutcomeKind::Failed;
        let mixed = |number| if number % 2 == 0 { OutcomeKind::Refused } else { OutcomeKind::Succeeded };
        assert_eq!(stops_at(MaxFailures::Items(0), failed), Some(0));
        assert_eq!(stops_at(MaxFailures::Items(3), mixed), Some(6));
        assert_eq!(stops_at(MaxFailures::DEFAULT, failed), Some(ENOUGH - 1));
        assert_eq!(stops_at(MaxFailures::DEFAULT, mixed), Some(ENOUGH), "101 of 201");
        assert_eq!(stops_at(MaxFailures::Items(0), |_| OutcomeKind::NotAttempted), None);
        assert_eq!(stops_at(MaxFailures::Items(0), |_| OutcomeKind::Unknown), None);
    }

    #[test]
    fn a_canary_must_do_what_it_was_asked_for() {
        use OutcomeKind::{Failed, Refused, Succeeded, Unknown};

        let passage = |success: Option<f64>, outcomes: &[OutcomeKind]| {
            let canary = Canary { items: None, success: success.map(Percent) };
            let mut gates = Gates::new(Some(Trial::new(canary, outcomes.len())), None);
            let (last, first) = outcomes.split_last().unwrap();
            assert!(first.iter().all(|outcome| gates.note(*outcome) == Passage::Unchanged), "not before its end");
            let passage = gates.note(*last);
            assert_eq!(gates.stopped.is_some(), passage == Passage::Closed);
            assert_eq!(gates.note(Refused), Passage::Unchanged, "its end is told once");
            passage
        };
        let most = [[Succeeded; 9].as_slice(), &[Failed]].concat();
        assert_eq!(passage(Some(90.0), &most), Passage::Opened);
        assert_eq!(passage(Some(91.0), &most), Passage::Closed);
        assert_eq!(passage(None, &[Refused, Failed]), Passage::Opened, "a response that names an item is usable");
        assert_eq!(passage(None, &[Refused, Unknown]), Passage::Closed);
    }

    #[test]
    fn the_failures_of_a_canary_count() {
        let canary = Canary { items: None, success: Some(Percent(0.0)) };
        let mut gates = Gates::new(Some(Trial::new(canary, 2)), Some(MaxFailures::Items(1)));
        let failed = [(); 3].map(|()| gates.note(OutcomeKind::Failed));
        assert_eq!(failed, [Passage::Unchanged, Passage::Closed, Passage::Unchanged]);
    }
}
