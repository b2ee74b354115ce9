//! Endpoints, and a vendor that a test scripts.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::{Request, TransportErrorKind};
use bulk_endpoint::{ApiError, AssignedId, Bulk, BulkItem, BulkReply, Client, ItemReply, Status, TokioClock, bulk_api};
use bulk_endpoint_durable::Store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

#[derive(Debug, Clone, Serialize, BulkItem)]
pub(crate) struct Patch {
    #[bulk(key)]
    pub(crate) id: u32,
    pub(crate) to: u8,
}

/// An item whose id the run assigns.
#[derive(Debug, Clone, Serialize, BulkItem)]
pub(crate) struct Message {
    #[bulk(key)]
    pub(crate) name: String,
    pub(crate) event: AssignedId,
}

#[derive(Debug, Deserialize, ItemReply)]
pub(crate) struct Published {
    #[bulk(key)]
    pub(crate) event: AssignedId,
    #[bulk(status)]
    pub(crate) status: u16,
}

#[derive(Debug, Deserialize, ItemReply)]
pub(crate) struct Element {
    #[bulk(key)]
    pub(crate) id: String,
    #[bulk(status)]
    pub(crate) status: u16,
    #[bulk(code)]
    pub(crate) code: Option<String>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub(crate) struct Changed {
    #[bulk(key)]
    pub(crate) id: u32,
    #[bulk(status)]
    pub(crate) status: u16,
}

/// An item without a key.
#[derive(Debug, Clone, Serialize, BulkItem)]
pub(crate) struct Note {
    pub(crate) text: String,
}

#[derive(Debug, Deserialize, ItemReply)]
#[bulk(positional)]
pub(crate) struct Placed {
    #[bulk(status)]
    pub(crate) status: u16,
}

/// A running job, or its result.
#[derive(Debug, Deserialize, BulkReply)]
pub(crate) struct Job {
    #[bulk(job)]
    pub(crate) job: Option<u64>,
    #[bulk(status)]
    pub(crate) state: State,
    #[bulk(succeeded)]
    #[serde(default)]
    pub(crate) done: Vec<String>,
}

/// The same, with a URL.
#[derive(Debug, Deserialize, BulkReply)]
pub(crate) struct Export {
    #[bulk(job)]
    pub(crate) url: Option<String>,
    #[bulk(status)]
    pub(crate) state: State,
    #[bulk(succeeded)]
    #[serde(default)]
    pub(crate) done: Vec<String>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
    #[bulk(failed)]
    Failed,
}

#[derive(Debug, Deserialize, ApiError)]
pub(crate) struct Error {
    #[bulk(message)]
    pub(crate) message: String,
}

#[bulk_api]
pub(crate) trait Tokens {
    /// Turns tokens off.
    #[post("/orgs/{org}/off")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true)]
    #[header("Idempotency-Key", batch_key)]
    fn off(&self, org: &str) -> Bulk<String, Vec<Element>, Error>;

    /// Sends mails.
    #[post("/mails")]
    #[bulk_endpoint(max = 2, partial = true)]
    fn mail(&self) -> Bulk<String, Vec<Element>, Error>;

    /// Safe only under the key of a request, which the vendor keeps for a while.
    #[post("/payments")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 2, partial = true, idempotent = key(valid = "1s"))]
    fn pay(&self) -> Bulk<String, Vec<Element>, Error>;

    #[post("/patches")]
    #[bulk_endpoint(max = 2, partial = true, idempotent = true, items = "ids")]
    fn patch(&self) -> Bulk<Patch, Vec<Changed>, Error>;

    #[post("/events")]
    #[bulk_endpoint(max = 2, partial = false, idempotent = true, items = "ids")]
    fn event(&self) -> Bulk<Message>;

    /// Its response names messages by the ids that the run assigns.
    #[post("/published")]
    #[bulk_endpoint(max = 2, partial = true, items = "ids")]
    fn publish(&self) -> Bulk<Message, Vec<Published>, Error>;

