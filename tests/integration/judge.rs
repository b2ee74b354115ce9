//! Recorded responses, judged without a server, a runtime or waiting.

use std::time::Duration;

use bulk_endpoint::testing::{Judgement, NextStep, assigned_id};
use bulk_endpoint::{AssignedId, Bulk, BulkItem, BulkReply, Client, Codec, CodecError, Index, ItemReply, bulk_api};
use bulk_endpoint_api_defs::csp::{OrgApiTokensClient, TokenId};
use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::support::{Changed, Error, Id, Shapes, ShapesClient, Told, ids};

#[bulk_api]
trait Jobs {
    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = "/jobs/{job}")]
    fn start(&self) -> Bulk<Id, Told, Error>;
}

fn client() -> Client {
    Client::builder("https://example.com").bearer("token").build().unwrap()
}

fn response(status: u16, body: &str) -> Response<String> {
    Response::builder().status(status).body(body.to_owned()).unwrap()
}

fn retry(after: Duration, items: &[usize]) -> Option<(Duration, Vec<usize>)> {
    Some((after, items.to_vec()))
}

/// The next step, if it sends requests with items.
fn retried(next: &NextStep) -> Option<(Duration, Vec<usize>)> {
    match next {
        NextStep::Retry { after, items, .. } => Some((*after, items.clone())),
        _ => None,
    }
}

