//! Duplicate items in the input: equal bytes are sent once, equal keys with other bytes one after the other.

use bulk_endpoint::{Bulk, Client, ItemReply, NotAttempted, OnDuplicate, TokioClock, bulk_api};
use bulk_endpoint::{
    testing::{Script, ScriptedTransport},
    transport::Request,
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{
    Error, Id, Patch, Seen, Shapes, all_done, done_but, ids, scripted, scripted_counting, seconds, sent_ids, words,
};

#[tokio::test(start_paused = true)]
async fn repeats_are_sent_once_and_each_has_the_outcome() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |_, request| {
            seen.push(request);
            done_but(request, |id| id == "t1")
        }
    });
    let input: Vec<Id> = [0, 1, 0, 1, 2, 3, 0].iter().map(|n| Id(format!("t{n}"))).collect();
    let report = client.lists("org").send(&input).concurrency(1).await;
    assert_eq!(words(&report), ["succeeded", "failed", "succeeded", "failed", "succeeded", "succeeded", "succeeded"]);
    assert_eq!(seen.batches().concat(), ["t0", "t1", "t2", "t3"]);
    let streamed: Vec<_> = client.lists("org").send(&input).outcomes().map(|settled| settled.index).collect().await;
    assert_eq!(streamed.len(), 7);
    assert_eq!(client.lists("org").plan(&input).duplicates, 3);
}

#[tokio::test(start_paused = true)]
async fn repeats_are_rejected_or_kept_as_asked() {
    let input: Vec<Id> = [0, 1, 0, 0].iter().map(|n| Id(format!("t{n}"))).collect();
    let client = scripted(|_, request| all_done(request).after(seconds(1)));
    let bulk = client.lists("org");
    let rejected = bulk.send(&input).on_duplicate(OnDuplicate::Reject).await;
    assert_eq!(words(&rejected), ["succeeded", "succeeded", "not_attempted", "not_attempted"]);
    assert!(matches!(rejected.not_attempted().next(), Some((_, NotAttempted::Duplicate))));
    let kept = bulk.send(&input).on_duplicate(OnDuplicate::Keep).await;
    assert_eq!(words(&kept), ["succeeded"; 4]);
    assert_eq!((kept.requests(), kept.elapsed()), (3, seconds(3)), "one after the other");
    let collapsed = bulk.send(&input).await;
    assert_eq!(collapsed.requests(), 1);
    assert_eq!(collapsed.attempts(3).count(), 1, "a repeat shares the history of the first");
}

