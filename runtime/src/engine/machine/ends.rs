//! Ends of attempts: what they show about their items, and which items are retried.

use super::super::attempt::{AttemptContext, BatchEnd};
use super::super::bisection::{BisectDecision, Bisection};
use super::super::class::{ItemClass, ResponseClass};
use super::super::ids::{BatchId, ItemId};
use super::super::ledger::ItemState;
use super::super::machine::{Batch, Machine, STOPS, UNREACHED};
use super::super::settlement::{Evidence, Settlement};
use super::super::stop::StopReason;
use super::super::throttle::RetryAt;

impl<C: Clone> Machine<C> {
    /// A batch did not leave: no request could be built of it, or only one of `too_large` bytes, which is over the cap.
    pub(crate) fn handle_unsendable(&mut self, id: BatchId, too_large: Option<usize>) {
        self.in_flight -= 1;
        let cap = self.limits.caps.max_bytes;
        if too_large.is_some() && self.batch(id).len() > 1 {
            let size = self.ceiling.handle_too_large(self.batch(id).len());
            return self.split(id, size, RetryAt::default());
        }
        let unsent = || too_large.map_or(Settlement::NoRequest, |bytes| Settlement::TooLarge { bytes, cap });
        self.close_batch_with(id, |evidence| match evidence {
            Evidence::NeverSent => unsent(),
            Evidence::Refused(cause) => Settlement::Refused(cause.clone()),
            // An earlier attempt may have applied it, whatever keeps this one from leaving.
            Evidence::Uncertain(cause) => Settlement::Unknown(cause.clone()),
        });
    }

    /// An attempt ended in a way that concerns its whole batch. Returns when the throttle reopens, if it closes.
    pub(crate) fn handle_batch_end(
        &mut self,
        id: BatchId,
        end: BatchEnd<C>,
        context: &mut AttemptContext<'_>,
    ) -> Option<RetryAt> {
        let refused_for_now = matches!(end, BatchEnd::Refused { class: ResponseClass::Retry, .. });
        let closes = (refused_for_now || context.hint.throttled).then(|| context.retry_at(self.attempts(id), None));
        self.in_flight -= 1;
        if !matches!(end, BatchEnd::NotSent { .. }) {
            self.unreached = 0;
        }
        if !matches!(end, BatchEnd::Refused { class: ResponseClass::Stop | ResponseClass::Credential, .. }) {
            self.stops = 0;
        }
        let retry = context.retry_at(self.attempts(id), None);
        match end {
            BatchEnd::NotSent { cause } => {
                self.unreached += 1;
                let why = StopReason::Unreachable(cause);
                self.retry_batch(id, retry, &why, context);
                if self.unreached >= UNREACHED {
                    self.stop(why);
                }
            }
            BatchEnd::Uncertain { cause } => {
                self.learn(id, || Evidence::Uncertain(cause.clone()));
                let why = StopReason::Refused(cause);
                // A timed-out "create" may have created: only the declaration knows whether doing it twice is safe.
                if self.limits.idempotent {
                    self.retry_batch(id, retry, &why, context);
                } else {
                    self.close_batch(id, &why);
                }
            }
            BatchEnd::GivenUp { cause } => {
                self.learn(id, || Evidence::Uncertain(cause.clone()));
                self.close_batch(id, &StopReason::Refused(cause));
            }
            BatchEnd::Refused { class, cause } => self.end_refused(id, class, cause, context),
        }
        closes
    }

