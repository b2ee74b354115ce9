//! What a run does: an operation at a vendor.

use std::fmt;
use std::sync::Arc;

/// An operation at a vendor. Its text is also the name of the run in a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The vendor.
    pub provider: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
}

impl Task {
    /// An operation at a vendor.
    pub fn new(provider: impl Into<Arc<str>>, operation: impl Into<Arc<str>>) -> Self {
        Task { provider: provider.into(), operation: operation.into() }
    }

    /// The operation of a run in a journal, by its name. A run of another program may have any name: its operation is then empty, or several words.
    pub(crate) fn of_run(name: &str) -> Self {
        let (provider, operation) = name.split_once(' ').unwrap_or((name, ""));
        Task::new(provider, operation)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.provider, self.operation)
    }
}
