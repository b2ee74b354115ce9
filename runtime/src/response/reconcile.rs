//! The entries of a response joined to the items of its batch: one finding an item.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use super::keys::BatchKeys;
use crate::declare::{EndpointSpec, StatusOrCode};
use crate::item::BulkItem;
use crate::outcome::UncertaintyKind;
use crate::reply::{
    BodyId, BulkReply, Carried, Collector, ConvertedKeys, DecodeError, Detail, Entry, EntryFinding, FailureId, Faults,
    Finding, JobHandle, KeyIndex as _, MatchesKey, Positions, RawResponse, ReplyShape, Unlisted, Verdict,
    WholeResponse, count_items,
};
use crate::text::counted;

/// What a response of a reply collector about one item.
pub(crate) type FindingOf<R> = Finding<<R as BulkReply>::Success, Arc<<R as BulkReply>::Failure>>;

/// One finding an item, in the order of the batch.
pub(crate) type Findings<R> = Vec<FindingOf<R>>;

/// What a response of a reply collector as a whole.
pub(crate) type ReadingOf<R> = Reading<<R as BulkReply>::Success, Arc<<R as BulkReply>::Failure>>;

/// A reading before the bodies and failures are taken from [`Carried`].
type EntryReading = Reading<BodyId, FailureId>;

/// What a response collector as a whole.
#[derive(Debug)]
pub(crate) enum Reading<B, F> {
    /// One finding an item, in the order of the batch.
    Items(Vec<Finding<B, F>>),
    /// Its body refuses the whole request, whatever its HTTP status: `{"ok": false, "error": "ratelimited"}` under 200. `job`: the job
    /// that it names failed.
    Refused { status: Option<u16>, code: Option<String>, message: Option<String>, job: Option<JobHandle> },
    /// A job will say.
    Pending {
        /// The job; an `Err` collector why it is not known.
        job: Result<JobHandle, String>,
        /// What the response collector already, by item of the batch.
        so_far: Vec<Option<Finding<B, F>>>,
        /// What keeps it from saying so clearly.
        fault: Option<String>,
    },
    /// It collector nothing usable.
    Unknown(UncertaintyKind, String),
    /// It is no 2xx, and names no item: its status and its error body say what it means.
    NotItems,
}

/// Reads a response.
pub(crate) fn read_response<T, R>(
    response: &RawResponse<'_>,
    spec: &EndpointSpec,
    keys: &BatchKeys<'_, T>,
) -> ReadingOf<R>
where
    T: BulkItem,
    R: BulkReply,
    R::Key: MatchesKey<T::Key>,
{
    let keys_of_reply = ConvertedKeys(keys, PhantomData);
    let mut collector = Collector::new(&keys_of_reply, response.status());
    let read = R::read(response, &mut collector);
    if !(200..300).contains(&response.status()) && (read.is_err() || collector.names_no_item()) {
        return Reading::NotItems;
    }
    if let Err(error) = read {
        return Reading::Unknown(UncertaintyKind::Undecodable, error.to_string());
    }
    let Collector { entries, mut carried, faults, whole, unlisted_failure, .. } = collector;
    let unlisted_failure = unlisted_failure.map(|failure| carried.fail(failure));
    let is_unprocessed = |failure| is_listed(&**carried.failure(failure), spec.classes.unprocessed);
    let shape = R::SHAPE.under(response.status());
    let rules = Rules { status: response.status(), shape, partial: spec.partial, unlisted_failure };
    reconcile(entries, faults, whole, keys.len(), rules, &is_unprocessed).with(&mut carried)
}

/// What entries are judged by.
#[derive(Clone, Copy)]
struct Rules {
    status: u16,
    shape: Option<&'static ReplyShape>,
    partial: bool,
    /// The failure of an unlisted item, where `unlisted = failed`.
    unlisted_failure: Option<FailureId>,
}

impl Rules {
    /// What it means that the response does not list an item.
    fn unlisted(&self) -> Unlisted {
        self.shape.map_or(Unlisted::Unknown, |shape| shape.unlisted)
    }
}

