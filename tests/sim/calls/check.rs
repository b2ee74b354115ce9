//! The checks of a trace of calls.

use std::time::Duration;

use bulk_endpoint::{OnDuplicate, OutcomeKind};

use super::Calls;
use crate::checkers::{Findings, gate, limits};
use crate::trace::{Answer, BatcherOrder, Event, Got, Said, Sent, Step, Trace};

/// Returns all findings about a trace.
pub fn check(calls: &Calls, trace: &Trace) -> Vec<String> {
    let mut findings = Findings::default();
    limits::requests(&calls.base, trace, &mut findings);
    gate::throttle(&calls.base, trace, &mut findings);
    let story = Story::of(calls, trace);
    for call in &story.calls {
        story.check_call(call, &mut findings);
    }
    story.check_orders(&mut findings);
    if calls.is_calm() {
        story.check_linger(&mut findings);
    }
    findings.into_lines()
}

/// A trace by its calls. Places are those of events.
struct Story<'s> {
    scenario: &'s Calls,
    trace: &'s Trace,
    calls: Vec<Call<'s>>,
    /// When each request left, and when its items were no longer in flight.
    requests: Vec<(usize, usize)>,
    driver_over: usize,
}

struct Call<'s> {
    number: usize,
    /// Key and variant.
    item: (u32, u8),
    accepted: Option<usize>,
    ended: Option<usize>,
    /// `None`: its caller gave up.
    answer: Option<&'s Answer>,
}

impl<'s> Story<'s> {
    fn of(scenario: &'s Calls, trace: &'s Trace) -> Self {
        let things = scenario.plan().items.iter().enumerate();
        let calls = things.map(|(number, thing)| {
            let item = (thing.key, thing.variant);
            Call { number, item, accepted: None, ended: None, answer: None }
        });
        let (calls, requests) = (calls.collect(), vec![(usize::MAX, usize::MAX); trace.sent.len()]);
        let mut story = Story { scenario, trace, calls, requests, driver_over: usize::MAX };
        for (place, (_, event)) in trace.events.iter().enumerate() {
            match event {
                Event::Sent(number) => story.requests[*number].0 = place,
                Event::Freed(number) => story.requests[*number].1 = place,
                Event::DriverOver => story.driver_over = place,
                Event::Call { caller, step } => {
                    let call = &mut story.calls[*caller];
                    match step {
                        Step::Called => {}
                        Step::Accepted => call.accepted = Some(place),
                        Step::GaveUp => call.ended = Some(place),
                        Step::Answered(answer) => (call.ended, call.answer) = (Some(place), Some(answer)),
                    }
                }
                _ => {}
            }
        }
        story
    }

    fn at(&self, place: usize) -> Duration {
        self.trace.events[place].0
    }

    /// The requests with an item, each with when it left, when it ended, and what it means for the item.
    fn requests_with(&self, item: (u32, u8)) -> impl Iterator<Item = (usize, usize, Said)> {
        let numbered = self.trace.sent.iter().zip(&self.requests);
        numbered.filter_map(move |(sent, (left, freed)): (&Sent, _)| {
            let slot = sent.items.iter().position(|other| *other == item)?;
            Some((*left, *freed, sent.word(slot)))
        })
    }

    /// The events at which the batcher was told something, or had done it.
    fn orders(&self, done: bool) -> impl Iterator<Item = (usize, usize, BatcherOrder)> {
        self.trace.events.iter().enumerate().filter_map(move |(place, (_, event))| match event {
            Event::BatcherOrder { number, order } if !done => Some((place, *number, *order)),
            Event::BatcherObeyed { number, order } if done => Some((place, *number, *order)),
            _ => None,
        })
    }

    fn has_own_keys(&self) -> bool {
        self.scenario.has_own_keys()
    }

    /// Each call ends once, with the truth about its own item.
    fn check_call(&self, call: &Call<'_>, findings: &mut Findings) {
        let number = call.number;
        let Some(ended) = call.ended else {
            return findings.expect(false, || format!("call {number} has no end"));
        };
        let was_sent = || self.has_own_keys() && self.requests_with(call.item).next().is_some();
        match call.answer {
            None => {
                let is_sent = call.accepted.is_none() && was_sent();
                findings.expect(!is_sent, || format!("call {number} gave up before it was accepted, and was sent"));
            }
            Some(Answer::Settled(got)) => {
                findings.expect((got.key, got.variant) == call.item, || format!("call {number} has got {got:?}"));
                self.check_outcome(call, got, ended, findings);
            }
            Some(Answer::Closed { key, variant }) => {
                findings.expect((*key, *variant) == call.item, || format!("call {number} has got {key} back"));
                findings.expect(!was_sent(), || format!("call {number} is told as not sent, and was"));
                let is_closing =
                    self.orders(false).any(|(place, _, order)| order != BatcherOrder::Flush && place < ended);
                let drops = self.scenario.drops_at.is_some_and(|at| at <= self.at(ended));
                findings.expect(is_closing || drops, || format!("call {number} is closed, and nobody closed"));
            }
            Some(Answer::Full) => {
                let may_be = self.scenario.callers[number].tries && call.accepted.is_none();
                findings.expect(may_be, || format!("call {number} is told that the queue is full"));
            }
            Some(Answer::Other(other)) => findings.expect(false, || format!("call {number}: {other}")),
        }
    }

