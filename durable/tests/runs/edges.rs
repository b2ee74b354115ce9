//! Cases at the edges of the rules: held items, late orders, and what has changed between lives.

use std::collections::HashMap;
use std::time::Duration;

use bulk_endpoint::journal::OnChange;
use bulk_endpoint::testing::Script;
use bulk_endpoint::{Bulk, Event, OnDuplicate, OutcomeKind, bulk_api};
use bulk_endpoint_durable::{Keys, Options, Store};
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::support::{Element, Error, Patch, Place, Tokens, TokensClient, done, ids, keys, never, patched};

/// A run must end long before this.
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_job_that_is_given_up_leaves_the_journal_in_use() {
    let place = Place::new();
    let client = place.client(|number, _| match number {
        0 => Script::response(202, r#"{"job":7,"state":"running"}"#),
        _ => Script::response(401, r#"{"message":"expired"}"#),
    });
    let store = place.store().await;
    let report = client.job().send(keys(0..2)).journal(&store, "jobs").await.unwrap();
    assert_eq!((report.counters().unknown, report.stopped()), (2, None), "{report}");
}

#[tokio::test]
async fn in_a_small_window_held_items_do_not_wait_for_the_rest_of_their_batch() {
    let place = Place::new();
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let input = ["k0", "k9"].map(str::to_owned);
    let mut outcomes = first.off("o").send(input).journal(&store, "leavers").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(100), outcomes.next()).await.is_err());
    drop((outcomes, first, store));
    place.sent();
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let run = second.off("o").send(keys(0..10)).in_order(2).journal(&store, "leavers");
    let report = tokio::time::timeout(LONG, run).await.expect("the run hangs").unwrap();
    assert!(report.is_complete(), "{report}");
}

#[tokio::test]
async fn an_item_behind_another_keeps_its_evidence_at_a_stop() {
    let place = Place::new();
    let patch = |(id, to)| Patch { id, to };
    // The first life sends `1 = 0`, which hangs, and nothing of `1 = 9`.
    let input = || [(1, 9), (1, 0)].map(patch);
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let mut outcomes = first.patch().send([patch((1, 0))]).journal(&store, "patches").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(100), outcomes.next()).await.is_err());
    drop((outcomes, first, store));
    // In the second, `1 = 0` waits behind `1 = 9`, which hangs. Then the run is cancelled.
    let (second, store) = (place.client(|_, _| never()), place.store().await);
    let run = second.patch().send(input()).journal(&store, "patches").on_change(OnChange::Send);
    let watch = run.watch();
    let mut outcomes = run.outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(100), outcomes.next()).await.is_err());
    watch.cancel();
    let told: Vec<_> = outcomes.map(|item| item.unwrap().row).map(|row| (row.index, row.outcome)).collect().await;
    assert!(told.contains(&(1, OutcomeKind::Unknown)), "it was sent in the first life: {told:?}");
}

#[bulk_api]
trait Smaller {
    #[post("/orgs/{org}/off")]
    #[bulk_endpoint(max = 1, partial = true, idempotent = true)]
    #[header("Idempotency-Key", batch_key)]
    fn off(&self, org: &str) -> Bulk<String, Vec<Element>, Error>;
}

#[tokio::test]
async fn a_batch_of_an_earlier_life_does_not_break_a_smaller_cap() {
    let place = Place::new();
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let mut outcomes = first.off("o").send(keys(0..2)).journal(&store, "leavers").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(100), outcomes.next()).await.is_err());
    drop((outcomes, first, store));
    place.sent();
    let (second, store) = (SmallerClient::new(place.http(|_, ids| done(ids))), place.store().await);
    let report = second.off("o").send(keys(0..2)).journal(&store, "leavers").await.unwrap();
    assert!(report.is_complete(), "{report}");
    let sizes: Vec<_> = place.sent().iter().map(|(_, body, _)| ids(body).len()).collect();
    assert_eq!(sizes, [1, 1]);
}

