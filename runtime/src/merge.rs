//! The lines of an answer joined to the items of its batch: what the answer, as a whole, says of each.

use std::borrow::{Borrow, Cow};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::marker::PhantomData;

use bytes::Bytes;

use crate::decode::{Answer, Directory, Faults, Line, Misfit, Says, Verdict};
use crate::item::BulkItem;
use crate::outcome::DoubtKind;
use crate::reply::{Names, Reply, Silence};
use crate::spec::EndpointSpec;

/// What an answer says of one item, all its lines considered.
#[derive(Debug)]
pub(crate) enum Judgement<S, F> {
    Succeeded {
        accepted: bool,
        body: Option<S>,
    },
    Failed(F),
    HandedBack,
    /// Undone, because another item of an all-or-nothing request failed.
    RolledBack,
    Unsure(DoubtKind, String),
}

/// One judgement an item, in the order of the batch.
pub(crate) type Judgements<R> = Vec<Judgement<<R as Reply>::Success, <R as Reply>::Failure>>;

/// Reads an answer. An `Err` is one that tells nothing of any item, and why.
pub(crate) fn judge<T, R>(
    answer: &Answer<'_>,
    spec: &EndpointSpec,
    keys: &BatchKeys<'_, T>,
) -> Result<Judgements<R>, (DoubtKind, String)>
where
    T: BulkItem,
    R: Reply,
    R::Key: Names<T::Key>,
{
    let names = Through(keys, PhantomData);
    let mut says = Says::new(&names);
    R::read(answer, &mut says).map_err(|misfit| (DoubtKind::Undecodable, misfit.to_string()))?;
    let Says { lines, mut faults, .. } = says;
    let batch = keys.len();
    if let Some(positions) = faults.positions.filter(|positions| *positions != batch) {
        let detail = format!(
            "the answer tells items by position, and has {positions} elements for {batch} items: none can be told"
        );
        return Err((DoubtKind::Undecodable, detail));
    }
    let declared = R::SHAPE.statuses.is_empty() || R::SHAPE.statuses.contains(&answer.status());
    if !declared && faults.shape.is_none() {
        faults.shape = Some(Misfit::new("", format_args!("the status {} is not declared for it", answer.status())));
    }
    let mut judgements = fold(lines, batch);
    if !spec.partial && judgements.iter().any(|judgement| matches!(judgement, Some(Judgement::Failed(_)))) {
        roll_back(&mut judgements);
    }
    Ok(break_silence::<R>(judgements, answer.status(), &faults))
}

/// An item of an all-or-nothing request failed, so all the others were undone, whatever the answer says of them: the declaration is
/// what says so.
fn roll_back<S, F>(judgements: &mut [Option<Judgement<S, F>>]) {
    for judgement in judgements {
        if !matches!(judgement, Some(Judgement::Failed(_))) {
            *judgement = Some(Judgement::RolledBack);
        }
    }
}

/// One judgement for all the lines of an item.
fn fold<S, F>(lines: Vec<Line<S, F>>, batch: usize) -> Vec<Option<Judgement<S, F>>> {
    let mut judgements: Vec<Option<Judgement<S, F>>> = Vec::with_capacity(batch);
    judgements.resize_with(batch, || None);
    for Line { slot, verdict } in lines {
        let new = match verdict {
            Verdict::Succeeded { accepted, body } => Judgement::Succeeded { accepted, body },
            Verdict::Failed(failure) => Judgement::Failed(failure),
            Verdict::Unprocessed => Judgement::HandedBack,
            Verdict::Misfit(misfit) => Judgement::Unsure(DoubtKind::Misfit, misfit.to_string()),
        };
        judgements[slot] = Some(match judgements[slot].take() {
            None => new,
            Some(old) => old.and(new),
        });
    }
    judgements
}

