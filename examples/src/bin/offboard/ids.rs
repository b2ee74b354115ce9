//! Ids that are produced one at a time, and their exact number.

use anyhow::{Result, anyhow};

/// An iterator over the ids of one vendor.
///
/// Its `size_hint` is exact, so that a run that stops early still accounts for every id.
pub(crate) struct Ids<T> {
    left: usize,
    ids: Box<dyn Iterator<Item = Result<T>> + Send>,
}

impl<T> Ids<T> {
    pub(crate) fn new(count: usize, ids: impl Iterator<Item = Result<T>> + Send + 'static) -> Self {
        Ids { left: count, ids: Box::new(ids) }
    }
}

impl<T> Iterator for Ids<T> {
    type Item = Result<T>;

    /// Returns the next id, or an error if the file is not the one that was counted. Nothing follows an error.
    fn next(&mut self) -> Option<Result<T>> {
        let next = match (self.ids.next(), self.left) {
            (None, 0) => None,
            (Some(Ok(id)), 1..) => Some(Ok(id)),
            (Some(Err(error)), _) => Some(Err(error)),
            (Some(Ok(_)), 0) | (None, 1..) => Some(Err(anyhow!("the input file changed while it was read"))),
        };
        self.left = if matches!(next, Some(Ok(_))) { self.left - 1 } else { 0 };
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_changed_is_an_error() {
        for (count, ids, want) in [(2, vec![1, 2], "1 2"), (3, vec![1, 2], "1 2 error"), (1, vec![1, 2], "1 error")] {
            let mut ids = Ids::new(count, ids.into_iter().map(Ok));
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
