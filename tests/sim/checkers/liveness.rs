//! Liveness: after the faults end, every item settles soon, and no request is unnecessary.

use std::collections::HashSet;
use std::time::Duration;

use super::Findings;
use super::history::{Group, groups};
use crate::fault::Fault;
use crate::scenario::{Consumer, Plan, Scenario, Shape, Source};
use crate::trace::{Class, Event, Said, Sent, Trace};

/// The longest delay before the next poll of a job, and a margin.
const LONGEST_INTERVAL: Duration = Duration::from_secs(31);

/// The longest backoff of the throttle, of an item, and of a retry for which the budget is too small, and a margin.
const BACKOFF: Duration = Duration::from_secs(91);

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
    // A job that fails is not a fault: its items are retried up to the limit of attempts.
    let times = |run: &Plan| if run.jobs.fail_percent > 0 && run.shape == Shape::Job { run.attempts } else { 1 };
    let most: u32 = scenario.runs.iter().map(|run| run.items.len() as u32 * times(run)).sum();
    let until = calm + BACKOFF + scenario.latency * (later().count() as u32 + 1) + slowness + trace.jumped * 2;
    for (at, event) in &trace.events {
        if let Event::Over { run } = event {
            findings.expect(*at <= until, || format!("run {run} is over at {at:?}, and all was calm from {calm:?} on"));
        }
    }
    // A request without a fault gets its response: each item is sent once, and again in the parts of a bisection or after a rollback.
    let isolates = scenario.runs.iter().any(|run| run.isolates || run.takes < run.max);
    let most = if isolates { 3 * most + 8 } else { most };
    findings.expect(after <= most as usize, || format!("{} requests for {most} items when all was calm", after));
    for (run, plan) in scenario.runs.iter().enumerate() {
        let groups = groups(trace, run, plan, plan.items.len());
        pauses(run, trace, &groups, findings);
        let groups = groups.len();
        // A fault that costs no attempt costs the requests of its items.
        let faults = trace.batches(run).filter(|(_, sent)| sent.fault != Fault::None).count();
        let most = groups * (2 * plan.attempts as usize + 1) + faults * plan.max;
        let sent = trace.batches(run).count();
        findings.expect(sent <= most, || format!("run {run} made {sent} requests for {groups} items"));
    }
}

/// A retry comes after a delay. By chance (below 10⁻⁸) it can come at once, but not twice.
fn pauses(run: usize, trace: &Trace, groups: &[Group], findings: &mut Findings) {
    let mut at_once: HashSet<usize> = HashSet::new();
    for group in groups {
        for pair in group.requests.windows(2) {
            let [(before, slot), (after, _)] = *pair else { continue };
            let sent = &trace.sent[before];
            let waits = matches!(sent.said[slot], Said::Unsure | Said::NotSent | Said::Busy | Said::HandedBack)
                || sent.class == Class::Again;
            // A connection that fails late says nothing new once a probe has shown that the host is well.
            let is_well = |other: &Sent| other.status.is_some() && other.freed() == Some(trace.sent[after].at);
            let is_late = sent.class == Class::NotSent && trace.sent.iter().any(is_well);
            let waits = waits && !is_late && !matches!(sent.status, Some(401 | 407)) && sent.fault != Fault::NoSocket;
            if waits && sent.freed() == Some(trace.sent[after].at) {
                at_once.insert(after);
            }
        }
    }
    findings.expect(at_once.len() < 2, || format!("run {run} sends {at_once:?} again at once"));
}

/// Returns when the last fault was over, and the delay that it asked for.
fn calm_from(scenario: &Scenario, trace: &Trace, late: Duration) -> Duration {
    let mut calm = scenario.runs.iter().map(|run| run.start).max().unwrap_or_default();
    let waits = |run: &Plan, wait: Duration| {
        // The requests of a job are bounded by its timeout.
        let job = if run.shape == Shape::Job { run.jobs.timeout } else { Duration::ZERO };
        wait <= job.max(run.patience + late)
    };
    let begun = |wait: Duration| scenario.runs.iter().any(|run| waits(run, wait));
    for (at, event) in &trace.events {
        match event {
            Event::Ended(number) | Event::Freed(number) if trace.sent[*number].fault != Fault::None => {
                let told = trace.sent[*number].told.filter(|told| begun(*told)).unwrap_or_default();
                calm = calm.max(at.saturating_add(told));
            }
            // A delay that is longer than a run honors does not count. Some delays have partly passed before the run handles them.
            Event::Waiting { wait, .. } if begun(*wait) => {
                calm = calm.max(at.saturating_add(*wait));
            }
            Event::Away { wait, .. } => calm = calm.max(at.saturating_add(*wait)),
            _ => {}
        }
    }
    calm
}
