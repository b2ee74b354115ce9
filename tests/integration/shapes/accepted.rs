//! Items that are accepted, and whose final result the vendor does not report: lists, fields, whole responses, jobs without `poll`.

use bulk_endpoint::{Accepted, Bulk, BulkReply, ItemReply, Status, bulk_api};
use serde::Deserialize;

use super::{Error, Failure, client, meet, said, three, two};
use bulk_endpoint::testing::Script;

/// `{"queued": [{"id": "t0"}], "done": ["t1"], "failed": […]}`
#[derive(Deserialize, BulkReply)]
struct Lists {
    #[bulk(accepted)]
    #[serde(default)]
    queued: Vec<Queued>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
    #[bulk(count(accepted))]
    queued_count: Option<u64>,
    #[bulk(count(succeeded))]
    done_count: Option<u64>,
}

#[derive(Deserialize, ItemReply)]
struct Queued {
    #[bulk(key)]
    id: String,
    #[bulk(failed)]
    error: Option<String>,
}

/// Elements with fields whose presence is the verdict.
#[derive(Deserialize, ItemReply)]
struct Told {
    #[bulk(key)]
    id: String,
    #[bulk(accepted)]
    #[serde(default)]
    queued: bool,
    #[bulk(succeeded)]
    done: Option<bool>,
    #[bulk(failed, message)]
    why: Option<String>,
}

/// The same without `succeeded`: an element with neither field has no verdict.
#[derive(Deserialize, ItemReply)]
struct QueuedOrNot {
    #[bulk(key)]
    id: String,
    #[bulk(accepted)]
    ticket: Option<String>,
    #[bulk(failed, message)]
    why: Option<String>,
}

/// Twilio Segment: `{"success": true}` means that the events are queued.
#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
struct Tracked {
    #[bulk(status)]
    success: bool,
}

/// Lists failures, and queues the rest.
#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = accepted)]
struct Imported {
    #[bulk(failed)]
    errors: Vec<Failure>,
    #[bulk(count(accepted))]
    queued: Option<u64>,
    #[bulk(count(succeeded))]
    successful: Option<u64>,
}

/// The statuses decide between queued and done.
#[derive(BulkReply)]
#[allow(dead_code, reason = "read as JSON, never as a value")]
enum ByStatus {
    #[bulk(on(200))]
    Queued(Accepted),
    #[bulk(on(204))]
    Done,
}

/// Twilio SendGrid: `{"job_id": "7"}`.
#[derive(Deserialize, BulkReply)]
struct Started {
    #[bulk(job)]
    job_id: Option<String>,
    #[bulk(status)]
    state: Option<State>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    errors: Vec<Failure>,
}

#[derive(Deserialize, Status)]
#[serde(rename_all = "lowercase")]
enum State {
    #[bulk(pending)]
    Running,
    #[bulk(accepted)]
    Queued,
    #[bulk(failed)]
    Failed,
}

/// Parts of the request, each in a state of its own.
#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Parts {
    #[bulk(nested)]
    parts: Vec<Part>,
}

#[derive(Deserialize, BulkReply)]
struct Part {
    #[bulk(status)]
    state: PartState,
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[derive(Deserialize, Status)]
#[serde(rename_all = "lowercase")]
enum PartState {
    #[bulk(accepted)]
    Queued,
    #[bulk(succeeded)]
    Done,
}

#[bulk_api]
trait Accepting: Send + Sync {
    #[post("/parts")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn parts(&self) -> Bulk<String, Parts, Error>;

    #[post("/lists")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn lists(&self) -> Bulk<String, Lists, Error>;

    #[post("/fields")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn fields(&self) -> Bulk<String, Vec<Told>, Error>;

    #[post("/tickets")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn tickets(&self) -> Bulk<String, Vec<QueuedOrNot>, Error>;

    #[post("/track")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn track(&self) -> Bulk<String, Tracked, Error>;

