//! Doubts out, certainty in: the items that would end unknown, and the caller's function that may know better.

use std::borrow::Borrow;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::driver::Driver;
use super::super::verify::Verified;
use super::tracked::Tracked;
use super::verifier::Verifier;
use crate::engine::ItemId;
use crate::item::BulkItem;
use crate::outcome::{Doubt, Outcome, OutcomeOf, Refusal, RefusalKind, Success};
use crate::reply::{ApiError, Reply};
use crate::text::said;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Puts an item aside until the caller was asked about it.
    pub(super) fn doubt(&mut self, id: ItemId, doubt: Arc<Doubt<R::Failure, E>>) {
        self.tracked[id.0 as usize].iter_mut().for_each(Tracked::detach);
        match &mut self.verifier {
            Some(verifier) => verifier.doubted.push_back((id, doubt)),
            None => self.settle_verified(id, doubt, Verified::Unknown),
        }
    }

    /// Asks the caller what became of the items in doubt, and settles those that it was asked about. Whether there were any.
    pub(super) fn poll_verify(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        while self.outbox.is_empty() {
            let Some(verifier) = &mut self.verifier else { break };
            verifier.ask(&self.tracked);
            let Poll::Ready(verified) = verifier.poll(cx) else { break };
            any = true;
            for ((id, doubt), verified) in verified {
                self.settle_verified(id, doubt, verified);
            }
            // Of a run that sends nothing more, those that stood behind them.
            self.settle_others();
        }
        any
    }

    /// Asks no more: what is in doubt stays so.
    pub(super) fn stop_verifying(&mut self) {
        let Some(Verifier { doubted, asked, .. }) = self.verifier.take() else { return };
        for (id, doubt) in asked.into_iter().flat_map(|(group, _)| group).chain(doubted) {
            self.settle_verified(id, doubt, Verified::Unknown);
        }
    }

    fn settle_verified(&mut self, id: ItemId, doubt: Arc<Doubt<R::Failure, E>>, verified: Verified) {
        let outcome = outcome::<R, E>(doubt, verified);
        self.machine.handle_verified(id, outcome.kind());
        self.settle(id, outcome);
    }
}

fn outcome<R: Reply, E>(doubt: Arc<Doubt<R::Failure, E>>, verified: Verified) -> OutcomeOf<R, E> {
    match (verified, &doubt.failure) {
        (Verified::Applied, _) => Outcome::Succeeded(Success { earlier: true, accepted: false, body: None }),
        (Verified::NotApplied, Some(failure)) => Outcome::Failed(failure.clone()),
        (Verified::NotApplied, None) => Outcome::Refused(Arc::new(not_applied(&doubt))),
        (Verified::Unknown, _) => Outcome::Unknown(doubt),
    }
}

/// The refusal of an item that turned out not to be applied, with what is known of the answer, if there was one. Each item has its own.
fn not_applied<F, E>(doubt: &Doubt<F, E>) -> Refusal<E> {
    let answer = doubt.refusal.as_ref();
    Refusal {
        status: answer.and_then(|answer| answer.status),
        request_id: answer.and_then(|answer| answer.request_id.as_deref().map(said)),
        error: None,
        message: Some(doubt.detail.clone()),
        code: answer.and_then(|answer| answer.code.as_deref().map(said)),
        why: RefusalKind::NotApplied,
    }
}