    /// A response refused a whole batch.
    fn end_refused(&mut self, id: BatchId, class: ResponseClass, cause: C, context: &mut AttemptContext<'_>) {
        // What the server did not process (421, 425) is as if it had never been sent: it is no evidence.
        if class != ResponseClass::NotProcessed {
            self.learn(id, || Evidence::Refused(cause.clone()));
        }
        let retry = context.retry_at(self.attempts(id), None);
        // Smaller requests of the same items need no backoff: the refusal was about their size or one of them, not about the load.
        let parts_at = context.retry_at_once();
        let splits = self.batch(id).len() > 1 && self.may_wait_until(parts_at, context.now);
        match class {
            ResponseClass::Retry => self.retry_batch(id, retry, &StopReason::Refused(cause), context),
            ResponseClass::NotProcessed | ResponseClass::Renewed => {
                self.retry_batch(id, retry, &StopReason::NotProcessed(cause), context);
            }
            ResponseClass::Already => self.close_as_already(id),
            ResponseClass::Stop | ResponseClass::Credential => {
                self.stops += 1;
                let why = StopReason::Refused(cause);
                self.close_batch(id, &why);
                // A 403 after successes may concern this batch alone, so the third in a row is what stops the run.
                if class == ResponseClass::Credential || !self.had_success || self.stops >= STOPS {
                    self.stop(why);
                }
            }
            ResponseClass::TooLarge if splits => {
                let size = self.ceiling.handle_too_large(self.batch(id).len());
                self.split(id, size, parts_at);
            }
            ResponseClass::Bisect if splits => self.bisect(id, parts_at),
            // `Ok` and `Uncertain` do not come as a refusal.
            ResponseClass::Final
            | ResponseClass::TooLarge
            | ResponseClass::Bisect
            | ResponseClass::Ok
            | ResponseClass::Uncertain => self.close_batch(id, &StopReason::Refused(cause)),
        }
    }

    /// The host responded, though not to a batch (to the poll of a job): it can be reached.
    pub(crate) fn handle_response(&mut self) {
        self.unreached = 0;
    }

    /// A batch got a 2xx, also one that only names a job.
    pub(crate) fn handle_passed(&mut self) {
        self.had_success = true;
        self.unreached = 0;
        self.stops = 0;
        if self.bisection.handle_passed() {
            self.unpark();
        }
    }

    /// Every item of a batch already was in the state asked for: `DELETE` → 404 "Gone". That is a success only where an earlier attempt
    /// had an unknown result, which must then have done it.
    fn close_as_already(&mut self, id: BatchId) {
        let unsent = self.unsent_reason();
        self.close_batch_with(id, |evidence| match evidence {
            Evidence::Uncertain(_) => Settlement::Succeeded { earlier: true },
            evidence => evidence.settlement(&unsent),
        });
    }

    /// Bisects a batch that was refused because of some item, if that promises anything.
    pub(super) fn bisect(&mut self, id: BatchId, parts_at: RetryAt) {
        // The batch was refused, so each of its items has evidence: `unsent` is for none of them.
        let unsent = self.unsent_reason();
        if self.stopped.is_some() {
            return self.close_batch(id, &unsent);
        }
        let trial = self.batches.get(id.0).is_some_and(|batch| batch.trial);
        let untried = self.bisection == Bisection::Untried;
        match self.bisection.judge(trial) {
            BisectDecision::Split => {
                if let Some(batch) = self.batches.get_mut(id.0) {
                    batch.trial = trial || untried;
                }
                let half = self.batch(id).len().div_ceil(2);
                self.split(id, half, parts_at);
            }
            BisectDecision::Park => {
                self.relocate_batch(id, ItemState::Waiting);
                self.parked.push((id, parts_at));
            }
            BisectDecision::Refuse => self.close_batch(id, &unsent),
        }
    }

    /// The trial bisection has ended: decides about the batches that waited for it.
    pub(super) fn unpark(&mut self) {
        for (id, parts_at) in std::mem::take(&mut self.parked) {
            self.bisect(id, parts_at);
        }
    }

    /// Replaces a refused batch by smaller ones, which leave next, or when the server asked for it. A split does not count as an attempt.
    pub(super) fn split(&mut self, id: BatchId, size: usize, parts_at: RetryAt) {
        let Some(Batch { items, trial, .. }) = self.batches.remove(id.0) else { return };
        for item in &items {
            if let Some(item) = self.items.get_mut(item.0) {
                item.attempts -= 1;
            }
        }
        if trial {
            self.bisection.handle_split(items.len().div_ceil(size));
        }
        let parts: Vec<BatchId> = items.chunks(size).map(|part| self.make_batch(part.to_vec(), trial)).collect();
        if parts_at.requested {
            parts.into_iter().for_each(|part| self.put_off(part, parts_at.at));
        } else {
            for part in parts.into_iter().rev() {
                self.relocate_batch(part, ItemState::Queued);
                self.replays.push_front(part);
            }
        }
        if let Some(why) = self.stopped.clone() {
            self.drop_queued(&why);
        }
    }

