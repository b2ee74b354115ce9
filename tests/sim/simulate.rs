//! Runs a scenario: the whole public API over the model server, in virtual time.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bulk_endpoint::__private::{bind, finish};
use bulk_endpoint::{
    Bulk, BulkItem, BulkReply, Client, Clock, Counters, Endpoint, Outcome, OutcomeKind, OutcomeOf, Report, RetryBudget,
    Run, Verified, Watch,
    reply::MatchesKey,
    shared_throttle::ThrottleError,
    spec::{EndpointSpec, Method},
};
use futures_util::future::{Either, select};
use futures_util::{FutureExt, StreamExt, stream};

use crate::scenario::{Consumer, Order, Plan, Scenario, Shape, Shared, Source, Thing};
use crate::server::Server;
use crate::shared::MemoryThrottle;
use crate::time::{Executor, SimClock, Stuck};
use crate::trace::{Event, Finish, Got, SharedTrace, Trace};
use crate::types::{self, Element, Error, FailuresOnly, Job, Lists, Patch, Placed};

/// Items in the types of the endpoints.
pub trait SimItem: BulkItem<Key = u32> + Clone {
    fn of(thing: &Thing) -> Self;
    fn name(&self) -> (u32, u8);
}

impl SimItem for u32 {
    fn of(thing: &Thing) -> Self {
        thing.key
    }

    fn name(&self) -> (u32, u8) {
        (*self, 0)
    }
}

impl SimItem for Patch {
    fn of(thing: &Thing) -> Self {
        Patch { id: thing.key, to: thing.variant, pad: "x".repeat(thing.pad.into()) }
    }

    fn name(&self) -> (u32, u8) {
        (self.id, self.to)
    }
}

type Looks = Rc<RefCell<Vec<(usize, Box<dyn Fn() -> (Counters, usize)>)>>>;

/// What all tasks of a simulation share.
#[derive(Clone)]
struct World {
    clock: SimClock,
    trace: SharedTrace,
    client: Client,
    /// Reads the counters of the runs that have started.
    looks: Looks,
    seed: u64,
}

impl World {
    fn note(&self, event: Event) {
        self.trace.lock().unwrap().push(self.clock.now(), event);
    }
}

/// Runs a scenario to its end. `Err`: it does not end.
pub fn simulate(scenario: &Scenario) -> (Trace, Result<(), Stuck>) {
    let clock = SimClock::default();
    let trace = SharedTrace::default();
    trace.lock().unwrap().finishes = vec![Finish::default(); scenario.runs.len()];
    let server = Server::new(scenario, clock.clone(), trace.clone());
    let throttle = scenario.shared.map(|shared| throttle(scenario.seed, shared, &clock));
    let one = client(scenario, &clock, &trace, server.clone(), throttle.clone());
    // Without a shared throttle, all runs are of one client.
    let clients: Vec<Client> = match throttle {
        None => vec![one; scenario.runs.len()],
        Some(_) => {
            let client = || client(scenario, &clock, &trace, server.clone(), throttle.clone());
            scenario.runs.iter().map(|_| client()).collect()
        }
    };
    let looks = Looks::default();
    let worlds = clients.into_iter().map(|client| World {
        clock: clock.clone(),
        trace: trace.clone(),
        client,
        looks: looks.clone(),
        seed: scenario.seed,
    });
    let mut executor = Executor::new(clock.clone());
    for (number, (plan, world)) in scenario.runs.iter().zip(worlds).enumerate() {
        executor.spawn(run(world, number, plan));
    }
    let mut rng = fastrand::Rng::with_seed(scenario.seed ^ 0x5eed);
    let mut jumps = rng.fork();
    let jump = || {
        if !scenario.jumps || jumps.u8(..8) != 0 {
            return Duration::ZERO;
        }
        let beyond = Duration::from_millis(jumps.u64(..120_000));
        trace.lock().unwrap().jumped += beyond;
        beyond
    };
    let mut seen: Vec<Option<(Counters, usize)>> = vec![None; scenario.runs.len()];
    let look = || {
        for (run, look) in looks.borrow().iter() {
            let now = look();
            if seen[*run].replace(now) != Some(now) {
                let watched = Event::Watched { run: *run, counters: now.0, requests: now.1 };
                trace.lock().unwrap().push(clock.now(), watched);
            }
        }
    };
    // A job is polled about a dozen times, if it takes as long as possible.
    let polls = |run: &Plan| run.items.len() * if run.shape == Shape::Job { 100 * run.attempts as usize } else { 100 };
    let most_polls = 3_000 + scenario.runs.iter().map(polls).sum::<usize>();
    let ended = executor.run(&mut rng, most_polls, jump, look);
    let mut trace = std::mem::take(&mut *trace.lock().unwrap());
    trace.polls = ended.unwrap_or(0);
    (trace, ended.map(drop))
}

