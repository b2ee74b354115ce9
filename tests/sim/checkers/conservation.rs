//! Conservation: each occurrence ends in exactly one outcome, and the counters always equal the ledger (promises 1, 6, 15).

use std::collections::HashSet;

use bulk_endpoint::OutcomeKind;

use super::Findings;
use crate::scenario::{Consumer, Order, Scenario, Source};
use crate::trace::{Event, Trace};

pub fn check(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    for (run, plan) in scenario.runs.iter().enumerate() {
        let finish = &trace.finishes[run];
        let counters = &finish.counters;
        findings.expect(counters.balanced(), || format!("run {run} ended unbalanced: {counters:?}"));
        findings.expect(counters.settled() == counters.accepted, || format!("run {run} ended unsettled: {counters:?}"));
        findings.expect(counters.accepted == finish.read, || {
            format!("run {run} read {} and accepted {}", finish.read, counters.accepted)
        });
        findings.expect(finish.requests == trace.of(run).count(), || {
            format!("run {run} counts {} requests, and sent {}", finish.requests, trace.of(run).count())
        });
        let indices: HashSet<usize> = finish.outcomes.iter().map(|got| got.index).collect();
        findings.expect(indices.len() == finish.outcomes.len(), || format!("run {run} gave an index twice"));
        for got in &finish.outcomes {
            let thing = &plan.items[got.index];
            findings.expect((got.key, got.variant) == (thing.key, thing.variant), || {
                format!("run {run} gave {:?} for the item {thing:?}", got)
            });
        }
        // Outcomes that a stream had not returned when it was dropped are lost.
        let streamed_drop = !finish.whole && matches!(plan.consumer, Consumer::Stream { .. });
        if !streamed_drop {
            findings.expect(finish.outcomes.len() == finish.read, || {
                format!("run {run} has {} outcomes for {} items", finish.outcomes.len(), finish.read)
            });
            for kind in OutcomeKind::ALL {
                let given = finish.outcomes.iter().filter(|got| got.kind == kind).count();
                findings.expect(counters.of(kind) == given, || {
                    format!("run {run} counts {} {kind}, and gave {given}", counters.of(kind))
                });
            }
        }
        let ordered = plan.order.is_some_and(|(_, order)| order == Order::Drop);
        findings.expect(finish.whole || ordered, || format!("run {run} did not end"));
        let fails = plan.source_fails_at.is_some_and(|at| at < plan.items.len());
        let until = if fails { plan.source_fails_at.unwrap_or(0) } else { plan.items.len() };
        let cut_short = matches!(plan.source, Source::Stream { .. }) && (finish.stopped || !finish.whole);
        // A run that was dropped before its first poll has read nothing.
        let begun = finish.whole || counters.accepted > 0;
        findings.expect(finish.read == until || cut_short || !begun, || {
            format!("run {run} read {} of {until} items", finish.read)
        });
        findings.expect(!finish.whole || cut_short || finish.source_failed == fails, || {
            format!("run {run} says of its source: failed {}", finish.source_failed)
        });
        let all = counters.succeeded == plan.items.len() && !fails;
        findings.expect(!finish.complete || all, || format!("run {run} calls itself complete: {counters:?}"));
        if let Consumer::Stream { in_order: Some(_), .. } = plan.consumer {
            let ordered = finish.outcomes.iter().enumerate().all(|(place, got)| got.index == place);
            findings.expect(ordered, || format!("run {run} gave its outcomes in another order"));
        }
        moments(run, trace, findings);
    }
}

/// Compares the sampled counters with the requests in flight.
fn moments(run: usize, trace: &Trace, findings: &mut Findings) {
    let mut under_way = 0;
    let mut settled = 0;
    let mut last = bulk_endpoint::Counters::default();
    for (at, event) in &trace.events {
        match event {
            Event::Sent(number) if trace.sent[*number].run == run => under_way += trace.sent[*number].items.len(),
            Event::Freed(number) if trace.sent[*number].run == run => under_way -= trace.sent[*number].items.len(),
            Event::Settled { run: of, .. } if *of == run => settled += 1,
            Event::Told { run: of, counters } if *of == run => {
                findings.expect(counters.balanced(), || format!("run {run} at {at:?}: unbalanced {counters:?}"));
            }
            Event::Watched { run: of, counters, requests } if *of == run => {
                findings.expect(counters.balanced(), || format!("run {run} at {at:?}: unbalanced {counters:?}"));
                let dropped = !trace.finishes[run].whole;
                findings.expect(dropped || counters.settled() == settled, || {
                    format!("run {run} at {at:?}: told of {settled} settled, and counts {counters:?}")
                });
                // An item in flight has at least one occurrence.
                findings.expect(counters.in_flight >= under_way && (under_way > 0 || counters.in_flight == 0), || {
                    format!("run {run} at {at:?}: {under_way} items under way, and counts {counters:?}")
                });
                findings.expect(counters.accepted >= last.accepted && counters.settled() >= last.settled(), || {
                    format!("run {run} at {at:?}: counters go back from {last:?} to {counters:?}")
                });
                let _ = requests;
                last = *counters;
            }
            _ => {}
        }
    }
}
