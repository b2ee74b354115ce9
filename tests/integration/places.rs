//! Where the items are in a request: every place over real HTTP, read by a server and compared with the plan and the limits.

use std::collections::BTreeSet;

use bulk_endpoint::testing::{Fake, FakeEndpoint, FakeError, FakeServer};
use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::{
    AssignedId, Bulk, BulkItem, Client, Codec, CodecError, NotAttempted, OnDuplicate, Outcome, Plan, TokioClock,
    bulk_api,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::support::{Changed, Error, Failure, Id, Seen, ids, words};

/// A value under its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub struct Patch {
    #[bulk(key)]
    #[serde(skip)]
    pub id: Id,
    pub to: String,
}

/// An item of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub struct Write {
    #[bulk(group)]
    #[serde(skip)]
    pub table: String,
    #[bulk(key)]
    pub id: Id,
}

/// An action, with a source if it has one.
#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Action(Value, Option<Value>);

/// An item with an id that the run assigns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub struct Message {
    #[serde(rename = "Id")]
    pub id: AssignedId,
    pub body: String,
}

/// An item with numbers.
#[derive(Debug, Clone, Serialize, BulkItem)]
pub struct Score {
    #[bulk(key)]
    pub id: String,
    pub number: f64,
    pub parts: Vec<Option<f64>>,
}

/// A line of a log. It has no key, so equal lines are all sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
#[serde(into = "String", from = "String")]
pub struct LogLine {
    pub text: String,
}

impl From<LogLine> for String {
    fn from(line: LogLine) -> String {
        line.text
    }
}

impl From<String> for LogLine {
    fn from(text: String) -> LogLine {
        LogLine { text }
    }
}

/// An event of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BulkItem)]
pub struct LogEvent {
    pub event: String,
}

/// A codec that writes each text between bars. A `*` takes three bytes in the body but one in the item, so its size estimate is too low.
#[derive(Debug)]
pub struct Bars;

impl Codec<Id> for Bars {
    const CONTENT_TYPE: &'static str = "text/bars";

    fn item(item: &Id, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match item.0.as_str() {
            "unfit" => return Err("it does not fit".into()),
            text => out.extend_from_slice(text.as_bytes()),
        }
        Ok(())
    }

    fn body(fields: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
        let items = String::from_utf8(items.join(&b'|')).unwrap();
        assert!(!items.contains("panic"), "the test asked for it");
        format!("{}|{}|", fields["quiet"], items.replace('*', "***")).into_bytes()
    }

    fn headers(body: &[u8], headers: &mut http::HeaderMap) {
        headers.insert("x-sum", body.len().into());
    }
}

