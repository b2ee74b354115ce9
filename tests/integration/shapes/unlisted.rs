//! Items that a response does not list: `unlisted`, counts, and bodies that are one bare list.

use std::sync::{Arc, Mutex};

use bulk_endpoint::reply::NotListed;
use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, BulkReply, ItemReply, Pairs, bulk_api};
use serde::{Deserialize, Serialize};

use super::{DoneOnly, Error, Failure, From0, Judged, Problem, client, meet, said, texts, three, two};
use crate::support::words;

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Counted {
    #[bulk(failed)]
    failed: Vec<Failure>,
    #[bulk(count(failed))]
    failures: Option<u64>,
    #[bulk(count(succeeded))]
    successes: Option<u64>,
}

/// The body is the list of the failed items.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct BareFailures(#[bulk(failed)] Vec<From0>);

/// The body is the list of the items that are done.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = failed)]
struct BareDone(#[bulk(succeeded)] Vec<String>);

/// The entries of the body are the failed items.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct BareProblems(#[bulk(failed)] Pairs<String, Problem>);

/// Without `unlisted`; nested; and under a status of its own.
#[derive(Deserialize, Serialize, BulkReply)]
struct BareUndone(#[bulk(unprocessed)] Vec<String>);

#[derive(Deserialize, Serialize, BulkReply)]
struct HoldsBare {
    #[bulk(results)]
    done: Vec<Judged>,
    #[bulk(nested)]
    rest: BareUndone,
}

#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum BareByStatus {
    #[bulk(on(204))]
    All,
    #[bulk(on(207))]
    Failures(BareFailures),
}

/// Its one list is optional.
#[derive(Deserialize, Serialize, BulkReply)]
struct Errors {
    #[bulk(failed)]
    #[serde(default)]
    list: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Told {
    id: String,
    #[bulk(nested)]
    errors: Option<Errors>,
    #[bulk(nested)]
    #[serde(default)]
    parts: Vec<Errors>,
}

/// No field but these.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(deny_unknown_fields)]
struct Strict {
    id: String,
    #[bulk(failed)]
    #[serde(default, alias = "mistakes")]
    errors: Vec<StrictFailure>,
    #[bulk(nested)]
    more: Option<StrictErrors>,
    #[serde(default, rename = "x-note", alias = "x-remark")]
    note: Option<String>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[serde(deny_unknown_fields)]
struct StrictErrors {
    #[bulk(failed)]
    list: Vec<StrictFailure>,
    #[serde(default)]
    took_ms: u64,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[serde(deny_unknown_fields)]
struct StrictFailure {
    #[bulk(key)]
    id: String,
    #[bulk(message)]
    text: String,
}

/// Elements with verdicts of their own, and their numbers.
#[derive(Deserialize, Serialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
struct Put {
    #[bulk(count(failed))]
    failed_entry_count: Option<u64>,
    #[bulk(count(succeeded))]
    done_entry_count: Option<u64>,
    #[bulk(results)]
    entries: Vec<Judged>,
}

/// The same, in the order of the request.
#[derive(Deserialize, Serialize, BulkReply)]
struct PutInOrder {
    #[bulk(count(failed))]
    failed: u64,
    #[bulk(results)]
    entries: Vec<InOrder>,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct InOrder {
    #[bulk(status)]
    ok: bool,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Puts {
    #[bulk(nested)]
    batches: Vec<Put>,
}

#[bulk_api]
trait Silences: Send + Sync {
    #[post("/told")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn told(&self) -> Bulk<String, Told, Error>;

    #[post("/strict")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn strict(&self) -> Bulk<String, Strict, Error>;

    #[post("/put")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn put(&self) -> Bulk<String, Put, Error>;

    #[post("/put-positional")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn put_positional(&self) -> Bulk<String, PutInOrder, Error>;

    #[post("/puts")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn puts(&self) -> Bulk<String, Puts, Error>;

    #[post("/counted")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn counted(&self) -> Bulk<String, Counted, Error>;

    #[post("/done-only")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn done_only(&self) -> Bulk<String, DoneOnly, Error>;

    #[post("/bare/failures")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_failures(&self) -> Bulk<String, BareFailures, Error>;

    #[post("/bare/done")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_done(&self) -> Bulk<String, BareDone, Error>;

    #[post("/bare/problems")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_problems(&self) -> Bulk<String, BareProblems, Error>;

    #[post("/bare/inside")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn holds_bare(&self) -> Bulk<String, HoldsBare, Error>;

    #[post("/bare/by-status")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare_by_status(&self) -> Bulk<String, BareByStatus, Error>;
}

#[tokio::test(start_paused = true)]
async fn counts() {
    let gone = r#"{"id":"t1","text":"gone"}"#;
    let sound: &[&str] = &["succeeded", "failed: gone", "succeeded"];
    let silent = |why: &str| {
        format!(
            "unknown missing: the response does not name it, and the response body does not match the declared type: at /{why}"
        )
    };
    let two = silent("failures: the count is 2, but the entries add up to 1");
    let three_done = silent("successes: the count is 2, but the entries add up to 3");
    let one_done = silent("successes: the count is 1, but the entries add up to 2");
    let no_number = silent(
        "failures: invalid value: string \"none\", expected a whole number, or a string with one at line 1 column 6",
    );
    meet(
        |client| SilencesClient::new(client).counted(),
        three,
        &[
            (200, &format!(r#"{{"failed":[{gone}],"failures":1,"successes":2}}"#), sound),
            (200, &format!(r#"{{"failed":[{gone}]}}"#), sound),
            (200, &format!(r#"{{"failed":[{gone}],"failures":2}}"#), &[&two, "failed: gone", &two]),
            (200, r#"{"failed":[],"successes":2}"#, &[&*three_done; 3]),
            // A duplicate is one item.
            (200, &format!(r#"{{"failed":[{gone},{gone}],"successes":1}}"#), &[&one_done, "failed: gone", &one_done]),
            (200, &format!(r#"{{"failed":[{gone},{gone}],"successes":2,"failures":1}}"#), sound),
            (200, r#"{"failed":[],"failures":"none"}"#, &[&*no_number; 3]),
        ],
    )
    .await;
}

fn at_fault(why: &str) -> String {
    format!(
        "unknown missing: the response does not name it, and the response body does not match the declared type: {why}"
    )
}

#[tokio::test(start_paused = true)]
async fn an_unknown_field_is_a_fault_where_the_type_denies_it() {
    let in_body = |name: &str| at_fault(&format!("unknown field `{name}`"));
    let [rejected, empty, more] = ["rejected", "", "other"].map(in_body);
    let inside = at_fault("at /more: unknown field `other`");
    let element = "unknown bad_element: the response body does not match the declared type: at /errors/0: unknown field `why`, expected `id` or `text` at line 1 column 16";
    let beside = "unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded";
    meet(
        |client| SilencesClient::new(client).strict(),
        two,
        &[
            (200, r#"{"id":"n","errors":[]}"#, &["succeeded"; 2]),
            (200, r#"{"id":"n"}"#, &["succeeded"; 2]),
            // Each declared name counts, also those of optional fields.
            (200, r#"{"id":"n","mistakes":[],"x-note":"n"}"#, &["succeeded"; 2]),
            (200, r#"{"id":"n","x-remark":null,"more":{"list":[],"took_ms":5}}"#, &["succeeded"; 2]),
            (200, r#"{"id":"n","errors":[],"rejected":["t1"]}"#, &[&*rejected; 2]),
            (200, r#"{"rejected":[],"id":"n"}"#, &[&*rejected; 2]),
            (200, r#"{"id":"n","":0,"other":1}"#, &[&*empty; 2]),
            (200, r#"{"id":"n","oth\u0065r":1}"#, &[&*more; 2]),
            (200, r#"{"id":"n","more":{"list":[],"other":["t1"]}}"#, &[&*inside; 2]),
            // What is listed counts.
            (200, r#"{"id":"n","errors":[{"id":"t0","text":"no"}],"rejected":["t1"]}"#, &["failed: no", &rejected]),
            (200, r#"{"id":"n","errors":[{"id":"t0","why":"no"}]}"#, &[element, beside]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_nested_object_that_shows_none_of_its_fields_is_a_fault() {
    let errors = at_fault("at /errors: none of its fields is present");
    let part = at_fault("at /parts/1: none of its fields is present");
    meet(
        |client| SilencesClient::new(client).told(),
        two,
        &[
            (200, r#"{"id":"n"}"#, &["succeeded"; 2]),
            (200, r#"{"id":"n","errors":null,"parts":[]}"#, &["succeeded"; 2]),
            (200, r#"{"id":"n","errors":{"list":[]}}"#, &["succeeded"; 2]),
            (200, r#"{"id":"n","errors":{"list":[{"id":"t1","text":"no"}]}}"#, &["succeeded", "failed: no"]),
            (200, r#"{"id":"n","errors":{"other_list":["t1"]}}"#, &[&*errors; 2]),
            (200, r#"{"id":"n","errors":{"message":"busy"}}"#, &[&*errors; 2]),
            (200, r#"{"id":"n","errors":{}}"#, &[&*errors; 2]),
            (200, r#"{"id":"n","parts":[{"list":[]},{"other_list":["t1"]}]}"#, &[&*part; 2]),
            (200, r#"{"id":"n","parts":[{"list":[{"id":"t1","text":"no"}]},{"rest":[]}]}"#, &[&*part, "failed: no"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_count_that_contradicts_the_entries_reaches_the_caller() {
    let entry = |id: &str, status: u16| format!(r#"{{"id":"{id}","status":{status},"text":"no"}}"#);
    let entries = [entry("t0", 200), entry("t1", 404), entry("t2", 200)].join(",");
    let body = |counts: &str| format!(r#"{{{counts}"Entries":[{entries}]}}"#);
    let wrong = |at: &str, count: u64, listed: u64| {
        format!(
            "unknown contradictory: the response contradicts itself: at /{at}: the count is {count}, but the entries add up to {listed}"
        )
    };
    let failed = |count| wrong("FailedEntryCount", count, 1);
    let done = |count| wrong("DoneEntryCount", count, 2);
    meet(
        |client| SilencesClient::new(client).put(),
        three,
        &[
            (200, &body(r#""FailedEntryCount":1,"DoneEntryCount":2,"#), &["succeeded", "failed: no", "succeeded"]),
            (200, &body(""), &["succeeded", "failed: no", "succeeded"]),
            // Another item failed.
            (200, &body(r#""FailedEntryCount":2,"#), &[&failed(2), "failed: no", &failed(2)]),
            // The one that is listed as failed may not have failed.
            (200, &body(r#""FailedEntryCount":0,"#), &[&*failed(0); 3]),
            (200, &body(r#""DoneEntryCount":1,"#), &[&done(1), "failed: no", &done(1)]),
            (200, &body(r#""DoneEntryCount":3,"#), &[&done(3), "failed: no", &done(3)]),
            // The counts agree with each other, and each is compared with what the entries say.
            (200, &body(r#""FailedEntryCount":2,"DoneEntryCount":1,"#), &[&failed(2), "failed: no", &failed(2)]),
        ],
    )
    .await;
    // An element that cannot be read is the one that the count is about.
    let odd = r#"{"id":"t1","status":"?"}"#;
    let bad = "unknown bad_element: the response body does not match the declared type: at /Entries/1: invalid type: string \"?\", expected u16 at line 1 column 23";
    let with_odd = |counts: &str| format!(r#"{{{counts}"Entries":[{},{odd},{}]}}"#, entry("t0", 200), entry("t2", 200));
    let too_many = wrong("FailedEntryCount", 2, 0);
    meet(
        |client| SilencesClient::new(client).put(),
        three,
        &[
            (200, &with_odd(r#""FailedEntryCount":1,"#), &["succeeded", bad, "succeeded"]),
            (200, &with_odd(r#""DoneEntryCount":3,"#), &["succeeded", bad, "succeeded"]),
            (200, &with_odd(r#""FailedEntryCount":2,"#), &[&too_many, bad, &too_many]),
        ],
    )
    .await;
    let wrong = |at: &str| wrong(at, 1, 0);
    meet(
        |client| SilencesClient::new(client).puts(),
        two,
        &[(
            200,
            &format!(
                r#"{{"batches":[{{"FailedEntryCount":1,"Entries":[{}]}},{{"FailedEntryCount":0,"Entries":[{}]}}]}}"#,
                entry("t0", 200),
                entry("t1", 200)
            ),
            &[&wrong("batches/0/FailedEntryCount"), "succeeded"],
        )],
    )
    .await;
    meet(
        |client| SilencesClient::new(client).put_positional(),
        two,
        &[
            (200, r#"{"failed":0,"entries":[{"ok":true},{"ok":true}]}"#, &["succeeded"; 2]),
            (200, r#"{"failed":1,"entries":[{"ok":true},{"ok":true}]}"#, &[&*wrong("failed"); 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn silence_that_is_failure() {
    meet(
        |client| SilencesClient::new(client).done_only(),
        three,
        &[
            (200, r#"{"done":["t1"]}"#, &["failed: the response lists the items that succeeded, and this item is not listed", "succeeded", "failed: the response lists the items that succeeded, and this item is not listed"]),
            (200, r#"{"done":[]}"#, &["failed: the response lists the items that succeeded, and this item is not listed"; 3]),
            (200, r#"{"done":["t1","x9"]}"#, &["unknown missing: the response does not name it, and the response names \"x9\", which was not sent", "succeeded", "unknown missing: the response does not name it, and the response names \"x9\", which was not sent"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /done: the field is missing"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_lists_the_failed_only() {
    meet(
        |client| SilencesClient::new(client).bare_failures(),
        three,
        &[
            (200, r#"[]"#, &["succeeded"; 3]),
            (200, r#"[{"index":1,"error":"no"}]"#, &["succeeded", "failed: no", "succeeded"]),
            (200, r#"[{"index":7,"error":"no"}]"#, &["unknown missing: the response does not name it, and the response names 7, which was not sent"; 3]),
            (200, r#"[{"index":1}]"#, &["unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded", "unknown bad_element: the response body does not match the declared type: at /0: missing field `error` at line 1 column 11", "unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: invalid type: map, expected an array at line 1 column 0"; 3]),
            (200, r#"{"error":"no"}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: invalid type: map, expected an array at line 1 column 0"; 3]),
            (200, r#"null"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: invalid type: null, expected an array at line 1 column 4"; 3]),
            (200, r#""#, &["unknown undecodable: the response body does not match the declared type: expected JSON, found an empty body"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_lists_the_done_only() {
    meet(
        |client| SilencesClient::new(client).bare_done(),
        three,
        &[(200, r#"["t1"]"#, &["failed: the response lists the items that succeeded, and this item is not listed", "succeeded", "failed: the response lists the items that succeeded, and this item is not listed"]), (200, r#"[]"#, &["failed: the response lists the items that succeeded, and this item is not listed"; 3]), (200, r#"{}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: invalid type: map, expected an array at line 1 column 0"; 3])],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_whose_entries_are_the_failed() {
    meet(
        |client| SilencesClient::new(client).bare_problems(),
        three,
        &[
            (200, r#"{}"#, &["succeeded"; 3]),
            (200, r#"{"t1":{"code":"E1","text":"no"}}"#, &["succeeded", "failed E1: no", "succeeded"]),
            (200, r#"{"error":"no"}"#, &["unknown bad_element: the response does not name it, and the response body does not match the declared type: at /error: invalid type: string \"no\", expected struct Problem at line 1 column 13"; 3]),
            (200, r#"[]"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: invalid type: sequence, expected an object at line 1 column 0"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_bare_list_inside_something() {
    meet(
        |client| SilencesClient::new(client).holds_bare(),
        two,
        &[
            (200, r#"{"done":[{"id":"t0","status":200,"text":""}],"rest":["t1"]}"#, &["succeeded", "unprocessed: returned as unprocessed"]),
            (200, r#"{"done":[],"rest":{}}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /rest: invalid type: map, expected an array at line 1 column 0"; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_bare_list_under_its_status() {
    meet(
        |client| SilencesClient::new(client).bare_by_status(),
        two,
        &[(204, "", &["succeeded"; 2]), (207, r#"[{"index":1,"error":"no"}]"#, &["succeeded", "failed: no"])],
    )
    .await;
}

/// CouchDB and SCIM with `failOnErrors`: the server stops at the first item that fails.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = (succeeded, unprocessed))]
struct Stopped {
    #[bulk(failed)]
    failed: Vec<Failure>,
    #[bulk(count(succeeded))]
    done: Option<u64>,
    #[bulk(count(unprocessed))]
    skipped: Option<u64>,
    #[bulk(unprocessed)]
    #[serde(default)]
    rest: Vec<String>,
}

/// All items that the server acted on are listed.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = unprocessed)]
struct Reached {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
    #[bulk(count(unprocessed))]
    skipped: Option<u64>,
}

#[bulk_api]
trait Stops: Send + Sync {
    #[post("/stopped")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn stopped(&self) -> Bulk<String, Stopped, Error>;

    #[post("/reached")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn reached(&self) -> Bulk<String, Reached, Error>;
}

#[tokio::test(start_paused = true)]
async fn items_after_the_first_failed_one_are_not_processed() {
    let handed_back = "unprocessed: returned as unprocessed";
    let unnamed = "unknown missing: the response does not name it, and";
    let body = format!("{unnamed} the response body does not match the declared type:");
    let several = format!("{body} expected no result of an item after the first one that is not done, found one");
    let no_list = format!("{body} at /failed: the field is missing");
    let count = format!("{body} at /done: the count is 2, but the entries add up to 1");
    let foreign = format!("{unnamed} the response names \"t9\", which was not sent");
    meet(
        |client| StopsClient::new(client).stopped(),
        three,
        &[
            (200, r#"{"failed":[]}"#, &["succeeded"; 3]),
            (200, r#"{"failed":[{"id":"t0","text":"bad"}]}"#, &["failed: bad", handed_back, handed_back]),
            (200, r#"{"failed":[{"id":"t1","text":"bad"}]}"#, &["succeeded", "failed: bad", handed_back]),
            (200, r#"{"failed":[{"id":"t2","text":"bad"}]}"#, &["succeeded", "succeeded", "failed: bad"]),
            (
                200,
                r#"{"failed":[{"id":"t1","text":"bad"}],"done":1,"skipped":1}"#,
                &["succeeded", "failed: bad", handed_back],
            ),
            (200, r#"{"failed":[{"id":"t1","text":"bad"}],"done":2}"#, &[&count, "failed: bad", &count]),
            // An item that was handed back is where the server stopped.
            (200, r#"{"failed":[],"rest":["t1"]}"#, &["succeeded", handed_back, handed_back]),
            (200, r#"{"failed":[{"id":"t0","text":"bad"}],"rest":["t2"]}"#, &["failed: bad", handed_back, handed_back]),
            // A later result shows that the server did not stop.
            (
                200,
                r#"{"failed":[{"id":"t2","text":"bad"},{"id":"t0","text":"bad"}]}"#,
                &["failed: bad", &several, "failed: bad"],
            ),
            (200, r#"{"failed":[{"id":"t9","text":"bad"}]}"#, &[foreign.as_str(); 3]),
            (200, "{}", &[no_list.as_str(); 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn unlisted_items_that_were_not_processed() {
    let handed_back = "unprocessed: returned as unprocessed";
    let count = "unknown missing: the response does not name it, and the response body does not match the declared type: at /skipped: the count is 1, but the entries add up to 2";
    let empty = "unknown missing: the response does not name it, and the response body does not match the declared type: at /done: the field is missing";
    meet(
        |client| StopsClient::new(client).reached(),
        three,
        &[
            (200, r#"{"done":["t0"]}"#, &["succeeded", handed_back, handed_back]),
            (200, r#"{"done":["t0"],"skipped":2}"#, &["succeeded", handed_back, handed_back]),
            (
                200,
                r#"{"done":["t0"],"skipped":1}"#,
                &[
                    "unknown contradictory: the response contradicts itself: at /skipped: the count is 1, but the entries add up to 2",
                    count,
                    count,
                ],
            ),
            (200, r#"{"done":["t0","t2"],"failed":[{"id":"t1","text":"bad"}]}"#, &["succeeded", "failed: bad", "succeeded"]),
            (200, "{}", &[empty; 3]),
        ],
    )
    .await;
}

/// The items behind the failed one are sent again, each once, until all have a result.
#[tokio::test(start_paused = true)]
async fn items_behind_a_failed_one_are_sent_again() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let requests = sent.clone();
    let client = client(move |_, request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let ids: Vec<String> = serde_json::from_value(body["ids"].clone()).unwrap();
        let bad = ids.iter().find(|id| ["t1", "t2"].contains(&id.as_str()));
        let failed: Vec<_> = bad.map(|id| serde_json::json!({ "id": id, "text": "bad" })).into_iter().collect();
        requests.lock().unwrap().push(ids.join(" "));
        Script::response(200, serde_json::json!({ "failed": failed }).to_string())
    });
    let report = StopsClient::new(client).stopped().send(texts(5)).await;
    assert_eq!(said(&report), ["succeeded", "failed: bad", "failed: bad", "succeeded", "succeeded"]);
    assert_eq!(*sent.lock().unwrap(), ["t0 t1 t2 t3 t4", "t2 t3 t4", "t3 t4"]);
}

/// No failure of the list means that the item is in the requested state.
fn is_gone(_: &NotListed) -> bool {
    false
}

#[bulk_api]
trait Lost: Send + Sync {
    #[post("/listed")]
    #[bulk_endpoint(max = 5, partial = true, idempotent = true, already("Gone"))]
    fn listed(&self) -> Bulk<String, DoneOnly, Error>;

    #[post("/judged")]
    #[bulk_endpoint(max = 5, partial = true, idempotent = true, already = is_gone)]
    fn judged(&self) -> Bulk<String, DoneOnly, Error>;
}

/// The first response is lost, and the second one does not list `t0`: it may be done since the first request.
#[tokio::test(start_paused = true)]
async fn what_is_not_listed_proves_nothing_after_a_lost_response() {
    let lost = || {
        client(|request, _| match request {
            0 => Script::response(500, ""),
            _ => Script::response(200, r#"{"done":["t1"]}"#),
        })
    };
    let listed = LostClient::new(lost()).listed().send(texts(2)).await;
    assert_eq!(words(&listed), ["unknown failed_later", "succeeded"]);
    // The function has looked at the failure.
    let judged = LostClient::new(lost()).judged().send(texts(2)).await;
    assert_eq!(words(&judged), ["failed", "succeeded"]);
}
