//! A handle on a run.

use std::fmt;
use std::sync::Arc;

use super::report::Report;
use super::state::{Order, Progress, RunState};
use crate::engine::Counters;
use crate::reply::BulkReply;

/// A handle that reads the progress of a run and can stop it: see [`Run::watch`](crate::Run::watch). Cheap to clone; may outlive the run.
pub struct Watch<I, R: BulkReply, E> {
    shared: Arc<RunState<I, R, E>>,
}

impl<I, R: BulkReply, E> Watch<I, R, E> {
    pub(crate) fn new(shared: Arc<RunState<I, R, E>>) -> Self {
        Watch { shared }
    }

    /// Returns the current counters.
    pub fn counters(&self) -> Counters {
        self.shared.lock().counters
    }

    /// Returns the number of requests sent so far.
    pub fn requests(&self) -> usize {
        self.shared.lock().requests
    }

    /// Resumes a run that paused: see [`Run::pause_after`](crate::Run::pause_after). Called before the pause, it cancels the pause.
    pub fn resume(&self) {
        self.shared.resume();
    }

    /// Stops the run: it sends nothing more and waits for the requests in flight. Items never sent end `NotAttempted`; items that wait
    /// for a retry are given up: they end according to their attempts (see [`Outcome`](crate::Outcome)).
    pub fn stop(&self) {
        self.shared.order_run(Order::Stop);
    }

    /// Cancels the run: it sends nothing more and abandons the requests in flight, whose items end `Unknown`. All other items end as after
    /// [`stop`](Self::stop).
    pub fn cancel(&self) {
        self.shared.order_run(Order::Cancel);
    }

    /// Returns the report so far, with the items that have settled. After a run was dropped, that is every item it had read.
    ///
    /// It lists no items if the outcomes are streamed, or once the run has ended: its report was returned by awaiting it.
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
                responses: state.responses.clone(),
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
