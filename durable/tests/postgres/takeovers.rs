//! Chunks that change hands: workers that stop, die, or come back too late (R13); commits whose end is not known (R14); servers that fail over.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::{Bulk, Client, OutcomeKind};
use bulk_endpoint_durable::postgres::PostgresStore;
use futures_util::FutureExt;
use tokio::time::sleep;

use crate::block_on;
use crate::cluster::{Cluster, Database, database, options};
use crate::proxy::{Cut, Proxy};
use crate::server::{Response, serve};
use crate::tokens::{Changed, Refused, Setting, Tokens, TokensClient, Vendor};

/// Outcomes and how many items have them.
async fn outcomes(database: &Database) -> Vec<(String, i64)> {
    let sql = "select outcome, count(*) from bulk_endpoint.outcomes group by 1 order by 1";
    database.rows(sql).await.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// How many items a report tells as unknown, and how many of them because the database failed over or was restored.
async fn told_unknown(store: &PostgresStore) -> (usize, usize) {
    let report = store.report("run").await.unwrap();
    let rows: Vec<_> = report.rows().map(Result::unwrap).filter(|row| row.outcome == OutcomeKind::Unknown).collect();
    assert_eq!(rows.len(), report.counters().unknown);
    let failed_over = rows.iter().filter(|row| row.message.as_ref().unwrap().contains("the database failed over"));
    (rows.len(), failed_over.count())
}

async fn submit(store: &PostgresStore, items: usize, chunk: usize) {
    let ids = (0..items).map(|id| format!("id-{id}"));
    store.submit("run", ids).arguments(&"a").chunk_items(chunk).await.unwrap();
}

/// Works, and dies without a word when its first request has arrived.
async fn die(store: &PostgresStore, client: &Arc<TokensClient>, vendor: &Vendor) {
    let client = client.clone();
    let working = store.worker("run", move |org: String| client.create(&org)).concurrency(1).until_done();
    tokio::select! {
        worked = working => panic!("it ended before: {worked:?}"),
        () = vendor.arrived(1) => {}
    }
}

/// The leases of the dead end, without the time that they take.
async fn end_leases(database: &Database) {
    let client = database.client().await;
    client
        .batch_execute("update bulk_endpoint.chunks set lease_until = clock_timestamp() where lease_until is not null")
        .await
        .unwrap();
}

/// 10^8 items are 170 000 chunks: a claim must not look at all that are left.
#[test]
fn a_claim_reads_a_few_chunks_of_many() {
    let Some(database) = database("many") else { return };
    let (_, client) = Vendor::start(Duration::ZERO);
    block_on(async {
        let store = database.open().await;
        submit(&store, 600, 1).await;
        let done = store.worker("run", move |org: String| client.put(&org)).until_done().await.unwrap();
        assert!(done.is_done, "{done:?}");
        // A connection reports what it read when it ends.
        drop(store);
        sleep(Duration::from_secs(2)).await;
        let sql = "select idx_tup_read from pg_stat_user_indexes where indexrelname = 'chunks_open'";
        let read = database.number(sql).await;
        assert!((600..60_000).contains(&read), "{read} entries of the index");
    });
}

#[test]
fn a_worker_that_is_told_to_stop_gives_its_chunks_back() {
    let Some(database) = database("gives_back") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(30));
    block_on(async {
        let store = database.open().await;
        submit(&store, 400, 50).await;
        let client = Arc::new(client);
        let of_first = client.clone();
        let first = store.worker("run", move |org: String| of_first.create(&org)).concurrency(4);
        let first = first.run_until(vendor.arrived(6)).await.unwrap();
        assert!(!first.is_done && first.stopped.is_none() && first.requests > 0, "{first:?}");
        assert_eq!(database.number("select count(*) from bulk_endpoint.chunks where lease_until is not null").await, 0);
        assert_eq!(database.number("select count(*) from bulk_endpoint.attempts where ended is null").await, 0);
        let left = outcomes(&database).await;
        assert!(left.iter().all(|(outcome, _)| outcome != "unknown") && left.len() == 2, "{left:?}");
        let second = store.worker("run", move |org: String| client.create(&org)).until_done().await.unwrap();
        assert!(second.is_done && second.lost == 0);
        assert_eq!(outcomes(&database).await, [("succeeded".to_owned(), 400)]);
        assert_eq!(database.number("select sum(takeovers)::bigint from bulk_endpoint.chunks").await, 0);
    });
    let again = vendor.keys_sent_again();
    let told = block_on(database.told(&again));
    assert!(again.is_empty(), "sent again: {told:#?}");
}

