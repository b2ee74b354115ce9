//! The measured endpoint, in the shape of CSP's, and the behavior of its server: over a scripted transport or real HTTP.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use bulk_endpoint::testing::Fake;
use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, Client, ClientBuilder, ItemReply, Outcome, TokioClock, bulk_api,
};
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

    #[post("/csp/gateway/am/api/orgs/{orgId}/api-tokens/deactivate-many")]
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

/// The items that were busy and have not been retried yet.
#[derive(Default)]
struct Busy(Mutex<HashSet<String>>);

impl Busy {
    /// Returns whether the item comes an odd number of times.
    fn turn_away(&self, id: &str) -> bool {
        let mut busy = self.0.lock().unwrap();
        !busy.remove(id) && busy.insert(id.to_owned())
    }
}

const MESSAGE: &str = "no such token";

/// A client with a scripted transport that costs as little as possible: bodies are searched, not decoded.
pub(crate) fn scripted(fate: Fate) -> ClientBuilder {
    let (clock, busy) = (TokioClock::new(), Busy::default());
    let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
        if request.url.path().ends_with("-each") {
            return answer_each(&request.body);
        }
        let script = answer(fate, &busy, &request.body);
        // Items that wait for a retry need time to pass.
        if fate == Fate::Busy { script.after(Duration::from_millis(20)) } else { script }
    });
    Client::builder("https://api.example.com").transport(transport).clock(clock)
}

/// The ids of a request as JSON, with commas between them.
fn ids_of(body: &[u8]) -> &str {
    let body = std::str::from_utf8(body).unwrap();
    body.strip_prefix("{\"ids\":[").and_then(|body| body.strip_suffix("]}")).unwrap()
}

/// Responds that all ids are done, each in an element of its own.
fn answer_each(body: &[u8]) -> Script {
    let elements: Vec<String> = ids_of(body).split(',').map(|id| format!("{{\"id\":{id},\"status\":200}}")).collect();
    Script::response(200, format!("[{}]", elements.join(",")))
}

fn answer(fate: Fate, busy: &Busy, body: &[u8]) -> Script {
    let ids = ids_of(body);
    if fate == Fate::Done {
        return Script::response(200, ["{\"successes\":[", ids, "],\"failures\":[]}"].concat());
    }
    let (mut successes, mut failures) = (String::with_capacity(ids.len()), String::new());
    for quoted in ids.split(',') {
        let id = quoted.trim_matches('"');
        let met = fate.meets(id) && (fate != Fate::Busy || busy.turn_away(id));
        if met && fate == Fate::Poison {
            return Script::response(400, format!("{{\"message\":\"{MESSAGE}\"}}"));
        }
        let list = if met { &mut failures } else { &mut successes };
        if !list.is_empty() {
            list.push(',');
        }
        if met {
            let code = fate.code().map_or_else(|| "null".to_owned(), |code| format!("\"{code}\""));
            list.push_str(&format!("{{\"id\":{quoted},\"message\":\"{MESSAGE}\",\"code\":{code}}}"));
        } else {
            list.push_str(quoted);
        }
    }
    Script::response(200, ["{\"successes\":[", &successes, "],\"failures\":[", &failures, "]}"].concat())
}

/// A server in its own process, so that its memory does not count.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(fate: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut process = Command::new(program)
            .args(["serve", fate])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts again");
        let mut url = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        Server { process, url: url.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It serves until its input ends.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Serves until the input ends.
pub(crate) async fn serve(fate: Fate) {
    let busy = Busy::default();
    let outcome = move |id: &Id| {
        let met = fate.meets(&id.0) && (fate != Fate::Busy || busy.turn_away(&id.0));
        match fate {
            _ if !met => Outcome::succeeded(),
            Fate::Poison => Outcome::refused(400, Error { message: MESSAGE.into() }),
            _ => Outcome::failed(Failure {
                id: id.clone(),
                message: MESSAGE.into(),
                code: fate.code().map(String::from),
            }),
        }
    };
    let fake = Fake::new().endpoint(TokensClient::DEACTIVATE, outcome).forgetful().start().await.unwrap();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", fake.url()).unwrap();
    stdout.flush().unwrap();
    let _ = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
}
