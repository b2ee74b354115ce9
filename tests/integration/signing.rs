//! Signed requests: what the function of the caller sees, and what becomes of requests that it cannot sign.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bulk_endpoint::testing::Script;
use bulk_endpoint::transport::Request;
use bulk_endpoint::{Bulk, BulkReply, Client, ClientBuilder, NotAttempted, SigningRequest, TokioClock, bulk_api};
use bulk_endpoint::{Outcome, testing::ScriptedTransport};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::json;

use crate::support::{Id, Seen, Shapes, State, all_done, ids, scripted_by, seconds, sent_ids};

/// A job without a result of each item.
#[derive(Debug, Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
pub struct Job {
    #[bulk(job)]
    pub id: String,
    #[bulk(status)]
    pub state: State,
}

#[bulk_api]
pub trait Jobs: Send + Sync {
    #[post("/jobs")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 3, partial = false, idempotent = true, compress = gzip, poll = post("/jobs/check", "/id"))]
    fn start(&self) -> Bulk<Id, Job>;
}

type Signed = Arc<Mutex<Vec<SigningRequest>>>;

/// Signs with the number of the signature, and keeps what was signed.
fn numbering(signed: &Signed) -> impl FnOnce(ClientBuilder) -> ClientBuilder {
    let signed = signed.clone();
    move |builder| {
        builder.bearer("replaced").header("X-Client", "c").query("key", "s3cret").sign(
            move |request: SigningRequest| {
                let number = {
                    let mut signed = signed.lock().unwrap();
                    signed.push(request);
                    signed.len()
                };
                async move {
                    tokio::time::sleep(seconds(1)).await;
                    let mut headers = HeaderMap::new();
                    headers.insert("authorization", format!("Signature {number}").parse()?);
                    Ok::<_, http::header::InvalidHeaderValue>(headers)
                }
            },
        )
    }
}

