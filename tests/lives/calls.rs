//! Single calls with a journal: the process of a batcher is killed at any poll, and the next one settles what it left open.
//!
//! `CALLS_SEED=7` replays one seed and prints what happened. `CALLS_SEEDS=100000` sets the number of fresh seeds.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bulk_endpoint::__private::{bind, finish};
use bulk_endpoint::batcher::CallError;
use bulk_endpoint::journal::FromRun;
use bulk_endpoint::reply::MatchesKey;
use bulk_endpoint::{Bulk, BulkReply, Client, Endpoint, OnDuplicate, Row};
use futures_util::future::{Either, join, join_all, select};

use crate::model;
use crate::placed_job::PlacedJob;
use crate::scenario::{Declares, Ends, Leaves, Life, Scenario, Source};
use crate::seeds::{self, number};
use crate::store::SimStore;
use crate::time::SimClock;
use crate::types::{Element, Error, Job, Patch};
use crate::vendor::{Name, Vendor};
use crate::{Ended, Told, Woken, check_end, check_patience, check_told, spec};

/// The scenario of a seed: each item has a key of its own, and is called once, in one of the lives.
fn scenario(seed: u64) -> Scenario {
    let mut scenario = Scenario::random(seed);
    let mut more = fastrand::Rng::with_seed(seed ^ 0xca11);
    let count = scenario.items.iter().map(|(key, _)| *key).max().unwrap_or(1);
    scenario.items = (1..=count).map(|key| (key, more.u8(..3))).collect();
    (scenario.has_variants, scenario.on_duplicate) = (false, OnDuplicate::Collapse);
    (scenario.verifies, scenario.in_order) = (false, false);
    for life in &mut scenario.lives {
        (life.source, life.fails_at, life.declares) = (Source::Same, None, Declares::TheSame);
        life.quiet = None;
        // The journal fails while calls are being recorded, too.
        life.store_fails = life.store_fails.saturating_mul(4);
    }
    scenario
}

/// What a caller got.
#[derive(Debug, Clone)]
enum Answer {
    Told(Told),
    NotRecorded(Box<Row>),
    Closed,
    Lost,
}