#[test]
fn what_a_dead_worker_had_in_flight_is_unknown_and_the_rest_is_done_by_another() {
    let Some(database) = database("dead") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(200));
    block_on(async {
        let store = database.open().await;
        submit(&store, 30, 30).await;
        let client = Arc::new(client);
        die(&store, &client, &vendor).await;
        // Nobody takes the chunk while its lease lives.
        let of_other = client.clone();
        let other = store.worker("run", move |org: String| of_other.create(&org));
        other.run_until(sleep(Duration::from_millis(300))).await.unwrap();
        assert_eq!(vendor.requests().len(), 1);
        let done = store.worker("run", move |org: String| client.create(&org)).until_done().await.unwrap();
        assert!(done.is_done);
        assert_eq!(outcomes(&database).await, [("succeeded".to_owned(), 20), ("unknown".to_owned(), 10)]);
    });
    let mut keys = vendor.keys();
    keys.dedup();
    assert_eq!((keys.len(), vendor.keys().len()), (30, 30), "nothing is sent twice");
}

/// R8, R11: the next worker counts on.
#[test]
fn how_an_item_was_put_off_outlives_its_worker() {
    let Some(database) = database("put_off") else { return };
    let url = serve(|_| Some(Response { status: 429, headers: "retry-after: 30\r\n", body: "{}".to_owned() }));
    block_on(async {
        let store = database.open().await;
        submit(&store, 2, 10).await;
        let client = TokensClient::new(Client::builder(&url).build().unwrap());
        let working = store.worker("run", move |org: String| client.put(&org)).until_done();
        let count = "select count(*) from bulk_endpoint.items where put_off = 30000 and heads = 1 and attempts = 1";
        let is_kept = async {
            while database.number(count).await < 2 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            worked = working => panic!("it ended: {worked:?}"),
            () = is_kept => {}
            () = sleep(Duration::from_secs(20)) => panic!("it is not kept"),
        }
    });
}

#[test]
fn a_life_whose_chunk_another_one_has_writes_nothing() {
    let Some(database) = database("zombies") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(300));
    block_on(async {
        let store = database.open().await;
        submit(&store, 20, 20).await;
        let working = store.worker("run", move |org: String| client.create(&org)).concurrency(1);
        let working = working.run_until(sleep(Duration::from_millis(1500)));
        let taking = async {
            vendor.arrived(1).await;
            database.execute(
                "update bulk_endpoint.chunks set epoch = epoch + 1, holder = 42, worker = 'other', lease_until = clock_timestamp() + interval '1 hour'",
            );
        };
        let (worked, ()) = tokio::join!(working, taking);
        let worked = worked.unwrap();
        assert_eq!((worked.lost, worked.chunks), (1, 0), "{worked:?}");
        assert_eq!(database.number("select count(*) from bulk_endpoint.items where outcome is not null").await, 0);
        assert_eq!(database.number("select count(*) from bulk_endpoint.attempts where ended is not null").await, 0);
        assert_eq!(database.number("select count(*) from bulk_endpoint.attempts").await, 1);
    });
    // The intent of the second request was refused, so that it did not leave.
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn of_two_lives_of_one_process_only_one_has_the_chunk() {
    let Some(database) = database("siblings") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(5));
    block_on(async {
        let store = database.open().await;
        submit(&store, 2000, 1000).await;
        let working = store.worker("run", move |org: String| client.create(&org)).concurrency(8).until_done();
        let ending = async {
            vendor.arrived(10).await;
            let client = database.client().await;
            for _ in 0..4 {
                // What is written waits, so that the writes of both lives are in one statement; what is claimed does not.
                client.batch_execute("begin; lock table bulk_endpoint.lives").await.unwrap();
                sleep(Duration::from_millis(50)).await;
                end_leases(&database).await;
                // Two lanes have no chunk, and look for one again and again.
                sleep(Duration::from_millis(700)).await;
                client.batch_execute("commit").await.unwrap();
                sleep(Duration::from_millis(100)).await;
            }
        };
        let (worked, ()) = tokio::join!(working, ending);
        assert!(worked.unwrap().is_done);
    });
    let again = vendor.keys_sent_again();
    let told = block_on(database.told(&again));
    assert!(again.is_empty(), "sent again: {told:#?}");
}

