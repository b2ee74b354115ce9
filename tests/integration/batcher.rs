//! Batchers: single calls of many tasks, which travel together.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::batcher::{Batcher, BatcherBuilder, BatcherDriver, CallError, TrySendError};
use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::Request;
use bulk_endpoint::{
    Bulk, Client, Clock, NotAttempted, OnDuplicate, Outcome, OutcomeKind, Settled, TokioClock, Verified, bulk_api,
};
use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt, stream};
use tokio::time::Instant;

use crate::support::{
    Changed, Error, Id, Seen, Shapes, ShapesClient, all_done, done_but, ids, scripted, seconds, sent_ids,
};

type Tokens = Batcher<Id, Changed, Error>;
type Result = std::result::Result<Settled<Id, Changed, Error>, CallError<Id>>;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn id(name: &str) -> Id {
    Id(name.into())
}

/// The outcome's kind of each call; `None` for one that was closed.
fn kinds(results: &[Result]) -> Vec<Option<OutcomeKind>> {
    results.iter().map(|result| result.as_ref().ok().map(|settled| settled.outcome.kind())).collect()
}

const SUCCEEDED: Option<OutcomeKind> = Some(OutcomeKind::Succeeded);

/// A batcher over a script, with what the script sees.
fn batcher(
    script: impl Fn(usize, &Request) -> Script + Send + Sync + 'static,
) -> (BatcherBuilder<Id, Changed, Error>, Seen) {
    let seen = Seen::default();
    let noted = seen.clone();
    let client = scripted(move |n, request| {
        noted.push(request);
        script(n, request)
    });
    (client.idempotent().batcher(), seen)
}

/// A call in a task of its own, once the queue has accepted it.
async fn call(tokens: &Tokens, name: &str) -> tokio::task::JoinHandle<Result> {
    let call = tokens.submit(id(name)).await.unwrap();
    tokio::spawn(call)
}

