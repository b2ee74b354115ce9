//! The model server, behind an in-memory transport. It knows exactly what it applied, and how often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::Clock;
use bulk_endpoint::transport::{
    Request, Response, Transport, TransportError, TransportErrorKind, TruncatedBody, TruncationKind,
};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::{Fault, Lines, RetryAfter};
use crate::scenario::{Nature, Plan, Replayed, Scenario, Shape, Tokens};
use crate::simulate::BATCH_KEY;
use crate::time::SimClock;
use crate::trace::{Class, End, Event, Job, Said, Sent, SharedTrace};
use crate::types::{ALREADY, BUSY, MAYBE};

#[derive(Clone)]
pub struct Server {
    state: Arc<Mutex<State>>,
    clock: SimClock,
    trace: SharedTrace,
}

struct State {
    scenario: Scenario,
    plans: Vec<Arc<Plan>>,
    rng: fastrand::Rng,
    /// The last applied variant of each key.
    present: HashMap<u32, u8>,
    natures: HashMap<u32, Nature>,
    /// The result of each request's job.
    jobs: HashMap<usize, Reaction>,
}

type End_ = Result<Response, TransportError>;

/// The server's reaction to one request.
struct Reaction {
    end: End_,
    class: Class,
    said: Vec<Said>,
    applied: Vec<bool>,
    told: Option<Duration>,
    throttles: bool,
}

/// One entry of a response.
#[derive(Clone, Copy)]
struct Line {
    slot: usize,
    says: Says,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Done {
        accepted: bool,
    },
    /// Failed with this status and code.
    Failed(u16, Option<&'static str>),
    Back,
    DecodeError,
}

impl Server {
    pub fn new(scenario: &Scenario, clock: SimClock, trace: SharedTrace) -> Self {
        let mut present = HashMap::new();
        let mut natures = HashMap::new();
        for thing in scenario.runs.iter().flat_map(|run| &run.items) {
            natures.insert(thing.key, thing.nature);
            if thing.nature == Nature::DoneBefore {
                present.entry(thing.key).or_insert(thing.variant);
            }
        }
        let rng = fastrand::Rng::with_seed(scenario.seed);
        let plans = scenario.runs.iter().cloned().map(Arc::new).collect();
        let state = State { scenario: scenario.clone(), plans, rng, present, natures, jobs: HashMap::new() };
        Server { state: Arc::new(Mutex::new(state)), clock, trace }
    }

