//! Progress of the runs: bars on a terminal, a line for each long wait elsewhere.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bulk_endpoint::{Counters, Event};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::terminal::warn;
use crate::work::Task;

/// The bars of all runs.
#[derive(Clone)]
pub(crate) struct Progress {
    bars: MultiProgress,
    /// The bars are on a terminal.
    visible: bool,
}

/// The bar of one run.
pub(crate) struct Bar {
    bar: ProgressBar,
    task: Task,
    visible: bool,
    /// It was reported that the run sends fewer requests at once.
    limited: bool,
    activity: Arc<Mutex<Activity>>,
}

const TEMPLATE: &str = "{prefix:20} {bar:20} {pos}/{len} {elapsed:>4} {activity}";

/// How often the bars are drawn: a wait is shown as it passes.
const TICK: Duration = Duration::from_millis(250);

/// The shortest wait that is reported where there are no bars.
const LONG_WAIT: Duration = Duration::from_secs(10);

impl Progress {
    /// Creates the bars. They are hidden if standard error is not a terminal.
    pub(crate) fn new() -> Self {
        let visible = std::io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Progress { bars: MultiProgress::with_draw_target(target), visible }
    }

    pub(crate) fn bar(&self, task: Task, ids: usize) -> Bar {
        let activity = Arc::new(Mutex::new(Activity::new()));
        let shown = activity.clone();
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let style = style.with_key("activity", move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{}", lock(&shown));
        });
        let bar = self.bars.add(ProgressBar::new(ids as u64)).with_style(style).with_prefix(task.to_string());
        bar.enable_steady_tick(TICK);
        Bar { bar, task, visible: self.visible, limited: false, activity }
    }

    /// Writes a line to standard error, below the bars, and stops updating them. The terminal echoes Ctrl-C, which moves the cursor, so the
    /// bars could not be cleared any more.
    pub(crate) fn end_with(&self, line: &str) {
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
        if let Some(wait) = waited.filter(|wait| !self.visible && *wait >= LONG_WAIT) {
            warn(format_args!("{}: waiting {} s for the server: {}", self.task, whole_seconds(wait), activity.why));
        }
        drop(activity);
        if let Event::Limited { requests, why, .. } = event
            && !std::mem::replace(&mut self.limited, true)
        {
            let line = format_args!("{}: sending {requests} requests at once, and no more: {why}", self.task);
            self.bar.suspend(|| warn(line));
        }
        self.bar.set_position(counters.settled() as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // The summary replaces the bar.
        self.bar.finish_and_clear();
    }
}

/// What a run does now. `Display` says it: what it waits for and how long it made no progress, or what did not succeed so far.
struct Activity {
    /// When the next request may leave, if the server makes the run wait.
    waits_until: Option<Instant>,
    /// What it waits for.
    why: String,
    /// Since when the run makes no progress.
    stalled_since: Instant,
    not_succeeded: usize,
}

impl Activity {
    fn new() -> Self {
        Activity { waits_until: None, why: String::new(), stalled_since: Instant::now(), not_succeeded: 0 }
    }

    /// Returns the wait that begins with this event, if one does.
    fn note(&mut self, event: &Event, counters: &Counters) -> Option<Duration> {
        let now = Instant::now();
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
        self.not_succeeded = counters.settled() - counters.succeeded;
        None
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.waits_until, self.not_succeeded) {
            (Some(until), _) => {
                let left = whole_seconds(until.saturating_duration_since(Instant::now()));
                write!(f, "waiting {left} s for the server")?;
                match self.stalled_since.elapsed().as_secs() {
                    0..3 => {}
                    stalled => write!(f, ", no progress for {stalled} s")?,
                }
                write!(f, ": {}", self.why)
            }
            (None, 0) => Ok(()),
            (None, count) => write!(f, "{count} not succeeded"),
        }
    }
}

/// The seconds that are left, rounded up.
fn whole_seconds(left: Duration) -> f64 {
    left.as_secs_f64().ceil()
}

fn lock(activity: &Mutex<Activity>) -> MutexGuard<'_, Activity> {
    activity.lock().unwrap_or_else(PoisonError::into_inner)
}
