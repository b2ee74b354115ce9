//! Joins the entries of a response to the items of its batch: one finding for each item.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use super::attempt::class_of_failure;
use super::keys::BatchKeys;
use super::repeated::{lists_done_keys, shorten};
use crate::declare::{Classes, EndpointSpec, StatusOrCode};
use crate::engine::FailureClass;
use crate::item::BulkItem;
use crate::reply::{
    BodyId, BulkReply, Carried, Collector, ConvertedKeys, DecodeError, Detail, Entry, EntryFinding, FailureId, Faults,
    Finding, JobHandle, KeyIndex as _, MatchesKey, Positions, RawResponse, ReplyShape, Unlisted, Verdict,
    WholeResponse, count_items,
};
use crate::text::counted;
use crate::uncertainty_kind::UncertaintyKind;

/// What a response says about one item.
pub(crate) type FindingOf<R> = Finding<<R as BulkReply>::Success, Arc<<R as BulkReply>::Failure>>;

/// One finding for each item, in the order of the batch.
pub(crate) type Findings<R> = Vec<FindingOf<R>>;

/// The reading of a response of the reply `R`.
pub(crate) type ReadingOf<R> = Reading<<R as BulkReply>::Success, Arc<<R as BulkReply>::Failure>>;

/// A reading before the bodies and failures are taken from [`Carried`].
type EntryReading = Reading<BodyId, FailureId>;

/// The reading of a response: what it says about its batch.
#[derive(Debug)]
pub(crate) enum Reading<B, F> {
    /// Each item of the batch is done, and the response says nothing else about any.
    Done {
        accepted: bool,
        /// The HTTP status of the items.
        status: Option<u16>,
    },
    Items {
        /// One finding for each item, in the order of the batch.
        findings: Vec<Finding<B, F>>,
        /// The handle of the job that the items are left to, if it is not polled.
        job: Option<JobHandle>,
    },
    /// The body refuses the whole request, whatever the HTTP status: `{"ok": false, "error": "ratelimited"}` under 200. With a `job`, that
    /// job failed.
    Refused { status: Option<u16>, code: Option<String>, message: Option<String>, job: Option<JobHandle> },
    /// A job works on the items: `{"job": "7", "status": "running"}`.
    Pending {
        /// The handle of the job; an `Err` is the reason why it is not known.
        job: Result<JobHandle, String>,
        /// The findings that are final already, in the order of the batch.
        so_far: Vec<Option<Finding<B, F>>>,
        /// The fault because of which the items count as pending, although the response does not say so.
        fault: Option<String>,
    },
    /// The body is the error type of the endpoint, and refuses the whole request: `{"error": {"code": -32600}}` under 200. `misfits` says why
    /// it is none of the shapes that are declared before.
    Error { misfits: Option<DecodeError> },
    /// Nothing in the response is usable: every item of the batch is uncertain.
    Unknown(UncertaintyKind, String),
    /// The status is not 2xx, and the body names no item: the status and the error body decide.
    NotItems,
}

impl<B, F> Reading<B, F> {
    /// Removes what the response says about the slots of items that the batch has not.
    fn without(mut self, absent: &[usize]) -> Self {
        for slot in absent.iter().rev() {
            match &mut self {
                Reading::Items { findings, .. } => drop(findings.remove(*slot)),
                Reading::Pending { so_far, .. } => drop(so_far.remove(*slot)),
                _ => {}
            }
        }
        self
    }
}

/// Reads a response with the reply `R`, and joins its entries to the items of the batch. `polled` is the job that a poll asked about.
pub(crate) fn read_response<T, R>(
    response: &RawResponse<'_>,
    spec: &EndpointSpec,
    keys: &BatchKeys<'_, T>,
    polled: Option<&JobHandle>,
) -> ReadingOf<R>
where
    T: BulkItem,
    R: BulkReply,
    R::Key: MatchesKey<T::Key>,
{
    if polled.is_none()
        && lists_done_keys(&R::SHAPE)
        && let Some(items) = keys.sent_keys()
        && let Some(shortened) = shorten(response.bytes(), items)
    {
        let short = response.with_body(&shortened.body);
        let reading = read_once::<T, R>(&short, spec, keys, polled, Some(shortened.address()));
        if let Reading::Done { .. } = reading {
            return reading;
        }
    }
    read_once::<T, R>(response, spec, keys, polled, None)
}

/// Reads a response. `repeated` is the address of an empty list that stands for that of all items: if it is not read as such, nothing is usable.
fn read_once<T, R>(
    response: &RawResponse<'_>,
    spec: &EndpointSpec,
    keys: &BatchKeys<'_, T>,
    polled: Option<&JobHandle>,
    repeated: Option<usize>,
) -> ReadingOf<R>
where
    T: BulkItem,
    R: BulkReply,
    R::Key: MatchesKey<T::Key>,
{
    let keys_of_reply = ConvertedKeys(keys, PhantomData);
    let mut collector = Collector::new(&keys_of_reply, response.status());
    collector.repeated = repeated;
    collector.entries.reserve(keys.len());
    let read = R::read(response, &mut collector);
    if collector.repeated.is_some() {
        return Reading::NotItems;
    }
    if let Err(error) = collector.check_elements() {
        return Reading::Unknown(UncertaintyKind::TooLarge, error.to_string());
    }
    let names_no_item = collector.names_no_item();
    let Collector { entries, mut carried, faults, mut whole, unlisted_failure, shape, misfits, is_error, .. } =
        collector;
    // Plain matches, here and below: this is compiled for each type of a reply.
    declare_job(&mut whole, spec);
    if is_error && (200..300).contains(&response.status()) {
        return Reading::Error { misfits };
    }
    let silent = keys.silent();
    let is_silent = silent.len() == keys.len() && polled.is_none();
    let reading = match unread(response, read, names_no_item, if is_silent { Some(silent) } else { None }) {
        Some(reading) => reading,
        None => {
            let unlisted_failure = unlisted_failure.map(|failure| carried.fail(failure));
            let gravity = |failure| Gravity::of(&**carried.failure(failure), &spec.classes);
            let is_code_listed = lists_code(&whole, spec);
            let (status, shape) = (response.status(), shape.or(R::SHAPE.under(response.status())));
            let (partial, polls) = (spec.partial, spec.poll.is_some());
            let (absent, told, has_groups) = (keys.absent(), keys.told(), keys.has_groups());
            let rules = Rules {
                status,
                shape,
                partial,
                polls,
                unlisted_failure,
                polled,
                silent,
                absent,
                told,
                has_groups,
                is_code_listed,
            };
            reconcile(entries, faults, whole, keys.len(), rules, &gravity)
        }
    };
    reading.with(&mut carried, response.status()).without(keys.absent())
}

