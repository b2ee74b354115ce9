//! Bodies that have one of several shapes under one status, and bodies that are one element or one error.

use bulk_endpoint::testing::Script;
use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, Index, ItemReply, One, Outcome, bulk_api};
use serde::Deserialize;

use super::{Failure, client, meet, said, three, two};

/// JSON-RPC 2.0, section 6: an array, or one object if the request as a whole is invalid.
#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum Answers {
    #[bulk(on(200))]
    Each(Vec<Answer>),
    #[bulk(failed, on(200))]
    Refused,
}

#[derive(Deserialize, ItemReply)]
struct Answer {
    #[bulk(key)]
    id: String,
    #[bulk(failed, nested)]
    error: Option<RpcError>,
}

#[derive(Debug, Deserialize, ItemReply)]
struct RpcError {
    #[bulk(code)]
    code: i64,
    #[bulk(message)]
    message: String,
}

#[derive(Debug, Deserialize, ApiError)]
struct RpcFailure {
    #[bulk(nested)]
    error: RpcError,
}

/// Any object is one.
#[derive(Debug, Deserialize, ApiError)]
struct AnyFailure {
    #[bulk(code)]
    code: Option<u16>,
    #[bulk(message)]
    message: Option<String>,
}

/// Splunk HEC: a 400 names the event at which it stopped, or is about the whole request.
#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum Collected {
    #[bulk(on(200))]
    All(HecSuccess),
    #[bulk(on(400))]
    Stopped(HecStopped),
    #[bulk(failed, on(400))]
    Refused,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct HecSuccess {
    #[bulk(status)]
    code: HecCode,
}

#[derive(bulk_endpoint::Status)]
#[repr(i64)]
enum HecCode {
    #[bulk(succeeded)]
    Success = 0,
    #[bulk(failed)]
    Busy = 9,
}

#[derive(BulkReply)]
#[bulk(unlisted = (succeeded, unprocessed))]
struct HecStopped(#[bulk(failed)] One<HecEvent>);

#[derive(Deserialize, ItemReply)]
struct HecEvent {
    #[bulk(key)]
    #[serde(rename = "invalid-event-number")]
    number: Index<0>,
    #[bulk(code)]
    code: i64,
    #[bulk(message)]
    text: String,
}

#[derive(Debug, Deserialize, ApiError)]
struct HecError {
    #[bulk(code)]
    code: i64,
    #[bulk(message)]
    text: String,
}

/// Three shapes under one status, and another under its own.
#[derive(Deserialize, BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum Several {
    #[bulk(on(200, 207))]
    Lists(Lists),
    #[bulk(on(207))]
    Task(Task),
    #[bulk(on(207))]
    Bare(Vec<Judged>),
    #[bulk(on(204))]
    Nothing,
}

#[derive(Deserialize, BulkReply)]
struct Lists {
    #[bulk(nested)]
    result: Inner,
    total: u64,
}

#[derive(Deserialize, BulkReply)]
struct Inner {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Judged>,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
struct Task {
    task: String,
    region: String,
}

#[derive(Deserialize, ItemReply)]
struct Judged {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    ok: Option<bool>,
    #[bulk(message)]
    text: Option<String>,
}

/// A field that is one failure.
#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct WithOne {
    ok: bool,
    #[bulk(failed)]
    #[serde(default)]
    error: One<Failure>,
}

/// OneSignal: the ids that are not valid in an object, or an error in a list under the same name.
#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum Notified {
    #[bulk(on(200))]
    Some(Notification),
    #[bulk(failed, on(200))]
    None,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
struct Notification {
    id: String,
    #[bulk(nested)]
    errors: Option<InvalidIds>,
}

#[derive(Deserialize, BulkReply)]
struct InvalidIds {
    #[bulk(failed)]
    invalid: Vec<String>,
}

#[derive(Debug, Deserialize, ApiError)]
struct Errors {
    #[bulk(message)]
    errors: Vec<String>,
}

/// Ids of the vendor, in the order of the items.
#[derive(Deserialize, BulkReply)]
struct Published {
    #[bulk(succeeded)]
    ids: Vec<PublishedId>,
}

#[derive(Deserialize, ItemReply)]
#[bulk(positional)]
struct PublishedId(String);

#[bulk_api]
trait Severals: Send + Sync {
    #[post("/notifications")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn notify(&self) -> Bulk<String, Notified, Errors>;

    #[post("/publish")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn publish(&self) -> Bulk<String, Published, ()>;

    #[post("/rpc")]
    #[bulk_endpoint(max = 5, partial = true, retry("-32000"))]
    fn rpc(&self) -> Bulk<String, Answers, RpcFailure>;

    #[post("/rpc")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn loose(&self) -> Bulk<String, Answers, AnyFailure>;

    #[post("/services/collector")]
    #[bulk_endpoint(max = 5, partial = true, retry("9"))]
    fn collect(&self) -> Bulk<String, Collected, HecError>;