/// Runs one life, with the calls of some items. Returns what their callers got, and how it ended.
fn live<R>(
    scenario: &Scenario,
    life: &Life,
    items: &[(Name, Duration)],
    (store, vendor, clock): (&SimStore, &Vendor, &SimClock),
) -> (Vec<(Name, Answer)>, Ended)
where
    R: BulkReply,
    R::Key: MatchesKey<u32>,
{
    let client = Client::builder("http://vendor.example").transport(vendor.clone()).clock(clock.clone());
    let client = client.timeout(scenario.timeout).bearer("token").build().unwrap();
    let endpoint = Endpoint::<Bulk<Patch, R, Error>>::new(spec(scenario));
    let bulk = finish::<Bulk<Patch, R, Error>>(bind(&client, endpoint));
    let (concurrency, max_attempts) = (scenario.concurrency, scenario.max_attempts);
    let (journal, open, names) = (store.clone(), store.clone(), scenario.items.clone());
    let batcher = bulk.batcher().options(move |run| {
        let run = run.concurrency(concurrency).max_attempts(max_attempts).patience(Duration::from_secs(120));
        run.journal(&journal, "run")
    });
    let (calls, driver) = batcher
        .resume(move || {
            let records = open.lock().volatile.open_records();
            let item = |key: &str| *names.iter().find(|(id, _)| id.to_string() == key).unwrap();
            let items = records.into_iter().map(|record| FromRun {
                item: patch(item(record.key.as_deref().unwrap())),
                origin: record.origin.unwrap(),
            });
            items.collect::<Vec<_>>()
        })
        .build();
    let (answers, ended, order) = (RefCell::new(Vec::new()), RefCell::new(None), Cell::new(None));
    let callers = items.iter().map(|(name, at)| {
        let (calls, answers) = (calls.clone(), &answers);
        async move {
            clock.sleep(*at).await;
            let answer = match calls.send(patch(*name)).await {
                Ok(settled) => {
                    let Row { outcome: kind, message, .. } = settled.row();
                    let name = (settled.item.id, settled.item.to);
                    let told = Told { index: 0, name, kind, message, replayed: false, is_recorded: true };
                    check_told(store, vendor, &told);
                    Answer::Told(told)
                }
                Err(CallError::NotRecorded { row, .. }) => Answer::NotRecorded(row),
                Err(CallError::Closed(_)) => Answer::Closed,
                Err(_) => Answer::Lost,
            };
            answers.borrow_mut().push((*name, answer));
        }
    });
    let callers = join_all(callers);
    let closing = async {
        let timeout = poll_fn(|_| order.get().map_or(Poll::Pending, Poll::Ready)).await;
        calls.close(timeout).await;
    };
    let all = async {
        if let Either::Right(((), callers)) = select(pin!(callers), pin!(closing)).await {
            callers.await;
        }
        calls.close(Duration::MAX).await;
    };
    let mut process = Box::pin(join(async { *ended.borrow_mut() = Some(driver.await) }, all));
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut end = Ended::Stuck;
    for poll in 1..20_000 {
        if poll == life.after {
            match life.ends {
                Ends::Kill => {
                    end = Ended::Killed;
                    break;
                }
                Ends::Drop => break,
                Ends::Stop => order.set(Some(Duration::MAX)),
                Ends::Cancel => order.set(Some(Duration::ZERO)),
                Ends::Whole => {}
            }
        }
        woken.0.store(false, Ordering::Relaxed);
        if process.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            end = Ended::Whole(ended.borrow_mut().take().and_then(Result::err));
            break;
        }
        let is_ordered = poll + 1 == life.after;
        if !woken.0.load(Ordering::Relaxed) && !is_ordered && !clock.advance(Duration::ZERO) {
            break;
        }
    }
    match end {
        Ended::Killed => store.lock().is_dead = true,
        _ => store.lock().is_dropping = true,
    }
    drop(process);
    if life.ends == Ends::Drop && end == Ended::Stuck {
        end = Ended::Killed;
    }
    (answers.into_inner(), end)
}

fn patch((id, to): Name) -> Patch {
    Patch { id, to, pad: String::new() }
}

/// Runs all lives of a scenario. Returns the findings, and what happened if it was asked for.
fn simulate(scenario: &Scenario, tells: bool) -> (Vec<String>, String) {
    let store = SimStore::new(scenario.seed);
    let vendor = Vendor::new(scenario, store.clone());
    let mut rng = fastrand::Rng::with_seed(scenario.seed ^ 0x1_ca11);
    let lives: Vec<Life> = scenario.lives.iter().copied().chain([Life::UNDISTURBED]).collect();
    let life_of: HashMap<Name, usize> = scenario.items.iter().map(|item| (*item, rng.usize(..lives.len()))).collect();
    let within = Duration::from_millis(*rng.choice(&[0, 15, 3_000]).unwrap());
    let (mut findings, mut endings, mut finals) = (Vec::new(), Vec::new(), HashMap::new());
    let mut story = if tells { format!("{scenario:?}\n") } else { String::new() };
    let (mut base, mut world, mut left) = (Duration::from_secs(1_000), SimClock::default(), Leaves::Some);
    for (number, life) in lives.iter().enumerate() {
        use bulk_endpoint::Clock;
        base += world.now();
        world = SimClock::default();
        let declared = scenario.declared_in(life);
        {
            let mut vendor = vendor.lock();
            vendor.scenario = declared.clone();
            vendor.keeps_whole = true;
            if number + 1 == lives.len() {
                vendor.fault_percent = 0;
            }
        }
        store.restart(base, world.clone(), scenario.store_latency, life, left);
        left = life.leaves;
        let called = scenario.items.iter().filter(|item| life_of[item] == number);
        let called: Vec<_> = called.map(|item| (*item, within.mul_f64(rng.f64()))).collect();
        let shared = (&store, &vendor, &world);
        let (answers, ended) = match () {
            () if scenario.by_place => live::<PlacedJob>(&declared, life, &called, shared),
            () if scenario.job => live::<Job>(&declared, life, &called, shared),
            () => live::<Vec<Element>>(&declared, life, &called, shared),
        };
        if tells {
            story += &format!("\nlife {} at {base:?}, {life:?}: {ended:?}\n", number + 1);
            answers.iter().for_each(|answer| story += &format!("  {answer:?}\n"));
        }
        let found = check_calls((life, &called), &answers, &ended, &store);
        findings.extend(found.into_iter().map(|why| format!("life {}: {why}", number + 1)));
        findings.extend(check_patience(life, &store, &vendor, &world, scenario));
        for (place, row) in store.lock().durable.items.iter().enumerate().filter(|(_, row)| row.is_final) {
            let before: &mut model::Row = finals.entry(place).or_insert_with(|| row.clone());
            if before.outcome != row.outcome {
                findings.push(format!("a final outcome changed: {before:?}, {row:?}"));
            }
        }
        base += life.gap;
        endings.push(ended);
    }
    if tells {
        vendor.lock().requests.iter().for_each(|sent| story += &format!("sent {sent:?}\n"));
        let store = store.lock();
        store.volatile.items.iter().enumerate().for_each(|(place, row)| story += &format!("item {place}: {row:?}\n"));
    }
    findings.append(&mut store.lock().findings);
    findings.append(&mut vendor.lock().findings);
    findings.extend(check_end(scenario, &store, &vendor, &endings));
    (findings, story)
}

