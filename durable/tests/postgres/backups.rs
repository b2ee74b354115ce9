//! A backup of the schema, as PostgreSQL's own programs make and restore it.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use bulk_endpoint_durable::postgres::PostgresStore;

use crate::block_on;
use crate::cluster::{Database, database, options};
use crate::tokens::{Tokens, Vendor};

/// What the schema is, and what is in it, as statements.
fn dump(database: &Database, name: &str) {
    let mut program = database.cluster.program("pg_dump");
    program.arg("--host").arg(database.cluster.folder()).args(["--username", "postgres", "--schema", "bulk_endpoint"]);
    program.args(["--file", name, "--dbname", &database.name]);
    let output = program.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn restore(database: &Database, name: &str) {
    let mut program = database.cluster.program("psql");
    program.arg("--host").arg(database.cluster.folder()).args(["--username", "postgres", "--dbname", &database.name]);
    program
        .args(["--quiet", "--set", "ON_ERROR_STOP=1"])
        .stdin(File::open(database.cluster.folder().join(name)).unwrap());
    let output = program.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_run_goes_on_in_a_database_that_was_restored_from_a_dump() {
    let Some(first) = database("dumped") else { return };
    let second = first.cluster.database("from_dump");
    let (vendor, client) = Vendor::start(Duration::from_millis(5));
    let client = Arc::new(client);
    block_on(async {
        let store = first.open().await;
        store.submit("run", (0..400).map(|id| format!("id-{id}"))).arguments(&"a").chunk_items(20).await.unwrap();
        let of_first = client.clone();
        let worker = store.worker("run", move |org: String| of_first.put(&org)).concurrency(1);
        worker.run_until(vendor.arrived(4)).await.unwrap();
    });
    dump(&first, "dump.sql");
    block_on(async {
        // What is done after the backup is not in it.
        let of_first = client.clone();
        let worker = first.open().await.worker("run", move |org: String| of_first.put(&org)).concurrency(1);
        worker.run_until(vendor.arrived(8)).await.unwrap();
    });
    restore(&second, "dump.sql");
    block_on(async {
        let store = PostgresStore::open_with(&second.url(), options()).await.unwrap();
        store.restored().await.unwrap();
        let open = second.number("select count(*) from bulk_endpoint.open").await;
        assert!(open > 200, "{open}");
        let done = store.worker("run", move |org: String| client.put(&org)).until_done().await.unwrap();
        assert!(done.is_done, "{done:?}");
        // The endpoint is idempotent, so that those that may have been sent are sent again.
        assert_eq!(second.number("select count(*) from bulk_endpoint.outcomes where outcome = 'succeeded'").await, 400);
        // The numbers of runs and lives go on, too.
        store.submit("other", ["b".to_owned()]).await.unwrap();
    });
}
