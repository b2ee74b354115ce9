//! Runs that are submitted, and worked on.

use std::time::Duration;

use bulk_endpoint::Client;
use bulk_endpoint::journal::JournalError;
use bulk_endpoint_durable::postgres::{PostgresOptions, PostgresStore};

use crate::block_on;
use crate::cluster::database;
use crate::server::{Response, serve};
use crate::tokens::{Setting, Tokens, TokensClient, Vendor};

#[test]
fn workers_do_all_of_a_run() {
    let Some(database) = database("all_of_a_run") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(2));
    block_on(async {
        let store = database.open().await;
        let ids = (0..500).map(|id| if id % 50 == 7 { format!("bad-{id}") } else { format!("id-{id}") });
        let submitted = store.submit("run", ids).arguments(&"org-1").chunk_items(40).await.unwrap();
        assert_eq!((submitted.items, submitted.already), (500, false));
        let client = std::sync::Arc::new(client);
        let workers = (0..3).map(|_| {
            let (store, client) = (store.clone(), client.clone());
            async move {
                store.worker("run", move |org: String| client.put(&org)).concurrency(4).until_done().await.unwrap()
            }
        });
        let done = futures_util::future::join_all(workers).await;
        assert!(done.iter().all(|worker| worker.is_done && worker.lost == 0 && worker.stopped.is_none()), "{done:?}");
        assert_eq!(done.iter().map(|worker| worker.chunks).sum::<usize>(), 13);
        assert_eq!(done.iter().map(|worker| worker.requests).sum::<usize>(), vendor.requests().len());
        let rows = database.rows("select outcome, count(*) from bulk_endpoint.outcomes group by 1 order by 1").await;
        let rows: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(rows, [("failed".to_owned(), 10), ("succeeded".to_owned(), 490)]);
    });
    assert_eq!(vendor.keys().len(), 500);
    assert!(vendor.requests().iter().all(|(path, _)| path == "/orgs/org-1/put"));
}

#[test]
fn equal_keys_are_in_one_chunk_and_duplicates_have_the_outcome_of_the_first() {
    let Some(database) = database("equal_keys") else { return };
    let (vendor, client) = Vendor::start(Duration::ZERO);
    block_on(async {
        let store = database.open().await;
        let setting = |name: usize, value: u32| Setting { name: format!("s{name}"), value };
        // The last three are: a change of the first, a duplicate of that change, and a duplicate of the second.
        let mut settings: Vec<Setting> = (0..30).map(|name| setting(name, 1)).collect();
        settings.extend([setting(0, 2), setting(0, 2), setting(1, 1)]);
        store.submit("run", &settings).chunk_items(10).await.unwrap();
        let chunks = database.rows("select items, state from bulk_endpoint.chunks order by chunk").await;
        let chunks: Vec<(i64, String)> = chunks.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(
            chunks.iter().map(|(items, state)| (*items, state.as_str())).collect::<Vec<_>>(),
            [(11, "open"), (10, "open"), (10, "open"), (0, "done")]
        );
        let done = store.worker("run", move |()| client.set()).until_done().await.unwrap();
        assert!(done.is_done && done.chunks == 3, "{done:?}");
        let rows = database
            .rows("select item, outcome, duplicate_of from bulk_endpoint.outcomes where item >= 30 or item = 0 order by item")
            .await;
        let rows: Vec<(i64, String, Option<i64>)> =
            rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
        let succeeded = |item, of| (item, "succeeded".to_owned(), of);
        assert_eq!(rows, [succeeded(0, None), succeeded(30, None), succeeded(31, Some(30)), succeeded(32, Some(1))]);
    });
    assert_eq!(vendor.keys().len(), 31);
    // The two values of the first setting are in two requests.
    let with_first = vendor.requests().iter().filter(|(_, keys)| keys.contains(&"s0".to_owned())).count();
    assert_eq!(with_first, 2);
}

