//! The state machine of one run: from accepted to settled.

mod ends;
mod stopping;
mod waiting;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::Time;
use super::attempt::AttemptContext;
use super::batch::Caps;
use super::bisection::Bisection;
use super::ceiling::Ceiling;
use super::ids::{BatchId, ItemId, Slab};
use super::ledger::{Counters, ItemState};
use super::limits::Limits;
use super::packing::Packing;
use super::patience::Patience;
use super::queue::Queue;
use super::settlement::{Evidence, Settlement};
use super::stop::StopReason;
use super::throttle::{Health, RetryAt};
use crate::journal::PutOff;
use crate::outcome::OutcomeKind;

/// The number of `Stop` refusals in a row after which a run stops that had a 2xx before.
const MAX_STOP_REFUSALS: u32 = 3;

/// An unsettled item.
#[derive(Debug)]
struct Item<C> {
    bytes: usize,
    occurrences: usize,
    /// Its place in the order of the input.
    order: usize,
    /// The requests that it took part in.
    attempts: u32,
    /// Those of them that count against `max_attempts`: their result is unknown.
    spent: u32,
    /// Its retries in a row without progress. They make its backoff grow.
    delays: u32,
    /// When it was put off first in this life, by the clock of the run's patience.
    put_off: Option<Time>,
    /// The time that earlier lives put it off.
    put_off_before: Time,
    /// The delay that the server asked for when it was put off last.
    told: Time,
    /// The times that it was put off at the head of its request, or with all of it.
    heads: u32,
    /// The outage in which it was not processed last.
    outage: Option<u64>,
    evidence: Evidence<C>,
    state: ItemState,
    /// Items with the same key and other bytes. They are sent after this one is settled: a response that names the key could mean either.
    behind: Vec<ItemId>,
}

impl<C> Item<C> {
    /// The time that it was put off, at this moment of the clock of the run's patience.
    fn put_off_for(&self, now: Time) -> Time {
        self.put_off_before.saturating_add(self.put_off.map_or(Time::ZERO, |since| now - since))
    }
}

/// The items of one request, through all its attempts.
#[derive(Debug)]
struct Batch {
    items: Vec<ItemId>,
    /// It is a part of the trial bisection.
    trial: bool,
    serial: u64,
    /// The outage in which it was not processed last.
    outage: Option<u64>,
    /// [`Machine::answers`] when it left last.
    answers: u64,
    /// When its idempotency key stops protecting it: a time of the run plus [`Machine::asleep`]. Set with its first attempt, where only the key makes
    /// a retry safe.
    key_until: Option<Time>,
}

/// What an earlier life of the run knew of an item.
#[derive(Debug)]
pub(crate) struct Prior<C> {
    pub(crate) evidence: Evidence<C>,
    /// The requests that it took part in.
    pub(crate) attempts: u32,
    /// Those of them that count against `max_attempts`. An uncertain item without any left is not sent again.
    pub(crate) spent: u32,
    pub(crate) put_off: PutOff,
    /// It waits for [`Machine::release`], [`Machine::replay`] or [`Machine::resume_job`].
    pub(crate) is_held: bool,
}

impl<C> Default for Prior<C> {
    fn default() -> Self {
        Prior { evidence: Evidence::NeverSent, attempts: 0, spent: 0, put_off: PutOff::default(), is_held: false }
    }
}

/// What waits for a retry: a batch as it was, or an item that joins a new batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Waiting {
    Batch(BatchId),
    Item(ItemId),
}

