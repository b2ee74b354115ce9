//! Ctrl-C, SIGTERM and SIGHUP: the first one stops sending, the second one also stops waiting.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::{BulkReply, Watch};
use tokio::task::JoinHandle;

use crate::lock::lock;
use crate::progress::Progress;
use crate::signals::Signals;

/// Stops runs: when a signal comes, or when a part of the program orders it. Listens until it is dropped.
pub struct Stop {
    runs: Arc<Mutex<Runs>>,
    listener: JoinHandle<()>,
}

/// The runs, and what they were ordered. A run that is added later is ordered the same.
#[derive(Default)]
struct Runs {
    runs: Vec<Box<dyn Fn(Urgency) + Send>>,
    ordered: Option<Urgency>,
}

/// How soon a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    AfterResponses,
    Now,
}

/// Signals that come together count as one: a terminal that is closed may send SIGHUP twice.
const TOGETHER: Duration = Duration::from_millis(50);

impl Stop {
    /// Starts listening.
    ///
    /// # Errors
    ///
    /// The operating system does not let it.
    pub fn listen(progress: Progress) -> io::Result<Self> {
        let runs = Arc::new(Mutex::new(Runs::default()));
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
                progress.end_with("stopped waiting; the items of requests in flight are unknown");
                end(&runs, Urgency::Now);
            }
        });
        Ok(Stop { runs, listener })
    }

    /// Adds a run that a signal stops.
    pub fn add<I, R, E>(&self, run: Watch<I, R, E>)
    where
        I: Send + 'static,
        R: BulkReply,
        E: Send + Sync + 'static,
    {
        let end = move |urgency| match urgency {
            Urgency::AfterResponses => run.stop(),
            Urgency::Now => run.cancel(),
        };
        let mut runs = lock(&self.runs);
        if let Some(urgency) = runs.ordered {
            end(urgency);
        }
        runs.runs.push(Box::new(end));
    }

    /// Stops all runs, as the first signal does.
    pub fn stop(&self) {
        end(&self.runs, Urgency::AfterResponses);
    }

    /// Returns whether the runs were stopped.
    pub fn is_ordered(&self) -> bool {
        lock(&self.runs).ordered.is_some()
    }
}

fn end(runs: &Mutex<Runs>, urgency: Urgency) {
    let mut runs = lock(runs);
    if runs.ordered != Some(Urgency::Now) {
        runs.ordered = Some(urgency);
    }
    for run in &runs.runs {
        run(urgency);
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("ordered", &lock(&self.runs).ordered).finish_non_exhaustive()
    }
}
