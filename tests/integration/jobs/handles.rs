//! How a response names a job, and where a poll carries the handle of the job.

use std::sync::{Arc, Mutex};

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::{Request, TransportErrorKind};
use bulk_endpoint::{Bulk, BulkReply, Client, TokioClock, bulk_api};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Asked, Jobs, Vendor, script, send};
use crate::support::{Error, Id, Seen, Told, doubts, ids, seconds, words};

/// Each response names the next page of the results.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
struct Page {
    #[bulk(next_job)]
    next: Option<String>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Id>,
}

#[bulk_api]
trait Pages {
    #[post("/start")]
    #[bulk_endpoint(max = 3, partial = true, poll = "/pages/{job}")]
    fn pages(&self) -> Bulk<Id, Page, Error>;
}

#[tokio::test(start_paused = true)]
async fn a_handle_moves_where_the_declaration_says_so() {
    let (clock, seen) = (TokioClock::new(), Seen::default());
    let log = seen.clone();
    let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
        log.push(request);
        match request.url.path() {
            "/start" => script(202, &json!({"next": "p1"})),
            "/pages/p1" => script(200, &json!({"next": "p2", "done": ["t0"]})),
            "/pages/p2" => script(200, &json!({"next": "p3", "done": ["t2"]})),
            _ => script(200, &json!({"next": null, "done": ["t1"]})),
        }
    });
    let client = Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap();
    let report = PagesClient::new(client).pages().send(ids(3)).await;
    assert_eq!(words(&report), ["succeeded"; 3], "{report}");
    let paths: Vec<String> = seen.requests().iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(paths, ["/start", "/pages/p1", "/pages/p2", "/pages/p3"]);
}

/// Only what failed is listed, and each page says that the job is done.
#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct FailuresPage {
    #[bulk(next_job)]
    next: Option<String>,
    #[bulk(status)]
    #[serde(default)]
    state: Option<PageState>,
    #[bulk(failed)]
    failed: Vec<Id>,
}

#[derive(Debug, Deserialize, Serialize, bulk_endpoint::Status)]
#[serde(rename_all = "lowercase")]
enum PageState {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
}

#[bulk_api]
trait FailuresPages {
    #[post("/start")]
    #[bulk_endpoint(max = 4, partial = true, poll = "/pages/{job}")]
    fn failures(&self) -> Bulk<Id, FailuresPage, Error>;
}

