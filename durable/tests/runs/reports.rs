//! The report of a run, and its items as the source of another one.

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::testing::Script;
use serde_json::{Value, json};

use crate::support::{Place, Tokens, done, element, ids, keys};

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