/// The state machine of one run.
#[derive(Debug)]
pub(crate) struct Machine<C> {
    limits: Limits,
    /// When the run went on last.
    now: Time,
    /// The time for which the computer was suspended, where the clock of the run does not count it.
    asleep: Time,
    items: Slab<Item<C>>,
    batches: Slab<Batch>,
    /// Items that are ready to be sent, in order.
    queue: Queue,
    /// Batches that are ready to be retried as they were. They leave before new ones.
    replays: VecDeque<BatchId>,
    /// The number orders what waits for the same time: first in, first out.
    waiting: BinaryHeap<Reverse<(Time, u64, Waiting)>>,
    waits: u64,
    serials: u64,
    /// Batches that are bisected or refused when the trial bisection ends, each with the time before which its parts may not leave.
    parked: Vec<(BatchId, RetryAt)>,
    bisection: Bisection,
    ceiling: Ceiling,
    packing: Packing,
    patience: Patience<C>,
    /// The number of the present or next outage: a time in which gateways respond in place of the host, or it processes nothing.
    outages: u64,
    is_outage: bool,
    /// The responses to batches that were neither a refusal for now nor a failure.
    answers: u64,
    /// The number of items that wait for their retry, each for itself.
    put_off: usize,
    /// Items that wait for the others of their batch of an earlier life.
    held: Vec<ItemId>,
    /// The number of items behind another one with their key.
    blocked: usize,
    /// The number of items whose result is unknown and for which the run's `verify` is asked.
    verifying: usize,
    in_flight: usize,
    /// The input has ended.
    ended: bool,
    /// No item waits for others, as if the input had ended.
    is_hurried: bool,
    /// Why the run stops. The first reason counts.
    stopped: Option<StopReason<C>>,
    settled: VecDeque<(ItemId, Settlement<C>)>,
    counters: Counters,
    had_success: bool,
    /// `Stop` refusals in a row.
    stop_refusals: u32,
    /// From an item's own 429: what it says about the host. Reported with the end of the batch.
    throttled: Option<Health>,
    /// The last item of the response that is put off, for the reason of a stop.
    last_put_off: Option<C>,
}

impl<C: Clone> Machine<C> {
    pub(crate) fn new(limits: Limits) -> Self {
        Machine {
            ceiling: Ceiling::new(limits.caps.max_bytes),
            packing: Packing::new(limits.caps.max_compressed),
            patience: Patience::default(),
            outages: 0,
            is_outage: false,
            answers: 0,
            put_off: 0,
            bisection: Bisection::default(),
            parked: Vec::new(),
            limits,
            now: Time::ZERO,
            asleep: Time::ZERO,
            items: Slab::default(),
            batches: Slab::default(),
            queue: Queue::default(),
            replays: VecDeque::new(),
            waiting: BinaryHeap::new(),
            waits: 0,
            serials: 0,
            held: Vec::new(),
            blocked: 0,
            verifying: 0,
            in_flight: 0,
            ended: false,
            is_hurried: false,
            stopped: None,
            settled: VecDeque::new(),
            counters: Counters::default(),
            had_success: false,
            stop_refusals: 0,
            throttled: None,
            last_put_off: None,
        }
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Returns why nothing more is sent, if so.
    pub(crate) fn stopped(&self) -> Option<&StopReason<C>> {
        self.stopped.as_ref()
    }

    /// Sets the deadline, which is known when the run starts.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Time>) {
        self.limits.deadline = deadline;
    }

    /// Allows this many batches beyond those in flight: they are prepared, and leave when another one has ended.
    pub(crate) fn prepare(&mut self, batches: usize) {
        self.limits.prepared = batches;
    }

    /// Returns whether a batch of `waiting` ones, which have not left, may leave.
    pub(crate) fn has_room(&self, waiting: usize) -> bool {
        self.in_flight.saturating_sub(waiting) < self.limits.concurrency
    }

    /// Returns whether to read more items: less than one full batch is queued, and not too many wait for `verify`. A stopped run reads
    /// all, to account for every item.
    pub(crate) fn wants_items(&self) -> bool {
        self.wants_items_up_to(0)
    }

    /// The same, but reads on while fewer than `queued` items are queued.
    pub(crate) fn wants_items_up_to(&self, queued: usize) -> bool {
        let Limits { caps, concurrency, .. } = &self.limits;
        let has_room = || {
            self.queue.len() + self.blocked < caps.wanted().max(queued)
                && self.verifying < caps.max.saturating_mul(*concurrency)
        };
        !self.ended && (self.stopped.is_some() || has_room())
    }

    /// Adds an item of `bytes` encoded bytes; `behind` is an unsettled item with the same key and other bytes.
    pub(crate) fn accept(&mut self, bytes: usize, behind: Option<ItemId>) -> ItemId {
        self.accept_known(bytes, behind, Prior::default())
    }

