//! The runs of a file.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bulk_endpoint::Counters;
use bulk_endpoint::journal::JournalError;

use crate::pages::Reader;
use crate::report::Totals;

/// One run of a journal. See [`Store::runs`](crate::Store::runs).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunInfo {
    /// Its name.
    pub name: String,
    /// When its first life began.
    pub created: SystemTime,
    /// The number of processes that worked on it.
    pub lives: u32,
    /// The number of items per outcome. Open items count with their present outcome.
    pub counters: Counters,
    /// The number of items that are not settled for good.
    pub open: usize,
    /// Whether its last life read the source to its end.
    pub read_all: bool,
    /// Why its last life stopped early, if it did.
    pub stopped: Option<String>,
}

/// Lists the runs, in the order in which they were created.
pub(crate) fn runs(path: &Path) -> Result<Vec<RunInfo>, JournalError> {
    Reader::open(path)?.read(|file| {
        let moment = file.unchecked_transaction()?;
        let mut statement = moment.prepare("select name, created from runs order by run")?;
        let names = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut runs = Vec::new();
        for row in names {
            let (name, created): (String, i64) = row?;
            let Some(totals) = Totals::read(&moment, &name)? else { continue };
            let since = Duration::from_millis(created.unsigned_abs());
            let created = if created < 0 { UNIX_EPOCH - since } else { UNIX_EPOCH + since };
            let Totals { counters, open, lives, read_all, stopped, .. } = totals;
            runs.push(RunInfo { name, created, lives, counters, open, read_all, stopped });
        }
        Ok(runs)
    })
}
