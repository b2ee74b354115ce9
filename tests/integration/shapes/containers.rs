//! What contains the elements of a response: nested parts, objects by key, NDJSON, and arrays in request order.

use bulk_endpoint::{Bulk, BulkItem, BulkReply, ItemReply, Ndjson, Pairs, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Error, Failure, Judged, Problem, meet, three, two};

#[derive(Deserialize, Serialize, BulkReply)]
struct Lists {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Inside {
    #[bulk(nested)]
    data: Lists,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct InsideOption {
    #[bulk(nested)]
    data: Option<Lists>,
    #[bulk(unprocessed)]
    #[serde(default)]
    left: Vec<String>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct Part {
    #[bulk(status)]
    ok: bool,
    #[bulk(message)]
    #[serde(default)]
    error: Option<String>,
    #[bulk(failed)]
    b: Vec<Failure>,
}

#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct InsideList {
    #[bulk(nested)]
    a: Vec<Part>,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct InPairs {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Pairs<String, Value>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Pairs<String, Problem>,
}

#[derive(Deserialize, Serialize, ItemReply)]
struct Value0 {
    #[bulk(status)]
    ok: bool,
    #[bulk(message)]
    why: Option<String>,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct Placed {
    #[bulk(status)]
    ok: bool,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct PlacedInLists {
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Made>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Made>,
}

#[derive(Deserialize, Serialize, ItemReply)]
#[bulk(positional)]
struct Made {
    made: Option<u64>,
}

#[derive(Clone, Serialize, BulkItem)]
struct Change {
    #[bulk(group)]
    #[serde(skip)]
    group: String,
    text: String,
}

#[derive(Deserialize, Serialize, BulkReply)]
struct InGroups {
    #[bulk(results)]
    #[serde(default)]
    create: Vec<Placed>,
    #[bulk(results)]
    #[serde(default)]
    delete: Vec<Placed>,
}

#[bulk_api]
trait Containers: Send + Sync {
    #[post("/inside")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn inside(&self) -> Bulk<String, Inside, Error>;

    #[post("/inside/option")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn inside_option(&self) -> Bulk<String, InsideOption, Error>;

    #[post("/inside/list")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn inside_list(&self) -> Bulk<String, InsideList, Error>;

    #[post("/pairs")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn pairs(&self) -> Bulk<String, Pairs<String, Value0>, Error>;

    #[post("/pairs/lists")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn in_pairs(&self) -> Bulk<String, InPairs, Error>;

    #[post("/pairs/numbers")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn numbered(&self) -> Bulk<u64, Pairs<u64, Value0>, Error>;

    #[post("/lines")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn lines(&self) -> Bulk<String, Ndjson<Judged>, Error>;

    #[post("/lines/placed")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn placed_lines(&self) -> Bulk<String, Ndjson<Placed>, Error>;

    #[post("/nullable")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn nullable(&self) -> Bulk<String, Vec<Option<Placed>>, Error>;

    #[post("/placed/lists")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn placed_in_lists(&self) -> Bulk<String, PlacedInLists, Error>;

    #[post("/groups")]
    #[bulk_endpoint(max = 5, partial = true, items = groups(""))]
    fn groups(&self) -> Bulk<Change, InGroups, Error>;
}

#[tokio::test(start_paused = true)]
async fn lists_inside_something() {
    meet(
        |client| ContainersClient::new(client).inside(),
        two,
        &[
            (200, r#"{"data":{"done":["t0"],"failed":[{"id":"t1","text":"gone"}]}}"#, &["succeeded", "failed: gone"]),
            (200, r#"{"data":{"done":["t0"],"failed":[{"id":"t1"}]}}"#, &["succeeded", "unknown bad_element: the response body does not match the declared type: at /data/failed/0: missing field `text` at line 1 column 11"]),
            (200, r#"{"data":{"failed":[{"id":"t1","text":"gone"}]}}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /data/done: the field is missing", "failed: gone"]),
            (200, r#"{"data":["t0"]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /data: invalid type: sequence, expected an object at line 1 column 0"; 2]),
            (200, r#"{"data":null}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /data: the field is missing"; 2]),
            (200, r#"{"done":["t0","t1"]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /data: the field is missing"; 2]),
        ],
    )
    .await;
    meet(
        |client| ContainersClient::new(client).inside_option(),
        two,
        &[
            (200, r#"{"data":null,"left":["t1"]}"#, &["unknown missing: the response does not name it", "unprocessed: returned as unprocessed"]),
            (200, r#"{"left":["t0","t1"]}"#, &["unprocessed: returned as unprocessed"; 2]),
            (200, r#"{"data":{"done":["t0"]},"left":["t1"]}"#, &["succeeded", "unprocessed: returned as unprocessed"]),
            (200, r#"{"data":7,"left":["t1"]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /data: invalid type: integer `7`, expected an object at line 1 column 1", "unprocessed: returned as unprocessed"]),
        ],
    )
    .await;
    meet(
        |client| ContainersClient::new(client).inside_list(),
        three,
        &[
            (200, r#"{"a":[{"ok":true,"b":[]},{"ok":true,"b":[{"id":"t2","text":"gone"}]}]}"#, &["succeeded", "succeeded", "failed: gone"]),
            (200, r#"{"a":[{"ok":true,"b":[{"id":"t0","text":"no"},{"text":"who?"}]},{"ok":true,"b":[]}]}"#, &["failed: no", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /a/0/b/1: missing field `id` at line 1 column 15", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /a/0/b/1: missing field `id` at line 1 column 15"]),
            (200, r#"{"a":[{"ok":true,"b":[{"id":"t0","text":"no"}]},{"ok":false,"error":"melted","b":[]}]}"#, &["failed: no", "unknown missing: the response does not name it, and the response body does not match the declared type: at /a/1: the response reports the whole request as not done: melted", "unknown missing: the response does not name it, and the response body does not match the declared type: at /a/1: the response reports the whole request as not done: melted"]),
            (200, r#"{"a":[{"ok":false,"error":"melted","b":[]}]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /a/0: the response reports the whole request as not done: melted"; 3]),
            (200, r#"{"a":[{"ok":true,"b":[{"id":"t0","text":"no"}]},"t1"]}"#, &["failed: no", "unknown missing: the response does not name it, and the response body does not match the declared type: at /a/1: invalid type: string \"t1\", expected an object at line 1 column 4", "unknown missing: the response does not name it, and the response body does not match the declared type: at /a/1: invalid type: string \"t1\", expected an object at line 1 column 4"]),
            (200, r#"{"a":[{"ok":true}]}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /a/0/b: the field is missing"; 3]),
            (200, r#"{"a":[]}"#, &["succeeded"; 3]),
            (200, r#"{"a":{"ok":true,"b":[]}}"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: at /a: invalid type: map, expected a sequence at line 1 column 0"; 3]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pairs() {
    meet(
        |client| ContainersClient::new(client).pairs(),
        three,
        &[
            (200, r#"{"t1":{"ok":false,"why":"gone"},"t0":{"ok":true,"why":null},"\u00742":{"ok":true}}"#, &["succeeded", "failed: gone", "succeeded"]),
            // A key that occurs twice: with equal and with different values.
            (200, r#"{"t0":{"ok":true},"t0":{"ok":true},"t1":{"ok":true},"t1":{"ok":false,"why":"gone"}}"#, &["succeeded", "unknown contradictory: the response names it as done and as failed", "unknown missing: the response does not name it, and another of its entries is contradictory or cannot be decoded"]),
            (200, r#"{"t0":{"ok":true},"t1":7,"a/b":7,"x9":{"ok":true}}"#, &["succeeded", "unknown bad_element: the response body does not match the declared type: at /t1: invalid type: integer `7`, expected struct Value0 at line 1 column 7", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /a~1b: invalid type: integer `7`, expected struct Value0 at line 1 column 8"]),
            (200, r#"{}"#, &["unknown missing: the response does not name it"; 3]),
            (200, r#"[["t0",{"ok":true}]]"#, &["unknown missing: the response does not name it, and the response body does not match the declared type: invalid type: sequence, expected an object at line 1 column 0"; 3]),
        ],
    )
    .await;
    meet(
        |client| ContainersClient::new(client).in_pairs(),
        three,
        &[
            (200, r#"{"done":{"t0":{"any":1},"t1":null},"failed":{"t2":{"code":"E1","text":"gone"}}}"#, &["succeeded", "succeeded", "failed E1: gone"]),
            (200, r#"{"done":{"t0":1},"failed":{"t0":{"code":"E1"},"t1":{"text":"no code"},"T2":{"code":"E2"}}}"#, &["unknown contradictory: the response names it as done and as failed", "unknown bad_element: the response body does not match the declared type: at /failed/t1: missing field `code` at line 1 column 24", "unknown missing: the response does not name it, and the response names \"T2\", which was not sent"]),
        ],
    )
    .await;
    meet(
        |client| ContainersClient::new(client).numbered(),
        || vec![1, 2, 3],
        &[(200, r#"{"1":{"ok":true},"2":{"ok":false,"why":"gone"},"03":{"ok":true},"x":{"ok":true}}"#, &["succeeded", "failed: gone", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /03: invalid type: string \"03\", expected u64 at line 1 column 18"])],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn lines() {
    let (t0, t1) = (r#"{"id":"t0","status":200,"text":""}"#, r#"{"id":"t1","status":404,"text":"gone"}"#);
    let whole = format!("{t0}\r\n\n{t1}\n");
    let cut = format!("{t0}\n{}", &t1[..20]);
    let bad = format!("{t0}\n\n<html>\n{t1}\n");
    let misfit = format!("{t0}\n{{\"id\":\"t1\"}}\n");
    let array = format!("[{t0},{t1}]");
    meet(
        |client| ContainersClient::new(client).lines(),
        two,
        &[(200, &whole, &["succeeded", "failed: gone"]), (200, t0, &["succeeded", "unknown missing: the response does not name it"]), (200, &cut, &["unknown undecodable: the response body does not match the declared type: line 2 is not valid JSON: EOF while parsing a value at line 1 column 20"; 2]), (200, &bad, &["unknown undecodable: the response body does not match the declared type: line 3 is not valid JSON: expected value at line 1 column 1"; 2]), (200, &misfit, &["succeeded", "unknown bad_element: the response body does not match the declared type: at /1: missing field `status` at line 1 column 11"]), (200, &array, &["unknown bad_element: the response does not name it, and the response body does not match the declared type: at /0: expected a JSON object"; 2]), (200, "", &["unknown missing: the response does not name it"; 2])],
    )
    .await;
    meet(
        |client| ContainersClient::new(client).placed_lines(),
        two,
        &[
            (200, "{\"ok\":true}\n{\"ok\":false}", &["succeeded", "failed"]),
            (200, "{\"ok\":true}\n", &["unknown undecodable: cannot match positions to items: the response has 1 element for 2 items"; 2]),
            (200, "{\"ok\":true}\n{\"ok\":7}\n", &["succeeded", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /1: invalid type: integer `7`, expected a boolean at line 1 column 7"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn positions() {
    meet(
        |client| ContainersClient::new(client).nullable(),
        three,
        &[
            (200, r#"[{"ok":true},null,{"ok":false}]"#, &["succeeded", "unprocessed: returned as unprocessed", "failed"]),
            (200, r#"[null,null]"#, &["unknown undecodable: cannot match positions to items: the response has 2 elements for 3 items"; 3]),
            (200, r#"[null,7,null]"#, &["unprocessed: returned as unprocessed", "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /1: invalid type: integer `7`, expected struct Placed at line 1 column 1", "unprocessed: returned as unprocessed"]),
        ],
    )
    .await;
    // With several lists, each would have to contain all items.
    meet(
        |client| ContainersClient::new(client).placed_in_lists(),
        three,
        &[
            (
                200,
                r#"{"done":[{},{}],"failed":[{}]}"#,
                &["unknown undecodable: cannot match positions to items: the response has several lists"; 3],
            ),
            (200, r#"{"done":[{},{},{}]}"#, &["succeeded"; 3]),
            (
                200,
                r#"{"done":[{},{},{}],"failed":[{},{},{}]}"#,
                &["unknown undecodable: cannot match positions to items: the response has several lists"; 3],
            ),
        ],
    )
    .await;
    let change = |group: &str, n: usize| Change { group: group.into(), text: format!("c{n}") };
    let changes = || vec![change("create", 0), change("delete", 1), change("create", 2)];
    meet(
        |client| ContainersClient::new(client).groups(),
        changes,
        &[
            (200, r#"{"create":[{"ok":true},{"ok":false}],"delete":[{"ok":true}]}"#, &["succeeded", "succeeded", "failed"]),
            (200, r#"{"create":[{"ok":true},{"ok":false}]}"#, &["succeeded", "unknown missing: the response does not name it", "failed"]),
            (200, r#"{"create":[{"ok":true},{"ok":true},{"ok":true}],"delete":[]}"#, &["unknown undecodable: cannot match positions to items: the response has 3 elements in `create` for 2 items"; 3]),
        ],
    )
    .await;
}