/// The handle of a job is a secret where the declaration says so.
fn declare_job(whole: &mut WholeResponse, spec: &EndpointSpec) {
    let is_secret = spec.poll.is_some_and(|poll| poll.secret);
    whole.job = whole.job.take().map(|job| job.declared(is_secret));
}

/// Returns whether a list of the declaration has the code of the response.
fn lists_code(whole: &WholeResponse, spec: &EndpointSpec) -> bool {
    whole.code.as_deref().is_some_and(|code| spec.classes.lists_code(code))
}

/// The reading of a response without usable entries; `None` if it has some. `silent` are the items, if none of them expects a response.
fn unread(
    response: &RawResponse<'_>,
    read: Result<(), DecodeError>,
    names_no_item: bool,
    silent: Option<&[usize]>,
) -> Option<EntryReading> {
    let is_success = (200..300).contains(&response.status());
    match (read, silent) {
        // `{"error": "bad request"}` under 400 is a refusal, and so is one with another shape at the place of the list: InfluxDB writes an
        // object there if it rejects all. `{"failed": [{"id": "a"}]}` under 400 is about single items.
        (read, _) if !is_success => (read.is_err() || names_no_item).then_some(Reading::NotItems),
        // Only notifications: `[{"jsonrpc": "2.0", "method": "log"}]` has no response but an empty one (JSON-RPC 2.0, section 6).
        (Err(_), Some(silent)) if response.bytes().trim_ascii().is_empty() => {
            Some(Reading::Items { findings: vec![accepted(); silent.len()], job: None })
        }
        (Err(error), _) => Some(Reading::Unknown(UncertaintyKind::Undecodable, error.to_string())),
        (Ok(()), _) => None,
    }
}

/// The parts of the declaration by which entries are judged.
#[derive(Clone, Copy)]
struct Rules<'r> {
    status: u16,
    shape: Option<&'static ReplyShape>,
    partial: bool,
    /// Whether the endpoint polls the jobs that its responses name.
    polls: bool,
    /// The failure of an unlisted item, with `unlisted = failed`.
    unlisted_failure: Option<FailureId>,
    /// The job that a poll asked about.
    polled: Option<&'r JobHandle>,
    /// The slots of the items that expect no response.
    silent: &'r [usize],
    /// The slots of the items that the request had and the batch has not.
    absent: &'r [usize],
    /// The slots of the items about which an earlier response of the job has told.
    told: &'r [usize],
    /// The body has the items in groups, which may stand in another order than the items.
    has_groups: bool,
    /// The code of the response is in a list of the declaration.
    is_code_listed: bool,
}

impl Rules<'_> {
    /// Returns what it means that the response does not list an item.
    fn unlisted(&self) -> Unlisted {
        self.shape.map_or(Unlisted::Unknown, |shape| shape.unlisted)
    }
}

/// The finding of an item that expects no response: the server took it, and reports nothing about it.
fn accepted() -> EntryFinding {
    Finding::Succeeded { accepted: true, status: None, body: None }
}

