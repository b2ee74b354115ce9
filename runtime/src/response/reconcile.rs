//! The lines of an answer joined to the items of its batch: what the answer, as a whole, says of each.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use super::keys::BatchKeys;
use crate::declare::{EndpointSpec, Sign};
use crate::item::BulkItem;
use crate::outcome::DoubtKind;
use crate::reply::{
    Answer, BodyId, Carried, Detail, Directory as _, FailureId, Faults, Handle, ItemStatus, Line, Misfit, Names,
    Positions, Reply, ReplyShape, Says, Silence, Through, Verdict, Whole, count_items,
};
use crate::text::counted;

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

/// What an answer of a reply says of one item.
pub(crate) type JudgementOf<R> = Judgement<<R as Reply>::Success, Arc<<R as Reply>::Failure>>;

/// One judgement an item, in the order of the batch.
pub(crate) type Judgements<R> = Vec<JudgementOf<R>>;

/// Why an answer of a reply does not tell what became of each item.
pub(crate) type UntoldOf<R> = Untold<<R as Reply>::Success, Arc<<R as Reply>::Failure>>;

/// A judgement before what it carries is brought to it.
type Settled = Judgement<BodyId, FailureId>;

/// The same of an answer that is no judgement.
type Unsettled = Untold<BodyId, FailureId>;

/// Why an answer does not tell what became of each item.
#[derive(Debug)]
pub(crate) enum Untold<B, F> {
    /// Nobody knows what it means.
    Unsure(DoubtKind, String),
    /// It says, whatever its HTTP status, that the whole request was refused; `job`: so ended what it names.
    Refused { status: Option<u16>, code: Option<String>, message: Option<String>, job: Option<Handle> },
    /// A job will tell.
    Pending {
        /// An `Err` says why nobody knows which.
        job: Result<Handle, String>,
        /// What it says already of each item of the batch.
        so_far: Vec<Option<Judgement<B, F>>>,
        /// What keeps it from saying so clearly.
        fault: Option<String>,
    },
    /// It is a refusal, and tells of no item: its status and its error body say what it means.
    Whole,
}

