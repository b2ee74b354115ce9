//! The vendor. It outlives the processes, and applies what reached it also after its client died.

#[path = "../../../../tests/lives/fault.rs"]
mod fault;

use std::collections::HashMap;
use std::time::Duration;

use bulk_endpoint::transport::{Request, TransportErrorKind};
use bytes::Bytes;
use serde_json::{Value, json};

use fault::Fault;

use super::scenario::{Item, KEY, Scenario, TIMEOUT, is_bad};

pub(super) struct Vendor {
    scenario: Scenario,
    rng: fastrand::Rng,
    pub(super) requests: Vec<Sent>,
    /// What is applied, and when.
    pub(super) applied: Vec<(Duration, usize)>,
    /// The items of requests that were refused.
    pub(super) refused: Vec<usize>,
    /// What came under each idempotency key, and its response.
    keys: HashMap<String, (Bytes, Option<Value>)>,
    pub(super) findings: Vec<String>,
}

/// A request that left.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    process: usize,
    at: Duration,
    /// When its client knows how it ended, or would have at the latest if it had not died.
    until: Duration,
    pub(super) items: Vec<usize>,
    /// The items that it may have applied.
    pub(super) may_have_applied: Vec<usize>,
}

/// What happens to a request.
pub(super) enum Fate {
    Response(u16, Value),
    Error(TransportErrorKind),
}

impl Vendor {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Vendor {
            scenario: scenario.clone(),
            rng: fastrand::Rng::with_seed(scenario.seed ^ 0xfa17),
            requests: Vec::new(),
            applied: Vec::new(),
            refused: Vec::new(),
            keys: HashMap::new(),
            findings: Vec::new(),
        }
    }

    /// The numbers of the items in a request.
    pub(super) fn items_of(&self, request: &Request) -> Vec<u64> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let items: Vec<Item> = serde_json::from_value(body["ids"].clone()).unwrap();
        let place = |item: &Item| self.scenario.items.iter().position(|other| other == item).unwrap();
        items.iter().map(|item| place(item) as u64).collect()
    }

    /// The process died. Its requests may still be worked on, as long as it would have waited.
    pub(super) fn lose_client(&mut self, process: usize, now: Duration) {
        let of_process = self.requests.iter_mut().filter(|sent| sent.process == process && sent.until > now);
        of_process.for_each(|sent| sent.until = sent.at + TIMEOUT);
    }

    /// A request comes from a process. Returns what happens to it, and after how long. `may_overlap`: a life that lost its chunk in a failover does not
    /// know it yet.
    pub(super) fn receive(
        &mut self,
        request: &Request,
        process: usize,
        now: Duration,
        is_calm: bool,
        may_overlap: bool,
    ) -> (Fate, Duration) {
        let items: Vec<usize> = self.items_of(request).into_iter().map(|item| item as usize).collect();
        let scenario = self.scenario.clone();
        let id_of = |item: &usize| scenario.items[*item].id;
        let is_in_both = |sent: &&Sent| {
            sent.until > now && sent.items.iter().any(|item| items.iter().any(|other| id_of(item) == id_of(other)))
        };
        if let Some(other) = self.requests.iter().find(is_in_both).filter(|_| !may_overlap) {
            self.findings.push(format!("items are in two requests at once: {items:?} at {now:?}, {other:?}"));
        }
        if items.len() > scenario.max {
            self.findings.push(format!("{} items in a request", items.len()));
        }
        let latency = scenario.latency.mul_f64(self.rng.f64());
        let mut sent =
            Sent { process, at: now, until: now + latency, items: items.clone(), may_have_applied: Vec::new() };
        let key = request.headers.get(KEY).map(|key| key.to_str().unwrap().to_owned());
        if let Some((bytes, response)) = key.as_ref().and_then(|key| self.keys.get(key)) {
            if *bytes != request.body {
                self.findings.push(format!("other bytes under the idempotency key {key:?}: {items:?}"));
            }
            if let Some(response) = response {
                let response = response.clone();
                self.requests.push(sent);
                return (Fate::Response(200, response), latency);
            }
        }
        if let Some(key) = &key {
            self.keys.insert(key.clone(), (request.body.clone(), None));
        }
        let is_faulty = !is_calm && self.rng.u8(..100) < scenario.fault_percent;
        let fault = is_faulty.then(|| Fault::random(&mut self.rng));
        // Within the bound: it is done when the client of a request that hangs gives up.
        let at = now + scenario.takes.mul_f64(self.rng.f64());
        let mut elements = Vec::new();
        let mut carry_out = |percent: u8| {
            for item in &items {
                let status = match () {
                    () if is_bad(id_of(item)) => 400,
                    () if self.rng.u8(..100) >= percent => 429,
                    () => 200,
                };
                if status == 200 {
                    self.applied.push((at, *item));
                    sent.may_have_applied.push(*item);
                }
                elements.push(json!({"id": id_of(item), "status": status}));
            }
        };
        match fault {
            Some(Fault::Partly) => carry_out(50),
            None
            | Some(
                Fault::Reset { applied: true }
                | Fault::Timeout { applied: true }
                | Fault::Broken { applied: true }
                | Fault::Empty,
            ) => carry_out(100),
            _ => {}
        }
        let response = Value::Array(elements);
        let mut keep = |response: &Value| {
            if let Some(key) = &key {
                self.keys.get_mut(key).unwrap().1 = Some(response.clone());
            }
        };
        let fate = match fault {
            Some(Fault::NotSent) => Fate::Error(TransportErrorKind::NotSent),
            Some(Fault::Throttled) => Fate::Response(429, json!({"message": "later"})),
            // No process has another token: it would end.
            Some(Fault::Refused | Fault::Expired) => {
                self.refused.extend(&items);
                Fate::Response(422, json!({"message": "no"}))
            }
            Some(
                Fault::Reset { applied: false } | Fault::Timeout { applied: false } | Fault::Broken { applied: false },
            ) => {
                sent.may_have_applied.clone_from(&items);
                lost(fault)
            }
            Some(Fault::Reset { .. } | Fault::Timeout { .. } | Fault::Broken { .. } | Fault::Empty) => {
                keep(&response);
                lost(fault)
            }
            Some(Fault::Partly) | None => {
                keep(&response);
                Fate::Response(200, response)
            }
        };
        let wait = if matches!(fault, Some(Fault::Timeout { .. })) { TIMEOUT } else { latency };
        sent.until = now + wait;
        self.requests.push(sent);
        (fate, wait)
    }
}

/// What a client sees that cannot know whether its items are applied.
fn lost(fault: Option<Fault>) -> Fate {
    match fault {
        Some(Fault::Timeout { .. }) => Fate::Error(TransportErrorKind::Timeout),
        Some(Fault::Broken { .. }) => Fate::Response(500, json!({"message": "broken"})),
        Some(Fault::Empty) => Fate::Response(200, json!({})),
        _ => Fate::Error(TransportErrorKind::Reset),
    }
}