    /// Handles a request. Returns its number, the time until its end, and its end.
    fn take(&self, request: &Request) -> (usize, Duration, End_) {
        let mut state = self.state.lock().unwrap();
        let mut trace = self.trace.lock().unwrap();
        let mut path = request.url.path().split('/').filter_map(|segment| segment.parse().ok());
        let (run, asks): (usize, Option<usize>) = (path.next().unwrap(), path.next());
        let number = trace.sent.len();
        let fault = state.fault(number, run, self.clock.now());
        let items = if asks.is_some() { Vec::new() } else { parse(&request.body, state.scenario.runs[run].bare) };
        let header = |name| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let token = header("authorization").map(|bearer| bearer.trim_start_matches("Bearer ").parse().unwrap());
        let passed = |sent: &&Sent| {
            sent.token == token && sent.class == Class::Answered && sent.end.is_some_and(|end| !end.dropped)
        };
        let expired = |tokens: Tokens| trace.sent.iter().filter(passed).count() >= tokens.last;
        let fault = if state.scenario.tokens.is_some_and(expired) { Fault::Expired } else { fault };
        let at = self.clock.now();
        let (reaction, job, tells, so_far) = match asks {
            Some(job) => {
                let asked = &trace.sent[job];
                let done = asked.job.as_ref().is_some_and(|job| job.done_at <= at);
                let (reaction, tells, so_far) = state.ask(asked, job, done, fault);
                (reaction, None, tells, so_far)
            }
            None => {
                let (reaction, job) = state.take_in(run, number, at, &items, fault);
                let so_far = job.as_ref().map_or_else(Vec::new, |job| job.so_far.clone());
                (reaction, job, false, so_far)
            }
        };
        let takes = match fault {
            Fault::Timeout { .. } => request.timeout,
            _ => {
                let latency = state.scenario.latency.as_millis() as u64;
                Duration::from_millis(state.rng.u64(..=latency)).min(request.timeout)
            }
        };
        let status = reaction.end.as_ref().ok().map(|response| response.status);
        // For the poll of a job, only the status decides.
        let again = reaction.class == Class::Again && asks.is_none();
        trace.sent.push(Sent {
            run,
            asks,
            at,
            items,
            body: request.body.clone(),
            key: header(BATCH_KEY),
            token,
            fault,
            status,
            class: reaction.class,
            said: reaction.said,
            applied: reaction.applied,
            told: reaction.told,
            throttles: reaction.throttles || again || matches!(status, Some(429 | 503)),
            takes,
            end: None,
            job,
            tells,
            so_far,
        });
        trace.push(at, Event::Sent(number));
        (number, takes, reaction.end)
    }
}

/// Returns the items of a body: bare keys, or objects.
fn parse(body: &[u8], bare: bool) -> Vec<(u32, u8)> {
    #[derive(Deserialize)]
    struct Body<T> {
        ids: Vec<T>,
    }
    #[derive(Deserialize)]
    struct Item {
        id: u32,
        to: u8,
    }
    if bare {
        let body: Body<u32> = serde_json::from_slice(body).unwrap();
        body.ids.into_iter().map(|key| (key, 0)).collect()
    } else {
        let body: Body<Item> = serde_json::from_slice(body).unwrap();
        body.ids.into_iter().map(|item| (item.id, item.to)).collect()
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> BoxFuture<'static, End_> {
        let (number, takes, end) = self.take(&request);
        let sleep = self.clock.sleep(takes);
        let mut under_way = UnderWay { number, server: self.clone(), ended: false };
        Box::pin(async move {
            if !takes.is_zero() {
                sleep.await;
            }
            under_way.end(false);
            end
        })
    }
}

/// Notes the end of a request, also if it is dropped.
struct UnderWay {
    number: usize,
    server: Server,
    ended: bool,
}

impl UnderWay {
    fn end(&mut self, dropped: bool) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let at = self.server.clock.now();
        let mut trace = self.server.trace.lock().unwrap();
        let event = trace.events.len();
        trace.sent[self.number].end = Some(End { at, event, dropped });
        trace.push(at, Event::Ended(self.number));
        let sent = &trace.sent[self.number];
        let Some(job) = sent.asks else {
            // A job is not polled if the response that names it was not seen.
            if dropped || sent.job.is_none() {
                trace.free(at, self.number);
            }
            return;
        };
        if dropped || trace.sent[job].freed().is_some() {
            return;
        }
        if !sent.tells {
            let more = sent.so_far.clone();
            let known = trace.sent[job].job.as_mut().into_iter().flat_map(|job| &mut job.so_far);
            known.zip(more).for_each(|(known, more)| *known |= more);
            return;
        }
        let state = self.server.state.lock().unwrap();
        let (told, sent) = (&state.jobs[&job], &mut trace.sent[job]);
        (sent.class, sent.said, sent.told) = (told.class, told.said.clone(), told.told);
        sent.job.iter_mut().for_each(|job| job.told = true);
        trace.free(at, job);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.end(true);
    }
}

