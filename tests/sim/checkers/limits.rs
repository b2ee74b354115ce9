//! Limits: sizes, concurrency, attempts, the retry budget, the cost of a bisection; an item is in one request at a time, and in none after
//! it is settled (promises 5, 7, 8, 16).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bulk_endpoint::spec::Rate;

use super::Findings;
use super::history::{Group, groups};
use crate::fault::Fault;
use crate::scenario::{Plan, Scenario, Shape};
use crate::trace::{Class, Event, Said, Sent, Trace};

pub fn check(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    requests(scenario, trace, findings);
    for (run, plan) in scenario.runs.iter().enumerate() {
        bisections(run, plan, trace, findings);
        for group in groups(trace, run, plan, plan.items.len()) {
            let name = || format!("run {run} item {} of {:?}", group.key, group.variant);
            replays(&group, plan, trace, findings);
            finals(&group, trace, findings);
            let attempts = group.attempts(trace, plan, false);
            findings.expect(attempts <= plan.attempts as usize, || format!("{} took {attempts} attempts", name()));
            findings.expect(!group.sent_settled, || format!("{} was sent after it was settled", name()));
            let mut said = group.said(trace).peekable();
            while let Some((sent, word)) = said.next() {
                if said.peek().is_none() {
                    break;
                }
                findings.expect(!word.settles(), || format!("{} was retried after {word:?}", name()));
                let blind = word == Said::Unsure && (!plan.idempotent || sent.is_given_up());
                findings.expect(!blind, || format!("{} was blindly retried after {:?}", name(), sent.fault));
            }
        }
    }
}

/// The limits of requests, whatever their items are to their runs.
pub fn requests(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    for (number, sent) in trace.sent.iter().enumerate().filter(|(_, sent)| sent.asks.is_none()) {
        caps(number, sent, &scenario.runs[sent.run], findings);
    }
    at_once(scenario, trace, findings);
    quotas(scenario, trace, findings);
    tokens(trace, findings);
}

fn caps(number: usize, sent: &Sent, plan: &Plan, findings: &mut Findings) {
    let (items, bytes) = (sent.items.len(), sent.body.len());
    findings.expect(items > 0, || format!("#{number} is empty"));
    findings.expect(items <= plan.max, || format!("#{number} has {items} items"));
    findings.expect(bytes <= plan.max_bytes.unwrap_or(usize::MAX), || format!("#{number} has {bytes} bytes"));
    let keys: HashSet<u32> = sent.items.iter().map(|(key, _)| *key).collect();
    findings.expect(keys.len() == items, || format!("#{number} has a key twice: {:?}", sent.items));
}

/// No more requests in flight at once than allowed, and no key in two of them.
fn at_once(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    let mut requests = vec![0; scenario.runs.len()];
    let mut keys: HashMap<u32, usize> = HashMap::new();
    for (_, event) in &trace.events {
        match event {
            Event::Sent(number) if trace.sent[*number].asks.is_none() => {
                let sent = &trace.sent[*number];
                requests[sent.run] += 1;
                let most = scenario.runs[sent.run].concurrency;
                findings.expect(requests[sent.run] <= most, || format!("#{number} leaves beside {most} others"));
                for (key, _) in &sent.items {
                    let other = keys.insert(*key, *number);
                    findings.expect(other.is_none(), || format!("{key} is in #{number} and in {other:?} at once"));
                }
            }
            Event::Freed(number) => {
                let sent = &trace.sent[*number];
                requests[sent.run] -= 1;
                for (key, _) in &sent.items {
                    keys.remove(key);
                }
            }
            _ => {}
        }
    }
}

/// In no window of a quota do more requests or items leave than it allows, over all runs that share it. A larger request leaves alone.
fn quotas(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    let rates: HashSet<Rate> = scenario.runs.iter().filter_map(|plan| plan.rate).collect();
    for rate in rates {
        let of_rate =
            trace.sent.iter().filter(|sent| sent.asks.is_none() && scenario.runs[sent.run].rate == Some(rate));
        let left: Vec<(Duration, usize)> =
            of_rate.map(|sent| (sent.at, if rate.items { sent.items.len() } else { 1 })).collect();
        for (first, (from, _)) in left.iter().enumerate() {
            let until = *from + Duration::from_millis(rate.per_ms);
            let span = || left[first..].iter().take_while(|(at, _)| *at < until);
            let sum: usize = span().map(|(_, count)| count).sum();
            findings.expect(sum <= rate.count || span().count() == 1, || format!("{sum} of {rate:?} from {from:?} on"));
        }
    }
}

