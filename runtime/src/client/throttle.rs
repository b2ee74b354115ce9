//! The throttle of a client as its runs share it: a lock, and who waits for a probe to end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::engine::{Admit, Leaving, Probe, RetryAt, ThrottleState, Time};

/// One gate for all the runs of a client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Throttle(Arc<Mutex<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    throttle: ThrottleState,
    waiting: Vec<Waker>,
}

/// A request's leave to be under way. Dropped without an end, it hands the probe to the next.
#[derive(Debug)]
pub(crate) struct Permit {
    throttle: Throttle,
    probe: Option<Probe>,
}

/// What the throttle says to a run.
#[derive(Debug)]
pub(crate) enum Admission {
    Leave(Permit),
    /// Not before the end of this wait.
    Until(RetryAt),
    /// The endpoint's quota is used up.
    Quota(Time),
    /// Not before the probe has ended, when the waker is called, or this moment.
    Probing(Time),
}

impl Throttle {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        // The state is whole between any two statements: a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for one request to leave.
    pub(crate) fn enter(&self, now: Time, request: Leaving, waker: &Waker) -> Admission {
        let mut waited = self.lock();
        match waited.throttle.enter(now, request) {
            Admit::Leave { probe } => Admission::Leave(Permit { throttle: self.clone(), probe }),
            Admit::Until(wait) => Admission::Until(wait),
            Admit::Quota(until) => Admission::Quota(until),
            Admit::Probing(until) => {
                if !waited.waiting.iter().any(|present| present.will_wake(waker)) {
                    waited.waiting.push(waker.clone());
                }
                Admission::Probing(until)
            }
        }
    }

    /// Closes for this wait.
    pub(crate) fn close(&self, wait: RetryAt) {
        self.lock().throttle.close(wait);
    }
}

impl Permit {
    /// The request was answered, and the server did not ask to wait.
    pub(crate) fn open(self) {
        self.end(true);
    }

    fn end(&self, opens: bool) {
        if self.probe.is_none() {
            return;
        }
        let waiting = {
            let mut waited = self.throttle.lock();
            waited.throttle.handle_end(self.probe, opens);
            std::mem::take(&mut waited.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(false);
    }
}