impl State {
    fn fault(&mut self, number: usize, run: usize, at: Duration) -> Fault {
        let Scenario { script, fault_percent, faults_until, outages, .. } = &self.scenario;
        let outage = outages.iter().find(|outage| (outage.from..outage.until).contains(&at));
        let random = number < *faults_until && self.rng.u8(..100) < *fault_percent;
        let fault = match script.get(number) {
            Some(fault) => *fault,
            None if outage.is_some() => outage.map_or(Fault::None, |outage| outage.fault),
            None if random => Fault::random(&mut self.rng, true),
            None => Fault::None,
        };
        // A token is refused only after it has expired.
        let fault = match fault {
            Fault::Refuse(401 | 407, wait) if self.scenario.tokens.is_some() => Fault::Refuse(403, wait),
            fault => fault,
        };
        fault.fit(&self.scenario.runs[run])
    }

    fn react(&mut self, run: usize, items: &[(u32, u8)], fault: Fault) -> Reaction {
        let plan = self.plans[run].clone();
        let nobody = vec![false; items.len()];
        let whole = |class, said, applied, end| Reaction {
            end,
            class,
            said: vec![said; items.len()],
            applied,
            told: None,
            throttles: false,
        };
        let unsure = |applied, end| whole(Class::Unsure, Said::Unsure, applied, end);
        let error = |kind| Err(TransportError::new(kind, format!("{kind:?}")));
        let refuse = |status, code: Option<&str>, retry_after| {
            answer(status, json!({ "code": code, "message": "no" }).to_string(), retry_after)
        };
        // Without another fault, a request with too many items is refused with 413.
        let looks = matches!(fault, Fault::None | Fault::Lines(..));
        if looks && items.len() > plan.takes {
            return whole(Class::TooLarge, Said::Refused, nobody, refuse(413, None, RetryAfter::None));
        }
        match fault {
            Fault::NotSent => whole(Class::NotSent, Said::NotSent, nobody, error(TransportErrorKind::NotSent)),
            Fault::NoSocket => whole(Class::NotSent, Said::NotSent, nobody, error(TransportErrorKind::NoSocket)),
            Fault::Reset { applied } => unsure(self.apply(&plan, items, applied), error(TransportErrorKind::Reset)),
            Fault::Timeout { applied } => unsure(self.apply(&plan, items, applied), error(TransportErrorKind::Timeout)),
            Fault::TruncatedBody { applied, too_large } => {
                let kind = if too_large { TruncationKind::TooLarge } else { TruncationKind::Broken };
                let cut = TruncatedBody { start: r#"{"done":[1,2,"#.into(), kind, detail: "cut".into() };
                let end = Ok(Response { status: 200, headers: HeaderMap::new(), body: Err(cut) });
                unsure(self.apply(&plan, items, applied), end)
            }
            Fault::Again(status, retry_after) => Reaction {
                told: retry_after.told(),
                ..whole(Class::Again, Said::Refused, nobody, refuse(status, None, retry_after))
            },
            Fault::Busy(retry_after) => Reaction {
                told: retry_after.told(),
                ..whole(Class::Again, Said::Refused, nobody, refuse(400, Some(BUSY), retry_after))
            },
            Fault::Expired => whole(Class::NotSent, Said::NotSent, nobody, refuse(401, None, RetryAfter::None)),
            Fault::Refuse(status, wait) => {
                let class = class_of(&plan, status);
                let said = if class == Class::NotSent { Said::NotSent } else { Said::Refused };
                Reaction { told: wait.told(), ..whole(class, said, nobody, refuse(status, None, wait)) }
            }
            Fault::Broken { status, applied, wait } => {
                Reaction { told: wait.told(), ..unsure(self.apply(&plan, items, applied), refuse(status, None, wait)) }
            }
            Fault::Maybe { applied } => {
                unsure(self.apply(&plan, items, applied), refuse(400, Some(MAYBE), RetryAfter::None))
            }
            Fault::Body { body, applied } => Reaction {
                class: Class::Answered,
                ..unsure(self.apply(&plan, items, applied), answer(200, body.to_owned(), RetryAfter::None))
            },
            Fault::None | Fault::Lines(..) => self.answer(&plan, items, fault),
        }
    }

    /// Handles the items of a request. Returns its response, or the job that it starts.
    fn take_in(
        &mut self,
        run: usize,
        number: usize,
        at: Duration,
        items: &[(u32, u8)],
        fault: Fault,
    ) -> (Reaction, Option<Job>) {
        let plan = self.plans[run].clone();
        let looks = matches!(fault, Fault::None | Fault::Lines(..));
        let is_job = looks && plan.shape == Shape::Job && items.len() <= plan.takes;
        let most = if is_job && self.verdicts(&plan, items).is_some() { plan.jobs.take } else { Duration::ZERO };
        let take = Duration::from_millis(self.rng.u64(..=most.as_millis() as u64));
        if take.is_zero() {
            return (self.react(run, items, fault), None);
        }
        let fails = self.rng.u8(..100) < plan.jobs.fail_percent;
        let reaction = if fails { failed_job(&plan, items.len()) } else { self.react(run, items, fault) };
        let tells_early = fault == Fault::None && !fails;
        let so_far = self.some_of(tells_early, &plan, &reaction.applied);
        let running = json!({ "state": "running", "job": number.to_string(), "done": named(items, &so_far) });
        let nothing_yet = Reaction {
            end: answer(202, running.to_string(), RetryAfter::None),
            class: Class::Answered,
            said: vec![Said::Unsure; items.len()],
            applied: reaction.applied.clone(),
            told: None,
            throttles: false,
        };
        self.jobs.insert(number, reaction);
        (nothing_yet, Some(Job { done_at: at + take, told: false, so_far, freed: None }))
    }

    /// Returns a random part of what was applied, or nothing.
    fn some_of(&mut self, any: bool, plan: &Plan, applied: &[bool]) -> Vec<bool> {
        let any = any && plan.partial && self.rng.bool();
        applied.iter().map(|applied| any && *applied && self.rng.bool()).collect()
    }

    /// Responds to the poll of a job.
    fn ask(&mut self, asked: &Sent, job: usize, done: bool, fault: Fault) -> (Reaction, bool, Vec<bool>) {
        let plan = self.plans[asked.run].clone();
        let nothing =
            |end, class, told, throttles| Reaction { end, class, said: vec![], applied: vec![], told, throttles };
        let wait = match fault {
            Fault::None => RetryAfter::None,
            Fault::Lines(_, _, wait) => wait,
            // Regardless of the state of the job.
            fault => return (self.react(asked.run, &[], fault), false, Vec::new()),
        };
        if done {
            let told = &self.jobs[&job];
            return (nothing(told.end.clone(), Class::Answered, told.told, told.throttles), true, Vec::new());
        }
        // Correct results can be reported before the job ends; wrong ones only at its end.
        let tells_early = asked.fault == Fault::None && self.jobs[&job].class == Class::Answered;
        let so_far = self.some_of(tells_early, &plan, &asked.applied);
        let running = json!({ "state": "running", "done": named(&asked.items, &so_far) });
        let running = answer(200, running.to_string(), wait);
        (nothing(running, Class::Answered, wait.told(), false), false, so_far)
    }

    /// Returns the verdict of each item by its nature; `None`: a poison item refuses the request.
    fn verdicts(&self, plan: &Plan, items: &[(u32, u8)]) -> Option<Vec<Says>> {
        if items.iter().any(|(key, _)| self.natures[key] == Nature::Poison) {
            return None;
        }
        let verdict = |(key, variant): &(u32, u8)| match self.natures[key] {
            Nature::Bad => Says::Failed(410, None),
            // Without idempotency, every request applies its items anew.
            _ if self.present.get(key) != Some(variant) || !plan.idempotent => Says::Done { accepted: false },
            _ => match plan.replayed {
                Replayed::Done => Says::Done { accepted: false },
                Replayed::Already => Says::Failed(409, Some(ALREADY)),
                Replayed::NotFound => Says::Failed(410, None),
            },
        };
        Some(items.iter().map(verdict).collect())
    }

    /// Applies a request whose response is lost, if it is applied at all.
    fn apply(&mut self, plan: &Plan, items: &[(u32, u8)], applied: bool) -> Vec<bool> {
        match self.verdicts(plan, items) {
            Some(verdicts) if applied => self.apply_done(plan, items, &verdicts),
            _ => vec![false; items.len()],
        }
    }

    fn apply_done(&mut self, plan: &Plan, items: &[(u32, u8)], verdicts: &[Says]) -> Vec<bool> {
        let done = |says: &Says| matches!(says, Says::Done { .. });
        let acts = plan.partial || verdicts.iter().all(done);
        let applied: Vec<bool> = verdicts.iter().map(|says| acts && done(says)).collect();
        for ((key, variant), _) in items.iter().zip(&applied).filter(|(_, applied)| **applied) {
            self.present.insert(*key, *variant);
        }
        applied
    }

    /// Applies a request, and responds.
    fn answer(&mut self, plan: &Plan, items: &[(u32, u8)], fault: Fault) -> Reaction {
        let refused = |class, status| Reaction {
            end: answer(status, r#"{"message":"a bad item"}"#.into(), RetryAfter::None),
            class,
            said: vec![Said::Refused; items.len()],
            applied: vec![false; items.len()],
            told: None,
            throttles: false,
        };
        let Some(mut verdicts) = self.verdicts(plan, items) else { return refused(class_of(plan, 400), 400) };
        let (lines, mask, wait) = match fault {
            Fault::Lines(lines, mask, wait) => (Some(lines), mask, wait),
            _ => (None, 0, RetryAfter::None),
        };
        let picked = |slot: usize| mask >> (slot % 8) & 1 == 1;
        let mut applied_all_the_same = false;
        for (slot, says) in verdicts.iter_mut().enumerate().filter(|(slot, _)| picked(*slot)) {
            let _ = slot;
            match lines {
                Some(Lines::Throttled) => {
                    *says = Says::Failed(
                        429,
                        if matches!(plan.shape, Shape::Each | Shape::Placed) { None } else { Some(BUSY) },
                    );
                }
                Some(Lines::Busy) => *says = Says::Failed(503, Some(BUSY)),
                Some(Lines::HandedBack) => *says = Says::Back,
                Some(Lines::Accepted) if matches!(says, Says::Done { .. }) => *says = Says::Done { accepted: true },
                _ => {}
            }
        }
        let maybe = matches!(lines, Some(Lines::Maybe { .. }));
        if let Some(Lines::Maybe { applied }) = lines {
            applied_all_the_same = applied && plan.partial;
            if !applied_all_the_same {
                for (slot, says) in verdicts.iter_mut().enumerate() {
                    if picked(slot) {
                        *says = Says::Failed(500, Some(MAYBE));
                    }
                }
            }
        }
        if plan.shape == Shape::Nothing && verdicts.iter().any(|says| !matches!(says, Says::Done { .. })) {
            return refused(Class::Final, 409);
        }
        let applied = self.apply_done(plan, items, &verdicts);
        if maybe && applied_all_the_same {
            for (slot, says) in verdicts.iter_mut().enumerate() {
                if picked(slot) {
                    *says = Says::Failed(500, Some(MAYBE));
                }
            }
        }
        let mut said = Answer::new(plan, items, verdicts);
        said.spoil(lines, picked);
        let shows_status = matches!(plan.shape, Shape::Each | Shape::Placed);
        Reaction {
            end: answer(said.status(), said.body(), wait),
            class: Class::Answered,
            said: said.meaning(),
            applied,
            told: wait.told(),
            throttles: lines == Some(Lines::Throttled) && shows_status && (0..items.len()).any(picked),
        }
    }
}

/// The response to a request that was carried out.
struct Answer<'s> {
    plan: &'s Plan,
    items: &'s [(u32, u8)],
    lines: Vec<Line>,
    foreign: bool,
    miscounted: bool,
    /// Items of the fault whose entry the shape expresses by not listing them.
    silent_ok: bool,
    accepted: bool,
    all_done: bool,
}

impl<'s> Answer<'s> {
    fn new(plan: &'s Plan, items: &'s [(u32, u8)], verdicts: Vec<Says>) -> Self {
        let accepted = verdicts.contains(&Says::Done { accepted: true });
        let all = verdicts.iter().all(|says| matches!(says, Says::Done { .. }));
        // Rolled-back items are not listed. A response by position cannot distinguish them from done ones.
        let named = |says: &Says| match (says, plan.shape) {
            (Says::Done { .. }, Shape::FailuresOnly) => false,
            (Says::Done { .. }, Shape::Placed) => true,
            (Says::Done { .. }, _) => plan.partial || all,
            _ => true,
        };
        let lines = verdicts
            .into_iter()
            .enumerate()
            .filter(|(_, says)| named(says))
            .map(|(slot, says)| Line { slot, says })
            .collect();
        Answer { plan, items, lines, foreign: false, miscounted: false, silent_ok: true, accepted, all_done: all }
    }

