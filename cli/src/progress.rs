//! Progress of the runs: bars on a terminal, lines elsewhere, or events.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bulk_endpoint::{Counters, Event, OutcomeKind};
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::{Value, json};

use crate::events::emit;
use crate::lock::lock;
use crate::quota::{Quota, time_left};
use crate::task::Task;
use crate::terminal::warn;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    /// Bars on a terminal; elsewhere a line a minute, and one for each long wait.
    Text,
    /// JSON events on standard output.
    Events,
    /// Not at all.
    Quiet,
}

/// The bars of all runs.
#[derive(Debug, Clone)]
pub struct Progress {
    bars: MultiProgress,
    display: Display,
    /// The bars are on a terminal.
    visible: bool,
}

/// The bar of one run.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
    task: Task,
    total: usize,
    /// When the last line, or the last event with counts, was written.
    said: Instant,
    display: Display,
    visible: bool,
    /// It was reported that the run sends fewer requests at once.
    limited: bool,
    activity: Arc<Mutex<Activity>>,
}

const TEMPLATE: &str = "{prefix:20} {bar:20} {pos}/{len} {rate} {elapsed:>4} {left}{activity}";

/// How often the bars are drawn: a wait is shown as it passes.
const TICK: Duration = Duration::from_millis(250);

/// The shortest wait that is reported where there are no bars.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// How often a line is written where there are no bars, and an event with the counts.
const LINES: Duration = Duration::from_secs(60);
const COUNTS: Duration = Duration::from_secs(1);

impl Progress {
    /// Creates the bars. They are hidden if standard error is not a terminal.
    pub fn new(display: Display) -> Self {
        let visible = display == Display::Text && std::io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Progress { bars: MultiProgress::with_draw_target(target), display, visible }
    }

    /// The bar of a run of this many items, of which earlier commands settled some.
    pub(crate) fn bar(&self, task: &Task, items: usize, earlier: usize, quota: Option<Quota>) -> Bar {
        let pace = Pace { items, earlier, began: Instant::now(), quota };
        let activity = Arc::new(Mutex::new(Activity::new(pace)));
        let [shown, rated, timed] = [(); 3].map(|()| activity.clone());
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style.with_key("activity", move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{}", lock(&shown));
        });
        let style = style.with_key("rate", move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{:.0}/s", lock(&rated).pace.per_second(state.pos() as usize));
        });
        let style = style.with_key("left", move |state: &ProgressState, out: &mut dyn fmt::Write| {
            if let Some(left) = lock(&timed).pace.left(state.pos() as usize) {
                let _ = write!(out, "about {} left ", HumanDuration(left));
            }
        });
        let bar = self.bars.add(ProgressBar::new(items as u64)).with_style(style).with_prefix(task.to_string());
        bar.enable_steady_tick(TICK);
        let (said, display) = (Instant::now(), self.display);
        let (task, visible) = (task.clone(), self.visible);
        Bar { bar, task, total: items, said, display, visible, limited: false, activity }
    }

    /// Writes a line to standard error, below the bars, and stops updating them. The terminal echoes Ctrl-C, which moves the cursor, so the
    /// bars could not be cleared any more.
    pub(crate) fn end_with(&self, line: &str) {
        if self.display == Display::Events {
            return emit("stopping", json!({ "message": line }));
        }
        self.bars.set_draw_target(ProgressDrawTarget::hidden());
        if self.visible {
            let _ = writeln!(std::io::stderr());
        }
        warn(line);
    }
}

impl Bar {
    /// Updates the bar.
    pub(crate) fn show(&mut self, event: &Event, counters: &Counters) {
        let mut activity = lock(&self.activity);
        let waited = activity.note(event, counters);
        if let Some(wait) = waited {
            let (task, seconds, why) = (&self.task, whole_seconds(wait), &activity.why);
            match self.display {
                Display::Text if !self.visible && wait >= LONG_WAIT => {
                    warn(format_args!("{task}: waiting {seconds} s for the server: {why}"));
                }
                Display::Events => emit("waiting", json!({ "seconds": wait.as_secs_f64(), "why": why })),
                Display::Text | Display::Quiet => {}
            }
        }
        drop(activity);
        if let Event::Limited { requests, why, .. } = event
            && !std::mem::replace(&mut self.limited, true)
        {
            let line = format_args!("{}: limited to {requests} requests in flight: {why}", self.task);
            match self.display {
                Display::Text => self.bar.suspend(|| warn(line)),
                Display::Events => emit("limited", json!({ "requests": requests, "why": why })),
                Display::Quiet => {}
            }
        }
        self.bar.set_position(counters.settled() as u64);
        self.say_counts(counters);
    }

