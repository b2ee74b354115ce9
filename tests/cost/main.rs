//! The cost of a run: its memory and number of requests, checked against bounds, and its CPU time. Under valgrind, its instructions and
//! allocations. The words `journal`, `http` and those of other clients need the feature `outside`, which is on by default.
//!
//! `cost [COUNT] [WORD…]`: a run with COUNT items (default 300 000) and the options of the words.
//!
//! | word | meaning |
//! |---|---|
//! | `collect` | collects a report; by default outcomes are streamed |
//! | `call` | calls a batcher, from 1000 tasks that each call once after the other |
//! | `tasks` | a stream of the items that 1000 tasks put into a channel: what `call` is compared with |
//! | `journal` | records the run in an SQLite file, and collects its report |
//! | `http` | real HTTP, to a server in another process; by default a scripted transport in virtual time |
//! | `of1`, `of15`, `of100`, `of1000`, `of10000` | that many items in a request; by default 15 |
//! | `hand`, `tuned`, `prebuilt`, `hyper` | not this crate, but another client: see `by_hand`. Always real HTTP |
//! | `serve` | serves requests until its standard input ends: the other process of `http` |
//! | `unchecked` | no bounds: another program, such as valgrind, takes memory of its own |
//! | `each` | a response with an element for each item, all done; by default lists of bare keys |
//! | `drip` | a source with one item at a time |
//! | `ordered` | outcomes in input order, with a window of 100 000 |
//! | `slow` | a consumer that sleeps 20 ms after every 1000 outcomes |
//! | `keep` | duplicates are not collapsed |
//! | `twice` | each item is in the input twice, the second time 1000 places later |
//! | `few` | ten items, over and over |
//! | `done` | all items are done: the default |
//! | `failing`, `busy`, `poison` | one item in ten fails, one in a hundred is retried, one in two hundred gets its request refused |
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a program for people who measure")]

#[cfg(feature = "outside")]
mod by_hand;
#[cfg_attr(not(feature = "outside"), path = "inside.rs")]
mod outside;
#[cfg(feature = "outside")]
mod server;
mod service;

use std::process::ExitCode;
use std::time::Duration;

use bulk_endpoint::{Bulk, BulkReply, Counters, OnDuplicate, OutcomeKind};
use futures_util::{Stream, StreamExt, stream};

use outside::{ByHand, Server};
use service::{Error, Fate, Id, Tokens, TokensClient};

/// The most memory that a streamed run may add to the process, for any number of items, with its few bodies of 15 items.
const MOST_STREAMED: usize = 10 << 20;

/// The most bytes for each item in a report, without ids and failure bodies; and the most for a run of any size.
const MOST_COLLECTED: (usize, usize) = (60, 4 << 20);

#[derive(Debug, Default)]
struct Scenario {
    count: usize,
    serve: bool,
    call: bool,
    tasks: bool,
    collect: bool,
    journal: bool,
    http: bool,
    /// The items in a request.
    of: usize,
    by_hand: Option<ByHand>,
    unchecked: bool,
    each: bool,
    drip: bool,
    ordered: bool,
    slow: bool,
    keep: bool,
    twice: bool,
    few: bool,
    fate: Fate,
}

impl Scenario {
    fn from_words(words: impl Iterator<Item = String>) -> Self {
        let mut scenario = Scenario { count: 300_000, of: 15, ..Scenario::default() };
        for word in words {
            match word.as_str() {
                "serve" => scenario.serve = true,
                "call" => scenario.call = true,
                "tasks" => scenario.tasks = true,
                "collect" => scenario.collect = true,
                "journal" => scenario.journal = true,
                "http" => scenario.http = true,
                "unchecked" => scenario.unchecked = true,
                "each" => scenario.each = true,
                "drip" => scenario.drip = true,
                "ordered" => scenario.ordered = true,
                "slow" => scenario.slow = true,
                "keep" => scenario.keep = true,
                "twice" => scenario.twice = true,
                "few" => scenario.few = true,
                "done" => scenario.fate = Fate::Done,
                "failing" => scenario.fate = Fate::Failing,
                "busy" => scenario.fate = Fate::Busy,
                "poison" => scenario.fate = Fate::Poison,
                word => match (ByHand::of_word(word), word.strip_prefix("of")) {
                    (Some(by_hand), _) => scenario.by_hand = Some(by_hand),
                    (_, Some(of)) => scenario.of = of.parse().expect("the number of items in a request"),
                    _ => scenario.count = word.replace('_', "").parse().expect("a word of the scenario, or a count"),
                },
            }
        }
        scenario
    }

