//! Where outcomes go: into the report, or out to the consumer.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::event::Event;
use super::in_order::InOrder;
use super::options::EventFn;
use super::settled::Settled;
use super::state::RunState;
use crate::engine::Counters;
use crate::outcome::OutcomeOf;
use crate::reply::BulkReply;

/// Where outcomes go.
pub(super) struct Outlet<'a, I, R: BulkReply, E> {
    pub(super) state: Arc<RunState<I, R, E>>,
    /// Outcomes are kept for a report; else they go to the outbox.
    pub(super) collects: bool,
    pub(super) outbox: VecDeque<Settled<I, R, E>>,
    /// Where outcomes are given in the order of the input.
    pub(super) in_order: Option<InOrder<Settled<I, R, E>>>,
    /// The number of outcomes of a streamed run that went to the outbox.
    pub(super) given: usize,
    pub(super) on_event: Option<EventFn<'a>>,
}

impl<'a, I, R: BulkReply, E> Outlet<'a, I, R, E> {
    pub(super) fn new(
        state: Arc<RunState<I, R, E>>,
        collects: bool,
        in_order: bool,
        on_event: Option<EventFn<'a>>,
    ) -> Self {
        let in_order = (in_order && !collects).then(InOrder::new);
        Outlet { state, collects, outbox: VecDeque::new(), in_order, given: 0, on_event }
    }

    /// Gives one occurrence its outcome.
    pub(super) fn give(&mut self, index: usize, item: I, outcome: OutcomeOf<R, E>, counters: &Counters) {
        self.tell(&Event::Settled { index, outcome: outcome.kind() }, counters);
        if self.collects {
            let mut progress = self.state.lock();
            if progress.entries.len() <= index {
                progress.entries.resize_with(index + 1, || None);
            }
            progress.entries[index] = Some((item, outcome));
            return;
        }
        let settled = Settled { index, item, outcome };
        let Some(in_order) = &mut self.in_order else {
            self.given += 1;
            self.outbox.push_back(settled);
            return;
        };
        in_order.settle(index - self.given, settled);
        while let Some(settled) = in_order.pop() {
            self.given += 1;
            self.outbox.push_back(settled);
        }
    }

    /// Calls the caller's function. A panic in it is caught, and changes nothing.
    pub(super) fn tell(&mut self, event: &Event, counters: &Counters) {
        if let Some(on_event) = &mut self.on_event {
            let _ = catch_unwind(AssertUnwindSafe(|| on_event(event, counters)));
        }
    }
}
