//! What is checked of every trace: one promise of the design a file.

mod conservation;
mod gate;
mod history;
mod jobs;
mod limits;
mod liveness;
mod truth;

use crate::scenario::Scenario;
use crate::trace::Trace;

/// What a checker found: one line each.
#[derive(Debug, Default)]
pub struct Findings(Vec<String>);

impl Findings {
    /// Notes what is wrong, unless it holds.
    pub fn expect(&mut self, holds: bool, wrong: impl FnOnce() -> String) {
        if !holds {
            self.0.push(wrong());
        }
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

/// Everything that is wrong with a trace, each line opening with the checker's name.
pub fn check(scenario: &Scenario, trace: &Trace) -> Vec<String> {
    let mut all = Vec::new();
    for (name, check) in CHECKERS {
        let mut findings = Findings::default();
        check(scenario, trace, &mut findings);
        all.extend(findings.0.into_iter().map(|finding| format!("{name}: {finding}")));
    }
    all
}
