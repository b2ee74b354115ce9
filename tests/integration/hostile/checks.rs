//! What holds whatever a server answers or a caller passes: the checks that property tests and fuzz targets share.
//!
//! No tokio, no sockets: a scripted transport, and a clock that jumps to whatever is waited for.

use std::collections::HashSet;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::transport::{Response, Script, ScriptedTransport};
use bulk_endpoint::{
    ApiError, BodyShape, Bulk, BulkItem, BulkReply, Client, Clock, FieldKind, Index, ItemReply, Ndjson, NotAttempted,
    Outcome, OutcomeKind, Pairs, BulkReply, Status, bulk_api,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Lists {
    #[bulk(succeeded)]
    #[serde(default)]
    pub successes: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub unprocessed: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Failure {
    #[bulk(key)]
    pub id: String,
    #[bulk(message)]
    pub message: String,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct FailuresOnly {
    #[bulk(failed)]
    pub failures: Vec<Failure>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Element {
    #[bulk(key)]
    pub id: String,
    #[bulk(status)]
    pub status: u16,
    #[bulk(message)]
    pub message: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Results {
    #[bulk(results)]
    pub results: Vec<Element>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
#[bulk(positional)]
pub struct Placed {
    #[bulk(status)]
    pub ok: bool,
    pub made: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Numbers {
    #[bulk(succeeded)]
    pub successes: Vec<u64>,
    #[bulk(failed)]
    pub failures: Vec<NumberFailure>,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct NumberFailure {
    #[bulk(key)]
    pub id: u64,
}

/// The value of an object's entry, judged by what is in it.
#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Entry {
    #[bulk(failed, message)]
    #[serde(default)]
    pub error: Option<String>,
}

/// One failure for several items.
#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Shared {
    #[bulk(keys)]
    pub ids: Vec<String>,
    #[bulk(nested)]
    #[serde(default)]
    pub entry: Option<Entry>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
pub struct Part {
    #[bulk(status)]
    #[serde(default)]
    pub ok: Option<bool>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Shared>,
    #[bulk(unprocessed)]
    #[serde(default)]
    pub unprocessed: Vec<String>,
    #[bulk(count(failed))]
    #[serde(default)]
    pub count: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Parts {
    #[bulk(nested)]
    pub results: Vec<Part>,
    #[bulk(nested)]
    #[serde(default)]
    pub data: Option<Part>,
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = failed, on(200, 400))]
pub struct DoneOnly {
    #[bulk(succeeded)]
    pub successes: Vec<String>,
    #[bulk(count(succeeded))]
    #[serde(default)]
    pub count: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    #[bulk(succeeded)]
    Ok,
    #[bulk(failed)]
    Error,
    #[bulk(unprocessed)]
    Skipped,
    #[bulk(pending)]
    Running,
    #[serde(untagged)]
    Other(String),
}

#[derive(Debug, Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Whole {
    #[bulk(status)]
    pub status: Word,
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
    #[bulk(job)]
    #[serde(default)]
    pub id: Option<String>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<Failure>,
}

#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
pub enum ByStatus {
    #[bulk(on(200))]
    Listed(FailuresOnly),
    #[bulk(on(204))]
    Nothing,
    #[bulk(on(400, 409))]
    Blamed(FailuresOnly),
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct Indexed {
    #[bulk(key)]
    pub row: Index<1>,
    #[bulk(status)]
    pub status: Word,
}

/// An item with a key of two fields.
#[derive(Debug, Clone, Serialize, Deserialize, BulkItem)]
pub struct Cell {
    #[bulk(key)]
    pub id: String,
    #[bulk(key)]
    pub row: u64,
    pub value: bool,
}

#[derive(Debug, Serialize, Deserialize, ItemReply)]
pub struct CellReply {
    #[bulk(key)]
    pub id: String,
    #[bulk(key)]
    pub row: u64,
    #[bulk(status)]
    pub ok: bool,
}

#[derive(Debug, ApiError)]
pub enum Error {
    #[bulk(on(400, 403, 409, 500))]
    Detailed(Detailed),
    #[bulk(on(401, 429, 503))]
    Short {
        #[bulk(message)]
        error: String,
    },
}

#[derive(Debug, Deserialize, ApiError)]
pub struct Detailed {
    #[bulk(code)]
    pub code: Option<i64>,
    #[bulk(message)]
    pub messages: Vec<Text>,
    #[bulk(request_id)]
    pub id: Option<String>,
}

/// One of an error's messages.
#[derive(Debug, Deserialize)]
pub struct Text {
    pub text: String,
}

impl bulk_endpoint::Text for Text {
    fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some((&*self.text).into())
    }
}

/// One endpoint a shape.
#[bulk_api]
pub trait Hostile: Send + Sync {
    #[post("/in/{org}/lists")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn lists(&self, org: &str) -> Bulk<String, Lists, Error>;

    #[post("/failures")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn failures_only(&self) -> Bulk<String, FailuresOnly, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 40, partial = false)]
    fn all_or_none(&self) -> Bulk<String, FailuresOnly, Error>;

    #[post("/each")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn each(&self) -> Bulk<String, Vec<Element>, Error>;

    #[post("/results")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn results(&self) -> Bulk<String, Results, Error>;

    #[post("/placed")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn placed(&self) -> Bulk<String, Vec<Placed>, Error>;

    #[post("/numbers")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn numbers(&self) -> Bulk<u64, Numbers, Error>;

    #[post("/cells")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn cells(&self) -> Bulk<Cell, Vec<CellReply>, Error>;

    #[post("/silent")]
    #[bulk_endpoint(max = 40, partial = false)]
    fn silent(&self) -> Bulk<String, (), Error>;

    #[post("/pairs")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn pairs(&self) -> Bulk<String, Pairs<String, Entry>, Error>;

    #[post("/lines")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn lines(&self) -> Bulk<String, Ndjson<Element>, Error>;

    #[post("/parts")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn parts(&self) -> Bulk<String, Parts, Error>;

    #[post("/done")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn done_only(&self) -> Bulk<String, DoneOnly, Error>;

    #[post("/status")]
    #[bulk_endpoint(max = 40, partial = true, poll = "/status/{job}")]
    fn status(&self) -> Bulk<String, Whole, Error>;

    #[post("/by-status")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn by_status(&self) -> Bulk<String, ByStatus, Error>;

    #[post("/nullable")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn nullable(&self) -> Bulk<String, Vec<Option<Placed>>, Error>;

    #[post("/indexed")]
    #[bulk_endpoint(max = 40, partial = true)]
    fn indexed(&self) -> Bulk<String, Vec<Indexed>, Error>;

    #[post("/arguments/{one}/of-{two}:run")]
    #[bulk_endpoint(max = 40, partial = false)]
    fn arguments(
        &self,
        one: &str,
        two: &str,
        #[query] tag: &[&str],
        #[header("X-Trace")] trace: &str,
        #[field("/options/reason")] reason: &str,
    ) -> Bulk<String, (), Error>;
}

/// A clock that jumps to whatever is waited for.
#[derive(Clone, Default)]
struct Jumping(Arc<Mutex<Duration>>);

impl Clock for Jumping {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        let now = self.0.clone();
        Box::pin(async move {
            let mut now = now.lock().unwrap();
            *now = at.max(*now);
        })
    }
}

fn client(
    script: impl Fn(usize, &bulk_endpoint::transport::Request) -> Script + Send + Sync + 'static,
) -> HostileClient {
    clocked(script).0
}

fn clocked(
    script: impl Fn(usize, &bulk_endpoint::transport::Request) -> Script + Send + Sync + 'static,
) -> (HostileClient, Jumping, ScriptedTransport) {
    let clock = Jumping::default();
    let transport = ScriptedTransport::new(clock.clone(), script);
    let client = Client::builder("https://api.example.com/v1").transport(transport.clone()).clock(clock.clone());
    (HostileClient::new(client.build().unwrap()), clock, transport)
}

// ---- Answers

/// The shapes, by number.
pub const SHAPES: u8 = 17;

/// Items `t0 t1 …`, more than a batch that is searched from end to end.
const ITEMS: usize = 34;

/// Sends `t0 t1 t2`, or more, to an endpoint of a shape, which answers so: each has one outcome, and none that the response does not tell.
pub fn check_answer(shape: u8, many: bool, status: u16, body: &[u8]) {
    let count = if many { ITEMS } else { 3 };
    let client = client({
        let body = body.to_vec();
        move |_, _| Script { after: Duration::ZERO, end: Ok(Response::new(status, Default::default(), body.clone())) }
    });
    let texts: Vec<String> = (0..count).map(|n| format!("t{n}")).collect();
    let numbers: Vec<u64> = (0..count as u64).collect();
    let cell = |row: u64| Cell { id: "t".into(), row, value: true };
    let told = Told { root: serde_json::from_slice(body).ok(), count };
    let sound = (200..300).contains(&status);
    let text = String::clone;
    let place = |id: &String| id[1..].parse::<usize>().unwrap();
    match shape % SHAPES {
        0 => meet(&client.lists("o"), texts, status, |id| told.in_lists(id), text),
        1 => meet(&client.failures_only(), texts, status, |id| told.by_silence(id), text),
        2 => meet(&client.all_or_none(), texts, status, |id| told.by_silence(id).all_or_none(&told), text),
        3 => meet(&client.each(), texts, status, |id| told.each(told.root, id), text),
        4 => meet(&client.results(), texts, status, |id| told.each(told.only("results"), id), text),
        5 => meet(&client.placed(), texts, status, |id| told.placed(place(id)), text),
        6 => meet(&client.numbers(), numbers, status, |id| told.numbered(*id), |id| id.to_string()),
        7 => meet(
            &client.cells(),
            numbers.into_iter().map(cell).collect(),
            status,
            |cell| told.cell(cell.row),
            |cell| format!("t/{}", cell.row),
        ),
        8 => meet(&client.pairs(), texts, status, |id| told.named(told.root, id), text),
        9 => {
            let lines: Vec<_> =
                body.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
            meet(&client.lines(), texts, status, |id| told.named(lines.iter().copied(), id), text);
        }
        10 => meet(&client.parts(), texts, status, |id| told.unless_named(told.only("results").is_some(), id), text),
        11 => {
            let listed = told.only("successes").is_some();
            let may = |id: &String| May { fail: listed, hand_back: !sound, ..told.named(told.root, id) };
            meet_under(&client.done_only(), texts, status, &[400], may, text);
        }
        12 => meet(
            &client.status(),
            texts,
            status,
            |id| May { hand_back: true, ..told.unless_named(told.only("status").is_some(), id) },
            text,
        ),
        13 => {
            let may = |id: &String| match status {
                204 => May { succeed: true, ..May::default() },
                400 | 409 => May { hand_back: true, ..told.by_silence(id) },
                _ => told.by_silence(id),
            };
            meet_under(&client.by_status(), texts, status, &[400, 409], may, text);
        }
        14 => meet(&client.nullable(), texts, status, |id| May { hand_back: true, ..told.placed(place(id)) }, text),
        15 => meet(&client.indexed(), texts, status, |id| told.indexed(place(id) + 1), text),
        _ => meet(&client.silent(), texts, status, |_| May { succeed: sound, ..May::default() }, text),
    }
}

/// What a response tells of an item.
#[derive(Debug, Clone, Copy, Default)]
struct May {
    succeed: bool,
    fail: bool,
    hand_back: bool,
}

impl May {
    /// One named failure undoes the others, and silence is no success beside it.
    fn all_or_none(self, told: &Told<'_>) -> May {
        let none = told.only("failures").and_then(elements).is_some_and(|failures| failures.is_empty());
        May { succeed: self.succeed && none, fail: self.fail, hand_back: true }
    }
}

fn meet<T, R, E>(bulk: &Bulk<T, R, E>, items: Vec<T>, status: u16, may: impl Fn(&T) -> May, key: impl Fn(&T) -> String)
where
    T: BulkItem + Clone,
    R: BulkReply,
    E: ApiError,
{
    meet_under(bulk, items, status, &[], may, key);
}

/// The same, of a reply that further statuses carry.
fn meet_under<T, R, E>(
    bulk: &Bulk<T, R, E>,
    items: Vec<T>,
    status: u16,
    declared: &[u16],
    may: impl Fn(&T) -> May,
    key: impl Fn(&T) -> String,
) where
    T: BulkItem + Clone,
    R: BulkReply,
    E: ApiError,
{
    let count = items.len();
    let report = bulk.send(items).max_attempts(1).into_future().now_or_never().expect("a scripted run does not wait");
    assert_eq!((report.iter().count(), report.counters().settled()), (count, count));
    let names_job = match R::SHAPE.body {
        BodyShape::Object(fields) => fields.iter().any(|field| field.kind == FieldKind::Job),
        _ => false,
    };
    // What is too large is sent in halves; a job that does not tell is asked for five times.
    let most = match status {
        413 | 414 | 431 => 2 * count - 1,
        _ => 1 + if names_job { 5 } else { 0 },
    };
    assert!((1..=most).contains(&report.requests()), "{} requests", report.requests());
    let sound = (200..300).contains(&status) || declared.contains(&status);
    for (item, outcome) in report.iter() {
        let may = if sound { may(item) } else { May { hand_back: true, ..May::default() } };
        let told = match outcome.kind() {
            OutcomeKind::Succeeded => may.succeed,
            OutcomeKind::Failed => may.fail,
            OutcomeKind::Refused => may.hand_back,
            OutcomeKind::Unknown => true,
            // The server says that it did not look at it.
            OutcomeKind::NotAttempted => matches!(status, 421 | 425),
        };
        assert!(told, "{} is {} under {status}: {:?}", key(item), outcome.kind(), outcome.message());
        if let (Outcome::Unknown(doubt), true) = (outcome, sound) {
            // Each item carries it: a response of megabytes must not be copied as often as it has items.
            assert!(doubt.detail.chars().count() < 1000, "{} characters of doubt", doubt.detail.len());
        }
    }
    assert!(!report.to_string().is_empty());
    assert_eq!(report.rows().count(), count);
    assert!(report.rows().zip(report.iter()).all(|(row, (item, _))| row.key == key(item)));
}

/// A response as it stands, repeats of fields included; nothing is decoded that need not be.
struct Told<'b> {
    root: Option<&'b RawValue>,
    count: usize,
}

fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// The fields of an object, with their repeats.
fn fields(raw: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    struct Pairs;
    impl<'de> serde::de::Visitor<'de> for Pairs {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    serde::Deserializer::deserialize_map(&mut serde_json::Deserializer::from_str(raw.get()), Pairs).ok()
}

/// The one field of this name.
fn only<'b>(raw: &'b RawValue, name: &str) -> Option<&'b RawValue> {
    let fields = fields(raw)?;
    let mut found = fields.iter().filter(|(given, _)| given == name);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(*value)
}

fn decode<V: serde::de::DeserializeOwned>(raw: Option<&RawValue>) -> Option<V> {
    serde_json::from_str(raw?.get()).ok()
}

fn is_text(raw: Option<&RawValue>, want: &str) -> bool {
    decode::<String>(raw).is_some_and(|text| text == want)
}

impl<'b> Told<'b> {
    fn only(&self, name: &str) -> Option<&'b RawValue> {
        only(self.root?, name)
    }

    fn list(&self, name: &str) -> Vec<&'b RawValue> {
        self.only(name).and_then(elements).unwrap_or_default()
    }

    fn in_lists(&self, id: &str) -> May {
        let bare = |name| self.list(name).into_iter().any(|raw| is_text(Some(raw), id));
        let may = May {
            succeed: bare("successes"),
            fail: self.list("failures").into_iter().any(|raw| names(raw, id)),
            hand_back: bare("unprocessed"),
        };
        one_of(may)
    }

    fn by_silence(&self, id: &str) -> May {
        let failures = self.list("failures");
        let ids: HashSet<String> = (0..self.count).map(|n| format!("t{n}")).collect();
        let sound = |raw: &&RawValue| {
            let id: Option<String> = decode(only(raw, "id"));
            id.is_some_and(|id| ids.contains(&id) && names(raw, &id))
        };
        let named = failures.iter().any(|raw| names(raw, id));
        let shape = self.only("failures").and_then(elements).is_some();
        May { succeed: shape && !named && failures.iter().all(sound), fail: named, hand_back: false }
    }

    fn each(&self, list: Option<&RawValue>, id: &str) -> May {
        let list = list.and_then(elements).unwrap_or_default();
        let statuses = list.into_iter().filter(|raw| is_text(only(raw, "id"), id));
        let statuses = statuses.map(|raw| decode(only(raw, "status")));
        let statuses: Vec<Option<u16>> = statuses.collect();
        let all = |fits: fn(&u16) -> bool| {
            !statuses.is_empty() && statuses.iter().all(|status| status.as_ref().is_some_and(fits))
        };
        May {
            succeed: all(|status| (200..300).contains(status)),
            fail: all(|status| !(200..300).contains(status)),
            hand_back: false,
        }
    }

    fn placed(&self, slot: usize) -> May {
        let list = self.root.and_then(elements).unwrap_or_default();
        let ok = |ok: bool| list.len() == self.count && decode(only(list[slot], "ok")) == Some(ok);
        May { succeed: ok(true), fail: ok(false), hand_back: false }
    }

    fn numbered(&self, id: u64) -> May {
        let succeed = self.list("successes").into_iter().any(|raw| decode(Some(raw)) == Some(id));
        let fail = self.list("failures").into_iter().any(|raw| decode(only(raw, "id")) == Some(id));
        one_of(May { succeed, fail, hand_back: false })
    }

    /// What names an item somewhere may tell it in any way that needs no other.
    fn named<'r>(&self, parts: impl IntoIterator<Item = &'r RawValue>, id: &str) -> May {
        let named = parts.into_iter().any(|raw| mentions(raw, id));
        May { succeed: named, fail: named, hand_back: false }
    }

    /// An item may be done without being named.
    fn unless_named(&self, silence: bool, id: &str) -> May {
        let named = self.root.is_some_and(|root| mentions(root, id));
        May { succeed: silence, fail: named, hand_back: named }
    }

    fn indexed(&self, row: usize) -> May {
        let list = self.root.and_then(elements).unwrap_or_default();
        let is_it = |raw: &&RawValue| {
            let number = decode::<usize>(only(raw, "row"));
            let digits = decode::<String>(only(raw, "row")).and_then(|digits| digits.parse().ok());
            number.or(digits) == Some(row)
        };
        let list: Vec<_> = list.into_iter().filter(is_it).collect();
        let all = |word: &str| !list.is_empty() && list.iter().all(|raw| is_text(only(raw, "status"), word));
        May { succeed: all("ok"), fail: all("error"), hand_back: all("skipped") }
    }

    fn cell(&self, row: u64) -> May {
        let list = self.root.and_then(elements).unwrap_or_default();
        let is_it = |raw: &&RawValue| is_text(only(raw, "id"), "t") && decode(only(raw, "row")) == Some(row);
        let list: Vec<_> = list.into_iter().filter(is_it).collect();
        let all = |ok: bool| !list.is_empty() && list.iter().all(|raw| decode(only(raw, "ok")) == Some(ok));
        May { succeed: all(true), fail: all(false), hand_back: false }
    }
}

