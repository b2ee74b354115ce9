//! The report of a run, read from where it is recorded.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bulk_endpoint::journal::JournalError;
use bulk_endpoint::{Counters, IncompleteRun, OutcomeKind, Row, SourceError, Summary};
use rusqlite::{Connection, OptionalExtension};
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

use crate::fault::{Done, Fault, no_run};
use crate::pages::{IS_IN_FLIGHT, IS_OPEN, PageItem, Reader, Wanted};
use crate::recorded_runs::RecordedRuns;
use crate::stored::row_id;

/// The report of a recorded run, over all its lives, finished or not.
///
/// It has what a [`Report`](bulk_endpoint::Report) has, but its rows stay where they are recorded, and are read when they are asked for, a page at a
/// time. The counters are those of the moment when the report was made; the rows are those of the moment when they are read.
///
/// An item that is not settled for good has the outcome that it would end with now. If a request that may carry it has no recorded response,
/// it is `Unknown`, also while the process that sent it waits for the response.
#[must_use = "items may have failed: call `into_result`, or look at the rows"]
pub struct RunReport {
    name: String,
    run: i64,
    summary: Summary,
    open: usize,
    requests: usize,
    lives: u32,
    recorded: Arc<dyn RecordedRuns>,
    hashed_keys: bool,
}

impl RunReport {
    pub(crate) fn read(path: &Path, name: &str) -> Result<Self, JournalError> {
        let reader = Reader::open(path)?;
        let totals = reader.read(|file| {
            // All of it from one moment.
            let moment = file.unchecked_transaction()?;
            let totals = Totals::read(&moment, name)?;
            totals.ok_or_else(|| Fault::Call(no_run(&reader.path, name)))
        })?;
        Ok(RunReport::of(name, totals, Arc::new(reader)))
    }

    pub(crate) fn of(name: &str, totals: Totals, recorded: Arc<dyn RecordedRuns>) -> Self {
        let Totals { run, hashed_keys, counters, open, requests, lives, read_all, stopped, source_error } = totals;
        let summary = Summary {
            counters,
            read_all,
            stopped: stopped.map(Arc::from),
            source_error: source_error.as_deref().map(source_error_of),
        };
        RunReport { name: name.to_owned(), run, summary, open, requests, lives, recorded, hashed_keys }
    }

    /// Returns the name of the run.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of items per outcome. Open items count with their present outcome.
    pub fn counters(&self) -> Counters {
        self.summary.counters
    }

    /// Returns the number of items that are not settled for good: the same call takes them up again.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Returns the number of requests that left, over all lives. One that was recorded when its process ended counts, too: it may have left. Polls
    /// of jobs are not counted.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Returns the number of lives: the processes that worked on the run.
    pub fn lives(&self) -> u32 {
        self.lives
    }

    /// Returns whether every item succeeded, and the last life read the source to its end without an error.
    pub fn is_complete(&self) -> bool {
        self.summary.is_complete()
    }

    /// Returns whether the last life read the source to its end. It did not if it goes on, or if its process ended.
    pub fn read_all(&self) -> bool {
        self.summary.read_all
    }

    /// Returns the reason why the last life stopped early, or `None`.
    pub fn stopped(&self) -> Option<&str> {
        self.summary.stopped.as_deref()
    }

    /// Returns the error of the source in the last life, if it failed.
    pub fn source_error(&self) -> Option<&SourceError> {
        self.summary.source_error.as_ref()
    }

    /// Iterates over one flat row per item, in the order in which the run first read them. Reads the file, or the database, while it iterates.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row, JournalError>> + use<> {
        self.rows_of(Wanted::all())
    }

    /// Returns the report if it is complete, else the error with the rows that did not succeed.
    ///
    /// If some cannot be read, the error has the others, and the reason as its source error.
    pub fn into_result(self) -> Result<Self, IncompleteRun> {
        if self.is_complete() {
            return Ok(self);
        }
        let mut summary = self.summary.clone();
        let mut rows = Vec::new();
        for row in self.not_succeeded() {
            match row {
                Ok(row) => rows.push(row),
                Err(error) => {
                    summary.source_error = Some(SourceError::new(error));
                    break;
                }
            }
        }
        Err(summary.incomplete(rows))
    }

    fn rows_of(&self, wanted: Wanted) -> impl Iterator<Item = Result<Row, JournalError>> + use<> {
        let hashed_keys = self.hashed_keys;
        let pages = self.recorded.pages(self.run, wanted);
        pages.map(move |item| item.map(|item| row_of(item, hashed_keys)))
    }

    fn not_succeeded(&self) -> impl Iterator<Item = Result<Row, JournalError>> + use<> {
        let mut wanted = Wanted::all();
        wanted.outcomes.retain(|kind| *kind != OutcomeKind::Succeeded);
        wanted.open = false;
        // Not a row is looked for where none is.
        let left = self.summary.counters.accepted > self.summary.counters.succeeded;
        left.then(|| self.rows_of(wanted)).into_iter().flatten()
    }
}

