//! Responses about the whole request: refusals with details, refusals under 2xx, and a body for each status.

use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, BulkReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{DoneOnly, Error, Failure, Judged, Word, client, meet, said, texts, three, two};
use crate::support::words;

/// A 400 that names the failed items.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(on(200, 400))]
struct Blames {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Whole {
    #[bulk(status)]
    ok: bool,
    #[bulk(code)]
    #[serde(default)]
    error: Option<String>,
    #[bulk(message)]
    #[serde(default)]
    text: Option<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Queue {
    #[bulk(status)]
    status: Word,
}

#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum ByStatus {
    #[bulk(on(200))]
    Listed(Results),
    #[bulk(on(204))]
    Nothing,
    #[bulk(on(207))]
    Each(Vec<Judged>),
    #[bulk(on(409))]
    Blamed(Rejected),
    #[bulk(on(410))]
    Remaining(DoneOnly),
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Results {
    #[bulk(results)]
    results: Vec<Judged>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Rejected {
    #[bulk(failed)]
    failed: Vec<Judged>,
}

#[bulk_api]
trait Refusals: Send + Sync {
    #[post("/blames")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn blames(&self) -> Bulk<String, Blames, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 5, partial = true, retry("busy"), stop("closed"))]
    fn whole(&self) -> Bulk<String, Whole, Error>;

    #[post("/queue")]
    #[bulk_endpoint(max = 5, partial = false, stop("not-found"))]
    fn queue(&self) -> Bulk<String, Queue, Error>;

    #[post("/by-status")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn by_status(&self) -> Bulk<String, ByStatus, Error>;
}

#[tokio::test(start_paused = true)]
async fn refusals_with_details() {
    meet(
        |client| RefusalsClient::new(client).blames(),
        three,
        &[
            (400, r#"{"failed":[{"id":"t1","text":"gone"}],"done":["t0"]}"#, &["succeeded", "failed: gone", "unknown missing: the response does not name it"]),
            (400, r#"{"failed":[{"id":"t1"}]}"#, &["unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded", "unknown bad_element: the response body does not match the declared type: at /failed/0: missing field `text` at line 1 column 11", "unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded"]),
            (400, r#"{"failed":[]}"#, &["refused 400: the request was refused with 400: {\"failed\":[]}"; 3]),
            (400, r#"{"error":{"code":"E9","text":"bad request"}}"#, &["refused 400 E9: the request was refused with 400: bad request"; 3]),
            (400, "<html>", &["refused 400: the request was refused with 400: <html>"; 3]),
            (401, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["refused 401: the request was refused with 401: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}"; 3]),
            (409, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["refused 409: the request was refused with 409: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}"; 3]),
            (201, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: no reply is declared for the status 201", "failed: gone", "unknown missing: the response does not name it, and the response body does not match the declared type: no reply is declared for the status 201"]),
            (500, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["unknown server_error: the server responded with 500: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_no() {
    meet(
        |client| RefusalsClient::new(client).whole(),
        two,
        &[
            (200, r#"{"ok":true}"#, &["succeeded"; 2]),
            (200, r#"{"ok":true,"failed":[{"id":"t1","text":"gone"}]}"#, &["succeeded", "failed: gone"]),
            (200, r#"{"ok":false,"error":"bad","text":"cannot be"}"#, &["refused 200 bad: the request was refused with 200: cannot be"; 2]),
            (200, r#"{"ok":false,"error":"bad"}"#, &["refused 200 bad: the request was refused with 200: bad"; 2]),
            (200, r#"{"ok":false}"#, &["refused 200: the request was refused with 200: {\"ok\":false}"; 2]),
            (200, r#"{"ok":false,"error":"busy","text":"later"}"#, &["refused 200 busy: the request was refused with 200: later"; 2]),
            (200, r#"{"ok":false,"error":"closed","text":"for good"}"#, &["refused 200 closed: the request was refused with 200: for good"; 2]),
            (200, r#"{"ok":false,"error":"bad","failed":[{"id":"t1","text":"gone"}]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: the response reports the whole request as not done: bad", "failed: gone"]),
            (200, r#"{"ok":7}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /ok: invalid type: integer `7`, expected a boolean at line 1 column 1"; 2]),
            (200, r#"{"ok":null}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /ok: the field is missing"; 2]),
            (200, r#"{"failed":[]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /ok: the field is missing"; 2]),
        ],
    )
    .await;
    meet(
        |client| RefusalsClient::new(client).queue(),
        two,
        &[
            (200, r#"{"status":"all-done"}"#, &["succeeded"; 2]),
            (200, r#"{"status":"queued"}"#, &["accepted"; 2]),
            (202, r#"{"status":"all-done"}"#, &["accepted"; 2]),
            (200, r#"{"status":"not-found"}"#, &["refused 200 not-found: the request was refused with 200: not-found"; 2]),
            (200, r#"{"status":"skipped"}"#, &["refused 200 skipped: the request was refused with 200: skipped"; 2]),
            (200, r#"{"status":"running"}"#, &["unknown pending: the response leaves the items to a job, but the method has no `poll`: add `poll = \"…\"`"; 2]),
            (200, r#"{"status":"melted"}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /status: unknown status `melted`"; 2]),
        ],
    )
    .await;
}

/// A refusal under 2xx has the class of its code.
#[tokio::test(start_paused = true)]
async fn a_no_has_the_class_of_its_code() {
    let client_of = |code: &'static str| {
        RefusalsClient::new(client(move |n, _| {
            Script::response(
                200,
                if n == 0 { json!({ "ok": false, "error": code }) } else { json!({ "ok": true }) }.to_string(),
            )
        }))
    };
    let report = client_of("busy").whole().send(three()).await;
    assert_eq!((words(&report), report.requests()), (vec!["succeeded".to_owned(); 3], 2));
    let report = client_of("closed").whole().send(texts(12)).concurrency(1).await;
    assert_eq!(report.requests(), 1);
    let said = said(&report);
    assert_eq!(said[4], "refused 200 closed: the request was refused with 200: closed");
    assert_eq!(said[5], "not_attempted: not sent: the run stopped: the request was refused with 200: closed");
    assert_eq!(report.stopped(), Some("the request was refused with 200: closed"));
}

#[tokio::test(start_paused = true)]
async fn a_body_for_each_status() {
    meet(
        |client| RefusalsClient::new(client).by_status(),
        two,
        &[
            (200, r#"{"results":[{"id":"t0","status":200,"text":""},{"id":"t1","status":404,"text":"gone"}]}"#, &["succeeded", "failed: gone"]),
            (204, "", &["succeeded"; 2]),
            (207, r#"[{"id":"t1","status":404,"text":"gone"},{"id":"t0","status":201,"text":""}]"#, &["succeeded", "failed: gone"]),
            (409, r#"{"failed":[{"id":"t1","status":409,"text":"taken"}]}"#, &["unknown missing: the response does not name it", "failed: taken"]),
            (409, r#"{"error":{"code":"E9","text":"conflict"}}"#, &["refused 409 E9: the request was refused with 409: conflict"; 2]),
            (410, r#"{"done":["t1"]}"#, &["failed: not among the rest", "succeeded"]),
            (410, r#"{"done":[]}"#, &["refused 410: the request was refused with 410: {\"done\":[]}"; 2]),
            // Under another status, and under an undeclared one.
            (200, r#"[{"id":"t1","status":404,"text":"gone"}]"#, &["unknown undecodable: the response body does not match the declared type: invalid type: sequence, expected an object at line 1 column 0"; 2]),
            (201, r#"{"results":[{"id":"t0","status":200,"text":""},{"id":"t1","status":200,"text":""}]}"#, &["unknown undecodable: the response body does not match the declared type: no reply is declared for the status 201"; 2]),
            (404, r#"{"done":["t0","t1"]}"#, &["refused 404: the request was refused with 404: {\"done\":[\"t0\",\"t1\"]}"; 2]),
        ],
    )
    .await;
}
