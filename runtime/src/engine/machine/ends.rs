//! Ends of attempts: what they teach of their items, and who is sent again.

use super::super::attempt::{Moment, Said, WholeEnd};
use super::super::bisection::{Bisection, Verdict};
use super::super::class::WholeClass;
use super::super::ids::{BatchId, ItemId};
use super::super::ledger::Place;
use super::super::machine::{Batch, Machine, STOPS, UNREACHED};
use super::super::settlement::{Evidence, Ruling};
use super::super::stop::Halt;
use super::super::throttle::Wait;

impl<C: Clone> Machine<C> {
    /// A batch that was to leave did not: no request could be made of it, or, of so many bytes, none that holds the cap.
    pub(crate) fn handle_unmade(&mut self, id: BatchId, too_large: Option<usize>) {
        self.in_flight -= 1;
        let cap = self.limits.caps.max_bytes;
        let ruling = || too_large.map_or(Ruling::Unmade, |bytes| Ruling::TooLarge { bytes, cap });
        if too_large.is_some() && self.batch(id).len() > 1 {
            let size = self.ceiling.handle_too_large(self.batch(id).len());
            self.split(id, size, Wait::default());
        } else {
            self.close_batch_with(id, |evidence| match evidence {
                Evidence::NeverSent => ruling(),
                evidence => evidence.ruling(Halt::Stopped),
            });
        }
    }

    /// An attempt ended in a way that concerns its whole batch. Gives until when the gate closes, if it does.
    pub(crate) fn handle_whole(&mut self, id: BatchId, end: WholeEnd<C>, moment: &mut Moment<'_>) -> Option<Wait> {
        let again = matches!(end, WholeEnd::Refused { class: WholeClass::Again, .. });
        let closes = (again || moment.told.throttled).then(|| moment.wait(self.attempts(id), None));
        self.end_whole(id, end, moment);
        closes
    }

    fn end_whole(&mut self, id: BatchId, end: WholeEnd<C>, moment: &mut Moment<'_>) {
        self.in_flight -= 1;
        let wait = moment.wait(self.attempts(id), None);
        if !matches!(end, WholeEnd::NotSent) {
            self.unreached = 0;
        }
        if !matches!(end, WholeEnd::Refused { class: WholeClass::Stop | WholeClass::Credential, .. }) {
            self.stops = 0;
        }
        let (class, cause) = match end {
            WholeEnd::NotSent => {
                self.unreached += 1;
                self.retry_batch(id, wait, Halt::Unreachable, moment);
                if self.unreached >= UNREACHED {
                    self.halt(Halt::Unreachable);
                }
                return;
            }
            WholeEnd::Unsure { cause } => {
                self.learn(id, || Evidence::Unsure(cause.clone()));
                if self.limits.idempotent {
                    self.retry_batch(id, wait, Halt::Stopped, moment);
                } else {
                    self.close_batch(id, Halt::Stopped);
                }
                return;
            }
            WholeEnd::GivenUp { cause } => {
                self.learn(id, || Evidence::Unsure(cause.clone()));
                self.close_batch(id, Halt::Stopped);
                return;
            }
            WholeEnd::Refused { class, cause } => (class, cause),
        };
        // What the server did not look at is as if it had never been sent.
        if class != WholeClass::NotSent {
            self.learn(id, || Evidence::Refused(cause.clone()));
        }
        let parts_wait = moment.wait_if_told();
        let splits = self.batch(id).len() > 1 && self.begins(parts_wait, moment.now);
        match class {
            WholeClass::Again => self.retry_batch(id, wait, Halt::Stopped, moment),
            WholeClass::NotSent | WholeClass::Renewed => self.retry_batch(id, wait, Halt::Unseen, moment),
            WholeClass::Already => self.close_as_already(id),
            WholeClass::Stop | WholeClass::Credential => {
                self.stops += 1;
                self.close_batch(id, Halt::Stopped);
                if class == WholeClass::Credential || !self.had_success || self.stops >= STOPS {
                    self.halt(Halt::Stopped);
                }
            }
            WholeClass::TooLarge if splits => {
                let size = self.ceiling.handle_too_large(self.batch(id).len());
                self.split(id, size, parts_wait);
            }
            WholeClass::Isolate if splits => self.isolate(id, parts_wait),
            // Neither an answer nor a doubt comes as a refusal.
            WholeClass::Final
            | WholeClass::TooLarge
            | WholeClass::Isolate
            | WholeClass::Answered
            | WholeClass::Unsure => {
                self.close_batch(id, Halt::Stopped);
            }
        }
    }

    /// The host answered, though not for a batch: it is not gone.
    pub(crate) fn handle_heard(&mut self) {
        self.unreached = 0;
    }

    /// A batch was answered 2xx, also where a job will tell what became of its items.
    pub(crate) fn handle_passed(&mut self) {
        self.had_success = true;
        self.unreached = 0;
        self.stops = 0;
        if self.bisection.handle_passed() {
            self.unpark();
        }
    }

    /// Every item of a batch already was as it is to be. Only an attempt that nobody knows the end of makes that a success.
    fn close_as_already(&mut self, id: BatchId) {
        self.close_batch_with(id, |evidence| match evidence {
            Evidence::Unsure(_) => Ruling::Succeeded { earlier: true },
            evidence => evidence.ruling(Halt::Stopped),
        });
    }

