//! What the next life of a run sends, and how its items end.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bulk_endpoint::journal::{JournalError, OnChange};
use bulk_endpoint::testing::Script;
use bulk_endpoint::{AssignedId, JournaledStream, OutcomeKind, Verified};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Element, Error, Message, Note, Patch, Place, Tokens, done, element, ids, keys, never, patched};

/// Takes outcomes until none comes for a while: the rest of the run waits for a response. Then the process ends.
async fn until_it_hangs<'a>(mut outcomes: JournaledStream<'a, String, Vec<Element>, Error, String>) -> Vec<String> {
    let mut got = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await {
        got.push(item.unwrap().row.to_string());
    }
    got
}

#[tokio::test]
async fn what_is_settled_is_not_sent_again_and_what_was_in_flight_is_sent_under_its_key() {
    let place = Place::new();
    // The second request never gets a response.
    let first = place.client(|number, ids| if number == 1 { never() } else { done(ids) });
    let store = place.store().await;
    let run = first.off("o").send(keys(0..6)).concurrency(1).journal(&store, "leavers");
    assert_eq!(until_it_hangs(run.outcomes()).await, ["k0: succeeded", "k1: succeeded"]);
    drop((first, store));
    let before = place.sent();
    assert_eq!(before.iter().map(|(_, body, _)| ids(body)).collect::<Vec<_>>(), [keys(0..2), keys(2..4)]);

    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let report = second.off("o").send(keys(0..6)).concurrency(1).journal(&store, "leavers").await.unwrap();
    let after = place.sent();
    // The batch is sent whole, with the same bytes and the same key, before the new one.
    assert_eq!(after[0], before[1]);
    assert_eq!(after.iter().map(|(_, body, _)| ids(body)).collect::<Vec<_>>(), [keys(2..4), keys(4..6)]);
    assert_ne!(after[1].2, after[0].2);
    assert_eq!((report.lives(), report.open(), report.requests()), (2, 0, 4));
    assert!(report.into_result().is_ok());
}

#[tokio::test]
async fn where_a_repeat_is_not_safe_what_was_in_flight_is_unknown() {
    let place = Place::new();
    let first = place.client(|number, ids| if number == 1 { never() } else { done(ids) });
    let store = place.store().await;
    let run = first.mail().send(keys(0..6)).concurrency(1).journal(&store, "mails");
    assert_eq!(until_it_hangs(run.outcomes()).await.len(), 2);
    drop((first, store));
    place.sent();
    for _ in 0..2 {
        let (next, store) = (place.client(|_, ids| done(ids)), place.store().await);
        let report = next.mail().send(keys(0..6)).concurrency(1).journal(&store, "mails").await.unwrap();
        let unknown: Vec<_> =
            report.rows().map(Result::unwrap).filter(|row| row.outcome == OutcomeKind::Unknown).collect();
        assert_eq!(unknown.iter().map(|row| row.key.clone()).collect::<Vec<_>>(), keys(2..4));
        let why = "may or may not have been applied: the process that sent it ended before it recorded the response";
        assert_eq!(unknown[0].message.as_deref(), Some(why));
        assert_eq!((report.counters().succeeded, report.open()), (4, 0), "unknown is final here");
    }
    assert_eq!(place.sent().iter().map(|(_, body, _)| ids(body)).collect::<Vec<_>>(), [keys(4..6)]);
}

