//! Jobs that are polled.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::super::bulk_response::BulkResponse;
use crate::client::Generation;
use crate::engine::{BatchId, RetryHint, Time};
use crate::reply::{BulkReply, JobHandle};
use crate::response::{Cause, FindingOf};
use crate::uncertainty_kind::UncertaintyKind;

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
    /// The response that named it; `None` if it came in an earlier life of the run.
    pub(super) first: Option<Arc<BulkResponse<R>>>,
    /// The number in the journal of the attempt whose response named it.
    pub(super) attempt: u64,
    pub(super) handle: JobHandle,
    /// The places in its request of the items that are not in the batch, in order: they are settled, or in another batch.
    pub(super) absent: Vec<usize>,
    /// The findings so far, one per item of the batch.
    pub(super) so_far: Vec<Option<FindingOf<R>>>,
    /// When it is polled next.
    pub(super) at: Time,
    /// The start of its time limit: when it was named, plus the time in which the run itself was not polled.
    pub(super) since: Time,
    /// The part of its time limit that passed in earlier lives of the run.
    pub(super) before: Time,
    /// The latest token that a poll was refused under, until a poll succeeds.
    pub(super) refused: Option<Generation>,
    pub(super) polls: u32,
    /// Polls in a row without a usable response.
    pub(super) failed_polls: u32,
}

impl<R: BulkReply> Job<R> {
    /// The time since it was named.
    pub(super) fn age(&self, now: Time) -> Time {
        now.saturating_sub(self.since).saturating_add(self.before)
    }
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

    /// Returns when the jobs need attention next: a poll is due, a job is over its `limit`, or the throttle reopens.
    pub(super) fn next_wake(&self, limit: Duration) -> Option<Time> {
        let over = self.due.iter().map(|job| job.since.saturating_add(limit.saturating_sub(job.before)));
        self.later.iter().map(|job| job.at).chain(over).chain(self.reopens).min()
    }

    /// Takes the next job that is due.
    pub(super) fn next_due(&mut self, now: Time) -> Option<Job<R>> {
        self.wake(now);
        self.due.pop_front()
    }

    /// Takes the jobs that are due and have taken at least `limit`.
    pub(super) fn take_late(&mut self, now: Time, limit: Duration) -> Vec<Job<R>> {
        self.wake(now);
        let (late, due) = self.due.drain(..).partition(|job| job.age(now) >= limit);
        self.due = due;
        Vec::from(late)
    }

    /// Moves the jobs that are due to the queue. A job's time limit is extended by the time in which the run itself was not polled: a
    /// consumer that pauses for an hour does not make its jobs time out before they are polled once more.
    fn wake(&mut self, now: Time) {
        let due = self.later.extract_if(.., |job| job.at <= now);
        self.due.extend(due.map(|job| Job { since: job.since + (now - job.at), ..job }));
    }

    /// Returns the job that works on a batch.
    pub(super) fn of(&self, batch: BatchId) -> Option<&Job<R>> {
        self.iter().find(|job| job.batch == batch)
    }

    /// Returns the jobs whose polls are not in flight.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Job<R>> {
        self.later.iter().chain(&self.due)
    }

    /// Takes all jobs.
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

/// The cause for the items of a job that did not finish.
pub(super) fn unfinished<F, X>(handle: &JobHandle, why: &str) -> Cause<F, X> {
    let handle = handle.shown();
    Cause::uncertain(UncertaintyKind::Pending, format!("the job {handle:?} did not finish: {why}"))
}

/// The cause for the items of a job that failed, and may have applied a part.
pub(super) fn failed_job<F, X>(handle: &JobHandle, code: Option<String>, message: Option<String>) -> Cause<F, X> {
    let reason: String = [code, message].into_iter().flatten().map(|text| format!(": {text}")).collect();
    let handle = handle.shown();
    Cause::uncertain(
        UncertaintyKind::Pending,
        format!("the job {handle:?} failed, and may have applied some items{reason}"),
    )
}
