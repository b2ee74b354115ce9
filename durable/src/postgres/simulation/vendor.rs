//! The vendor. It outlives the processes, and applies what reached it also after its client died.

use std::collections::HashMap;
use std::time::Duration;

use bulk_endpoint::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::{Value, json};

use super::process::Process;
use super::{Item, KEY, TIMEOUT};

/// Every item with such an id fails.
pub(super) fn is_bad(id: u32) -> bool {
    id.is_multiple_of(7)
}

#[derive(Default)]
pub(super) struct Vendor {
    pub(super) requests: Vec<Sent>,
    /// What is applied, and when.
    pub(super) applied: Vec<(Duration, usize)>,
    /// What came under each idempotency key, and its response.
    keys: HashMap<String, (Bytes, Option<Value>)>,
}

/// A request that left.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) process: usize,
    pub(super) at: Duration,
    /// When its client knows how it ended, or would have at the latest if it had not died.
    pub(super) until: Duration,
    pub(super) items: Vec<usize>,
    /// The items that it may have applied.
    pub(super) may_have_applied: Vec<usize>,
}

/// What happens to a request.
enum Fate {
    Response(u16, Value),
    Error(TransportErrorKind),
}

impl Transport for Process {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (fate, wait) = self.receive(&request);
        let sleep = self.sleep(wait);
        async move {
            sleep.await;
            match fate {
                Fate::Response(status, body) => {
                    Ok(Response::new(status, HeaderMap::new(), body.to_string().into_bytes()))
                }
                Fate::Error(kind) => Err(TransportError::new(kind, "the simulation")),
            }
        }
        .boxed()
    }
}

impl Process {
    fn receive(&self, request: &Request) -> (Fate, Duration) {
        let mut world = self.world.lock();
        let world = &mut *world;
        let (now, scenario) = (self.world.now(), &self.world.scenario);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let items: Vec<Item> = serde_json::from_value(body["ids"].clone()).unwrap();
        let place = |item: &Item| scenario.items.iter().position(|other| other == item).unwrap();
        let items: Vec<usize> = items.iter().map(place).collect();
        let numbers: Vec<u64> = items.iter().map(|item| *item as u64).collect();
        world.findings.extend(world.database.check_departure(self.number, &numbers, scenario.leaves_ahead()));
        let id_of = |item: &usize| scenario.items[*item].id;
        let is_in_both = |sent: &&Sent| {
            sent.until > now && sent.items.iter().any(|item| items.iter().any(|other| id_of(item) == id_of(other)))
        };
        if let Some(other) = world.vendor.requests.iter().find(is_in_both) {
            world.findings.push(format!("items are in two requests at once: {items:?} at {now:?}, {other:?}"));
        }
        if items.len() > scenario.max {
            world.findings.push(format!("{} items in a request", items.len()));
        }
        let latency = scenario.latency.mul_f64(world.rng.f64());
        let mut sent = Sent {
            process: self.number,
            at: now,
            until: now + latency,
            items: items.clone(),
            may_have_applied: Vec::new(),
        };
        let key = request.headers.get(KEY).map(|key| key.to_str().unwrap().to_owned());
        if let Some((bytes, response)) = key.as_ref().and_then(|key| world.vendor.keys.get(key)) {
            if *bytes != request.body {
                world.findings.push(format!("other bytes under the idempotency key {key:?}: {items:?}"));
            }
            if let Some(response) = response {
                let response = response.clone();
                world.vendor.requests.push(sent);
                return (Fate::Response(200, response), latency);
            }
        }
        if let Some(key) = &key {
            world.vendor.keys.insert(key.clone(), (request.body.clone(), None));
        }
        let is_faulty = !self.world.is_calm() && world.rng.u8(..100) < scenario.fault_percent;
        let is_applied = world.rng.bool();
        let fault = if is_faulty { world.rng.u8(1..=7) } else { 0 };
        // Within the bound: it is done when the client of a request that hangs gives up.
        let at = now + scenario.takes.mul_f64(world.rng.f64());
        let mut elements = Vec::new();
        let mut carry_out = |percent: u8| {
            for item in &items {
                let status = match () {
                    () if is_bad(id_of(item)) => 400,
                    () if world.rng.u8(..100) >= percent => 429,
                    () => 200,
                };
                if status == 200 {
                    world.vendor.applied.push((at, *item));
                    sent.may_have_applied.push(*item);
                }
                elements.push(json!({"id": id_of(item), "status": status}));
            }
        };
        let fate = match fault {
            0 => None,
            1 => Some(Fate::Error(TransportErrorKind::NotSent)),
            2 => Some(Fate::Error(TransportErrorKind::Reset)),
            3 => Some(Fate::Error(TransportErrorKind::Timeout)),
            4 => Some(Fate::Response(500, json!({"message": "broken"}))),
            5 => Some(Fate::Response(429, json!({"message": "later"}))),
            6 => Some(Fate::Response(422, json!({"message": "no"}))),
            _ => {
                carry_out(50);
                None
            }
        };
        let is_uncertain = (2..=4).contains(&fault);
        if fault == 0 || is_uncertain && is_applied {
            carry_out(100);
        }
        let response = Value::Array(elements);
        if is_uncertain && !is_applied {
            sent.may_have_applied.clone_from(&items);
        } else if let Some(key) = key
            && !matches!(fault, 1 | 5 | 6)
        {
            world.vendor.keys.get_mut(&key).unwrap().1 = Some(response.clone());
        }
        if fault == 6 {
            world.refused.extend(&items);
        }
        let wait = if fault == 3 { TIMEOUT } else { latency };
        sent.until = now + wait;
        world.vendor.requests.push(sent);
        (fate.unwrap_or(Fate::Response(200, response)), wait)
    }
}
