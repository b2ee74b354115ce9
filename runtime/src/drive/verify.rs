//! Doubts out, certainty in: the items that would end unknown, and the caller's function that may know better.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::ready;

use super::{Driver, Tracked};
use crate::api_error::ApiError;
use crate::engine::ItemId;
use crate::item::BulkItem;
use crate::outcome::{Doubt, Outcome, OutcomeOf, Refusal, RefusalKind, Success};
use crate::reply::Reply;
use crate::text::said;
use crate::verify::{Verified, VerifyFn, Verifying};

/// An item that would end unknown, and why.
type Doubted<F, E> = (ItemId, Arc<Doubt<F, E>>);

/// Asks about one group of items at a time; the others wait for their turn.
pub(super) struct Verifier<'a, I, F, E> {
    verify: VerifyFn<'a, I>,
    /// The most items that it is asked about at once.
    max: usize,
    doubted: VecDeque<Doubted<F, E>>,
    asked: Option<(Vec<Doubted<F, E>>, Verifying<'a>)>,
}

impl<'a, I, F, E> Verifier<'a, I, F, E> {
    pub(super) fn new(verify: VerifyFn<'a, I>, max: usize) -> Self {
        Verifier { verify, max, doubted: VecDeque::new(), asked: None }
    }

    /// Whether any item waits for what it says.
    pub(super) fn is_busy(&self) -> bool {
        self.asked.is_some() || !self.doubted.is_empty()
    }

    /// Asks about as many as may be asked about at once, if nothing is asked yet.
    fn ask(&mut self, tracked: &[Option<Tracked<I>>]) {
        if self.asked.is_some() || self.doubted.is_empty() {
            return;
        }
        let group: Vec<_> = self.doubted.drain(..self.max.min(self.doubted.len())).collect();
        let items: Vec<&I> =
            group.iter().filter_map(|(id, _)| tracked[id.0 as usize].as_ref()).map(|tracked| &tracked.item).collect();
        tracing::debug!(items = items.len(), "verifies what would end unknown");
        let verifying =
            catch_unwind(AssertUnwindSafe(|| (self.verify)(&items))).unwrap_or_else(|_| ready(Err(panicked())).boxed());
        self.asked = Some((group, verifying));
    }

    /// What became of the items that were asked about.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Vec<(Doubted<F, E>, Verified)>> {
        let Some((_, verifying)) = &mut self.asked else { return Poll::Pending };
        let polled = catch_unwind(AssertUnwindSafe(|| verifying.poll_unpin(cx)));
        let said = match polled.unwrap_or_else(|_| Poll::Ready(Err(panicked()))) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(said)) => said,
            Poll::Ready(Err(why)) => {
                tracing::warn!(why, "the items could not be verified");
                Vec::new()
            }
        };
        let group = self.asked.take().map_or_else(Vec::new, |(group, _)| group);
        Poll::Ready(group.into_iter().zip(said.into_iter().chain(std::iter::repeat(Verified::Unknown))).collect())
    }
}

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

fn panicked() -> String {
    "`verify` panicked".to_owned()
}
