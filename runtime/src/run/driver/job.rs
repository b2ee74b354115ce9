//! Jobs that are polled.

use std::collections::VecDeque;
use std::time::Duration;

use crate::client::Generation;
use crate::engine::{BatchId, RetryHint, Time};
use crate::outcome::UncertaintyKind;
use crate::reply::{BulkReply, JobHandle};
use crate::response::{Cause, FindingOf};
use crate::text::shorten;

/// The jobs that are polled.
pub(super) struct Jobs<R: BulkReply> {
    pub(super) later: Vec<Job<R>>,
    /// Due, and waiting for the throttle or for a token.
    pub(super) due: VecDeque<Job<R>>,
    /// When the throttle that keeps them reopens.
    pub(super) reopens: Option<Time>,
}

/// A job, and the batch whose response named it.
pub(super) struct Job<R: BulkReply> {
    pub(super) batch: BatchId,
    /// The number of the request whose response named it.
    pub(super) request: usize,
    pub(super) handle: JobHandle,
    /// What is known already about each item of the batch.
    pub(super) so_far: Vec<Option<FindingOf<R>>>,
    /// When it is polled next.
    pub(super) at: Time,
    /// When it was named, plus the time in which the run itself was not polled.
    pub(super) since: Time,
    /// The latest token that a poll was refused under, until a poll succeeds.
    pub(super) refused: Option<Generation>,
    pub(super) polls: u32,
    /// Polls in a row without a usable response.
    pub(super) failed_polls: u32,
}

impl<R: BulkReply> Default for Jobs<R> {
    fn default() -> Self {
        Jobs { later: Vec::new(), due: VecDeque::new(), reopens: None }
    }
}

impl<R: BulkReply> Jobs<R> {
    pub(super) fn is_empty(&self) -> bool {
        self.later.is_empty() && self.due.is_empty()
    }

    /// When something is to be done for them, unless the run wakes before; `limit` is how long one may take.
    pub(super) fn next_wake(&self, limit: Duration) -> Option<Time> {
        let over = self.due.iter().map(|job| job.since.saturating_add(limit));
        self.later.iter().map(|job| job.at).chain(over).chain(self.reopens).min()
    }

    /// The next that is due.
    pub(super) fn next_due(&mut self, now: Time) -> Option<Job<R>> {
        self.wake(now);
        self.due.pop_front()
    }

    /// Those that are due and have taken at least `limit`.
    pub(super) fn take_late(&mut self, now: Time, limit: Duration) -> Vec<Job<R>> {
        self.wake(now);
        let (late, due) = self.due.drain(..).partition(|job| now.saturating_sub(job.since) >= limit);
        self.due = due;
        Vec::from(late)
    }

    /// Moves what is due to the queue. The time in which the run itself was not polled does not count as the job's.
    fn wake(&mut self, now: Time) {
        let due = self.later.extract_if(.., |job| job.at <= now);
        self.due.extend(due.map(|job| Job { since: job.since + (now - job.at), ..job }));
    }

    pub(super) fn take(&mut self) -> Vec<Job<R>> {
        self.later.drain(..).chain(self.due.drain(..)).collect()
    }
}

/// The shortest time between two polls of a job, whatever the server asks for.
pub(super) const MIN_INTERVAL: Duration = Duration::from_millis(100);

/// The delay before the next poll: 1 s, doubled each time, at most 30 s.
pub(super) fn interval(polls: u32) -> Duration {
    Duration::from_secs(1 << polls.min(5)).min(Duration::from_secs(30))
}

/// The delay that a response asks for, else `otherwise`.
pub(super) fn delay_of(hint: RetryHint, otherwise: Duration) -> Duration {
    hint.delay.unwrap_or(otherwise).max(MIN_INTERVAL)
}

/// The most characters of a handle that a message repeats.
const HANDLE: usize = 80;

/// What is known of the items of a job that did not finish.
pub(super) fn unfinished<F, X>(handle: &JobHandle, why: &str) -> Cause<F, X> {
    let handle = shorten(handle.text(), HANDLE);
    Cause::uncertain(UncertaintyKind::Pending, format!("the job {handle:?} did not finish: {why}"))
}

/// What is known about the items of a job that failed, which may have done a part.
pub(super) fn failed_job<F, X>(handle: &JobHandle, code: Option<String>, message: Option<String>) -> Cause<F, X> {
    let said = [code, message].into_iter().flatten().collect::<Vec<_>>().join(": ");
    unfinished(handle, &format!("it failed: {said}"))
}
