//! A throttle that clients share in memory, with answers that take time or fail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bulk_endpoint::Clock;
use bulk_endpoint::shared_throttle::{
    Closed, PermitEnd, PermitRequest, QuotaScope, SharedAdmission, SharedPermit, SharedThrottle, ThrottleError, backoff,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// The time that a process has to report the end of a request after its timeout.
const SLACK: Duration = Duration::from_secs(1);

/// How long an answer takes, or why there is none.
pub type Answers = dyn Fn(&PermitRequest) -> (Duration, Result<(), ThrottleError>) + Send + Sync;

/// A clone is another client's handle on the same throttle.
#[derive(Clone)]
pub struct MemoryThrottle {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<HashMap<Arc<str>, Host>>>,
    answers: Arc<Answers>,
}

struct Host {
    closed: Option<(Duration, bool, Arc<str>)>,
    closings: u32,
    probe: Option<(u64, Duration)>,
    closed_again: bool,
    permits: u64,
    places: HashMap<QuotaScope, Vec<Place>>,
    jitter: fastrand::Rng,
}

struct Place {
    permit: u64,
    cost: usize,
    /// When its request has ended, or must have.
    end: Duration,
}

struct MemoryPermit {
    throttle: MemoryThrottle,
    origin: Arc<str>,
    permit: u64,
    quota: Option<QuotaScope>,
    is_probe: bool,
}

impl MemoryThrottle {
    pub fn new(clock: impl Clock) -> Self {
        MemoryThrottle {
            clock: Arc::new(clock),
            state: Arc::default(),
            answers: Arc::new(|_| (Duration::ZERO, Ok(()))),
        }
    }

    pub fn answering(
        mut self,
        answers: impl Fn(&PermitRequest) -> (Duration, Result<(), ThrottleError>) + Send + Sync + 'static,
    ) -> Self {
        self.answers = Arc::new(answers);
        self
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Host>> {
        self.state.lock().unwrap()
    }

    /// Returns the number of permits that were given for an origin.
    pub fn permits(&self, origin: &str) -> u64 {
        self.lock().get(origin).map_or(0, |host| host.permits)
    }

    fn admit(&self, request: &PermitRequest) -> SharedAdmission {
        let now = self.clock.now();
        let mut hosts = self.lock();
        let host = hosts.entry(request.origin.clone()).or_insert_with(Host::new);
        if let Some(closed) = host.closed_for(now) {
            return SharedAdmission::Closed(closed);
        }
        if let Some(quota) = request.quota
            && let Some(until) = host.full_until(now, quota, request.cost())
        {
            // Another request may end before.
            return SharedAdmission::Full { wait: until.saturating_sub(now).min(Duration::from_millis(100)) };
        }
        host.permits += 1;
        let (permit, end) = (host.permits, now + request.timeout + SLACK);
        let is_probe = host.closed.is_some();
        if is_probe {
            host.probe = Some((permit, end));
        }
        if let Some(quota) = request.quota {
            host.places.entry(quota).or_default().push(Place { permit, cost: request.cost(), end });
        }
        let (throttle, origin, quota) = (self.clone(), request.origin.clone(), request.quota);
        let permit = Box::new(MemoryPermit { throttle, origin, permit, quota, is_probe });
        SharedAdmission::Leave { permit, after: Duration::ZERO }
    }
}

impl Host {
    fn new() -> Self {
        Host {
            closed: None,
            closings: 0,
            probe: None,
            closed_again: false,
            permits: 0,
            places: HashMap::new(),
            jitter: fastrand::Rng::with_seed(7),
        }
    }

    fn closed_for(&self, now: Duration) -> Option<Closed> {
        let (until, requested, why) = self.closed.as_ref()?;
        if now < *until {
            return Some(Closed { wait: *until - now, requested: *requested, why: Some(why.clone()) });
        }
        let (_, until) = self.probe.filter(|(_, until)| now < *until)?;
        // The probe may end before.
        Some(Closed { wait: (until - now).min(Duration::from_millis(50)), requested: false, why: None })
    }

    /// Returns when enough places of a quota are free, if they are not now.
    fn full_until(&mut self, now: Duration, quota: QuotaScope, cost: usize) -> Option<Duration> {
        let per = Duration::from_millis(quota.rate.per_ms);
        let places = self.places.entry(quota).or_default();
        places.retain(|place| now < place.end + per);
        let mut sum: usize = places.iter().map(|place| place.cost).sum();
        let mut ends: Vec<_> = places.iter().map(|place| (place.end, place.cost)).collect();
        ends.sort_unstable();
        let mut until = None;
        for (end, of) in ends {
            if sum == 0 || sum + cost <= quota.rate.count {
                break;
            }
            sum -= of;
            until = Some(end + per);
        }
        until
    }

    fn close(&mut self, until: Duration, requested: bool, why: Arc<str>) {
        self.closed_again = self.probe.is_some();
        let later = self.closed.as_ref().is_some_and(|(present, ..)| *present >= until);
        if !later {
            self.closed = Some((until, requested, why));
        }
    }

    fn back_off(&mut self, now: Duration, why: Arc<str>) {
        self.closings += 1;
        let wait = backoff(self.closings, self.jitter.f64());
        self.close(now + wait, false, why);
    }
}

impl SharedThrottle for MemoryThrottle {
    fn enter(&self, request: PermitRequest) -> BoxFuture<'static, Result<SharedAdmission, ThrottleError>> {
        let (takes, answer) = (self.answers)(&request);
        let (throttle, sleep) = (self.clone(), self.clock.sleep_until(self.clock.now().saturating_add(takes)));
        async move {
            if !takes.is_zero() {
                sleep.await;
            }
            answer.map(|()| throttle.admit(&request))
        }
        .boxed()
    }
}

impl SharedPermit for MemoryPermit {
    fn closed(&self) -> Option<Closed> {
        let (now, hosts) = (self.throttle.clock.now(), self.throttle.lock());
        // The probe is what the others wait for.
        hosts.get(&self.origin)?.closed_for(now).filter(|closed| !self.is_probe || closed.why.is_some())
    }

    fn end(self: Box<Self>, end: PermitEnd) {
        let now = self.throttle.clock.now();
        let mut hosts = self.throttle.lock();
        let Some(host) = hosts.get_mut(&self.origin) else { return };
        if let Some(places) = self.quota.and_then(|quota| host.places.get_mut(&quota)) {
            match end {
                PermitEnd::Unsent => places.retain(|place| place.permit != self.permit),
                _ => places
                    .iter_mut()
                    .filter(|place| place.permit == self.permit)
                    .for_each(|place| place.end = place.end.min(now)),
            }
        }
        let is_probe = host.probe.is_some_and(|(probe, _)| probe == self.permit);
        let closed_again = is_probe && std::mem::take(&mut host.closed_again);
        if is_probe {
            host.probe = None;
        }
        match end {
            PermitEnd::Good => {
                if is_probe && !closed_again {
                    host.closed = None;
                }
                if host.closed.is_none() {
                    host.closings = 0;
                }
            }
            PermitEnd::Closing { delay: Some(delay), why } => host.close(now.saturating_add(delay), true, why),
            // One that left before the origin closed says nothing new.
            PermitEnd::Closing { delay: None, .. } if host.closed.is_some() && !is_probe => {
                host.closed_again |= host.probe.is_some();
            }
            PermitEnd::Closing { delay: None, why } => host.back_off(now, why),
            PermitEnd::Other if is_probe => host.back_off(now, "the probe had no usable response".into()),
            _ => {}
        }
    }
}
