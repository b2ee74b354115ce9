//! The vendor of the simulation. It outlives the processes, and applies what reached it also after its client died.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bulk_endpoint::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::model::PROCESS_ENDED;
use crate::scenario::Scenario;
use crate::store::SimStore;
use crate::types::ALREADY;

/// An item as the vendor gets it: its key, and what it is to be.
pub type Name = (u32, u8);

/// Whether an item was what it is to be before any request, where the vendor says so.
pub fn is_given(item: Name) -> bool {
    item.0.is_multiple_of(5)
}

#[derive(Clone)]
pub struct Vendor(Arc<Mutex<Ledger>>);

pub struct Ledger {
    /// As the present life declares it.
    pub scenario: Scenario,
    store: SimStore,
    rng: fastrand::Rng,
    /// That of the latest request.
    timeout: Duration,
    pub fault_percent: u8,
    /// The faults of the first requests.
    pub script: VecDeque<Option<Fault>>,
    pub requests: Vec<Sent>,
    /// What is applied, and when, by the clock of the world.
    pub applied: Vec<(Duration, Name)>,
    keys: HashMap<String, Keyed>,
    /// The items of each job, when it is done, and whether it says what was so already.
    jobs: Vec<(Vec<Name>, Duration, bool)>,
    /// The jobs that were polled, with the life that did it.
    pub polled: HashSet<(u32, usize)>,
    /// The keys of items that were refused, or of which the run's `verify` was told that they are not applied.
    pub refused: HashSet<u32>,
    /// The attempts of an item that count, since it was settled for the given time.
    spent: HashMap<u32, (u32, u32)>,
    /// The present life reads all items as they were, so that a batch comes again as it was.
    pub keeps_whole: bool,
    /// The requests and polls of each life that went wrong.
    pub faults: HashMap<u32, u32>,
    /// The lives that were asked for a delay, and when.
    delays: Vec<(u32, Duration)>,
    pub findings: Vec<String>,
}

/// What came under an idempotency key.
struct Keyed {
    body: Bytes,
    response: Option<(u16, Value)>,
    /// When it came first.
    since: Duration,
}

/// The delay that a response asks for.
const DELAY: Duration = Duration::from_secs(2);
/// What happens in the same moment has no order.
const NEXT: Duration = Duration::from_nanos(1);

/// A request that left.
#[derive(Debug, Clone)]
pub struct Sent {
    pub life: u32,
    pub at: Duration,
    pub items: Vec<Name>,
    /// The items that it may have applied.
    pub may_have_applied: Vec<Name>,
    /// Whether a retry was safe, as its life declared it, but for these items.
    pub idempotent: bool,
    pub unprotected: Vec<Name>,
    key: Option<String>,
    /// When its client knows how it ended, at the latest.
    pub until: Duration,
    pub fault: Option<Fault>,
}

/// What happens to a request.
enum Fate {
    Response(u16, Value),
    Error(TransportErrorKind),
}

impl Vendor {
    pub fn new(scenario: &Scenario, store: SimStore) -> Self {
        Vendor(Arc::new(Mutex::new(Ledger {
            scenario: scenario.clone(),
            store,
            rng: fastrand::Rng::with_seed(scenario.seed ^ 0xfa17),
            timeout: scenario.timeout,
            fault_percent: scenario.fault_percent,
            script: scenario.script.iter().copied().collect(),
            requests: Vec::new(),
            applied: Vec::new(),
            keys: HashMap::new(),
            jobs: Vec::new(),
            polled: HashSet::new(),
            refused: HashSet::new(),
            spent: HashMap::new(),
            keeps_whole: false,
            faults: HashMap::new(),
            delays: Vec::new(),
            findings: Vec::new(),
        })))
    }

    pub fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap()
    }
}