/// One endpoint for each place.
#[bulk_api]
pub trait Places: Send + Sync {
    #[post("/pointer")]
    #[field("/batches/0/kind", "all")]
    #[bulk_endpoint(max = 3, partial = true, max_bytes = 62, items = "/batches/0/objects")]
    fn pointer(&self, #[field("/batches/0/note")] note: Option<&str>) -> Bulk<Id, Changed, Error>;

    #[post("/lines")]
    #[bulk_endpoint(max = 3, partial = true, max_bytes = 12, items = ndjson)]
    fn lines(&self) -> Bulk<Id, Changed, Error>;

    #[post("/actions")]
    #[bulk_endpoint(max = 3, partial = false, items = ndjson)]
    fn actions(&self) -> Bulk<Action>;

    #[get("/query?fixed=1")]
    #[bulk_endpoint(max = 3, partial = true, items = query("id", csv))]
    fn query(&self) -> Bulk<Id, Changed, Error>;

    #[put("/query-and-body")]
    #[field("/force", true)]
    #[bulk_endpoint(max = 3, partial = true, items = query("id", repeat))]
    fn query_and_body(&self, #[query] page: u8, status: &str) -> Bulk<Id, Changed, Error>;

    #[post("/form")]
    #[field("/force", true)]
    #[bulk_endpoint(max = 3, partial = true, max_bytes = 38, items = form("users", csv))]
    fn form(&self, channel: &str) -> Bulk<Id, Changed, Error>;

    #[post("/form-repeated")]
    #[bulk_endpoint(max = 3, partial = false, items = form("Items", repeat))]
    fn form_repeated(&self) -> Bulk<Message>;

    #[post("/form-indexed")]
    #[bulk_endpoint(max = 12, partial = true, max_bytes = 60, items = form("users[{i}]"))]
    fn form_indexed(&self) -> Bulk<Id, Changed, Error>;

    #[post("/text")]
    #[bulk_endpoint(max = 5, partial = true, max_bytes = 11, items = text("\n"))]
    fn text(&self) -> Bulk<Id, Changed, Error>;

    #[post("/log-lines")]
    #[bulk_endpoint(max = 5, partial = false, max_bytes = 20, items = text("\r\n"))]
    fn log_lines(&self) -> Bulk<LogLine>;

    #[post("/log-events")]
    #[header("Content-Type", "application/json")]
    #[bulk_endpoint(max = 5, partial = false, max_bytes = 40, items = text(""))]
    fn log_events(&self) -> Bulk<LogEvent>;

    #[post("/form-json")]
    #[bulk_endpoint(max = 3, partial = true, max_bytes = 40, items = form("batch", json))]
    fn form_json(&self) -> Bulk<Id, Changed, Error>;

    #[delete("/header")]
    #[bulk_endpoint(max = 3, partial = true, max_bytes = 8, items = header("uniqueIds"))]
    fn header(&self) -> Bulk<Id, Changed, Error>;

    #[post("/map")]
    #[bulk_endpoint(max = 3, partial = true, items = map("/patches"))]
    fn map(&self, reason: &str) -> Bulk<Patch, Changed, Error>;

    #[post("/groups")]
    #[bulk_endpoint(max = 3, partial = true, max_bytes = 100, items = groups("/RequestItems"))]
    fn groups(&self) -> Bulk<Write, Changed, Error>;

    #[post("/codec")]
    #[bulk_endpoint(max = 8, partial = false, max_bytes = 20, items = codec(Bars))]
    fn codec(&self, quiet: bool) -> Bulk<Id>;

    #[post("/scores")]
    #[bulk_endpoint(max = 5, partial = false, items = "scores")]
    fn scores(&self, weight: f64, #[query] limit: Option<f64>) -> Bulk<Score>;

    #[put("/keyed-in-query")]
    #[field("/force", true)]
    #[field("/options/key", batch_key)]
    #[bulk_endpoint(max = 2, partial = false, idempotent = true, items = query("id", repeat))]
    fn keyed_in_query(&self, #[field("/options/above")] above: &str) -> Bulk<Id>;

    #[put("/keyed-in-header")]
    #[field("/force", true)]
    #[field("/options/key", batch_key)]
    #[bulk_endpoint(max = 2, partial = false, idempotent = true, items = header("X-Ids"))]
    fn keyed_in_header(&self, #[field("/options/above")] above: &str) -> Bulk<Id>;

    #[post("/many-indexed")]
    #[bulk_endpoint(max = 120, partial = false, max_bytes = 400, items = form("users[{i}]"))]
    fn many_indexed(&self) -> Bulk<Id>;

    #[post("/many-members")]
    #[bulk_endpoint(max = 120, partial = false, max_bytes = 400, items = form("Name.member.{n}"))]
    fn many_members(&self) -> Bulk<Id>;

    #[post("/messages")]
    #[bulk_endpoint(max = 3, partial = false, idempotent = true, items = "/Entries")]
    fn messages(&self) -> Bulk<Message>;
}

fn outcome(id: &Id) -> Outcome<(), Failure, Error> {
    match id.0.as_str() {
        "bad" => Outcome::failed(Failure { id: id.clone(), message: "bad".into(), code: None }),
        _ => Outcome::succeeded(),
    }
}

async fn start() -> (FakeServer, PlacesClient) {
    let map = FakeEndpoint::new(PlacesClient::MAP, |patch: &Patch| outcome(&patch.id)).named(|name, json| {
        let patch: Patch = serde_json::from_str(json)?;
        Ok(Patch { id: Id(name.to_owned()), ..patch })
    });
    let groups = FakeEndpoint::new(PlacesClient::GROUPS, |write: &Write| outcome(&write.id)).named(|name, json| {
        let write: Write = serde_json::from_str(json)?;
        Ok(Write { table: name.to_owned(), ..write })
    });
    let fake = Fake::new()
        .endpoint(PlacesClient::POINTER, outcome)
        .endpoint(PlacesClient::LINES, outcome)
        .endpoint(PlacesClient::QUERY, outcome)
        .endpoint(PlacesClient::QUERY_AND_BODY, outcome)
        .endpoint(PlacesClient::FORM, outcome)
        .endpoint(PlacesClient::FORM_REPEATED, |_: &Message| Outcome::succeeded())
        .endpoint(PlacesClient::FORM_INDEXED, outcome)
        .endpoint(PlacesClient::FORM_JSON, outcome)
        .endpoint(PlacesClient::TEXT, outcome)
        .endpoint(PlacesClient::LOG_LINES, |_: &LogLine| Outcome::succeeded())
        .endpoint(PlacesClient::LOG_EVENTS, |_: &LogEvent| Outcome::succeeded())
        .endpoint(PlacesClient::HEADER, outcome)
        .endpoint(PlacesClient::MESSAGES, |_: &Message| Outcome::succeeded())
        .serve(map)
        .serve(groups)
        .start()
        .await
        .unwrap();
    let client = PlacesClient::new(Client::builder(fake.url()).build().unwrap());
    (fake, client)
}

/// Checks that the server got what the plan says.
fn check_plan(fake: &FakeServer, plan: &Plan) {
    let seen = fake.requests();
    assert_eq!(seen.len(), plan.requests.len());
    for (planned, seen) in std::iter::zip(&plan.requests, &seen) {
        assert_eq!(seen.complaint, None);
        assert_eq!((&seen.request.method, &seen.request.body), (&planned.method, &planned.body));
        assert_eq!(format!("{}{}", fake.url(), seen.request.path), planned.url.as_str());
        assert_eq!(seen.request.items, planned.items);
        for (name, value) in planned.headers.iter().filter(|(name, _)| *name != "authorization") {
            assert!(seen.request.headers.get_all(name).iter().any(|sent| sent == value), "{name}: {value:?}");
        }
        let typed = seen.request.headers.contains_key("content-type");
        assert_eq!(typed, !planned.body.is_empty(), "a content type is that of a body");
    }
}

fn bodies(plan: &Plan) -> Vec<&str> {
    plan.requests.iter().map(|request| std::str::from_utf8(&request.body).unwrap()).collect()
}

/// Ten ids, of which the fifth fails.
fn ten() -> Vec<Id> {
    let mut ids = ids(10);
    ids[4] = Id("bad".into());
    ids
}

/// Values one after another: equal lines are all sent, a text that a reader would split is not, and each request is as full as it may be.
#[tokio::test]
async fn values_stand_one_after_another() {
    let (fake, client) = start().await;
    let line = |text: &str| LogLine { text: text.to_owned() };
    let lines: Vec<LogLine> = ["GET /a", "GET /a", "two\r\nlines", " ", "POST /b"].map(line).into();
    let plan = client.log_lines().plan(&lines);
    assert_eq!(bodies(&plan), ["GET /a\r\nGET /a", "POST /b"], "{plan}");
    let report = client.log_lines().send(&lines).concurrency(1).await;
    assert_eq!((report.counters().succeeded, report.counters().not_attempted), (3, 2), "{report}");
    let why: Vec<String> = report.not_attempted().map(|(_, reason)| reason.to_string()).collect();
    assert!(why[0].contains(r#"contains "\r\n", which separates the items"#) && why[1].contains("blank"), "{why:?}");
    assert_eq!(fake.applied_items(PlacesClient::LOG_LINES), [line("GET /a"), line("GET /a"), line("POST /b")]);
    check_plan(&fake, &plan);
    assert_eq!(fake.requests()[0].request.headers["content-type"], "text/plain; charset=utf-8");

    let (fake, client) = start().await;
    let events: Vec<LogEvent> = ["a}{", "b", "c"].map(|event| LogEvent { event: event.to_owned() }).into();
    let plan = client.log_events().plan(&events);
    assert_eq!(bodies(&plan), [r#"{"event":"a}{"}{"event":"b"}"#, r#"{"event":"c"}"#]);
    let report = client.log_events().send(&events).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 3, "{report}");
    assert_eq!(fake.applied_items(PlacesClient::LOG_EVENTS), events);
    check_plan(&fake, &plan);
    assert_eq!(fake.requests()[0].request.headers["content-type"], "application/json");
}

/// For every place with ids: each id arrives once, and one fails.
#[tokio::test]
async fn ids_arrive_wherever_they_sit() {
    type Endpoint = bulk_endpoint::Endpoint<Bulk<Id, Changed, Error>>;
    type Bind = fn(&PlacesClient) -> Bulk<Id, Changed, Error>;
    let places: [(Endpoint, Bind, usize); 9] = [
        (PlacesClient::POINTER, |client| client.pointer(Some("a")), 5),
        (PlacesClient::LINES, PlacesClient::lines, 5),
        (PlacesClient::QUERY, PlacesClient::query, 4),
        (PlacesClient::QUERY_AND_BODY, |client| client.query_and_body(2, "on"), 4),
        (PlacesClient::FORM, |client| client.form("C 1"), 5),
        (PlacesClient::FORM_INDEXED, PlacesClient::form_indexed, 4),
        (PlacesClient::FORM_JSON, PlacesClient::form_json, 5),
        (PlacesClient::TEXT, PlacesClient::text, 3),
        (PlacesClient::HEADER, PlacesClient::header, 4),
    ];
    for (endpoint, bind, requests) in places {
        let (fake, client) = start().await;
        let (bulk, name) = (bind(&client), endpoint.spec().name);
        let items = ten();
        let report = bulk.send(&items).concurrency(1).await;
        let counters = report.counters();
        assert_eq!((counters.succeeded, counters.failed), (9, 1), "{name}: {report}");
        let applied: BTreeSet<String> = fake.applied(endpoint).into_iter().map(|id| id.0).collect();
        let want = items.iter().map(|id| id.0.clone()).filter(|id| id != "bad").collect();
        assert_eq!(applied, want, "{name}");
        assert_eq!(fake.applied_count(), 9, "{name}");
        assert_eq!(report.requests(), requests, "{name}: {:?}", bulk.plan(&items).requests);
        check_plan(&fake, &bulk.plan(&items));
        let cap = endpoint.spec().max_bytes.unwrap_or(usize::MAX);
        for request in bulk.plan(&items).requests {
            let in_header = request.headers.get("uniqueIds").map_or(0, |value| value.len());
            assert!(request.body.len().max(in_header) <= cap, "{name}: {request:?}");
        }
    }
}

#[tokio::test]
async fn requests_look_as_the_vendor_documents_them() {
    let client = PlacesClient::new(Client::builder("https://example.com").build().unwrap());
    let pair = || ids(2);
    assert_eq!(bodies(&client.pointer(None).plan(pair())), [r#"{"batches":[{"kind":"all","objects":["t0","t1"]}]}"#]);
    assert_eq!(bodies(&client.lines().plan(pair())), ["\"t0\"\n\"t1\"\n"]);
    let actions =
        [Action(json!({"index": {"_id": "1"}}), Some(json!({"a": 1}))), Action(json!({"delete": {"_id": "2"}}), None)];
    assert_eq!(
        bodies(&client.actions().plan(actions)),
        ["{\"index\":{\"_id\":\"1\"}}\n{\"a\":1}\n{\"delete\":{\"_id\":\"2\"}}\n"]
    );
    let plan = client.query().plan(["a b", "/boards/x"].map(|id| Id(id.into())));
    assert_eq!(plan.requests[0].url.as_str(), "https://example.com/query?fixed=1&id=a%20b,%2Fboards%2Fx");
    assert_eq!((plan.requests[0].method.as_str(), bodies(&plan)), ("GET", vec![""]));
    let plan = client.query_and_body(2, "resolved").plan(pair());
    assert_eq!(plan.requests[0].url.as_str(), "https://example.com/query-and-body?page=2&id=t0&id=t1");
    assert_eq!(bodies(&plan), [r#"{"force":true,"status":"resolved"}"#]);
    assert_eq!(bodies(&client.form("C1").plan(pair())), ["force=true&channel=C1&users=t0,t1"]);
    let message = |body: &str| Message { id: AssignedId::new(), body: body.into() };
    let plan = client.form_repeated().plan([message("x"), message("x")]);
    // The ids of a plan have zeros in the place of the run.
    let id = |index| format!("00000000-0000-8000-8000-{index:012}");
    let escaped = |index| format!("Items=%7B%22Id%22%3A%22{}%22%2C%22body%22%3A%22x%22%7D", id(index));
    assert_eq!(bodies(&plan), [[escaped(0), escaped(1)].join("&")]);
    assert_eq!(bodies(&client.form_json().plan(pair())), ["batch=%5B%22t0%22%2C%22t1%22%5D"]);
    let plan = client.header().plan(pair());
    assert_eq!(plan.requests[0].headers["uniqueIds"], "t0,t1");
    let patch = |id: &str, to: &str| Patch { id: Id(id.into()), to: to.into() };
    let plan = client.map("r").plan([patch("a", "x"), patch("b", "y")]);
    assert_eq!(bodies(&plan), [r#"{"reason":"r","patches":{"a":{"to":"x"},"b":{"to":"y"}}}"#]);
    let write = |table: &str, id: &str| Write { table: table.into(), id: Id(id.into()) };
    let plan = client.groups().plan([write("T", "1"), write("U", "2"), write("T", "3"), write("T", "4")]);
    assert_eq!(
        bodies(&plan),
        [
            r#"{"RequestItems":{"T":[{"id":"1"},{"id":"3"}],"U":[{"id":"2"}]}}"#,
            r#"{"RequestItems":{"T":[{"id":"4"}]}}"#
        ],
        "the maximum counts all groups together"
    );
    let plan = client.codec(true).plan(pair());
    assert_eq!(bodies(&plan), ["true|t0|t1|"]);
    assert_eq!(plan.requests[0].headers["x-sum"], "11");
}

#[tokio::test]
async fn items_of_one_key_never_share_an_object() {
    let (fake, client) = start().await;
    let patch = |id: &str, to: &str| Patch { id: Id(id.into()), to: to.into() };
    let patches = [patch("a", "1"), patch("b", "1"), patch("a", "2"), patch("a", "2"), patch("bad", "1")];
    let report = client.map("r").send(&patches).on_duplicate(OnDuplicate::Keep).await;
    assert_eq!(words(&report), ["succeeded", "succeeded", "succeeded", "succeeded", "failed"]);
    let applied = fake.applied_items(PlacesClient::MAP);
    let of_a: Vec<&str> = applied.iter().filter(|patch| patch.id.0 == "a").map(|patch| patch.to.as_str()).collect();
    assert_eq!(of_a, ["1", "2", "2"]);
    assert!(fake.requests().iter().all(|exchange| exchange.complaint.is_none()));
}

#[tokio::test]
async fn groups_arrive_as_such() {
    let (fake, client) = start().await;
    let writes: Vec<Write> = (0..10).map(|n| Write { table: format!("T{}", n % 3), id: Id(format!("t{n}")) }).collect();
    let report = client.groups().send(&writes).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 10);
    let mut applied = fake.applied_items(PlacesClient::GROUPS);
    applied.sort_by(|one, other| one.id.0.cmp(&other.id.0));
    assert_eq!(applied, writes);
    check_plan(&fake, &client.groups().plan(&writes));
    for exchange in fake.requests() {
        assert!(exchange.request.body.len() <= 100);
    }
}

#[tokio::test]
async fn what_cannot_stand_in_its_place_ends_alone_and_unsent() {
    let (fake, client) = start().await;
    let items = ["a", "a,b", "c"].map(|id| Id(id.into()));
    for bulk in [client.query(), client.form("c"), client.header()] {
        let report = bulk.send(&items).await;
        assert_eq!(words(&report), ["succeeded", "not_attempted", "succeeded"]);
        let (_, why) = report.not_attempted().next().unwrap();
        assert!(matches!(why, NotAttempted::Encode(why) if why.contains("comma")), "{why}");
        assert_eq!(bulk.plan(&items).unsendable[0].0, 1);
    }
    assert!(fake.requests().iter().all(|exchange| exchange.request.items == 2));
    let report = client.header().send([Id("ü".into()), Id("123456789".into())]).await;
    let why: Vec<_> = report.not_attempted().map(|(_, why)| why.clone()).collect();
    assert!(matches!(&why[0], NotAttempted::Encode(_)), "{why:?}");
    assert_eq!(why[1], NotAttempted::TooLarge { bytes: 9, cap: 8 });
}

#[tokio::test]
async fn a_key_is_found_however_its_item_is_written() {
    // The response names items by strings; in a query, their digits look like numbers.
    let (_fake, client) = start().await;
    let items = ["12", "1", "2"].map(|id| Id(id.into()));
    assert_eq!(client.query().send(&items).await.counters().succeeded, 3);
    assert_eq!(client.form_json().send(&items).await.counters().succeeded, 3);
}

/// A client whose requests get the responses of `script`, and the requests that it has sent.
fn scripted(script: impl Fn(usize) -> Script + Send + Sync + 'static) -> (PlacesClient, Seen) {
    let (seen, clock) = (Seen::default(), TokioClock::new());
    let transport = ScriptedTransport::new(clock.clone(), {
        let seen = seen.clone();
        move |number, request| {
            seen.push(request);
            script(number)
        }
    });
    let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
    (PlacesClient::new(client), seen)
}

#[tokio::test(start_paused = true)]
async fn a_body_that_its_codec_makes_too_large_is_halved_before_it_leaves() {
    let (client, seen) = scripted(|_| Script::response(204, ""));
    let items = ["a", "b", "c", "d", "*****", "unfit", "e"].map(|id| Id(id.into()));
    let bulk = client.codec(false);
    let report = bulk.send(&items).concurrency(1).await;
    let unsent: Vec<_> = report.not_attempted().map(|(item, why)| (item.0.as_str(), why.clone())).collect();
    // 7 bytes around the items, and 15 bytes of items.
    let too_large = NotAttempted::TooLarge { bytes: 22, cap: 20 };
    assert_eq!(unsent, [("*****", too_large), ("unfit", NotAttempted::Encode("it does not fit".into()))]);
    assert_eq!(report.counters().succeeded, 5);
    let sent: Vec<String> =
        seen.requests().iter().map(|request| String::from_utf8(request.body.to_vec()).unwrap()).collect();
    assert_eq!(sent, ["false|a|b|c|", "false|d|", "false|e|"]);
    for request in seen.requests() {
        assert_eq!(request.headers["x-sum"], request.body.len().to_string());
        assert_eq!(request.headers["content-type"], "text/bars");
    }
    let plan = bulk.plan(&items);
    assert_eq!(bodies(&plan), sent);
    let unsendable: BTreeSet<usize> = plan.unsendable.iter().map(|(index, _)| *index).collect();
    assert_eq!(unsendable, [4, 5].into());
}

#[tokio::test(start_paused = true)]
async fn a_codec_that_panics_sends_nothing() {
    let (client, seen) = scripted(|_| Script::response(204, ""));
    let items = ["a", "panic"].map(|id| Id(id.into()));
    let report = client.codec(false).send(&items).await;
    assert!(report.not_attempted().all(|(_, why)| matches!(why, NotAttempted::Encode(_))));
    assert_eq!((report.counters().not_attempted, seen.requests().len()), (2, 0));
    assert_eq!(client.codec(false).plan(&items).unsendable.len(), 2);
}

#[tokio::test]
async fn the_run_chooses_ids() {
    let (fake, client) = start().await;
    let message = |body: &str| Message { id: AssignedId::new(), body: body.into() };
    let messages = [message("x"), message("x"), message("y"), message("x")];
    let report = client.messages().send(&messages).await;
    assert_eq!(report.counters().succeeded, 4);
    let mut applied: Vec<_> =
        fake.applied_items(PlacesClient::MESSAGES).iter().map(|message| message.id.index()).collect();
    applied.sort_unstable();
    assert_eq!(applied, [Some(0), Some(1), Some(2), Some(3)], "equal items are items of their own");
}

#[tokio::test(start_paused = true)]
async fn ids_that_runs_choose_are_unique_across_runs() {
    let (client, seen) = scripted(|_| Script::response(204, ""));
    let message = |body: &str| Message { id: AssignedId::new(), body: body.into() };
    for seed in [None, None, Some(7), Some(7), Some(8)] {
        let run = client.messages().send([message("x"), message("x")]);
        let _ = match seed {
            Some(seed) => run.seed(seed).await,
            None => run.await,
        };
    }
    let ids: Vec<Vec<String>> = seen.requests().iter().map(sent_message_ids).collect();
    let distinct: BTreeSet<&String> = ids.iter().flatten().collect();
    assert_eq!((ids.len(), distinct.len()), (5, 8), "only the runs with one seed have the same ids: {ids:?}");
    assert_eq!(ids[2], ids[3]);
    for id in distinct {
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!((parts, &id[14..15]), (vec![8, 4, 4, 4, 12], "8"), "a UUID of version 8: {id}");
    }
}

fn sent_message_ids(request: &bulk_endpoint::transport::Request) -> Vec<String> {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let ids = body["Entries"].as_array().unwrap().iter().map(|message| message["Id"].as_str().unwrap().to_owned());
    ids.collect()
}

/// A number that JSON cannot carry, in each place of an item and of an argument.
#[tokio::test(start_paused = true)]
async fn a_number_that_json_cannot_carry_is_never_sent_as_another() {
    let (client, seen) = scripted(|_| Script::response(204, ""));
    let score = |id: &str, number: f64| Score { id: id.to_owned(), number, parts: vec![Some(1.5), None] };
    let items = [score("a", 1.0), score("b", f64::NAN), score("c", 2.0), score("d", f64::NEG_INFINITY)];
    let in_list = Score { parts: vec![Some(f64::INFINITY)], ..score("e", 3.0) };
    let report = client.scores(1.5, Some(2.5)).send(items.into_iter().chain([in_list])).await;
    assert_eq!(words(&report), ["succeeded", "not_attempted", "succeeded", "not_attempted", "not_attempted"]);
    let reasons: Vec<String> = report.not_attempted().map(|(_, reason)| reason.to_string()).collect();
    let reason = |number| {
        format!(
            "not sent: the item could not be encoded: expected a finite number, found {number}, which JSON cannot represent"
        )
    };
    assert_eq!(reasons, [reason("NaN"), reason("-inf"), reason("inf")]);
    assert_eq!(seen.requests().len(), 1);
    let sent: Value = serde_json::from_slice(&seen.requests()[0].body).unwrap();
    assert_eq!(sent["scores"][0], json!({"id": "a", "number": 1.0, "parts": [1.5, null]}));
    for (weight, limit, at) in [
        (f64::NAN, None, "the body field /weight cannot be encoded"),
        (f64::INFINITY, Some(1.0), "the body field /weight cannot be encoded"),
        (1.0, Some(f64::NAN), "the query parameter `limit` cannot be encoded"),
    ] {
        let report = client.scores(weight, limit).send([score("a", 1.0)]).await;
        let (_, reason) = report.not_attempted().next().unwrap();
        assert!(matches!(reason, NotAttempted::InvalidArgument(why) if why.contains(at)), "{reason}");
    }
    assert_eq!(seen.requests().len(), 1, "nothing more was sent");
}

/// The placeholder of a batch key in a body.
const NO_KEY: &str = "00000000-0000-8000-8000-000000000000";

/// A key in the body, where the items are in the query or in a header: each request has its own, in the place of the placeholder.
#[tokio::test(start_paused = true)]
async fn a_batch_key_is_in_the_body_also_beside_items_elsewhere() {
    let (client, seen) = scripted(|number| Script::response(if number < 2 { 503 } else { 204 }, ""));
    for bulk in [client.keyed_in_query(NO_KEY), client.keyed_in_header(NO_KEY)] {
        let before = seen.requests().len();
        let report = bulk.send(ids(4)).concurrency(1).await;
        assert_eq!(report.counters().succeeded, 4, "{report}");
        let requests = seen.requests().split_off(before);
        let bodies: Vec<Value> =
            requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
        let mut keys = BTreeSet::new();
        for (request, body) in requests.iter().zip(&bodies) {
            assert_eq!(body["force"], json!(true), "{body}");
            // A value of the caller that looks as the placeholder does stays as it is.
            assert_eq!(body["options"]["above"], json!(NO_KEY), "{body}");
            assert_eq!(request.headers["content-type"], "application/json");
            let key = body.pointer("/options/key").and_then(Value::as_str).unwrap();
            let lengths: Vec<usize> = key.split('-').map(str::len).collect();
            assert_eq!((lengths, key.as_bytes()[14]), (vec![8, 4, 4, 4, 12], b'8'), "{key}");
            assert_ne!(key, NO_KEY, "the placeholder");
            keys.insert(key.to_owned());
        }
        assert_eq!(keys.len(), 2, "a key for each of the two batches, the same in a retry: {bodies:?}");
    }
}

/// The name `users[10]` is longer than `users[9]`, and `Name.member.10` than `Name.member.9`: no request exceeds `max_bytes`, and each is as
/// full as that allows.
#[tokio::test(start_paused = true)]
async fn the_numbers_in_a_form_count_towards_its_limit() {
    type Name = fn(usize) -> String;
    let (client, seen) = scripted(|_| Script::response(204, ""));
    let forms: [(Bulk<Id>, Name); 2] = [
        (client.many_indexed(), |index| format!("users%5B{index}%5D")),
        (client.many_members(), |index| format!("Name.member.{}", index + 1)),
    ];
    for (bulk, name) in forms {
        let before = seen.requests().len();
        let items = ids(230);
        let report = bulk.send(&items).concurrency(1).await;
        assert_eq!(report.counters().succeeded, 230, "{report}");
        let bodies: Vec<String> =
            seen.requests()[before..].iter().map(|request| String::from_utf8(request.body.to_vec()).unwrap()).collect();
        let mut sent = 0;
        for body in &bodies {
            let pairs: Vec<(&str, &str)> = body.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
            for (index, (found, value)) in pairs.iter().enumerate() {
                assert_eq!((*found, *value), (name(index).as_str(), items[sent + index].0.as_str()));
            }
            sent += pairs.len();
            let next = items.get(sent).map_or(400, |next| format!("&{}={}", name(pairs.len()), next.0).len());
            assert!(body.len() <= 400 && body.len() + next > 400, "{} bytes: {body}", body.len());
        }
        assert!(bodies.iter().any(|body| body.contains(&name(10))), "{bodies:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_the_run_chose_stays_with_its_item() {
    let (client, seen) = scripted(|number| Script::response(if number == 0 { 503 } else { 204 }, ""));
    let message = |body: &str| Message { id: AssignedId::new(), body: body.into() };
    let _ = client.messages().send([message("x"), message("x")]).await;
    let bodies: BTreeSet<_> = seen.requests().iter().map(|request| request.body.clone()).collect();
    assert_eq!((seen.requests().len(), bodies.len()), (2, 1));
}

#[tokio::test]
async fn a_codec_cannot_be_served() {
    let problem = Fake::new().endpoint(PlacesClient::CODEC, |_: &Id| Outcome::succeeded()).start().await.unwrap_err();
    assert!(matches!(problem, FakeError::Codec { endpoint: "codec" }));
}
