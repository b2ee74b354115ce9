//! A chunk and what its life makes of it, in memory. Each change is applied here first, and written as the rows that it left.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::{
    Intent, ItemRecord, JournalError, Known, LifeEnd, Origin, PendingBatch, PendingJob, Record, RecordedOutcome,
    RecordedState, RunStart,
};

use crate::fault::{age, known_age, store_error};
use crate::item_state::{ItemState, overtaken};

/// Which life has a chunk. A write of any other life is refused (R13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) run: i64,
    pub(crate) chunk: i64,
    pub(crate) epoch: i64,
    /// A random number: after a failover two lives may have one epoch.
    pub(crate) holder: i64,
    /// The number of the last write that is durable (R14).
    pub(crate) seq: i64,
}

/// One item of a chunk.
#[derive(Debug, Clone)]
pub(crate) struct ItemRow {
    pub(crate) item: u64,
    pub(crate) key: Option<String>,
    /// The same for equal keys.
    pub(crate) key_hash: u64,
    /// The same for equal items.
    pub(crate) hash: u128,
    /// Its JSON, if that is not its key.
    pub(crate) body: Option<String>,
    pub(crate) origin: Option<Origin>,
    pub(crate) state: ItemState,
}

/// The number of a request: its life, and its number there.
pub(crate) type RequestId = (u32, u64);

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct RequestRow {
    pub(crate) id: RequestId,
    pub(crate) batch: u64,
    pub(crate) number: u32,
    pub(crate) items: Vec<u64>,
    pub(crate) is_idempotent: bool,
    pub(crate) key: Option<String>,
    pub(crate) key_since: Option<i64>,
    pub(crate) request: u128,
    pub(crate) sent: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) status: Option<u16>,
    pub(crate) result: Option<String>,
    pub(crate) job: Option<String>,
    pub(crate) job_since: Option<i64>,
    pub(crate) uncertain_before: Vec<u64>,
    pub(crate) is_pending: bool,
    /// Whether the database has it.
    pub(crate) is_stored: bool,
}

/// What the database has of a chunk when a worker takes it.
pub(crate) struct LoadedChunk {
    /// All its items. Those that are settled for good are only counted.
    pub(crate) items: Vec<ItemRow>,
    /// The requests without an end, and those whose items stay together.
    pub(crate) requests: Vec<RequestRow>,
    pub(crate) may_leave: Vec<u64>,
    /// The life that had the chunk before, 0 if none had.
    pub(crate) life_before: u32,
    pub(crate) has_responded: bool,
    pub(crate) has_sent_once: bool,
    /// Whether the server failed over since a worker took the chunk before: what that one wrote last may be lost.
    pub(crate) has_failed_over: bool,
}

/// The rows that are to be written. Nothing of it is durable yet.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) items: BTreeSet<usize>,
    pub(crate) requests: BTreeSet<RequestId>,
    pub(crate) may_leave: Option<Vec<u64>>,
    pub(crate) has_responded: bool,
    pub(crate) has_sent_once: bool,
    /// The life begins: the longest time that a request of it takes.
    pub(crate) begins: Option<Duration>,
    pub(crate) ends: Option<LifeEnd>,
    /// The number of new requests. Less than 0 if some did not leave that were counted before.
    pub(crate) new_requests: i64,
    /// An item was settled for good: the chunk is not what kills its workers.
    pub(crate) settles: bool,
}

/// What leaves a chunk that is split.
pub(crate) struct Half {
    pub(crate) items: Vec<u64>,
    /// The requests whose items must stay together.
    pub(crate) requests: Vec<RequestId>,
}

/// Numbers from here on are those of pending requests. A life numbers its own requests below it.
const PENDING: u64 = 1 << 48;

/// A chunk and its life.
pub(crate) struct Chunk {
    pub(crate) fence: Fence,
    pub(crate) life: u32,
    /// How many of its items were settled for good when the life began, for each of [`COUNTED`].
    settled_before: [i64; 4],
    /// The numbers of those items for each key: they go where the others with their key go.
    settled_of_key: HashMap<u64, Vec<u64>>,
    /// The items that are uncertain, and that a later one with their key may have undone.
    overtaken: HashSet<u64>,
    /// The others.
    items: Vec<ItemRow>,
    /// Their places, by number.
    places: HashMap<u64, usize>,
    /// The requests in flight, and those whose items stay together; and those that ended since the last write.
    requests: BTreeMap<RequestId, RequestRow>,
    /// The batches that must stay together, by the number that the run knows.
    pending: BTreeMap<u64, RequestId>,
    /// The requests of earlier lives by that number, also when their batches no longer stay together: a job goes on.
    numbered: HashMap<u64, RequestId>,
    pending_of: HashMap<u64, u64>,
    keyed: bool,
    has_responded: bool,
    has_sent_once: bool,
    /// Whether a request of this life was not idempotent.
    sends_once: bool,
    next_pending: u64,
    read: u64,
    sent: u64,
    changes: Changes,
}