/// Folds the entries of a response into one finding for each item. It does not depend on the types of the reply, so it is compiled once.
fn reconcile(
    mut entries: Vec<Entry>,
    mut faults: Faults,
    mut whole: WholeResponse,
    batch: usize,
    rules: Rules<'_>,
    gravity: &dyn Fn(FailureId) -> Gravity,
) -> EntryReading {
    if let Some(other) = other_job(&whole, rules.polled) {
        return other;
    }
    if let Some(done) = all_done(&entries, &faults, &whole, batch, rules) {
        return done;
    }
    let has_next_page = has_next_page(&entries, &whole, rules);
    let is_running = whole.verdict == Some(Verdict::Pending);
    // A job that says of itself that it ended has no other result later.
    let is_over = rules.polled.is_some()
        && whole.verdict.is_some_and(|verdict| verdict != Verdict::Pending && !verdict.is_accepted());
    let left_to = take_unpolled_job(&mut whole, rules);
    let is_pending = is_running && left_to.is_none();
    let names_job = whole.job.is_some() && (whole.verdict.is_none_or(Verdict::is_accepted) || has_next_page);
    if is_running || names_job && !entries.iter().any(|entry| entry.positional) {
        // `{"job": "7", "status": "running", "results": [ok]}`: the list still grows, so a position in it proves nothing yet. Without
        // `running` the list counts as complete.
        entries.retain(|entry| !entry.positional);
        faults.positions = None;
    }
    let has_strangers = faults.unnamed() > 0;
    if let Some(why) =
        faults.positions.take().and_then(|positions| place(positions, &mut entries, batch, rules, has_strangers))
    {
        // `[r, r]` for three items: it is unknown which result is missing, so no position counts. `{"results": 7}` has none, and says why.
        let why = faults.shape.as_ref().map_or_else(|| format!("the response has {why}"), ToString::to_string);
        let detail = format!("cannot match positions to items: {why}");
        if !names_job || !rules.polls || rules.polled.is_some() {
            return nothing_usable(UncertaintyKind::Undecodable, detail, is_over, batch);
        }
        // `{"job": "7", "results": [r, r]}` to the request itself: the job works on the items, and must not be started again.
        entries.retain(|entry| !entry.positional);
        faults.shape.get_or_insert_with(|| DecodeError::new("", detail));
    }
    // Entries under an undeclared status still count. But an unlisted item proves nothing there.
    if rules.shape.is_none() && faults.shape.is_none() {
        faults.shape = Some(DecodeError::undeclared(rules.status));
    }
    // `{"job": "7", "done": ["a"]}` for `a b`: the job decides about `b`. For `a` alone nothing is open, and the job is not polled.
    let is_open = names_job && leaves_open(&entries, &faults, batch, rules, has_next_page);
    let may_run = names_job || rules.polled.is_some() && whole.verdict.is_none();
    if is_pending || is_open || may_run && works_on_some(&entries, rules) {
        let fault = if is_pending { None } else { faults.describe() };
        let job = whole.job.ok_or_else(|| no_job(&faults));
        return Reading::Pending { job, so_far: so_far(entries, batch, rules.partial, gravity), fault };
    }
    let (accepted, status) = match apply_whole(whole, &mut entries, &mut faults, batch, rules.is_code_listed) {
        Ok(whole) => whole,
        Err(refused) => return refused,
    };
    if let Some(error) = faults.shape.as_ref().filter(|_| entries.is_empty()) {
        let detail = format!("the response does not name it, and {error}");
        return nothing_usable(UncertaintyKind::Missing, detail, is_over, batch);
    }
    let mut findings = fold(entries, batch, gravity);
    // First, because an item with `{"id": "a", "status": 424}` under `unprocessed(424)` did not fail, and rolls nothing back.
    mark_unprocessed(&mut findings, gravity);
    if !rules.partial {
        let is_certain = |failure| gravity(failure) != Gravity::Unclear;
        let is_failure =
            |finding: &Option<_>| matches!(finding, Some(Finding::Failed(failure)) if is_certain(*failure));
        // Being unlisted may be a failure, too.
        let fails_unlisted = rules.unlisted() == Unlisted::Failed && faults.describe().is_none();
        if findings.iter().any(|finding| is_failure(finding) || fails_unlisted && finding.is_none()) {
            roll_back(&mut findings, rules.unlisted_failure.filter(|_| fails_unlisted));
        } else if let Some((kind, why)) = unclear_failure(&findings, &faults) {
            // `{"done": ["a"], "failed": 7}` for an all-or-nothing request: the part that cannot be read may be a failure, and a failure
            // would undo `a` too. So it would what is not listed, whatever that means.
            let means_something = rules.unlisted() != Unlisted::Unknown;
            let may_be_undone =
                |finding: &&mut Option<_>| finding.as_ref().map_or(means_something, EntryFinding::is_done);
            for finding in findings.iter_mut().filter(may_be_undone) {
                *finding = Some(Finding::Unknown(kind, why.clone()));
            }
        }
    }
    let done = |accepted| Finding::Succeeded { accepted, status, body: None };
    let accepted = accepted || left_to.is_some() || rules.status == 202;
    let unlisted = match rules.unlisted() {
        // `{"job": "7"}`: the job decides about what is not listed, and is not polled.
        _ if left_to.is_some() => Some(done(true)),
        Unlisted::Unknown => None,
        Unlisted::Succeeded => Some(done(accepted)),
        Unlisted::Accepted => Some(done(true)),
        Unlisted::Failed => rules.unlisted_failure.map(Finding::Failed),
        Unlisted::Unprocessed => Some(Finding::Unprocessed),
        // The groups may stand in another order than the items.
        Unlisted::StopsAtFailure if rules.has_groups => None,
        Unlisted::StopsAtFailure => {
            fill_around_failure(&mut findings, &done(accepted), &mut faults);
            None
        }
    };
    // That this page does not list what an earlier one told says nothing of it.
    let told: Vec<usize> = rules.told.iter().copied().filter(|slot| findings[*slot].is_none()).collect();
    let mut findings = fill_unlisted(findings, unlisted, rules.silent, &faults);
    for slot in told {
        findings[slot] = Finding::Unknown(UncertaintyKind::Missing, "the response does not name it".to_owned());
    }
    Reading::Items { findings, job: left_to }
}

/// The reading of a response that names each item as done, in the order of the batch and in the same words, and says nothing else: most of all
/// responses. `None` for any other one, and for that of a job, which is compared with what was known before.
fn all_done(
    entries: &[Entry],
    faults: &Faults,
    whole: &WholeResponse,
    batch: usize,
    rules: Rules<'_>,
) -> Option<EntryReading> {
    let says_more = whole.verdict.is_some() || whole.job.is_some() || !faults.is_empty();
    if says_more || entries.len() != batch || rules.shape.is_none() || rules.polled.is_some() {
        return None;
    }
    let Finding::Succeeded { accepted, status, .. } = entries.first()?.finding else { return None };
    let is_same = |(at, entry): (usize, &Entry)| {
        entry.slot == at
            && matches!(&entry.finding, Finding::Succeeded { accepted: other, status: own, body: None }
                if *other == accepted && *own == status)
    };
    entries.iter().enumerate().all(is_same).then_some(Reading::Done { accepted, status })
}

/// The job that a response leaves its items to, if the endpoint does not poll it: `{"job": "7"}`, or `{"job": "7", "status": "running"}`,
/// to an endpoint without `poll`. These items are accepted.
fn take_unpolled_job(whole: &mut WholeResponse, rules: Rules<'_>) -> Option<JobHandle> {
    let is_open = whole.verdict.is_none_or(|verdict| verdict == Verdict::Pending || verdict.is_accepted());
    let job = whole.job.take_if(|_| !rules.polls && is_open)?;
    // The rest is read as in a response without a state: its entries are final.
    if whole.verdict == Some(Verdict::Pending) {
        whole.verdict = None;
    }
    Some(job)
}

/// Fills in the unlisted items around the first one that is not done: those before it are done, those after it were not processed.
///
/// A result of an item after it shows that the server did not stop there, so that no unlisted item has a meaning.
fn fill_around_failure(findings: &mut [Option<EntryFinding>], done: &EntryFinding, faults: &mut Faults) {
    let is_unclear = |finding: &Option<_>| matches!(finding, Some(Finding::Unknown(..)));
    if faults.describe().is_some() || findings.iter().any(is_unclear) {
        return;
    }
    let stops = |finding: &Option<EntryFinding>| finding.as_ref().is_some_and(|finding| !finding.is_done());
    let first = findings.iter().position(stops).unwrap_or(findings.len());
    let acted_on = |finding: &Option<_>| matches!(finding, Some(Finding::Succeeded { .. } | Finding::Failed(_)));
    if findings.iter().skip(first + 1).any(acted_on) {
        let reason = "expected no result of an item after the first one that is not done, found one";
        faults.shape.get_or_insert_with(|| DecodeError::new("", reason));
        return;
    }
    for (slot, finding) in findings.iter_mut().enumerate() {
        finding.get_or_insert_with(|| if slot < first { done.clone() } else { Finding::Unprocessed });
    }
}

/// The reading of a response without a usable entry. `is_over`: it is the last one of a job, so that it would be the same if it was polled
/// again.
fn nothing_usable(kind: UncertaintyKind, detail: String, is_over: bool, batch: usize) -> EntryReading {
    if is_over {
        Reading::Items { findings: vec![Finding::Unknown(kind, detail); batch], job: None }
    } else {
        Reading::Unknown(kind, detail)
    }
}

