//! Faults of a response that belong to no single entry.

use super::super::decode_error::DecodeError;
use crate::text::counted;

/// The faults of a response that belong to no single entry. With any fault, an unlisted item is uncertain.
///
/// `{"failed": [{"id": "zzz"}]}` with `unlisted = succeeded`: `zzz` was not sent, so the error may be about any item.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Keys that no item of the batch has.
    pub(crate) foreign: First<String>,
    /// Whether one of these is named as anything but done.
    pub(crate) has_foreign_failure: bool,
    /// Elements that cannot be decoded and name no item.
    pub(crate) bad_elements: First<DecodeError>,
    /// A part that does not have the declared shape: a missing field, a count that differs.
    pub(crate) shape: Option<DecodeError>,
    /// Whether a part that cannot be read may name items, or a count differs: `"failed": {"a": "gone"}` for a list, but not `"failed": "too many"`.
    pub(crate) hides_items: bool,
    /// The entries that name their item by position.
    pub(crate) positions: Option<Positions>,
}

/// The entries that name their item by position: their number, and the number of items that they must match.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    pub(crate) elements: usize,
    pub(crate) items: usize,
    /// The fault of a group's list, in words.
    pub(crate) group: Option<String>,
}

/// The first of several values, and their number. Only the first is kept: a hostile response may have a million.
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
    /// Describes the first fault; `None` if the response has no fault.
    pub(crate) fn describe(&self) -> Option<String> {
        if let Some(error) = self.shape.as_ref().or(self.bad_elements.first.as_ref()) {
            return Some(error.to_string());
        }
        // An unknown key is named last: a missing field explains more than `"zzz"`, which may follow from it.
        let key = self.foreign.first.as_ref()?;
        Some(match self.foreign.count {
            1 => format!("the response names {key}, which was not sent"),
            n => format!("the response names {key} and {} more that were not sent", n - 1),
        })
    }
}

impl Faults {
    /// Returns whether there are none, and no entry names its item by position.
    pub(crate) fn is_empty(&self) -> bool {
        self.shape.is_none() && self.positions.is_none() && self.unnamed() == 0
    }

    /// The number of elements that name no item of the batch.
    pub(crate) fn unnamed(&self) -> usize {
        self.foreign.count + self.bad_elements.count
    }

    /// Counts the elements of a positional list. `batch` is the number of items in the request, `group` the number of items in the group of
    /// the list, if it has one.
    pub(super) fn count_positions(&mut self, list: &str, count: usize, batch: usize, group: Option<usize>) {
        let positions = self.positions.get_or_insert_default();
        positions.elements += count;
        positions.items = if group.is_some() { positions.items + count } else { batch };
        // `{"create": [r], "delete": [r, r, r]}` for two items each: the total of 4 is right, and both lists are wrong. So each list
        // is compared with its own group.
        if let Some(items) = group.filter(|items| *items != count) {
            let (elements, items) = (counted(count, "element"), counted(items, "item"));
            positions.group.get_or_insert_with(|| format!("{elements} in `{list}` for {items}"));
        }
    }

    /// Adds a key that no item of the batch has. `is_done`: the response names it as done.
    pub(super) fn foreign(&mut self, key: String, is_done: bool) {
        self.foreign.push(key);
        self.has_foreign_failure |= !is_done;
    }

    /// Describes a part of the response that may be the failure of an item which it does not name, or names no item of the batch; `None` if there is
    /// none.
    pub(crate) fn unclear_failure(&self) -> Option<String> {
        let is_unclear = self.shape.is_some() || !self.bad_elements.is_empty() || self.has_foreign_failure;
        self.describe().filter(|_| is_unclear)
    }

    /// Adds a part that does not have the declared shape. The first one is kept.
    pub(super) fn shape(&mut self, error: DecodeError) {
        self.shape.get_or_insert(error);
    }

    /// Adds the faults of a nested reply.
    pub(super) fn absorb(&mut self, inner: Faults) {
        self.foreign.absorb(inner.foreign);
        self.has_foreign_failure |= inner.has_foreign_failure;
        self.hides_items |= inner.hides_items;
        self.bad_elements.absorb(inner.bad_elements);
        self.shape = self.shape.take().or(inner.shape);
        if let Some(inner) = inner.positions {
            let positions = self.positions.get_or_insert_default();
            positions.elements += inner.elements;
            // `[{"results": [r, r]}, {"results": [r]}]` for three items: the parts share the items, so their elements add up.
            positions.items = positions.items.max(inner.items);
            positions.group = positions.group.take().or(inner.group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faults_of_a_part_are_those_of_the_whole() {
        let key = |is_done| {
            let mut faults = Faults::default();
            faults.foreign("zzz".to_owned(), is_done);
            faults
        };
        for (outside, inside, unclear) in [(true, true, false), (true, false, true), (false, true, true)] {
            let mut faults = key(outside);
            faults.absorb(key(inside));
            assert_eq!(faults.unclear_failure().is_some(), unclear, "{outside} {inside}");
            assert!(faults.describe().is_some());
        }
        for (outside, inside) in [(true, false), (false, true)] {
            let mut faults = Faults { hides_items: outside, ..Faults::default() };
            faults.absorb(Faults { hides_items: inside, ..Faults::default() });
            assert!(faults.hides_items);
        }
    }
}
