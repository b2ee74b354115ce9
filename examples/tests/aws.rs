//! Requests to AWS, signed with AWS's own crate (Signature Version 4), and compared with the signatures of its test suite.
//!
//! [`signed_by`] is what a program needs: two dependencies and one function.
#![allow(clippy::unwrap_used, reason = "tests, helpers included")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningError, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::Request;
use bulk_endpoint::{
    ApiError, AssignedId, Bulk, BulkItem, BulkReply, Client, ClientBuilder, ItemReply, SigningRequest, TokioClock,
    bulk_api,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// Signs each request for a service of AWS, at the time that `now` returns (`SystemTime::now` in a program). Temporary credentials are
/// fetched in the function: it is called for each attempt.
fn signed_by(
    builder: ClientBuilder,
    credentials: Credentials,
    region: &'static str,
    service: &'static str,
    now: impl Fn() -> SystemTime + Send + Sync + 'static,
) -> ClientBuilder {
    builder.sign(move |request: SigningRequest| {
        let signed = aws_headers(&request, credentials.clone(), region, service, now());
        async move { signed }
    })
}

fn aws_headers(
    request: &SigningRequest,
    credentials: Credentials,
    region: &str,
    service: &str,
    now: SystemTime,
) -> Result<HeaderMap, SigningError> {
    let identity = credentials.into();
    let builder = v4::SigningParams::builder().identity(&identity).region(region).name(service).time(now);
    let params = builder.settings(SigningSettings::default()).build().expect("all parameters are given").into();
    // Besides `Host`, the content type and AWS's own headers are signed. Others may be changed by proxies.
    let is_signed = |name: &HeaderName| name == "content-type" || name.as_str().starts_with("x-amz-");
    let headers = request.headers.iter().filter(|(name, _)| is_signed(name));
    let headers = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = SignableBody::Bytes(&request.body);
    let signable = SignableRequest::new(request.method.as_str(), request.url.as_str(), headers, body)?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    let (signature, _) = instructions.into_parts();
    let signature = signature.iter().filter_map(|header| {
        let name = HeaderName::from_bytes(header.name().as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(header.value()).ok()?))
    });
    Ok(signature.collect())
}

/// The requests of AWS's test suite, as bulk requests with one item.
#[bulk_api]
trait TestSuite: Send + Sync {
    /// `post-x-www-form-urlencoded`
    #[post("/")]
    #[bulk_endpoint(max = 1, partial = false, idempotent = true, items = form("Param1", repeat))]
    fn form(&self) -> Bulk<String>;

    /// `get-vanilla-empty-query-key`
    #[get("/")]
    #[bulk_endpoint(max = 1, partial = false, items = query("Param1", repeat))]
    fn query(&self) -> Bulk<String>;
}

/// A client whose requests are kept, signed with the credentials of the test suite at its time, plus a minute for each attempt.
fn client() -> (TestSuiteClient, Arc<Mutex<Vec<Request>>>) {
    let (clock, seen) = (TokioClock::new(), Arc::<Mutex<Vec<Request>>>::default());
    let log = seen.clone();
    let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
        log.lock().unwrap().push(request.clone());
        Script::response(if number == 0 { 503 } else { 204 }, "")
    });
    let signed = seen.clone();
    // 2015-08-30T12:36:00Z
    let now = move || {
        let attempts = signed.lock().unwrap().len() as u64;
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160 + 60 * attempts)
    };
    let credentials =
        Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "test suite");
    let builder = Client::builder("https://example.amazonaws.com").transport(transport).clock(clock);
    let builder = signed_by(builder, credentials, "us-east-1", "service", now);
    (TestSuiteClient::new(builder.build().unwrap()), seen)
}

fn authorization(signed_headers: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed_headers}, Signature={signature}"
    )
}

