//! A place with recorded runs, which is read: a file, or a database.

use std::sync::Arc;

use bulk_endpoint::journal::JournalError;

use crate::pages::{Pages, Wanted};

/// A place with runs.
pub(crate) trait RecordedRuns: Send + Sync {
    /// The items of a run.
    fn pages(&self, run: i64, wanted: Wanted) -> Pages;

    /// The run with this name.
    fn find(&self, name: &str) -> Result<RunHeader, JournalError>;
}

/// Opens a place with runs.
pub(crate) type Opening = Box<dyn FnOnce() -> Result<Arc<dyn RecordedRuns>, JournalError> + Send>;

/// What is the same for all items of a run.
pub(crate) struct RunHeader {
    pub(crate) run: i64,
    pub(crate) id: u128,
    pub(crate) keyed: bool,
    pub(crate) hashed_keys: bool,
}