impl Transport for Vendor {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let mut ledger = self.lock();
        let fate = if request.method == Method::GET { ledger.poll(&request) } else { ledger.receive(&request) };
        let latency = ledger.scenario.latency.mul_f64(ledger.rng.f64());
        let clock = ledger.store.lock().clock.clone();
        let wait = if matches!(fate, Fate::Error(TransportErrorKind::Timeout)) { request.timeout } else { latency };
        if request.method != Method::GET {
            let until = ledger.store.lock().now() + wait;
            let sent = ledger.requests.last_mut().unwrap();
            sent.until = until;
            let life = sent.life;
            if matches!(fate, Fate::Response(429, _)) {
                ledger.delays.push((life, until));
            }
        }
        let sleep = clock.sleep(wait);
        async move {
            sleep.await;
            match fate {
                Fate::Response(status, body) => {
                    let mut headers = HeaderMap::new();
                    if status == 429 {
                        headers.insert("retry-after", DELAY.as_secs().into());
                    }
                    Ok(Response::new(status, headers, body.to_string().into_bytes()))
                }
                Fate::Error(kind) => Err(TransportError::new(kind, "the simulation")),
            }
        }
        .boxed()
    }
}

impl Ledger {
    /// A request with items.
    fn receive(&mut self, request: &Request) -> Fate {
        self.timeout = request.timeout;
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let body = body["ids"].as_array().unwrap();
        let number = |value: &Value| value.as_u64().unwrap();
        let items: Vec<Name> =
            body.iter().map(|item| (number(&item["id"]) as u32, number(&item["to"]) as u8)).collect();
        let key = request.headers.get(crate::KEY).map(|key| key.to_str().unwrap().to_owned());
        let (now, life) = self.check_journal(&items, key.as_deref());
        self.check_attempts(&items, now, life);
        if let Some(valid) = self.scenario.key_valid {
            // The vendor forgets it.
            self.keys.retain(|_, keyed| now < keyed.since + valid);
        }
        let unprotected = self.unprotected(&items, key.as_deref());
        self.requests.push(Sent {
            life,
            at: now,
            items: items.clone(),
            may_have_applied: Vec::new(),
            idempotent: self.scenario.idempotent,
            key: key.clone(),
            unprotected,
            until: now,
            fault: None,
        });
        if items.len() > self.scenario.max {
            self.findings.push(format!("{} items in a request", items.len()));
        }
        if let Some(key) = &key
            && let Some(Keyed { body, response, .. }) = self.keys.get(key)
        {
            if *body != request.body {
                self.findings.push(format!("other bytes under the idempotency key {key}"));
            }
            if let Some((status, response)) = response {
                return Fate::Response(*status, response.clone());
            }
        }
        if let Some(key) = &key {
            let keyed = || Keyed { body: request.body.clone(), response: None, since: now };
            self.keys.entry(key.clone()).or_insert_with(keyed);
        }
        let fault = self.fault();
        self.requests.last_mut().unwrap().fault = fault;
        *self.faults.entry(life).or_default() += u32::from(fault.is_some());
        if fault.is_some_and(Fault::spends) {
            items.iter().for_each(|(key, _)| self.spent.entry(*key).or_default().1 += 1);
        }
        if fault == Some(Fault::Refused) {
            self.refused.extend(items.iter().map(|(key, _)| *key));
        }
        let key = key.as_deref();
        match fault {
            Some(Fault::NotSent) => Fate::Error(TransportErrorKind::NotSent),
            Some(Fault::Reset { applied }) => self.lose(&items, key, applied, Fate::Error(TransportErrorKind::Reset)),
            Some(Fault::Timeout { applied }) => {
                self.lose(&items, key, applied, Fate::Error(TransportErrorKind::Timeout))
            }
            Some(Fault::Broken { applied }) => {
                self.lose(&items, key, applied, Fate::Response(500, json!({"message": "broken"})))
            }
            Some(Fault::Empty) => self.lose(&items, key, true, Fate::Response(200, json!({}))),
            Some(Fault::Throttled) => Fate::Response(429, json!({"message": "later"})),
            Some(Fault::Refused) => Fate::Response(422, json!({"message": "no"})),
            Some(Fault::Expired) => Fate::Response(401, json!({"message": "expired"})),
            Some(Fault::Partly) => self.carry_out(&items, key, 50),
            None => self.carry_out(&items, key, 100),
        }
    }

