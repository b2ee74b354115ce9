//! The trace of a simulated world, in order: the checkers read it, and a failure prints it.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::{Attempt, Counters, NotAttempted, OutcomeKind, RefusalKind, UncertaintyKind};

use crate::fault::Fault;
use crate::scenario::{Nature, Order, Plan, Scenario};

/// One request, as the server saw it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub run: usize,
    /// The request whose job it polls. A poll has no items of its own.
    pub asks: Option<usize>,
    pub at: Duration,
    /// Key and variant of its items, in the order of its body.
    pub items: Vec<(u32, u8)>,
    pub body: bytes::Bytes,
    /// The idempotency key of its batch.
    pub key: Option<String>,
    /// The number of its token.
    pub token: Option<usize>,
    pub fault: Fault,
    pub status: Option<u16>,
    /// What its end means for the whole request.
    pub class: Class,
    /// What its end means for each item.
    pub said: Vec<Said>,
    /// Whether the server applied each item.
    pub applied: Vec<bool>,
    /// The delay that its response asked for.
    pub told: Option<Duration>,
    /// Its response says that the server is overloaded.
    pub throttles: bool,
    /// The time until its end.
    pub takes: Duration,
    pub end: Option<End>,
    /// The job that its response names.
    pub job: Option<Job>,
    /// Its response has the result of the job that it polls.
    pub tells: bool,
    /// The items, of the polled job or its own, that its response reports as done while the job still runs.
    pub so_far: Vec<bool>,
}

impl Sent {
    /// Returns whether the run never saw its result.
    pub fn is_unheard(&self) -> bool {
        self.end.is_none_or(|end| end.dropped) || self.is_given_up()
    }

    /// Returns whether its job ended without a result.
    pub fn is_given_up(&self) -> bool {
        self.job.as_ref().is_some_and(|job| !job.told)
    }

    /// Returns what it means for the item at this slot.
    pub fn word(&self, slot: usize) -> Said {
        let heard = self.end.is_some_and(|end| !end.dropped);
        match &self.job {
            Some(job) if heard && !job.told && job.so_far[slot] => Said::Done,
            _ if self.is_unheard() => Said::Unsure,
            _ => self.said[slot],
        }
    }

    /// Returns whether a gateway responded in place of the host.
    pub fn is_from_gateway(&self) -> bool {
        matches!(self.status, Some(502 | 504)) && self.class == Class::Unsure
    }

    /// Returns when its items were no longer in flight.
    pub fn freed(&self) -> Option<Duration> {
        self.job.as_ref().map_or_else(|| self.end.map(|end| end.at), |job| job.freed)
    }
}

/// A job that a response named.
#[derive(Debug, Clone)]
pub struct Job {
    /// When the job has ended at the server.
    pub done_at: Duration,
    /// The run saw its result.
    pub told: bool,
    /// The items that a poll reported as done before the end.
    pub so_far: Vec<bool>,
    /// When the run saw its result, or abandoned it.
    pub freed: Option<Duration>,
}

/// When the run handled the end of a request.
#[derive(Debug, Clone, Copy)]
pub struct End {
    pub at: Duration,
    /// The index in the events.
    pub event: usize,
    /// The run dropped it before its end.
    pub dropped: bool,
}

/// The rows of the table of DESIGN, section 3, in one word each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Answered,
    /// 421 and 425 have a response, but the server did not process the request.
    NotSent,
    Unsure,
    Again,
    Stop,
    TooLarge,
    Isolate,
    Final,
}

/// What the end of a request means for one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Done,
    Failed,
    Already,
    RolledBack,
    HandedBack,
    Busy,
    Unsure,
    Refused,
    NotSent,
}

impl Said {
    /// Returns whether it is final for an item.
    pub fn settles(self) -> bool {
        matches!(self, Said::Done | Said::Failed | Said::Already)
    }
}

/// An outcome without its types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Got {
    pub index: usize,
    pub key: u32,
    pub variant: u8,
    pub kind: OutcomeKind,
    pub earlier: bool,
    pub accepted: bool,
    pub doubt: Option<UncertaintyKind>,
    pub refusal: Option<(RefusalKind, Option<u16>)>,
    pub not_attempted: Option<NotAttempted>,
    /// The attempts that the report lists; `None` for a streamed outcome.
    pub history: Option<Vec<Attempt>>,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Called,
    /// The queue has it.
    Accepted,
    /// Its caller waits no longer.
    GaveUp,
    Answered(Answer),
}

/// What a call returns.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Settled(Got),
    Closed { key: u32, variant: u8 },
    Full,
    Other(String),
}

/// What a batcher is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatcherOrder {
    Flush,
    Close(Duration),
}

/// An event of the simulated world.
#[derive(Debug, Clone)]
pub enum Event {
    Sent(usize),
    Ended(usize),
    /// The items of a request are no longer in flight: the request or its job has ended.
    Freed(usize),
    Waiting {
        run: usize,
        wait: Duration,
    },
    /// The shared throttle gave no answer.
    Away {
        run: usize,
        wait: Duration,
    },
    Settled {
        run: usize,
        index: usize,
        kind: OutcomeKind,
    },
    Stopped {
        run: usize,
        why: String,
    },
    Order {
        run: usize,
        order: Order,
    },
    Given {
        run: usize,
        index: usize,
    },
    /// The counters in an event of the run itself.
    Told {
        run: usize,
        counters: Counters,
    },
    /// The counters and requests, as a watch reads them.
    Watched {
        run: usize,
        counters: Counters,
        requests: usize,
    },
    Over {
        run: usize,
    },
    /// The fetch of a token starts.
    Fetch {
        token: usize,
    },
    Fetched {
        token: usize,
    },
    /// A step of a call to a batcher.
    Call {
        caller: usize,
        step: Step,
    },
    /// A batcher is told something.
    BatcherOrder {
        number: usize,
        order: BatcherOrder,
    },
    /// It has done it.
    BatcherObeyed {
        number: usize,
        order: BatcherOrder,
    },
    /// The driver of a batcher has ended.
    DriverOver,
}

