//! The time of one attempt, and the task in which it runs.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::Instrument;

use super::{Response, TransportError, TransportErrorKind};

/// The maximum timeout: tokio's clock overflows on a much longer one.
const MAX_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// A timer that fires this much too late was not served: the process was suspended. A response may have arrived meanwhile.
const LATE: Duration = Duration::from_millis(100);

/// The time in which a response that has arrived is read after a late timer.
const GRACE: Duration = Duration::from_millis(500);

/// When an attempt ends, whatever has come back by then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    at: Instant,
    timeout: Duration,
}

impl Deadline {
    /// The deadline of an attempt that starts now.
    pub(super) fn after(timeout: Duration) -> Self {
        let timeout = timeout.min(MAX_TIMEOUT);
        Deadline { at: Instant::now() + timeout, timeout }
    }

    /// Returns the output of a future that is ready in time.
    pub(super) async fn bound<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        if let Ok(output) = tokio::time::timeout_at(self.at, &mut future).await {
            return Some(output);
        }
        if self.at.elapsed() < LATE {
            return None;
        }
        tokio::time::timeout(GRACE, future).await.ok()
    }

    /// Until when a request of this attempt may leave: its response has the other half of the time. Of one that leaves later, nothing more
    /// may be heard.
    #[cfg(any(feature = "hyper", feature = "tower"))]
    pub(super) fn of_leaving(&self) -> Self {
        let timeout = self.timeout / 2;
        Deadline { at: self.at - timeout, timeout }
    }

    #[cfg(any(feature = "hyper", feature = "tower"))]
    pub(super) fn is_over(&self) -> bool {
        self.at <= Instant::now()
    }

    /// The error of a request that had no response in time.
    pub(super) fn no_response(&self) -> TransportError {
        TransportError::new(TransportErrorKind::Timeout, format!("no response within {:?}", self.timeout))
    }

    /// The error of a request that had no connection in time. Nothing of it was sent.
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub(super) fn no_connection(&self) -> TransportError {
        TransportError::new(TransportErrorKind::NotSent, format!("no connection within {:?}", self.timeout))
    }

    /// The error of a request that no service was ready for in time. Nothing of it was sent.
    #[cfg(feature = "tower")]
    pub(super) fn not_ready(&self) -> TransportError {
        let why = format!("the service was not ready within {:?}", self.timeout);
        TransportError::new(TransportErrorKind::NotSent, why)
    }

    /// Why a body is incomplete that was not received in time.
    pub(super) fn incomplete(&self) -> String {
        format!("the response was incomplete after {:?}", self.timeout)
    }
}

/// Runs an attempt in its own task on the current tokio runtime. The task ends when the returned future is dropped.
///
/// It makes progress while the run's consumer is busy, so the timeout counts only the server's time.
///
/// # Panics
/// Panics outside a tokio runtime.
pub(super) fn in_task(
    attempt: impl Future<Output = Result<Response, TransportError>> + Send + 'static,
) -> BoxFuture<'static, Result<Response, TransportError>> {
    // Spans of the HTTP client and of a service's layers are within that of the attempt.
    let task = AbortOnDrop(tokio::spawn(attempt.in_current_span()));
    Box::pin(async move {
        let mut task = task;
        match (&mut task.0).await {
            Ok(ended) => ended,
            // The runtime shuts down, or the HTTP client panicked: the request may have been sent.
            Err(error) => {
                Err(TransportError::new(TransportErrorKind::Reset, format!("the task of the attempt failed: {error}")))
            }
        }
    })
}

struct AbortOnDrop<V>(JoinHandle<V>);

impl<V> Drop for AbortOnDrop<V> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_late_timer_looks_once_more_at_what_has_arrived() {
        let deadline = Deadline::after(Duration::ZERO);
        // The process was suspended: the timer is late, and the response is read next.
        std::thread::sleep(LATE + Duration::from_millis(50));
        let arrived = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            7
        };
        assert_eq!(deadline.bound(arrived).await, Some(7));
        let soon = Deadline::after(Duration::from_millis(30));
        assert_eq!(soon.bound(std::future::pending::<()>()).await, None);
    }
}
