//! Virtual time, and the executor that runs tasks in it: one thread, with an order of wake-ups generated from the seed.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bulk_endpoint::Clock;

/// The clock of a simulated world. It moves only when no task is ready.
#[derive(Clone, Default)]
pub struct SimClock(Arc<Mutex<Timers>>);

#[derive(Default)]
struct Timers {
    now: Duration,
    next_id: u64,
    waiting: BTreeMap<(Duration, u64), Waker>,
}

impl SimClock {
    pub fn sleep(&self, wait: Duration) -> Sleep {
        Sleep { clock: self.clone(), at: self.now().saturating_add(wait), entry: None }
    }

    /// Moves to the next time that a task waits for, and `beyond` past it. `false`: no task waits.
    pub fn advance(&self, beyond: Duration) -> bool {
        let mut timers = self.0.lock().unwrap();
        let Some(((next, _), _)) = timers.waiting.first_key_value() else { return false };
        timers.now = timers.now.max(next.saturating_add(beyond));
        let later = (timers.now, u64::MAX);
        let rest = timers.waiting.split_off(&later);
        let due = std::mem::replace(&mut timers.waiting, rest);
        drop(timers);
        due.into_values().for_each(Waker::wake);
        true
    }
}

impl Clock for SimClock {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().now
    }

    fn sleep_until(&self, at: Duration) -> futures_util::future::BoxFuture<'static, ()> {
        Box::pin(Sleep { clock: self.clone(), at, entry: None })
    }
}

/// A future that ends at a given time.
pub struct Sleep {
    clock: SimClock,
    at: Duration,
    entry: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut timers = clock.0.lock().unwrap();
        if timers.now >= self.at {
            return Poll::Ready(());
        }
        let id = *self.entry.get_or_insert_with(|| {
            timers.next_id += 1;
            timers.next_id
        });
        timers.waiting.insert((self.at, id), cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.entry {
            self.clock.0.lock().unwrap().waiting.remove(&(self.at, id));
        }
    }
}

type Task<'t> = Pin<Box<dyn Future<Output = ()> + 't>>;

/// Runs tasks until all have ended.
pub struct Executor<'t> {
    clock: SimClock,
    tasks: Vec<Option<Task<'t>>>,
    ready: Arc<Mutex<Vec<usize>>>,
}

/// Why tasks did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// No task is ready, and none waits for a time.
    Deadlock,
    /// More polls than any correct run needs.
    BusyLoop,
}

struct Ready {
    task: usize,
    ready: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap();
        if !ready.contains(&self.task) {
            ready.push(self.task);
        }
    }
}

impl<'t> Executor<'t> {
    pub fn new(clock: SimClock) -> Self {
        Executor { clock, tasks: Vec::new(), ready: Arc::default() }
    }

    pub fn spawn(&mut self, task: impl Future<Output = ()> + 't) {
        self.ready.lock().unwrap().push(self.tasks.len());
        self.tasks.push(Some(Box::pin(task)));
    }

    /// Runs all tasks. `jump` returns how far the clock overshoots when it moves; `after` is called after every poll. Returns the number of
    /// polls.
    pub fn run(
        mut self,
        rng: &mut fastrand::Rng,
        most_polls: usize,
        mut jump: impl FnMut() -> Duration,
        mut after: impl FnMut(),
    ) -> Result<usize, Stuck> {
        let mut polls = 0;
        let mut left = self.tasks.len();
        while left > 0 {
            let next = {
                let mut ready = self.ready.lock().unwrap();
                // A spurious wake-up must change nothing.
                if !ready.is_empty() && rng.u8(..32) == 0 {
                    let extra = rng.usize(..self.tasks.len());
                    if !ready.contains(&extra) {
                        ready.push(extra);
                    }
                }
                let count = ready.len();
                (count > 0).then(|| ready.swap_remove(rng.usize(..count)))
            };
            let Some(task) = next else {
                if !self.clock.advance(jump()) {
                    return Err(Stuck::Deadlock);
                }
                continue;
            };
            polls += 1;
            if polls > most_polls {
                return Err(Stuck::BusyLoop);
            }
            let waker = Waker::from(Arc::new(Ready { task, ready: self.ready.clone() }));
            let Some(future) = &mut self.tasks[task] else { continue };
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                self.tasks[task] = None;
                left -= 1;
            }
            after();
        }
        Ok(polls)
    }
}