/// Folds the entries of a response into one finding an item. Nothing in it is of the reply's types: it is the same code for all of them.
fn reconcile(
    mut entries: Vec<Entry>,
    mut faults: Faults,
    whole: WholeResponse,
    batch: usize,
    rules: Rules,
    is_unprocessed: &dyn Fn(FailureId) -> bool,
) -> EntryReading {
    let is_pending = whole.verdict == Some(Verdict::Pending);
    let names_job = whole.job.is_some() && whole.verdict.is_none_or(Verdict::is_accepted);
    if is_pending || names_job && !entries.iter().any(|entry| entry.positional) {
        // `{"job": "7", "status": "running", "results": [ok]}`: the list still grows, so a position in it proves nothing yet.
        entries.retain(|entry| !entry.positional);
        faults.positions = None;
    }
    if let Some(why) = faults.positions.take().and_then(|positions| place(positions, &mut entries, batch)) {
        // Two results for three items: which one is missing cannot be told, so no position is believed.
        let detail = format!("the response names items by position, and has {why}: no position can be trusted");
        return Reading::Unknown(UncertaintyKind::Undecodable, detail);
    }
    if rules.shape.is_none() && faults.shape.is_none() {
        faults.shape = Some(DecodeError::undeclared(rules.status));
    }
    if is_pending || names_job && leaves_open(&entries, &faults, batch, rules) {
        let fault = if is_pending { None } else { faults.describe() };
        let job = whole.job.ok_or_else(|| no_job(&faults));
        return Reading::Pending { job, so_far: so_far(entries, batch, rules.partial), fault };
    }
    let accepted = match apply_whole(whole, &mut entries, &mut faults, batch) {
        Ok(accepted) => accepted,
        Err(refused) => return refused,
    };
    if let Some(error) = &faults.shape {
        if entries.is_empty() {
            let detail = format!("the response does not name it, and {error}");
            return Reading::Unknown(UncertaintyKind::Missing, detail);
        }
        if !rules.partial {
            // All or nothing: what does not fit concerns every item, also those that are listed as done.
            replace_done(&mut entries, &Finding::Unknown(UncertaintyKind::BadElement, error.to_string()));
        }
    }
    let mut findings = fold(entries, batch);
    mark_unprocessed(&mut findings, is_unprocessed);
    if !rules.partial && findings.iter().any(|finding| matches!(finding, Some(Finding::Failed(_)))) {
        roll_back(&mut findings);
    }
    let unlisted = match rules.unlisted() {
        Unlisted::Unknown => None,
        Unlisted::Succeeded => Some(Finding::Succeeded { accepted: accepted || rules.status == 202, body: None }),
        Unlisted::Failed => rules.unlisted_failure.map(Finding::Failed),
    };
    Reading::Items(fill_unlisted(findings, unlisted, &faults))
}

/// Whether a response that names a job, and does not say that it is done, leaves something for the job to say.
fn leaves_open(entries: &[Entry], faults: &Faults, batch: usize, rules: Rules) -> bool {
    let is_over = !rules.partial && entries.iter().any(|entry| matches!(entry.finding, Finding::Failed(_)));
    // `{"job": "7"}` with `unlisted = succeeded`: nothing is listed yet, so being unlisted proves nothing.
    let unlisted_is_open = entries.is_empty() || rules.unlisted() == Unlisted::Unknown || faults.describe().is_some();
    unlisted_is_open && !is_over && count_items(entries, None) < batch
}

/// What entries say while a job is under way. It may still revise everything but a success or a failure.
fn so_far(entries: Vec<Entry>, batch: usize, partial: bool) -> Vec<Option<EntryFinding>> {
    let is_final =
        |finding: &EntryFinding| partial && matches!(finding, Finding::Succeeded { .. } | Finding::Failed(_));
    fold(entries, batch).into_iter().map(|finding| finding.filter(is_final)).collect()
}

