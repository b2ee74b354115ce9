//! Reports of runs, and their items as the source of others.

use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use bulk_endpoint::journal::JournalError;

use crate::block_on;
use crate::cluster::{Database, database};
use crate::tokens::{Tokens, TokensClient, Vendor};

/// Submits a run, and works on it until it is done.
async fn finish(database: &Database, name: &str, client: &Arc<TokensClient>) {
    let store = database.open().await;
    store.submit(name, (0..10).map(|id| format!("id-{id}"))).arguments(&"a").await.unwrap();
    let client = client.clone();
    assert!(store.worker(name, move |org: String| client.put(&org)).until_done().await.unwrap().is_done);
}

/// Waits until this number of connections wait for a lock.
async fn blocked(database: &Database, connections: i64) {
    let count = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let are_blocked = async {
        while database.number(count).await < connections {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), are_blocked).await.unwrap();
}

#[test]
fn a_report_has_all_items_and_they_are_the_source_of_another_run() {
    let Some(database) = database("reports") else { return };
    let (vendor, client) = Vendor::start(Duration::ZERO);
    block_on(async {
        let store = database.open().await;
        let client = Arc::new(client);
        let mut ids: Vec<String> =
            (0..2500).map(|id| if id % 100 == 7 { format!("bad-{id}") } else { format!("id-{id}") }).collect();
        // A duplicate has the outcome of its first occurrence.
        ids.extend(["bad-7".to_owned(), "id-8".to_owned()]);
        store.submit("first", &ids).arguments(&"a").await.unwrap();

        let before = store.report("first").await.unwrap();
        assert_eq!((before.counters().not_attempted, before.open(), before.read_all()), (2502, 2502, false));
        let of_first = client.clone();
        store.worker("first", move |org: String| of_first.put(&org)).until_done().await.unwrap();
        let report = store.report("first").await.unwrap();
        let counters = report.counters();
        assert_eq!((counters.succeeded, counters.failed, counters.accepted), (2476, 26, 2502));
        assert!(report.read_all() && report.open() == 0 && report.stopped().is_none());
        assert_eq!((report.requests(), report.lives()), (vendor.requests().len(), 5));
        let rows: Vec<_> = report.rows().map(Result::unwrap).collect();
        assert!(rows.iter().map(|row| &row.key).eq(&ids));
        let is_right = |row: &bulk_endpoint::Row| match row.key.starts_with("bad") {
            true => row.outcome == OutcomeKind::Failed && row.message.as_deref() == Some("no such id"),
            false => row.outcome == OutcomeKind::Succeeded,
        };
        assert!(rows.iter().all(is_right));
        let error = report.into_result().unwrap_err();
        assert_eq!(error.rows().len(), 26);

        let failed = store.items::<String>("first").outcome(OutcomeKind::Failed);
        let submitted = store.submit::<String, _>("again", failed).arguments(&"b").await.unwrap();
        assert_eq!(submitted.items, 25);
        let origins = database
            .rows("select origin, origin_item from bulk_endpoint.origins where run = 'again' order by item")
            .await;
        assert_eq!((origins.len(), origins[0].get::<_, &str>(0), origins[1].get::<_, i64>(1)), (25, "first", 107));
        assert_eq!(store.items::<String>("again").open().into_iter().count(), 25);

        let runs = store.runs().await.unwrap();
        let names: Vec<(&str, bool)> = runs.iter().map(|run| (run.name.as_str(), run.read_all)).collect();
        assert_eq!(names, [("first", true), ("again", false)]);
    });
}

/// 10^8 items are 100 000 pages: one must not look at all items, nor `status` at all requests.
#[test]
fn a_report_reads_each_item_a_few_times() {
    let Some(database) = database("pages") else { return };
    let (vendor, client) = Vendor::start(Duration::ZERO);
    block_on(async {
        let store = database.open().await;
        store.submit("run", (0..20_000).map(|id| format!("id-{id}"))).arguments(&"a").chunk_items(20).await.unwrap();
        let worker = store.worker("run", move |org: String| client.put(&org)).concurrency(2);
        worker.run_until(vendor.arrived(200)).await.unwrap();
        let client = database.client().await;
        // The requests were sent a minute ago.
        for sql in ["lives set ended = ended - 60000", "attempts set sent = sent - 60000, ended = ended - 60000"] {
            client.batch_execute(&format!("update bulk_endpoint.{sql}")).await.unwrap();
        }
        client.batch_execute("vacuum analyze bulk_endpoint.items").await.unwrap();
        client.batch_execute("vacuum analyze bulk_endpoint.chunks").await.unwrap();
        client.batch_execute("select pg_stat_reset()").await.unwrap();
        let report = store.report("run").await.unwrap();
        let rows = tokio::task::spawn_blocking(move || report.rows().map(Result::unwrap).count());
        assert_eq!(rows.await.unwrap(), 20_000);
        assert_eq!(store.status("run").await.unwrap().recent_requests, 0);
        // A connection reports what it read at its end.
        drop(store);
        let connected = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'bulk-endpoint'";
        while database.number(connected).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let read = async |table: &str| {
            let sql = "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables where relname = ";
            database.number(&format!("{sql}'{table}'")).await
        };
        let (items, chunks, requests) = (read("items").await, read("chunks").await, read("attempts").await);
        assert!((40_000..200_000).contains(&items), "{items} items");
        assert!((20_000..100_000).contains(&chunks), "{chunks} chunks");
        assert!(requests < 200, "{requests} requests");
    });
}

