//! Tests of the machine with scripted responses, in virtual time. The harness checks the ledger after every step.

use std::collections::BTreeMap;
use std::time::Duration;

use Scripted::{Compressed, Items, Later, Unsendable, Whole};

use super::patience::TICK;
use super::*;
use crate::outcome::OutcomeKind;

const MAX: usize = 3;

fn limits() -> Limits {
    Limits {
        caps: Caps {
            max: MAX,
            min: 1,
            max_bytes: usize::MAX,
            max_compressed: None,
            around: Around { frame: 2, separator: 1, numbered_from: None },
        },
        max_item_bytes: usize::MAX,
        concurrency: 2,
        prepared: 0,
        max_attempts: 5,
        patience: Duration::from_secs(300),
        deadline: None,
        idempotent: false,
        key_valid: None,
        knows_already: false,
        verifies: false,
    }
}

/// What a scripted server does with a batch.
#[derive(Debug, Clone)]
enum Scripted {
    Whole(BatchEnd<&'static str>),
    Items(Vec<ItemClass<&'static str>>),
    /// A response that asks for a delay.
    Later(RetryHint, Box<Scripted>),
    /// No request could be built; `Some`: it would have this many bytes, and only so many are allowed.
    Unsendable(Option<(usize, usize)>),
    /// Its body has this number of bytes after compression. If it leaves, all items are done.
    Compressed(usize),
}

fn refused(class: ResponseClass) -> Scripted {
    Whole(BatchEnd::Refused { class, cause: "refused" })
}

fn later(wait: Duration, response: Scripted) -> Scripted {
    Later(RetryHint { delay: Some(wait), throttled: false }, Box::new(response))
}

fn uncertain() -> Scripted {
    Whole(BatchEnd::Uncertain { cause: "timeout", host: Host::Responds })
}

fn not_sent() -> Scripted {
    Whole(BatchEnd::NotSent { cause: "no connection", why: Unsent::NoConnection })
}

fn all(class: ItemClass<&'static str>, batch: &[usize]) -> Scripted {
    Items(vec![class; batch.len()])
}

/// A run under test: what was sent, as indices of the input, and how each item ended.
struct Harness {
    machine: Machine<&'static str>,
    index: BTreeMap<ItemId, usize>,
    sent: Vec<Vec<usize>>,
    ended: BTreeMap<usize, Settlement<&'static str>>,
    now: Time,
    budget: RetryBudget,
    max: usize,
    throttle: ThrottleState,
    tickets: BTreeMap<BatchId, Ticket>,
    /// The latest time until which a response closed the throttle.
    closed: Option<RetryAt>,
    /// When the throttle lets the next request leave, if it keeps one back.
    reopens: Option<Time>,
    /// The host has responded to an earlier run of the client.
    has_responded: bool,
}

impl Harness {
    fn new(limits: Limits) -> Self {
        Harness {
            max: limits.caps.max,
            throttle: ThrottleState::default(),
            tickets: BTreeMap::new(),
            closed: None,
            reopens: None,
            has_responded: true,
            machine: Machine::new(limits),
            index: BTreeMap::new(),
            sent: Vec::new(),
            ended: BTreeMap::new(),
            now: Time::ZERO,
            budget: RetryBudget::unlimited(),
        }
    }

    fn accept(&mut self, index: usize, bytes: usize, behind: Option<ItemId>) -> ItemId {
        let id = self.machine.accept(bytes, behind);
        self.index.insert(id, index);
        self.settle();
        id
    }

    fn end(&mut self, id: ItemId, settlement: Settlement<&'static str>) {
        let index = self.index.remove(&id).expect("an unsettled item");
        assert!(self.ended.insert(index, settlement).is_none(), "{index} ended twice");
    }

    fn settle(&mut self) {
        while let Some((id, settlement)) = self.machine.poll_settled() {
            self.end(id, settlement);
        }
        assert!(self.machine.counters().balanced(), "{:?}", self.machine.counters());
    }

    fn handle(&mut self, batch: BatchId, response: Scripted) {
        let (hint, response) = match response {
            Later(hint, response) => (hint, *response),
            response => (RetryHint::default(), response),
        };
        let mut budget = self.budget;
        let has_progress = matches!(&response, Items(classes) if !classes.iter().all(ItemClass::puts_off));
        let ticket = self.tickets.remove(&batch).expect("a batch in flight");
        let mut context = AttemptContext { now: self.now, jitter: 1.0, budget: &mut budget, hint, has_progress };
        let health = match response {
            Whole(end) => self.machine.handle_batch_end(batch, end, &mut context),
            Later(..) => panic!("`Later` cannot be nested"),
            Unsendable(too_large) => {
                self.machine.handle_unsendable(batch, too_large);
                Health::Good
            }
            Compressed(bytes) => {
                if self.machine.handle_compressed(batch, bytes) {
                    for id in self.machine.batch(batch).to_vec() {
                        let settled = self.machine.handle_item(batch, id, ItemClass::Done, &mut context);
                        settled.into_iter().for_each(|settlement| self.end(id, settlement));
                    }
                    self.machine.handle_end(batch, &mut context);
                }
                Health::Good
            }
            Items(class) => {
                let ids = self.machine.batch(batch).to_vec();
                assert_eq!(ids.len(), class.len());
                for (id, class) in ids.into_iter().zip(class) {
                    if let Some(settlement) = self.machine.handle_item(batch, id, class, &mut context) {
                        self.end(id, settlement);
                    }
                }
                self.machine.handle_end(batch, &mut context)
            }
        };
        if let Effect::Closes(retry) = self.throttle.handle_end(ticket, health, self.now, 1.0) {
            self.closed = self.closed.max(Some(retry));
        }
        self.budget = budget;
        self.settle();
    }

    /// Sends every batch that can leave, up to the concurrency.
    fn send(&mut self) -> Vec<BatchId> {
        let mut batches = Vec::new();
        self.reopens = None;
        loop {
            let items = self.machine.next_size(self.now, false);
            if items == 0 {
                break;
            }
            let leaving = Leaving { quota: None, items, timeout: Duration::from_secs(30) };
            let ticket = match self.throttle.enter(self.now, leaving) {
                Ok(ticket) => ticket,
                Err(KeptBack::Until(retry)) => {
                    self.machine.handle_kept_back();
                    self.reopens = Some(retry.at);
                    if retry.requested {
                        self.check_patience(Some(retry.at - self.now));
                    }
                    break;
                }
                Err(KeptBack::Probing(at) | KeptBack::NoSocket { at, .. } | KeptBack::Quota(at)) => {
                    self.machine.handle_kept_back();
                    self.reopens = Some(at);
                    break;
                }
            };
            let batch = self.machine.poll_send(self.now, false).expect("a batch that can leave");
            self.tickets.insert(batch, ticket);
            let indices: Vec<usize> = self.machine.batch(batch).iter().map(|id| self.index[id]).collect();
            assert!(!indices.is_empty() && indices.len() <= self.max);
            self.sent.push(indices);
            batches.push(batch);
        }
        assert!(self.machine.counters().balanced());
        batches
    }

    fn check_patience(&mut self, delay: Option<Time>) {
        if self.machine.stopped().is_none()
            && let Some(why) = self.machine.impatience(self.has_responded, delay)
        {
            self.machine.stop(why);
            self.settle();
        }
    }

    /// The time until something can be done.
    fn next_wake(&self) -> Option<Time> {
        let patience = self.machine.patience_left(self.has_responded).map(|left| self.now + left);
        [self.machine.next_wake(), self.reopens, patience].into_iter().flatten().min()
    }

    /// Waits until something can be done.
    fn wait(&mut self) {
        let next = self.next_wake().expect("nothing to send, nothing to wait for, and not done");
        if self.machine.depends_on_host() {
            self.machine.wait_for_host(self.now, None);
        }
        self.now = self.now.max(next);
        self.machine.resume(self.now);
        self.check_patience(None);
    }

    /// Responds to every request until all items of the input are settled.
    fn drive(&mut self, input: usize, mut server: impl FnMut(usize, &[usize]) -> Scripted) {
        let mut next = 0;
        for _ in 0..10_000 {
            let first = self.sent.len();
            let mut batches = Vec::new();
            // Sends as many requests as the concurrency allows: each makes room for more items.
            loop {
                while self.machine.wants_items() {
                    if next == input {
                        self.machine.end_input();
                    } else {
                        self.accept(next, 1, None);
                        next += 1;
                    }
                }
                let sent = self.send();
                if sent.is_empty() {
                    break;
                }
                batches.extend(sent);
            }
            if batches.is_empty() {
                if self.machine.is_done() {
                    return;
                }
                self.wait();
            }
            for (offset, batch) in batches.into_iter().enumerate() {
                let indices = self.sent[first + offset].clone();
                self.handle(batch, server(first + offset, &indices));
            }
        }
        panic!("the run does not end: {:?}", self.machine.counters());
    }
}

fn run(limits: Limits, input: usize, server: impl FnMut(usize, &[usize]) -> Scripted) -> Harness {
    let mut run = Harness::new(limits);
    run.drive(input, server);
    assert_eq!(run.ended.len(), input, "each item ends once");
    run
}

#[test]
fn every_size_is_sent_as_a_permutation_in_full_requests() {
    for input in [0, 1, MAX - 1, MAX, MAX + 1, 4 * MAX - 1, 4 * MAX, 4 * MAX + 1] {
        let run = run(limits(), input, |_, batch| all(ItemClass::Done, batch));
        assert_eq!(run.sent.len(), input.div_ceil(MAX));
        assert_eq!(run.sent.concat(), (0..input).collect::<Vec<_>>());
        assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
    }
}

#[test]
fn refusals_for_now_use_up_no_attempts() {
    let limits = || Limits { concurrency: 1, max_attempts: 1, ..limits() };
    for end in [refused(ResponseClass::Retry), refused(ResponseClass::NotProcessed), not_sent()] {
        let run = run(limits(), 3, |n, batch| if n < 8 { end.clone() } else { all(ItemClass::Done, batch) });
        assert_eq!(run.sent, vec![vec![0, 1, 2]; 9], "as it was, {end:?}");
        // 0.5 + 1 + 2 + 4 + 8 + 16 + 30 + 30 s of backoff, with all of the jitter.
        assert_eq!(run.now, Duration::from_millis(91_500), "{end:?}");
    }
    for class in [
        ItemClass::Unprocessed("back"),
        ItemClass::Retry { cause: "busy", throttled: false, delay: None },
        ItemClass::Retry { cause: "busy", throttled: true, delay: None },
    ] {
        let run = run(limits(), 3, |n, batch| all(if n < 6 { class.clone() } else { ItemClass::Done }, batch));
        assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
    }
}

#[test]
fn a_run_without_progress_ends_with_its_patience() {
    let patience = limits().patience;
    let stopped = |last| Some(StopReason::Patience { patience, last: Some(last), delay: None });
    for (end, want) in [
        (refused(ResponseClass::Retry), stopped("refused")),
        (refused(ResponseClass::NotProcessed), stopped("refused")),
        (Items(vec![ItemClass::Unprocessed("back"); 3]), stopped("back")),
        (not_sent(), Some(StopReason::Unreachable("no connection"))),
        (Whole(BatchEnd::Uncertain { cause: "bad gateway", host: Host::BehindGateway }), stopped("bad gateway")),
    ] {
        let limits = Limits { idempotent: true, concurrency: 1, ..limits() };
        let run = run(limits, 60, |_, batch| match &end {
            Items(classes) => Items(classes[..batch.len()].to_vec()),
            end => end.clone(),
        });
        assert_eq!(run.machine.stopped().cloned(), want);
        assert!((patience - Duration::from_secs(1)..=patience + TICK).contains(&run.now), "{:?} {end:?}", run.now);
        assert!(run.sent.len() < 60, "{} requests, {end:?}", run.sent.len());
        assert_eq!(run.ended[&59], Settlement::NotAttempted(want.unwrap()));
    }
}

#[test]
fn items_with_which_the_server_fails_share_no_request_with_new_ones() {
    // Item 2 is poison: the server fails on every request with it.
    let limits = Limits { idempotent: true, concurrency: 1, max_attempts: 3, ..limits() };
    let run = run(limits, 12, |n, batch| match n {
        0 => Items(vec![ItemClass::Uncertain("left out"), ItemClass::Done, ItemClass::Uncertain("left out")]),
        // The next items wait meanwhile, so that 0 and 2 share a request with 6.
        1 => refused(ResponseClass::Retry),
        _ if batch.contains(&2) => Whole(BatchEnd::Uncertain { cause: "error", host: Host::Fails }),
        _ => all(ItemClass::Done, batch),
    });
    let with = |item| run.sent.iter().filter(move |batch| batch.contains(&item)).cloned().collect::<Vec<_>>();
    // 0 and 2 end after three attempts. 6 has one attempt left, and makes it alone.
    assert_eq!(with(2), [vec![0, 1, 2], vec![0, 2, 6], vec![0, 2, 6]]);
    assert_eq!(with(6), [vec![0, 2, 6], vec![0, 2, 6], vec![6]]);
    for (index, settlement) in &run.ended {
        let is_unknown = matches!(settlement, Settlement::Unknown(_));
        assert_eq!(is_unknown, [0, 2].contains(index), "{index}: {settlement:?}");
    }
}

#[test]
fn a_host_that_never_responded_is_given_up_soon() {
    let mut run = Harness::new(limits());
    run.has_responded = false;
    run.drive(60, |_, _| not_sent());
    assert_eq!(run.now, Duration::from_secs(15) + TICK);
    assert!(run.ended.values().all(|end| *end == Settlement::NotAttempted(StopReason::Unreachable("no connection"))));
}

#[test]
fn progress_renews_the_patience() {
    // One request of twelve passes, after 181.5 s.
    let patience = Duration::from_secs(240);
    let run = run(Limits { concurrency: 1, patience, ..limits() }, 9, |n, batch| {
        if n % 12 == 11 { all(ItemClass::Done, batch) } else { refused(ResponseClass::Retry) }
    });
    assert!(run.now > 2 * patience);
    assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
}

#[test]
fn an_item_ends_with_its_own_patience_while_others_succeed() {
    // Item 4 is put off for ever; a server that is asked every second has it at the head of a request often enough.
    for end in [ItemClass::Unprocessed("back"), ItemClass::Retry { cause: "back", throttled: false, delay: None }] {
        let mut run = Harness::new(Limits { concurrency: 1, patience: Duration::from_secs(60), ..limits() });
        run.drive(1_000, |_, batch| {
            let class = |index: &usize| if *index == 4 { end.clone() } else { ItemClass::Done };
            later(Duration::from_secs(1), Items(batch.iter().map(class).collect()))
        });
        assert_eq!(run.ended.remove(&4), Some(Settlement::PutOff("back")));
        assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
        let sent = run.sent.iter().filter(|batch| batch.contains(&4)).count();
        assert!((5..70).contains(&sent), "{sent}");
    }
}

#[test]
fn a_gateway_that_stands_in_for_the_host_uses_up_no_attempts() {
    let away = || Whole(BatchEnd::Uncertain { cause: "bad gateway", host: Host::BehindGateway });
    let limits = || Limits { idempotent: true, max_attempts: 2, ..limits() };
    let outage = run(limits(), 30, |n, batch| if n < 9 { away() } else { all(ItemClass::Done, batch) });
    assert!(outage.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
    // The gateway times out on one batch alone. While the host has not answered another one, the first attempt may belong to an outage.
    for (item, attempts) in [(4, 2), (0, 3)] {
        let poison =
            run(limits(), 30, |_, batch| if batch.contains(&item) { away() } else { all(ItemClass::Done, batch) });
        assert_eq!(poison.sent.iter().filter(|batch| batch.contains(&item)).count(), attempts, "{item}");
        assert_eq!(poison.ended[&item], Settlement::Unknown("bad gateway"));
        assert_eq!(poison.ended[&29], Settlement::Succeeded { earlier: false });
    }
}

#[test]
fn in_an_outage_another_batch_is_the_probe() {
    let mut run = Harness::new(Limits { idempotent: true, concurrency: 1, ..limits() });
    for index in 0..6 {
        run.accept(index, 1, None);
    }
    run.machine.end_input();
    let batch = run.send()[0];
    run.handle(batch, Whole(BatchEnd::Uncertain { cause: "bad gateway", host: Host::BehindGateway }));
    assert!(run.send().is_empty());
    run.wait();
    let batch = run.send()[0];
    assert_eq!(run.sent, [[0, 1, 2], [3, 4, 5]]);
    run.handle(batch, all(ItemClass::Done, &[3, 4, 5]));
    run.send();
    assert_eq!(run.sent[2], [0, 1, 2]);
}

#[test]
fn a_suspension_costs_a_part_of_the_patience() {
    let refuses = |wait| later(wait, refused(ResponseClass::Retry));
    for patience in [Duration::from_secs(600), Duration::from_secs(40)] {
        let part = (patience / 20).max(Duration::from_secs(5));
        // A run without progress looks again after that.
        let mut run = Harness::new(Limits { concurrency: 1, patience, ..limits() });
        run.accept(0, 1, None);
        let put_off = run.accept(1, 1, None);
        run.machine.end_input();
        assert_eq!(run.machine.next_look(true), None, "nothing has gone wrong");
        let batch = run.send()[0];
        run.handle(batch, refuses(Duration::from_secs(1)));
        assert_eq!(run.machine.next_look(true), Some(part));
        // One that makes progress does not, and its machine is suspended for a day.
        run.machine.handle_progress();
        assert_eq!(run.machine.next_look(true), None);
        run.machine.wait_for_host(run.now, None);
        run.machine.resume(run.now + Duration::from_secs(86_400));
        let (_, _, before) = run.machine.evidence(put_off).unwrap();
        assert_eq!(before.time, part + Duration::from_secs(1), "with the delay that was asked for");
    }
}

#[test]
fn many_items_that_are_put_off_keep_new_ones_back() {
    // The server does one item of each request and puts the others off.
    let mut most = 0;
    let mut put_off = std::collections::BTreeSet::new();
    let run = run(Limits { concurrency: 1, ..limits() }, 200, |_, batch| {
        let class = |(at, index): (usize, &usize)| {
            if at == 0 {
                put_off.remove(index);
                return ItemClass::Done;
            }
            put_off.insert(*index);
            most = most.max(put_off.len());
            ItemClass::Retry { cause: "busy", throttled: true, delay: Some(Duration::from_millis(200)) }
        };
        Items(batch.iter().enumerate().map(class).collect())
    });
    assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
    assert!(most <= 3 * MAX, "{most} items were put off at once");
}

#[test]
fn a_wait_is_kept_and_one_of_zero_backs_off() {
    for (wait, want) in [(Some(7_000), 7_000), (Some(0), 500), (None, 500)] {
        let wait = wait.map(Duration::from_millis);
        let run = run(limits(), 1, |n, batch| match n {
            0 => Later(RetryHint { delay: wait, throttled: false }, Box::new(refused(ResponseClass::Retry))),
            _ => all(ItemClass::Done, batch),
        });
        assert_eq!(run.now, Duration::from_millis(want), "{wait:?}");
    }
}

#[test]
fn what_waits_leaves_in_the_order_in_which_it_was_put_off() {
    let mut run = Harness::new(Limits { concurrency: 3, idempotent: true, ..limits() });
    for index in 0..9 {
        run.accept(index, 1, None);
    }
    let batches = run.send();
    // Batches and items, the last first: the order does not depend on ids.
    run.handle(batches[2], uncertain());
    run.handle(batches[1], all(ItemClass::Unprocessed("back"), &[3, 4, 5]));
    run.handle(batches[0], uncertain());
    assert_eq!((run.machine.counters().waiting, run.machine.counters().in_flight), (9, 0));
    run.now = run.machine.next_wake().unwrap();
    assert_eq!(run.machine.next_size(run.now, false), 3);
    assert_eq!((run.machine.counters().queued, run.machine.counters().waiting), (9, 0));
    run.send();
    assert_eq!(run.sent[3..], [vec![6, 7, 8], vec![0, 1, 2], vec![3, 4, 5]]);
    // Items leave in the order of the input, whatever the order of their entries.
    let mut run = Harness::new(limits());
    let mut ids: Vec<ItemId> = (0..3).map(|index| run.accept(index, 1, None)).collect();
    let batch = run.send()[0];
    ids.reverse();
    let budget = &mut RetryBudget::unlimited();
    let mut context =
        AttemptContext { now: run.now, jitter: 1.0, budget, hint: RetryHint::default(), has_progress: false };
    for id in ids {
        assert!(run.machine.handle_item(batch, id, ItemClass::Unprocessed("back"), &mut context).is_none());
    }
    run.machine.handle_end(batch, &mut context);
    run.now = run.machine.next_wake().unwrap();
    run.send();
    assert_eq!(run.sent[1], [0, 1, 2]);
}

#[test]
fn less_than_one_request_is_read_ahead() {
    let mut run = Harness::new(limits());
    assert!(run.machine.wants_items());
    let first = run.accept(0, 1, None);
    assert!(run.send().is_empty(), "more items may come, so a request that is not full waits");
    let second = run.accept(1, 2, Some(first));
    assert!(run.machine.wants_items());
    run.accept(2, 3, Some(second));
    assert!(!run.machine.wants_items(), "an item behind another one counts as read");
    // The request cannot get fuller: nothing more is read until it has left.
    let batch = run.send()[0];
    assert_eq!(run.sent, [[0]]);
    assert!(run.machine.wants_items());
    run.handle(batch, Items(vec![ItemClass::Done]));
    assert!(run.machine.wants_items(), "one item is ready, and one is behind it");
    run.accept(3, 1, None);
    assert!(!run.machine.wants_items());
}

#[test]
fn so_many_items_may_be_in_doubt_and_no_more_are_read() {
    let mut run = Harness::new(Limits { verifies: true, ..limits() });
    let (most, mut doubted) = (2 * MAX, Vec::new());
    for index in 0..most {
        assert!(run.machine.wants_items(), "{index} wait for `verify`");
        run.index.insert(run.machine.accept(1, None), index);
        let batch = run.machine.poll_send(run.now, true).expect("a batch that is not full");
        let mut context = AttemptContext {
            now: run.now,
            jitter: 1.0,
            budget: &mut run.budget,
            hint: RetryHint::default(),
            has_progress: false,
        };
        run.machine.handle_batch_end(
            batch,
            BatchEnd::Uncertain { cause: "timeout", host: Host::Responds },
            &mut context,
        );
        doubted.extend(run.machine.poll_settled());
        assert_eq!(run.machine.counters().waiting, index + 1);
    }
    assert!(!run.machine.wants_items());
    for (id, settlement) in doubted {
        assert_eq!(settlement, Settlement::Unknown("timeout"));
        run.machine.handle_verified(id, OutcomeKind::Succeeded);
        assert!(run.machine.wants_items());
    }
    assert_eq!((run.machine.counters().succeeded, run.machine.counters().waiting), (most, 0));
}

#[test]
fn a_batch_keeps_its_number() {
    let mut run = Harness::new(Limits { idempotent: true, ..limits() });
    for index in 0..6 {
        run.accept(index, 1, None);
    }
    let batches = run.send();
    let numbers: Vec<u64> = batches.iter().map(|batch| run.machine.serial(*batch)).collect();
    assert_ne!(numbers[0], numbers[1]);
    run.handle(batches[0], all(ItemClass::Done, &[0, 1, 2]));
    run.handle(batches[1], uncertain());
    run.now = run.machine.next_wake().unwrap();
    for index in 6..9 {
        run.accept(index, 1, None);
    }
    let again: Vec<u64> = run.send().iter().map(|batch| run.machine.serial(*batch)).collect();
    assert_eq!(again[0], numbers[1]);
    assert!(!numbers.contains(&again[1]), "the next batch has another number, though its id is reused");
}

#[test]
fn what_is_settled_elsewhere_counts() {
    let mut run = Harness::new(limits());
    for kind in [OutcomeKind::Succeeded, OutcomeKind::Succeeded, OutcomeKind::NotAttempted] {
        run.machine.accept_settled(kind);
    }
    let counters = run.machine.counters();
    assert_eq!((counters.accepted, counters.succeeded, counters.not_attempted), (3, 2, 1));
    run.machine.end_input();
    assert!(run.machine.is_done());
}

#[test]
fn the_deadline_is_known_when_the_run_starts() {
    let mut run = Harness::new(Limits { idempotent: true, ..limits() });
    run.machine.set_deadline(Some(Duration::from_millis(499)));
    run.drive(3, |_, _| uncertain());
    assert_eq!((run.sent.len(), &run.ended[&0]), (1, &Settlement::Unknown("timeout")));
    assert_eq!(run.machine.stopped(), None);
    run.machine.stop(StopReason::Deadline("it is late".into()));
    run.machine.stop(StopReason::Stopped("asked for".into()));
    assert_eq!(run.machine.stopped(), Some(&StopReason::Deadline("it is late".into())), "the first reason counts");
}

#[test]
fn a_wait_beyond_what_is_allowed_is_not_begun() {
    let as_long = limits().patience;
    let run = run(limits(), 1, |n, batch| match n {
        0 => later(as_long, refused(ResponseClass::Retry)),
        _ => all(ItemClass::Done, batch),
    });
    assert_eq!(run.ended[&0], Settlement::Succeeded { earlier: false });
    let delay = Duration::from_secs(301);
    let run = self::run(limits(), 4, |_, _| later(delay, refused(ResponseClass::Retry)));
    assert_eq!((run.sent.len(), run.now), (2, Duration::ZERO));
    assert_eq!(run.ended[&0], Settlement::PutOff("refused"));
    let why = StopReason::Patience { patience: limits().patience, last: Some("refused"), delay: Some(delay) };
    assert_eq!(run.machine.stopped(), Some(&why));
    // The first wait leaves too little for the second.
    let run = self::run(limits(), 1, |_, _| later(Duration::from_secs(200), refused(ResponseClass::Retry)));
    assert_eq!((run.sent.len(), run.now), (2, Duration::from_secs(200)));
    let limits = Limits { idempotent: true, deadline: Some(Duration::from_secs(9)), ..limits() };
    let run = self::run(limits, 1, |_, _| later(Duration::from_secs(10), uncertain()));
    assert_eq!((run.sent.len(), &run.ended[&0]), (1, &Settlement::Unknown("timeout")));
}

#[test]
fn a_wait_is_kept_whatever_the_answer_says() {
    use ResponseClass::{Bisect, NotProcessed, Renewed, Retry, TooLarge};
    let classes = [Retry, NotProcessed, Renewed, TooLarge, Bisect].map(refused);
    let items = [ItemClass::Unprocessed("back"), ItemClass::RolledBack("undone"), ItemClass::Uncertain("timeout")];
    let busy = ItemClass::Retry { cause: "busy", throttled: false, delay: Some(Duration::from_secs(3)) };
    let items = items.into_iter().chain([busy]).map(|class| Items(vec![class, ItemClass::Done]));
    for response in classes.into_iter().chain([uncertain()]).chain(items) {
        for (seconds, begun) in [(7, true), (301, false)] {
            let limits = Limits { idempotent: true, max_attempts: 2, ..limits() };
            let mut run = Harness::new(limits);
            run.accept(0, 1, None);
            run.accept(1, 1, None);
            run.machine.end_input();
            let batch = run.send()[0];
            run.handle(batch, later(Duration::from_secs(seconds), response.clone()));
            assert!(run.send().is_empty(), "{response:?}");
            if begun {
                assert_eq!(run.next_wake(), Some(Duration::from_secs(7)), "{response:?}");
            }
            assert_eq!(run.machine.is_done(), !begun, "{response:?}");
        }
    }
}

#[test]
fn a_batch_that_waits_for_the_trial_waits_as_told_too() {
    let mut run = Harness::new(of_max(2));
    for index in 0..4 {
        run.accept(index, 1, None);
    }
    run.machine.end_input();
    let batches = run.send();
    run.handle(batches[0], refused(ResponseClass::Bisect));
    run.handle(batches[1], later(Duration::from_secs(7), refused(ResponseClass::Bisect)));
    let parts = run.send();
    run.handle(parts[0], all(ItemClass::Done, &[0]));
    run.handle(parts[1], refused(ResponseClass::Bisect));
    assert_eq!((run.send().len(), run.machine.next_wake()), (0, Some(Duration::from_secs(7))));
}

#[test]
fn who_has_too_much_to_do_closes_the_gate_whatever_the_answer_says() {
    for (wait, closed) in [(None, Duration::from_millis(500)), (Some(Duration::from_secs(9)), Duration::from_secs(9))] {
        for response in [
            uncertain(),
            refused(ResponseClass::Final),
            Items(vec![ItemClass::Done]),
            Items(vec![ItemClass::Unprocessed("back")]),
        ] {
            let mut run = Harness::new(limits());
            run.accept(0, 1, None);
            run.machine.end_input();
            let batch = run.send()[0];
            run.handle(batch, Later(RetryHint { delay: wait, throttled: true }, Box::new(response)));
            assert_eq!(run.closed, Some(RetryAt { at: closed, requested: wait.is_some() }));
        }
    }
}

#[test]
fn the_unsure_are_sent_again_only_where_that_is_safe() {
    let careful = run(limits(), 2, |_, _| uncertain());
    assert_eq!(careful.sent.len(), 1);
    assert!(careful.ended.values().all(|settlement| *settlement == Settlement::Unknown("timeout")));
    let idempotent = Limits { idempotent: true, ..limits() };
    let again = run(idempotent, 2, |n, batch| if n == 0 { uncertain() } else { all(ItemClass::Done, batch) });
    assert_eq!(again.sent, vec![vec![0, 1]; 2]);
    assert!(again.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
}

#[test]
fn doubt_is_for_good() {
    let after_uncertain = |knows_already, class: ItemClass<&'static str>| {
        let limits = Limits { idempotent: true, knows_already, max_attempts: 2, ..limits() };
        let mut run = run(limits, 1, |n, _| if n == 0 { uncertain() } else { Items(vec![class.clone()]) });
        run.ended.remove(&0).unwrap()
    };
    let again = || ItemClass::Retry { cause: "throttled", throttled: false, delay: None };
    for (knows_already, class, want) in [
        (false, ItemClass::Done, Settlement::Succeeded { earlier: false }),
        (false, ItemClass::Failed { is_listable: true }, Settlement::FailedLater("timeout")),
        (true, ItemClass::Failed { is_listable: true }, Settlement::Failed),
        (true, ItemClass::Failed { is_listable: false }, Settlement::FailedLater("timeout")),
        (true, ItemClass::Already, Settlement::Succeeded { earlier: true }),
        (false, again(), Settlement::Unknown("timeout")),
        (true, again(), Settlement::Unknown("timeout")),
        (true, ItemClass::Unprocessed("handed back"), Settlement::Unknown("timeout")),
        (true, ItemClass::RolledBack("rolled back"), Settlement::Unknown("timeout")),
        (true, ItemClass::Uncertain("again"), Settlement::Unknown("again")),
    ] {
        assert_eq!(after_uncertain(knows_already, class.clone()), want, "{knows_already} {class:?}");
    }
    let limits = Limits { idempotent: true, ..limits() };
    let refused_later = run(limits, 1, |n, _| if n == 0 { uncertain() } else { refused(ResponseClass::Final) });
    assert_eq!(refused_later.ended[&0], Settlement::Unknown("timeout"));
}

#[test]
fn without_doubt_a_line_is_what_it_says() {
    for (class, want) in [
        (ItemClass::Failed { is_listable: false }, Settlement::Failed),
        (ItemClass::Already, Settlement::Failed),
        (ItemClass::Uncertain("timeout"), Settlement::Unknown("timeout")),
    ] {
        let run = run(limits(), 1, |_, _| Items(vec![class.clone()]));
        assert_eq!(run.ended[&0], want, "{class:?}");
        assert_eq!(run.sent.len(), 1);
    }
}

#[test]
fn items_that_are_to_be_sent_again_fill_up_with_fresh_ones() {
    let limits = Limits { concurrency: 1, ..limits() };
    let run = run(limits, 9, |n, batch| match n {
        0 => Items(vec![
            ItemClass::Done,
            ItemClass::Unprocessed("later"),
            ItemClass::Retry { cause: "busy", throttled: true, delay: None },
        ]),
        _ => all(ItemClass::Done, batch),
    });
    assert_eq!(run.sent.iter().map(Vec::len).sum::<usize>(), 11);
    assert_eq!(run.sent.len(), 4, "{:?}", run.sent);
    assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
}

#[test]
fn an_item_out_of_attempts_takes_no_other_with_it() {
    for host in [Host::Responds, Host::Fails] {
        let end = Whole(BatchEnd::Uncertain { cause: "timeout", host });
        let mut run = Harness::new(Limits { max_attempts: 2, idempotent: true, ..limits() });
        run.accept(0, 1, None);
        run.machine.end_input();
        let batch = run.send()[0];
        run.handle(batch, Items(vec![ItemClass::Uncertain("no entry")]));
        run.now = run.machine.next_wake().unwrap();
        assert_eq!(run.machine.next_size(run.now, false), 1);
        run.accept(1, 1, None);
        run.accept(2, 1, None);
        let batch = run.send()[0];
        run.handle(batch, end.clone());
        assert_eq!(run.ended.keys().collect::<Vec<_>>(), [&0], "{end:?}");
        run.drive(0, |_, batch| all(ItemClass::Done, batch));
        assert_eq!(run.sent, [vec![0], vec![0, 1, 2], vec![1, 2]], "{end:?}");
        assert_ne!(run.ended[&0].kind(), OutcomeKind::Succeeded);
        assert!([1, 2].iter().all(|index| run.ended[index] == Settlement::Succeeded { earlier: false }), "{end:?}");
    }
}

#[test]
fn a_refusal_that_no_item_can_change_stops_the_run() {
    let limits = || Limits { concurrency: 1, ..limits() };
    for class in [ResponseClass::Stop, ResponseClass::Credential, ResponseClass::Redirect] {
        let at_once = run(limits(), 7, |_, _| refused(class));
        assert_eq!(at_once.sent.len(), 1);
        assert_eq!(at_once.ended[&0], Settlement::Refused("refused"));
        assert_eq!(at_once.ended[&6], Settlement::NotAttempted(StopReason::Refused("refused")));
        let later = run(limits(), 30, |n, batch| if n == 0 { all(ItemClass::Done, batch) } else { refused(class) });
        let third = "the third 403 in a row stops the run; a refused credential stops it at once";
        assert_eq!(later.sent.len(), if class == ResponseClass::Stop { 4 } else { 2 }, "{third}");
    }
    let now_and_then =
        run(
            limits(),
            30,
            |n, batch| if n % 3 == 0 { all(ItemClass::Done, batch) } else { refused(ResponseClass::Stop) },
        );
    assert_eq!(now_and_then.sent.len(), 10, "one bad batch does not stop the others");
}

#[test]
fn a_final_refusal_concerns_its_batch_alone() {
    let class = ResponseClass::Final;
    let run = run(limits(), 9, |_, batch| if batch[0] == 3 { refused(class) } else { all(ItemClass::Done, batch) });
    assert_eq!(run.sent.len(), 3);
    let refused = run.ended.values().filter(|settlement| **settlement == Settlement::Refused("refused")).count();
    assert_eq!(refused, 3);
}

#[test]
fn a_halt_lets_what_is_in_flight_end_and_an_abandon_does_not() {
    for abandons in [false, true] {
        let mut run = Harness::new(limits());
        for index in 0..9 {
            run.accept(index, 1, None);
        }
        run.machine.end_input();
        let batches = run.send();
        assert_eq!(batches.len(), 2);
        if abandons {
            run.machine.abandon(StopReason::Cancelled("asked for".into()), &"cancelled");
            run.settle();
        } else {
            run.machine.stop(StopReason::Stopped("asked for".into()));
            run.settle();
            assert_eq!(run.ended.len(), 3, "only items that were not sent are settled");
            run.handle(batches[0], all(ItemClass::Done, &[0, 1, 2]));
            run.handle(batches[1], refused(ResponseClass::Retry));
        }
        assert!(run.machine.is_done());
        assert!(run.send().is_empty());
        let ends = [0, 3, 6].map(|index| run.ended[&index].clone());
        let want = if abandons {
            [
                Settlement::Unknown("cancelled"),
                Settlement::Unknown("cancelled"),
                Settlement::NotAttempted(StopReason::Cancelled("asked for".into())),
            ]
        } else {
            [
                Settlement::Succeeded { earlier: false },
                Settlement::PutOff("refused"),
                Settlement::NotAttempted(StopReason::Stopped("asked for".into())),
            ]
        };
        assert_eq!(ends, want);
    }
}

#[test]
fn what_waits_when_the_run_halts_ends_with_its_evidence() {
    let mut run = Harness::new(Limits { idempotent: true, ..limits() });
    for index in 0..3 {
        run.accept(index, 1, None);
    }
    let batch = run.send()[0];
    run.handle(
        batch,
        Items(vec![
            ItemClass::Uncertain("timeout"),
            ItemClass::Unprocessed("back"),
            ItemClass::Retry { cause: "busy", throttled: false, delay: None },
        ]),
    );
    assert_eq!(run.machine.counters().waiting, 3);
    run.machine.stop(StopReason::Deadline("it is late".into()));
    run.settle();
    let ends: Vec<_> = run.ended.into_values().collect();
    assert_eq!(ends, [Settlement::Unknown("timeout"), Settlement::PutOff("back"), Settlement::PutOff("busy")]);
}

#[test]
fn what_only_a_key_protects_is_sent_again_as_it_was_or_not_at_all() {
    let by_key = Limits { idempotent: true, concurrency: 1, key_valid: Some(Duration::from_secs(60)), ..limits() };
    let done = |batch: &[usize]| all(ItemClass::Done, batch);
    let all_unknown = |run: &Harness| run.ended.values().all(|settlement| settlement.kind() == OutcomeKind::Unknown);
    // Two timeouts, and a response: the same items each time.
    let tried = run(by_key.clone(), 3, |number, batch| if number < 2 { uncertain() } else { done(batch) });
    assert_eq!(tried.sent, [[0, 1, 2]; 3]);
    // A refusal is no answer about the attempt before it: its items are not split off.
    for class in [ResponseClass::TooLarge, ResponseClass::Bisect, ResponseClass::Final] {
        let tried = run(by_key.clone(), 2, |number, _| if number == 0 { uncertain() } else { refused(class) });
        assert_eq!(tried.sent, [[0, 1]; 2], "{class:?}");
        assert!(all_unknown(&tried), "{class:?} {:?}", tried.ended);
    }
    // A batch without doubt is split as any other.
    let too_large = || refused(ResponseClass::TooLarge);
    let tried = run(by_key.clone(), 2, |_, batch| if batch.len() > 1 { too_large() } else { done(batch) });
    assert_eq!(tried.sent, [vec![0, 1], vec![0], vec![1]]);
    // An item that is put off, or not told of, after doubt joins no other batch.
    let put_off = ItemClass::Retry { cause: "busy", throttled: false, delay: None };
    for end in [put_off, ItemClass::Uncertain("missing"), ItemClass::Unprocessed("back")] {
        let tried = run(by_key.clone(), 2, |number, batch| match number {
            0 => uncertain(),
            _ => all(end.clone(), batch),
        });
        assert_eq!(tried.sent, [[0, 1]; 2], "{end:?}");
        assert!(all_unknown(&tried), "{end:?} {:?}", tried.ended);
    }
    // After the time of the key nothing is sent again.
    let short = Limits { key_valid: Some(Duration::from_millis(1)), ..by_key };
    let tried = run(short, 2, |_, _| uncertain());
    assert_eq!(tried.sent, [[0, 1]]);
    assert!(all_unknown(&tried), "{:?}", tried.ended);
}

#[test]
fn equal_keys_with_other_bytes_never_share_a_request() {
    let mut run = Harness::new(limits());
    let first = run.accept(0, 1, None);
    let second = run.accept(1, 2, Some(first));
    run.accept(2, 3, Some(second));
    run.accept(3, 1, None);
    run.machine.end_input();
    run.drive(0, |_, batch| all(ItemClass::Done, batch));
    assert_eq!(run.sent, [vec![0, 3], vec![1], vec![2]]);
}

#[test]
fn what_stands_behind_an_item_is_accounted_for_when_the_run_halts() {
    let mut run = Harness::new(limits());
    let first = run.accept(0, 1, None);
    run.accept(1, 2, Some(first));
    run.accept(2, 3, Some(first));
    run.machine.end_input();
    let batch = run.send()[0];
    run.machine.stop(StopReason::Cancelled("asked for".into()));
    run.settle();
    run.handle(batch, Items(vec![ItemClass::Done]));
    assert_eq!(run.ended[&1], Settlement::NotAttempted(StopReason::Cancelled("asked for".into())));
    assert_eq!(run.ended[&2], Settlement::NotAttempted(StopReason::Cancelled("asked for".into())));
    assert!(run.machine.is_done());
}

#[test]
fn occurrences_are_counted_wherever_their_item_is() {
    let mut run = Harness::new(limits());
    let id = run.accept(0, 1, None);
    run.machine.join(id);
    run.machine.end_input();
    let batch = run.send()[0];
    run.machine.join(id);
    assert_eq!(run.machine.counters().in_flight, 3);
    run.handle(batch, Items(vec![ItemClass::Done]));
    assert_eq!(run.machine.counters().succeeded, 3);
}

#[test]
fn an_item_over_a_cap_ends_alone_and_unsent() {
    let caps = Caps { max_bytes: 10, ..limits().caps };
    let mut run = Harness::new(Limits { caps, max_item_bytes: 9, ..limits() });
    run.accept(0, 9, None);
    run.accept(1, 4, None);
    run.accept(2, 3, None);
    run.accept(3, 10, None);
    run.accept(4, 1, None);
    run.machine.end_input();
    run.drive(0, |_, batch| all(ItemClass::Done, batch));
    assert_eq!(run.ended[&0], Settlement::TooLarge { bytes: 11, cap: 10 });
    assert_eq!(run.ended[&3], Settlement::TooLarge { bytes: 10, cap: 9 });
    assert_eq!(run.sent, [vec![1, 2], vec![4]]);
}

/// A server that refuses a batch with 400 if one of its items is poison.
fn poisoned(poison: impl Fn(usize) -> bool) -> impl FnMut(usize, &[usize]) -> Scripted {
    move |_, batch| {
        if batch.iter().any(|index| poison(*index)) {
            refused(ResponseClass::Bisect)
        } else {
            all(ItemClass::Done, batch)
        }
    }
}

fn of_max(max: usize) -> Limits {
    Limits { caps: Caps { max, ..limits().caps }, ..limits() }
}

#[test]
fn bisection_finds_every_set_of_poison_items_within_its_bound() {
    for n in 1..=9usize {
        for poison in 0u32..1 << n {
            let is_poison = |index: usize| poison & 1 << index != 0;
            let run = run(of_max(n), n, poisoned(is_poison));
            for (index, settlement) in &run.ended {
                let want = if is_poison(*index) {
                    Settlement::Refused("refused")
                } else {
                    Settlement::Succeeded { earlier: false }
                };
                assert_eq!(*settlement, want, "{index} of {n}, poison {poison:b}");
            }
            let p = poison.count_ones() as usize;
            let depth = n.next_power_of_two().ilog2() as usize;
            let bound = (2 * n - 1).min(1 + 2 * p * depth);
            assert!(run.sent.len() <= bound, "{} requests for {p} among {n}, at most {bound}", run.sent.len());
        }
    }
}

#[test]
fn bisecting_is_tried_once_where_nothing_passes() {
    let run = run(of_max(4), 40, poisoned(|_| true));
    assert_eq!(run.sent.len(), 7 + 9, "one batch is bisected, the nine others are refused as they are");
    assert!(run.ended.values().all(|settlement| *settlement == Settlement::Refused("refused")));
    // The first batch is all poison; later ones get a 2xx, and then batches are bisected again.
    let run = self::run(of_max(4), 40, poisoned(|index| index < 4 || index == 30));
    let refused = run.ended.values().filter(|settlement| **settlement == Settlement::Refused("refused")).count();
    assert_eq!(refused, 5);
}

#[test]
fn a_batch_that_waits_for_the_trial_is_accounted_for_when_the_run_halts() {
    let mut run = Harness::new(of_max(2));
    for index in 0..4 {
        run.accept(index, 1, None);
    }
    run.machine.end_input();
    let batches = run.send();
    run.handle(batches[0], refused(ResponseClass::Bisect));
    run.handle(batches[1], refused(ResponseClass::Bisect));
    run.machine.stop(StopReason::Stopped("asked for".into()));
    run.settle();
    assert!(run.machine.is_done());
    assert!(run.ended.values().all(|settlement| *settlement == Settlement::Refused("refused")));
}

#[test]
fn requests_that_are_too_large_are_halved_and_grow_back() {
    let limit = |n: usize| if n < 20 { 3 } else { usize::MAX };
    let run = run(Limits { concurrency: 1, ..of_max(8) }, 400, |n, batch| {
        if batch.len() > limit(n) { refused(ResponseClass::TooLarge) } else { all(ItemClass::Done, batch) }
    });
    assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
    let sizes: Vec<usize> = run.sent.iter().map(Vec::len).collect();
    assert_eq!(sizes[..4], [8, 3, 3, 2], "half of the bytes");
    assert!(sizes[4..11].iter().all(|size| *size <= 3), "{sizes:?}");
    assert!(sizes[40..].contains(&4), "grown towards the smallest size that was refused: {sizes:?}");
    // A split sends items again, but does not count as an attempt.
    let single = self::run(of_max(8), 9, |_, _| refused(ResponseClass::TooLarge));
    assert!(single.ended.values().all(|settlement| *settlement == Settlement::Refused("refused")));
    assert!(single.sent.len() <= 2 * 9);
    let two_attempts = Limits { max_attempts: 2, concurrency: 1, ..of_max(8) };
    let once_throttled = self::run(two_attempts, 8, |n, batch| match n {
        0..2 => refused(ResponseClass::TooLarge),
        2 => refused(ResponseClass::Retry),
        _ => all(ItemClass::Done, batch),
    });
    assert!(once_throttled.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
}

#[test]
fn one_large_item_does_not_make_the_requests_of_the_others_small() {
    let (items, large) = (3_000, 700);
    let mut run = Harness::new(Limits { concurrency: 1, ..of_max(100) });
    let bytes = |index: &usize| if *index == large { 1_000_000 } else { 20 };
    for first in (0..items).step_by(100) {
        for index in first..first + 100 {
            run.accept(index, bytes(&index), None);
        }
        loop {
            let sent = run.send();
            let Some(batch) = sent.first() else { break };
            let indices = run.sent.last().unwrap().clone();
            let size: usize = indices.iter().map(bytes).sum();
            let response =
                if size > 100_000 { refused(ResponseClass::TooLarge) } else { all(ItemClass::Done, &indices) };
            run.handle(*batch, response);
        }
    }
    assert_eq!(run.ended[&large], Settlement::Refused("refused"));
    assert_eq!(run.machine.counters().succeeded, items - 1);
    assert!(run.sent.len() <= 33, "{} requests", run.sent.len());
}

#[test]
fn a_batch_of_which_no_request_can_be_made_is_halved_where_it_is_too_large_and_else_ends_unsent() {
    // The size is known only when the request is built: three items fit, and number 5 alone does not.
    let limits = Limits { caps: Caps { max_bytes: 30, ..of_max(8).caps }, ..of_max(8) };
    let run = run(limits.clone(), 8, |_, batch| {
        let bytes = batch.iter().map(|index| if *index == 5 { 31 } else { 10 }).sum();
        if bytes > 30 { Unsendable(Some((bytes, 30))) } else { all(ItemClass::Done, batch) }
    });
    for (index, settlement) in run.ended {
        let too_large = Settlement::TooLarge { bytes: 31, cap: 30 };
        assert_eq!(settlement, if index == 5 { too_large } else { Settlement::Succeeded { earlier: false } });
    }
    let panics = self::run(limits, 8, |_, _| Unsendable(None));
    assert!(panics.ended.values().all(|settlement| *settlement == Settlement::NoRequest));
    assert_eq!(panics.sent.len(), 1);
    // An item that was uncertain before stays uncertain.
    let mut first = true;
    let unsure = self::run(Limits { idempotent: true, ..of_max(2) }, 2, |_, _| {
        if std::mem::take(&mut first) { uncertain() } else { Unsendable(None) }
    });
    assert!(unsure.ended.values().all(|settlement| *settlement == Settlement::Unknown("timeout")));
}

/// 400 items of 100 bytes that compress to a tenth, of which 100 do not compress, and one that fits into no request.
#[test]
fn requests_keep_to_a_cap_of_compressed_bytes_at_little_cost() {
    let caps = Caps { max_compressed: Some(1_000), ..of_max(1_000).caps };
    let limits = Limits { caps, concurrency: 1, ..of_max(1_000) };
    let packed = |index: &usize| match index {
        7 => 1_001,
        200..300 => 100,
        _ => 10,
    };
    let (mut unsent, mut sizes) = (0, Vec::new());
    let mut run = Harness::new(limits);
    for index in 0..400 {
        run.accept(index, 100, None);
    }
    run.machine.end_input();
    run.drive(0, |_, batch| {
        let bytes: usize = batch.iter().map(packed).sum();
        if bytes > 1_000 {
            unsent += 1;
        } else {
            sizes.push(batch.len());
        }
        Compressed(bytes)
    });
    for (index, settlement) in &run.ended {
        let too_large = Settlement::TooLarge { bytes: 1_001, cap: 1_000 };
        assert_eq!(*settlement, if *index == 7 { too_large } else { Settlement::Succeeded { earlier: false } });
    }
    assert_eq!((run.ended.len(), sizes.iter().sum::<usize>()), (400, 399));
    assert!(unsent <= 12 && sizes.len() <= 30 && sizes.iter().any(|size| *size > 50), "{unsent} {sizes:?}");
}

#[test]
fn the_others_of_an_all_or_nothing_batch_are_sent_again_without_the_failed_one() {
    let run = run(Limits { max_attempts: 1, ..of_max(8) }, 8, |_, batch| {
        let Some(first) = batch.iter().position(|index| index % 2 == 1) else { return all(ItemClass::Done, batch) };
        let mut class = vec![ItemClass::RolledBack("rolled back"); batch.len()];
        class[first] = ItemClass::Failed { is_listable: true };
        Items(class)
    });
    assert_eq!(run.sent.len(), 5);
    for (index, settlement) in run.ended {
        assert_eq!(
            settlement,
            if index % 2 == 1 { Settlement::Failed } else { Settlement::Succeeded { earlier: false } }
        );
    }
}

#[test]
fn an_empty_budget_delays_retries_and_settles_nothing() {
    let idempotent = || Limits { idempotent: true, ..limits() };
    let mut short = Harness::new(idempotent());
    short.budget = RetryBudget::new(1, 0.0);
    short.drive(6, |n, batch| if n < 2 { uncertain() } else { all(ItemClass::Done, batch) });
    assert!(short.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
    assert_eq!((short.sent.len(), short.now), (4, Duration::from_secs(30)), "one retry is paid, the other delayed");
    // Probes cost nothing.
    let mut away = Harness::new(idempotent());
    away.budget = RetryBudget::new(1, 0.0);
    away.drive(3, |n, batch| if n < 3 { not_sent() } else { all(ItemClass::Done, batch) });
    assert_eq!((away.budget.tokens(), away.now), (1.0, Duration::from_millis(3_500)));
    // A retry that the server asked for is free.
    let mut throttled = Harness::new(limits());
    throttled.budget = RetryBudget::new(0, 0.0);
    let second = Duration::from_secs(1);
    let busy = || ItemClass::Retry { cause: "busy", throttled: false, delay: Some(second) };
    throttled.drive(3, |n, batch| match n {
        0 | 1 => later(second, refused(ResponseClass::Retry)),
        2 => later(second, all(ItemClass::Unprocessed("back"), batch)),
        3 => all(busy(), batch),
        _ => all(ItemClass::Done, batch),
    });
    assert_eq!(throttled.ended[&0], Settlement::Succeeded { earlier: false });
}

#[test]
fn transient_failures_of_one_in_a_hundred_cost_two_requests_in_a_hundred() {
    let items = 30_000;
    let mut run = Harness::new(Limits { concurrency: 8, ..of_max(15) });
    run.budget = RetryBudget::default();
    let mut tried = std::collections::HashSet::new();
    run.drive(items, |_, batch| {
        let busy = || ItemClass::Retry { cause: "busy", throttled: false, delay: None };
        Items(
            batch
                .iter()
                .map(|index| if index % 100 == 7 && tried.insert(*index) { busy() } else { ItemClass::Done })
                .collect(),
        )
    });
    assert!(run.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: false }));
    let fewest = items.div_ceil(15);
    assert!(run.sent.len() * 100 <= fewest * 102, "{} requests, {fewest} at least", run.sent.len());
}

#[test]
fn a_least_size_costs_no_requests() {
    let items = 3_000;
    let sent = |min| {
        let caps = Caps { min, ..of_max(15).caps };
        let mut tried = std::collections::HashSet::new();
        let run = run(Limits { caps, concurrency: 8, ..limits() }, items, |_, batch| {
            let mut class = |index: &usize| match index % 100 == 7 && tried.insert(*index) {
                true => ItemClass::Unprocessed("later"),
                false => ItemClass::Done,
            };
            Items(batch.iter().map(&mut class).collect())
        });
        run.sent
    };
    let without = sent(1).len();
    assert_eq!(sent(5).len(), without);
    assert!(without * 100 <= items.div_ceil(15) * 102, "{without}");
}

#[test]
fn the_parts_of_what_is_too_large_keep_to_the_cap_that_is_known() {
    let mut run = Harness::new(of_max(8));
    for index in 0..16 {
        run.accept(index, 1, None);
    }
    let batches = run.send();
    let too_large = || refused(ResponseClass::TooLarge);
    run.handle(batches[0], too_large());
    let part = run.send()[0];
    run.handle(part, too_large());
    run.handle(batches[1], too_large());
    run.machine.end_input();
    run.drive(0, |_, batch| all(ItemClass::Done, batch));
    let sizes: Vec<usize> = run.sent.iter().map(Vec::len).collect();
    assert_eq!(sizes[..3], [8, 8, 3]);
    assert_eq!(sizes[3..].iter().filter(|size| **size > 1).count(), 2, "the other parts of the first batch: {sizes:?}");
}

#[test]
fn a_long_chain_of_equal_keys_is_accounted_for_when_the_run_halts() {
    let mut run = Harness::new(of_max(100_000));
    let mut last = None;
    for index in 0..50_000 {
        last = Some(run.accept(index, 1, last));
    }
    run.machine.end_input();
    run.drive(0, |_, _| refused(ResponseClass::Stop));
    assert_eq!(run.ended.len(), 50_000);
    assert_eq!(run.ended[&49_999], Settlement::NotAttempted(StopReason::Refused("refused")));
}

#[test]
fn a_whole_answer_of_already_done_is_a_success_only_after_doubt() {
    let already = || refused(ResponseClass::Already);
    let limits = || Limits { idempotent: true, ..limits() };
    let first = run(limits(), 2, |_, _| already());
    assert!(first.ended.values().all(|settlement| *settlement == Settlement::Refused("refused")));
    let after_uncertain = run(limits(), 2, |n, _| if n == 0 { uncertain() } else { already() });
    assert!(after_uncertain.ended.values().all(|settlement| *settlement == Settlement::Succeeded { earlier: true }));
}

#[test]
fn a_whole_answer_of_already_done_counts_for_nobody_where_doubt_is_mixed() {
    let already = || refused(ResponseClass::Already);
    let limits = Limits { idempotent: true, ..limits() };
    // 0 is uncertain, and leaves again with 1, which was handed back: apart, each has a response of its own.
    let mixed = run(limits, 2, |n, _| match n {
        0 => Items(vec![ItemClass::Uncertain("timeout"), ItemClass::Unprocessed("handed back")]),
        _ => already(),
    });
    assert_eq!(mixed.sent, [vec![0, 1], vec![0, 1], vec![0], vec![1]]);
    assert_eq!(mixed.ended[&0], Settlement::Succeeded { earlier: true });
    assert_eq!(mixed.ended[&1], Settlement::Refused("refused"));
}

#[test]
fn only_those_of_a_batch_that_are_out_of_patience_end() {
    let limits = Limits { concurrency: 1, patience: Duration::from_secs(5), ..limits() };
    let mut run = Harness::new(limits);
    run.accept(0, 1, None);
    for round in 0..5 {
        let fresh = [2 * round + 1, 2 * round + 2];
        fresh.iter().for_each(|index| _ = run.accept(*index, 1, None));
        let [batch] = run.send()[..] else { panic!("one request") };
        let sent = run.sent.last().cloned().unwrap_or_default();
        assert!(sent.contains(&0) && sent.len() == MAX, "{sent:?}");
        if round == 4 {
            // The first item was put off for 7.5 s by now, each of the others never.
            run.handle(batch, refused(ResponseClass::Retry));
            break;
        }
        let busy = ItemClass::Retry { cause: "busy", throttled: false, delay: None };
        run.handle(
            batch,
            Items(sent.iter().map(|index| if *index == 0 { busy.clone() } else { ItemClass::Done }).collect()),
        );
        run.wait();
    }
    assert_eq!(run.ended[&0], Settlement::PutOff("refused"));
    assert_eq!(run.ended.len(), 9, "{:?}", run.ended);
    run.machine.end_input();
    run.drive(0, |_, batch| all(ItemClass::Done, batch));
    assert_eq!(run.ended.len(), 11);
    assert_eq!(run.ended[&9], Settlement::Succeeded { earlier: false });
    assert_eq!(run.ended[&10], Settlement::Succeeded { earlier: false });
}

#[test]
fn an_attempt_that_did_not_leave_does_not_count() {
    let too_large = Unsendable(Some((2, 1)));
    for (end, requests) in [(too_large, 2), (Whole(BatchEnd::Withheld { cause: "withheld" }), 1)] {
        let mut run = Harness::new(Limits { concurrency: 1, ..limits() });
        (0..MAX - 1).for_each(|index| _ = run.accept(index, 1, None));
        run.machine.end_input();
        let [batch] = run.send()[..] else { panic!("one request") };
        assert_eq!(run.machine.attempts(batch), 1);
        run.handle(batch, end.clone());
        for _ in 0..requests {
            let [batch] = run.send()[..] else { panic!("one request, {end:?}") };
            assert_eq!(run.machine.attempts(batch), 1, "{end:?}");
            let sent = run.sent.last().cloned().unwrap_or_default();
            run.handle(batch, all(ItemClass::Done, &sent));
        }
        assert!(run.machine.is_done());
    }
}

#[test]
fn an_item_is_queued_until_it_leaves_and_while_it_may_leave_again() {
    let mut machine: Machine<&str> = Machine::new(limits());
    let [first, second] = [(); 2].map(|()| machine.accept(1, None));
    assert!(machine.is_queued(first) && machine.is_queued(second));
    let batch = machine.poll_send(Time::ZERO, true).unwrap();
    assert!(!machine.is_queued(first), "it is in flight");
    let mut budget = RetryBudget::unlimited();
    let mut context = AttemptContext {
        now: Time::ZERO,
        jitter: 1.0,
        budget: &mut budget,
        hint: RetryHint::default(),
        has_progress: false,
    };
    assert!(machine.handle_item(batch, first, ItemClass::Unprocessed("busy"), &mut context).is_none());
    assert!(machine.handle_item(batch, second, ItemClass::Done, &mut context).is_some());
    machine.handle_end(batch, &mut context);
    assert!(!machine.is_queued(first), "it waits");
    assert!(!machine.is_queued(second), "it is settled");
    machine.wake(Duration::from_secs(60));
    assert!(machine.is_queued(first));
}

#[test]
fn items_are_stuck_where_nothing_in_flight_or_waiting_can_fill_their_request() {
    let mut machine: Machine<&str> = Machine::new(Limits { concurrency: 3, ..limits() });
    let mut budget = RetryBudget::unlimited();
    let batches = [(); 3].map(|()| {
        for _ in 0..MAX {
            machine.accept(1, None);
        }
        let is_first = machine.counters().in_flight == 0;
        assert_eq!(machine.is_stuck(), is_first, "others are in flight");
        machine.poll_send(Time::ZERO, false).unwrap()
    });
    let mut hand_back = |machine: &mut Machine<&'static str>, batch: BatchId, now: Time| {
        let mut context =
            AttemptContext { now, jitter: 1.0, budget: &mut budget, hint: RetryHint::default(), has_progress: false };
        for id in machine.batch(batch).to_vec() {
            assert!(machine.handle_item(batch, id, ItemClass::Unprocessed("back"), &mut context).is_none());
        }
        machine.handle_end(batch, &mut context);
    };
    let later = Duration::from_secs(60);
    hand_back(&mut machine, batches[0], Time::ZERO);
    machine.wake(later);
    hand_back(&mut machine, batches[1], later);
    assert!(!machine.is_stuck(), "one is in flight, one waits");
    machine.wake(2 * later);
    assert!(!machine.is_stuck(), "others are in flight");
    for id in machine.batch(batches[2]).to_vec() {
        assert_eq!(machine.handle_done(id), Some(Settlement::Succeeded { earlier: false }));
    }
    let mut context = AttemptContext {
        now: 2 * later,
        jitter: 1.0,
        budget: &mut budget,
        hint: RetryHint::default(),
        has_progress: false,
    };
    machine.handle_end(batches[2], &mut context);
    assert!(machine.is_stuck());
    assert!(machine.poll_send(2 * later, true).is_some() && machine.poll_send(2 * later, true).is_some());
    machine.accept(1, None);
    assert!(!machine.is_stuck(), "it was sent");
}
