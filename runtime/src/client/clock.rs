//! The clock of a run: the only place where time is read.

use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;

/// A source of time. A run reads time and waits only through its client's clock, so a test can replace it:
/// see [`ClientBuilder::clock`](crate::ClientBuilder::clock).
pub trait Clock: Send + Sync + 'static {
    /// Returns the time since a fixed moment of the implementation's choice. It must never decrease.
    fn now(&self) -> Duration;

    /// Completes when [`now`](Self::now) has reached `at`; immediately if it already has. It may complete earlier if `at` is far away: the
    /// caller reads `now` again.
    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()>;

    /// Returns the time of day. It goes on while the machine is suspended, which [`now`](Self::now) need not. An idempotency key that a vendor forgets
    /// is measured by both.
    fn day(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// tokio's clock. It is virtual under `tokio::time::pause`.
#[cfg(feature = "tokio")]
#[derive(Debug, Clone, Default)]
pub struct TokioClock {
    started: std::sync::OnceLock<tokio::time::Instant>,
}

#[cfg(feature = "tokio")]
impl TokioClock {
    /// Creates a clock. It starts when it is first read, so creating one needs no tokio runtime.
    pub fn new() -> Self {
        Self::default()
    }

    fn started(&self) -> tokio::time::Instant {
        *self.started.get_or_init(tokio::time::Instant::now)
    }
}

#[cfg(feature = "tokio")]
impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.started().elapsed()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        // `started + at` may overflow the clock. A month at a time does not; the driver then sleeps again.
        let latest = self.now() + Duration::from_secs(30 * 24 * 3600);
        Box::pin(tokio::time::sleep_until(self.started() + at.min(latest)))
    }
}
