//! How a response names items: by key, by several key fields, by index, by an id that the run assigned, ignoring case.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bulk_endpoint::testing::Script;
use bulk_endpoint::{AssignedId, Bulk, BulkItem, BulkReply, HttpStatus, IgnoreCase, Index, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Error, From0, Problem, client, meet, said, three};
use crate::support::words;

/// One failure for several items.
#[derive(Deserialize, Serialize, ItemReply)]
struct Grouped {
    #[bulk(keys)]
    ids: Vec<String>,
    #[bulk(message)]
    why: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct ByGroups {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Grouped>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Entity {
    #[bulk(key)]
    id: String,
}

/// Key and error, each in a nested object.
#[derive(Deserialize, Serialize, ItemReply)]
struct Nested {
    #[bulk(key, nested)]
    entity: Entity,
    #[bulk(failed, nested)]
    error: Option<Problem>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct From1 {
    #[bulk(key)]
    line: Index<1>,
    #[bulk(message)]
    error: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct ErrorsFrom0 {
    #[bulk(failed)]
    errors: Vec<From0>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct ErrorsFrom1 {
    #[bulk(failed)]
    errors: Vec<From1>,
}

#[derive(Deserialize, Serialize, BulkItem)]
struct Message {
    id: AssignedId,
    text: String,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Sent {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(status)]
    status: HttpStatus,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct AnyCase {
    #[bulk(succeeded)]
    done: Vec<IgnoreCase>,
}

#[bulk_api]
trait Keys: Send + Sync {
    #[post("/keys")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn keys(&self) -> Bulk<String, ByGroups, Error>;

    #[post("/nested")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn nested(&self) -> Bulk<String, Vec<Nested>, Error>;

    #[post("/index/0")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn at_0(&self) -> Bulk<String, ErrorsFrom0, Error>;

    #[post("/index/1")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn at_1(&self) -> Bulk<String, ErrorsFrom1, Error>;

    #[post("/assigned")]
    #[bulk_endpoint(max = 2, partial = true, items = "messages")]
    fn assigned(&self) -> Bulk<Message, Vec<Sent>, Error>;

    #[post("/any-case")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn any_case(&self) -> Bulk<IgnoreCase, AnyCase, Error>;
}

#[tokio::test(start_paused = true)]
async fn keys() {
    meet(
        |client| KeysClient::new(client).keys(),
        three,
        &[
            (200, r#"{"done":["t0"],"failed":[{"ids":["t2","t1"],"why":"gone"}]}"#, &["succeeded", "failed: gone", "failed: gone"]),
            (200, r#"{"done":["t0"],"failed":[{"ids":["t1","x9"],"why":"gone"},{"ids":[],"why":"?"}]}"#, &["succeeded", "failed: gone", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /failed/1: the element names no item"]),
            (200, r#"{"done":["t0","t1"],"failed":[{"ids":["t1"],"why":"gone"},{"ids":["t2"]}]}"#, &["succeeded", "unknown contradictory: the response names it as done and as failed", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /failed/1: missing field `why` at line 1 column 14"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_key_inside_something() {
    meet(
        |client| KeysClient::new(client).nested(),
        three,
        &[
            (
                200,
                r#"[{"entity":{"id":"t1"},"error":{"code":"E1","text":"gone"}},{"entity":{"id":"t0"},"error":null},{"entity":{"id":"t2"}}]"#,
                &["succeeded", "failed E1: gone", "succeeded"],
            ),
            (200, r#"[{"entity":{"id":"t0"}},{"entity":{}},{"entity":{"id":"x9"}}]"#, &["succeeded", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /1: missing field `id` at line 1 column 12", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /1: missing field `id` at line 1 column 12"]),
            (200, r#"[{"entity":{"id":"t0"},"error":{"code":7}},{"error":null}]"#, &["unknown bad_element: the response does not name it, and the response body does not match the declared type: at /0: invalid type: integer `7`, expected a string at line 1 column 39"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_index_counts_from_its_base() {
    meet(
        |client| KeysClient::new(client).at_0(),
        three,
        &[
            (200, r#"{"errors":[{"index":1,"error":"bad"},{"index":"2","error":"worse"}]}"#, &["succeeded", "failed: bad", "failed: worse"]),
            (200, r#"{"errors":[{"index":3,"error":"bad"}]}"#, &["unknown missing: the response does not name it, and the response names 3, which was not sent"; 3]),
            (200, r#"{"errors":[{"index":-1,"error":"bad"}]}"#, &["unknown bad_element: the response does not name it, and the response body does not match the declared type: at /errors/0: invalid type: integer `-1`, expected a position in the request, as an integer at line 1 column 11"; 3]),
            (200, r#"{"errors":[{"index":1.0,"error":"bad"}]}"#, &["unknown bad_element: the response does not name it, and the response body does not match the declared type: at /errors/0: invalid type: floating point `1.0`, expected a position in the request, as an integer at line 1 column 12"; 3]),
            (200, r#"{"errors":[{"index":0,"error":7}]}"#, &["unknown bad_element: the response body does not match the declared type: at /errors/0: invalid type: integer `7`, expected a string at line 1 column 20", "unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded", "unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded"]),
        ],
    )
    .await;
    meet(
        |client| KeysClient::new(client).at_1(),
        three,
        &[
            (
                200,
                r#"{"errors":[{"line":1,"error":"bad"},{"line":"3","error":"worse"}]}"#,
                &["failed: bad", "succeeded", "failed: worse"],
            ),
            (
                200,
                r#"{"errors":[{"line":0,"error":"bad"}]}"#,
                &["unknown missing: the response does not name it, and the response names 0, which was not sent"; 3],
            ),
            (
                200,
                r#"{"errors":[{"line":4,"error":"bad"}]}"#,
                &["unknown missing: the response does not name it, and the response names 4, which was not sent"; 3],
            ),
            (
                200,
                r#"{"errors":[{"line":1,"error":"bad"},{"line":1,"error":"worse"}]}"#,
                &["failed: bad", "succeeded", "succeeded"],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn ids_that_the_run_assigns() {
    let first = Mutex::new(String::new());
    let client = KeysClient::new(client(move |n, request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let ids: Vec<&str> =
            body["messages"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        let element = |id: &&str| json!({ "id": id, "status": if id.ends_with('1') { "404" } else { "200" } });
        let mut elements: Vec<Value> = ids.iter().rev().map(element).collect();
        if n == 1 {
            // An id of the first request, and an id of no request.
            let first = first.lock().unwrap().clone();
            elements = vec![json!({ "id": first, "status": "200" }), json!({ "id": "x", "status": "200" })];
        } else {
            *first.lock().unwrap() = ids[0].to_owned();
        }
        Script::response(200, json!(elements).to_string())
    }));
    let items = (0..4).map(|n| Message { id: AssignedId::new(), text: format!("m{n}") });
    let report = client.assigned().send(items).concurrency(1).await;
    assert_eq!(
        said(&report),
        [
            "succeeded",
            "failed",
            "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /1: invalid value: string \"x\", expected an id assigned by a run (a UUID) at line 1 column 9",
            "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /1: invalid value: string \"x\", expected an id assigned by a run (a UUID) at line 1 column 9",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn keys_of_any_case() {
    let items = || ["Abc", "déf", "DÉF"].map(IgnoreCase::from).to_vec();
    meet(
        |client| KeysClient::new(client).any_case(),
        items,
        &[(
            200,
            r#"{"done":["ABC","dÉf"]}"#,
            &["succeeded", "unknown missing: the response does not name it", "succeeded"],
        )],
    )
    .await;
    // Two items that a response could not distinguish share no request.
    let client = KeysClient::new(client(|_, request| {
        let body: HashMap<String, Vec<String>> = serde_json::from_slice(&request.body).unwrap();
        let done: Vec<String> = body["ids"].iter().map(|id| id.to_uppercase()).collect();
        Script::response(200, json!({ "done": done }).to_string())
    }));
    let report = client.any_case().send(["a", "b", "A", "a"].map(IgnoreCase::from)).await;
    assert_eq!((words(&report), report.requests()), (vec!["succeeded".to_owned(); 4], 3));
    // More items than are searched linearly.
    let report = client.any_case().send((0..5).map(|n| IgnoreCase(format!("x{n}")))).await;
    assert_eq!(report.counters().succeeded, 5);
}

/// A call of JSON-RPC. A notification has no id, and the server does not respond to it.
#[derive(Clone, Serialize, BulkItem)]
#[serde(untagged)]
enum Call {
    Request {
        id: AssignedId,
        method: &'static str,
    },
    #[bulk(no_response)]
    Notification {
        method: &'static str,
    },
}

#[derive(Deserialize, Serialize, ItemReply)]
struct CallResult {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(failed, nested)]
    error: Option<Problem>,
    result: Option<Value>,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct InOrder {
    #[bulk(status)]
    ok: bool,
}

#[bulk_api]
trait Calls: Send + Sync {
    #[post("/rpc")]
    #[bulk_endpoint(max = 5, partial = true, items = body)]
    fn calls(&self) -> Bulk<Call, Vec<CallResult>, Error>;

    #[post("/in-order")]
    #[bulk_endpoint(max = 5, partial = true, items = body)]
    fn in_order(&self) -> Bulk<Call, Vec<InOrder>, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 5, partial = false, items = body)]
    fn whole(&self) -> Bulk<Call, Vec<InOrder>, Error>;
}

fn request(method: &'static str) -> Call {
    Call::Request { id: AssignedId::new(), method }
}

const NOTIFICATION: Call = Call::Notification { method: "log" };

#[tokio::test(start_paused = true)]
async fn an_item_that_expects_no_response_is_accepted_by_a_usable_one() {
    // A run with this seed has these ids.
    let sent = Arc::new(Mutex::new(Vec::new()));
    let log = sent.clone();
    let ids = client(move |_, request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        *log.lock().unwrap() = body.as_array().unwrap().iter().map(|call| call["id"].clone()).collect();
        Script::response(204, "")
    });
    let items = [request("a"), NOTIFICATION, request("b")];
    let _ = CallsClient::new(ids).calls().send(&items).seed(1).await;
    let ids = sent.lock().unwrap().clone();
    assert_eq!(ids[1], Value::Null, "a notification has no id");
    let done = |id: &Value| json!({"id": id, "result": 7});
    let failed = |id: &Value| json!({"id": id, "error": {"code": "E1"}});
    for (status, body, want) in [
        (200, json!([done(&ids[0]), failed(&ids[2])]), ["succeeded", "accepted", "failed"]),
        (200, json!([done(&ids[2])]), ["unknown missing", "accepted", "succeeded"]),
        // What is at fault may be about any item.
        (
            200,
            json!([done(&ids[0]), done(&ids[2]), {"id": null, "error": {"code": "E1"}}]),
            ["succeeded", "unknown bad_element", "succeeded"],
        ),
        (
            200,
            json!([done(&ids[0]), {"id": ids[2], "error": 7}]),
            ["succeeded", "unknown missing", "unknown bad_element"],
        ),
        (200, json!({"error": {"code": "E1"}}), ["unknown missing"; 3]),
        (200, json!(null), ["unknown missing"; 3]),
        (400, json!({"error": {"code": "E1", "text": "no"}}), ["refused 400"; 3]),
        (500, json!({"error": {"code": "E1", "text": "no"}}), ["unknown server_error"; 3]),
    ] {
        let answer = Script::response(status, body.to_string());
        let client = CallsClient::new(client(move |_, _| answer.clone()));
        let report = client.calls().send(&items).seed(1).max_attempts(1).await;
        assert_eq!(words(&report), want, "{body}: {report}");
    }
    // Without a response to wait for, an empty body is one.
    for (status, body, want) in [
        (200, "", "accepted"),
        (202, " ", "accepted"),
        (204, "", "accepted"),
        (200, "[]", "accepted"),
        (200, "<html>", "unknown undecodable"),
        (400, "", "refused 400"),
    ] {
        let answer = Script::response(status, body);
        let client = CallsClient::new(client(move |_, _| answer.clone()));
        let report = client.calls().send([NOTIFICATION; 2]).await;
        assert_eq!(words(&report), [want; 2], "{status} {body}: {report}");
        assert_eq!(report.is_complete(), want == "accepted");
    }
}

#[tokio::test(start_paused = true)]
async fn a_position_is_one_among_the_items_that_expect_a_response() {
    let items = || vec![NOTIFICATION, request("a"), NOTIFICATION, request("b")];
    let unclear = "unknown undecodable: cannot match positions to items: the response has 3 elements for 4 items";
    let rows: &[(u16, &str, &[&str])] = &[
        (200, r#"[{"ok":true},{"ok":false}]"#, &["accepted", "succeeded", "accepted", "failed"]),
        (200, r#"[{"ok":true},{"ok":false},{"ok":true}]"#, &[unclear; 4]),
    ];
    meet(|client| CallsClient::new(client).in_order(), items, rows).await;
    // A failure undoes them too.
    let undone = "rolled_back: rolled back: another item of the request failed";
    let rows: &[(u16, &str, &[&str])] = &[
        (200, r#"[{"ok":true},{"ok":true}]"#, &["accepted", "succeeded", "accepted", "succeeded"]),
        (200, r#"[{"ok":true},{"ok":false}]"#, &[undone, undone, undone, "failed"]),
    ];
    meet(|client| CallsClient::new(client).whole(), items, rows).await;
}
