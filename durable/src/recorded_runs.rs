//! Where recorded runs are read from: a file, or a database.

use std::path::PathBuf;

use bulk_endpoint::journal::JournalError;
use rusqlite::OptionalExtension;

use crate::fault::{Fault, no_run};
use crate::pages::{FilePages, Pages, Reader, Wanted};
#[cfg(feature = "postgres")]
use crate::postgres::reads::ServerRuns;

/// A place with runs, before anything is read.
#[derive(Clone)]
pub(crate) enum RunSource {
    File(PathBuf),
    #[cfg(feature = "postgres")]
    Server(ServerRuns),
}

impl RunSource {
    pub(crate) fn open(self) -> Result<RecordedRuns, JournalError> {
        match self {
            RunSource::File(path) => Reader::open(path).map(RecordedRuns::File),
            #[cfg(feature = "postgres")]
            RunSource::Server(server) => Ok(RecordedRuns::Server(server)),
        }
    }
}

/// A place with runs, which is read.
#[derive(Clone)]
pub(crate) enum RecordedRuns {
    File(Reader),
    #[cfg(feature = "postgres")]
    Server(ServerRuns),
}

/// What is the same for all items of a run.
pub(crate) struct RunHeader {
    pub(crate) run: i64,
    pub(crate) id: u128,
    pub(crate) keyed: bool,
    pub(crate) hashed_keys: bool,
}

impl RecordedRuns {
    /// The items of a run.
    pub(crate) fn pages(&self, run: i64, wanted: Wanted) -> Pages {
        match self {
            RecordedRuns::File(reader) => Pages::new(Box::new(FilePages::new(reader.clone(), run, &wanted)), wanted),
            #[cfg(feature = "postgres")]
            RecordedRuns::Server(server) => Pages::new(Box::new(server.pages(run, &wanted)), wanted),
        }
    }

    /// The run with this name.
    pub(crate) fn find(&self, name: &str) -> Result<RunHeader, JournalError> {
        match self {
            RecordedRuns::File(reader) => reader.read(|file| {
                let sql = "select run, hashed_keys, keyed, id from runs where name = ?1";
                let read = |row: &rusqlite::Row<'_>| {
                    let id = u128::from_be_bytes(row.get(3)?);
                    Ok(RunHeader { run: row.get(0)?, id, keyed: row.get(2)?, hashed_keys: row.get(1)? })
                };
                let found = file.query_row(sql, [name], read).optional()?;
                found.ok_or_else(|| Fault::Call(no_run(&reader.path, name)))
            }),
            #[cfg(feature = "postgres")]
            RecordedRuns::Server(server) => server.find(name),
        }
    }
}
