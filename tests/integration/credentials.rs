//! Fetched tokens: one fetch for all waiting requests, another when a token has expired, and a limit on failures.

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bulk_endpoint::ClientBuilder;
use bulk_endpoint::{testing::Script, transport::Request};

use crate::support::{Shapes, all_done, ids, scripted_by, scripted_counting, seconds};

/// Tokens `t1`, `t2`, …, each fetched in a second.
fn counting(fetched: &Arc<AtomicUsize>) -> impl FnOnce(ClientBuilder) -> ClientBuilder {
    let fetched = fetched.clone();
    move |builder| {
        builder.bearer_with(move || {
            let number = fetched.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                tokio::time::sleep(seconds(1)).await;
                Ok::<_, std::io::Error>(format!("t{number}"))
            }
        })
    }
}

fn token(request: &Request) -> String {
    request.headers["authorization"].to_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_fetched_again_once_for_all() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let (client, transport) = scripted_by(
        |n, request| match (n, token(request).as_str()) {
            (0..4, "Bearer t1") | (_, "Bearer t2") => all_done(request).after(seconds(1)),
            _ => Script::response(401, r#"{"message":"expired"}"#).after(seconds(1)),
        },
        counting(&fetched),
    );
    let (one, two) = (client.lists("org"), client.lists("org"));
    let (one, two) = tokio::join!(one.send(ids(30)).into_future(), two.send(ids(30)).into_future());
    assert_eq!((one.counters().succeeded, two.counters().succeeded), (30, 30), "{one} {two}");
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
    assert!(transport.sent() <= 20 + 8, "{}", transport.sent());
}

#[tokio::test(start_paused = true)]
async fn two_fresh_tokens_in_a_row_that_are_refused_stop_the_run() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let (client, transport) =
        scripted_by(|_, _| Script::response(401, r#"{"message":"who are you"}"#), counting(&fetched));
    let report = client.lists("org").send(ids(30)).concurrency(1).await;
    assert_eq!((report.counters().refused, report.counters().not_attempted), (3, 27));
    assert_eq!((transport.sent(), fetched.load(Ordering::SeqCst)), (2, 2));
    assert!(report.stopped().unwrap().contains("who are you"));
    // Regardless of how long earlier tokens were valid.
    let fetched = Arc::new(AtomicUsize::new(0));
    let (client, transport) = scripted_by(
        |n, request| if n == 0 { all_done(request) } else { Script::response(401, r#"{"message":"who are you"}"#) },
        counting(&fetched),
    );
    let report = client.lists("org").send(ids(30)).concurrency(1).await;
    let counters = report.counters();
    assert_eq!((counters.succeeded, counters.refused + counters.not_attempted), (3, 27));
    assert_eq!((transport.sent(), fetched.load(Ordering::SeqCst)), (4, 3), "the second fresh one was the last");
    assert!(report.stopped().unwrap().contains("who are you"));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_during_a_requested_delay_is_fetched_again() {
    // Each token is valid for 1.5 s. The first request with it is told to wait for 2 s.
    let fetched = Arc::new(AtomicUsize::new(0));
    let began: Arc<std::sync::OnceLock<tokio::time::Instant>> = Arc::default();
    let (client, _) = scripted_by(
        move |n, request| {
            let now = began.get_or_init(tokio::time::Instant::now).elapsed();
            match token(request).as_str() {
                "Bearer t1" if n == 0 => Script::response(429, "{}").header("Retry-After", "2"),
                "Bearer t1" if now > seconds(1) => Script::response(401, "{}"),
                _ => all_done(request),
            }
        },
        counting(&fetched),
    );
    let report = client.lists("org").send(ids(30)).concurrency(1).await;
    assert_eq!((report.counters().succeeded, fetched.load(Ordering::SeqCst)), (30, 2), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_401_that_overtakes_the_first_2xx_of_its_token_does_not_stop_the_run() {
    // Each token is valid for five requests; eight leave at once, and refusals come back sooner than successes.
    let fetched = Arc::new(AtomicUsize::new(0));
    let uses: Arc<std::sync::Mutex<std::collections::HashMap<String, usize>>> = Arc::default();
    let (client, _) = scripted_by(
        move |_, request| {
            let mut uses = uses.lock().unwrap();
            let used = uses.entry(token(request)).or_default();
            *used += 1;
            if *used > 5 { Script::response(401, "{}") } else { all_done(request).after(seconds(1)) }
        },
        counting(&fetched),
    );
    let report = client.lists("org").send(ids(120)).concurrency(8).await;
    assert_eq!(report.counters().succeeded, 120, "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_token_that_was_good_is_refused_for_its_batch_alone() {
    let (client, transport) =
        scripted_counting(|n, request| if n == 1 { Script::response(401, "{}") } else { all_done(request) });
    let report = client.lists("org").send(ids(30)).concurrency(1).await;
    assert_eq!((report.counters().succeeded, report.counters().refused, transport.sent()), (27, 3, 10));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_fails_sends_nothing() {
    let (client, transport) = scripted_by(
        |_, request| all_done(request),
        |builder| builder.bearer_with(|| async { Err::<String, _>("the vault is sealed") }),
    );
    let report = client.lists("org").send(ids(30)).await;
    assert_eq!((report.counters().not_attempted, transport.sent()), (30, 0));
    assert!(report.to_string().contains("the vault is sealed"), "{report}");
    let (client, transport) = scripted_by(
        |_, request| all_done(request),
        |builder| builder.bearer_with(|| async { Ok::<_, String>("s3cret\n".into()) }),
    );
    let report = client.lists("org").send(ids(3)).await;
    assert_eq!(transport.sent(), 0);
    assert!(report.to_string().contains("cannot carry") && !report.to_string().contains("s3cret"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_fails_is_one_fetch_for_all_who_wait_for_it() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let (client, transport) = scripted_by(
        |_, request| all_done(request),
        |builder| {
            let fetched = fetched.clone();
            builder.bearer_with(move || {
                let number = fetched.fetch_add(1, Ordering::SeqCst);
                async move {
                    tokio::time::sleep(seconds(1)).await;
                    if number == 0 { Err("wrong password") } else { Ok("t".to_owned()) }
                }
            })
        },
    );
    let bulks: Vec<_> = (0..10).map(|_| client.lists("org")).collect();
    let reports = futures_util::future::join_all(bulks.iter().map(|bulk| bulk.send(ids(3)).into_future())).await;
    for report in &reports {
        assert!(report.stopped().unwrap().contains("wrong password"), "{report}");
        assert_eq!(report.counters().not_attempted, 3, "{report}");
    }
    assert_eq!((fetched.load(Ordering::SeqCst), transport.sent()), (1, 0));
    // A request that comes later did not wait for the fetch.
    assert_eq!(client.lists("org").send(ids(3)).await.counters().succeeded, 3);
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_a_token_is_fetched_stops_that_run_and_no_other() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let (client, transport) = scripted_by(
        |_, request| all_done(request),
        |builder| {
            builder.bearer_with(move || {
                let number = fetched.fetch_add(1, Ordering::SeqCst);
                assert!(number != 0, "before the future of t0k3n");
                async move {
                    assert!(number != 1, "in the future of t0k3n");
                    Ok::<_, std::io::Error>("t0k3n".to_owned())
                }
            })
        },
    );
    for _ in 0..2 {
        let report = client.lists("org").send(ids(4)).await;
        assert_eq!((report.counters().not_attempted, transport.sent()), (4, 0));
        let why = report.stopped().unwrap();
        assert!(why.contains("panicked") && !why.contains("t0k3n"), "{why}");
    }
    assert_eq!(client.lists("org").send(ids(4)).await.counters().succeeded, 4);
}

#[tokio::test(start_paused = true)]
async fn a_function_for_tokens_takes_precedence_over_a_fixed_one() {
    let fetched = Arc::new(AtomicUsize::new(0));
    for fixed_last in [false, true] {
        let (client, _) = scripted_by(
            |_, request| {
                assert_eq!(request.headers.get_all("authorization").iter().count(), 1);
                if token(request).starts_with("Bearer t") { all_done(request) } else { Script::response(401, "{}") }
            },
            |builder| {
                let both = |builder: ClientBuilder| counting(&fetched)(builder);
                if fixed_last { both(builder).bearer("fixed") } else { both(builder.bearer("fixed")) }
            },
        );
        let report = client.lists("org").send(ids(3)).await;
        assert_eq!(report.counters().succeeded, 3, "{report}");
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}
