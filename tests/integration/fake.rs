//! The fake server, called with raw HTTP: its responses, its refusals, and what it records.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::reply::NoFailure;
use bulk_endpoint::testing::{Fake, FakeEndpoint, FakeError, FakeServer, Refuse};
use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, Endpoint, ItemReply, Ndjson, NotAttempted, Outcome, Pairs, UncertaintyKind,
    reply::{CollectorOf, DecodeError, NotListed, PerItem, RawResponse, ReplyShape},
    spec::{EndpointSpec, Method},
};
use bulk_endpoint_api_defs::csp::{
    ChangeApiTokensStatusResponse, CspErrorResponse, OrgApiTokensClient, TokenFailure, TokenId,
};
use bulk_endpoint_api_defs::sailpoint::{BulkItemResponse, IdentityAccountsClient, IdentityId, SailPointError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const DEACTIVATE: &str = "/csp/gateway/am/api/orgs/o-1/api-tokens/deactivate";

/// Outcomes by the start of the id.
fn token_outcome(id: &TokenId) -> Outcome<(), TokenFailure, CspErrorResponse> {
    match id.0.split('-').next().unwrap() {
        "bad" => Outcome::failed(TokenFailure { id: id.clone(), message: "no such token".into() }),
        "lost" => Outcome::unknown(UncertaintyKind::Missing, "left out"),
        "skip" => Outcome::NotAttempted(NotAttempted::Cancelled),
        "no" => Outcome::refused(409, csp_error("conflict")),
        _ => Outcome::succeeded(),
    }
}

fn csp_error(message: &str) -> CspErrorResponse {
    CspErrorResponse { message: Some(message.into()), ..Default::default() }
}

async fn tokens() -> FakeServer {
    Fake::new()
        .bearer("secret")
        .endpoint(OrgApiTokensClient::DEACTIVATE, token_outcome)
        .endpoint(OrgApiTokensClient::ACTIVATE, token_outcome)
        .refusal(401, csp_error("who are you?"))
        .start()
        .await
        .unwrap()
}

/// A raw request, and its response.
struct Raw {
    method: reqwest::Method,
    path: String,
    token: Option<&'static str>,
    content_type: &'static str,
    body: String,
}

fn raw(path: &str, body: impl Into<String>) -> Raw {
    Raw {
        method: reqwest::Method::POST,
        path: path.into(),
        token: Some("secret"),
        content_type: "application/json",
        body: body.into(),
    }
}

impl Raw {
    async fn send(self, fake: &FakeServer) -> (u16, Value) {
        let url = format!("{}{}", fake.url(), self.path);
        let mut request =
            reqwest::Client::new().request(self.method, url).header("Content-Type", self.content_type).body(self.body);
        if let Some(token) = self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        let json = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        (status, json)
    }
}

#[tokio::test]
async fn outcomes_stand_where_the_shape_puts_them() {
    let fake = tokens().await;
    let body = json!({"ids": ["a", "bad-1", "lost-1", "skip-1", "b"]}).to_string();
    let (status, answer) = raw(DEACTIVATE, body).send(&fake).await;
    assert_eq!(status, 200);
    assert_eq!(answer, json!({"successes": ["a", "b"], "failures": [{"id": "bad-1", "message": "no such token"}]}));
    let applied = fake.applied(OrgApiTokensClient::DEACTIVATE);
    assert_eq!(applied, ["a", "lost-1", "b"].map(TokenId::from));
    assert_eq!(fake.applied(OrgApiTokensClient::ACTIVATE), []);
}

#[tokio::test]
async fn repeats_are_applied_as_often_as_they_come() {
    let fake = tokens().await;
    for _ in 0..2 {
        let (status, answer) = raw(DEACTIVATE, r#"{"ids":["a","a"]}"#).send(&fake).await;
        assert_eq!((status, answer), (200, json!({"successes": ["a", "a"], "failures": []})));
    }
    assert_eq!(fake.applied(OrgApiTokensClient::DEACTIVATE).len(), 4);
    assert_eq!(fake.applied_count(), 4);
}

#[tokio::test]
async fn a_refused_item_refuses_the_request_where_nothing_is_handed_back() {
    let fake = tokens().await;
    let (status, answer) = raw(DEACTIVATE, r#"{"ids":["a","no-1"]}"#).send(&fake).await;
    assert_eq!(status, 409);
    assert_eq!(answer["message"], "conflict");
    assert_eq!(fake.applied(OrgApiTokensClient::DEACTIVATE), []);
}

#[tokio::test]
async fn it_is_as_strict_as_the_declaration() {
    let fake = tokens().await;
    let ids = |n: usize| json!({"ids": (0..n).map(|i| i.to_string()).collect::<Vec<_>>()}).to_string();
    let get = Raw { method: reqwest::Method::GET, ..raw(DEACTIVATE, ids(1)) };
    let text = Raw { content_type: "text/plain", ..raw(DEACTIVATE, ids(1)) };
    let charset = Raw { content_type: "Application/JSON; charset=utf-8", ..raw(DEACTIVATE, ids(1)) };
    let stranger = Raw { token: Some("other"), ..raw(DEACTIVATE, ids(1)) };
    let nobody = Raw { token: None, ..raw(DEACTIVATE, ids(1)) };
    for (what, request, want) in [
        ("the most items", raw(DEACTIVATE, ids(15)), 200),
        ("one too many", raw(DEACTIVATE, ids(16)), 400),
        ("none", raw(DEACTIVATE, ids(0)), 400),
        ("no JSON", raw(DEACTIVATE, "ids"), 400),
        ("another field", raw(DEACTIVATE, r#"{"tokens":["a"]}"#), 400),
        ("no array", raw(DEACTIVATE, r#"{"ids":"a"}"#), 400),
        ("no object", raw(DEACTIVATE, r#"["a"]"#), 400),
        ("items of another type", raw(DEACTIVATE, r#"{"ids":["a",1]}"#), 400),
        ("another path", raw("/csp", ids(1)), 404),
        ("no organization", raw("/csp/gateway/am/api/orgs//api-tokens/deactivate", ids(1)), 404),
        ("another method", get, 405),
        ("another content type", text, 415),
        ("a content type with parameters", charset, 200),
        ("another token", stranger, 401),
        ("no token", nobody, 401),
    ] {
        let (status, answer) = request.send(&fake).await;
        assert_eq!(status, want, "{what}: {answer}");
        if status == 401 {
            assert_eq!(answer["message"], "who are you?", "{what}");
        } else if status != 200 {
            assert!(answer["message"].is_string(), "{what}: {answer}");
        }
    }
    assert_eq!(fake.applied_count(), 16);
    assert_eq!(fake.most_items(), 16);
    assert_eq!(fake.request_count(), 15);
}

#[tokio::test]
async fn exchanges_are_remembered_without_their_credentials() {
    let fake = tokens().await;
    raw(DEACTIVATE, r#"{"ids":["a"]}"#).send(&fake).await;
    raw(DEACTIVATE, r#"{"ids":3}"#).send(&fake).await;
    let exchanges = fake.requests();
    let one = &exchanges[0];
    assert_eq!((one.request.number, one.request.items, one.status), (0, 1, 200));
    assert_eq!(one.request.endpoint, Some("deactivate"));
    assert_eq!(one.request.path, DEACTIVATE);
    assert_eq!(one.request.body, r#"{"ids":["a"]}"#);
    assert_eq!(exchanges[1].complaint.as_deref(), Some("the field /ids is not an array"));
    assert!(!format!("{exchanges:?} {fake:?}").contains("secret"));
}

fn identity_outcome(id: &IdentityId) -> Outcome<Arc<BulkItemResponse>, BulkItemResponse, SailPointError> {
    match id.as_ref() {
        "accepted" => Outcome::accepted(),
        "ghost" => {
            Outcome::failed(BulkItemResponse { id: id.clone(), status_code: 404, message: Some("not found".into()) })
        }
        _ => Outcome::succeeded(),
    }
}

#[tokio::test]
async fn elements_judge_themselves() {
    let fake = Fake::new()
        .serve(FakeEndpoint::new(IdentityAccountsClient::DISABLE, identity_outcome).status(207))
        .start()
        .await
        .unwrap();
    let body = r#"{"identityIds":["accepted","ghost","done"]}"#;
    let (status, answer) = raw("/identities-accounts/disable", body).send(&fake).await;
    assert_eq!(status, 207);
    assert_eq!(
        answer,
        json!([
            {"id": "accepted", "statusCode": 202},
            {"id": "ghost", "statusCode": 404, "message": "not found"},
            {"id": "done", "statusCode": 200},
        ])
    );
}

#[tokio::test]
async fn a_hook_refuses_single_requests() {
    let fake = Fake::new()
        .endpoint(OrgApiTokensClient::DEACTIVATE, token_outcome)
        .refusal(429, csp_error("slow down"))
        .on_request(|request| match request.number {
            0 => Some(Refuse::new(429).header("Retry-After", "1")),
            1 => Some(Refuse::new(500).after_applying().body(json!({"own": true}))),
            _ => None,
        })
        .start()
        .await
        .unwrap();
    let mut answers = Vec::new();
    for id in ["a", "b", "c"] {
        answers.push(raw(DEACTIVATE, json!({"ids": [id]}).to_string()).send(&fake).await);
    }
    assert_eq!((answers[0].0, &answers[0].1["message"]), (429, &json!("slow down")));
    assert_eq!(answers[1], (500, json!({"own": true})));
    assert_eq!(answers[2].0, 200);
    assert_eq!(fake.applied(OrgApiTokensClient::DEACTIVATE), ["b", "c"].map(TokenId::from));
}

#[tokio::test]
async fn requests_in_flight_are_counted() {
    let fake = Fake::new()
        .endpoint(OrgApiTokensClient::DEACTIVATE, token_outcome)
        .latency(Duration::from_millis(200))
        .forgetful()
        .start()
        .await
        .unwrap();
    let send = || raw(DEACTIVATE, r#"{"ids":["a"]}"#).send(&fake);
    let ((one, _), (two, _), (three, _)) = tokio::join!(send(), send(), send());
    assert_eq!([one, two, three], [200; 3]);
    assert_eq!((fake.most_in_flight(), fake.request_count(), fake.applied_count()), (3, 3, 3));
}

#[tokio::test]
async fn dropping_the_handle_closes_the_port() {
    for graceful in [true, false] {
        let fake = tokens().await;
        let address = fake.url().trim_start_matches("http://").to_owned();
        raw(DEACTIVATE, r#"{"ids":["a"]}"#).send(&fake).await;
        if graceful {
            fake.stop().await;
        } else {
            drop(fake);
            // Its task ends when it runs next, which takes a while on a busy machine.
            for _ in 0..200 {
                if tokio::net::TcpStream::connect(&address).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "stop: {graceful}");
    }
}

/// State in the test's function: a token is refused the second time.
#[tokio::test]
async fn the_outcome_may_depend_on_what_was_done() {
    let done: Arc<Mutex<HashSet<TokenId>>> = Arc::default();
    let fake = Fake::new()
        .endpoint(OrgApiTokensClient::DEACTIVATE, move |id: &TokenId| {
            if done.lock().unwrap().insert(id.clone()) {
                Outcome::succeeded()
            } else {
                Outcome::failed(TokenFailure { id: id.clone(), message: "already inactive".into() })
            }
        })
        .start()
        .await
        .unwrap();
    let (_, answer) = raw(DEACTIVATE, r#"{"ids":["a","a"]}"#).send(&fake).await;
    assert_eq!(answer, json!({"successes": ["a"], "failures": [{"id": "a", "message": "already inactive"}]}));
}

#[tokio::test]
async fn a_panic_in_the_outcome_function_is_an_answer() {
    let fake = Fake::new()
        .endpoint(OrgApiTokensClient::DEACTIVATE, |_: &TokenId| panic!("a test's mistake"))
        .start()
        .await
        .unwrap();
    let (status, answer) = raw(DEACTIVATE, r#"{"ids":["a"]}"#).send(&fake).await;
    assert_eq!(status, 500);
    assert_eq!(answer["message"], "the fake's outcome function panicked");
}

// Shapes that no vendor in the API definitions has.

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, BulkItem)]
struct Row {
    #[bulk(key)]
    table: String,
    #[bulk(key)]
    id: u64,
    value: i32,
}

#[derive(Debug, Clone, Serialize, Deserialize, ItemReply)]
struct RowKey {
    #[bulk(key)]
    table: String,
    #[bulk(key)]
    id: u64,
}

#[derive(Serialize, Deserialize, BulkReply)]
#[bulk(on(202))]
struct Rows {
    #[bulk(succeeded)]
    written: Vec<RowKey>,
    #[bulk(unprocessed)]
    unprocessed: Vec<RowKey>,
    request: String,
}

const WRITE: Endpoint<Bulk<Row, Rows, ()>> = Endpoint::new(
    EndpointSpec::new("write", Method::Put, "/rows?mode=bulk", 10)
        .items(bulk_endpoint::spec::ItemsAt::Pointer("/batch/rows"))
        .partial()
        .max_bytes(200)
        .max_item_bytes(60)
        .min(2)
        .headers(&[("X-Kind", "rows")])
        .fields(&[("/batch/atomic", "false")]),
);

fn row_outcome(row: &Row) -> Outcome<(), NoFailure, ()> {
    if row.value < 0 { Outcome::refused(503, ()) } else { Outcome::succeeded() }
}

#[tokio::test]
async fn a_field_that_answers_must_have_is_asked_for() {
    let error = Fake::new().endpoint(WRITE, row_outcome).start().await.unwrap_err();
    assert!(matches!(error, FakeError::RequiredField { field: "request", .. }), "{error}");
}

#[tokio::test]
async fn composite_keys_and_items_handed_back() {
    let fake = Fake::new().serve(FakeEndpoint::new(WRITE, row_outcome).field("request", "r-1")).start().await.unwrap();
    let row = |id: u64, value: i32| json!({"table": "t", "id": id, "value": value});
    let body = |rows: Vec<Value>| json!({"batch": {"atomic": false, "rows": rows}}).to_string();
    let put = |path: &str, body: String| {
        let request = reqwest::Client::new().put(format!("{}{path}", fake.url()));
        request.header("Content-Type", "application/json").header("X-Kind", "rows").body(body)
    };
    let good = put("/rows?mode=bulk&x=1", body(vec![row(1, 5), row(2, -1)])).send().await.unwrap();
    assert_eq!(good.status(), 202);
    let answer: Value = serde_json::from_slice(&good.bytes().await.unwrap()).unwrap();
    assert_eq!(
        answer,
        json!({
            "written": [{"table": "t", "id": 1}],
            "unprocessed": [{"table": "t", "id": 2}],
            "request": "r-1",
        })
    );
    assert_eq!(fake.applied(WRITE), [(1, "t".to_owned())]);
    assert_eq!(fake.applied_items(WRITE), [Row { table: "t".into(), id: 1, value: 5 }]);

    let long = "t".repeat(60);
    for (what, path, body, want) in [
        ("no query", "/rows", body(vec![row(1, 1), row(2, 1)]), 404),
        ("too few", "/rows?mode=bulk", body(vec![row(1, 1)]), 400),
        (
            "another fixed field",
            "/rows?mode=bulk",
            json!({"batch": {"atomic": true, "rows": [row(1, 1), row(2, 1)]}}).to_string(),
            400,
        ),
        ("many bytes", "/rows?mode=bulk", body((0..9).map(|id| row(id, 1)).collect()), 413),
        ("a long item", "/rows?mode=bulk", body(vec![json!({"table": long, "id": 1, "value": 1}), row(2, 1)]), 413),
    ] {
        assert_eq!(put(path, body).send().await.unwrap().status().as_u16(), want, "{what}");
    }
    let rows = body(vec![row(1, 1), row(2, 1)]);
    let (status, answer) = Raw { method: reqwest::Method::PUT, ..raw("/rows?mode=bulk", rows) }.send(&fake).await;
    assert_eq!((status, answer), (400, json!({"message": "the header `X-Kind` must be `rows`"})));
}

/// A server that stops at the first item that fails.
#[derive(Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = (succeeded, unprocessed))]
struct Applied {
    #[bulk(failed)]
    failed: Vec<Bad>,
}

/// A server that lists all items that it acted on.
#[derive(Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = unprocessed)]
struct Reached {
    #[bulk(accepted)]
    queued: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Bad>,
    #[bulk(count(accepted))]
    count: u64,
}

#[derive(Serialize, Deserialize, ItemReply)]
struct Bad {
    #[bulk(key)]
    id: String,
}

#[tokio::test]
async fn a_fake_stops_where_its_endpoint_does() {
    const APPLY: Endpoint<Bulk<String, Applied, ()>> =
        Endpoint::new(EndpointSpec::new("apply", Method::Post, "/apply", 10).partial());
    const REACH: Endpoint<Bulk<String, Reached, ()>> =
        Endpoint::new(EndpointSpec::new("reach", Method::Post, "/reach", 10).partial());
    fn outcome(id: &str) -> Outcome<(), Bad, ()> {
        match id {
            "bad" => Outcome::failed(Bad { id: id.to_owned() }),
            "no" => Outcome::refused(409, ()),
            _ => Outcome::succeeded(),
        }
    }
    let fake = Fake::new().bearer("secret").endpoint(APPLY, |id| outcome(id)).endpoint(REACH, |id| outcome(id));
    let fake = fake.start().await.unwrap();
    for (path, ids, want) in [
        ("/apply", json!(["a", "b"]), (200, json!({"failed": []}))),
        ("/apply", json!(["a", "bad", "c", "no"]), (200, json!({"failed": [{"id": "bad"}]}))),
        ("/reach", json!(["d", "no", "bad"]), (200, json!({"queued": ["d"], "failed": [{"id": "bad"}], "count": 1}))),
    ] {
        let answer = raw(path, json!({ "ids": ids }).to_string()).send(&fake).await;
        assert_eq!(answer, want, "{path} {ids}");
    }
    // Nothing that was not processed can be shown before a failure.
    let (status, _) = raw("/apply", r#"{"ids":["e","no","bad"]}"#).send(&fake).await;
    assert_eq!(status, 409);
    assert_eq!(fake.applied(APPLY), ["a", "b", "a"]);
    assert_eq!(fake.applied(REACH), ["d"]);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ItemReply)]
struct Created {
    #[bulk(key)]
    name: String,
    #[bulk(status)]
    ok: bool,
    assigned: Option<u64>,
}

#[derive(Serialize, Deserialize, ItemReply)]
struct Flag {
    #[bulk(key)]
    name: String,
    #[bulk(status)]
    ok: bool,
}

#[tokio::test]
async fn success_bodies_and_statuses_that_are_no_numbers() {
    const CREATE: Endpoint<Bulk<String, Vec<Created>, ()>> =
        Endpoint::new(EndpointSpec::new("create", Method::Post, "/create", 10).partial());
    const FLAG: Endpoint<Bulk<String, Vec<Flag>, ()>> =
        Endpoint::new(EndpointSpec::new("flag", Method::Post, "/flag", 10).partial());
    let fake = Fake::new()
        .endpoint(CREATE, |name: &String| {
            Outcome::succeeded_with(Created { name: name.clone(), ok: true, assigned: Some(7) })
        })
        .endpoint(FLAG, |_: &String| Outcome::succeeded())
        .start()
        .await
        .unwrap();
    let answers =
        [("/create", json!([{"name": "a", "ok": true, "assigned": 7}])), ("/flag", json!([{"name": "a", "ok": true}]))];
    for (path, want) in answers {
        assert_eq!(raw(path, r#"{"ids":["a"]}"#).send(&fake).await, (200, want));
    }
}

#[tokio::test]
async fn all_or_nothing() {
    const ALL: Endpoint<Bulk<TokenId, ChangeApiTokensStatusResponse, ()>> =
        Endpoint::new(EndpointSpec::new("all", Method::Post, "/all", 10));
    let fake = Fake::new()
        .endpoint(ALL, |id: &TokenId| match id.as_ref() {
            "bad" => Outcome::failed(TokenFailure { id: id.clone(), message: "no".into() }),
            _ => Outcome::succeeded(),
        })
        .start()
        .await
        .unwrap();
    let (status, answer) = raw("/all", r#"{"ids":["a","bad"]}"#).send(&fake).await;
    let failures = json!([{"id": "bad", "message": "no"}]);
    assert_eq!((status, answer), (200, json!({"successes": [], "failures": failures})));
    assert_eq!(fake.applied_count(), 0);
    raw("/all", r#"{"ids":["a","b"]}"#).send(&fake).await;
    assert_eq!(fake.applied_count(), 2);
}

#[tokio::test]
async fn an_answer_that_tells_nothing() {
    const TOUCH: Endpoint<Bulk<u64>> =
        Endpoint::new(EndpointSpec::new("touch", Method::Post, "/touch", 10).items(bulk_endpoint::spec::ItemsAt::Body));
    let fake = Fake::new()
        .endpoint(TOUCH, |id: &u64| match id {
            13 => Outcome::unknown(UncertaintyKind::Missing, "left out"),
            _ => Outcome::succeeded(),
        })
        .start()
        .await
        .unwrap();
    assert_eq!(raw("/touch", "[1,2]").send(&fake).await, (200, Value::Null));
    let (status, answer) = raw("/touch", "[13]").send(&fake).await;
    assert_eq!(status, 500);
    let why = answer["message"].as_str().unwrap();
    assert!(why.contains("would mean that it is done"), "{why}");
    assert_eq!(fake.applied(TOUCH), [1, 2, 13]);
}

/// The value of an entry, whose verdict depends on which field is present.
#[derive(Serialize, Deserialize, ItemReply)]
struct Entry {
    #[bulk(failed, message)]
    error: Option<String>,
}

#[derive(Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = failed)]
struct Done {
    #[bulk(status)]
    ok: bool,
    #[bulk(nested)]
    data: Vec<DoneInside>,
}

#[derive(Serialize, Deserialize, BulkReply)]
struct DoneInside {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(count(succeeded))]
    count: u64,
}

#[derive(Serialize, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Failures(#[bulk(failed)] Vec<Line>);

#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum ByStatus {
    #[bulk(on(400))]
    Blamed(Vec<Line>),
    #[bulk(on(207))]
    Each(Ndjson<Line>),
}

#[derive(Serialize, Deserialize, ItemReply)]
struct Line {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(message)]
    #[serde(default)]
    text: Option<String>,
}

/// A client can read the responses, and their bytes are those of the vendor.
#[tokio::test]
async fn every_shape_of_an_answer() {
    const PAIRS: Endpoint<Bulk<String, Pairs<String, Entry>, ()>> =
        Endpoint::new(EndpointSpec::new("pairs", Method::Post, "/pairs", 10).partial());
    const DONE: Endpoint<Bulk<String, Done, ()>> =
        Endpoint::new(EndpointSpec::new("done", Method::Post, "/done", 10).partial());
    const LINES: Endpoint<Bulk<String, Ndjson<Line>, ()>> =
        Endpoint::new(EndpointSpec::new("lines", Method::Post, "/lines", 10).partial());
    const BY_STATUS: Endpoint<Bulk<String, ByStatus, ()>> =
        Endpoint::new(EndpointSpec::new("by_status", Method::Post, "/by-status", 10).partial());
    const BLAMED: Endpoint<Bulk<String, ByStatus, ()>> =
        Endpoint::new(EndpointSpec::new("blamed", Method::Post, "/blamed", 10).partial());
    const FAILURES: Endpoint<Bulk<String, Failures, ()>> =
        Endpoint::new(EndpointSpec::new("failures", Method::Post, "/failures", 10).partial());
    fn line<S>(id: &str) -> Outcome<S, Line, ()> {
        match id {
            "bad" => Outcome::failed(Line { id: id.to_owned(), status: 404, text: Some("gone".into()) }),
            _ => Outcome::succeeded(),
        }
    }
    let fake = Fake::new()
        .endpoint(PAIRS, |id: &String| match id.as_str() {
            "bad" => Outcome::failed(bulk_endpoint::reply::Pair {
                key: id.clone(),
                value: Entry { error: Some("gone".into()) },
            }),
            _ => Outcome::succeeded_with(Entry { error: None }),
        })
        .endpoint(DONE, |id: &String| match id.as_str() {
            "bad" => Outcome::failed(NotListed),
            "lost" => Outcome::unknown(UncertaintyKind::Missing, "left out"),
            _ => Outcome::succeeded(),
        })
        .endpoint(LINES, |id: &String| line(id))
        .endpoint(BY_STATUS, |id: &String| line(id))
        .endpoint(FAILURES, |id: &String| line(id))
        .serve(FakeEndpoint::new(BLAMED, |id: &String| line(id)).status(400))
        .start()
        .await
        .unwrap();
    let lines = "{\"id\":\"a\",\"status\":200}\n{\"id\":\"bad\",\"status\":404,\"text\":\"gone\"}\n";
    for (path, status, want) in [
        ("/pairs", 200, r#"{"a":{"error":null},"bad":{"error":"gone"}}"#),
        ("/done", 200, r#"{"ok":true,"data":[{"done":["a"],"count":1}]}"#),
        ("/lines", 200, lines),
        ("/by-status", 207, lines),
        ("/failures", 200, r#"[{"id":"bad","status":404,"text":"gone"}]"#),
        ("/blamed", 400, r#"[{"id":"a","status":200},{"id":"bad","status":404,"text":"gone"}]"#),
    ] {
        let answer = reqwest::Client::new()
            .post(format!("{}{path}", fake.url()))
            .header("Content-Type", "application/json")
            .body(r#"{"ids":["a","bad"]}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.text().await.unwrap(), want, "{path}");
    }
    // Leaving an item out would mean success or failure.
    let (status, answer) = raw("/done", r#"{"ids":["a","lost"]}"#).send(&fake).await;
    let why = answer["message"].as_str().unwrap();
    assert!(status == 500 && why.contains("would mean that it is not done"), "{why}");
}

/// A reply that reads any response.
struct ByHand;

impl BulkReply for ByHand {
    type Key = String;
    type Success = ();
    type Failure = NoFailure;
    const SHAPE: ReplyShape = ReplyShape::new(bulk_endpoint::reply::BodyShape::Opaque);
    fn read(_: &RawResponse<'_>, _: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        Ok(())
    }
}
impl PerItem for ByHand {}

#[tokio::test]
async fn what_cannot_be_served_is_said_before_it_starts() {
    const OPAQUE: Endpoint<Bulk<String, ByHand, ()>> =
        Endpoint::new(EndpointSpec::new("opaque", Method::Post, "/opaque", 1));
    const TWIN: Endpoint<Bulk<u64>> = Endpoint::new(EndpointSpec::new(
        "twin",
        Method::Post,
        "/csp/gateway/am/api/orgs/{id}/api-tokens/deactivate",
        1,
    ));
    let tokens = || Fake::new().endpoint(OrgApiTokensClient::DEACTIVATE, token_outcome);
    for (fake, part) in [
        (Fake::new().endpoint(OPAQUE, |_: &String| Outcome::succeeded()), "by hand"),
        (tokens().endpoint(TWIN, |_: &u64| Outcome::succeeded()), "same method and path"),
        (Fake::new().serve(FakeEndpoint::new(OrgApiTokensClient::ACTIVATE, token_outcome).status(99)), "99"),
    ] {
        let error = fake.start().await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// A raw HTTP/1.1 request, since HTTP clients do not send what is odd. Returns the status of its response.
async fn status_of(fake: &FakeServer, head: &str, body: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(fake.url().trim_start_matches("http://")).await.unwrap();
    let head = format!("{head}\r\nHost: fake\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response["HTTP/1.1 ".len()..][..3].parse().unwrap()
}

#[tokio::test]
async fn one_credential_is_expected_and_no_other_scheme() {
    let fake = tokens().await;
    for (credentials, want) in [
        (&["Bearer secret"][..], 200),
        (&["bearer secret"], 200),
        (&["Bearer secret", "Bearer secret"], 401),
        (&["Bearer other", "Bearer secret"], 401),
        (&["Bearer secret", "Bearer other"], 401),
        (&["Bearer Secret"], 401),
        (&["Bearer secret2"], 401),
        (&["Bearer"], 401),
        (&["secret"], 401),
        (&["Basic secret"], 401),
        (&[], 401),
    ] {
        let credentials: String = credentials.iter().map(|value| format!("\r\nAuthorization: {value}")).collect();
        let head = format!("POST {DEACTIVATE} HTTP/1.1\r\nContent-Type: application/json{credentials}");
        assert_eq!(status_of(&fake, &head, r#"{"ids":["a"]}"#).await, want, "{credentials:?}");
    }
    assert_eq!(fake.applied_count(), 2);
}

#[tokio::test]
async fn of_two_paths_that_fit_the_more_specific_one_is_served() {
    const GENERAL: Endpoint<Bulk<String>> = Endpoint::new(EndpointSpec::new("general", Method::Post, "/a/{x}/{y}", 1));
    const ONE: Endpoint<Bulk<String>> = Endpoint::new(EndpointSpec::new("one", Method::Post, "/a/b/{y}", 1));
    const NONE: Endpoint<Bulk<String>> = Endpoint::new(EndpointSpec::new("none", Method::Post, "/a/b/c", 1));
    const PUT: Endpoint<Bulk<String>> = Endpoint::new(EndpointSpec::new("put", Method::Put, "/a/b/c", 1));
    let done = |_: &String| Outcome::succeeded();
    for general_first in [true, false] {
        let fake = Fake::new();
        let fake = if general_first {
            fake.endpoint(GENERAL, done).endpoint(ONE, done).endpoint(PUT, done).endpoint(NONE, done)
        } else {
            fake.endpoint(NONE, done).endpoint(PUT, done).endpoint(ONE, done).endpoint(GENERAL, done)
        };
        let fake = fake.start().await.unwrap();
        for path in ["/a/b/c", "/a/b/d", "/a/c/c"] {
            assert_eq!(raw(path, r#"{"ids":["i"]}"#).send(&fake).await.0, 200, "{path}");
        }
        // The method decides before the number of placeholders.
        let put = Raw { method: reqwest::Method::PUT, ..raw("/a/b/c", r#"{"ids":["i"]}"#) };
        assert_eq!(put.send(&fake).await.0, 200);
        let put = Raw { method: reqwest::Method::PUT, ..raw("/a/b/d", r#"{"ids":["i"]}"#) };
        let (status, answer) = put.send(&fake).await;
        assert_eq!((status, &answer["message"]), (405, &json!("expected the method POST, POST for /a/b/d, found PUT")));
        let served: Vec<_> = fake.requests().iter().map(|exchange| exchange.request.endpoint).collect();
        assert_eq!(served, [Some("none"), Some("one"), Some("general"), Some("put"), None]);
    }
}

#[derive(Serialize, Deserialize, BulkReply)]
struct Counted {
    #[bulk(count(failed))]
    bad: u64,
    #[bulk(count(succeeded))]
    good: u64,
    #[bulk(count(unprocessed))]
    rest: u64,
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Line>,
    #[bulk(unprocessed)]
    left: Vec<String>,
}

#[tokio::test]
async fn counts_are_those_of_the_outcomes() {
    const COUNTED: Endpoint<Bulk<String, Counted, ()>> =
        Endpoint::new(EndpointSpec::new("counted", Method::Post, "/counted", 10).partial());
    let fake = Fake::new()
        .endpoint(COUNTED, |id: &String| match &id[..1] {
            "b" => Outcome::failed(Line { id: id.clone(), status: 404, text: None }),
            "r" => Outcome::refused(503, ()),
            _ => Outcome::succeeded(),
        })
        .start()
        .await
        .unwrap();
    let failed = |id: &str| json!({"id": id, "status": 404, "text": null});
    let (status, answer) = raw("/counted", r#"{"ids":["g1","b1","g2","r1","b2","g3"]}"#).send(&fake).await;
    let want = json!({
        "bad": 2, "good": 3, "rest": 1,
        "done": ["g1", "g2", "g3"], "failed": [failed("b1"), failed("b2")], "left": ["r1"],
    });
    assert_eq!((status, answer), (200, want));
    let (_, answer) = raw("/counted", r#"{"ids":["r1","r2"]}"#).send(&fake).await;
    assert_eq!(answer, json!({"bad": 0, "good": 0, "rest": 2, "done": [], "failed": [], "left": ["r1", "r2"]}));
}

#[tokio::test]
async fn the_group_of_an_item_counts_towards_its_size() {
    const GROUPED: Endpoint<Bulk<u64>> = Endpoint::new(
        EndpointSpec::new("grouped", Method::Post, "/grouped", 10)
            .items(bulk_endpoint::spec::ItemsAt::Groups("/tables"))
            .max_item_bytes(10),
    );
    let fake = Fake::new().endpoint(GROUPED, |_: &u64| Outcome::succeeded()).start().await.unwrap();
    for (body, want) in [
        // `"table":[1]` has 11 bytes.
        (r#"{"tables":{"tabl":[1,2]}}"#, 200),
        (r#"{"tables":{"table":[1]}}"#, 413),
        (r#"{"tables":{"t":[1,1234]}}"#, 200),
        (r#"{"tables":{"t":[1,12345]}}"#, 413),
    ] {
        assert_eq!(raw("/grouped", body).send(&fake).await.0, want, "{body}");
    }
    assert_eq!(fake.applied(GROUPED), [1, 2, 1, 1234]);
}

#[derive(Serialize, Deserialize, BulkReply)]
struct AllResults {
    #[bulk(results)]
    results: Vec<Line>,
}

#[derive(Serialize, Deserialize, ItemReply)]
#[bulk(positional)]
struct AtPlace {
    #[bulk(status)]
    ok: bool,
    made: Option<u64>,
}

#[tokio::test]
async fn results_are_in_one_list_and_positions_in_the_order_of_the_items() {
    const RESULTS: Endpoint<Bulk<String, AllResults, CspErrorResponse>> =
        Endpoint::new(EndpointSpec::new("results", Method::Post, "/results", 10).partial());
    const PLACES: Endpoint<Bulk<String, Vec<AtPlace>, ()>> =
        Endpoint::new(EndpointSpec::new("places", Method::Post, "/places", 10).partial());
    let fake = Fake::new()
        .endpoint(RESULTS, |id: &String| match id.as_str() {
            "bad" => Outcome::failed(Line { id: id.clone(), status: 404, text: None }),
            // It names another item, so it is no response about this one.
            "wrong" => Outcome::failed(Line { id: "other".into(), status: 404, text: None }),
            "lost" => Outcome::unknown(UncertaintyKind::Missing, "left out"),
            "no" => Outcome::refused(409, csp_error("conflict")),
            _ => Outcome::succeeded(),
        })
        .endpoint(PLACES, |id: &String| match id.as_str() {
            "bad" => Outcome::failed(AtPlace { ok: false, made: None }),
            // The element of a failure that says that it is done.
            "wrong" => Outcome::failed(AtPlace { ok: true, made: None }),
            "lost" => Outcome::unknown(UncertaintyKind::Missing, "left out"),
            _ => Outcome::succeeded_with(AtPlace { ok: true, made: Some(7) }),
        })
        .start()
        .await
        .unwrap();
    let line = |id: &str, status: u16| match status {
        200 => json!({"id": id, "status": 200}),
        _ => json!({"id": id, "status": status, "text": null}),
    };
    let done = json!({"ok": true, "made": 7});
    for (path, ids, want) in [
        ("/results", json!(["a", "bad", "b"]), json!({"results": [line("a", 200), line("bad", 404), line("b", 200)]})),
        ("/results", json!(["a", "lost", "b"]), json!({"results": [line("a", 200), line("b", 200)]})),
        ("/places", json!(["a", "bad", "b"]), json!([done, {"ok": false, "made": null}, done])),
        ("/places", json!(["a", "lost"]), json!([done])),
    ] {
        let answer = raw(path, json!({ "ids": ids }).to_string()).send(&fake).await;
        assert_eq!(answer, (200, want), "{path} {ids}");
    }
    // No list is for what is handed back, so the whole request is refused.
    let (status, answer) = raw("/results", r#"{"ids":["a","no"]}"#).send(&fake).await;
    assert_eq!((status, &answer["message"]), (409, &json!("conflict")));
    for (path, ids) in [
        ("/results", json!(["a", "wrong"])),
        ("/results", json!(["lost", "wrong"])),
        ("/places", json!(["a", "wrong"])),
    ] {
        let (status, answer) = raw(path, json!({ "ids": ids }).to_string()).send(&fake).await;
        let why = answer["message"].as_str().unwrap();
        assert!(status == 500 && why.starts_with("the fake cannot write this response"), "{path} {ids}: {why}");
    }
}

/// `()` as an error body can be written too.
#[test]
fn unit_is_an_error_body() {
    fn is_error<E: ApiError + Serialize>() {}
    is_error::<()>();
}
