//! Calls the caller's `verify` for uncertain items, one group at a time.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::ready;

use super::super::verify::{Verified, VerifyFn, Verifying};
use super::tracked::Tracked;
use crate::engine::{ItemId, Time};
use crate::outcome::Uncertainty;
use crate::reply::BulkReply;
use crate::uncertainty_kind::UncertaintyKind;

/// An item that would end unknown, and why.
type Uncertain<R, E> = (ItemId, Arc<Uncertainty<<R as BulkReply>::Failure, E>>);

/// The time that the host may still need for the items of a request, once its end is known: R12. `timeout`: that of an attempt.
pub(super) fn busy_for<F, E>(uncertainty: &Uncertainty<F, E>, timeout: Time) -> Time {
    match (uncertainty.kind, uncertainty.status) {
        // It may go on although nobody listens, as it may behind a gateway that responds in its place.
        (
            UncertaintyKind::Reset | UncertaintyKind::CutOff | UncertaintyKind::FailedLater | UncertaintyKind::Pending,
            _,
        )
        | (UncertaintyKind::ServerError, Some(408 | 502..=504)) => timeout,
        // It is done, or had its time.
        _ => Time::ZERO,
    }
}

/// The items that wait for `verify`, and the group that is being verified.
pub(super) struct Verifier<'a, I, R: BulkReply, E> {
    pub(super) verify: VerifyFn<'a, I>,
    /// The maximum number of items per call.
    pub(super) max: usize,
    /// Each with the time from which it may be asked about.
    pub(super) waiting: VecDeque<(Uncertain<R, E>, Time)>,
    /// The group of the call in progress, with its future.
    pub(super) current: Option<(Vec<Uncertain<R, E>>, Verifying<'a>)>,
}

impl<'a, I, R: BulkReply, E> Verifier<'a, I, R, E> {
    pub(super) fn new(verify: VerifyFn<'a, I>, max: usize) -> Self {
        Verifier { verify, max, waiting: VecDeque::new(), current: None }
    }

    /// Returns whether any item waits for a finding.
    pub(super) fn is_busy(&self) -> bool {
        self.current.is_some() || !self.waiting.is_empty()
    }

    /// Returns when the next items may be asked about, if a call waits for that alone.
    pub(super) fn next_wake(&self) -> Option<Time> {
        if self.current.is_some() { None } else { self.waiting.iter().map(|(_, from)| *from).min() }
    }

    /// Calls `verify` with the next group, unless a call is in progress.
    pub(super) fn start(&mut self, now: Time, tracked: &[Option<Tracked<I, R>>]) {
        if self.current.is_some() {
            return;
        }
        let mut group = Vec::new();
        self.waiting.retain(|(uncertain, from)| {
            let is_asked = *from <= now && group.len() < self.max;
            if is_asked {
                group.push(uncertain.clone());
            }
            !is_asked
        });
        if group.is_empty() {
            return;
        }
        let items: Vec<&I> =
            group.iter().filter_map(|(id, _)| tracked[id.0 as usize].as_ref()).map(|tracked| &tracked.item).collect();
        tracing::debug!(items = items.len(), "verifying items with an unknown result");
        let verifying =
            catch_unwind(AssertUnwindSafe(|| (self.verify)(&items))).unwrap_or_else(|_| ready(Err(panicked())).boxed());
        self.current = Some((group, verifying));
    }

    /// Polls the call in progress. Its end gives a finding for every item of the group; a failed call gives `Unknown`.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Vec<(Uncertain<R, E>, Verified)>> {
        let Some((_, verifying)) = &mut self.current else { return Poll::Pending };
        let polled = catch_unwind(AssertUnwindSafe(|| verifying.poll_unpin(cx)));
        let findings = match polled.unwrap_or_else(|_| Poll::Ready(Err(panicked()))) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(findings)) => findings,
            Poll::Ready(Err(why)) => {
                tracing::warn!(why, "`verify` failed");
                Vec::new()
            }
        };
        let group = self.current.take().map_or_else(Vec::new, |(group, _)| group);
        Poll::Ready(group.into_iter().zip(findings.into_iter().chain(std::iter::repeat(Verified::Unknown))).collect())
    }
}

fn panicked() -> String {
    "`verify` panicked".to_owned()
}
