//! The report of a run, and its items as the source of another one.

use std::time::Duration;

use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::Request;
use bulk_endpoint::{AssignedId, Client, OutcomeKind, TokioClock};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Message, Place, Tokens, TokensClient, done, element, ids, keys, never, sqlite3};

/// One item of each kind, in requests of two.
fn mixed(_: usize, ids: &[String]) -> Script {
    if ids.contains(&"k4".to_owned()) {
        return Script::response(422, r#"{"message":"not these"}"#);
    }
    let elements = ids.iter().map(|id| match id.as_str() {
        "k1" => json!({"id": id, "status": 404, "code": "GONE"}),
        _ => element(id, 200),
    });
    Script::response(200, Value::from_iter(elements).to_string())
}

#[tokio::test]
async fn it_is_the_report_of_a_run_without_a_journal() {
    let place = Place::new();
    let (client, store) = (place.client(mixed), place.store().await);
    let plain = client.off("o").send(keys(0..6)).concurrency(1).await;
    let recorded = client.off("o").send(keys(0..6)).concurrency(1).journal(&store, "leavers").await.unwrap();
    assert_eq!(recorded.counters(), plain.counters());
    assert_eq!(recorded.rows().map(Result::unwrap).collect::<Vec<_>>(), plain.rows().collect::<Vec<_>>());
    assert_eq!(recorded.to_string(), plain.to_string());
    assert_eq!(serde_json::to_value(&recorded).unwrap(), serde_json::to_value(&plain).unwrap());
    let (recorded, plain) = (recorded.into_result().unwrap_err(), plain.into_result().unwrap_err());
    assert_eq!((recorded.to_string(), recorded.rows()), (plain.to_string(), plain.rows()));
}

#[tokio::test]
async fn its_requests_are_those_that_left() {
    let place = Place::new();
    // When the token is refused, the intents of two more requests are recorded.
    let client = place.client(|number, ids| match number {
        0..3 => done(ids),
        _ => Script::response(401, r#"{"message":"expired"}"#).after(Duration::from_millis(50)),
    });
    let store = place.store().await;
    let run = client.mail().send(keys(0..40)).concurrency(2);
    let watch = run.watch();
    let report = run.journal(&store, "mails").await.unwrap();
    let recorded: usize = sqlite3(&place.path(), "select count(*) from requests").trim().parse().unwrap();
    let sent = place.sent().len();
    assert!(sent < recorded && report.stopped().is_some(), "{sent} of {recorded}: {report}");
    assert_eq!((report.requests(), watch.requests()), (sent, sent));
}

#[tokio::test]
async fn its_items_are_the_source_of_another_run() {
    let place = Place::new();
    let (client, store) = (place.client(mixed), place.store().await);
    let report = client.off("o").send(keys(0..6)).concurrency(1).journal(&store, "leavers").await.unwrap();
    assert!(!report.is_complete());
    place.sent();
    // Undo what was done, under a name of its own.
    let undo = place.client(|_, ids| done(ids));
    let succeeded = store.items::<String>("leavers").outcome(OutcomeKind::Succeeded);
    let undone = undo.mail().send(succeeded).journal(&store, "undo").await.unwrap();
    assert!(undone.is_complete());
    let sent: Vec<_> = place.sent().iter().flat_map(|(_, body, _)| ids(body)).collect();
    assert_eq!(sent, ["k0", "k2", "k3"]);
    let failed = store.items::<String>("leavers").outcome(OutcomeKind::Failed).outcome(OutcomeKind::Refused);
    let repaired = undo.mail().send(failed).journal(&store, "repair").await.unwrap();
    assert_eq!(repaired.rows().map(|row| row.unwrap().key).collect::<Vec<_>>(), ["k1", "k4", "k5"]);
    let runs = store.runs().await.unwrap();
    assert_eq!(runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["leavers", "undo", "repair"]);
}

/// The name and the assigned id of each message that was sent.
fn events(place: &Place) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |item: &Value| (text(&item["name"]), text(&item["event"]));
    let mut events: Vec<_> = place
        .sent()
        .iter()
        .flat_map(|(_, body, _)| body["ids"].as_array().unwrap().iter().map(of).collect::<Vec<_>>())
        .collect();
    events.sort();
    events.dedup();
    events
}

#[tokio::test]
async fn assigned_ids_stay_the_same_when_another_run_repairs_what_failed() {
    let place = Place::new();
    let store = place.store().await;
    let messages = keys(0..5).into_iter().map(|name| Message { name, event: AssignedId::new() }).collect::<Vec<_>>();
    let refusing = place.client(|_, ids| match ids.contains(&"k2".to_owned()) {
        true => Script::response(200, ""),
        false => Script::response(422, r#"{"message":"no"}"#),
    });
    let report = refusing.event().send(&messages).journal(&store, "events").await.unwrap();
    assert_eq!((report.counters().succeeded, report.counters().refused), (2, 3));
    let before: Vec<_> =
        events(&place).into_iter().filter(|(name, _)| !["k2", "k3"].contains(&name.as_str())).collect();
    assert_eq!(before.len(), 3);

    // A repair, whose process dies, and which goes on: without the origin of its items, too.
    let again = || store.items_with("events", |row| messages[row.index].clone()).outcome(OutcomeKind::Refused);
    let dying = place.client(|_, _| never());
    let mut outcomes = dying.event().send(again()).journal(&store, "repair").outcomes();
    let _ = tokio::time::timeout(Duration::from_millis(100), outcomes.next()).await;
    drop(outcomes);
    let of_dead = events(&place);
    assert!(!of_dead.is_empty() && of_dead.iter().all(|event| before.contains(event)), "{of_dead:?}, {before:?}");
    let rest: Vec<Message> = [0, 1, 4].map(|index: usize| messages[index].clone()).into();
    let well = place.client(|_, _| Script::response(200, ""));
    let report = well.event().send(rest).journal(&store, "repair").await.unwrap();
    assert!(report.is_complete());
    assert_eq!(events(&place), before);

    // The items of a repair are those of the first run. They have their ids without a journal, and in a stream, too.
    let third =
        || store.items_with("repair", |row| messages.iter().find(|message| message.name == row.key).unwrap().clone());
    well.event().send(third()).await.into_result().unwrap();
    assert_eq!(events(&place), before);
    well.event().send_stream(futures_util::stream::iter(third())).await.into_result().unwrap();
    assert_eq!(events(&place), before);
    let path = place.path();
    let origins = std::process::Command::new("sqlite3")
        .arg(path)
        .arg("select run, item, origin, origin_item from origins")
        .output();
    assert_eq!(
        String::from_utf8(origins.unwrap().stdout).unwrap(),
        "repair|0|events|0\nrepair|1|events|1\nrepair|2|events|4\n"
    );
}

#[tokio::test]
async fn a_response_names_items_by_the_ids_of_another_run() {
    let place = Place::new();
    let store = place.store().await;
    let messages = keys(0..3).into_iter().map(|name| Message { name, event: AssignedId::new() }).collect::<Vec<_>>();
    let refusing = place.client(|_, _| Script::response(422, r#"{"message":"no"}"#));
    let report = refusing.publish().send(&messages).journal(&store, "news").await.unwrap();
    assert_eq!(report.counters().refused, 3);
    let clock = TokioClock::new();
    // Each message is told in reverse, by the id that it was sent with.
    let transport = ScriptedTransport::new(clock.clone(), |_, request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let status = |item: &Value| if item["name"] == "k0" { 400 } else { 200 };
        let elements = body["ids"].as_array().unwrap().iter().rev();
        let elements = elements.map(|item| json!({"event": item["event"], "status": status(item)}));
        Script::response(200, Value::from_iter(elements).to_string())
    });
    let client = Client::builder("https://vendor.example").transport(transport).clock(clock).build().unwrap();
    let again = || store.items_with("news", |row| messages[row.index].clone());
    let client = TokensClient::new(client);
    let report = client.publish().send(again()).await;
    assert_eq!((report.counters().succeeded, report.counters().failed), (2, 1));
    let report = client.publish().send(again()).journal(&store, "news, again").await.unwrap();
    assert_eq!((report.counters().succeeded, report.counters().failed), (2, 1));
}

#[tokio::test]
async fn what_a_crash_left_unknown_is_the_source_of_a_run_that_looks() {
    let place = Place::new();
    let first = place.client(|number, ids| if number == 1 { never() } else { done(ids) });
    let store = place.store().await;
    let mut outcomes = first.mail().send(keys(0..6)).concurrency(1).journal(&store, "mails").outcomes();
    while let Ok(Some(_)) = tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await {}
    drop((outcomes, first, store));
    place.sent();
    // Another process, and no other life of the run: what was in flight is unknown as it is.
    let store = place.store().await;
    let unknown = || store.items::<String>("mails").outcome(OutcomeKind::Unknown);
    let in_flight: Vec<String> = unknown().into_iter().map(|item| item.unwrap().item).collect();
    assert!(in_flight.starts_with(&keys(2..4)), "{in_flight:?}");
    // The endpoint that looks repeats nothing. It says which of them were applied.
    let looking = place.client(|_, ids| {
        let applied = |id: &String| element(id, if id == "k2" { 200 } else { 404 });
        Script::response(200, Value::from_iter(ids.iter().map(applied)).to_string())
    });
    let report = looking.off("look").send(unknown()).journal(&store, "look at the mails").await.unwrap();
    let counters = report.counters();
    assert_eq!((counters.accepted, counters.succeeded, counters.failed), (in_flight.len(), 1, in_flight.len() - 1));
    assert!(place.sent().iter().all(|(path, ..)| path == "/orgs/look/off"));
    let again: Vec<String> = store
        .items::<String>("look at the mails")
        .outcome(OutcomeKind::Failed)
        .into_iter()
        .map(|item| item.unwrap().item)
        .collect();
    assert_eq!(again, in_flight[1..], "these were not applied, and can be sent by another run");
}

/// What was read is a part of it: the end of the run would look like its success.
#[tokio::test]
async fn a_run_that_is_forgotten_while_it_is_read_has_no_end() {
    let place = Place::new();
    let client = place.client(|_, ids| done(ids));
    let store = place.store().await;
    let run = |range| client.off("o").send(keys(range)).journal(&store, "one");
    drop(run(0..3_000).await.unwrap());
    let report = store.report("one").await.unwrap();
    let (mut rows, mut items) = (report.rows(), store.items::<String>("one").into_iter());
    assert!(rows.next().unwrap().is_ok() && items.next().unwrap().is_ok());
    store.forget("one").await.unwrap();
    // Another run does not get its number.
    drop(run(5_000..8_000).await.unwrap());
    let error = rows.find_map(Result::err).unwrap().to_string();
    assert!(error.contains("it was forgotten meanwhile"), "{error}");
    let error = items.find_map(Result::err).unwrap().to_string();
    assert!(error.contains("it was forgotten meanwhile"), "{error}");
}
