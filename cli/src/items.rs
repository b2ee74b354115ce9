//! Items that are produced one at a time, and their exact number.

use anyhow::{Result, anyhow};
use bulk_endpoint::journal::FromRun;
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Plan, Run};

/// The items of a run.
///
/// Its `size_hint` is exact, so that a run that stops early still accounts for every item.
pub struct Items<T> {
    left: usize,
    items: Box<dyn Iterator<Item = Result<T>> + Send>,
}

/// The error of a source that does not have the items that were counted.
pub const CHANGED: &str = "the input file changed while it was read";

impl<T> Items<T> {
    /// Items of a source that has this many.
    pub fn new(count: usize, items: impl Iterator<Item = Result<T>> + Send + 'static) -> Self {
        Items { left: count, items: Box::new(items) }
    }
}

impl<T> Iterator for Items<T> {
    type Item = Result<T>;

    /// Returns the next item, or an error if the source is not the one that was counted. Nothing follows an error.
    fn next(&mut self) -> Option<Result<T>> {
        let next = match (self.items.next(), self.left) {
            (None, 0) => None,
            (Some(Ok(item)), 1..) => Some(Ok(item)),
            (Some(Err(error)), _) => Some(Err(error)),
            (Some(Ok(_)), 0) | (None, 1..) => Some(Err(anyhow!(CHANGED))),
        };
        self.left = if matches!(next, Some(Ok(_))) { self.left - 1 } else { 0 };
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// The items of a command.
pub enum ItemSource<T> {
    /// Items of the command alone.
    Own(Items<T>),
    /// Items of an earlier run. Ids that a run assigns are those that they had there.
    FromRun(Items<FromRun<T>>),
}

impl<T> From<Items<T>> for ItemSource<T> {
    fn from(items: Items<T>) -> Self {
        ItemSource::Own(items)
    }
}

impl<T: BulkItem> ItemSource<T> {
    /// Their number.
    pub(crate) fn count(&self) -> usize {
        match self {
            ItemSource::Own(items) => items.left,
            ItemSource::FromRun(items) => items.left,
        }
    }

    /// A run that sends them.
    pub(crate) fn send<'a, R: BulkReply, E: ApiError>(self, bulk: &Bulk<T, R, E>) -> Run<'a, T, R, E, T> {
        match self {
            ItemSource::Own(items) => bulk.send(items),
            ItemSource::FromRun(items) => bulk.send(items),
        }
    }

    /// The requests that would be sent for the first of them, and the number of these.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn plan<R: BulkReply, E: ApiError>(self, bulk: &Bulk<T, R, E>, most: usize) -> Result<(Plan, usize)> {
        let items: Box<dyn Iterator<Item = Result<T>>> = match self {
            ItemSource::Own(items) => Box::new(items),
            ItemSource::FromRun(items) => Box::new(items.map(|item| item.map(|from| from.item))),
        };
        let (mut requests, mut error) = (0, None);
        let items = items.take(most).map_while(|item| item.map_err(|why| error = Some(why)).ok());
        let plan = bulk.plan_each(items, |_| requests += 1);
        error.map_or(Ok((plan, requests)), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_changed_is_an_error() {
        for (count, ids, want) in [(2, vec![1, 2], "1 2"), (3, vec![1, 2], "1 2 error"), (1, vec![1, 2], "1 error")] {
            let mut ids = Items::new(count, ids.into_iter().map(Ok));
            assert_eq!(ids.size_hint(), (count, Some(count)));
            let mut found = Vec::new();
            for id in ids.by_ref().take(3) {
                found.push(id.map_or("error".to_owned(), |id| id.to_string()));
            }
            assert_eq!(found.join(" "), want);
            assert_eq!(ids.size_hint(), (0, Some(0)));
        }
    }
}
