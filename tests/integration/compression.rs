//! Compressed requests, over real HTTP and against limits of compressed bytes.

use std::collections::BTreeSet;
use std::io::Read;

use bulk_endpoint::testing::{Fake, FakeServer, Script, ScriptedTransport};
use bulk_endpoint::{Bulk, Client, NotAttempted, Outcome, TokioClock, bulk_api};

use crate::support::{Changed, Error, Failure, Id, Seen, ids};

#[bulk_api]
pub trait Compressed: Send + Sync {
    #[post("/unlimited")]
    #[bulk_endpoint(max = 100, partial = true, max_bytes = 500, compress = gzip)]
    fn plain_limit(&self) -> Bulk<Id, Changed, Error>;

    #[post("/limited?a=b")]
    #[field("/why", "test")]
    #[bulk_endpoint(max = 400, partial = true, max_bytes = compressed(300), compress = gzip)]
    fn limited(&self) -> Bulk<Id, Changed, Error>;

    #[post("/lines")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 3, partial = false, idempotent = true, items = text("\n"), compress = gzip)]
    fn lines(&self) -> Bulk<Id>;
}

async fn start() -> (FakeServer, CompressedClient) {
    let done = |_: &Id| -> Outcome<(), Failure, Error> { Outcome::succeeded() };
    let fake = Fake::new()
        .endpoint(CompressedClient::PLAIN_LIMIT, done)
        .endpoint(CompressedClient::LIMITED, done)
        .start()
        .await
        .unwrap();
    let client = CompressedClient::new(Client::builder(fake.url()).build().unwrap());
    (fake, client)
}

/// A text that does not compress: 32 bits of each hash are 8 characters.
fn noise(seed: u32, length: usize) -> String {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'!' + (state >> 24) as u8 % 90)
    };
    (0..length).map(|_| next()).filter(|c| !matches!(c, '"' | '\\')).collect()
}

#[tokio::test]
async fn bodies_are_compressed_and_the_limit_is_of_what_the_vendor_counts() {
    let (fake, client) = start().await;
    let items = ids(150);
    let report = client.plain_limit().send(&items).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 150, "{report}");
    let plan = client.plain_limit().plan(&items);
    assert_eq!(fake.requests().len(), plan.requests.len());
    for (planned, seen) in std::iter::zip(&plan.requests, fake.requests()) {
        assert_eq!((&planned.body, planned.compressed_bytes), (&seen.request.body, Some(seen.request.sent_bytes)));
        assert_eq!(seen.request.headers["content-encoding"], "gzip");
        assert!(seen.request.body.len() <= 500, "the plain body counts");
        assert!(seen.request.sent_bytes < seen.request.body.len());
    }

    // Ids that compress well, then some that do not, and one that fits into no request.
    let mut items = ids(600);
    items.splice(300..300, (0..40).map(|seed| Id(noise(seed, 60))));
    items.insert(320, Id(noise(99, 400)));
    let (fake, client) = start().await;
    let plan = client.limited().plan(&items);
    let report = client.limited().send(&items).concurrency(1).await;
    assert_eq!((report.counters().succeeded, report.counters().not_attempted), (640, 1), "{report}");
    let (_, why) = report.not_attempted().next().unwrap();
    assert!(matches!(why, NotAttempted::TooLarge { bytes, cap: 300 } if *bytes > 300), "{why}");
    assert_eq!(plan.unsendable, [(320, why.to_string())]);
    let sizes: Vec<(usize, usize)> =
        fake.requests().iter().map(|seen| (seen.request.items, seen.request.sent_bytes)).collect();
    assert!(sizes.iter().all(|(_, bytes)| *bytes <= 300), "{sizes:?}");
    let planned: Vec<(usize, usize)> =
        plan.requests.iter().map(|request| (request.items, request.compressed_bytes.unwrap())).collect();
    assert_eq!(planned, sizes, "a plan is what is sent");
    assert!(sizes.iter().any(|(items, _)| *items >= 60), "well compressed: {sizes:?}");
    assert!(sizes.len() <= 45, "{} requests: {sizes:?}", sizes.len());
    let applied: BTreeSet<String> = fake.applied(CompressedClient::LIMITED).into_iter().map(|id| id.0).collect();
    assert_eq!(applied.len(), 640);
}

#[tokio::test(start_paused = true)]
async fn a_retry_sends_the_same_compressed_bytes() {
    let (seen, clock) = (Seen::default(), TokioClock::new());
    let log = seen.clone();
    let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
        log.push(request);
        Script::response(if number == 0 { 503 } else { 204 }, "")
    });
    let client = Client::builder("https://example.com").transport(transport).clock(clock).build().unwrap();
    let report = CompressedClient::new(client).lines().send(ids(3)).await;
    assert_eq!(report.counters().succeeded, 3, "{report}");
    let [first, second] = &seen.requests()[..] else { panic!("two requests") };
    assert_eq!((&first.body, &first.headers), (&second.body, &second.headers));
    assert_eq!(first.headers["content-type"], "text/plain; charset=utf-8");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&first.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, "t0\nt1\nt2");
}

#[tokio::test]
async fn a_server_of_compressed_requests_takes_no_others() {
    let (fake, _) = start().await;
    let send = async |encoding: Option<&str>, body: &'static [u8]| {
        let request = reqwest::Client::new().post(format!("{}/unlimited", fake.url()));
        let request = request.header("Content-Type", "application/json").body(body);
        let request = encoding.into_iter().fold(request, |request, value| request.header("Content-Encoding", value));
        let status = request.send().await.unwrap().status().as_u16();
        (status, fake.requests().pop().unwrap().complaint.unwrap_or_default())
    };
    let (status, why) = send(None, br#"{"ids":["a"]}"#).await;
    assert_eq!((status, &*why), (415, "expected the content coding `gzip`, found none"));
    let (status, why) = send(Some("br"), b"x").await;
    assert_eq!((status, &*why), (415, "expected the content coding `gzip`, found `br`"));
    let (status, why) = send(Some("gzip"), br#"{"ids":["a"]}"#).await;
    assert_eq!(status, 400);
    assert!(why.starts_with("the body is not gzip"), "{why}");
    assert_eq!(fake.applied_count(), 0);
}
