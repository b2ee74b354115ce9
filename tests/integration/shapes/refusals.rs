//! Responses about the whole request: refusals with details, refusals under 2xx, and a body for each status.

use bulk_endpoint::testing::Script;
use bulk_endpoint::{ApiError, AwsErrorType, Bulk, BulkReply, Client, ItemReply, bulk_api};
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

/// An error of AWS: the message has one of two names.
#[derive(Debug, Deserialize, ApiError)]
struct AwsError {
    #[bulk(code)]
    #[serde(rename = "__type")]
    kind: AwsErrorType,
    #[bulk(message)]
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// Every field is optional.
#[derive(Debug, Deserialize, ApiError)]
struct Lenient {
    #[bulk(code)]
    code: Option<String>,
    #[bulk(message)]
    message: Option<String>,
}

/// An error in each place of a body, and with each kind of code.
#[derive(Debug, ApiError)]
#[serde(deny_unknown_fields)]
enum Errors {
    #[bulk(on(400))]
    #[serde(rename_all = "camelCase")]
    Named {
        #[bulk(code)]
        #[serde(alias = "ERROR_CODE")]
        error_code: u16,
        #[bulk(message)]
        text: String,
    },
    #[bulk(on(409))]
    Listed(Listed),
    #[bulk(on(422))]
    Unread,
}

#[derive(Debug, Deserialize, ApiError)]
struct Listed {
    #[bulk(nested)]
    errors: Vec<Problem>,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Problem {
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    text: String,
    /// The error behind it.
    #[bulk(nested)]
    #[serde(default)]
    inner: Vec<Inner>,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Inner {
    #[bulk(code)]
    code: String,
}

/// An error with a code and a message of its own, beside those inside. The nested field comes first in the type.
#[derive(Debug, Deserialize, ApiError)]
struct Around {
    #[bulk(nested)]
    #[serde(default)]
    errors: Vec<Problem>,
    #[bulk(message)]
    text: Option<String>,
    #[bulk(code)]
    code: Option<String>,
}

/// A 2xx means that all is stored. A 400 may have stored a part.
#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum Stored {
    #[bulk(on(200, 204))]
    All,
}

#[bulk_api]
trait Refusals: Send + Sync {
    #[post("/aws")]
    #[bulk_endpoint(max = 5, partial = false, retry("Busy"), stop("NotAuthorized"), too_large("TooMany"))]
    fn aws(&self) -> Bulk<String, (), AwsError>;

    #[post("/lenient")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn lenient(&self) -> Bulk<String, (), Lenient>;

    #[post("/errors")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn errors(&self) -> Bulk<String, (), Errors>;

    #[post("/around")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn around(&self) -> Bulk<String, (), Around>;

    #[post("/unread")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn unread(&self) -> Bulk<String>;

