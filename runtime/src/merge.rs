//! The lines of an answer joined to the items of its batch: what the answer, as a whole, says of each.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::decode::{
    Answer, BodyId, Carried, Directory as _, FailureId, Faults, Line, Misfit, Positions, Says, Through, Verdict, Whole,
    count_items,
};
use crate::item::BulkItem;
use crate::keys::BatchKeys;
use crate::outcome::DoubtKind;
use crate::reply::{Detail, ItemStatus, Names, Reply, ReplyShape, Silence};
use crate::spec::{EndpointSpec, Sign};

/// What an answer says of one item, all its lines considered.
#[derive(Debug, Clone)]
pub(crate) enum Judgement<B, F> {
    Succeeded {
        accepted: bool,
        body: Option<B>,
    },
    Failed(F),
    HandedBack,
    /// Undone, because another item of an all-or-nothing request failed.
    RolledBack,
    Unsure(DoubtKind, String),
}

/// One judgement an item, in the order of the batch.
pub(crate) type Judgements<R> = Vec<Judgement<<R as Reply>::Success, Arc<<R as Reply>::Failure>>>;

/// A judgement before what it carries is brought to it.
type Settled = Judgement<BodyId, FailureId>;

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
    let Says { lines, mut carried, faults, whole, silent, .. } = says;
    let silent = silent.map(|failure| carried.fail(failure));
    let blameless = |failure| is_listed(&**carried.failure(failure), spec.classes.unprocessed);
    let rules =
        Rules { status: answer.status(), shape: R::SHAPE.under(answer.status()), partial: spec.partial, silent };
    let settled = settle(lines, faults, whole, keys.len(), rules, &blameless)?;
    Ok(settled.into_iter().map(|judgement| judgement.with(&mut carried)).collect())
}

/// What lines are judged by.
#[derive(Clone, Copy)]
struct Rules {
    status: u16,
    shape: Option<&'static ReplyShape>,
    partial: bool,
    /// What an item has failed with that is not named, where silence is failure.
    silent: Option<FailureId>,
}

/// What the lines of an answer come to. Nothing in it is of the reply's types: it is the same code for all of them.
fn settle(
    mut lines: Vec<Line>,
    mut faults: Faults,
    whole: Whole,
    batch: usize,
    rules: Rules,
    blameless: &dyn Fn(FailureId) -> bool,
) -> Result<Vec<Settled>, Untold> {
    if let Some(has) = faults.positions.take().and_then(|positions| misplaced(positions, &mut lines, batch)) {
        let detail = format!("the answer tells items by position, and has {has}: none can be told");
        return Err(Untold::Unsure(DoubtKind::Undecodable, detail));
    }
    if rules.shape.is_none() && faults.shape.is_none() {
        faults.shape = Some(Misfit::undeclared(rules.status));
    }
    let accepted = read_whole(whole, &mut lines, &mut faults, batch)?;
    if let Some(misfit) = &faults.shape {
        if lines.is_empty() {
            return Err(Untold::Unsure(DoubtKind::Missing, format!("the answer does not name it, and {misfit}")));
        }
        if !rules.partial {
            // All or nothing: what does not fit speaks of each.
            replace_done(&mut lines, &Verdict::Misfit(misfit.clone()));
        }
    }
    let mut judgements = fold(lines, batch);
    hand_back(&mut judgements, blameless);
    if !rules.partial && judgements.iter().any(|judgement| matches!(judgement, Some(Judgement::Failed(_)))) {
        roll_back(&mut judgements);
    }
    let means = match rules.shape.map_or(Silence::Unsure, |shape| shape.silence) {
        Silence::Unsure => None,
        Silence::Succeeded => Some(Judgement::Succeeded { accepted: accepted || rules.status == 202, body: None }),
        Silence::Failed => rules.silent.map(Judgement::Failed),
    };
    Ok(break_silence(judgements, means, &faults))
}

