//! Items that are named by a part of a text, by a position in a group, or by a range of positions; statuses that are names; numbers of items
//! in headers; and bodies in another format than JSON.

use bulk_endpoint::reply::RawResponse;
use bulk_endpoint::testing::{Fake, FakeEndpoint, Script};
use bulk_endpoint::{
    ApiError, Bulk, BulkItem, BulkReply, ByStatus, Client, CodecError, EndIndex, InFormat, Index, ItemReply, Outcome,
    Pairs, ResponseFormat, StartIndex, bulk_api, reply::Listed,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{client, meet, said, three, two};

/// The request names a user by a URL.
#[derive(Debug, Clone, Serialize, Deserialize, BulkItem)]
struct Member {
    #[bulk(key = "https://example.com/users('{key}')")]
    user: String,
}

/// The response does so too, with another one.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Added {
    #[bulk(key = "*/Users/{key}")]
    location: String,
    #[bulk(status)]
    ok: bool,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Faults {
    #[bulk(failed)]
    errors: Vec<Fault>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Fault {
    #[bulk(key, nested)]
    source: Source,
    #[bulk(message)]
    text: String,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Source {
    #[bulk(key = "/data/{n}*")]
    pointer: Option<String>,
}

/// An operation: the name of its variant is the group.
#[derive(Debug, Clone, Serialize, Deserialize, BulkItem)]
#[serde(untagged, rename_all = "snake_case")]
#[bulk(group)]
enum Track {
    Events { name: String },
    Attributes { id: String },
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Tracked {
    #[bulk(failed)]
    errors: Vec<TrackError>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct TrackError {
    #[bulk(key, nested)]
    at: Place,
    #[bulk(code)]
    code: String,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Place {
    #[bulk(group)]
    array: Option<String>,
    #[bulk(key)]
    index: Index<0>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Put {
    token: String,
    #[bulk(failed)]
    too_new: Option<StartIndex<0>>,
    #[bulk(unprocessed)]
    left: Option<StartIndex<1>>,
    #[bulk(failed)]
    too_old: Option<EndIndex<0>>,
}

#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Keyed {
    #[bulk(key)]
    id: String,
    #[bulk(status, nested)]
    #[serde(flatten)]
    result: ByStatus<String>,
}

#[derive(Debug, Deserialize, Serialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Written {
    #[bulk(count(succeeded), header = "X-Written")]
    #[serde(skip)]
    written: u64,
    #[bulk(count(failed), header = "X-Lost")]
    #[serde(skip)]
    lost: Option<u64>,
}

/// `{}`, or the number of those that were rejected.
#[derive(Debug, Deserialize, BulkReply)]
#[serde(deny_unknown_fields)]
#[bulk(unlisted = succeeded)]
struct Exported {
    #[bulk(nested)]
    partial: Option<Rejected>,
}

#[derive(Debug, Deserialize, BulkReply)]
#[serde(deny_unknown_fields)]
#[bulk(unlisted = succeeded)]
struct Rejected {
    #[bulk(count(failed))]
    rejected: Option<u64>,
    #[bulk(count(succeeded))]
    accepted: Option<u64>,
    #[bulk(message)]
    message: Option<String>,
}

/// `id result` on each line, or `error code`.
struct Lines;

type InLines<T> = InFormat<Lines, T>;

impl ResponseFormat for Lines {
    fn json(response: &RawResponse<'_>) -> Result<Vec<u8>, CodecError> {
        let lines = str::from_utf8(response.bytes())?.lines();
        let lines: Option<Vec<(&str, &str)>> = lines.map(|line| line.split_once(' ')).collect();
        let lines = lines.ok_or("a line without a space")?;
        if let [("error", code)] = lines.as_slice() {
            return Ok(serde_json::to_vec(&json!({ "code": code }))?);
        }
        let (done, failed): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(_, result)| *result == "ok");
        let done: Vec<&str> = done.into_iter().map(|(id, _)| id).collect();
        Ok(serde_json::to_vec(&json!({ "task": 7, "done": done, "failed": Pairs(failed) }))?)
    }
}

#[derive(Debug, Deserialize, BulkReply)]
struct Deleted {
    task: u64,
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(failed)]
    failed: Pairs<String, String>,
}

#[derive(Debug, Deserialize, ApiError)]
struct Refused {
    #[bulk(code)]
    code: String,
    #[bulk(retry_after = seconds, header = "X-Wait")]
    #[serde(skip)]
    wait: Option<u64>,
}

#[bulk_api]
trait Named: Send + Sync {
    #[post("/members")]
    #[bulk_endpoint(max = 5, partial = true, items = "members")]
    fn add(&self) -> Bulk<Member, Vec<Added>, ()>;

    #[post("/faults")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn faults(&self) -> Bulk<String, Faults, ()>;

    #[post("/track")]
    #[bulk_endpoint(max = 5, partial = true, items = groups(""))]
    fn track(&self) -> Bulk<Track, Tracked, ()>;

    #[post("/put")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn put(&self) -> Bulk<String, Put, ()>;

    #[post("/batch")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn batch(&self) -> Bulk<String, Vec<ByStatus<Value>>, ()>;

    #[post("/keyed")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn keyed(&self) -> Bulk<String, Vec<Keyed>, ()>;

    #[post("/write")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn write(&self) -> Bulk<String, Written, ()>;

    #[post("/export")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn export(&self) -> Bulk<String, Exported, ()>;

    #[post("/delete")]
    #[bulk_endpoint(max = 5, partial = true, stop("denied"))]
    fn delete(&self) -> Bulk<String, InLines<Deleted>, InLines<Refused>>;
}

fn members() -> Vec<Member> {
    ["a", "b"].map(|id| Member { user: format!("https://example.com/users('{id}')") }).into()
}

#[tokio::test(start_paused = true)]
async fn a_key_is_a_part_of_a_text() {
    let missing = "unknown missing: the response does not name it";
    let foreign = |text: &str| format!("{missing}, and the response names {text:?}, which was not sent");
    let no_item = "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /0: the element names no item";
    let of = |id: &str, ok: bool| format!(r#"{{"location":"https://example.com/v2/Users/{id}","ok":{ok}}}"#);
    let (one, two_) = (of("a", true), of("b", false));
    meet(
        |client| NamedClient::new(client).add(),
        members,
        &[
            (200, &format!("[{two_},{one}]"), &["succeeded", "failed"]),
            (200, &format!("[{one}]"), &["succeeded", missing]),
            (200, &format!("[{}]", of("c", true)), &[&*foreign("https://example.com/v2/Users/c"); 2]),
            (200, r#"[{"location":"/Groups/a","ok":true}]"#, &[no_item; 2]),
        ],
    )
    .await;
    // An item of another form is its own key.
    let items = || vec![Member { user: "a".into() }, Member { user: "x".into() }];
    meet(|client| NamedClient::new(client).add(), items, &[(200, &format!("[{one}]"), &["succeeded", missing])]).await;
}

#[tokio::test(start_paused = true)]
async fn a_position_is_a_part_of_a_text() {
    let missing = "unknown missing: the response does not name it, and the response";
    let foreign = |text: &str| format!("{missing} names {text:?}, which was not sent");
    let no_item = "unknown bad_element: the response does not name it, and the response body does not match the declared type: at /errors/0: the element names no item";
    let fault = |pointer: &str| format!(r#"{{"errors":[{{"source":{{"pointer":{pointer}}},"text":"no"}}]}}"#);
    let [last, first, beyond, none, null, other] =
        ["\"/data/3\"", "\"/data/1/name\"", "\"/data/4\"", "\"/data/0\"", "null", "\"/meta\""].map(fault);
    let beyond_all = foreign("/data/4");
    meet(
        |client| NamedClient::new(client).faults(),
        three,
        &[
            (200, &last, &["succeeded", "succeeded", "failed: no"]),
            (200, &first, &["failed: no", "succeeded", "succeeded"]),
            (200, r#"{"errors":[]}"#, &["succeeded"; 3]),
            (200, &none, &[no_item; 3]),
            (200, &null, &[no_item; 3]),
            (200, &other, &[no_item; 3]),
        ],
    )
    .await;
    let report = NamedClient::new(client(move |_, _| Script::response(200, beyond.clone())))
        .faults()
        .send(three())
        .max_attempts(1)
        .patience(std::time::Duration::ZERO)
        .await;
    assert!(said(&report).iter().all(|said| said.starts_with(missing)), "{beyond_all}: {report}");
}

fn operations() -> Vec<Track> {
    vec![Track::Events { name: "e".into() }, Track::Attributes { id: "a".into() }, Track::Events { name: "f".into() }]
}

#[tokio::test(start_paused = true)]
async fn a_position_is_one_of_a_group() {
    let error = |array: &str, index: u8| format!(r#"{{"at":{{"array":{array},"index":{index}}},"code":"bad"}}"#);
    let body = |errors: &[String]| format!(r#"{{"errors":[{}]}}"#, errors.join(","));
    let [event, attributes] = ["\"events\"", "\"attributes\""];
    let both = body(&[error(event, 1), error(attributes, 0)]);
    meet(
        |client| NamedClient::new(client).track(),
        operations,
        &[
            (200, &body(&[]), &["succeeded"; 3]),
            (200, &both, &["succeeded", "failed bad", "failed bad"]),
            (200, &body(&[error(event, 0)]), &["failed bad", "succeeded", "succeeded"]),
        ],
    )
    .await;
    // A position that the group does not have, a group without items, and no group: in any request with groups, it names no item.
    for errors in [error(attributes, 1), error("\"purchases\"", 0), error("null", 0)] {
        let answer = Script::response(200, body(std::slice::from_ref(&errors)));
        let run = NamedClient::new(client(move |_, _| answer.clone())).track().send(operations()).max_attempts(1);
        let report = run.patience(std::time::Duration::ZERO).await;
        assert!(said(&report).iter().all(|said| said.starts_with("unknown missing")), "{errors}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_position_stands_for_all_items_from_it_or_before_it() {
    let foreign =
        "unknown missing: the response does not name it, and the response names the position 3, which was not sent";
    let returned = "unprocessed: returned as unprocessed";
    let [new, old] = ["failed too_new", "failed too_old"];
    meet(
        |client| NamedClient::new(client).put(),
        three,
        &[
            (200, r#"{"token":"t"}"#, &["succeeded"; 3]),
            (200, r#"{"token":"t","too_new":2,"too_old":1}"#, &[old, "succeeded", new]),
            (200, r#"{"token":"t","too_new":0}"#, &[new; 3]),
            (200, r#"{"token":"t","too_new":3,"too_old":0}"#, &["succeeded"; 3]),
            (200, r#"{"token":"t","too_old":3}"#, &[old; 3]),
            (200, r#"{"token":"t","too_old":null}"#, &["succeeded"; 3]),
            // The second item counted from 1, and all after it.
            (200, r#"{"token":"t","left":2}"#, &["succeeded", returned, returned]),
            (200, r#"{"token":"t","too_old":4}"#, &[old; 3]),
            (200, r#"{"token":"t","too_new":4}"#, &[foreign; 3]),
        ],
    )
    .await;
    for body in [r#"{"token":"t","left":0}"#, r#"{"token":"t","too_new":-1}"#, r#"{"token":"t","too_new":[2]}"#] {
        let run = NamedClient::new(client(move |_, _| Script::response(200, body))).put().send(three());
        let report = run.max_attempts(1).patience(std::time::Duration::ZERO).await;
        assert!(said(&report).iter().all(|said| said.starts_with("unknown bad_element")), "{body}: {report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_is_the_name() {
    let (done, gone) = (r#"{"200":{"id":"x"}}"#, r#"{"404":"gone"}"#);
    meet(
        |client| NamedClient::new(client).batch(),
        two,
        &[(200, &format!("[{done},{gone}]"), &["succeeded", "failed"])],
    )
    .await;
    meet(
        |client| NamedClient::new(client).keyed(),
        two,
        &[(200, r#"[{"id":"t1","404":"gone"},{"id":"t0","202":"later"}]"#, &["accepted", "failed: gone"])],
    )
    .await;
    let body = format!("[{done},{gone}]");
    let report = NamedClient::new(client(move |_, _| Script::response(200, body.clone()))).batch().send(two()).await;
    let success = report.succeeded().next().and_then(|(_, success)| success.body.clone()).unwrap();
    assert_eq!(*success, ByStatus { status: 200, body: json!({"id": "x"}) });
    assert_eq!(report.iter().nth(1).and_then(|(_, outcome)| outcome.status()), Some(404));
}

#[tokio::test(start_paused = true)]
async fn a_header_has_the_number_of_items() {
    let write = async |headers: &[(&'static str, &str)]| {
        let answer = headers.iter().fold(Script::response(204, ""), |answer, (name, value)| answer.header(name, value));
        let run = NamedClient::new(client(move |_, _| answer.clone())).write().send(two()).max_attempts(1);
        let report = run.patience(std::time::Duration::ZERO).await;
        let body = report.responses().next().and_then(|response| response.body().map(|body| (body.written, body.lost)));
        (said(&report), body)
    };
    let (done, body) = write(&[("x-written", "2"), ("x-lost", "0")]).await;
    assert_eq!((done, body), (vec!["succeeded".to_owned(); 2], Some((2, Some(0)))));
    assert_eq!(write(&[("x-written", "2")]).await.0, ["succeeded"; 2]);
    for (headers, why) in [
        (&[("x-written", "1")][..], "at /x-written: the count is 1, but the entries add up to 2"),
        (&[], "at /x-written: the field is missing"),
        (&[("x-written", " ")], "at /x-written: the field is missing"),
        (&[("x-lost", "0")], "at /x-written: the field is missing"),
        (&[("x-written", "all")], "at /x-written: invalid value: string \"all\""),
        (&[("x-written", "2"), ("x-lost", "1")], "at /x-lost: the count is 1, but the entries add up to 0"),
    ] {
        let (said, _) = write(headers).await;
        assert!(said.iter().all(|said| said.starts_with("unknown") && said.contains(why)), "{headers:?}: {said:?}");
    }
    assert_eq!(
        write(&[("x-written", "0"), ("x-lost", "2")]).await.0,
        ["refused 204: the request was refused with 204"; 2]
    );
}

#[tokio::test(start_paused = true)]
async fn a_number_of_failures_that_is_the_number_of_items_refuses_the_request() {
    let unlike = |number: u8| {
        format!(
            "unknown missing: the response does not name it, and the response body does not match the declared type: at /partial/rejected: the count is {number}, but the entries add up to 0"
        )
    };
    let all = r#"{"partial":{"rejected":"3","accepted":0}}"#;
    let (two_of_three, four, three_and_one) = (unlike(2), unlike(4), unlike(3));
    meet(
        |client| NamedClient::new(client).export(),
        three,
        &[
            (200, "{}", &["succeeded"; 3]),
            (200, r#"{"partial":{}}"#, &["succeeded"; 3]),
            (200, r#"{"partial":{"rejected":0,"message":"slow down"}}"#, &["succeeded"; 3]),
            (
                200,
                r#"{"partial":{"rejected":3,"message":"too old"}}"#,
                &["refused 200: the request was refused with 200: too old"; 3],
            ),
            (200, all, &[&*format!("refused 200: the request was refused with 200: {all}"); 3]),
            (200, r#"{"partial":{"rejected":2}}"#, &[&*two_of_three; 3]),
            (200, r#"{"partial":{"rejected":4}}"#, &[&*four; 3]),
            (200, r#"{"partial":{"rejected":3,"accepted":1}}"#, &[&*three_and_one; 3]),
        ],
    )
    .await;
    // A body with another field has another shape.
    let run = NamedClient::new(client(|_, _| Script::response(200, r#"{"error":"down"}"#))).export().send(three());
    let report = run.max_attempts(1).patience(std::time::Duration::ZERO).await;
    assert!(said(&report).iter().all(|said| said.contains("unknown field `error`")), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_body_in_another_format_is_read_as_its_json() {
    let missing = "unknown missing: the response does not name it";
    let denied = "refused 403 denied: the request was refused with 403: error denied";
    let no_lines = "unknown undecodable: the response body does not match the declared type: a line without a space";
    meet(
        |client| NamedClient::new(client).delete(),
        two,
        &[
            (200, "t1 gone\nt0 ok\n", &["succeeded", "failed: gone"]),
            (200, "t1 ok\n", &[missing, "succeeded"]),
            (200, "<html>", &[no_lines; 2]),
            (403, "error denied", &[denied; 2]),
        ],
    )
    .await;
    let report = NamedClient::new(client(|_, _| Script::response(200, "t0 ok\nt1 ok"))).delete().send(two()).await;
    let task = report.responses().next().and_then(|response| response.body().map(|body| body.task));
    assert_eq!(task, Some(7));
    let report = NamedClient::new(client(|_, _| Script::response(403, "error denied"))).delete().send(two()).await;
    let (_, refusal) = report.refused().next().unwrap();
    assert_eq!(refusal.error.as_ref().map(|error| (error.code.as_str(), error.wait)), Some(("denied", None)));
    // A delay in a header is not undercut.
    let start = tokio::time::Instant::now();
    let client = client(|number, _| match number {
        0 => Script::response(429, "error busy").header("x-wait", "30"),
        _ => Script::response(200, "t0 ok\nt1 ok"),
    });
    let report = NamedClient::new(client).delete().send(two()).await;
    assert_eq!(said(&report), ["succeeded"; 2]);
    assert!(start.elapsed() >= std::time::Duration::from_secs(30), "{:?}", start.elapsed());
}

/// What the fake server writes, a client reads.
#[tokio::test]
async fn a_fake_names_items_in_these_ways() {
    let range = |list| Outcome::failed(Listed { list });
    let fake = Fake::new()
        .serve(FakeEndpoint::new(NamedClient::TRACK, |item: &Track| match item {
            Track::Events { name } if name == "f" => {
                let at = Place { array: Some("events".into()), index: Index(1) };
                Outcome::failed(TrackError { at, code: "bad".into() })
            }
            _ => Outcome::succeeded(),
        }))
        .serve(
            FakeEndpoint::new(NamedClient::PUT, move |id: &String| match id.as_str() {
                "t2" => range("too_new"),
                _ => Outcome::succeeded(),
            })
            .field("token", "t"),
        )
        .endpoint(NamedClient::WRITE, |_: &String| Outcome::succeeded())
        .endpoint(NamedClient::ADD, |_: &Member| Outcome::succeeded())
        .start()
        .await
        .unwrap();
    let named = NamedClient::new(Client::builder(fake.url()).build().unwrap());
    assert_eq!(said(&named.track().send(operations()).await), ["succeeded", "succeeded", "failed bad"]);
    assert_eq!(said(&named.put().send(three()).await), ["succeeded", "succeeded", "failed too_new"]);
    assert_eq!(said(&named.write().send(two()).await), ["succeeded"; 2]);
    assert_eq!(said(&named.add().send(members()).await), ["succeeded"; 2]);
}
