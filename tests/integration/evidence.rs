//! Responses that look like success but prove nothing: none of them makes an item succeed.

use bulk_endpoint::{
    ApiError, AssignedId, Bulk, BulkItem, BulkReply, Client, HttpStatus, Index, ItemReply, Ndjson, Pairs, Status,
    TokioClock, bulk_api,
};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::Request,
};
use serde::{Deserialize, Serialize};

use crate::support::words;

/// An element with a status of its own.
#[derive(Deserialize, Serialize, ItemReply)]
struct Judged {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: Option<u16>,
}

/// Named by the vendor's own number, without an id in the request.
#[derive(Deserialize, Serialize, ItemReply)]
struct Own {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(status)]
    ok: bool,
}

/// An item whose type does not show whether it has an id of the run.
#[derive(Clone, Serialize, BulkItem)]
struct Row {
    #[bulk(key)]
    id: u64,
    cells: Cells,
}

#[derive(Clone, Default, Serialize)]
struct Cells {}

#[derive(Deserialize, BulkReply)]
struct Lists {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Judged>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Judged>,
    #[bulk(unprocessed)]
    #[serde(default)]
    left: Vec<Judged>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Group {
    #[bulk(keys)]
    #[serde(default)]
    ids: Vec<String>,
    #[bulk(code)]
    code: String,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct ByError {
    #[bulk(failed)]
    errors: Vec<Group>,
}

#[derive(Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
enum State {
    #[bulk(succeeded)]
    Done,
    #[bulk(accepted)]
    Queued,
    #[bulk(pending)]
    Running,
    #[bulk(failed)]
    Failed,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Envelope {
    #[bulk(status)]
    ok: bool,
    #[bulk(nested)]
    result: Inner,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Inner {
    #[bulk(status)]
    state: State,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    deleted_count: u64,
    /// An optional field proves nothing when it is missing.
    #[serde(default)]
    #[allow(dead_code, reason = "nobody reads it here")]
    note: Option<String>,
}

#[derive(Deserialize, BulkReply)]
struct Checked {
    #[bulk(status)]
    ok: bool,
    #[bulk(results)]
    results: Vec<Result>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Result {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    success: bool,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Numbered {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    rc: i32,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Spelled {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: HttpStatus,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct Placed {
    #[bulk(status)]
    ok: bool,
    n: u64,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Value {
    #[bulk(status)]
    ok: bool,
    n: u64,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Tagged {
    #[bulk(succeeded)]
    Ok { id: u64 },
    #[bulk(failed)]
    Error { id: u64 },
}

/// Done by the absence of an error, with a field that is always there.
#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct Created {
    n: u64,
    #[bulk(failed)]
    error: Option<String>,
}

/// The same for a vendor that leaves out the fields of a done element.
#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
#[serde(deny_unknown_fields)]
struct Omitted {
    #[bulk(failed, code)]
    #[serde(default)]
    code: u64,
}

/// Sent in the array of its kind.
#[derive(Clone, Serialize, BulkItem)]
#[serde(untagged, rename_all = "lowercase")]
#[bulk(group)]
enum Change {
    Create(String),
    Delete(u64),
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Indexed {
    #[bulk(key)]
    index: Index<0>,
    #[bulk(status)]
    ok: bool,
}

#[derive(Deserialize, BulkReply)]
struct InGroups {
    #[bulk(results)]
    create: Vec<Indexed>,
    #[bulk(results)]
    delete: Vec<Indexed>,
}

#[bulk_api]
trait Answers: Send + Sync {
    #[post("/lists")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn lists(&self) -> Bulk<String, Lists>;
    #[post("/by-error")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn by_error(&self) -> Bulk<String, ByError>;
    #[post("/envelope")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn envelope(&self) -> Bulk<String, Envelope>;
    #[post("/deleted")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn deleted(&self) -> Bulk<String, Deleted>;
    #[post("/checked")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn checked(&self) -> Bulk<String, Checked>;
    #[post("/all")]
    #[bulk_endpoint(max = 5, partial = false)]
    fn all_or_nothing(&self) -> Bulk<String, Checked>;
    #[post("/numbered")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn numbered(&self) -> Bulk<String, Vec<Numbered>>;
    #[post("/spelled")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn spelled(&self) -> Bulk<String, Vec<Spelled>>;
    #[post("/placed")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn placed(&self) -> Bulk<String, Vec<Placed>>;
    #[post("/entries")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn entries(&self) -> Bulk<String, Pairs<String, Value>>;
    #[post("/tagged")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn tagged(&self) -> Bulk<String, Vec<Tagged>>;
    #[post("/created")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn created(&self) -> Bulk<String, Vec<Created>>;
    #[post("/omitted")]
    #[bulk_endpoint(max = 5, partial = true, items = ndjson)]
    fn omitted(&self) -> Bulk<String, Ndjson<Omitted>>;
    #[post("/own")]
    #[bulk_endpoint(max = 5, partial = true, items = "rows")]
    fn own(&self) -> Bulk<Row, Vec<Own>>;
    #[post("/groups")]
    #[bulk_endpoint(max = 5, partial = true, items = groups(""))]
    fn groups(&self) -> Bulk<Change, InGroups>;
    #[post("/flat")]
    #[bulk_endpoint(max = 5, partial = true, items = groups(""))]
    fn flat(&self) -> Bulk<Change, Vec<Indexed>>;
}

/// Checks items against one 200 response for each row. Reports all rows that differ at once.
async fn meet<T, R, E>(bulk: impl Fn(&AnswersClient) -> Bulk<T, R, E>, items: Vec<T>, rows: &[(&str, &[&str])])
where
    T: BulkItem + Clone,
    R: BulkReply,
    E: ApiError,
{
    let mut wrong = String::new();
    for (body, want) in rows {
        let body = (*body).to_owned();
        let (clock, answer) = (TokioClock::new(), Script::response(200, body.clone()));
        let transport = ScriptedTransport::new(clock.clone(), move |_, _: &Request| answer.clone());
        let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
        let report = bulk(&AnswersClient::new(client))
            .send(items.clone())
            .max_attempts(1)
            .patience(std::time::Duration::ZERO)
            .await;
        let said = words(&report);
        if said != *want {
            let details: Vec<_> = report.iter().map(|(_, outcome)| outcome.message()).collect();
            wrong += &format!("\n({body:?}, &{said:?}): {details:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn two() -> Vec<String> {
    vec!["a".to_owned(), "b".to_owned()]
}

const CONTRADICTORY: &str = "unknown contradictory";
const MISFIT: &str = "unknown bad_element";
const MISSING: &str = "unknown missing";

#[tokio::test(start_paused = true)]
async fn an_element_that_says_otherwise_than_its_list() {
    meet(
        AnswersClient::lists,
        two(),
        &[
            (r#"{"done":[{"id":"a","status":200},{"id":"b","status":500}]}"#, &["succeeded", CONTRADICTORY]),
            (r#"{"done":[{"id":"a","status":null},{"id":"b","status":202}]}"#, &["succeeded", "accepted"]),
            (r#"{"failed":[{"id":"a","status":200},{"id":"b","status":409}]}"#, &[CONTRADICTORY, "failed"]),
            (r#"{"left":[{"id":"a","status":200},{"id":"b","status":429}]}"#, &[CONTRADICTORY, "unprocessed"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_error_that_names_nobody_is_no_silence() {
    meet(
        AnswersClient::by_error,
        two(),
        &[
            (r#"{"errors":[]}"#, &["succeeded"; 2]),
            (r#"{"errors":[{"ids":["a"],"code":"E"}]}"#, &["failed", "succeeded"]),
            (r#"{"errors":[{"ids":[],"code":"E"}]}"#, &[MISFIT; 2]),
            (r#"{"errors":[{"ids":["a"],"code":"E"},{"code":"E"}]}"#, &["failed", MISFIT]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn of_what_an_answer_says_of_itself_the_worse_counts() {
    meet(
        AnswersClient::envelope,
        two(),
        &[
            (r#"{"ok":true,"result":{"state":"done"}}"#, &["succeeded"; 2]),
            (r#"{"ok":true,"result":{"state":"queued"}}"#, &["accepted"; 2]),
            (r#"{"ok":true,"result":{"state":"failed"}}"#, &["refused 200"; 2]),
            (r#"{"ok":false,"result":{"state":"done"}}"#, &["refused 200"; 2]),
            (r#"{"ok":true,"result":{"state":"running"}}"#, &["unknown pending"; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn evidence_of_another_type_is_none() {
    meet(
        AnswersClient::deleted,
        two(),
        &[
            (r#"{"deletedCount":2}"#, &["succeeded"; 2]),
            (r#"{"deletedCount":2,"note":7}"#, &["succeeded"; 2]),
            (r#"{"deletedCount":"error: nothing was deleted"}"#, &[MISSING; 2]),
            (r#"{"deletedCount":false}"#, &[MISSING; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_no_of_the_whole_answer_casts_doubt_on_what_it_lists_as_done() {
    let done = r#"[{"id":"a","success":true},{"id":"b","success":true}]"#;
    let answer = |ok: &str| format!(r#"{{{ok}"results":{done}}}"#);
    let [yes, no, text, none] = [r#""ok":true,"#, r#""ok":false,"#, r#""ok":"false","#, ""].map(answer);
    let some = r#"{"ok":false,"results":[{"id":"a","success":true},{"id":"b","success":false}]}"#;
    meet(
        AnswersClient::checked,
        two(),
        &[
            (&yes, &["succeeded"; 2]),
            // The failed status of the response means that one item failed.
            (some, &["succeeded", "failed"]),
            (&no, &[CONTRADICTORY; 2]),
            // Each element has the status of its own item.
            (&none, &["succeeded"; 2]),
        ],
    )
    .await;
    meet(
        AnswersClient::all_or_nothing,
        two(),
        &[
            (&yes, &["succeeded"; 2]),
            (some, &["rolled_back", "failed"]),
            (&no, &[CONTRADICTORY; 2]),
            (&text, &[MISFIT; 2]),
            (&none, &[MISFIT; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_is_no_http_status_says_nothing() {
    for rc in ["0", "1", "99", "600", "-1", "70000"] {
        let body = format!(r#"[{{"id":"a","rc":200}},{{"id":"b","rc":{rc}}}]"#);
        meet(AnswersClient::numbered, two(), &[(&body, &["succeeded", MISFIT])]).await;
    }
    for status in ["0", "+200", "00200", "", "ok", " 200"] {
        let body = format!(r#"[{{"id":"a","status":"404"}},{{"id":"b","status":"{status}"}}]"#);
        meet(AnswersClient::spelled, two(), &[(&body, &["failed", MISFIT])]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_array_is_no_object() {
    meet(
        AnswersClient::placed,
        two(),
        &[
            (r#"[{"ok":true,"n":1},{"ok":false,"n":2}]"#, &["succeeded", "failed"]),
            (r#"[[true,1],[true,2]]"#, &[MISFIT; 2]),
        ],
    )
    .await;
    meet(
        AnswersClient::entries,
        two(),
        &[
            (r#"{"a":{"ok":true,"n":1},"b":{"ok":false,"n":2}}"#, &["succeeded", "failed"]),
            (r#"{"a":[true,1],"b":{"ok":true,"n":2}}"#, &[MISFIT, "succeeded"]),
        ],
    )
    .await;
    meet(
        AnswersClient::tagged,
        two(),
        &[
            (r#"[{"kind":"ok","id":1},{"kind":"error","id":2}]"#, &["succeeded", "failed"]),
            (r#"[["ok",1],["ok",2]]"#, &[MISFIT; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_element_without_a_failure_is_done_only_where_it_shows_what_it_is() {
    meet(
        AnswersClient::created,
        two(),
        &[
            (r#"[{"n":1},{"n":2,"error":"no"}]"#, &["succeeded", "failed"]),
            (r#"[{},{"n":2}]"#, &[MISFIT, "succeeded"]),
            (r#"[{"denied":true},{"status":500}]"#, &[MISFIT; 2]),
        ],
    )
    .await;
    meet(
        AnswersClient::omitted,
        two(),
        &[
            ("{}\n{\"code\":5}\n", &["succeeded", "failed"]),
            ("{\"denied\":true}\n{}\n", &[MISFIT, "succeeded"]),
            ("[]\n{}\n", &[MISFIT, "succeeded"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_id_that_was_not_sent_names_nobody() {
    let rows = [1, 2].map(|id| Row { id, cells: Cells::default() });
    meet(AnswersClient::own, rows.to_vec(), &[
        (
            r#"[{"id":"00000000-0000-8000-8000-000000000000","ok":true},{"id":"00000000-0000-8000-8000-000000000001","ok":true}]"#,
            &[MISSING; 2],
        ),
        (r#"[{"id":0,"ok":true},{"id":"1","ok":true}]"#, &[MISFIT; 2]),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_index_counts_in_its_group() {
    let items = vec![Change::Delete(1), Change::Create("c".into()), Change::Delete(2)];
    meet(
        AnswersClient::groups,
        items.clone(),
        &[
            (
                r#"{"create":[{"index":0,"ok":true}],"delete":[{"index":0,"ok":true},{"index":1,"ok":false}]}"#,
                &["succeeded", "succeeded", "failed"],
            ),
            (
                r#"{"create":[],"delete":[{"index":1,"ok":true},{"index":0,"ok":true}]}"#,
                &["succeeded", MISSING, "succeeded"],
            ),
            (r#"{"create":[{"index":1,"ok":true}],"delete":[]}"#, &[MISSING; 3]),
        ],
    )
    .await;
    // A position in the whole request proves nothing if the items are in several arrays.
    meet(AnswersClient::flat, items, &[(r#"[{"index":0,"ok":true},{"index":"01","ok":true}]"#, &[MISFIT; 3])]).await;
}