/// What keeps the lines that are told by position from being told, if anything does.
fn misplaced(positions: Positions, lines: &mut [Line], batch: usize) -> Option<String> {
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
fn place_among(lines: &mut [Line], told: usize, batch: usize) -> bool {
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
fn read_whole(whole: Whole, lines: &mut [Line], faults: &mut Faults, batch: usize) -> Result<bool, Untold> {
    let no = whole.no();
    let Whole { status, code, message, job } = whole;
    let only_names_a_job = job.is_some() && lines.is_empty() && faults.shape.is_none();
    if status == Some(ItemStatus::Pending) || only_names_a_job && status.is_none_or(ItemStatus::is_accepted) {
        return Err(Untold::Pending { job });
    }
    match status {
        None => return Ok(false),
        Some(status) if status.is_accepted() => {
            for line in lines {
                if let Verdict::Succeeded { accepted, .. } = &mut line.verdict {
                    *accepted = true;
                }
            }
            return Ok(true);
        }
        Some(status) if status.is_done() => return Ok(false),
        // Whatever a line says would have been done.
        Some(ItemStatus::Unprocessed) if !lines.is_empty() => {
            replace_done(lines, &Verdict::Unprocessed);
            return Ok(false);
        }
        Some(_) => {}
    }
    let names_nobody = lines.is_empty() && faults.foreign.is_empty() && faults.misfits.is_empty();
    if names_nobody {
        return Err(Untold::Refused { status: status.and_then(ItemStatus::http), code, message });
    }
    if lines.iter().all(|line| line.verdict.is_done()) && count_items(lines, None) == batch {
        // Nobody is there whom the no could mean.
        replace_done(lines, &Verdict::Contradictory(format!("the answer names it as done, and {no}")));
    }
    faults.shape.get_or_insert_with(|| Misfit::new("", no));
    Ok(false)
}

/// Lines that say that their item is done say this.
fn replace_done(lines: &mut [Line], verdict: &Verdict) {
    for line in lines.iter_mut().filter(|line| line.verdict.is_done()) {
        line.verdict = verdict.clone();
    }
}

/// Whether a failure is listed under these signs.
fn is_listed(failure: &impl Detail, signs: &[Sign]) -> bool {
    !signs.is_empty() && Sign::any(signs, failure.status().and_then(ItemStatus::http), failure.code().as_deref())
}

/// Failures that are listed as `unprocessed(…)` blame nobody: the items were not acted on.
fn hand_back(judgements: &mut [Option<Settled>], blameless: &dyn Fn(FailureId) -> bool) {
    for judgement in judgements {
        if matches!(judgement, Some(Judgement::Failed(failure)) if blameless(*failure)) {
            *judgement = Some(Judgement::HandedBack);
        }
    }
}

/// An item of an all-or-nothing request failed, so all the others were undone, whatever the answer says of them: the declaration is
/// what says so.
fn roll_back(judgements: &mut [Option<Settled>]) {
    for judgement in judgements {
        if !matches!(judgement, Some(Judgement::Failed(_))) {
            *judgement = Some(Judgement::RolledBack);
        }
    }
}

/// One judgement for all the lines of an item.
fn fold(lines: Vec<Line>, batch: usize) -> Vec<Option<Settled>> {
    let mut judgements: Vec<Option<Settled>> = vec![None; batch];
    for Line { slot, verdict, .. } in lines {
        let new = match verdict {
            Verdict::Succeeded { accepted, body } => Judgement::Succeeded { accepted, body },
            Verdict::Failed(failure) => Judgement::Failed(failure),
            Verdict::Unprocessed => Judgement::HandedBack,
            Verdict::Pending => {
                Judgement::Unsure(DoubtKind::Pending, "the answer says that it is not decided yet".to_owned())
            }
            Verdict::Contradictory(why) => Judgement::Unsure(DoubtKind::Contradictory, why),
            Verdict::Misfit(misfit) => Judgement::Unsure(DoubtKind::Misfit, misfit.to_string()),
        };
        judgements[slot] = Some(match judgements[slot].take() {
            None => new,
            Some(old) => old.and(new),
        });
    }
    judgements
}

impl Settled {
    /// The same, with what it carries.
    fn with<S, F>(self, carried: &mut Carried<S, F>) -> Judgement<S, Arc<F>> {
        match self {
            Judgement::Succeeded { accepted, body } => {
                Judgement::Succeeded { accepted, body: body.and_then(|body| carried.body(body)) }
            }
            Judgement::Failed(failure) => Judgement::Failed(carried.failure(failure).clone()),
            Judgement::HandedBack => Judgement::HandedBack,
            Judgement::RolledBack => Judgement::RolledBack,
            Judgement::Unsure(kind, detail) => Judgement::Unsure(kind, detail),
        }
    }

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
fn break_silence(judgements: Vec<Option<Settled>>, means: Option<Settled>, faults: &Faults) -> Vec<Settled> {
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
