//! What an element says about its item: status words, present fields, tagged unions, and a delay.

use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, BulkReply, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Error, Judged, Problem, Word, client, meet, said, texts, three};
use crate::support::{seconds, words};

/// The verdict depends on which field is present.
#[derive(Deserialize, Serialize, ItemReply)]
struct Present {
    #[bulk(key)]
    id: String,
    #[bulk(succeeded)]
    #[serde(default)]
    made: Option<u64>,
    #[bulk(failed, message)]
    #[serde(default)]
    errors: Option<Vec<String>>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Coded {
    #[bulk(key)]
    id: String,
    #[bulk(failed, code)]
    error_code: i32,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Worded {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: Word,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Waits {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(nested)]
    problem: Option<Problem>,
}

/// An element with a delay as text.
#[derive(Deserialize, Serialize, ItemReply)]
struct TextDelay {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(retry_after = seconds)]
    wait: Option<String>,
}

/// An element with a delay that may have a fraction.
#[derive(Deserialize, Serialize, ItemReply)]
struct DecimalDelay {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(retry_after = seconds)]
    wait: Option<f64>,
}

/// Fields of an element that is a tagged union.
#[derive(Deserialize, Serialize, ItemReply)]
#[serde(tag = "result", rename_all = "snake_case")]
enum Tagged {
    #[bulk(succeeded)]
    Created { version: u64 },
    #[bulk(failed)]
    Rejected(Problem),
    #[bulk(unprocessed)]
    Skipped,
    Judged {
        #[bulk(status)]
        status: u16,
    },
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Union {
    #[bulk(key)]
    id: String,
    #[bulk(status, nested)]
    #[serde(flatten)]
    told: Tagged,
}

#[bulk_api]
trait Verdicts: Send + Sync {
    #[post("/text-delay")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn text_delay(&self) -> Bulk<String, Vec<TextDelay>, Error>;

    #[post("/decimal-delay")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn decimal_delay(&self) -> Bulk<String, Vec<DecimalDelay>, Error>;

    #[post("/present")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn present(&self) -> Bulk<String, Vec<Present>, Error>;

    #[post("/coded")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn coded(&self) -> Bulk<String, Vec<Coded>, Error>;

    #[post("/worded")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn worded(&self) -> Bulk<String, Vec<Worded>, Error>;

    #[post("/waits")]
    #[bulk_endpoint(max = 5, partial = true, retry("slow"))]
    fn waits(&self) -> Bulk<String, Vec<Waits>, Error>;

    #[post("/union")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn union(&self) -> Bulk<String, Vec<Union>, Error>;

