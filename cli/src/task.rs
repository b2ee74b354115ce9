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
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.provider, self.operation)
    }
}
