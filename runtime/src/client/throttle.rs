//! The throttle that the runs of a client share: its state behind a lock, and the wakers of runs that wait for a request in flight.

use std::cell::LazyCell;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use super::clock::Clock;
use super::entrance::{Entrance, EntranceWait, LeftPermit, SharedOrigin};
use super::shared_throttle::PermitEnd;
use crate::engine::{Effect, Health, KeptBack, Leaving, RetryAt, ThrottleState, Ticket, Time};

/// One throttle for all runs of a client, in front of the one that it shares with other clients, if there is one.
#[derive(Clone)]
pub(crate) struct Throttle {
    shared: Arc<Mutex<Shared>>,
    clock: Arc<dyn Clock>,
    among_clients: Option<SharedOrigin>,
}

#[derive(Default)]
struct Shared {
    throttle: ThrottleState,
    /// Why the throttle closed last.
    why: Option<Arc<str>>,
    /// Why no more requests may be in flight at once.
    why_limited: Option<Arc<str>>,
    waiting: Vec<Waker>,
}

/// The permission for one request to be in flight. If a permit is dropped without [`end`](Self::end), nothing is known about the host; if it
/// was that of the probe, the next request becomes the probe.
pub(crate) struct Permit {
    throttle: Throttle,
    ticket: Option<Ticket>,
    among_clients: LeftPermit,
}

/// The throttle's decision about one request.
pub(crate) enum Admission {
    /// The request may leave now.
    Leave(Permit),
    /// The host keeps it back, until this moment at the latest.
    Host {
        retry: RetryAt,
        /// Why the throttle closed; `None` if it did not, and the request waits for the probe.
        why: Option<Arc<str>>,
    },
    /// As many requests are in flight as find a socket. Until this moment, or until one of them ends.
    Limited { at: Time, most: usize, why: Arc<str> },
    /// The endpoint's declared rate is used up until this moment, or until a request in flight ends.
    Quota(Time),
    /// The shared throttle is asked, and answers until this moment.
    Asking(Time),
    /// The shared throttle cannot be used, for this reason.
    Away(Arc<str>),
}