/// Reads an answer.
pub(crate) fn judge<T, R>(
    answer: &Answer<'_>,
    spec: &EndpointSpec,
    keys: &BatchKeys<'_, T>,
) -> Result<Judgements<R>, UntoldOf<R>>
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
    match settle(lines, faults, whole, keys.len(), rules, &blameless) {
        Ok(settled) => Ok(settled.into_iter().map(|judgement| judgement.with(&mut carried)).collect()),
        Err(untold) => Err(untold.with(&mut carried)),
    }
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
) -> Result<Vec<Settled>, Unsettled> {
    let is_pending = whole.status == Some(ItemStatus::Pending);
    let names_job = whole.job.is_some() && whole.status.is_none_or(ItemStatus::is_accepted);
    if is_pending || names_job && !lines.iter().any(|line| line.placed) {
        // What is not all there yet tells nothing by its position.
        lines.retain(|line| !line.placed);
        faults.positions = None;
    }
    if let Some(has) = faults.positions.take().and_then(|positions| misplaced(positions, &mut lines, batch)) {
        let detail = format!("the answer tells items by position, and has {has}: none can be told");
        return Err(Untold::Unsure(DoubtKind::Undecodable, detail));
    }
    if rules.shape.is_none() && faults.shape.is_none() {
        faults.shape = Some(Misfit::undeclared(rules.status));
    }
    if is_pending || names_job && leaves_open(&lines, &faults, batch, rules) {
        let fault = if is_pending { None } else { faults.describe() };
        let job = whole.job.ok_or_else(|| no_job(&faults));
        return Err(Untold::Pending { job, so_far: so_far(lines, batch, rules.partial), fault });
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

/// Whether an answer that names a job, and does not say that it is done, leaves something for it to tell.
fn leaves_open(lines: &[Line], faults: &Faults, batch: usize, rules: Rules) -> bool {
    let silence = rules.shape.map_or(Silence::Unsure, |shape| shape.silence);
    let is_over = !rules.partial && lines.iter().any(|line| matches!(line.verdict, Verdict::Failed(_)));
    let means_nothing = lines.is_empty() || silence == Silence::Unsure || faults.describe().is_some();
    means_nothing && !is_over && count_items(lines, None) < batch
}

/// What lines say while a job is under way, which may still change its mind of all but what is done or has failed.
fn so_far(lines: Vec<Line>, batch: usize, partial: bool) -> Vec<Option<Settled>> {
    let is_told = |told: &Settled| partial && matches!(told, Judgement::Succeeded { .. } | Judgement::Failed(_));
    fold(lines, batch).into_iter().map(|told| told.filter(is_told)).collect()
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
        Some(format!("{} for {}", counted(told, "element"), counted(items, "item")))
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
fn read_whole(whole: Whole, lines: &mut [Line], faults: &mut Faults, batch: usize) -> Result<bool, Unsettled> {
    let no = whole.no();
    let Whole { status, code, message, job, disagrees, .. } = whole;
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
    if names_nobody && !disagrees {
        return Err(Untold::Refused { status: status.and_then(ItemStatus::http), code, message, job });
    }
    if lines.iter().all(|line| line.verdict.is_done()) && count_items(lines, None) == batch {
        // Nobody is there whom the no could mean.
        replace_done(lines, &Verdict::Contradictory(format!("the answer names it as done, and {no}")));
    }
    faults.shape.get_or_insert_with(|| Misfit::new("", no));
    Ok(false)
}

/// Why an answer that says that a job will tell names none.
fn no_job(faults: &Faults) -> String {
    let why = faults.shape.as_ref().map_or_else(String::new, |misfit| format!(": {misfit}"));
    format!("the answer says that a job will tell, and names none{why}")
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
}

impl Unsettled {
    /// The same, with what it carries.
    fn with<S, F>(self, carried: &mut Carried<S, F>) -> Untold<S, Arc<F>> {
        match self {
            Untold::Unsure(kind, detail) => Untold::Unsure(kind, detail),
            Untold::Refused { status, code, message, job } => Untold::Refused { status, code, message, job },
            Untold::Pending { job, so_far, fault } => {
                let so_far = so_far.into_iter().map(|told| told.map(|told| told.with(carried))).collect();
                Untold::Pending { job, so_far, fault }
            }
            Untold::Whole => Untold::Whole,
        }
    }
}

impl<B, F> Judgement<B, F> {
    /// What two answers say of an item while a job is under way.
    pub(crate) fn both(before: Option<Self>, more: Option<Self>) -> Option<Self> {
        match (before, more) {
            (Some(before), Some(more)) => Some(before.and(more)),
            (before, more) => before.or(more),
        }
    }

    /// What is said at last of an item, when its job has ended. Where nothing is, what was said before counts.
    pub(crate) fn last(before: Option<Self>, last: Self) -> Self {
        match (before, last) {
            (Some(before), Judgement::Unsure(DoubtKind::Missing, _)) => before,
            (Some(before), last) => last.and(before),
            (None, last) => last,
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

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::super::keys::SentItem;
    use super::*;
    use crate::declare::Method;
    use crate::reply::BodyShape;

    /// A reply whose body is words. A number is an item, and what follows it is said of it: `1+` done, `1~` accepted, `1-7` failed with the
    /// code 7, `1u` unprocessed, `1?` pending, `1!` does not fit. `@0+` says it by its position. Other words stand beside the lines.
    struct Words<const SILENCE: char>;

    impl<const SILENCE: char> Reply for Words<SILENCE> {
        type Key = u8;
        type Success = ();
        type Failure = u16;
        const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque).on(&[200, 202, 400]).silence(match SILENCE {
            '+' => Silence::Succeeded,
            '-' => Silence::Failed,
            _ => Silence::Unsure,
        });

        fn read(answer: &Answer<'_>, says: &mut Says<'_, u8, (), u16>) -> Result<(), Misfit> {
            says.silent = (SILENCE == '-').then(|| Arc::new(9_u16));
            for word in str::from_utf8(answer.bytes()).unwrap().split_whitespace() {
                match word.split_once('=').unwrap_or((word, "")) {
                    ("cut-off", _) => return Err(Misfit::new("", "it ends too early")),
                    ("nobody", _) => says.misfit(Misfit::new("/1", "it names nobody")),
                    ("incomplete", _) => says.faults.shape = Some(Misfit::new("/ids", "the field is missing")),
                    ("group", why) => says.faults.positions.get_or_insert_default().group = Some(why.to_owned()),
                    ("job", handle) => says.whole.job = Some(handle.to_owned().into()),
                    ("code", code) => says.whole.code = Some(code.to_owned()),
                    ("status", status) => says.whole.status = Some(item_status(status)),
                    (line, _) => say(line, says),
                }
            }
            Ok(())
        }
    }

    fn item_status(word: &str) -> ItemStatus {
        match word {
            "done" => ItemStatus::Succeeded,
            "accepted" => ItemStatus::Accepted,
            "failed" => ItemStatus::Failed,
            "unprocessed" => ItemStatus::Unprocessed,
            "pending" => ItemStatus::Pending,
            http => ItemStatus::Http(http.parse().unwrap()),
        }
    }

    fn say(line: &str, says: &mut Says<'_, u8, (), u16>) {
        let (placed, line) = line.strip_prefix('@').map_or((false, line), |line| (true, line));
        let (item, said) = line.split_at(1);
        let item: u8 = item.parse().unwrap();
        let batch = says.len();
        if usize::from(item) >= batch {
            return says.unprocessed(&item);
        }
        if placed {
            let positions = says.faults.positions.get_or_insert_default();
            positions.told += 1;
            positions.items = batch;
        }
        let verdict = match said {
            "+" => Verdict::Succeeded { accepted: false, body: None },
            "~" => Verdict::Succeeded { accepted: true, body: None },
            "u" => Verdict::Unprocessed,
            "?" => Verdict::Pending,
            "!" => Verdict::Misfit(Misfit::new("/0", "it is no text")),
            code => Verdict::Failed(says.carried.fail(Arc::new(code[1..].parse().unwrap()))),
        };
        says.lines.push(Line { slot: usize::from(item), placed, verdict });
    }

    /// What an answer about the items 0, 1 and 2 comes to: of each the sign, or why nothing is known.
    fn judged<const SILENCE: char>(partial: bool, status: u16, body: &str) -> String {
        let mut spec = EndpointSpec::new("words", Method::Post, "/", 3);
        spec.partial = partial;
        spec.classes.unprocessed = &[Sign::Code("5")];
        let items = [0_u8, 1, 2];
        let sent = items.iter().map(|item| SentItem { item, encoded: &[], index: None });
        let keys = BatchKeys::new(sent, None);
        match judge::<u8, Words<SILENCE>>(&Answer::new(status, &HeaderMap::new(), body.as_bytes()), &spec, &keys) {
            Ok(judgements) => judgements.iter().map(one).collect::<Vec<_>>().join(" | "),
            Err(Untold::Whole) => "a refusal".to_owned(),
            Err(Untold::Pending { job, so_far, fault }) => {
                let told =
                    so_far.iter().map(|told| told.as_ref().map_or_else(|| "?".to_owned(), one)).collect::<String>();
                format!("pending {:?} {told} {fault:?}", job.as_ref().map(Handle::text))
            }
            Err(Untold::Refused { status, code, job, .. }) => {
                format!("refused {status:?} {code:?} {:?}", job.as_ref().map(Handle::text))
            }
            Err(Untold::Unsure(kind, detail)) => format!("{kind:?}: {detail}"),
        }
    }

    fn one(judgement: &Judgement<(), Arc<u16>>) -> String {
        match judgement {
            Judgement::Succeeded { accepted: false, .. } => "+".to_owned(),
            Judgement::Succeeded { accepted: true, .. } => "~".to_owned(),
            Judgement::Failed(code) => format!("-{code}"),
            Judgement::HandedBack => "u".to_owned(),
            Judgement::RolledBack => "undone".to_owned(),
            Judgement::Unsure(kind, detail) => format!("{kind:?}: {detail}"),
        }
    }

    /// The kinds of doubts without their details.
    fn short(judged: &str) -> String {
        judged.split(" | ").map(|one| one.split(": ").next().unwrap_or(one)).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check<const SILENCE: char>(partial: bool, cases: &[(u16, &str, &str)]) {
        for (status, body, expected) in cases {
            assert_eq!(short(&judged::<SILENCE>(partial, *status, body)), *expected, "{status} {body}");
        }
    }

    #[test]
    fn each_line_speaks_of_its_item_alone() {
        check::<'?'>(
            true,
            &[
                (200, "0+ 1~ 2-7", "+ ~ -7"),
                (200, "2u 0? 1!", "Pending Misfit u"),
                (200, "0-5 1+ 2-50", "u + -50"),
                (200, "0+", "+ Missing Missing"),
                (200, "", "Missing Missing Missing"),
                (200, "0+ 7+", "+ Missing Missing"),
                (200, "0+ nobody", "+ Misfit Misfit"),
                (200, "0+ incomplete", "+ Missing Missing"),
            ],
        );
    }

    #[test]
    fn lines_that_differ_about_an_item_leave_it_open() {
        check::<'?'>(
            true,
            &[
                (200, "0+ 0+ 1-7 1-8 2u 2u", "+ -7 u"),
                (200, "0+ 0-7 1u 1+ 2-7 2u", "Contradictory Contradictory Contradictory"),
                (200, "0+ 0? 1! 1-7 2-7 2u 2+", "Pending Misfit Contradictory"),
            ],
        );
    }

    #[test]
    fn silence_is_success_where_nothing_is_at_fault() {
        check::<'+'>(
            true,
            &[
                (200, "1-7", "+ -7 +"),
                (202, "1-7", "~ -7 ~"),
                (200, "1-7 status=202", "~ -7 ~"),
                (200, "1-7 status=200", "+ -7 +"),
                (200, "", "+ + +"),
                (200, "1-7 7u", "Missing -7 Missing"),
                (200, "1-7 nobody", "Misfit -7 Misfit"),
                (200, "1-7 incomplete", "Missing -7 Missing"),
                (200, "1-7 2?", "Missing -7 Pending"),
                (200, "1-7 status=failed", "Missing -7 Missing"),
            ],
        );
    }

    #[test]
    fn silence_is_failure_where_nothing_is_at_fault() {
        check::<'-'>(
            true,
            &[
                (200, "1+", "-9 + -9"),
                (200, "", "-9 -9 -9"),
                (200, "1+ 7u", "Missing + Missing"),
                (200, "1+ 2!", "Missing + Misfit"),
            ],
        );
    }

    #[test]
    fn a_failure_undoes_the_others_where_it_is_all_or_nothing() {
        check::<'?'>(
            false,
            &[
                (200, "0+ 1-7 2u", "undone -7 undone"),
                (200, "1-7", "undone -7 undone"),
                (200, "0+ 1+ 2+", "+ + +"),
                (200, "0+ 1+ 2-5", "+ + u"),
                (200, "0u 1u 2u", "u u u"),
                (200, "0+ 1+ 2?", "+ + Pending"),
                (200, "0+ 1+ incomplete", "Misfit Misfit Missing"),
                (200, "0+ 1-7 incomplete", "undone -7 undone"),
            ],
        );
    }

    #[test]
    fn under_another_status_lines_speak_and_silence_means_nothing() {
        check::<'?'>(
            true,
            &[
                (400, "", "a refusal"),
                (400, "0-7", "-7 Missing Missing"),
                (404, "", "a refusal"),
                (404, "cut-off", "a refusal"),
                (404, "nobody", "Missing"),
                (404, "7u", "Missing"),
                (404, "0+ 1-7", "+ -7 Missing"),
                (201, "0+ 1+", "+ + Missing"),
                (201, "", "Missing"),
                (201, "cut-off", "Undecodable"),
            ],
        );
    }

    #[test]
    fn lines_told_by_position_speak_where_all_are_told() {
        check::<'?'>(
            true,
            &[
                (200, "@0+ @1-7 @2u", "+ -7 u"),
                (200, "@0+ @1u", "Undecodable"),
                (200, "@0+ @1-7 2-8", "+ -7 -8"),
                (200, "@0+ @1-7 0-8", "-8 + -7"),
                (200, "@0+ 0-7 1-7", "-7 -7 +"),
                (200, "@0+ 0-7", "Undecodable"),
                (200, "@0+ @0-7 1+", "Undecodable"),
                (200, "@0+ @1-7 @2u 0+", "+ -7 u"),
                (200, "@0+ @1+ @2+ group=two", "Undecodable"),
            ],
        );
    }

    #[test]
    fn what_the_answer_says_of_itself_counts_with_its_lines() {
        check::<'?'>(
            true,
            &[
                (200, "0+ 1-7 status=done", "+ -7 Missing"),
                (200, "0+ 1-7 2+ status=202", "~ -7 ~"),
                (200, "0+ 1-7 2+ status=accepted", "~ -7 ~"),
                (200, "0+ 1-7 2+ status=200", "+ -7 +"),
                (200, "0+ 1-7 2+ status=failed", "+ -7 +"),
                (200, "0+ 1+ 2+ status=failed", "Contradictory Contradictory Contradictory"),
                (200, "0+ 0+ 1+ status=failed", "+ + Missing"),
                (200, "0+ 1-7 status=unprocessed", "u -7 Missing"),
                (200, "status=done", "Missing Missing Missing"),
            ],
        );
    }

    #[test]
    fn an_answer_that_names_nobody_may_speak_of_the_whole() {
        check::<'?'>(
            true,
            &[
                (200, "status=404 code=gone", "refused Some(404) Some(\"gone\") None"),
                (200, "status=failed code=gone", "refused None Some(\"gone\") None"),
                (200, "status=unprocessed", "refused None None None"),
                (200, "status=failed 7u", "Missing"),
                (200, "status=failed nobody", "Missing"),
                (200, "status=failed job=7", "refused None None Some(\"7\")"),
            ],
        );
    }

    #[test]
    fn a_job_is_waited_for_where_the_answer_leaves_something_open() {
        check::<'?'>(
            true,
            &[
                (200, "status=pending job=7", "pending Ok(\"7\") ??? None"),
                (
                    200,
                    "status=pending",
                    "pending Err(\"the answer says that a job will tell, and names none\") ??? None",
                ),
                (200, "0+ 1-7 2u status=pending job=7", "pending Ok(\"7\") +-7? None"),
                (200, "0? 1! 2+ 2-7 status=pending job=7", "pending Ok(\"7\") ??? None"),
                (200, "@0+ status=pending job=7", "pending Ok(\"7\") ??? None"),
                (200, "job=7", "pending Ok(\"7\") ??? None"),
                (200, "job=7 status=202", "pending Ok(\"7\") ??? None"),
                (200, "job=7 status=accepted", "pending Ok(\"7\") ??? None"),
                (200, "job=7 status=done", "Missing Missing Missing"),
                (200, "0+ job=7", "pending Ok(\"7\") +?? None"),
                (200, "0+ 1-7 2u job=7", "+ -7 u"),
                (200, "0+ job=7 status=accepted", "pending Ok(\"7\") +?? None"),
                (200, "0+ job=7 status=done", "+ Missing Missing"),
                (200, "job=7 incomplete", "pending Ok(\"7\") ??? Some(\"the answer's body does not fit at /ids"),
                (200, "0+ job=7 incomplete", "pending Ok(\"7\") +?? Some(\"the answer's body does not fit at /ids"),
                (200, "0+ 1+ 2+ job=7 incomplete", "+ + +"),
                (200, "0+ job=7 7u", "pending Ok(\"7\") +?? Some(\"the answer names 7, which was not sent\")"),
                (200, "@0+ @1+ job=7", "Undecodable"),
            ],
        );
    }

    #[test]
    fn of_an_all_or_nothing_request_a_job_tells_at_its_end() {
        check::<'?'>(
            false,
            &[
                (200, "0+ status=pending job=7", "pending Ok(\"7\") ??? None"),
                (200, "0+ job=7", "pending Ok(\"7\") ??? None"),
                (200, "0-7 job=7", "-7 undone undone"),
                (200, "0-7 status=pending job=7", "pending Ok(\"7\") ??? None"),
            ],
        );
    }

    #[test]
    fn beside_a_job_silence_means_something_once_anything_is_said() {
        check::<'+'>(
            true,
            &[
                (200, "job=7", "pending Ok(\"7\") ??? None"),
                (200, "0-7 job=7", "-7 + +"),
                (200, "0-7 7u job=7", "pending Ok(\"7\") -7?? Some(\"the answer names 7, which was not sent\")"),
                (200, "0-7 status=pending job=7", "pending Ok(\"7\") -7?? None"),
            ],
        );
    }

    #[test]
    fn doubts_say_why() {
        for (status, body, expected) in [
            (
                200,
                "0+ 7u 8u 1?",
                "+ | Pending: the answer says that it is not decided yet | Missing: the answer does not name it, and the answer names 7 and 1 more that were not sent",
            ),
            (
                200,
                "0! nobody",
                "Misfit: the answer's body does not fit at /0: it is no text | Misfit: the answer does not name it, and the answer's body does not fit at /1: it names nobody | Misfit: the answer does not name it, and the answer's body does not fit at /1: it names nobody",
            ),
            (
                200,
                "0+ 0-7 1u 1+ 2u 2-7",
                "Contradictory: the answer names it as done and as failed | Contradictory: the answer names it as unprocessed and as done | Contradictory: the answer names it as unprocessed and as failed",
            ),
            (
                200,
                "0+ 1+ 2+ status=failed code=gone",
                "Contradictory: the answer names it as done, and it says that the request was not done: gone | Contradictory: the answer names it as done, and it says that the request was not done: gone | Contradictory: the answer names it as done, and it says that the request was not done: gone",
            ),
            (
                200,
                "@0+ @1+",
                "Undecodable: the answer tells items by position, and has 2 elements for 3 items: none can be told",
            ),
            (
                200,
                "@0+ @0+ 1+",
                "Undecodable: the answer tells items by position, and has several lists: none can be told",
            ),
            (200, "@0+ group=two", "Undecodable: the answer tells items by position, and has two: none can be told"),
            (
                404,
                "0-7",
                "-7 | Missing: the answer does not name it, and the answer's body does not fit: the reply is not declared for the status 404 | Missing: the answer does not name it, and the answer's body does not fit: the reply is not declared for the status 404",
            ),
            (
                200,
                "incomplete",
                "Missing: the answer does not name it, and the answer's body does not fit at /ids: the field is missing",
            ),
            (200, "cut-off", "Undecodable: the answer's body does not fit: it ends too early"),
        ] {
            assert_eq!(judged::<'?'>(true, status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_is_said_of_an_item_of_a_job_counts_until_more_is() {
        let (done, failed) = (Judgement::Succeeded { accepted: false, body: Some(()) }, Judgement::Failed(Arc::new(7)));
        let said = |told: &Option<Judgement<(), Arc<u16>>>| told.as_ref().map_or_else(|| "?".to_owned(), one);
        let both = |before: &Option<_>, more: &Option<_>| said(&Judgement::both(before.clone(), more.clone()));
        let (none, done, failed) = (None, Some(done), Some(failed));
        assert_eq!([both(&none, &none), both(&none, &done), both(&failed, &none)], ["?", "+", "-7"]);
        assert_eq!(both(&done, &done), "+");
        assert!(both(&done, &failed).starts_with("Contradictory"));
        let missing = || Judgement::Unsure(DoubtKind::Missing, "it is not named".to_owned());
        let last = |before: &Option<_>, last: Judgement<_, _>| one(&Judgement::last(before.clone(), last));
        assert_eq!([last(&none, missing()), last(&done, missing())], ["Missing: it is not named", "+"]);
        assert_eq!(last(&none, Judgement::HandedBack), "u");
        assert_eq!(last(&done, Judgement::Succeeded { accepted: true, body: None }), "~");
        assert!(last(&done, Judgement::HandedBack).starts_with("Contradictory"));
    }
}
