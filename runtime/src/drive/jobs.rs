//! Jobs: an answer that says that another will tell. A batch whose job is not done is in flight to the engine; here the job is asked
//! for until it tells.

use std::borrow::Borrow;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use super::Driver;
use super::remote::Attempt;
use crate::api_error::ApiError;
use crate::attempt::Cause;
use crate::credential::{Generation, Token};
use crate::decode::retry_after;
use crate::engine::{BatchId, Leaving, Time, WholeEnd};
use crate::gate::{Admission, Pass};
use crate::item::BulkItem;
use crate::merge::Untold;
use crate::outcome::DoubtKind;
use crate::reply::Reply;
use crate::transport::{Request, Response, TransportError};

/// A job that is to be asked for.
#[derive(Debug)]
pub(super) struct Job {
    batch: BatchId,
    handle: String,
    /// When it is asked for next.
    pub(super) at: Time,
    /// When it was handed out.
    since: Time,
    asked: u32,
    /// How often in a row nothing came of asking.
    in_vain: u32,
}

/// How often in a row nothing may come of asking.
const IN_VAIN: u32 = 5;

/// The wait before a job is asked for again: a second, doubled each time, half a minute at most.
fn interval(asked: u32) -> Duration {
    Duration::from_secs(1 << asked.min(5)).min(Duration::from_secs(30))
}

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
        batch: BatchId,
        handle: Option<String>,
        answer: &Response,
    ) -> Result<(), String> {
        let now = self.now();
        let Some(remote) = self.remote.as_mut().filter(|remote| remote.bound.parts.poll.is_some()) else {
            return Err("the answer says that a job will tell, and the declaration has no `poll`".to_owned());
        };
        let Some(handle) = handle else {
            return Err("the answer says that a job will tell, and names none".to_owned());
        };
        let at = now.saturating_add(retry_after(&answer.headers).unwrap_or_else(|| interval(0)));
        remote.jobs.push(Job { batch, handle, at, since: now, asked: 0, in_vain: 0 });
        Ok(())
    }

    /// Asks for the jobs that are due. Whether it did.
    pub(super) fn poll_jobs(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        loop {
            let now = self.now();
            let due = |remote: &super::Remote<R, E, T>| remote.jobs.iter().position(|job| job.at <= now);
            let Some(index) = self.remote.as_ref().and_then(due) else { return any };
            let authorization = match self.poll_token(cx) {
                Poll::Ready(token) => token,
                Poll::Pending => return any,
            };
            let Some(remote) = &mut self.remote else { return any };
            let job = remote.jobs.swap_remove(index);
            match authorization {
                Err(why) => self.asked_in_vain(job, &format!("no token could be fetched: {why}"), None),
                Ok(authorization) => {
                    let leaving = Leaving { quota: None, items: 0, timeout: remote.timeout };
                    match remote.client.gate().enter(now, leaving, cx.waker()) {
                        Admission::Leave(pass) => self.ask(job, pass, authorization),
                        Admission::Until(at) | Admission::Quota(at) | Admission::Probing(at) => {
                            remote.jobs.push(Job { at, ..job });
                            return any;
                        }
                    }
                }
            }
            any = true;
        }
    }

    fn ask(&mut self, mut job: Job, pass: Pass, authorization: Option<Token>) {
        let Some(remote) = &mut self.remote else { return };
        let (batch, number) = (job.batch, self.requests);
        job.asked += 1;
        let (url, body) = match remote.bound.parts.poll_request(&remote.client, &job.handle) {
            Ok(made) => made,
            Err(why) => return self.give_up(&job, &why),
        };
        let mut headers = remote.headers.clone();
        if body.is_empty() {
            headers.remove(CONTENT_TYPE);
        }
        let generation = authorization.as_ref().map_or(0, |(_, generation)| *generation);
        if let Some((token, _)) = authorization {
            headers.insert(AUTHORIZATION, token);
        }
        let method = remote.bound.spec.poll.map_or(http::Method::GET, |poll| poll.method.to_http());
        let (timeout, max_answer) = (remote.timeout, remote.client.max_answer());
        let request = Request { method, url, headers, body, timeout, max_answer };
        let span = remote.attempt_span(batch, 0, job.asked, number);
        let future = span.in_scope(|| remote.client.transport().send(request));
        let job = Some(job);
        remote.attempts.push(Attempt { batch, request: number, pass: Some(pass), generation, span, job, future });
        self.requests += 1;
    }

    /// A request that asked for a job has ended.
    pub(super) fn handle_poll(
        &mut self,
        job: Job,
        pass: Option<Pass>,
        generation: Generation,
        result: Result<Response, TransportError>,
    ) {
        let Some(remote) = &self.remote else { return };
        let response = match result {
            Ok(response) if (200..300).contains(&response.status) && response.body.is_ok() => response,
            other => {
                let (why, wait) = match &other {
                    Ok(response) => (format!("answered with {}", response.status), retry_after(&response.headers)),
                    Err(error) => (error.to_string(), None),
                };
                match (&other, remote.client.fetched()) {
                    (Ok(response), Some(fetched)) if response.status == 401 => {
                        fetched.handle_refused(generation);
                    }
                    (Ok(response), _) if response.status == 429 => {
                        let wait = wait.unwrap_or_else(|| interval(job.in_vain));
                        remote.client.gate().close(self.now().saturating_add(wait));
                        return self.asked_in_vain(job, &why, Some(wait));
                    }
                    _ => {}
                }
                return self.asked_in_vain(job, &why, wait);
            }
        };
        if let Some(pass) = pass {
            pass.open();
        }
        let jitter = self.jitter.f64();
        match self.judge(job.batch, &response) {
            Ok(judgements) => {
                self.handle_answer(job.batch, response.status, judgements, jitter);
            }
            Err(Untold::Pending { job: handle }) => {
                let wait = retry_after(&response.headers).unwrap_or_else(|| interval(job.asked));
                let handle = handle.unwrap_or_else(|| job.handle.clone());
                self.ask_again(Job { handle, in_vain: 0, ..job }, wait);
            }
            Err(Untold::Refused { code, message, .. }) => {
                let said = [code, message].into_iter().flatten().collect::<Vec<_>>().join(": ");
                self.give_up(&job, &format!("it failed: {said}"));
            }
            Err(Untold::Unsure(_, detail)) => self.give_up(&job, &detail),
        }
        self.settle_others();
    }

    fn asked_in_vain(&mut self, job: Job, why: &str, wait: Option<Duration>) {
        let in_vain = job.in_vain + 1;
        if in_vain >= IN_VAIN {
            return self.give_up(&job, &format!("asked for {in_vain} times in a row without an answer: {why}"));
        }
        self.ask_again(Job { in_vain, ..job }, wait.unwrap_or_else(|| interval(in_vain)));
    }

    fn ask_again(&mut self, job: Job, wait: Duration) {
        let (at, limit) = (self.now().saturating_add(wait), self.options.job_timeout);
        if at.saturating_sub(job.since) > limit {
            return self.give_up(&job, &format!("it was not done within {limit:?}"));
        }
        if let Some(remote) = &mut self.remote {
            remote.jobs.push(Job { at, ..job });
        }
    }

    /// Nobody knows what the job did, or will do.
    fn give_up(&mut self, job: &Job, why: &str) {
        let cause = Cause::doubt(DoubtKind::Pending, format!("the job {} was not seen to end: {why}", job.handle));
        let jitter = self.jitter.f64();
        self.handle_whole(job.batch, WholeEnd::Unsure { cause }, jitter);
        self.settle_others();
    }
}

/// The body that asks for a job: its handle in a field, or nothing.
pub(crate) fn poll_body(field: Option<&str>, handle: &str) -> Bytes {
    let Some(field) = field else { return Bytes::new() };
    let mut value = serde_json::Value::from(handle);
    for step in field.rsplit('/').take_while(|step| !step.is_empty()) {
        value = serde_json::json!({ step: value });
    }
    value.to_string().into()
}