/// Each call has one answer, and what was told is final.
fn check_calls(
    (life, called): (&Life, &[(Name, Duration)]),
    answers: &[(Name, Answer)],
    ended: &Ended,
    store: &SimStore,
) -> Vec<String> {
    let mut findings = Vec::new();
    let store = store.lock();
    let row_of = |name: &Name| store.durable.items.iter().find(|row| row.key.as_deref() == Some(&*name.0.to_string()));
    let closes = matches!(life.ends, Ends::Stop | Ends::Cancel);
    let has_failed = life.store_fails > 0;
    match ended {
        Ended::Stuck => findings.push("it does not end".to_owned()),
        Ended::Whole(Some(error)) if life.store_fails == 0 && life.ends != Ends::Cancel => {
            findings.push(format!("the journal failed: {error}"));
        }
        Ended::Whole(_) if answers.len() != called.len() => {
            findings.push(format!("{} answers to {} calls", answers.len(), called.len()));
        }
        _ => {}
    }
    for (name, answer) in answers {
        let row = row_of(name);
        let is_true = match answer {
            Answer::Told(told) => told.name == *name && row.is_some_and(|row| row.is_final),
            Answer::NotRecorded(_) => has_failed,
            // A journal that fails may have it all the same, as an item that is open.
            Answer::Closed => (closes || has_failed) && row.is_none_or(|row| has_failed && row.attempts == 0),
            Answer::Lost => false,
        };
        if !is_true {
            findings.push(format!("{name:?} was answered with {answer:?}, the journal has {row:?}"));
        }
    }
    findings
}

fn findings(seed: u64) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(|| simulate(&scenario(seed), false).0))
        .unwrap_or_else(|_| vec!["it panicked".to_owned()])
}

fn check_seed(seed: u64) {
    if !findings(seed).is_empty() {
        let (findings, story) = simulate(&scenario(seed), true);
        panic!("{story}\nCALLS_SEED={seed} fails:\n  {}\n", findings.join("\n  "));
    }
}

#[test]
fn known_seeds() {
    match number("CALLS_SEED") {
        Some(seed) => {
            println!("{}", simulate(&scenario(seed), true).1);
            check_seed(seed);
        }
        None => (0..1_000).for_each(check_seed),
    }
}

#[test]
fn fresh_seeds() {
    if number("CALLS_SEED").is_none() {
        println!("{}", seeds::check_fresh("CALLS_SEEDS", check_seed));
    }
}

#[test]
#[ignore = "a survey of many failing seeds"]
fn survey() {
    seeds::survey("CALLS_SEEDS", findings);
}
