//! The lines of an answer joined to the items of its batch: what the answer, as a whole, says of each.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::sync::Arc;

use crate::decode::{Answer, Directory, Faults, Line, Misfit, Positions, Says, Through, Verdict, Whole};
use crate::encode::GroupFn;
use crate::item::BulkItem;
use crate::outcome::DoubtKind;
use crate::reply::{Detail, ItemStatus, Names, Reply, Silence};
use crate::spec::{EndpointSpec, Sign};

/// What an answer says of one item, all its lines considered.
#[derive(Debug)]
pub(crate) enum Judgement<S, F> {
    Succeeded {
        accepted: bool,
        body: Option<S>,
    },
    Failed(Arc<F>),
    HandedBack,
    /// Undone, because another item of an all-or-nothing request failed.
    RolledBack,
    Unsure(DoubtKind, String),
}

/// One judgement an item, in the order of the batch.
pub(crate) type Judgements<R> = Vec<Judgement<<R as Reply>::Success, <R as Reply>::Failure>>;

/// Why an answer tells nothing of any item.
#[derive(Debug)]
pub(crate) enum Untold {
    /// Nobody knows what it means.
    Unsure(DoubtKind, String),
    /// It says, whatever its HTTP status, that the whole request was refused.
    Refused { status: Option<u16>, code: Option<String>, message: Option<String> },
    /// A job will tell.
    Pending { job: Option<String> },
    /// It is a refusal, and tells of no item: its status and its error body say what it means.
    Whole,
}

/// Reads an answer.
pub(crate) fn judge<T, R>(
    answer: &Answer<'_>,
    spec: &EndpointSpec,
    keys: &BatchKeys<'_, T>,
) -> Result<Judgements<R>, Untold>
where
    T: BulkItem,
    R: Reply,
    R::Key: Names<T::Key>,
{
    let names = Through(keys, PhantomData);
    let mut says = Says::new(&names, answer.status());
    let read = R::read(answer, &mut says);
    if !(200..300).contains(&answer.status()) && (read.is_err() || says.names_nobody()) {
        return Err(Untold::Whole);
    }
    read.map_err(|misfit| Untold::Unsure(DoubtKind::Undecodable, misfit.to_string()))?;
    let Says { mut lines, mut faults, whole, silent, .. } = says;
    if let Some(has) = faults.positions.take().and_then(|positions| misplaced(positions, &mut lines, keys.len())) {
        let detail = format!("the answer tells items by position, and has {has}: none can be told");
        return Err(Untold::Unsure(DoubtKind::Undecodable, detail));
    }
    let shape = R::SHAPE.under(answer.status());
    if shape.is_none() && faults.shape.is_none() {
        faults.shape = Some(Misfit::undeclared(answer.status()));
    }
    let silence = shape.map_or(Silence::Unsure, |shape| shape.silence);
    let accepted = read_whole(whole, &mut lines, &mut faults)?;
    if lines.is_empty()
        && let Some(misfit) = &faults.shape
    {
        return Err(Untold::Unsure(DoubtKind::Missing, format!("the answer does not name it, and {misfit}")));
    }
    let mut judgements = fold(lines, keys.len());
    hand_back(&mut judgements, spec.classes.unprocessed);
    if !spec.partial && judgements.iter().any(|judgement| matches!(judgement, Some(Judgement::Failed(_)))) {
        roll_back(&mut judgements);
    }
    let means = match silence {
        Silence::Unsure => None,
        Silence::Succeeded => Some(Judgement::Succeeded { accepted: accepted || answer.status() == 202, body: None }),
        Silence::Failed => silent.map(Judgement::Failed),
    };
    Ok(break_silence(judgements, means, &faults))
}

/// What keeps the lines that are told by position from being told, if anything does.
fn misplaced<S, F>(positions: Positions, lines: &mut [Line<S, F>], batch: usize) -> Option<String> {
    let Positions { told, items, group } = positions;
    let mut slots = HashSet::new();
    if group.is_some() {
        group
    } else if lines.iter().any(|line| line.placed && !slots.insert(line.slot)) {
        // Each of them would begin with the first item.
        Some("several lists".to_owned())
    } else if told == items || place_among(lines, told, batch) {
        None
    } else {
        Some(format!("{told} elements for {items} items"))
    }
}