#[tokio::test(start_paused = true)]
async fn equal_keys_with_other_bytes_are_both_sent_one_after_the_other() {
    let seen = Seen::default();
    let client = scripted({
        let seen = seen.clone();
        move |_, request| {
            seen.push(request);
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let patches = body["data"]["patches"].as_array().unwrap().clone();
            let done: Vec<_> = patches.iter().map(|patch| patch["id"].clone()).collect();
            Script::response(200, serde_json::json!({ "done": done }).to_string()).after(seconds(1))
        }
    });
    let patch = |id: usize, to: &str| Patch { id: id as u64, to: to.into() };
    // With other items between them, the first is settled when the second is read.
    for (between, streams) in [(0, false), (0, true), (20, false), (20, true)] {
        let with_others = |(n, to)| {
            let others = (0..between).map(move |other| patch(1000 * (n + 1) + other, "x"));
            std::iter::once(patch(1, to)).chain(others)
        };
        let input: Vec<Patch> = ["a", "b", "b", "a"].into_iter().enumerate().flat_map(with_others).collect();
        let before = seen.requests().len();
        let run = client.patches().send(&input).concurrency(1);
        let succeeded = if streams {
            run.outcomes().filter(|settled| std::future::ready(settled.outcome.is_success())).count().await
        } else {
            run.await.counters().succeeded
        };
        assert_eq!(succeeded, input.len());
        let bodies: Vec<String> =
            seen.requests()[before..].iter().map(|request| String::from_utf8(request.body.to_vec()).unwrap()).collect();
        let ones: Vec<&str> = bodies.iter().filter(|body| body.contains(r#""id":1,"#)).map(String::as_str).collect();
        assert_eq!(ones.len(), 3, "{between} between: {bodies:?}");
        for (body, to) in ones.iter().zip(["a", "b", "a"]) {
            assert!(body.contains(&format!(r#"{{"id":1,"to":"{to}"}}"#)), "{between} between: {bodies:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_over_a_cap_does_not_hide_the_one_before_it_from_its_repeats() {
    let client = scripted(|_, _| Script::response(200, r#"{"done":[1]}"#).after(seconds(1)));
    let patch = |bytes: usize| Patch { id: 1, to: "x".repeat(bytes) };
    let input = [patch(1), patch(60), patch(1), patch(60)];
    let plan = client.patches().plan(&input);
    assert_eq!((plan.items, plan.duplicates, plan.unsendable.len()), (1, 1, 2));
    let report = client.patches().send(&input).await;
    assert_eq!(words(&report), ["succeeded", "not_attempted", "succeeded", "not_attempted"]);
    assert_eq!(report.attempts(2).count(), 1);
    assert_eq!(report.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn endless_repeats_are_not_read_to_their_end() {
    let (client, transport) = scripted_counting(|_, request| all_done(request));
    let bulk = client.lists("org");
    for (on_duplicate, count) in [(OnDuplicate::Collapse, 20_000), (OnDuplicate::Keep, 200)] {
        let source = stream::iter(ids(2).into_iter().cycle());
        let outcomes = bulk.send_stream(source).on_duplicate(on_duplicate).outcomes();
        assert!(outcomes.take(count).all(async |settled| settled.outcome.is_success()).await, "{on_duplicate:?}");
    }
    assert_eq!(transport.sent(), 1 + 100, "once for all, or each time for each");
}

/// An element with a field of its own, which outcomes carry.
#[derive(Debug, Deserialize, Serialize, ItemReply)]
struct Written {
    #[bulk(key)]
    id: Id,
    #[bulk(status)]
    status: u16,
    text: String,
}

#[bulk_api]
trait Large {
    #[put("/large")]
    #[bulk_endpoint(max = 100, partial = true, items = body)]
    fn large(&self) -> Bulk<Id, Vec<Written>, Error>;
}

/// Returns the number of requests of a streamed run with these items, and the number of items that were not attempted.
async fn requests_of(input: Vec<Id>, status: u16, text: &str, on_duplicate: OnDuplicate) -> (usize, usize) {
    let (clock, text) = (TokioClock::new(), text.to_owned());
    let transport = ScriptedTransport::new(clock.clone(), move |_, request| {
        let all = sent_ids(request).into_iter();
        let all: Vec<Value> = all.map(|id| json!({"id": id, "status": status, "text": text})).collect();
        Script::response(200, Value::from(all).to_string())
    });
    let builder = Client::builder("https://api.example.com").transport(transport.clone()).clock(clock);
    let client = LargeClient::new(builder.build().unwrap());
    let mut outcomes = client.large().send(input).on_duplicate(on_duplicate).concurrency(1).outcomes();
    while outcomes.next().await.is_some() {}
    let counters = outcomes.summary().counters();
    assert_eq!(if status == 200 { counters.failed } else { counters.succeeded }, 0);
    (transport.sent(), counters.not_attempted)
}

#[tokio::test(start_paused = true)]
async fn a_streamed_run_looks_back_less_far_over_large_bodies() {
    let with_repeats = |count: usize| [ids(count), ids(1), ids(count).split_off(count - 1)].concat();
    let large = "x".repeat(50_000);
    for (status, text, on_duplicate, expected) in [
        // The first outcome is not kept until the item is read again, so the item is sent again; the last one is.
        (200, large.as_str(), OnDuplicate::Collapse, (4, 0)),
        (400, &large, OnDuplicate::Collapse, (4, 0)),
        (200, "no", OnDuplicate::Collapse, (3, 0)),
        (400, "no", OnDuplicate::Collapse, (3, 0)),
        // No duplicate gets the outcome of the first item: it is not kept.
        (200, &large, OnDuplicate::Reject, (3, 2)),
        (400, &large, OnDuplicate::Reject, (3, 2)),
    ] {
        let requests = requests_of(with_repeats(300), status, text, on_duplicate).await;
        assert_eq!(requests, expected, "{status}, {} bytes, {on_duplicate:?}", text.len());
    }
    let full = [ids(65_536), ids(1)].concat();
    assert_eq!(requests_of(full, 200, "well done", OnDuplicate::Collapse).await, (656, 0));
}

/// An id with a weak `Hash` and an `Eq` that ignores case.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, bulk_endpoint::BulkItem)]
struct Coarse(String);

impl PartialEq for Coarse {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Coarse {}

impl std::hash::Hash for Coarse {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
    }
}

#[derive(serde::Serialize, serde::Deserialize, bulk_endpoint::BulkReply)]
struct CoarseDone {
    #[bulk(succeeded)]
    successes: Vec<Coarse>,
}

#[bulk_endpoint::bulk_api]
trait Coarses {
    #[post("/coarse")]
    #[bulk_endpoint(max = 5, partial = true)]
    fn coarse(&self) -> Bulk<Coarse, CoarseDone>;
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_told_by_its_bytes_whatever_the_keys_hash_and_eq_say() {
    let seen = Seen::default();
    let clock = TokioClock::new();
    let transport = ScriptedTransport::new(clock.clone(), {
        let seen = seen.clone();
        move |_, request: &Request| {
            seen.push(request);
            all_done(request)
        }
    });
    let builder = Client::builder("https://example.com").transport(transport).clock(clock);
    let client = CoarsesClient::new(builder.build().unwrap());
    let input = ["aa", "bb", "AA", "aa", "ccc"].map(|id| Coarse(id.into()));
    let report = client.coarse().send(&input).await;
    assert_eq!(words(&report), ["succeeded"; 5]);
    let mut sent = seen.batches().concat();
    sent.sort();
    sent.dedup();
    assert_eq!(sent, ["AA", "aa", "bb", "ccc"]);
}