#[tokio::test]
async fn nothing_leaves_after_a_cancel_although_its_intent_is_recorded() {
    let place = Place::new();
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let canceller = std::sync::Arc::new(std::sync::OnceLock::<Box<dyn Fn() + Send + Sync>>::new());
    let on_event = canceller.clone();
    // The outcomes of the first request and the intent of the second share a write: the cancel comes between them.
    let run = client.off("o").send(keys(0..6)).concurrency(1).on_event(move |event, _| {
        if let Event::Settled { .. } = event {
            on_event.get().unwrap()();
        }
    });
    let watch = run.watch();
    let _ = canceller.set(Box::new(move || watch.cancel()));
    let report = run.journal(&store, "leavers").await.unwrap();
    assert_eq!(place.sent().len(), 1);
    assert_eq!((report.counters().succeeded, report.counters().not_attempted), (2, 4), "{report}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_has_one_lock_whatever_its_names() {
    let place = Place::new();
    let store = place.store().await;
    let link = place.path().with_file_name("link.db");
    std::os::unix::fs::symlink(place.path(), &link).unwrap();
    let second = Store::open(&link).await;
    assert!(matches!(second, Err(bulk_endpoint::journal::JournalError::InUse(_))), "{second:?}");
    // Under a hard link it would have another log.
    let link = place.path().with_file_name("hard.db");
    std::fs::hard_link(place.path(), &link).unwrap();
    let error = Store::open(&link).await.unwrap_err().to_string();
    assert!(error.contains("found 2 hard links to it"), "{error}");
    drop(store);
}

#[tokio::test]
async fn an_input_that_is_found_changed_was_not_read_to_its_end() {
    let place = Place::new();
    let input = |to: u8| [1, 2].map(|id| Patch { id, to: if id == 2 { to } else { 0 } });
    let (client, store) = (place.client(|_, ids| patched(ids)), place.store().await);
    assert!(client.patch().send(input(0)).journal(&store, "patches").await.unwrap().is_complete());
    assert!(client.patch().send(input(9)).journal(&store, "patches").await.is_err());
    let report = store.report("patches").await.unwrap();
    assert!(!report.read_all() && !report.is_complete(), "{report}");
}

#[tokio::test]
async fn a_batch_stays_whole_although_its_items_come_slowly() {
    let place = Place::new();
    let (first, store) = (place.client(|_, _| never()), place.store().await);
    let mut outcomes = first.off("o").send(keys(0..2)).journal(&store, "leavers").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(100), outcomes.next()).await.is_err());
    drop((outcomes, first, store));
    let before = place.sent();
    let (second, store) = (place.client(|_, ids| done(ids)), place.store().await);
    let slow = futures_util::stream::iter(keys(0..2)).then(|key| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        key
    });
    let report = second.off("o").send_stream(slow).journal(&store, "leavers").await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(place.sent(), before, "the same batch under the same key");
}

#[tokio::test]
async fn what_was_in_flight_at_a_cancel_is_verified_by_the_next_life() {
    let place = Place::new();
    let (client, store) = (place.client(|_, _| never()), place.store().await);
    let verify = |ids: Vec<String>| async move {
        Ok::<_, std::convert::Infallible>(
            ids.into_iter().map(|id| (id, bulk_endpoint::Verified::Applied)).collect::<Vec<_>>(),
        )
    };
    let run = client.mail().send(keys(0..2)).verify(verify).journal(&store, "mails");
    let watch = run.watch();
    let (report, ()) = tokio::join!(run.into_future(), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        watch.cancel();
    });
    let report = report.unwrap();
    assert_eq!((report.counters().unknown, report.open()), (2, 2), "{report}");
    let report = client.mail().send(keys(0..2)).verify(verify).journal(&store, "mails").await.unwrap();
    assert_eq!((report.counters().succeeded, report.open(), place.sent().len()), (2, 0, 1), "{report}");
}