/// Gives each positional entry its slot. Returns what is wrong with the positions, if anything is.
fn place(positions: Positions, entries: &mut [Entry], batch: usize) -> Option<String> {
    let Positions { elements, items, group } = positions;
    let mut slots = HashSet::new();
    if group.is_some() {
        group
    } else if entries.iter().any(|entry| entry.positional && !slots.insert(entry.slot)) {
        // `{"done": [a], "failed": [b]}`, both positional: each would begin with the first item.
        Some("several lists".to_owned())
    } else if elements == items || place_among_unnamed(entries, elements, batch) {
        None
    } else {
        Some(format!("{} for {}", counted(elements, "element"), counted(items, "item")))
    }
}

/// Gives the positional entries, in their order, the items that no other entry names. Returns whether there are as many.
///
/// `{"results": [r0, r2], "errors": [{"id": "b"}]}` for `a b c`: `r0` is about `a` and `r2` about `c`.
fn place_among_unnamed(entries: &mut [Entry], elements: usize, batch: usize) -> bool {
    let named: HashSet<usize> = entries.iter().filter(|entry| !entry.positional).map(|entry| entry.slot).collect();
    let rest: Vec<usize> = (0..batch).filter(|slot| !named.contains(slot)).collect();
    if rest.len() != elements {
        return false;
    }
    for entry in entries.iter_mut().filter(|entry| entry.positional) {
        entry.slot = rest[entry.slot];
    }
    true
}

/// Applies what the response collector about the whole request to its entries. Returns whether its successes are only accepted; an `Err` is
/// a refusal of the whole request.
fn apply_whole(
    whole: WholeResponse,
    entries: &mut [Entry],
    faults: &mut Faults,
    batch: usize,
) -> Result<bool, EntryReading> {
    let refusal = whole.describe_refusal();
    let WholeResponse { verdict, code, message, job, disagrees, .. } = whole;
    match verdict {
        None => return Ok(false),
        Some(verdict) if verdict.is_accepted() => {
            for entry in entries {
                if let Finding::Succeeded { accepted, .. } = &mut entry.finding {
                    *accepted = true;
                }
            }
            return Ok(true);
        }
        Some(verdict) if verdict.is_done() => return Ok(false),
        // `{"status": "aborted", "results": [{"id": "a", "ok": true}]}`: `a` would have been done, and was not.
        Some(Verdict::Unprocessed) if !entries.is_empty() => {
            replace_done(entries, &Finding::Unprocessed);
            return Ok(false);
        }
        Some(_) => {}
    }
    let names_no_item = entries.is_empty() && faults.foreign.is_empty() && faults.bad_elements.is_empty();
    if names_no_item && !disagrees {
        return Err(Reading::Refused { status: verdict.and_then(Verdict::http), code, message, job });
    }
    if entries.iter().all(|entry| entry.finding.is_done()) && count_items(entries, None) == batch {
        // `{"ok": false, "done": ["a", "b"]}` for `a b`: no item is left that the refusal could mean.
        let detail = format!("the response names it as done, and {refusal}");
        replace_done(entries, &Finding::Unknown(UncertaintyKind::Contradictory, detail));
    }
    faults.shape.get_or_insert_with(|| DecodeError::new("", refusal));
    Ok(false)
}

/// Why a response that collector that a job will say names none.
fn no_job(faults: &Faults) -> String {
    let why = faults.shape.as_ref().map_or_else(String::new, |error| format!(": {error}"));
    format!("the response leaves the items to a job, and names none{why}")
}

/// Replaces the findings of entries that say that their item is done.
fn replace_done(entries: &mut [Entry], finding: &EntryFinding) {
    for entry in entries.iter_mut().filter(|entry| entry.finding.is_done()) {
        entry.finding = finding.clone();
    }
}

/// Whether a failure has one of these statuses or codes.
fn is_listed(failure: &impl Detail, list: &[StatusOrCode]) -> bool {
    !list.is_empty() && StatusOrCode::any(list, failure.verdict().and_then(Verdict::http), failure.code().as_deref())
}

