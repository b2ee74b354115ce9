//! Progress bars, where somebody looks on.

use std::io::{IsTerminal, Write};

use bulk_endpoint::{Counters, Event};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::work::Task;

/// The bars of all runs.
#[derive(Clone)]
pub(crate) struct Progress {
    bars: MultiProgress,
    /// Somebody looks on.
    seen: bool,
}

/// The bar of one run.
pub(crate) struct Bar(ProgressBar);

const TEMPLATE: &str = "{prefix:20} {bar:30} {pos:>6}/{len} {elapsed:>4} {msg}";

impl Progress {
    /// No bars at all where the output is no terminal.
    pub(crate) fn new() -> Self {
        let seen = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Progress { bars: MultiProgress::with_draw_target(target), seen }
    }

    pub(crate) fn bar(&self, task: Task, ids: usize) -> Bar {
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.bars.add(ProgressBar::new(ids as u64));
        Bar(bar.with_style(style).with_prefix(task.to_string()))
    }

    /// Writes a line to standard error, below the bars, which stay as they are from then on: Ctrl-C is echoed by the terminal, and where
    /// the cursor is after that is not known, so they could not be cleared.
    pub(crate) fn end_with(&self, line: &str) {
        self.bars.set_draw_target(ProgressDrawTarget::hidden());
        let start = if self.seen { "\n" } else { "" };
        let _ = writeln!(std::io::stderr(), "{start}{line}");
    }
}

impl Bar {
    /// Shows what happened.
    pub(crate) fn show(&mut self, event: &Event, counters: &Counters) {
        match event {
            Event::Waiting { wait, .. } => self.0.set_message(format!("waiting {:.1} s", wait.as_secs_f64())),
            Event::Sent { .. } => self.0.set_message(left(counters)),
            _ => {}
        }
        self.0.set_position(counters.settled() as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // The summary tells the rest.
        self.0.finish_and_clear();
    }
}

/// What did not succeed so far.
fn left(counters: &Counters) -> String {
    match counters.settled() - counters.succeeded {
        0 => String::new(),
        left => format!("{left} not succeeded"),
    }
}