/// Checks that requests were sent as they were signed.
fn check_signed(signed: &Signed, seen: &Seen) {
    let (signed, seen) = (signed.lock().unwrap(), seen.requests());
    assert_eq!(signed.len(), seen.len());
    for (number, (signed, seen)) in std::iter::zip(&*signed, &seen).enumerate() {
        assert_eq!((&signed.method, &signed.url, &signed.body), (&seen.method, &seen.url, &seen.body));
        let signatures: Vec<_> = seen.headers.get_all("authorization").iter().collect();
        assert_eq!(signatures, [&format!("Signature {}", number + 1)], "it replaces the bearer token");
        let mut rest = seen.headers.clone();
        rest.insert("authorization", signed.headers["authorization"].clone());
        assert_eq!(signed.headers, rest, "all other headers were signed");
        assert!(seen.url.query().unwrap().contains("key=s3cret"), "{}", seen.url);
        assert!(!format!("{signed:?} {seen:?}").contains("s3cret"));
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_as_it_is_sent() {
    let (signed, seen) = (Signed::default(), Seen::default());
    let log = seen.clone();
    let (client, _) = scripted_by(
        move |number, request| {
            log.push(request);
            if number == 0 { Script::response(500, "") } else { all_done(request) }
        },
        numbering(&signed),
    );
    let report = client.keyed().send(ids(5)).concurrency(1).await;
    assert_eq!((report.counters().succeeded, report.requests()), (5, 3), "{report}");
    check_signed(&signed, &seen);
    let requests = seen.requests();
    // The second request is another batch.
    assert_eq!(requests[0].body, requests[2].body, "a retry");
    assert_eq!(requests[0].headers["idempotency-key"], requests[2].headers["idempotency-key"]);
    assert!(requests[0].headers["authorization"].is_sensitive());
}

#[tokio::test(start_paused = true)]
async fn polls_and_compressed_bodies_are_signed() {
    let (signed, seen, clock) = (Signed::default(), Seen::default(), TokioClock::new());
    let log = seen.clone();
    let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
        log.push(request);
        let state = if number < 2 { "running" } else { "done" };
        Script::response(200, json!({"id": "7", "state": state}).to_string())
    });
    let builder = Client::builder("https://example.com").transport(transport).clock(clock);
    let client = JobsClient::new(numbering(&signed)(builder).build().unwrap());
    let report = client.start().send(ids(3)).await;
    assert_eq!((report.counters().succeeded, seen.requests().len()), (3, 3), "{report}");
    check_signed(&signed, &seen);
    let requests = seen.requests();
    assert_eq!(requests[0].headers["content-encoding"], "gzip");
    assert_eq!(requests[0].body[..2], [0x1f, 0x8b], "the signature is of the compressed body");
    assert_eq!((&requests[1].body[..], requests[1].headers.get("content-encoding")), (&br#"{"id":"7"}"#[..], None));
    assert_eq!(requests[1].url.as_str(), "https://example.com/jobs/check?key=s3cret");
}

/// A client whose signatures fail for the requests whose number `fails` returns a way for.
fn failing(
    script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static,
    fails: impl Fn(usize) -> Option<&'static str> + Send + Sync + 'static,
) -> (crate::support::ShapesClient, ScriptedTransport) {
    let signed = AtomicUsize::new(0);
    scripted_by(script, move |builder| {
        builder.timeout(seconds(5)).sign(move |_| {
            let how = fails(signed.fetch_add(1, Ordering::SeqCst));
            assert_ne!(how, Some("panic"), "the test asked for it");
            async move {
                match how {
                    Some("late") => std::future::pending().await,
                    Some("panic later") => panic!("the test asked for it"),
                    Some(why) => Err(why.to_owned()),
                    None => Ok(HeaderMap::new()),
                }
            }
        })
    })
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_signed_is_not_sent_and_the_run_goes_on() {
    let how = |number| [Some("no\nkey"), Some("panic"), None, Some("panic later"), Some("late"), None].get(number);
    let (client, transport) = failing(|_, request| all_done(request), move |number| how(number).copied().flatten());
    let report = client.lists("org").send(ids(16)).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 4, "{report}");
    assert_eq!(transport.sent(), 2, "the others never left");
    let reasons: Vec<String> = report.not_attempted().map(|(_, why)| why.to_string()).collect();
    let whys = ["no key", "the function panicked", "the function panicked", "it took longer than 5s"];
    let want: Vec<String> =
        whys.iter().flat_map(|why| vec![format!("not sent: the request could not be signed: {why}"); 3]).collect();
    assert_eq!(reasons, want);
    assert!(report.not_attempted().all(|(_, why)| matches!(why, NotAttempted::Unsigned(_))));
    assert!(report.stopped().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_cannot_be_signed_leaves_the_result_unknown() {
    let (client, transport) =
        failing(|_, _| Script::response(500, ""), |number| (number > 0).then_some("the key has expired"));
    let report = client.idempotent().send(ids(2)).await;
    assert_eq!((report.counters().unknown, transport.sent()), (2, 1), "{report}");
}

#[tokio::test(start_paused = true)]
async fn what_is_being_signed_when_the_run_ends_was_never_sent() {
    let (client, transport) = failing(
        |_, request| Script::response(200, json!({"successes": sent_ids(request)}).to_string()).after(seconds(60)),
        |number| (number == 1).then_some("late"),
    );
    let run = client.lists("org").send(ids(6)).concurrency(2).attempt_timeout(seconds(50)).run_timeout(seconds(3));
    let report = run.await;
    let words: Vec<&str> = report.iter().map(|(_, outcome)| outcome.kind().as_str()).collect();
    assert_eq!(words, ["unknown", "unknown", "unknown", "not_attempted", "not_attempted", "not_attempted"], "{report}");
    assert!(report.iter().skip(3).all(|(_, outcome)| matches!(outcome, Outcome::NotAttempted(NotAttempted::Deadline))));
    assert_eq!(transport.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_cannot_be_signed_is_tried_again() {
    let (signed, clock) = (AtomicUsize::new(0), TokioClock::new());
    let transport = ScriptedTransport::new(clock.clone(), |number, _| {
        let state = if number == 0 { "running" } else { "done" };
        Script::response(200, json!({"id": "7", "state": state}).to_string())
    });
    let builder = Client::builder("https://example.com").transport(transport.clone()).clock(clock);
    let builder = builder.sign(move |_| {
        let number = signed.fetch_add(1, Ordering::SeqCst);
        async move { if number == 1 { Err("not now") } else { Ok(HeaderMap::new()) } }
    });
    let report = JobsClient::new(builder.build().unwrap()).start().send(ids(1)).await;
    assert_eq!((report.counters().succeeded, transport.sent()), (1, 2), "{report}");
}
