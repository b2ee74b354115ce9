//! The vendor: what it does with each request, and its ledger of what arrived and what it applied.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Request, Response, serve};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is applied, and the response says so.
    Applied,
    /// It is applied, and the connection closes without a response.
    AppliedAndDropped,
    /// It is applied, and the response is a 500.
    AppliedAndFailed,
    /// The connection closes.
    Dropped,
    /// The response is a 500.
    Failed,
    /// The response is a 429: the only refusal that says that nothing was applied.
    Refused,
}

impl Fate {
    /// One request in seven or so meets something else than a response.
    fn draw(random: &mut fastrand::Rng) -> Self {
        match random.u32(..100) {
            0..3 => Fate::AppliedAndDropped,
            3..6 => Fate::AppliedAndFailed,
            6..9 => Fate::Dropped,
            9..12 => Fate::Failed,
            12..15 => Fate::Refused,
            _ => Fate::Applied,
        }
    }
}

/// A request with items.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) ids: Vec<u64>,
    pub(crate) fate: Fate,
    pub(crate) idempotency_key: String,
    pub(crate) body: Vec<u8>,
}

/// What the vendor knows.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) arrivals: Vec<Arrival>,
    /// How often each id was applied.
    pub(crate) applied: HashMap<u64, usize>,
    /// The jobs that are done, by the number of their request.
    done: BTreeSet<usize>,
}

/// Cheap to clone: the clones share the ledger.
#[derive(Clone)]
pub(crate) struct Vendor {
    ledger: Arc<Mutex<Ledger>>,
    random: Arc<Mutex<fastrand::Rng>>,
}

impl Vendor {
    /// Returns a vendor and its URL.
    pub(crate) fn start(random: fastrand::Rng) -> (Self, String) {
        let vendor = Vendor { ledger: Arc::default(), random: Arc::new(Mutex::new(random)) };
        let serving = vendor.clone();
        (vendor, serve(move |request| serving.respond(request)))
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// Ids that it does not know are not applied.
    pub(crate) fn knows(id: u64) -> bool {
        id % 23 != 7
    }

    fn respond(&self, request: Request) -> Option<Response> {
        if request.method == "GET" {
            return self.poll(request.path.strip_prefix("/jobs/").unwrap());
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let ids: Vec<u64> = serde_json::from_value(body["ids"].clone()).unwrap();
        let (fate, before, after) = {
            let mut random = self.random.lock().unwrap();
            (Fate::draw(&mut random), random.u64(500..4000), random.u64(500..2000))
        };
        let is_job = request.path == "/jobs";
        let idempotency_key = request.header("idempotency-key").unwrap().to_owned();
        let number = {
            let mut ledger = self.ledger();
            ledger.arrivals.push(Arrival { ids: ids.clone(), fate, idempotency_key, body: request.body });
            ledger.arrivals.len() - 1
        };
        // Its client may be killed before it is applied, or before it is answered.
        thread::sleep(Duration::from_micros(before));
        match fate {
            Fate::Applied if is_job => {
                let vendor = self.clone();
                thread::spawn(move || {
                    thread::sleep(Duration::from_micros(20 * after));
                    vendor.apply(number, &ids);
                });
                let body = json!({"job": number.to_string(), "state": "running"});
                return Some(told(202, "Retry-After: 0\r\n", &body));
            }
            Fate::Applied | Fate::AppliedAndDropped | Fate::AppliedAndFailed => self.apply(number, &ids),
            Fate::Dropped | Fate::Failed | Fate::Refused => {}
        }
        thread::sleep(Duration::from_micros(after));
        match fate {
            Fate::Applied => Some(told(200, "", &result(&ids))),
            Fate::AppliedAndDropped | Fate::Dropped => None,
            Fate::AppliedAndFailed | Fate::Failed => Some(told(500, "", &json!({"message": "it broke"}))),
            Fate::Refused => Some(told(429, "Retry-After: 0\r\n", &json!({"message": "not now"}))),
        }
    }

    fn poll(&self, job: &str) -> Option<Response> {
        let number: usize = job.parse().unwrap();
        match Fate::draw(&mut self.random.lock().unwrap()) {
            Fate::AppliedAndDropped => return None,
            Fate::AppliedAndFailed => return Some(told(503, "Retry-After: 0\r\n", &json!({"message": "not now"}))),
            _ => {}
        }
        let ledger = self.ledger();
        if !ledger.done.contains(&number) {
            return Some(told(200, "Retry-After: 0\r\n", &json!({"job": job, "state": "running"})));
        }
        let mut body = result(&ledger.arrivals[number].ids);
        (body["job"], body["state"]) = (job.into(), "done".into());
        Some(told(200, "", &body))
    }

    fn apply(&self, number: usize, ids: &[u64]) {
        let mut ledger = self.ledger();
        for id in ids.iter().filter(|id| Vendor::knows(**id)) {
            *ledger.applied.entry(*id).or_default() += 1;
        }
        ledger.done.insert(number);
    }
}

fn told(status: u16, headers: &'static str, body: &Value) -> Response {
    Response { status, headers, body: body.to_string() }
}

fn result(ids: &[u64]) -> Value {
    let (known, unknown): (Vec<u64>, Vec<u64>) = ids.iter().partition(|id| Vendor::knows(**id));
    let failures = unknown.into_iter().map(|id| json!({"id": id, "code": "NotFound", "message": "no such id"}));
    json!({"state": "done", "successes": known, "failures": failures.collect::<Vec<_>>()})
}