#[test]
fn a_duplicate_repeats_the_latest_item_with_its_key() {
    let Some(database) = database("latest") else { return };
    block_on(async {
        let store = database.open().await;
        let settings =
            [("a", 1), ("b", 1), ("a", 2), ("a", 1), ("b", 1), ("a", 1), ("b", 2), ("c", 1), ("a", 1), ("b", 1)];
        let settings = settings.map(|(name, value)| Setting { name: name.to_owned(), value });
        store.submit("run", &settings).chunk_items(3).await.unwrap();
        let rows = database.rows("select duplicate_of from bulk_endpoint.items order by item").await;
        let repeated: Vec<Option<i64>> = rows.iter().map(|row| row.get(0)).collect();
        let new = None;
        assert_eq!(repeated, [new, new, new, new, Some(1), Some(3), new, new, Some(3), new]);
        let sql = "select items from bulk_endpoint.chunks order by chunk";
        let items: Vec<i64> = database.rows(sql).await.iter().map(|row| row.get(0)).collect();
        assert_eq!(items, [6, 0, 1, 0]);
    });
}

#[test]
fn a_run_can_be_submitted_again_only_as_it_was() {
    let Some(database) = database("submitted_again") else { return };
    block_on(async {
        let store = database.open().await;
        let submit = |count: u64, arguments: &'static str| {
            let store = store.clone();
            async move { store.submit("run", 0..count).arguments(&arguments).await }
        };
        assert!(!submit(1000, "a").await.unwrap().already);
        let again = submit(1000, "a").await.unwrap();
        assert!(again.already && again.items == 1000);
        let error = submit(1000, "b").await.unwrap_err();
        assert!(
            matches!(&error, JournalError::OtherRun(why) if why.contains("arguments were `\"a\"` and are `\"b\"`")),
            "{error}"
        );
        let error = submit(999, "a").await.unwrap_err().to_string();
        assert!(error.contains("it had 1000 items and has 999"), "{error}");
        let error = store.submit("run", (0..999_u64).chain([5000])).arguments(&"a").await.unwrap_err().to_string();
        assert!(error.contains("one of the items is another one"), "{error}");
    });
}

#[test]
fn a_chunk_may_be_as_large_as_a_caller_says() {
    let Some(database) = database("large_chunk") else { return };
    let (vendor, client) = Vendor::start(Duration::ZERO);
    block_on(async {
        let store = database.open().await;
        store
            .submit("run", (0..30).map(|id| format!("id-{id}")))
            .arguments(&"a")
            .chunk_items(usize::MAX)
            .await
            .unwrap();
        let done = store.worker("run", move |org: String| client.put(&org)).until_done().await.unwrap();
        assert!(done.is_done && done.chunks == 1, "{done:?}");
    });
    assert_eq!(vendor.keys().len(), 30);
}

#[test]
fn leases_and_requests_may_last_for_as_long_as_a_caller_says() {
    let Some(database) = database("long_leases") else { return };
    let url = serve(|request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let body = serde_json::json!({"successes": body["ids"], "failures": []}).to_string();
        Some(Response { status: 200, headers: "", body })
    });
    let client = TokensClient::new(Client::builder(&url).timeout(Duration::MAX).build().unwrap());
    block_on(async {
        let options = PostgresOptions::new().lease_margin(Duration::MAX);
        let store = PostgresStore::open_with(&database.url(), options).await.unwrap();
        store.submit("run", (0..30).map(|id| format!("id-{id}"))).arguments(&"a").await.unwrap();
        let done = store.worker("run", move |org: String| client.create(&org)).until_done().await.unwrap();
        assert!(done.is_done && done.requests == 3, "{done:?}");
        assert_eq!(store.report("run").await.unwrap().counters().succeeded, 30);
    });
}

#[test]
fn nothing_stays_of_a_submission_that_ends_early() {
    let Some(database) = database("ends_early") else { return };
    block_on(async {
        let store = database.open().await;
        let items = (0..100_000_u64).map(|id| if id == 90_000 { Err("line 90001 is no number") } else { Ok(id) });
        let error = store.submit::<u64, _>("run", items).await.unwrap_err().to_string();
        assert!(error.contains("item 90000") && error.contains("line 90001 is no number"), "{error}");
        assert_eq!(database.number("select count(*) from bulk_endpoint.items").await, 0);
        let error = store.worker("run", |()| bulk_endpoint::Bulk::<u64>::mock(|_| bulk_endpoint::Outcome::succeeded()));
        let error = error.until_done().await.unwrap_err().to_string();
        assert!(error.contains("expected a run with the name `run`"), "{error}");
        assert!(!store.submit("run", 0..10_u64).await.unwrap().already);
    });
}