    fn on_duplicate(&self) -> OnDuplicate {
        if self.keep { OnDuplicate::Keep } else { OnDuplicate::Collapse }
    }

    /// Returns the number of the id at an index of the input.
    fn number(&self, index: usize) -> usize {
        match () {
            () if self.few => index % 10,
            () if self.twice => index / 2000 * 1000 + index % 1000,
            () => index,
        }
    }
}

#[derive(Default)]
struct Figures {
    counters: Counters,
    requests: usize,
    /// The most memory that the run added to the process, on systems that report it.
    grown: Option<usize>,
    /// The CPU time in nanoseconds.
    cpu: Option<u64>,
}

fn main() -> ExitCode {
    let scenario = Scenario::from_words(std::env::args().skip(1));
    // Over HTTP, time is real. Otherwise it is virtual, and passes when no task is ready.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(!(scenario.http || scenario.serve || scenario.by_hand.is_some()))
        .build()
        .unwrap();
    if scenario.serve {
        runtime.block_on(outside::serve(scenario.fate));
        return ExitCode::SUCCESS;
    }
    if let Some(by_hand) = scenario.by_hand {
        return runtime.block_on(outside::run_by_hand(&scenario, by_hand));
    }
    let figures = runtime.block_on(run(&scenario));
    print(&scenario, &figures);
    match check(&scenario, &figures) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("TOO MUCH: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(scenario: &Scenario) -> Figures {
    let server = scenario.http.then(|| Server::start(scenario.fate));
    let client = server.as_ref().map_or_else(|| service::scripted(scenario.fate), Server::client);
    let tokens = TokensClient::new(client.build().unwrap());
    let org = "7c4d9e2a";
    match () {
        () if scenario.each => send(scenario, &tokens.deactivate_each(org)).await,
        () => {
            let deactivate = match scenario.of {
                1 => tokens.deactivate_one(org),
                15 => tokens.deactivate(org),
                100 => tokens.deactivate_hundred(org),
                1_000 => tokens.deactivate_thousand(org),
                10_000 => tokens.deactivate_many(org),
                other => panic!("no endpoint takes {other} items in a request"),
            };
            send(scenario, &deactivate).await
        }
    }
}

async fn send<R: BulkReply>(scenario: &Scenario, deactivate: &Bulk<Id, R, Error>) -> Figures {
    let on_duplicate = scenario.on_duplicate();
    let rest = scenario.slow.then_some(Duration::from_millis(20));
    if scenario.call {
        return call(scenario, deactivate).await;
    }
    if scenario.journal {
        return outside::journaled(scenario, deactivate).await;
    }
    if scenario.collect {
        let ids: Vec<Id> = (0..scenario.count).map(|index| Id::new(scenario.number(index))).collect();
        let before = resident("VmRSS:");
        let report = deactivate.send(&ids).on_duplicate(on_duplicate).concurrency(8).await;
        return Figures { counters: report.counters(), requests: report.requests(), grown: grown(before), cpu: cpu() };
    }
    let before = resident("VmRSS:");
    let rests = scenario.drip;
    let source =
        stream::iter((0..scenario.count).map(|index| Id::new(scenario.number(index)))).then(move |id| async move {
            if rests {
                tokio::task::yield_now().await;
            }
            id
        });
    let source = if scenario.tasks { of_tasks(scenario).boxed() } else { source.boxed() };
    let sent = deactivate.send_stream(source).on_duplicate(on_duplicate).concurrency(8);
    let sent = if scenario.ordered { sent.in_order(100_000) } else { sent };
    let mut outcomes = sent.outcomes();
    let mut given = 0usize;
    while outcomes.next().await.is_some() {
        given += 1;
        if given.is_multiple_of(1000)
            && let Some(rest) = rest
        {
            tokio::time::sleep(rest).await;
        }
    }
    assert_eq!(given, scenario.count, "outcomes are missing");
    let summary = outcomes.summary();
    Figures { counters: summary.counters(), requests: summary.requests(), grown: grown(before), cpu: cpu() }
}

/// The tasks that call a batcher.
const CALLERS: usize = 1_000;

async fn call<R: BulkReply>(scenario: &Scenario, deactivate: &Bulk<Id, R, Error>) -> Figures {
    let before = resident("VmRSS:");
    let batcher = deactivate.batcher().options(|run| run.concurrency(8)).spawn();
    let callers = shares(scenario).into_iter().map(|numbers| {
        let batcher = batcher.clone();
        tokio::spawn(async move {
            let mut counters = Counters::default();
            for number in numbers {
                let settled = batcher.send(Id::new(number)).await.unwrap();
                count(&mut counters, settled.outcome.kind(), 1);
            }
            counters
        })
    });
    let mut all = Counters::default();
    for caller in callers.collect::<Vec<_>>() {
        let counters = caller.await.unwrap();
        OutcomeKind::ALL.into_iter().for_each(|kind| count(&mut all, kind, counters.of(kind)));
    }
    // The run of a batcher has no report that counts requests.
    Figures { counters: all, requests: 0, grown: grown(before), cpu: cpu() }
}

/// The numbers of each task's ids.
fn shares(scenario: &Scenario) -> Vec<Vec<usize>> {
    let numbers: Vec<usize> = (0..scenario.count).map(|index| scenario.number(index)).collect();
    numbers.chunks(scenario.count.div_ceil(CALLERS).max(1)).map(<[usize]>::to_vec).collect()
}

fn of_tasks(scenario: &Scenario) -> impl Stream<Item = Id> + Send + use<> {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1024);
    for numbers in shares(scenario) {
        let sender = sender.clone();
        tokio::spawn(async move {
            for number in numbers {
                sender.send(Id::new(number)).await.unwrap();
            }
        });
    }
    stream::poll_fn(move |cx| receiver.poll_recv(cx))
}

