//! What a run shares with those who watch it.

use std::fmt;
use std::sync::Arc;

use super::report::Report;
use super::state::{Order, Progress, RunState};
use crate::engine::Counters;
use crate::reply::BulkReply;

/// A handle on a run, to look at it and to stop it. Cheap to clone; outlives the run.
pub struct Watch<I, R: BulkReply, E> {
    shared: Arc<RunState<I, R, E>>,
}

impl<I, R: BulkReply, E> Watch<I, R, E> {
    pub(crate) fn new(shared: Arc<RunState<I, R, E>>) -> Self {
        Watch { shared }
    }

    /// The counters at this moment.
    pub fn counters(&self) -> Counters {
        self.shared.lock().counters
    }

    /// How many requests have left.
    pub fn requests(&self) -> usize {
        self.shared.lock().requests
    }

    /// Sends nothing more. Requests under way run to their answer; what was not sent is `NotAttempted`.
    pub fn stop(&self) {
        self.shared.give(Order::Stop);
    }

    /// Sends nothing more, and drops the requests under way: their items are `Unknown`.
    pub fn cancel(&self) {
        self.shared.give(Order::Cancel);
    }

    /// The report so far: the items that have their outcome. After a run was dropped it lists all that it had read.
    ///
    /// Once the run has ended, its report went to whoever awaited it, and this one lists nothing.
    pub fn report(&self) -> Report<I, R, E>
    where
        I: Clone,
    {
        let state = self.shared.lock();
        Report::new(
            Progress {
                counters: state.counters,
                requests: state.requests,
                elapsed: state.elapsed,
                entries: state.entries.clone(),
                history: state.history.clone(),
                source_error: state.source_error.clone(),
                read_all: state.read_all,
                stopped: state.stopped.clone(),
            },
            self.shared.key,
        )
    }
}

impl<I, R: BulkReply, E> Clone for Watch<I, R, E> {
    fn clone(&self) -> Self {
        Watch { shared: self.shared.clone() }
    }
}

impl<I, R: BulkReply, E> fmt::Debug for Watch<I, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("counters", &self.counters()).finish_non_exhaustive()
    }
}