#[tokio::test(start_paused = true)]
async fn every_page_is_asked_for_although_the_first_says_that_the_job_is_done() {
    let (clock, seen) = (TokioClock::new(), Seen::default());
    let log = seen.clone();
    let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
        log.push(request);
        match request.url.path() {
            "/start" => script(202, &json!({"next": "p1", "failed": ["t3"]})),
            "/pages/p1" => script(200, &json!({"next": "p2", "state": "done", "failed": ["t0"]})),
            // The last one names the place where it was asked for.
            _ => script(200, &json!({"next": "p2", "state": "done", "failed": ["t2"]})),
        }
    });
    let client = Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap();
    let report = FailuresPagesClient::new(client).failures().send(ids(4)).await;
    assert_eq!(words(&report), ["failed", "succeeded", "failed", "failed"], "{report}");
    assert_eq!(seen.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_result_of_another_job_is_not_used() {
    for other in [
        json!({"id": "other", "state": "done", "done": ["t0", "t1"]}),
        json!({"id": "other", "state": "failed", "code": "Denied"}),
        json!({"id": "other", "state": "running"}),
        json!({"id": "other", "state": "running", "done": ["t0"]}),
    ] {
        let vendor = Vendor::default();
        let odd = other.clone();
        let client = vendor.client(move |_| script(200, &odd));
        for bulk in [client.start("l"), client.whole()] {
            let report = send(bulk.send(ids(2)), 2).await;
            assert_eq!(words(&report), ["unknown pending"; 2], "{other}: {report}");
            let detail = &doubts(&report)[0].1;
            assert!(detail.contains("expected the job \"j") && detail.contains("found \"other\""), "{detail}");
        }
        // The job that was polled is asked about again, and no other.
        assert!(vendor.log().iter().all(|(_, line)| !line.contains("other")), "{:?}", vendor.log());
        let vendor = Vendor::default();
        let odd = other.clone();
        let client = vendor.client(move |job| if job.before == 0 { script(200, &odd) } else { job.done() });
        let report = send(client.start("l").send(ids(2)), 2).await;
        assert_eq!(words(&report), ["succeeded"; 2], "{other}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_the_same_in_another_json_type_and_a_handle_may_be_any_text() {
    // The same handle, as a number at first and as a text later.
    let vendor = Vendor::default();
    let client = vendor.client(|job| script(200, &json!({"id": job.handle, "state": "done", "done": job.ids})));
    assert_eq!(words(&send(client.start("l").send(ids(2)), 2).await), ["succeeded"; 2]);

    let odd = "a/b?c=é..";
    let vendor = Vendor::default();
    vendor.0.lock().unwrap().jobs.insert("a%2Fb%3Fc%3D%C3%A9..".to_owned(), (vec!["t0".to_owned()], 0));
    let client = vendor.client_by(
        move |_, _| Some(script(202, &json!({"id": odd, "state": "running"}))),
        Asked::done,
        |builder| builder,
    );
    let report = send(client.start("l").send(ids(1)), 1).await;
    assert_eq!(words(&report), ["succeeded"], "{:?}", vendor.log());
    // In a body the handle is unchanged; in a path, `..` would be another path.
    let vendor = Vendor::default();
    vendor.0.lock().unwrap().jobs.insert(odd.to_owned(), (vec!["t0".to_owned()], 0));
    let starts = move |handle: &'static str| {
        vendor.client_by(
            move |_, _| Some(script(202, &json!({"id": handle, "state": "running"}))),
            Asked::done,
            |builder| builder,
        )
    };
    assert_eq!(words(&send(starts(odd).whole().send(ids(1)), 1).await), ["succeeded"]);
    assert_eq!(words(&send(starts("..").start("l").send(ids(1)), 1).await), ["unknown pending"]);
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
struct Numbered {
    #[bulk(job)]
    id: Option<u64>,
    #[bulk(succeeded)]
    #[serde(default)]
    done: Vec<Id>,
}

#[bulk_api]
trait InBodies {
    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = post("/check", "/a~1b/~0id"))]
    fn named(&self) -> Bulk<Id, Told, Error>;

    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = post("/check", "/jobs/0/id"))]
    fn numbered(&self) -> Bulk<Id, Numbered, Error>;

    #[post("/start")]
    #[bulk_endpoint(max = 2, partial = true, poll = "/jobs/{job}")]
    fn numbered_in_path(&self) -> Bulk<Id, Numbered, Error>;
}

#[tokio::test(start_paused = true)]
async fn a_handle_stands_in_a_body_where_the_pointer_says_and_as_the_answer_had_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let client = |handle: Value| {
        let (clock, seen) = (TokioClock::new(), seen.clone());
        let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
            if request.url.path() == "/start" {
                return script(202, &json!({"id": handle, "state": "running"}));
            }
            let body = String::from_utf8(request.body.to_vec()).unwrap();
            seen.lock().unwrap().push(format!("{}{body}", request.url.path()));
            script(200, &json!({"state": "done", "done": ["t0"]}))
        });
        InBodiesClient::new(
            Client::builder("https://api.example.com").transport(transport).clock(clock).build().unwrap(),
        )
    };
    assert_eq!(words(&client(json!("42")).named().send(ids(1)).await), ["succeeded"]);
    assert_eq!(words(&client(json!(42)).numbered().send(ids(1)).await), ["succeeded"]);
    assert_eq!(words(&client(json!(42)).numbered_in_path().send(ids(1)).await), ["succeeded"]);
    let asked = [r#"/check{"a/b":{"~id":"42"}}"#, r#"/check{"jobs":[{"id":42}]}"#, "/jobs/42"];
    assert_eq!(*seen.lock().unwrap(), asked);
}

#[bulk_api]
trait Imports {
    #[post("/lists/{list}/import")]
    #[header("X-Kind", "bulk")]
    #[bulk_endpoint(max = 2, partial = true, items = ndjson, poll = "/lists/{list}/jobs/{job}?full=1")]
    fn import(&self, list: &str) -> Bulk<Id, Told, Error>;
}