impl<S, F> Judgement<S, F> {
    /// Two lines about one item. The same verdict twice is one; two that differ leave it open.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (unsure @ Judgement::Unsure(..), _) | (_, unsure @ Judgement::Unsure(..)) => unsure,
            (same @ Judgement::Succeeded { .. }, Judgement::Succeeded { .. })
            | (same @ Judgement::Failed(_), Judgement::Failed(_))
            | (same @ Judgement::HandedBack, Judgement::HandedBack) => same,
            (one, other) => Judgement::Unsure(
                DoubtKind::Contradictory,
                format!("the answer names it as {} and as {}", one.name(), other.name()),
            ),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Judgement::Succeeded { .. } => "done",
            Judgement::Failed(_) => "failed",
            Judgement::HandedBack => "unprocessed",
            Judgement::RolledBack => "rolled back",
            Judgement::Unsure(..) => "nothing clear",
        }
    }
}

/// What it means of an item that no line names it.
fn break_silence<R: Reply>(
    judgements: Vec<Option<Judgement<R::Success, R::Failure>>>,
    status: u16,
    faults: &Faults,
) -> Judgements<R> {
    let contradiction = judgements
        .iter()
        .flatten()
        .any(|judgement| matches!(judgement, Judgement::Unsure(..)))
        .then(|| "the answer contradicts itself, or does not fit, about another item of the request".to_owned());
    let fault = faults.describe().or(contradiction);
    let silent = || match (R::SHAPE.silence, &fault) {
        (Silence::Succeeded, None) => Judgement::Succeeded { accepted: status == 202, body: None },
        (_, Some(fault)) => {
            let kind = if faults.misfits.is_empty() { DoubtKind::Missing } else { DoubtKind::Misfit };
            Judgement::Unsure(kind, format!("the answer does not name it, and {fault}"))
        }
        (_, None) => Judgement::Unsure(DoubtKind::Missing, "the answer does not name it".to_owned()),
    };
    judgements.into_iter().map(|judgement| judgement.unwrap_or_else(silent)).collect()
}

/// The keys of a batch, found by value or as the bytes they were sent as.
pub(crate) struct BatchKeys<'b, T: BulkItem> {
    items: Vec<(&'b T, &'b Bytes)>,
    by_key: OnceCell<HashMap<Cow<'b, T::Key>, usize>>,
}

/// Up to this many items a batch is searched from end to end; a table costs more.
const FEW: usize = 32;

impl<'b, T: BulkItem> BatchKeys<'b, T> {
    /// The keys of items, each with its encoding.
    pub(crate) fn new<I: Borrow<T> + 'b>(items: impl Iterator<Item = (&'b I, &'b Bytes)>) -> Self {
        BatchKeys { items: items.map(|(item, encoded)| (item.borrow(), encoded)).collect(), by_key: OnceCell::new() }
    }

    /// The number of items.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The slots, beginning where an answer in the order of the request would name the next.
    fn slots(&self, near: usize) -> impl Iterator<Item = usize> + use<T> {
        let near = near.min(self.items.len());
        (near..self.items.len()).chain(0..near)
    }
}

/// The keys of a batch, as a reply names them.
struct Through<'b, K, N>(&'b dyn Directory<K>, PhantomData<fn() -> N>);

impl<K, N: Names<K>> Directory<N> for Through<'_, K, N> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        self.0.find_raw(raw, near)
    }

    fn find_key(&self, key: &N, near: usize) -> Option<usize> {
        key.find(self.0, near)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl<T: BulkItem> Directory<T::Key> for BatchKeys<'_, T> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        if T::OWN_KEY && self.items.len() <= FEW {
            let found = self.slots(near).find(|slot| self.items[*slot].1 == raw.as_bytes());
            if found.is_some() {
                return found;
            }
        }
        self.find_key(&serde_json::from_str(raw).ok()?, near)
    }

    fn find_key(&self, key: &T::Key, near: usize) -> Option<usize> {
        if self.items.len() <= FEW {
            return self.slots(near).find(|slot| self.items[*slot].0.key().as_ref() == key);
        }
        let by_key = self
            .by_key
            .get_or_init(|| self.items.iter().zip(0..).map(|((item, _), slot)| (item.key(), slot)).collect());
        by_key.get(key).copied()
    }

    fn len(&self) -> usize {
        self.items.len()
    }
}
