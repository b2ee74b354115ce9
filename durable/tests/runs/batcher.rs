//! Single calls with a journal: what callers are told, and what the next life settles.

use std::time::Duration;

use bulk_endpoint::batcher::{Batcher, BatcherBuilder, BatcherDriver, CallError};
use bulk_endpoint::journal::JournalError;
use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, OnDuplicate, Outcome, OutcomeKind};
use bulk_endpoint_durable::{Keys, Options, Store};
use futures_util::future::join_all;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::{Element, Error, Note, Place, Placed, Tokens, done, element, ids, never};

type Calls = Batcher<String, Vec<Element>, Error>;
type Driver = BatcherDriver<String, Vec<Element>, Error>;

const NAME: &str = "calls";

/// A batcher whose calls are items of a run in the store, and which settles what earlier lives left open.
fn journaled(bulk: &Bulk<String, Vec<Element>, Error>, store: &Store) -> BatcherBuilder<String, Vec<Element>, Error> {
    let (journal, open) = (store.clone(), store.clone());
    let batcher = bulk.batcher().options(move |run| run.linger(Duration::from_millis(2)).journal(&journal, NAME));
    batcher.resume(move || open.items(NAME).open().with_duplicates())
}

fn spawned((calls, driver): (Calls, Driver)) -> (Calls, JoinHandle<Result<(), JournalError>>) {
    (calls, tokio::spawn(driver))
}

/// Ends the process when the vendor has so many requests.
async fn crash(driver: JoinHandle<Result<(), JournalError>>, place: &Place, requests: usize) {
    place.until_sent(requests).await;
    driver.abort();
    assert!(driver.await.unwrap_err().is_cancelled());
}

async fn rows(store: &Store) -> Vec<String> {
    store.report(NAME).await.unwrap().rows().map(|row| row.unwrap().to_string()).collect()
}

fn sent(place: &Place) -> Vec<Vec<String>> {
    place.sent().iter().map(|(_, body, _)| ids(body)).collect()
}

#[tokio::test]
async fn a_call_returns_when_its_outcome_is_durable() {
    let place = Place::new();
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let (calls, driver) = spawned(journaled(&client.off("o"), &store).build());
    let names = ["a", "b", "c"].map(str::to_owned);
    let settled = join_all(names.map(|name| calls.send(name))).await;
    for (settled, name) in settled.into_iter().zip(["a", "b", "c"]) {
        let settled = settled.unwrap();
        assert_eq!((settled.item.as_str(), settled.outcome.kind()), (name, OutcomeKind::Succeeded));
        assert!(settled.response.is_some());
        assert!(rows(&store).await.contains(&settled.row().to_string()));
    }
    assert_eq!(sent(&place), [vec!["a", "b"], vec!["c"]]);
    // A call is never answered with the outcome of one that returned: each is an item of its own.
    assert!(calls.send("a".into()).await.unwrap().outcome.kind() == OutcomeKind::Succeeded);
    calls.close(Duration::MAX).await;
    driver.await.unwrap().unwrap();
    assert_eq!(sent(&place), [["a"]]);
    assert_eq!(rows(&store).await, ["a", "b", "c", "a"].map(|name| format!("{name}: succeeded")));
}

