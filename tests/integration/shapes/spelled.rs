//! Numbers that vendors spell in two ways, and keys and codes that are inside a field.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, HttpStatus, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};

use super::{meet, texts};

/// `0` is done, as in many vendors' result codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Status)]
#[repr(i16)]
enum ResultCode {
    #[bulk(succeeded)]
    Done = 0,
    #[bulk(pending)]
    Waiting = 7,
    #[bulk(failed)]
    Gone = -1,
    #[serde(other)]
    Other = i16::MAX,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Numbered {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    code: ResultCode,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Spelled {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: Option<HttpStatus>,
}

/// proto3 JSON: 64-bit integers are strings.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
#[serde(rename_all = "camelCase")]
struct Counted {
    #[bulk(failed)]
    failures: Vec<String>,
    #[bulk(count(failed))]
    failure_count: u64,
    #[bulk(count(succeeded))]
    done_count: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, BulkItem, ItemReply)]
struct User {
    #[bulk(key)]
    id: String,
}

/// The key of the item, and of the element, is inside a field.
#[derive(Debug, Clone, Serialize, Deserialize, BulkItem, ItemReply)]
struct Member {
    #[bulk(key, nested)]
    user: User,
    #[bulk(status)]
    #[serde(skip_serializing)]
    ok: bool,
}

/// An error with a code of its own beside one inside.
#[derive(Debug, Deserialize, Serialize, ApiError)]
struct Problem {
    #[bulk(code)]
    code: Option<String>,
    #[bulk(nested)]
    cause: Option<Cause>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Cause {
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    message: String,
}

/// The names of the fields of all variants are in camel case.
#[derive(Debug, Serialize, ApiError)]
#[serde(rename_all_fields = "camelCase")]
enum ByStatus {
    #[bulk(on(400))]
    Invalid {
        #[bulk(code)]
        error_code: String,
    },
    #[bulk(on(409))]
    #[serde(rename_all = "UPPERCASE")]
    Taken {
        #[bulk(code)]
        code: String,
    },
}

#[bulk_api]
trait Numbers: Send + Sync {
    #[post("/numbered")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn numbered(&self) -> Bulk<String, Vec<Numbered>>;

    #[post("/spelled")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn spelled(&self) -> Bulk<String, Vec<Spelled>>;

    #[post("/counted")]
    #[bulk_endpoint(max = 10, partial = true)]
    fn counted(&self) -> Bulk<String, Counted>;

    #[post("/members")]
    #[bulk_endpoint(max = 10, partial = true, items = "members")]
    fn members(&self) -> Bulk<Member, Vec<Member>, Problem>;

    #[post("/by-status")]
    #[bulk_endpoint(max = 10, partial = false)]
    fn by_status(&self) -> Bulk<String, (), ByStatus>;
}

const NO_VERDICT: &str = "unknown bad_element: the response body does not match the declared type: at /1: the element does not say whether its item succeeded";
const NO_STATUS: &str = "unknown bad_element: the response body does not match the declared type: at /0: invalid value: string \"ok\", expected a whole number, or a string with one at line 1 column 24";
const OTHER_COUNT: &str = "unknown missing: the response does not name it, and the response body does not match the declared type: at /failureCount: the count is 1, but the entries add up to 0";

#[tokio::test(start_paused = true)]
async fn a_status_that_is_a_number_is_read_from_numbers_and_digits() {
    meet(
        |client| NumbersClient::new(client).numbered(),
        || texts(2),
        &[
            (200, r#"[{"id":"t0","code":0},{"id":"t1","code":-1}]"#, &["succeeded", "failed -1"]),
            (200, r#"[{"id":"t0","code":"0"},{"id":"t1","code":"-1"}]"#, &["succeeded", "failed -1"]),
            (200, r#"[{"id":"t0","code":0},{"id":"t1","code":4}]"#, &["succeeded", NO_VERDICT]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_status_in_text_is_an_http_status() {
    meet(
        |client| NumbersClient::new(client).spelled(),
        || texts(2),
        &[
            (200, r#"[{"id":"t0","status":"201"},{"id":"t1","status":404}]"#, &["succeeded", "failed"]),
            (200, r#"[{"id":"t0","status":"ok"},{"id":"t1","status":"404"}]"#, &[NO_STATUS, "failed"]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_count_in_text_is_compared() {
    meet(
        |client| NumbersClient::new(client).counted(),
        || texts(2),
        &[
            (200, r#"{"failures":["t1"],"failureCount":"1","doneCount":"1"}"#, &["succeeded", "failed failures"]),
            (200, r#"{"failures":[],"failureCount":"0"}"#, &["succeeded", "succeeded"]),
            (200, r#"{"failures":[],"failureCount":0,"doneCount":2}"#, &["succeeded", "succeeded"]),
            (200, r#"{"failures":[],"failureCount":"1"}"#, &[OTHER_COUNT; 2]),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_key_inside_a_field_joins() {
    let member = |id: &str| Member { user: User { id: id.to_owned() }, ok: true };
    meet(
        |client| NumbersClient::new(client).members(),
        || vec![member("a"), member("b")],
        &[
            (200, r#"[{"user":{"id":"b"},"ok":false},{"user":{"id":"a"},"ok":true}]"#, &["succeeded", "failed"]),
            // The error's own code comes first, its cause after it.
            (
                400,
                r#"{"code":"OUTER","cause":{"code":"INNER","message":"why"}}"#,
                &["refused 400 OUTER: the request was refused with 400: why"; 2],
            ),
            (
                400,
                r#"{"cause":{"code":"INNER","message":"why"}}"#,
                &["refused 400 INNER: the request was refused with 400: why"; 2],
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_fields_of_all_variants_are_renamed() {
    meet(
        |client| NumbersClient::new(client).by_status(),
        || texts(1),
        &[
            (
                400,
                r#"{"errorCode":"E1"}"#,
                &[r#"refused 400 E1: the request was refused with 400: {"errorCode":"E1"}"#],
            ),
            (409, r#"{"CODE":"E2"}"#, &[r#"refused 409 E2: the request was refused with 409: {"CODE":"E2"}"#]),
        ],
    )
    .await;
}