#[tokio::test]
async fn what_a_refused_token_left_is_taken_up_by_the_same_call() {
    let place = Place::new();
    let expired = |number: usize, ids: &[String]| match number {
        0 => done(ids),
        _ => Script::response(401, r#"{"message":"expired"}"#),
    };
    let (first, store) = (place.client(expired), place.store().await);
    let report = first.off("o").send(keys(0..6)).concurrency(1).journal(&store, "leavers").await.unwrap();
    assert_eq!((report.counters().succeeded, report.counters().refused, report.open()), (2, 4, 4), "{report}");
    assert!(report.to_string().contains("4 items are open"), "{report}");
    // The same process continues it, too.
    let second = place.client(|_, ids| done(ids));
    let report = second.off("o").send(keys(0..6)).concurrency(1).journal(&store, "leavers").await.unwrap();
    assert_eq!((report.counters().succeeded, report.open(), report.stopped()), (6, 0, None));
    let sent: Vec<_> = place.sent().iter().flat_map(|(_, body, _)| ids(body)).collect();
    assert_eq!(sent, [keys(0..6), keys(2..6)].concat());
}

#[tokio::test]
async fn a_final_refusal_is_not_sent_again() {
    let place = Place::new();
    for _ in 0..2 {
        let client = place.client(|_, _| Script::response(422, r#"{"message":"no"}"#));
        let store = place.store().await;
        let report = client.off("o").send(keys(0..2)).journal(&store, "leavers").await.unwrap();
        assert_eq!((report.counters().refused, report.open(), report.requests()), (2, 0, 1));
    }
}

#[tokio::test]
async fn a_job_is_asked_for_its_result_and_not_started_again() {
    let place = Place::new();
    let running = |_: usize, _: &[String]| Script::response(202, r#"{"job":7,"state":"running"}"#);
    let (first, store) = (place.client(running), place.store().await);
    let run = first.job().send(keys(0..2)).journal(&store, "jobs");
    let mut outcomes = run.outcomes();
    let next = tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await;
    assert!(next.is_err(), "the job runs");
    drop((outcomes, first, store));
    assert_eq!(place.sent().len(), 1);

    let finished = |_: usize, _: &[String]| Script::response(200, r#"{"job":7,"state":"done","done":["k0","k1"]}"#);
    let (second, store) = (place.client(finished), place.store().await);
    let report = second.job().send(keys(0..2)).journal(&store, "jobs").await.unwrap();
    assert_eq!(place.sent().iter().map(|(path, ..)| path.as_str()).collect::<Vec<_>>(), ["/jobs/7"]);
    assert_eq!((report.counters().succeeded, report.open()), (2, 0));
}

#[tokio::test]
async fn a_handle_that_is_a_credential_is_in_no_file_and_no_message() {
    let place = Place::new();
    let started = r#"{"url":"/exports/7?sig=s3cret","state":"running"}"#;
    let running = move |_: usize, _: &[String]| Script::response(202, started);
    let (first, store) = (place.client(running), place.store().await);
    let run = first.export().send(keys(0..2)).journal(&store, "exports");
    let mut outcomes = run.outcomes();
    // Past the first poll.
    let next = tokio::time::timeout(Duration::from_millis(1_500), outcomes.next()).await;
    assert!(next.is_err(), "the job runs: {next:?}");
    assert_eq!(place.sent()[1].0, "/exports/7");
    drop((outcomes, first, store));

    let failed = r#"{"url":"/exports/8?sig=s3cret","state":"failed"}"#;
    let (second, store) = (place.client(move |_, _| Script::response(200, failed)), place.store().await);
    let report = second.export().send(keys(0..4)).journal(&store, "exports").await.unwrap();
    // What the first life sent is uncertain, and nothing asks its job.
    assert_eq!(place.sent().iter().map(|(path, ..)| path.as_str()).collect::<Vec<_>>(), ["/exports"]);
    assert_eq!(report.counters().unknown, 4);
    assert!(report.to_string().contains("the job \"<secret>\" failed"), "{report}");
    drop(store);
    let file = std::fs::read(place.path()).unwrap();
    assert!(!file.windows(6).any(|part| part == b"s3cret"), "the handle is in the file");
}

#[tokio::test]
async fn a_job_whose_items_are_not_in_the_input_any_more_is_left_alone() {
    let place = Place::new();
    let running = |_: usize, _: &[String]| Script::response(202, r#"{"job":7,"state":"running"}"#);
    let (first, store) = (place.client(running), place.store().await);
    let mut outcomes = first.job().send(keys(0..2)).journal(&store, "jobs").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await.is_err());
    drop((outcomes, first, store));
    place.sent();
    let finished = |_: usize, _: &[String]| Script::response(200, r#"{"state":"done","done":["k7"]}"#);
    let (second, store) = (place.client(finished), place.store().await);
    let report = second.job().send(keys(7..8)).journal(&store, "jobs").await.unwrap();
    assert_eq!(place.sent().iter().map(|(path, ..)| path.as_str()).collect::<Vec<_>>(), ["/jobs"]);
    assert_eq!((report.counters().succeeded, report.counters().unknown, report.open()), (1, 2, 2));
}

#[tokio::test]
async fn assigned_ids_are_the_same_in_all_lives() {
    let place = Place::new();
    let messages = || ["a", "b"].map(|name| Message { name: name.to_owned(), event: AssignedId::new() });
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let mut outcomes = first.event().send(messages()).journal(&store, "events").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await.is_err());
    drop((outcomes, first, store));
    let before = place.sent();
    let (second, store) = (place.client(|_, _| Script::response(200, "")), place.store().await);
    // In another order, and with one more.
    let mut input = Vec::from(messages());
    input.insert(0, Message { name: "c".to_owned(), event: AssignedId::new() });
    input.swap(1, 2);
    assert!(second.event().send(input).journal(&store, "events").await.unwrap().is_complete());
    let events = |sent: &[(String, Value, Option<String>)], name: &str| -> Vec<String> {
        let items = sent.iter().flat_map(|(_, body, _)| body["ids"].as_array().unwrap());
        items.filter(|item| item["name"] == name).map(|item| item["event"].as_str().unwrap().to_owned()).collect()
    };
    let after = place.sent();
    for name in ["a", "b"] {
        assert_eq!(events(&after, name), events(&before, name), "{name}");
    }
    assert_eq!(events(&after, "c").len(), 1);
    assert_ne!(events(&after, "c"), events(&before, "a"));
}

#[tokio::test]
async fn a_changed_item_stops_the_run_unless_it_is_to_be_sent() {
    let place = Place::new();
    let input = |to: u8| [1, 2, 3].map(|id| Patch { id, to: if id == 2 { to } else { 0 } });
    let (client, store) = (place.client(|_, ids| patched(ids)), place.store().await);
    assert!(client.patch().send(input(0)).journal(&store, "patches").await.unwrap().is_complete());
    place.sent();
    let changed = client.patch().send(input(9)).journal(&store, "patches").await.unwrap_err();
    assert_eq!(changed, JournalError::InputChanged { index: 1, key: Some("2".into()) });
    assert!(changed.to_string().contains("expected item 1 with the key 2 to be as it was"), "{changed}");
    assert_eq!(place.sent(), []);
    let run = client.patch().send(input(9)).journal(&store, "patches").on_change(OnChange::Send);
    let report = run.await.unwrap();
    assert_eq!((report.counters().succeeded, report.open()), (4, 0), "the item before it, and the changed one");
    assert_eq!(
        place.sent().iter().map(|(_, body, _)| body.clone()).collect::<Vec<_>>(),
        [json!({"ids": [{"id": 2, "to": 9}]})]
    );
    // A row that is added at the end is a new item.
    let more = client.patch().send([Patch { id: 1, to: 0 }, Patch { id: 4, to: 0 }]).journal(&store, "patches").await;
    assert_eq!((more.unwrap().counters().succeeded, place.sent().len()), (5, 1));
}

#[tokio::test]
async fn items_without_keys_are_told_apart_by_their_place() {
    let place = Place::new();
    let notes = |texts: &[&str]| texts.iter().map(|text| Note { text: (*text).to_owned() }).collect::<Vec<_>>();
    let placed = |number: usize, hangs: usize| match number == hangs {
        true => never(),
        false => Script::response(200, r#"[{"status":200},{"status":200}]"#),
    };
    let (first, store) = (place.client(move |number, _| placed(number, 1)), place.store().await);
    let run = first.note().send(notes(&["a", "a", "b", "c"])).concurrency(1).journal(&store, "notes");
    let mut outcomes = run.outcomes();
    while let Ok(Some(_)) = tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await {}
    drop((outcomes, first, store));
    assert_eq!(place.sent().len(), 2);
    let (second, store) = (place.client(move |number, _| placed(number, 9)), place.store().await);
    let moved = second.note().send(notes(&["a", "b", "a", "c"])).journal(&store, "notes").await.unwrap_err();
    assert_eq!(moved, JournalError::InputChanged { index: 1, key: None });
    let report = second.note().send(notes(&["a", "a", "b", "c", "d", "a"])).journal(&store, "notes").await.unwrap();
    assert_eq!((report.counters().succeeded, report.counters().unknown, report.open()), (4, 2, 0), "{report}");
    assert_eq!(
        place.sent().iter().map(|(_, body, _)| body.clone()).collect::<Vec<_>>(),
        [json!({"ids": [{"text": "d"}, {"text": "a"}]})]
    );
}

#[tokio::test]
async fn what_is_in_flight_when_the_input_is_found_changed_is_recorded() {
    let place = Place::new();
    // A source that is read further while the first request is in flight.
    let slow = |_: usize, ids: &[String]| patched(ids).after(Duration::from_millis(100));
    let (client, store) = (place.client(slow), place.store().await);
    let input = |to: u8| {
        let patches = [(1, 0), (2, 0), (3, to), (4, 0)].map(|(id, to)| Patch { id, to });
        futures_util::stream::iter(patches).then(|patch| async move {
            tokio::time::sleep(Duration::from_millis(if patch.id == 3 { 30 } else { 0 })).await;
            patch
        })
    };
    // The first life reads all, and ends before a response.
    let mut outcomes = client.patch().send_stream(input(0)).journal(&store, "patches").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(80), outcomes.next()).await.is_err());
    drop(outcomes);
    place.sent();
    let mut outcomes = client.patch().send_stream(input(9)).journal(&store, "patches").outcomes();
    let mut told = Vec::new();
    while let Some(Ok(item)) = outcomes.next().await {
        told.push((item.row.key, item.row.outcome, item.is_recorded));
    }
    drop(outcomes);
    assert!(told.contains(&("1".to_owned(), OutcomeKind::Succeeded, true)), "{told:?}");
    let report = store.report("patches").await.unwrap();
    assert!(report.counters().succeeded >= 1 && report.open() <= 3, "{report}");
    assert!(report.stopped().unwrap().contains("the input changed"), "{report}");
}

#[tokio::test]
async fn duplicates_are_looked_up_in_the_whole_journal() {
    let place = Place::new();
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let input = [keys(0..3), keys(0..2)].concat();
    let report = client.off("o").send(input.clone()).journal(&store, "leavers").await.unwrap();
    assert_eq!((report.counters().succeeded, place.sent().len()), (5, 2));
    drop(store);
    let store = place.store().await;
    let outcomes = client.off("o").send([input, keys(2..4)].concat()).journal(&store, "leavers").outcomes();
    let got: Vec<_> = outcomes.map(|item| item.unwrap()).map(|item| (item.row.index, item.replayed)).collect().await;
    let mut sorted = got.clone();
    sorted.sort_unstable();
    // The sixth is a duplicate of an item of the first life, and the seventh a new one.
    let want = [(0, true), (1, true), (2, true), (3, true), (4, true), (5, false), (6, false)];
    assert_eq!(sorted, want, "{got:?}");
    assert_eq!(place.sent().iter().flat_map(|(_, body, _)| ids(body)).collect::<Vec<_>>(), ["k3"]);
}

#[tokio::test]
async fn a_stream_of_new_outcomes_leaves_out_those_of_earlier_lives() {
    let place = Place::new();
    let first = place.client(|number, ids| if number == 2 { never() } else { done(ids) });
    let store = place.store().await;
    let outcomes = first.off("o").send(keys(0..8)).concurrency(1).journal(&store, "leavers").outcomes();
    until_it_hangs(outcomes).await;
    drop((first, store));
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    // The last one repeats an item of the first life: it is new itself.
    let input = [keys(0..8), keys(0..1)].concat();
    let mut outcomes = second.off("o").send(input).journal(&store, "leavers").new_only().outcomes();
    let mut got = Vec::new();
    while let Some(item) = outcomes.next().await {
        let item = item.unwrap();
        assert!(!item.replayed);
        got.push(item.row.index);
    }
    got.sort_unstable();
    assert_eq!(got, [4, 5, 6, 7, 8]);
    assert_eq!(outcomes.summary().counters().succeeded, 9, "the counters have all items");
}

#[tokio::test]
async fn each_life_pauses_after_items_of_its_own() {
    let place = Place::new();
    let first = place.client(|number, ids| if number == 2 { never() } else { done(ids) });
    let store = place.store().await;
    let outcomes = first.off("o").send(keys(0..12)).concurrency(1).journal(&store, "leavers").outcomes();
    until_it_hangs(outcomes).await;
    drop((first, store));
    let uncertain = place.sent().pop().unwrap();
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let run = second.off("o").send(keys(0..12)).concurrency(1).pause_after(1);
    let watch = run.watch();
    let mut outcomes = run.journal(&store, "leavers").outcomes();
    let mut told = Vec::new();
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(300), outcomes.next()).await {
        let item = item.unwrap();
        told.push((item.row.key, item.replayed));
    }
    let replayed = |count| keys(0..7).into_iter().enumerate().map(move |(at, key)| (key, at < count));
    assert_eq!(told, replayed(4).collect::<Vec<_>>());
    // What was in flight is sent as it was. The pause does not split it.
    let sent = place.sent();
    assert_eq!((&sent[0], ids(&sent[1].1)), (&uncertain, keys(6..7)));
    watch.resume();
    while let Some(item) = outcomes.next().await {
        assert!(!item.unwrap().replayed);
    }
    assert_eq!(outcomes.summary().counters().succeeded, 12);
}

#[tokio::test]
async fn in_order_the_outcomes_of_all_lives_are() {
    let place = Place::new();
    let first = place.client(|number, ids| if number == 0 { never() } else { done(ids) });
    let store = place.store().await;
    let outcomes = first.off("o").send(keys(0..8)).concurrency(3).journal(&store, "leavers").outcomes();
    until_it_hangs(outcomes).await;
    drop((first, store));
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let run = second.off("o").send([keys(0..8), keys(3..4)].concat()).in_order(16).journal(&store, "leavers");
    let got: Vec<_> = run.outcomes().map(|item| item.unwrap().row.index).collect().await;
    assert_eq!(got, (0..9).collect::<Vec<_>>());
}

#[tokio::test]
async fn verify_is_asked_about_what_was_in_flight_once_the_host_is_done_with_it() {
    let place = Place::new();
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let sent = Instant::now();
    let mut outcomes = first.mail().send(keys(0..2)).journal(&store, "mails").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(50), outcomes.next()).await.is_err());
    drop((outcomes, first, store));
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let asked = Arc::new(AtomicUsize::new(0));
    let run = second.mail().send(keys(0..2)).verify(|ids: Vec<String>| {
        // The timeout of an attempt is 300 ms.
        assert!(sent.elapsed() > Duration::from_millis(300), "{:?}", sent.elapsed());
        asked.fetch_add(ids.len(), Ordering::Relaxed);
        async move {
            let found = |id: String| if id == "k0" { (id, Verified::Applied) } else { (id, Verified::NotApplied) };
            Ok::<_, Infallible>(ids.into_iter().map(found).collect::<Vec<_>>())
        }
    });
    let report = run.journal(&store, "mails").await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!((report.counters().succeeded, report.counters().refused, report.open()), (1, 1, 0));
}

#[tokio::test]
async fn the_time_of_a_run_counts_from_its_first_life() {
    let place = Place::new();
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let timeout = Duration::from_millis(200);
    let run = || client.off("o").send(keys(0..4)).run_timeout(timeout).journal(&store, "leavers");
    assert_eq!(run().await.unwrap().counters().succeeded, 4);
    tokio::time::sleep(timeout).await;
    let more = client.off("o").send(keys(0..6)).run_timeout(timeout).journal(&store, "leavers").await.unwrap();
    assert_eq!((more.counters().succeeded, more.counters().not_attempted, more.open()), (4, 2, 2));
    let run = client.off("o").send(keys(0..6)).run_timeout(timeout).journal(&store, "leavers").restart_timeout();
    assert!(run.await.unwrap().is_complete());
}

#[tokio::test]
async fn attempts_before_a_crash_count() {
    let place = Place::new();
    // Each life sends the items once more, and crashes.
    for _ in 0..3 {
        let (client, store) = (place.client(|_, _| never()), place.store().await);
        let run = client.off("o").send(keys(0..2)).max_attempts(2).journal(&store, "leavers");
        until_it_hangs(run.outcomes()).await;
    }
    assert_eq!(place.sent().len(), 2, "no third attempt");
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    // It was told as unknown by the third call. A new call is a new try.
    let report = client.off("o").send(keys(0..2)).max_attempts(2).journal(&store, "leavers").await.unwrap();
    assert!(report.is_complete(), "{report}");
}

/// R11: a run that crashes again and again does not send what is put off for ever.
#[tokio::test]
async fn the_time_that_an_item_was_put_off_before_a_crash_counts() {
    let place = Place::new();
    let put_off = || Script::response(200, json!([element("k0", 429)]).to_string()).header("Retry-After", "1");
    let patience = Duration::from_millis(2_500);
    // It waits for one second and for another one. Then the process ends.
    let (first, store) =
        (place.client(move |number, _| if number < 2 { put_off() } else { never() }), place.store().await);
    let run = first.off("o").send(keys(0..1)).patience(patience).max_attempts(2).journal(&store, "leavers");
    let hangs = async {
        let mut sent = 0;
        while sent < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            sent += place.sent().len();
        }
    };
    tokio::select! {
        report = run => panic!("it ends: {report:?}"),
        () = hangs => {}
    }
    drop((first, store));
    let (second, store) = (place.client(move |_, _| put_off()), place.store().await);
    let report =
        second.off("o").send(keys(0..1)).patience(patience).max_attempts(2).journal(&store, "leavers").await.unwrap();
    // With those before the crash, a third wait of a second would be too long.
    assert_eq!((report.counters().unknown, place.sent().len()), (1, 1), "{report}");
    // A new call is a new try.
    let more = second.off("o").send(keys(0..1)).patience(patience).max_attempts(2).journal(&store, "leavers");
    assert_eq!(more.await.unwrap().counters().unknown, 1);
    assert!(place.sent().len() > 1);
}

