//! Damage beside a verdict costs nothing but itself: byte order marks, and lone surrogates in texts.

use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, BulkReply, ItemReply, Ndjson, Pairs, Status, bulk_api};
use serde::{Deserialize, Serialize};

use super::{Error, Failure, Judged, client, meet, said, two};

#[derive(Deserialize, Serialize, BulkReply)]
struct Lists {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Groups {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Vec<Group>,
}

/// An element about several items.
#[derive(Deserialize, Serialize, ItemReply)]
struct Group {
    #[bulk(keys)]
    ids: Vec<String>,
    #[bulk(message)]
    text: String,
}

/// The value of a member: `"t0": {"ok": false, "why": "gone"}`.
#[derive(Deserialize, Serialize, ItemReply)]
struct Member {
    #[bulk(status)]
    ok: bool,
    #[bulk(message)]
    why: Option<String>,
}

#[derive(Deserialize, Serialize, Status)]
#[serde(rename_all = "lowercase")]
enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
    #[bulk(failed)]
    Failed,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Job {
    #[bulk(job)]
    job: Option<String>,
    #[bulk(status)]
    state: State,
    #[bulk(message)]
    text: Option<String>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
}

#[bulk_api]
trait Liberal {
    #[post("/lists")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn lists(&self) -> Bulk<String, Lists, Error>;

    #[post("/groups")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn groups(&self) -> Bulk<String, Groups, Error>;

    #[post("/list")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn list(&self) -> Bulk<String, Vec<Judged>, Error>;

    #[post("/lines")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn lines(&self) -> Bulk<String, Ndjson<Judged>, Error>;

    #[post("/pairs")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn pairs(&self) -> Bulk<String, Pairs<String, Member>, Error>;

    #[post("/whole")]
    #[bulk_endpoint(max = 10, partial = false)]
    fn whole(&self) -> Bulk<String, (), Error>;