/// Has the lines that are told by position speak, in their order, of the items that no other line names. Whether there are as many.
fn place_among<S, F>(lines: &mut [Line<S, F>], told: usize, batch: usize) -> bool {
    let slots = |placed| lines.iter().filter(move |line| line.placed == placed).map(|line| line.slot);
    let named: HashSet<usize> = slots(false).collect();
    let rest: Vec<usize> = (0..batch).filter(|slot| !named.contains(slot)).collect();
    if rest.len() != told {
        return false;
    }
    for line in lines.iter_mut().filter(|line| line.placed) {
        line.slot = rest[line.slot];
    }
    true
}

/// What the answer says of itself, brought to bear on its lines. Whether what it did is only accepted.
fn read_whole<S, F>(whole: Whole, lines: &mut [Line<S, F>], faults: &mut Faults) -> Result<bool, Untold> {
    let no = whole.no();
    let Whole { status, code, message, job } = whole;
    match status {
        Some(ItemStatus::Pending) => return Err(Untold::Pending { job }),
        None | Some(ItemStatus::Accepted | ItemStatus::Http(202))
            if job.is_some() && lines.is_empty() && faults.shape.is_none() =>
        {
            return Err(Untold::Pending { job });
        }
        None | Some(ItemStatus::Succeeded | ItemStatus::Http(200..=201 | 203..300)) => return Ok(false),
        Some(ItemStatus::Accepted | ItemStatus::Http(202)) => {
            for line in lines {
                if let Verdict::Succeeded { accepted, .. } = &mut line.verdict {
                    *accepted = true;
                }
            }
            return Ok(true);
        }
        // Whatever a line says would have been done.
        Some(ItemStatus::Unprocessed) if !lines.is_empty() => {
            for line in lines {
                if let Verdict::Succeeded { .. } = line.verdict {
                    line.verdict = Verdict::Unprocessed;
                }
            }
            return Ok(false);
        }
        Some(ItemStatus::Failed | ItemStatus::Unprocessed | ItemStatus::Http(_)) => {}
    }
    let names_nobody = lines.is_empty() && faults.foreign.is_empty() && faults.misfits.is_empty();
    if names_nobody {
        return Err(Untold::Refused { status: status.and_then(ItemStatus::http), code, message });
    }
    faults.shape.get_or_insert_with(|| Misfit::new("", no));
    Ok(false)
}

/// Failures that are listed as `unprocessed(…)` blame nobody: the items were not acted on.
fn hand_back<S, F: Detail>(judgements: &mut [Option<Judgement<S, F>>], signs: &[Sign]) {
    if signs.is_empty() {
        return;
    }
    for judgement in judgements {
        if let Some(Judgement::Failed(failure)) = judgement {
            let status = failure.status().and_then(ItemStatus::http);
            if Sign::any(signs, status, failure.code().as_deref()) {
                *judgement = Some(Judgement::HandedBack);
            }
        }
    }
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
    for Line { slot, verdict, .. } in lines {
        let new = match verdict {
            Verdict::Succeeded { accepted, body } => Judgement::Succeeded { accepted, body },
            Verdict::Failed(failure) => Judgement::Failed(failure),
            Verdict::Unprocessed => Judgement::HandedBack,
            Verdict::Pending => {
                Judgement::Unsure(DoubtKind::Pending, "the answer says that it is not decided yet".to_owned())
            }
            Verdict::Misfit(misfit) => Judgement::Unsure(DoubtKind::Misfit, misfit.to_string()),
        };
        judgements[slot] = Some(match judgements[slot].take() {
            None => new,
            Some(old) => old.and(new),
        });
    }
    judgements
}

