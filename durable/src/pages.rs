//! The items of a run, read from the file a page at a time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{JournalError, Origin, RecordedOutcome};
use rusqlite::{Connection, Row, params};

use crate::fault::{Fault, store_error};
use crate::open::{Readable, open_to_read};
use crate::still::Still;
use crate::stored::{code_of, read_origin, read_outcome, row_id};

/// The number of rows that are read at once.
const PAGE: i64 = 1_000;

/// Whether an item, or the one that it is a duplicate of, may be with the host. `?1` is the run.
pub(crate) const IS_IN_FLIGHT: &str = "(final = 0 and coalesce(case when outcome is null then duplicate_of end, item) in \
     (select item from in_flight where run = ?1))";

/// Whether an item is open: the same call takes it up again. A duplicate that was rejected is not, once the item that it repeats is settled for good:
/// the same call rejects it again. It is not final either, because a call that collapses or keeps duplicates takes it up.
pub(crate) const IS_OPEN: &str = "(final = 0 and not (duplicate_of is not null and outcome is 0 and exists \
     (select 1 from items f where f.id = items.id >> 40 << 40 | items.duplicate_of and f.final = 1)))";

/// A connection that reads, shared by the iterators over a report.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) path: PathBuf,
    file: Arc<Mutex<Connection>>,
    still: Option<Still>,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let Readable { path, file, still } = open_to_read(path)?;
        Ok(Reader { path, file: Arc::new(Mutex::new(file)), still })
    }

    pub(crate) fn read<V>(&self, read: impl FnOnce(&Connection) -> Result<V, Fault>) -> Result<V, JournalError> {
        // A panic cannot leave a connection that reads in a bad state.
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let done = read(&file);
        if self.still.is_some() && self.still != Still::of(&self.path) {
            return Err(store_error(format!(
                "expected that nothing writes the journal `{}`, whose folder cannot be written, while it is read, but its file changed; read it \
                 again",
                self.path.display()
            )));
        }
        done.map_err(|fault| fault.of_reading(&self.path))
    }
}

/// One item.
pub(crate) struct PageItem {
    pub(crate) item: u64,
    /// `None` if it has none, or if keys were hashed.
    pub(crate) key: Option<String>,
    pub(crate) key_hash: u64,
    /// Its present outcome.
    pub(crate) outcome: RecordedOutcome,
    pub(crate) is_open: bool,
    /// What it was in another run, if it came from one.
    pub(crate) origin: Option<Origin>,
}

/// Which items are read. An item with one of the outcomes is, and with `open` so is an open one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) outcomes: Vec<OutcomeKind>,
    pub(crate) open: bool,
    pub(crate) duplicates: bool,
}

impl Wanted {
    pub(crate) fn all() -> Self {
        Wanted { outcomes: OutcomeKind::ALL.to_vec(), open: true, duplicates: true }
    }

    /// The condition that a row meets at least; in-flight rows are looked at one by one. `is_open` is that of an open row.
    pub(crate) fn condition(&self, is_open: &str) -> String {
        // Null: not sent yet.
        let of_outcome = self.outcomes.iter().map(|kind| format!("coalesce(outcome, 0) = {} or ", code_of(*kind)));
        let mut condition = format!("({}in_flight", of_outcome.collect::<String>());
        if self.open {
            condition.push_str(&format!(" or {is_open}"));
        }
        condition.push(')');
        if !self.duplicates {
            condition.push_str(" and duplicate_of is null");
        }
        condition
    }

    fn has(&self, item: &PageItem) -> bool {
        self.outcomes.contains(&item.outcome.outcome) || self.open && item.is_open
    }
}

/// Reads the items of one run, a page at a time.
pub(crate) trait PageSource: Send {
    /// The items from this number on, in their order: those that are wanted at least.
    fn page(&mut self, from: u64, most: i64) -> Result<Vec<PageItem>, JournalError>;
}

/// Iterates over the items of a run, in input order.
pub(crate) struct Pages {
    source: Box<dyn PageSource>,
    wanted: Wanted,
    next: u64,
    page: VecDeque<PageItem>,
    has_more: bool,
}

impl Pages {
    pub(crate) fn new(source: Box<dyn PageSource>, wanted: Wanted) -> Self {
        Pages { source, wanted, next: 0, page: VecDeque::new(), has_more: true }
    }

    fn turn(&mut self) -> Result<(), JournalError> {
        let rows = self.source.page(self.next, PAGE)?;
        self.has_more = rows.len() as i64 == PAGE;
        if let Some(last) = rows.last() {
            self.next = last.item + 1;
        }
        self.page.extend(rows.into_iter().filter(|item| self.wanted.has(item)));
        Ok(())
    }
}

impl Iterator for Pages {
    type Item = Result<PageItem, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.page.is_empty() && self.has_more {
            if let Err(error) = self.turn() {
                self.has_more = false;
                return Some(Err(error));
            }
        }
        self.page.pop_front().map(Ok)
    }
}

/// The items of a run in a file.
pub(crate) struct FilePages {
    reader: Reader,
    run: i64,
    sql: String,
}

impl FilePages {
    pub(crate) fn new(reader: Reader, run: i64, wanted: &Wanted) -> Self {
        let sql = format!(
            "select item, key, key_hash, {IS_OPEN}, {IS_IN_FLIGHT} as in_flight, outcome, status, code, message, \
             request_id, earlier, accepted, origin_run, origin_item from items where id >= ?2 and id < ?3 and {} order by id limit ?4",
            wanted.condition(IS_OPEN)
        );
        FilePages { reader, run, sql }
    }
}

impl PageSource for FilePages {
    fn page(&mut self, from: u64, most: i64) -> Result<Vec<PageItem>, JournalError> {
        let (sql, run) = (&self.sql, self.run);
        self.reader.read(|file| {
            let mut statement = file.prepare_cached(sql)?;
            let page = params![run, row_id(run, from as i64), row_id(run + 1, 0), most];
            let items = statement.query_map(page, read_item)?.collect::<rusqlite::Result<_>>()?;
            // Asked last: a run that is there was there all the time.
            match file.prepare_cached("select 1 from runs where run = ?1")?.exists([run])? {
                true => Ok(items),
                false => Err(Fault::Call(forgotten())),
            }
        })
    }
}

/// A run that was deleted must not look like one that has no more items.
pub(crate) fn forgotten() -> JournalError {
    store_error("expected all items of the run, found that it was forgotten meanwhile: only a part was read")
}

fn read_item(row: &Row<'_>) -> rusqlite::Result<PageItem> {
    let is_in_flight: bool = row.get(4)?;
    let outcome = if is_in_flight {
        in_flight_outcome()
    } else {
        read_outcome(row, 5)?.unwrap_or_else(RecordedOutcome::not_sent)
    };
    Ok(PageItem {
        item: row.get::<_, i64>(0)? as u64,
        key: row.get(1)?,
        key_hash: row.get::<_, i64>(2)? as u64,
        is_open: row.get(3)?,
        outcome,
        origin: read_origin(row, 12)?,
    })
}

/// The outcome of an item in a request without a recorded response, whether its process goes on or not.
pub(crate) fn in_flight_outcome() -> RecordedOutcome {
    let message = "may or may not have been applied: a request that may carry it has no recorded response";
    RecordedOutcome { outcome: OutcomeKind::Unknown, message: Some(message.to_owned()), ..RecordedOutcome::not_sent() }
}
