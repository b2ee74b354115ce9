//! Databases that cannot be used, and runs that are others: what the errors say.

use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use bulk_endpoint_durable::postgres::PostgresStore;

use crate::block_on;
use crate::cluster::{Cluster, database, options};
use crate::proxy::Proxy;
use crate::tokens::{Tokens, Vendor};

async fn refused(url: &str) -> String {
    PostgresStore::open_with(url, options()).await.unwrap_err().to_string()
}

#[test]
fn a_database_that_is_away_or_misnamed_is_refused() {
    let Some(database) = database("away") else { return };
    block_on(async {
        let error = refused("postgres:///run?host=/nowhere&user=me").await;
        assert!(error.starts_with("cannot reach the database `me@/nowhere/run`: "), "{error}");
        let error = refused("postgres://me:secret@127.0.0.1:1/run?sslmode=disable").await;
        assert!(error.contains("`me@127.0.0.1:1/run`") && !error.contains("secret"), "{error}");
        let error = refused("postgres://me:secret@host:port/run").await;
        assert!(
            error.contains("expected the address of a PostgreSQL database") && !error.contains("secret"),
            "{error}"
        );
        let error = refused(&database.url().replace("/away?", "/nothing?")).await;
        assert!(error.contains("database \"nothing\" does not exist"), "{error}");
        let plain = Proxy::start(&database).url.replace("sslmode=disable", "sslmode=require");
        let error = refused(&plain).await;
        assert!(error.contains("expected a server with TLS, found one without it; set `ssl = on`"), "{error}");
        let error = bulk_endpoint_durable::Store::open(database.url()).await.unwrap_err().to_string();
        assert!(error.contains("`PostgresStore::open`"), "{error}");
    });
}

/// A machine that is gone, or a server that is stopped, after another one has taken over.
#[test]
fn a_server_that_says_nothing_does_not_hide_the_next_one() {
    let Some(database) = database("says_nothing") else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let url = Proxy::start(&database).url.replace("@", &format!("@{silent},"));
    block_on(async {
        let url = format!("{url}&target_session_attrs=read-write&connect_timeout=1");
        let opened = tokio::time::timeout(Duration::from_secs(8), PostgresStore::open_with(&url, options())).await;
        assert!(opened.unwrap().unwrap().runs().await.unwrap().is_empty());
    });
}

#[test]
fn a_worker_waits_for_a_database_that_is_away_no_longer_than_its_patience() {
    let Some(cluster) = Cluster::start("") else { return };
    let database = Arc::new(cluster).database("patience");
    let (_, client) = Vendor::start(Duration::ZERO);
    block_on(async {
        let options = options().patience(Duration::from_secs(2));
        let store = PostgresStore::open_with(&database.url(), options).await.unwrap();
        store.submit("run", (0..30).map(|id| format!("id-{id}"))).arguments(&"a").await.unwrap();
        // Its lanes look for chunks that they may take, one after the other.
        store.pause("run").await.unwrap();
        let worker = store.worker("run", move |org: String| client.put(&org)).concurrency(40);
        let working = tokio::spawn(worker.until_done());
        tokio::time::sleep(Duration::from_secs(1)).await;
        database.cluster.crash();
        let ended = tokio::time::timeout(Duration::from_secs(12), working).await;
        let error = ended.expect("it waits for long").unwrap().unwrap_err().to_string();
        assert!(error.contains("is down for longer than 2s"), "{error}");
    });
}

#[test]
fn a_server_that_ends_a_statement_is_no_server_that_is_down() {
    let Some(database) = database("time_limit") else { return };
    block_on(async {
        drop(database.open().await);
        database.execute("alter database time_limit set statement_timeout = '300ms'");
        let store = database.open().await;
        store.submit("run", ["a".to_owned()]).arguments(&"a").await.unwrap();
        let mut other = database.client().await;
        let lock = other.transaction().await.unwrap();
        lock.batch_execute("lock table bulk_endpoint.items in access exclusive mode").await.unwrap();
        let error = store.report("run").await.unwrap_err().to_string();
        assert!(
            error.contains("cannot do it now: canceling statement due to statement timeout (57014); try"),
            "{error}"
        );
    });
}

