//! Items that a response does not name: declared silence, counts, and bodies that are one bare list.

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

/// The body is the list of those that failed.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct BareFailures(#[bulk(failed)] Vec<From0>);

/// The body is the list of those done.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = failed)]
struct BareDone(#[bulk(succeeded)] Vec<String>);

/// The body's entries are those that failed.
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct BareProblems(#[bulk(failed)] Pairs<String, Problem>);

/// Without a meaning of silence, inside something, and under a status of its own.
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
        format!("unknown missing: the response does not name it, and the response's body does not fit at /{why}")
    };
    let two = silent("failures: it counts 2, and the response has 1");
    let three_done = silent("successes: it counts 2, and the response has 3");
    let one_done = silent("successes: it counts 1, and the response has 2");
    let no_number = silent("failures: invalid type: string \"none\", expected u64 at line 1 column 6");
    meet(
        |client| SilencesClient::new(client).counted(),
        three,
        &[
            (200, &format!(r#"{{"failed":[{gone}],"failures":1,"successes":2}}"#), sound),
            (200, &format!(r#"{{"failed":[{gone}]}}"#), sound),
            (200, &format!(r#"{{"failed":[{gone}],"failures":2}}"#), &[&two, "failed: gone", &two]),
            (200, r#"{"failed":[],"successes":2}"#, &[&*three_done; 3]),
            // A repeat is one.
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
            (200, r#"{"done":["t1"]}"#, &["failed: the response lists what was done, and it is not among them", "succeeded", "failed: the response lists what was done, and it is not among them"]),
            (200, r#"{"done":[]}"#, &["failed: the response lists what was done, and it is not among them"; 3]),
            (200, r#"{"done":["t1","x9"]}"#, &["unknown missing: the response does not name it, and the response names \"x9\", which was not sent", "succeeded", "unknown missing: the response does not name it, and the response names \"x9\", which was not sent"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /done: the field is missing"; 3]),
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
            (200, r#"[{"index":1}]"#, &["unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request", "unknown misfit: the response's body does not fit at /0: missing field `error` at line 1 column 11", "unknown missing: the response does not name it, and the response contradicts itself, or does not fit, about another item of the request"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: map, expected an array at line 1 column 0"; 3]),
            (200, r#"{"error":"no"}"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: map, expected an array at line 1 column 0"; 3]),
            (200, r#"null"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: null, expected an array at line 1 column 4"; 3]),
            (200, r#""#, &["unknown undecodable: the response's body does not fit: it is empty"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_lists_the_done_only() {
    meet(
        |client| SilencesClient::new(client).bare_done(),
        three,
        &[(200, r#"["t1"]"#, &["failed: the response lists what was done, and it is not among them", "succeeded", "failed: the response lists what was done, and it is not among them"]), (200, r#"[]"#, &["failed: the response lists what was done, and it is not among them"; 3]), (200, r#"{}"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: map, expected an array at line 1 column 0"; 3])],
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
            (200, r#"{"error":"no"}"#, &["unknown misfit: the response does not name it, and the response's body does not fit at /error: invalid type: string \"no\", expected struct Problem at line 1 column 13"; 3]),
            (200, r#"[]"#, &["unknown missing: the response does not name it, and the response's body does not fit: invalid type: sequence, expected an object at line 1 column 0"; 3]),
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
            (200, r#"{"done":[{"id":"t0","status":200,"text":""}],"rest":["t1"]}"#, &["succeeded", "handed_back: handed back unprocessed"]),
            (200, r#"{"done":[],"rest":{}}"#, &["unknown missing: the response does not name it, and the response's body does not fit at /rest: invalid type: map, expected an array at line 1 column 0"; 2]),
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
