//! What each response means for the items of its request: the class table and the rules of matching, one request for each case.

use bulk_endpoint::{ApiError, Bulk, BulkItem, BulkReply, Client, ClientBuilder, Event, Verified, reply::AsText};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::{Request, TransportErrorKind, TruncatedBody, TruncationKind},
};
use serde_json::json;

use crate::support::{Id, Seen, Shapes, ShapesClient, all_done, doubts, ids, scripted, seconds, sent_ids, words};

/// Returns the outcomes of three ids `t0 t1 t2` after one response, in a run with one attempt.
async fn meet<T, R, E>(answer: Script, bulk: impl Fn(&ShapesClient) -> Bulk<T, R, E>) -> Vec<String>
where
    T: BulkItem + From<Id>,
    R: BulkReply,
    E: ApiError,
{
    let client = scripted(move |_, _| answer.clone());
    words(&bulk(&client).send(ids(3).into_iter().map(T::from)).max_attempts(1).patience(seconds(0)).await)
}

async fn lists(answer: Script) -> Vec<String> {
    meet(answer, |client| client.lists("org")).await
}

fn json_answer(body: &serde_json::Value) -> Script {
    Script::response(200, body.to_string())
}

fn failure(id: &str) -> serde_json::Value {
    json!({ "id": id, "message": "no such token" })
}