impl Chunk {
    /// What is made of the life before: the results of its requests are unknown.
    pub(crate) fn recover(fence: Fence, life: u32, keyed: bool, loaded: LoadedChunk, now: i64) -> Self {
        let LoadedChunk { items, requests, may_leave, life_before, has_responded, has_sent_once, has_failed_over } =
            loaded;
        let (settled, items): (Vec<ItemRow>, Vec<ItemRow>) = items.into_iter().partition(|row| row.state.is_final);
        let mut chunk = Chunk {
            fence,
            life,
            settled_before: count(&settled),
            settled_of_key: HashMap::new(),
            overtaken: HashSet::new(),
            places: items.iter().enumerate().map(|(place, row)| (row.item, place)).collect(),
            items,
            requests: requests.into_iter().map(|request| (request.id, request)).collect(),
            pending: BTreeMap::new(),
            numbered: HashMap::new(),
            pending_of: HashMap::new(),
            keyed,
            has_responded,
            has_sent_once,
            sends_once: false,
            next_pending: PENDING,
            read: 0,
            sent: 0,
            changes: Changes::default(),
        };
        chunk.end_life_before(life_before, &may_leave, now);
        if has_failed_over {
            chunk.doubt_all();
        }
        if keyed {
            chunk.overtaken = overtaken_items(&settled, &chunk.items);
            for row in settled {
                chunk.settled_of_key.entry(row.key_hash).or_default().push(row.item);
            }
        }
        chunk
    }

    fn end_life_before(&mut self, life: u32, may_leave: &[u64], now: i64) {
        let open: Vec<RequestRow> = self.requests.values().filter(|request| request.ended.is_none()).cloned().collect();
        let in_requests: HashSet<u64> = open.iter().flat_map(|request| request.items.iter().copied()).collect();
        // Only an idempotent endpoint lets items leave before their request is recorded. What an earlier life made of one is no news of this life.
        let ahead: Vec<u64> = may_leave
            .iter()
            .copied()
            .filter(|item| !in_requests.contains(item))
            .filter(|item| {
                let state = self.places.get(item).map(|place| &self.items[*place].state);
                state.is_some_and(|state| state.attempts == 0 && !state.is_final && state.settled < life)
            })
            .collect();
        for request in &open {
            let mut uncertain = Vec::new();
            if request.job.is_some() {
                for item in &request.items {
                    let Some(place) = self.places.get(item) else { continue };
                    if self.items[*place].state.is_unknown_before_job(request.id.0) {
                        uncertain.push(*item);
                    }
                }
            }
            if let Some(row) = self.requests.get_mut(&request.id) {
                row.ended = Some(now);
                row.result = Some("the process ended".to_owned());
                row.is_pending = row.key.is_some() || row.job.is_some();
                row.uncertain_before = uncertain;
            }
            self.changes.requests.insert(request.id);
        }
        for request in &open {
            request.items.iter().for_each(|item| self.lose(*item, request.is_idempotent));
        }
        ahead.iter().for_each(|item| self.lose(*item, true));
        if !may_leave.is_empty() {
            self.changes.may_leave = Some(Vec::new());
        }
    }

    /// An item was in a request whose result is unknown.
    fn lose(&mut self, item: u64, is_idempotent: bool) {
        let Some(place) = self.places.get(&item).copied() else { return };
        let state = &mut self.items[place].state;
        if !state.is_final {
            state.lose(is_idempotent);
            self.changes.items.insert(place);
        }
    }

    /// The last writes of the life before may be lost: each of its items may have been sent.
    fn doubt_all(&mut self) {
        for (place, row) in self.items.iter_mut().enumerate().filter(|(_, row)| !row.state.is_final) {
            row.state.doubt(failed_over);
            row.state.is_repeatable &= !self.has_sent_once;
            self.changes.items.insert(place);
        }
        // Another request under another key may have left since: their own key protects no item any more, and what a job says is not all that there is
        // to know.
        let pending = self.requests.values().filter(|request| request.is_pending);
        for id in pending.map(|request| request.id).collect::<Vec<_>>() {
            self.change(id, |row| {
                row.is_pending = row.job.is_some();
                row.uncertain_before.clone_from(&row.items);
            });
        }
    }

