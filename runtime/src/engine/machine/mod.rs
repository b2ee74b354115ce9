//! The state machine of one run: from accepted to settled.

mod ends;
mod stopping;

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
use super::queue::Queue;
use super::settlement::{Evidence, Settlement};
use super::stop::StopReason;
use super::throttle::RetryAt;
use crate::outcome::OutcomeKind;

/// Attempts in a row without a connection after which the host counts as gone.
const UNREACHED: u32 = 5;

/// Refusals in a row that concern no item, after which the run stops even though it had succeeded before.
const STOPS: u32 = 3;

#[derive(Debug)]
struct Item<C> {
    bytes: usize,
    occurrences: usize,
    attempts: u32,
    evidence: Evidence<C>,
    state: ItemState,
    /// Items with the same key that may be sent once this one is settled.
    behind: Vec<ItemId>,
}

/// The items of one request, whatever becomes of its attempts.
#[derive(Debug)]
struct Batch {
    items: Vec<ItemId>,
    /// It is a part of the bisection that is on trial.
    trial: bool,
    serial: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Waiting {
    Batch(BatchId),
    Item(ItemId),
}

/// One run.
#[derive(Debug)]
pub(crate) struct Machine<C> {
    limits: Limits,
    items: Slab<Item<C>>,
    batches: Slab<Batch>,
    /// Items that may be sent, in order.
    queue: Queue,
    /// Batches that are to be retried as they were.
    replays: VecDeque<BatchId>,
    waiting: BinaryHeap<Reverse<(Time, u64, Waiting)>>,
    waits: u64,
    serials: u64,
    /// Batches that are bisected or refused when the bisection on trial has ended, and what their answers told them to wait for.
    parked: Vec<(BatchId, RetryAt)>,
    bisection: Bisection,
    ceiling: Ceiling,
    /// Items behind another with their key.
    blocked: usize,
    /// Items that would end unknown, and somebody is asked what became of them.
    verifying: usize,
    in_flight: usize,
    ended: bool,
    /// The first reason counts.
    stopped: Option<StopReason<C>>,
    settled: VecDeque<(ItemId, Settlement<C>)>,
    counters: Counters,
    had_success: bool,
    unreached: u32,
    stops: u32,
    close_throttle: Option<RetryAt>,
}

impl<C: Clone> Machine<C> {
    pub(crate) fn new(limits: Limits) -> Self {
        Machine {
            ceiling: Ceiling::new(limits.caps.max),
            bisection: Bisection::default(),
            parked: Vec::new(),
            limits,
            items: Slab::default(),
            batches: Slab::default(),
            queue: Queue::default(),
            replays: VecDeque::new(),
            waiting: BinaryHeap::new(),
            waits: 0,
            serials: 0,
            blocked: 0,
            verifying: 0,
            in_flight: 0,
            ended: false,
            stopped: None,
            settled: VecDeque::new(),
            counters: Counters::default(),
            had_success: false,
            unreached: 0,
            stops: 0,
            close_throttle: None,
        }
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Why nothing more is sent, if so: the one place that has it.
    pub(crate) fn stopped(&self) -> Option<&StopReason<C>> {
        self.stopped.as_ref()
    }

    /// When the run must be over. Known when it starts.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Time>) {
        self.limits.deadline = deadline;
    }

    /// Whether to read more: less than one full batch is queued, and not too many are in doubt; or the run sends nothing and only
    /// accounts.
    pub(crate) fn wants_items(&self) -> bool {
        let Limits { caps, concurrency, .. } = &self.limits;
        let has_room = || {
            self.queue.len() + self.blocked < caps.wanted() && self.verifying < caps.max.saturating_mul(*concurrency)
        };
        !self.ended && (self.stopped.is_some() || has_room())
    }

    /// Takes an item of `bytes` encoded bytes; `behind` is an unsettled item with the same key and other bytes.
    pub(crate) fn accept(&mut self, bytes: usize, behind: Option<ItemId>) -> ItemId {
        self.counters.accepted += 1;
        self.counters.queued += 1;
        let id = ItemId(self.items.insert(Item {
            bytes,
            occurrences: 1,
            attempts: 0,
            evidence: Evidence::NeverSent,
            state: ItemState::Queued,
            behind: Vec::new(),
        }));
        if let Some(why) = self.stopped.clone() {
            self.settle(id, Settlement::NotAttempted(why));
            return id;
        }
        if let Some((bytes, cap)) = self.over_cap(bytes) {
            self.settle(id, Settlement::TooLarge { bytes, cap });
            return id;
        }
        match behind.and_then(|first| self.items.get_mut(first.0)) {
            Some(first) => {
                first.behind.push(id);
                self.blocked += 1;
            }
            None => self.enqueue(id),
        }
        id
    }

