//! How one run enters a shared throttle: it asks for a permit, and holds it until its time has come.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::shared_throttle::{
    Closed, PermitEnd, PermitRequest, SharedAdmission, SharedPermit, SharedThrottle, ThrottleError,
};
use crate::engine::{Leaving, RetryAt, Time};

/// The longest time that a shared throttle takes for an answer.
const ANSWER_TIME: Time = Time::from_secs(10);

/// The shortest time between two questions about an origin that is closed.
const SHORTEST_WAIT: Time = Time::from_millis(10);

/// The shared throttle of a client, and the host that it asks for.
#[derive(Clone)]
pub(super) struct SharedOrigin {
    pub(super) throttle: Arc<dyn SharedThrottle>,
    pub(super) origin: Arc<str>,
}

/// The next request of a run, on its way through the shared throttle.
#[derive(Default)]
pub(crate) struct Entrance(EntranceState);

#[derive(Default)]
enum EntranceState {
    #[default]
    Idle,
    Asking {
        answer: BoxFuture<'static, Result<SharedAdmission, ThrottleError>>,
        request: Asked,
        until: Time,
    },
    Reserved {
        permit: HeldPermit,
        request: Asked,
        at: Time,
    },
    /// It is asked again at this time.
    Waiting {
        at: Time,
        wait: EntranceWait,
    },
}

/// What a permit was asked for.
#[derive(Clone, Copy)]
struct Asked(Leaving);

impl Asked {
    /// Returns whether the permit is enough for this request.
    fn covers(self, request: Leaving) -> bool {
        let cost = |of: Leaving| of.quota.map(|quota| quota.cost(of.items));
        request.quota == self.0.quota && cost(request) <= cost(self.0)
    }
}

/// A permit whose request has not left. Dropped, it ends as unsent.
pub(super) struct HeldPermit(Option<Box<dyn SharedPermit>>);

/// What a run waits for.
#[derive(Clone)]
pub(super) enum EntranceWait {
    /// The answer, until this time at the latest.
    Answer(Time),
    /// The time of its permit: the rate is used up until then.
    Rate(Time),
    /// The host.
    Host { retry: RetryAt, why: Option<Arc<str>> },
    /// The throttle itself failed.
    Away(Arc<str>),
}

impl Entrance {
    /// Returns the permit of a request that leaves now.
    pub(super) fn poll(
        &mut self,
        shared: &SharedOrigin,
        now: Time,
        request: Leaving,
        cx: &mut Context<'_>,
    ) -> Result<HeldPermit, EntranceWait> {
        loop {
            match std::mem::take(&mut self.0) {
                EntranceState::Idle => {
                    let answer = shared.ask(request).map_err(|error| EntranceWait::Away(away(&error)))?;
                    self.0 = EntranceState::Asking {
                        answer,
                        request: Asked(request),
                        until: now.saturating_add(ANSWER_TIME),
                    };
                }
                EntranceState::Asking { mut answer, request, until } => {
                    let polled = catch_unwind(AssertUnwindSafe(|| answer.poll_unpin(cx)));
                    match polled.unwrap_or_else(|_| Poll::Ready(Err(panicked()))) {
                        Poll::Ready(Ok(SharedAdmission::Leave { permit, after })) => {
                            let permit = HeldPermit(Some(permit));
                            self.0 = EntranceState::Reserved { permit, request, at: now.saturating_add(after) };
                        }
                        Poll::Ready(Ok(SharedAdmission::Full { wait })) => {
                            let at = now.saturating_add(wait.max(SHORTEST_WAIT));
                            self.0 = EntranceState::Waiting { at, wait: EntranceWait::Rate(at) };
                        }
                        Poll::Ready(Ok(SharedAdmission::Closed(closed))) => self.close(now, closed),
                        Poll::Ready(Err(error)) => return Err(EntranceWait::Away(away(&error))),
                        Poll::Pending if now >= until => {
                            let late = ThrottleError::new(format!("no response within {ANSWER_TIME:?}"));
                            return Err(EntranceWait::Away(away(&late)));
                        }
                        Poll::Pending => {
                            self.0 = EntranceState::Asking { answer, request, until };
                            return Err(EntranceWait::Answer(until));
                        }
                    }
                }
                EntranceState::Reserved { permit, request: asked, at } if now < at => {
                    self.0 = EntranceState::Reserved { permit, request: asked, at };
                    return Err(EntranceWait::Rate(at));
                }
                // The next request is larger than the one that was asked for. The permit is given back.
                EntranceState::Reserved { request: asked, .. } if !asked.covers(request) => {}
                EntranceState::Reserved { permit, .. } => match permit.closed() {
                    Ok(None) => return Ok(permit),
                    Ok(Some(closed)) => self.close(now, closed),
                    Err(error) => return Err(EntranceWait::Away(away(&error))),
                },
                EntranceState::Waiting { at, wait } if now < at => {
                    self.0 = EntranceState::Waiting { at, wait: wait.clone() };
                    return Err(wait);
                }
                EntranceState::Waiting { .. } => {}
            }
        }
    }