    /// The second half of the open items, for a chunk of its own; `None` if they belong together. Items with equal keys are never in two requests
    /// at once, and those of a batch under a key are sent again only together, so that they stay in one chunk. So do those with their key that are
    /// settled for good: what is done to one key has an order.
    pub(crate) fn second_half(&self) -> Option<Half> {
        let mut group_of: HashMap<u64, usize> = HashMap::new();
        let mut of_key: HashMap<u64, usize> = HashMap::new();
        for (place, row) in self.items.iter().enumerate().filter(|(_, row)| !row.state.is_final) {
            let group = if self.keyed { *of_key.entry(row.key_hash).or_insert(place) } else { place };
            group_of.insert(row.item, group);
        }
        let bound: Vec<&RequestRow> = self.requests.values().filter(|request| request.is_pending).collect();
        for request in &bound {
            let groups: HashSet<usize> = request.items.iter().filter_map(|item| group_of.get(item).copied()).collect();
            let Some(first) = groups.iter().min().copied() else { continue };
            group_of.values_mut().filter(|group| groups.contains(group)).for_each(|group| *group = first);
        }
        let groups: BTreeSet<usize> = group_of.values().copied().collect();
        let middle = *groups.iter().nth(groups.len().div_ceil(2))?;
        let is_moved = |item: &u64| group_of.get(item).is_some_and(|group| *group >= middle);
        let moved: Vec<&ItemRow> = self.items.iter().filter(|row| is_moved(&row.item)).collect();
        let keys: BTreeSet<u64> = moved.iter().map(|row| row.key_hash).collect();
        let settled = keys.iter().filter_map(|key| self.settled_of_key.get(key)).flatten();
        Some(Half {
            items: moved.iter().map(|row| row.item).chain(settled.copied()).collect(),
            requests: bound
                .iter()
                .filter(|request| request.items.iter().any(is_moved))
                .map(|request| request.id)
                .collect(),
        })
    }

    /// Whether an item is not settled for good.
    pub(crate) fn is_open(&self) -> bool {
        self.items.iter().any(|row| !row.state.is_final)
    }

    pub(crate) fn items(&self) -> &[ItemRow] {
        &self.items
    }

    pub(crate) fn request(&self, id: RequestId) -> Option<&RequestRow> {
        self.requests.get(&id)
    }

    /// The number of items that this life has read, and of requests that it sent.
    pub(crate) fn counted(&self) -> (u64, u64) {
        (self.read, self.sent)
    }

    /// How many items have each of the outcomes [`COUNTED`] now.
    pub(crate) fn counts(&self) -> [i64; 4] {
        let now = count(&self.items);
        std::array::from_fn(|kind| self.settled_before[kind] + now[kind])
    }

    pub(crate) fn has_responded(&self) -> bool {
        self.has_responded
    }

    /// Begins the life. The batches of the life before whose items may be sent again only together are bound.
    pub(crate) fn begin(&mut self, start: &RunStart, now: i64) -> Vec<PendingBatch> {
        self.changes.begins = Some(start.request_timeout);
        let waiting: Vec<RequestRow> = self.requests.values().filter(|request| request.is_pending).cloned().collect();
        let mut batches = Vec::new();
        for request in waiting {
            let is_open = |item: &u64| self.places.get(item).is_some_and(|place| !self.items[*place].state.is_final);
            let is_left = |item: &u64| is_open(item) && !self.pending_of.contains_key(item);
            let items: Vec<u64> = request.items.iter().copied().filter(is_left).collect();
            // A batch without one of its items is not the same. A job goes on for the others.
            if items.is_empty() || items.len() < request.items.len() && request.job.is_none() {
                self.change(request.id, |row| row.is_pending = false);
                continue;
            }
            let attempt = self.bind(request.id, &items);
            batches.push(PendingBatch {
                attempt,
                items,
                key: request.key,
                key_age: request.key_since.and_then(|since| known_age(now, since)),
                request: request.request,
                job: request.job.map(|handle| PendingJob {
                    handle,
                    age: request.job_since.map_or(Duration::ZERO, |since| age(now, since)),
                    uncertain_before: request.uncertain_before,
                    request_items: request.items,
                }),
            });
        }
        batches
    }

    /// The items are read in the order in which the worker got them.
    pub(crate) fn register(&mut self, records: &[ItemRecord]) -> Result<Vec<Known>, JournalError> {
        let mut known = Vec::with_capacity(records.len());
        for record in records {
            let row = usize::try_from(record.index).ok().and_then(|place| self.items.get(place));
            let row = row.filter(|row| row.key == record.key);
            let row = row.ok_or_else(|| JournalError::InputChanged {
                index: record.index,
                key: record.key.as_deref().map(Into::into),
            })?;
            known.push(self.known(row));
            self.read += 1;
        }
        Ok(known)
    }

    fn known(&self, row: &ItemRow) -> Known {
        match row.state.known(row.item, self.pending_of.get(&row.item).copied(), row.origin) {
            Known::Open(open) if self.overtaken.contains(&row.item) => Known::Open(overtaken(open)),
            known => known,
        }
    }