/// A client of the scenario.
fn client(
    scenario: &Scenario,
    clock: &SimClock,
    trace: &SharedTrace,
    server: Server,
    throttle: Option<MemoryThrottle>,
) -> Client {
    let budget = scenario.budget.map_or_else(RetryBudget::unlimited, |tokens| RetryBudget::new(tokens, REFILL));
    let mut client = Client::builder("http://sim.example")
        .transport(server)
        .clock(clock.clone())
        .timeout(scenario.timeout)
        .retry_budget(budget);
    if let Some(throttle) = throttle {
        client = client.shared_throttle(throttle);
    }
    if let Some(tokens) = scenario.tokens {
        let (clock, trace, fetched) = (clock.clone(), trace.clone(), AtomicUsize::new(0));
        client = client.bearer_with(move || {
            let token = fetched.fetch_add(1, Ordering::Relaxed);
            let (sleep, clock, trace) = (clock.sleep(tokens.takes), clock.clone(), trace.clone());
            async move {
                trace.lock().unwrap().push(clock.now(), Event::Fetch { token });
                sleep.await;
                trace.lock().unwrap().push(clock.now(), Event::Fetched { token });
                Ok::<_, Infallible>(token.to_string())
            }
        });
    }
    client.build().unwrap()
}

/// The throttle that the clients share.
fn throttle(seed: u64, shared: Shared, clock: &SimClock) -> MemoryThrottle {
    let rng = Mutex::new((fastrand::Rng::with_seed(seed ^ 0x7407), 0));
    MemoryThrottle::new(clock.clone()).answering(move |_| {
        let (rng, asked) = &mut *rng.lock().unwrap();
        *asked += 1;
        let takes = Duration::from_millis(rng.u64(..=shared.latency.as_millis() as u64));
        let fails = *asked <= shared.fails_until && rng.u8(..100) < shared.fail_percent;
        (takes, if fails { Err(ThrottleError::new("it is away")) } else { Ok(()) })
    })
}

/// The header with the idempotency key of a batch.
pub const BATCH_KEY: &str = "Idempotency-Key";

/// The refill of the retry budget for each 2xx.
pub const REFILL: f64 = 0.2;