    #[post("/import")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn import(&self) -> Bulk<String, Imported, Error>;

    #[post("/events")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn events(&self) -> Bulk<String, Accepted, Error>;

    #[post("/by-status")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn by_status(&self) -> Bulk<String, ByStatus, Error>;

    #[post("/contacts")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn start(&self) -> Bulk<String, Started, Error>;
}

#[tokio::test(start_paused = true)]
async fn a_list_of_accepted_items() {
    let differs = "unknown contradictory: the response contradicts itself: at";
    let count = format!("{differs} /queued_count: the count is 2, but the entries add up to 1");
    let unlisted = "unknown missing: the response does not name it, and the response body does not match the declared type: at /queued_count: the count is 2, but the entries add up to 1";
    meet(
        |client| AcceptingClient::new(client).lists(),
        three,
        &[
            (
                200,
                r#"{"queued":[{"id":"t0"}],"done":["t1"],"failed":[{"id":"t2","text":"gone"}]}"#,
                &["accepted", "succeeded", "failed: gone"],
            ),
            // A vendor counts the two apart, or together.
            (
                200,
                r#"{"queued":[{"id":"t0"}],"done":["t1","t2"],"queued_count":1,"done_count":2}"#,
                &["accepted", "succeeded", "succeeded"],
            ),
            (
                200,
                r#"{"queued":[{"id":"t0"}],"done":["t1","t2"],"queued_count":1,"done_count":3}"#,
                &["accepted", "succeeded", "succeeded"],
            ),
            (200, r#"{"queued":[{"id":"t0"}],"done":["t1"],"queued_count":2}"#, &[&count, &count, unlisted]),
            (
                200,
                r#"{"queued":[{"id":"t0","error":"full"}],"done":["t1","t2"]}"#,
                &[
                    "unknown contradictory: the response lists it as accepted, but its element at /queued/0 has the status failed",
                    "succeeded",
                    "succeeded",
                ],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_field_that_says_accepted() {
    let no_verdict = "does not say whether its item succeeded";
    let open = |at: usize| {
        format!(
            "unknown bad_element: the response body does not match the declared type: at /{at}: the element {no_verdict}"
        )
    };
    meet(
        |client| AcceptingClient::new(client).fields(),
        three,
        &[
            (
                200,
                r#"[{"id":"t0","queued":true},{"id":"t1","done":true},{"id":"t2","why":"full"}]"#,
                &["accepted", "succeeded", "failed: full"],
            ),
            // The weaker promise counts; a failure and a promise contradict each other; neither says nothing.
            (
                200,
                r#"[{"id":"t0","queued":true,"done":true},{"id":"t1","queued":true,"why":"full"},{"id":"t2"}]"#,
                &["accepted", &open(1), &open(2)],
            ),
        ],
    )
    .await;
    meet(
        |client| AcceptingClient::new(client).tickets(),
        three,
        &[(
            200,
            r#"[{"id":"t0","ticket":"x7"},{"id":"t1","why":"full"},{"id":"t2"}]"#,
            &["accepted", "failed: full", &open(2)],
        )],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_success_that_only_means_queued() {
    let no_content = "expected an empty body for the reply `Accepted`, found content: declare a reply type for it";
    let content = format!("unknown undecodable: the response body does not match the declared type: {no_content}");
    meet(
        |client| AcceptingClient::new(client).events(),
        two,
        &[
            (200, "", &["accepted"; 2]),
            (204, "", &["accepted"; 2]),
            (200, "{}", &["accepted"; 2]),
            (200, r#"{"error":"busy"}"#, &[content.as_str(); 2]),
            (200, "<html>Log in</html>", &[content.as_str(); 2]),
        ],
    )
    .await;
    meet(
        |client| AcceptingClient::new(client).by_status(),
        two,
        &[(200, "", &["accepted"; 2]), (204, "", &["succeeded"; 2])],
    )
    .await;
    let missing = "unknown missing: the response does not name it, and the response body does not match the declared type: at /success: the field is missing";
    meet(
        |client| AcceptingClient::new(client).track(),
        two,
        &[
            (200, r#"{"success":true}"#, &["accepted"; 2]),
            (200, r#"{"success":false}"#, &["refused 200: the request was refused with 200: {\"success\":false}"; 2]),
            (200, "{}", &[missing; 2]),
        ],
    )
    .await;
    meet(
        |client| AcceptingClient::new(client).import(),
        two,
        &[
            (200, r#"{"errors":[{"id":"t1","text":"gone"}]}"#, &["accepted", "failed: gone"]),
            (200, r#"{"errors":[{"id":"t1","text":"gone"}],"queued":1}"#, &["accepted", "failed: gone"]),
            (200, r#"{"errors":[{"id":"t1","text":"gone"}],"successful":1}"#, &["accepted", "failed: gone"]),
            (200, r#"{"errors":[{"id":"t1","text":"gone"}],"successful":0}"#, &["accepted", "failed: gone"]),
            (
                200,
                r#"{"errors":[{"id":"t1","text":"gone"}],"queued":2}"#,
                &[
                    "unknown missing: the response does not name it, and the response body does not match the declared type: at /queued: the count is 2, but the entries add up to 1",
                    "failed: gone",
                ],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_accepted_accepts_its_own_items_and_what_no_part_lists() {
    meet(
        |client| AcceptingClient::new(client).parts(),
        three,
        &[
            (
                200,
                r#"{"parts":[{"state":"queued","done":["t0"]},{"state":"done","done":["t1"]}]}"#,
                &["accepted", "succeeded", "accepted"],
            ),
            (200, r#"{"parts":[{"state":"done","done":["t0"]},{"state":"done","done":["t1"]}]}"#, &["succeeded"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_not_polled_accepts_its_items() {
    meet(
        |client| AcceptingClient::new(client).start(),
        three,
        &[
            (200, r#"{"job_id":"7"}"#, &["accepted"; 3]),
            (200, r#"{"job_id":"7","state":"running"}"#, &["accepted"; 3]),
            (202, r#"{"job_id":"7","state":"queued"}"#, &["accepted"; 3]),
            // What the response says about an item counts.
            (
                200,
                r#"{"job_id":"7","state":"running","done":["t0"],"errors":[{"id":"t1","text":"gone"}]}"#,
                &["succeeded", "failed: gone", "accepted"],
            ),
            // A failed job has accepted nothing; without a job nothing is accepted; nor with a fault.
            (
                200,
                r#"{"job_id":"7","state":"failed"}"#,
                &["unknown pending: the job \"7\" failed, and may have applied some items: failed"; 3],
            ),
            (
                200,
                r#"{"done":["t0","t1"]}"#,
                &["succeeded", "succeeded", "unknown missing: the response does not name it"],
            ),
            (
                200,
                r#"{"job_id":"7","errors":[{"id":"t9","text":"gone"}]}"#,
                &["unknown missing: the response does not name it, and the response names \"t9\", which was not sent";
                    3],
            ),
        ],
    )
    .await;
}

/// The handle is in the response: a caller can look the job up.
#[tokio::test(start_paused = true)]
async fn the_handle_of_a_job_that_is_not_polled_is_kept() {
    let answer = Script::response(202, r#"{"job_id":"7"}"#);
    let report = AcceptingClient::new(client(move |_, _| answer.clone())).start().send(two()).await;
    assert_eq!(said(&report), ["accepted"; 2]);
    let jobs: Vec<Option<&str>> = report.responses().map(|response| response.job.as_deref()).collect();
    assert_eq!(jobs, [Some("7")]);
    let handle = report.responses().next().and_then(|response| response.body()?.job_id.as_deref());
    assert_eq!(handle, Some("7"));
    assert_eq!(report.requests(), 1, "nothing is polled");
}