    fn spoil(&mut self, fault: Option<Lines>, picked: impl Fn(usize) -> bool) {
        match fault {
            Some(Lines::Missing) => self.lines.retain(|line| !picked(line.slot)),
            Some(Lines::Foreign) => (self.foreign, self.silent_ok) = (true, false),
            Some(Lines::Repeated) => {
                let again: Vec<Line> = self.lines.iter().filter(|line| picked(line.slot)).copied().collect();
                self.lines.extend(again);
            }
            Some(Lines::Both) => {
                let other = |line: &Line| Line {
                    slot: line.slot,
                    says: match line.says {
                        Says::Done { .. } => Says::Failed(410, None),
                        _ => Says::Done { accepted: false },
                    },
                };
                let others: Vec<Line> = self.lines.iter().filter(|line| picked(line.slot)).map(other).collect();
                self.lines.extend(others);
            }
            // If rolled-back items count as done in a response by position, the failure must be readable.
            Some(Lines::DecodeError) if self.plan.shape == Shape::Placed && !self.plan.partial && !self.all_done => {}
            Some(Lines::DecodeError) => {
                for slot in (0..self.items.len()).filter(|slot| picked(*slot)) {
                    self.lines.retain(|line| line.slot != slot);
                    self.lines.push(Line { slot, says: Says::DecodeError });
                    self.silent_ok = false;
                }
                if self.plan.shape == Shape::Placed {
                    self.lines.sort_by_key(|line| line.slot);
                }
            }
            Some(Lines::Reordered) => self.lines.reverse(),
            Some(Lines::Miscounted) => {
                self.miscounted = true;
                if self.items.len().is_multiple_of(2) {
                    self.lines.pop();
                } else if let Some(last) = self.lines.last().copied() {
                    self.lines.push(last);
                }
            }
            _ => {}
        }
    }

