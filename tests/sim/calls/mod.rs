//! Single calls of many tasks through a batcher, over the same server: some callers give up, and the batcher is flushed, closed or dropped.

mod check;
mod scenario;

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use bulk_endpoint::__private::{bind, finish};
use bulk_endpoint::batcher::{Batcher, BatcherRun, Call, CallError, TrySendError};
use bulk_endpoint::reply::MatchesKey;
use bulk_endpoint::{Bulk, BulkReply, Client, Clock, Endpoint, RetryBudget, Settled, Verified};
use futures_util::future::{Either, select};

pub use check::check;
pub use scenario::{Caller, Calls};

use crate::scenario::{Plan, Shape};
use crate::server::Server;
use crate::simulate::{self, REFILL, SimItem, by_shape};
use crate::time::{Executor, SimClock, Stuck};
use crate::trace::{Answer, BatcherOrder, Event, SharedTrace, Step, Trace};
use crate::types::{Element, Error, FailuresOnly, Job, Lists, Patch, Placed};

/// What all tasks of a simulation share.
#[derive(Clone)]
struct World {
    clock: SimClock,
    trace: SharedTrace,
}

impl World {
    fn note(&self, event: Event) {
        self.trace.lock().unwrap().push(self.clock.now(), event);
    }

    fn note_call(&self, caller: usize, step: Step) {
        self.note(Event::Call { caller, step });
    }
}

/// Runs a scenario to its end. `Err`: it does not end.
pub fn simulate(calls: &Calls) -> (Trace, Result<(), Stuck>) {
    let world = World { clock: SimClock::default(), trace: SharedTrace::default() };
    let budget = calls.base.budget.map_or_else(RetryBudget::unlimited, |tokens| RetryBudget::new(tokens, REFILL));
    let client = Client::builder("http://sim.example")
        .transport(Server::new(&calls.base, world.clock.clone(), world.trace.clone()))
        .clock(world.clock.clone())
        .timeout(calls.base.timeout)
        .retry_budget(budget)
        .build()
        .unwrap();
    let mut executor = Executor::new(world.clock.clone());
    let plan = calls.plan();
    by_shape!(plan, spawn(&world, calls, &client, &mut executor));
    let mut rng = fastrand::Rng::with_seed(calls.base.seed ^ 0xca11);
    let mut jumps = rng.fork();
    let jump = || match calls.base.jumps && jumps.u8(..8) == 0 {
        true => Duration::from_millis(jumps.u64(..120_000)),
        false => Duration::ZERO,
    };
    let ended = executor.run(&mut rng, 5_000 + 200 * calls.callers.len(), jump, || {});
    let mut trace = std::mem::take(&mut *world.trace.lock().unwrap());
    trace.polls = ended.unwrap_or(0);
    (trace, ended.map(drop))
}

/// Puts the driver, the callers and the orders into tasks of their own.
fn spawn<'t, T, R>(world: &World, calls: &'t Calls, client: &Client, executor: &mut Executor<'t>)
where
    T: SimItem,
    R: BulkReply,
    R::Key: MatchesKey<u32>,
{
    let plan = calls.plan();
    let endpoint = Endpoint::<Bulk<T, R, Error>>::new(simulate::spec(plan));
    let bulk = finish::<Bulk<T, R, Error>>(bind(client, endpoint).path("run", &0));
    let (seed, linger, plan, of_run) = (calls.base.seed, calls.linger, plan.clone(), world.clone());
    let builder = bulk.batcher().capacity(calls.capacity);
    let (batcher, driver) =
        builder.options(move |run| configure(run, &plan, &of_run).seed(seed).linger(linger)).build();
    let (of_driver, drops_at) = (world.clone(), calls.drops_at);
    executor.spawn(async move {
        match drops_at {
            None => driver.await.unwrap(),
            Some(at) => match select(driver, pin!(of_driver.clock.sleep(at))).await {
                Either::Left((ended, _)) => ended.unwrap(),
                Either::Right(((), driver)) => drop(driver),
            },
        }
        of_driver.note(Event::DriverOver);
    });
    for (number, caller) in calls.callers.iter().enumerate() {
        executor.spawn(call::<T, R>(
            world.clone(),
            batcher.clone(),
            number,
            *caller,
            T::of(&calls.plan().items[number]),
        ));
    }
    for (number, (at, order)) in calls.orders.iter().enumerate() {
        let (world, batcher) = (world.clone(), batcher.clone());
        executor.spawn(async move {
            world.clock.sleep(*at).await;
            world.note(Event::BatcherOrder { number, order: *order });
            match order {
                BatcherOrder::Flush => batcher.flush().await,
                BatcherOrder::Close(timeout) => batcher.close(*timeout).await,
            }
            world.note(Event::BatcherObeyed { number, order: *order });
        });
    }
}