impl<S: Clone, F> Clone for Judgement<S, F> {
    fn clone(&self) -> Self {
        match self {
            Judgement::Succeeded { accepted, body } => Judgement::Succeeded { accepted: *accepted, body: body.clone() },
            Judgement::Failed(failure) => Judgement::Failed(failure.clone()),
            Judgement::HandedBack => Judgement::HandedBack,
            Judgement::RolledBack => Judgement::RolledBack,
            Judgement::Unsure(kind, detail) => Judgement::Unsure(*kind, detail.clone()),
        }
    }
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

/// What becomes of the items that no line names: what silence means, where nothing is at fault.
fn break_silence<S: Clone, F>(
    judgements: Vec<Option<Judgement<S, F>>>,
    means: Option<Judgement<S, F>>,
    faults: &Faults,
) -> Vec<Judgement<S, F>> {
    let contradiction = judgements
        .iter()
        .flatten()
        .any(|judgement| matches!(judgement, Judgement::Unsure(..)))
        .then(|| "the answer contradicts itself, or does not fit, about another item of the request".to_owned());
    let silent = match (means, faults.describe().or(contradiction)) {
        (Some(means), None) => means,
        (_, Some(fault)) => {
            let kind = if faults.misfits.is_empty() { DoubtKind::Missing } else { DoubtKind::Misfit };
            Judgement::Unsure(kind, format!("the answer does not name it, and {fault}"))
        }
        (None, None) => Judgement::Unsure(DoubtKind::Missing, "the answer does not name it".to_owned()),
    };
    judgements.into_iter().map(|judgement| judgement.unwrap_or_else(|| silent.clone())).collect()
}

/// The keys of a batch, found by value or as the bytes they were sent as.
pub(crate) struct BatchKeys<'b, T: BulkItem> {
    items: Vec<SentItem<'b, T>>,
    group: Option<GroupFn>,
    by_key: OnceCell<HashMap<Cow<'b, T::Key>, usize>>,
}

/// An item of a batch, as it was sent.
pub(crate) struct SentItem<'b, T> {
    pub(crate) item: &'b T,
    /// Its JSON; empty where it was sent as something else.
    pub(crate) encoded: &'b [u8],
    /// Its index in the input.
    pub(crate) index: usize,
}

/// Up to this many items a batch is searched from end to end; a table costs more.
const FEW: usize = 32;

impl<'b, T: BulkItem> BatchKeys<'b, T> {
    /// The keys of items; `group` tells their groups, where they stand in such.
    pub(crate) fn new(items: impl Iterator<Item = SentItem<'b, T>>, group: Option<GroupFn>) -> Self {
        BatchKeys { items: items.collect(), group, by_key: OnceCell::new() }
    }

    /// The slots of a group's items, in the order of the request.
    fn group(&self, name: &str) -> Option<impl Iterator<Item = usize>> {
        let group = self.group?;
        let is_in = move |item: &T| group(item) == name;
        Some(self.items.iter().enumerate().filter(move |(_, sent)| is_in(sent.item)).map(|(slot, _)| slot))
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

impl<T: BulkItem> Directory<T::Key> for BatchKeys<'_, T> {
    fn find_raw(&self, raw: &str, near: usize) -> Option<usize> {
        if T::OWN_KEY && self.items.len() <= FEW {
            let found = self.slots(near).find(|slot| self.items[*slot].encoded == raw.as_bytes());
            if found.is_some() {
                return found;
            }
        }
        self.find_key(&serde_json::from_str(raw).ok()?, near)
    }

    fn find_key(&self, key: &T::Key, near: usize) -> Option<usize> {
        if self.items.len() <= FEW {
            return self.slots(near).find(|slot| self.items[*slot].item.key().as_ref() == key);
        }
        let by_key = self
            .by_key
            .get_or_init(|| self.items.iter().zip(0..).map(|(sent, slot)| (sent.item.key(), slot)).collect());
        by_key.get(key).copied()
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn find_position(&self, group: Option<&str>, position: usize) -> Option<usize> {
        match group {
            Some(group) => self.group(group)?.nth(position),
            None => Some(position).filter(|position| *position < self.items.len()),
        }
    }

    fn group_len(&self, group: &str) -> Option<usize> {
        self.group(group).map(Iterator::count)
    }

    fn find_index(&self, index: usize) -> Option<usize> {
        self.items.iter().position(|sent| sent.index == index)
    }
}
