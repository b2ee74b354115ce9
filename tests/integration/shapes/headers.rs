//! Roles in headers: codes, messages, request ids, delays.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::testing::Script;
use bulk_endpoint::{ApiError, AwsErrorType, Bulk, BulkReply, ItemReply, Outcome, bulk_api};
use serde::Deserialize;

use super::{client, said, two};

/// AWS with the protocol restJson1: the code is in a header, and the body can be empty.
#[derive(Debug, Deserialize, ApiError)]
struct AwsError {
    #[bulk(code, header = "x-amzn-ErrorType")]
    #[serde(skip)]
    kind: Option<AwsErrorType>,
    #[bulk(request_id, header = "x-vendor-trace")]
    #[serde(skip)]
    trace: Option<String>,
    #[bulk(message)]
    message: Option<String>,
}

/// Datadog and Okta: the time at which requests are accepted again.
#[derive(Debug, ApiError)]
enum Limited {
    #[bulk(on(429))]
    Reset {
        #[bulk(retry_after = epoch, header = "X-Rate-Limit-Reset")]
        #[serde(skip)]
        reset: Option<u64>,
        #[bulk(message)]
        error: String,
    },
    #[bulk(on(400))]
    Aws(AwsError),
    #[bulk(on(409))]
    Discord(Discord),
}

/// Discord: the delay is in the body.
#[derive(Debug, Deserialize, ApiError)]
struct Discord {
    #[bulk(message)]
    message: String,
    #[bulk(retry_after = seconds)]
    retry_after: f64,
}

#[derive(Deserialize, BulkReply)]
struct Written {
    #[bulk(failed)]
    failed: Vec<Busy>,
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(retry_after = milliseconds, header = "x-ms-retry-after-ms")]
    #[serde(skip)]
    wait: Option<u64>,
    #[bulk(message, header = "X-Warning")]
    #[serde(skip)]
    warning: Option<String>,
}

#[derive(Deserialize, ItemReply)]
struct Busy {
    #[bulk(key)]
    id: String,
    #[bulk(code)]
    code: String,
}

#[bulk_api]
trait Headers: Send + Sync {
    #[post("/aws")]
    #[bulk_endpoint(max = 5, partial = false, retry("Busy"))]
    fn aws(&self) -> Bulk<String, (), AwsError>;

    #[post("/limited")]
    #[bulk_endpoint(max = 5, partial = true, retry(409, "Busy"))]
    fn limited(&self) -> Bulk<String, Written, Limited>;
}

#[tokio::test(start_paused = true)]
async fn a_code_in_a_header_needs_no_body() {
    for (body, code, want) in [
        ("", "ns#NotFound:http://x/", "refused 400 NotFound: the request was refused with 400: NotFound (request r-7)"),
        (r#"{"message":"no"}"#, "NotFound", "refused 400 NotFound: the request was refused with 400: no (request r-7)"),
        (
            "<html>",
            "NotFound",
            "refused 400 NotFound: the request was refused with 400: <html>; the error body could not be read: not valid JSON: expected value at line 1 column 1",
        ),
        (r#"{"message":"no"}"#, "", "refused 400: the request was refused with 400: no (request r-7)"),
    ] {
        let answer = Script::response(400, body).header("x-amzn-errortype", code).header("x-vendor-trace", "r-7");
        let report = HeadersClient::new(client(move |_, _| answer.clone())).aws().send(two()).await;
        assert_eq!(said(&report), [want; 2]);
        for (_, outcome) in report.iter() {
            let Outcome::Refused(refusal) = outcome else { panic!("{outcome:?}") };
            let typed = refusal.error.as_ref().and_then(|error| error.kind.as_ref().map(AwsErrorType::code));
            assert_eq!(typed.is_some(), body != "<html>" && !code.is_empty(), "{refusal:?}");
            assert!(body == "<html>" || refusal.request_id.as_deref() == Some("r-7"), "{refusal:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_in_a_header_is_looked_up_in_the_lists() {
    let client = client(|number, _| match number {
        0 => Script::response(400, "").header("x-amzn-errortype", "com.amazonaws#Busy"),
        _ => Script::response(200, ""),
    });
    let report = HeadersClient::new(client).aws().send(two()).await;
    assert_eq!((said(&report), report.requests()), (vec!["succeeded".to_owned(); 2], 2));
}

/// Sends two items. The first response is `first`, all later ones are a success. Returns the time between the first two requests.
async fn delay_after(first: Script) -> Duration {
    let start = tokio::time::Instant::now();
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let client = client(move |number, request| {
        seen.lock().unwrap().push(start.elapsed());
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        match number {
            0 => first.clone(),
            _ => Script::response(200, serde_json::json!({ "done": body["ids"], "failed": [] }).to_string()),
        }
    });
    let report = HeadersClient::new(client).limited().send(two()).await;
    assert_eq!(said(&report), ["succeeded"; 2]);
    let times = times.lock().unwrap();
    times[1] - times[0]
}

#[tokio::test(start_paused = true)]
async fn a_delay_in_a_declared_place_is_not_undercut() {
    // 1994-11-06 08:49:37 is 784111777 s after 1970.
    let dated =
        |status, body: &'static str| Script::response(status, body).header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let busy = r#"{"done":["t0"],"failed":[{"id":"t1","code":"Busy"}]}"#;
    for (first, least, most) in [
        (dated(429, r#"{"error":"slow down"}"#).header("x-rate-limit-reset", "784111817"), 40_000, 60_000),
        // The body need not fit.
        (dated(429, "<html>").header("x-rate-limit-reset", "784111817"), 40_000, 60_000),
        (dated(429, "").header("x-rate-limit-reset", "784111817").header("retry-after", "50"), 50_000, 75_000),
        // Without the header, or in another response, the run chooses.
        (dated(429, ""), 0, 20_000),
        (dated(429, "").header("x-rate-limit-reset", "never"), 0, 20_000),
        (dated(409, r#"{"message":"slow down","retry_after":64.57}"#), 65_000, 90_000),
        (dated(409, r#"{"message":7,"retry_after":64.57}"#), 65_000, 90_000),
        (dated(200, busy).header("x-ms-retry-after-ms", "70000"), 70_000, 100_000),
        (dated(200, busy).header("x-rate-limit-reset", "784115377"), 0, 20_000),
    ] {
        let waited = delay_after(first.clone()).await;
        let (least, most) = (Duration::from_millis(least), Duration::from_millis(most));
        assert!((least..=most).contains(&waited), "{waited:?} after {first:?}");
    }
}

/// The value of a header reaches the caller in its field.
#[tokio::test(start_paused = true)]
async fn a_header_of_a_reply_is_kept() {
    let body = r#"{"done":["t0","t1"],"failed":[]}"#;
    let answer = Script::response(200, body).header("x-warning", "deprecated").header("x-ms-retry-after-ms", "12");
    let report = HeadersClient::new(client(move |_, _| answer.clone())).limited().send(two()).await;
    let kept = report.responses().next().and_then(|response| response.body()).expect("a body");
    assert_eq!((kept.warning.as_deref(), kept.wait), (Some("deprecated"), Some(12)));
}