#[tokio::test]
async fn what_a_crash_left_open_is_settled_by_the_next_life() {
    let place = Place::new();
    let (first, store) =
        (place.client(|number, ids| if number == 1 { never() } else { done(ids) }), place.store().await);
    let (calls, driver) = spawned(
        journaled(&first.off("o"), &store)
            .options({
                let store = store.clone();
                move |run| run.concurrency(1).journal(&store, NAME)
            })
            .build(),
    );
    let names: Vec<_> = (0..5).map(|number| format!("k{number}")).collect();
    let waiting: Vec<_> = names.iter().map(|name| tokio::spawn(calls.try_send(name.clone()).unwrap())).collect();
    crash(driver, &place, 2).await;
    let answers: Vec<_> = join_all(waiting).await.into_iter().map(Result::unwrap).collect();
    assert!(answers[..2].iter().all(|answer| answer.as_ref().unwrap().outcome.kind() == OutcomeKind::Succeeded));
    assert!(answers[2..].iter().all(|answer| matches!(answer, Err(CallError::Lost))), "{answers:?}");
    drop((first, store));
    let before = place.sent();
    assert_eq!(before.iter().map(|(_, body, _)| ids(body)).collect::<Vec<_>>(), [["k0", "k1"], ["k2", "k3"]]);

    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let (calls, driver) = spawned(journaled(&second.off("o"), &store).build());
    // Nobody calls. What was in flight comes again as it was, under its key; `k4` was not sent yet.
    calls.close(Duration::MAX).await;
    driver.await.unwrap().unwrap();
    let after = place.sent();
    assert_eq!(after[0], before[1]);
    assert_eq!(ids(&after[1].1), ["k4"]);
    let report = store.report(NAME).await.unwrap();
    assert_eq!((report.lives(), report.open(), report.counters().succeeded), (2, 0, 5), "{report}");
}

#[tokio::test]
async fn a_call_like_one_that_is_unknown_is_sent_and_the_unknown_one_stays_so() {
    let place = Place::new();
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let (calls, driver) = spawned(journaled(&first.mail(), &store).build());
    let lost = tokio::spawn(calls.try_send("a".into()).unwrap());
    crash(driver, &place, 1).await;
    assert!(matches!(lost.await.unwrap(), Err(CallError::Lost)));
    drop((first, store));
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let (calls, driver) = spawned(journaled(&second.mail(), &store).build());
    assert_eq!(calls.send("a".into()).await.unwrap().outcome.kind(), OutcomeKind::Succeeded);
    drop(calls);
    driver.await.unwrap().unwrap();
    assert_eq!(sent(&place), [["a"], ["a"]]);
    let rows = rows(&store).await;
    assert!(rows[0].starts_with("a: unknown") && rows[1] == "a: succeeded", "{rows:?}");
    assert_eq!(store.report(NAME).await.unwrap().open(), 0, "unknown is final here");
}

#[tokio::test]
async fn what_a_caller_was_told_is_final() {
    let place = Place::new();
    let refuse = |_: usize, _: &[String]| Script::response(401, "{}").after(Duration::from_millis(200));
    let (first, store) = (place.client(refuse), place.store().await);
    let (calls, driver) = spawned(journaled(&first.off("o"), &store).build());
    let waiting: Vec<_> = ["a", "b", "c"].map(|name| calls.try_send(name.into()).unwrap()).into();
    let gone = calls.try_send("d".into()).unwrap();
    place.until_sent(1).await;
    while rows(&store).await.len() < 4 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Its caller does not wait any more: the next life does what the token has prevented.
    drop(gone);
    let kinds: Vec<_> = join_all(waiting).await.into_iter().map(|call| call.unwrap().outcome.kind()).collect();
    assert!(!kinds.contains(&OutcomeKind::Succeeded) && !kinds.contains(&OutcomeKind::Unknown), "{kinds:?}");
    calls.close(Duration::MAX).await;
    driver.await.unwrap().unwrap();
    assert_eq!(store.report(NAME).await.unwrap().open(), 1);
    drop((first, store));
    place.sent();
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let (calls, driver) = spawned(journaled(&second.off("o"), &store).build());
    calls.close(Duration::MAX).await;
    driver.await.unwrap().unwrap();
    assert_eq!(sent(&place), [["d"]]);
    assert_eq!(store.report(NAME).await.unwrap().open(), 0);
}

