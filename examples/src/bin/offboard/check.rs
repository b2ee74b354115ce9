//! Compares the reported outcomes of the demo with what the fake servers applied.

use std::fmt;

use anyhow::{Result, ensure};
use bulk_endpoint::OutcomeKind;
use bulk_endpoint_cli::parts::ReportRow;

use crate::bits::Bits;
use crate::fakes::Fakes;
use crate::sample::{Sample, identity_number, token_number};

/// What was reported: two bits for each id, since the demo's memory must not grow with texts.
#[derive(Debug)]
pub(crate) struct Claims {
    identities: Claimed,
    tokens: Claimed,
}

/// The reported outcomes of one vendor, by the number of the id.
#[derive(Debug)]
struct Claimed {
    succeeded: Bits,
    unknown: Bits,
}

impl Claims {
    pub(crate) fn new(sample: &Sample) -> Self {
        let [identities, tokens] = [(); 2].map(|()| Claimed::new(sample.numbers()));
        Claims { identities, tokens }
    }

    /// Notes a row of the report.
    pub(crate) fn add(&self, row: &ReportRow) {
        match &*row.provider {
            "sailpoint" => self.identities.add(row.outcome, identity_number(&row.id)),
            _ => self.tokens.add(row.outcome, token_number(&row.id)),
        }
    }

    /// Compares all ids of the sample.
    pub(crate) fn compare(&self, sample: &Sample, fakes: &Fakes) -> Result<Agreement> {
        let mut agreement = Agreement::default();
        for id in sample.identities() {
            let id = id?.0;
            agreement.add(&id, identity_number(&id), &self.identities, &fakes.disabled);
        }
        for id in sample.tokens() {
            let id = id?.0;
            agreement.add(&id, token_number(&id), &self.tokens, &fakes.deactivated);
        }
        Ok(agreement)
    }
}

impl Claimed {
    fn new(limit: usize) -> Self {
        Claimed { succeeded: Bits::new(limit), unknown: Bits::new(limit) }
    }

    fn add(&self, outcome: OutcomeKind, number: Option<usize>) {
        match outcome {
            OutcomeKind::Succeeded => self.succeeded.set(number),
            OutcomeKind::Unknown => self.unknown.set(number),
            OutcomeKind::Failed | OutcomeKind::Refused | OutcomeKind::NotAttempted => {}
        }
    }
}

/// The result of comparing reports with the servers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// The number of compared outcomes.
    compared: usize,
    /// The number of unknown outcomes, which agree whether or not they were applied.
    unknown: usize,
    /// The number of ids that differ.
    differing: usize,
    /// A line for each of the first ones.
    differences: Vec<String>,
}

/// The most differences that are listed.
const SHOWN: usize = 10;

impl Agreement {
    fn add(&mut self, id: &str, number: Option<usize>, claimed: &Claimed, applied: &Bits) {
        let has = |bits: &Bits| number.is_some_and(|number| bits.has(number));
        self.compared += 1;
        let difference = match (has(&claimed.succeeded), has(applied)) {
            _ if has(&claimed.unknown) => {
                self.unknown += 1;
                return;
            }
            (true, false) => "reported as succeeded, but not applied",
            (false, true) => "applied, but reported as not done, or not at all",
            (true, true) | (false, false) => return,
        };
        self.differing += 1;
        if self.differences.len() < SHOWN {
            self.differences.push(format!("{id}: {difference}"));
        }
    }

    /// Returns an error if there are differences.
    pub(crate) fn into_result(self) -> Result<()> {
        let differing = self.differing;
        ensure!(differing == 0, "{differing} outcomes differ from what the fake servers applied; this is a bug");
        Ok(())
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Agreement { compared, unknown, differing, differences } = self;
        match (differing, unknown) {
            (0, 0) => write!(f, "All {compared} outcomes agree with what the fake servers applied."),
            (0, _) => write!(
                f,
                "All {compared} outcomes agree with what the fake servers applied ({unknown} are unknown, which agrees with either)."
            ),
            (n, _) => {
                write!(f, "{n} of {compared} outcomes differ from what the fake servers applied:")?;
                differences.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_and_state() {
        for (outcome, applied, agrees) in [
            (Some(OutcomeKind::Succeeded), true, true),
            (Some(OutcomeKind::Succeeded), false, false),
            (Some(OutcomeKind::Failed), false, true),
            (Some(OutcomeKind::Failed), true, false),
            (Some(OutcomeKind::Refused), true, false),
            (Some(OutcomeKind::NotAttempted), false, true),
            (Some(OutcomeKind::NotAttempted), true, false),
            (Some(OutcomeKind::Unknown), false, true),
            (Some(OutcomeKind::Unknown), true, true),
            (None, true, false),
            (None, false, true),
        ] {
            let (claimed, bits) = (Claimed::new(9), Bits::new(9));
            if let Some(outcome) = outcome {
                claimed.add(outcome, Some(4));
            }
            bits.set(applied.then_some(4));
            let mut agreement = Agreement::default();
            agreement.add("a", Some(4), &claimed, &bits);
            assert_eq!((agreement.compared, agreement.differences.is_empty()), (1, agrees), "{outcome:?} {applied}");
            assert_eq!(agreement.into_result().is_ok(), agrees);
        }
    }
}