    fn check_outcome(&self, call: &Call<'_>, got: &Got, ended: usize, findings: &mut Findings) {
        let (number, plan) = (call.number, self.scenario.plan());
        let accepted = call.accepted.unwrap_or_default();
        // What a call gets is never older than the call.
        let words: Vec<Said> = self
            .requests_with(call.item)
            .filter(|(left, freed, _)| *left < ended && *freed > accepted)
            .map(|(_, _, word)| word)
            .collect();
        let is_sent = !words.is_empty();
        // A call that shares the item of an earlier one, which is not settled, shares what is known of it.
        let is_shared = || {
            let others = self.calls.iter().filter(|other| other.item == call.item && other.number != number);
            others
                .filter(|other| other.accepted.is_some_and(|other| other < accepted))
                .any(|other| other.answer.is_none() || other.ended.is_some_and(|other| other > accepted))
        };
        findings.expect(is_sent || got.kind == OutcomeKind::NotAttempted || is_shared(), || {
            format!("call {number} has got an outcome of the past: {got:?}")
        });
        if !self.has_own_keys() {
            // The occurrences of an item that is kept or rejected are not told apart.
            let is_so = plan.on_duplicate != OnDuplicate::Collapse
                || got.kind != OutcomeKind::Succeeded
                || self.trace.applied(plan, call.item);
            return findings.expect(is_so, || format!("call {number} has got {got:?}, and it was not applied"));
        }
        let (last, verifies) = (words.last().copied(), plan.verify.is_some());
        let is_uncertain = words.contains(&Said::Unsure);
        let is_true = match got.kind {
            OutcomeKind::Succeeded => {
                let is_told = matches!(last, Some(Said::Done | Said::Already)) || verifies && is_uncertain;
                is_told && self.trace.applied(plan, call.item)
            }
            OutcomeKind::Failed => matches!(last, Some(Said::Failed | Said::Already)) || verifies && is_uncertain,
            OutcomeKind::Refused => !words.contains(&Said::Done) && (verifies || !is_uncertain),
            OutcomeKind::Unknown => is_uncertain,
            OutcomeKind::NotAttempted => words.iter().all(|word| *word == Said::NotSent),
        };
        findings.expect(is_true, || format!("call {number} has got {got:?} after {words:?}"));
    }

    /// A flush waits for what was accepted before it. After the end of a close, and of the driver, nothing is accepted and nothing leaves.
    fn check_orders(&self, findings: &mut Findings) {
        let is_single = self.orders(false).filter(|(_, _, order)| *order != BatcherOrder::Flush).count() == 1;
        for (began, number, order) in self.orders(false) {
            let Some((ended, ..)) = self.orders(true).find(|(_, other, _)| *other == number) else {
                findings.expect(false, || format!("{order:?} does not end"));
                continue;
            };
            match order {
                BatcherOrder::Flush => self.check_flush(began, ended, findings),
                BatcherOrder::Close(timeout) => {
                    self.check_silence(ended, "a close", findings);
                    let took = self.at(ended) - self.at(began);
                    let is_bounded = took <= timeout || !is_single || self.scenario.base.jumps;
                    findings.expect(is_bounded, || format!("a close within {timeout:?} takes {took:?}"));
                }
            }
        }
        findings.expect(self.driver_over < usize::MAX, || "the driver does not end".to_owned());
        self.check_silence(self.driver_over, "the end of the driver", findings);
    }

    fn check_flush(&self, began: usize, ended: usize, findings: &mut Findings) {
        for call in self.calls.iter().filter(|call| call.accepted.is_some_and(|accepted| accepted < began)) {
            let number = call.number;
            // The caller and the flush are woken at once.
            let is_over = call.ended.is_some_and(|over| self.at(over) <= self.at(ended));
            findings.expect(is_over, || format!("a flush ends before call {number}, which was accepted before it"));
            let later = || self.requests_with(call.item).any(|(_, freed, _)| freed > ended);
            findings.expect(!self.has_own_keys() || !later(), || {
                format!("a flush ends before a request with call {number}")
            });
        }
    }

    fn check_silence(&self, from: usize, after: &str, findings: &mut Findings) {
        for (place, (_, event)) in self.trace.events.iter().enumerate().skip(from.saturating_add(1)) {
            let is_late = matches!(event, Event::Sent(_) | Event::Call { step: Step::Accepted, .. });
            findings.expect(!is_late, || format!("{event:?} at {place} after {after}"));
        }
    }

    /// Where nothing else keeps requests back, a call takes its linger and the request. A request that is not full leaves no sooner.
    fn check_linger(&self, findings: &mut Findings) {
        let Calls { linger, base, .. } = self.scenario;
        for call in &self.calls {
            let (Some(accepted), Some(ended), Some(Answer::Settled(_))) = (call.accepted, call.ended, call.answer)
            else {
                continue;
            };
            let took = self.at(ended) - self.at(accepted);
            findings.expect(took <= *linger + base.latency, || format!("call {} takes {took:?}", call.number));
        }
        let is_undisturbed = self.scenario.orders.is_empty()
            && self.scenario.drops_at.is_none()
            && self.scenario.callers.iter().all(|caller| caller.gives_up.is_none());
        for sent in self.trace.sent.iter().filter(|sent| is_undisturbed && sent.items.len() < self.scenario.plan().max)
        {
            let of_request = self.calls.iter().filter(|call| sent.items.contains(&call.item));
            let first = of_request.filter_map(|call| call.accepted).map(|accepted| self.at(accepted)).min();
            let waited = sent.at.saturating_sub(first.unwrap_or_default());
            findings.expect(waited >= *linger, || format!("{:?} leaves after {waited:?}", sent.items));
        }
    }
}
