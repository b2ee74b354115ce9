//! Ends of attempts: the evidence they give about their items, and which items are retried.

use super::super::attempt::{AttemptContext, BatchEnd, Host, Unsent};
use super::super::bisection::{BisectDecision, Bisection};
use super::super::class::{ItemClass, ResponseClass};
use super::super::ids::{BatchId, ItemId};
use super::super::ledger::ItemState;
use super::super::machine::{Batch, MAX_STOP_REFUSALS, Machine};
use super::super::settlement::{Evidence, Settlement};
use super::super::stop::StopReason;
use super::super::throttle::{Health, RetryAt};
use crate::engine::Time;
use crate::outcome::OutcomeKind;

/// An item's own refusal for now.
struct RefusedForNow<C> {
    cause: C,
    /// The delay that its entry asks for.
    delay: Option<Time>,
    is_handed_back: bool,
}

impl<C: Clone> Machine<C> {
    /// A batch that was about to leave does not, because the run ends.
    pub(crate) fn withdraw(&mut self, id: BatchId, why: &StopReason<C>) {
        self.in_flight -= 1;
        self.close_batch(id, why);
    }

    /// A batch that was about to leave may not for now.
    pub(crate) fn take_back(&mut self, id: BatchId) {
        self.in_flight -= 1;
        self.end_withheld(id);
    }

    /// A batch that was about to leave may not for now. It is sent again as it is: that it was about to leave counts for nothing.
    fn end_withheld(&mut self, id: BatchId) {
        self.for_items(id, |item| item.attempts -= 1);
        // The time of its idempotency key counts from its first request.
        if self.attempts(id) == 0
            && let Some(batch) = self.batches.get_mut(id.0)
        {
            batch.key_until = None;
        }
        if self.stopped.is_some() {
            let unsent = self.unsent_reason();
            return self.close_batch(id, &unsent);
        }
        self.relocate_batch(id, ItemState::Queued);
        // Before those that wait already, as it was before them.
        self.replays.push_front(id);
    }

    /// The body of a batch that is about to leave has this number of bytes after compression. Returns whether it leaves. If not, it is
    /// taken back, and its parts leave.
    pub(crate) fn handle_compressed(&mut self, id: BatchId, bytes: usize) -> bool {
        let sizes = self.batch(id).iter().filter_map(|item| self.items.get(item.0)).map(|item| item.bytes);
        let size = self.limits.caps.around.body(self.batch(id).len(), sizes.sum());
        match self.packing.measure(size, bytes) {
            None => true,
            Some(cap) => {
                self.handle_unsendable(id, Some((bytes, cap)));
                false
            }
        }
    }

    /// A batch did not leave: no request could be built from it, or one that is too large, with its bytes and the limit.
    pub(crate) fn handle_unsendable(&mut self, id: BatchId, too_large: Option<(usize, usize)>) {
        self.in_flight -= 1;
        self.for_items(id, |item| item.attempts -= 1);
        // The size is computed before, but a codec decides itself how many bytes a request has, and so does a compression.
        if too_large.is_some() && self.batch(id).len() > 1 && !self.is_bound(id) {
            return self.halve(id, RetryAt::default());
        }
        let unsent = || too_large.map_or(Settlement::NoRequest, |(bytes, cap)| Settlement::TooLarge { bytes, cap });
        self.close_batch_with(id, |evidence| match evidence {
            Evidence::NeverSent => unsent(),
            Evidence::Refused(cause) | Evidence::PutOff(cause) => Settlement::Refused(cause.clone()),
            // An earlier attempt may have applied it, whatever prevents this one.
            Evidence::Uncertain(cause) => Settlement::Unknown(cause.clone()),
        });
    }