/// The reading of a response to a poll that is about another job: its result proves nothing about the items.
///
/// `{"id": "8", "status": "completed", "results": […]}` to a poll of the job `7`.
fn other_job(whole: &WholeResponse, polled: Option<&JobHandle>) -> Option<EntryReading> {
    let (job, polled) = (whole.job.as_ref().filter(|_| !whole.job_moves)?, polled?);
    (job.text() != polled.text()).then(|| {
        let [job, polled] = [job, polled].map(JobHandle::shown);
        let detail = format!(
            "expected the job {polled:?}, found {job:?}: if each response has the handle of the next poll, mark it as `#[bulk(next_job)]`"
        );
        Reading::Unknown(UncertaintyKind::Undecodable, detail)
    })
}

/// Returns whether another page of the result follows: `{"next": "p2", "failed": [a]}` to a poll of `p1`. It may name others.
///
/// With `"status": "completed"` it is one if this page names an item that none before has named. Else each response may name where the job is
/// polled, also the last one.
fn has_next_page(entries: &[Entry], whole: &WholeResponse, rules: Rules<'_>) -> bool {
    let Some(next) = whole.job.as_ref().filter(|_| rules.polls && whole.job_moves && !whole.is_refusal()) else {
        return false;
    };
    let is_other = rules.polled.is_none_or(|polled| polled.text() != next.text());
    let names_more = || entries.iter().any(|entry| !rules.told.contains(&entry.slot));
    is_other && (whole.verdict.is_none_or(Verdict::is_accepted) || names_more())
}

/// Returns whether a response that names a job, without a verdict of its own, leaves items open for the job.
fn leaves_open(entries: &[Entry], faults: &Faults, batch: usize, rules: Rules<'_>, has_next_page: bool) -> bool {
    // `{"job": "7"}` with `unlisted = succeeded`: nothing is listed yet, so being unlisted proves nothing.
    // What is not listed in a 202 to the request itself, or on a page that is not the last, is open whatever being unlisted means.
    let is_early = rules.polled.is_none() && rules.status == 202 || has_next_page;
    let unlisted_is_open =
        is_early || entries.is_empty() || rules.unlisted() == Unlisted::Unknown || faults.describe().is_some();
    let silent_or_absent = rules.silent.iter().chain(rules.absent).copied();
    let settled = || entries.iter().map(|entry| entry.slot).chain(silent_or_absent).collect::<HashSet<_>>();
    unlisted_is_open && !is_undone(entries, rules) && settled().len() < batch
}

/// Returns whether the response says of an item that the job still works on it:
/// `{"job": "7", "results": [{"id": "a", "state": "done"}, {"id": "b", "state": "open"}]}`.
fn works_on_some(entries: &[Entry], rules: Rules<'_>) -> bool {
    let is_open = |entry: &Entry| matches!(entry.finding, Finding::Unknown(UncertaintyKind::Pending, _));
    !is_undone(entries, rules) && entries.iter().any(is_open)
}

/// A failure ends an all-or-nothing request: all other items are rolled back.
fn is_undone(entries: &[Entry], rules: Rules<'_>) -> bool {
    !rules.partial && entries.iter().any(|entry| matches!(entry.finding, Finding::Failed(_)))
}

/// The findings that count while a job runs: successes and failures of single items. The job may still change everything else.
fn so_far(
    entries: Vec<Entry>,
    batch: usize,
    partial: bool,
    gravity: &dyn Fn(FailureId) -> Gravity,
) -> Vec<Option<EntryFinding>> {
    let is_final =
        |finding: &EntryFinding| partial && matches!(finding, Finding::Succeeded { .. } | Finding::Failed(_));
    fold(entries, batch, gravity).into_iter().map(|finding| finding.filter(is_final)).collect()
}

/// Gives each positional entry its slot. Returns the fault of the positions, if they cannot be matched to items.
fn place(
    positions: Positions,
    entries: &mut [Entry],
    batch: usize,
    rules: Rules<'_>,
    has_strangers: bool,
) -> Option<String> {
    let Positions { elements, items, group } = positions;
    let mut slots = HashSet::new();
    if group.is_some() {
        group
    } else if entries.iter().any(|entry| entry.positional && !slots.insert(entry.slot)) {
        // `{"done": [a], "failed": [b]}`, both positional: each would begin with the first item.
        Some("several lists".to_owned())
    } else if elements == items {
        None
    } else if rules.absent.is_empty() && !has_strangers && place_among_unnamed(entries, elements, batch, rules.silent) {
        // Where a name is of no item that is there, it is unknown which places are left beside those that are named.
        None
    } else {
        Some(format!("{} for {}", counted(elements, "element"), counted(items, "item")))
    }
}

/// Gives the positional entries, in their order, the items that no other entry names and that expect a response. Returns whether there are
/// as many.
///
/// `{"results": [r0, r2], "errors": [{"id": "b"}]}` for `a b c`: `r0` is about `a` and `r2` about `c`.
fn place_among_unnamed(entries: &mut [Entry], elements: usize, batch: usize, silent: &[usize]) -> bool {
    let named = entries.iter().filter(|entry| !entry.positional).map(|entry| entry.slot);
    let named: HashSet<usize> = named.chain(silent.iter().copied()).collect();
    let rest: Vec<usize> = (0..batch).filter(|slot| !named.contains(slot)).collect();
    if rest.len() != elements {
        return false;
    }
    for entry in entries.iter_mut().filter(|entry| entry.positional) {
        entry.slot = rest[entry.slot];
    }
    true
}

