//! Responses: the ends of attempts are read, classified, and passed to the engine.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::super::bulk_response::BulkResponse;
use super::super::event::Event;
use super::Driver;
use super::job::{Job, failed_job};
use super::meter::{Meter, RetryReason};
use super::outcomes::body_bytes;
use super::remote::{FinishedAttempt, Remote};
use super::tracked::{CauseOf, Tracked};
use crate::client::transport::{Response, TransportError, TransportErrorKind};
use crate::client::{Permit, TokenUse};
use crate::engine::{
    AttemptContext, BatchEnd, BatchId, FailureClass, Health, Host, ItemClass, ItemId, ResponseClass, RetryHint, Time,
};
use crate::item::BulkItem;
use crate::outcome::{Outcome, RefusalKind, Success};
use crate::reply::{ApiError, BulkReply, Detail, Finding, RawResponse, Unlisted, Verdict};
use crate::response::{
    AttemptEnd, BatchKeys, Cause, FindingOf, Findings, Reading, ReadingOf, SentItem, attempt_end, class_of_failure,
    delay_inside, delay_of_error, error_in_body, hint_of_error, refused_in_body, refused_item, retry_hint,
};
use crate::uncertainty_kind::UncertaintyKind;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Handles the attempts that have ended. Returns whether there were any.
    pub(super) fn poll_attempts(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        while let Poll::Ready(Some((finished, result))) = Pin::new(&mut self.remote.attempts).poll_next(cx) {
            any = true;
            let batch = finished.batch;
            self.handle_attempt(finished, result);
            self.remote.close_span(batch, self.machine.serial(batch));
            // The consumer of a stream takes these outcomes first, so that the outbox stays small.
            if !self.outlet.outbox.is_empty() {
                break;
            }
        }
        any
    }

    pub(super) fn handle_attempt(&mut self, finished: FinishedAttempt<R>, result: Result<Response, TransportError>) {
        let FinishedAttempt { batch, request, permit, token, job } = finished;
        self.meter.ended(request, Meter::result(&result), || self.remote.client.clock().now());
        if let Some(job) = job {
            return self.handle_poll(job, permit, token, result);
        }
        let status = result.as_ref().ok().map(|response| response.status);
        let bytes = body_bytes(&result);
        let items = self.recorded_items(batch);
        self.remote.log_end(batch, status);
        let mut hint = result.as_ref().map_or_else(hint_of_error, |response| retry_hint(response, &R::SHAPE));
        // No list takes a 2xx for a refusal for now, so the body of a success is not searched for a delay.
        let refused = result.as_ref().ok().filter(|response| !(200..300).contains(&response.status));
        let of_error = refused.and_then(delay_of_error::<E>);
        let responded = has_responded(&result);
        let kind = result.as_ref().err().map(|error| error.kind);
        let is_withheld = kind == Some(TransportErrorKind::Withheld);
        let was_not_sent = is_withheld || kind == Some(TransportErrorKind::Unsigned);
        let reading = result.as_ref().ok().and_then(|response| self.read_refusal(batch, response));
        let end = self.attempt_end(result);
        // A 401 or a 421 says nothing about items, even if its body looks like an entry list: `{"errors":[{"id":"a"}]}` under 401 means
        // that the token was refused. The request is retried with another token, or the run stops.
        let unread = [ResponseClass::Credential, ResponseClass::NotProcessed];
        let is_unread = matches!(&end, AttemptEnd::Batch(BatchEnd::Refused { class, .. }) if unread.contains(class));
        let reading = reading.filter(|_| !is_unread);
        let end = self.check_token(end, token, reading.is_some());
        if let AttemptEnd::Batch(end @ BatchEnd::Refused { class: ResponseClass::Retry, .. }) = &end {
            hint.delay = hint.delay.max(of_error).max(delay_inside(end));
        }
        // What refuses or leaves open the whole batch. A text for every success would cost an allocation a request.
        let whole = if reading.is_none() && matches!(end, AttemptEnd::Batch(_)) { Some(end.describe()) } else { None };
        if self.outlet.collects {
            let ended = self.now().saturating_sub(self.started.unwrap_or_default());
            self.outlet.state.lock().history.ended(request, ended, status, whole.as_deref());
        }
        let described = if self.recorder.is_some() { whole.clone() } else { None };
        let jitter = self.jitter.f64();
        let (reason, unsent) = (RetryReason::of(&end, reading.is_some()), self.unsent());
        let health = match (reading, end) {
            (Some((response, reading)), _) => self.handle_reading((batch, request), &response, reading, hint, jitter),
            (None, AttemptEnd::Batch(end)) => {
                self.note_response_size(batch, bytes);
                self.handle_batch_end(batch, end, hint, jitter)
            }
            (None, AttemptEnd::Items(response)) => {
                let reading = self.read(batch, &response, None);
                self.handle_reading((batch, request), &response, reading, hint, jitter)
            }
        };
        self.meter.retried(self.unsent().saturating_sub(unsent), reason);
        self.note_withheld(&items, whole.as_deref().filter(|_| is_withheld));
        let end = || described.unwrap_or_else(|| format!("response {}", status.unwrap_or_default()));
        self.record_end_of((request as u64, batch), &items, status, !is_withheld, end);
        self.emit(&Event::Ended { request, status });
        // The permit is released last: its end may wake other runs of the client.
        self.settle_others();
        if was_not_sent {
            // The host saw nothing.
            return permit.into_iter().for_each(Permit::give_back);
        }
        let why = || whole.unwrap_or_else(|| throttled(status.unwrap_or_default())).into();
        self.end_permit(permit, health, responded, why);
    }

    /// The number of occurrences that wait to be sent, for the first time or again.
    fn unsent(&self) -> usize {
        let counters = self.machine.counters();
        counters.queued + counters.waiting - self.machine.verifying()
    }

    /// Classifies the end of an attempt, before its body is read for items.
    fn attempt_end(&self, result: Result<Response, TransportError>) -> AttemptEnd<R::Failure, E> {
        let Remote { endpoint, origin, .. } = &self.remote;
        // A decoder may be the user's code. Its panic makes the items uncertain, and has no other effect.
        catch_unwind(AssertUnwindSafe(|| attempt_end::<R::Failure, E>(result, &endpoint.spec, origin)))
            .unwrap_or_else(|_| AttemptEnd::Batch(BatchEnd::Uncertain { cause: panicked(), host: Host::Responds }))
    }

    /// Reports the end of an attempt to the credentials. A 401 whose token can be replaced does not refuse the batch: it is retried.
    fn check_token(
        &self,
        mut end: AttemptEnd<R::Failure, E>,
        token: TokenUse,
        names_items: bool,
    ) -> AttemptEnd<R::Failure, E> {
        match (self.remote.client.fetched(), &mut end) {
            // A response that is about items proves that the token is valid, also under a 4xx.
            (Some(fetched), AttemptEnd::Items(_)) => fetched.handle_accepted(token),
            (Some(fetched), _) if names_items => fetched.handle_accepted(token),
            // The server did not process the request, so a retry with another token is safe on any endpoint.
            (Some(fetched), AttemptEnd::Batch(BatchEnd::Refused { class: class @ ResponseClass::Credential, .. }))
                if fetched.handle_refused(token) =>
            {
                *class = ResponseClass::Renewed;
            }
            // A fixed token cannot be replaced. If other requests with it succeeded, a 401 may concern this batch alone, as a 403 may:
            // it ends the batch, and the third in a row stops the run.
            (None, AttemptEnd::Batch(BatchEnd::Refused { class: class @ ResponseClass::Credential, .. })) => {
                *class = ResponseClass::Stop;
            }
            _ => {}
        }
        end
    }

    /// Ends a request's permit: closes or reopens the throttle for all runs of the client.
    pub(super) fn end_permit(
        &mut self,
        permit: Option<Permit>,
        health: Health,
        responded: bool,
        why: impl FnOnce() -> Arc<str>,
    ) {
        let jitter = self.jitter.f64();
        if let Some(permit) = permit {
            permit.end(health, responded, jitter, why);
        }
    }

    /// Reads a non-2xx response for items, if the reply declares its status (`on(400)`) and the body names items. Otherwise the status
    /// alone decides.
    fn read_refusal(&self, batch: BatchId, response: &Response) -> Option<(Response, ReadingOf<R>)> {
        if (200..300).contains(&response.status) || R::SHAPE.under(response.status).is_none() {
            return None;
        }
        let reading = self.read(batch, response, None);
        (!matches!(reading, Reading::NotItems)).then(|| (response.clone(), reading))
    }

    fn handle_reading(
        &mut self,
        (batch, request): (BatchId, usize),
        response: &Response,
        reading: ReadingOf<R>,
        hint: RetryHint,
        jitter: f64,
    ) -> Health {
        let kept = self.keep_response(request, response, &reading, None);
        // The outcomes of items that are all done hold nothing of the response, and get it at once.
        if !matches!(reading, Reading::Done { .. }) {
            self.note_response_size(batch, response.body.as_ref().ok().map(Bytes::len));
            self.note_response(batch, &kept);
        }
        let spec = &self.remote.endpoint.spec;
        let end = match reading {
            Reading::Done { accepted, status } => {
                return self.handle_all_done(batch, (accepted, status), &kept, hint, jitter);
            }
            Reading::Items { findings, .. } => {
                return self.handle_items(batch, response.status, findings, hint, jitter);
            }
            Reading::Unknown(kind, detail) => {
                let cause = Cause::uncertain_under(Some(response.status), kind, detail);
                BatchEnd::Uncertain { cause, host: Host::Responds }
            }
            // Never the reading of a 2xx; `read_refusal` filters it out for other statuses.
            Reading::NotItems => BatchEnd::Uncertain {
                cause: Cause::uncertain_under(
                    Some(response.status),
                    UncertaintyKind::Undecodable,
                    "the response names no item",
                ),
                host: Host::Responds,
            },
            // `{"job":"7","status":"failed"}`: the job may have applied a part.
            Reading::Refused { code, message, job: Some(handle), .. } if spec.partial => {
                BatchEnd::Uncertain { cause: failed_job(&handle, code, message), host: Host::Responds }
            }
            Reading::Refused { status, code, message, .. } => {
                refused_in_body::<_, E>(response, status, code, message, spec)
            }
            Reading::Error { misfits } => {
                let read = || error_in_body::<_, E>(response, misfits.as_ref(), spec);
                // The error type may be the user's code.
                let end = catch_unwind(AssertUnwindSafe(read))
                    .unwrap_or_else(|_| BatchEnd::Uncertain { cause: panicked(), host: Host::Responds });
                let is_for_now = matches!(&end, BatchEnd::Refused { class: ResponseClass::Retry, .. });
                let declared = if is_for_now { delay_of_error::<E>(response) } else { None };
                let hint = RetryHint { delay: hint.delay.max(declared).max(delay_inside(&end)), ..hint };
                return self.handle_batch_end(batch, end, hint, jitter);
            }
            Reading::Pending { job, so_far, .. } => match self.await_job(kept, batch, job, so_far, response) {
                Ok(()) => return Health::Good,
                // The job may still be working on the items, so they are not retried, even where that is safe.
                Err(detail) => BatchEnd::GivenUp { cause: Cause::uncertain(UncertaintyKind::Pending, detail) },
            },
        };
        self.handle_batch_end(batch, end, hint, jitter)
    }

    /// Reads the findings of a response about the items of a batch. `polled` is the job that a poll asked about.
    pub(super) fn read(&self, batch: BatchId, response: &Response, polled: Option<&Job<R>>) -> ReadingOf<R> {
        let panicked = || Reading::Unknown(UncertaintyKind::Panicked, PANICKED.to_owned());
        let remote = &self.remote;
        // A body that was cut off names no item: its status and what came of it decide.
        let Ok(body) = &response.body else { return Reading::NotItems };
        let raw = RawResponse::new(response.status, &response.headers, body);
        let items = self.machine.batch(batch).iter().filter_map(|id| self.tracked[id.0 as usize].as_ref());
        // Keys are compared with encodings byte by byte only if an encoding is the item's JSON, which it is not in a query or a form.
        let layout = &remote.endpoint.parts.layout;
        let plain = layout.is_plain();
        let sent = items.map(|tracked| SentItem {
            item: tracked.item.borrow(),
            encoded: if plain { &tracked.encoded } else { &[] },
            assigned: remote.encoder.assigned(tracked.place.number as usize),
        });
        let mut keys = BatchKeys::new(sent, layout.group());
        if let Some(job) = polled {
            let told = job.so_far.iter().enumerate().filter(|(_, finding)| finding.is_some());
            keys = keys.with_told(told.map(|(slot, _)| slot).collect()).among(&job.absent);
        }
        let polled = polled.map(|job| &job.handle);
        catch_unwind(AssertUnwindSafe(|| (remote.read)(&raw, &remote.endpoint.spec, &keys, polled)))
            .unwrap_or_else(|_| panicked())
    }

    /// Passes an end that concerns the whole batch to the engine. Returns what it says about the host.
    pub(super) fn handle_batch_end(
        &mut self,
        batch: BatchId,
        end: BatchEnd<CauseOf<R, E>>,
        hint: RetryHint,
        jitter: f64,
    ) -> Health {
        let had_stopped = self.machine.stopped().is_some();
        let now = self.now();
        let mut budget = self.remote.client.budget();
        let mut context = AttemptContext { now, jitter, budget: &mut budget, hint, has_progress: false };
        let health = self.machine.handle_batch_end(batch, end, &mut context);
        // The events below call the caller's code: not while the client's budget is locked.
        drop(budget);
        if !had_stopped {
            self.note_stop();
        }
        health
    }

    /// Passes one finding per item of a batch to the engine. Returns what the response says about the host.
    pub(super) fn handle_items(
        &mut self,
        batch: BatchId,
        status: u16,
        findings: Findings<R>,
        hint: RetryHint,
        jitter: f64,
    ) -> Health {
        // `classify` and `conclude` may call the caller's code. They run before and after the engine, never while the client's budget is
        // locked.
        let ids: Vec<ItemId> = self.machine.batch(batch).to_vec();
        let mut classified: Vec<_> = findings.into_iter().map(|finding| self.classify(status, finding)).collect();
        let together = retry_together::<R, E>(&mut classified);
        let hint = RetryHint { delay: hint.delay.max(together), ..hint };
        let has_progress = !classified.iter().all(|(class, _)| class.puts_off());
        let (settlements, health) = {
            let client = &self.remote.client;
            let (now, mut budget) = (client.clock().now(), client.budget());
            let mut context = AttemptContext { now, jitter, budget: &mut budget, hint, has_progress };
            let mut settlements = Vec::with_capacity(classified.len());
            for (id, (class, finding)) in ids.into_iter().zip(classified) {
                match self.machine.handle_item(batch, id, class, &mut context) {
                    Some(settlement) => settlements.push((id, settlement, finding)),
                    // It is retried, perhaps much later.
                    None => self.tracked[id.0 as usize].iter_mut().for_each(Tracked::detach),
                }
            }
            (settlements, self.machine.handle_end(batch, &mut context))
        };
        for (id, settlement, finding) in settlements {
            self.conclude(id, settlement, finding);
        }
        health
    }

    /// Settles the items of a batch, which are all done, with the HTTP status of each. Returns what the response says about the host.
    fn handle_all_done(
        &mut self,
        batch: BatchId,
        (accepted, status): (bool, Option<u16>),
        response: &Arc<BulkResponse<R>>,
        hint: RetryHint,
        jitter: f64,
    ) -> Health {
        let (items, health) = {
            let client = &self.remote.client;
            let (now, mut budget) = (client.clock().now(), client.budget());
            let mut context = AttemptContext { now, jitter, budget: &mut budget, hint, has_progress: true };
            self.machine.handle_all_done(batch, &mut context)
        };
        for id in items {
            let success = Success { earlier: false, accepted, status, body: None };
            let response = if self.outlet.collects { None } else { Some(response.clone()) };
            self.settle_with(id, Outcome::Succeeded(success), response, true);
        }
        health
    }

    /// Settles the items of a batch about which a job has reported, although the batch has not ended.
    pub(super) fn settle_told(&mut self, batch: BatchId, so_far: Vec<Option<FindingOf<R>>>) {
        let ids: Vec<ItemId> = self.machine.batch(batch).to_vec();
        for (id, finding) in ids.into_iter().zip(so_far) {
            let Some(finding) = finding else { continue };
            let (class, finding) = self.classify(200, finding);
            let settlement = match class {
                ItemClass::Done => self.machine.handle_done(id),
                ItemClass::Failed { .. } | ItemClass::Already => {
                    let (now, jitter, hint) = (self.now(), 0.0, RetryHint::default());
                    let mut budget = self.remote.client.budget();
                    let mut context = AttemptContext { now, jitter, budget: &mut budget, hint, has_progress: true };
                    self.machine.handle_item(batch, id, class, &mut context)
                }
                // Nothing is retried while the job may still work on it.
                _ => None,
            };
            if let Some(settlement) = settlement {
                self.conclude(id, settlement, finding);
            }
        }
    }

    /// Classifies a finding by the declared classes.
    fn classify(&self, status: u16, finding: FindingOf<R>) -> Classified<R, E> {
        let class = match &finding {
            Finding::Succeeded { .. } => ItemClass::Done,
            Finding::Failed(failure) => {
                // The failure's methods and the `already` predicate may be the user's code.
                catch_unwind(AssertUnwindSafe(|| self.classify_failure(status, failure)))
                    .unwrap_or_else(|_| ItemClass::Uncertain(panicked()))
            }
            Finding::Unprocessed => ItemClass::Unprocessed(refused_item(status, RefusalKind::Unprocessed, None, None)),
            Finding::RolledBack => ItemClass::RolledBack(refused_item(status, RefusalKind::RolledBack, None, None)),
            Finding::Unknown(kind, detail) => ItemClass::Uncertain(Cause::uncertain_under(Some(status), *kind, detail)),
        };
        (class, finding)
    }

    fn classify_failure(&self, status: u16, failure: &R::Failure) -> ItemClass<CauseOf<R, E>> {
        let endpoint = &self.remote.endpoint;
        // The predicate comes first: it may look at the whole failure, and is more specific than a status or a code.
        if endpoint.already.is_some_and(|already| already(failure)) {
            return ItemClass::Already;
        }
        let message = || failure.message().map(String::from);
        let own_status = failure.verdict().and_then(Verdict::http);
        match class_of_failure(failure, &endpoint.spec.classes) {
            FailureClass::Failed => {
                let has_detail = own_status.is_some() || failure.code().is_some();
                let by_silence = R::SHAPE.under(status).is_some_and(|shape| shape.unlisted == Unlisted::Failed);
                ItemClass::Failed { is_listable: has_detail || !by_silence || endpoint.already.is_some() }
            }
            FailureClass::Already => ItemClass::Already,
            FailureClass::Retry { throttled } => {
                let code = failure.code().map(String::from);
                let cause = refused_item(own_status.unwrap_or(status), RefusalKind::Unprocessed, code, message());
                ItemClass::Retry { cause, throttled, delay: failure.retry_after() }
            }
            FailureClass::Uncertain => {
                let detail =
                    message().unwrap_or_else(|| "the response does not say whether the item was applied".to_owned());
                let status = own_status.or(Some(status));
                ItemClass::Uncertain(Cause::uncertain_under(status, UncertaintyKind::Declared, detail))
            }
        }
    }
}