    /// Handles the end of an attempt that concerns its whole batch. Returns what it says about the host.
    pub(crate) fn handle_batch_end(
        &mut self,
        id: BatchId,
        end: BatchEnd<C>,
        context: &mut AttemptContext<'_>,
    ) -> Health {
        let keeps_count = match &end {
            BatchEnd::Refused { class, .. } => {
                matches!(class, ResponseClass::Stop | ResponseClass::Credential | ResponseClass::Redirect)
            }
            end => matches!(end, BatchEnd::Withheld { .. }),
        };
        if !keeps_count {
            self.stop_refusals = 0;
        }
        self.in_flight -= 1;
        match end {
            BatchEnd::NotSent { cause, why: unsent } => {
                let why = StopReason::Unreachable(cause);
                self.patience.stall(why.clone());
                self.resend_batch(id, &why, context, None);
                match unsent {
                    // A proxy in its place says when to try again.
                    Unsent::NoConnection if context.hint.delay.is_some() => context.refusing(None),
                    Unsent::NoConnection => Health::Away,
                    Unsent::NoSocket => Health::NoSocket,
                    Unsent::ProxyRefused => {
                        self.stop(why);
                        Health::Away
                    }
                }
            }
            BatchEnd::Invalid { cause } => {
                self.close_batch_with(id, |evidence| match evidence {
                    Evidence::NeverSent => Settlement::Invalid(cause.clone()),
                    evidence => evidence.settlement(&StopReason::Refused(cause.clone())),
                });
                Health::Good
            }
            BatchEnd::Unsigned { cause } => {
                self.for_items(id, |item| item.attempts -= 1);
                self.close_batch_with(id, |evidence| match evidence {
                    Evidence::NeverSent => Settlement::Unsigned(cause.clone()),
                    evidence => evidence.settlement(&StopReason::Refused(cause.clone())),
                });
                Health::Good
            }
            BatchEnd::Withheld { .. } => {
                self.end_withheld(id);
                Health::Good
            }
            BatchEnd::Uncertain { cause, host } => self.end_uncertain(id, cause, host, context),
            // A job whose end was not awaited may still run: starting it again would apply items while the first job does.
            BatchEnd::GivenUp { cause } => {
                self.learn(id, || Evidence::Uncertain(cause.clone()));
                self.close_batch(id, &StopReason::Refused(cause));
                Health::Good
            }
            BatchEnd::Refused { class, cause } => {
                let is_alone = class == ResponseClass::NotProcessed && self.note_absence(id);
                self.end_refused(id, class, cause, is_alone, context);
                match class {
                    ResponseClass::Retry => context.refusing(None),
                    _ if context.hint.throttled => context.refusing(None),
                    ResponseClass::NotProcessed | ResponseClass::Renewed if context.hint.delay.is_some() => {
                        context.refusing(None)
                    }
                    ResponseClass::NotProcessed if is_alone => Health::Unusable,
                    ResponseClass::NotProcessed => Health::Absent,
                    _ => Health::Good,
                }
            }
        }
    }

    /// An attempt ended with an unknown result.
    fn end_uncertain(&mut self, id: BatchId, cause: C, host: Host, context: &mut AttemptContext<'_>) -> Health {
        self.learn(id, || Evidence::Uncertain(cause.clone()));
        match host {
            Host::Responds => self.note_answer(),
            Host::Fails | Host::BehindGateway => self.stall(cause.clone()),
        }
        let why = StopReason::Refused(cause);
        // While a gateway responds in place of the host to all requests, that uses up no attempts. If it does so to this batch alone, that is
        // like any other failure.
        let is_outage = self.limits.idempotent && host == Host::BehindGateway && !self.note_absence(id);
        if is_outage {
            if self.batch(id).iter().all(|item| self.has_attempts(*item)) {
                self.resend_batch(id, &why, context, None);
            } else {
                self.retry_batch(id, &why, context);
            }
        } else {
            self.spend(id);
            // A "create" that timed out may have created the item. Only the declaration says whether a second one is harmless.
            if self.limits.idempotent {
                self.retry_batch(id, &why, context);
            } else {
                self.close_batch(id, &why);
            }
        }
        match host {
            _ if context.hint.throttled || is_outage && context.hint.delay.is_some() => context.refusing(None),
            Host::Responds => Health::Good,
            Host::BehindGateway if is_outage => Health::Absent,
            Host::Fails | Host::BehindGateway => Health::Unusable,
        }
    }