    /// Adds an item that an earlier life of the run has worked on.
    pub(crate) fn accept_known(&mut self, bytes: usize, behind: Option<ItemId>, prior: Prior<C>) -> ItemId {
        let Prior { evidence, attempts, spent, put_off, is_held } = prior;
        let is_fresh = matches!(evidence, Evidence::NeverSent);
        self.counters.accepted += 1;
        self.counters.queued += 1;
        let id = ItemId(self.items.insert(Item {
            bytes,
            occurrences: 1,
            order: self.counters.accepted,
            attempts,
            spent,
            delays: 0,
            put_off: None,
            put_off_before: put_off.time,
            told: Time::ZERO,
            heads: put_off.heads,
            outage: None,
            evidence,
            state: ItemState::Queued,
            behind: Vec::new(),
        }));
        // A stopped run still reads its source, so that the report has an outcome for every item of the input.
        if let Some(why) = self.stopped.clone() {
            let settlement = self.settlement_by_evidence(id, &why);
            self.settle(id, settlement);
            return id;
        }
        if is_held {
            self.held.push(id);
            return id;
        }
        // Settled here and not when a batch is cut: an item that fits into no request would block the queue.
        let fits = is_fresh && self.over_cap(bytes).is_none();
        if !fits && let Some(settlement) = self.unsendable(id) {
            self.settle(id, settlement);
            return id;
        }
        match behind.and_then(|first| self.items.get_mut(first.0)) {
            // `{"id":"a","to":"x"}` and `{"id":"a","to":"y"}` in one request: a response with `"a"` could mean either.
            Some(first) => {
                first.behind.push(id);
                self.blocked += 1;
            }
            None => self.enqueue(id),
        }
        id
    }

    /// Returns how an item ends that is not sent: it exceeds a limit by itself, or an earlier life left it uncertain and it must not be sent
    /// again.
    fn unsendable(&self, id: ItemId) -> Option<Settlement<C>> {
        let item = self.items.get(id.0)?;
        if let Some((bytes, cap)) = self.over_cap(item.bytes) {
            let is_unsent = matches!(item.evidence, Evidence::NeverSent);
            let too_large = Settlement::TooLarge { bytes, cap };
            return Some(if is_unsent { too_large } else { self.settlement_by_evidence(id, &self.unsent_reason()) });
        }
        match &item.evidence {
            Evidence::Uncertain(cause) if !self.has_attempts(id) => Some(Settlement::Unknown(cause.clone())),
            _ => None,
        }
    }

    /// Lets held items be sent, each for itself. Where only the key of their batch makes a retry safe, those that are uncertain end.
    pub(crate) fn release(&mut self, ids: &[ItemId]) {
        self.held.retain(|held| !ids.contains(held));
        for id in ids {
            let alone = self.limits.key_valid.and_then(|_| self.uncertain(*id)).map(Settlement::Unknown);
            match alone.or_else(|| self.unsendable(*id)) {
                Some(settlement) => self.settle(*id, settlement),
                None => self.enqueue(*id),
            }
        }
    }

    /// Sends held items again as the batch that they were; `key_until` is when its idempotency key stops protecting it, where only the key makes
    /// that safe. `None`: one of them is not sent again, or they are more than a request may have now, so that each is released.
    pub(crate) fn replay(&mut self, ids: Vec<ItemId>, key_until: Option<Time>) -> Option<BatchId> {
        if ids.len() > self.limits.caps.max || ids.iter().any(|id| self.unsendable(*id).is_some()) {
            self.release(&ids);
            return None;
        }
        self.held.retain(|held| !ids.contains(held));
        let id = self.make_batch(ids, false);
        if let Some(batch) = self.batches.get_mut(id.0) {
            batch.key_until = key_until;
        }
        self.replays.push_back(id);
        Some(id)
    }

    /// Makes held items a batch in flight: a job works on them. Only those that another request left uncertain `before` are so until its result.
    pub(crate) fn resume_job(&mut self, ids: Vec<ItemId>, before: &[ItemId]) -> BatchId {
        self.held.retain(|held| !ids.contains(held));
        for id in ids.iter().filter(|id| !before.contains(id)) {
            self.items.get_mut(id.0).into_iter().for_each(|item| item.evidence = Evidence::NeverSent);
        }
        let batch = self.make_batch(ids, false);
        self.in_flight += 1;
        self.relocate_batch(batch, ItemState::InFlight);
        batch
    }

    /// Returns why an item is uncertain, if it is.
    pub(super) fn uncertain(&self, id: ItemId) -> Option<C> {
        match &self.items.get(id.0)?.evidence {
            Evidence::Uncertain(cause) => Some(cause.clone()),
            _ => None,
        }
    }

    /// Returns whether only its idempotency key makes it safe to retry a batch: then it is retried as it was, or not at all.
    pub(super) fn is_bound(&self, id: BatchId) -> bool {
        self.limits.key_valid.is_some() && self.batch(id).iter().any(|item| self.uncertain(*item).is_some())
    }

