//! The history of each item: the occurrences that share an outcome, and the requests that carried it.

use std::collections::HashMap;

use bulk_endpoint::OnDuplicate;

use crate::scenario::{Plan, Thing};
use crate::trace::{Event, Said, Sent, Trace};
use crate::types::UNENCODABLE;

/// Occurrences that share one outcome (DESIGN, promise 16).
pub struct Group {
    pub key: u32,
    pub variant: u8,
    /// Their indices in the input.
    pub indices: Vec<usize>,
    /// The requests that carried the item, in order: number and slot.
    pub requests: Vec<(usize, usize)>,
    /// A request carried it after it was settled.
    pub sent_settled: bool,
    /// It duplicates an earlier item, and duplicates are rejected.
    pub rejected: bool,
}

impl Group {
    /// What each request means for it; `Unsure` for one that was abandoned.
    pub fn said<'t>(&'t self, trace: &'t Trace) -> impl DoubleEndedIterator<Item = (&'t Sent, Said)> {
        self.requests.iter().map(|(number, slot)| {
            let sent = &trace.sent[*number];
            (sent, sent.word(*slot))
        })
    }

    /// The number of its attempts that count: those with an unknown result. A response of a gateway counts on an idempotent endpoint only
    /// after the outage, so such an attempt may count or not (`gateways`).
    pub fn attempts(&self, trace: &Trace, plan: &Plan, gateways: bool) -> usize {
        let counts = |(sent, said): &(&Sent, Said)| {
            *said == Said::Unsure && (gateways || !plan.idempotent || !sent.is_from_gateway())
        };
        self.said(trace).filter(counts).count()
    }
}

/// Returns the groups of a run in input order. `read`: the number of items that were read.
pub fn groups(trace: &Trace, run: usize, plan: &Plan, read: usize) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_key: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, thing) in plan.items.iter().enumerate().take(read) {
        let of_key = by_key.entry(thing.key).or_default();
        // An item that cannot be sent is never in flight, so nothing joins it.
        let sendable = thing.variant != UNENCODABLE && !too_large(plan, thing);
        let first = of_key.last().copied().filter(|last| sendable && groups[*last].variant == thing.variant);
        if let Some(first) = first.filter(|_| plan.on_duplicate == OnDuplicate::Collapse) {
            groups[first].indices.push(index);
            continue;
        }
        let rejected = first.is_some() && plan.on_duplicate == OnDuplicate::Reject;
        if sendable && !rejected {
            of_key.push(groups.len());
        }
        groups.push(Group {
            key: thing.key,
            variant: thing.variant,
            indices: vec![index],
            requests: Vec::new(),
            sent_settled: false,
            rejected,
        });
    }
    let mut settled: HashMap<usize, usize> = HashMap::new();
    let mut sent_at: HashMap<usize, usize> = HashMap::new();
    for (place, (_, event)) in trace.events.iter().enumerate() {
        match event {
            Event::Settled { run: of, index, .. } if *of == run => {
                settled.entry(*index).or_insert(place);
            }
            Event::Sent(number) => {
                sent_at.insert(*number, place);
            }
            _ => {}
        }
    }
    for (number, sent) in trace.batches(run) {
        for (slot, (key, variant)) in sent.items.iter().enumerate() {
            // Groups with one key go one after the other: the request is of the first group that was not settled when it left.
            let open = by_key.get(key).into_iter().flatten().find(|group| {
                let first = groups[**group].indices[0];
                settled.get(&first).is_none_or(|place| *place > sent_at[&number])
            });
            match open {
                Some(group) if groups[*group].variant == *variant => groups[*group].requests.push((number, slot)),
                // A settled item that was sent again: it counts for the last group with its key, where `limits` finds it.
                _ => {
                    let last = by_key.get(key).into_iter().flatten().rev().find(|g| groups[**g].variant == *variant);
                    if let Some(group) = last {
                        groups[*group].requests.push((number, slot));
                        groups[*group].sent_settled = true;
                    }
                }
            }
        }
    }
    groups
}

/// Returns whether a request with this item alone exceeds a limit.
pub fn too_large(plan: &Plan, thing: &Thing) -> bool {
    let item = if plan.bare {
        thing.key.to_string().len()
    } else {
        format!(r#"{{"id":{},"to":{},"pad":"{}"}}"#, thing.key, thing.variant, "x".repeat(thing.pad.into())).len()
    };
    plan.max_bytes.is_some_and(|cap| r#"{"ids":[]}"#.len() + item > cap)
}