#[tokio::test]
async fn a_duplicate_has_the_outcome_of_the_item_that_it_repeats() {
    // The third item undoes the second, and fails; the fourth repeats the third, and not the first.
    let input = || [(1, 0), (1, 9), (1, 0), (1, 0)].map(|(id, to)| Patch { id, to });
    let script = |number: usize, ids: &[String]| {
        let status = if number == 2 { 400 } else { 200 };
        let element = |id: &String| json!({"id": id.parse::<u32>().unwrap(), "status": status});
        Script::response(200, Value::from_iter(ids.iter().map(element)).to_string())
    };
    let want = [OutcomeKind::Succeeded, OutcomeKind::Succeeded, OutcomeKind::Failed, OutcomeKind::Failed];
    let place = Place::new();
    let in_memory = place.client(script).patch().send(input()).concurrency(1).await;
    assert_eq!(in_memory.rows().map(|row| row.outcome).collect::<Vec<_>>(), want);
    assert_eq!(place.sent().len(), 3);
    let store = place.store().await;
    let client = place.client(script);
    for (life, requests) in [(1, 3), (2, 0)] {
        let report = client.patch().send(input()).concurrency(1).journal(&store, "patches").await.unwrap();
        let outcomes: Vec<_> = report.rows().map(|row| row.unwrap().outcome).collect();
        assert_eq!((outcomes.as_slice(), report.open(), place.sent().len()), (&want[..], 0, requests), "life {life}");
    }
}

#[tokio::test]
async fn hashed_keys_stay_out_of_the_reason_of_a_changed_input() {
    let place = Place::new();
    let store = Store::open_with(place.path(), Options::new().keys(Keys::Hashed)).await.unwrap();
    let client = place.client(|_, ids| patched(ids));
    let input = |to| [Patch { id: 987_654_321, to }];
    let _ = client.patch().send(input(0)).journal(&store, "patches").await.unwrap();
    let error = client.patch().send(input(1)).journal(&store, "patches").await.unwrap_err();
    assert!(error.to_string().contains("987654321"), "the caller knows its keys: {error}");
    let report = store.report("patches").await.unwrap();
    assert!(report.stopped().unwrap().starts_with("the input changed: item 0 "), "{report}");
    drop((client, report, store));
    let file = std::fs::read(place.path()).unwrap();
    assert!(!file.windows(9).any(|part| part == b"987654321"));
}

#[tokio::test]
async fn a_rejected_duplicate_is_not_open_and_another_call_may_take_it_up() {
    let place = Place::new();
    let store = place.store().await;
    let client = place.client(|number, ids| if number == 0 { Script::response(401, "{}") } else { done(ids) });
    let input = || [keys(0..2), keys(0..1)].concat();
    let reject = || client.mail().send(input()).on_duplicate(OnDuplicate::Reject).journal(&store, "mails");
    // Nothing was sent: all are open, the duplicate like the item that it repeats.
    let report = reject().await.unwrap();
    assert_eq!((report.counters().succeeded, report.open()), (0, 3), "{report}");
    assert!(store.prune(Duration::ZERO).await.unwrap().is_empty());
    for requests in [1, 0] {
        place.sent();
        let report = reject().await.unwrap();
        let counters = report.counters();
        assert_eq!((counters.succeeded, counters.not_attempted, report.open()), (2, 1, 0), "{report}");
        assert_eq!(place.sent().len(), requests);
    }
    let mut sqlite3 = std::process::Command::new("sqlite3");
    sqlite3.arg("-readonly").arg(place.path()).arg("select count(*) from open");
    assert_eq!(store.runs().await.unwrap()[0].open, 0);
    assert_eq!(String::from_utf8_lossy(&sqlite3.output().unwrap().stdout), "0\n");
    assert_eq!(store.items::<String>("mails").open().into_iter().count(), 0);
    // Another call gives it the outcome of the item that it repeats.
    let report = client.mail().send(input()).journal(&store, "mails").await.unwrap();
    assert_eq!((report.counters().succeeded, report.open(), place.sent().len()), (3, 0, 0), "{report}");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(store.prune(Duration::ZERO).await.unwrap(), ["mails"]);
    // A run with rejected duplicates is pruned, too.
    let report = reject().await.unwrap();
    assert_eq!((report.counters().succeeded, report.open()), (2, 0), "{report}");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(store.prune(Duration::ZERO).await.unwrap(), ["mails"]);
}