    /// Its items have no keys.
    #[post("/notes")]
    #[bulk_endpoint(max = 2, partial = true, items = "ids")]
    fn note(&self) -> Bulk<Note, Vec<Placed>, Error>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 2, partial = true, poll = "/jobs/{job}")]
    fn job(&self) -> Bulk<String, Job, Error>;

    /// The handle of its job is a signed URL.
    #[post("/exports")]
    #[bulk_endpoint(max = 2, partial = true, poll = "{job}", handle(secret))]
    fn export(&self) -> Bulk<String, Export, Error>;
}

/// What a vendor was sent: the path, the body, and the idempotency key.
pub(crate) type Sent = (String, Value, Option<String>);

/// A vendor, and the journal's file.
pub(crate) struct Place {
    folder: TempDir,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Place { folder: TempDir::new().unwrap(), sent: Arc::default() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("run.db")
    }

    /// Opens the journal, as each process does.
    pub(crate) async fn store(&self) -> Store {
        Store::open(self.path()).await.unwrap()
    }

    /// The client of a process. `script` gets the number of the request in this process, and its ids.
    pub(crate) fn client(&self, script: impl Fn(usize, &[String]) -> Script + Send + Sync + 'static) -> TokensClient {
        TokensClient::new(self.http(script))
    }

    /// The same without an endpoint.
    pub(crate) fn http(&self, script: impl Fn(usize, &[String]) -> Script + Send + Sync + 'static) -> Client {
        self.scripted(move |number, (_, body, _)| script(number, &ids(body)))
    }

    /// The same for a vendor whose response depends on the path alone.
    pub(crate) fn http_by_path(&self, script: impl Fn(&str) -> Script + Send + Sync + 'static) -> Client {
        self.scripted(move |_, (path, ..)| script(path))
    }

    /// The same for a vendor whose response depends on the body.
    pub(crate) fn http_by_body(&self, script: impl Fn(&Value) -> Script + Send + Sync + 'static) -> Client {
        self.scripted(move |_, (_, body, _)| script(body))
    }

    fn scripted(&self, script: impl Fn(usize, &Sent) -> Script + Send + Sync + 'static) -> Client {
        let (clock, sent) = (TokioClock::new(), self.sent.clone());
        let transport = ScriptedTransport::new(clock.clone(), move |number, request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let key = request.headers.get("Idempotency-Key").map(|key| key.to_str().unwrap().to_owned());
            let new = (request.url.path().to_owned(), body, key);
            let script = script(number, &new);
            sent.lock().unwrap().push(new);
            script
        });
        let client = Client::builder("https://vendor.example").transport(transport).clock(clock);
        client.timeout(Duration::from_millis(300)).bearer("token").build().unwrap()
    }

    /// Waits until the vendor was sent so many requests since the last call of [`sent`](Self::sent).
    pub(crate) async fn until_sent(&self, requests: usize) {
        while self.sent.lock().unwrap().len() < requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Takes what the vendor was sent since the last call.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }
}

/// The ids in the body of a request.
pub(crate) fn ids(body: &Value) -> Vec<String> {
    let text = |item: &Value| match item {
        Value::Object(item) => text_of(["id", "name", "text"].iter().find_map(|name| item.get(*name)).unwrap()),
        other => text_of(other),
    };
    body["ids"].as_array().map_or_else(Vec::new, |items| items.iter().map(text).collect())
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All items are done.
pub(crate) fn done(ids: &[String]) -> Script {
    Script::response(200, Value::from_iter(ids.iter().map(|id| element(id, 200))).to_string())
}

/// The item of [`Tokens::patch`] are done.
pub(crate) fn patched(ids: &[String]) -> Script {
    let element = |id: &String| json!({"id": id.parse::<u32>().unwrap(), "status": 200});
    Script::response(200, Value::from_iter(ids.iter().map(element)).to_string())
}

pub(crate) fn element(id: &str, status: u16) -> Value {
    json!({"id": id, "status": status})
}

/// No response: the request hangs as long as the process lives.
pub(crate) fn never() -> Script {
    Script::error(TransportErrorKind::Reset, "never").after(Duration::from_secs(3_600))
}

pub(crate) fn keys(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("k{number}")).collect()
}

/// The result of a query, by the program `sqlite3`.
pub(crate) fn sqlite3(path: &Path, sql: &str) -> String {
    let output = Command::new("sqlite3").arg("-readonly").arg(path).arg(sql).output();
    let output = output.expect("the program `sqlite3` is not installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
