//! How a store is opened.

use std::time::Duration;

/// A day, so that sums with it do not overflow.
const LONGEST_MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

/// Settings of [`PostgresStore::open_with`](super::PostgresStore::open_with).
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    pub(crate) patience: Duration,
    pub(crate) margin: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        PostgresOptions::new()
    }
}

impl PostgresOptions {
    /// The defaults.
    pub fn new() -> Self {
        PostgresOptions { patience: Duration::from_secs(600), margin: Duration::from_secs(10) }
    }

    /// Sets how long the database may be down before runs stop (default 10 min). While it is down, nothing is sent that could not be recorded.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how much longer than a request a lease is (default 10 s; from 100 ms to a day). After a worker died, its chunk is taken over once the longest
    /// time that its request takes, and this, have passed. A worker that is stopped for longer than this between recording a request and sending
    /// it does not send it.
    ///
    /// Each worker of a run may have its own value.
    pub fn lease_margin(mut self, margin: Duration) -> Self {
        self.margin = margin.clamp(Duration::from_millis(100), LONGEST_MARGIN);
        self
    }
}