    /// Where only its key makes a request safe: the items that an earlier request may have applied under another key, or under this one before the
    /// vendor forgot it.
    fn unprotected(&self, items: &[Name], key: Option<&str>) -> Vec<Name> {
        let is_known = key.is_some_and(|key| self.keys.contains_key(key));
        let other = self.requests.iter().filter(|sent| !is_known || sent.key.as_deref() != key);
        let mut risky: Vec<Name> = other.flat_map(|sent| sent.may_have_applied.iter().copied()).collect();
        risky.retain(|item| self.scenario.key_valid.is_some() && items.contains(item));
        risky
    }

    /// The fault of the next request: the next one of the script, then random ones.
    fn fault(&mut self) -> Option<Fault> {
        if let Some(next) = self.script.pop_front() {
            return next;
        }
        if self.rng.u8(..100) >= self.fault_percent {
            return None;
        }
        match Fault::random(&mut self.rng) {
            Fault::Refused if !self.scenario.refuses => None,
            Fault::Expired if !self.scenario.expires => None,
            fault => Some(fault),
        }
    }

    /// Checks that the journal has the intent of the request, and none of its items as settled for good, and that what must stay together
    /// comes again as it was.
    fn check_journal(&mut self, items: &[Name], key: Option<&str>) -> (Duration, u32) {
        let mut store = self.store.lock();
        store.note_departure();
        let keys: Vec<String> = items.iter().map(|(key, _)| key.to_string()).collect();
        if !(store.durable.intends(&keys) || self.scenario.leaves_ahead() && store.durable.lets_leave(&keys)) {
            self.findings.push(format!("a request left without a durable intent: {items:?}"));
        }
        let settled = store.durable.final_keys();
        if self.scenario.has_plain_keys() && keys.iter().any(|key| settled.contains(key)) {
            self.findings.push(format!("an item that is settled for good left again: {items:?}"));
        }
        if self.keeps_whole {
            let store = &mut *store;
            for (batch, spent) in store
                .pending
                .extract_if(.., |(batch, _)| store.durable.keys_of(&batch.items).iter().any(|key| keys.contains(key)))
            {
                let is_running =
                    batch.job.is_some() && store.durable.attempts[&batch.attempt].end.as_deref() == Some(PROCESS_ENDED);
                if is_running {
                    self.findings.push(format!("items left although their job goes on: {items:?}, {batch:?}"));
                }
                let is_same = store.durable.keys_of(&batch.items) == keys && batch.key.as_deref() == key;
                // An item without attempts left ends, and the others are sent without it.
                let is_spent = spent >= self.scenario.max_attempts;
                let fits = batch.items.len() <= self.scenario.max;
                if batch.job.is_none() && !is_same && !is_spent && fits {
                    self.findings
                        .push(format!("an uncertain batch did not come again as it was: {items:?}, {batch:?}"));
                }
            }
        }
        (store.now(), store.durable.life)
    }

    /// Checks that the items are in no other request, and have attempts left.
    fn check_attempts(&mut self, items: &[Name], now: Duration, life: u32) {
        let in_flight = self.requests.iter().filter(|sent| sent.life == life && sent.until > now).count();
        if in_flight >= self.scenario.concurrency {
            self.findings.push(format!("{} requests at once: {items:?}", in_flight + 1));
        }
        if self.delays.iter().any(|(of, from)| *of == life && (*from + NEXT..*from + DELAY).contains(&now)) {
            self.findings.push(format!("a request left before the delay that the vendor asked for: {items:?}"));
        }
        let key_of = |item: &Name| item.0;
        let is_in_two = |sent: &&Sent| {
            sent.life == life
                && sent.until > now
                && sent.items.iter().any(|item| items.iter().any(|(key, _)| key_of(item) == *key))
        };
        if let Some(other) = self.requests.iter().find(is_in_two) {
            self.findings.push(format!("items are in two requests at once: {items:?}, {other:?}"));
        }
        if !self.scenario.has_plain_keys() {
            return;
        }
        let store = self.store.lock();
        for (key, _) in items {
            let row = store.durable.items.iter().find(|row| row.key.as_deref() == Some(&key.to_string()));
            let settled = row.map_or(0, |row| row.settlements);
            let spent = self.spent.entry(*key).or_default();
            if spent.0 != settled {
                *spent = (settled, 0);
            }
            if spent.1 >= self.scenario.max_attempts {
                self.findings.push(format!("an item without attempts left was sent again: {key}"));
            }
        }
    }