#[test]
fn a_run_is_forgotten_only_if_nobody_works_on_it() {
    let Some(database) = database("forgotten") else { return };
    let (_, client) = Vendor::start(Duration::from_millis(300));
    block_on(async {
        let store = database.open().await;
        store.submit("run", ["a".to_owned(), "b".to_owned()]).arguments(&"a").await.unwrap();
        assert_eq!(store.prune(Duration::ZERO).await.unwrap(), Vec::<String>::new());
        let (of_worker, of_forget) = (store.clone(), store.clone());
        let working = async move { of_worker.worker("run", move |org: String| client.put(&org)).until_done().await };
        let forgetting = async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            of_forget.forget("run").await
        };
        let (worked, forgotten) = tokio::join!(working, forgetting);
        assert!(matches!(forgotten, Err(JournalError::InUse(_))), "{forgotten:?}");
        assert!(worked.unwrap().is_done);
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(store.prune(Duration::ZERO).await.unwrap(), ["run"]);
        for table in ["runs", "chunks", "lives", "workers", "items", "attempts"] {
            assert_eq!(database.number(&format!("select count(*) from bulk_endpoint.{table}")).await, 0, "{table}");
        }
        let error = store.forget("run").await.unwrap_err().to_string();
        assert!(error.contains("expected a run with the name `run`"), "{error}");
    });
}

#[test]
fn prune_deletes_a_run_without_items() {
    let Some(database) = database("prune_empty") else { return };
    block_on(async {
        let store = database.open().await;
        store.submit("empty", Vec::<String>::new()).arguments(&"a").await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(store.prune(Duration::from_secs(60)).await.unwrap(), [""; 0]);
        assert_eq!(store.prune(Duration::ZERO).await.unwrap(), ["empty"]);
    });
}

#[test]
fn prune_deletes_no_run_that_has_the_name_of_another_meanwhile() {
    let Some(database) = database("prune_by_name") else { return };
    let (_, client) = Vendor::start(Duration::ZERO);
    let client = Arc::new(client);
    block_on(async {
        for name in ["a", "b", "c", "d"] {
            finish(&database, name, &client).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        let store = database.open().await;
        let mut other = database.client().await;
        let lock = other.transaction().await.unwrap();
        lock.execute("select from bulk_endpoint.runs where name = 'a' for update", &[]).await.unwrap();
        let pruning = tokio::spawn(async move { store.prune(Duration::ZERO).await });
        blocked(&database, 1).await;
        let operator = database.open().await;
        operator.forget("b").await.unwrap();
        operator.forget("c").await.unwrap();
        assert!(!operator.submit("c", 0..100_u64).await.unwrap().already);
        lock.commit().await.unwrap();
        assert_eq!(pruning.await.unwrap().unwrap(), ["a", "d"]);
        let runs = operator.runs().await.unwrap();
        let left: Vec<(&str, usize)> = runs.iter().map(|run| (run.name.as_str(), run.counters.accepted)).collect();
        assert_eq!(left, [("c", 100)]);
    });
}

#[test]
fn a_run_that_is_forgotten_while_it_is_read_looks_like_no_run_without_items() {
    let Some(database) = database("forgotten_meanwhile") else { return };
    let (_, client) = Vendor::start(Duration::ZERO);
    let client = Arc::new(client);
    block_on(async {
        for name in ["run", "other"] {
            finish(&database, name, &client).await;
        }
        let (of_report, of_list, mut other) = (database.open().await, database.open().await, database.client().await);
        let lock = other.transaction().await.unwrap();
        // Which runs there are is known, and what is in them is not.
        lock.batch_execute("lock table bulk_endpoint.items in access exclusive mode").await.unwrap();
        let reading = tokio::spawn(async move { of_report.report("run").await });
        let listing = tokio::spawn(async move { of_list.runs().await });
        blocked(&database, 2).await;
        for table in ["items", "runs"] {
            let of_run = "where run = (select run from bulk_endpoint.runs where name = 'run')";
            lock.batch_execute(&format!("delete from bulk_endpoint.{table} {of_run}")).await.unwrap();
        }
        lock.commit().await.unwrap();
        let error = reading.await.unwrap().unwrap_err().to_string();
        assert!(error.contains("it was forgotten meanwhile"), "{error}");
        let runs = listing.await.unwrap().unwrap();
        assert_eq!(runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["other"]);
    });
}
