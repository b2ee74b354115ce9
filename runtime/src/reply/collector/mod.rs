//! Where a reply says its lines, and where an address becomes a slot of the batch.

mod faults;
mod fields;
mod finding;
mod lists;
mod nested;
mod raw;
mod views;
mod whole;

pub(crate) use faults::{Faults, Positions};
pub(crate) use finding::{BodyId, Carried, Entry, EntryFinding, FailureId, Finding, count_items};
pub(crate) use views::ConvertedKeys;
pub(crate) use whole::WholeResponse;

use std::fmt;
use std::sync::Arc;

use self::raw::NAME;
use super::decode_error::DecodeError;
use super::failure::IntoFailure;
use super::job::JobHandle;
use super::key_index::KeyIndex;
use super::shape::Unlisted;
use super::verdict::Verdict;
use crate::text::{key_text, shorten};

/// What a response's lines are said to.
///
/// Say every line as it stands in the response, in its order. Never leave one out because it looks wrong: what is
/// missing, foreign, repeated or contradictory is judged afterwards, for all replies alike.
pub struct Collector<'b, K, S, F> {
    pub(crate) keys: &'b dyn KeyIndex<K>,
    /// The HTTP status of the response.
    pub(crate) status: u16,
    /// Where in the body the present part stands, as a JSON pointer.
    pub(crate) path: String,
    pub(crate) unlisted: Unlisted,
    /// The failure of an item that is not named, where that means that it was not done.
    pub(crate) unlisted_failure: Option<Arc<F>>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) carried: Carried<S, F>,
    pub(crate) faults: Faults,
    pub(crate) whole: WholeResponse,
}

/// Which item a hand-written reply speaks of: `&key`, or its place in the request, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemRef<'k, K> {
    /// The item with this key.
    Key(&'k K),
    /// The item at this place of the request.
    Position(usize),
    /// The item at this place of a group of the request.
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
            entries: Vec::with_capacity(keys.len()),
            carried: Carried { bodies: Vec::new(), failures: Vec::new() },
            faults: Faults::default(),
            whole: WholeResponse::default(),
        }
    }

    /// This item is done.
    pub fn succeeded<'k>(&mut self, at: impl Into<ItemRef<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let finding = self.carried.success(false, Some(body));
        self.push(at.into(), finding);
    }

    /// This item is accepted, and the vendor says no more.
    pub fn accepted<'k>(&mut self, at: impl Into<ItemRef<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let finding = self.carried.success(true, Some(body));
        self.push(at.into(), finding);
    }

    /// This item is not done.
    pub fn failed<'k>(&mut self, at: impl Into<ItemRef<'k, K>>, failure: F)
    where
        K: serde::Serialize + 'k,
    {
        let failure = self.carried.fail(Arc::new(failure));
        self.push(at.into(), Finding::Failed(failure));
    }

    /// This item is handed back unprocessed.
    pub fn unprocessed<'k>(&mut self, at: impl Into<ItemRef<'k, K>>)
    where
        K: serde::Serialize + 'k,
    {
        self.push(at.into(), Finding::Unprocessed);
    }

    /// An element that does not fit, and names nobody.
    pub fn bad_element(&mut self, error: DecodeError) {
        self.faults.bad_elements.push(error);
    }

    /// The response says that the whole request was refused, whatever its HTTP status.
    pub fn refused(&mut self, code: Option<String>, message: Option<String>) {
        self.whole.verdict = Some(Verdict::Failed);
        (self.whole.code, self.whole.message) = (code, message);
    }

    /// The items are being worked on by the job with this handle, which the declaration's `poll` asks for: in a body, by a string.
    pub fn pending(&mut self, job: impl Into<String>) {
        self.whole.verdict = Some(Verdict::Pending);
        self.whole.job = Some(JobHandle::from(job.into()));
    }

    /// What an item has failed with that the response does not name, where its shape says that silence is failure.
    pub fn unlisted_failure(&mut self, failure: impl IntoFailure<F>) {
        self.unlisted_failure = Some(IntoFailure::convert_failure(Arc::new(failure)));
    }

    /// The number of items in the request.
    #[allow(clippy::len_without_is_empty, reason = "a request is never empty")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    fn push(&mut self, at: ItemRef<'_, K>, finding: EntryFinding)
    where
        K: serde::Serialize,
    {
        let slot = match at {
            ItemRef::Key(key) => self.keys.find_key(key, self.entries.len()),
            ItemRef::Position(position) => self.keys.find_position(None, position),
            ItemRef::InGroup(group, position) => self.keys.find_position(Some(group), position),
        };
        match (slot, at) {
            (Some(slot), _) => self.entries.push(Entry { slot, positional: false, finding }),
            (None, ItemRef::Key(key)) => self.faults.foreign.push(shorten(&key_text(key), NAME)),
            (None, ItemRef::Position(position)) => self.faults.foreign.push(format!("the position {position}")),
            (None, ItemRef::InGroup(group, position)) => {
                self.faults.foreign.push(format!("the position {position} of {}", shorten(group, NAME)));
            }
        }
    }

    /// Nothing was said of any item, of the request or of another.
    pub(crate) fn names_no_item(&self) -> bool {
        self.entries.is_empty() && self.faults.foreign.is_empty() && self.faults.bad_elements.is_empty()
    }
}

impl<K, S, F> fmt::Debug for Collector<'_, K, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("entries", &self.entries.len()).field("faults", &self.faults).finish()
    }
}