#[test]
fn a_write_of_an_older_epoch_holder_or_number_is_refused_by_the_statement_itself() {
    let Some(database) = database("fences") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(400));
    block_on(async {
        let store = database.open().await;
        let client = Arc::new(client);
        for (place, change) in ["epoch = epoch + 1", "holder = holder + 1", "seq = seq - 1"].into_iter().enumerate() {
            let ids = (0..10).map(|id| format!("{place}-{id}"));
            let name = format!("run-{place}");
            store.submit(&name, ids).arguments(&"a").await.unwrap();
            let client = client.clone();
            let working = store.worker(&name, move |org: String| client.create(&org));
            let working = working.run_until(sleep(Duration::from_millis(1500)));
            let changing = async {
                vendor.arrived(place + 1).await;
                database.execute(&format!("update bulk_endpoint.chunks set {change}, lease_until = clock_timestamp() + interval '1 hour' where run = {}", place + 1));
            };
            let (worked, ()) = tokio::join!(working, changing);
            assert_eq!(worked.unwrap().lost, 1, "{change}");
        }
        assert_eq!(database.number("select count(*) from bulk_endpoint.items where outcome is not null").await, 0);
    });
}

#[test]
fn a_chunk_that_kills_its_workers_is_split_and_the_item_that_does_is_parked() {
    let Some(database) = database("poison") else { return };
    let (vendor, client) = Vendor::start(Duration::ZERO);
    block_on(async {
        let store = database.open().await;
        let ids = ["a", "slow-poison", "b", "c"].map(str::to_owned);
        store.submit("run", ids).arguments(&"a").await.unwrap();
        let client = Arc::new(client);
        let is_open = || database.number("select count(*) from bulk_endpoint.chunks where state = 'open'");
        let mut deaths = 0;
        while is_open().await > 0 {
            let client = client.clone();
            // It dies while the poisonous item is in flight.
            let worker = store.worker("run", move |org: String| client.put(&org)).concurrency(1);
            // With fewer attempts, the item would be given up before.
            let working = worker.configure(|run| run.max_attempts(50)).until_done();
            let _ = tokio::time::timeout(Duration::from_millis(400), working).await;
            end_leases(&database).await;
            deaths += 1;
            assert!(deaths < 20, "it is neither split nor parked");
        }
        let dead = database.rows("select key, outcome from bulk_endpoint.dead").await;
        let dead: Vec<(String, String)> = dead.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(dead, [("slow-poison".to_owned(), "unknown".to_owned())]);
        assert_eq!(outcomes(&database).await, [("succeeded".to_owned(), 3), ("unknown".to_owned(), 1)]);

        vendor.hurry();
        assert_eq!(store.requeue("run").await.unwrap(), 1);
        let worker = store.worker("run", move |org: String| client.put(&org)).configure(|run| run.max_attempts(50));
        assert!(worker.until_done().await.unwrap().is_done);
        assert_eq!(outcomes(&database).await, [("succeeded".to_owned(), 4)]);
        assert_eq!(store.requeue("run").await.unwrap(), 0);
    });
}

#[test]
fn a_commit_whose_end_is_not_known_is_looked_for_before_it_is_repeated() {
    let Some(database) = database("ambiguous") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(40));
    let proxy = Proxy::start(&database);
    block_on(async {
        let store = PostgresStore::open_with(&proxy.url, options()).await.unwrap();
        submit(&store, 1000, 50).await;
        let cutting = async {
            let mut random = fastrand::Rng::new();
            loop {
                sleep(Duration::from_millis(random.u64(10..60))).await;
                proxy.cut(if random.bool() { Cut::BeforeRequest } else { Cut::BeforeResponse });
            }
        };
        let working = store.worker("run", move |org: String| client.create(&org)).until_done();
        let worked = tokio::select! {
            worked = working => worked.unwrap(),
            () = cutting => unreachable!(),
        };
        assert!(worked.is_done && worked.lost == 0, "{worked:?}");
        assert!(proxy.cuts() > 2, "{} cuts", proxy.cuts());
        // Nothing is lost, and nothing is in doubt.
        assert_eq!(outcomes(&database).await, [("succeeded".to_owned(), 1000)]);
        let intents = database.number("select count(*) from bulk_endpoint.attempts").await;
        assert_eq!(intents as usize, vendor.requests().len());
    });
    let mut keys = vendor.keys();
    keys.dedup();
    assert_eq!((keys.len(), vendor.keys().len()), (1000, 1000));
}

