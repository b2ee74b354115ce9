//! Time, as a run asks for it: the only place where a clock is read.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// Tells time and waits. A run asks its client's clock alone, so a test can put another in.
pub trait Clock: Send + Sync + 'static {
    /// The time since some fixed moment. It never goes back.
    fn now(&self) -> Duration;

    /// Ends when `now()` has reached `at`.
    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()>;
}

/// tokio's clock; under `tokio::time::pause` it is virtual.
#[cfg(feature = "reqwest")]
#[derive(Debug, Clone, Default)]
pub struct TokioClock {
    started: std::sync::OnceLock<tokio::time::Instant>,
}

#[cfg(feature = "reqwest")]
impl TokioClock {
    /// A clock that starts when it is first asked: building one needs no tokio runtime.
    pub fn new() -> Self {
        Self::default()
    }

    fn started(&self) -> tokio::time::Instant {
        *self.started.get_or_init(tokio::time::Instant::now)
    }
}

#[cfg(feature = "reqwest")]
impl Clock for TokioClock {
    fn now(&self) -> Duration {
        self.started().elapsed()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        // A moment past what the clock can tell is as good as never: a month at a time.
        let most = self.now() + Duration::from_secs(30 * 24 * 3600);
        Box::pin(tokio::time::sleep_until(self.started() + at.min(most)))
    }
}
