//! What a response says about one item.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::shape::Role;
use super::super::verdict::Verdict;
use crate::uncertainty_kind::UncertaintyKind;

/// What a response says about one item: by one entry, or, once `reconcile` has folded them, by all of its entries.
///
/// `B` is a success body and `F` a failure: their places in [`Carried`] first, so that folding is the same code for all replies.
#[derive(Debug, Clone)]
pub(crate) enum Finding<B, F> {
    Succeeded {
        accepted: bool,
        /// The HTTP status of the item: its own, else that of the response.
        status: Option<u16>,
        body: Option<B>,
    },
    Failed(F),
    /// Handed back: the server did not act on it.
    Unprocessed,
    /// Rolled back, because another item of an all-or-nothing request failed.
    RolledBack,
    /// The response leaves the result open: the kind of reason, and a description.
    Unknown(UncertaintyKind, String),
}

/// A finding before the body or failure is taken from [`Carried`].
pub(crate) type EntryFinding = Finding<BodyId, FailureId>;

/// One entry: a finding, and the item that it is about.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The slot in the batch; of a positional entry its position, until `reconcile` has checked the count.
    pub(crate) slot: usize,
    /// Whether the entry names its item by position alone.
    pub(crate) positional: bool,
    pub(crate) finding: EntryFinding,
}

/// A body in [`Carried`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyId(usize);

/// A failure in [`Carried`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureId(usize);

/// The bodies and failures of a response's entries.
#[derive(Debug)]
pub(crate) struct Carried<S, F> {
    pub(super) bodies: Vec<Option<S>>,
    pub(super) failures: Vec<Arc<F>>,
}

impl<S, F> Default for Carried<S, F> {
    fn default() -> Self {
        Carried { bodies: Vec::new(), failures: Vec::new() }
    }
}

impl<S, F> Carried<S, F> {
    /// Adds a success body, and returns the finding that refers to it. `status` is the item's own.
    pub(super) fn success(&mut self, accepted: bool, status: Option<u16>, body: Option<S>) -> EntryFinding {
        // Plain matches, here and below: this is compiled for each type of a reply.
        let body = match body {
            Some(body) => {
                self.bodies.push(Some(body));
                Some(BodyId(self.bodies.len() - 1))
            }
            None => None,
        };
        Finding::Succeeded { accepted, status, body }
    }

    /// Adds a failure.
    pub(crate) fn fail(&mut self, failure: Arc<F>) -> FailureId {
        self.failures.push(failure);
        FailureId(self.failures.len() - 1)
    }

    /// Takes the body out: one entry refers to it.
    pub(crate) fn body(&mut self, id: BodyId) -> Option<S> {
        self.bodies[id.0].take()
    }

    /// Returns the failure.
    pub(crate) fn failure(&self, id: FailureId) -> &Arc<F> {
        &self.failures[id.0]
    }

    /// The same finding for one more item: `{"ids": ["a", "b"], "message": …}` is an entry for each id.
    pub(super) fn duplicate(&mut self, finding: &EntryFinding) -> EntryFinding
    where
        S: Clone,
    {
        match finding {
            Finding::Succeeded { accepted, status, body: Some(body) } => {
                let body = self.bodies[body.0].clone();
                self.success(*accepted, *status, body)
            }
            other => other.clone(),
        }
    }
}

impl EntryFinding {
    /// Returns the role of a list that would hold the entry.
    pub(crate) fn role(&self) -> Option<Role> {
        match self {
            Finding::Succeeded { .. } => Some(Role::Succeeded),
            Finding::Failed(_) => Some(Role::Failed),
            Finding::Unprocessed => Some(Role::Unprocessed),
            // `{"failed": [{"id": "a", "code": 7}], "failed_count": 1}` with a text as the code: `a` is uncertain, and counts in no role.
            Finding::RolledBack | Finding::Unknown(..) => None,
        }
    }

    /// Returns whether the item counts in a role. One that is accepted counts as succeeded too.
    pub(crate) fn has(&self, role: Role) -> bool {
        match self {
            Finding::Succeeded { accepted, .. } => role == Role::Succeeded || role == Role::Accepted && *accepted,
            other => other.role() == Some(role),
        }
    }

    /// Returns whether the item is done.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Finding::Succeeded { .. })
    }

    /// Adds what a verdict on the response, or on the part that has the entry, says about an item that is done.
    ///
    /// `{"status": "accepted", "done": ["a"]}`: the vendor accepted `a`, and does not confirm that it is done.
    pub(crate) fn apply(&mut self, verdict: Verdict) {
        if let Finding::Succeeded { accepted, status, .. } = self {
            *accepted |= verdict.is_accepted();
            *status = status.or(verdict.http());
        }
    }

    /// The finding of a nested reply, whose bodies and failures are appended behind this many others.
    pub(super) fn shifted(self, bodies: usize, failures: usize) -> Self {
        match self {
            Finding::Succeeded { accepted, status, body } => {
                Finding::Succeeded { accepted, status, body: body.map(|body| BodyId(body.0 + bodies)) }
            }
            Finding::Failed(failure) => Finding::Failed(FailureId(failure.0 + failures)),
            other => other,
        }
    }
}

/// The number of items that entries of a role are about, or entries of any role.
pub(crate) fn count_items(entries: &[Entry], role: Option<Role>) -> usize {
    let entries = entries.iter().filter(|entry| role.is_none_or(|role| entry.finding.has(role)));
    entries.map(|entry| entry.slot).collect::<HashSet<_>>().len()
}