/// Of `1 = 1`, `1 = 2` the first, whose result is unknown, would undo the second.
#[tokio::test]
async fn an_uncertain_item_does_not_undo_a_later_one() {
    let place = Place::new();
    let patch = |(id, to)| Patch { id, to };
    let first = place.http_by_body(|body| match body["ids"][0]["to"].as_u64() {
        Some(1) => Script::response(500, r#"{"message":"broken"}"#),
        _ => patched(&ids(body)),
    });
    let store = place.store().await;
    let input = || [(1, 1), (1, 2), (2, 1)].map(patch);
    let run = TokensClient::new(first).patch().send(input()).max_attempts(1).journal(&store, "patches");
    let report = run.await.unwrap();
    assert_eq!((report.counters().unknown, report.counters().succeeded), (2, 1), "{report}");
    place.sent();
    let second = place.client(|_, ids| patched(ids));
    for unknown in [1, 1] {
        let report = second.patch().send(input()).journal(&store, "patches").await.unwrap();
        assert_eq!((report.counters().unknown, report.counters().succeeded), (unknown, 2), "{report}");
        assert!(report.to_string().contains("not sent again, as a later item with its key was sent"), "{report}");
    }
    // Only `2 = 1`, which no other one follows.
    let sent: Vec<Value> = place.sent().into_iter().map(|(_, body, _)| body["ids"].clone()).collect();
    assert_eq!(sent, [json!([{"id": 2, "to": 1}])]);
}

#[derive(Debug, Clone, serde::Serialize, bulk_endpoint::BulkItem)]
struct Attributes {
    #[bulk(key)]
    id: String,
    attributes: HashMap<String, u8>,
}

#[bulk_api]
trait Attributed {
    #[post("/attributes")]
    #[bulk_endpoint(max = 2, partial = true, items = "ids")]
    fn attributes(&self) -> Bulk<Attributes, Vec<Element>, Error>;

    #[post("/attributes")]
    #[bulk_endpoint(max = 2, partial = true, items = ndjson)]
    fn lines(&self) -> Bulk<Attributes, Vec<Element>, Error>;

    #[post("/attributes")]
    #[bulk_endpoint(max = 2, partial = true, items = map("/patches"))]
    fn members(&self) -> Bulk<Attributes, Vec<Element>, Error>;
}

fn with_attributes() -> impl Iterator<Item = Attributes> {
    keys(0..8).into_iter().map(|id| {
        let attributes = (0..20).map(|number| (format!("attribute {number}"), number)).collect();
        Attributes { id, attributes }
    })
}

/// The members of a map have another order in each process, and in each map.
#[tokio::test]
async fn an_item_with_a_map_is_the_same_in_all_lives() {
    let place = Place::new();
    let client = AttributedClient::new(place.http(|number, ids| if number == 2 { never() } else { done(ids) }));
    let store = place.store().await;
    let mut outcomes = client.attributes().send(with_attributes()).concurrency(1).journal(&store, "run").outcomes();
    while let Ok(Some(outcome)) = tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await {
        drop(outcome.unwrap());
    }
    drop(outcomes);
    place.sent();
    let client = AttributedClient::new(place.http(|_, ids| done(ids)));
    let report = client.attributes().send(with_attributes()).journal(&store, "run").await.unwrap();
    assert_eq!((report.counters().succeeded, report.counters().unknown), (6, 2), "{report}");
    assert_eq!(place.sent().len(), 1, "what was settled is not sent again");
}

/// However requests have the items.
#[tokio::test]
async fn an_item_with_a_map_is_the_same_in_lines_and_members() {
    macro_rules! is_the_same {
        ($method:ident) => {
            let place = Place::new();
            let client = AttributedClient::new(place.http(|_, _| never()));
            let store = place.store().await;
            let mut outcomes = client.$method().send(with_attributes()).journal(&store, "run").outcomes();
            assert!(tokio::time::timeout(Duration::from_millis(150), outcomes.next()).await.is_err());
            drop(outcomes);
            let run = client.$method().send(with_attributes()).max_attempts(1).journal(&store, "run");
            let report = run.await.expect("the input has not changed");
            assert_eq!(report.counters().unknown, 8, "{report}");
        };
    }
    is_the_same!(lines);
    is_the_same!(members);
}
