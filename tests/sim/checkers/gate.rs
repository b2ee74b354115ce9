//! The throttle of a client, or of clients that share one: no request of any run leaves before a delay that concerns the whole host has passed; then one probe leaves first. No item
//! is retried before the delay that its response asked for (promise 10).

use std::time::Duration;

use super::Findings;
use super::history::groups;
use crate::scenario::Scenario;
use crate::trace::{Event, Trace};

/// The required state of the client's throttle.
#[derive(Default)]
struct Model {
    closed_until: Option<Duration>,
    probe: Option<(usize, Duration)>,
}

pub fn check(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    throttle(scenario, trace, findings);
    for (run, plan) in scenario.runs.iter().enumerate() {
        for group in groups(trace, run, plan, plan.items.len()) {
            for pair in group.requests.windows(2) {
                let [(before, _), (after, _)] = *pair else { continue };
                let (told, end) = (trace.sent[before].told.unwrap_or_default(), trace.sent[before].freed());
                let early = end.is_some_and(|end| trace.sent[after].at < end.saturating_add(told));
                findings.expect(!early, || format!("#{after} is sent before {told:?} after #{before}"));
            }
        }
    }
}

/// What concerns the whole host.
pub fn throttle(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    let mut gate = Model::default();
    for (at, event) in &trace.events {
        match event {
            Event::Sent(number) => {
                let Some(until) = gate.closed_until else { continue };
                findings.expect(*at >= until, || {
                    format!("#{number} leaves at {at:?}, and the throttle opens at {until:?}")
                });
                // The end of a probe is not reported if its run is not polled. After its timeout and a second, another probe may leave.
                let given_up = |since: Duration| *at >= since + scenario.timeout + Duration::from_secs(1);
                findings.expect(gate.probe.is_none_or(|(_, since)| given_up(since)), || {
                    format!("#{number} leaves at {at:?}, while the probe {:?} is under way", gate.probe)
                });
                gate.probe = Some((*number, *at));
            }
            Event::Ended(number) => {
                let sent = &trace.sent[*number];
                let dropped = sent.end.is_none_or(|end| end.dropped);
                let asks = sent.throttles && !dropped;
                if asks {
                    let until = at.saturating_add(sent.told.unwrap_or_default());
                    gate.closed_until = Some(gate.closed_until.map_or(until, |present| present.max(until)));
                }
                if gate.probe.is_some_and(|(probe, _)| probe == *number) {
                    gate.probe = None;
                    // A delay that was requested while the probe was in flight still holds.
                    let holds = gate.closed_until.is_some_and(|until| until > *at);
                    if !dropped && sent.status.is_some() && !asks && !holds {
                        gate.closed_until = None;
                    }
                }
            }
            // Clients that share a throttle back off by their own chance, and the first that comes back probes for all.
            Event::Waiting { wait, .. } if scenario.shared.is_none() => {
                let until = at.saturating_add(*wait);
                gate.closed_until = Some(gate.closed_until.map_or(until, |present| present.max(until)));
            }
            _ => {}
        }
    }
}
