//! The throttle that the runs of a client share: its state behind a lock, and the wakers of runs that wait for a probe.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::engine::{Admit, Leaving, Probe, RetryAt, ThrottleState, Time};

/// One throttle for all runs of a client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Throttle(Arc<Mutex<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    throttle: ThrottleState,
    waiting: Vec<Waker>,
}

/// The permission for one request to be in flight. If a permit is dropped without [`open`](Self::open), the next request becomes the probe.
#[derive(Debug)]
pub(crate) struct Permit {
    throttle: Throttle,
    probe: Option<Probe>,
}

/// The throttle's decision about one request.
#[derive(Debug)]
pub(crate) enum Admission {
    /// The request may leave now.
    Leave(Permit),
    /// The throttle is closed until this moment.
    Until(RetryAt),
    /// The endpoint's declared rate is used up until this moment.
    Quota(Time),
    /// A probe is in flight. Try again when the waker is called, at this moment at the latest.
    Probing(Time),
}

impl Throttle {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        // The state is valid between any two statements, so a poisoned lock can be used.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests a permit for one request.
    pub(crate) fn enter(&self, now: Time, request: Leaving, waker: &Waker) -> Admission {
        let mut shared = self.lock();
        match shared.throttle.enter(now, request) {
            Admit::Leave { probe } => Admission::Leave(Permit { throttle: self.clone(), probe }),
            Admit::Until(wait) => Admission::Until(wait),
            Admit::Quota(until) => Admission::Quota(until),
            Admit::Probing(until) => {
                if !shared.waiting.iter().any(|known| known.will_wake(waker)) {
                    shared.waiting.push(waker.clone());
                }
                Admission::Probing(until)
            }
        }
    }

    /// Closes the throttle until `wait.at`.
    pub(crate) fn close(&self, wait: RetryAt) {
        self.lock().throttle.close(wait);
    }
}

impl Permit {
    /// Ends a request whose response did not ask for a delay. If it was the probe, the throttle reopens.
    pub(crate) fn open(self) {
        self.end(true);
    }

    fn end(&self, opens: bool) {
        if self.probe.is_none() {
            return;
        }
        let waiting = {
            let mut shared = self.throttle.lock();
            shared.throttle.handle_end(self.probe, opens);
            std::mem::take(&mut shared.waiting)
        };
        // The lock is released before: a waker may run the woken task at once, which then enters the throttle.
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(false);
    }
}
