//! Runs that do not start: one clear message, and nothing is sent.

use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use bulk_endpoint::{Bulk, OutcomeKind};
use futures_util::StreamExt;

use crate::support::{Place, Tokens, done, keys, never};

#[tokio::test]
async fn another_run_under_the_same_name_is_refused() {
    let place = Place::new();
    let (client, store) = (place.client(|_, ids| done(ids)), place.store().await);
    assert!(client.off("o").send(keys(0..2)).journal(&store, "leavers").account("a").await.unwrap().is_complete());
    place.sent();
    let other_org = client.off("p").send(keys(0..2)).journal(&store, "leavers").account("a").await.unwrap_err();
    let text = other_org.to_string();
    assert!(
        text.contains("URL was `https://vendor.example/orgs/o/off` and is `https://vendor.example/orgs/p/off`"),
        "{text}"
    );
    let other_account = client.off("o").send(keys(0..2)).journal(&store, "leavers").account("b").await.unwrap_err();
    assert!(other_account.to_string().contains("account was `a` and is `b`"), "{other_account}");
    let no_account = client.off("o").send(keys(0..2)).journal(&store, "leavers").await.unwrap_err();
    assert!(no_account.to_string().contains("account was `a` and is nothing"), "{no_account}");
    for error in [other_org, other_account, no_account] {
        assert!(matches!(error, JournalError::OtherRun(_)), "{error}");
    }
    assert_eq!(place.sent(), []);
}

#[tokio::test]
async fn a_run_that_is_at_work_is_not_begun_again() {
    let place = Place::new();
    let (client, store) = (place.client(|_, _| never()), place.store().await);
    let mut outcomes = client.off("o").send(keys(0..2)).journal(&store, "leavers").outcomes();
    assert!(tokio::time::timeout(Duration::from_millis(100), outcomes.next()).await.is_err());
    let second = client.off("o").send(keys(0..2)).journal(&store, "leavers").await.unwrap_err();
    assert!(matches!(second, JournalError::InUse(_)), "{second}");
    // Another name is another run.
    drop(outcomes);
    assert_eq!(place.sent().len(), 1);
}

#[tokio::test]
async fn a_mock_and_a_bad_argument_are_told() {
    let place = Place::new();
    let store = place.store().await;
    let mock: Bulk<String> = Bulk::mock(|_| bulk_endpoint::Outcome::succeeded());
    let error = mock.send(keys(0..2)).journal(&store, "mock").await.unwrap_err();
    assert!(error.to_string().contains("found a mock"), "{error}");
    let client = place.client(|_, ids| done(ids));
    let error = client.off("..").send(keys(0..2)).journal(&store, "bad").await.unwrap_err();
    assert!(matches!(error, JournalError::InvalidArgument(_)), "{error}");
    assert_eq!((place.sent().len(), store.runs().await.unwrap().len()), (0, 0));
}

#[tokio::test]
async fn a_disk_that_fills_up_stops_the_run_and_says_what_is_recorded() {
    let place = Place::new();
    let options = bulk_endpoint_durable::Options::new().max_pages(60);
    let store = bulk_endpoint_durable::Store::open_with(place.path(), options).await.unwrap();
    let client = place.client(|_, ids| done(ids));
    let mut outcomes = client.off("o").send(keys(0..20_000)).journal(&store, "leavers").outcomes();
    let (mut recorded, mut unrecorded, mut error) = (0, 0, None);
    while let Some(item) = outcomes.next().await {
        match item {
            Ok(item) if item.is_recorded => recorded += 1,
            Ok(item) => unrecorded += usize::from(item.row.outcome != OutcomeKind::NotAttempted),
            Err(failed) => error = Some(failed),
        }
    }
    let error = error.unwrap();
    assert!(matches!(error, JournalError::Store(_)), "{error}");
    drop((outcomes, store));
    let sent: usize = place.sent().iter().map(|(_, body, _)| crate::support::ids(body).len()).sum();
    // Each item that left was told as recorded, or not.
    assert!(recorded > 0 && sent <= recorded + unrecorded + 8, "{sent} sent, {recorded} + {unrecorded} told");
    let store = place.store().await;
    let report = client.off("o").send(keys(0..20_000)).journal(&store, "leavers").await.unwrap();
    assert!(report.is_complete(), "{}", report.counters().succeeded);
}
