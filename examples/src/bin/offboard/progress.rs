//! Progress bars, on a terminal.

use std::io::{IsTerminal, Write};

use bulk_endpoint::{Counters, Event};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::work::Task;

/// The bars of all runs.
#[derive(Clone)]
pub(crate) struct Progress {
    bars: MultiProgress,
    /// The bars are on a terminal.
    visible: bool,
}

/// The bar of one run.
pub(crate) struct Bar(ProgressBar);

const TEMPLATE: &str = "{prefix:20} {bar:30} {pos:>6}/{len} {elapsed:>4} {msg}";

impl Progress {
    /// Creates the bars. They are hidden if the output is not a terminal.
    pub(crate) fn new() -> Self {
        let visible = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Progress { bars: MultiProgress::with_draw_target(target), visible }
    }

    pub(crate) fn bar(&self, task: Task, ids: usize) -> Bar {
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.bars.add(ProgressBar::new(ids as u64));
        Bar(bar.with_style(style).with_prefix(task.to_string()))
    }

    /// Writes a line to standard error, below the bars, and stops updating them. The terminal echoes Ctrl-C, which moves the cursor, so the
    /// bars could not be cleared any more.
    pub(crate) fn end_with(&self, line: &str) {
        self.bars.set_draw_target(ProgressDrawTarget::hidden());
        let start = if self.visible { "\n" } else { "" };
        let _ = writeln!(std::io::stderr(), "{start}{line}");
    }
}

impl Bar {
    /// Updates the bar.
    pub(crate) fn show(&mut self, event: &Event, counters: &Counters) {
        match event {
            Event::Waiting { wait, .. } => self.0.set_message(format!("waiting {:.1} s", wait.as_secs_f64())),
            Event::Sent { .. } => self.0.set_message(not_succeeded(counters)),
            _ => {}
        }
        self.0.set_position(counters.settled() as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        // The summary replaces the bar.
        self.0.finish_and_clear();
    }
}

/// The number of ids that did not succeed so far.
fn not_succeeded(counters: &Counters) -> String {
    match counters.settled() - counters.succeeded {
        0 => String::new(),
        count => format!("{count} not succeeded"),
    }
}