#[tokio::test]
async fn calls_with_equal_items_share_a_request_and_a_crash() {
    for on_duplicate in [OnDuplicate::Collapse, OnDuplicate::Keep, OnDuplicate::Reject] {
        let place = Place::new();
        let (first, store) = (place.client(|_, ids| done(ids)), place.store().await);
        let start = |bulk: Bulk<_, _, _>, store: &Store| {
            let journal = store.clone();
            let set = move |run: bulk_endpoint::batcher::BatcherRun<_, _, _>| {
                run.on_duplicate(on_duplicate).journal(&journal, NAME)
            };
            spawned(journaled(&bulk, store).options(set).build())
        };
        let (calls, driver) = start(first.off("o"), &store);
        let answers = join_all(["a", "b", "a"].map(|name| calls.send(name.into()))).await;
        let kinds: Vec<_> = answers.into_iter().map(|call| call.unwrap().outcome.kind()).collect();
        let third =
            if on_duplicate == OnDuplicate::Reject { OutcomeKind::NotAttempted } else { OutcomeKind::Succeeded };
        assert_eq!(kinds, [OutcomeKind::Succeeded, OutcomeKind::Succeeded, third], "{on_duplicate:?}");
        let batches =
            if on_duplicate == OnDuplicate::Keep { vec![vec!["a", "b"], vec!["a"]] } else { vec![vec!["a", "b"]] };
        assert_eq!(sent(&place), batches, "{on_duplicate:?}");
        // The same, and the process ends before the vendor responds.
        calls.close(Duration::MAX).await;
        driver.await.unwrap().unwrap();
        let hung = place.client(|_, _| never());
        let (calls, driver) = start(hung.off("o"), &store);
        let waiting = ["c", "c"].map(|name| calls.try_send(name.into()).unwrap());
        crash(driver, &place, 1).await;
        drop((waiting, hung));
        place.sent();
        let second = place.client(|_, ids| done(ids));
        let (calls, driver) = start(second.off("o"), &store);
        calls.close(Duration::MAX).await;
        driver.await.unwrap().unwrap();
        let batches: &[&[&str]] = if on_duplicate == OnDuplicate::Keep { &[&["c"], &["c"]] } else { &[&["c"]] };
        assert_eq!(sent(&place), batches, "{on_duplicate:?}");
        let rows = rows(&store).await;
        assert_eq!(rows[3], "c: succeeded");
        assert_eq!(rows[4] == "c: succeeded", on_duplicate != OnDuplicate::Reject, "{rows:?}");
    }
}

#[tokio::test]
async fn without_resume_open_items_stay_open() {
    let place = Place::new();
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let (calls, driver) = spawned(journaled(&first.off("o"), &store).build());
    let lost = calls.try_send("a".into()).unwrap();
    crash(driver, &place, 1).await;
    drop((lost, first));
    place.sent();
    let (second, journal) = (place.client(|_, ids| done(ids)), store.clone());
    let calls = second.off("o").batcher().options(move |run| run.journal(&journal, NAME)).spawn();
    assert_eq!(calls.send("b".into()).await.unwrap().outcome.kind(), OutcomeKind::Succeeded);
    calls.close(Duration::MAX).await;
    assert_eq!(sent(&place), [["b"]]);
    assert_eq!(store.report(NAME).await.unwrap().open(), 1);
}

#[tokio::test]
async fn items_without_keys_are_calls_too() {
    let place = Place::new();
    let client =
        place.client(|_, ids| Script::response(200, json!(vec![json!({"status": 200}); ids.len()]).to_string()));
    let store = place.store().await;
    for life in 1..3 {
        let (journal, open) = (store.clone(), store.clone());
        let make = |_| -> Note { unreachable!("nothing is open") };
        let batcher = client.note().batcher().options(move |run| run.journal(&journal, "notes"));
        let (notes, driver): (Batcher<Note, Vec<Placed>, Error>, _) =
            batcher.resume(move || open.items_with("notes", make).open()).build();
        let driver = tokio::spawn(driver);
        let answers = join_all(["x", "x"].map(|text| notes.send(Note { text: text.into() }))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().outcome.kind() == OutcomeKind::Succeeded));
        drop(notes);
        driver.await.unwrap().unwrap();
        assert_eq!(store.report("notes").await.unwrap().counters().succeeded, 2 * life);
    }
}