/// Failures listed as `unprocessed(…)` do not blame their items: the server did not act on them.
fn mark_unprocessed(findings: &mut [Option<EntryFinding>], is_unprocessed: &dyn Fn(FailureId) -> bool) {
    for finding in findings {
        if matches!(finding, Some(Finding::Failed(failure)) if is_unprocessed(*failure)) {
            *finding = Some(Finding::Unprocessed);
        }
    }
}

/// An item of an all-or-nothing request failed, so all the others were undone, whatever the response collector about them: the declaration
/// collector so.
fn roll_back(findings: &mut [Option<EntryFinding>]) {
    for finding in findings {
        if !matches!(finding, Some(Finding::Failed(_))) {
            *finding = Some(Finding::RolledBack);
        }
    }
}

/// One finding for all the entries of an item.
fn fold(entries: Vec<Entry>, batch: usize) -> Vec<Option<EntryFinding>> {
    let mut findings: Vec<Option<EntryFinding>> = vec![None; batch];
    for Entry { slot, finding, .. } in entries {
        findings[slot] = Some(match findings[slot].take() {
            None => finding,
            Some(before) => before.and(finding),
        });
    }
    findings
}

impl EntryReading {
    /// The same, with the bodies and failures.
    fn with<S, F>(self, carried: &mut Carried<S, F>) -> Reading<S, Arc<F>> {
        match self {
            Reading::Items(findings) => {
                Reading::Items(findings.into_iter().map(|finding| finding.with(carried)).collect())
            }
            Reading::Refused { status, code, message, job } => Reading::Refused { status, code, message, job },
            Reading::Pending { job, so_far, fault } => {
                let so_far = so_far.into_iter().map(|finding| finding.map(|finding| finding.with(carried))).collect();
                Reading::Pending { job, so_far, fault }
            }
            Reading::Unknown(kind, detail) => Reading::Unknown(kind, detail),
            Reading::NotItems => Reading::NotItems,
        }
    }
}

impl EntryFinding {
    /// The same, with its body or failure.
    fn with<S, F>(self, carried: &mut Carried<S, F>) -> Finding<S, Arc<F>> {
        match self {
            Finding::Succeeded { accepted, body } => {
                Finding::Succeeded { accepted, body: body.and_then(|body| carried.body(body)) }
            }
            Finding::Failed(failure) => Finding::Failed(carried.failure(failure).clone()),
            Finding::Unprocessed => Finding::Unprocessed,
            Finding::RolledBack => Finding::RolledBack,
            Finding::Unknown(kind, detail) => Finding::Unknown(kind, detail),
        }
    }
}

impl<B, F> Finding<B, F> {
    /// What two responses say about an item while a job is under way.
    pub(crate) fn both(before: Option<Self>, more: Option<Self>) -> Option<Self> {
        match (before, more) {
            (Some(before), Some(more)) => Some(before.and(more)),
            (before, more) => before.or(more),
        }
    }

    /// What is known about an item when its job has ended. Where the end does not name it, what was said before counts.
    pub(crate) fn last(before: Option<Self>, last: Self) -> Self {
        match (before, last) {
            (Some(before), Finding::Unknown(UncertaintyKind::Missing, _)) => before,
            (Some(before), last) => last.and(before),
            (None, last) => last,
        }
    }

    /// Two entries about one item. The same finding twice is one; two that differ leave it open: `{"done": ["a"], "failed": ["a"]}`.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (unknown @ Finding::Unknown(..), _) | (_, unknown @ Finding::Unknown(..)) => unknown,
            (same @ Finding::Succeeded { .. }, Finding::Succeeded { .. })
            | (same @ Finding::Failed(_), Finding::Failed(_))
            | (same @ Finding::Unprocessed, Finding::Unprocessed) => same,
            (one, other) => Finding::Unknown(
                UncertaintyKind::Contradictory,
                format!("the response names it as {} and as {}", one.name(), other.name()),
            ),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Finding::Succeeded { .. } => "done",
            Finding::Failed(_) => "failed",
            Finding::Unprocessed => "unprocessed",
            Finding::RolledBack => "rolled back",
            Finding::Unknown(..) => "unclear",
        }
    }
}