/// Applies the verdict on the whole request to the entries. Returns whether successes are only accepted, and the HTTP status in the body;
/// an `Err` is a refusal of the whole request.
fn apply_whole(
    whole: WholeResponse,
    entries: &mut [Entry],
    faults: &mut Faults,
    batch: usize,
    is_code_listed: bool,
) -> Result<(bool, Option<u16>), EntryReading> {
    let refusal = whole.describe_refusal();
    let WholeResponse { verdict, code, message, job, disagrees, accepts_part, .. } = whole;
    match verdict {
        // `{"failed": [], "code": "Busy"}` under `retry("Busy")`: the declaration says what the code means.
        None if is_code_listed => {}
        None => return Ok((accepts_part, None)),
        Some(verdict) if verdict.is_done() => {
            entries.iter_mut().for_each(|entry| entry.finding.apply(verdict));
            return Ok((verdict.is_accepted() || accepts_part, verdict.http()));
        }
        // `{"status": "aborted", "results": [{"id": "a", "ok": true}]}`: `a` would have been done, and was not.
        Some(Verdict::Unprocessed) if !entries.is_empty() => {
            replace_done(entries, &Finding::Unprocessed);
            return Ok((false, None));
        }
        Some(_) => {}
    }
    // `{"ok": false, "error": "busy"}` without any entry refuses the whole request. If parts disagree, it is a fault instead.
    // `{"ok": false, "error": "busy", "failed": {"a": "busy"}}`: what cannot be read may say that only `a` failed.
    if entries.is_empty() && faults.unnamed() == 0 && !faults.hides_items && !disagrees {
        return Err(Reading::Refused { status: verdict.and_then(Verdict::http), code, message, job });
    }
    if entries.iter().all(|entry| entry.finding.is_done()) && count_items(entries, None) == batch {
        // `{"ok": false, "done": ["a", "b"]}` for `a b`: no item is left that the refusal could mean.
        let detail = format!("the response names it as done, and {refusal}");
        replace_done(entries, &Finding::Unknown(UncertaintyKind::Contradictory, detail));
    }
    faults.shape.get_or_insert_with(|| DecodeError::new("", format_args!("the response {refusal}")));
    Ok((false, None))
}

/// The reason why a pending response has no job handle.
fn no_job(faults: &Faults) -> String {
    let why = faults.shape.as_ref().map_or_else(String::new, |error| format!(": {error}"));
    format!("the response reports a pending job, but has no job handle{why}")
}

/// Replaces the findings of the entries whose item is done.
fn replace_done(entries: &mut [Entry], finding: &EntryFinding) {
    for entry in entries.iter_mut().filter(|entry| entry.finding.is_done()) {
        entry.finding = finding.clone();
    }
}

/// Returns whether a failure has one of these statuses or codes.
fn is_listed(verdict: Option<Verdict>, code: Option<&str>, list: &[StatusOrCode]) -> bool {
    !list.is_empty() && StatusOrCode::any(list, verdict.and_then(Verdict::http), code)
}

/// What a failure says of its item, the gravest last: of two failures of one item the graver one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gravity {
    /// The server did not act on it: `unprocessed(…)`.
    Unprocessed,
    /// It may succeed later: 429, `retry(…)`.
    ForNow,
    Failed,
    /// It may have been applied: `uncertain(…)`.
    Unclear,
}

impl Gravity {
    fn of(failure: &impl Detail, classes: &Classes) -> Self {
        match class_of_failure(failure, classes) {
            _ if is_listed(failure.verdict(), failure.code().as_deref(), classes.unprocessed) => Gravity::Unprocessed,
            FailureClass::Uncertain => Gravity::Unclear,
            FailureClass::Retry { .. } => Gravity::ForNow,
            FailureClass::Already | FailureClass::Failed => Gravity::Failed,
        }
    }
}

/// Failures listed as `unprocessed(…)` do not blame their items: the server did not act on them.
fn mark_unprocessed(findings: &mut [Option<EntryFinding>], gravity: &dyn Fn(FailureId) -> Gravity) {
    for finding in findings {
        if matches!(finding, Some(Finding::Failed(failure)) if gravity(*failure) == Gravity::Unprocessed) {
            *finding = Some(Finding::Unprocessed);
        }
    }
}

/// Returns what in a response may be a failure: a part that cannot be read, that contradicts another, or that is about an item which is not in the
/// batch. `None` if there is nothing.
fn unclear_failure(findings: &[Option<EntryFinding>], faults: &Faults) -> Option<(UncertaintyKind, String)> {
    use UncertaintyKind::{BadElement, Contradictory, Declared, Pending};
    let unclear = findings.iter().flatten().find_map(|finding| match finding {
        Finding::Unknown(kind @ (BadElement | Contradictory | Pending), why) => Some((*kind, why.clone())),
        // One that certainly failed has rolled the others back.
        Finding::Failed(_) => {
            Some((Declared, "the failure of another item does not say whether it was applied".to_owned()))
        }
        _ => None,
    });
    faults.unclear_failure().map(|why| (BadElement, why)).or(unclear)
}

/// Marks every item that did not fail as rolled back. With `partial = false` one failure undoes the whole request, also the items that
/// the response lists as done. `unlisted` is the failure of those that it does not list, if being unlisted is one.
fn roll_back(findings: &mut [Option<EntryFinding>], unlisted: Option<FailureId>) {
    for finding in findings {
        match (&finding, unlisted) {
            (Some(Finding::Failed(_)), _) => {}
            (None, Some(failure)) => *finding = Some(Finding::Failed(failure)),
            _ => *finding = Some(Finding::RolledBack),
        }
    }
}

/// Returns whether a second entry of an item is a graver failure than the one before.
fn is_graver(finding: &EntryFinding, before: FailureId, gravity: &dyn Fn(FailureId) -> Gravity) -> bool {
    matches!(finding, Finding::Failed(failure) if gravity(*failure) > gravity(before))
}

/// Folds the entries of each item into one finding.
fn fold(entries: Vec<Entry>, batch: usize, gravity: &dyn Fn(FailureId) -> Gravity) -> Vec<Option<EntryFinding>> {
    let mut findings: Vec<Option<EntryFinding>> = vec![None; batch];
    for Entry { slot, finding, .. } in entries {
        findings[slot] = Some(match findings[slot].take() {
            None => finding,
            // `[{"id": "a", "code": "Busy"}, {"id": "a", "code": "Odd"}]`
            Some(Finding::Failed(before)) if is_graver(&finding, before, gravity) => finding,
            Some(before) => before.and(finding),
        });
    }
    findings
}

impl EntryReading {
    /// Takes the bodies and failures of the entries out of `carried`. `status` is that of the response.
    fn with<S, F>(self, carried: &mut Carried<S, F>, status: u16) -> Reading<S, Arc<F>> {
        match self {
            Reading::Done { accepted, status: own } => Reading::Done { accepted, status: own.or(Some(status)) },
            Reading::Items { findings, job } => {
                // Plain loops and matches: this is compiled for each type of a reply.
                let mut taken = Vec::with_capacity(findings.len());
                for finding in findings {
                    taken.push(finding.with(carried, status));
                }
                Reading::Items { findings: taken, job }
            }
            Reading::Refused { status, code, message, job } => Reading::Refused { status, code, message, job },
            Reading::Pending { job, so_far, fault } => {
                let mut taken = Vec::with_capacity(so_far.len());
                for finding in so_far {
                    taken.push(match finding {
                        Some(finding) => Some(finding.with(carried, status)),
                        None => None,
                    });
                }
                Reading::Pending { job, so_far: taken, fault }
            }
            Reading::Error { misfits } => Reading::Error { misfits },
            Reading::Unknown(kind, detail) => Reading::Unknown(kind, detail),
            Reading::NotItems => Reading::NotItems,
        }
    }
}