#[tokio::test]
async fn an_item_that_a_response_leaves_open_keeps_its_evidence() {
    let place = Place::new();
    // The first response puts `k1` off. Then the process ends.
    let throttled = |number: usize, _: &[String]| match number {
        0 => Script::response(200, Value::from_iter([element("k0", 200), element("k1", 429)]).to_string())
            .header("Retry-After", "60"),
        _ => never(),
    };
    let (first, store) = (place.client(throttled), place.store().await);
    let run = first.off("o").send(keys(0..2)).journal(&store, "leavers");
    assert_eq!(until_it_hangs(run.outcomes()).await, ["k0: succeeded"]);
    let report = store.report("leavers").await.unwrap();
    let rows: Vec<_> = report.rows().map(|row| row.unwrap().to_string()).collect();
    assert_eq!(rows, ["k0: succeeded", "k1: refused: returned as unprocessed"]);
    assert_eq!(report.open(), 1);
    drop((first, store));
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let run = second.off("o").send(keys(0..2)).journal(&store, "leavers");
    let watch = run.watch();
    watch.stop();
    let report = run.await.unwrap();
    // It was sent, and the vendor put it off: that is no `NotAttempted`.
    assert_eq!((report.counters().refused, report.counters().not_attempted), (1, 0), "{report}");
}