#[tokio::test(start_paused = true)]
async fn a_poll_has_the_path_of_its_method_and_no_content_type_without_a_body() {
    let (clock, seen) = (TokioClock::new(), Seen::default());
    let log = seen.clone();
    let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
        log.push(request);
        match number {
            0 => script(202, &json!({"id": "j/0", "state": "running"})),
            _ => script(200, &json!({"id": "j/0", "state": "done", "done": ["t0"]})),
        }
    });
    let client = Client::builder("https://api.example.com/v1").transport(transport).clock(clock).build().unwrap();
    let report = ImportsClient::new(client).import("a b/c").send(ids(1)).await;
    assert_eq!(words(&report), ["succeeded"], "{report}");
    let requests = seen.requests();
    let [import, poll] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((import.method.as_str(), import.url.path()), ("POST", "/v1/lists/a%20b%2Fc/import"));
    assert_eq!(import.headers["content-type"], "application/x-ndjson");
    assert_eq!(poll.method.as_str(), "GET");
    assert_eq!(poll.url.as_str(), "https://api.example.com/v1/lists/a%20b%2Fc/jobs/j%2F0?full=1");
    assert_eq!((poll.body.len(), poll.headers.get("content-type")), (0, None));
    assert_eq!(
        (&poll.headers["x-kind"], &poll.headers["accept"]),
        (&import.headers["x-kind"], &import.headers["accept"])
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_be_asked_for_leaves_its_items_unknown() {
    for (body, of) in [
        (json!({"state": "running"}), "has no job handle"),
        (json!({"id": null, "state": "running"}), "has no job handle"),
        (
            json!({"id": 42, "state": "running"}),
            "has no job handle: the response body does not match the declared type: at /id: invalid type",
        ),
    ] {
        let vendor = Vendor::default();
        let answer = body.clone();
        let client = vendor.client_by(move |_, _| Some(script(202, &answer)), Asked::done, |builder| builder);
        let report = send(client.idempotent().send(ids(2)), 2).await;
        assert_eq!(words(&report), ["unknown pending"; 2], "{body}");
        assert!(doubts(&report)[0].1.contains(of), "{body}: {:?}", doubts(&report));
        assert_eq!(vendor.log().len(), 1, "{body}");
    }
}

/// A handle of 70 000 characters is too long for a URL: the next poll would be rejected as well.
#[tokio::test(start_paused = true)]
async fn a_handle_that_makes_no_url_is_told_at_once() {
    let vendor = Vendor::default();
    let client = vendor.client(|_| Script::error(TransportErrorKind::Invalid, "the URL is too long"));
    let report = send(client.idempotent().send(ids(2)), 2).await;
    assert_eq!(words(&report), ["unknown pending"; 2]);
    assert!(doubts(&report)[0].1.contains("the URL is too long"), "{:?}", doubts(&report));
    assert_eq!((vendor.times("start").len(), vendor.times("ask").len(), report.elapsed()), (1, 1, seconds(1)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_a_job_is_asked_about_also_where_it_does_not_fit() {
    // An undeclared state, no state at all, and an incomplete list.
    for begun in [
        json!({"id": "j0", "state": "queued"}),
        json!({"id": "j0"}),
        json!({"id": "j0", "done": ["t0"]}),
        json!({"id": "j0", "done": ["t0"], "failed": 7}),
    ] {
        let vendor = Vendor::default();
        let starts = {
            let begun = begun.clone();
            move |_, _: &Request| Some(script(200, &begun))
        };
        let client = vendor.client_by(starts, Asked::done, |builder| builder);
        let report = send(client.idempotent().send(ids(2)), 2).await;
        assert_eq!(words(&report), ["succeeded"; 2], "{begun}: {report}");
        assert_eq!((vendor.times("start").len(), vendor.times("ask").len()), (1, 1), "{begun}");
        // A status that never changes is not an end: earlier entries count, and no job is started twice.
        let vendor = Vendor::default();
        let starts = {
            let begun = begun.clone();
            move |_, _: &Request| Some(script(200, &begun))
        };
        let again = begun.clone();
        let client = vendor.client_by(starts, move |_| script(200, &again), |builder| builder);
        let report = send(client.idempotent().send(ids(2)), 2).await;
        let first = if begun["done"].is_null() { "unknown pending" } else { "succeeded" };
        assert_eq!(words(&report), [first, "unknown pending"], "{begun}: {report}");
        assert_eq!((vendor.times("start").len(), vendor.times("ask").len()), (1, 5), "{begun}");
    }
}