/// One token fetch at a time, none without need, and no request under a refused token.
fn tokens(trace: &Trace, findings: &mut Findings) {
    let (mut fetching, mut fetches, mut refused) = (None, 0, HashSet::new());
    for (at, event) in &trace.events {
        match event {
            Event::Fetch { token } => {
                fetches += 1;
                let other = fetching.replace(*token);
                findings.expect(other.is_none(), || format!("{token} is fetched at {at:?} beside {other:?}"));
                findings
                    .expect(fetches <= 1 + refused.len(), || format!("{token} is fetched at {at:?}, and none expired"));
            }
            Event::Fetched { .. } => fetching = None,
            Event::Sent(number) => {
                let token = trace.sent[*number].token;
                findings.expect(!refused.contains(&token), || format!("#{number} leaves under {token:?}, now refused"));
            }
            Event::Ended(number) => {
                let sent = &trace.sent[*number];
                if sent.fault == Fault::Expired && sent.end.is_some_and(|end| !end.dropped) {
                    refused.insert(sent.token);
                }
            }
            _ => {}
        }
    }
}

/// A batch with an unknown result is first retried with the same bytes, unless one of its items is out of attempts.
fn replays(group: &Group, plan: &Plan, trace: &Trace, findings: &mut Findings) {
    for pair in group.requests.windows(2) {
        let [(before, _), (after, _)] = *pair else { continue };
        let (unsure, again) = (&trace.sent[before], &trace.sent[after]);
        let unsure_run = unsure.run;
        let spent = |item: &(u32, u8)| {
            let of_item = |sent: &&Sent| sent.items.contains(item);
            let unsure = |sent: &Sent| sent.items.iter().position(|other| other == item).map(|slot| sent.word(slot));
            let before = trace.of(unsure_run).filter(|(number, _)| *number <= before).map(|(_, sent)| sent);
            before.filter(of_item).filter(|sent| unsure(sent) == Some(Said::Unsure)).count()
        };
        let whole = || unsure.items.iter().all(|item| spent(item) < plan.attempts as usize);
        let same = unsure.body == again.body && unsure.key == again.key;
        // An item that a gateway's response put off for too long leaves its batch.
        let is_late = again.at.saturating_sub(unsure.at) >= plan.patience;
        let holds = unsure.class != Class::Unsure || same || !whole() || is_late;
        findings.expect(holds, || format!("#{after} is not #{before} again"));
    }
}

/// A final refusal is not retried. A batch that is too large, or has a bad item, is retried only in smaller requests.
fn finals(group: &Group, trace: &Trace, findings: &mut Findings) {
    for pair in group.requests.windows(2) {
        let [(before, _), (after, _)] = *pair else { continue };
        let (refused, next) = (&trace.sent[before], &trace.sent[after]);
        let holds = match refused.class {
            Class::Final | Class::Stop => refused.status.is_some_and(|status| matches!(status, 401 | 407)),
            Class::TooLarge => next.body.len() < refused.body.len(),
            Class::Isolate => next.items.len() <= refused.items.len() / 2 + refused.items.len() % 2,
            _ => true,
        };
        let smaller =
            next.items.len() < refused.items.len() || !matches!(refused.class, Class::TooLarge | Class::Isolate);
        findings.expect(holds && smaller, || format!("#{after} is sent after {:?} #{before}", refused.status));
    }
}

/// The number of requests of a bisection, if nothing else goes wrong.
fn bisections(run: usize, plan: &Plan, trace: &Trace, findings: &mut Findings) {
    let calm = trace.batches(run).all(|(_, sent)| sent.fault == Fault::None);
    let failing = plan.shape == Shape::Job && plan.jobs.fail_percent > 0;
    if !(plan.isolates && plan.partial && plan.takes >= plan.max && calm) || failing {
        return;
    }
    let poisonous: HashSet<u32> = {
        let poison = |thing: &&crate::scenario::Thing| thing.nature == crate::scenario::Nature::Poison;
        plan.items.iter().filter(poison).map(|thing| thing.key).collect()
    };
    let mut seen: HashSet<(u32, u8)> = HashSet::new();
    let (mut most, mut requests) = (0, 0);
    for (_, sent) in trace.batches(run) {
        requests += 1;
        // The batches before any split.
        if sent.items.iter().all(|item| seen.insert(*item)) {
            let n = sent.items.len();
            let p = sent.items.iter().filter(|(key, _)| poisonous.contains(key)).count();
            let depth = n.next_power_of_two().trailing_zeros() as usize;
            most += (2 * n - 1).min(1 + 2 * p * depth);
        } else if sent.class == Class::Answered && seen.is_empty() {
            most += 1;
        }
    }
    let repeated = plan.items.len() != plan.items.iter().map(|thing| thing.key).collect::<HashSet<_>>().len();
    findings
        .expect(repeated || requests <= most, || format!("run {run} made {requests} requests, and may make {most}"));
}