    /// The host did not process a batch, or a gateway responded in its place. Others leave before the batch until the host answers one. Returns
    /// whether it answers others of the run already: since this batch left, or since the last time that it was not processed.
    fn note_absence(&mut self, id: BatchId) -> bool {
        self.is_outage = true;
        let present = self.outages;
        let mut is_alone = self.batches.get(id.0).is_some_and(|batch| batch.answers < self.answers);
        self.for_items(id, |item| is_alone |= item.outage.replace(present).is_some_and(|before| before != present));
        if let Some(batch) = self.batches.get_mut(id.0) {
            batch.outage = Some(present);
        }
        is_alone
    }

    /// A response refused a whole batch.
    fn end_refused(
        &mut self,
        id: BatchId,
        class: ResponseClass,
        cause: C,
        is_alone: bool,
        context: &mut AttemptContext<'_>,
    ) {
        match class {
            // A request that the server did not process (421, 425) counts as never sent: it is not evidence.
            ResponseClass::NotProcessed => {}
            ResponseClass::Retry | ResponseClass::Renewed => self.learn(id, || Evidence::PutOff(cause.clone())),
            _ => self.learn(id, || Evidence::Refused(cause.clone())),
        }
        if matches!(class, ResponseClass::Retry | ResponseClass::NotProcessed | ResponseClass::Renewed) {
            self.stall(cause.clone());
            let why = self.out_of_patience(Some(cause));
            // The throttle does not close for a batch that alone is not processed, unless the server asks for a delay.
            let later = (is_alone && context.hint.delay.is_none()).then(|| {
                self.for_items(id, |item| item.delays += 1);
                context.retry_at(self.delays(id), None).at
            });
            return self.resend_batch(id, &why, context, later);
        }
        self.note_answer();
        // Smaller requests with the same items need no backoff: the refusal concerned the size or one item, not the load.
        let parts_at = context.retry_at_once();
        let splits = self.batch(id).len() > 1 && !self.is_bound(id) && self.may_wait_until(parts_at, context.now);
        match class {
            ResponseClass::Already if !self.has_mixed_evidence(id) => self.close_as_already(id),
            ResponseClass::Already if splits => self.part_by_evidence(id, parts_at),
            ResponseClass::Stop | ResponseClass::Credential | ResponseClass::Redirect => {
                self.stop_refusals += 1;
                let why = StopReason::Refused(cause);
                self.leave_batch(id, &why);
                // Before the first 2xx, a 403 most likely concerns every request: wrong tenant, missing scope. After one, it may concern
                // the items of this batch alone, so only the third in a row stops the run. Any other stops it at once.
                if class != ResponseClass::Stop || !self.had_success || self.stop_refusals >= MAX_STOP_REFUSALS {
                    self.stop(why);
                }
            }
            ResponseClass::TooLarge if splits => self.split_by_bytes(id, parts_at),
            ResponseClass::Bisect if splits => self.bisect(id, parts_at),
            // `Ok` and `Uncertain` are never the class of a refusal; the refusals for now are handled above. Of mixed evidence, `Already` does
            // not say which items are meant.
            ResponseClass::Final
            | ResponseClass::Already
            | ResponseClass::TooLarge
            | ResponseClass::Bisect
            | ResponseClass::Ok
            | ResponseClass::Retry
            | ResponseClass::NotProcessed
            | ResponseClass::Renewed
            | ResponseClass::Uncertain => self.close_batch(id, &StopReason::Refused(cause)),
        }
    }

    /// A batch got a 2xx, possibly one that only names a job.
    pub(crate) fn handle_passed(&mut self) {
        self.had_success = true;
        self.stop_refusals = 0;
        if self.bisection.handle_passed() {
            self.unpark();
        }
    }

    /// Returns whether some items of a batch are uncertain and others are not.
    fn has_mixed_evidence(&self, id: BatchId) -> bool {
        let uncertain = self.batch(id).iter().filter(|item| self.uncertain(**item).is_some()).count();
        uncertain > 0 && uncertain < self.batch(id).len()
    }

