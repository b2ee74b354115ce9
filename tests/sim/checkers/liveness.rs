//! Liveness: once the faults stop, all settles soon, and no request is made for nothing.

use std::collections::HashSet;
use std::time::Duration;

use super::Findings;
use super::history::{Group, groups};
use crate::fault::Fault;
use crate::scenario::{Consumer, Plan, Scenario, Shape, Source};
use crate::trace::{Class, Event, Said, Trace};

/// The longest wait before a job is asked for again, and some.
const LONGEST_INTERVAL: Duration = Duration::from_secs(31);

/// The longest backoff, and some.
const BACKOFF: Duration = Duration::from_secs(31);

pub fn check(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    let slowness: Duration = scenario
        .runs
        .iter()
        .map(|run| {
            let pause = if let Consumer::Stream { pause, .. } = run.consumer { pause } else { Duration::ZERO };
            let gap = if let Source::Stream { gap } = run.source { gap } else { Duration::ZERO };
            let quota = Duration::from_millis(run.rate.map_or(0, |rate| rate.per_ms));
            let job = if run.shape == Shape::Job {
                (run.jobs.take + LONGEST_INTERVAL) * run.attempts
            } else {
                Duration::ZERO
            };
            (pause + gap + quota + run.verify.unwrap_or_default() + job) * run.items.len() as u32
        })
        .sum();
    let slowness = slowness + scenario.tokens.map_or(Duration::ZERO, |tokens| tokens.takes);
    let calm = calm_from(scenario, trace, BACKOFF + slowness + scenario.timeout + trace.jumped);
    let later = || trace.sent.iter().filter(|sent| sent.at > calm);
    let after = later().filter(|sent| sent.asks.is_none()).count();
    // A job that fails is no fault: it is tried as often as may be.
    let times = |run: &Plan| if run.jobs.fail_percent > 0 && run.shape == Shape::Job { run.attempts } else { 1 };
    let most: u32 = scenario.runs.iter().map(|run| run.items.len() as u32 * times(run)).sum();
    let until = calm + BACKOFF + scenario.latency * (later().count() as u32 + 1) + slowness + trace.jumped * 2;
    for (at, event) in &trace.events {
        if let Event::Over { run } = event {
            findings.expect(*at <= until, || format!("run {run} is over at {at:?}, and all was calm from {calm:?} on"));
        }
    }
    // What is sent when all is calm is answered: once an item, and the parts of what is bisected or rolled back.
    let isolates = scenario.runs.iter().any(|run| run.isolates || run.takes < run.max);
    let most = if isolates { 3 * most + 8 } else { most };
    findings.expect(after <= most as usize, || format!("{} requests for {most} items when all was calm", after));
    for (run, plan) in scenario.runs.iter().enumerate() {
        let groups = groups(trace, run, plan, plan.items.len());
        pauses(run, trace, &groups, findings);
        let groups = groups.len();
        let most = groups * (2 * plan.attempts as usize + 1);
        let sent = trace.batches(run).count();
        findings.expect(sent <= most, || format!("run {run} made {sent} requests for {groups} items"));
    }
}

/// What is retried waits before: at once, by a chance below one in 10⁸, once perhaps, but not twice.
fn pauses(run: usize, trace: &Trace, groups: &[Group], findings: &mut Findings) {
    let mut at_once: HashSet<usize> = HashSet::new();
    for group in groups {
        for pair in group.requests.windows(2) {
            let [(before, slot), (after, _)] = *pair else { continue };
            let sent = &trace.sent[before];
            let waits = matches!(sent.said[slot], Said::Unsure | Said::NotSent | Said::Busy | Said::HandedBack)
                || sent.class == Class::Again;
            if waits && sent.freed() == Some(trace.sent[after].at) {
                at_once.insert(after);
            }
        }
    }
    findings.expect(at_once.len() < 2, || format!("run {run} sends {at_once:?} again at once"));
}

/// When the last fault was over, and the waits that it asked for.
fn calm_from(scenario: &Scenario, trace: &Trace, late: Duration) -> Duration {
    let mut calm = scenario.runs.iter().map(|run| run.start).max().unwrap_or_default();
    let waits = |run: &Plan, wait: Duration| {
        // What a job asks for is bounded by the time that it has.
        let job = if run.shape == Shape::Job { run.jobs.timeout } else { Duration::ZERO };
        wait <= job.max(run.max_wait + late)
    };
    let begun = |wait: Duration| scenario.runs.iter().any(|run| waits(run, wait));
    for (at, event) in &trace.events {
        match event {
            Event::Ended(number) | Event::Freed(number) if trace.sent[*number].fault != Fault::None => {
                let told = trace.sent[*number].told.filter(|told| begun(*told)).unwrap_or_default();
                calm = calm.max(at.saturating_add(told));
            }
            // A longer wait than any run begins is none; of some, part has passed before the run has reason to look.
            Event::Waiting { wait, .. } if begun(*wait) => {
                calm = calm.max(at.saturating_add(*wait));
            }
            _ => {}
        }
    }
    calm
}