    /// Writes the counts now and then, where there are no bars.
    fn say_counts(&mut self, counters: &Counters) {
        let every = match self.display {
            Display::Text if !self.visible => LINES,
            Display::Events => COUNTS,
            Display::Text | Display::Quiet => return,
        };
        if self.said.elapsed() < every {
            return;
        }
        self.said = Instant::now();
        match self.display {
            Display::Events => emit("progress", self.event(counters)),
            Display::Text | Display::Quiet => warn(self.line(counters)),
        }
    }

    /// The rate, and the time that is left.
    fn pace(&self, counters: &Counters) -> (f64, Option<Duration>) {
        let (activity, settled) = (lock(&self.activity), counters.settled());
        (activity.pace.per_second(settled), activity.pace.left(settled))
    }

    /// The counts, the rate and the time that is left, for an event.
    fn event(&self, counters: &Counters) -> Value {
        let (rate, left) = self.pace(counters);
        let mut event = counts(self.total, counters);
        event["per_second"] = json!(rate);
        event["seconds_left"] = json!(left.map(whole_seconds));
        event
    }

    /// The counts, the rate and the time that is left, in words.
    fn line(&self, counters: &Counters) -> String {
        let (settled, total) = (counters.settled(), self.total);
        let (rate, left) = self.pace(counters);
        let left = left.map(|left| format!(", about {} left", HumanDuration(left))).unwrap_or_default();
        let others = not_succeeded(counters);
        let others = if others.is_empty() { others } else { format!(" ({others})") };
        format!("{}: {settled} of {total} settled{others}, {rate:.0}/s{left}", self.task)
    }
}

/// The number of items per outcome, for an event.
pub(crate) fn counts(total: usize, counters: &Counters) -> Value {
    let mut counts = json!({ "items": total, "settled": counters.settled() });
    for kind in OutcomeKind::ALL {
        counts[kind.as_str()] = counters.of(kind).into();
    }
    counts
}

/// What did not succeed, by outcome: `3 failed, 1 unknown`.
fn not_succeeded(counters: &Counters) -> String {
    let kinds = OutcomeKind::ALL.into_iter().filter(|kind| *kind != OutcomeKind::Succeeded && counters.of(*kind) > 0);
    let parts: Vec<String> =
        kinds.map(|kind| format!("{} {}", counters.of(kind), kind.as_str().replace('_', " "))).collect();
    parts.join(", ")
}

impl Drop for Bar {
    fn drop(&mut self) {
        // The summary replaces the bar.
        self.bar.finish_and_clear();
    }
}

/// How fast a command settles items.
#[derive(Debug)]
struct Pace {
    items: usize,
    /// How many of them earlier commands settled. They come again at once, which says nothing about the others.
    earlier: usize,
    /// When the first of the others was sent.
    began: Instant,
    quota: Option<Quota>,
}

impl Pace {
    fn note(&mut self, settled: usize) {
        if settled < self.earlier {
            self.began = Instant::now();
        }
    }

    fn per_second(&self, settled: usize) -> f64 {
        let seconds = self.began.elapsed().as_secs_f64().max(1e-3);
        settled.saturating_sub(self.earlier) as f64 / seconds
    }

    /// The time that is left; `None` if nothing is known yet.
    fn left(&self, settled: usize) -> Option<Duration> {
        let items = self.items.saturating_sub(settled);
        // Before the first item has settled, the rate says nothing, and the quotient is no time.
        let observed = Duration::try_from_secs_f64(items as f64 / self.per_second(settled));
        time_left(self.quota, items, observed.ok())
    }
}

