//! The requests that a declaration and its arguments make.

use bulk_endpoint::testing::{Fake, Script};
use bulk_endpoint::transport::{Request, TransportErrorKind};
use bulk_endpoint::{BuildError, Bulk, Client, ClientBuilder, NotAttempted, Outcome, bulk_api};
use serde_json::{Value, json};

use crate::support::{Id, Patch, Seen, Shapes, ShapesClient, all_done, ids, scripted, scripted_by, seconds, words};

#[tokio::test(start_paused = true)]
async fn arguments_go_where_the_declaration_says() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |_, request| {
            seen.push(request);
            Script::response(204, "")
        }
    });
    let bulk = client.many_arguments(7, Some(50), &["a b", "c&d"], "trace-1", None, true);
    assert_eq!(words(&bulk.send(ids(1)).await), ["succeeded"]);
    let request = &seen.requests()[0];
    assert_eq!(request.method, "DELETE");
    assert_eq!(request.url.as_str(), "https://api.example.com/base/many/7?mode=all&pageSize=50&tag=a+b&tag=c%26d");
    let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("x-fixed"), Some("yes"));
    assert_eq!(header("x-trace"), Some("trace-1"));
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("authorization"), Some("Bearer s3cret"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, json!({ "ids": ["t0"], "options": { "dryRun": false }, "notifyOwner": true }));
}

#[tokio::test(start_paused = true)]
async fn a_path_parameter_is_one_segment() {
    for (argument, want) in [
        ("org", "/base/orgs/org/lists"),
        ("a/b?c#d", "/base/orgs/a%2Fb%3Fc%23d/lists"),
        ("ü %", "/base/orgs/%C3%BC%20%25/lists"),
        ("...", "/base/orgs/.../lists"),
        ("{orgId}", "/base/orgs/%7BorgId%7D/lists"),
    ] {
        let client = scripted(|_, request| all_done(request));
        let plan = client.lists(argument).plan(ids(1));
        assert_eq!(plan.requests[0].url.path(), want);
    }
}

#[tokio::test(start_paused = true)]
async fn an_argument_that_cannot_be_sent_sends_nothing() {
    for argument in ["", ".", ".."] {
        let client = scripted(|_, _| panic!("nothing is to be sent"));
        let bulk = client.lists(argument);
        let report = bulk.send(ids(7)).await;
        assert_eq!(report.counters().not_attempted, 7);
        assert_eq!(report.requests(), 0);
        let (_, why) = report.not_attempted().next().unwrap();
        assert!(matches!(why, NotAttempted::InvalidArgument(text) if text.contains("orgId")), "{why}");
        assert!(bulk.plan(ids(7)).to_string().starts_with("nothing would be sent"));
    }
    let client = scripted(|_, _| panic!("nothing is to be sent"));
    let report = client.many_arguments(1, None, &[], "line\nsecret", None, true).send(ids(2)).await;
    let (_, why) = report.not_attempted().next().unwrap();
    assert!(matches!(why, NotAttempted::InvalidArgument(text) if text.contains("X-Trace") && !text.contains("secret")));
}

#[tokio::test(start_paused = true)]
async fn caps_hold_on_every_request() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |_, request| {
            seen.push(request);
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let done: Vec<&Value> =
                body["data"]["patches"].as_array().unwrap().iter().map(|patch| &patch["id"]).collect();
            Script::response(200, json!({ "done": done }).to_string())
        }
    });
    let patch = |id: u64, bytes: usize| Patch { id, to: "x".repeat(bytes) };
    // 23 bytes around the items; each item has 16 bytes and its text.
    let patches: Vec<Patch> =
        [10, 10, 20, 40, 44, 45, 60, 1, 1, 1].into_iter().zip(0..).map(|(n, id)| patch(id, n)).collect();
    let plan = client.patches().plan(&patches);
    let report = client.patches().send(&patches).concurrency(1).await;
    for request in seen.requests() {
        assert!(request.body.len() <= 90, "{}", request.body.len());
    }
    assert_eq!(
        plan.requests.iter().map(|request| request.body.clone()).collect::<Vec<_>>(),
        seen.requests().iter().map(|request| request.body.clone()).collect::<Vec<_>>(),
        "the plan is what is sent"
    );
    let too_large: Vec<_> = report.not_attempted().map(|(patch, why)| (patch.id, why.clone())).collect();
    assert_eq!(
        too_large,
        [(5, NotAttempted::TooLarge { bytes: 61, cap: 60 }), (6, NotAttempted::TooLarge { bytes: 76, cap: 60 })]
    );
    assert_eq!(report.counters().succeeded, 8);
    assert_eq!(plan.unsendable.len(), 2);
}

