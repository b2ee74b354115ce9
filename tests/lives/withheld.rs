//! Requests that a journal withholds, because the right to send them has run out: hook 3 of DESIGN, R7 and R13.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bulk_endpoint::__private::{bind, finish};
use bulk_endpoint::journal::{
    Begun, ItemRecord, Journal, JournalError, JournalFuture, Known, LifeEnd, Record, RunStart, Store,
};
use bulk_endpoint::testing::{Script, ScriptedTransport};
use bulk_endpoint::transport::TransportErrorKind;
use bulk_endpoint::{Bulk, Client, Clock, Endpoint, Event, JournaledItem, OutcomeKind};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;

use crate::scenario::Scenario;
use crate::spec;
use crate::store::SimStore;
use crate::time::SimClock;
use crate::types::{Element, Error, Patch};

/// The store of the simulation. Its journals withhold some requests.
#[derive(Clone)]
struct Withholding {
    store: SimStore,
    /// Which requests are withheld, by the number of the question.
    which: Range<u32>,
    asked: Arc<AtomicU32>,
    /// What is written once a request was withheld fails: the right to send is lost.
    is_lost: bool,
}

struct Withheld {
    store: Withholding,
    journal: Arc<dyn Journal>,
}

impl Store for Withholding {
    type Report = ();

    fn begin(&self, name: &str, start: RunStart) -> JournalFuture<Begun> {
        let (store, begun) = (self.clone(), self.store.begin(name, start));
        async move {
            let begun = begun.await?;
            Ok(Begun { journal: Arc::new(Withheld { store, journal: begun.journal }), ..begun })
        }
        .boxed()
    }

    fn report(&self, _: &str) -> JournalFuture<()> {
        async { Ok(()) }.boxed()
    }
}

impl Journal for Withheld {
    fn register(&self, items: Vec<ItemRecord>) -> JournalFuture<Vec<Known>> {
        self.journal.register(items)
    }

    fn write(&self, records: Vec<Record>) -> JournalFuture<()> {
        if self.store.is_lost && self.store.asked.load(Ordering::Relaxed) > 0 {
            return async { Err(JournalError::InUse("another worker has the chunk".into())) }.boxed();
        }
        self.journal.write(records)
    }

    fn withholds(&self) -> Option<Arc<str>> {
        let asked = self.store.asked.fetch_add(1, Ordering::Relaxed);
        self.store.which.contains(&asked).then(|| "the lease ends too soon".into())
    }

    fn end(&self, end: LifeEnd) -> JournalFuture<()> {
        self.journal.end(end)
    }
}

/// A run ends long before this.
const LONG: Duration = Duration::from_secs(3_600);

/// What a run came to.
#[derive(Default)]
struct Ran {
    items: Vec<JournaledItem<Patch, Vec<Element>, Error>>,
    error: Option<JournalError>,
    /// For what it waited.
    waits: Vec<String>,
    took: Duration,
    /// The number of requests that left.
    sent: usize,
    store: Option<SimStore>,
}

impl Ran {
    fn kinds(&self) -> Vec<OutcomeKind> {
        self.items.iter().map(|item| item.row.outcome).collect()
    }
}

/// Runs four items in two requests, one at a time. `reply` gets the number of the request.
fn run(which: Range<u32>, is_lost: bool, reply: impl Fn(usize) -> Option<Script> + Send + Sync + 'static) -> Ran {
    run_at_once(1, 4, which, is_lost, move |number, done| reply(number).unwrap_or(done))
}