    /// An item is done, though its batch has not ended.
    pub(crate) fn handle_done(&mut self, id: ItemId) -> Option<Settlement<C>> {
        self.settle_now(id, Settlement::Succeeded { earlier: false })
    }

    /// A response says this about one item of a batch. Returns how the item ended; `None`: it is retried.
    pub(crate) fn handle_item(
        &mut self,
        id: ItemId,
        class: ItemClass<C>,
        context: &mut AttemptContext<'_>,
    ) -> Option<Settlement<C>> {
        let item = self.items.get(id.0)?;
        let before = match &item.evidence {
            Evidence::Uncertain(cause) => Some(cause.clone()),
            _ => None,
        };
        // "Not found" after a timeout may mean that the first attempt deleted it. Only a complete `already(…)` list tells these from
        // real failures.
        let failed = |before: Option<C>| match before {
            Some(cause) if !self.limits.knows_already => Settlement::FailedLater(cause),
            _ => Settlement::Failed,
        };
        let refused = |before: Option<C>, cause| before.map_or(Settlement::Refused(cause), Settlement::Unknown);
        let own = if let ItemClass::Retry { delay, .. } = class { delay } else { None };
        let retry = context.retry_at(item.attempts, own);
        // How it ends if it cannot be retried, and whether it may be.
        let (evidence, last, retries) = match class {
            ItemClass::Done => return self.settle_now(id, Settlement::Succeeded { earlier: false }),
            ItemClass::Failed => return self.settle_now(id, failed(before)),
            ItemClass::Already if before.is_some() => {
                return self.settle_now(id, Settlement::Succeeded { earlier: true });
            }
            ItemClass::Already => return self.settle_now(id, Settlement::Failed),
            ItemClass::RolledBack(cause) if self.limits.bisects => return self.roll_back(id, cause, context),
            ItemClass::RolledBack(cause) => return self.settle_now(id, refused(before, cause)),
            ItemClass::Retry { cause, throttled, .. } => {
                self.close_throttle = self.close_throttle.max(throttled.then_some(retry));
                // A refusal for now says nothing about what an earlier attempt did, whatever the endpoint lists as `already`.
                (Evidence::Refused(cause), before.map_or(Settlement::Failed, Settlement::FailedLater), true)
            }
            ItemClass::Unprocessed(cause) => (Evidence::Refused(cause.clone()), refused(before, cause), true),
            ItemClass::Uncertain(cause) => {
                (Evidence::Uncertain(cause.clone()), Settlement::Unknown(cause), self.limits.idempotent)
            }
        };
        let may = retries && self.may_retry(id) && self.may_wait_until(retry, context.now);
        let retries = may && context.pay(1, self.limits.caps.max, retry);
        self.items.get_mut(id.0)?.evidence.grow(evidence);
        if !retries {
            return self.settle_now(id, last);
        }
        self.put_off_item(id, retry.at);
        None
    }

    /// An item was undone because another of its request failed, which is now named: it is retried without that one, as often as it takes.
    pub(super) fn roll_back(&mut self, id: ItemId, cause: C, context: &AttemptContext<'_>) -> Option<Settlement<C>> {
        let item = self.items.get_mut(id.0)?;
        item.evidence.grow(Evidence::Refused(cause.clone()));
        // Each failed item costs the others one more request, and uses up none of their attempts.
        item.attempts -= 1;
        let retry = context.retry_at_once();
        if !self.may_retry(id) || !self.may_wait_until(retry, context.now) {
            let settlement = self.settlement_by_evidence(id, &StopReason::Refused(cause));
            return self.settle_now(id, settlement);
        }
        self.put_off_item(id, retry.at);
        None
    }

    /// The response to a batch is read, each of its items handled. Returns when the throttle reopens, if it closes.
    pub(crate) fn handle_end(&mut self, id: BatchId, context: &mut AttemptContext<'_>) -> Option<RetryAt> {
        self.in_flight -= 1;
        let throttled = context.hint.throttled.then(|| context.retry_at(self.attempts(id), None));
        self.batches.remove(id.0);
        context.budget.handle_passed();
        self.ceiling.handle_passed();
        self.handle_passed();
        self.close_throttle.take().max(throttled)
    }
}
