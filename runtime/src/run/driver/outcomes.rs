//! Output: settlements of the engine are combined with the findings of responses, and delivered to the report or the consumer.

use std::borrow::Borrow;
use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;

use super::super::duplicates::ResponseWeight;
use super::super::event::Event;
use super::super::options::OnDuplicate;
use super::super::settled::Settled;
use super::super::stop::not_attempted;
use super::Driver;
use super::tracked::{CauseOf, KeptResponse, Place, Tracked};
use crate::client::transport::{Response, TransportError};
use crate::engine::{BatchId, Evidence, ItemId, Settlement};
use crate::item::BulkItem;
use crate::outcome::{NotAttempted, Outcome, OutcomeKind, OutcomeOf, Success, Uncertainty};
use crate::reply::{ApiError, BulkReply, Detail, Finding, Verdict};
use crate::request::NO_REQUEST;
use crate::response::{Cause, FindingOf};
use crate::text::excerpt;
use crate::uncertainty_kind::UncertaintyKind;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Settles the items that the engine settled without an entry of a response: by a refusal, a stop, a size limit.
    pub(super) fn settle_others(&mut self) {
        while let Some((id, settlement)) = self.machine.poll_settled() {
            // The finding is not used: no such settlement needs one.
            self.conclude(id, settlement, Finding::Unprocessed);
        }
    }

    /// Settles an item as the engine decided, or has it verified first.
    pub(super) fn conclude(&mut self, id: ItemId, settlement: Settlement<CauseOf<R, E>>, finding: FindingOf<R>) {
        let verifies = self.verifier.is_some() && settlement.kind() == OutcomeKind::Unknown;
        let is_final = self.is_final(&settlement);
        match outcome::<R, E>(settlement, finding) {
            Outcome::Unknown(uncertainty) if verifies => self.verify(id, uncertainty),
            outcome => self.settle(id, outcome, is_final),
        }
    }

    /// Notes the size of a response to a batch: the outcomes of its items may hold that much memory together.
    pub(super) fn note_response_size(&mut self, batch: BatchId, bytes: Option<usize>) {
        let Some(bytes) = bytes.filter(|_| !self.outlet.collects) else { return };
        let response = Arc::new(ResponseWeight::new(bytes));
        for id in self.machine.batch(batch) {
            let Some(tracked) = &mut self.tracked[id.0 as usize] else { continue };
            if tracked.weight.as_ref().is_none_or(|largest| largest.bytes() < bytes) {
                tracked.weight = Some(response.clone());
            }
        }
    }

    /// Settles an item. `is_final`: no later life of the run takes it up again.
    pub(super) fn settle(&mut self, id: ItemId, outcome: OutcomeOf<R, E>, is_final: bool) {
        self.settle_with(id, outcome, None, is_final);
    }

    /// Settles an item, with the response that does so if it was not noted before.
    pub(super) fn settle_with(&mut self, id: ItemId, outcome: OutcomeOf<R, E>, last: KeptResponse<R>, is_final: bool) {
        let Some(tracked) = self.tracked.get_mut(id.0 as usize).and_then(Option::take) else { return };
        let Tracked { place, item, encoded, key, weight, response, duplicates, attempts } = tracked;
        let response = last.or(response);
        self.remote.encoder.forget(place.number as usize);
        let latest = key
            .filter(|key| self.duplicates.remove_unsettled(*key, id) && self.options.on_duplicate != OnDuplicate::Keep);
        // A journal knows all items of its run.
        let looks_back = self.options.calls.is_none() && !self.outlet.collects && self.recorder.is_none();
        if let Some(key) = latest.filter(|_| looks_back) {
            // The key may be the user's code, here and below: an item whose key panics is not remembered.
            let bytes = catch_unwind(AssertUnwindSafe(|| self.duplicates.bytes_hash(item.borrow(), &encoded)));
            if let Ok(bytes) = bytes {
                let (outcome, response) = match self.options.on_duplicate {
                    // The outcome of its duplicates, whatever its own is.
                    OnDuplicate::Reject => (Outcome::NotAttempted(NotAttempted::Duplicate), None),
                    _ => (outcome.clone(), weight.filter(|_| keeps_response::<R, E>(&outcome))),
                };
                self.duplicates.insert_released(key, bytes, outcome, response);
            }
        }
        // What one caller is told holds for each occurrence: no life sends any of them again.
        let is_final = is_final || duplicates.iter().any(|(_, item)| self.is_awaited(item)) || self.is_awaited(&item);
        // Duplicates are delivered first: `outcome` is moved out for the item itself, so that one without duplicates is never cloned.
        for (place, item) in duplicates {
            self.deliver(place, item, outcome.clone(), response.clone(), (attempts, is_final));
        }
        self.deliver(place, item, outcome, response, (attempts, is_final));
        if let Some(key) = latest.filter(|_| self.outlet.collects) {
            let progress = self.outlet.state.lock();
            let _ = catch_unwind(AssertUnwindSafe(|| {
                self.duplicates.insert_reported(key, place.index, |index| progress.key_at::<T>(index));
            }));
        }
    }

    /// Delivers the outcome of one occurrence of an item, after it is recorded if the run has a journal: with the number of its attempts, and
    /// whether it is final.
    pub(super) fn deliver(
        &mut self,
        place: Place,
        item: I,
        outcome: OutcomeOf<R, E>,
        response: KeptResponse<R>,
        state: (u32, bool),
    ) {
        if self.recorder.is_some() {
            return self.record(place, item, outcome, response, state);
        }
        let settled = Settled { index: place.index, item, outcome, response, key: self.outlet.state.key };
        self.outlet.deliver(settled, self.machine.counters());
    }

    pub(super) fn emit(&mut self, event: &Event) {
        self.outlet.emit(event, self.machine.counters());
    }
}