#[tokio::test(start_paused = true)]
async fn lines_are_joined_by_key_in_any_order() {
    let body = json!({ "failures": [failure("t1")], "successes": ["t2", "t0"] });
    assert_eq!(lists(json_answer(&body)).await, ["succeeded", "failed", "succeeded"]);
    let body = json!({ "successes": ["t0"], "unprocessed": ["t2"], "failures": [failure("t1")] });
    assert_eq!(lists(json_answer(&body)).await, ["succeeded", "failed", "unprocessed"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_the_same_however_json_spells_it() {
    let body = r#"{ "successes": ["\u0074\u0030", "t1"], "failures": [{"message": "m", "id": "\u00742"}] }"#;
    assert_eq!(lists(Script::response(200, body)).await, ["succeeded", "succeeded", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_does_not_name_is_unknown() {
    for body in [
        json!({ "successes": ["t0"] }),
        json!({ "successes": ["t0"], "failures": null }),
        json!({ "successes": ["t0", "t0"], "failures": [] }),
        json!({ "successes": ["t0"], "more": { "successes": ["t1", "t2"] } }),
    ] {
        assert_eq!(lists(json_answer(&body)).await, ["succeeded", "unknown missing", "unknown missing"], "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn foreign_and_contradictory_keys_shift_nobody() {
    let body = json!({ "successes": ["t0", "x9", "T1"], "failures": [failure("t2"), failure("x8")] });
    assert_eq!(lists(json_answer(&body)).await, ["succeeded", "unknown missing", "failed"]);
    let body = json!({ "successes": ["t0", "t1"], "failures": [failure("t1")] });
    assert_eq!(lists(json_answer(&body)).await, ["succeeded", "unknown contradictory", "unknown missing"]);
}

#[tokio::test(start_paused = true)]
async fn a_near_match_is_named_and_never_guessed() {
    let client = scripted(|_, _| json_answer(&json!({ "successes": ["T0"] })));
    let report = client.lists("org").send(ids(1)).await;
    let (_, detail) = &doubts(&report)[0];
    assert!(detail.contains("does not name it") && detail.contains("T0"), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn no_answer_under_200_is_success() {
    for (body, kind) in [
        ("", "undecodable"),
        ("  \n", "undecodable"),
        ("{}", "missing"),
        (r#"{"error":"maintenance"}"#, "missing"),
        ("<html><body>Sign in</body></html>", "undecodable"),
        (r#"{"successes":["t0","t1","t2"]"#, "undecodable"),
        (r#"{"successes":["t0","t1","t2"]} trailing"#, "undecodable"),
        (r#"["t0","t1","t2"]"#, "undecodable"),
        (r#"{"successes":"t0"}"#, "missing"),
        (r#"{"successes":["t0"],"successes":["t1"]}"#, "undecodable"),
        ("null", "undecodable"),
    ] {
        let want = vec![format!("unknown {kind}"); 3];
        assert_eq!(lists(Script::response(200, body)).await, want, "{body}");
        assert_eq!(
            meet(Script::response(200, body), ShapesClient::failures_only)
                .await
                .iter()
                .filter(|w| **w == "succeeded")
                .count(),
            0,
            "{body}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn one_bad_element_spoils_no_neighbour() {
    let body = json!({ "successes": ["t0", 7], "failures": [{ "id": "t1" }] });
    assert_eq!(lists(json_answer(&body)).await, ["succeeded", "unknown bad_element", "unknown bad_element"]);
    let client = scripted(|_, _| json_answer(&json!({ "successes": ["t0"], "failures": [{ "id": "t1" }] })));
    let report = client.lists("org").send(ids(2)).await;
    let (_, detail) = &doubts(&report)[0];
    assert!(detail.contains("/failures/0") && detail.contains("message"), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn silence_is_success_only_where_declared_and_nothing_is_at_fault() {
    let named = async |body: serde_json::Value| meet(json_answer(&body), ShapesClient::failures_only).await;
    assert_eq!(named(json!({ "failures": [failure("t1")] })).await, ["succeeded", "failed", "succeeded"]);
    assert_eq!(named(json!({ "failures": [] })).await, ["succeeded"; 3]);
    for (body, kind) in [
        (json!({}), "missing"),
        (json!({ "error": "maintenance" }), "missing"),
        (json!({ "failures": [failure("x9")] }), "missing"),
        (json!({ "failures": [7] }), "bad_element"),
        (json!({ "failures": "none" }), "missing"),
        (json!({ "failures": null }), "missing"),
    ] {
        assert_eq!(named(body.clone()).await, vec![format!("unknown {kind}"); 3], "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn elements_judge_themselves() {
    let element = |id: &str, status: u16| json!({ "id": id, "statusCode": status, "message": null });
    let body = json!([element("t1", 404), element("t0", 202), element("t2", 200)]);
    let met = meet(Script::response(207, body.to_string()), ShapesClient::elements).await;
    assert_eq!(met, ["accepted", "failed", "succeeded"]);
    // The same under another 2xx. An item's 401 or 403 concerns the item.
    let body = json!([element("t0", 403), element("t1", 401), element("t2", 500)]);
    assert_eq!(meet(json_answer(&body), ShapesClient::elements).await, ["failed"; 3]);
    let body = json!([element("t0", 202), { "id": "t1", "statusCode": "202" }, element("t2", 70)]);
    let met = meet(json_answer(&body), ShapesClient::elements).await;
    assert_eq!(met, ["accepted", "unknown bad_element", "unknown bad_element"]);
}

#[tokio::test(start_paused = true)]
async fn positions_count_only_where_the_lengths_match() {
    let placed = |count: usize| json!(vec![json!({ "ok": true, "made": 1 }); count]);
    assert_eq!(meet(json_answer(&placed(3)), ShapesClient::placed).await, ["succeeded"; 3]);
    for count in [0, 2, 4] {
        let met = meet(json_answer(&placed(count)), ShapesClient::placed).await;
        assert_eq!(met, ["unknown undecodable"; 3], "{count}");
    }
    let client = scripted(|_, _| json_answer(&json!([{ "ok": true, "made": 7 }, { "ok": false }, { "ok": true }])));
    let report = client.placed().send(ids(3)).await;
    assert_eq!(words(&report), ["succeeded", "failed", "succeeded"]);
    let bodies: Vec<_> = report.succeeded().map(|(_, s)| s.body.as_ref().and_then(|placed| placed.made)).collect();
    assert_eq!(bodies, [Some(7), None], "a success carries its own body");
}

#[tokio::test(start_paused = true)]
async fn all_or_nothing() {
    for (status, want) in [(200, "succeeded"), (204, "succeeded"), (202, "accepted")] {
        for body in ["", " ", "{}", "null"] {
            assert_eq!(meet(Script::response(status, body), ShapesClient::whole).await, [want; 3]);
        }
    }
    for body in [r#"{"error":"maintenance"}"#, "<html>Sign in</html>", r#"{"failures":[{"id":"t1"}]}"#] {
        let met = meet(Script::response(200, body), ShapesClient::whole).await;
        assert_eq!(met, ["unknown undecodable"; 3], "{body}");
    }
    let body = json!({ "failures": [failure("t1")] });
    let met = meet(json_answer(&body), ShapesClient::all_or_none).await;
    assert_eq!(met, ["rolled_back", "failed", "rolled_back"]);
    // The declaration says that nothing was applied in this case, regardless of the rest of the response.
    let body = json!({ "successes": ["t0"], "failures": [failure("t1"), failure("x9")] });
    let met = meet(json_answer(&body), ShapesClient::all_or_none_in_lists).await;
    assert_eq!(met, ["rolled_back", "failed", "rolled_back"]);
}

#[tokio::test(start_paused = true)]
async fn whole_answers_by_status() {
    for (status, body, want) in [
        (301, "", "refused 301"),
        (302, "", "refused 302"),
        (400, r#"{"code":"Bad","message":"no","requestId":"r1"}"#, "refused 400"),
        (401, "{}", "refused 401"),
        (403, "{}", "refused 403"),
        (404, "{}", "refused 404"),
        (408, "", "unknown server_error"),
        (409, "<html>", "refused 409"),
        (413, "", "refused 413"),
        (421, "", "not_attempted"),
        (425, "", "not_attempted"),
        (429, "", "refused 429"),
        (500, r#"{"message":"no"}"#, "unknown server_error"),
        (502, "<html>", "unknown server_error"),
        (503, "", "unknown server_error"),
        (400, r#"{"code":"Maybe","message":"no"}"#, "unknown declared"),
        (400, r#"{"code":"Busy","message":"no"}"#, "refused 400"),
    ] {
        assert_eq!(lists(Script::response(status, body)).await, [want; 3], "{status} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_by_what_is_known_of_the_request() {
    for (kind, want) in [
        (TransportErrorKind::NotSent, "not_attempted"),
        (TransportErrorKind::Timeout, "unknown timeout"),
        (TransportErrorKind::Reset, "unknown reset"),
    ] {
        assert_eq!(lists(Script::error(kind, "it happened")).await, [want; 3]);
    }
    for (kind, want) in [
        (TruncationKind::Broken, "cut_off"),
        (TruncationKind::Timeout, "timeout"),
        (TruncationKind::TooLarge, "too_large"),
    ] {
        let mut answer = Script::response(200, "");
        if let Ok(response) = &mut answer.end {
            let start = r#"{"successes":["t0","#.into();
            response.body = Err(TruncatedBody { start, kind, detail: "it broke".into() });
        }
        assert_eq!(lists(answer).await, vec![format!("unknown {want}"); 3], "a prefix proves nothing");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_does_not_look_is_not_called_unreachable() {
    for (end, says) in [
        (
            Script::response(421, ""),
            "not sent: no progress within the patience of 5s: the request was refused with 421",
        ),
        (
            Script::response(425, ""),
            "not sent: no progress within the patience of 5s: the request was refused with 425",
        ),
        (
            Script::error(TransportErrorKind::NotProcessed, "stream refused"),
            "not sent: no progress within the patience of 5s: the server did not process the request: stream refused",
        ),
        (
            Script::error(TransportErrorKind::NotSent, "connection refused"),
            "not sent: the host could not be reached: https://api.example.com: connection refused",
        ),
    ] {
        let report = scripted(move |_, _| end.clone()).lists("org").send(ids(2)).patience(seconds(5)).await;
        assert_eq!(report.not_attempted().map(|(_, why)| why.to_string()).collect::<Vec<_>>(), [says; 2]);
        assert!((3..15).contains(&report.requests()), "{}", report.requests());
        assert_eq!(report.elapsed().as_secs(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_keeps_what_the_vendor_says() {
    let typed = r#"{"code":"Bad","message":"no such org","requestId":"r1"}"#;
    for (body, message, code, request_id) in [
        (typed, Some("no such org"), Some("Bad"), Some("r1")),
        ("<html>Bad gateway</html>", Some("<html>Bad gateway</html>"), None, Some("h1")),
        ("", None, None, Some("h1")),
    ] {
        let client = scripted(move |_, _| Script::response(400, body).header("X-Request-Id", "h1"));
        let report = client.lists("org").send(ids(1)).await;
        let (_, refusal) = report.refused().next().unwrap();
        assert_eq!(refusal.status, Some(400));
        assert_eq!(refusal.message.as_deref(), message);
        assert_eq!(refusal.code.as_deref(), code);
        assert_eq!(refusal.request_id.as_deref(), request_id);
        assert_eq!(refusal.error.is_some(), code.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn already_done_after_doubt_is_an_earlier_success() {
    let gone = |code: &'static str| {
        scripted(move |n, request| match n {
            0 => Script::error(TransportErrorKind::Timeout, "no response"),
            _ => {
                let id = &sent_ids(request)[0];
                json_answer(&json!({ "failures": [{ "id": id, "message": "m", "code": code }] }))
            }
        })
    };
    assert_eq!(words(&gone("Already").idempotent().send(ids(1)).await), ["earlier"]);
    // An `already` list is complete, so any other failure is a real one.
    assert_eq!(words(&gone("Other").idempotent().send(ids(1)).await), ["failed"]);
    // Without an earlier attempt it is a failure like any other.
    let client = scripted(|_, _| json_answer(&json!([{ "id": "t0", "statusCode": 410 }])));
    assert_eq!(words(&client.elements().send(ids(1)).await), ["failed"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_many_items_is_joined_too() {
    // More items than are searched linearly for keys, with a declaration of its own.
    let client = scripted(|_, request| all_done(request));
    let report = client.lists("org").send(ids(100)).await;
    assert_eq!(report.counters().succeeded, 100);
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_leaves_open_is_sent_again_where_that_is_safe() {
    for open in [
        json!({ "successes": ["t0"] }),
        json!({ "successes": ["t0", 7], "failures": [{ "id": "t1" }, { "id": "t2" }] }),
        json!({ "successes": ["t0", "t1", "t2"], "failures": [failure("t1"), failure("t2")] }),
        json!({ "successes": ["t0", "t0", "x9"] }),
    ] {
        let seen = Seen::default();
        let client = scripted({
            let (seen, open) = (seen.clone(), open.clone());
            move |_, request| {
                seen.push(request);
                if sent_ids(request).len() == 3 { json_answer(&open) } else { all_done(request) }
            }
        });
        assert_eq!(words(&client.idempotent().send(ids(3)).await), ["succeeded"; 3], "{open}");
        assert_eq!(seen.batches(), [vec!["t0", "t1", "t2"], vec!["t1", "t2"]], "{open}");
        let once = client.lists("org").send(ids(3)).await;
        assert_eq!((once.requests(), once.counters().succeeded, once.counters().unknown), (1, 1, 2), "{open}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_has_its_own_class() {
    let element = |id: &str, status: u16| json!({ "id": id, "statusCode": status });
    // A 429 of one item closes the throttle like a 429 of the response. The item is retried together with new ones.
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |n, request| {
            seen.push(request);
            let busy = |id: &String| n == 0 && id == "t1";
            let elements = sent_ids(request).into_iter().map(|id| element(&id, if busy(&id) { 429 } else { 200 }));
            json_answer(&elements.collect())
        }
    });
    let mut waits = 0;
    let report = client
        .elements()
        .send(ids(5))
        .concurrency(1)
        .on_event(|event, _| waits += usize::from(matches!(event, Event::Waiting { .. })))
        .await;
    assert_eq!((words(&report), waits), (vec!["succeeded".to_owned(); 5], 1));
    assert_eq!(seen.batches().concat().iter().filter(|id| *id == "t1").count(), 2);
    // An item's 401 or 403 never stops the run.
    let client = scripted(move |_, request| {
        json_answer(
            &sent_ids(request).iter().enumerate().map(|(n, id)| element(id, 401 + 2 * (n as u16 % 2))).collect(),
        )
    });
    let report = client.elements().send(ids(9)).concurrency(1).await;
    assert_eq!((report.counters().failed, report.requests(), report.stopped()), (9, 3, None));
    // A code of the `uncertain` list.
    let body = json!({ "failures": [{ "id": "t0", "message": "m", "code": "Maybe" }], "successes": ["t1", "t2"] });
    assert_eq!(lists(json_answer(&body)).await, ["unknown declared", "succeeded", "succeeded"]);
}

/// A field whose decoder panics if it is not `0`.
#[derive(serde::Serialize)]
struct Panics;

impl<'de> serde::Deserialize<'de> for Panics {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        assert_eq!(u8::deserialize(deserializer)?, 0, "the decoder's own mistake");
        Ok(Panics)
    }
}

#[derive(serde::Serialize, serde::Deserialize, bulk_endpoint::ItemReply)]
struct Made {
    #[bulk(key)]
    id: Id,
    made: Panics,
}

#[derive(serde::Serialize, serde::Deserialize, bulk_endpoint::BulkReply)]
struct AllMade {
    #[bulk(succeeded)]
    all: Vec<Made>,
}

#[bulk_endpoint::bulk_api]
trait Decoders {
    #[post("/made")]
    #[bulk_endpoint(max = 3, partial = true)]
    fn make(&self) -> Bulk<Id, AllMade>;
}

#[tokio::test(start_paused = true)]
async fn a_decoder_that_panics_leaves_its_batch_unknown_and_no_other() {
    let clock = bulk_endpoint::TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), |n, request| {
        let made = |id| json!({ "id": id, "made": if n == 0 && id == "t1" { 1 } else { 0 } });
        json_answer(&json!({ "all": sent_ids(request).into_iter().map(made).collect::<Vec<_>>() }))
    });
    let client = Client::builder("https://example.com").transport(transport).clock(clock);
    let report = DecodersClient::new(client.build().unwrap()).make().send(ids(6)).concurrency(1).await;
    assert_eq!(words(&report)[..3], ["unknown panicked"; 3]);
    assert_eq!(words(&report)[3..], ["succeeded"; 3]);
}

/// A text that panics when it is read.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Unreadable(String);

impl AsText for Unreadable {
    fn text(&self) -> Option<std::borrow::Cow<'_, str>> {
        panic!("the text's own mistake")
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("the error's own mistake")
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize, bulk_endpoint::ItemReply)]
struct Told {
    #[bulk(key)]
    id: Id,
    #[bulk(status)]
    status: u16,
    #[bulk(message)]
    message: Unreadable,
}

#[derive(Debug, serde::Serialize, serde::Deserialize, bulk_endpoint::ApiError)]
struct Unspeakable {
    #[bulk(message)]
    message: Unreadable,
}

/// An item that panics when its key is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
struct Keyless(u32);

impl BulkItem for Keyless {
    type Key = u32;

    fn key(&self) -> std::borrow::Cow<'_, u32> {
        assert_ne!(self.0, 1, "the key's own mistake");
        std::borrow::Cow::Borrowed(&self.0)
    }
}

#[bulk_endpoint::bulk_api]
trait Mistakes {
    #[post("/told")]
    #[bulk_endpoint(max = 3, partial = true, idempotent = true)]
    fn told(&self) -> Bulk<Id, Vec<Told>, Unspeakable>;

    #[post("/judged")]
    #[bulk_endpoint(max = 3, partial = true, already = mistaken)]
    fn judged(&self) -> Bulk<Id, Vec<Told>>;

    #[post("/keyless")]
    #[bulk_endpoint(max = 3, partial = false)]
    fn keyless(&self) -> Bulk<Keyless>;
}

fn mistaken(_: &Told) -> bool {
    panic!("the predicate's own mistake")
}

/// A source that panics in `size_hint`.
struct Endless(u32);

impl Iterator for Endless {
    type Item = Id;

    fn next(&mut self) -> Option<Id> {
        self.0 += 1;
        Some(Id(format!("t{}", self.0)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        panic!("the source's own mistake")
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_callers_code_loses_no_report() {
    let failed = |request: &Request| {
        let told = |id: &String| json!({ "id": id, "status": 400, "message": "m" });
        json_answer(&json!(sent_ids(request).iter().map(told).collect::<Vec<_>>()))
    };
    let client = |script: fn(usize) -> Option<Script>, set_up: fn(ClientBuilder) -> ClientBuilder| {
        let clock = bulk_endpoint::TokioClock::new();
        let transport =
            ScriptedTransport::new(clock.clone(), move |n, request| script(n).unwrap_or_else(|| failed(request)));
        let builder = Client::builder("https://example.com").transport(transport).clock(clock);
        MistakesClient::new(set_up(builder).build().unwrap())
    };
    let plain = client(|_| None, |builder| builder);
    /// A report can be read with any content.
    fn read<R: BulkReply, E>(report: &bulk_endpoint::Report<Id, R, E>) -> Vec<String> {
        assert!(report.counters().balanced() && report.rows().count() == report.counters().accepted);
        assert!(report.to_string().contains("did not succeed"));
        words(report)
    }
    let reset = |n| (n == 0).then(|| Script::error(TransportErrorKind::Reset, "reset"));
    let report = client(reset, |builder| builder).told().send(ids(3)).await;
    assert_eq!(read(&report), ["unknown failed_later"; 3], "the message of a failure after doubt");
    let report = plain.told().send(ids(3)).await;
    assert_eq!(read(&report), ["failed"; 3], "the message of a failure");
    let refused = client(|_| Some(Script::response(400, r#"{"message":"m"}"#)), |builder| builder);
    let report = refused.told().send(ids(3)).await;
    assert_eq!(read(&report), ["unknown panicked"; 3], "the message of a refusal");
    let report = plain.judged().send(ids(3)).await;
    assert_eq!(read(&report), ["unknown panicked"; 3], "`already`");
    let locked = |builder: ClientBuilder| builder.bearer_with(|| async { Err::<String, _>(Unreadable("e".into())) });
    let report = client(|_| None, locked).told().send(ids(3)).await;
    assert_eq!(read(&report), ["not_attempted"; 3], "the error of a fetch");
    let unsure = client(|_| Some(Script::error(TransportErrorKind::Reset, "reset")), |builder| builder);
    let verify = |_| async { Err::<Vec<(Id, Verified)>, _>(Unreadable("e".into())) };
    let report = unsure.judged().send(ids(3)).verify(verify).await;
    assert_eq!(read(&report), ["unknown reset"; 3], "the error of `verify`");
    let slow = client(|_| Some(Script::response(500, "").after(seconds(9))), |builder| builder);
    let report = slow.judged().send(Endless(0)).run_timeout(seconds(5)).await;
    assert!(read(&report).len() < 100 && !report.read_all(), "the length of the source");
    let plan = plain.keyless().plan([0, 1, 2].map(Keyless));
    assert_eq!((plan.items, plan.unsendable.len(), plan.unsendable[0].0), (2, 1, 1), "the key of an item: {plan}");
}