pub(crate) fn row_of(item: PageItem, hashed_keys: bool) -> Row {
    let key = if hashed_keys { format!("{:016x}", item.key_hash) } else { item.key.unwrap_or_default() };
    Row::recorded(usize::try_from(item.item).unwrap_or(usize::MAX), key, item.outcome)
}

/// The error of a source, from its words.
fn source_error_of(words: &str) -> SourceError {
    let empty = SourceError::new("").to_string();
    SourceError::new(words.strip_prefix(&empty).unwrap_or(words))
}

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut failed = None;
        let rows = self.not_succeeded().map_while(|row| row.map_err(|error| failed = Some(error)).ok());
        self.summary.describe(f, rows)?;
        if let Some(error) = failed {
            write!(f, "\n  {error}")?;
        }
        match self.open {
            0 => Ok(()),
            1 => f.write_str("\n1 item is open: the same call continues with it"),
            open => write!(f, "\n{open} items are open: the same call continues with them"),
        }
    }
}

impl fmt::Debug for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunReport")
            .field("name", &self.name)
            .field("summary", &self.summary)
            .field("open", &self.open)
            .field("requests", &self.requests)
            .field("lives", &self.lives)
            .finish_non_exhaustive()
    }
}

impl Serialize for RunReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for row in self.rows() {
            seq.serialize_element(&row.map_err(Error::custom)?)?;
        }
        seq.end()
    }
}

/// What a run has come to.
pub(crate) struct Totals {
    pub(crate) run: i64,
    pub(crate) hashed_keys: bool,
    pub(crate) counters: Counters,
    pub(crate) open: usize,
    pub(crate) requests: usize,
    pub(crate) lives: u32,
    pub(crate) read_all: bool,
    pub(crate) stopped: Option<String>,
    pub(crate) source_error: Option<String>,
}

impl Totals {
    /// Reads the totals of the run with this name.
    pub(crate) fn read(file: &Connection, name: &str) -> Done<Option<Self>> {
        let sql = "select r.run, r.hashed_keys, l.life, l.read_all, l.stopped, l.source_error, \
                   (select sum(requests) from lives where run = r.run) \
                   from runs r join lives l on l.run = r.run where r.name = ?1 order by l.life desc limit 1";
        let totals = file.query_row(sql, [name], |row| {
            Ok(Totals {
                run: row.get(0)?,
                hashed_keys: row.get(1)?,
                counters: Counters::default(),
                open: 0,
                requests: row.get::<_, i64>(6)? as usize,
                lives: row.get(2)?,
                read_all: row.get(3)?,
                stopped: row.get(4)?,
                source_error: row.get(5)?,
            })
        });
        let Some(mut totals) = totals.optional()? else { return Ok(None) };
        let (first, end) = (row_id(totals.run, 0), row_id(totals.run + 1, 0));
        // Most items are done, and cost the least: the others are counted one by one. A `group by` would sort all rows.
        let sql = "select count(*) from items where id >= ?1 and id < ?2";
        let accepted: i64 = file.query_row(sql, [first, end], |row| row.get(0))?;
        let sql = format!(
            "select count(*), total(now = 1), total(now = 2), total(now = 3), total(now = 4), total(now = 0), total(is_open) from ( \
             select case when {IS_IN_FLIGHT} then 4 else coalesce(outcome, 0) end as now, {IS_OPEN} as is_open \
             from items where id >= ?2 and id < ?3 and (final = 0 or outcome <> 1))"
        );
        file.query_row(&sql, [totals.run, first, end], |row| {
            let number = |column: usize| row.get::<_, f64>(column).map(|number| number as usize);
            let others = row.get::<_, i64>(0)?;
            totals.counters.accepted = accepted as usize;
            totals.counters.succeeded = (accepted - others) as usize + number(1)?;
            totals.counters.failed = number(2)?;
            totals.counters.refused = number(3)?;
            totals.counters.unknown = number(4)?;
            totals.counters.not_attempted = number(5)?;
            totals.open = number(6)?;
            Ok(())
        })?;
        Ok(Some(totals))
    }
}