/// Calls a function with the types of a plan.
macro_rules! by_shape {
    ($plan:expr, $($call:tt)+) => {
        match ($plan.shape, $plan.bare) {
            (Shape::Lists, true) => by_shape!(@ u32, Lists, $($call)+),
            (Shape::Lists, false) => by_shape!(@ Patch, Lists, $($call)+),
            (Shape::Job, true) => by_shape!(@ u32, Job, $($call)+),
            (Shape::Job, false) => by_shape!(@ Patch, Job, $($call)+),
            (Shape::Each, true) => by_shape!(@ u32, Vec<Element>, $($call)+),
            (Shape::Each, false) => by_shape!(@ Patch, Vec<Element>, $($call)+),
            (Shape::FailuresOnly, true) => by_shape!(@ u32, FailuresOnly, $($call)+),
            (Shape::FailuresOnly, false) => by_shape!(@ Patch, FailuresOnly, $($call)+),
            (Shape::Placed, true) => by_shape!(@ u32, Vec<Placed>, $($call)+),
            (Shape::Placed, false) => by_shape!(@ Patch, Vec<Placed>, $($call)+),
            (Shape::Nothing, true) => by_shape!(@ u32, (), $($call)+),
            (Shape::Nothing, false) => by_shape!(@ Patch, (), $($call)+),
        }
    };
    (@ $item:ty, $reply:ty, async $function:ident($($argument:expr),*)) => { $function::<$item, $reply>($($argument),*).await };
    (@ $item:ty, $reply:ty, $function:ident($($argument:expr),*)) => { $function::<$item, $reply>($($argument),*) };
}
#[allow(unused_imports, reason = "the tests of every small case make no calls")]
pub(crate) use by_shape;

async fn run(world: World, number: usize, plan: &Plan) {
    world.clock.sleep(plan.start).await;
    by_shape!(plan, async go(&world, number, plan));
    world.note(Event::Over { run: number });
}

/// The declaration of a run's endpoint.
pub fn spec(plan: &Plan) -> EndpointSpec {
    let mut spec =
        EndpointSpec::new("sim", Method::Post, "/runs/{run}", plan.max).retry(types::AGAIN).uncertain(types::UNSURE);
    spec.partial = plan.partial;
    spec.idempotent = plan.idempotent;
    spec.max_bytes = plan.max_bytes;
    spec.rate = plan.rate;
    spec.batch_keys = if plan.batch_key { &[BATCH_KEY] } else { &[] };
    if plan.shape == Shape::Job {
        spec = spec.poll(Method::Get, "/runs/{run}/jobs/{job}");
    }
    if plan.lists_already {
        spec = spec.already(types::ALREADY_SIGNS);
    }
    if plan.stops_on_404 {
        spec = spec.stop(types::STOP);
    }
    if plan.isolates {
        spec = spec.bisect(types::ISOLATE);
    }
    spec
}

/// A run of the public API.
type SimRun<'a, T, R> = Run<'a, T, R, Error, T>;

async fn go<T, R>(world: &World, number: usize, plan: &Plan)
where
    T: SimItem,
    R: BulkReply,
    R::Key: MatchesKey<u32>,
{
    let endpoint = Endpoint::<Bulk<T, R, Error>>::new(spec(plan));
    let bulk = finish::<Bulk<T, R, Error>>(bind(&world.client, endpoint).path("run", &number));
    let read = AtomicUsize::new(0);
    let run = configure(start(world, plan, &bulk, &read), world, number, plan);
    let run = note_events(run, world, number, plan);
    let watch = run.watch();
    let look = watch.clone();
    world.looks.borrow_mut().push((number, Box::new(move || (look.counters(), look.requests()))));
    let mut finish = match plan.consumer {
        Consumer::Report => collect(run, world, number, plan, watch).await,
        Consumer::Stream { pause, .. } => consume(run, world, number, plan, watch, pause).await,
    };
    finish.read = read.load(Ordering::Relaxed);
    let mut trace = world.trace.lock().unwrap();
    // A dropped run has no result.
    trace.give_up(world.clock.now(), number, |_| true);
    trace.finishes[number] = finish;
}

