//! What a response says about one item.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::decode_error::Misfit;
use super::super::shape::Role;

/// What one line says, and of whom.
#[derive(Debug)]
pub(crate) struct Line {
    /// The slot in the batch; of a line that is told by its position, that position.
    pub(crate) slot: usize,
    /// Its position is what tells of which item it speaks.
    pub(crate) placed: bool,
    pub(crate) verdict: Verdict,
}

/// What a line says of its item. Bodies and failures are in [`Carried`], so that verdicts are of one type for all replies.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Succeeded {
        accepted: bool,
        body: Option<BodyId>,
    },
    Failed(FailureId),
    Unprocessed,
    /// Not decided yet.
    Pending,
    /// It says that it is done and that it is not: why.
    Contradictory(String),
    /// The element names the item, and does not fit.
    Misfit(Misfit),
}

/// A body in [`Carried`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyId(usize);

/// A failure in [`Carried`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureId(usize);

/// What the lines of an answer carry.
#[derive(Debug)]
pub(crate) struct Carried<S, F> {
    pub(super) bodies: Vec<Option<S>>,
    pub(super) failures: Vec<Arc<F>>,
}

impl<S, F> Carried<S, F> {
    /// A verdict with this body.
    pub(super) fn done(&mut self, accepted: bool, body: Option<S>) -> Verdict {
        let body = body.map(|body| {
            self.bodies.push(Some(body));
            BodyId(self.bodies.len() - 1)
        });
        Verdict::Succeeded { accepted, body }
    }

    /// Takes a failure in.
    pub(crate) fn fail(&mut self, failure: Arc<F>) -> FailureId {
        self.failures.push(failure);
        FailureId(self.failures.len() - 1)
    }

    /// The body, for the one line that has it.
    pub(crate) fn body(&mut self, id: BodyId) -> Option<S> {
        self.bodies[id.0].take()
    }

    /// The failure.
    pub(crate) fn failure(&self, id: FailureId) -> &Arc<F> {
        &self.failures[id.0]
    }

    /// The same verdict on one more item.
    pub(super) fn again(&mut self, verdict: &Verdict) -> Verdict
    where
        S: Clone,
    {
        match verdict {
            Verdict::Succeeded { accepted, body: Some(body) } => {
                let body = self.bodies[body.0].clone();
                self.done(*accepted, body)
            }
            other => other.clone(),
        }
    }
}

impl Verdict {
    /// The role of a list in which it would stand.
    pub(crate) fn role(&self) -> Option<Role> {
        match self {
            Verdict::Succeeded { .. } => Some(Role::Succeeded),
            Verdict::Failed(_) => Some(Role::Failed),
            Verdict::Unprocessed => Some(Role::Unprocessed),
            Verdict::Pending | Verdict::Contradictory(_) | Verdict::Misfit(_) => None,
        }
    }

    /// It says that the item is done.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self, Verdict::Succeeded { .. })
    }

    /// As it is once what it carries stands behind so many bodies and failures.
    pub(super) fn behind(self, bodies: usize, failures: usize) -> Self {
        match self {
            Verdict::Succeeded { accepted, body } => {
                Verdict::Succeeded { accepted, body: body.map(|body| BodyId(body.0 + bodies)) }
            }
            Verdict::Failed(failure) => Verdict::Failed(FailureId(failure.0 + failures)),
            other => other,
        }
    }
}

/// Of how many items lines of a role speak, or any lines.
pub(crate) fn count_items(lines: &[Line], role: Option<Role>) -> usize {
    let lines = lines.iter().filter(|line| role.is_none() || line.verdict.role() == role);
    lines.map(|line| line.slot).collect::<HashSet<_>>().len()
}