    /// The size that an item of `bytes` encoded bytes has by itself, and the cap that it is over, if it is.
    pub(crate) fn over_cap(&self, bytes: usize) -> Option<(usize, usize)> {
        let caps = &self.limits.caps;
        let sizes = [(bytes, self.limits.max_item_bytes), (caps.alone(bytes), caps.max_bytes)];
        sizes.into_iter().find(|(bytes, cap)| bytes > cap)
    }

    /// Another occurrence of an unsettled item.
    pub(crate) fn join(&mut self, id: ItemId) {
        if let Some(item) = self.items.get_mut(id.0) {
            item.occurrences += 1;
            self.counters.accepted += 1;
            *self.counters.state(item.state) += 1;
        }
    }

    /// An occurrence that was settled without the engine: a repeat of a settled item, one that could not be encoded.
    pub(crate) fn accept_settled(&mut self, kind: OutcomeKind) {
        self.counters.accepted += 1;
        self.counters.settle(kind, 1);
    }

    /// No more items come.
    pub(crate) fn end_input(&mut self) {
        self.ended = true;
    }

    /// Whether nothing is under way, and nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.counters.in_flight + self.counters.waiting == 0
    }

    /// Whether something is to be retried, and only what is read later could fill its request.
    pub(crate) fn is_stuck_with_sent_before(&self) -> bool {
        self.queue.has_sent_before() && self.is_idle()
    }

    /// Whether an item may be sent, and is not under way.
    pub(crate) fn is_queued(&self, id: ItemId) -> bool {
        self.items.get(id.0).is_some_and(|item| item.state == ItemState::Queued)
    }

    /// The size of the batch that could leave now; 0: none could. `flush`: no more items come for now, so one that is not full may.
    pub(crate) fn next_size(&mut self, now: Time, flush: bool) -> usize {
        self.wake(now);
        if self.stopped.is_some() || self.in_flight >= self.limits.concurrency {
            return 0;
        }
        self.replays.front().map_or_else(|| self.cut(flush), |id| self.batch(*id).len())
    }

    /// The batch that leaves now: its attempt counts from here.
    pub(crate) fn poll_send(&mut self, now: Time, flush: bool) -> Option<BatchId> {
        if self.next_size(now, flush) == 0 {
            return None;
        }
        let id = self.replays.pop_front().unwrap_or_else(|| {
            let count = self.cut(flush);
            let items = self.queue.take(count);
            self.make_batch(items, false)
        });
        self.in_flight += 1;
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
        BatchId(self.batches.insert(Batch { items, trial, serial: self.serials }))
    }

    /// The number of a batch in its run: no other batch has it, and its replays keep it.
    pub(crate) fn serial(&self, id: BatchId) -> u64 {
        self.batches.get(id.0).map_or(0, |batch| batch.serial)
    }

    /// The items of a batch, in the order of its body.
    pub(crate) fn batch(&self, id: BatchId) -> &[ItemId] {
        self.batches.get(id.0).map_or(&[], |batch| &batch.items)
    }

    /// How many attempts the items of a batch have taken part in, at most.
    pub(crate) fn attempts(&self, id: BatchId) -> u32 {
        self.batch(id).iter().filter_map(|item| self.items.get(item.0)).map(|item| item.attempts).max().unwrap_or(0)
    }

    /// When something that waits becomes ready.
    pub(crate) fn next_wake(&self) -> Option<Time> {
        self.waiting.peek().map(|Reverse((at, ..))| *at)
    }

    /// Whether every accepted item is settled and no more come.
    pub(crate) fn is_done(&self) -> bool {
        self.ended && self.settled.is_empty() && self.counters.accepted == self.counters.settled()
    }

    fn cut(&self, flush: bool) -> usize {
        let flush = flush || self.queue.len() + self.blocked >= self.limits.caps.wanted();
        Caps { max: self.ceiling.items(), ..self.limits.caps }.cut(&self.queue, flush, self.ended)
    }