    fn close(&mut self, now: Time, closed: Closed) {
        let Closed { wait, requested, why } = closed;
        let retry = RetryAt { at: now.saturating_add(wait.max(SHORTEST_WAIT)), requested };
        self.0 = EntranceState::Waiting { at: retry.at, wait: EntranceWait::Host { retry, why } };
    }

    /// The run has nothing to send at present: a permit whose time has come is given back. `is_over`: it sends nothing more, or is kept back by
    /// something else.
    pub(crate) fn rest(&mut self, now: Time, is_over: bool) {
        let has_come = matches!(&self.0, EntranceState::Reserved { at, .. } if now >= *at);
        if is_over || has_come {
            self.0 = EntranceState::Idle;
        }
    }
}

impl SharedOrigin {
    fn ask(
        &self,
        request: Leaving,
    ) -> Result<BoxFuture<'static, Result<SharedAdmission, ThrottleError>>, ThrottleError> {
        let Leaving { quota, items, timeout } = request;
        let request = PermitRequest { origin: self.origin.clone(), quota, items, timeout };
        catch_unwind(AssertUnwindSafe(|| self.throttle.enter(request))).map_err(|_| panicked())
    }
}

impl HeldPermit {
    /// Returns whether the origin has closed since the permit was given.
    fn closed(&self) -> Result<Option<Closed>, ThrottleError> {
        closed(self.0.as_deref())
    }

    /// The request leaves: from now on, the permit has the end of the request.
    pub(super) fn leave(mut self) -> LeftPermit {
        LeftPermit(self.0.take())
    }
}

impl Drop for HeldPermit {
    fn drop(&mut self) {
        end(self.0.take(), PermitEnd::Unsent);
    }
}

/// A permit whose request has left. Dropped, nothing is known of the request; `None` without a shared throttle.
#[derive(Default)]
pub(super) struct LeftPermit(Option<Box<dyn SharedPermit>>);

impl LeftPermit {
    /// Returns whether the origin has closed since the permit was given. A request whose intent is recorded may still wait for its turn.
    pub(super) fn is_closed(&self) -> bool {
        !matches!(closed(self.0.as_deref()), Ok(None))
    }

    /// The request has ended.
    pub(super) fn end(self, how: impl FnOnce() -> PermitEnd) {
        if self.0.is_some() {
            end(self.0, how());
        }
    }
}

fn closed(permit: Option<&dyn SharedPermit>) -> Result<Option<Closed>, ThrottleError> {
    catch_unwind(AssertUnwindSafe(|| permit?.closed())).map_err(|_| panicked())
}

fn end(permit: Option<Box<dyn SharedPermit>>, how: PermitEnd) {
    let Some(permit) = permit else { return };
    if catch_unwind(AssertUnwindSafe(|| permit.end(how))).is_err() {
        tracing::warn!("the shared throttle panicked at the end of a request");
    }
}

fn away(error: &ThrottleError) -> Arc<str> {
    format!("the shared throttle cannot be used: {}", crate::text::excerpt(&error.to_string())).into()
}

fn panicked() -> ThrottleError {
    ThrottleError::new("it panicked")
}