    /// Separates the uncertain items of a batch from the others. "Gone" for `a b` may be about `b` alone, which another client deleted.
    fn part_by_evidence(&mut self, id: BatchId, parts_at: RetryAt) {
        let (uncertain, others) = self.batch(id).iter().partition(|item| self.uncertain(**item).is_some());
        self.split(id, vec![uncertain, others], parts_at);
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
                self.halve(id, parts_at);
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

    /// Replaces a batch by its halves.
    fn halve(&mut self, id: BatchId, parts_at: RetryAt) {
        let (first, second) = self.batch(id).split_at(self.batch(id).len().div_ceil(2));
        let parts = vec![first.to_vec(), second.to_vec()];
        self.split(id, parts, parts_at);
    }

    /// Replaces a batch that was too large by smaller ones. A single item that is too large does not make all later requests small.
    fn split_by_bytes(&mut self, id: BatchId, parts_at: RetryAt) {
        let caps = self.limits.caps;
        let size = |id: &ItemId| Some((*id, self.items.get(id.0)?.bytes));
        let sized: Vec<(ItemId, usize)> = self.batch(id).iter().filter_map(size).collect();
        let total = sized.iter().map(|(_, size)| size).sum();
        let most = self.ceiling.handle_too_large(caps.body(sized.len(), total));
        let (mut parts, mut part, mut bytes) = (Vec::new(), Vec::new(), 0);
        for (id, size) in sized {
            if !part.is_empty() && caps.body(part.len() + 1, bytes + size) > most {
                parts.push(std::mem::take(&mut part));
                bytes = 0;
            }
            part.push(id);
            bytes += size;
        }
        parts.push(part);
        self.split(id, parts, parts_at);
    }

    /// Replaces a refused batch by smaller ones, which leave next, or at the time that the server asked for. A split does not count as an
    /// attempt: with `max_attempts` 5, one bad item among 1000 takes 10 refusals to find.
    pub(super) fn split(&mut self, id: BatchId, parts: Vec<Vec<ItemId>>, parts_at: RetryAt) {
        let Some(Batch { trial, .. }) = self.batches.remove(id.0) else { return };
        if trial {
            self.bisection.handle_split(parts.len());
        }
        let parts: Vec<BatchId> = parts.into_iter().map(|part| self.make_batch(part, trial)).collect();
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

    /// The response to a batch names each of its items as done. Returns the items, and what that says about the host.
    pub(crate) fn handle_all_done(&mut self, id: BatchId, context: &mut AttemptContext<'_>) -> (Vec<ItemId>, Health) {
        let items = self.batches.get_mut(id.0).map(|batch| std::mem::take(&mut batch.items)).unwrap_or_default();
        for item in &items {
            self.leave_ledger(*item, OutcomeKind::Succeeded);
            self.items.free(item.0);
        }
        (items, self.handle_end(id, context))
    }

    /// Handles the entry of one item in the response to a batch. Returns how the item ended; `None`: it is retried.
    pub(crate) fn handle_item(
        &mut self,
        batch: BatchId,
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
        let failed = |before: Option<C>, is_listable| match before {
            Some(cause) if !(self.limits.knows_already && is_listable) => Settlement::FailedLater(cause),
            _ => Settlement::Failed,
        };
        let is_head = self.batch(batch).first() == Some(&id);
        match class {
            ItemClass::Done => self.settle_now(id, Settlement::Succeeded { earlier: false }),
            ItemClass::Failed { is_listable } => self.settle_now(id, failed(before, is_listable)),
            ItemClass::Already if before.is_some() => self.settle_now(id, Settlement::Succeeded { earlier: true }),
            ItemClass::Already => self.settle_now(id, Settlement::Failed),
            // Without a failed item, a retry without the failed ones would be the same request again.
            ItemClass::RolledBack(cause) if context.has_progress => self.roll_back(id, cause, context),
            ItemClass::RolledBack(cause) => {
                self.refuse_for_now(id, RefusedForNow { cause, delay: None, is_handed_back: true }, is_head, context)
            }
            ItemClass::Retry { cause, throttled, delay } => {
                if throttled {
                    self.note_throttled(context.refusing(delay));
                }
                self.refuse_for_now(id, RefusedForNow { cause, delay, is_handed_back: false }, is_head, context)
            }
            ItemClass::Unprocessed(cause) => {
                self.refuse_for_now(id, RefusedForNow { cause, delay: None, is_handed_back: true }, is_head, context)
            }
            ItemClass::Uncertain(cause) => self.leave_uncertain(id, cause, context),
        }
    }

    /// An item's own 429 concerns the whole host. The longest delay that any item asks for counts.
    fn note_throttled(&mut self, health: Health) {
        self.throttled = Some(match (self.throttled, health) {
            (Some(Health::Refusing(before)), Health::Refusing(at)) => Health::Refusing(before.max(at)),
            _ => health,
        });
    }

    /// A response puts an item off: the server did not act on it, so it uses up no attempt. `is_head`: it is the first of its request.
    fn refuse_for_now(
        &mut self,
        id: ItemId,
        refusal: RefusedForNow<C>,
        is_head: bool,
        context: &mut AttemptContext<'_>,
    ) -> Option<Settlement<C>> {
        let RefusedForNow { cause, delay, is_handed_back } = refusal;
        let clock = self.patience.clock();
        self.last_put_off = Some(cause.clone());
        let item = self.items.get_mut(id.0)?;
        item.evidence.grow(Evidence::PutOff(cause.clone()));
        item.put_off.get_or_insert(clock);
        item.heads += u32::from(is_head);
        // A server that does a part of each request, and hands the rest back, gets the next request soon.
        item.delays = if is_handed_back && context.has_progress { 1 } else { item.delays + 1 };
        let retry = context.retry_at(item.delays, delay);
        item.told = if retry.requested { retry.at.saturating_sub(context.now) } else { Time::ZERO };
        // An item that only its batch's key protects is not sent in another batch.
        let is_bound = self.limits.key_valid.is_some() && self.uncertain(id).is_some();
        let has_patience = self.has_patience(id, retry.at.saturating_sub(context.now));
        if is_bound || !has_patience || !self.may_wait_until(retry, context.now) {
            // A refusal for now says nothing about an earlier attempt.
            let settlement = self.settlement_by_evidence(id, &StopReason::Refused(cause));
            return self.settle_now(id, settlement);
        }
        let retry = context.pay(1, self.limits.caps.max, retry);
        self.put_off_item(id, retry.at);
        None
    }

    /// A response does not show the result of an item.
    fn leave_uncertain(&mut self, id: ItemId, cause: C, context: &mut AttemptContext<'_>) -> Option<Settlement<C>> {
        let item = self.items.get_mut(id.0)?;
        item.evidence.grow(Evidence::Uncertain(cause.clone()));
        item.spent += 1;
        item.delays += 1;
        let retry = context.retry_at(item.delays, None);
        let may_regroup = self.limits.idempotent && self.limits.key_valid.is_none();
        if !(may_regroup && self.has_attempts(id) && self.may_wait_until(retry, context.now)) {
            return self.settle_now(id, Settlement::Unknown(cause));
        }
        let retry = context.pay(1, self.limits.caps.max, retry);
        self.put_off_item(id, retry.at);
        None
    }

    /// An item was rolled back because another one of its request failed. That one is settled, so this one is retried without it. Three bad
    /// items, named one after the other, take four requests: these use up no attempts of the good items.
    pub(super) fn roll_back(&mut self, id: ItemId, cause: C, context: &AttemptContext<'_>) -> Option<Settlement<C>> {
        self.items.get_mut(id.0)?.evidence.grow(Evidence::PutOff(cause.clone()));
        let retry = context.retry_at_once();
        let is_bound = self.limits.key_valid.is_some() && self.uncertain(id).is_some();
        if is_bound || !self.has_patience(id, Time::ZERO) || !self.may_wait_until(retry, context.now) {
            let settlement = self.settlement_by_evidence(id, &StopReason::Refused(cause));
            return self.settle_now(id, settlement);
        }
        self.put_off_item(id, retry.at);
        None
    }

    /// The response to a batch was read and each of its items handled. Returns what it says about the host.
    pub(crate) fn handle_end(&mut self, id: BatchId, context: &mut AttemptContext<'_>) -> Health {
        self.in_flight -= 1;
        self.batches.remove(id.0);
        context.budget.handle_passed();
        self.ceiling.handle_passed();
        self.handle_passed();
        match self.last_put_off.take() {
            // The server put every item off: that is a refusal for now in another form.
            Some(cause) if !context.has_progress => self.stall(cause),
            _ => self.note_answer(),
        }
        let throttled = context.hint.throttled.then(|| context.refusing(None));
        self.throttled.take().or(throttled).unwrap_or(Health::Good)
    }
}
