//! Behind a pooler that gives each transaction another session.

use std::fs;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bulk_endpoint_durable::postgres::PostgresStore;

use crate::block_on;
use crate::cluster::{Database, database, options};
use crate::tokens::{Tokens, Vendor};

/// Debian's place is not in the path of every user.
const PGBOUNCER: &str = "/usr/sbin/pgbouncer";

struct Pooler {
    process: Child,
    url: String,
}

impl Pooler {
    /// `None` if pgbouncer is not installed. In CI that is a failure.
    fn start(database: &Database) -> Option<Self> {
        if !fs::exists(PGBOUNCER).unwrap() {
            assert!(std::env::var("CI").is_err(), "expected {PGBOUNCER}, found none");
            eprintln!("skipped: pgbouncer is not installed (Debian: apt-get install pgbouncer)");
            return None;
        }
        let cluster = &database.cluster;
        let folder = cluster.folder().display();
        let (config, users) = (cluster.folder().join("pgbouncer.ini"), cluster.folder().join("users"));
        fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let name = &database.name;
        let text = format!(
            "[databases]\n{name} = host={folder} dbname={name}\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 3\n\
             listen_port = 6432\nunix_socket_dir = {folder}\nauth_type = trust\nauth_file = {}\n",
            users.display()
        );
        fs::write(&config, text).unwrap();
        let mut command = cluster.command(PGBOUNCER);
        let process = command.arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let url = database.url().replace("port=5432", "port=6432");
        let started = Instant::now();
        while !cluster.folder().join(".s.PGSQL.6432").exists() {
            assert!(started.elapsed() < Duration::from_secs(20), "pgbouncer does not start");
            thread::sleep(Duration::from_millis(20));
        }
        Some(Pooler { process, url })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn everything_works_behind_a_pooler_in_transaction_mode() {
    let Some(database) = database("pooled") else { return };
    let Some(pooler) = Pooler::start(&database) else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(2));
    block_on(async {
        let client = Arc::new(client);
        // More connections than the pooler has sessions.
        let mut stores = Vec::new();
        for _ in 0..4 {
            stores.push(PostgresStore::open_with(&pooler.url, options()).await.unwrap());
        }
        for (place, store) in stores.iter().enumerate() {
            let ids = (0..600).map(|id| format!("{place}-{id}"));
            store.submit(format!("run-{place}"), ids).arguments(&"a").chunk_items(50).await.unwrap();
        }
        let working = stores.iter().flat_map(|store| {
            (0..4).map(|run| {
                let client = client.clone();
                store.worker(format!("run-{run}"), move |org: String| client.put(&org)).concurrency(2).until_done()
            })
        });
        let worked = futures_util::future::try_join_all(working).await.unwrap();
        assert!(worked.iter().all(|worker| worker.is_done && worker.lost == 0), "{worked:?}");
        assert_eq!(
            database.number("select count(*) from bulk_endpoint.outcomes where outcome = 'succeeded'").await,
            2400
        );
        assert_eq!(stores[0].report("run-1").await.unwrap().counters().succeeded, 600);
    });
    assert_eq!(vendor.keys().len(), 2400);
}
