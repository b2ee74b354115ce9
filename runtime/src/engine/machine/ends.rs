//! Ends of attempts: the evidence they give about their items, and which items are retried.

use super::super::attempt::{AttemptContext, BatchEnd};
use super::super::bisection::{BisectDecision, Bisection};
use super::super::class::{ItemClass, ResponseClass};
use super::super::ids::{BatchId, ItemId};
use super::super::ledger::ItemState;
use super::super::machine::{Batch, MAX_CONNECTION_FAILURES, MAX_STOP_REFUSALS, Machine};
use super::super::settlement::{Evidence, Settlement};
use super::super::stop::StopReason;
use super::super::throttle::RetryAt;

impl<C: Clone> Machine<C> {
    /// A batch did not leave: no request could be built from it, or one of `too_large` bytes, which exceeds `max_bytes`.
    pub(crate) fn handle_unsendable(&mut self, id: BatchId, too_large: Option<usize>) {
        self.in_flight -= 1;
        let cap = self.limits.caps.max_bytes;
        // The size is computed before, but a codec decides itself how many bytes a request has.
        if too_large.is_some() && self.batch(id).len() > 1 {
            let size = self.ceiling.handle_too_large(self.batch(id).len());
            return self.split(id, size, RetryAt::default());
        }
        let unsent = || too_large.map_or(Settlement::NoRequest, |bytes| Settlement::TooLarge { bytes, cap });
        self.close_batch_with(id, |evidence| match evidence {
            Evidence::NeverSent => unsent(),
            Evidence::Refused(cause) => Settlement::Refused(cause.clone()),
            // An earlier attempt may have applied it, whatever prevents this one.
            Evidence::Uncertain(cause) => Settlement::Unknown(cause.clone()),
        });
    }

