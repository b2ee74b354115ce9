//! The runs of a file, which is read.

use std::path::PathBuf;
use std::sync::Arc;

use bulk_endpoint::journal::JournalError;
use rusqlite::OptionalExtension;

use crate::fault::{Fault, no_run};
use crate::pages::{FilePages, Pages, Reader, Wanted};
use crate::recorded_runs::{Opening, RecordedRuns, RunHeader};

/// Opens a file to read its runs.
pub(crate) fn opening(path: PathBuf) -> Opening {
    Box::new(move || Ok(Arc::new(Reader::open(&path)?)))
}

impl RecordedRuns for Reader {
    fn pages(&self, run: i64, wanted: Wanted) -> Pages {
        Pages::new(Box::new(FilePages::new(self.clone(), run, &wanted)), wanted)
    }

    fn find(&self, name: &str) -> Result<RunHeader, JournalError> {
        self.read(|file| {
            let sql = "select run, hashed_keys, keyed, id from runs where name = ?1";
            let read = |row: &rusqlite::Row<'_>| {
                let id = u128::from_be_bytes(row.get(3)?);
                Ok(RunHeader { run: row.get(0)?, id, keyed: row.get(2)?, hashed_keys: row.get(1)? })
            };
            let found = file.query_row(sql, [name], read).optional()?;
            found.ok_or_else(|| Fault::Call(no_run(&self.path, name)))
        })
    }
}
