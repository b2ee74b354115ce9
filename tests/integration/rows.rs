//! What a report tells of an outcome: the status that came, the code, the message, the request id.

use std::error::Error as _;

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::{Bulk, BulkItem, BulkReply, Client, ItemReply, Outcome, Row, Status, TokioClock, bulk_api};
use serde::{Deserialize, Serialize};

use crate::support::{Error, Id, Shapes, ids, scripted};

#[derive(Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
enum Word {
    #[bulk(accepted)]
    Queued,
    #[bulk(succeeded)]
    Done,
    #[bulk(failed)]
    Gone,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Worded {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    state: Word,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Numbered {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Lists {
    #[bulk(status)]
    #[serde(default)]
    status: Option<u16>,
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<String>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Failures {
    #[bulk(failed)]
    failed: Vec<String>,
}

/// A refusal of the whole request inside another.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Outer {
    #[bulk(status)]
    ok: bool,
    #[bulk(message)]
    text: Option<String>,
    #[bulk(nested)]
    inner: Inner,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Inner {
    #[bulk(status)]
    ok: bool,
    #[bulk(message)]
    text: Option<String>,
}

/// A key of two parts, of which one is text.
#[derive(Serialize, BulkItem)]
struct Part {
    #[bulk(key)]
    number: u64,
    #[bulk(key)]
    region: String,
}

#[bulk_api]
trait Rows: Send + Sync {
    #[post("/worded")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn worded(&self) -> Bulk<String, Vec<Worded>, Error>;
    #[post("/numbered")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn numbered(&self) -> Bulk<String, Vec<Numbered>, Error>;
    #[post("/lists")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn lists(&self) -> Bulk<String, Lists, Error>;
    #[post("/failures")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn failures(&self) -> Bulk<String, Failures, Error>;
    #[post("/outer")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn outer(&self) -> Bulk<String, Outer, Error>;
    #[post("/already")]
    #[bulk_endpoint(max = 5, partial = true, idempotent = true, already(404))]
    fn already(&self) -> Bulk<String, Vec<Numbered>, Error>;
    #[post("/empty")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn empty(&self) -> Bulk<String>;
}

fn client(script: impl Fn(usize) -> Script + Send + Sync + 'static) -> RowsClient {
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), move |number, _| script(number));
    RowsClient::new(Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap())
}

/// The outcomes of `a` and `b` with their statuses, in runs of one attempt.
async fn statuses<R: BulkReply>(
    bulk: impl Fn(&RowsClient) -> Bulk<String, R, Error>,
    status: u16,
    body: &str,
) -> String {
    let answer = Script::response(status, body.to_owned());
    let report = bulk(&client(move |_| answer.clone())).send(["a".to_owned(), "b".to_owned()]).max_attempts(1).await;
    let told = report.rows().map(|row| format!("{} {}", row.outcome, row.status.unwrap_or_default()));
    told.collect::<Vec<_>>().join(", ")
}

#[tokio::test(start_paused = true)]
async fn the_status_of_a_row_is_the_one_that_came() {
    let worded = |a: &str, b: &str| format!(r#"[{{"id":"a","state":"{a}"}},{{"id":"b","state":"{b}"}}]"#);
    // A word is no status, so that of the response counts.
    assert_eq!(statuses(RowsClient::worded, 200, &worded("queued", "done")).await, "succeeded 200, succeeded 200");
    assert_eq!(statuses(RowsClient::worded, 207, &worded("queued", "gone")).await, "succeeded 207, failed 207");
    let numbered = |a: u16, b: u16| format!(r#"[{{"id":"a","status":{a}}},{{"id":"b","status":{b}}}]"#);
    assert_eq!(statuses(RowsClient::numbered, 200, &numbered(201, 202)).await, "succeeded 201, succeeded 202");
    assert_eq!(statuses(RowsClient::numbered, 207, &numbered(204, 404)).await, "succeeded 204, failed 404");
    for (status, body, want) in [
        (200, r#"{"done":["a"],"failed":["b"]}"#, "succeeded 200, failed 200"),
        (202, r#"{"done":["a","b"]}"#, "succeeded 202, succeeded 202"),
        // The status in the body is closer to the items than that of the response.
        (200, r#"{"status":202,"done":["a","b"]}"#, "succeeded 202, succeeded 202"),
        (200, r#"{"status":201,"done":["a","b"]}"#, "succeeded 201, succeeded 201"),
        // A response came, but says nothing of `b`.
        (200, r#"{"done":["a"]}"#, "succeeded 200, unknown 200"),
        (200, "<html>", "unknown 200, unknown 200"),
        (500, "", "unknown 500, unknown 500"),
        (404, "", "refused 404, refused 404"),
    ] {
        assert_eq!(statuses(RowsClient::lists, status, body).await, want, "{status} {body}");
    }
    assert_eq!(statuses(RowsClient::failures, 201, r#"{"failed":["b"]}"#).await, "succeeded 201, failed 201");
    let report = client(|_| Script::response(204, "")).empty().send(["a".to_owned()]).await;
    assert_eq!(report.rows().next().unwrap().status, Some(204));
}

#[tokio::test(start_paused = true)]
async fn an_earlier_success_has_the_status_that_showed_it() {
    let client = client(|number| match number {
        0 => Script::response(500, ""),
        _ => Script::response(200, r#"[{"id":"a","status":404}]"#),
    });
    let report = client.already().send(["a".to_owned()]).await;
    let (_, success) = report.succeeded().next().unwrap();
    assert!(success.earlier);
    assert_eq!(report.rows().next().unwrap().status, Some(404));
    // Nothing came from a vendor.
    let mock: Bulk<Id> = Bulk::mock(|_| Outcome::succeeded());
    assert_eq!(mock.send(ids(1)).await.rows().next().unwrap().status, None);
}

/// The row of one item, whose request got this response.
async fn row(status: u16, headers: &'static [(&'static str, &'static str)], body: &'static str) -> Row {
    let client = scripted(move |_, _| {
        headers.iter().fold(Script::response(status, body), |script, (name, value)| script.header(name, value))
    });
    let report = client.lists("o").send(ids(1)).max_attempts(1).await;
    report.rows().next().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_row_has_the_request_id_from_the_body_or_from_any_header() {
    for name in ["x-request-id", "x-amzn-requestid", "request-id", "x-correlation-id"] {
        let headers: &'static [(&str, &str)] = Box::leak(Box::new([(name, "r1"), ("x-other", "r2")]));
        for status in [400, 500] {
            let row = row(status, headers, r#"{"message":"no"}"#).await;
            assert_eq!((row.request_id.as_deref(), row.status), (Some("r1"), Some(status)), "{name}");
        }
    }
    let row = row(500, &[("x-request-id", "r1")], r#"{"message":"no","requestId":"r2","code":"E1"}"#).await;
    assert_eq!((row.request_id.as_deref(), row.code.as_deref()), (Some("r2"), Some("E1")));
    assert_eq!(row.outcome.to_string(), "unknown");
}

#[tokio::test(start_paused = true)]
async fn of_two_messages_about_the_whole_the_one_of_the_refusal_counts() {
    for (outer, inner) in [(false, true), (true, false)] {
        let body = format!(r#"{{"ok":{outer},"text":"outer","inner":{{"ok":{inner},"text":"inner"}}}}"#);
        let client = client(move |_| Script::response(200, body.clone()));
        let report = client.outer().send(["a".to_owned()]).await;
        let message = report.rows().next().unwrap().message.unwrap();
        let want = if outer { "inner" } else { "outer" };
        assert_eq!(message, format!("the request was refused with 200: {want}"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_source_of_a_run_s_error_is_the_error_of_its_input() {
    let client = scripted(|_, request| crate::support::all_done(request));
    let items = [Ok(Id("t0".into())), Err("the disk is gone")];
    let error = client.lists("o").send(items).await.into_result().unwrap_err();
    assert!(error.source().unwrap().to_string().contains("the disk is gone"), "{:?}", error.source());
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    let unknown = scripted(|_, _| Script::response(500, "")).lists("o").send(ids(1)).await.into_result().unwrap_err();
    assert!(unknown.source().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_mock_has_the_code_of_its_outcome() {
    let error = || Error { code: Some("E1".into()), message: "no".into(), request_id: Some("r1".into()) };
    let mock: Bulk<Id, crate::support::Changed, Error> = Bulk::mock(move |_| Outcome::refused(429, error()));
    let row = mock.send(ids(1)).await.rows().next().unwrap();
    assert_eq!((row.status, row.code.as_deref(), row.request_id.as_deref()), (Some(429), Some("E1"), Some("r1")));
    assert_eq!(row.message.as_deref(), Some("the request was refused with 429: no (request r1)"));
}

#[tokio::test(start_paused = true)]
async fn a_plan_names_the_items_that_cannot_be_sent() {
    let client = scripted(|_, request| crate::support::all_done(request));
    let patch = |id, to: &str| crate::support::Patch { id, to: to.to_owned() };
    let plan = client.patches().plan([patch(1, "x"), patch(2, &"y".repeat(100)), patch(3, "z")]);
    assert_eq!(
        plan.to_string(),
        "2 items in 1 request\n  PATCH https://api.example.com/base/patches (2 items) {\"data\":{\"patches\":[{\"id\":1,\"to\":\"x\"},{\"id\":3,\"to\":\"z\"}]}}\n  item 1: not sent: 116 bytes exceed the endpoint's limit of 60"
    );
}

#[test]
fn a_key_of_several_parts_is_shown_without_quotes() {
    assert_eq!(Part { number: 7, region: "eu/1".to_owned() }.key_text(), "7/eu/1");
    assert_eq!("a\"b".to_owned().key_text(), "a\"b");
    assert_eq!(7_u8.key_text(), "7");
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_told_with_its_formatted_message() {
    let client = scripted(|_, request| crate::support::all_done(request));
    for (source, want) in [
        ((|n| panic!("row {n}")) as fn(u8) -> Id, "row 1"),
        (|_| panic!("plain"), "plain"),
        (|_| std::panic::panic_any(7), "no message"),
    ] {
        let items = (0..2).map(move |n| if n == 0 { Id("t0".into()) } else { source(n) });
        let report = client.lists("o").send(items).await;
        let error = report.source_error().unwrap().to_string();
        assert!(error.contains(want), "{error}");
    }
}

/// `{"status":401}` under 200: the credential was accepted, so it is about the batch, as a 403 is.
#[tokio::test(start_paused = true)]
async fn a_401_in_the_body_of_one_batch_is_about_that_batch_after_a_success() {
    let items: Vec<String> = (0..30).map(|n| format!("t{n}")).collect();
    // The batches that are refused, and the number of requests, of items that succeed, and of items that were not sent.
    let cases: [(&[usize], usize, usize, usize); 4] =
        [(&[1], 6, 25, 0), (&[1, 3, 5], 6, 15, 0), (&[1, 2, 3], 4, 5, 10), (&[0], 1, 0, 25)];
    for (refused, requests, succeeded, not_attempted) in cases {
        let sent = items.clone();
        let client = client(move |number| {
            let done = if refused.contains(&number) { &[] } else { &sent[5 * number..5 * number + 5] };
            let status = if refused.contains(&number) { 401 } else { 200 };
            Script::response(200, serde_json::json!({ "status": status, "done": done }).to_string())
        });
        let report = client.lists().send(&items).concurrency(1).await;
        let counters = report.counters();
        assert_eq!((report.requests(), counters.succeeded), (requests, succeeded), "{refused:?}: {report}");
        assert_eq!((counters.refused, counters.not_attempted), (30 - succeeded - not_attempted, not_attempted));
        assert!(report.refused().all(|(_, refusal)| refusal.status == Some(401)), "{report}");
        assert_eq!(report.stopped().is_some(), not_attempted > 0, "{refused:?}: {report}");
    }
}
