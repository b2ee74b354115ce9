//! The collector: takes the entries of a response, and turns each address into a slot of the batch.
//!
//! It judges single elements only. What needs all entries (contradictions, unlisted items, positions in a list that is too short) is
//! judged by `reconcile`.

mod count;
mod faults;
mod fields;
mod finding;
mod lists;
mod nested;
mod raw;
#[cfg(test)]
mod tests;
mod views;
mod whole;

pub(crate) use faults::{Faults, Positions};
pub(crate) use finding::{BodyId, Carried, Entry, EntryFinding, FailureId, Finding, count_items};
pub(crate) use views::ConvertedKeys;
pub(crate) use whole::WholeResponse;

use std::fmt;
use std::sync::Arc;

use self::count::{ElementCount, TooManyElements};
use self::raw::NAME;
use super::decode_error::DecodeError;
use super::failure::IntoFailure;
use super::job::JobHandle;
use super::key_index::KeyIndex;
use super::shape::{ReplyShape, Unlisted};
use super::verdict::Verdict;
use crate::text::{key_text, shorten};

/// Takes the entries of one response.
///
/// A hand-written reply calls [`succeeded`](Self::succeeded), [`failed`](Self::failed) and the other methods once for each entry, in the
/// order of the response. Add every entry, also one that looks wrong: missing, unknown, duplicate and contradictory keys are judged
/// afterwards, in the same way for all replies.
///
/// The methods that take a [`Field`](crate::reply::Field) read a whole list or field of a JSON body; derived replies call them.
pub struct Collector<'b, K, S, F> {
    pub(crate) keys: &'b dyn KeyIndex<K>,
    /// The HTTP status of the response.
    pub(crate) status: u16,
    /// The JSON pointer of the part that is being read; empty for the whole body.
    pub(crate) path: String,
    /// What it means that the response does not list an item.
    pub(crate) unlisted: Unlisted,
    /// The failure of an unlisted item, with `unlisted = failed`.
    pub(crate) unlisted_failure: Option<Arc<F>>,
    pub(crate) entries: Vec<Entry>,
    /// The slot after that of the latest entry.
    pub(super) next_slot: usize,
    /// The address of an empty list that stands for the keys of all items; `None` once it was read.
    pub(crate) repeated: Option<usize>,
    /// The number of elements that were read, also those of nested replies.
    elements: ElementCount,
    pub(crate) carried: Carried<S, F>,
    pub(crate) faults: Faults,
    pub(crate) whole: WholeResponse,
    /// The shape of the body, of a reply that chose one of several.
    pub(crate) shape: Option<&'static ReplyShape>,
    /// Why the body does not have the shapes before it.
    pub(crate) misfits: Option<DecodeError>,
    /// The body is the error type of the endpoint.
    pub(crate) is_error: bool,
}

/// The address of an entry: the item that it is about.
///
/// The methods of [`Collector`] take `&key` for a key, and a `usize` for a position in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemRef<'k, K> {
    /// The item with this key.
    Key(&'k K),
    /// The item at this position of the request, counted from 0.
    Position(usize),
    /// The item at this position of a group, counted from 0: `("delete", 0)` is `7` in `{"create": [{…}], "delete": [7]}`.
    InGroup(&'k str, usize),
}

impl<'k, K> From<&'k K> for ItemRef<'k, K> {
    fn from(key: &'k K) -> Self {
        ItemRef::Key(key)
    }
}

impl<K> From<usize> for ItemRef<'_, K> {
    fn from(position: usize) -> Self {
        ItemRef::Position(position)
    }
}

impl<'b, K, S, F> Collector<'b, K, S, F> {
    pub(crate) fn new(keys: &'b dyn KeyIndex<K>, status: u16) -> Self {
        Collector {
            keys,
            status,
            path: String::new(),
            unlisted: Unlisted::Unknown,
            unlisted_failure: None,
            entries: Vec::new(),
            next_slot: 0,
            repeated: None,
            elements: ElementCount::new(keys.len()),
            carried: Carried::default(),
            faults: Faults::default(),
            whole: WholeResponse::default(),
            shape: None,
            misfits: None,
            is_error: false,
        }
    }

