//! The items of a run as the source of another run.

use std::fmt;

use bulk_endpoint::dynamic::from_text;
use bulk_endpoint::journal::{FromRun, JournalError, Origin};
use bulk_endpoint::{OutcomeKind, Row};
use serde::de::DeserializeOwned;

use crate::pages::{PageItem, Pages, Wanted};
use crate::recorded_runs::{Opening, RunHeader};
use crate::report::row_of;

/// The items of a recorded run. See [`Store::items`](crate::Store::items) and [`Store::items_with`](crate::Store::items_with).
#[must_use = "nothing is read until it is iterated"]
pub struct RunItems<'a, T> {
    opening: Opening,
    name: String,
    wanted: Wanted,
    make: Make<'a, T>,
}

/// How items are made.
enum Make<'a, T> {
    FromKeys(fn(&str, &PageItem) -> Result<T, JournalError>),
    With(Box<dyn FnMut(Row) -> T + Send + 'a>),
}

impl<'a, T> RunItems<'a, T> {
    pub(crate) fn from_keys(opening: Opening, name: String) -> Self
    where
        T: DeserializeOwned,
    {
        RunItems { opening, name, wanted: Wanted::default(), make: Make::FromKeys(from_key::<T>) }
    }

    pub(crate) fn with(opening: Opening, name: String, make: impl FnMut(Row) -> T + Send + 'a) -> Self {
        RunItems { opening, name, wanted: Wanted::default(), make: Make::With(Box::new(make)) }
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

    /// Selects duplicates too, as items of their own. Without this they are left out: an item that they are duplicates of stands for them.
    ///
    /// A batcher needs them (`BatcherBuilder::resume`): each call that was left open has an outcome then.
    pub fn with_duplicates(mut self) -> Self {
        self.wanted.duplicates = true;
        self
    }

    fn opened(self) -> Result<OpenedRun<'a, T>, JournalError> {
        let RunItems { opening, name, wanted, make } = self;
        let recorded = opening()?;
        let RunHeader { run, id, keyed, hashed_keys } = recorded.find(&name)?;
        let why = match make {
            Make::FromKeys(_) if hashed_keys => Some("its keys were hashed (`Options::keys`)"),
            Make::FromKeys(_) if !keyed => Some("its items have no keys"),
            _ => None,
        };
        if let Some(why) = why {
            return Err(crate::fault::store_error(format!(
                "expected a run whose items can be made from their keys, found `{name}`: {why}; take the items from where they came \
                 from, with `Store::items_with`"
            )));
        }
        let is_all = !wanted.open && wanted.outcomes.is_empty();
        let wanted = if is_all { Wanted { duplicates: wanted.duplicates, ..Wanted::all() } } else { wanted };
        Ok(OpenedRun { pages: recorded.pages(run, wanted), run: id, hashed_keys, name, make })
    }
}

impl<'a, T> IntoIterator for RunItems<'a, T> {
    type Item = Result<FromRun<T>, JournalError>;
    type IntoIter = RunItemsIter<'a, T>;

    fn into_iter(self) -> RunItemsIter<'a, T> {
        let name = self.name.clone();
        let source = match self.opened() {
            Ok(opened) => ItemSource::Opened(Box::new(opened)),
            Err(error) => ItemSource::Failed(Some(error)),
        };
        RunItemsIter { name, source }
    }
}

impl<T> fmt::Debug for RunItems<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunItems").field("name", &self.name).field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// Iterates over the items of a recorded run, in the order in which it first read them. Reads a page at a time.
pub struct RunItemsIter<'a, T> {
    name: String,
    source: ItemSource<'a, T>,
}

enum ItemSource<'a, T> {
    Opened(Box<OpenedRun<'a, T>>),
    Failed(Option<JournalError>),
}

/// A run whose items are read.
struct OpenedRun<'a, T> {
    pages: Pages,
    /// Its id.
    run: u128,
    hashed_keys: bool,
    name: String,
    make: Make<'a, T>,
}

impl<T> Iterator for OpenedRun<'_, T> {
    type Item = Result<FromRun<T>, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let page_item = match self.pages.next()? {
            Ok(page_item) => page_item,
            Err(error) => return Some(Err(error)),
        };
        let origin = page_item.origin.unwrap_or(Origin { run: self.run, item: page_item.item });
        let item = match &mut self.make {
            Make::FromKeys(make) => make(&self.name, &page_item),
            Make::With(make) => Ok(make(row_of(page_item, self.hashed_keys))),
        };
        Some(item.map(|item| FromRun { item, origin }))
    }
}

impl<T> Iterator for RunItemsIter<'_, T> {
    type Item = Result<FromRun<T>, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.source {
            ItemSource::Failed(error) => error.take().map(Err),
            ItemSource::Opened(opened) => opened.next(),
        }
    }
}

impl<T> fmt::Debug for RunItemsIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunItemsIter").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Makes an item from its key: the content of a string, or the JSON of anything else.
fn from_key<T: DeserializeOwned>(name: &str, item: &PageItem) -> Result<T, JournalError> {
    let key = item.key.as_deref().unwrap_or_default();
    from_text(key).map_err(|error| {
        crate::fault::store_error(format!(
            "expected items that can be made from their keys, found the key `{key}` of item {} of the run `{name}`: {error}; take the items \
             from where they came from, with `Store::items_with`",
            item.item
        ))
    })
}
