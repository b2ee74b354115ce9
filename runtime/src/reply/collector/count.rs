//! The number of elements that are read of a response.

use crate::text::counted;

/// The elements that a response may have beyond four for each item of its request.
///
/// A response of 16 MiB may have millions of elements, and no await point is between them. This many are decoded in a moment.
const EXTRA: usize = 100_000;

/// The number of elements that were read of a response, also of its nested replies.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ElementCount(usize);

/// A response has so many elements that the rest is not read. What it says is then not known, also about the items that it names: a later
/// element may contradict.
#[derive(Debug, thiserror::Error)]
#[error("the response has more than {} for {}", counted(*.limit, "element"), counted(*.items, "item"))]
pub(crate) struct TooManyElements {
    limit: usize,
    items: usize,
}

impl ElementCount {
    /// Counts an element of a response to this many items, before it is read. An error ends the reading.
    pub(super) fn add(&mut self, items: usize) -> Result<(), TooManyElements> {
        self.0 = self.0.saturating_add(1);
        self.check(items)
    }

    /// Returns an error if the response to this many items has more elements than are read.
    pub(super) fn check(self, items: usize) -> Result<(), TooManyElements> {
        let limit = items.saturating_mul(4).saturating_add(EXTRA);
        if self.0 > limit { Err(TooManyElements { limit, items }) } else { Ok(()) }
    }
}