#[tokio::test]
async fn requests_have_the_signatures_of_the_test_suite() {
    let (client, seen) = client();
    let report = client.form().send(["value1".to_owned()]).await;
    assert_eq!(report.counters().succeeded, 1, "{report}");
    let requests = seen.lock().unwrap().clone();
    let signature = |request: &Request| request.headers["authorization"].to_str().unwrap().to_owned();
    assert_eq!(requests[0].body, "Param1=value1");
    assert_eq!(requests[0].headers["x-amz-date"], "20150830T123600Z");
    assert_eq!(
        signature(&requests[0]),
        authorization(
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        )
    );
    // The retry after the 503 is signed for its own time.
    assert_eq!(requests.len(), 2);
    assert_eq!(
        (&requests[1].body, requests[1].headers["x-amz-date"].to_str().unwrap()),
        (&requests[0].body, "20150830T123700Z")
    );
    assert_ne!(signature(&requests[0]), signature(&requests[1]));

    let (client, seen) = self::client();
    let report = client.query().send(["value1".to_owned()]).patience(Duration::ZERO).await;
    assert_eq!(report.requests(), 1, "{report}");
    let request = seen.lock().unwrap()[0].clone();
    assert_eq!(request.url.as_str(), "https://example.amazonaws.com/?Param1=value1");
    assert_eq!(
        signature(&request),
        authorization("host;x-amz-date", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb")
    );
}

#[bulk_api(rename_all = "PascalCase")]
trait Queue: Send + Sync {
    #[post("/")]
    #[header("X-Amz-Target", "AmazonSQS.SendMessageBatch")]
    #[header("Content-Type", "application/x-amz-json-1.0")]
    #[bulk_endpoint(max = 10, partial = true, max_bytes = 1_048_576, items = "Entries")]
    fn send(&self, queue_url: &str) -> Bulk<Message, Sent, QueueError>;
}

#[derive(Serialize, BulkItem)]
#[serde(rename_all = "PascalCase")]
struct Message {
    id: AssignedId,
    message_body: String,
}

#[derive(Deserialize, BulkReply)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    #[bulk(succeeded)]
    #[serde(default)]
    successful: Vec<SentMessage>,
    #[bulk(failed)]
    #[serde(default)]
    failed: Vec<Unsent>,
}

#[derive(Deserialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
struct SentMessage {
    #[bulk(key)]
    id: AssignedId,
    message_id: String,
}

#[derive(Debug, Deserialize, ItemReply)]
#[serde(rename_all = "PascalCase")]
struct Unsent {
    #[bulk(key)]
    id: AssignedId,
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    message: Option<String>,
}

#[derive(Debug, Deserialize, ApiError)]
struct QueueError {
    #[bulk(code)]
    #[serde(rename = "__type")]
    kind: Option<String>,
    #[bulk(message)]
    #[serde(alias = "Message")]
    message: Option<String>,
}

#[tokio::test]
#[ignore = "needs moto's fake of AWS: run `bash examples/tests/moto.sh`"]
async fn a_server_that_checks_signatures_takes_them() {
    let of = |name: &str| std::env::var(name).expect("set by moto.sh");
    let (key_id, secret, queue) = (of("MOTO_KEY_ID"), of("MOTO_SECRET"), of("MOTO_QUEUE"));
    let messages =
        || (0..25).map(|number| Message { id: AssignedId::new(), message_body: format!("message {number}") });
    let send = async |builder: ClientBuilder| {
        QueueClient::new(builder.build().unwrap()).send(&queue).send(messages()).concurrency(2).await
    };
    let signed = |secret: &str| {
        let credentials = Credentials::new(&key_id, secret, None, None, "moto");
        signed_by(Client::builder(of("MOTO_URL")), credentials, "us-east-1", "sqs", SystemTime::now)
    };
    let report = send(signed(&secret)).await;
    assert_eq!((report.counters().succeeded, report.requests()), (25, 3), "{report}");
    assert!(report.succeeded().all(|(_, sent)| sent.body.as_ref().is_some_and(|sent| !sent.message_id.is_empty())));
    let refused = send(signed("another key")).await;
    let (_, refusal) = refused.refused().next().expect("a refusal");
    assert_eq!((refused.counters().succeeded, refusal.status), (0, Some(403)), "{refusal:?}");
    // moto responds to a request without a signature with a 500.
    let unsigned = send(Client::builder(of("MOTO_URL"))).await;
    assert_eq!(unsigned.counters().succeeded, 0, "{unsigned}");
}