/// What a run does now. `Display` says it: what it waits for and how long it made no progress, or what did not succeed so far.
#[derive(Debug)]
struct Activity {
    /// When the next request may leave, if the server makes the run wait.
    waits_until: Option<Instant>,
    /// What it waits for.
    why: String,
    /// Since when the run makes no progress.
    stalled_since: Instant,
    not_succeeded: String,
    pace: Pace,
}

impl Activity {
    fn new(pace: Pace) -> Self {
        let (stalled_since, not_succeeded) = (Instant::now(), String::new());
        Activity { waits_until: None, why: String::new(), stalled_since, not_succeeded, pace }
    }

    /// Returns the wait that begins with this event, if one does.
    fn note(&mut self, event: &Event, counters: &Counters) -> Option<Duration> {
        let now = Instant::now();
        self.pace.note(counters.settled());
        match event {
            Event::Waiting { wait, stalled, why, .. } => {
                self.stalled_since = now.checked_sub(*stalled).unwrap_or(now);
                self.why.clone_from(why);
                let begins = self.waits_until.is_none_or(|until| until <= now);
                self.waits_until = now.checked_add(*wait);
                return Some(*wait).filter(|_| begins);
            }
            Event::Ended { status: Some(200..=299), .. } => self.waits_until = None,
            _ => {}
        }
        self.not_succeeded = not_succeeded(counters);
        None
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.waits_until {
            Some(until) => {
                let left = whole_seconds(until.saturating_duration_since(Instant::now()));
                write!(f, "waiting {left} s for the server")?;
                match self.stalled_since.elapsed().as_secs() {
                    0..3 => {}
                    stalled => write!(f, ", no progress for {stalled} s")?,
                }
                write!(f, ": {}", self.why)
            }
            None => f.write_str(&self.not_succeeded),
        }
    }
}

/// The seconds that are left, rounded up.
fn whole_seconds(left: Duration) -> f64 {
    left.as_secs_f64().ceil()
}

#[cfg(test)]
mod tests {
    use bulk_endpoint::{Bulk, Client, bulk_api};

    use super::*;
    use crate::dry_run;

    #[bulk_api]
    trait Mails {
        #[post("/mails/delete")]
        #[bulk_endpoint(max = 10, partial = false, rate = "100/10s")]
        fn delete(&self) -> Bulk<u64>;
    }

    #[test]
    fn a_run_and_a_dry_run_tell_the_time_under_the_quota() {
        let spec = MailsClient::DELETE.spec();
        let mails = MailsClient::new(Client::builder("http://127.0.0.1:1").build().unwrap());
        let (count, mut requests) = (60_010, 0);
        let plan = mails.delete().plan_each(0..count as u64, |_| requests += 1);
        let text = dry_run::describe(&(plan, requests), count, spec);
        assert!(text.contains("in 6001 requests.\nUnder the quota, that takes at least 10 minutes."), "{text}");

        let task = Task::new("post", "delete");
        let bar = Progress::new(Display::Quiet).bar(&task, count, 0, Quota::of(spec));
        let mut counters = Counters::default();
        (counters.accepted, counters.succeeded) = (count, 10);
        // The first response came at once. At its rate, the others would, too.
        let line = bar.line(&counters);
        assert!(line.starts_with("post delete: 10 of 60010 settled, "), "{line}");
        assert!(line.ends_with("/s, about 10 minutes left"), "{line}");
        let event = bar.event(&counters);
        assert_eq!((&event["settled"], &event["seconds_left"]), (&10.into(), &590.0.into()), "{event}");
    }

    #[test]
    fn what_earlier_commands_settled_says_nothing_about_the_rate() {
        let began = Instant::now().checked_sub(Duration::from_secs(1_000)).unwrap();
        let mut pace = Pace { items: 2_000, earlier: 1_000, began, quota: None };
        assert_eq!([0, 1_000, 2_000].map(|settled| pace.left(settled)), [None; 3]);
        let left = pace.left(1_100).unwrap().as_secs();
        assert!((9_000..9_100).contains(&left), "100 in 1000 s, and 900 are left: {left}");
        pace.note(1_100);
        assert_eq!(pace.began, began);
        pace.note(999);
        assert!(
            pace.left(1_100).unwrap() < Duration::from_secs(900),
            "the time of those of earlier commands does not count"
        );
    }
}