#[tokio::test]
async fn a_batcher_whose_journal_cannot_be_used_gives_the_items_back() {
    let closed = |answer: Result<_, CallError<String>>| {
        let answer = answer.map(|_: bulk_endpoint::Settled<String, Vec<Element>, Error>| ());
        assert_eq!(answer, Err(CallError::Closed("a".into())));
    };
    // Another one has the run.
    let place = Place::new();
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let other = journaled(&client.off("o"), &store).spawn();
    other.send("first".into()).await.unwrap();
    for begins in [true, false] {
        let journal = store.clone();
        let batcher = match begins {
            true => journaled(&client.off("o"), &store),
            // It begins with its first call.
            false => client.off("o").batcher().options(move |run| run.journal(&journal, NAME)),
        };
        let (calls, driver) = batcher.build();
        let call = calls.try_send("a".into()).unwrap();
        let error = driver.await.unwrap_err();
        assert!(matches!(error, JournalError::InUse(_)), "{error}");
        closed(call.await);
        closed(calls.send("a".into()).await);
        calls.flush().await;
        calls.close(Duration::MAX).await;
    }
    // Another run has the name.
    other.close(Duration::MAX).await;
    let (calls, driver) = journaled(&client.off("p"), &store).build();
    let call = calls.try_send("a".into()).unwrap();
    let error = driver.await.unwrap_err();
    assert!(matches!(error, JournalError::OtherRun(_)), "{error}");
    closed(call.await);
    // Arguments that make no request, and a mock.
    for (bulk, expected) in [(client.off(".."), "org"), (Bulk::mock(|_| Outcome::succeeded()), "a mock")] {
        let journal = store.clone();
        let (calls, driver) = bulk.batcher().options(move |run| run.journal(&journal, "others")).build();
        let call = calls.try_send("a".into()).unwrap();
        let error = driver.await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        closed(call.await);
    }
}

#[tokio::test]
async fn open_items_that_cannot_be_read_end_the_batcher() {
    let place = Place::new();
    let hashed = Options::new().keys(Keys::Hashed);
    let store = Store::open_with(place.path(), hashed).await.unwrap();
    let client = place.client(|_, ids| done(ids));
    let (calls, driver) = journaled(&client.off("o"), &store).build();
    let error = driver.await.unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read the items that an earlier life left open: ")
            && error.contains("keys were hashed"),
        "{error}"
    );
    assert!(calls.is_closed());
}

#[tokio::test]
async fn a_disk_that_fills_up_ends_the_batcher_and_each_call_truly() {
    let place = Place::new();
    let store = Store::open_with(place.path(), Options::new().max_pages(60)).await.unwrap();
    let client = place.client(|_, ids| done(ids).after(Duration::from_millis(1)));
    let (calls, driver) = spawned(journaled(&client.off("o"), &store).capacity(64).build());
    let callers = (0..4_000).map(|number| {
        let calls = calls.clone();
        tokio::spawn(async move { calls.send(format!("a long name of an item with the number {number}")).await })
    });
    let (mut told, mut unrecorded, mut closed) = (Vec::new(), Vec::new(), 0);
    for answer in join_all(callers).await {
        match answer.unwrap() {
            Ok(settled) => told.push(settled.row().to_string()),
            Err(CallError::NotRecorded { item, row }) => unrecorded.push((item, row.outcome)),
            Err(CallError::Closed(_)) => closed += 1,
            Err(CallError::Lost) => panic!("the driver went on"),
            Err(other) => panic!("{other}"),
        }
    }
    let error = driver.await.unwrap().unwrap_err();
    assert!(matches!(error, JournalError::Store(_)), "{error}");
    assert!(!told.is_empty() && closed > 0, "{} told, {} unrecorded, {closed} closed", told.len(), unrecorded.len());
    let sent: Vec<_> = sent(&place).concat();
    for (item, outcome) in &unrecorded {
        assert_eq!(sent.contains(item), *outcome != OutcomeKind::NotAttempted, "{item}: {outcome}");
    }
    assert_eq!(
        sent.len(),
        told.len() + unrecorded.iter().filter(|(_, outcome)| *outcome != OutcomeKind::NotAttempted).count()
    );
    drop((calls, store));
    let store = place.store().await;
    let rows = rows(&store).await;
    assert!(told.iter().all(|row| rows.contains(row)), "what was told is in the journal");
    // The next life does the rest of what the journal has.
    let (calls, driver) = spawned(journaled(&client.off("o"), &store).build());
    calls.close(Duration::MAX).await;
    driver.await.unwrap().unwrap();
    assert_eq!(store.report(NAME).await.unwrap().open(), 0);
}

