//! Truth: every outcome is what the responses mean, and agrees with what the server did (promises 2, 3, 4, 9, 11, 12).

use std::collections::HashMap;
use std::time::Duration;

use bulk_endpoint::{NotAttempted, OutcomeKind};

use super::Findings;
use super::history::{Group, groups, too_large};
use crate::scenario::{Order, Plan, Scenario, Thing};
use crate::trace::{Class, Event, Got, Said, Trace};
use crate::types::UNENCODABLE;

pub fn check(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    for (run, plan) in scenario.runs.iter().enumerate() {
        let finish = &trace.finishes[run];
        let got: HashMap<usize, &Got> = finish.outcomes.iter().map(|got| (got.index, got)).collect();
        let stopped =
            trace.events.iter().any(|(_, event)| matches!(event, Event::Stopped { run: of, .. } if *of == run));
        stops((run, scenario.shared.is_some()), plan, trace, findings);
        keys(run, plan, trace, findings);
        for group in groups(trace, run, plan, finish.read) {
            let outcomes: Vec<&Got> = group.indices.iter().filter_map(|index| got.get(index).copied()).collect();
            let Some(first) = outcomes.first() else { continue };
            let name = || format!("run {run} item {} of {}, {:?}:", group.key, group.variant, first);
            for other in &outcomes {
                records(run, &group, other, trace, findings, &name);
                findings.expect((other.kind, other.earlier) == (first.kind, first.earlier), || {
                    format!("{} its repeat has {other:?}", name())
                });
            }
            let thing = &plan.items[group.indices[0]];
            evidence(&group, plan, thing, first, trace, findings, &name);
            ledger(&group, plan, first, trace, findings, &name);
            if !stopped && finish.whole {
                persistence(&group, plan, first, trace, findings, &name);
            }
            let repeated = first.not_attempted == Some(NotAttempted::Duplicate);
            findings.expect(repeated == group.rejected, || format!("{} rejected is {}", name(), group.rejected));
            if let Some(why) = &first.not_attempted {
                let holds = reason(why, plan, thing, &group, run, trace, finish.whole);
                findings.expect(holds, || format!("{} for no such reason", name()));
            }
        }
    }
}

/// An idempotency key belongs to one batch, through all its attempts.
fn keys(run: usize, plan: &Plan, trace: &Trace, findings: &mut Findings) {
    let mut known = HashMap::new();
    for (number, sent) in trace.batches(run) {
        findings.expect(sent.key.is_some() == plan.batch_key, || format!("#{number} has the key {:?}", sent.key));
        if let Some(key) = &sent.key {
            let body = known.entry(key).or_insert(&sent.body);
            findings.expect(*body == &sent.body, || format!("#{number} has the key of another request, {key}"));
        }
    }
}

/// The report lists the requests that carried the item, in order, with the end of each.
fn records(run: usize, group: &Group, got: &Got, trace: &Trace, findings: &mut Findings, name: &dyn Fn() -> String) {
    let Some(records) = &got.history else { return };
    let carried = group.requests.iter().map(|(number, _)| {
        let sent = &trace.sent[*number];
        let end = sent.end.filter(|end| !end.dropped);
        let of_run = trace.of(run).take_while(|(before, _)| before < number).count();
        (of_run, end.and(sent.status), end.map(|end| end.at - sent.at))
    });
    let told = records.iter().map(|record| {
        let took = record.ended.map(|ended| ended - record.sent);
        (record.request, record.status, took)
    });
    findings.expect(told.eq(carried), || format!("{} its history is {records:?}", name()));
}

/// The outcome follows from the responses, or from what came instead of them.
fn evidence(
    group: &Group,
    plan: &Plan,
    thing: &Thing,
    got: &Got,
    trace: &Trace,
    findings: &mut Findings,
    name: &dyn Fn() -> String,
) {
    use OutcomeKind::{Failed, NotAttempted, Refused, Succeeded, Unknown};
    let (mut doubt, mut refused, mut busy, mut unseen) = (false, false, false, false);
    let mut last = None;
    for (sent, said) in group.said(trace) {
        last = Some(said);
        match said {
            Said::Unsure => doubt = true,
            Said::Refused | Said::HandedBack | Said::RolledBack => refused = true,
            Said::Busy => (busy, refused) = (true, true),
            // A response came, but the server did not process the request: both outcomes are true.
            Said::NotSent => unseen |= sent.status.is_some(),
            Said::Done | Said::Failed | Said::Already => {}
        }
    }
    let expected: &[OutcomeKind] = match last {
        Some(Said::Done) => &[Succeeded],
        Some(Said::Failed) if !doubt || plan.lists_already => &[Failed],
        Some(Said::Already) if doubt => &[Succeeded],
        Some(Said::Already) => &[Failed],
        // `verify` returns the truth, unless the run was over before.
        _ if doubt && plan.verify.is_some() && got.kind != Unknown => {
            let own = group.requests.iter().any(|(number, slot)| trace.sent[*number].applied[*slot]);
            match (own, trace.applied(plan, (group.key, group.variant))) {
                (true, _) => &[Succeeded],
                // Another item with its key was applied, before it or after.
                (false, true) => &[Succeeded, Failed, Refused],
                (false, false) => &[Failed, Refused],
            }
        }
        _ if doubt => &[Unknown],
        // Failed for now, or only refused, depending on what ended it.
        _ if busy => &[Failed, Refused],
        _ if refused => &[Refused],
        _ if unseen => &[NotAttempted, Refused],
        _ => &[NotAttempted],
    };
    findings.expect(expected.contains(&got.kind), || format!("{} expected {expected:?}", name()));
    let given_up = plan.deadline.is_some() || matches!(plan.order, Some((_, Order::Cancel | Order::Drop)));
    let knowable = plan.verify.is_some() && !given_up;
    findings.expect(got.kind != Unknown || !knowable, || format!("{} and nobody was asked", name()));
    let verified = plan.verify.is_some() && got.kind == Succeeded && last != Some(Said::Done);
    let earlier = doubt && (last == Some(Said::Already) || verified);
    findings.expect(got.earlier == earlier, || format!("{} earlier should be {earlier}", name()));
    let never = thing.variant == UNENCODABLE || too_large(plan, thing);
    findings.expect(!never || group.requests.is_empty(), || format!("{} cannot be sent", name()));
}