#[test]
fn a_server_that_does_not_sync_is_refused() {
    let Some(cluster) = Cluster::start("fsync = off") else { return };
    let database = Arc::new(cluster).database("unsafe");
    let error = block_on(refused(&database.url()));
    assert!(error.contains("found `fsync = off`") && error.contains("set `fsync = on`"), "{error}");
}

#[test]
fn tables_of_a_newer_release_are_refused() {
    let Some(database) = database("newer") else { return };
    block_on(async {
        database.open().await;
        // Opened again, nothing changes.
        database.open().await;
        assert_eq!(database.number("select format from bulk_endpoint.format").await, 1);
    });
    database.execute("update bulk_endpoint.format set format = 99");
    let error = block_on(refused(&database.url()));
    assert!(error.contains("format 1 or older") && error.contains("found format 99"), "{error}");
}

#[test]
fn tables_without_their_format_are_refused() {
    let Some(database) = database("no_format") else { return };
    block_on(async {
        drop(database.open().await);
        database.execute("delete from bulk_endpoint.format");
        let error = refused(&database.url()).await;
        assert!(error.contains("expected one row in the table bulk_endpoint.format"), "{error}");
    });
}

#[test]
fn several_processes_may_create_the_tables_at_once() {
    let Some(database) = database("at_once") else { return };
    block_on(async {
        let url = database.url();
        let opened = (0..8).map(|_| PostgresStore::open_with(&url, options()));
        futures_util::future::try_join_all(opened).await.unwrap();
    });
}

#[test]
fn a_role_without_rights_is_refused_and_the_named_ones_suffice() {
    let Some(database) = database("rights") else { return };
    let (vendor, client) = Vendor::start(Duration::ZERO);
    database.execute("create role worker login");
    block_on(async {
        let url = database.url_of("worker");
        let error = refused(&url).await;
        assert!(
            error.contains("the role `worker` may not create it") && error.contains("grant create on database"),
            "{error}"
        );
        let owner = database.open().await;
        owner.submit("run", (0..30).map(|id| format!("id-{id}"))).arguments(&"a").await.unwrap();
        let error = refused(&url).await;
        assert!(error.contains("usage on schema bulk_endpoint"), "{error}");
        database.execute("grant usage on schema bulk_endpoint to worker");
        database.execute("revoke execute on all functions in schema bulk_endpoint from public");
        let error = refused(&url).await;
        assert!(error.contains("it lacks: execute on bulk_endpoint.begin_probe(text,bigint,bigint) and "), "{error}");
        // The statement of the error.
        let granted = error.split('`').nth(5).unwrap();
        database.execute(granted);
        let store = PostgresStore::open_with(&url, options()).await.unwrap();
        let done = store.worker("run", move |org: String| client.put(&org)).until_done().await.unwrap();
        assert!(done.is_done && vendor.keys().len() == 30);
        let error = store.forget("run").await.unwrap_err().to_string();
        assert!(error.contains("permission denied for table runs"), "{error}");
    });
}

#[test]
fn a_worker_of_another_endpoint_is_refused() {
    let Some(database) = database("other_endpoint") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(20));
    block_on(async {
        let store = database.open().await;
        store.submit("run", (0..200).map(|id| format!("id-{id}"))).arguments(&"a").chunk_items(10).await.unwrap();
        let client = Arc::new(client);
        let of_put = client.clone();
        let worker = store.worker("run", move |org: String| of_put.put(&org)).concurrency(1);
        worker.run_until(vendor.arrived(2)).await.unwrap();
        let error = store.worker("run", move |org: String| client.create(&org)).until_done().await.unwrap_err();
        assert!(
            matches!(&error, JournalError::OtherRun(why) if why.contains("/orgs/a/put") && why.contains("/orgs/a/create")),
            "{error}"
        );
    });
}
