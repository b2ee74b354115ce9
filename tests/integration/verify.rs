//! `verify`: items with an unknown result, for which the run asks the caller.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bulk_endpoint::testing::Script;
use bulk_endpoint::transport::{Request, TransportErrorKind};
use bulk_endpoint::{Event, Outcome, OutcomeKind, Report, Verified};
use futures_util::StreamExt;

use crate::support::{
    Changed, Error, Id, Patch, Shapes, all_done, done_but, ids, scripted, scripted_counting, seconds, sent_ids, words,
};

type Said = Vec<(Id, Verified)>;

fn id(number: usize) -> Id {
    Id(format!("t{number}"))
}

/// A `verify` with the same result for all items.
fn all(verified: Verified) -> impl Fn(&[Id]) -> Result<Said, String> + Clone {
    move |ids| Ok(ids.iter().map(|id| (id.clone(), verified)).collect())
}

fn error_500(_: usize, _: &Request) -> Script {
    Script::response(500, r#"{"message":"out of order","requestId":"r-1"}"#)
}

/// Sends to a server that responds with 500, and verifies.
async fn verified(
    items: usize,
    says: impl Fn(&[Id]) -> Result<Said, String> + Send + Sync + Clone,
) -> Report<Id, Changed, Error> {
    let bulk = scripted(error_500).lists("org");
    let run = bulk.send(ids(items)).verify(|ids: Vec<Id>| {
        let says = says.clone();
        async move { says(&ids) }
    });
    let report = run.await;
    assert!(report.counters().balanced());
    for kind in OutcomeKind::ALL {
        let counted = report.iter().filter(|(_, outcome)| outcome.kind() == kind).count();
        assert_eq!(report.counters().of(kind), counted, "{kind}");
    }
    report
}

#[tokio::test(start_paused = true)]
async fn what_it_says_is_the_outcome() {
    use Verified::{Applied, NotApplied, Unknown};
    assert_eq!(words(&verified(4, all(Applied)).await), ["earlier"; 4]);
    assert_eq!(words(&verified(4, all(NotApplied)).await), ["not_applied"; 4]);
    assert_eq!(words(&verified(4, all(Unknown)).await), ["unknown server_error"; 4]);
    let mixed = |_: &[Id]| Ok(vec![(id(2), Applied), (id(0), NotApplied)]);
    assert_eq!(words(&verified(3, mixed).await), ["not_applied", "unknown server_error", "earlier"]);
}

/// The run has an answer to wait for, which is not the host's.
#[tokio::test(start_paused = true)]
async fn it_may_take_longer_than_the_patience() {
    let client = scripted(|n, request| if n == 0 { error_500(n, request) } else { all_done(request) });
    let items = futures_util::stream::iter(ids(3)).chain(futures_util::stream::once(async {
        tokio::time::sleep(seconds(100)).await;
        id(3)
    }));
    let run = client.lists("org").send_stream(items).patience(seconds(5)).verify(|ids: Vec<Id>| async move {
        tokio::time::sleep(seconds(60)).await;
        all(Verified::Applied)(&ids)
    });
    let report = run.await;
    assert_eq!(words(&report), ["earlier", "earlier", "earlier", "succeeded"], "{report}");
}

#[tokio::test(start_paused = true)]
async fn what_it_gets_wrong_leaves_the_items_unknown_and_touches_no_other() {
    use Verified::{Applied, NotApplied};
    let unknown = "unknown server_error";
    let foreign = |_: &[Id]| Ok(vec![(id(9), Applied), (id(1), Applied)]);
    assert_eq!(words(&verified(3, foreign).await), [unknown, "earlier", unknown]);
    let contradicts = |_: &[Id]| Ok(vec![(id(0), Applied), (id(1), Applied), (id(0), NotApplied), (id(1), Applied)]);
    assert_eq!(words(&verified(3, contradicts).await), [unknown, "earlier", unknown]);
    assert_eq!(words(&verified(3, |_: &[Id]| Ok(Vec::new())).await), [unknown; 3]);
    // An error or a panic in one group does not affect the next.
    let fails = |ids: &[Id]| if ids.contains(&id(0)) { Err("no response".to_owned()) } else { all(Applied)(ids) };
    assert_eq!(words(&verified(4, fails).await), [unknown, unknown, unknown, "earlier"]);
    let panics = |ids: &[Id]| if ids.contains(&id(0)) { panic!("in the future") } else { all(Applied)(ids) };
    assert_eq!(words(&verified(4, panics).await), [unknown, unknown, unknown, "earlier"]);
    let at_once = scripted(error_500).lists("org").send(ids(4)).verify(|ids: Vec<Id>| {
        assert!(!ids.contains(&id(0)), "before the future");
        async move { all(Applied)(&ids) }
    });
    assert_eq!(words(&at_once.await), [unknown, unknown, unknown, "earlier"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_the_answer_stays_with_an_item_that_was_not_applied() {
    let report = verified(1, all(Verified::NotApplied)).await;
    let row = report.rows().next().unwrap();
    assert_eq!((row.status, row.request_id.as_deref()), (Some(500), Some("r-1")));
    let message = row.message.unwrap();
    assert!(message.starts_with("not applied") && message.contains("out of order"), "{message}");
    let timeout = TransportErrorKind::Timeout;
    let bulk = scripted(move |_, _| Script::error(timeout, "no response in 30 s")).lists("org");
    let report = bulk.send(ids(1)).verify(|ids: Vec<Id>| async move { all(Verified::NotApplied)(&ids) }).await;
    let row = report.rows().next().unwrap();
    assert_eq!((row.outcome, row.status), (OutcomeKind::Refused, None));
    assert!(row.message.unwrap().contains("no response in 30 s"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_a_doubt_is_certain_if_it_was_not_applied() {
    for (verified, want) in
        [(Verified::Applied, "earlier"), (Verified::NotApplied, "failed"), (Verified::Unknown, "unknown failed_later")]
    {
        let client = scripted(|n, request| if n == 0 { error_500(n, request) } else { done_but(request, |_| true) });
        let run = client.keyed().send(ids(3)).verify(|ids: Vec<Id>| async move { all(verified)(&ids) });
        assert_eq!(words(&run.await), [want; 3]);
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_would_end_unknown_is_asked_about_in_groups_of_one_request() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    // In each request one item is failed, one done, and one not listed.
    let client = scripted(|_, request| {
        let ids = sent_ids(request);
        let body = serde_json::json!({ "successes": [ids[0]], "failures": [{ "id": ids[1], "message": "no" }] });
        Script::response(200, body.to_string())
    });
    let all_ids = ids(30);
    // Borrowed items, and a closure that borrows.
    let report = client
        .lists("org")
        .send(&all_ids)
        .verify(|ids: Vec<&Id>| {
            asked.lock().unwrap().push(ids.clone());
            async move {
                tokio::time::sleep(seconds(1)).await;
                Ok::<_, Infallible>(ids.into_iter().map(|id| (id.clone(), Verified::Applied)))
            }
        })
        .await;
    assert_eq!(words(&report), ["succeeded", "failed", "earlier"].repeat(10));
    let asked = asked.lock().unwrap();
    assert!(asked.iter().all(|group| (1..=3).contains(&group.len())), "{asked:?}");
    let every: Vec<&Id> = asked.concat();
    assert_eq!(every.iter().collect::<HashSet<_>>().len(), 10);
    assert_eq!(every.len(), 10, "each is asked about once");
}

#[tokio::test(start_paused = true)]
async fn outcomes_stream_in_the_order_of_the_input_and_the_counters_agree() {
    let client = scripted(|n, request| if n % 2 == 0 { error_500(n, request) } else { all_done(request) });
    for window in [None, Some(1), Some(4), Some(100)] {
        let mut kinds = [0; 5];
        let bulk = client.lists("org");
        let mut run =
            bulk.send(ids(40)).on_event(|_, counters| assert!(counters.balanced())).verify(|ids: Vec<Id>| async move {
                tokio::time::sleep(seconds(7)).await;
                all(Verified::Applied)(&ids)
            });
        if let Some(window) = window {
            run = run.in_order(window);
        }
        let mut outcomes = run.outcomes();
        let mut indices = Vec::new();
        while let Some(settled) = outcomes.next().await {
            indices.push(settled.index);
            kinds[OutcomeKind::ALL.iter().position(|kind| *kind == settled.outcome.kind()).unwrap()] += 1;
        }
        let in_order = indices.is_sorted();
        indices.sort_unstable();
        assert_eq!(indices, (0..40).collect::<Vec<_>>());
        assert!(in_order || window.is_none());
        let counters = outcomes.summary().counters();
        assert_eq!(OutcomeKind::ALL.map(|kind| counters.of(kind)), kinds);
        assert_eq!(kinds, [40, 0, 0, 0, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn repeats_share_what_it_says() {
    let asked = AtomicUsize::new(0);
    let input: Vec<Id> = [0, 1, 0, 2, 0, 3, 0].map(id).into();
    let client = scripted(error_500);
    let bulk = client.lists("org");
    let run = || {
        // The last items are read while the first ones are verified.
        bulk.send_stream(futures_util::stream::iter(&input).enumerate().then(async |(index, id)| {
            tokio::time::sleep(seconds(index as u64)).await;
            id
        }))
        .verify(|ids: Vec<&Id>| {
            asked.fetch_add(ids.len(), Ordering::SeqCst);
            async move {
                tokio::time::sleep(seconds(5)).await;
                Ok::<_, Infallible>(ids.into_iter().map(|id| (id.clone(), Verified::Applied)).collect::<Vec<_>>())
            }
        })
    };
    assert_eq!(words(&run().await), ["earlier"; 7]);
    let streamed: Vec<_> = run().outcomes().collect().await;
    assert!(streamed.len() == 7 && streamed.iter().all(|settled| settled.outcome.is_success()), "{streamed:?}");
    assert_eq!(asked.into_inner(), 8, "four a run");
}

#[tokio::test(start_paused = true)]
async fn the_same_key_with_other_bytes_waits_until_it_is_known() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let started = tokio::time::Instant::now();
    let client = scripted({
        let sent = sent.clone();
        move |n, request| {
            sent.lock().unwrap().push(started.elapsed().as_secs());
            if n == 0 { error_500(n, request) } else { Script::response(200, r#"{"done":[1]}"#) }
        }
    });
    let input = ["a", "b"].map(|to| Patch { id: 1, to: to.into() });
    let run = client.patches().send(&input).verify(|patches: Vec<&Patch>| async move {
        tokio::time::sleep(seconds(9)).await;
        Ok::<_, Infallible>(patches.into_iter().map(|patch| (patch.id, Verified::NotApplied)))
    });
    assert_eq!(words(&run.await), ["not_applied", "succeeded"]);
    assert_eq!(*sent.lock().unwrap(), [0, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_one_keeps_nothing_from_being_sent_until_too_many_are_in_doubt() {
    let read = AtomicUsize::new(0);
    // The second half succeeds.
    let (client, transport) =
        scripted_counting(|n, request| if n < 4 { error_500(n, request) } else { all_done(request) });
    let bulk = client.lists("org");
    let run = |transport: &bulk_endpoint::testing::ScriptedTransport| {
        let (transport, before) = (transport.clone(), transport.sent());
        let source = futures_util::stream::iter(ids(300)).inspect(|_| {
            read.fetch_add(1, Ordering::SeqCst);
        });
        bulk.send_stream(source).concurrency(4).verify(move |ids: Vec<Id>| {
            let transport = transport.clone();
            async move {
                tokio::time::sleep(seconds(60)).await;
                let sent = transport.sent() - before;
                Ok::<_, String>(
                    ids.into_iter().map(move |id| (id, if sent >= 4 { Verified::Applied } else { Verified::Unknown })),
                )
            }
        })
    };
    let report = run(&transport).await;
    assert_eq!(report.counters().succeeded, 300, "{report}");
    // With a server that only fails, the number of items read ahead is bounded for any input.
    let bulk = scripted(error_500).lists("org");
    let read = Arc::new(AtomicUsize::new(0));
    let source = futures_util::stream::iter(ids(10_000)).inspect({
        let read = read.clone();
        move |_| {
            read.fetch_add(1, Ordering::SeqCst);
        }
    });
    let run =
        bulk.send_stream(source).concurrency(4).verify(|_: Vec<Id>| std::future::pending::<Result<Said, String>>());
    let watch = run.watch();
    let mut outcomes = run.outcomes();
    assert!(tokio::time::timeout(seconds(100), outcomes.next()).await.is_err());
    let most = 2 * 4 * 3 + 3;
    assert!(read.load(Ordering::SeqCst) <= most, "{}", read.load(Ordering::SeqCst));
    let counters = watch.counters();
    assert!(counters.balanced() && counters.waiting >= 12, "{counters:?}");
}

/// How a run ends early.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Early {
    Stop,
    Cancel,
    Drop,
    Deadline,
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_after_a_stop_but_not_after_a_cancel_a_drop_or_the_deadline() {
    for early in [Early::Stop, Early::Cancel, Early::Drop, Early::Deadline] {
        let asked = Arc::new(AtomicUsize::new(0));
        // The first request fails at 1 s, the second at 3 s; the run ends at 2 s; `verify` of the first takes from 1 s to 6 s.
        let (client, transport) =
            scripted_counting(|n, request| error_500(n, request).after(seconds(1 + 2 * n as u64)));
        let mut run = client.lists("org").send(ids(9)).concurrency(2).verify({
            let asked = asked.clone();
            move |ids: Vec<Id>| {
                asked.fetch_add(1, Ordering::SeqCst);
                async move {
                    tokio::time::sleep(seconds(5)).await;
                    all(Verified::Applied)(&ids)
                }
            }
        });
        if early == Early::Deadline {
            run = run.run_timeout(seconds(2));
        }
        let watch = run.watch();
        let mut run = Box::pin(run.into_future());
        let ended = tokio::time::timeout(seconds(2), &mut run).await;
        let report = match (early, ended) {
            (Early::Deadline, Ok(report)) => report,
            (Early::Deadline, Err(_)) => run.await,
            (Early::Stop, _) => {
                watch.stop();
                run.await
            }
            (Early::Cancel, _) => {
                watch.cancel();
                run.await
            }
            (Early::Drop, _) => {
                drop(run);
                watch.report()
            }
        };
        let (requests, questions) = (transport.sent(), asked.load(Ordering::SeqCst));
        let got = words(&report);
        assert!(report.counters().balanced() && report.counters().settled() == 9, "{early:?} {report}");
        if early == Early::Stop {
            assert_eq!(questions, 3, "{early:?}: the third request left at 1 s");
            assert_eq!(got, ["earlier"; 9]);
        } else {
            assert_eq!(questions, 1, "{early:?}");
            let second = if early == Early::Deadline { "unknown deadline" } else { "unknown cancelled" };
            assert_eq!(got[..3], ["unknown server_error"; 3], "{early:?}");
            assert_eq!(got[3..], [second; 6], "{early:?}");
        }
        tokio::time::sleep(seconds(100)).await;
        assert_eq!((transport.sent(), asked.load(Ordering::SeqCst)), (requests, questions), "nothing more: {early:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_asks_no_more_and_accounts_for_what_is_in_doubt() {
    let asked = Arc::new(AtomicUsize::new(0));
    let run = scripted(error_500).lists("org").send(ids(9)).verify({
        let asked = asked.clone();
        move |ids: Vec<Id>| {
            let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                if !first {
                    std::future::pending::<()>().await;
                }
                all(Verified::Applied)(&ids)
            }
        }
    });
    let watch = run.watch();
    let mut outcomes = run.outcomes();
    assert!(matches!(outcomes.next().await.unwrap().outcome, Outcome::Succeeded(_)));
    drop(outcomes);
    let counters = watch.counters();
    assert!(counters.balanced() && counters.settled() == 9, "{counters:?}");
    let questions = asked.load(Ordering::SeqCst);
    tokio::time::sleep(seconds(100)).await;
    assert_eq!(asked.load(Ordering::SeqCst), questions);
}

#[tokio::test(start_paused = true)]
async fn an_event_tells_what_it_found() {
    let mut kinds = Vec::new();
    let run = scripted(error_500).lists("org").send(ids(2)).on_event(|event, _| {
        if let Event::Settled { outcome, .. } = *event {
            kinds.push(outcome);
        }
    });
    let report = run.verify(|ids: Vec<Id>| async move { all(Verified::NotApplied)(&ids) }).await;
    assert_eq!(report.counters().refused, 2);
    assert_eq!(kinds, [OutcomeKind::Refused; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_after_a_stop_gives_up_what_is_being_verified() {
    // One request fails at once, and `verify` never comes back.
    for (items, asks) in [(3, 1), (9, 1)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let (client, transport) = scripted_counting(error_500);
        let bulk = client.lists("org");
        let run = bulk.send(ids(items)).verify({
            let asked = asked.clone();
            move |_: Vec<Id>| {
                asked.fetch_add(1, Ordering::SeqCst);
                std::future::pending::<Result<Said, String>>()
            }
        });
        let watch = run.watch();
        let later = async {
            tokio::time::sleep(seconds(3)).await;
            watch.stop();
            tokio::time::sleep(seconds(3)).await;
            watch.cancel();
        };
        let ended = tokio::time::timeout(seconds(100), async { tokio::join!(run.into_future(), later).0 }).await;
        let report = ended.expect("it ends with the cancel");
        assert_eq!((words(&report), report.elapsed()), (vec!["unknown server_error".to_owned(); items], seconds(6)));
        assert_eq!((asked.load(Ordering::SeqCst), transport.sent()), (asks, items / 3));
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_not_asked_while_the_server_may_still_process_the_request() {
    let reset = || Script::error(TransportErrorKind::Reset, "cut");
    let timeout = || Script::error(TransportErrorKind::Timeout, "no response").after(seconds(30));
    let status = |status| Script::response(status, "");
    // What happens after how long, how long the server may need beyond the timeout of 30 s, and when `verify` is asked.
    let cases: [(Script, u64, u64); 6] = [
        (reset(), 0, 30),
        (reset().after(seconds(2)), 0, 32),
        (timeout(), 0, 30),
        (timeout(), 90, 120),
        (status(504), 0, 30),
        (status(500), 0, 0),
    ];
    for (number, (script, after, expected)) in cases.into_iter().enumerate() {
        let client = scripted(move |_, _| script.clone());
        let started = tokio::time::Instant::now();
        let run = client.lists("org").send(ids(1)).verify_after(seconds(after)).verify(|ids: Vec<Id>| async move {
            assert_eq!(started.elapsed(), seconds(expected), "case {number}");
            all(Verified::Applied)(&ids)
        });
        assert_eq!(words(&run.await), ["earlier"], "case {number}");
    }
}
