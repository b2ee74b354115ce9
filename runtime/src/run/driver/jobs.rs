//! Jobs: an answer that says that another will tell. A batch whose job is not done is in flight to the engine; here the job is asked
//! for until it tells.

use std::borrow::Borrow;
use std::task::{Context, Poll};
use std::time::Duration;

use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use super::super::driver::Driver;
use super::job::{Job, LEAST, failed_job, interval, unseen, wait_of};
use super::remote::Attempt;
use crate::client::transport::{Request, Response, TransportError};
use crate::client::{Admission, Generation, Pass, Token};
use crate::engine::{BatchId, Leaving, Time, Told, Wait, WholeEnd};
use crate::item::BulkItem;
use crate::reply::{ApiError, Handle, Reply};
use crate::response::{Judgement, JudgementOf, Untold, asked, refused_within};

/// How often in a row nothing may come of asking.
const IN_VAIN: u32 = 5;

impl<T, R, E, I> Driver<'_, T, R, E, I>
where
    T: BulkItem,
    R: Reply,
    E: ApiError,
    I: Borrow<T> + Send,
{
    /// A batch was answered with a job. An `Err` says why it cannot be asked for.
    pub(super) fn await_job(
        &mut self,
        (batch, request): (BatchId, usize),
        handle: Result<Handle, String>,
        so_far: Vec<Option<JudgementOf<R>>>,
        answer: &Response,
    ) -> Result<(), String> {
        if self.remote.as_ref().is_none_or(|remote| remote.bound.parts.poll.is_none()) {
            return Err("the answer says that a job will tell, and the declaration has no `poll`".to_owned());
        }
        let handle = handle?;
        if (200..300).contains(&answer.status) {
            self.machine.handle_passed();
        }
        let now = self.now();
        self.ask_again(
            Job { batch, request, handle, so_far, at: now, since: now, refused: None, asked: 0, in_vain: 0 },
            wait_of(asked(answer), interval(0)),
        );
        Ok(())
    }

    /// Asks for the jobs that are due. Whether it did.
    pub(super) fn poll_jobs(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = self.end_late_jobs();
        loop {
            let (now, limit) = (self.now(), self.options.job_timeout);
            let Some(remote) = &mut self.remote else { return any };
            remote.jobs.gate_opens = None;
            let Some(job) = remote.jobs.next_due(now) else { return any };
            let authorization = match self.poll_token(cx) {
                Poll::Ready(Ok(authorization)) => authorization,
                Poll::Ready(Err(why)) => {
                    self.put_back(job, None);
                    self.ask_none(&format!("no token could be fetched: {why}"));
                    return true;
                }
                Poll::Pending => {
                    self.put_back(job, None);
                    return any;
                }
            };
            if self.is_called_off(cx) {
                self.put_back(job, None);
                return any;
            }
            let Some(remote) = &self.remote else { return any };
            let leaving = Leaving { quota: None, items: 0, timeout: remote.timeout };
            match remote.client.gate().enter(now, leaving, cx.waker()) {
                Admission::Leave(pass) => self.ask(job, pass, authorization),
                Admission::Until(Wait { until, .. }) | Admission::Quota(until)
                    if until.saturating_sub(job.since) >= limit =>
                {
                    self.give_up(job, &format!("the server asked for a wait, and it was not done within {limit:?}"));
                }
                Admission::Until(Wait { until, .. }) | Admission::Quota(until) | Admission::Probing(until) => {
                    self.put_back(job, Some(until));
                    return any;
                }
            }
            any = true;
        }
    }

    /// Gives up those that took too long, whatever keeps them from being asked for. Whether there were any.
    fn end_late_jobs(&mut self) -> bool {
        let (now, limit) = (self.now(), self.options.job_timeout);
        let Some(remote) = &mut self.remote else { return false };
        let late = remote.jobs.take_late(now, limit);
        let any = !late.is_empty();
        for job in late {
            self.give_up(job, &format!("it was not done within {limit:?}"));
        }
        self.settle_others();
        any
    }

    /// It is due, and the first to be asked for when that can be.
    fn put_back(&mut self, job: Job<R>, gate_opens: Option<Time>) {
        if let Some(remote) = &mut self.remote {
            remote.jobs.due.push_front(job);
            remote.jobs.gate_opens = gate_opens;
        }
    }

    /// Asks for none of those that are due: all waited for the same.
    fn ask_none(&mut self, why: &str) {
        let due = self.remote.as_mut().map(|remote| std::mem::take(&mut remote.jobs.due));
        for job in due.into_iter().flatten() {
            self.asked_in_vain(job, why, None);
        }
    }

    fn ask(&mut self, mut job: Job<R>, pass: Pass, authorization: Option<Token>) {
        let Some(remote) = &mut self.remote else { return };
        let (batch, number) = (job.batch, self.requests);
        job.asked += 1;
        let (url, body) = match remote.bound.parts.poll_request(&remote.client, &job.handle) {
            Ok(made) => made,
            Err(why) => return self.give_up(job, &why),
        };
        let mut headers = remote.headers.clone();
        // The body is the handle's own, whatever the items are sent as.
        headers.remove(CONTENT_TYPE);
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let generation = authorization.as_ref().map_or(0, |(_, generation)| *generation);
        if let Some((token, _)) = authorization {
            headers.insert(AUTHORIZATION, token);
        }
        let method = remote.bound.spec.poll.map_or(http::Method::GET, |poll| poll.method.to_http());
        let (timeout, max_answer) = (remote.timeout, remote.client.max_answer());
        let request = Request { method, url, headers, body, timeout, max_answer };
        let span = remote.question_span(batch, job.asked, number);
        let future = span.in_scope(|| remote.client.transport().send(request));
        let job = Some(job);
        remote.attempts.push(Attempt { batch, request: number, pass: Some(pass), generation, span, job, future });
        self.requests += 1;
    }

    /// A request that asked for a job has ended.
    pub(super) fn handle_poll(
        &mut self,
        job: Job<R>,
        pass: Option<Pass>,
        generation: Generation,
        result: Result<Response, TransportError>,
    ) {
        let answered = result.is_ok();
        if answered {
            self.machine.handle_heard();
        }
        let Some(client) = self.remote.as_ref().map(|remote| remote.client.clone()) else { return };
        let fetched = client.fetched();
        let close = match result {
            Ok(response) if (200..300).contains(&response.status) && response.body.is_ok() => {
                fetched.inspect(|fetched| fetched.handle_accepted(generation));
                self.handle_told(job, &response)
            }
            Ok(response) if matches!(response.status, 401 | 407) => {
                let renewed = fetched.is_some_and(|fetched| fetched.handle_refused(generation));
                let twice = job.refused.is_some_and(|refused| refused < generation);
                let job = Job { refused: Some(generation), ..job };
                let wait = wait_of(asked(&response), interval(job.asked));
                if !renewed {
                    self.give_up(job, &format!("answered with {}, and there is no other token", response.status));
                } else if twice {
                    // Others may use the tokens: this is not what they are for.
                    self.asked_in_vain(job, &format!("answered with {}", response.status), Some(wait));
                } else {
                    self.ask_again(job, wait);
                }
                None
            }
            Ok(response) => self.handle_untold_job(job, &response),
            Err(error) => {
                self.asked_in_vain(job, &error.to_string(), None);
                None
            }
        };
        self.settle_others();
        self.pass_gate(pass, close, answered);
    }

    /// A whole 2xx. Gives until when the gate closes, if it does.
    fn handle_told(&mut self, job: Job<R>, response: &Response) -> Option<Wait> {
        let (jitter, asked) = (self.jitter.f64(), asked(response));
        match self.judge(job.batch, response) {
            Ok(judgements) => {
                self.record_end(&job, "told in the end");
                let last = job.so_far.into_iter().zip(judgements);
                let judgements = last.map(|(before, last)| Judgement::last(before, last));
                return self.handle_answer(job.batch, response.status, judgements.collect(), asked, jitter);
            }
            Err(Untold::Pending { job: handle, so_far, fault }) => {
                let wait = wait_of(asked, interval(job.asked));
                let handle = handle.unwrap_or(job.handle);
                let more = job.so_far.into_iter().zip(so_far);
                let so_far = more.map(|(before, more)| Judgement::both(before, more)).collect();
                let job = Job { handle, so_far, refused: None, ..job };
                match fault {
                    None => self.ask_again(Job { in_vain: 0, ..job }, wait),
                    Some(fault) => self.asked_in_vain(job, &fault, Some(wait)),
                }
            }
            Err(Untold::Refused { status, code, message, .. }) => {
                self.record_end(&job, "failed");
                let Some(remote) = &self.remote else { return None };
                // All or nothing was nothing; of any other, nobody knows how far it came.
                let end = if remote.bound.spec.partial {
                    WholeEnd::Unsure { cause: failed_job(&job.handle, code, message) }
                } else {
                    refused_within(response, status, code, message, &remote.bound.spec)
                };
                return self.handle_whole(job.batch, end, asked, jitter);
            }
            Err(Untold::Unsure(_, detail)) => self.asked_in_vain(job, &detail, asked.wait),
            // Only a refusal is.
            Err(Untold::Whole) => self.asked_in_vain(job, "it tells of no item", None),
        }
        None
    }

    /// Any other answer. Gives until when the gate closes, if it does.
    fn handle_untold_job(&mut self, job: Job<R>, response: &Response) -> Option<Wait> {
        let why = match &response.body {
            Err(cut) => cut.detail.clone(),
            Ok(_) => format!("answered with {}", response.status),
        };
        let asked = asked(response);
        let wait = wait_of(asked, interval(job.in_vain));
        let close = Wait { until: self.now().saturating_add(wait), told: asked.wait.is_some() };
        self.asked_in_vain(job, &why, Some(wait));
        asked.throttled.then_some(close)
    }

    fn asked_in_vain(&mut self, job: Job<R>, why: &str, wait: Option<Duration>) {
        let in_vain = job.in_vain + 1;
        if in_vain >= IN_VAIN {
            return self.give_up(job, &format!("asked for {in_vain} times in a row without an answer: {why}"));
        }
        self.ask_again(Job { in_vain, ..job }, wait.unwrap_or_else(|| interval(in_vain)).max(LEAST));
    }

    fn ask_again(&mut self, job: Job<R>, wait: Duration) {
        let (at, limit) = (self.now().saturating_add(wait), self.options.job_timeout);
        if at.saturating_sub(job.since) >= limit {
            return self.give_up(job, &format!("it was not done within {limit:?}"));
        }
        if let Some(remote) = &mut self.remote {
            remote.jobs.later.push(Job { at, ..job });
        }
    }

    /// Nobody knows what else the job did, or will do: another would do it twice.
    fn give_up(&mut self, job: Job<R>, why: &str) {
        let jitter = self.jitter.f64();
        self.record_end(&job, "was not seen to end");
        let cause = unseen(&job.handle, why);
        self.settle_done(job.batch, job.so_far);
        self.handle_whole(job.batch, WholeEnd::GivenUp { cause }, Told::default(), jitter);
    }

    /// Has the history say what became of the job.
    fn record_end(&self, job: &Job<R>, end: &str) {
        if self.collects {
            self.shared.lock().history.job_ended(job.request, end, job.asked);
        }
    }

    /// Asks for no job any more; each item knows the job that it was left with.
    pub(super) fn abandon_jobs(&mut self, why: &str) {
        let Some(remote) = &mut self.remote else { return };
        let asked = remote.attempts.iter_mut().filter_map(|attempt| attempt.job.take());
        let jobs: Vec<Job<R>> = asked.chain(remote.jobs.take()).collect();
        for job in jobs {
            self.give_up(job, &format!("the run ended: {why}"));
        }
    }
}
