//! Items that a response does not list: `unlisted`, counts, and bodies that are one bare list.

use bulk_endpoint::{Bulk, BulkReply, Pairs, bulk_api};
use serde::{Deserialize, Serialize};

use super::{DoneOnly, Error, Failure, From0, Judged, Problem, meet, three, two};

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

#[bulk_api]
trait Silences: Send + Sync {
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