/// Gives the items that no entry names what being unlisted means, where nothing in the response is at fault.
///
/// `{"errors": [{"id": "zzz"}]}` with `unlisted = succeeded`: `zzz` was never sent, so the error may be about any item, and no unlisted
/// item counts as done.
fn fill_unlisted(
    findings: Vec<Option<EntryFinding>>,
    unlisted: Option<EntryFinding>,
    faults: &Faults,
) -> Vec<EntryFinding> {
    let unclear = findings.iter().flatten().any(|finding| matches!(finding, Finding::Unknown(..)));
    let unclear = unclear
        .then(|| "the response contradicts itself, or does not fit, about another item of the request".to_owned());
    let unlisted = match (unlisted, faults.describe().or(unclear)) {
        (Some(unlisted), None) => unlisted,
        (_, Some(fault)) => {
            let is_bad = !faults.bad_elements.is_empty();
            let kind = if is_bad { UncertaintyKind::BadElement } else { UncertaintyKind::Missing };
            Finding::Unknown(kind, format!("the response does not name it, and {fault}"))
        }
        (None, None) => Finding::Unknown(UncertaintyKind::Missing, "the response does not name it".to_owned()),
    };
    findings.into_iter().map(|finding| finding.unwrap_or_else(|| unlisted.clone())).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::super::keys::SentItem;
    use super::*;
    use crate::declare::Method;
    use crate::reply::BodyShape;

    /// A reply whose body is words. A number is an item, and what follows it is said of it: `1+` done, `1~` accepted, `1-7` failed with the
    /// code 7, `1u` unprocessed, `1?` pending, `1!` does not fit. `@0+` collector it by its position. Other words stand beside the lines.
    struct Words<const UNLISTED: char>;

    impl<const UNLISTED: char> BulkReply for Words<UNLISTED> {
        type Key = u8;
        type Success = ();
        type Failure = u16;
        const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque).on(&[200, 202, 400]).unlisted(match UNLISTED {
            '+' => Unlisted::Succeeded,
            '-' => Unlisted::Failed,
            _ => Unlisted::Unknown,
        });

        fn read(answer: &RawResponse<'_>, collector: &mut Collector<'_, u8, (), u16>) -> Result<(), DecodeError> {
            collector.unlisted_failure = (UNLISTED == '-').then(|| Arc::new(9_u16));
            for word in str::from_utf8(answer.bytes()).unwrap().split_whitespace() {
                match word.split_once('=').unwrap_or((word, "")) {
                    ("cut-off", _) => return Err(DecodeError::new("", "it ends too early")),
                    ("nobody", _) => collector.bad_element(DecodeError::new("/1", "it names nobody")),
                    ("incomplete", _) => {
                        collector.faults.shape = Some(DecodeError::new("/ids", "the field is missing"))
                    }
                    ("group", why) => collector.faults.positions.get_or_insert_default().group = Some(why.to_owned()),
                    ("job", handle) => collector.whole.job = Some(handle.to_owned().into()),
                    ("code", code) => collector.whole.code = Some(code.to_owned()),
                    ("status", status) => collector.whole.verdict = Some(verdict_of(status)),
                    (line, _) => say(line, collector),
                }
            }
            Ok(())
        }
    }

    fn verdict_of(word: &str) -> Verdict {
        match word {
            "done" => Verdict::Succeeded,
            "accepted" => Verdict::Accepted,
            "failed" => Verdict::Failed,
            "unprocessed" => Verdict::Unprocessed,
            "pending" => Verdict::Pending,
            http => Verdict::Http(http.parse().unwrap()),
        }
    }

    fn say(line: &str, collector: &mut Collector<'_, u8, (), u16>) {
        let (positional, line) = line.strip_prefix('@').map_or((false, line), |line| (true, line));
        let (item, said) = line.split_at(1);
        let item: u8 = item.parse().unwrap();
        let batch = collector.len();
        if usize::from(item) >= batch {
            return collector.unprocessed(&item);
        }
        if positional {
            let positions = collector.faults.positions.get_or_insert_default();
            positions.elements += 1;
            positions.items = batch;
        }
        let finding = match said {
            "+" => Finding::Succeeded { accepted: false, body: None },
            "~" => Finding::Succeeded { accepted: true, body: None },
            "u" => Finding::Unprocessed,
            "?" => {
                Finding::Unknown(UncertaintyKind::Pending, "the response says that it is not decided yet".to_owned())
            }
            "!" => Finding::Unknown(UncertaintyKind::BadElement, DecodeError::new("/0", "it is no text").to_string()),
            code => Finding::Failed(collector.carried.fail(Arc::new(code[1..].parse().unwrap()))),
        };
        collector.entries.push(Entry { slot: usize::from(item), positional, finding });
    }

    /// What a response about the items 0, 1 and 2 comes to: of each the sign, or why nothing is known.
    fn read<const UNLISTED: char>(partial: bool, status: u16, body: &str) -> String {
        let mut spec = EndpointSpec::new("words", Method::Post, "/", 3);
        spec.partial = partial;
        spec.classes.unprocessed = &[StatusOrCode::Code("5")];
        let items = [0_u8, 1, 2];
        let sent = items.iter().map(|item| SentItem { item, encoded: &[], index: None });
        let keys = BatchKeys::new(sent, None);
        match read_response::<u8, Words<UNLISTED>>(
            &RawResponse::new(status, &HeaderMap::new(), body.as_bytes()),
            &spec,
            &keys,
        ) {
            Reading::Items(findings) => findings.iter().map(one).collect::<Vec<_>>().join(" | "),
            Reading::NotItems => "a refusal".to_owned(),
            Reading::Pending { job, so_far, fault } => {
                let told =
                    so_far.iter().map(|told| told.as_ref().map_or_else(|| "?".to_owned(), one)).collect::<String>();
                format!("pending {:?} {told} {fault:?}", job.as_ref().map(JobHandle::text))
            }
            Reading::Refused { status, code, job, .. } => {
                format!("refused {status:?} {code:?} {:?}", job.as_ref().map(JobHandle::text))
            }
            Reading::Unknown(kind, detail) => format!("{kind:?}: {detail}"),
        }
    }

    fn one(finding: &Finding<(), Arc<u16>>) -> String {
        match finding {
            Finding::Succeeded { accepted: false, .. } => "+".to_owned(),
            Finding::Succeeded { accepted: true, .. } => "~".to_owned(),
            Finding::Failed(code) => format!("-{code}"),
            Finding::Unprocessed => "u".to_owned(),
            Finding::RolledBack => "undone".to_owned(),
            Finding::Unknown(kind, detail) => format!("{kind:?}: {detail}"),
        }
    }

    /// The kinds of doubts without their details.
    fn short(judged: &str) -> String {
        judged.split(" | ").map(|one| one.split(": ").next().unwrap_or(one)).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check<const UNLISTED: char>(partial: bool, cases: &[(u16, &str, &str)]) {
        for (status, body, expected) in cases {
            assert_eq!(short(&read::<UNLISTED>(partial, *status, body)), *expected, "{status} {body}");
        }
    }

    #[test]
    fn each_line_speaks_of_its_item_alone() {
        check::<'?'>(
            true,
            &[
                (200, "0+ 1~ 2-7", "+ ~ -7"),
                (200, "2u 0? 1!", "Pending BadElement u"),
                (200, "0-5 1+ 2-50", "u + -50"),
                (200, "0+", "+ Missing Missing"),
                (200, "", "Missing Missing Missing"),
                (200, "0+ 7+", "+ Missing Missing"),
                (200, "0+ nobody", "+ BadElement BadElement"),
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
                (200, "0+ 0? 1! 1-7 2-7 2u 2+", "Pending BadElement Contradictory"),
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
                (200, "1-7 nobody", "BadElement -7 BadElement"),
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
                (200, "1+ 2!", "Missing + BadElement"),
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
                (200, "0+ 1+ incomplete", "BadElement BadElement Missing"),
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
                    "pending Err(\"the response leaves the items to a job, and names none\") ??? None",
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
                (200, "job=7 incomplete", "pending Ok(\"7\") ??? Some(\"the response's body does not fit at /ids"),
                (200, "0+ job=7 incomplete", "pending Ok(\"7\") +?? Some(\"the response's body does not fit at /ids"),
                (200, "0+ 1+ 2+ job=7 incomplete", "+ + +"),
                (200, "0+ job=7 7u", "pending Ok(\"7\") +?? Some(\"the response names 7, which was not sent\")"),
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
                (200, "0-7 7u job=7", "pending Ok(\"7\") -7?? Some(\"the response names 7, which was not sent\")"),
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
                "+ | Pending: the response says that it is not decided yet | Missing: the response does not name it, and the response names 7 and 1 more that were not sent",
            ),
            (
                200,
                "0! nobody",
                "BadElement: the response's body does not fit at /0: it is no text | BadElement: the response does not name it, and the response's body does not fit at /1: it names nobody | BadElement: the response does not name it, and the response's body does not fit at /1: it names nobody",
            ),
            (
                200,
                "0+ 0-7 1u 1+ 2u 2-7",
                "Contradictory: the response names it as done and as failed | Contradictory: the response names it as unprocessed and as done | Contradictory: the response names it as unprocessed and as failed",
            ),
            (
                200,
                "0+ 1+ 2+ status=failed code=gone",
                "Contradictory: the response names it as done, and it says that the request was not done: gone | Contradictory: the response names it as done, and it says that the request was not done: gone | Contradictory: the response names it as done, and it says that the request was not done: gone",
            ),
            (
                200,
                "@0+ @1+",
                "Undecodable: the response names items by position, and has 2 elements for 3 items: no position can be trusted",
            ),
            (
                200,
                "@0+ @0+ 1+",
                "Undecodable: the response names items by position, and has several lists: no position can be trusted",
            ),
            (
                200,
                "@0+ group=two",
                "Undecodable: the response names items by position, and has two: no position can be trusted",
            ),
            (
                404,
                "0-7",
                "-7 | Missing: the response does not name it, and the response's body does not fit: the reply is not declared for the status 404 | Missing: the response does not name it, and the response's body does not fit: the reply is not declared for the status 404",
            ),
            (
                200,
                "incomplete",
                "Missing: the response does not name it, and the response's body does not fit at /ids: the field is missing",
            ),
            (200, "cut-off", "Undecodable: the response's body does not fit: it ends too early"),
        ] {
            assert_eq!(read::<'?'>(true, status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_is_said_of_an_item_of_a_job_counts_until_more_is() {
        let (done, failed) = (Finding::Succeeded { accepted: false, body: Some(()) }, Finding::Failed(Arc::new(7)));
        let said = |told: &Option<Finding<(), Arc<u16>>>| told.as_ref().map_or_else(|| "?".to_owned(), one);
        let both = |before: &Option<_>, more: &Option<_>| said(&Finding::both(before.clone(), more.clone()));
        let (none, done, failed) = (None, Some(done), Some(failed));
        assert_eq!([both(&none, &none), both(&none, &done), both(&failed, &none)], ["?", "+", "-7"]);
        assert_eq!(both(&done, &done), "+");
        assert!(both(&done, &failed).starts_with("Contradictory"));
        let missing = || Finding::Unknown(UncertaintyKind::Missing, "it is not named".to_owned());
        let last = |before: &Option<_>, last: Finding<_, _>| one(&Finding::last(before.clone(), last));
        assert_eq!([last(&none, missing()), last(&done, missing())], ["Missing: it is not named", "+"]);
        assert_eq!(last(&none, Finding::Unprocessed), "u");
        assert_eq!(last(&done, Finding::Succeeded { accepted: true, body: None }), "~");
        assert!(last(&done, Finding::Unprocessed).starts_with("Contradictory"));
    }
}