#[tokio::test(start_paused = true)]
async fn calls_of_many_tasks_travel_together_and_each_gets_its_own_outcome() {
    let (batcher, seen) = batcher(|_, request| done_but(request, |id| id == "t3"));
    let tokens = batcher.spawn();
    let calls = ids(7).into_iter().map(|id| {
        let tokens = tokens.clone();
        tokio::spawn(async move { (id.clone(), tokens.send(id).await.unwrap()) })
    });
    for joined in join_all(calls).await {
        let (id, settled) = joined.unwrap();
        assert_eq!(settled.item, id);
        let expected = if id.0 == "t3" { "t3: failed: no such token".into() } else { format!("{}: succeeded", id.0) };
        assert_eq!(settled.row().to_string(), expected);
        assert!(settled.response.is_some(), "the fields of the response that belong to no item reach the caller");
    }
    assert_eq!(seen.batches().iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_full_request_leaves_at_once_and_another_after_its_linger() {
    let (batcher, seen) = batcher(|_, request| all_done(request).after(seconds(1)));
    let tokens = batcher.options(|run| run.linger(millis(50))).spawn();
    let start = Instant::now();
    let mut calls = Vec::new();
    for name in ["a", "b", "c", "d"] {
        calls.push(call(&tokens, name).await);
    }
    tokio::time::sleep(millis(30)).await;
    assert_eq!(seen.batches(), [["a", "b", "c"]], "`d` lingers, although the first request is in flight");
    calls.push(call(&tokens, "e").await);
    tokio::time::sleep(millis(21)).await;
    assert_eq!(seen.batches()[1..], [["d", "e"]], "`e` leaves with `d`");
    let results: Vec<_> = join_all(calls).await.into_iter().map(|joined| joined.unwrap()).collect();
    assert_eq!(kinds(&results), [SUCCEEDED; 5]);
    assert!(start.elapsed() < millis(1_100), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_run_over_a_stream_lingers_only_if_it_is_told_to() {
    for (linger, sent_after) in
        [(None, millis(1_000)), (Some(millis(200)), millis(200)), (Some(seconds(9)), seconds(9))]
    {
        let seen = Seen::default();
        let noted = seen.clone();
        let client = scripted(move |_, request| {
            noted.push(request);
            all_done(request).after(seconds(1))
        });
        let bulk = client.idempotent();
        let start = Instant::now();
        let mut run = bulk.send_stream(stream::iter(ids(4)).chain(stream::pending()));
        if let Some(linger) = linger {
            run = run.linger(linger);
        }
        let mut outcomes = run.outcomes();
        while let Some(settled) = outcomes.next().await {
            if settled.item == id("t3") {
                break;
            }
        }
        assert_eq!(seen.batches(), [vec!["t0", "t1", "t2"], vec!["t3"]], "{linger:?}");
        let lingered = start.elapsed() - seconds(1);
        assert!(lingered >= sent_after && lingered < sent_after + millis(10), "{linger:?}: {lingered:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_with_equal_items_share_a_request_until_it_is_settled() {
    for (on_duplicate, batches, third) in [
        (OnDuplicate::Collapse, vec![vec!["a", "b"], vec!["a"]], OutcomeKind::Succeeded),
        (OnDuplicate::Keep, vec![vec!["a", "b"], vec!["a"], vec!["a"]], OutcomeKind::Succeeded),
        (OnDuplicate::Reject, vec![vec!["a", "b"], vec!["a"]], OutcomeKind::NotAttempted),
    ] {
        let (batcher, seen) = batcher(|_, request| all_done(request));
        let tokens = batcher.options(move |run| run.on_duplicate(on_duplicate)).spawn();
        let results = join_all(["a", "b", "a"].map(|name| tokens.send(id(name)))).await;
        assert_eq!(kinds(&results), [SUCCEEDED, SUCCEEDED, Some(third)]);
        // A call after it has returned is another one: its outcome is not that of the past.
        assert_eq!(kinds(&[tokens.send(id("a")).await]), [SUCCEEDED]);
        assert_eq!(seen.batches(), batches, "{on_duplicate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_withdrawn_before_it_is_read_and_sent_afterwards() {
    let (builder, seen) = batcher(|_, request| all_done(request));
    let (tokens, driver) = builder.build();
    drop(tokens.try_send(id("early")).unwrap());
    let [kept, dropped] = ["kept", "dropped"].map(|name| tokens.try_send(id(name)).unwrap());
    let driver = tokio::spawn(driver);
    tokio::time::sleep(millis(1)).await;
    drop(dropped);
    assert_eq!(kinds(&[kept.await]), [SUCCEEDED]);
    assert_eq!(seen.batches(), [["kept", "dropped"]]);
    drop(tokens);
    driver.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_flush_returns_when_what_was_accepted_before_is_settled_with_its_retries() {
    let (batcher, seen) = batcher(|n, request| match n {
        0 => Script::response(429, "").header("Retry-After", "5"),
        _ => all_done(request).after(seconds(2)),
    });
    let tokens = batcher.options(|run| run.linger(seconds(3600))).spawn();
    let start = Instant::now();
    tokens.flush().await;
    assert_eq!(start.elapsed(), Duration::ZERO, "nothing was accepted");
    let first = call(&tokens, "a").await;
    let mut flush = Box::pin(tokens.flush());
    assert!(flush.as_mut().now_or_never().is_none());
    tokio::time::sleep(millis(1)).await;
    assert_eq!(seen.batches(), [["a"]], "nothing lingers during a flush");
    tokio::time::sleep(seconds(6)).await;
    // Accepted after the flush: it is not waited for.
    let later = call(&tokens, "b").await;
    flush.await;
    assert!(first.is_finished() && !later.is_finished());
    assert!(start.elapsed() >= seconds(7) && start.elapsed() < seconds(8), "{:?}", start.elapsed());
    tokens.flush().await;
    assert!(later.is_finished());
    let last = call(&tokens, "c").await;
    tokio::time::sleep(seconds(60)).await;
    assert!(!last.is_finished(), "after the flush items linger again");
}

#[tokio::test(start_paused = true)]
async fn closing_drains_and_then_cancels() {
    // The first request takes 10 s, so that of four calls one lingers.
    for (timeout, ends, elapsed) in [
        (Duration::MAX, [SUCCEEDED; 4], seconds(20)),
        (seconds(60), [SUCCEEDED; 4], seconds(20)),
        (seconds(15), [SUCCEEDED, SUCCEEDED, SUCCEEDED, Some(OutcomeKind::Unknown)], seconds(15)),
        (
            Duration::ZERO,
            [
                Some(OutcomeKind::Unknown),
                Some(OutcomeKind::Unknown),
                Some(OutcomeKind::Unknown),
                Some(OutcomeKind::NotAttempted),
            ],
            Duration::ZERO,
        ),
    ] {
        let (batcher, _) = batcher(|_, request| all_done(request).after(seconds(10)));
        let tokens = batcher.options(|run| run.linger(seconds(3600)).concurrency(1)).spawn();
        let mut calls = Vec::new();
        for name in ["a", "b", "c", "d"] {
            calls.push(call(&tokens, name).await);
        }
        tokio::time::sleep(millis(1)).await;
        let start = Instant::now();
        tokens.close(timeout).await;
        assert!(
            start.elapsed() <= elapsed && elapsed - start.elapsed() < millis(10),
            "{timeout:?}: {:?}",
            start.elapsed()
        );
        let results: Vec<_> = join_all(calls).await.into_iter().map(|joined| joined.unwrap()).collect();
        assert_eq!(kinds(&results), ends, "{timeout:?}");
        assert!(tokens.is_closed());
        assert_eq!(tokens.send(id("late")).await.unwrap_err(), CallError::Closed(id("late")));
        assert_eq!(tokens.try_send(id("late")).unwrap_err(), TrySendError::Closed(id("late")));
        tokens.flush().await;
        tokens.close(Duration::MAX).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_pushes_back_and_what_it_refuses_comes_back() {
    let (batcher, seen) = batcher(|_, request| all_done(request));
    let (tokens, driver) = batcher.capacity(2).build();
    let calls = ["a", "b"].map(|name| tokens.try_send(id(name)).unwrap());
    let full = tokens.try_send(id("c")).unwrap_err();
    assert_eq!(full, TrySendError::Full(id("c")));
    assert_eq!(full.to_string(), "the queue of the batcher is full: wait with `send`, or try again later");
    let mut waiting = Box::pin(tokens.send(id("d")));
    assert!(waiting.as_mut().now_or_never().is_none());
    // Another one that waits, and gives up: it takes no place.
    let mut given_up = Box::pin(tokens.send(id("e")));
    assert!(given_up.as_mut().now_or_never().is_none());
    drop(given_up);
    tokio::spawn(driver);
    assert_eq!(kinds(&join_all(calls).await), [SUCCEEDED; 2]);
    assert_eq!(kinds(&[waiting.await]), [SUCCEEDED]);
    assert_eq!(seen.batches().concat(), ["a", "b", "d"]);
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_is_dropped_answers_every_call() {
    let (batcher, _) = batcher(|_, _| Script::response(200, "").after(seconds(20)));
    let (tokens, mut driver) = batcher.capacity(16).options(|run| run.concurrency(1)).build();
    let calls: Vec<_> = ids(9).into_iter().map(|id| tokens.try_send(id).unwrap()).collect();
    // It sends the first three items, reads the next ones, and leaves the others in the queue.
    assert!((&mut driver).now_or_never().is_none());
    drop(driver);
    let results = join_all(calls).await;
    assert_eq!(kinds(&results)[..3], [Some(OutcomeKind::Unknown); 3]);
    for (result, id) in results.iter().zip(ids(9)).skip(3) {
        match result {
            Ok(settled) => {
                assert!(matches!(settled.outcome, Outcome::NotAttempted(NotAttempted::Cancelled)), "{settled:?}");
            }
            Err(error) => assert_eq!(*error, CallError::Closed(id)),
        }
    }
    assert!(matches!(results[8], Err(CallError::Closed(_))), "the last one was not read");
    tokens.flush().await;
    tokens.close(Duration::MAX).await;
    let closed = tokens.send(id("late")).await.unwrap_err();
    assert_eq!(closed.to_string(), "the batcher is closed, and did not send the item: send it through another batcher");
}

#[test]
fn a_batcher_whose_runtime_is_gone_says_so() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (batcher, _) = batcher(|_, _| Script::response(200, "").after(seconds(20)));
    // The time is real here: with the default, a slow machine sends the item.
    let batcher = batcher.options(|run| run.linger(seconds(3600)));
    let _entered = runtime.enter();
    let tokens = batcher.spawn();
    let call = tokens.try_send(id("a")).unwrap();
    drop(_entered);
    drop(runtime);
    let other = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    other.block_on(async {
        match call.await {
            // It was in the queue, or it lingered.
            Ok(settled) => {
                assert!(matches!(settled.outcome, Outcome::NotAttempted(NotAttempted::Cancelled)), "{settled:?}");
            }
            Err(error) => assert_eq!(error, CallError::Closed(id("a"))),
        }
        assert_eq!(tokens.send(id("b")).await.unwrap_err(), CallError::Closed(id("b")));
    });
}

#[tokio::test(start_paused = true)]
async fn the_driver_ends_with_the_last_handle_once_every_call_is_settled() {
    let (batcher, _) = batcher(|_, request| all_done(request).after(seconds(1)));
    let (tokens, driver) = batcher.build();
    let driver = tokio::spawn(driver);
    let other = tokens.clone();
    let call = other.submit(id("a")).await.unwrap();
    drop((tokens, other));
    assert_eq!(kinds(&[call.await]), [SUCCEEDED]);
    tokio::time::timeout(millis(1), driver).await.expect("no task is left behind").unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn calls_after_a_stop_are_a_run_of_their_own() {
    let client = scripted(|n, request| if n == 0 { Script::response(404, "") } else { all_done(request) });
    let tokens = client.lists("org").batcher().spawn();
    let results = join_all(ids(3).into_iter().map(|id| tokens.send(id))).await;
    assert_eq!(kinds(&results), [Some(OutcomeKind::Refused); 3]);
    assert_eq!(kinds(&[tokens.send(id("next")).await]), [SUCCEEDED]);
}

#[tokio::test(start_paused = true)]
async fn uncertain_calls_are_verified() {
    let client = scripted(|_, _| Script::response(502, ""));
    let batcher = client.lists("org").batcher().options(|run| {
        run.verify(|items| async move {
            let applied = items.into_iter().map(|item| (Id(item.0.clone()), Verified::Applied));
            Ok::<_, std::convert::Infallible>(applied.collect::<Vec<_>>())
        })
    });
    let settled = batcher.spawn().send(id("a")).await.unwrap();
    assert!(matches!(&settled.outcome, Outcome::Succeeded(success) if success.earlier), "{settled:?}");
}

/// The host failed and nothing waits for it any more: a driver that waits for calls has no patience to lose, and does not spin.
#[tokio::test(start_paused = true)]
async fn a_driver_without_calls_sleeps_after_a_failure() {
    let client = scripted(|_, _| Script::response(502, ""));
    let builder = client.lists("org").batcher().options(|run| {
        // Together with the timeout of the attempt, `verify` takes as long as the patience.
        run.attempt_timeout(seconds(1)).patience(seconds(5)).verify(|items| async move {
            tokio::time::sleep(seconds(4)).await;
            let applied = items.into_iter().map(|item| (Id(item.0.clone()), Verified::Applied));
            Ok::<_, std::convert::Infallible>(applied.collect::<Vec<_>>())
        })
    });
    let (tokens, mut driver) = builder.build();
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = polls.clone();
    let driving = tokio::spawn(poll_fn(move |cx| {
        counted.fetch_add(1, Ordering::Relaxed);
        driver.poll_unpin(cx)
    }));
    let settled = tokens.send(id("a")).await.unwrap();
    assert!(matches!(&settled.outcome, Outcome::Succeeded(success) if success.earlier), "{settled:?}");
    let before = polls.load(Ordering::Relaxed);
    tokio::time::sleep(seconds(60)).await;
    let after = polls.load(Ordering::Relaxed);
    assert!(after - before < 10, "{} polls", after - before);
    drop(tokens);
    driving.await.unwrap().unwrap();
}

/// Eight calls an hour, and each of them fails. What is called later does not pay for the outage of those before: it is tried as often.
#[tokio::test(start_paused = true)]
async fn the_patience_with_a_host_is_that_of_the_calls_that_wait_for_it() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let client = scripted(move |_, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        Script::response(500, "")
    });
    let tokens = client.lists("org").batcher().options(|run| run.patience(seconds(60))).spawn();
    let mut requests = Vec::new();
    for _ in 0..20 {
        let before = sent.load(Ordering::Relaxed);
        let results = join_all(ids(8).into_iter().map(|id| tokens.send(id))).await;
        assert_eq!(kinds(&results), [Some(OutcomeKind::Unknown); 8]);
        requests.push(sent.load(Ordering::Relaxed) - before);
        tokio::time::sleep(seconds(3600)).await;
    }
    assert!(requests.iter().all(|count| *count == requests[0]), "{requests:?}");
}

#[tokio::test(start_paused = true)]
async fn a_mock_answers_calls() {
    let bulk: Bulk<u64> = Bulk::mock(|id| if *id == 3 { Outcome::refused(409, ()) } else { Outcome::succeeded() });
    let (batcher, driver): (Batcher<u64, (), ()>, BatcherDriver<u64, (), ()>) = bulk.batcher().build();
    let calls = async {
        let results = join_all([1, 2, 3].map(|id| batcher.send(id))).await;
        let kinds: Vec<_> = results.into_iter().map(|result| result.unwrap().outcome.kind()).collect();
        assert_eq!(kinds, [OutcomeKind::Succeeded, OutcomeKind::Succeeded, OutcomeKind::Refused]);
        batcher.close(seconds(1)).await;
    };
    // The driver needs no task of its own.
    tokio::join!(calls, driver).1.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_flush_sends_fewer_items_than_the_minimum_and_a_retry_does_not_linger() {
    #[bulk_api]
    trait Pairs {
        #[post("/pairs")]
        #[bulk_endpoint(max = 4, min = 2, partial = true, idempotent = true)]
        fn pairs(&self) -> Bulk<Id, Changed, Error>;
    }
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), |n, request| match n {
        // The item is handed back.
        0 => Script::response(200, serde_json::json!({ "unprocessed": sent_ids(request) }).to_string()),
        _ => all_done(request),
    });
    let client = Client::builder("https://example.com").transport(transport.clone()).clock(clock).build().unwrap();
    let bulk = PairsClient::new(client).pairs();
    let tokens = bulk.batcher().options(|run| run.linger(seconds(100))).spawn();
    let alone = call(&tokens, "a").await;
    tokio::time::sleep(seconds(300)).await;
    assert_eq!(transport.sent(), 0, "a request of one item would be below the minimum");
    let start = Instant::now();
    tokens.flush().await;
    assert_eq!(kinds(&[alone.await.unwrap()]), [SUCCEEDED]);
    assert!(transport.sent() == 2 && start.elapsed() < seconds(60), "{:?}", start.elapsed());
}

/// A clock that moves whenever it is read, so that no two moments of a turn are the same.
#[derive(Clone)]
struct Ticking(Arc<Mutex<Duration>>, TokioClock);

impl Clock for Ticking {
    fn now(&self) -> Duration {
        let mut ticks = self.0.lock().unwrap();
        *ticks += Duration::from_micros(1);
        self.1.now() + *ticks
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        let ticks = *self.0.lock().unwrap();
        self.1.sleep_until(at.saturating_sub(ticks))
    }
}

#[tokio::test(start_paused = true)]
async fn a_linger_that_ends_during_a_turn_is_not_missed() {
    // The second call comes so that the linger of the first ends while the run looks at it: at one of these moments.
    for before in 0..60 {
        let clock = Ticking(Arc::default(), TokioClock::new());
        let transport = ScriptedTransport::new(clock.clone(), |_, request| all_done(request));
        let client = Client::builder("https://example.com").transport(transport).clock(clock.clone()).build().unwrap();
        let tokens = ShapesClient::new(client).idempotent().batcher().spawn();
        let first = call(&tokens, "a").await;
        tokio::time::sleep(millis(5)).await;
        // From here on time moves only as the clock is read.
        *clock.0.lock().unwrap() += millis(5) - Duration::from_micros(before);
        let second = call(&tokens, "b").await;
        for joined in [first, second] {
            let result = tokio::time::timeout(seconds(60), joined).await;
            assert_eq!(kinds(&[result.expect("the call returns").unwrap()]), [SUCCEEDED], "{before}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_stops_before_it_reads_settles_its_first_call_truly() {
    let client = scripted(|_, request| all_done(request));
    // A path argument that would be another path.
    let invalid = client.lists("..").batcher().spawn().send(id("a")).await.unwrap();
    assert!(
        matches!(&invalid.outcome, Outcome::NotAttempted(NotAttempted::InvalidArgument(_))),
        "{:?}",
        invalid.outcome
    );
    let tokens = client.lists("org").batcher().options(|run| run.run_timeout(Duration::ZERO)).spawn();
    let late = tokens.send(id("a")).await.unwrap();
    assert!(matches!(&late.outcome, Outcome::NotAttempted(NotAttempted::Deadline)), "{:?}", late.outcome);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_driver_goes_on_when_it_is_done_and_kept() {
    let (batcher, _) = batcher(|_, request| all_done(request));
    let (tokens, mut driver) = batcher.build();
    let queued = tokens.try_send(id("a")).unwrap();
    let flush = tokens.flush();
    let close = tokens.close(Duration::ZERO);
    let ((), (), ended) =
        tokio::time::timeout(seconds(1), async { tokio::join!(flush, close, &mut driver) }).await.unwrap();
    ended.unwrap();
    assert_eq!(queued.await.unwrap_err(), CallError::Closed(id("a")));
    let later = async { tokio::join!(tokens.flush(), tokens.close(Duration::MAX)) };
    tokio::time::timeout(seconds(1), later).await.unwrap();
    drop(driver);
}

#[tokio::test(start_paused = true)]
async fn the_last_close_sets_the_timeout_and_no_capacity_is_a_place_for_one_call() {
    let (batcher, _) = batcher(|_, request| all_done(request).after(seconds(10)));
    let (tokens, driver) = batcher.capacity(0).build();
    let first = tokens.try_send(id("a")).unwrap();
    assert_eq!(tokens.try_send(id("b")).unwrap_err(), TrySendError::Full(id("b")));
    tokio::spawn(driver);
    tokio::time::sleep(seconds(1)).await;
    let start = Instant::now();
    let mut patient = Box::pin(tokens.close(Duration::MAX));
    assert!(patient.as_mut().now_or_never().is_none());
    tokio::join!(patient, tokens.close(Duration::ZERO));
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(kinds(&[first.await]), [Some(OutcomeKind::Unknown)]);
}

/// The requests of a vendor that loses responses: what it applied, by id.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<HashMap<String, u32>>>);

impl Ledger {
    fn apply(&self, request: &Request) {
        let mut applied = self.0.lock().unwrap();
        sent_ids(request).into_iter().for_each(|id| *applied.entry(id).or_default() += 1);
    }

    fn times(&self, id: &str) -> u32 {
        self.0.lock().unwrap().get(id).copied().unwrap_or_default()
    }
}

/// Callers come and go, the vendor throttles and loses responses: every caller gets the truth about its own item, and nothing is sent twice.
#[tokio::test(start_paused = true)]
async fn ten_thousand_callers_at_once_each_get_the_truth() {
    for seed in 0..4 {
        let ledger = Ledger::default();
        let vendor = ledger.clone();
        let client = scripted(move |n, request| {
            let mut random = fastrand::Rng::with_seed(seed << 32 | n as u64);
            let after = millis(random.u64(0..40));
            match random.u32(0..20) {
                0 => Script::response(429, "").header("Retry-After", "1").after(after),
                1 => {
                    vendor.apply(request);
                    Script::response(502, "").after(after)
                }
                _ => {
                    vendor.apply(request);
                    done_but(request, |id| id.ends_with('7')).after(after)
                }
            }
        });
        let tokens = client.lists("org").batcher().capacity(64).options(|run| run.concurrency(8)).spawn();
        let callers = (0..10_000).map(|n| {
            let (tokens, ledger) = (tokens.clone(), ledger.clone());
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(seed << 32 | 0xCA11 << 16 | n);
                let name = format!("t{n}");
                tokio::time::sleep(millis(random.u64(0..2_000))).await;
                let call = tokens.send(id(&name));
                if random.u32(0..10) == 0 {
                    let _ = tokio::time::timeout(millis(random.u64(0..30)), call).await;
                    return assert!(ledger.times(&name) <= 1);
                }
                let settled = call.await.unwrap();
                assert_eq!(settled.item, id(&name));
                let times = ledger.times(&name);
                match settled.outcome.kind() {
                    OutcomeKind::Succeeded => assert!(times == 1 && !name.ends_with('7'), "{settled:?}"),
                    OutcomeKind::Failed => assert!(times == 1 && name.ends_with('7'), "{settled:?}"),
                    OutcomeKind::Unknown => assert_eq!(times, 1, "{settled:?}"),
                    _ => panic!("{settled:?}"),
                }
            })
        });
        for caller in join_all(callers).await {
            caller.unwrap();
        }
        tokens.close(Duration::ZERO).await;
    }
}