    /// Returns 200 instead of 207 and 202 instead of 200 for what is accepted, in both directions.
    fn status(&self) -> u16 {
        match self.plan.shape {
            Shape::Lists | Shape::Job | Shape::Each if self.lines.len() % 2 == 1 => 207,
            _ if self.accepted => 202,
            _ => 200,
        }
    }

    fn body(&self) -> String {
        let key = |line: &Line| self.items[line.slot].0;
        let code = |says: Says| match says {
            Says::Failed(_, code) => code,
            _ => None,
        };
        let status = |says: Says| match says {
            Says::Done { accepted } => {
                if accepted {
                    202
                } else {
                    200
                }
            }
            Says::Failed(status, _) => status,
            Says::Back | Says::DecodeError => 500,
        };
        let failure = |line: &Line| match line.says {
            // It names its item, but has no message.
            Says::DecodeError => json!({ "id": key(line), "text": "no" }),
            says => json!({ "id": key(line), "message": "no", "code": code(says) }),
        };
        let is_failure = |line: &&Line| matches!(line.says, Says::Failed(..) | Says::DecodeError);
        let strange = 4_000_000_000_u32;
        let body = match self.plan.shape {
            Shape::Nothing => json!({}),
            Shape::Lists | Shape::Job => {
                let mut done: Vec<u32> =
                    self.lines.iter().filter(|line| matches!(line.says, Says::Done { .. })).map(key).collect();
                done.extend(self.foreign.then_some(strange));
                let failures: Vec<Value> = self.lines.iter().filter(is_failure).map(failure).collect();
                let back: Vec<u32> = self.lines.iter().filter(|line| line.says == Says::Back).map(key).collect();
                let state = (self.plan.shape == Shape::Job).then_some("done");
                json!({ "state": state, "done": done, "failures": failures, "back": back, "more": { "done": [1] } })
            }
            Shape::FailuresOnly => {
                let mut failures: Vec<Value> = self.lines.iter().filter(is_failure).map(failure).collect();
                failures.extend(self.foreign.then(|| json!({ "id": strange, "message": "who" })));
                json!({ "failures": failures })
            }
            Shape::Each => {
                let element = |line: &Line| match line.says {
                    Says::DecodeError => json!({ "id": key(line), "status": "fine" }),
                    says => json!({ "status": status(says), "id": key(line), "code": code(says) }),
                };
                let mut elements: Vec<Value> = self.lines.iter().map(element).collect();
                elements.extend(self.foreign.then(|| json!({ "status": 200, "id": strange })));
                Value::from(elements)
            }
            Shape::Placed => {
                let element = |line: &Line| match line.says {
                    Says::DecodeError => json!({ "status": "fine" }),
                    says => json!({ "status": status(says), "code": code(says) }),
                };
                Value::from(self.lines.iter().map(element).collect::<Vec<_>>())
            }
        };
        body.to_string()
    }