/// Whether a string, or the name of a field, is this.
fn mentions(raw: &RawValue, id: &str) -> bool {
    // What is nested deeply would overflow the stack.
    let mut rest = vec![(raw, 0)];
    while let Some((raw, depth)) = rest.pop() {
        if is_text(Some(raw), id) {
            return true;
        }
        let fields = fields(raw).unwrap_or_default();
        if fields.iter().any(|(name, _)| name == id) {
            return true;
        }
        let inside = elements(raw).unwrap_or_default().into_iter().chain(fields.into_iter().map(|(_, raw)| raw));
        rest.extend(inside.filter(|_| depth < 10).map(|raw| (raw, depth + 1)));
    }
    false
}

/// Told in two ways is told in none.
fn one_of(may: May) -> May {
    let ways = [may.succeed, may.fail, may.hand_back];
    if ways.iter().filter(|way| **way).count() > 1 { May::default() } else { may }
}

/// Whether an element of `failures` is one of this item.
fn names(raw: &RawValue, id: &str) -> bool {
    decode::<String>(only(raw, "message")).is_some() && is_text(only(raw, "id"), id)
}

// ---- Waits

/// A 429 with any headers, then a response: no wait that was asked for is undercut, and none beyond the run's is begun.
pub fn check_retry_after(value: &[u8], date: &[u8]) {
    use bulk_endpoint::transport::Request;
    let headers = {
        let mut response = Response::new(429, Default::default(), "");
        for (name, value) in [("retry-after", value), ("date", date)] {
            let Ok(value) = value.try_into() else { return };
            response.headers.insert(name, value);
        }
        response
    };
    let times: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let now: Arc<Mutex<Option<Jumping>>> = Arc::default();
    let (client, clock, transport) = clocked({
        let (times, now) = (times.clone(), now.clone());
        move |number, _: &Request| {
            let clock = now.lock().unwrap().clone().unwrap();
            times.lock().unwrap().push(clock.now());
            let end = if number == 0 {
                headers.clone()
            } else {
                Response::new(200, Default::default(), r#"{"successes":["t0"]}"#)
            };
            Script { after: Duration::ZERO, end: Ok(end) }
        }
    });
    *now.lock().unwrap() = Some(clock);
    let most = Duration::from_secs(300);
    let report =
        client.lists("o").send(["t0".to_owned()]).max_wait(most).into_future().now_or_never().expect("the clock jumps");
    assert_eq!(report.counters().settled(), 1);
    let text = std::str::from_utf8(value).unwrap_or_default().trim_matches([' ', '\t']);
    let seconds = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let asked = if seconds { Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX))) } else { None };
    let times = times.lock().unwrap();
    if asked.is_some_and(|wait| wait > most) {
        assert_eq!((transport.sent(), report.counters().refused), (1, 1), "{text}: {report}");
    } else if let (Some(wait), [first, second]) = (asked, &times[..]) {
        assert!(*second - *first >= wait, "{text}: sent after {:?}", *second - *first);
    } else {
        assert!(asked.is_none(), "{text}: not retried: {report}");
    }
}

