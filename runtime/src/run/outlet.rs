//! The destination of outcomes: the report, or the consumer of a stream.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::delivery::{Delivery, JournaledItem};
use super::event::Event;
use super::in_order::InOrder;
use super::options::EventFn;
use super::settled::Settled;
use super::state::RunState;
use crate::engine::{Counters, ItemId};
use crate::reply::BulkReply;

/// The destination of outcomes and events.
pub(super) struct Outlet<'a, I, R: BulkReply, E> {
    pub(super) state: Arc<RunState<I, R, E>>,
    /// Whether outcomes are collected in a report. Otherwise they go to the outbox of a streamed run.
    pub(super) collects: bool,
    /// Outcomes that the consumer of the stream takes next.
    pub(super) outbox: VecDeque<Delivery<I, R, E>>,
    /// Only in a streamed run in input order.
    pub(super) in_order: Option<InOrder<Delivery<I, R, E>>>,
    /// The number of outcomes of a streamed run that went to the outbox.
    pub(super) delivered: usize,
    pub(super) on_event: Option<EventFn<'a>>,
}

impl<'a, I, R: BulkReply, E> Outlet<'a, I, R, E> {
    pub(super) fn new(
        state: Arc<RunState<I, R, E>>,
        collects: bool,
        in_order: bool,
        on_event: Option<EventFn<'a>>,
    ) -> Self {
        // A report is in input order without it.
        let in_order = (in_order && !collects).then(InOrder::new);
        Outlet { state, collects, outbox: VecDeque::new(), in_order, delivered: 0, on_event }
    }

    /// Delivers the outcome of one occurrence of an item.
    pub(super) fn deliver(&mut self, settled: Settled<I, R, E>, counters: &Counters) {
        let index = settled.index;
        if self.on_event.is_some() {
            self.emit(&Event::Settled { index, outcome: settled.outcome.kind() }, counters);
        }
        if self.collects {
            let mut progress = self.state.lock();
            // Items settle in any order: item 7 may be the first. Until item 3 settles, its place is `None`, which a report skips.
            if progress.entries.len() <= index {
                progress.entries.resize_with(index + 1, || None);
            }
            progress.entries[index] = Some((settled.item, settled.outcome));
            return;
        }
        self.give(index, Delivery::Settled(settled));
    }

    /// Delivers the outcome of one occurrence of an item in a run with a journal, once it is durable.
    pub(super) fn deliver_journaled(&mut self, item: JournaledItem<I, R, E>, counters: &Counters) {
        let index = item.row.index;
        self.emit(&Event::Settled { index, outcome: item.row.outcome }, counters);
        self.give(index, Delivery::Journaled(Box::new(item)));
    }

    /// In input order: reserves the place of an item that is settled when it is read, and whose outcome is delivered later.
    pub(super) fn reserve(&mut self) {
        if let Some(in_order) = &mut self.in_order {
            in_order.push(ItemId(u32::MAX));
        }
    }

    fn give(&mut self, index: usize, delivery: Delivery<I, R, E>) {
        let Some(in_order) = &mut self.in_order else {
            self.delivered += 1;
            self.outbox.push_back(delivery);
            return;
        };
        // Everything before the oldest slot was delivered, so an item's slot is its index minus their number.
        in_order.settle(index - self.delivered, delivery);
        while let Some(delivery) = in_order.pop() {
            self.delivered += 1;
            self.outbox.push_back(delivery);
        }
    }

    /// Tells the handles and `on_event` that the run stopped.
    pub(super) fn note_stop(&mut self, why: String, counters: &Counters) {
        self.state.lock().stopped = Some(why.as_str().into());
        self.emit(&Event::Stopped { why }, counters);
    }

    /// Whether a `Watch` is left that can read the report of a dropped run. If so, `on_event` is not called any more.
    pub(super) fn is_watched_after_drop(&mut self) -> bool {
        let is_watched = Arc::strong_count(&self.state) > 1;
        if is_watched {
            self.on_event = None;
        }
        is_watched
    }

    /// Calls the caller's `on_event`. A panic in it is caught and ignored: it must not lose an outcome.
    pub(super) fn emit(&mut self, event: &Event, counters: &Counters) {
        if let Some(on_event) = &mut self.on_event {
            let _ = catch_unwind(AssertUnwindSafe(|| on_event(event, counters)));
        }
    }
}
