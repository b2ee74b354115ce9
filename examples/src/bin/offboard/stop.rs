//! Ctrl-C, SIGTERM and SIGHUP: the first one stops sending, the second one also stops waiting.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bulk_endpoint::{BulkReply, Watch};
use tokio::task::JoinHandle;

use crate::progress::Progress;
use crate::signals::Signals;

/// Listens for signals until it is dropped.
pub(crate) struct Stop {
    runs: Arc<Runs>,
    listener: JoinHandle<()>,
}

type Runs = Mutex<Vec<Box<dyn Fn(Urgency) + Send>>>;

/// How soon a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    AfterResponses,
    Now,
}

/// Signals that come together count as one: a terminal that is closed may send SIGHUP twice.
const TOGETHER: Duration = Duration::from_millis(50);

impl Stop {
    /// Starts listening.
    pub(crate) fn listen(progress: Progress) -> io::Result<Self> {
        let runs = Arc::new(Runs::default());
        let mut signals = Signals::new()?;
        let listener = tokio::spawn({
            let runs = runs.clone();
            async move {
                signals.next().await;
                progress
                    .end_with("stopping; waiting for requests in flight (press Ctrl-C again, or send the signal again, to stop waiting)");
                end(&runs, Urgency::AfterResponses);
                let _ = tokio::time::timeout(TOGETHER, async {
                    loop {
                        signals.next().await;
                    }
                })
                .await;
                signals.next().await;
                progress.end_with("stopped waiting; the ids of requests in flight are unknown");
                end(&runs, Urgency::Now);
            }
        });
        Ok(Stop { runs, listener })
    }

    /// Adds a run that a signal stops.
    pub(crate) fn add<I, R, E>(&self, run: Watch<I, R, E>)
    where
        I: Send + 'static,
        R: BulkReply,
        E: Send + Sync + 'static,
    {
        let end = move |urgency| match urgency {
            Urgency::AfterResponses => run.stop(),
            Urgency::Now => run.cancel(),
        };
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(end));
    }

    /// Stops all runs, as the first signal does.
    pub(crate) fn stop(&self) {
        end(&self.runs, Urgency::AfterResponses);
    }
}

fn end(runs: &Runs, urgency: Urgency) {
    for run in &*runs.lock().unwrap_or_else(PoisonError::into_inner) {
        run(urgency);
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