    /// Returns whether a batch is bound to a key that does not protect it at this time any more.
    pub(crate) fn is_expired(&self, id: BatchId, at: Time) -> bool {
        let until = self.batches.get(id.0).and_then(|batch| batch.key_until);
        until.is_some_and(|until| at.saturating_add(self.asleep) >= until) && self.is_bound(id)
    }

    /// Closes a batch that is bound to a key which does not protect it at this time any more. Returns whether it did.
    fn close_if_expired(&mut self, id: BatchId, at: Time) -> bool {
        let is_over = self.is_expired(id, at);
        if is_over {
            let why = self.unsent_reason();
            self.close_batch(id, &why);
        }
        is_over
    }

    /// Returns what is known of an unsettled item, the number of its attempts that count against `max_attempts`, and how it was put off.
    pub(crate) fn evidence(&self, id: ItemId) -> Option<(&Evidence<C>, u32, PutOff)> {
        let item = self.items.get(id.0)?;
        // A process that dies during the delay does not tell how much of it has passed.
        let time = item.put_off_for(self.patience.clock()).saturating_add(item.told);
        Some((&item.evidence, item.spent, PutOff { time, heads: item.heads }))
    }

    /// Returns the size and the limit if an item of `bytes` encoded bytes exceeds a limit by itself.
    pub(crate) fn over_cap(&self, bytes: usize) -> Option<(usize, usize)> {
        let caps = &self.limits.caps;
        let sizes = [(bytes, self.limits.max_item_bytes), (caps.alone(bytes), caps.max_bytes)];
        sizes.into_iter().find(|(bytes, cap)| bytes > cap)
    }

    /// Adds an occurrence to an unsettled item.
    pub(crate) fn join(&mut self, id: ItemId) {
        if let Some(item) = self.items.get_mut(id.0) {
            item.occurrences += 1;
            self.counters.accepted += 1;
            *self.counters.state(item.state) += 1;
        }
    }

    /// Counts an occurrence that is settled without the engine: a duplicate of a settled item, or an item that cannot be encoded.
    pub(crate) fn accept_settled(&mut self, kind: OutcomeKind) {
        self.counters.accepted += 1;
        self.counters.settle(kind, 1);
    }

    /// No more items come.
    pub(crate) fn end_input(&mut self) {
        self.ended = true;
    }

    /// Returns whether more items may come.
    pub(crate) fn wants_more_input(&self) -> bool {
        !self.ended
    }

