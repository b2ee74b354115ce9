//! Jobs whose handle is a path or a URL, in a header or in the body: `poll = "{job}"`.

use std::sync::{Arc, Mutex};

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::{Bulk, BulkReply, Client, ItemReply, Report, Status, TokioClock, bulk_api};
use http::header::AUTHORIZATION;
use serde::Deserialize;

use crate::support::{doubts, words};

/// Azure: `202` with `Operation-Location` and no body; a poll has the state and the results.
#[derive(Deserialize, BulkReply)]
struct Operation {
    #[bulk(job, header = "Operation-Location")]
    #[serde(skip)]
    location: Option<String>,
    #[bulk(status)]
    status: Option<State>,
    #[bulk(results)]
    #[serde(default)]
    results: Vec<Done>,
}

#[derive(Deserialize, Status)]
#[serde(rename_all = "camelCase")]
enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Succeeded,
}

#[derive(Deserialize, ItemReply)]
struct Done {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    ok: bool,
}

/// The URL is in the body.
#[derive(Deserialize, BulkReply)]
struct Linked {
    #[bulk(job)]
    status_url: Option<String>,
    #[bulk(results)]
    #[serde(default)]
    results: Vec<Done>,
}

#[bulk_api]
trait Operations {
    #[post("/v1/items:batch")]
    #[bulk_endpoint(max = 5, partial = true, poll = "{job}")]
    fn start(&self) -> Bulk<String, Operation>;

    #[post("/v1/items/link")]
    #[bulk_endpoint(max = 5, partial = true, poll = "{job}")]
    fn linked(&self) -> Bulk<String, Linked>;
}

type Sent = Arc<Mutex<Vec<(String, String, bool)>>>;

/// A client, and the requests that it sends: method, URL, and whether they have the credential.
fn client(script: impl Fn(usize) -> Script + Send + Sync + 'static) -> (OperationsClient, Sent) {
    let sent = Sent::default();
    let (clock, seen) = (TokioClock::new(), sent.clone());
    let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
        let has_token = request.headers.contains_key(AUTHORIZATION);
        seen.lock().unwrap().push((request.method.to_string(), request.url.to_string(), has_token));
        script(number)
    });
    let builder = Client::builder("https://api.example.com/eu").bearer("secret").transport(transport).clock(clock);
    (OperationsClient::new(builder.build().unwrap()), sent)
}

fn results() -> Script {
    Script::response(200, r#"{"status":"succeeded","results":[{"id":"t0","ok":true},{"id":"t1","ok":true}]}"#)
}

async fn start(location: &'static str) -> (Report<String, Operation, ()>, Vec<(String, String, bool)>) {
    let (client, sent) = client(move |number| match number {
        0 => Script::response(202, "").header("operation-location", location),
        1 => Script::response(200, r#"{"status":"running"}"#).header("operation-location", location),
        _ => results(),
    });
    let report = client.start().send(["t0", "t1"].map(str::to_owned)).await;
    let sent = sent.lock().unwrap().clone();
    (report, sent)
}

#[tokio::test(start_paused = true)]
async fn a_location_is_polled_at_its_own_origin() {
    for (location, url) in [
        ("/operations/7?api-version=3", "https://api.example.com/operations/7?api-version=3"),
        ("https://api.example.com/operations/7", "https://api.example.com/operations/7"),
        ("https://API.example.com:443/operations/7#part", "https://api.example.com/operations/7"),
        ("../operations/a%2Fb", "https://api.example.com/eu/operations/a%2Fb"),
        ("?operation=7", "https://api.example.com/eu/v1/items:batch?operation=7"),
    ] {
        let (report, sent) = start(location).await;
        assert_eq!(words(&report), ["succeeded"; 2], "{location}: {report}");
        let poll = ("GET".to_owned(), url.to_owned(), true);
        assert_eq!(sent[1..], [poll.clone(), poll], "{location}");
        let first = report.responses().next().and_then(|response| response.first.as_ref()).expect("the first response");
        assert_eq!(first.job.as_deref(), Some(location));
        assert_eq!(first.body().and_then(|body| body.location.as_deref()), Some(location));
    }
}

#[tokio::test(start_paused = true)]
async fn another_origin_is_refused_and_never_gets_the_credential() {
    for (location, found) in [
        ("https://evil.example.com/operations/7", "https://evil.example.com"),
        ("http://api.example.com/operations/7", "http://api.example.com"),
        ("https://api.example.com:8443/operations/7", "https://api.example.com:8443"),
        ("//evil.example.com/operations/7", "https://evil.example.com"),
        ("\\\\evil.example.com/operations/7", "https://evil.example.com"),
        ("https://api.example.com@evil.example.com/", "one with a user name"),
        ("https://user:pass@api.example.com/operations/7", "one with a user name"),
        ("javascript:alert(1)", "null"),
    ] {
        let (report, sent) = start(location).await;
        assert_eq!(sent.len(), 1, "{location}: {sent:?}");
        assert_eq!(words(&report), ["unknown pending"; 2], "{location}");
        let why = format!(
            "expected the job at https://api.example.com, where its items were sent, found {found}: it was not requested, so that no credential leaves the host"
        );
        assert!(doubts(&report)[0].1.contains(&why), "{location}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_url_in_the_body_is_polled_too() {
    let (client, sent) = client(|number| match number {
        0 => Script::response(200, r#"{"status_url":"https://api.example.com/status/7"}"#),
        _ => results(),
    });
    let report = client.linked().send(["t0", "t1"].map(str::to_owned)).await;
    assert_eq!(words(&report), ["succeeded"; 2], "{report}");
    assert_eq!(sent.lock().unwrap()[1].1, "https://api.example.com/status/7");
}

/// Without the header, an empty 202 says nothing.
#[tokio::test(start_paused = true)]
async fn an_empty_response_without_a_location_names_no_job() {
    let (client, sent) = client(|_| Script::response(202, ""));
    let report = client.start().send(["t0".to_owned()]).await;
    assert_eq!(words(&report), ["unknown missing"], "{report}");
    assert_eq!(sent.lock().unwrap().len(), 1);
}
