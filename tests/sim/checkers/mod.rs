//! The checks of every trace, one file for each promise of the design.

mod conservation;
pub mod gate;
mod history;
mod jobs;
pub mod limits;
mod liveness;
mod truth;

use crate::scenario::Scenario;
use crate::trace::Trace;

/// The findings of the checkers, one line each.
#[derive(Debug, Default)]
pub struct Findings(Vec<String>);

impl Findings {
    /// Adds a finding, unless the condition holds.
    pub fn expect(&mut self, holds: bool, wrong: impl FnOnce() -> String) {
        if !holds {
            self.0.push(wrong());
        }
    }

    pub fn into_lines(self) -> Vec<String> {
        self.0
    }
}

type Checker = fn(&Scenario, &Trace, &mut Findings);

const CHECKERS: [(&str, Checker); 6] = [
    ("conservation", conservation::check),
    ("limits", limits::check),
    ("truth", truth::check),
    ("gate", gate::check),
    ("liveness", liveness::check),
    ("jobs", jobs::check),
];

/// Returns all findings about a trace. Each line starts with the name of its checker.
pub fn check(scenario: &Scenario, trace: &Trace) -> Vec<String> {
    let mut all = Vec::new();
    for (name, check) in CHECKERS {
        let mut findings = Findings::default();
        check(scenario, trace, &mut findings);
        all.extend(findings.0.into_iter().map(|finding| format!("{name}: {finding}")));
    }
    all
}