    /// Returns whether nothing is in flight and nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.counters.in_flight + self.counters.waiting == 0
    }

    /// Returns whether items wait for more items to be read, and nothing else is to do: nothing in flight or waiting can fill their request.
    /// New items wait until they make a request of at least `min`, retries do not.
    pub(crate) fn is_stuck(&self) -> bool {
        self.lingers_until(Time::ZERO).is_some() && self.is_idle()
    }

    /// Returns until when items wait for more items to be read, whatever else is to do. New items wait until they make a request of at least
    /// `min`, retries do not.
    pub(crate) fn lingers_until(&self, linger: Time) -> Option<Time> {
        let (min, linger) = if self.is_hurried { (1, Time::ZERO) } else { (self.limits.caps.min.max(1), linger) };
        let may_leave = self.queue.retries() > 0 || self.queue.len() >= min;
        self.queue.lingers_until(linger).filter(|_| may_leave)
    }

    /// While it is hurried, no item waits for others, as at the end of the input: the last request may have fewer than `min` items.
    pub(crate) fn hurry(&mut self, is_hurried: bool) {
        self.is_hurried = is_hurried;
    }

    /// Returns the number of items for which the run's `verify` is asked.
    pub(crate) fn verifying(&self) -> usize {
        self.verifying
    }

    /// Returns whether no item or batch is ready to be sent, and none is verified.
    pub(crate) fn has_no_queue(&self) -> bool {
        self.queue.len() == 0 && self.replays.is_empty() && self.parked.is_empty() && self.verifying == 0
    }

    /// Returns whether an item is ready to be sent.
    pub(crate) fn is_queued(&self, id: ItemId) -> bool {
        self.items.get(id.0).is_some_and(|item| item.state == ItemState::Queued)
    }

    /// Returns the number of items of the batch that can leave now; 0: none can. `flush`: no more items come for now, so a batch that is
    /// not full can leave.
    pub(crate) fn next_size(&mut self, now: Time, flush: bool) -> usize {
        self.wake(now);
        if self.stopped.is_some() || self.in_flight >= self.limits.concurrency.saturating_add(self.limits.prepared) {
            return 0;
        }
        self.next_replay(flush).map_or_else(|| self.cut(flush), |at| self.batch(self.replays[at]).len())
    }

    /// Returns the index of the replay that leaves next, if one does. Retries leave before new items, which have not waited yet. But in an
    /// outage a batch that was not processed is sent again last: if it is the cause, another one shows that the host is well.
    fn next_replay(&self, flush: bool) -> Option<usize> {
        let is_suspect = |id: &BatchId| self.batches.get(id.0).is_some_and(|batch| batch.outage == Some(self.outages));
        let other = self.replays.iter().position(|id| !is_suspect(id));
        other.or_else(|| (!self.replays.is_empty() && self.cut(flush) == 0).then_some(0))
    }

    /// Returns the batch that leaves now, if any. Its attempt counts from here.
    pub(crate) fn poll_send(&mut self, now: Time, flush: bool) -> Option<BatchId> {
        if self.next_size(now, flush) == 0 {
            return None;
        }
        let replay = self.next_replay(flush).and_then(|at| self.replays.remove(at));
        let id = replay.unwrap_or_else(|| {
            let count = self.cut(flush);
            let items = self.queue.take(count);
            self.make_batch(items, false)
        });
        self.in_flight += 1;
        if let Some(batch) = self.batches.get_mut(id.0) {
            batch.answers = self.answers;
            if let Some(valid) = self.limits.key_valid {
                batch.key_until.get_or_insert(now.saturating_add(self.asleep).saturating_add(valid));
            }
        }
        let Machine { batches, items, counters, .. } = self;
        for item in batches.get(id.0).into_iter().flat_map(|batch| &batch.items) {
            if let Some(item) = items.get_mut(item.0) {
                item.attempts += 1;
                relocate(item, ItemState::InFlight, counters);
            }
        }
        Some(id)
    }

    fn make_batch(&mut self, items: Vec<ItemId>, trial: bool) -> BatchId {
        self.serials += 1;
        let batch = Batch { items, trial, serial: self.serials, outage: None, answers: 0, key_until: None };
        BatchId(self.batches.insert(batch))
    }

    /// Returns the number of a batch, unique in the run. Retries of the same batch keep it: idempotency keys are derived from it.
    pub(crate) fn serial(&self, id: BatchId) -> u64 {
        self.batches.get(id.0).map_or(0, |batch| batch.serial)
    }

    /// Returns the items of a batch, in the order of its body.
    pub(crate) fn batch(&self, id: BatchId) -> &[ItemId] {
        self.batches.get(id.0).map_or(&[], |batch| &batch.items)
    }

    /// Returns the largest number of attempts among the items of a batch.
    pub(crate) fn attempts(&self, id: BatchId) -> u32 {
        self.batch(id).iter().filter_map(|item| self.items.get(item.0)).map(|item| item.attempts).max().unwrap_or(0)
    }

    /// Returns when the next waiting batch or item becomes ready.
    pub(crate) fn next_wake(&self) -> Option<Time> {
        self.waiting.peek().map(|Reverse((at, ..))| *at)
    }

    /// Returns whether the input has ended and every item is settled and taken.
    pub(crate) fn is_done(&self) -> bool {
        self.ended && self.settled.is_empty() && self.counters.accepted == self.counters.settled()
    }

    /// Returns the number of queued items for the next new batch.
    fn cut(&self, flush: bool) -> usize {
        // While items are behind others with their key, no more are read (`wants_items`): waiting for more could last for ever.
        let flush = flush || self.queue.len() + self.blocked >= self.limits.caps.wanted();
        let max_bytes = self.ceiling.bytes().min(self.packing.bytes());
        let caps = Caps { max_bytes, ..self.limits.caps };
        caps.cut(&self.queue, self.has_many_put_off(), flush, self.ended || flush && self.is_hurried)
    }

    /// Returns whether so many items are put off that no new ones are sent.
    ///
    /// Without this limit, a server that does 20 items a second would put off the whole input, and items would run out of patience.
    fn has_many_put_off(&self) -> bool {
        let Limits { caps, concurrency, .. } = &self.limits;
        self.put_off + self.queue.retries() > caps.max.saturating_mul(*concurrency).saturating_mul(2)
    }

    /// Makes batches and items ready whose delay has passed.
    pub(crate) fn wake(&mut self, now: Time) {
        if self.limits.key_valid.is_some() {
            for id in std::mem::take(&mut self.replays) {
                if !self.close_if_expired(id, now) {
                    self.replays.push_back(id);
                }
            }
        }
        while let Some(Reverse((at, _, waiting))) = self.waiting.peek().copied() {
            if at > now {
                return;
            }
            self.waiting.pop();
            match waiting {
                Waiting::Batch(id) => {
                    self.relocate_batch(id, ItemState::Queued);
                    self.replays.push_back(id);
                }
                Waiting::Item(id) => {
                    self.put_off -= 1;
                    self.relocate(id, ItemState::Queued);
                    self.enqueue(id);
                }
            }
        }
    }

    fn settlement_by_evidence(&self, id: ItemId, why: &StopReason<C>) -> Settlement<C> {
        self.items.get(id.0).map_or_else(|| Settlement::NotAttempted(why.clone()), |item| item.evidence.settlement(why))
    }

    /// Returns whether an item has attempts left.
    fn has_attempts(&self, id: ItemId) -> bool {
        self.items.get(id.0).is_some_and(|item| item.spent < self.limits.max_attempts)
    }

    /// Returns whether the run may wait until this time: not beyond the deadline, and for a server-requested delay not longer than its
    /// patience.
    fn may_wait_until(&self, retry: RetryAt, now: Time) -> bool {
        self.stopped.is_none()
            && self.limits.deadline.is_none_or(|deadline| retry.at <= deadline)
            && (!retry.requested || retry.at.saturating_sub(now) <= self.limits.patience)
    }

    /// Returns the smallest number of retries in a row without progress among the items of a batch.
    fn delays(&self, id: BatchId) -> u32 {
        self.batch(id).iter().filter_map(|item| self.items.get(item.0)).map(|item| item.delays).min().unwrap_or(0)
    }

    /// Counts an attempt with an unknown result for every item of a batch.
    fn spend(&mut self, id: BatchId) {
        self.for_items(id, |item| {
            item.spent += 1;
            item.delays += 1;
        });
    }

    fn for_items(&mut self, id: BatchId, mut change: impl FnMut(&mut Item<C>)) {
        let Machine { batches, items, .. } = self;
        for item in batches.get(id.0).into_iter().flat_map(|batch| &batch.items) {
            items.get_mut(item.0).into_iter().for_each(&mut change);
        }
    }

    /// Retries the items of a batch whose result is unknown, or settles them by their evidence.
    ///
    /// If all items have attempts left, the batch is retried as it was: the same bytes under the same idempotency key. Otherwise the items
    /// that have attempts left are a batch of their own.
    fn retry_batch(&mut self, id: BatchId, why: &StopReason<C>, context: &mut AttemptContext<'_>) {
        let may = self.batch(id).iter().filter(|item| self.has_attempts(**item)).count();
        let retry = context.retry_at(self.delays(id), None);
        let is_whole = may == self.batch(id).len();
        if may == 0 || !self.may_wait_until(retry, context.now) || !is_whole && self.is_bound(id) {
            return self.leave_batch(id, why);
        }
        if self.close_if_expired(id, retry.at) {
            return;
        }
        // A retry that is not made must not cost any tokens, so this comes last.
        let retry = context.pay(may, self.limits.caps.max, retry);
        if is_whole {
            // The same bytes again: a server that knows the idempotency key sends its first response and applies nothing twice.
            self.put_off(id, retry.at);
        } else {
            // A batch of retries and new items: if its items had 1, 5 and 1 of 5 attempts, only the second one ends here.
            self.shrink(id, retry.at, why);
        }
    }

    /// Settles the items of a batch that have no attempt left, and retries the others together. One of them may be the reason why the
    /// server fails, so no new item shares a request with them.
    fn shrink(&mut self, id: BatchId, at: Time, why: &StopReason<C>) {
        let outage = self.batches.get(id.0).and_then(|batch| batch.outage);
        let mut rest = Vec::new();
        self.end_batch(id, |machine, item| {
            if machine.has_attempts(item) {
                rest.push(item);
            } else {
                let settlement = machine.settlement_by_evidence(item, why);
                machine.settle(item, settlement);
            }
        });
        let rest = self.make_batch(rest, false);
        if let Some(batch) = self.batches.get_mut(rest.0) {
            batch.outage = outage;
        }
        self.put_off(rest, at);
    }

    /// Sends a batch again as it was: as soon as the throttle lets it, or not before a time. The server did not act on it, so it uses up no
    /// attempt. Settles the items that are out of patience.
    fn resend_batch(&mut self, id: BatchId, why: &StopReason<C>, context: &AttemptContext<'_>, later: Option<Time>) {
        if self.stopped.is_some() {
            return self.close_batch(id, why);
        }
        let clock = self.patience.clock();
        self.for_items(id, |item| {
            item.put_off.get_or_insert(clock);
            item.heads += 1;
            item.told = context.hint.delay.unwrap_or_default();
        });
        let may = self.batch(id).iter().filter(|item| self.has_patience(**item, Time::ZERO)).count();
        if may == 0 || may < self.batch(id).len() && self.is_bound(id) {
            self.leave_batch(id, why);
        } else if may < self.batch(id).len() {
            self.disband(id, later.unwrap_or(context.now), why, |machine, item| machine.has_patience(item, Time::ZERO));
        } else if let Some(at) = later {
            self.put_off(id, at);
        } else {
            self.relocate_batch(id, ItemState::Queued);
            self.replays.push_back(id);
        }
    }

    /// Returns whether an item may be put off for a further delay. It ends when it was put off for longer than the patience, and has been
    /// refused often enough at the head of a request: a server that takes the first items of each request gets the chance to take this one.
    fn has_patience(&self, id: ItemId, delay: Time) -> bool {
        let Some(item) = self.items.get(id.0) else { return false };
        if self.limits.patience.is_zero() {
            return false;
        }
        let put_off = item.put_off_for(self.patience.clock()).saturating_add(delay);
        item.heads < self.limits.max_attempts || put_off <= self.limits.patience
    }

    /// Retries those items of a batch that `may` be retried, each for itself, and settles the others. `why` is the reason for items that
    /// were never sent.
    fn disband(&mut self, id: BatchId, at: Time, why: &StopReason<C>, may: impl Fn(&Self, ItemId) -> bool) {
        self.end_batch(id, |machine, item| {
            if may(machine, item) {
                machine.put_off_item(item, at);
            } else {
                let settlement = machine.settlement_by_evidence(item, why);
                machine.settle(item, settlement);
            }
        });
    }

    fn enqueue(&mut self, id: ItemId) {
        match self.items.get(id.0) {
            Some(Item { attempts: 0, bytes, .. }) => self.queue.push(id, *bytes, self.now),
            Some(Item { order, bytes, .. }) => self.queue.push_retry(id, *bytes, *order),
            None => {}
        }
    }

    fn put_off(&mut self, id: BatchId, at: Time) {
        self.relocate_batch(id, ItemState::Waiting);
        self.wait(at, Waiting::Batch(id));
    }

    fn put_off_item(&mut self, id: ItemId, at: Time) {
        self.put_off += 1;
        self.relocate(id, ItemState::Waiting);
        self.wait(at, Waiting::Item(id));
    }

    /// Settles the items of a batch by their evidence. `why` is the reason for items that were never sent.
    fn close_batch(&mut self, id: BatchId, why: &StopReason<C>) {
        // After a stop, items that were never sent have the reason of the stop, as all others of the run.
        let why = self.stopped.clone().unwrap_or_else(|| why.clone());
        self.close_batch_with(id, |evidence| evidence.settlement(&why));
    }

    /// Closes a batch that this life does not send again, for a reason of its own. A later one may, where its key protects it.
    fn leave_batch(&mut self, id: BatchId, why: &StopReason<C>) {
        if !self.is_bound(id) {
            return self.close_batch(id, why);
        }
        self.close_batch_with(id, |evidence| match evidence {
            Evidence::Uncertain(cause) => Settlement::Unresolved(cause.clone()),
            evidence => evidence.settlement(why),
        });
    }

    /// The reason for an item that was never sent, if nothing more specific is known: the run stopped, or its caller dropped it.
    fn unsent_reason(&self) -> StopReason<C> {
        self.stopped.clone().unwrap_or_else(|| StopReason::Cancelled("the run ended".into()))
    }

    fn close_batch_with(&mut self, id: BatchId, settlement: impl Fn(&Evidence<C>) -> Settlement<C>) {
        self.end_batch(id, |machine, item| {
            if let Some(Item { evidence, .. }) = machine.items.get(item.0) {
                let settlement = settlement(evidence);
                machine.settle(item, settlement);
            }
        });
    }

    /// Removes a batch that did not get a 2xx, and handles each of its items on its own.
    fn end_batch(&mut self, id: BatchId, mut each: impl FnMut(&mut Self, ItemId)) {
        let Some(Batch { items, trial, .. }) = self.batches.remove(id.0) else { return };
        for item in items {
            each(self, item);
        }
        // A part of the trial that ends in any way but a 2xx (also a timeout) does not show that bisecting helps.
        if trial && self.bisection.handle_part_refused() {
            self.unpark();
        }
    }

    /// Adds evidence to every item of a batch.
    fn learn(&mut self, id: BatchId, evidence: impl Fn() -> Evidence<C>) {
        self.for_items(id, |item| item.evidence.grow(evidence()));
    }

    fn wait(&mut self, at: Time, waiting: Waiting) {
        // Items put off at the same time leave in this order: ids are reused, and would reorder the input.
        self.waits += 1;
        self.waiting.push(Reverse((at, self.waits, waiting)));
    }

    fn relocate(&mut self, id: ItemId, state: ItemState) {
        if let Some(item) = self.items.get_mut(id.0) {
            relocate(item, state, &mut self.counters);
        }
    }

    fn relocate_batch(&mut self, id: BatchId, state: ItemState) {
        let Machine { batches, items, counters, .. } = self;
        for item in batches.get(id.0).into_iter().flat_map(|batch| &batch.items) {
            if let Some(item) = items.get_mut(item.0) {
                relocate(item, state, counters);
            }
        }
    }

    /// Settles an item by its own entry. The driver has the entry at hand, so the settlement is returned, not queued.
    fn settle_now(&mut self, id: ItemId, settlement: Settlement<C>) -> Option<Settlement<C>> {
        if !self.verify(id, &settlement) {
            self.leave_ledger(id, settlement.kind());
            self.items.free(id.0);
        }
        Some(settlement)
    }

    fn settle(&mut self, id: ItemId, settlement: Settlement<C>) {
        if !self.verify(id, &settlement) {
            self.leave_ledger(id, settlement.kind());
        }
        self.settled.push_back((id, settlement));
    }

    /// Returns whether the run's `verify` is asked about an item before it is settled, and marks the item if so.
    fn verify(&mut self, id: ItemId, settlement: &Settlement<C>) -> bool {
        let verifies = self.limits.verifies && settlement.kind() == OutcomeKind::Unknown;
        if verifies {
            self.relocate(id, ItemState::Verifying);
            self.verifying += 1;
        }
        verifies
    }

    /// `verify` has returned for an item, or failed: it ends as `kind`.
    pub(crate) fn handle_verified(&mut self, id: ItemId, kind: OutcomeKind) {
        self.leave_ledger(id, kind);
        self.items.remove(id.0);
        self.verifying -= 1;
    }

    /// Counts an item as settled, and queues the next item with its key.
    fn leave_ledger(&mut self, id: ItemId, kind: OutcomeKind) {
        // A loop and not a recursion: a stop settles the whole chain of equal keys, which can have as many items as the input.
        let mut behind = self.count_settled(id, kind);
        while let Some(next) = behind {
            // The next one is sent for any outcome of this one: it is another item, with bytes of its own.
            let Some(why) = self.stopped.clone() else { return self.enqueue(next) };
            let settlement = self.settlement_by_evidence(next, &why);
            // Those behind it settle when it is verified.
            let verifies = self.verify(next, &settlement);
            behind = if verifies { None } else { self.count_settled(next, settlement.kind()) };
            self.settled.push_back((next, settlement));
        }
    }

    /// Counts an item as settled. Returns the first item behind it, if any; the others are behind that one from now on.
    fn count_settled(&mut self, id: ItemId, kind: OutcomeKind) -> Option<ItemId> {
        let item = self.items.get_mut(id.0)?;
        *self.counters.state(item.state) -= item.occurrences;
        self.counters.settle(kind, item.occurrences);
        if item.behind.is_empty() {
            return None;
        }
        let mut behind = std::mem::take(&mut item.behind).into_iter();
        let next = behind.next()?;
        self.blocked -= 1;
        if let Some(next) = self.items.get_mut(next.0) {
            next.behind.extend(behind);
        }
        Some(next)
    }
}

fn relocate<C>(item: &mut Item<C>, state: ItemState, counters: &mut Counters) {
    *counters.state(item.state) -= item.occurrences;
    *counters.state(state) += item.occurrences;
    item.state = state;
}