/// The state of the server agrees with the outcome.
fn ledger(group: &Group, plan: &Plan, got: &Got, trace: &Trace, findings: &mut Findings, name: &dyn Fn() -> String) {
    let applied = group.requests.iter().filter(|(number, slot)| trace.sent[*number].applied[*slot]).count();
    findings.expect(plan.idempotent || applied <= 1, || format!("{} was applied {applied} times", name()));
    match got.kind {
        OutcomeKind::Succeeded if got.earlier => {
            let ever = trace.applied(plan, (group.key, group.variant));
            findings.expect(ever, || format!("{} was never applied", name()));
        }
        OutcomeKind::Succeeded => findings.expect(applied > 0, || format!("{} was not applied", name())),
        OutcomeKind::Failed | OutcomeKind::Refused => {
            findings.expect(applied == 0, || format!("{} was applied", name()));
        }
        OutcomeKind::NotAttempted => {
            let unseen = group.requests.iter().all(|(number, _)| trace.sent[*number].class == Class::NotSent);
            findings.expect(unseen, || format!("{} was seen", name()));
        }
        OutcomeKind::Unknown => {}
    }
}

/// No item that could be retried is settled instead.
fn persistence(
    group: &Group,
    plan: &Plan,
    got: &Got,
    trace: &Trace,
    findings: &mut Findings,
    name: &dyn Fn() -> String,
) {
    let Some((sent, said)) = group.said(trace).next_back() else { return };
    let gives_up = said.settles()
        || group.attempts(trace, plan, true) >= plan.attempts as usize
        || matches!(sent.class, Class::Final | Class::Stop | Class::Isolate)
        || (sent.class == Class::TooLarge && sent.items.len() == 1)
        || (said == Said::Unsure && (!plan.idempotent || sent.is_given_up()))
        || ended(sent.run, trace)
        || plan.deadline.is_some()
        || is_impatient(group, plan, trace);
    findings.expect(gives_up, || format!("{} was given up after {said:?} of {:?}", name(), (got.kind, sent.fault)));
}

/// A run stops only for the reasons that the design lists.
fn stops((run, shared): (usize, bool), plan: &Plan, trace: &Trace, findings: &mut Findings) {
    let any = |class: Class| trace.batches(run).any(|(_, sent)| sent.class == class);
    for (place, (at, event)) in trace.events.iter().enumerate() {
        if let Event::Stopped { run: of, why } = event
            && *of == run
        {
            let holds = if why.contains("the shared throttle cannot be used") {
                is_stood_still(run, trace)
            } else if why.contains("patience") || why.contains("cannot be reached") {
                is_out_of_patience((run, shared), plan, trace, place)
            } else {
                plan.order.is_some() || plan.deadline.is_some() || any(Class::Stop)
            };
            findings.expect(holds, || format!("run {run} stopped at {at:?} for no reason: {why}"));
        }
    }
    one_bad_batch(run, trace, findings);
}

/// A client asks a shared throttle again after at least this long, however short the delay is.
const ASKED_AGAIN: Duration = Duration::from_millis(10);