// ---- Arguments

/// Any arguments: they come out of the request as they went in, or nothing is sent.
pub fn check_arguments(one: &str, two: &str, rest: &str) {
    type Seen = Option<bulk_endpoint::transport::Request>;
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let client = client({
        let seen = seen.clone();
        move |_, request| {
            *seen.lock().unwrap() = Some(request.clone());
            Script::answer(200, "")
        }
    });
    let bulk = client.arguments(one, two, &[rest, one], rest, two);
    let items = [format!("0{rest}"), format!("1{one}")];
    let report = bulk.send(&items).into_future().now_or_never().expect("a scripted run does not wait");
    let Some(request) = seen.lock().unwrap().take() else {
        let invalid = |why: &NotAttempted| matches!(why, NotAttempted::InvalidArgument(_));
        assert_eq!(report.not_attempted().filter(|(_, why)| invalid(why)).count(), 2, "{report}");
        let bad = |text: &str| matches!(text, "" | "." | "..");
        let header = rest.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte) || byte > 0x7f);
        assert!(bad(one) || bad(two) || !header, "{one:?} {two:?} {rest:?} could be sent: {report}");
        return;
    };
    assert_eq!(request.url.host_str(), Some("api.example.com"));
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let segments: Vec<&str> = request.url.path_segments().unwrap().collect();
    let [v1, arguments, first, second] = segments[..] else { panic!("{}", request.url) };
    assert_eq!((v1, arguments, decoded(first)), ("v1", "arguments", one.to_owned()));
    assert_eq!(decoded(second), format!("of-{two}:run"));
    let query: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    assert_eq!(query, [("tag".to_owned(), rest.to_owned()), ("tag".to_owned(), one.to_owned())]);
    assert_eq!(request.headers["x-trace"].as_bytes(), rest.as_bytes());
    #[derive(Deserialize, PartialEq, Debug)]
    struct Body {
        ids: Vec<String>,
        options: Options,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    struct Options {
        reason: String,
    }
    let body: Body = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, Body { ids: items.to_vec(), options: Options { reason: two.to_owned() } });
}