    #[post("/several")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn several(&self) -> Bulk<String, Several, ()>;

    #[post("/one")]
    #[bulk_endpoint(max = 1, partial = true)]
    fn one(&self) -> Bulk<String, One<Judged>, ()>;

    #[post("/with-one")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn with_one(&self) -> Bulk<String, WithOne, ()>;
}

const UNFIT: &str = "the response body does not match the declared type:";

#[tokio::test(start_paused = true)]
async fn one_error_where_a_list_is_expected() {
    let misread = |why: &str| format!("unknown undecodable: {UNFIT} {why}");
    let no_error = misread(
        "it is no error: missing field `error` at line 1 column 2; it is no `Each`: expected an array, found an object",
    );
    let html = misread(
        "it is no error: not valid JSON: expected value at line 1 column 1; it is no `Each`: expected an array, found another value",
    );
    meet(
        |client| SeveralsClient::new(client).rpc(),
        two,
        &[
            (
                200,
                r#"[{"id":"t1","error":{"code":-32601,"message":"no such method"}},{"id":"t0"}]"#,
                &["succeeded", "failed -32601: no such method"],
            ),
            (
                200,
                r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}"#,
                &["refused 200 -32600: the request was refused with 200: Invalid Request"; 2],
            ),
            // One bad element does not choose another shape.
            (200, r#"[{"id":"t0"},{"error":7}]"#, &[
                "succeeded",
                "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /1: invalid type: integer `7`, expected struct RpcError at line 1 column 10",
            ]),
            (200, "{}", &[no_error.as_str(); 2]),
            (200, "<html>Log in</html>", &[html.as_str(); 2]),
        ],
    )
    .await;
}

