//! How an attempt ended, as the engine takes it.

use super::backoff::backoff;
use super::budget::RetryBudget;
use super::class::WholeClass;
use super::throttle::Wait;
use crate::engine::Time;

/// What an answer says of one item, classes applied.
#[derive(Debug, Clone)]
pub(crate) enum Said<C> {
    Done,
    NotDone,
    /// It was already in the state asked for.
    Already,
    /// Not done for now.
    Again {
        cause: C,
        /// The gate closes as for a whole 429.
        throttled: bool,
        /// How long the answer asks to wait.
        wait: Option<Time>,
    },
    /// Not acted on.
    HandedBack(C),
    /// Undone for another item's sake.
    RolledBack(C),
    Unsure(C),
}

/// How an attempt ended, where its end concerns the whole batch.
#[derive(Debug, Clone)]
pub(crate) enum WholeEnd<C> {
    /// Nothing left.
    NotSent,
    /// An answer refused it all.
    Refused { class: WholeClass, cause: C },
    /// Nobody knows.
    Unsure { cause: C },
    /// Nobody knows, and it may still be under way: it is not sent again, even where that is safe.
    GivenUp { cause: C },
}

/// What an answer tells of when to send again, whatever else it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Not before so long. Nothing is as good as none.
    pub(crate) wait: Option<Time>,
    /// The server has too much to do: the gate closes.
    pub(crate) throttled: bool,
}

/// The circumstances under which the end of an attempt is handled.
#[derive(Debug)]
pub(crate) struct Moment<'b> {
    pub(crate) now: Time,
    /// A number from 0 to 1.
    pub(crate) jitter: f64,
    /// The client's.
    pub(crate) budget: &'b mut RetryBudget,
    /// By the answer, if there was one.
    pub(crate) told: Told,
}

impl Moment<'_> {
    /// The wait that the answer asks for, or the line of one item, its `own`.
    fn told_wait(&self, own: Option<Time>) -> Option<Wait> {
        let told = self.told.wait.max(own).filter(|wait| !wait.is_zero())?;
        Some(Wait { until: self.now.saturating_add(told), told: true })
    }

    /// The wait before what took part in so many attempts is sent again: as told, else a backoff.
    pub(crate) fn wait(&self, attempts: u32, own: Option<Time>) -> Wait {
        let backoff = || Wait { until: self.now + backoff(attempts, self.jitter), told: false };
        self.told_wait(own).unwrap_or_else(backoff)
    }

    /// The wait before what needs no backoff is sent again: as told, else none.
    pub(crate) fn wait_if_told(&self) -> Wait {
        self.told_wait(None).unwrap_or(Wait { until: self.now, told: false })
    }

    /// Pays for sending so many items of a request of `most` again, if that can be paid. What the server asked for costs nothing.
    pub(crate) fn pay(&mut self, items: usize, most: usize, wait: Wait) -> bool {
        wait.told || self.budget.take(items, most)
    }
}
