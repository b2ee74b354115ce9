//! Flags that say whether to try again, and objects that list items by the code of their failure.

use bulk_endpoint::testing::Script;
use bulk_endpoint::{ApiError, Bulk, BulkReply, ByCode, Index, ItemReply, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{client, meet, said, three, two};

/// SQS: `SenderFault: false` means that the service failed.
#[derive(Deserialize, BulkReply)]
struct Sent {
    #[bulk(succeeded)]
    #[serde(default)]
    successful: Vec<String>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Unsent>,
}

#[derive(Deserialize, ItemReply)]
struct Unsent {
    #[bulk(key)]
    id: String,
    #[bulk(code)]
    code: String,
    #[bulk(retry = false)]
    sender_fault: Option<bool>,
}

/// The flag is inside.
#[derive(Deserialize, ItemReply)]
struct Told {
    #[bulk(key)]
    id: String,
    #[bulk(failed, nested)]
    error: Option<Why>,
}

#[derive(Debug, Deserialize, ItemReply)]
struct Why {
    #[bulk(code)]
    code: String,
    #[bulk(retry)]
    retryable: bool,
}

#[derive(Debug, ApiError)]
enum Refusal {
    #[bulk(on(400, 500))]
    Flagged {
        #[bulk(code)]
        code: String,
        #[bulk(retry)]
        retryable: bool,
    },
    #[bulk(on(409))]
    Nested(Inside),
    #[bulk(on(422))]
    Silent,
}

#[derive(Debug, Deserialize, ApiError)]
struct Inside {
    #[bulk(nested)]
    error: Why,
}

/// `{"skipped": {"not_found": ["t0"], "busy": ["t1", "t2"]}}`
#[derive(Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Skipped {
    #[bulk(failed)]
    skipped: ByCode<String>,
}

/// The whole body, and positions as keys.
#[derive(BulkReply)]
#[bulk(unlisted = succeeded)]
struct Bare(#[bulk(failed)] ByCode<Index<0>>);

#[bulk_api]
trait Flags: Send + Sync {
    #[post("/send")]
    #[bulk_endpoint(max = 5, partial = true, uncertain("Lost"))]
    fn send(&self) -> Bulk<String, Sent, Refusal>;

    #[post("/told")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn told(&self) -> Bulk<String, Vec<Told>, Refusal>;

    #[post("/skip")]
    #[bulk_endpoint(max = 5, partial = true, retry("busy"))]
    fn skip(&self) -> Bulk<String, Skipped, ()>;

    #[post("/bare")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn bare(&self) -> Bulk<String, Bare, ()>;
}

#[tokio::test(start_paused = true)]
async fn an_item_is_tried_again_if_a_flag_says_so() {
    let client_of = |first: serde_json::Value, path: &'static str| {
        FlagsClient::new(client(move |number, request| {
            let sent: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            Script::response(
                200,
                match number {
                    0 => first.to_string(),
                    _ if path == "/send" => json!({ "successful": sent["ids"] }).to_string(),
                    _ => json!([{ "id": sent["ids"][0] }]).to_string(),
                },
            )
        }))
    };
    for (flags, want, requests) in [
        ([json!(false), json!(true)], ["succeeded", "failed Fault"], 2),
        ([json!(null), json!(true)], ["failed Fault", "failed Fault"], 1),
        ([json!(false), json!(false)], ["succeeded", "succeeded"], 2),
    ] {
        let [one, two_] = flags;
        let failed = json!([
            { "id": "t0", "code": "Fault", "sender_fault": one },
            { "id": "t1", "code": "Fault", "sender_fault": two_ },
        ]);
        let report = client_of(json!({ "failed": failed }), "/send").send().send(two()).await;
        assert_eq!((said(&report), report.requests()), (want.map(str::to_owned).to_vec(), requests), "{failed}");
    }
    // A list counts before the flag.
    let lost = json!({ "successful": ["t1"], "failed": [{ "id": "t0", "code": "Lost", "sender_fault": false }] });
    let report = client_of(lost, "/send").send().send(two()).await;
    assert!(said(&report)[0].starts_with("unknown declared"), "{report}");
    let told = json!([
        { "id": "t0", "error": { "code": "Busy", "retryable": true } },
        { "id": "t1", "error": { "code": "Gone", "retryable": false } },
    ]);
    let report = client_of(told, "/told").told().send(two()).await;
    assert_eq!((said(&report), report.requests()), (vec!["succeeded".to_owned(), "failed Gone".to_owned()], 2));
}

#[tokio::test(start_paused = true)]
async fn a_request_is_tried_again_if_a_flag_of_its_error_says_so() {
    for (status, body, requests) in [
        (400, r#"{"code":"Busy","retryable":true}"#, 2),
        (400, r#"{"code":"Busy","retryable":false}"#, 1),
        (409, r#"{"error":{"code":"Busy","retryable":true}}"#, 2),
        (409, r#"{"error":{"code":"Busy","retryable":false}}"#, 1),
        (422, "", 1),
        // What has an unknown result is not refused: the endpoint is not idempotent.
        (500, r#"{"code":"Busy","retryable":true}"#, 1),
    ] {
        let client = client(move |number, _| match number {
            0 => Script::response(status, body),
            _ => Script::response(200, r#"{"successful":["t0","t1"]}"#),
        });
        let report = FlagsClient::new(client).send().send(two()).await;
        assert_eq!(report.requests(), requests, "{status} {body}: {report}");
        assert_eq!(said(&report)[0] == "succeeded", requests == 2, "{status} {body}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn items_by_the_code_of_their_failure() {
    let foreign = "unknown missing: the response does not name it, and the response names \"t9\", which was not sent";
    let bad = "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /skipped/gone: invalid type: string \"t0\", expected a sequence at line 1 column 12";
    meet(
        |client| FlagsClient::new(client).skip(),
        three,
        &[
            (200, r#"{"skipped":{"gone":["t0"],"denied":["t2"]}}"#, &["failed gone", "succeeded", "failed denied"]),
            (200, r#"{"skipped":{"gone":["t0","t1"],"denied":[]}}"#, &["failed gone", "failed gone", "succeeded"]),
            (200, r#"{"skipped":{}}"#, &["succeeded"; 3]),
            (
                200,
                r#"{"skipped":{"gone":["t0"],"busy":["t1"]}}"#,
                &["failed gone", "unprocessed busy: returned as unprocessed: busy", "succeeded"],
            ),
            // A name that is also a key is a name.
            (200, r#"{"skipped":{"t1":["t0"]}}"#, &["failed t1", "succeeded", "succeeded"]),
            (200, r#"{"skipped":{"gone":["t0","t9"]}}"#, &["failed gone", foreign, foreign]),
            (200, r#"{"skipped":{"gone":"t0"}}"#, &[bad; 3]),
        ],
    )
    .await;
    meet(
        |client| FlagsClient::new(client).bare(),
        three,
        &[(200, r#"{"gone":[0],"denied":[2]}"#, &["failed gone", "succeeded", "failed denied"])],
    )
    .await;
}
