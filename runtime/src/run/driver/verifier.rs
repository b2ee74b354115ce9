//! Asks the caller about uncertain items.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::ready;

use super::super::verify::{Verified, VerifyFn, Verifying};
use super::tracked::Tracked;
use crate::engine::ItemId;
use crate::outcome::Uncertainty;

/// An item that would end unknown, and why.
type Uncertain<F, E> = (ItemId, Arc<Uncertainty<F, E>>);

/// Asks about one group of items at a time; the others wait for their turn.
pub(super) struct Verifier<'a, I, F, E> {
    pub(super) verify: VerifyFn<'a, I>,
    /// The most items that it is asked about at once.
    pub(super) max: usize,
    pub(super) waiting: VecDeque<Uncertain<F, E>>,
    pub(super) asked: Option<(Vec<Uncertain<F, E>>, Verifying<'a>)>,
}

impl<'a, I, F, E> Verifier<'a, I, F, E> {
    pub(super) fn new(verify: VerifyFn<'a, I>, max: usize) -> Self {
        Verifier { verify, max, waiting: VecDeque::new(), asked: None }
    }

    /// Whether any item waits for what it says.
    pub(super) fn is_busy(&self) -> bool {
        self.asked.is_some() || !self.waiting.is_empty()
    }

    /// Asks about as many as may be asked about at once, if nothing is asked yet.
    pub(super) fn ask(&mut self, tracked: &[Option<Tracked<I>>]) {
        if self.asked.is_some() || self.waiting.is_empty() {
            return;
        }
        let group: Vec<_> = self.waiting.drain(..self.max.min(self.waiting.len())).collect();
        let items: Vec<&I> =
            group.iter().filter_map(|(id, _)| tracked[id.0 as usize].as_ref()).map(|tracked| &tracked.item).collect();
        tracing::debug!(items = items.len(), "verifies what would end unknown");
        let verifying =
            catch_unwind(AssertUnwindSafe(|| (self.verify)(&items))).unwrap_or_else(|_| ready(Err(panicked())).boxed());
        self.asked = Some((group, verifying));
    }

    /// What became of the items that were asked about.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Vec<(Uncertain<F, E>, Verified)>> {
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

fn panicked() -> String {
    "`verify` panicked".to_owned()
}