#[tokio::test]
async fn a_batcher_that_is_cancelled_tells_its_callers_and_the_journal_the_same() {
    let place = Place::new();
    let (client, store) = (place.client(|_, _| never()), place.store().await);
    let (calls, driver) = spawned(journaled(&client.mail(), &store).build());
    let waiting: Vec<_> = ["a", "b", "c"].map(|name| calls.try_send(name.into()).unwrap()).into();
    place.until_sent(2).await;
    calls.close(Duration::ZERO).await;
    driver.await.unwrap().unwrap();
    let told: Vec<_> = join_all(waiting).await.into_iter().map(|call| call.unwrap().row().to_string()).collect();
    assert!(told.iter().all(|row| row.contains(": unknown")), "{told:?}");
    assert_eq!(rows(&store).await, told);
    assert_eq!(store.report(NAME).await.unwrap().open(), 0);
    let late = calls.send("a".into()).await;
    assert!(matches!(late, Err(CallError::Closed(_))));
}

#[tokio::test]
async fn a_failed_element_and_a_refusal_reach_their_callers_with_their_types() {
    let place = Place::new();
    let client = place.client(|_, ids| {
        let status = |id: &String| if id == "bad" { 404 } else { 200 };
        Script::response(200, json!(ids.iter().map(|id| element(id, status(id))).collect::<Vec<_>>()).to_string())
    });
    let store = place.store().await;
    let calls = journaled(&client.off("o"), &store).spawn();
    let settled = calls.send("bad".into()).await.unwrap();
    assert!(matches!(&settled.outcome, Outcome::Failed(failure) if failure.status == 404), "{settled:?}");
    calls.close(Duration::ZERO).await;
}

/// One caller of an item gave up, and another one shares its request. What that one is told holds for both.
#[tokio::test]
async fn an_outcome_that_one_caller_was_told_holds_for_all_that_share_the_request() {
    let place = Place::new();
    let client = place.client(|n, ids| match n {
        0 => Script::response(401, "{}").after(Duration::from_millis(200)),
        _ => done(ids),
    });
    let store = place.store().await;
    let (journal, open) = (store.clone(), store.clone());
    let set = move |run: bulk_endpoint::batcher::BatcherRun<_, _, _>| {
        run.concurrency(1).linger(Duration::from_millis(1)).journal(&journal, NAME)
    };
    let calls = client.mail().batcher().options(set).resume(move || open.items(NAME).open().with_duplicates()).spawn();
    let first = ["x", "y"].map(|id| tokio::spawn(calls.try_send(id.into()).unwrap()));
    place.until_sent(1).await;
    // These wait behind the request in flight.
    let [given_up, waits] = ["a", "a"].map(|id: &str| calls.try_send(id.into()).unwrap());
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(given_up);
    join_all(first).await;
    assert_eq!(waits.await.unwrap().outcome.kind(), OutcomeKind::NotAttempted);
    // The next call is in another life.
    assert_eq!(calls.send("z".into()).await.unwrap().outcome.kind(), OutcomeKind::Succeeded);
    calls.close(Duration::MAX).await;
    let sent: Vec<_> = place.sent().iter().skip(1).map(|(_, body, _)| ids(body)).collect();
    assert_eq!(sent, [["z"]]);
}

/// A call is made once, so that no process of before the backup can have sent it.
#[tokio::test]
async fn a_call_after_a_restore_is_sent() {
    let place = Place::new();
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let calls = journaled(&client.mail(), &store).spawn();
    calls.send("before".into()).await.unwrap();
    calls.close(Duration::MAX).await;
    drop((calls, store));
    // The file is closed a moment after its last user is gone.
    let store = loop {
        match Store::open_with(place.path(), Options::new().restored(true)).await {
            Err(JournalError::InUse(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
            opened => break opened.unwrap(),
        }
    };
    let calls = journaled(&client.mail(), &store).spawn();
    assert_eq!(calls.send("fresh".into()).await.unwrap().outcome.kind(), OutcomeKind::Succeeded);
    calls.close(Duration::MAX).await;
}