#[test]
fn after_a_failover_what_was_claimed_before_is_uncertain() {
    let Some(cluster) = Cluster::start("") else { return };
    let cluster = Arc::new(cluster);
    let database = cluster.database("failover");
    let (vendor, client) = Vendor::start(Duration::from_millis(200));
    let client = Arc::new(client);
    block_on(async {
        let store = database.open().await;
        submit(&store, 40, 20).await;
        die(&store, &client, &vendor).await;
    });
    cluster.become_standby();
    let error = block_on(PostgresStore::open_with(&database.url(), options())).unwrap_err().to_string();
    assert!(error.contains("found a standby"), "{error}");
    cluster.promote();
    block_on(async {
        let store = database.open().await;
        // That is known before a worker takes the chunk.
        assert_eq!(outcomes(&database).await, [("not_attempted".to_owned(), 20), ("unknown".to_owned(), 20)]);
        assert_eq!(told_unknown(&store).await, (20, 10));
        end_leases(&database).await;
        // A worker takes the chunk and dies before it writes anything.
        let dying = store.worker("run", |_: String| -> Bulk<String, Changed, Refused> { panic!("the worker dies") });
        AssertUnwindSafe(dying.until_done()).catch_unwind().await.unwrap_err();
        assert_eq!(told_unknown(&store).await, (20, 10));
        end_leases(&database).await;
        let done = store.worker("run", move |org: String| client.create(&org)).until_done().await.unwrap();
        assert!(done.is_done);
        // Ten were in flight, and what the worker did with the other ten of its chunk may be lost. The other chunk had no worker.
        assert_eq!(outcomes(&database).await, [("succeeded".to_owned(), 20), ("unknown".to_owned(), 20)]);
        let sql = "select count(*) from bulk_endpoint.outcomes where message like '%the database failed over%'";
        assert_eq!(database.number(sql).await, 10);
        assert_eq!(told_unknown(&store).await, (20, 10));
    });
}

#[test]
fn a_lease_that_ended_before_a_failover_is_not_renewed_after_it() {
    let Some(database) = database("late") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(200));
    block_on(async {
        let store = database.open().await;
        submit(&store, 20, 20).await;
        let failing_over = async {
            vendor.arrived(1).await;
            // Another worker may have taken the chunk: the new server lacks it.
            let sql = "update bulk_endpoint.chunks set timeline = timeline - 1, lease_until = clock_timestamp()";
            database.client().await.batch_execute(sql).await.unwrap();
        };
        let working = store.worker("run", move |org: String| client.create(&org)).concurrency(1).until_done();
        let (done, ()) = tokio::join!(working, failing_over);
        let done = done.unwrap();
        assert!(done.is_done && done.lost == 1, "{done:?}");
        assert_eq!(outcomes(&database).await, [("unknown".to_owned(), 20)]);
    });
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn in_a_database_that_was_restored_all_open_items_are_uncertain() {
    let Some(database) = database("restored") else { return };
    let (vendor, client) = Vendor::start(Duration::from_millis(10));
    block_on(async {
        let store = database.open().await;
        submit(&store, 60, 10).await;
        let client = Arc::new(client);
        let of_first = client.clone();
        let first = store.worker("run", move |org: String| of_first.create(&org)).concurrency(1);
        first.run_until(vendor.arrived(2)).await.unwrap();
        let sent = vendor.keys().len() as i64;
        assert!(sent > 0 && sent < 60);
        store.restored().await.unwrap();
        let left = [("succeeded".to_owned(), sent), ("unknown".to_owned(), 60 - sent)];
        assert_eq!(outcomes(&database).await, left);
        assert_eq!(told_unknown(&store).await, (60 - sent as usize, 60 - sent as usize));
        let done = store.worker("run", move |org: String| client.create(&org)).until_done().await.unwrap();
        assert!(done.is_done && done.requests == 0, "{done:?}");
        assert_eq!(outcomes(&database).await, left);
    });
}