impl EntryFinding {
    /// Takes the body or failure of the entry out of `carried`. `response` is the status of the response.
    fn with<S, F>(self, carried: &mut Carried<S, F>, response: u16) -> Finding<S, Arc<F>> {
        match self {
            Finding::Succeeded { accepted, status, body } => {
                let body = match body {
                    Some(body) => carried.body(body),
                    None => None,
                };
                Finding::Succeeded { accepted, status: status.or(Some(response)), body }
            }
            Finding::Failed(failure) => Finding::Failed(carried.failure(failure).clone()),
            Finding::Unprocessed => Finding::Unprocessed,
            Finding::RolledBack => Finding::RolledBack,
            Finding::Unknown(kind, detail) => Finding::Unknown(kind, detail),
        }
    }
}

impl<B, F> Finding<B, F> {
    /// Combines two findings about an item while its job runs.
    pub(crate) fn both(before: Option<Self>, more: Option<Self>) -> Option<Self> {
        match (before, more) {
            (Some(before), Some(more)) => Some(before.and(more)),
            (before, more) => before.or(more),
        }
    }

    /// Combines the finding of the last response of a job with an earlier one. If the last response does not list the item, the earlier
    /// finding counts.
    pub(crate) fn last(before: Option<Self>, last: Self) -> Self {
        match (before, last) {
            (Some(before), Finding::Unknown(UncertaintyKind::Missing, _)) => before,
            (Some(before), last) => last.and(before),
            (None, last) => last,
        }
    }