    #[post("/jobs")]
    #[bulk_endpoint(max = 10, partial = true, poll = "/jobs/{job}")]
    fn jobs(&self) -> Bulk<String, Job, Error>;
}

/// Returns the outcomes of `t0 t1` after a response that names a job, and the response to its poll.
async fn said_of_job(start: &'static str, poll: &'static str) -> Vec<String> {
    let client = LiberalClient::new(client(move |_, request| {
        let polls = request.url.path() != "/jobs";
        Script::response(200, if polls { poll } else { start })
    }));
    said(&client.jobs().send(two()).await)
}

#[tokio::test(start_paused = true)]
async fn a_byte_order_mark_is_skipped() {
    let lists = "\u{feff}{\"done\":[\"t0\"],\"failed\":[{\"id\":\"t1\",\"text\":\"gone\"}]}";
    let error = "\u{feff}{\"error\":{\"code\":\"E1\",\"text\":\"no\"}}";
    let refused = ["refused 400 E1: the request was refused with 400: no"; 2];
    meet(
        |client| LiberalClient::new(client).lists(),
        two,
        &[(200, lists, &["succeeded", "failed: gone"]), (400, error, &refused)],
    )
    .await;
    let list =
        "\u{feff}[{\"id\":\"t0\",\"status\":200,\"text\":\"\"},{\"id\":\"t1\",\"status\":409,\"text\":\"taken\"}]";
    meet(|client| LiberalClient::new(client).list(), two, &[(200, list, &["succeeded", "failed: taken"])]).await;
    let lines =
        "\u{feff}{\"id\":\"t0\",\"status\":200,\"text\":\"\"}\n{\"id\":\"t1\",\"status\":409,\"text\":\"taken\"}\n";
    meet(|client| LiberalClient::new(client).lines(), two, &[(200, lines, &["succeeded", "failed: taken"])]).await;
    let pairs = "\u{feff}{\"t0\":{\"ok\":true,\"why\":null},\"t1\":{\"ok\":false,\"why\":\"gone\"}}";
    meet(|client| LiberalClient::new(client).pairs(), two, &[(200, pairs, &["succeeded", "failed: gone"])]).await;
    let done = ["succeeded"; 2];
    meet(|client| LiberalClient::new(client).whole(), two, &[(200, "\u{feff}", &done), (400, error, &refused)]).await;
    let start = "\u{feff}{\"job\":\"7\",\"state\":\"running\"}";
    assert_eq!(said_of_job(start, "\u{feff}{\"state\":\"done\",\"done\":[\"t0\",\"t1\"]}").await, done);
}

#[tokio::test(start_paused = true)]
async fn a_lone_surrogate_in_a_text_costs_the_text_alone() {
    let lists = r#"{"x\ud83d":1,"done":["t0"],"failed":[{"id":"t1","text":"caf\ud83d"}]}"#;
    let error = r#"{"error":{"code":"E1","text":"caf\ud83d"}}"#;
    let refused = ["refused 400 E1: the request was refused with 400: caf\u{fffd}"; 2];
    let done_and_failed = ["succeeded", "failed: caf\u{fffd}"];
    meet(|client| LiberalClient::new(client).lists(), two, &[(200, lists, &done_and_failed), (400, error, &refused)])
        .await;
    let list = r#"[{"id":"t0","status":200,"text":"\udc00"},{"id":"t1","status":409,"text":"caf\ud83d","\ud83d":1}]"#;
    meet(|client| LiberalClient::new(client).list(), two, &[(200, list, &done_and_failed)]).await;
    let lines =
        "{\"id\":\"t0\",\"status\":200,\"text\":\"\"}\n{\"id\":\"t1\",\"status\":409,\"text\":\"caf\\ud83d\"}\n";
    meet(|client| LiberalClient::new(client).lines(), two, &[(200, lines, &done_and_failed)]).await;
    let pairs = r#"{"t0":{"ok":true,"why":"\ud83d"},"t1":{"ok":false,"why":"caf\ud83d"}}"#;
    meet(|client| LiberalClient::new(client).pairs(), two, &[(200, pairs, &done_and_failed)]).await;
    let start = r#"{"job":"7","state":"running","text":"\ud83d"}"#;
    let poll = r#"{"state":"done","text":"\ud83d","done":["t0"],"failed":[{"id":"t1","text":"caf\ud83d"}]}"#;
    assert_eq!(said_of_job(start, poll).await, done_and_failed);
    // A valid pair, and an escaped backslash, are texts.
    let list = r#"[{"id":"t0","status":409,"text":"\ud83d\ude00 \\ud83d \ud83d"},{"id":"t1","status":200,"text":""}]"#;
    let want = ["failed: \u{1f600} \\ud83d \u{fffd}", "succeeded"];
    meet(|client| LiberalClient::new(client).list(), two, &[(200, list, &want)]).await;
}

/// `"a\ud83d"` is not the key of the item `"a\ufffd"`, nor of another one that a replacement could give.
#[tokio::test(start_paused = true)]
async fn a_damaged_key_names_no_item() {
    let items = || vec!["a\u{fffd}".to_owned(), "a\u{fffe}".to_owned()];
    let unnamed =
        "unknown missing: the response does not name it, and the response names \"a\\ud83d\", which was not sent";
    let done = r#"{"done":["a\ud83d"],"failed":[]}"#;
    let failed = r#"{"done":[],"failed":[{"id":"a\ud83d","text":"gone"}]}"#;
    meet(
        |client| LiberalClient::new(client).lists(),
        items,
        &[(200, done, &[unnamed; 2]), (200, failed, &[unnamed; 2])],
    )
    .await;
    // Of several keys, the others count.
    let group = r#"{"failed":[{"ids":["a\ufffe","a\ud83d"],"text":"gone"}]}"#;
    let want = [&unnamed.replace("\\ud83d", "\u{fffd}"), "failed: gone"];
    meet(|client| LiberalClient::new(client).groups(), items, &[(200, group, &want)]).await;
    let list = r#"[{"id":"a\ud83d","status":200,"text":""},{"id":"a\ufffd","status":409,"text":"\ud83d"}]"#;
    let want = ["failed: \u{fffd}", unnamed];
    meet(|client| LiberalClient::new(client).list(), items, &[(200, list, &want)]).await;
    let pairs = r#"{"a\ud83d":{"ok":true,"why":null},"a\ufffe":{"ok":true,"why":"\ud83d"}}"#;
    meet(|client| LiberalClient::new(client).pairs(), items, &[(200, pairs, &[unnamed, "succeeded"])]).await;
    // A job whose handle is damaged is not polled.
    let start = r#"{"job":"7\ud83d","state":"running"}"#;
    let said = said_of_job(start, r#"{"state":"done","done":["t0","t1"]}"#).await;
    let no_handle = "unknown pending: the response reports a pending job, but has no job handle";
    assert!(said.iter().all(|said| said.starts_with(no_handle)), "{said:?}");
}