fn count(counters: &mut Counters, kind: OutcomeKind, times: usize) {
    *match kind {
        OutcomeKind::Succeeded => &mut counters.succeeded,
        OutcomeKind::Failed => &mut counters.failed,
        OutcomeKind::Refused => &mut counters.refused,
        OutcomeKind::Unknown => &mut counters.unknown,
        OutcomeKind::NotAttempted => &mut counters.not_attempted,
    } += times;
}

fn print(scenario: &Scenario, figures: &Figures) {
    let Figures { counters, requests, grown, cpu } = figures;
    let Counters { succeeded, failed, refused, unknown, .. } = counters;
    println!("{scenario:?}");
    println!("{requests} requests; {succeeded} succeeded, {failed} failed, {refused} refused, {unknown} unknown");
    if let Some(grown) = grown {
        let mib = *grown as f64 / f64::from(1 << 20);
        println!("{mib:.1} MiB over the start-up size, {:.1} bytes an item", *grown as f64 / scenario.count as f64);
    }
    print_time(*cpu);
}

fn print_time(cpu: Option<u64>) {
    if let Some(cpu) = cpu {
        println!("cpu {cpu}");
    }
}

/// Returns the CPU time of the threads of this process in nanoseconds, on systems that report it.
fn cpu() -> Option<u64> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let time = |thread: std::fs::DirEntry| {
        let schedstat = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedstat.split(' ').next()?.parse::<u64>().ok()
    };
    Some(threads.filter_map(|thread| time(thread.ok()?)).sum())
}

fn check(scenario: &Scenario, figures: &Figures) -> Result<(), String> {
    if figures.counters.settled() != scenario.count {
        return Err(format!("{} of {} items are settled", figures.counters.settled(), scenario.count));
    }
    if scenario.unchecked {
        return Ok(());
    }
    let most = match scenario.collect {
        _ if scenario.journal => usize::MAX,
        true if scenario.fate == Fate::Failing || scenario.each => usize::MAX,
        true => MOST_COLLECTED.0 * scenario.count + MOST_COLLECTED.1,
        false => MOST_STREAMED,
    };
    if let Some(grown) = figures.grown.filter(|grown| *grown > most) {
        return Err(format!("{grown} bytes, and {most} at most"));
    }
    let fewest = scenario.count.div_ceil(scenario.of);
    if scenario.fate == Fate::Busy && figures.requests * 100 > fewest * 102 {
        return Err(format!("{} requests, and {fewest} are needed", figures.requests));
    }
    Ok(())
}

/// Returns the peak growth of the process since it had `before` bytes.
fn grown(before: Option<usize>) -> Option<usize> {
    Some(resident("VmHWM:")?.saturating_sub(before?))
}

/// Returns a memory figure of this process in bytes, on systems that report it.
fn resident(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()? << 10)
}