/// Returns whether a run had no progress for its patience, or would have none until the end of a delay that the server asked for.
fn is_out_of_patience((run, shared): (usize, bool), plan: &Plan, trace: &Trace, place: usize) -> bool {
    let mut progress = plan.start;
    let mut told = Duration::ZERO;
    let mut delays: Vec<Duration> = Vec::new();
    let mut has_responded = false;
    for (when, event) in &trace.events[..place] {
        match event {
            Event::Ended(number) => {
                let sent = &trace.sent[*number];
                let is_known = !shared || sent.run == run;
                has_responded |= is_known && sent.status.is_some() && sent.end.is_some_and(|end| !end.dropped);
                if let Some(delay) = sent.told {
                    let until = when.saturating_add(delay);
                    told = told.max(until);
                    delays.extend((!is_known && sent.throttles).then_some(until));
                }
                let settles = |said: &Said| matches!(said, Said::Done | Said::Failed | Said::Already);
                let passes = matches!(sent.class, Class::Answered | Class::Final | Class::TooLarge | Class::Isolate);
                if sent.run == run && !sent.is_unheard() && passes && sent.said.iter().any(settles) {
                    progress = *when;
                }
            }
            Event::Waiting { wait, run: of } => {
                let until = when.saturating_add(*wait);
                told = told.max(until);
                // Where each run has a client of its own, it hears of the others' responses by the delay alone, if it asks while that holds.
                has_responded |= *of == run && delays.iter().any(|delay| delay.abs_diff(until) < ASKED_AGAIN);
            }
            _ => {}
        }
    }
    let patience = if has_responded { plan.patience } else { plan.patience.min(Duration::from_secs(15)) };
    trace.events[place].0.max(told).saturating_sub(progress) >= patience
}

/// Returns whether the shared throttle gave a run no answer.
fn is_stood_still(run: usize, trace: &Trace) -> bool {
    trace.events.iter().any(|(_, event)| matches!(event, Event::Away { run: of, .. } if *of == run))
}

/// Returns whether an item was put off for the patience of its run, or would have been at the end of the delay that the server asked for.
fn is_impatient(group: &Group, plan: &Plan, trace: &Trace) -> bool {
    let (Some((first, _)), Some((last, _))) = (group.requests.first(), group.requests.last()) else { return false };
    let (first, last) = (&trace.sent[*first], &trace.sent[*last]);
    let over = trace.events.last().map_or(Duration::ZERO, |(at, _)| *at);
    let told = last.freed().unwrap_or_default().saturating_add(last.told.unwrap_or_default());
    over.max(told).saturating_sub(first.at) >= plan.patience
}

/// A single refusal that does not depend on the items stops a run only before its first 2xx.
fn one_bad_batch(run: usize, trace: &Trace, findings: &mut Findings) {
    let (mut passed, mut in_a_row, mut other) = (false, 0, false);
    for (at, event) in &trace.events {
        match event {
            // The response that names a job is a 2xx, regardless of the job's result.
            Event::Ended(number) if trace.sent[*number].run == run && trace.sent[*number].job.is_some() => {
                (passed, in_a_row) = (true, 0);
            }
            Event::Freed(number) if trace.sent[*number].run == run => {
                let sent = &trace.sent[*number];
                if sent.is_unheard() {
                    continue;
                }
                in_a_row = if sent.class == Class::Stop { in_a_row + 1 } else { 0 };
                // A 2xx with a body that is not a response may count or not.
                passed |= sent.class == Class::Answered && sent.said.iter().any(|said| *said != Said::Unsure);
            }
            Event::Order { run: of, .. } if *of == run => other = true,
            Event::Stopped { run: of, why } if *of == run && why.starts_with("the request was refused with") => {
                let is_redirect = why.contains("refused with 30");
                let holds = other || !passed || in_a_row >= 3 || is_redirect;
                findings.expect(holds, || format!("run {run} stopped at {at:?} for one refusal: {why}"));
            }
            _ => {}
        }
    }
}

/// Returns whether an item was not attempted for the reported reason.
fn reason(
    why: &NotAttempted,
    plan: &Plan,
    thing: &Thing,
    group: &Group,
    run: usize,
    trace: &Trace,
    whole: bool,
) -> bool {
    let ordered = |order| plan.order.is_some_and(|(_, given)| given == order);
    let met = |class| trace.batches(run).any(|(_, sent)| sent.class == class);
    if thing.variant == UNENCODABLE || too_large(plan, thing) {
        let named = matches!(why, NotAttempted::Encode(_)) || matches!(why, NotAttempted::TooLarge { .. });
        return named || !whole || ended(run, trace);
    }
    match why {
        NotAttempted::Stopped(why) if why.contains("the shared throttle") => is_stood_still(run, trace),
        NotAttempted::Stopped(_) => ordered(Order::Stop) || met(Class::Stop) || met_unseen(group, trace),
        NotAttempted::Duplicate => group.rejected,
        NotAttempted::Cancelled => ordered(Order::Cancel) || ordered(Order::Drop),
        NotAttempted::Deadline => plan.deadline.is_some(),
        NotAttempted::Unreachable(_) => {
            trace.batches(run).any(|(_, sent)| sent.class == Class::NotSent && sent.status.is_none())
        }
        NotAttempted::Patience(_) => ended(run, trace),
        _ => false,
    }
}

fn met_unseen(group: &Group, trace: &Trace) -> bool {
    group.requests.iter().any(|(number, _)| trace.sent[*number].class == Class::NotSent)
}

/// Returns whether the run had stopped: an item that cannot be sent is then only one more that was not attempted.
fn ended(run: usize, trace: &Trace) -> bool {
    trace.events.iter().any(|(_, event)| matches!(event, Event::Stopped { run: of, .. } if *of == run))
}
