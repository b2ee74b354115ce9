//! Jobs that are polled.

use std::collections::VecDeque;
use std::time::Duration;

use crate::client::Generation;
use crate::engine::{BatchId, Time, Told};
use crate::outcome::DoubtKind;
use crate::reply::{Handle, Reply};
use crate::response::{Cause, JudgementOf};
use crate::text::shorten;

/// The jobs that are to be asked for.
pub(super) struct Jobs<R: Reply> {
    pub(super) later: Vec<Job<R>>,
    /// Those that wait for the gate, or for a token.
    pub(super) due: VecDeque<Job<R>>,
    /// Until when the gate keeps them.
    pub(super) gate_opens: Option<Time>,
}

/// A job, and the batch that was answered with it.
pub(super) struct Job<R: Reply> {
    pub(super) batch: BatchId,
    /// The number of the request that it was the answer to.
    pub(super) request: usize,
    pub(super) handle: Handle,
    /// What was said already of each item of the batch.
    pub(super) so_far: Vec<Option<JudgementOf<R>>>,
    /// When it is asked for next.
    pub(super) at: Time,
    /// When it was handed out, later by what the run was not polled.
    pub(super) since: Time,
    /// The latest token under which it was not told, while it was told under none.
    pub(super) refused: Option<Generation>,
    pub(super) asked: u32,
    /// How often in a row nothing came of asking.
    pub(super) in_vain: u32,
}

impl<R: Reply> Default for Jobs<R> {
    fn default() -> Self {
        Jobs { later: Vec::new(), due: VecDeque::new(), gate_opens: None }
    }
}

impl<R: Reply> Jobs<R> {
    pub(super) fn is_empty(&self) -> bool {
        self.later.is_empty() && self.due.is_empty()
    }

    /// When there is something to be done for them, if nobody wakes the run before; `limit` is how long one may take.
    pub(super) fn next_wake(&self, limit: Duration) -> Option<Time> {
        let over = self.due.iter().map(|job| job.since.saturating_add(limit));
        self.later.iter().map(|job| job.at).chain(over).chain(self.gate_opens).min()
    }

    /// The next that is due.
    pub(super) fn next_due(&mut self, now: Time) -> Option<Job<R>> {
        self.wake(now);
        self.due.pop_front()
    }

    /// Those that are due and took so long.
    pub(super) fn take_late(&mut self, now: Time, limit: Duration) -> Vec<Job<R>> {
        self.wake(now);
        let (late, due) = self.due.drain(..).partition(|job| now.saturating_sub(job.since) >= limit);
        self.due = due;
        Vec::from(late)
    }

    /// Moves what is due to where it is asked from. The time that nobody polled the run for is none that the job took.
    fn wake(&mut self, now: Time) {
        let due = self.later.extract_if(.., |job| job.at <= now);
        self.due.extend(due.map(|job| Job { since: job.since + (now - job.at), ..job }));
    }

    pub(super) fn take(&mut self) -> Vec<Job<R>> {
        self.later.drain(..).chain(self.due.drain(..)).collect()
    }
}

/// A job is not asked for more often than this, whatever the server says.
pub(super) const LEAST: Duration = Duration::from_millis(100);

/// The wait before a job is asked for again: a second, doubled each time, half a minute at most.
pub(super) fn interval(asked: u32) -> Duration {
    Duration::from_secs(1 << asked.min(5)).min(Duration::from_secs(30))
}

/// The wait that an answer asks for, or else this one.
pub(super) fn wait_of(asked: Told, otherwise: Duration) -> Duration {
    asked.wait.unwrap_or(otherwise).max(LEAST)
}

/// The most characters of a handle that a message repeats.
const HANDLE: usize = 80;

/// What is known of the items of a job that was not seen to end.
pub(super) fn unseen<F, X>(handle: &Handle, why: &str) -> Cause<F, X> {
    let handle = shorten(handle.text(), HANDLE);
    Cause::doubt(DoubtKind::Pending, format!("the job {handle:?} was not seen to end: {why}"))
}

/// What is known of the items of a job that failed, which may have done a part.
pub(super) fn failed_job<F, X>(handle: &Handle, code: Option<String>, message: Option<String>) -> Cause<F, X> {
    let said = [code, message].into_iter().flatten().collect::<Vec<_>>().join(": ");
    unseen(handle, &format!("it failed: {said}"))
}