    #[post("/undone")]
    #[bulk_endpoint(max = 5, partial = false, unprocessed(424))]
    fn undone(&self) -> Bulk<String, Vec<Judged>, Error>;
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_the_verdict() {
    meet(
        |client| VerdictsClient::new(client).present(),
        three,
        &[
            (200, r#"[{"id":"t0","made":7},{"id":"t1","errors":["no","never"]},{"id":"t2","made":0,"errors":[]}]"#, &["succeeded", "failed: no", "unknown bad_element: the response body does not match the declared type: at /2: the element does not say whether its item succeeded"]),
            (200, r#"[{"id":"t0","made":7,"errors":["no"]},{"id":"t1"},{"id":"t2","made":null,"errors":[]}]"#, &["unknown bad_element: the response body does not match the declared type: at /0: the element does not say whether its item succeeded", "unknown bad_element: the response body does not match the declared type: at /1: the element does not say whether its item succeeded", "unknown bad_element: the response body does not match the declared type: at /2: the element does not say whether its item succeeded"]),
        ],
    )
    .await;
    meet(
        |client| VerdictsClient::new(client).coded(),
        three,
        &[(
            200,
            r#"[{"id":"t0","error_code":0},{"id":"t1","error_code":17},{"id":"t2"}]"#,
            &[
                "succeeded",
                "failed 17",
                "unknown bad_element: the response body does not match the declared type: at /2: missing field `error_code` at line 1 column 11",
            ],
        )],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn words_of_the_vendor() {
    meet(
        |client| VerdictsClient::new(client).worded(),
        || texts(5),
        &[
            (
                200,
                r#"[{"id":"t0","status":"all-done"},{"id":"t1","status":"queued"},{"id":"t2","status":"not-found"},{"id":"t3","status":"skipped"},{"id":"t4","status":"running"}]"#,
                &["succeeded", "accepted", "failed not-found", "unprocessed: returned as unprocessed", "unknown pending: the response reports it as pending"],
            ),
            (
                200,
                r#"[{"id":"t0","status":"melted"},{"id":"t1","status":"AllDone"},{"id":"t2","status":7},{"id":"t3","status":null},{"id":"t4","status":""}]"#,
                &["unknown bad_element: the response body does not match the declared type: at /0: the element does not say whether its item succeeded: melted", "unknown bad_element: the response body does not match the declared type: at /1: the element does not say whether its item succeeded: AllDone", "unknown bad_element: the response body does not match the declared type: at /2: data did not match any variant of untagged enum Word at line 1 column 22", "unknown bad_element: the response body does not match the declared type: at /3: data did not match any variant of untagged enum Word at line 1 column 25", "unknown bad_element: the response body does not match the declared type: at /4: the element does not say whether its item succeeded: "],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn unions() {
    meet(
        |client| VerdictsClient::new(client).union(),
        || texts(5),
        &[
            (
                200,
                r#"[{"id":"t0","result":"created","version":1},{"id":"t1","result":"rejected","code":"E1","text":"no"},{"id":"t2","result":"skipped"},{"id":"t3","result":"judged","status":404},{"id":"t4","result":"judged","status":202}]"#,
                &["succeeded", "failed E1: no", "unprocessed: returned as unprocessed", "failed", "accepted"],
            ),
            (
                200,
                r#"[{"id":"t0","result":"melted"},{"id":"t1"},{"id":"t2","result":"created"},{"result":"skipped"}]"#,
                &["unknown bad_element: the response body does not match the declared type: at /0: unknown variant `melted`, expected one of `created`, `rejected`, `skipped`, `judged` at line 1 column 29", "unknown bad_element: the response body does not match the declared type: at /1: missing field `result` at line 1 column 11", "unknown bad_element: the response body does not match the declared type: at /2: missing field `version` at line 1 column 30", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /3: missing field `id` at line 1 column 20", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /3: missing field `id` at line 1 column 20"],
            ),
        ],
    )
    .await;
}

/// The delay of an item's own entry closes the throttle, and the longest of several counts.
#[tokio::test(start_paused = true)]
async fn a_wait_of_an_item() {
    for (first, problem, waited) in [
        (429, json!({ "code": "slow", "retry_after_ms": 2500 }), 2500),
        (409, json!({ "code": "slow", "retry_after_ms": 2500 }), 2500),
        (409, json!({ "code": "slow", "retry_after_ms": null }), 0),
        (409, json!({ "code": "slow", "retry_after_ms": -1 }), 0),
    ] {
        let started = tokio::time::Instant::now();
        let client = VerdictsClient::new(client(move |n, request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let ids = body["ids"].as_array().unwrap().iter();
            let element = |id: &Value| match (n, id.as_str().unwrap()) {
                (0, "t0") => json!({ "id": id, "status": first, "problem": problem }),
                (0, "t1") => json!({ "id": id, "status": first, "problem": { "code": "slow", "retry_after_ms": 10 } }),
                _ => json!({ "id": id, "status": 200 }),
            };
            Script::response(200, ids.map(element).collect::<Value>().to_string())
        }));
        let report = client.waits().send(three()).await;
        let took = started.elapsed().as_millis();
        assert_eq!(words(&report), ["succeeded"; 3], "{first} {waited}");
        assert!(took >= waited && took < waited.max(2000) + 2000, "{first} {waited}: {took}");
    }
    // A delay that is longer than the run honors is not waited for.
    let client = VerdictsClient::new(client(|_, _| {
        let element = json!({ "id": "t0", "status": 429, "problem": { "code": "slow", "retry_after_ms": 400_000 } });
        Script::response(200, json!([element]).to_string())
    }));
    let report = client.waits().send(texts(1)).patience(seconds(300)).await;
    assert_eq!(
        (said(&report), report.requests()),
        (vec!["unprocessed slow: returned as unprocessed: slow".to_owned()], 1)
    );
}

/// Sends one item that is refused for now with a delay, then done. Returns the time in milliseconds.
async fn delayed<R: BulkReply>(wait: &'static str, bulk: impl Fn(&VerdictsClient) -> Bulk<String, R, Error>) -> u128 {
    let started = tokio::time::Instant::now();
    let client = VerdictsClient::new(client(move |n, _| {
        let status = if n == 0 { 429 } else { 200 };
        Script::response(200, format!("[{{\"id\":\"t0\",\"status\":{status},\"wait\":{wait}}}]"))
    }));
    assert_eq!(words(&bulk(&client).send(texts(1)).await), ["succeeded"], "{wait}");
    started.elapsed().as_millis()
}

#[tokio::test(start_paused = true)]
async fn a_delay_with_a_fraction_is_never_undercut() {
    for wait in ["\"2.5\"", "\"2.0001\"", "\"3\""] {
        assert_eq!(delayed(wait, VerdictsClient::text_delay).await, 3000, "{wait}");
    }
    for wait in ["2.5", "2.0001", "3", "25e-1"] {
        assert_eq!(delayed(wait, VerdictsClient::decimal_delay).await, 3000, "{wait}");
    }
    // What is not a delay counts as absent: the backoff of the run is shorter.
    for wait in ["\"-2.5\"", "\"soon\"", "null"] {
        assert!(delayed(wait, VerdictsClient::text_delay).await < 2500, "{wait}");
    }
    assert!(delayed("-2.5", VerdictsClient::decimal_delay).await < 2500);
}

#[tokio::test(start_paused = true)]
async fn undone_by_another() {
    meet(
        |client| VerdictsClient::new(client).undone(),
        three,
        &[
            (200, r#"[{"id":"t0","status":200,"text":""},{"id":"t1","status":409,"text":"taken"},{"id":"t2","status":424,"text":""}]"#, &["rolled_back: rolled back: another item of the request failed", "failed: taken", "rolled_back: rolled back: another item of the request failed"]),
            (200, r#"[{"id":"t0","status":424,"text":""},{"id":"t1","status":424,"text":""},{"id":"t2","status":424,"text":""}]"#, &["unprocessed: returned as unprocessed"; 3]),
            (200, r#"[{"id":"t0","status":200,"text":""},{"id":"t1","status":200,"text":""}]"#, &["succeeded", "succeeded", "unknown missing: the response does not name it"]),
        ],
    )
    .await;
}

/// Without `bisect`: the response says which item is at fault.
#[tokio::test(start_paused = true)]
async fn what_stopped_because_of_another_item_is_sent_again_without_it() {
    for status in [200, 207] {
        let client = VerdictsClient::new(client(move |_, request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let ids = body["ids"].as_array().unwrap();
            let is_bad = |id: &Value| matches!(id.as_str().unwrap(), "t1" | "t4");
            let bad = ids.iter().find(|id| is_bad(id));
            let element = |id: &Value| match bad {
                None => json!({ "id": id, "status": 200, "text": "" }),
                Some(bad) if id == bad => json!({ "id": id, "status": 409, "text": "taken" }),
                Some(_) => json!({ "id": id, "status": 424, "text": "stopped" }),
            };
            Script::response(status, ids.iter().map(element).collect::<Value>().to_string())
        }));
        let report = client.undone().send(texts(5)).max_attempts(1).await;
        assert_eq!(words(&report), ["succeeded", "failed", "succeeded", "succeeded", "failed"], "{report}");
        assert_eq!(report.requests(), 3);
    }
}