    /// Combines two entries about one item. Equal findings are one. Findings that differ contradict each other, and leave the item
    /// uncertain: `{"done": ["a"], "failed": ["a"]}`.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            // `[{"id": "a", "status": 200}, {"id": "a", "status": "?"}]`: the entry that cannot be read may be a failure.
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

/// Fills in the findings of unlisted items: their declared meaning if the response has no fault, else uncertain.
///
/// `{"errors": [{"id": "zzz"}]}` with `unlisted = succeeded`: `zzz` was never sent, so the error may be about any item, and no unlisted
/// item counts as done.
fn fill_unlisted(
    mut findings: Vec<Option<EntryFinding>>,
    unlisted: Option<EntryFinding>,
    silent: &[usize],
    faults: &Faults,
) -> Vec<EntryFinding> {
    // `{"failed": [{"id": "a", "code": 7}]}` with a text declared as the code: the list is damaged, and may lack other failures.
    let unclear = findings.iter().flatten().any(|finding| matches!(finding, Finding::Unknown(..)));
    let unclear = unclear.then(|| "another of its entries is contradictory or cannot be decoded".to_owned());
    let fault = faults.describe().or(unclear);
    if fault.is_none() {
        for slot in silent {
            findings[*slot].get_or_insert_with(accepted);
        }
    }
    let unlisted = match (unlisted, fault) {
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
    use crate::item::AssignedId;
    use crate::reply::{BodyShape, CollectorOf};

    /// A reply whose body is words. Each word that starts with a number is an entry about that item: `1+` done, `1~` accepted, `1-7` failed
    /// with the code 7, `1u` unprocessed, `1?` pending, `1!` not decodable. `@0+` names the item by position. The other words are about the
    /// whole response. With `j` as `UNLISTED`, the endpoint does not poll jobs.
    struct Words<const UNLISTED: char>;

    impl<const UNLISTED: char> BulkReply for Words<UNLISTED> {
        type Key = u8;
        type Success = ();
        type Failure = u16;
        const SHAPE: ReplyShape = ReplyShape::new(BodyShape::Opaque).on(&[200, 202, 400]).unlisted(match UNLISTED {
            '+' => Unlisted::Succeeded,
            '-' => Unlisted::Failed,
            's' => Unlisted::StopsAtFailure,
            _ => Unlisted::Unknown,
        });

        fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
            collector.unlisted_failure = (UNLISTED == '-').then(|| Arc::new(9_u16));
            for word in str::from_utf8(response.bytes()).unwrap().split_whitespace() {
                match word.split_once('=').unwrap_or((word, "")) {
                    ("cut-off", _) => return Err(DecodeError::new("", "it ends too early")),
                    ("nameless", _) => collector.bad_element(DecodeError::new("/1", "it names no item")),
                    ("unlike", _) => {
                        collector.faults.hides_items = true;
                        collector.faults.shape = Some(DecodeError::new("/failed", "a map, expected an array"));
                    }
                    ("incomplete", _) => {
                        collector.faults.shape = Some(DecodeError::new("/ids", "the field is missing"));
                    }
                    ("group", why) => collector.faults.positions.get_or_insert_default().group = Some(why.to_owned()),
                    ("job", handle) => collector.whole.job = Some(handle.to_owned().into()),
                    ("code", code) => collector.whole.code = Some(code.to_owned()),
                    ("status", status) => collector.whole.verdict = Some(verdict_of(status)),
                    (entry, _) => add_entry(entry, collector),
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

    fn add_entry(entry: &str, collector: &mut Collector<'_, u8, (), u16>) {
        let (positional, entry) = entry.strip_prefix('@').map_or((false, entry), |entry| (true, entry));
        let (item, verdict) = entry.split_at(1);
        let item: u8 = item.parse().unwrap();
        let batch = collector.len();
        if usize::from(item) >= batch {
            return if verdict == "+" { collector.succeeded(&item, ()) } else { collector.unprocessed(&item) };
        }
        if positional {
            let positions = collector.faults.positions.get_or_insert_default();
            positions.elements += 1;
            positions.items = batch;
        }
        let finding = match verdict {
            "+" => Finding::Succeeded { accepted: false, status: None, body: None },
            "~" => Finding::Succeeded { accepted: true, status: None, body: None },
            "u" => Finding::Unprocessed,
            "?" => Finding::Unknown(UncertaintyKind::Pending, "the response reports it as pending".to_owned()),
            "!" => {
                Finding::Unknown(UncertaintyKind::BadElement, DecodeError::new("/0", "it is not a string").to_string())
            }
            code => Finding::Failed(collector.carried.fail(Arc::new(code[1..].parse().unwrap()))),
        };
        collector.entries.push(Entry { slot: usize::from(item), positional, finding });
    }

    /// Reads a response about the items 0, 1 and 2. Returns the sign of each finding, or the reason why the item is unknown.
    fn read<const UNLISTED: char>(partial: bool, status: u16, body: &str) -> String {
        let mut spec = EndpointSpec::new("words", Method::Post, "/", 3);
        spec.partial = partial;
        if UNLISTED != 'j' {
            spec = spec.poll(Method::Get, "/jobs/{job}");
        }
        spec.classes.unprocessed = &[StatusOrCode::Code("5")];
        let items = [0_u8, 1, 2];
        let sent = items.iter().map(|item| SentItem { item, encoded: &[], assigned: AssignedId::new() });
        let keys = BatchKeys::new(sent, None);
        match read_response::<u8, Words<UNLISTED>>(
            &RawResponse::new(status, &HeaderMap::new(), body.as_bytes()),
            &spec,
            &keys,
            None,
        ) {
            Reading::Done { accepted, .. } => [if accepted { "~" } else { "+" }; 3].join(" | "),
            Reading::Items { findings, .. } => findings.iter().map(one).collect::<Vec<_>>().join(" | "),
            Reading::Error { misfits } => format!("error body {misfits:?}"),
            Reading::NotItems => "a refusal".to_owned(),
            Reading::Pending { job, so_far, fault } => {
                let so_far = so_far.iter().map(or_open).collect::<String>();
                format!("pending {:?} {so_far} {fault:?}", job.as_ref().map(JobHandle::text))
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

    fn or_open(finding: &Option<Finding<(), Arc<u16>>>) -> String {
        finding.as_ref().map_or_else(|| "?".to_owned(), one)
    }

    /// The kinds of unknown results, without their details.
    fn without_details(findings: &str) -> String {
        let kind = |one: &str| {
            // Of the fault of a job the place stays: `… at /ids`.
            let cut = if one.starts_with("pending") { one.rsplit_once(": ") } else { one.split_once(": ") };
            cut.map_or(one, |(kind, _)| kind).to_owned()
        };
        findings.split(" | ").map(kind).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check<const UNLISTED: char>(partial: bool, cases: &[(u16, &str, &str)]) {
        for (status, body, expected) in cases {
            assert_eq!(without_details(&read::<UNLISTED>(partial, *status, body)), *expected, "{status} {body}");
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
                (200, "0+ nameless", "+ BadElement BadElement"),
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
                (200, "0+ 0+ 1+", "+ + Missing"),
                (200, "0+ 1~ 2+", "+ ~ +"),
                (200, "2~ 1~ 0~", "~ ~ ~"),
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
                (200, "1-7 nameless", "BadElement -7 BadElement"),
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
                (200, "0+ 1+ 2?", "Pending Pending Pending"),
                (200, "1-7 2?", "undone -7 undone"),
                (200, "0+ 1+ incomplete", "BadElement BadElement Missing"),
                (200, "0+ 1+ 2+ incomplete", "BadElement BadElement BadElement"),
                (200, "0+ 1-7 incomplete", "undone -7 undone"),
                (200, "0+ 1!", "BadElement BadElement Missing"),
                (200, "0+ 1+ 1-7", "Contradictory Contradictory Missing"),
                (200, "0+ 1-7 2!", "undone -7 undone"),
                (200, "0+ 1+ 2+ 7-3", "BadElement BadElement BadElement"),
                (200, "0+ 1+ 2+ 7u", "BadElement BadElement BadElement"),
                (200, "0+ 1+ 2+ 7+", "+ + +"),
            ],
        );
    }

    #[test]
    fn under_another_status_lines_speak_and_silence_means_nothing() {
        check::<'?'>(
            true,
            &[
                (400, "", "a refusal"),
                (400, "unlike", "a refusal"),
                (400, "0-7", "-7 Missing Missing"),
                (404, "", "a refusal"),
                (404, "cut-off", "a refusal"),
                (404, "nameless", "Missing"),
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
                (200, "status=failed nameless", "Missing"),
                // What cannot be read may name somebody.
                (200, "status=failed code=gone unlike", "Missing"),
                (200, "status=failed code=gone incomplete", "refused None Some(\"gone\") None"),
                // The code 5 is in a list of the declaration, whether there is a status or not.
                (200, "code=5", "refused None Some(\"5\") None"),
                (200, "code=6", "Missing Missing Missing"),
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
                    "pending Err(\"the response reports a pending job, but has no job handle\") ??? None",
                ),
                (200, "0+ 1-7 2u status=pending job=7", "pending Ok(\"7\") +-7? None"),
                (200, "0? 1! 2+ 2-7 status=pending job=7", "pending Ok(\"7\") ??? None"),
                (200, "@0+ status=pending job=7", "pending Ok(\"7\") ??? None"),
                (200, "0+ 1-7 2? job=7", "pending Ok(\"7\") +-7? None"),
                (200, "@0+ @1+ @2? job=7", "pending Ok(\"7\") ++? None"),
                (200, "0+ 1+ 2+ 2? job=7", "pending Ok(\"7\") ++? None"),
                (200, "0+ 1+ 2? job=7 status=done", "+ + Pending"),
                (200, "job=7", "pending Ok(\"7\") ??? None"),
                (200, "job=7 status=202", "pending Ok(\"7\") ??? None"),
                (200, "job=7 status=accepted", "pending Ok(\"7\") ??? None"),
                (200, "job=7 status=done", "Missing Missing Missing"),
                (200, "0+ job=7", "pending Ok(\"7\") +?? None"),
                (200, "0+ 1-7 2u job=7", "+ -7 u"),
                (200, "0+ job=7 status=accepted", "pending Ok(\"7\") +?? None"),
                (200, "0+ job=7 status=done", "+ Missing Missing"),
                (
                    200,
                    "job=7 incomplete",
                    "pending Ok(\"7\") ??? Some(\"the response body does not match the declared type: at /ids",
                ),
                (
                    200,
                    "0+ job=7 incomplete",
                    "pending Ok(\"7\") +?? Some(\"the response body does not match the declared type: at /ids",
                ),
                (200, "0+ 1+ 2+ job=7 incomplete", "+ + +"),
                (200, "0+ job=7 7u", "pending Ok(\"7\") +?? Some(\"the response names 7, which was not sent\")"),
                (
                    200,
                    "@0+ @1+ job=7",
                    "pending Ok(\"7\") ??? Some(\"the response body does not match the declared type: cannot match positions to items",
                ),
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
                (200, "0+ 1? 2+ job=7", "pending Ok(\"7\") ??? None"),
                (200, "0-7 1? job=7", "-7 undone undone"),
                (200, "0-7 job=7", "-7 undone undone"),
                (200, "0-7 status=pending job=7", "pending Ok(\"7\") ??? None"),
            ],
        );
    }

    #[test]
    fn a_job_that_is_not_polled_accepts_what_it_leaves_open() {
        check::<'j'>(
            true,
            &[
                (200, "job=7", "~ ~ ~"),
                (200, "status=pending job=7", "~ ~ ~"),
                (200, "job=7 status=accepted", "~ ~ ~"),
                (200, "0+ 1-7 status=pending job=7", "+ -7 ~"),
                (200, "@0+ status=pending job=7", "~ ~ ~"),
                (200, "@0+ @1+ @2-7 job=7", "+ + -7"),
                (200, "0? job=7", "Pending Missing Missing"),
                (200, "7u job=7", "Missing Missing Missing"),
                (200, "job=7 status=done", "Missing Missing Missing"),
                (200, "status=failed job=7", "refused None None Some(\"7\")"),
            ],
        );
        check::<'j'>(false, &[(200, "0-7 job=7", "-7 undone undone"), (200, "job=7", "~ ~ ~")]);
    }

    #[test]
    fn the_graver_of_two_failures_counts() {
        check::<'?'>(true, &[(200, "0-5 0-7 1-7 1-5 2-5 2-5", "-7 -7 u")]);
    }

    #[test]
    fn an_unlisted_failure_undoes_the_others_where_it_is_all_or_nothing() {
        check::<'-'>(
            false,
            &[(200, "0+", "undone -9 -9"), (200, "0+ 1+ 2+", "+ + +"), (200, "0+ 7+", "+ Missing Missing")],
        );
    }

    #[test]
    fn a_server_that_stops_at_a_failure() {
        check::<'s'>(
            true,
            &[
                (200, "", "+ + +"),
                (202, "", "~ ~ ~"),
                (200, "0-7", "-7 u u"),
                (200, "1-7", "+ -7 u"),
                (200, "2-7", "+ + -7"),
                // The code 5 is that of an item that was not processed.
                (200, "1-5", "+ u u"),
                (200, "1u", "+ u u"),
                (200, "0+ 2-7", "+ + -7"),
                (200, "1-7 2u", "+ -7 u"),
                // The server went on after a failure, or the response is at fault.
                (200, "0-7 2-7", "-7 Missing -7"),
                (200, "0-7 2+", "-7 Missing +"),
                (200, "1-7 7u", "Missing -7 Missing"),
                (200, "1-7 nameless", "BadElement -7 BadElement"),
                (200, "0! 2-7", "BadElement Missing -7"),
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
                (200, "0-7 1? job=7", "pending Ok(\"7\") -7?? None"),
                // It is accepted, and not done.
                (202, "0-7 job=7", "pending Ok(\"7\") -7?? None"),
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
                "+ | Pending: the response reports it as pending | Missing: the response does not name it, and the response names 7 and 1 more that were not sent",
            ),
            (
                200,
                "0! nameless",
                "BadElement: the response body does not match the declared type: at /0: it is not a string | BadElement: the response does not name it, and the response body does not match the declared type: at /1: it names no item | BadElement: the response does not name it, and the response body does not match the declared type: at /1: it names no item",
            ),
            (
                200,
                "0+ 0-7 1u 1+ 2u 2-7",
                "Contradictory: the response names it as done and as failed | Contradictory: the response names it as unprocessed and as done | Contradictory: the response names it as unprocessed and as failed",
            ),
            (
                200,
                "0+ 1+ 2+ status=failed code=gone",
                "Contradictory: the response names it as done, and reports the whole request as not done: gone | Contradictory: the response names it as done, and reports the whole request as not done: gone | Contradictory: the response names it as done, and reports the whole request as not done: gone",
            ),
            (200, "@0+ @1+", "Undecodable: cannot match positions to items: the response has 2 elements for 3 items"),
            (200, "@0+ @0+ 1+", "Undecodable: cannot match positions to items: the response has several lists"),
            (200, "@0+ group=two", "Undecodable: cannot match positions to items: the response has two"),
            (
                404,
                "0-7",
                "-7 | Missing: the response does not name it, and the response body does not match the declared type: no reply is declared for the status 404 | Missing: the response does not name it, and the response body does not match the declared type: no reply is declared for the status 404",
            ),
            (
                200,
                "incomplete",
                "Missing: the response does not name it, and the response body does not match the declared type: at /ids: the field is missing",
            ),
            (200, "cut-off", "Undecodable: the response body does not match the declared type: it ends too early"),
        ] {
            assert_eq!(read::<'?'>(true, status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_is_said_of_an_item_of_a_job_counts_until_more_is() {
        let (done, failed) =
            (Finding::Succeeded { accepted: false, status: None, body: Some(()) }, Finding::Failed(Arc::new(7)));
        let both = |before: &Option<_>, more: &Option<_>| or_open(&Finding::both(before.clone(), more.clone()));
        let (none, done, failed) = (None, Some(done), Some(failed));
        assert_eq!([both(&none, &none), both(&none, &done), both(&failed, &none)], ["?", "+", "-7"]);
        assert_eq!(both(&done, &done), "+");
        assert!(both(&done, &failed).starts_with("Contradictory"));
        let missing = || Finding::Unknown(UncertaintyKind::Missing, "it is not named".to_owned());
        let last = |before: &Option<_>, last: Finding<_, _>| one(&Finding::last(before.clone(), last));
        assert_eq!([last(&none, missing()), last(&done, missing())], ["Missing: it is not named", "+"]);
        assert_eq!(last(&none, Finding::Unprocessed), "u");
        assert_eq!(last(&done, Finding::Succeeded { accepted: true, status: None, body: None }), "~");
        assert!(last(&done, Finding::Unprocessed).starts_with("Contradictory"));
    }
}