    /// Adds an entry: this item is done, with this success body. `{"id": "a", "ok": true}`
    pub fn succeeded<'k>(&mut self, at: impl Into<ItemRef<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let finding = self.carried.success(false, None, Some(body));
        self.push(&at.into(), finding);
    }

    /// Adds an entry: this item is accepted, and the vendor does not report the final result. `{"id": "a", "status": 202}`
    pub fn accepted<'k>(&mut self, at: impl Into<ItemRef<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let finding = self.carried.success(true, None, Some(body));
        self.push(&at.into(), finding);
    }

    /// Adds an entry: this item failed. `{"id": "a", "error": "gone"}`
    pub fn failed<'k>(&mut self, at: impl Into<ItemRef<'k, K>>, failure: F)
    where
        K: serde::Serialize + 'k,
    {
        let failure = self.carried.fail(Arc::new(failure));
        self.push(&at.into(), Finding::Failed(failure));
    }

    /// Adds an entry: the server did not act on this item, and handed it back. `{"unprocessed": ["a"]}`
    pub fn unprocessed<'k>(&mut self, at: impl Into<ItemRef<'k, K>>)
    where
        K: serde::Serialize + 'k,
    {
        self.push(&at.into(), Finding::Unprocessed);
    }

    /// Adds an element that cannot be decoded and names no item. Items that the response does not list are then uncertain, because the
    /// element may be about any of them.
    pub fn bad_element(&mut self, error: DecodeError) {
        self.faults.bad_elements.push(error);
    }

    /// Marks the whole request as refused, whatever the HTTP status: `{"ok": false, "error": "ratelimited"}` under 200.
    ///
    /// The code is looked up in `retry(…)`, `stop(…)` and the other lists of the endpoint.
    pub fn refused(&mut self, code: Option<String>, message: Option<String>) {
        self.whole.verdict = Some(Verdict::Failed);
        (self.whole.code, self.whole.message) = (code, message);
    }

    /// Marks the items as pending: the job with this handle works on them, `{"job_id": "7"}`. The endpoint's `poll` asks for its result; if
    /// it sends the handle in a body, it sends a JSON string. Without `poll`, the items are accepted.
    pub fn pending(&mut self, job: impl Into<String>) {
        self.whole.verdict = Some(Verdict::Pending);
        self.of_job(job);
    }

    /// Names the job that the response is about. Call it also for the result of a job: a response to a poll that is about another job than
    /// the one that was polled is not used.
    pub fn of_job(&mut self, job: impl Into<String>) {
        self.whole.job = Some(JobHandle::from(job.into()));
    }

    /// Lets the job of a response to a poll differ from the one that was polled, for a vendor whose responses have the handle of the next
    /// poll.
    pub fn job_moves(&mut self) {
        self.whole.job_moves = true;
    }

    /// Sets the failure of the items that the response does not list. It is used only if the shape has [`Unlisted::Failed`].
    pub fn unlisted_failure(&mut self, failure: impl IntoFailure<F>) {
        self.unlisted_failure = Some(IntoFailure::convert_failure(Arc::new(failure)));
    }

    /// Returns the number of items in the request.
    #[allow(clippy::len_without_is_empty, reason = "a request is never empty")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Adds an entry, or a fault if no item of the request has this address.
    fn push(&mut self, at: &ItemRef<'_, K>, finding: EntryFinding)
    where
        K: serde::Serialize,
    {
        // A hand-written reply that names a position has matched it to an item already, so the entry is not `positional`: `reconcile` does
        // not compare the numbers of elements and items.
        let slot = match at {
            ItemRef::Key(key) => self.keys.find_key(key, self.next_slot),
            ItemRef::Position(position) => self.keys.find_position(None, *position),
            ItemRef::InGroup(group, position) => self.keys.find_position(Some(group), *position),
        };
        let Some(slot) = slot else {
            let name = match at {
                ItemRef::Key(key) => shorten(&key_text(key), NAME),
                ItemRef::Position(position) => format!("the position {position}"),
                ItemRef::InGroup(group, position) => format!("the position {position} of {}", shorten(group, NAME)),
            };
            return self.faults.foreign(name, finding.is_done());
        };
        self.push_entry(slot, false, finding);
    }

    /// Counts an element before it is read. An error ends the reading.
    fn count_element(&mut self) -> Result<(), TooManyElements> {
        self.elements.add()
    }

    /// As [`count_element`](Self::count_element), for a list that is read with serde.
    fn count_next(&mut self) -> Result<(), serde_json::Error> {
        self.elements.add().map_err(serde::de::Error::custom)
    }

    /// Returns an error if the response has more elements than were read.
    pub(crate) fn check_elements(&self) -> Result<(), TooManyElements> {
        self.elements.check()
    }

    /// Returns whether the response has no entry, not even one for an item that was not sent.
    pub(crate) fn names_no_item(&self) -> bool {
        self.entries.is_empty() && self.faults.unnamed() == 0
    }
}

impl<K, S, F> fmt::Debug for Collector<'_, K, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("entries", &self.entries.len()).field("faults", &self.faults).finish()
    }
}
