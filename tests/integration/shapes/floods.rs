//! Responses with millions of elements: a run reads no more of them than it can decode in a moment.

use bulk_endpoint::{Bulk, BulkReply, ItemReply, Ndjson, Pairs, bulk_api};
use serde::{Deserialize, Serialize};

use super::{Error, Failure, Judged, client, said, texts};
use bulk_endpoint::testing::Script;

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Failures {
    #[bulk(failed)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Done {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Group {
    #[bulk(keys)]
    ids: Vec<String>,
    #[bulk(message)]
    text: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Groups {
    #[bulk(failed)]
    failed: Vec<Group>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Parts {
    #[bulk(nested)]
    parts: Vec<Done>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Member {
    #[bulk(status)]
    ok: bool,
}

#[bulk_api]
trait Flooded {
    #[post("/failures")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn failures(&self) -> Bulk<String, Failures, Error>;

    #[post("/done")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn done(&self) -> Bulk<String, Done, Error>;

    #[post("/groups")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn groups(&self) -> Bulk<String, Groups, Error>;

    #[post("/parts")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn parts(&self) -> Bulk<String, Parts, Error>;

    #[post("/list")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn list(&self) -> Bulk<String, Vec<Judged>, Error>;

    #[post("/lines")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn lines(&self) -> Bulk<String, Ndjson<Judged>, Error>;

    #[post("/pairs")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn pairs(&self) -> Bulk<String, Pairs<String, Member>, Error>;
}

/// Returns the outcomes of two items after this response to both.
async fn said_after<R: BulkReply>(
    bulk: impl FnOnce(FloodedClient) -> Bulk<String, R, Error>,
    body: impl Into<String>,
) -> Vec<String> {
    let body = body.into();
    let client = client(move |_, _| Script::response(200, body.clone()));
    said(&bulk(FloodedClient::new(client)).send(texts(2)).max_attempts(1).await)
}

/// The elements that are read of a response to two items: four for each, and 100 000 more.
const LIMIT: usize = 100_008;

/// The first two elements are about `t0` and `t1`; each of the others is `more`, so often that the response is over the limit by one.
fn flood(start: &str, more: &str, separator: &str) -> String {
    [start, &format!("{separator}{more}").repeat(LIMIT - 1)].concat()
}

#[tokio::test(start_paused = true)]
async fn a_response_with_millions_of_elements_is_given_up() {
    let given_up = ["unknown too_large: the response has more than 100008 elements for 2 items"; 2];
    let failed = r#"{"id":"t0","text":"gone"},{"id":"t1","text":"gone"}"#;
    for more in [r#"{"id":"x"}"#, r#"{"id":"x","text":"gone"}"#, r#"{"id":"t0","text":"gone"}"#, "7", "null"] {
        let body = format!(r#"{{"failed":[{}]}}"#, flood(failed, more, ","));
        assert_eq!(said_after(|client| client.failures(), body).await, given_up, "{more}");
    }
    for more in [r#""x""#, r#""t0""#, "{}"] {
        let body = format!(r#"{{"done":[{}]}}"#, flood(r#""t0","t1""#, more, ","));
        assert_eq!(said_after(|client| client.done(), body).await, given_up, "{more}");
    }
    let ids = flood(r#""t0""#, r#""t1""#, ",");
    let body = format!(r#"{{"failed":[{{"ids":[{ids}],"text":"gone"}}]}}"#);
    assert_eq!(said_after(|client| client.groups(), body).await, given_up);
    for more in ["{}", r#"{"done":[]}"#, r#"{"done":["x","t0"]}"#] {
        let body = format!(r#"{{"parts":[{}]}}"#, flood(r#"{"done":["t0"]},{"done":["t1"]}"#, more, ","));
        assert_eq!(said_after(|client| client.parts(), body).await, given_up, "{more}");
    }
    let judged = |id: &str| format!(r#"{{"id":"{id}","status":200,"text":""}}"#);
    let list = flood(&format!("{},{}", judged("t0"), judged("t1")), &judged("x"), ",");
    assert_eq!(said_after(|client| client.list(), format!("[{list}]")).await, given_up);
    let lines = flood(&format!("{}\n{}", judged("t0"), judged("t1")), &judged("x"), "\n");
    assert_eq!(said_after(|client| client.lines(), lines).await, given_up);
    let members = flood(r#""t0":{"ok":true},"t1":{"ok":true}"#, r#""x":{"ok":true}"#, ",");
    assert_eq!(said_after(|client| client.pairs(), format!("{{{members}}}")).await, given_up);
}

/// A response may list many things that were not sent, such as all members of a group.
#[tokio::test(start_paused = true)]
async fn what_a_long_response_names_counts() {
    let more = r#","x""#.repeat(LIMIT - 2);
    let body = format!(r#"{{"done":["t0","t1"{more}]}}"#);
    assert_eq!(said_after(|client| client.done(), body).await, ["succeeded"; 2]);
}