    /// Bisects a batch that was refused for some item's sake, if that promises anything.
    pub(super) fn isolate(&mut self, id: BatchId, wait: Wait) {
        if self.halt.is_some() {
            return self.close_batch(id, Halt::Stopped);
        }
        let trial = self.batches.get(id.0).is_some_and(|batch| batch.trial);
        let untried = self.bisection == Bisection::Untried;
        match self.bisection.judge(trial) {
            Verdict::Split => {
                if let Some(batch) = self.batches.get_mut(id.0) {
                    batch.trial = trial || untried;
                }
                let half = self.batch(id).len().div_ceil(2);
                self.split(id, half, wait);
            }
            Verdict::Park => {
                self.relocate_batch(id, Place::Waiting);
                self.parked.push((id, wait));
            }
            Verdict::Refuse => self.close_batch(id, Halt::Stopped),
        }
    }

    /// The bisection on trial has ended: those that waited for it are judged.
    pub(super) fn unpark(&mut self) {
        for (id, wait) in std::mem::take(&mut self.parked) {
            self.isolate(id, wait);
        }
    }

    /// Replaces a refused batch by smaller ones, which leave next, or as told. A split is no attempt.
    pub(super) fn split(&mut self, id: BatchId, size: usize, wait: Wait) {
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
        if wait.told {
            parts.into_iter().for_each(|part| self.put_off(part, wait.until));
        } else {
            for part in parts.into_iter().rev() {
                self.relocate_batch(part, Place::Queued);
                self.replays.push_front(part);
            }
        }
        if let Some(why) = self.halt {
            self.drop_queued(why);
        }
    }

    /// An item is done, though its batch has not ended.
    pub(crate) fn handle_done(&mut self, id: ItemId) -> Option<Ruling<C>> {
        self.rule(id, Ruling::Succeeded { earlier: false })
    }

    /// What an answer says of one item of a batch. Gives how it ended; `None`: it is sent again.
    pub(crate) fn handle_item(&mut self, id: ItemId, said: Said<C>, moment: &mut Moment<'_>) -> Option<Ruling<C>> {
        let item = self.items.get(id.0)?;
        let doubt = match &item.evidence {
            Evidence::Unsure(cause) => Some(cause.clone()),
            _ => None,
        };
        let named_failed = |doubt: Option<C>| match doubt {
            Some(cause) if !self.limits.knows_already => Ruling::FailedAfterDoubt(cause),
            _ => Ruling::Failed,
        };
        let refused = |doubt: Option<C>, cause| doubt.map_or(Ruling::Refused(cause), Ruling::Unknown);
        let own = if let Said::Again { wait, .. } = said { wait } else { None };
        let wait = moment.wait(item.attempts, own);
        // What is left for it if it cannot be sent again, and whether it may be, from when on.
        let (evidence, ruling, again) = match said {
            Said::Done => return self.rule(id, Ruling::Succeeded { earlier: false }),
            Said::NotDone => return self.rule(id, named_failed(doubt)),
            Said::Already if doubt.is_some() => return self.rule(id, Ruling::Succeeded { earlier: true }),
            Said::Already => return self.rule(id, Ruling::Failed),
            Said::RolledBack(cause) if self.limits.isolates => return self.roll_back(id, cause, moment),
            Said::RolledBack(cause) => return self.rule(id, refused(doubt, cause)),
            Said::Again { cause, throttled, .. } => {
                self.close_gate = self.close_gate.max(throttled.then_some(wait));
                // A refusal for now tells nothing of what an earlier attempt did, whatever the endpoint lists as `already`.
                (Evidence::Refused(cause), doubt.map_or(Ruling::Failed, Ruling::FailedAfterDoubt), true)
            }
            Said::HandedBack(cause) => (Evidence::Refused(cause.clone()), refused(doubt, cause), true),
            Said::Unsure(cause) => (Evidence::Unsure(cause.clone()), Ruling::Unknown(cause), self.limits.idempotent),
        };
        let may = again && self.may_retry(id) && self.begins(wait, moment.now);
        let again = may && moment.pay(1, self.limits.caps.max, wait);
        self.items.get_mut(id.0)?.evidence.grow(evidence);
        if !again {
            return self.rule(id, ruling);
        }
        self.put_off_item(id, wait.until);
        None
    }

    /// An item was undone for the sake of another, which is now named: it is sent again without that one, as often as it takes.
    pub(super) fn roll_back(&mut self, id: ItemId, cause: C, moment: &Moment<'_>) -> Option<Ruling<C>> {
        let item = self.items.get_mut(id.0)?;
        item.evidence.grow(Evidence::Refused(cause));
        item.attempts -= 1;
        let wait = moment.wait_if_told();
        if !self.may_retry(id) || !self.begins(wait, moment.now) {
            let ruling = self.ruling_by_evidence(id, Halt::Stopped);
            return self.rule(id, ruling);
        }
        self.put_off_item(id, wait.until);
        None
    }

    /// The answer of a batch is read, each of its items handled. Gives until when the gate closes, if it does.
    pub(crate) fn handle_end(&mut self, id: BatchId, moment: &mut Moment<'_>) -> Option<Wait> {
        self.in_flight -= 1;
        let throttled = moment.told.throttled.then(|| moment.wait(self.attempts(id), None));
        self.batches.remove(id.0);
        moment.budget.handle_passed();
        self.ceiling.handle_passed();
        self.handle_passed();
        self.close_gate.take().max(throttled)
    }
}