/// `{}` under 200 fits an error whose fields are all optional, and proves nothing.
#[tokio::test(start_paused = true)]
async fn an_error_without_a_code_and_a_message_is_none() {
    let nothing = format!(
        "unknown undecodable: {UNFIT} it is no error: it has neither a code nor a message; it is no `Each`: expected an array, found an object"
    );
    meet(
        |client| SeveralsClient::new(client).loose(),
        two,
        &[
            (200, "{}", &[nothing.as_str(); 2]),
            (200, r#"{"items":[]}"#, &[nothing.as_str(); 2]),
            (200, r#"{"code":7}"#, &[r#"refused 200 7: the request was refused with 200: {"code":7}"#; 2]),
            (200, r#"{"message":"busy"}"#, &["refused 200: the request was refused with 200: busy"; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_error_under_success_has_the_class_of_its_code() {
    let client: Client = client(|n, _| {
        let body = match n {
            0 => r#"{"error":{"code":-32000,"message":"busy"},"id":null}"#,
            _ => r#"[{"id":"t0"},{"id":"t1"}]"#,
        };
        Script::response(200, body)
    });
    let report = SeveralsClient::new(client).rpc().send(two()).await;
    assert_eq!((said(&report), report.requests()), (vec!["succeeded".to_owned(); 2], 2));
}

#[tokio::test(start_paused = true)]
async fn one_failure_as_the_whole_response() {
    let behind = "unprocessed: returned as unprocessed";
    meet(
        |client| SeveralsClient::new(client).collect(),
        three,
        &[
            (200, r#"{"text":"Success","code":0}"#, &["succeeded"; 3]),
            (
                400,
                r#"{"text":"Invalid data format","code":6,"invalid-event-number":1}"#,
                &["succeeded", "failed 6: Invalid data format", behind],
            ),
            (400, r#"{"text":"No data","code":5}"#, &["refused 400 5: the request was refused with 400: No data"; 3]),
            // An event that was not sent is a fault.
            (
                400,
                r#"{"text":"Invalid data format","code":6,"invalid-event-number":7}"#,
                &["unknown missing: the response does not name it, and the response names 7, which was not sent"; 3],
            ),
            (400, "", &["refused 400: the request was refused with 400"; 3]),
        ],
    )
    .await;
    let report = SeveralsClient::new(client(|_, _| Script::response(400, r#"{"text":"No data","code":5}"#)))
        .collect()
        .send(two())
        .await;
    let typed = report.iter().all(|(_, outcome)| match outcome {
        Outcome::Refused(refusal) => refusal.error.as_ref().is_some_and(|error| error.code == 5),
        _ => false,
    });
    assert!(typed, "the refusal has the error type");
    meet(
        |client| SeveralsClient::new(client).one(),
        || vec!["t0".to_owned()],
        &[
            (200, r#"{"id":"t0","ok":true}"#, &["succeeded"]),
            (200, r#"{"id":"t0","ok":false,"text":"gone"}"#, &["failed: gone"]),
            (200, r#"{"id":"t9","ok":true}"#, &["unknown missing: the response does not name it, and the response names \"t9\", which was not sent"]),
            (200, r#"[{"id":"t0","ok":true}]"#, &["unknown bad_element: the response does not name it, and the response body does not match the declared type: expected a JSON object"]),
        ],
    )
    .await;
    meet(
        |client| SeveralsClient::new(client).with_one(),
        two,
        &[
            (200, r#"{"ok":true}"#, &["succeeded"; 2]),
            (200, r#"{"ok":true,"error":null}"#, &["succeeded"; 2]),
            (200, r#"{"ok":false,"error":{"id":"t1","text":"gone"}}"#, &["succeeded", "failed: gone"]),
            (
                200,
                r#"{"ok":false,"error":{"id":"t9","text":"gone"}}"#,
                &["unknown missing: the response does not name it, and the response names \"t9\", which was not sent";
                    2],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_first_shape_that_the_body_has() {
    meet(
        |client| SeveralsClient::new(client).several(),
        two,
        &[
            (207, r#"{"total":2,"result":{"done":["t0"],"failed":[{"id":"t1","text":"gone"}]}}"#, &["succeeded", "failed: gone"]),
            (207, r#"{"task":"7","region":"eu"}"#, &["accepted"; 2]),
            (207, r#"[{"id":"t0","ok":true},{"id":"t1","ok":false,"text":"gone"}]"#, &["succeeded", "failed: gone"]),
            // The nearest shape first: one field is missing from it.
            (207, r#"{"task":"7"}"#, &["unknown undecodable: the response body does not match the declared type: it is no `Task`: at /region: the field is missing; it is no `Lists`: at /result: the field is missing; it is no `Bare`: expected an array, found an object"; 2]),
            (207, r#"{"total":2,"result":{"done":["t0"]}}"#, &["unknown undecodable: the response body does not match the declared type: it is no `Lists`: at /result/failed: the field is missing; it is no `Task`: at /task: the field is missing; it is no `Bare`: expected an array, found an object"; 2]),
            (207, r#""done""#, &["unknown undecodable: the response body does not match the declared type: it is no `Lists`: invalid type: string \"done\", expected an object at line 1 column 6; it is no `Task`: invalid type: string \"done\", expected an object at line 1 column 6; it is no `Bare`: expected an array, found another value"; 2]),
            // A list that is there twice, or a body that is no JSON, is no other shape.
            (207, r#"{"total":2,"total":2,"result":{"done":["t0"],"done":[],"failed":[]}}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /result: duplicate field `done` at line 1 column 24"; 2]),
            (207, r#"{"total":2"#, &["unknown undecodable: the response body does not match the declared type: not valid JSON: EOF while parsing an object at line 1 column 10"; 2]),
            // The only shape under its status, whatever the body is.
            (200, r#"{"total":2,"result":{"done":["t0"]}}"#, &["succeeded", "unknown missing: the response does not name it, and the response body does not match the declared type: at /result/failed: the field is missing"]),
            (204, "", &["succeeded"; 2]),
            (202, "{}", &["unknown undecodable: the response body does not match the declared type: no reply is declared for the status 202"; 2]),
        ],
    )
    .await;
}

/// An optional object that is there is a part of the shape.
#[tokio::test(start_paused = true)]
async fn an_optional_part_chooses_the_shape() {
    let refused = "refused 200: the request was refused with 200: no subscribers";
    meet(
        |client| SeveralsClient::new(client).notify(),
        two,
        &[
            (200, r#"{"id":"7"}"#, &["accepted"; 2]),
            (200, r#"{"id":"7","errors":null}"#, &["accepted"; 2]),
            (200, r#"{"id":"7","errors":{"invalid":["t1"]}}"#, &["accepted", "failed invalid"]),
            (200, r#"{"id":"","errors":["no subscribers"]}"#, &[refused; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn bare_values_in_the_order_of_the_items() {
    let answer = Script::response(200, r#"{"ids":["v7","v8"]}"#);
    let report = SeveralsClient::new(client(move |_, _| answer.clone())).publish().send(two()).await;
    let ids: Vec<&str> = report.succeeded().filter_map(|(_, done)| Some(done.body.as_ref()?.0.as_str())).collect();
    assert_eq!(ids, ["v7", "v8"]);
    meet(|client| SeveralsClient::new(client).publish(), two, &[(200, r#"{"ids":["v7","v8"]}"#, &["succeeded"; 2])])
        .await;
}

/// The fields that belong to no item are those of the shape that was chosen.
#[tokio::test(start_paused = true)]
async fn the_body_of_a_chosen_shape_is_kept() {
    let answer = Script::response(207, r#"{"task":"7","region":"eu"}"#);
    let report = SeveralsClient::new(client(move |_, _| answer.clone())).several().send(two()).await;
    let body = report.responses().next().and_then(|response| response.body());
    assert!(matches!(body, Some(Several::Task(Task { task, .. })) if task == "7"));
}
