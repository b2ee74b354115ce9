//! Outcomes out: rulings of the engine with what the answers said, into the report or out to the consumer.

use std::borrow::Borrow;
use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;

use super::super::driver::Driver;
use super::super::event::Event;
use super::super::options::OnRepeat;
use super::super::settled::Settled;
use super::tracked::{CauseOf, Tracked};
use crate::client::transport::{Response, TransportError};
use crate::engine::{BatchId, Halt, ItemId, Ruling};
use crate::item::BulkItem;
use crate::outcome::{Doubt, DoubtKind, NotAttempted, Outcome, OutcomeKind, OutcomeOf, Success};
use crate::reply::{ApiError, Detail, Reply};
use crate::request::UNMADE;
use crate::response::{Cause, Judgement, JudgementOf};
use crate::text::said;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Settles what ended otherwise than by a line of its own.
    pub(super) fn settle_others(&mut self) {
        while let Some((id, ruling)) = self.machine.poll_settled() {
            self.conclude(id, ruling, Judgement::HandedBack);
        }
    }

    /// Settles an item as the engine ruled, or asks about it first.
    pub(super) fn conclude(&mut self, id: ItemId, ruling: Ruling<CauseOf<R, E>>, judgement: JudgementOf<R>) {
        let doubted = self.verifier.is_some() && ruling.kind() == OutcomeKind::Unknown;
        match self.outcome(ruling, judgement) {
            Outcome::Unknown(doubt) if doubted => self.doubt(id, doubt),
            outcome => self.settle(id, outcome),
        }
    }

    /// A ruling of the engine, with what the answer said of the item.
    pub(super) fn outcome(&self, ruling: Ruling<CauseOf<R, E>>, judgement: JudgementOf<R>) -> OutcomeOf<R, E> {
        match (ruling, judgement) {
            (Ruling::Succeeded { earlier }, Judgement::Succeeded { accepted, body }) => {
                Outcome::Succeeded(Success { earlier, accepted, body })
            }
            (Ruling::Succeeded { earlier }, _) => Outcome::Succeeded(Success { earlier, accepted: false, body: None }),
            (Ruling::Failed, Judgement::Failed(failure)) => Outcome::Failed(failure),
            (Ruling::FailedAfterDoubt(cause), Judgement::Failed(failure)) => failed_after_doubt(&cause, failure),
            (Ruling::Failed, _) => {
                Outcome::unknown(DoubtKind::Missing, "an answer named it as failed, without saying how")
            }
            (Ruling::Refused(cause) | Ruling::Unknown(cause) | Ruling::FailedAfterDoubt(cause), _) => match cause {
                Cause::Refused(refusal) => Outcome::Refused(refusal),
                Cause::Doubted(doubt) => Outcome::Unknown(doubt),
            },
            (Ruling::TooLarge { bytes, cap }, _) => Outcome::NotAttempted(NotAttempted::TooLarge { bytes, cap }),
            (Ruling::Unmade, _) => Outcome::NotAttempted(NotAttempted::Encode(UNMADE.into())),
            (Ruling::NotAttempted(halt), _) => Outcome::NotAttempted(self.not_attempted(halt)),
        }
    }

    pub(super) fn not_attempted(&self, halt: Halt) -> NotAttempted {
        let unreached = || self.remote.as_ref().map_or_else(|| "".into(), |remote| remote.unreached.clone());
        let unseen = || self.remote.as_ref().map_or_else(|| "".into(), |remote| remote.unseen.clone());
        let why = || self.shared.lock().stopped.clone().unwrap_or_else(|| self.halt_text(halt).into());
        match halt {
            Halt::Stopped => NotAttempted::Stopped(why()),
            Halt::Unreachable => NotAttempted::Unreachable(unreached()),
            Halt::Unseen => NotAttempted::Unseen(unseen()),
            Halt::WaitTooLong => NotAttempted::WaitTooLong(why()),
            Halt::Budget => NotAttempted::Budget,
            Halt::Cancelled => NotAttempted::Cancelled,
            Halt::Deadline => NotAttempted::Deadline,
            Halt::InvalidArgument => NotAttempted::InvalidArgument(why()),
        }
    }

    /// Why the engine stopped the run, in words.
    pub(super) fn halt_text(&self, halt: Halt) -> String {
        let Some(remote) = &self.remote else { return "it was stopped".to_owned() };
        match (halt, &remote.stop_cause) {
            (Halt::Unreachable, _) => format!("the host cannot be reached: {}", remote.unreached),
            (Halt::Stopped, Some(Cause::Refused(refusal))) => refusal.to_string(),
            _ => "it was stopped".to_owned(),
        }
    }

    /// An answer came to a batch: what its items end with may hold as much.
    pub(super) fn weigh(&mut self, batch: BatchId, result: &Result<Response, TransportError>) {
        let Ok(response) = result else { return };
        if self.collects {
            return;
        }
        let bytes = response.body.as_ref().map_or_else(|cut| cut.start.len(), Bytes::len);
        let ids = self.machine.batch(batch);
        let share = bytes / ids.len().max(1);
        for id in ids {
            self.tracked[id.0 as usize].iter_mut().for_each(|tracked| tracked.told = tracked.told.max(share));
        }
    }

    pub(super) fn settle(&mut self, id: ItemId, outcome: OutcomeOf<R, E>) {
        let Some(tracked) = self.tracked.get_mut(id.0 as usize).and_then(Option::take) else { return };
        let Tracked { index, item, encoded, key, told, repeats } = tracked;
        let latest = key.filter(|key| self.repeats.arrive(*key, id) && self.options.on_repeat != OnRepeat::Keep);
        if let Some(key) = latest.filter(|_| !self.collects) {
            // The key may be the user's own, here and below: what it panics with leaves the item unremembered.
            let bytes = catch_unwind(AssertUnwindSafe(|| self.repeats.bytes_hash(item.borrow(), &encoded)));
            if let Ok(bytes) = bytes {
                let (outcome, holds) = match self.options.on_repeat {
                    // What its repeats end with, whatever became of it.
                    OnRepeat::Reject => (Outcome::NotAttempted(NotAttempted::Repeated), 0),
                    _ => (outcome.clone(), if holds_what_was_told::<R, E>(&outcome) { told } else { 0 }),
                };
                self.repeats.give(key, bytes, outcome, holds);
            }
        }
        for (index, item) in repeats {
            self.give(index, item, outcome.clone());
        }
        self.give(index, item, outcome);
        if let Some(key) = latest.filter(|_| self.collects) {
            let state = self.shared.lock();
            let _ = catch_unwind(AssertUnwindSafe(|| self.repeats.list(key, index, |index| state.key_at::<T>(index))));
        }
    }

    /// Gives one occurrence its outcome: into the report, or out to the consumer.
    pub(super) fn give(&mut self, index: usize, item: I, outcome: OutcomeOf<R, E>) {
        self.tell(&Event::Settled { index, outcome: outcome.kind() });
        if self.collects {
            let mut state = self.shared.lock();
            if state.entries.len() <= index {
                state.entries.resize_with(index + 1, || None);
            }
            state.entries[index] = Some((item, outcome));
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

    /// Calls the caller's function; what it panics with changes nothing.
    pub(super) fn tell(&mut self, event: &Event) {
        if let Some(on_event) = &mut self.options.on_event {
            let counters = *self.machine.counters();
            let _ = catch_unwind(AssertUnwindSafe(|| on_event(event, &counters)));
        }
    }
}

/// Whether an outcome has memory of its own, in which it keeps what an answer said.
fn holds_what_was_told<R: Reply, E>(outcome: &OutcomeOf<R, E>) -> bool {
    match outcome {
        Outcome::Succeeded(success) => success.body.is_some() && needs_drop::<R::Success>(),
        Outcome::Failed(_) | Outcome::Refused(_) | Outcome::Unknown(_) => true,
        Outcome::NotAttempted(_) => false,
    }
}

pub(super) fn failed_after_doubt<S, F: Detail, E>(cause: &Cause<F, E>, failure: Arc<F>) -> Outcome<S, F, E> {
    let before = said(&cause.describe());
    // The message may be the user's own.
    let message = catch_unwind(AssertUnwindSafe(|| failure.message().map(|message| format!(": {}", said(&message)))));
    let after = message.ok().flatten().unwrap_or_default();
    Outcome::Unknown(Arc::new(Doubt {
        kind: DoubtKind::FailedAfterDoubt,
        detail: format!("{before}; a later attempt named it as failed{after}"),
        refusal: None,
        failure: Some(failure),
    }))
}