    /// Handles the end of an attempt that concerns its whole batch. Returns when the throttle reopens, if it closes.
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
            self.connection_failures = 0;
        }
        if !matches!(end, BatchEnd::Refused { class: ResponseClass::Stop | ResponseClass::Credential, .. }) {
            self.stop_refusals = 0;
        }
        let retry = context.retry_at(self.attempts(id), None);
        match end {
            BatchEnd::NotSent { cause } => {
                self.connection_failures += 1;
                let why = StopReason::Unreachable(cause);
                self.retry_batch(id, retry, &why, context);
                if self.connection_failures >= MAX_CONNECTION_FAILURES {
                    self.stop(why);
                }
            }
            BatchEnd::Uncertain { cause } => {
                self.learn(id, || Evidence::Uncertain(cause.clone()));
                let why = StopReason::Refused(cause);
                // A "create" that timed out may have created the item. Only the declaration says whether a second one is harmless.
                if self.limits.idempotent {
                    self.retry_batch(id, retry, &why, context);
                } else {
                    self.close_batch(id, &why);
                }
            }
            // A job whose end was not awaited may still run: starting it again would apply items while the first job does.
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
        // A request that the server did not process (421, 425) counts as never sent: it is not evidence.
        if class != ResponseClass::NotProcessed {
            self.learn(id, || Evidence::Refused(cause.clone()));
        }
        let retry = context.retry_at(self.attempts(id), None);
        // Smaller requests with the same items need no backoff: the refusal concerned the size or one item, not the load.
        let parts_at = context.retry_at_once();
        let splits = self.batch(id).len() > 1 && self.may_wait_until(parts_at, context.now);
        match class {
            ResponseClass::Retry => self.retry_batch(id, retry, &StopReason::Refused(cause), context),
            ResponseClass::NotProcessed | ResponseClass::Renewed => {
                self.retry_batch(id, retry, &StopReason::NotProcessed(cause), context);
            }
            ResponseClass::Already => self.close_as_already(id),
            ResponseClass::Stop | ResponseClass::Credential => {
                self.stop_refusals += 1;
                let why = StopReason::Refused(cause);
                self.close_batch(id, &why);
                // Before the first 2xx, a 403 most likely concerns every request: wrong tenant, missing scope. After one, it may concern
                // the items of this batch alone, so only the third in a row stops the run. A refused credential stops it at once.
                if class == ResponseClass::Credential || !self.had_success || self.stop_refusals >= MAX_STOP_REFUSALS {
                    self.stop(why);
                }
            }
            ResponseClass::TooLarge if splits => {
                let size = self.ceiling.handle_too_large(self.batch(id).len());
                self.split(id, size, parts_at);
            }
            ResponseClass::Bisect if splits => self.bisect(id, parts_at),
            // `Ok` and `Uncertain` are never the class of a refusal.
            ResponseClass::Final
            | ResponseClass::TooLarge
            | ResponseClass::Bisect
            | ResponseClass::Ok
            | ResponseClass::Uncertain => self.close_batch(id, &StopReason::Refused(cause)),
        }
    }

    /// The host responded, though not to a batch (to the poll of a job): it is reachable.
    pub(crate) fn handle_response(&mut self) {
        self.connection_failures = 0;
    }

    /// A batch got a 2xx, possibly one that only names a job.
    pub(crate) fn handle_passed(&mut self) {
        self.had_success = true;
        self.connection_failures = 0;
        self.stop_refusals = 0;
        if self.bisection.handle_passed() {
            self.unpark();
        }
    }

    /// Every item of a batch already was in the requested state: `DELETE` → 404 "Gone".
    ///
    /// That is a success only after an attempt with an unknown result, which must then have applied the items. Without one, another client
    /// deleted them, or they never existed: the items end as refused.
    fn close_as_already(&mut self, id: BatchId) {
        let unsent = self.unsent_reason();
        self.close_batch_with(id, |evidence| match evidence {
            Evidence::Uncertain(_) => Settlement::Succeeded { earlier: true },
            evidence => evidence.settlement(&unsent),
        });
    }

    /// Bisects a batch that was refused because of some of its items, unless the trial showed that this does not help.
    pub(super) fn bisect(&mut self, id: BatchId, parts_at: RetryAt) {
        // The batch was refused, so each of its items has evidence: none ends with the reason `unsent`.
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

    /// The trial bisection has ended: bisects or refuses the batches that waited for it.
    pub(super) fn unpark(&mut self) {
        for (id, parts_at) in std::mem::take(&mut self.parked) {
            self.bisect(id, parts_at);
        }
    }

    /// Replaces a refused batch by smaller ones, which leave next, or at the time that the server asked for. A split does not count as an
    /// attempt: with `max_attempts` 5, one bad item among 1000 takes 10 refusals to find.
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

    /// An item is done before its batch ends: a job reported it while it still runs.
    pub(crate) fn handle_done(&mut self, id: ItemId) -> Option<Settlement<C>> {
        self.settle_now(id, Settlement::Succeeded { earlier: false })
    }

    /// Handles the entry of one item in the response to a batch. Returns how the item ended; `None`: it is retried.
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
        // `{"id":"a","status":404}` after a timed-out delete can mean that the first attempt deleted the item. An `already(…)` list
        // contains all such codes: a failure that is not in it proves that the first attempt did not apply the item.
        let failed = |before: Option<C>| match before {
            Some(cause) if !self.limits.knows_already => Settlement::FailedLater(cause),
            _ => Settlement::Failed,
        };
        let refused = |before: Option<C>, cause| before.map_or(Settlement::Refused(cause), Settlement::Unknown);
        let own = if let ItemClass::Retry { delay, .. } = class { delay } else { None };
        let retry = context.retry_at(item.attempts, own);
        // The item's evidence, how it ends without a retry, and whether its class allows one.
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
                // A refusal for now says nothing about an earlier attempt, so the `already` list does not matter here.
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

    /// An item was rolled back because another one of its request failed. That one is settled, so this one is retried without it.
    pub(super) fn roll_back(&mut self, id: ItemId, cause: C, context: &AttemptContext<'_>) -> Option<Settlement<C>> {
        let item = self.items.get_mut(id.0)?;
        item.evidence.grow(Evidence::Refused(cause.clone()));
        // Three bad items, named one after the other, take four requests. These must not use up the attempts of the good items.
        item.attempts -= 1;
        let retry = context.retry_at_once();
        if !self.may_retry(id) || !self.may_wait_until(retry, context.now) {
            let settlement = self.settlement_by_evidence(id, &StopReason::Refused(cause));
            return self.settle_now(id, settlement);
        }
        self.put_off_item(id, retry.at);
        None
    }

    /// The response to a batch was read and each of its items handled. Returns when the throttle reopens, if it closes.
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