#[test]
fn a_client_says_what_is_wrong_with_its_settings() {
    let fails = |builder: ClientBuilder| builder.build().unwrap_err();
    for (url, says) in [
        ("", "relative URL without a base"),
        ("console.cloud.vmware.com", "relative URL without a base"),
        ("ftp://example.com", "neither http nor https"),
        ("https://", "empty host"),
        ("https://example.com?a=b#c", "a fragment"),
        ("https://user:hunter2@example.com", "user or a password"),
    ] {
        let error = fails(Client::builder(url));
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    for url in [
        "https://u:hunter2@h:99999",
        "//user:hunter2@h",
        "https://user:hunter2@example.com",
        "https://example.com?token=hunter2#x",
        "https://example.com/v1?mail=a@b&token=hunter2#x",
        "https://example.com/#hunter2",
        "example.com?token=hunter2",
        "https://u:hunter2?x@h",
        "https://u:a@hunter2@h:99999",
    ] {
        let builder = Client::builder(url);
        let shown = format!("{builder:?}");
        let error = fails(builder);
        assert!(!format!("{shown} {error} {error:?}").contains("hunter2"), "{error:?}");
    }
    for token in ["", "  ", "\n"] {
        assert!(matches!(fails(Client::builder("https://example.com").bearer(token)), BuildError::EmptyToken));
    }
    let error = fails(Client::builder("https://example.com").bearer("s3cret\n"));
    assert!(matches!(error, BuildError::Token(_)));
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

/// An endpoint whose items are in the query, and a limit of the URL.
#[bulk_api]
pub trait InQuery: Send + Sync {
    #[delete("/in-query?mode=all")]
    #[bulk_endpoint(max = 50, partial = false, max_bytes = 120, items = query("id", csv))]
    fn in_query(&self, #[query] reason: &str) -> Bulk<Id>;
}

#[tokio::test]
async fn query_parameters_of_the_client_are_sent_and_not_shown() {
    let fake = Fake::new().endpoint(InQueryClient::IN_QUERY, |_: &Id| Outcome::succeeded()).start().await.unwrap();
    let builder = Client::builder(format!("{}/?sig=s3cret%2F", fake.url()));
    let client = builder.query("key", "k3y &").query("mode", "k3y").build().unwrap();
    assert_eq!(client.base_url().as_str(), format!("{}/", fake.url()));
    let bulk = InQueryClient::new(client).in_query("gone");
    let report = bulk.send(ids(40)).concurrency(1).await;
    assert_eq!(report.counters().succeeded, 40, "{report}");
    let plan = bulk.plan(ids(40));
    assert_eq!(plan.requests.len(), fake.requests().len());
    for (planned, seen) in std::iter::zip(&plan.requests, fake.requests()) {
        let path = seen.request.path.clone();
        // The parameter of the declaration replaces that of the client.
        let own = planned.url.query().unwrap().strip_suffix("&sig=redacted&key=redacted").unwrap();
        assert_eq!(path, format!("{}?{own}&sig=s3cret%2F&key=k3y+%26", planned.url.path()));
        let url = fake.url().len() + path.len();
        assert!((100..=120).contains(&url) || seen.request.items < 5, "{url} bytes: {path}");
        let shown = format!("{seen:?} {planned:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("k3y"), "{shown}");
        assert!(shown.contains("?mode=all&reason=gone&id=t") && shown.contains("&sig=…&key=…"), "{shown}");
    }
    let attempts: Vec<_> = report.attempts(0).collect();
    let shown = format!("{report} {plan} {bulk:?} {attempts:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("k3y"), "{shown}");

    // Nobody is at this port: the error names the host alone.
    let nobody = Client::builder("http://127.0.0.1:1/v1?sig=s3cret").build().unwrap();
    let report = InQueryClient::new(nobody).in_query("x").send(ids(1)).patience(std::time::Duration::ZERO).await;
    let shown = format!("{report} {report:?}");
    assert!(report.counters().not_attempted == 1 && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn credentials_are_never_shown() {
    let client =
        Client::builder("https://example.com?sig=k3y").bearer("s3cret").header("X-Key", "k3y").query("key", "k3y");
    let shown = format!("{client:?}");
    let client = client.build().unwrap();
    let shapes = ShapesClient::new(client.clone());
    let bulk: Bulk<_, _, _> = shapes.lists("org");
    let plan = bulk.plan(ids(2));
    let shown = format!("{shown} {client:?} {shapes:?} {bulk:?} {plan:?} {plan} {}", plan.requests[0]);
    assert!(!shown.contains("s3cret") && !shown.contains("k3y"), "{shown}");
}

/// A client with these settings, whose requests are seen and succeed.
fn seen(set_up: impl FnOnce(ClientBuilder) -> ClientBuilder) -> (ShapesClient, Seen) {
    let seen = Seen::default();
    let log = seen.clone();
    let script = move |_, request: &Request| {
        log.push(request);
        Script::response(204, "")
    };
    (scripted_by(script, set_up).0, seen)
}

/// What a plan prints is what a transport gets, but for secrets and for what the transport adds.
#[tokio::test(start_paused = true)]
async fn a_planned_request_is_the_one_that_is_sent() {
    let (client, seen) = seen(|builder| {
        builder
            .bearer_with(|| async { Ok::<_, BuildError>("s3cret".into()) })
            .header("X-Key", "k3y")
            .query("sig", "k3y")
    });
    for (name, bulk) in [
        ("arguments", client.many_arguments(7, None, &["x y"], "trace-1", None, true)),
        ("no arguments", client.whole()),
    ] {
        let plan = bulk.plan(ids(2));
        assert!(bulk.send(ids(2)).await.into_result().is_ok(), "{name}");
        let (planned, sent) = (&plan.requests[0], seen.requests().pop().unwrap());
        assert_eq!((&planned.method, &planned.body), (&sent.method, &sent.body), "{name}");
        assert_eq!(sent.url.as_str(), planned.url.as_str().replace("sig=redacted", "sig=k3y"), "{name}");
        let secrets = [("authorization", "Bearer s3cret", "Bearer <redacted>"), ("x-key", "k3y", "<redacted>")];
        let mut headers = sent.headers.clone();
        for (header, sent, shown) in secrets {
            assert_eq!(headers.insert(header, shown.parse().unwrap()).unwrap(), sent, "{name}");
        }
        assert_eq!(planned.headers, headers, "{name}");
        let shown = planned.to_string();
        let (head, body) = shown.split_once("\n\n").unwrap();
        assert_eq!(body.as_bytes(), &sent.body, "{name}");
        let mut lines = head.lines();
        let path = format!("{}?{}", planned.url.path(), planned.url.query().unwrap());
        assert_eq!(lines.next().unwrap(), format!("{} {path} HTTP/1.1", sent.method), "{name}");
        let host = format!("host: {}", sent.url.host_str().unwrap());
        let length = format!("content-length: {}", sent.body.len());
        let mut want: Vec<String> = vec![host, length];
        want.extend(headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())));
        let mut lines: Vec<&str> = lines.collect();
        lines.sort_unstable();
        want.sort_unstable();
        assert_eq!(lines, want, "{name}");
    }
}

/// A key for each batch is in a plan as zeros, and a long body can be cut.
#[test]
fn a_planned_request_has_its_batch_key_and_is_shown_in_part() {
    let client = Client::builder("https://api.example.com:8443/v1").build().unwrap();
    let plan = ShapesClient::new(client).keyed().plan(ids(3));
    let (whole, part) = (plan.requests[0].to_string(), format!("{:.5}", plan.requests[0]));
    assert!(whole.contains("\nhost: api.example.com:8443\n") && !whole.contains("authorization"), "{whole}");
    assert!(whole.contains("\nidempotency-key: 00000000-0000-8000-8000-000000000000\n"), "{whole}");
    let (head, body) = whole.split_once("\n\n").unwrap();
    let more = body.chars().count() - 5;
    assert_eq!(part, format!("{head}\n\n{}… and {more} more characters", &body[..5]));
}

#[tokio::test(start_paused = true)]
async fn a_header_of_the_client_is_in_every_request_and_the_one_of_the_endpoint_replaces_it() {
    let (client, seen) = seen(|builder| {
        let builder = builder.header("X-Key", "k3y").header("X-Tenant", "a").header("X-Tenant", "b");
        builder.header("x-fixed", "of the client").header("X-Trace", "of the client").header("x-trace", "another")
    });
    let report = client.many_arguments(7, None, &[], "trace-1", None, true).send(ids(1)).await;
    assert_eq!(words(&report), ["succeeded"]);
    client.whole().send(ids(1)).await.into_result().unwrap();
    let requests = seen.requests();
    let all = |number: usize, name: &str| -> Vec<&str> {
        requests[number].headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    };
    assert_eq!((all(0, "x-fixed"), all(0, "x-trace")), (vec!["yes"], vec!["trace-1"]));
    assert_eq!((all(1, "x-fixed"), all(1, "x-trace")), (vec!["of the client"], vec!["of the client", "another"]));
    for (number, request) in requests.iter().enumerate() {
        assert_eq!((all(number, "x-key"), all(number, "x-tenant")), (vec!["k3y"], vec!["a", "b"]));
        // What is sensitive is not shown by `Debug`, and HTTP/2 does not keep it in its tables.
        let shown = format!("{:?} {request:?}", request.headers);
        assert!(!shown.contains("k3y") && !shown.contains("of the client"), "{shown}");
    }
    for name in ["X Key", "", "X-Key\n"] {
        let error = Client::builder("https://example.com").header(name, "k3y").build().unwrap_err();
        assert!(matches!(&error, BuildError::Header { name: named } if named == name), "{error:?}");
    }
    for name in ["Content-Length", "transfer-encoding"] {
        let error = Client::builder("https://example.com").header(name, "1").build().unwrap_err();
        assert!(
            matches!(&error, BuildError::TransportHeader { name: named } if named.eq_ignore_ascii_case(name)),
            "{error:?}"
        );
    }
    let error = Client::builder("https://example.com").header("X-Key", "hunter2\n").build().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

/// Items and arguments may be private: a message that shows the URL of a request shows no query.
#[tokio::test(start_paused = true)]
async fn the_query_of_a_request_is_in_no_text_about_its_end() {
    let locations = ["/login?token=hunter2", "https://other.example.com/hunter2"];
    let mut ends: Vec<Script> = locations.map(|to| Script::response(302, "").header("Location", to)).to_vec();
    ends.extend([400, 403, 404, 408, 429, 500, 502].map(|status| Script::response(status, "<html>")));
    ends.extend([TransportErrorKind::NotSent, TransportErrorKind::Timeout].map(|kind| Script::error(kind, "it broke")));
    for end in ends {
        let answer = end.clone();
        let client = scripted(move |_, _| answer.clone());
        let bulk = client.many_arguments(7, None, &["hunter2"], "trace-1", None, true);
        let report = bulk.send(ids(4)).max_attempts(1).patience(seconds(1)).await;
        let shown = format!("{report} {report:?} {:?}", report.rows().collect::<Vec<_>>());
        assert!(!shown.contains("hunter2"), "{shown}");
        let attempts: Vec<String> = report.attempts(0).map(|attempt| attempt.end.to_string()).collect();
        assert!(!attempts.is_empty() && !attempts.concat().contains("hunter2"), "{attempts:?}");
        let error = report.into_result().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_debug_shows_is_what_it_is_about() {
    let shown = Seen::default();
    let log = shown.clone();
    let (client, transport) = scripted_by(
        move |_, request| {
            log.push(request);
            all_done(request)
        },
        |builder| builder.bearer("s3cret").timeout(seconds(7)),
    );
    let bulk = client.lists("org");
    let url = "https://api.example.com/base/orgs/org/lists";
    assert_eq!(format!("{bulk:?}"), format!("Bulk {{ endpoint: \"lists\", url: \"{url}\" }}"));
    let run = bulk.send(ids(2));
    assert_eq!(format!("{run:?}"), format!("Run {{ bulk: {bulk:?}, .. }}"));
    let watch = run.watch();
    let report = run.await;
    let counters = format!("{:?}", report.counters());
    assert!(counters.contains("succeeded: 2"), "{counters}");
    assert_eq!(format!("{watch:?}"), format!("Watch {{ counters: {counters}, .. }}"));
    let whole = format!("{report:?}");
    assert!(whole.starts_with(&format!("Report {{ counters: {counters}, requests: 1, elapsed: ")), "{whole}");
    assert!(whole.contains("stopped: None, source_error: None") && !whole.contains("t0"), "{whole}");
    assert_eq!(format!("{:?}", report.into_result().unwrap()), whole);
    assert_eq!(format!("{transport:?}"), "ScriptedTransport { sent: 1, .. }");
    let request = format!("{:?}", shown.requests()[0]);
    assert_eq!(request, format!("Request {{ method: POST, url: \"{url}\", body_bytes: 19, .. }}"));
    let outcome = futures_util::StreamExt::next(&mut bulk.send(ids(1)).outcomes()).await.unwrap();
    let settled = format!("{outcome:?}");
    assert!(settled.starts_with("Settled { index: 0, item: Id(\"t0\"), outcome: Succeeded("), "{settled}");
    let mock: Bulk<Id> = Bulk::mock(|_| Outcome::succeeded());
    assert_eq!(format!("{mock:?}"), "Bulk(mock)");
    let endpoint = format!("{:?}", ShapesClient::LISTS);
    assert!(endpoint.starts_with("Endpoint(") && endpoint.contains("name: \"lists\""), "{endpoint}");
    let client = Client::builder("https://u:p@example.com/v1").timeout(seconds(7));
    assert_eq!(format!("{client:?}"), "ClientBuilder { base: \"https://…@example.com/v1\", .. }");
    let client = Client::builder("https://example.com/v1").timeout(seconds(7)).build().unwrap();
    assert_eq!(format!("{client:?}"), "Client { base: \"https://example.com/v1\", timeout: 7s, .. }");
}
