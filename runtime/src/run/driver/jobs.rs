//! Jobs: a response that leaves the items to a job (202, `{"job": "7"}`). To the engine the batch stays in flight; here its job is
//! polled until it says how the items ended.

use std::borrow::Borrow;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::HeaderValue;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::super::bulk_response::BulkResponse;
use super::Driver;
use super::job::{Job, MIN_INTERVAL, delay_of, failed_job, interval, unfinished};
use super::kept_back::KeptBackBy;
use super::outcomes::body_bytes;
use super::remote::PendingAttempt;
use super::responses::{has_responded, throttled};
use crate::client::transport::{Request, Response, TransportError, TransportErrorKind};
use crate::client::{Admission, Permit, Sending, Token, TokenUse};
use crate::declare::JSON;
use crate::engine::{BatchEnd, BatchId, Health, Host, Leaving, RetryAt, RetryHint, Time};
use crate::item::BulkItem;
use crate::journal::PendingJob;
use crate::reply::{ApiError, BulkReply, Finding, JobHandle};
use crate::response::{FindingOf, Reading, delay_of_poll, hint_of_error, host_under, refused_in_body, retry_hint};

/// Polls in a row without a usable response, after which a job is given up.
const MAX_FAILED_POLLS: u32 = 5;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: BulkReply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// Starts polling the job that the response to a batch named. An `Err` says why it cannot be polled.
    pub(super) fn await_job(
        &mut self,
        first: Arc<BulkResponse<R>>,
        batch: BatchId,
        handle: Result<JobHandle, String>,
        so_far: Vec<Option<FindingOf<R>>>,
        response: &Response,
    ) -> Result<(), String> {
        let polled = self.remote.endpoint.parts.poll.as_ref().ok_or_else(|| {
            "the response leaves the items to a job, but the method has no `poll`: add `poll = \"…\"`".to_owned()
        });
        let handle = match polled.and(handle) {
            Ok(handle) => handle,
            Err(why) => {
                self.settle_told(batch, so_far);
                return Err(why);
            }
        };
        // A 202 with a job counts as a success of the host: it resets the count of refusals in a row.
        if (200..300).contains(&response.status) {
            self.machine.handle_passed();
            self.machine.handle_progress();
        }
        let (now, request) = (self.now(), first.request);
        let job = Job {
            batch,
            request,
            attempt: request as u64,
            first: Some(first),
            handle,
            absent: Vec::new(),
            so_far,
            at: now,
            since: now,
            before: Time::ZERO,
            refused: None,
            polls: 0,
            failed_polls: 0,
        };
        self.poll_again(job, delay_of(retry_hint(response, &R::SHAPE), interval(0)));
        Ok(())
    }

    /// Polls a job that the life before left. `absent`: the places in its request of the items that are not in the batch.
    pub(super) fn resume_job(&mut self, batch: BatchId, attempt: u64, job: &PendingJob, absent: Vec<usize>) {
        let (now, so_far) = (self.now(), self.machine.batch(batch).iter().map(|_| None).collect());
        let handle = JobHandle::of_json(&job.handle);
        let job = Job {
            batch,
            request: self.requests,
            attempt,
            first: None,
            handle,
            absent,
            so_far,
            at: now,
            since: now,
            before: job.age,
            refused: None,
            polls: 0,
            failed_polls: 0,
        };
        // It is polled once, however long it took.
        self.remote.jobs.later.push(job);
    }

    /// Polls the jobs that are due. Returns whether it did anything.
    pub(super) fn poll_jobs(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = self.end_late_jobs();
        loop {
            let (now, limit) = (self.now(), self.options.job_timeout);
            self.remote.jobs.reopens = None;
            let Some(job) = self.remote.jobs.next_due(now) else {
                self.remote.poll_entrance.rest(now, self.remote.jobs.is_empty());
                return any;
            };
            if let Some(until) = self.standstills.until_of_polls(now) {
                self.put_back(job, Some(until));
                return any;
            }
            let authorization = match self.poll_token(cx) {
                Poll::Ready(Ok(authorization)) => authorization,
                Poll::Ready(Err(why)) => {
                    self.put_back(job, None);
                    self.fail_due_polls(&format!("no token could be fetched: {why}"));
                    return true;
                }
                Poll::Pending => {
                    self.put_back(job, None);
                    return any;
                }
            };
            if self.must_stop(cx) {
                self.put_back(job, None);
                return any;
            }
            // The declared `rate` is that of the endpoint; a poll goes to another one.
            let leaving =
                Leaving { quota: None, items: 0, timeout: self.remote.client.longest_attempt(self.remote.timeout) };
            let remote = &mut self.remote;
            let admission = remote.client.throttle().poll_enter(&mut remote.poll_entrance, now, leaving, cx);
            self.standstills.note_answer(&admission);
            match admission {
                Admission::Leave(permit) => self.send_poll(job, permit, authorization),
                Admission::Host { retry: RetryAt { at, requested: true }, .. } if job.age(at) >= limit => {
                    self.give_up(job, &format!("the server asked for a delay beyond the job timeout of {limit:?}"));
                }
                Admission::Host { retry: RetryAt { at, .. }, .. }
                | Admission::Limited { at, .. }
                | Admission::Asking(at)
                | Admission::Quota(at) => {
                    self.put_back(job, Some(at));
                    return any;
                }
                Admission::Away(why) => {
                    let until = self.stand_still(KeptBackBy::SharedThrottle, &why);
                    self.put_back(job, until);
                    return any | until.is_none();
                }
            }
            any = true;
        }
    }

    /// Gives up the jobs that took too long, whatever keeps them from being polled. Returns whether there were any.
    fn end_late_jobs(&mut self) -> bool {
        let (now, limit) = (self.now(), self.options.job_timeout);
        let late = self.remote.jobs.take_late(now, limit);
        let any = !late.is_empty();
        for job in late {
            self.give_up(job, &job_timeout_elapsed(limit));
        }
        self.settle_others();
        any
    }

    /// Puts a job back to the front of the queue.
    fn put_back(&mut self, job: Job<R>, reopens: Option<Time>) {
        self.remote.jobs.due.push_front(job);
        self.remote.jobs.reopens = reopens;
    }

    /// Counts a failed poll for every job that is due: all of them waited for the same token.
    fn fail_due_polls(&mut self, why: &str) {
        for job in std::mem::take(&mut self.remote.jobs.due) {
            self.handle_failed_poll(job, why, None);
        }
    }

    fn send_poll(&mut self, mut job: Job<R>, permit: Permit, authorization: Option<Token>) {
        let remote = &mut self.remote;
        let (batch, number) = (job.batch, self.requests);
        job.polls += 1;
        let (mut url, body) = match remote.endpoint.parts.poll_request(&remote.client, &job.handle) {
            Ok(request) => request,
            Err(why) => {
                permit.give_back();
                return self.give_up(job, &why);
            }
        };
        let mut headers = remote.headers.clone();
        // The body of a poll contains the handle as plain JSON, whatever the content type and the compression of the items are.
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_ENCODING);
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        }
        remote.client.query().add_to(&mut url);
        let token = remote.authorize(&mut headers, authorization);
        let method = remote.endpoint.spec.poll.map_or(http::Method::GET, |poll| poll.method.to_http());
        let (timeout, max_response_bytes) = (remote.timeout, remote.client.max_response_bytes());
        let request = Request { method, url, headers, body, timeout, max_response_bytes };
        let span = remote.poll_span(batch, job.polls, number);
        // A poll applies nothing, so that no journal withholds it.
        let Sending { future, .. } = span.in_scope(|| remote.client.send(request, None));
        self.meter.sent(number, None, || remote.client.clock().now());
        let (permit, job) = (Some(permit), Some(job));
        remote.attempts.push(PendingAttempt {
            batch,
            request: number,
            permit,
            token,
            span,
            job,
            has_left: None,
            future,
        });
        self.requests += 1;
    }

    /// Handles the end of a poll.
    pub(super) fn handle_poll(
        &mut self,
        job: Job<R>,
        mut permit: Option<Permit>,
        token: TokenUse,
        result: Result<Response, TransportError>,
    ) {
        self.note_response_size(job.batch, body_bytes(&result));
        let (attempt, items) = ((job.attempt, job.batch), self.recorded_items(job.batch));
        let status = result.as_ref().ok().map(|response| response.status);
        let responded = has_responded(&result);
        let ended = result.as_ref().map(|response| response.status).map_err(ToString::to_string);
        let client = self.remote.client.clone();
        let fetched = client.fetched();
        let health = match result {
            Ok(response) if (200..300).contains(&response.status) && response.body.is_ok() => {
                fetched.inspect(|fetched| fetched.handle_accepted(token));
                self.handle_poll_response(job, &response)
            }
            Ok(response) if matches!(response.status, 401 | 407) => {
                let renewed = fetched.is_some_and(|fetched| fetched.handle_refused(token));
                let twice = job.refused.is_some_and(|refused| refused < token.generation);
                let job = Job { refused: Some(token.generation), ..job };
                let delay = delay_of(retry_hint(&response, &R::SHAPE), interval(job.polls));
                if !renewed {
                    self.give_up(job, &format!("its poll got a {}, and no other token is available", response.status));
                } else if twice {
                    // Two different tokens were refused, so a third would be too: the tokens may be valid, but not for this poll. Without
                    // this rule, each refusal would fetch a token, without end.
                    self.handle_failed_poll(job, &format!("its poll got a {}", response.status), Some(delay));
                } else {
                    self.poll_again(job, delay);
                }
                Health::Good
            }
            Ok(response) => self.handle_poll_refusal(job, &response),
            Err(error) => {
                match error.kind {
                    // The HTTP client would reject the next poll as well.
                    TransportErrorKind::Invalid => {
                        self.give_up(job, &error.to_string());
                        Health::Good
                    }
                    // The next signature may succeed.
                    TransportErrorKind::Unsigned => {
                        self.handle_failed_poll(job, &format!("its poll could not be signed: {error}"), None);
                        permit.take().into_iter().for_each(Permit::give_back);
                        Health::Good
                    }
                    TransportErrorKind::Withheld => {
                        let delay = interval(job.polls);
                        self.poll_again(job, delay);
                        permit.take().into_iter().for_each(Permit::give_back);
                        Health::Good
                    }
                    // The host did not see the poll. The job timeout bounds these.
                    TransportErrorKind::NotSent | TransportErrorKind::NoSocket | TransportErrorKind::NotProcessed => {
                        let hint = hint_of_error(&error);
                        let until = hint.delay.map(|delay| self.now().saturating_add(delay));
                        let delay = delay_of(hint, interval(job.polls));
                        self.poll_again(job, delay);
                        if until.is_some() { Health::Refusing(until) } else { health_after(error.kind) }
                    }
                    _ => {
                        self.handle_failed_poll(job, &error.to_string(), None);
                        health_after(error.kind)
                    }
                }
            }
        };
        self.record_end_of(attempt, &items, status, true, || "the job ended".to_owned());
        self.settle_others();
        self.end_permit(permit, health, responded, || ended.map_or_else(Arc::from, |status| throttled(status).into()));
    }

    /// Handles a complete 2xx to a poll. Returns what it says about the host.
    fn handle_poll_response(&mut self, job: Job<R>, response: &Response) -> Health {
        let (jitter, hint) = (self.jitter.f64(), retry_hint(response, &R::SHAPE));
        self.machine.handle_progress();
        // "Not yet", in the form of an empty 202: the first response has named the job.
        if response.status == 202 && response.body.as_ref().is_ok_and(|body| body.trim_ascii().is_empty()) {
            let delay = delay_of(hint, interval(job.polls));
            self.poll_again(Job { failed_polls: 0, refused: None, ..job }, delay);
            return Health::Good;
        }
        let reading = self.read(job.batch, response, Some(&job));
        // A response that cannot be read says less than the one before it.
        if !matches!(reading, Reading::Unknown(..) | Reading::NotItems | Reading::Error { .. }) {
            let kept = self.keep_response(job.request, response, &reading, job.first.clone());
            self.note_response(job.batch, &kept);
        }
        match reading {
            // Never the reading of a response to a poll: it is compared with what was known before.
            Reading::Done { .. } => self.handle_failed_poll(job, "the response has no findings", None),
            Reading::Items { findings, .. } => {
                self.record_end(&job, "finished");
                // The last response counts. An item that it does not list keeps what an earlier poll said about it.
                let last = job.so_far.into_iter().zip(findings);
                let findings = last.map(|(before, last)| Finding::last(before, last));
                return self.handle_items(job.batch, response.status, findings.collect(), hint, jitter);
            }
            Reading::Pending { job: handle, so_far, fault } => {
                let delay = delay_of(hint, interval(job.polls));
                let handle = handle.unwrap_or(job.handle);
                let more = job.so_far.into_iter().zip(so_far);
                let so_far = more.map(|(before, more)| Finding::both(before, more)).collect();
                let job = Job { handle, so_far, refused: None, ..job };
                // `{"status":"archived"}` with a status that the declaration lacks: the job is polled on, as it may become readable, but
                // only a few times.
                match fault {
                    None => self.poll_again(Job { failed_polls: 0, ..job }, delay),
                    Some(fault) => self.handle_failed_poll(job, &fault, Some(delay)),
                }
            }
            Reading::Refused { status, code, message, .. } => {
                self.record_end(&job, "failed");
                let spec = &self.remote.endpoint.spec;
                // `{"status":"failed"}` of an all-or-nothing job means that nothing was applied. Any other job may have applied a part.
                let end = if spec.partial {
                    BatchEnd::Uncertain { cause: failed_job(&job.handle, code, message), host: Host::Responds }
                } else {
                    refused_in_body(response, status, code, message, spec)
                };
                // `{"status": "failed"}` after each item was reported as done: no item is left that the failure could mean.
                let is_done = |finding: &Option<_>| matches!(finding, Some(Finding::Succeeded { .. }));
                if !job.so_far.iter().all(is_done) {
                    self.settle_told(job.batch, job.so_far);
                }
                return self.handle_batch_end(job.batch, end, hint, jitter);
            }
            Reading::Unknown(_, detail) => self.handle_failed_poll(job, &detail, hint.delay),
            Reading::Error { .. } => self.handle_failed_poll(job, "the response is an error", hint.delay),
            // Never the reading of a 2xx.
            Reading::NotItems => self.handle_failed_poll(job, "the response names no item", None),
        }
        Health::Good
    }

    /// Handles any other response to a poll. Returns what it says about the host.
    fn handle_poll_refusal(&mut self, job: Job<R>, response: &Response) -> Health {
        let why = match &response.body {
            Err(truncated) => truncated.detail.clone(),
            Ok(_) => format!("its poll got a {}", response.status),
        };
        let mut hint = retry_hint(response, &R::SHAPE);
        if hint.throttled {
            hint.delay = hint.delay.max(delay_of_poll::<E>(response));
        }
        let delay = delay_of(hint, interval(job.failed_polls));
        let until = hint.delay.map(|delay| self.now().saturating_add(delay));
        let host = host_under(response.status);
        if hint.throttled || host == Host::BehindGateway {
            // A refusal for now says nothing about the job. The job timeout bounds these.
            self.poll_again(job, delay);
        } else {
            self.handle_failed_poll(job, &why, Some(delay));
        }
        match host {
            _ if hint.throttled => Health::Refusing(until),
            Host::BehindGateway => Health::Absent,
            Host::Fails => Health::Unusable,
            Host::Responds => Health::Good,
        }
    }

    fn handle_failed_poll(&mut self, job: Job<R>, why: &str, delay: Option<Duration>) {
        let failed_polls = job.failed_polls + 1;
        if failed_polls >= MAX_FAILED_POLLS {
            return self.give_up(job, &format!("{failed_polls} polls in a row failed: {why}"));
        }
        self.poll_again(Job { failed_polls, ..job }, delay.unwrap_or_else(|| interval(failed_polls)).max(MIN_INTERVAL));
    }

    fn poll_again(&mut self, job: Job<R>, delay: Duration) {
        let (at, limit) = (self.now().saturating_add(delay), self.options.job_timeout);
        // The next poll would come too late: waiting for it would only delay the outcome.
        if job.age(at) >= limit {
            return self.give_up(job, &job_timeout_elapsed(limit));
        }
        self.remote.jobs.later.push(Job { at, ..job });
    }

    /// Gives a job up. Its batch is not retried, even where that is safe: the job may still be working on the items.
    fn give_up(&mut self, job: Job<R>, why: &str) {
        let (attempt, items) = ((job.attempt, job.batch), self.recorded_items(job.batch));
        self.end_unfinished(job, why);
        self.record_end_of(attempt, &items, None, true, || format!("the job did not finish: {why}"));
    }

    fn end_unfinished(&mut self, job: Job<R>, why: &str) {
        let jitter = self.jitter.f64();
        self.record_end(&job, "did not finish");
        let cause = unfinished(&job.handle, why);
        // Items about which the job already reported are settled as it said. All others are uncertain.
        self.settle_told(job.batch, job.so_far);
        self.handle_batch_end(job.batch, BatchEnd::GivenUp { cause }, RetryHint::default(), jitter);
    }

    /// Adds how the job ended to the attempt whose response named it.
    fn record_end(&self, job: &Job<R>, end: &str) {
        if self.outlet.collects {
            self.outlet.state.lock().history.job_ended(job.request, end, job.polls);
        }
    }

    /// Gives up all jobs. The outcome of each item names its job, so that the caller can look the job up.
    pub(super) fn abandon_jobs(&mut self, why: &str) {
        // A job whose poll is in flight is held by that attempt.
        let polled = self.remote.attempts.iter_mut().filter_map(|attempt| attempt.job.take());
        let jobs: Vec<Job<R>> = polled.chain(self.remote.jobs.take()).collect();
        for job in jobs {
            // The end is not recorded: the next life of the run polls the job.
            self.end_unfinished(job, &format!("the run ended: {why}"));
        }
    }
}

/// What a poll without a response says about the host.
fn health_after(kind: TransportErrorKind) -> Health {
    match kind {
        TransportErrorKind::NotSent | TransportErrorKind::ProxyRefused => Health::Away,
        TransportErrorKind::NotProcessed => Health::Absent,
        TransportErrorKind::NoSocket => Health::NoSocket,
        TransportErrorKind::Invalid
        | TransportErrorKind::Unsigned
        | TransportErrorKind::Withheld
        | TransportErrorKind::Timeout
        | TransportErrorKind::Reset => Health::Unusable,
    }
}

fn job_timeout_elapsed(limit: Duration) -> String {
    format!("the job timeout of {limit:?} elapsed")
}