/// The run with its source. `read` counts the items that it reads.
fn start<'a, T, R>(world: &World, plan: &'a Plan, bulk: &Bulk<T, R, Error>, read: &'a AtomicUsize) -> SimRun<'a, T, R>
where
    T: SimItem,
    R: BulkReply,
{
    let fails_at = plan.source_fails_at;
    let items = plan.items.iter().map(T::of).enumerate();
    let items =
        items.map(move |(index, item)| if fails_at == Some(index) { Err("the source broke") } else { Ok(item) });
    let count = |item: &Result<T, &str>| {
        read.fetch_add(usize::from(item.is_ok()), Ordering::Relaxed);
    };
    match plan.source {
        Source::Iter => bulk.send(items.inspect(count)),
        Source::Stream { gap } => {
            let clock = world.clock.clone();
            let late = move |item| {
                let sleep = clock.sleep(gap);
                async move {
                    if !gap.is_zero() {
                        sleep.await;
                    }
                    item
                }
            };
            bulk.send_stream(stream::iter(items).then(late).inspect(count))
        }
    }
}

/// Applies the options of the plan.
fn configure<'a, T, R>(run: SimRun<'a, T, R>, world: &World, number: usize, plan: &'a Plan) -> SimRun<'a, T, R>
where
    T: SimItem,
    R: BulkReply,
{
    let mut run = run.concurrency(plan.concurrency).max_attempts(plan.attempts).patience(plan.patience);
    run = run.seed(world.seed ^ number as u64).on_duplicate(plan.on_duplicate).job_timeout(plan.jobs.timeout);
    if let Some(deadline) = plan.deadline {
        run = run.run_timeout(deadline);
    }
    if let Consumer::Stream { in_order: Some(window), .. } = plan.consumer {
        run = run.in_order(window);
    }
    let Some(takes) = plan.verify else { return run };
    let (clock, trace) = (world.clock.clone(), world.trace.clone());
    run.verify(move |items: Vec<T>| {
        let (sleep, trace) = (clock.sleep(takes), trace.clone());
        async move {
            sleep.await;
            let trace = trace.lock().unwrap();
            let truth =
                |item: &T| if trace.applied(plan, item.name()) { Verified::Applied } else { Verified::NotApplied };
            Ok::<_, Infallible>(items.iter().map(|item| (item.name().0, truth(item))).collect::<Vec<_>>())
        }
    })
}

/// Notes the events of the run in the trace.
fn note_events<'a, T, R>(run: SimRun<'a, T, R>, world: &World, number: usize, plan: &Plan) -> SimRun<'a, T, R>
where
    T: SimItem,
    R: BulkReply,
{
    let (clock, trace) = (world.clock.clone(), world.trace.clone());
    let things: Vec<(u32, u8)> = plan.items.iter().map(|thing| (thing.key, thing.variant)).collect();
    run.on_event(move |event, counters| {
        let mut trace = trace.lock().unwrap();
        let now = clock.now();
        trace.push(now, Event::Told { run: number, counters: *counters });
        match event {
            bulk_endpoint::Event::Waiting { wait, why, .. } if why.starts_with("the shared throttle") => {
                trace.push(now, Event::Away { run: number, wait: *wait });
            }
            bulk_endpoint::Event::Waiting { wait, .. } => trace.push(now, Event::Waiting { run: number, wait: *wait }),
            bulk_endpoint::Event::Settled { index, outcome, .. } => {
                trace.push(now, Event::Settled { run: number, index: *index, kind: *outcome });
                if *outcome != OutcomeKind::NotAttempted {
                    // If the request had started a job, the job was abandoned.
                    trace.give_up(now, number, |sent| sent.items.contains(&things[*index]));
                }
            }
            bulk_endpoint::Event::Stopped { why, .. } => {
                trace.push(now, Event::Stopped { run: number, why: why.clone() });
            }
            _ => {}
        }
    })
}

/// Awaits the report of the run.
async fn collect<T, R>(
    run: SimRun<'_, T, R>,
    world: &World,
    number: usize,
    plan: &Plan,
    watch: Watch<T, R, Error>,
) -> Finish
where
    T: SimItem,
    R: BulkReply,
    R::Key: MatchesKey<u32>,
{
    let (future, ordered) = (run.into_future(), obey(world, number, plan, watch.clone()));
    let Some(report) = unless_dropped(future, ordered).await else {
        let report = watch.report();
        let (counters, requests) = (report.counters(), report.requests());
        return Finish { counters, requests, outcomes: listed(&report), ..Finish::default() };
    };
    Finish {
        whole: true,
        counters: report.counters(),
        requests: report.requests(),
        source_failed: report.source_error().is_some(),
        stopped: report.stopped().is_some(),
        complete: report.is_complete(),
        outcomes: listed(&report),
        ..Finish::default()
    }
}

