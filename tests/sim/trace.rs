//! What happened in a simulated world, in order: what the checkers read, and what a failure shows.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bulk_endpoint::{Attempt, Counters, UncertaintyKind, NotAttempted, OutcomeKind, RefusalKind};

use crate::fault::Fault;
use crate::scenario::{Nature, Order, Plan, Scenario};

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub run: usize,
    /// The request whose job it asks for: it has no items of its own.
    pub asks: Option<usize>,
    pub at: Duration,
    /// Key and variant of its items, in the order of its body.
    pub items: Vec<(u32, u8)>,
    pub body: bytes::Bytes,
    /// The key of its batch.
    pub key: Option<String>,
    /// The number of its token.
    pub token: Option<usize>,
    pub fault: Fault,
    pub status: Option<u16>,
    /// What its end says of it as a whole.
    pub class: Class,
    /// What its end says of each item.
    pub said: Vec<Said>,
    /// Whether the server acted on each item.
    pub applied: Vec<bool>,
    /// The wait that its response asked for.
    pub told: Option<Duration>,
    /// Its response says that the server has too much to do.
    pub throttles: bool,
    /// How long its end takes.
    pub takes: Duration,
    pub end: Option<End>,
    /// The job that it is answered with.
    pub job: Option<Job>,
    /// Its response says what the job did that it asks for.
    pub tells: bool,
    /// Of which items of the job, or of its own, its response says that they are done, while the job is under way.
    pub so_far: Vec<bool>,
}

impl Sent {
    /// What it came to was not heard.
    pub fn is_unheard(&self) -> bool {
        self.end.is_none_or(|end| end.dropped) || self.is_given_up()
    }

    /// Its job did not tell.
    pub fn is_given_up(&self) -> bool {
        self.job.as_ref().is_some_and(|job| !job.told)
    }

    /// What it said of the item at this slot.
    pub fn word(&self, slot: usize) -> Said {
        let heard = self.end.is_some_and(|end| !end.dropped);
        match &self.job {
            Some(job) if heard && !job.told && job.so_far[slot] => Said::Done,
            _ if self.is_unheard() => Said::Unsure,
            _ => self.said[slot],
        }
    }

    /// When its items were no longer under way.
    pub fn freed(&self) -> Option<Duration> {
        self.job.as_ref().map_or_else(|| self.end.map(|end| end.at), |job| job.freed)
    }
}

/// What a response put off.
#[derive(Debug, Clone)]
pub struct Job {
    /// When it has done what it does.
    pub done_at: Duration,
    /// It was heard of that.
    pub told: bool,
    /// The items of which it was heard on the way that they are done.
    pub so_far: Vec<bool>,
    /// When it was heard, or given up.
    pub freed: Option<Duration>,
}

/// When the run took in the end of a request.
#[derive(Debug, Clone, Copy)]
pub struct End {
    pub at: Duration,
    /// The place in the events.
    pub event: usize,
    /// The run gave it up before its end.
    pub dropped: bool,
}

/// DESIGN, section 3, in one word each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Answered,
    /// 421 and 425 have a response, though the server did not look at the request.
    NotSent,
    Unsure,
    Again,
    Stop,
    TooLarge,
    Isolate,
    Final,
}

/// What the end of a request says of one item.
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
    /// Whether it is the last word on an item. `isolates`: of an endpoint that sends on what was rolled back.
    pub fn settles(self, isolates: bool) -> bool {
        matches!(self, Said::Done | Said::Failed | Said::Already) || (self == Said::RolledBack && !isolates)
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
    /// The attempts that the report names; `None` of an outcome that was streamed.
    pub history: Option<Vec<Attempt>>,
}

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    Sent(usize),
    Ended(usize),
    /// The items of a request are no longer under way: it has ended, or its job.
    Freed(usize),
    Waiting {
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
    /// The counters at an event of the run itself.
    Told {
        run: usize,
        counters: Counters,
    },
    /// The counters and requests as somebody who watches reads them.
    Watched {
        run: usize,
        counters: Counters,
        requests: usize,
    },
    Over {
        run: usize,
    },
    /// A token is to be fetched.
    Fetch {
        token: usize,
    },
    Fetched {
        token: usize,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Default)]
pub struct Finish {
    /// The run came to its end by itself.
    pub whole: bool,
    /// Its outcomes: all of a report, or those that the stream gave.
    pub outcomes: Vec<Got>,
    pub counters: Counters,
    pub requests: usize,
    pub source_failed: bool,
    pub stopped: bool,
    /// Its report says that all is done.
    pub complete: bool,
    /// How many items were read from the source.
    pub read: usize,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    pub sent: Vec<Sent>,
    pub events: Vec<(Duration, Event)>,
    pub finishes: Vec<Finish>,
    /// The executor's polls.
    pub polls: usize,
    /// How far the clock jumped, in all.
    pub jumped: Duration,
}

impl Trace {
    pub fn push(&mut self, at: Duration, event: Event) {
        self.events.push((at, event));
    }

    /// The requests of a run, with their numbers.
    pub fn of(&self, run: usize) -> impl DoubleEndedIterator<Item = (usize, &Sent)> {
        self.sent.iter().enumerate().filter(move |(_, sent)| sent.run == run)
    }

    /// The same without those that ask for a job.
    pub fn batches(&self, run: usize) -> impl DoubleEndedIterator<Item = (usize, &Sent)> {
        self.of(run).filter(|(_, sent)| sent.asks.is_none())
    }

    /// The items of a request are no longer under way.
    pub fn free(&mut self, at: Duration, number: usize) {
        if let Some(job) = &mut self.sent[number].job {
            job.freed = Some(at);
        }
        self.push(at, Event::Freed(number));
    }

    /// Of the jobs of a run that have not told, those that meet this are given up.
    pub fn give_up(&mut self, at: Duration, run: usize, meets: impl Fn(&Sent) -> bool) {
        let open = |sent: &Sent| sent.job.as_ref().is_some_and(|job| job.freed.is_none()) && meets(sent);
        let given_up: Vec<usize> = self.of(run).filter(|(_, sent)| open(sent)).map(|(number, _)| number).collect();
        for number in given_up {
            self.free(at, number);
        }
    }

    /// Whether the server ever did this to the item with this key.
    pub fn applied(&self, plan: &Plan, (key, variant): (u32, u8)) -> bool {
        let before = plan.items.iter().find(|thing| thing.key == key && thing.nature == Nature::DoneBefore);
        let lines = self.sent.iter().flat_map(|sent| sent.items.iter().zip(&sent.applied));
        before.is_some_and(|thing| thing.variant == variant)
            || lines.into_iter().any(|(item, applied)| *applied && *item == (key, variant))
    }
}

pub type SharedTrace = Arc<Mutex<Trace>>;

/// A scenario and its trace, readable.
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