    /// Applies records in their order.
    pub(crate) fn apply(&mut self, records: Vec<Record>, now: i64) -> Result<(), JournalError> {
        let (mut ended, mut uncertain) = (Vec::new(), HashSet::new());
        for record in records {
            match record {
                Record::Intent(intent) => self.intend(intent, now)?,
                Record::MayLeave { items } => self.changes.may_leave = Some(items),
                Record::Ended { attempt, status, end, has_left } => {
                    ended.extend(self.end_request(attempt, status, end, now)?);
                    if !has_left {
                        self.changes.new_requests -= 1;
                        self.sent = self.sent.saturating_sub(1);
                    }
                }
                Record::Job { attempt, handle } => self.name_job(attempt, handle, now)?,
                Record::Item { item, state } => {
                    let is_uncertain = !state.is_final && state.outcome.outcome == OutcomeKind::Unknown;
                    self.set_item(item, state)?;
                    if is_uncertain {
                        uncertain.insert(item);
                    }
                }
            }
        }
        for id in ended {
            let Some(request) = self.requests.get(&id).cloned() else { continue };
            // A batch with an idempotency key that leaves all its items uncertain may be sent again only as it was (R3).
            if request.items.iter().all(|item| uncertain.contains(item)) {
                self.change(id, |row| row.is_pending = true);
                self.bind(id, &request.items);
            }
        }
        Ok(())
    }

    pub(crate) fn end(&mut self, end: LifeEnd) {
        self.changes.may_leave = Some(Vec::new());
        self.changes.ends = Some(end);
    }

    /// What is to be written. Its rows are those of [`items`](Self::items) and [`request`](Self::request).
    pub(crate) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    pub(crate) fn has_changes(&self) -> bool {
        let Changes { items, requests, may_leave, has_responded, begins, ends, .. } = &self.changes;
        !items.is_empty()
            || !requests.is_empty()
            || may_leave.is_some()
            || *has_responded
            || begins.is_some()
            || ends.is_some()
    }

    /// The changes are durable.
    pub(crate) fn stored(&mut self, changes: &Changes) {
        for id in &changes.requests {
            let Some(row) = self.requests.get_mut(id) else { continue };
            row.is_stored = true;
            let is_over = row.ended.is_some() && !row.is_pending && row.id.0 == self.life;
            if is_over && !self.changes.requests.contains(id) {
                self.requests.remove(id);
            }
        }
    }

    fn change(&mut self, id: RequestId, change: impl FnOnce(&mut RequestRow)) {
        if let Some(row) = self.requests.get_mut(&id) {
            change(row);
            self.changes.requests.insert(id);
        }
    }

    fn intend(&mut self, intent: Intent, now: i64) -> Result<(), JournalError> {
        let id = (self.life, intent.attempt);
        if intent.attempt >= PENDING || self.requests.contains_key(&id) {
            return Err(store_error(format!(
                "expected a new attempt, found the number {} twice or too large",
                intent.attempt
            )));
        }
        let mut key_since = intent.key.as_ref().map(|_| now);
        // The items leave in another request: what bound them together before no longer does.
        let bound: HashSet<u64> = intent.items.iter().filter_map(|item| self.pending_of.get(item).copied()).collect();
        for attempt in bound {
            let Some(id) = self.release(attempt) else { continue };
            if let Some(before) = self.requests.get(&id)
                && before.key == intent.key
            {
                key_since = before.key_since.min(key_since).or(key_since);
            }
        }
        self.changes.has_sent_once |= !intent.is_idempotent && !self.has_sent_once;
        self.has_sent_once |= !intent.is_idempotent;
        self.sends_once |= !intent.is_idempotent;
        self.changes.new_requests += 1;
        self.sent += 1;
        let row = RequestRow {
            id,
            batch: intent.batch,
            number: intent.number,
            items: intent.items,
            is_idempotent: intent.is_idempotent,
            key: intent.key,
            key_since,
            request: intent.request,
            sent: now,
            ended: None,
            status: None,
            result: None,
            job: None,
            job_since: None,
            uncertain_before: Vec::new(),
            is_pending: false,
            is_stored: false,
        };
        self.requests.insert(id, row);
        self.changes.requests.insert(id);
        Ok(())
    }

    /// Returns the request if it has an idempotency key, and is one of this life.
    fn end_request(
        &mut self,
        attempt: u64,
        status: Option<u16>,
        end: String,
        now: i64,
    ) -> Result<Option<RequestId>, JournalError> {
        let (id, is_own) = (self.id_of(attempt)?, attempt < PENDING);
        self.release(attempt);
        let row = self.requests.get_mut(&id).filter(|row| !is_own || row.ended.is_none());
        let row = row.ok_or_else(|| unknown_request(attempt))?;
        let is_keyed = row.key.is_some();
        (row.ended, row.status, row.result, row.is_pending) = (Some(now), status, Some(end), false);
        self.changes.requests.insert(id);
        if status.is_some() {
            self.respond();
        }
        Ok((is_own && is_keyed).then_some(id))
    }

