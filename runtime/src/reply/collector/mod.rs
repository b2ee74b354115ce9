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
pub(crate) use finding::{BodyId, Carried, FailureId, Line, Verdict, count_items};
pub(crate) use views::Through;
pub(crate) use whole::Whole;

use std::fmt;
use std::sync::Arc;

use self::raw::NAME;
use super::decode_error::Misfit;
use super::failure::FailsAs;
use super::job::Handle;
use super::key_index::Directory;
use super::shape::Silence;
use super::verdict::ItemStatus;
use crate::text::{key_text, shorten};

/// What an answer's lines are said to.
///
/// Say every line as it stands in the answer, in its order. Never leave one out because it looks wrong: what is
/// missing, foreign, repeated or contradictory is judged afterwards, for all replies alike.
pub struct Says<'b, K, S, F> {
    pub(crate) names: &'b dyn Directory<K>,
    /// The HTTP status of the answer.
    pub(crate) status: u16,
    /// Where in the body the present part stands, as a JSON pointer.
    pub(crate) path: String,
    pub(crate) silence: Silence,
    /// The failure of an item that is not named, where that means that it was not done.
    pub(crate) silent: Option<Arc<F>>,
    pub(crate) lines: Vec<Line>,
    pub(crate) carried: Carried<S, F>,
    pub(crate) faults: Faults,
    pub(crate) whole: Whole,
}

/// Which item a hand-written reply speaks of: `&key`, or its place in the request, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At<'k, K> {
    /// The item with this key.
    Key(&'k K),
    /// The item at this place of the request.
    Position(usize),
    /// The item at this place of a group of the request.
    InGroup(&'k str, usize),
}

impl<'k, K> From<&'k K> for At<'k, K> {
    fn from(key: &'k K) -> Self {
        At::Key(key)
    }
}

impl<K> From<usize> for At<'_, K> {
    fn from(position: usize) -> Self {
        At::Position(position)
    }
}

impl<'b, K, S, F> Says<'b, K, S, F> {
    pub(crate) fn new(names: &'b dyn Directory<K>, status: u16) -> Self {
        Says {
            names,
            status,
            path: String::new(),
            silence: Silence::Unsure,
            silent: None,
            lines: Vec::with_capacity(names.len()),
            carried: Carried { bodies: Vec::new(), failures: Vec::new() },
            faults: Faults::default(),
            whole: Whole::default(),
        }
    }

    /// This item is done.
    pub fn succeeded<'k>(&mut self, at: impl Into<At<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let verdict = self.carried.done(false, Some(body));
        self.line(at.into(), verdict);
    }

    /// This item is accepted, and the vendor says no more.
    pub fn accepted<'k>(&mut self, at: impl Into<At<'k, K>>, body: S)
    where
        K: serde::Serialize + 'k,
    {
        let verdict = self.carried.done(true, Some(body));
        self.line(at.into(), verdict);
    }

    /// This item is not done.
    pub fn failed<'k>(&mut self, at: impl Into<At<'k, K>>, failure: F)
    where
        K: serde::Serialize + 'k,
    {
        let failure = self.carried.fail(Arc::new(failure));
        self.line(at.into(), Verdict::Failed(failure));
    }

    /// This item is handed back unprocessed.
    pub fn unprocessed<'k>(&mut self, at: impl Into<At<'k, K>>)
    where
        K: serde::Serialize + 'k,
    {
        self.line(at.into(), Verdict::Unprocessed);
    }

    /// An element that does not fit, and names nobody.
    pub fn misfit(&mut self, misfit: Misfit) {
        self.faults.misfits.push(misfit);
    }

    /// The answer says that the whole request was refused, whatever its HTTP status.
    pub fn refused(&mut self, code: Option<String>, message: Option<String>) {
        self.whole.status = Some(ItemStatus::Failed);
        (self.whole.code, self.whole.message) = (code, message);
    }

    /// The items are being worked on by the job with this handle, which the declaration's `poll` asks for: in a body, by a string.
    pub fn pending(&mut self, job: impl Into<String>) {
        self.whole.status = Some(ItemStatus::Pending);
        self.whole.job = Some(Handle::from(job.into()));
    }

    /// What an item has failed with that the answer does not name, where its shape says that silence is failure.
    pub fn silence_is(&mut self, failure: impl FailsAs<F>) {
        self.silent = Some(FailsAs::fails_as(Arc::new(failure)));
    }

    /// The number of items in the request.
    #[allow(clippy::len_without_is_empty, reason = "a request is never empty")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    fn line(&mut self, at: At<'_, K>, verdict: Verdict)
    where
        K: serde::Serialize,
    {
        let slot = match at {
            At::Key(key) => self.names.find_key(key, self.lines.len()),
            At::Position(position) => self.names.find_position(None, position),
            At::InGroup(group, position) => self.names.find_position(Some(group), position),
        };
        match (slot, at) {
            (Some(slot), _) => self.lines.push(Line { slot, placed: false, verdict }),
            (None, At::Key(key)) => self.faults.foreign.push(shorten(&key_text(key), NAME)),
            (None, At::Position(position)) => self.faults.foreign.push(format!("the position {position}")),
            (None, At::InGroup(group, position)) => {
                self.faults.foreign.push(format!("the position {position} of {}", shorten(group, NAME)));
            }
        }
    }

    /// Nothing was said of any item, of the request or of another.
    pub(crate) fn names_nobody(&self) -> bool {
        self.lines.is_empty() && self.faults.foreign.is_empty() && self.faults.misfits.is_empty()
    }
}

impl<K, S, F> fmt::Debug for Says<'_, K, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Says").field("lines", &self.lines.len()).field("faults", &self.faults).finish()
    }
}