/// How a run ended.
#[derive(Debug, Clone, Default)]
pub struct Finish {
    /// The run ended by itself.
    pub whole: bool,
    /// Its outcomes: all of a report, or those of the stream.
    pub outcomes: Vec<Got>,
    pub counters: Counters,
    pub requests: usize,
    pub source_failed: bool,
    pub stopped: bool,
    /// Its report says that all items succeeded.
    pub complete: bool,
    /// The number of items read from the source.
    pub read: usize,
}

/// The whole trace.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    pub sent: Vec<Sent>,
    pub events: Vec<(Duration, Event)>,
    pub finishes: Vec<Finish>,
    /// The number of polls of the executor.
    pub polls: usize,
    /// The total time by which the clock jumped ahead.
    pub jumped: Duration,
}

impl Trace {
    pub fn push(&mut self, at: Duration, event: Event) {
        self.events.push((at, event));
    }

    /// Returns the requests of a run, with their numbers.
    pub fn of(&self, run: usize) -> impl DoubleEndedIterator<Item = (usize, &Sent)> {
        self.sent.iter().enumerate().filter(move |(_, sent)| sent.run == run)
    }

    /// Returns the requests of a run without the polls of jobs.
    pub fn batches(&self, run: usize) -> impl DoubleEndedIterator<Item = (usize, &Sent)> {
        self.of(run).filter(|(_, sent)| sent.asks.is_none())
    }

    /// Notes that the items of a request are no longer in flight.
    pub fn free(&mut self, at: Duration, number: usize) {
        if let Some(job) = &mut self.sent[number].job {
            job.freed = Some(at);
        }
        self.push(at, Event::Freed(number));
    }

    /// Notes that a run abandons the unfinished jobs that `meets` selects.
    pub fn give_up(&mut self, at: Duration, run: usize, meets: impl Fn(&Sent) -> bool) {
        let open = |sent: &Sent| sent.job.as_ref().is_some_and(|job| job.freed.is_none()) && meets(sent);
        let given_up: Vec<usize> = self.of(run).filter(|(_, sent)| open(sent)).map(|(number, _)| number).collect();
        for number in given_up {
            self.free(at, number);
        }
    }

    /// Returns whether the server ever applied this variant of the item.
    pub fn applied(&self, plan: &Plan, (key, variant): (u32, u8)) -> bool {
        let before = plan.items.iter().find(|thing| thing.key == key && thing.nature == Nature::DoneBefore);
        let lines = self.sent.iter().flat_map(|sent| sent.items.iter().zip(&sent.applied));
        before.is_some_and(|thing| thing.variant == variant)
            || lines.into_iter().any(|(item, applied)| *applied && *item == (key, variant))
    }
}

pub type SharedTrace = Arc<Mutex<Trace>>;

/// Returns a scenario and its trace as readable text.
pub fn describe(scenario: &Scenario, trace: &Trace) -> String {
    let mut text = String::new();
    write(&mut text, scenario, trace).unwrap();
    text
}

fn write(f: &mut String, scenario: &Scenario, trace: &Trace) -> fmt::Result {
    writeln!(
        f,
        "timeout {:?}, budget {:?}, faults {}% until {}, latency {:?}, jumps {}, script {:?}",
        scenario.timeout,
        scenario.budget,
        scenario.fault_percent,
        scenario.faults_until,
        scenario.latency,
        scenario.jumps,
        scenario.script
    )?;
    writeln!(f, "shared throttle: {:?}", scenario.shared)?;
    for (run, plan) in scenario.runs.iter().enumerate() {
        writeln!(f, "run {run}: {plan:?}")?;
    }
    for (at, event) in &trace.events {
        let at = at.as_secs_f64();
        match event {
            Event::Sent(number) => {
                let sent = &trace.sent[*number];
                let asks = sent.asks.map_or_else(String::new, |job| format!(" for the job of #{job}"));
                let (run, items, fault) = (sent.run, &sent.items, sent.fault);
                writeln!(f, "{at:10.3} run {run} sends #{number}{asks} {items:?} meets {fault:?}")?;
            }
            Event::Ended(number) => {
                let Sent { run, status, class, said, applied, told, end, .. } = &trace.sent[*number];
                let dropped = if end.is_some_and(|end| end.dropped) { " DROPPED" } else { "" };
                writeln!(
                    f,
                    "{at:10.3} run {run} ends  #{number}{dropped} {status:?} {class:?} {said:?} applied {applied:?} told {told:?}"
                )?;
            }
            Event::Freed(number) if trace.sent[*number].job.is_none() => {}
            Event::Freed(number) => writeln!(f, "{at:10.3} job of #{number} {:?}", trace.sent[*number].job)?,
            Event::Told { .. } | Event::Given { .. } => {}
            event => writeln!(f, "{at:10.3} {event:?}")?,
        }
    }
    for (run, finish) in trace.finishes.iter().enumerate() {
        writeln!(f, "run {run} whole {} read {} {:?}", finish.whole, finish.read, finish.counters)?;
        for got in &finish.outcomes {
            writeln!(f, "    {got:?}")?;
        }
    }
    Ok(())
}
