//! The items of a run as the source of another run.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::vec;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::dynamic::from_text;
use bulk_endpoint::journal::JournalError;
use rusqlite::OptionalExtension;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, no_run};
use crate::pages::{PageItem, Pages, Reader, Wanted};

/// The items of a recorded run, made from their keys. See [`Store::items`](crate::Store::items).
#[must_use = "nothing is read until it is iterated"]
pub struct RunItems<T> {
    path: PathBuf,
    name: String,
    wanted: Wanted,
    items: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> RunItems<T> {
    pub(crate) fn new(path: PathBuf, name: String) -> Self {
        RunItems { path, name, wanted: Wanted::default(), items: PhantomData }
    }

    /// Selects the items with this outcome. Can be called for several outcomes. Without this and [`open`](Self::open), all items are selected.
    pub fn outcome(mut self, outcome: OutcomeKind) -> Self {
        self.wanted.outcomes.push(outcome);
        self
    }

    /// Selects the items that are not settled for good, whatever their present outcome is.
    pub fn open(mut self) -> Self {
        self.wanted.open = true;
        self
    }

    fn pages(self) -> Result<Pages, JournalError> {
        let reader = Reader::open(self.path)?;
        let found = reader.read(|file| {
            let sql = "select run, hashed_keys, keyed from runs where name = ?1";
            let row = file.query_row(sql, [&self.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            let found: Option<(i64, bool, bool)> = row.optional()?;
            found.ok_or_else(|| Fault::Call(no_run(&reader.path, &self.name)))
        });
        let why = match found? {
            (run, false, true) => {
                let is_all = self.wanted == Wanted::default();
                let wanted = if is_all { Wanted { duplicates: false, ..Wanted::all() } } else { self.wanted };
                return Ok(Pages::new(reader, run, wanted));
            }
            (_, true, _) => "its keys were hashed (`Options::keys`)",
            (_, _, false) => "its items have no keys",
        };
        Err(crate::fault::store_error(format!(
            "expected a run whose items can be made from their keys, found `{}`: {why}; take the items from where they came from",
            self.name
        )))
    }
}

impl<T: DeserializeOwned> IntoIterator for RunItems<T> {
    type Item = Result<T, JournalError>;
    type IntoIter = RunItemsIter<T>;

    fn into_iter(self) -> RunItemsIter<T> {
        let name = self.name.clone();
        let source = match self.pages() {
            Ok(pages) => PageSource::Pages(Box::new(pages)),
            Err(error) => PageSource::Failed(vec![error].into_iter()),
        };
        RunItemsIter { name, source, items: PhantomData }
    }
}

impl<T> fmt::Debug for RunItems<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunItems").field("name", &self.name).field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// Iterates over the items of a recorded run, in the order in which it first read them. Reads the file a page at a time.
pub struct RunItemsIter<T> {
    name: String,
    source: PageSource,
    items: PhantomData<fn() -> T>,
}

enum PageSource {
    Pages(Box<Pages>),
    Failed(vec::IntoIter<JournalError>),
}

impl<T: DeserializeOwned> Iterator for RunItemsIter<T> {
    type Item = Result<T, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.source {
            PageSource::Failed(error) => error.next().map(Err),
            PageSource::Pages(pages) => pages.next().map(|item| make(&self.name, item?)),
        }
    }
}

impl<T> fmt::Debug for RunItemsIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunItemsIter").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Makes an item from its key: the content of a string, or the JSON of anything else.
fn make<T: DeserializeOwned>(name: &str, item: PageItem) -> Result<T, JournalError> {
    let key = item.key.unwrap_or_default();
    from_text(&key).map_err(|error| {
        crate::fault::store_error(format!(
            "expected items that can be made from their keys, found the key `{key}` of item {} of the run `{name}`: {error}; take the items \
             from where they came from",
            item.item
        ))
    })
}