    #[post("/push")]
    #[bulk_endpoint(max = 5, partial = true, uncertain(400), items = ndjson)]
    fn push(&self) -> Bulk<String, Stored, Error>;

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
            (400, r#"{"failed":[]}"#, &["refused 400: the request was refused with 400: {\"failed\":[]}; the error body could not be read: missing field `error` at line 1 column 13"; 3]),
            (400, r#"{"error":{"code":"E9","text":"bad request"}}"#, &["refused 400 E9: the request was refused with 400: bad request"; 3]),
            (400, "<html>", &["refused 400: the request was refused with 400: <html>; the error body could not be read: not valid JSON: expected value at line 1 column 1"; 3]),
            (401, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["refused 401: the request was refused with 401: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}; the error body could not be read: missing field `error` at line 1 column 38"; 3]),
            (409, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["refused 409: the request was refused with 409: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}; the error body could not be read: missing field `error` at line 1 column 38"; 3]),
            (201, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: no reply is declared for the status 201", "failed: gone", "unknown missing: the response does not name it, and the response body does not match the declared type: no reply is declared for the status 201"]),
            (500, r#"{"failed":[{"id":"t1","text":"gone"}]}"#, &["unknown server_error: the server responded with 500: {\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}; the error body could not be read: missing field `error` at line 1 column 38"; 3]),
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
            (410, r#"{"done":[]}"#, &["refused 410: the request was refused with 410: {\"done\":[]}; the error body could not be read: missing field `error` at line 1 column 11"; 2]),
            // Under another status, and under an undeclared one.
            (200, r#"[{"id":"t1","status":404,"text":"gone"}]"#, &["unknown undecodable: the response body does not match the declared type: invalid type: sequence, expected an object at line 1 column 0"; 2]),
            (201, r#"{"results":[{"id":"t0","status":200,"text":""},{"id":"t1","status":200,"text":""}]}"#, &["unknown undecodable: the response body does not match the declared type: no reply is declared for the status 201"; 2]),
            (404, r#"{"done":["t0","t1"]}"#, &["refused 404: the request was refused with 404: {\"done\":[\"t0\",\"t1\"]}; the error body could not be read: missing field `error` at line 1 column 20"; 2]),
        ],
    )
    .await;
}

const UNREAD: &str = "the error body could not be read";

/// `{"__type": "X#Busy", "message": "a", "Message": "b"}` has one field twice.
#[tokio::test(start_paused = true)]
async fn a_code_counts_although_the_body_around_it_does_not_fit() {
    let odd = |code: &str| format!(r#"{{"__type":"com.amazonaws#{code}","message":"a","Message":"b"}}"#);
    let run = |first: String| {
        let client = client(move |n, _| match n {
            0 => Script::response(400, first.clone()),
            _ => Script::response(200, ""),
        });
        let run = RefusalsClient::new(client).aws().send(three()).concurrency(1);
        async move { run.await }
    };
    for (code, words_, requests) in [
        ("Busy", "succeeded", 2),
        // Half of the bytes has room for one item of three.
        ("TooMany", "succeeded", 4),
        ("NotAuthorized", "refused 400", 1),
        ("Other", "refused 400", 1),
    ] {
        let report = run(odd(code)).await;
        assert_eq!((words(&report), report.requests()), (vec![words_.to_owned(); 3], requests), "{code}: {report}");
        // The same code, in a body that fits.
        let report = run(format!(r#"{{"__type":"{code}:http://x/","message":"a"}}"#)).await;
        assert_eq!((words(&report), report.requests()), (vec![words_.to_owned(); 3], requests), "{code}: {report}");
        assert_eq!(report.stopped().is_some(), code == "NotAuthorized");
    }
    let report = run(odd("Other")).await;
    let refusal = report.refused().next().unwrap().1;
    assert_eq!((refusal.code.as_deref(), refusal.error.is_none()), (Some("Other"), true));
    assert_eq!(refusal.body_error.as_ref().unwrap().reason, "duplicate field `message` at line 1 column 55");
}

#[tokio::test(start_paused = true)]
async fn an_outcome_says_why_the_error_body_could_not_be_read() {
    let refused = |status: u16, code: &str, body: &str, why: &str| {
        let (code, why) = (if code.is_empty() { "" } else { " " }.to_owned() + code, format!("{UNREAD}: {why}"));
        format!("refused {status}{code}: the request was refused with {status}: {body}; {why}")
    };
    let cases = [
        (400, r#"{"errorCode":17,"text":7}"#, "17", "invalid type: integer `7`, expected a string at line 1 column 24"),
        (400, r#"{"ERROR_CODE":17}"#, "17", "missing field `text` at line 1 column 17"),
        // `deny_unknown_fields` on the enum.
        (
            400,
            r#"{"errorCode":17,"text":"a","more":1}"#,
            "17",
            "unknown field `more`, expected one of `ERROR_CODE`, `errorCode`, `text` at line 1 column 33",
        ),
        (400, "<html>busy</html>", "", "not valid JSON: expected value at line 1 column 1"),
        (
            409,
            r#"{"errors":[{"code":"E1","text":7}]}"#,
            "E1",
            "invalid type: integer `7`, expected a string at line 1 column 32",
        ),
        (
            409,
            r#"{"errors":[{"code":7,"inner":[{"code":"E2"}]}]}"#,
            "E2",
            "invalid type: integer `7`, expected a string at line 1 column 20",
        ),
        (418, r#"{"errorCode":17}"#, "", "no error body is declared for the status 418"),
    ];
    let want: Vec<String> = cases.iter().map(|(status, body, code, why)| refused(*status, code, body, why)).collect();
    let want: Vec<[&str; 2]> = want.iter().map(|want| [want.as_str(); 2]).collect();
    let rows = cases.iter().zip(&want).map(|((status, body, ..), want)| (*status, *body, want.as_slice()));
    meet(|client| RefusalsClient::new(client).errors(), two, &rows.collect::<Vec<_>>()).await;
    let why = "missing field `error` at line 1 column 2";
    meet(
        |client| RefusalsClient::new(client).blames(),
        two,
        &[
            // Nothing is there to read.
            (404, "", &["refused 404: the request was refused with 404"; 2]),
            (500, "", &["unknown server_error: the server responded with 500"; 2]),
            (500, "{}", &[&*format!("unknown server_error: the server responded with 500: {{}}; {UNREAD}: {why}"); 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_start_of_an_error_body_is_kept_where_its_type_has_no_message_of_it() {
    meet(
        |client| RefusalsClient::new(client).lenient(),
        two,
        &[
            (400, r#"{"code":"E1","message":"no"}"#, &["refused 400 E1: the request was refused with 400: no"; 2]),
            (
                400,
                r#"{"error":{"reason":"no"}}"#,
                &["refused 400: the request was refused with 400: {\"error\":{\"reason\":\"no\"}}"; 2],
            ),
            (
                400,
                r#"{"code":"E1","detail":"no"}"#,
                &["refused 400 E1: the request was refused with 400: {\"code\":\"E1\",\"detail\":\"no\"}"; 2],
            ),
            (
                500,
                r#"{"detail":"no"}"#,
                &["unknown server_error: the server responded with 500: {\"detail\":\"no\"}"; 2],
            ),
        ],
    )
    .await;
    meet(
        |client| RefusalsClient::new(client).errors(),
        two,
        &[(422, r#"{"detail":"no"}"#, &["refused 422: the request was refused with 422: {\"detail\":\"no\"}"; 2])],
    )
    .await;
    meet(
        |client: Client| RefusalsClient::new(client).unread(),
        two,
        &[(400, "not now", &["refused 400: the request was refused with 400: not now"; 2])],
    )
    .await;
}

/// A vendor that stores the good lines of a request, and answers 400 because of the others.
#[tokio::test(start_paused = true)]
async fn a_refusal_that_may_have_applied_a_part_can_be_declared() {
    meet(
        |client| RefusalsClient::new(client).push(),
        two,
        &[
            (200, "", &["succeeded"; 2]),
            (204, "", &["succeeded"; 2]),
            (
                400,
                r#"{"error":{"code":"E9","text":"line 2 is too old"}}"#,
                &["unknown declared: the server responded with 400: line 2 is too old"; 2],
            ),
            (401, "", &["refused 401: the request was refused with 401"; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_code_and_message_of_an_error_come_before_those_inside_it() {
    let refused = |told: &str| format!("refused 400{told}");
    let cases = [
        (
            r#"{"code":"E1","text":"own","errors":[{"code":"E2","text":"inner"}]}"#,
            " E1: the request was refused with 400: own",
        ),
        (r#"{"code":"E1","errors":[{"code":"E2","text":"inner"}]}"#, " E1: the request was refused with 400: inner"),
        (r#"{"text":"own","errors":[{"code":"E2","text":"inner"}]}"#, " E2: the request was refused with 400: own"),
        (
            r#"{"errors":[{"code":"E2","text":"inner"},{"code":"E3","text":"later"}]}"#,
            " E2: the request was refused with 400: inner",
        ),
        (r#"{"code":"E1","text":"own"}"#, " E1: the request was refused with 400: own"),
        // The same where the body does not fit its type.
        (
            r#"{"code":"E1","text":7,"errors":[{"code":"E2","text":"inner"}]}"#,
            " E1: the request was refused with 400: {\"code\":\"E1\",\"text\":7,\"errors\":[{\"code\":\"E2\",\"text\":\"inner\"}]}; the error body could not be read: invalid type: integer `7`, expected a string at line 1 column 21",
        ),
    ];
    let want: Vec<String> = cases.iter().map(|(_, told)| refused(told)).collect();
    let want: Vec<[&str; 2]> = want.iter().map(|want| [want.as_str(); 2]).collect();
    let rows = cases.iter().zip(&want).map(|((body, _), want)| (400, *body, want.as_slice()));
    meet(|client| RefusalsClient::new(client).around(), two, &rows.collect::<Vec<_>>()).await;
}