fn configure<T, R>(run: BatcherRun<T, R, Error>, plan: &Plan, world: &World) -> BatcherRun<T, R, Error>
where
    T: SimItem,
    R: BulkReply,
{
    let run = run.concurrency(plan.concurrency).max_attempts(plan.attempts).patience(plan.patience);
    let events = world.clone();
    let run = run.on_duplicate(plan.on_duplicate).on_event(move |event, _| {
        if let bulk_endpoint::Event::Waiting { wait, .. } = event {
            events.note(Event::Waiting { run: 0, wait: *wait });
        }
    });
    let Some(takes) = plan.verify else { return run };
    let (world, plan) = (world.clone(), plan.clone());
    run.verify(move |items| {
        let (sleep, trace, plan) = (world.clock.sleep(takes), world.trace.clone(), plan.clone());
        async move {
            sleep.await;
            let trace = trace.lock().unwrap();
            let truth = |name| if trace.applied(&plan, name) { Verified::Applied } else { Verified::NotApplied };
            Ok::<_, Infallible>(items.iter().map(|item| (item.name().0, truth(item.name()))).collect::<Vec<_>>())
        }
    })
}

/// One caller: it calls once, and waits as long as it likes.
async fn call<T, R>(world: World, batcher: Batcher<T, R, Error>, number: usize, caller: Caller, item: T)
where
    T: SimItem,
    R: BulkReply,
{
    world.clock.sleep(caller.at).await;
    world.note_call(number, Step::Called);
    let calling = async {
        let call = match caller.tries {
            true => match batcher.try_send(item) {
                Ok(call) => call,
                Err(TrySendError::Full(_)) => return Answer::Full,
                Err(TrySendError::Closed(item)) => return closed(&item),
                Err(other) => return Answer::Other(other.to_string()),
            },
            false => match batcher.submit(item).await {
                Ok(call) => call,
                Err(error) => return answer::<T, R>(Err(error)),
            },
        };
        world.note_call(number, Step::Accepted);
        wait(call).await
    };
    let answer = match caller.gives_up {
        None => Some(calling.await),
        Some(after) => match select(pin!(calling), pin!(world.clock.sleep(after))).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        },
    };
    world.note_call(number, answer.map_or(Step::GaveUp, Step::Answered));
}

async fn wait<T: SimItem, R: BulkReply>(call: Call<T, R, Error>) -> Answer {
    answer(call.await)
}

fn answer<T: SimItem, R: BulkReply>(result: Result<Settled<T, R, Error>, CallError<T>>) -> Answer {
    match result {
        Ok(settled) => Answer::Settled(simulate::got::<T, R>(settled.index, &settled.item, &settled.outcome)),
        Err(CallError::Closed(item)) => closed(&item),
        Err(other) => Answer::Other(other.to_string()),
    }
}

fn closed<T: SimItem>(item: &T) -> Answer {
    let (key, variant) = item.name();
    Answer::Closed { key, variant }
}