#[tokio::test]
async fn what_only_a_key_protects_is_sent_again_under_it_as_it_was_or_not_at_all() {
    for (input, wait, is_sent) in [
        (keys(0..4), Duration::ZERO, true),
        // The vendor has forgotten the key.
        (keys(0..4), Duration::from_millis(1_100), false),
        // A part of the batch is another request.
        (keys(1..4), Duration::ZERO, false),
    ] {
        let place = Place::new();
        let (first, store) = (place.client(|_, _| never()), place.store().await);
        let run = first.pay().send(keys(0..4)).concurrency(1).journal(&store, "payments");
        assert_eq!(until_it_hangs(run.outcomes()).await, [""; 0]);
        drop((first, store));
        let before = place.sent();
        tokio::time::sleep(wait).await;
        let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
        let report = second.pay().send(input.clone()).concurrency(1).journal(&store, "payments").await.unwrap();
        let after = place.sent();
        assert_eq!(after.contains(&before[0]), is_sent, "{input:?} {wait:?}");
        let others: Vec<_> =
            after.iter().filter(|sent| **sent != before[0]).flat_map(|(_, body, _)| ids(body)).collect();
        assert_eq!(
            others,
            keys(2..4),
            "{input:?} {wait:?} {report} {:?}",
            report.rows().map(|r| r.unwrap().to_string()).collect::<Vec<_>>()
        );
        let counters = report.counters();
        assert_eq!((counters.succeeded, counters.unknown), if is_sent { (4, 0) } else { (2, 2) }, "{report}");
    }
}
