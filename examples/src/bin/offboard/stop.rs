//! Ctrl-C: the first one stops sending, the second one also stops waiting.

use std::sync::{Arc, Mutex, PoisonError};

use bulk_endpoint::{BulkReply, Watch};
use tokio::task::JoinHandle;

use crate::progress::Progress;

/// Listens for Ctrl-C until it is dropped.
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

impl Stop {
    /// Starts listening.
    pub(crate) fn on_ctrl_c(progress: Progress) -> Self {
        let runs = Arc::new(Runs::default());
        let listener = tokio::spawn({
            let runs = runs.clone();
            async move {
                for urgency in [Urgency::AfterResponses, Urgency::Now] {
                    if tokio::signal::ctrl_c().await.is_err() {
                        return;
                    }
                    progress.end_with(match urgency {
                        Urgency::AfterResponses => {
                            "stopping; waiting for requests in flight (press Ctrl-C again to stop waiting)"
                        }
                        Urgency::Now => "stopped waiting; the ids of requests in flight are unknown",
                    });
                    end(&runs, urgency);
                }
            }
        });
        Stop { runs, listener }
    }

    /// Adds a run that Ctrl-C stops.
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