    fn name_job(&mut self, attempt: u64, handle: String, now: i64) -> Result<(), JournalError> {
        let id = self.id_of(attempt)?;
        let row = self.requests.get_mut(&id).ok_or_else(|| unknown_request(attempt))?;
        // A handle may move; the job's time counts from the first (R15).
        row.job = Some(handle);
        row.job_since.get_or_insert(now);
        self.changes.requests.insert(id);
        self.respond();
        Ok(())
    }

    fn set_item(&mut self, item: u64, state: RecordedState) -> Result<(), JournalError> {
        let RecordedState { outcome, is_final, is_settled, attempts, spent, put_off } = state;
        let life = self.life;
        let sends_once = self.sends_once;
        let place = self.places.get(&item).copied();
        let row = place.and_then(|place| Some((place, &mut self.items.get_mut(place)?.state)));
        let unexpected =
            || store_error(format!("expected an open item, found item {item} settled for good or not recorded"));
        let (place, known) = row.ok_or_else(unexpected)?;
        if known.is_final {
            let is_same = is_final && known.outcome.as_ref() == Some(&outcome);
            return if is_same { Ok(()) } else { Err(unexpected()) };
        }
        // What makes an item uncertain is a request of this life if it took part in one more than before.
        if outcome.outcome == OutcomeKind::Unknown && sends_once && attempts > known.attempts {
            known.is_repeatable = false;
        }
        known.outcome = Some(outcome);
        known.is_final = is_final;
        known.settled = if is_settled { life } else { 0 };
        (known.attempts, known.spent, known.put_off) = (attempts, spent, put_off);
        self.changes.items.insert(place);
        self.changes.settles |= is_final;
        if is_final
            && let Some(attempt) = self.pending_of.get(&item).copied()
            && !self.has_job(attempt)
        {
            self.release(attempt);
        }
        Ok(())
    }

    fn id_of(&self, attempt: u64) -> Result<RequestId, JournalError> {
        match attempt >= PENDING {
            true => self.numbered.get(&attempt).copied().ok_or_else(|| unknown_request(attempt)),
            false => Ok((self.life, attempt)),
        }
    }

    /// Binds items of a request together. Returns the number that the run knows it by.
    fn bind(&mut self, id: RequestId, items: &[u64]) -> u64 {
        let attempt = self.next_pending;
        self.next_pending += 1;
        self.pending_of.extend(items.iter().map(|item| (*item, attempt)));
        self.pending.insert(attempt, id);
        self.numbered.insert(attempt, id);
        attempt
    }

    /// Whether a batch waits for a job. Such a batch stays bound without the items that are settled for good.
    fn has_job(&self, attempt: u64) -> bool {
        let request = self.pending.get(&attempt).and_then(|id| self.requests.get(id));
        request.is_some_and(|request| request.job.is_some())
    }

    /// Lets go of a batch: its items are no longer bound together.
    fn release(&mut self, attempt: u64) -> Option<RequestId> {
        let id = self.pending.remove(&attempt)?;
        self.pending_of.retain(|_, of| *of != attempt);
        self.change(id, |row| row.is_pending = false);
        Some(id)
    }

    fn respond(&mut self) {
        self.changes.has_responded |= !self.has_responded;
        self.has_responded = true;
    }
}

fn unknown_request(attempt: u64) -> JournalError {
    store_error(format!("expected an attempt in flight, found the number {attempt}"))
}

/// Of `a = 1`, `a = 2`, the first is not sent again when the second may have been applied: the order of what is done to one key counts. All items with
/// a key are in one chunk.
fn overtaken_items(settled: &[ItemRow], items: &[ItemRow]) -> HashSet<u64> {
    // Of each key: the latest item that may have been applied, and the latest one with other content than that.
    let mut applied: HashMap<u64, [Option<(u64, u128)>; 2]> = HashMap::new();
    let mut rows: Vec<&ItemRow> = settled.iter().chain(items).filter(|row| may_be_applied(&row.state)).collect();
    rows.sort_unstable_by_key(|row| row.item);
    for row in rows {
        let [latest, other] = applied.entry(row.key_hash).or_default();
        if latest.is_some_and(|(_, hash)| hash != row.hash) {
            *other = *latest;
        }
        *latest = Some((row.item, row.hash));
    }
    let is_overtaken = |row: &&ItemRow| {
        let of_key = applied.get(&row.key_hash).into_iter().flatten().flatten();
        row.state.is_unknown() && of_key.into_iter().any(|(item, hash)| *item > row.item && *hash != row.hash)
    };
    items.iter().filter(is_overtaken).map(|row| row.item).collect()
}

/// Whether a request may have applied the item.
fn may_be_applied(state: &ItemState) -> bool {
    let outcome = state.outcome.as_ref().map(|outcome| outcome.outcome);
    state.attempts > 0 && matches!(outcome, Some(OutcomeKind::Succeeded | OutcomeKind::Unknown))
}