impl Throttle {
    pub(super) fn new(clock: Arc<dyn Clock>, among_clients: Option<SharedOrigin>) -> Self {
        Throttle { shared: Arc::default(), clock, among_clients }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // The state is valid between any two statements, so a poisoned lock can be used.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests a permit for one request. The task is woken when a request in flight ends that may make room.
    pub(crate) fn poll_enter(
        &self,
        entrance: &mut Entrance,
        now: Time,
        request: Leaving,
        cx: &mut Context<'_>,
    ) -> Admission {
        let Some(among_clients) = &self.among_clients else {
            return self.enter(now, request, cx.waker(), LeftPermit::default);
        };
        // A permit of the shared throttle is neither held nor used up while this client keeps the request back.
        let refused = {
            let mut shared = self.lock();
            let refused = shared.throttle.refuses(now, request);
            refused.map(|refused| refusal(&mut shared, refused, cx.waker()))
        };
        if let Some(refused) = refused {
            entrance.rest(now, true);
            return refused;
        }
        match entrance.poll(among_clients, now, request, cx) {
            // Another run of the client may have entered since. The shared permit is given back then.
            Ok(permit) => self.enter(now, request, cx.waker(), || permit.leave()),
            Err(EntranceWait::Answer(until)) => Admission::Asking(until),
            Err(EntranceWait::Rate(at)) => Admission::Quota(at),
            Err(EntranceWait::Host { retry, why }) => {
                // The host responded to another client: its address is right.
                if retry.requested {
                    self.lock().throttle.note_response();
                }
                Admission::Host { retry, why }
            }
            Err(EntranceWait::Away(why)) => Admission::Away(why),
        }
    }

    fn enter(
        &self,
        now: Time,
        request: Leaving,
        waker: &Waker,
        among_clients: impl FnOnce() -> LeftPermit,
    ) -> Admission {
        let mut shared = self.lock();
        match shared.throttle.enter(now, request) {
            Ok(ticket) => Admission::Leave(Permit {
                throttle: self.clone(),
                ticket: Some(ticket),
                among_clients: among_clients(),
            }),
            // The lock is released before a permit that is not used is given back.
            Err(refused) => refusal(&mut shared, refused, waker),
        }
    }

    /// Returns whether the host has ever responded to the client.
    pub(crate) fn has_responded(&self) -> bool {
        self.lock().throttle.has_responded()
    }
}

impl Permit {
    /// Ends a request. `responded`: the host responded, in any way. `why` says what happened if that closes a throttle.
    pub(crate) fn end(mut self, health: Health, responded: bool, jitter: f64, why: impl FnOnce() -> Arc<str>) {
        let Some(ticket) = self.ticket.take() else { return };
        let (now, why) = (self.throttle.clock.now(), LazyCell::new(why));
        let effect = self.change(|shared| {
            if responded {
                shared.throttle.note_response();
            }
            let effect = shared.throttle.handle_end(ticket, health, now, jitter);
            match effect {
                Effect::Closes(_) => shared.why = Some(why.clone()),
                Effect::Limits => shared.why_limited = Some(why.clone()),
                Effect::StaysClosed | Effect::None => {}
            }
            effect
        });
        let closing = |delay| PermitEnd::Closing { delay, why: why.clone() };
        std::mem::take(&mut self.among_clients).end(|| match (health, effect) {
            (Health::Good, _) => PermitEnd::Good,
            // It says nothing about the host.
            (Health::NoSocket, _) => PermitEnd::Abandoned,
            (Health::Refusing(at), _) => closing(at.map(|at| at.saturating_sub(now))),
            // What tells this client nothing new may be new to the others.
            (_, Effect::Closes(_) | Effect::StaysClosed) => closing(None),
            (_, Effect::Limits | Effect::None) => PermitEnd::Other,
        });
    }

    /// Returns whether the throttle has closed since.
    pub(crate) fn is_closed(&self) -> bool {
        let now = self.throttle.clock.now();
        self.ticket.is_some_and(|ticket| self.throttle.lock().throttle.is_closed_for(&ticket, now))
            || self.among_clients.is_closed()
    }

    /// The request is not sent after all.
    pub(crate) fn give_back(mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.change(|shared| shared.throttle.handle_unsent(ticket));
        }
        std::mem::take(&mut self.among_clients).end(|| PermitEnd::Unsent);
    }

    /// Changes the throttle, and wakes the runs that wait for a change.
    fn change<V>(&self, change: impl FnOnce(&mut Shared) -> V) -> V {
        let (value, waiting) = {
            let mut shared = self.throttle.lock();
            (change(&mut shared), std::mem::take(&mut shared.waiting))
        };
        // The lock is released before: a waker may run the woken task at once, which then enters the throttle.
        waiting.into_iter().for_each(Waker::wake);
        value
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let now = self.throttle.clock.now();
            self.change(|shared| shared.throttle.handle_dropped(ticket, now));
            std::mem::take(&mut self.among_clients).end(|| PermitEnd::Abandoned);
        }
    }
}

/// What keeps a request back. The waker is called when that may have changed.
fn refusal(shared: &mut Shared, refused: KeptBack, waker: &Waker) -> Admission {
    let admission = match refused {
        KeptBack::Until(retry) => Admission::Host { retry, why: shared.why.clone() },
        KeptBack::Probing(at) => Admission::Host { retry: RetryAt { at, requested: false }, why: None },
        KeptBack::NoSocket { at, most } => {
            Admission::Limited { at, most, why: shared.why_limited.clone().unwrap_or_default() }
        }
        KeptBack::Quota(at) => Admission::Quota(at),
    };
    if !shared.waiting.iter().any(|known| known.will_wake(waker)) {
        shared.waiting.push(waker.clone());
    }
    admission
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").field("state", &self.lock().throttle).finish_non_exhaustive()
    }
}
