//! Compares the reported outcomes with what the fake servers applied.

use std::collections::HashMap;
use std::fmt;

use anyhow::{Result, ensure};
use bulk_endpoint::OutcomeKind;

use crate::fakes::Fakes;
use crate::report::ReportRow;
use crate::work::Done;

/// The result of comparing reports with the servers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// The number of compared outcomes.
    compared: usize,
    /// The number of unknown outcomes, which agree whether or not they were applied.
    unknown: usize,
    /// A line for each difference.
    differences: Vec<String>,
}

/// Compares all runs.
pub(crate) fn compare(done: &[Done], fakes: &Fakes) -> Agreement {
    let mut agreement = Agreement::default();
    for done in done {
        let applied = match done.task.provider {
            "sailpoint" => fakes.disabled(),
            _ => fakes.deactivated(),
        };
        agreement.add(&done.rows, applied);
    }
    agreement
}

impl Agreement {
    fn add(&mut self, rows: &[ReportRow], applied: Vec<String>) {
        let mut times: HashMap<String, usize> = HashMap::new();
        for id in applied {
            *times.entry(id).or_default() += 1;
        }
        for row in rows {
            self.compared += 1;
            let applied = times.remove(&row.id).unwrap_or(0);
            let (id, outcome) = (&row.id, row.outcome);
            match (outcome, applied > 0) {
                (OutcomeKind::Unknown, _) => self.unknown += 1,
                (OutcomeKind::Succeeded, true) => {}
                (OutcomeKind::Succeeded, false) => {
                    self.differences.push(format!("{id}: reported as succeeded, but not applied"));
                }
                (_, true) => self.differences.push(format!("{id}: reported as {outcome}, but applied")),
                (_, false) => {}
            }
        }
        let unreported = times.into_keys().map(|id| format!("{id}: applied, but not reported"));
        self.differences.extend(unreported);
    }

    /// Returns an error if there are differences.
    pub(crate) fn into_result(self) -> Result<()> {
        let differences = self.differences.len();
        ensure!(differences == 0, "{differences} outcomes differ from what the fake servers applied; this is a bug");
        Ok(())
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Agreement { compared, unknown, differences } = self;
        match (differences.len(), unknown) {
            (0, 0) => write!(f, "All {compared} outcomes agree with what the fake servers applied."),
            (0, _) => write!(
                f,
                "All {compared} outcomes agree with what the fake servers applied ({unknown} are unknown, which agrees with either)."
            ),
            (n, _) => {
                write!(f, "{n} of {compared} outcomes differ from what the fake servers applied:")?;
                differences.iter().take(10).try_for_each(|line| write!(f, "\n  {line}"))
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
            (OutcomeKind::Succeeded, 1, true),
            (OutcomeKind::Succeeded, 2, true),
            (OutcomeKind::Succeeded, 0, false),
            (OutcomeKind::Failed, 0, true),
            (OutcomeKind::Failed, 1, false),
            (OutcomeKind::Refused, 1, false),
            (OutcomeKind::NotAttempted, 0, true),
            (OutcomeKind::Unknown, 0, true),
            (OutcomeKind::Unknown, 1, true),
        ] {
            let row = ReportRow {
                provider: "csp",
                operation: "deactivate",
                id: "a".into(),
                outcome,
                status: None,
                message: None,
            };
            let mut agreement = Agreement::default();
            agreement.add(&[row], vec!["a".to_owned(); applied]);
            assert_eq!(agreement.differences.is_empty(), agrees, "{outcome} {applied}");
            assert_eq!(agreement.into_result().is_ok(), agrees);
        }
    }

    #[test]
    fn what_nobody_reported() {
        let mut agreement = Agreement::default();
        agreement.add(&[], vec!["b".into()]);
        assert_eq!(agreement.differences, ["b: applied, but not reported"]);
    }
}