/// Streams the outcomes of the run, with a pause after each.
async fn consume<T, R>(
    run: SimRun<'_, T, R>,
    world: &World,
    number: usize,
    plan: &Plan,
    watch: Watch<T, R, Error>,
    pause: Duration,
) -> Finish
where
    T: SimItem,
    R: BulkReply,
    R::Key: MatchesKey<u32>,
{
    let mut finish = Finish::default();
    let mut outcomes = run.outcomes();
    let streamed = &mut finish.outcomes;
    let stream = async {
        while let Some(settled) = outcomes.next().await {
            world.note(Event::Given { run: number, index: settled.index });
            streamed.push(got::<T, R>(settled.index, &settled.item, &settled.outcome));
            if !pause.is_zero() {
                world.clock.sleep(pause).await;
            }
        }
    };
    let whole = unless_dropped(stream.boxed_local(), obey(world, number, plan, watch.clone())).await.is_some();
    if whole {
        let summary = outcomes.summary();
        finish.source_failed = summary.source_error().is_some();
        finish.stopped = summary.stopped().is_some();
        finish.complete = summary.is_complete();
    }
    drop(outcomes);
    (finish.whole, finish.counters, finish.requests) = (whole, watch.counters(), watch.requests());
    finish
}

/// Waits for the future, unless `dropped` ends with `true` before it.
async fn unless_dropped<F: Future>(future: F, dropped: impl Future<Output = bool>) -> Option<F::Output> {
    let future = Box::pin(future);
    match select(future, pin!(dropped)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right((true, _)) => None,
        Either::Right((false, future)) => Some(future.await),
    }
}

/// Stops or cancels the run when it is time. `true`: the run is dropped.
async fn obey<T: BulkItem, R: BulkReply>(world: &World, run: usize, plan: &Plan, watch: Watch<T, R, Error>) -> bool {
    let Some((after, order)) = plan.order else { return std::future::pending().await };
    world.clock.sleep(after).await;
    world.note(Event::Order { run, order });
    match order {
        Order::Stop => watch.stop(),
        Order::Cancel => watch.cancel(),
        Order::Drop => return true,
    }
    false
}

/// The outcomes of a report, each with the attempts that led to it.
fn listed<T: SimItem, R: BulkReply>(report: &Report<T, R, Error>) -> Vec<Got> {
    let got = |(index, (item, outcome)): (usize, (&T, &OutcomeOf<R, Error>))| Got {
        history: Some(report.attempts(index).cloned().collect()),
        ..got::<T, R>(index, item, outcome)
    };
    report.iter().enumerate().map(got).collect()
}

pub fn got<T: SimItem, R: BulkReply>(index: usize, item: &T, outcome: &OutcomeOf<R, Error>) -> Got {
    let (key, variant) = item.name();
    let mut got = Got {
        index,
        key,
        variant,
        kind: outcome.kind(),
        earlier: false,
        accepted: false,
        doubt: None,
        refusal: None,
        not_attempted: None,
        history: None,
    };
    match outcome {
        Outcome::Succeeded(success) => (got.earlier, got.accepted) = (success.earlier, success.accepted),
        Outcome::Failed(_) => {}
        Outcome::Refused(refusal) => got.refusal = Some((refusal.why, refusal.status)),
        Outcome::Unknown(doubt) => got.doubt = Some(doubt.kind),
        Outcome::NotAttempted(why) => got.not_attempted = Some(why.clone()),
    }
    got
}