/// The page's example, in four lines: on the constant, without a client.
#[test]
fn an_example_of_a_vendors_page_is_judged() {
    let items = ["good", "bad"].map(TokenId::from);
    let page = response(200, r#"{"failures": [{"id": "bad", "message": "not found"}], "successes": ["good"]}"#);
    let judged = OrgApiTokensClient::DEACTIVATE.judge(&items, &page);
    assert_eq!(judged.to_string(), "good: succeeded\nbad: failed: not found\nnext: every item has its outcome");
}

#[test]
fn the_next_step_is_that_of_a_run() {
    let shapes = ShapesClient::new(client());
    let three = ids(3);
    let lists = |response: &Response<String>| shapes.lists("org").judge(&three, response).next;
    assert_eq!(lists(&response(200, r#"{"successes": ["t0", "t1", "t2"]}"#)), NextStep::Done);
    assert_eq!(lists(&response(200, "{}")), NextStep::Done, "not idempotent: the items are unknown");
    // A wait is the one that the server asks for.
    let busy = Response::builder().status(429).header("Retry-After", "7").body(String::new()).unwrap();
    assert_eq!(retried(&lists(&busy)), retry(Duration::from_secs(7), &[3]));
    let some = r#"{"successes": ["t0"], "unprocessed": ["t1", "t2"]}"#;
    let (after, items) = retried(&lists(&response(200, some))).unwrap();
    assert!(after < Duration::from_secs(1), "{after:?}");
    assert_eq!(items, [2]);
    match lists(&response(404, r#"{"code": "NoOrg", "message": "no such organization"}"#)) {
        NextStep::Stop(why) => assert!(why.contains("404") && why.contains("no such organization"), "{why}"),
        next => panic!("{next}"),
    }
    // A request that is too large, or that has a bad item, is split.
    let (after, items) = retried(&lists(&response(413, ""))).unwrap();
    assert_eq!((after, items.iter().sum::<usize>()), (Duration::ZERO, 3));
    assert!(items.len() > 1, "{items:?}");
    let eight = ids(8);
    let poisoned = shapes.isolated().judge(&eight, &response(400, ""));
    let (after, items) = retried(&poisoned.next).unwrap();
    assert_eq!((after, items.iter().sum::<usize>(), items.len()), (Duration::ZERO, 8, 2));
    assert_eq!(poisoned.report.counters().settled(), 0);
    // What is safe to repeat is retried.
    let again = shapes.idempotent().judge(&three, &response(500, "")).next;
    assert_eq!(retried(&again).unwrap().1, [3]);
    assert_eq!(lists(&response(500, "")), NextStep::Done);
}

#[test]
fn the_items_without_an_outcome_are_shown_as_such() {
    let items = ids(3);
    let shapes = ShapesClient::new(client());
    let body = r#"{"successes": ["t0"], "failures": [{"id": "t2", "message": "gone"}], "unprocessed": ["t1"]}"#;
    let judged = shapes.lists("org").judge(&items, &response(200, body));
    let text = judged.to_string();
    assert!(
        text.starts_with(
            "t0: succeeded\nitem 1: no outcome yet\nt2: failed: gone\nnext: retries 1 item in 1 request after "
        ),
        "{text}"
    );
    assert_eq!(judged.report.responses().count(), 1);
}

/// A recorded response is to one request, whatever the limits of the endpoint.
#[test]
fn the_limits_of_requests_do_not_apply() {
    let items = ids(500);
    let done: Vec<&str> = items.iter().map(|id| &*id.0).collect();
    let body = serde_json::json!({ "successes": done }).to_string();
    for bulk in [ShapesClient::new(client()).lists("org"), ShapesClient::new(client()).limited()] {
        let judged: Judgement<&Id, Changed, Error> = bulk.judge(&items, &response(200, &body));
        assert_eq!((judged.report.counters().succeeded, judged.report.requests()), (500, 1));
    }
    // Nor are there any items without a request.
    assert_eq!(ShapesClient::new(client()).whole().judge(&[], &response(200, "")).next, NextStep::Done);
}

#[test]
fn a_job_is_polled_next() {
    let items = ids(2);
    let judged = JobsClient::new(client()).start().judge(&items, &response(202, r#"{"id": "7", "state": "running"}"#));
    assert!(matches!(judged.next, NextStep::Poll { after, .. } if !after.is_zero()), "{:?}", judged.next);
}

/// Endpoints whose declaration as data is not all.
#[bulk_api]
#[allow(dead_code, reason = "only its constants are used")]
trait Plugged {
    #[post("/orgs/{org}/track")]
    #[bulk_endpoint(max = 5, partial = true, idempotent = true, items = groups(""), already = is_known)]
    fn track(&self, org: &str) -> Bulk<Track, Tracked>;

    #[post("/orgs/{org}/lines")]
    #[bulk_endpoint(max = 5, partial = true, items = codec(Lines))]
    fn lines(&self, org: &str, #[header("X-Kind")] kind: &str) -> Bulk<Id, Changed>;

    #[post("/send")]
    #[bulk_endpoint(max = 5, partial = true, items = "entries")]
    fn send(&self) -> Bulk<Message, Sent>;
}

#[derive(Serialize, BulkItem)]
#[serde(untagged, rename_all = "snake_case")]
#[bulk(group)]
enum Track {
    Users(u8),
    Events { name: &'static str },
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Tracked {
    #[bulk(failed)]
    errors: Vec<TrackError>,
}

#[derive(Deserialize, ItemReply)]
struct TrackError {
    #[bulk(group)]
    list: String,
    #[bulk(key)]
    index: Index<0>,
    #[bulk(code)]
    kind: String,
}

fn is_known(error: &TrackError) -> bool {
    error.kind == "known"
}

struct Lines;

impl Codec<Id> for Lines {
    const CONTENT_TYPE: &'static str = "text/plain";

    fn item(id: &Id, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(id.0.as_bytes());
        Ok(())
    }

    fn body(_: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
        items.join(&b'\n')
    }
}

#[derive(Serialize, BulkItem)]
struct Message {
    id: AssignedId,
    text: &'static str,
}

#[derive(Deserialize, BulkReply)]
struct Sent {
    #[bulk(results)]
    entries: Vec<Entry>,
}

#[derive(Deserialize, ItemReply)]
struct Entry {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(status)]
    ok: bool,
}

#[test]
fn a_constant_has_the_plug_ins_of_its_declaration() {
    let items = [Track::Users(1), Track::Events { name: "a" }, Track::Users(2)];
    let errors = json!({"errors": [
        {"list": "users", "index": 1, "kind": "known"},
        {"list": "events", "index": 0, "kind": "other"},
    ]});
    let judged = PluggedClient::TRACK.judge(&items, &response(200, &errors.to_string()));
    let outcomes: Vec<String> = judged.report.rows().map(|row| row.outcome.to_string()).collect();
    // `already` counts only after an attempt with an unknown result.
    assert_eq!(outcomes, ["succeeded", "failed", "failed"], "{judged}");
    let items = ids(2);
    let judged = PluggedClient::LINES.judge(&items, &response(200, r#"{"successes": ["t0", "t1"]}"#));
    assert_eq!(judged.to_string(), "t0: succeeded\nt1: succeeded\nnext: every item has its outcome");
}

/// A page has other ids than a run, so the test names those of its items.
#[test]
fn the_ids_of_items_in_a_judged_response_are_known() {
    let items = ["a", "b"].map(|text| Message { id: AssignedId::new(), text });
    let page = json!({"entries": [{"id": assigned_id(1), "ok": true}, {"id": assigned_id(0), "ok": false}]});
    let judged = PluggedClient::SEND.judge(&items, &response(200, &page.to_string()));
    let outcomes: Vec<String> = judged.report.rows().map(|row| row.outcome.to_string()).collect();
    assert_eq!(outcomes, ["failed", "succeeded"], "{judged}");
}

/// Mails that are queued, but for the invalid ones.
#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
pub struct QueuedMails {
    #[bulk(failed)]
    errors: Vec<InvalidMail>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct InvalidMail {
    #[bulk(key)]
    index: Index<0>,
    #[bulk(message)]
    message: String,
}

#[bulk_api]
pub trait QueuedMailing: Send + Sync {
    #[post("/mails")]
    #[bulk_endpoint(max = 10, partial = true, items = body)]
    fn queue(&self) -> Bulk<Id, QueuedMails>;
}

#[test]
fn an_item_that_is_accepted_is_shown_as_such() {
    let page = response(200, r#"{"errors": [{"index": 1, "message": "no address"}]}"#);
    let judged = QueuedMailingClient::new(client()).queue().judge(&ids(2), &page).to_string();
    assert_eq!(judged, "t0: succeeded (accepted)\nt1: failed: no address\nnext: every item has its outcome");
}