#[test]
fn an_uncertain_item_is_not_sent_again_after_a_later_one_with_its_key() {
    let Some(database) = database("overtaken") else { return };
    let sent = Arc::new(Mutex::new(Vec::new()));
    let of_server = sent.clone();
    let url = serve(move |request| {
        let body = String::from_utf8(request.body).unwrap();
        // The first request of each setting is lost on the way back.
        let is_lost = body.contains(r#""value":1"#);
        of_server.lock().unwrap().push(body);
        let (status, body) =
            if is_lost { (500, r#"{"message":"broken"}"#) } else { (200, r#"{"successes":["a","b"]}"#) };
        Some(Response { status, headers: "", body: body.to_owned() })
    });
    block_on(async {
        let store = database.open().await;
        let setting = |name: &str, value| Setting { name: name.to_owned(), value };
        store.submit("run", [setting("a", 1), setting("a", 2), setting("b", 1)]).await.unwrap();
        for _ in 0..2 {
            let client = TokensClient::new(Client::builder(&url).build().unwrap());
            let worker = store.worker("run", move |()| client.set()).configure(|run| run.max_attempts(1));
            assert!(worker.concurrency(1).until_done().await.unwrap().is_done);
            store.requeue("run").await.unwrap();
        }
        let sql = "select outcome, message from bulk_endpoint.outcomes order by item";
        let rows = database.rows(sql).await;
        assert_eq!(
            rows.iter().map(|row| row.get::<_, &str>(0)).collect::<Vec<_>>(),
            ["unknown", "succeeded", "unknown"]
        );
        let message: &str = rows[0].get(1);
        assert!(message.ends_with("it is not sent again, as a later item with its key was sent"), "{message}");
    });
    let sent = sent.lock().unwrap();
    let with = |text: &str| sent.iter().filter(|body| body.contains(text)).count();
    assert_eq!((with(r#""name":"a","value":1"#), with(r#""name":"a","value":2"#)), (1, 1), "{sent:?}");
    assert!(with(r#""name":"b","value":1"#) > 1, "what nothing has undone is sent again: {sent:?}");
}

#[test]
fn a_database_that_stays_away_stops_the_worker_and_one_that_comes_back_does_not() {
    let Some(cluster) = Cluster::start("") else { return };
    let cluster = Arc::new(cluster);
    let database = cluster.database("outage");
    let (vendor, client) = Vendor::start(Duration::from_millis(20));
    let client = Arc::new(client);
    block_on(async {
        let store =
            PostgresStore::open_with(&database.url(), options().patience(Duration::from_millis(400))).await.unwrap();
        submit(&store, 400, 50).await;
        let of_first = client.clone();
        let working = tokio::spawn(store.worker("run", move |org: String| of_first.create(&org)).until_done());
        vendor.arrived(6).await;
        cluster.crash();
        let error = working.await.unwrap().unwrap_err().to_string();
        assert!(
            error.contains("is down for longer than 400ms")
                && error.contains("nothing was sent that could not be recorded"),
            "{error}"
        );
        cluster.restart();
        // What was recorded may still have left, and nothing else.
        let recorded = database.number("select count(*) from bulk_endpoint.attempts").await;
        assert!(vendor.requests().len() <= recorded as usize);

        let store = database.open().await;
        end_leases(&database).await;
        let working = tokio::spawn(store.worker("run", move |org: String| client.create(&org)).until_done());
        sleep(Duration::from_millis(200)).await;
        cluster.crash();
        // Longer than the leases: whoever comes first has the chunks then.
        sleep(Duration::from_millis(2500)).await;
        cluster.restart();
        let worked = working.await.unwrap().unwrap();
        assert!(worked.is_done, "{worked:?}");
        let left = outcomes(&database).await;
        assert!(left.iter().all(|(outcome, _)| outcome == "succeeded" || outcome == "unknown"), "{left:?}");
    });
    let again = vendor.keys_sent_again();
    let told = block_on(database.told(&again));
    assert!(again.is_empty(), "sent again: {told:#?}");
}
