//! Jobs: each is polled until it ends, one poll at a time and none too early. It is abandoned only for a reason, and then for good.

use std::time::Duration;

use super::Findings;
use crate::fault::Fault;
use crate::scenario::{Order, Plan, Scenario};
use crate::trace::{Job, Sent, Trace};

/// The shortest time between a response and the next poll.
const LEAST: Duration = Duration::from_millis(100);

/// The longest time, if the server asks for none.
const LONGEST: Duration = Duration::from_secs(30);

/// The number of failed polls in a row after which a job is abandoned.
const IN_VAIN: usize = 5;

pub fn check(scenario: &Scenario, trace: &Trace, findings: &mut Findings) {
    for (number, sent) in trace.sent.iter().enumerate() {
        let Some(job) = sent.job.as_ref().filter(|_| sent.end.is_some_and(|end| !end.dropped)) else { continue };
        let asked: Vec<&Sent> = trace.sent.iter().filter(|other| other.asks == Some(number)).collect();
        intervals(number, sent, job, &asked, findings);
        let plan = &scenario.runs[sent.run];
        let holds = job.told || is_over(sent.run, plan, trace) || may_give_up(sent, job, &asked, plan, trace);
        findings.expect(holds, || format!("the job of #{number} was given up after {} questions", asked.len()));
        findings.expect(job.freed.is_some(), || format!("the job of #{number} has no end"));
    }
}

fn intervals(number: usize, sent: &Sent, job: &Job, asked: &[&Sent], findings: &mut Findings) {
    let mut last = sent;
    let mut told: Option<Duration> = None;
    let mut in_vain = 0;
    for question in asked {
        let end = last.end.map_or(Duration::MAX, |end| end.at);
        let wait = told.unwrap_or_default().max(LEAST);
        findings.expect(question.at >= end.saturating_add(wait), || {
            format!(
                "the job of #{number} is asked for at {:?}, and {wait:?} after {end:?} at the earliest",
                question.at
            )
        });
        let freed = job.freed.is_some_and(|freed| question.at > freed);
        findings.expect(!freed, || format!("the job of #{number} is asked for at {:?}, and had its end", question.at));
        findings.expect(in_vain < IN_VAIN, || format!("the job of #{number} is asked for after {in_vain} in vain"));
        match question.is_in_vain() {
            true if question.is_under_old_token() => {}
            true => in_vain += 1,
            false => in_vain = 0,
        }
        (last, told) = (question, question.told);
    }
}

/// Returns whether the run may have ended before its jobs.
fn is_over(run: usize, plan: &Plan, trace: &Trace) -> bool {
    !trace.finishes[run].whole
        || plan.deadline.is_some()
        || plan.order.is_some_and(|(_, order)| matches!(order, Order::Cancel | Order::Drop))
}

fn may_give_up(sent: &Sent, job: &Job, asked: &[&Sent], plan: &Plan, trace: &Trace) -> bool {
    let in_vain = asked
        .iter()
        .rev()
        .filter(|question| !question.is_for_now())
        .take_while(|question| question.is_in_vain())
        .count();
    let refused = asked.last().is_some_and(|question| question.is_under_old_token());
    let (Some(freed), Some(since)) = (job.freed, sent.end.map(|end| end.at)) else { return false };
    let until = since.saturating_add(plan.jobs.timeout);
    let told = asked.last().and_then(|question| question.told).unwrap_or_default().max(LONGEST);
    let waits = trace.sent.iter().any(|sent| {
        let (Some(end), Some(told)) = (sent.end, sent.told) else { return false };
        end.at.saturating_add(told) > until
    });
    in_vain >= IN_VAIN || refused || freed.saturating_add(told) > until || waits
}

impl Sent {
    /// The poll can be retried under another token, if there is one.
    fn is_under_old_token(&self) -> bool {
        matches!(self.status, Some(401 | 407))
    }

    /// The poll got no result of the job.
    fn is_in_vain(&self) -> bool {
        let is_running = self.status == Some(200) && matches!(self.fault, Fault::None | Fault::Lines(..));
        !(self.tells || is_running || self.is_for_now())
    }

    /// The host did not see the poll, or refuses requests for now: that says nothing about the job.
    fn is_for_now(&self) -> bool {
        matches!(self.fault, Fault::NotSent | Fault::NoSocket) || matches!(self.status, Some(429 | 502..=504))
    }
}
