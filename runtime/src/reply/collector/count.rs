//! The number of elements that are read of a response.

use crate::text::counted;

/// The elements that a response may have beyond four for each item of its request.
///
/// A response of 16 MiB may have millions of elements, and no await point is between them. This many are decoded in a moment.
const EXTRA: usize = 100_000;

/// The number of elements that were read of a response, also of its nested replies.
#[derive(Debug, Clone, Copy)]
pub(super) struct ElementCount {
    read: usize,
    /// The number of items in the request.
    items: usize,
}

/// The error for a response with more elements than are read. It proves nothing about any item: an element that was not read may contradict
/// the others.
#[derive(Debug, thiserror::Error)]
#[error("the response has more than {} for {}", counted(*.limit, "element"), counted(*.items, "item"))]
pub(crate) struct TooManyElements {
    limit: usize,
    items: usize,
}

impl ElementCount {
    /// Counts the elements of a response to this many items.
    pub(super) fn new(items: usize) -> Self {
        ElementCount { read: 0, items }
    }

    /// Counts an element before it is read. An error ends the reading.
    pub(super) fn add(&mut self) -> Result<(), TooManyElements> {
        self.read = self.read.saturating_add(1);
        self.check()
    }

    /// Returns an error if the response has more elements than are read.
    pub(super) fn check(self) -> Result<(), TooManyElements> {
        let ElementCount { read, items } = self;
        let limit = items.saturating_mul(4).saturating_add(EXTRA);
        if read > limit { Err(TooManyElements { limit, items }) } else { Ok(()) }
    }
}
