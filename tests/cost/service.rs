//! The measured endpoint, in the shape of CSP's, and what its server responds: over a scripted transport or real HTTP.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, ClientBuilder, ItemReply, TokioClock, bulk_api};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
pub(crate) struct Id(pub(crate) String);

impl Id {
    /// As long as a GUID, with its number in decimal digits at the end. Written by hand, to cost next to nothing.
    pub(crate) fn new(mut number: usize) -> Self {
        let mut text = *b"9a3c4c1e-8f0b-4d2a-b6e5-000000000000";
        let mut digits = text.iter_mut().rev();
        while let Some(digit) = digits.next().filter(|_| number > 0) {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
        Id(String::from_utf8(text.to_vec()).unwrap())
    }
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub(crate) struct Changed {
    #[bulk(succeeded)]
    pub(crate) successes: Vec<Id>,
    #[bulk(failed)]
    #[serde(default)]
    pub(crate) failures: Vec<Failure>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub(crate) struct Failure {
    #[bulk(key)]
    pub(crate) id: Id,
    #[bulk(message)]
    pub(crate) message: String,
    #[bulk(code)]
    #[serde(default)]
    pub(crate) code: Option<String>,
}

/// An element with a verdict of its own.
#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub(crate) struct Element {
    #[bulk(key)]
    pub(crate) id: Id,
    #[bulk(status)]
    pub(crate) status: u16,
}

#[derive(Debug, Serialize, Deserialize, ApiError)]
pub(crate) struct Error {
    #[bulk(message)]
    pub(crate) message: String,
}

#[bulk_api]
pub(crate) trait Tokens: Send + Sync {
    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, retry("Busy"), bisect(400))]
    fn deactivate(&self, org_id: &str) -> Bulk<Id, Changed, Error>;

    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 1, partial = true, idempotent = true, retry("Busy"), bisect(400))]
    fn deactivate_one(&self, org_id: &str) -> Bulk<Id, Changed, Error>;

    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 100, partial = true, idempotent = true, retry("Busy"), bisect(400))]
    fn deactivate_hundred(&self, org_id: &str) -> Bulk<Id, Changed, Error>;

    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 1000, partial = true, idempotent = true, retry("Busy"), bisect(400))]
    fn deactivate_thousand(&self, org_id: &str) -> Bulk<Id, Changed, Error>;

    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate")]
    #[bulk_endpoint(max = 10_000, partial = true, idempotent = true, retry("Busy"), bisect(400))]
    fn deactivate_many(&self, org_id: &str) -> Bulk<Id, Changed, Error>;

    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate-each")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true)]
    fn deactivate_each(&self, org_id: &str) -> Bulk<Id, Vec<Element>, Error>;
}

/// What the server does with the items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    #[default]
    Done,
    /// One in ten fails.
    Failing,
    /// One in a hundred fails the first time, and is retried.
    Busy,
    /// One in two hundred gets its whole request refused.
    Poison,
}

impl Fate {
    /// Returns whether the item is one of these, by the digits of its number.
    fn meets(self, id: &str) -> bool {
        match self {
            Fate::Done => false,
            Fate::Failing => id.ends_with('7'),
            Fate::Busy => id.ends_with("07"),
            Fate::Poison => id.ends_with("007") || id.ends_with("507"),
        }
    }

    fn code(self) -> Option<&'static str> {
        (self == Fate::Busy).then_some("Busy")
    }
}

/// The server of the endpoint. It costs as little as possible: bodies are searched, not decoded.
#[derive(Default)]
pub(crate) struct Service {
    fate: Fate,
    /// The items that were busy and have not been retried yet.
    busy: Mutex<HashSet<String>>,
}

const MESSAGE: &str = "no such token";

impl Service {
    pub(crate) fn new(fate: Fate) -> Self {
        Service { fate, ..Service::default() }
    }

    /// Returns the status and the body of the response to a request.
    pub(crate) fn respond(&self, path: &str, body: &[u8]) -> (u16, String) {
        let ids = ids_of(body);
        if path.ends_with("-each") {
            let elements = ids.split(',').map(|id| format!("{{\"id\":{id},\"status\":200}}"));
            return (200, format!("[{}]", elements.collect::<Vec<_>>().join(",")));
        }
        if self.fate == Fate::Done {
            return (200, ["{\"successes\":[", ids, "],\"failures\":[]}"].concat());
        }
        let (mut successes, mut failures) = (String::with_capacity(ids.len()), String::new());
        for quoted in ids.split(',') {
            let id = quoted.trim_matches('"');
            let met = self.fate.meets(id) && (self.fate != Fate::Busy || self.turn_away(id));
            if met && self.fate == Fate::Poison {
                return (400, format!("{{\"message\":\"{MESSAGE}\"}}"));
            }
            let list = if met { &mut failures } else { &mut successes };
            if !list.is_empty() {
                list.push(',');
            }
            if met {
                let code = self.fate.code().map_or_else(|| "null".to_owned(), |code| format!("\"{code}\""));
                list.push_str(&format!("{{\"id\":{quoted},\"message\":\"{MESSAGE}\",\"code\":{code}}}"));
            } else {
                list.push_str(quoted);
            }
        }
        (200, ["{\"successes\":[", &successes, "],\"failures\":[", &failures, "]}"].concat())
    }

    /// Returns whether the item comes an odd number of times.
    fn turn_away(&self, id: &str) -> bool {
        let mut busy = self.busy.lock().unwrap();
        !busy.remove(id) && busy.insert(id.to_owned())
    }
}

/// The ids of a request as JSON, with commas between them.
fn ids_of(body: &[u8]) -> &str {
    let body = std::str::from_utf8(body).unwrap();
    body.strip_prefix("{\"ids\":[").and_then(|body| body.strip_suffix("]}")).unwrap()
}

/// A client whose transport asks the service itself.
pub(crate) fn scripted(fate: Fate) -> ClientBuilder {
    let (clock, service) = (TokioClock::new(), Service::new(fate));
    let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
        let (status, body) = service.respond(request.url.path(), &request.body);
        let script = Script::response(status, body);
        // Items that wait for a retry need time to pass.
        if fate == Fate::Busy { script.after(Duration::from_millis(20)) } else { script }
    });
    Client::builder("https://api.example.com").transport(transport).clock(clock)
}
