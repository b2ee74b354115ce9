//! The lease of a life on its chunk, as the process knows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::boot_clock;

/// A century is as good as any longer time, and PostgreSQL has a time for its end.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The lease of a life on its chunk. The thread of the store renews it, and the run asks it before each request.
#[derive(Clone)]
pub(crate) struct Lease {
    shared: Arc<LeaseState>,
}

struct LeaseState {
    /// What is beyond the longest request in a lease: for the time from the fence to the socket, and between two renewals.
    margin: Duration,
    /// The longest time that a request takes, in milliseconds.
    timeout: AtomicU64,
    /// When it ends at the earliest, in milliseconds of the boot clock.
    until: AtomicU64,
    is_lost: AtomicBool,
}

impl Lease {
    /// A lease that was asked for at this time.
    pub(crate) fn new(asked: Duration, length: Duration, margin: Duration) -> Self {
        let until = AtomicU64::new(millis(asked.saturating_add(length)));
        let (timeout, is_lost) = (AtomicU64::new(0), AtomicBool::new(false));
        Lease { shared: Arc::new(LeaseState { margin, timeout, until, is_lost }) }
    }

    pub(crate) fn set_timeout(&self, timeout: Duration) {
        self.shared.timeout.store(millis(timeout.min(LONGEST)), Ordering::Relaxed);
    }

    /// How long it is when it is renewed.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_millis(self.shared.timeout.load(Ordering::Relaxed)).saturating_add(self.shared.margin)
    }

    /// It was renewed by a statement that was sent at this time: the server's clock began to count later.
    pub(crate) fn renew(&self, asked: Duration) {
        let until = millis(asked.saturating_add(self.length()));
        self.shared.until.fetch_max(until, Ordering::Relaxed);
    }

    /// Whether a request that leaves now ends before the lease does (R13).
    pub(crate) fn may_send(&self) -> bool {
        let now = millis(boot_clock::now());
        let timeout = self.shared.timeout.load(Ordering::Relaxed);
        !self.is_lost() && now.saturating_add(timeout) <= self.shared.until.load(Ordering::Relaxed)
    }

    /// Whether so much of it has passed that it is renewed without a request.
    pub(crate) fn is_due(&self) -> bool {
        let left = self.shared.until.load(Ordering::Relaxed).saturating_sub(millis(boot_clock::now()));
        left < millis(self.length().saturating_sub(self.shared.margin / 3))
    }

    /// Notes that this worker no longer has the chunk.
    pub(crate) fn lose(&self) {
        self.shared.is_lost.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.shared.is_lost.load(Ordering::Relaxed)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARGIN: Duration = Duration::from_secs(10);

    #[test]
    fn a_request_leaves_only_if_it_ends_within_the_lease() {
        let now = boot_clock::now();
        let lease = Lease::new(now, Duration::from_secs(60), MARGIN);
        lease.set_timeout(Duration::from_secs(30));
        assert!(lease.may_send());
        lease.set_timeout(Duration::from_secs(61));
        assert!(!lease.may_send());
        // Renewed, it is as long as a request and the margin.
        lease.renew(boot_clock::now());
        assert!(lease.may_send() && !lease.is_due());
        lease.lose();
        assert!(!lease.may_send());
    }

    #[test]
    fn a_request_without_a_timeout_has_a_lease() {
        let lease = Lease::new(boot_clock::now(), MARGIN, MARGIN);
        lease.set_timeout(Duration::MAX);
        assert_eq!(lease.length(), LONGEST + MARGIN);
        lease.renew(boot_clock::now());
        assert!(lease.may_send());
    }

    #[test]
    fn a_lease_counts_from_before_the_statement_was_sent() {
        let lease = Lease::new(Duration::ZERO, Duration::ZERO, MARGIN);
        lease.set_timeout(Duration::from_secs(30));
        // The statement waited for longer than the margin.
        let asked = boot_clock::now().saturating_sub(MARGIN + Duration::from_secs(1));
        lease.renew(asked);
        assert!(!lease.may_send());
    }
}