/// Runs items in requests of two, `concurrency` at a time. `reply` gets the number of the request and a response that says that it is done.
fn run_at_once(
    concurrency: usize,
    items: u32,
    which: Range<u32>,
    is_lost: bool,
    reply: impl Fn(usize, Script) -> Script + Send + Sync + 'static,
) -> Ran {
    let clock = SimClock::default();
    let scenario =
        Scenario { max: 2, idempotent: true, batch_key: true, job: false, already: false, ..Scenario::random(1) };
    let transport = ScriptedTransport::new(clock.clone(), move |number, request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let element = |item: &serde_json::Value| json!({"id": item["id"], "status": 200});
        let done: Vec<_> = body["ids"].as_array().unwrap().iter().map(element).collect();
        reply(number, Script::response(200, json!(done).to_string()))
    });
    let client = Client::builder("http://vendor.example").transport(transport.clone()).clock(clock.clone());
    let endpoint = Endpoint::<Bulk<Patch, Vec<Element>, Error>>::new(spec(&scenario));
    let bulk = finish::<Bulk<Patch, Vec<Element>, Error>>(bind(&client.build().unwrap(), endpoint));
    let store = SimStore::new(1);
    store.restart(
        Duration::ZERO,
        clock.clone(),
        Duration::ZERO,
        &crate::scenario::Life::UNDISTURBED,
        crate::Leaves::All,
    );
    let mut ran = Ran { store: Some(store.clone()), ..Ran::default() };
    let store = Withholding { store, which, asked: Arc::default(), is_lost };
    let items = (1..=items).map(|id| Patch { id, to: 0, pad: String::new() });
    let waits = &mut ran.waits;
    let run = bulk.send(items).concurrency(concurrency).patience(Duration::from_secs(20)).on_event(|event, _| {
        if let Event::Waiting { why, .. } = event {
            waits.push(why.clone());
        }
    });
    let watch = run.watch();
    let outcomes = run.journal(&store, "run").outcomes();
    let mut collect = Box::pin(outcomes.collect::<Vec<_>>());
    let told = loop {
        match collect.poll_unpin(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(told) => break told,
            Poll::Pending => assert!(clock.advance(Duration::ZERO) && clock.now() < LONG, "it does not end"),
        }
    };
    drop(collect);
    for item in told {
        match item {
            Ok(item) => ran.items.push(item),
            Err(error) => ran.error = Some(error),
        }
    }
    (ran.took, ran.sent) = (clock.now(), transport.sent());
    assert_eq!(watch.requests(), ran.sent);
    if ran.error.is_none() {
        let store = store.store.lock();
        assert_eq!(store.durable.attempts.values().filter(|attempt| attempt.has_left).count(), ran.sent);
    }
    ran
}

#[test]
fn a_withheld_request_leaves_later_and_costs_nothing() {
    let ran = run(0..5, false, |_| None);
    assert_eq!((ran.kinds(), ran.sent), (vec![OutcomeKind::Succeeded; 4], 2));
    assert_eq!(ran.waits, ["withheld: the lease ends too soon"; 5]);
    let store = ran.store.unwrap();
    let store = store.lock();
    assert!(store.durable.items.iter().all(|row| row.attempts == 1), "{:?}", store.durable.items);
    let ends: Vec<_> = store.durable.attempts.values().map(|attempt| attempt.end.clone().unwrap()).collect();
    assert_eq!(ends.iter().filter(|end| end.starts_with("withheld")).count(), 5, "{ends:?}");
}

#[test]
fn items_keep_their_evidence() {
    // The first request is uncertain, and its retry is withheld for good.
    let ran = run(1..u32::MAX, false, |_| Some(Script::error(TransportErrorKind::Reset, "cut")));
    let (unknown, unsent) = (OutcomeKind::Unknown, OutcomeKind::NotAttempted);
    assert_eq!((ran.kinds(), ran.sent), (vec![unknown, unknown, unsent, unsent], 1));
}

#[test]
fn a_request_that_waits_too_long_for_its_turn_gets_another_intent() {
    // A store counts from its intent how long the vendor may work on a request after a crash: R12.
    let ran = run_at_once(2, 8, 0..0, false, |number, done| match number {
        0 | 1 => done.after(Duration::from_secs(9)),
        _ => done,
    });
    assert_eq!((ran.kinds(), ran.sent), (vec![OutcomeKind::Succeeded; 8], 4));
    let store = ran.store.unwrap();
    let store = store.lock();
    assert!(store.durable.items.iter().all(|row| row.attempts == 1), "{:?}", store.durable.items);
    let ends: Vec<_> = store.durable.attempts.values().map(|attempt| attempt.end.clone().unwrap()).collect();
    assert_eq!(ends.iter().filter(|end| *end == "not sent: it waited for too long").count(), 2, "{ends:?}");
}

#[test]
fn a_run_does_not_wait_for_its_journal_for_ever() {
    let ran = run(0..u32::MAX, false, |_| None);
    assert_eq!((ran.kinds(), ran.sent, ran.error), (vec![OutcomeKind::NotAttempted; 4], 0, None));
    let message = ran.items[0].row.message.clone().unwrap();
    assert_eq!(
        message,
        "not sent: the run stopped: no request was sent within the patience of 20s: withheld: the lease ends too soon"
    );
    assert!(ran.took <= Duration::from_secs(20), "{:?}", ran.took);
    let store = ran.store.unwrap();
    assert!(store.lock().durable.items.iter().all(|row| !row.is_final), "the next life sends them");
}

#[test]
fn a_run_whose_right_to_send_is_lost_ends_with_the_error_of_its_journal() {
    let ran = run(0..1, true, |_| None);
    assert_eq!((ran.kinds(), ran.sent), (vec![OutcomeKind::NotAttempted; 4], 0));
    assert_eq!(ran.error, Some(JournalError::InUse("another worker has the chunk".into())));
}