    /// The client cannot know whether the vendor applies the items.
    fn lose(&mut self, items: &[Name], key: Option<&str>, applied: bool, fate: Fate) -> Fate {
        if applied {
            self.carry_out(items, key, 100);
        } else {
            self.requests.last_mut().unwrap().may_have_applied = items.to_vec();
        }
        fate
    }

    /// Applies the good items, or the given percentage of them; the others are told to come again. Returns the response.
    fn carry_out(&mut self, items: &[Name], key: Option<&str>, percent: u8) -> Fate {
        // Within the bound: it is done when the client of a request that hangs gives up.
        let takes = self.scenario.takes.min(self.timeout.mul_f64(0.95));
        let now = self.store.lock().now();
        let at = now + takes.mul_f64(self.rng.f64());
        let is_bad = |item: &Name| item.0.is_multiple_of(7);
        let mut done = Vec::new();
        let mut elements = Vec::new();
        for item in items {
            let status = match () {
                () if is_bad(item) => 400,
                () if self.scenario.already && (is_given(*item) || self.applied.iter().any(|(_, is)| is == item)) => {
                    409
                }
                () if !self.scenario.job && self.rng.u8(..100) >= percent => 429,
                () => 200,
            };
            if status == 200 {
                done.push(*item);
            }
            elements.push(json!({"id": item.0, "status": status}));
        }
        self.requests.last_mut().unwrap().may_have_applied = done.clone();
        let response = if self.scenario.job {
            let done_at = at + takes;
            self.applied.extend(done.iter().map(|item| (done_at, *item)));
            self.requests.last_mut().unwrap().may_have_applied = items.to_vec();
            self.jobs.push((items.to_vec(), done_at, self.scenario.already));
            (202, json!({"job": (self.jobs.len() - 1).to_string(), "state": "running"}))
        } else {
            self.applied.extend(done.iter().map(|item| (at, *item)));
            (200, Value::Array(elements))
        };
        if let Some(key) = key {
            self.keys.get_mut(key).unwrap().response = Some(response.clone());
        }
        Fate::Response(response.0, response.1)
    }

    /// A request that polls a job.
    fn poll(&mut self, request: &Request) -> Fate {
        let now = self.store.lock().now();
        let job: usize = request.url.path().rsplit('/').next().unwrap().parse().unwrap();
        let life = self.store.lock().durable.life;
        self.polled.insert((life, job));
        let (items, done_at, already) = &self.jobs[job];
        if self.rng.u8(..100) < self.fault_percent / 2 {
            *self.faults.entry(life).or_default() += 1;
            return Fate::Response(500, json!({"message": "broken"}));
        }
        if now < *done_at {
            return Fate::Response(200, json!({"job": job.to_string(), "state": "running"}));
        }
        let by_place = self.scenario.by_place;
        let named = items.iter().zip(0..).map(|(item, place)| (item, if by_place { place } else { item.0 }));
        let (bad, done): (Vec<_>, Vec<_>) = named.partition(|(item, _)| item.0.is_multiple_of(7));
        let (given, done): (Vec<_>, Vec<_>) = done.into_iter().partition(|(item, _)| *already && is_given(**item));
        let done: Vec<u32> = done.iter().map(|(_, name)| *name).collect();
        let bad = bad.iter().map(|(_, name)| json!({"id": name, "message": "bad"}));
        let given = given.iter().map(|(_, name)| json!({"id": name, "message": "it is so", "code": ALREADY}));
        let failures: Vec<Value> = bad.chain(given).collect();
        Fate::Response(200, json!({"job": job.to_string(), "state": "done", "done": done, "failures": failures}))
    }
}