/// The outcomes that the row of a chunk counts.
const COUNTED: [OutcomeKind; 4] =
    [OutcomeKind::Succeeded, OutcomeKind::Failed, OutcomeKind::Refused, OutcomeKind::Unknown];

fn count(items: &[ItemRow]) -> [i64; 4] {
    COUNTED.map(|kind| {
        let of_kind = |row: &&ItemRow| row.state.outcome.as_ref().is_some_and(|outcome| outcome.outcome == kind);
        items.iter().filter(of_kind).count() as i64
    })
}

/// The outcome of an item of which a server that failed over cannot know whether it was sent.
pub(crate) fn failed_over() -> RecordedOutcome {
    let message =
        "may or may not have been applied: the database failed over or was restored, and may lack the request";
    RecordedOutcome { outcome: OutcomeKind::Unknown, message: Some(message.to_owned()), ..RecordedOutcome::not_sent() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FENCE: Fence = Fence { run: 1, chunk: 0, epoch: 2, holder: 7, seq: 3 };
    const NOW: i64 = 10_000;

    fn item(item: u64) -> ItemRow {
        ItemRow {
            item,
            key: Some(format!("k{item}")),
            key_hash: item,
            hash: u128::from(item),
            body: None,
            origin: None,
            state: ItemState::unsent(),
        }
    }

    fn request(attempt: u64, items: &[u64]) -> RequestRow {
        RequestRow {
            id: (4, attempt),
            batch: attempt,
            number: 1,
            items: items.to_vec(),
            is_idempotent: true,
            key: None,
            key_since: None,
            request: 5,
            sent: 1_000,
            ended: None,
            status: None,
            result: None,
            job: None,
            job_since: None,
            uncertain_before: Vec::new(),
            is_pending: false,
            is_stored: true,
        }
    }

    fn loaded(items: u64) -> LoadedChunk {
        LoadedChunk {
            items: (0..items).map(item).collect(),
            requests: Vec::new(),
            may_leave: Vec::new(),
            life_before: 4,
            has_responded: false,
            has_sent_once: false,
            has_failed_over: false,
        }
    }

    fn taken(loaded: LoadedChunk) -> Chunk {
        Chunk::recover(FENCE, 9, true, loaded, NOW)
    }

    fn start() -> RunStart {
        RunStart {
            identity: Vec::new(),
            keyed: true,
            keeps_duplicates: false,
            of_calls: false,
            on_change: bulk_endpoint::journal::OnChange::Stop,
            run_timeout: None,
            request_timeout: Duration::from_secs(30),
        }
    }

    fn intent(attempt: u64, items: &[u64], is_idempotent: bool, key: Option<&str>) -> Record {
        Record::Intent(Intent {
            attempt,
            batch: attempt,
            number: 1,
            items: items.to_vec(),
            is_idempotent,
            key: key.map(str::to_owned),
            request: 5,
        })
    }

    fn state(item: u64, outcome: OutcomeKind, is_final: bool, attempts: u32) -> Record {
        let outcome = RecordedOutcome { outcome, ..RecordedOutcome::not_sent() };
        Record::Item {
            item,
            state: RecordedState {
                outcome,
                is_final,
                is_settled: true,
                attempts,
                spent: attempts,
                put_off: bulk_endpoint::journal::PutOff::default(),
            },
        }
    }

    fn ended(attempt: u64) -> Record {
        Record::Ended { attempt, status: Some(200), end: "response 200".to_owned(), has_left: true }
    }

    fn unknown(chunk: &Chunk) -> Vec<u64> {
        chunk.items().iter().filter(|row| row.state.is_unknown()).map(|row| row.item).collect()
    }

    #[test]
    fn what_a_life_had_in_flight_or_let_leave_is_uncertain() {
        let mut before = loaded(6);
        before.items[5].state.is_final = true;
        before.requests = vec![request(0, &[1]), RequestRow { is_idempotent: false, ..request(1, &[2]) }];
        before.may_leave = vec![1, 3];
        let chunk = taken(before);
        assert_eq!(unknown(&chunk), [1, 2, 3]);
        let repeatable: Vec<bool> = chunk.items().iter().map(|row| row.state.is_repeatable).collect();
        assert_eq!(repeatable, [true, true, false, true, true]);
        assert_eq!(chunk.items()[1].state.attempts, 1, "once, though it was in a request and might leave");
        assert_eq!(chunk.counts(), [0, 0, 0, 3]);
        assert_eq!(chunk.changes.requests, BTreeSet::from([(4, 0), (4, 1)]));
        assert_eq!(chunk.changes.may_leave, Some(Vec::new()));
    }

    #[test]
    fn an_item_that_an_earlier_life_settled_may_leave_ahead_in_a_later_one() {
        let mut before = loaded(3);
        // The last life settled the second of them as not attempted itself.
        (before.items[0].state.settled, before.items[1].state.settled) = (3, 4);
        before.may_leave = vec![0, 1];
        assert_eq!(unknown(&taken(before)), [0]);
    }

    #[test]
    fn after_a_failover_all_open_items_are_uncertain() {
        let mut before = loaded(3);
        before.items[0].state.is_final = true;
        (before.has_failed_over, before.has_sent_once) = (true, true);
        (before.items[1].state.settled, before.items[1].state.spent) = (8, 4);
        let chunk = taken(before);
        let known = chunk.known(&chunk.items[0]);
        assert!(matches!(&known, Known::Open(open) if open.spent == 0), "its life had ended with it: {known:?}");
        assert_eq!(unknown(&chunk), [1, 2]);
        assert!(chunk.items().iter().all(|row| !row.state.is_repeatable));
    }

    /// R3: after the request under the key, another one under another key may have left that the database lacks.
    #[test]
    fn after_a_failover_no_key_protects_what_was_in_flight() {
        let mut before = loaded(4);
        before.has_failed_over = true;
        let keyed = RequestRow { key: Some("key".to_owned()), key_since: Some(4_000), ..request(0, &[0, 1]) };
        before.requests = vec![keyed, RequestRow { job: Some("7".to_owned()), ..request(1, &[2, 3]) }];
        let batches = taken(before).begin(&start(), NOW);
        let [PendingBatch { items, job: Some(job), .. }] = &batches[..] else { panic!("{batches:?}") };
        assert_eq!((items, &job.uncertain_before), (&vec![2, 3], &vec![2, 3]));
    }

    #[test]
    fn a_batch_under_a_key_stays_together_until_one_of_its_items_is_settled() {
        let mut before = loaded(4);
        before.requests =
            vec![RequestRow { key: Some("key".to_owned()), key_since: Some(4_000), ..request(0, &[0, 1]) }];
        let mut chunk = taken(before);
        let batches = chunk.begin(&start(), NOW);
        assert_eq!((batches[0].items.clone(), batches[0].key_age), (vec![0, 1], Some(Duration::from_secs(6))));
        let known = chunk.known(&chunk.items[0].clone());
        assert!(matches!(&known, Known::Open(open) if open.pending == Some(PENDING)), "{known:?}");
        // It is sent again as it was: its key counts from the first time (R3).
        chunk.apply(vec![intent(0, &[0, 1], true, Some("key"))], NOW).unwrap();
        assert_eq!(chunk.request((9, 0)).unwrap().key_since, Some(4_000));
        assert!(!chunk.request((4, 0)).unwrap().is_pending);
        // All its items are uncertain again, so that it stays together.
        let records =
            vec![ended(0), state(0, OutcomeKind::Unknown, false, 2), state(1, OutcomeKind::Unknown, false, 2)];
        chunk.apply(records, NOW).unwrap();
        assert!(chunk.request((9, 0)).unwrap().is_pending);
        chunk.apply(vec![state(1, OutcomeKind::Failed, true, 2)], NOW).unwrap();
        assert!(!chunk.request((9, 0)).unwrap().is_pending);
    }

    #[test]
    fn a_job_goes_on_though_one_of_its_items_is_settled() {
        let mut before = loaded(2);
        before.requests = vec![RequestRow { job: Some("7".to_owned()), job_since: Some(2_000), ..request(0, &[0, 1]) }];
        let mut chunk = taken(before);
        let batches = chunk.begin(&start(), NOW);
        let job = batches[0].job.clone().unwrap();
        assert_eq!((job.handle.as_str(), job.age, job.uncertain_before.len()), ("7", Duration::from_secs(8), 0));
        chunk.apply(vec![state(0, OutcomeKind::Succeeded, true, 1)], NOW).unwrap();
        chunk.apply(vec![Record::Job { attempt: PENDING, handle: "8".to_owned() }], NOW).unwrap();
        assert!(chunk.request((4, 0)).unwrap().is_pending, "the next life asks for its result");
        chunk.apply(vec![ended(PENDING), state(1, OutcomeKind::Succeeded, true, 1)], NOW).unwrap();
        let row = chunk.request((4, 0)).unwrap();
        assert_eq!((row.job.as_deref(), row.job_since, row.status), (Some("8"), Some(2_000), Some(200)));
    }

    #[test]
    fn a_job_goes_on_after_a_crash_for_the_items_that_are_left() {
        let mut before = loaded(3);
        before.items[1].state.is_final = true;
        let job = RequestRow { job: Some("7".to_owned()), ..request(0, &[0, 1]) };
        // A batch under a key that lacks an item is sent no more.
        let keyed = RequestRow { key: Some("key".to_owned()), ..request(1, &[1, 2]) };
        before.requests = vec![job, keyed];
        let mut chunk = taken(before);
        let batches = chunk.begin(&start(), NOW);
        let [batch] = &batches[..] else { panic!("{batches:?}") };
        assert_eq!((&batch.items, batch.job.as_ref().unwrap().handle.as_str()), (&vec![0], "7"));
        assert_eq!(chunk.pending_of, HashMap::from([(0, PENDING)]));
        assert!(!chunk.request((4, 1)).unwrap().is_pending);
    }

    #[test]
    fn an_uncertain_item_is_not_sent_again_after_a_later_one_with_its_key() {
        // Of one key: 0, 2 and 3. Item 3 is as item 0. Item 2 is settled for good.
        let mut before = loaded(4);
        for (place, outcome) in
            [OutcomeKind::Unknown, OutcomeKind::Unknown, OutcomeKind::Succeeded, OutcomeKind::Unknown]
                .iter()
                .enumerate()
        {
            let row = &mut before.items[place];
            row.state.outcome = Some(RecordedOutcome { outcome: *outcome, ..RecordedOutcome::not_sent() });
            row.state.attempts = 1;
            row.key_hash = if place == 1 { 1 } else { 0 };
        }
        before.items[2].state.is_final = true;
        before.items[3].hash = 0;
        let repeatable = |before: &LoadedChunk| -> Vec<bool> {
            let before = LoadedChunk { items: before.items.clone(), ..loaded(0) };
            let chunk = taken(before);
            let known = chunk.items.iter().map(|row| chunk.known(row));
            known.map(|known| matches!(known, Known::Open(open) if open.is_repeatable)).collect()
        };
        assert_eq!(repeatable(&before), [false, true, true]);
        // One that was not applied undoes nothing, and neither does one with the same content.
        before.items[2].state.outcome.as_mut().unwrap().outcome = OutcomeKind::Refused;
        assert_eq!(repeatable(&before), [true, true, true]);
        before.items[3].hash = 3;
        assert_eq!(repeatable(&before), [false, true, true]);
        before.items[3].state.attempts = 0;
        assert_eq!(repeatable(&before), [true, true, true]);
    }

    #[test]
    fn what_is_final_never_changes() {
        let mut chunk = taken(loaded(1));
        let succeeded = || vec![state(0, OutcomeKind::Succeeded, true, 1)];
        chunk.apply(succeeded(), NOW).unwrap();
        chunk.apply(succeeded(), NOW).unwrap();
        let error = chunk.apply(vec![state(0, OutcomeKind::Failed, true, 1)], NOW).unwrap_err().to_string();
        assert!(error.contains("found item 0 settled for good"), "{error}");
    }

    #[test]
    fn an_uncertain_item_of_an_endpoint_that_is_not_idempotent_is_never_repeatable() {
        let mut chunk = taken(loaded(2));
        chunk.apply(vec![intent(0, &[0], false, None)], NOW).unwrap();
        let changes = chunk.take_changes();
        assert!(changes.has_sent_once);
        chunk.apply(vec![ended(0), state(0, OutcomeKind::Unknown, true, 1)], NOW).unwrap();
        chunk.stored(&changes);
        assert!(!chunk.items()[0].state.is_repeatable && chunk.items()[1].state.is_repeatable);
    }

    #[test]
    fn requests_are_kept_until_they_are_over_and_written() {
        let mut chunk = taken(loaded(2));
        chunk.apply(vec![intent(0, &[0], true, None)], NOW).unwrap();
        let first = chunk.take_changes();
        // The response comes while the intent is being written.
        chunk.apply(vec![ended(0)], NOW).unwrap();
        chunk.stored(&first);
        assert!(chunk.request((9, 0)).unwrap().is_stored);
        let second = chunk.take_changes();
        chunk.stored(&second);
        assert!(chunk.request((9, 0)).is_none() && !chunk.has_changes());
    }

    #[test]
    fn a_split_leaves_equal_keys_and_batches_under_a_key_together() {
        let mut before = loaded(8);
        before.items[6].key_hash = 0;
        before.items[7].state.is_final = true;
        before.requests = vec![RequestRow { key: Some("key".to_owned()), ..request(0, &[4, 5]) }];
        let half = taken(before).second_half().unwrap();
        // The groups are 0 and 6, 1, 2, 3, 4 and 5.
        assert_eq!((half.items, half.requests), (vec![3, 4, 5], vec![(4, 0)]));
        let mut settled = loaded(4);
        (settled.items[1].key_hash, settled.items[1].state.is_final) = (3, true);
        assert_eq!(taken(settled).second_half().unwrap().items, [3, 1], "with what is settled of its key");
        assert!(taken(loaded(1)).second_half().is_none());
        let mut one_key = loaded(3);
        one_key.items.iter_mut().for_each(|row| row.key_hash = 1);
        assert!(taken(one_key).second_half().is_none());
    }
}
