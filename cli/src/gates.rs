//! What stops a run that goes wrong: a canary that fails, too many failures.

use std::str::FromStr;

use bulk_endpoint::{Counters, OutcomeKind};

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

impl Canary {
    /// Returns why the other items are not sent, if they are not.
    pub(crate) fn verdict(&self, counters: &Counters) -> Option<String> {
        let Counters { accepted, succeeded, failed, .. } = *counters;
        match self.success {
            Some(Percent(wanted)) if (succeeded as f64) * 100.0 < wanted * accepted as f64 => Some(format!(
                "of the first {accepted} items {succeeded} succeeded, and --canary-success asks for {wanted}%"
            )),
            None if succeeded + failed == 0 => Some(format!("no usable response came for the first {accepted} items")),
            Some(_) | None => None,
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
pub(crate) struct Failures {
    settled: usize,
    failed: usize,
}

impl Failures {
    /// Notes an outcome. Returns why the run must stop, if it must.
    pub(crate) fn note(&mut self, outcome: OutcomeKind, max: MaxFailures) -> Option<String> {
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
        let mut counters = Counters::default();
        (counters.accepted, counters.succeeded, counters.failed, counters.refused) = (20, 18, 1, 1);
        let verdict = |success, counters: &Counters| Canary { items: None, success }.verdict(counters).is_none();
        assert!(verdict(Some(Percent(90.0)), &counters) && !verdict(Some(Percent(91.0)), &counters));
        assert!(verdict(None, &counters));
        (counters.succeeded, counters.failed, counters.refused) = (0, 1, 19);
        assert!(verdict(None, &counters), "a response that names an item is usable");
        (counters.failed, counters.unknown) = (0, 1);
        assert!(!verdict(None, &counters));
    }
}