/// The size of a response's body.
pub(super) fn body_bytes(result: &Result<Response, TransportError>) -> Option<usize> {
    let body = &result.as_ref().ok()?.body;
    Some(body.as_ref().map_or_else(|truncated| truncated.start.len(), Bytes::len))
}

/// The outcome of an item: the engine's settlement decides its kind, the finding of the response provides its content.
fn outcome<R: BulkReply, E>(settlement: Settlement<CauseOf<R, E>>, finding: FindingOf<R>) -> OutcomeOf<R, E> {
    match (settlement, finding) {
        (Settlement::Succeeded { earlier }, Finding::Succeeded { accepted, status, body }) => {
            Outcome::Succeeded(Success { earlier, accepted, status, body })
        }
        (Settlement::Succeeded { earlier }, finding) => {
            Outcome::Succeeded(Success { earlier, accepted: false, status: failure_status::<R>(&finding), body: None })
        }
        (Settlement::Failed, Finding::Failed(failure)) => Outcome::Failed(failure),
        (Settlement::FailedLater(cause), Finding::Failed(failure)) => failed_later(&cause, failure),
        (Settlement::Failed, _) => {
            Outcome::unknown(UncertaintyKind::Missing, "a response lists the item as failed, but without a failure")
        }
        (
            Settlement::Refused(cause)
            | Settlement::PutOff(cause)
            | Settlement::Unknown(cause)
            | Settlement::Unresolved(cause)
            | Settlement::FailedLater(cause),
            _,
        ) => outcome_of_cause::<R, E>(cause),
        (Settlement::TooLarge { bytes, cap }, _) => Outcome::NotAttempted(NotAttempted::TooLarge { bytes, cap }),
        (Settlement::NoRequest, _) => Outcome::NotAttempted(NotAttempted::Encode(NO_REQUEST.into())),
        (Settlement::Invalid(cause), _) => {
            let why = format!("the HTTP client rejects its request: {}", cause.describe());
            Outcome::NotAttempted(NotAttempted::Encode(why.into()))
        }
        (Settlement::Unsigned(cause), _) => Outcome::NotAttempted(NotAttempted::Unsigned(cause.describe().into())),
        (Settlement::NotAttempted(reason), _) => Outcome::NotAttempted(not_attempted(&reason)),
    }
}

fn outcome_of_cause<R: BulkReply, E>(cause: CauseOf<R, E>) -> OutcomeOf<R, E> {
    match cause {
        Cause::Refused(refusal) => Outcome::Refused(refusal),
        Cause::Uncertain(uncertainty) => Outcome::Unknown(uncertainty),
    }
}

/// The outcome of an item if nothing more is learned; `None` if it was never sent.
pub(super) fn outcome_of_evidence<R: BulkReply, E>(evidence: &Evidence<CauseOf<R, E>>) -> Option<OutcomeOf<R, E>> {
    match evidence {
        Evidence::NeverSent => None,
        Evidence::Refused(cause) | Evidence::PutOff(cause) | Evidence::Uncertain(cause) => {
            Some(outcome_of_cause::<R, E>(cause.clone()))
        }
    }
}

/// The status of the failure that shows that an item was already in the requested state.
fn failure_status<R: BulkReply>(finding: &FindingOf<R>) -> Option<u16> {
    if let Finding::Failed(failure) = finding { own_status(&**failure) } else { None }
}

/// The failure's own status. The method may be the user's code.
fn own_status(failure: &impl Detail) -> Option<u16> {
    catch_unwind(AssertUnwindSafe(|| failure.verdict().and_then(Verdict::http))).ok().flatten()
}

/// Returns whether an outcome keeps parts of a response on the heap. A success body without a destructor (`u64`) has no heap memory.
fn keeps_response<R: BulkReply, E>(outcome: &OutcomeOf<R, E>) -> bool {
    match outcome {
        Outcome::Succeeded(success) => success.body.is_some() && needs_drop::<R::Success>(),
        Outcome::Failed(_) | Outcome::Refused(_) | Outcome::Unknown(_) => true,
        Outcome::NotAttempted(_) => false,
    }
}

/// The outcome of an item that failed after an uncertain attempt. In `DELETE a` (timeout), `DELETE a` (404) the first attempt may have
/// done it: the failure does not prove that the item was not applied.
pub(super) fn failed_later<S, F: Detail, E>(cause: &Cause<F, E>, failure: Arc<F>) -> Outcome<S, F, E> {
    let before = excerpt(&cause.describe());
    // The message may be the user's code.
    let message =
        catch_unwind(AssertUnwindSafe(|| failure.message().map(|message| format!(": {}", excerpt(&message)))));
    let after = message.ok().flatten().unwrap_or_default();
    Outcome::Unknown(Arc::new(Uncertainty {
        kind: UncertaintyKind::FailedLater,
        detail: format!("{before}; a later attempt failed{after}"),
        status: own_status(&*failure),
        refusal: None,
        failure: Some(failure),
    }))
}
