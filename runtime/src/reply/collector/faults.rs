//! What is wrong with a response beside its entries.

use super::super::decode_error::DecodeError;
use crate::text::counted;

/// What is at fault in a response beside its lines. Any of it makes silence worthless.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Keys that no item of the batch has.
    pub(crate) foreign: First<String>,
    /// Elements that do not fit and name nobody.
    pub(crate) bad_elements: First<DecodeError>,
    /// A required field that is not there, a count that differs.
    pub(crate) shape: Option<DecodeError>,
    /// Lines told by position.
    pub(crate) positions: Option<Positions>,
}

/// Lines told by position: of how many items they speak, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    pub(crate) elements: usize,
    pub(crate) items: usize,
    /// What is wrong with the list of a group.
    pub(crate) group: Option<String>,
}

/// The first of several, and how many there are: a response may have a million.
#[derive(Debug)]
pub(crate) struct First<T> {
    first: Option<T>,
    count: usize,
}

impl<T> Default for First<T> {
    fn default() -> Self {
        First { first: None, count: 0 }
    }
}

impl<T> First<T> {
    pub(super) fn push(&mut self, one: T) {
        self.first.get_or_insert(one);
        self.count += 1;
    }

    fn absorb(&mut self, others: Self) {
        self.first = self.first.take().or(others.first);
        self.count += others.count;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Faults {
    /// One sentence on the first fault; `None` where there is none.
    pub(crate) fn describe(&self) -> Option<String> {
        if let Some(misfit) = self.shape.as_ref().or(self.bad_elements.first.as_ref()) {
            return Some(misfit.to_string());
        }
        let key = self.foreign.first.as_ref()?;
        Some(match self.foreign.count {
            1 => format!("the response names {key}, which was not sent"),
            n => format!("the response names {key} and {} more that were not sent", n - 1),
        })
    }
}

impl Faults {
    /// So many elements of a list speak of the items of the request, or of one of its groups, in their order.
    pub(super) fn count_positions(&mut self, list: &str, count: usize, batch: usize, group: Option<usize>) {
        let positions = self.positions.get_or_insert_default();
        positions.elements += count;
        positions.items = if group.is_some() { positions.items + count } else { batch };
        // Of a group that is short, and one that is long, neither can be told.
        if let Some(items) = group.filter(|items| *items != count) {
            let (elements, items) = (counted(count, "element"), counted(items, "item"));
            positions.group.get_or_insert_with(|| format!("{elements} in `{list}` for {items}"));
        }
    }

    /// The first one is told.
    pub(super) fn shape(&mut self, misfit: DecodeError) {
        self.shape.get_or_insert(misfit);
    }

    pub(super) fn absorb(&mut self, inner: Faults) {
        self.foreign.absorb(inner.foreign);
        self.bad_elements.absorb(inner.bad_elements);
        self.shape = self.shape.take().or(inner.shape);
        if let Some(inner) = inner.positions {
            let positions = self.positions.get_or_insert_default();
            positions.elements += inner.elements;
            positions.items = positions.items.max(inner.items);
            positions.group = positions.group.take().or(inner.group);
        }
    }
}