    /// Moves what has waited long enough to where it is sent from.
    pub(crate) fn wake(&mut self, now: Time) {
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
                    self.relocate(id, ItemState::Queued);
                    self.enqueue(id);
                }
            }
        }
    }

    fn settlement_by_evidence(&self, id: ItemId, why: &StopReason<C>) -> Settlement<C> {
        self.items.get(id.0).map_or_else(|| Settlement::NotAttempted(why.clone()), |item| item.evidence.settlement(why))
    }

    fn may_retry(&self, id: ItemId) -> bool {
        self.items.get(id.0).is_some_and(|item| item.attempts < self.limits.max_attempts)
    }

    /// Whether a wait is begun: none that would end after the deadline is, nor a longer one than the server may ask for.
    fn may_wait_until(&self, retry: RetryAt, now: Time) -> bool {
        self.stopped.is_none()
            && self.limits.deadline.is_none_or(|deadline| retry.at <= deadline)
            && (!retry.requested || retry.at.saturating_sub(now) <= self.limits.max_wait)
    }

    /// Sends the items of a batch again, or settles them with what is known of them; `why` there was no attempt of those that never
    /// left. It goes as it was while all its items may; else those that may are regrouped.
    fn retry_batch(&mut self, id: BatchId, retry: RetryAt, why: &StopReason<C>, context: &mut AttemptContext<'_>) {
        let may = self.batch(id).iter().filter(|item| self.may_retry(**item)).count();
        if may == 0 || !self.may_wait_until(retry, context.now) {
            self.close_batch(id, why);
        } else if !context.pay(may, self.limits.caps.max, retry) {
            self.close_batch(id, &StopReason::Budget);
        } else if may == self.batch(id).len() {
            self.put_off(id, retry.at);
        } else {
            self.disband(id, retry.at, why);
        }
    }

    /// Puts off those items of a batch that may be retried, each for itself, and settles the others.
    fn disband(&mut self, id: BatchId, at: Time, why: &StopReason<C>) {
        self.end_batch(id, |machine, item| {
            if machine.may_retry(item) {
                machine.put_off_item(item, at);
            } else {
                let settlement = machine.settlement_by_evidence(item, why);
                machine.settle(item, settlement);
            }
        });
    }

    fn enqueue(&mut self, id: ItemId) {
        if let Some(item) = self.items.get(id.0) {
            self.queue.push(id, item.bytes, item.attempts > 0);
        }
    }

    fn put_off(&mut self, id: BatchId, at: Time) {
        self.relocate_batch(id, ItemState::Waiting);
        self.wait(at, Waiting::Batch(id));
    }

    fn put_off_item(&mut self, id: ItemId, at: Time) {
        self.relocate(id, ItemState::Waiting);
        self.wait(at, Waiting::Item(id));
    }

    /// Settles the items of a batch with what is known of them; `why` there was no attempt of those that never left.
    fn close_batch(&mut self, id: BatchId, why: &StopReason<C>) {
        let why = self.stopped.clone().unwrap_or_else(|| why.clone());
        self.close_batch_with(id, |evidence| evidence.settlement(&why));
    }

    /// Why an item was never sent that nothing else tells: the run stopped, or its caller dropped it.
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

    /// A batch is no more: nothing of it has passed. Each of its items goes its own way.
    fn end_batch(&mut self, id: BatchId, mut each: impl FnMut(&mut Self, ItemId)) {
        let Some(Batch { items, trial, .. }) = self.batches.remove(id.0) else { return };
        for item in items {
            each(self, item);
        }
        if trial && self.bisection.handle_part_refused() {
            self.unpark();
        }
    }

    fn learn(&mut self, id: BatchId, evidence: impl Fn() -> Evidence<C>) {
        let Machine { batches, items, .. } = self;
        for item in batches.get(id.0).into_iter().flat_map(|batch| &batch.items) {
            if let Some(item) = items.get_mut(item.0) {
                item.evidence.grow(evidence());
            }
        }
    }

    fn wait(&mut self, at: Time, waiting: Waiting) {
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

    /// Settles an item by a line of its own: the caller has what it needs at hand.
    fn settle_now(&mut self, id: ItemId, settlement: Settlement<C>) -> Option<Settlement<C>> {
        if !self.verify(id, &settlement) {
            self.leave_ledger(id, settlement.kind());
            self.items.remove(id.0);
        }
        Some(settlement)
    }

    fn settle(&mut self, id: ItemId, settlement: Settlement<C>) {
        if !self.verify(id, &settlement) {
            self.leave_ledger(id, settlement.kind());
        }
        self.settled.push_back((id, settlement));
    }

    /// Whether somebody is asked what became of an item before it is settled.
    fn verify(&mut self, id: ItemId, settlement: &Settlement<C>) -> bool {
        let asks = self.limits.verifies && settlement.kind() == OutcomeKind::Unknown;
        if asks {
            self.relocate(id, ItemState::Verifying);
            self.verifying += 1;
        }
        asks
    }

    /// Nothing more will be learnt of an item in doubt: it ends so.
    pub(crate) fn handle_verified(&mut self, id: ItemId, kind: OutcomeKind) {
        self.leave_ledger(id, kind);
        self.items.remove(id.0);
        self.verifying -= 1;
    }

    /// Counts an item as settled, and lets go what stood behind it.
    fn leave_ledger(&mut self, id: ItemId, kind: OutcomeKind) {
        let mut behind = self.count_settled(id, kind);
        while let Some(next) = behind {
            let Some(why) = self.stopped.clone() else { return self.enqueue(next) };
            let settlement = Settlement::NotAttempted(why);
            behind = self.count_settled(next, settlement.kind());
            self.settled.push_back((next, settlement));
        }
    }

    /// Counts an item as settled. Gives the one that may be sent now: the first behind it, which the others are behind from now on.
    fn count_settled(&mut self, id: ItemId, kind: OutcomeKind) -> Option<ItemId> {
        let item = self.items.get_mut(id.0)?;
        *self.counters.state(item.state) -= item.occurrences;
        self.counters.settle(kind, item.occurrences);
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
