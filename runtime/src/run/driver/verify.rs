//! Verification: items that would end unknown wait for the caller's `verify`, and are settled by its finding.

use std::borrow::Borrow;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::driver::Driver;
use super::super::verify::Verified;
use super::tracked::Tracked;
use super::verifier::{Verifier, busy_for};
use crate::engine::{ItemId, Time};
use crate::item::BulkItem;
use crate::outcome::{Outcome, OutcomeOf, Refusal, RefusalKind, Success, Uncertainty};
use crate::reply::{ApiError, BulkReply};
use crate::text::excerpt;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Holds an item back until `verify` has a finding about it.
    pub(super) fn verify(&mut self, id: ItemId, uncertainty: Arc<Uncertainty<R::Failure, E>>) {
        self.tracked[id.0 as usize].iter_mut().for_each(Tracked::detach);
        let (now, timeout) = (self.now(), self.remote.client.longest_attempt(self.remote.timeout));
        let of_earlier_life = self.recorder.as_ref().map_or(Time::ZERO, |recorder| recorder.verify_from);
        let busy_for = busy_for(&uncertainty, timeout).saturating_add(self.options.verify_after);
        match &mut self.verifier {
            Some(verifier) => {
                let from = now.saturating_add(busy_for).max(of_earlier_life);
                verifier.waiting.push_back(((id, uncertainty), from));
            }
            None => self.settle_verified(id, uncertainty, Verified::Unknown),
        }
    }

    /// Verifies the uncertain items, and settles those with a finding. Returns whether there were any.
    pub(super) fn poll_verify(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        while self.outlet.outbox.is_empty() {
            let now = self.now();
            let Some(verifier) = &mut self.verifier else { break };
            verifier.start(now, &self.tracked);
            let Poll::Ready(verified) = verifier.poll(cx) else { break };
            any = true;
            for ((id, uncertainty), verified) in verified {
                self.settle_verified(id, uncertainty, verified);
            }
            // In a stopped run, items with the same keys that waited behind these settle now too.
            self.settle_others();
        }
        any
    }

    /// Stops verifying: the uncertain items end unknown.
    pub(super) fn stop_verifying(&mut self) {
        self.machine.end_verifying();
        let Some(Verifier { waiting, current, .. }) = self.verifier.take() else { return };
        let waiting = waiting.into_iter().map(|(uncertain, _)| uncertain);
        for (id, uncertainty) in current.into_iter().flat_map(|(group, _)| group).chain(waiting) {
            self.settle_verified(id, uncertainty, Verified::Unknown);
        }
    }

    fn settle_verified(&mut self, id: ItemId, uncertainty: Arc<Uncertainty<R::Failure, E>>, verified: Verified) {
        let outcome = outcome::<R, E>(uncertainty, verified);
        self.machine.handle_verified(id, outcome.kind());
        // After a stop `verify` is not asked for all of them: the next life asks again.
        let is_final = match outcome {
            Outcome::Unknown(_) => !self.remote.endpoint.spec.idempotent && self.machine.stopped().is_none(),
            _ => true,
        };
        self.settle(id, outcome, is_final);
    }
}

fn outcome<R: BulkReply, E>(uncertainty: Arc<Uncertainty<R::Failure, E>>, verified: Verified) -> OutcomeOf<R, E> {
    match (verified, &uncertainty.failure) {
        (Verified::Applied, _) => {
            Outcome::Succeeded(Success { earlier: true, accepted: false, status: None, body: None })
        }
        (Verified::NotApplied, Some(failure)) => Outcome::Failed(failure.clone()),
        (Verified::NotApplied, None) => Outcome::Refused(Arc::new(not_applied(&uncertainty))),
        (Verified::Unknown, _) => Outcome::Unknown(uncertainty),
    }
}

/// The refusal of an item that was found not to be applied, with what is known of the response, if there was one. It is not shared between
/// items: each has its own message.
fn not_applied<F, E>(uncertainty: &Uncertainty<F, E>) -> Refusal<E> {
    let response = uncertainty.refusal.as_ref();
    Refusal {
        body_error: None,
        status: response.and_then(|response| response.status),
        request_id: response.and_then(|response| response.request_id.as_deref().map(excerpt)),
        error: None,
        message: Some(uncertainty.detail.clone()),
        code: response.and_then(|response| response.code.as_deref().map(excerpt)),
        why: RefusalKind::NotApplied,
    }
}