/// Handles an all-or-nothing request whose failed items are all refused for now, for example
/// `[{"id":"a","status":429},{"id":"b","status":424}]`: `b` was rolled back because of `a`. Both are retried together after the delay;
/// without `a`, `b` would be applied in a request of its own. Returns the longest delay that the failed items ask for.
fn retry_together<R: BulkReply, E>(classified: &mut [Classified<R, E>]) -> Option<Time> {
    if !classified.iter().all(|(class, _)| matches!(class, ItemClass::Retry { .. } | ItemClass::RolledBack(_))) {
        return None;
    }
    let (mut any_rolled_back, mut longest) = (false, None);
    for (class, _) in classified {
        match class {
            ItemClass::Retry { delay, .. } => longest = longest.max(*delay),
            ItemClass::RolledBack(cause) => {
                any_rolled_back = true;
                *class = ItemClass::Unprocessed(cause.clone());
            }
            _ => {}
        }
    }
    longest.filter(|_| any_rolled_back)
}

/// The class of an item, and the finding behind it.
type Classified<R, E> = (ItemClass<CauseOf<R, E>>, FindingOf<R>);

/// Why the throttle closed after a response about items.
pub(super) fn throttled(status: u16) -> String {
    format!("a {status} response says that the server refuses requests for now")
}

/// Returns whether the host responded, in any way, or a proxy asked for a delay in its place.
pub(super) fn has_responded(result: &Result<Response, TransportError>) -> bool {
    let by_error =
        |error: &TransportError| error.kind == TransportErrorKind::NotProcessed || hint_of_error(error).delay.is_some();
    result.as_ref().map_or_else(by_error, |_| true)
}

const PANICKED: &str = "the response decoder panicked";

pub(super) fn panicked<F, E>() -> Cause<F, E> {
    Cause::uncertain(UncertaintyKind::Panicked, PANICKED)
}