    /// What a reader must conclude about each item: DESIGN, promises 3 and 4, implemented a second time.
    fn meaning(&self) -> Vec<Said> {
        if self.plan.shape == Shape::Placed && self.miscounted {
            return vec![Said::Unsure; self.items.len()];
        }
        let failed = |code: Option<&str>, status: u16| match code {
            Some(ALREADY) if self.plan.lists_already => Said::Already,
            Some(BUSY) => Said::Busy,
            Some(MAYBE) => Said::Unsure,
            _ if status == 429 => Said::Busy,
            _ => Said::Failed,
        };
        let of = |slot: usize| {
            let mut lines = self.lines.iter().filter(|line| line.slot == slot).map(|line| line.says);
            let first = lines.next()?;
            let is_done = |says| matches!(says, Says::Done { .. });
            let agree = lines.all(|says| is_done(says) == is_done(first));
            Some(match first {
                _ if !agree => (Said::Unsure, false),
                Says::Done { .. } => (Said::Done, false),
                Says::Failed(status, code) => (failed(code, status), true),
                Says::Back => (Said::HandedBack, false),
                Says::DecodeError => (Said::Unsure, false),
            })
        };
        let told: Vec<Option<(Said, bool)>> = (0..self.items.len()).map(of).collect();
        // What cannot be read, or contradicts itself, may be a failure, and that would undo all others.
        let is_unclear = !self.plan.partial && told.iter().flatten().any(|(said, _)| *said == Said::Unsure);
        let fails = |(said, failed): &(Said, bool)| *failed && *said != Said::Unsure;
        let rolls_back = !self.plan.partial && told.iter().flatten().any(fails);
        // Items that fail only for now are retried together with the others.
        let for_now = told.iter().flatten().all(|(said, failed)| !failed || *said == Said::Busy);
        let silent = match self.plan.shape {
            Shape::Nothing => Said::Done,
            Shape::FailuresOnly if self.silent_ok => Said::Done,
            _ => Said::Unsure,
        };
        let meaning = |told| match told {
            Some((said, true)) => said,
            // One failed item undoes all others: the declaration says so.
            _ if rolls_back && for_now => Said::HandedBack,
            _ if rolls_back => Said::RolledBack,
            Some((Said::Done, _)) if is_unclear => Said::Unsure,
            Some((said, false)) => said,
            None if is_unclear => Said::Unsure,
            None => silent,
        };
        told.into_iter().map(meaning).collect()
    }
}

/// Returns the keys of the selected items.
fn named(items: &[(u32, u8)], which: &[bool]) -> Vec<u32> {
    items.iter().zip(which).filter(|(_, which)| **which).map(|((key, _), _)| *key).collect()
}

/// The end of a failed job. All or nothing means nothing; otherwise the result of each item is unknown.
fn failed_job(plan: &Plan, items: usize) -> Reaction {
    let (class, said) = if plan.partial { (Class::Unsure, Said::Unsure) } else { (Class::Final, Said::Refused) };
    Reaction {
        end: answer(200, json!({ "state": "failed" }).to_string(), RetryAfter::None),
        class,
        said: vec![said; items],
        applied: vec![false; items],
        told: None,
        throttles: false,
    }
}

fn answer(status: u16, body: String, retry_after: RetryAfter) -> End_ {
    let mut headers = HeaderMap::new();
    let (wait, date) = retry_after.headers();
    if let Some(wait) = wait {
        headers.insert("retry-after", wait.parse().unwrap());
    }
    if let Some(date) = date {
        headers.insert("date", date.parse().unwrap());
    }
    Ok(Response::new(status, headers, body))
}

fn class_of(plan: &Plan, status: u16) -> Class {
    match status {
        404 if plan.stops_on_404 => Class::Stop,
        400 if plan.isolates => Class::Isolate,
        301..308 | 401 | 403 | 407 => Class::Stop,
        413 | 414 | 431 => Class::TooLarge,
        421 | 425 => Class::NotSent,
        _ => Class::Final,
    }
}

impl Fault {
    /// Adapts a fault to this kind of endpoint: a response is wrong about no item that the fault does not select.
    fn fit(self, plan: &Plan) -> Fault {
        match self {
            // If retries are not safe, a 503 is an unknown result.
            Fault::Again(503, wait) if !plan.idempotent => Fault::Broken { status: 503, applied: true, wait },
            Fault::Broken { status: 503, wait, .. } if plan.idempotent => Fault::Again(503, wait),
            // For an endpoint without a response body, an empty body is a valid response.
            Fault::Body { body, .. } if plan.shape == Shape::Nothing && matches!(body.trim(), "" | "{}" | "null") => {
                Fault::None
            }
            Fault::Lines(..) if plan.shape == Shape::Nothing => Fault::None,
            Fault::Lines(lines, mask, wait) => match (plan.shape, lines) {
                // A failed item that is not listed counts as done, which no client can detect.
                (Shape::FailuresOnly, Lines::Missing | Lines::Both | Lines::Miscounted) => {
                    Fault::Lines(Lines::Foreign, mask, wait)
                }
                (Shape::Placed, Lines::Missing | Lines::Both | Lines::Repeated | Lines::Foreign | Lines::Reordered) => {
                    Fault::Lines(Lines::Miscounted, mask, wait)
                }
                (Shape::Lists | Shape::Job | Shape::Each, Lines::Miscounted) => {
                    Fault::Lines(Lines::Missing, mask, wait)
                }
                (Shape::Lists | Shape::Job, Lines::HandedBack) if plan.partial => self,
                (_, Lines::HandedBack) => Fault::Lines(Lines::Busy, mask, wait),
                _ => self,
            },
            fault => fault,
        }
    }
}
