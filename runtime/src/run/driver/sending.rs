//! Sending: requests leave when the throttle and the token allow it.

use std::borrow::Borrow;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;

use super::super::driver::Driver;
use super::super::event::Event;
use super::kept_back::KeptBackBy;
use super::recorder::{Departure, PREPARED_FOR};
use super::remote::PendingAttempt;
use crate::client::transport::Request;
use crate::client::{Admission, Permit, Sending, Token};
use crate::engine::{BatchId, ItemId, Leaving, QuotaScope, RetryAt, StopReason, Time};
use crate::item::BulkItem;
use crate::item::uuid_of;
use crate::journal::{Intent, hash_128};
use crate::reply::{ApiError, BulkReply};
use crate::text::excerpt;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Sends the requests that may leave now. Returns whether it sent any, or stopped the run: then the rest of the input must be read.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        (self.reopens, self.kept_back_by) = (None, None);
        loop {
            let now = self.now();
            self.machine.wake(now);
            let flush = self.must_flush(now);
            let items = self.machine.next_size(now, flush);
            if items == 0 {
                self.remote.entrance.rest(now, self.machine.stopped().is_some());
                return any;
            }
            if let Some((until, by)) = self.standstills.until(now) {
                (self.reopens, self.kept_back_by) = (Some(until), Some(by));
                return any;
            }
            // The token comes before the permit: a permit must not be held, and no quota used up, while a token is fetched.
            let authorization = match self.poll_token(cx) {
                Poll::Ready(Ok(authorization)) => authorization,
                Poll::Ready(Err(why)) => {
                    self.stop(StopReason::Stopped(format!("no token could be fetched: {}", excerpt(&why)).into()));
                    return true;
                }
                Poll::Pending => {
                    self.kept_back_by = Some(KeptBackBy::Token);
                    return any;
                }
            };
            if self.must_stop(cx) {
                return any;
            }
            // The permit is held while the intent is written.
            let prepared_for = if self.recorder.is_some() { PREPARED_FOR } else { Time::ZERO };
            let remote = &mut self.remote;
            let spec = &remote.endpoint.spec;
            let request = Leaving {
                quota: spec.rate.map(|rate| QuotaScope { method: spec.method, path: spec.path, rate }),
                items,
                timeout: remote.client.longest_attempt(remote.timeout).saturating_add(prepared_for),
            };
            let admission = remote.client.throttle().poll_enter(&mut remote.entrance, now, request, cx);
            self.standstills.note_answer(&admission);
            match admission {
                Admission::Leave(permit) => {
                    if let Some(batch) = self.machine.poll_send(now, flush) {
                        self.send(batch, permit, authorization);
                        any = true;
                    }
                }
                Admission::Quota(at) => {
                    (self.reopens, self.kept_back_by) = (Some(at), Some(KeptBackBy::Rate));
                    return any;
                }
                Admission::Asking(until) => {
                    (self.reopens, self.kept_back_by) = (Some(until), Some(KeptBackBy::SharedThrottle));
                    return any;
                }
                Admission::Away(why) => {
                    self.kept_back_by = Some(KeptBackBy::SharedThrottle);
                    self.reopens = self.stand_still(KeptBackBy::SharedThrottle, &why);
                    return any | self.reopens.is_none();
                }
                Admission::Host { retry, why } => return any | self.wait_for_host(now, retry, why),
                Admission::Limited { at, most, why } => {
                    self.machine.handle_kept_back();
                    self.reopens = Some(at);
                    if self.limited.replace(most) != Some(most) {
                        tracing::info!(requests = most, %why, "sending fewer requests at once");
                        self.emit(&Event::Limited { requests: most, why: why.to_string() });
                    }
                    return any;
                }
            }
        }
    }

    /// The throttle keeps the next request back. Returns whether the run stopped, for a requested delay that is too long.
    fn wait_for_host(&mut self, now: Time, retry: RetryAt, why: Option<Arc<str>>) -> bool {
        self.machine.handle_kept_back();
        if retry.requested {
            let delay = retry.at.saturating_sub(now);
            if let Some(why) = self.machine.impatience(self.has_responded(), Some(delay)) {
                self.stop(why);
                return true;
            }
            if self.deadline.is_some_and(|deadline| retry.at > deadline) {
                let why = format!("the server asked for a delay of {delay:?}, longer than the run timeout allows");
                self.stop(StopReason::Deadline(why.into()));
                return true;
            }
        }
        self.reopens = Some(retry.at);
        if let Some(why) = why
            && self.announced.replace(retry) != Some(retry)
        {
            let (wait, stalled) = (retry.at.saturating_sub(now), self.machine.stalled_for());
            tracing::info!(?wait, ?stalled, %why, "waiting");
            self.emit(&Event::Waiting { wait, stalled, why: why.to_string() });
        }
        false
    }

    /// Returns the token of the next request; `None` if tokens are not fetched.
    pub(super) fn poll_token(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Token>, Arc<str>>> {
        let remote = &mut self.remote;
        let client = remote.client.clone();
        let Some(fetched) = client.fetched() else { return Poll::Ready(Ok(None)) };
        loop {
            let fetching = match remote.fetching.take().map_or_else(|| fetched.token(client.clock().now()), Err) {
                Ok(token) => return Poll::Ready(Ok(Some(token))),
                Err(fetching) => fetching,
            };
            let mut polled = fetching.clone();
            let Poll::Ready(result) = polled.poll_unpin(cx) else {
                // The fetch is kept: its end wakes this run, and all runs that wait for it share its result, also an error.
                remote.fetching = Some(polled);
                return Poll::Pending;
            };
            fetched.handle_fetched(&fetching, &result, client.clock().now());
            result?;
        }
    }

    /// Sends a batch: at once, or when its intent is recorded.
    pub(super) fn send(&mut self, batch: BatchId, permit: Permit, authorization: Option<Token>) {
        let Driver { machine, tracked, remote, recorder, .. } = self;
        let ids = machine.batch(batch);
        let of_batch = |id: &ItemId| tracked[id.0 as usize].as_ref();
        let encoded: Vec<&[u8]> = ids.iter().filter_map(of_batch).map(|tracked| &*tracked.encoded).collect();
        let encoded = match remote.endpoint.make(&encoded) {
            Ok(request) => request,
            // The encoded request is too large, or the codec made none.
            Err(no_request) => {
                permit.give_back();
                return machine.handle_unsendable(batch, no_request.too_large());
            }
        };
        let mut headers = remote.headers.clone();
        headers.extend(encoded.headers);
        let mut request = Request {
            method: remote.endpoint.parts.method.clone(),
            url: encoded.url,
            headers,
            body: encoded.body,
            timeout: remote.timeout,
            max_response_bytes: remote.client.max_response_bytes(),
        };
        let keys = &remote.endpoint.parts.batch_keys;
        // In a journal the hash is the same in all lives.
        let seed = recorder.as_ref().map_or(remote.nonce, |recorder| recorder.run);
        let hash = if keys.is_empty() && recorder.is_none() { 0 } else { request_hash(seed, &request) };
        let mut key = None;
        if !keys.is_empty() {
            let replayed = recorder.as_ref().and_then(|recorder| recorder.replayed(machine.serial(batch)));
            let same = replayed.filter(|(_, request)| *request == hash).map(|(key, _)| key.clone());
            if replayed.is_some() && same.is_none() && remote.endpoint.spec.key_valid().is_some() {
                permit.give_back();
                // It is not the request that was sent under the key, so that nothing protects it.
                return machine.withdraw(batch, &StopReason::Cancelled("the request is another one".into()));
            }
            let own = || batch_key(remote.nonce, machine.serial(batch), hash);
            let key = key.insert(same.unwrap_or_else(own));
            keys.write(key, &mut request.headers, &mut request.body);
        }
        request.body = remote.endpoint.compress(request.body);
        if remote.endpoint.spec.max_compressed_bytes.is_some() && !machine.handle_compressed(batch, request.body.len())
        {
            return permit.give_back();
        }
        remote.client.query().add_to(&mut request.url);
        let since = remote.client.clock().now();
        let departure = Departure { batch, since, number: self.requests, request, permit, authorization };
        self.requests += 1;
        let Some(recorder) = recorder else { return self.leave(departure) };
        let ids = machine.batch(batch);
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(tracked) = &mut tracked[id.0 as usize] {
                tracked.attempts += 1;
                items.push(tracked.place.number);
            }
        }
        let intent = Intent {
            attempt: departure.number as u64,
            batch: machine.serial(batch),
            number: machine.attempts(batch),
            items,
            is_idempotent: remote.endpoint.spec.idempotent,
            key,
            request: hash,
        };
        if let Some(departure) = recorder.depart(intent, departure) {
            self.leave(departure);
        }
    }

    /// A request leaves.
    pub(super) fn leave(&mut self, departure: Departure) {
        let Departure { batch, number, mut request, permit, authorization, .. } = departure;
        let Driver { machine, tracked, remote, recorder, .. } = self;
        let token = remote.authorize(&mut request.headers, authorization);
        let ids = machine.batch(batch);
        let (items, attempt) = (ids.len(), machine.attempts(batch));
        if let Some(span) = remote.batch_span(batch, machine.serial(batch), items, number)
            && let Some(calls) = &self.options.calls
        {
            for tracked in ids.iter().filter_map(|id| tracked[id.0 as usize].as_ref()) {
                let duplicates = tracked.duplicates.iter().map(|(_, item)| item);
                for item in duplicates.chain([&tracked.item]) {
                    span.follows_from((calls.span)(item));
                }
            }
        }
        let span = remote.attempt_span(batch, attempt, number);
        let journal = recorder.as_ref().and_then(|recorder| recorder.journal.clone());
        let Sending { future, has_left } = span.in_scope(|| remote.client.send(request, journal));
        self.meter.sent(number, Some(items), || remote.client.clock().now());
        remote.attempts.push(PendingAttempt {
            batch,
            request: number,
            permit: Some(permit),
            token,
            span,
            job: None,
            has_left,
            future,
        });
        if self.outlet.collects {
            let of_batch = |id: &ItemId| tracked[id.0 as usize].as_ref();
            let sent = remote.client.clock().now().saturating_sub(self.started.unwrap_or_default());
            let indices = ids.iter().filter_map(of_batch).map(|tracked| tracked.place.index);
            self.outlet.state.lock().history.sent(number, attempt, sent, indices);
        }
        self.emit(&Event::Sent { request: number, items, attempt });
    }
}

/// The hash of a request, without its idempotency key and its credentials: a retry may use another token.
fn request_hash(seed: u128, request: &Request) -> u128 {
    let headers = request.headers.iter().filter(|(_, value)| !value.is_sensitive());
    let headers = headers.flat_map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()]);
    let parts = [request.method.as_str().as_bytes(), request.url.as_str().as_bytes(), &request.body];
    hash_128(seed, &parts.into_iter().chain(headers).collect::<Vec<_>>())
}

/// The idempotency key of a batch, a UUID: the same for every retry of the same request, and different for every other request. It depends
/// on the request, so that two runs with the same seed cannot use one key for different requests.
fn batch_key(nonce: u128, serial: u64, request: u128) -> String {
    uuid_of(hash_128(nonce, &[&serial.to_le_bytes(), &request.to_le_bytes()]))
}
