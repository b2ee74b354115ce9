//! The summary: one line for each run.

use std::fmt;

use bulk_endpoint::OutcomeKind;

use crate::work::Done;

/// The summary of runs, one line for each.
#[derive(Debug)]
pub(crate) struct Table<'a>(pub(crate) &'a [Done]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![header()];
        lines.extend(self.0.iter().map(line));
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            for (column, (text, width)) in line.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, "{text:width$}")?,
                    1 => write!(f, "  {text:width$}")?,
                    _ => write!(f, "  {text:>width$}")?,
                }
            }
        }
        Ok(())
    }
}

fn header() -> Vec<String> {
    let outcomes = OutcomeKind::ALL.iter().map(|kind| kind.as_str().replace('_', " "));
    let before = ["provider", "operation", "items"].map(String::from).into_iter();
    before.chain(outcomes).chain(["requests", "seconds"].map(String::from)).collect()
}

fn line(done: &Done) -> Vec<String> {
    let outcomes = OutcomeKind::ALL.iter().map(|kind| done.counters.of(*kind).to_string());
    let before = [done.task.provider.to_string(), done.task.operation.to_string(), done.counters.accepted.to_string()];
    let after = [done.requests.to_string(), format!("{:.1}", done.elapsed.as_secs_f64())];
    before.into_iter().chain(outcomes).chain(after).collect()
}

#[cfg(test)]
mod tests {
    use bulk_endpoint::Counters;
    use std::time::Duration;

    use super::*;
    use crate::task::Task;

    #[test]
    fn columns_line_up() {
        let mut counters = Counters::default();
        (counters.accepted, counters.succeeded, counters.failed) = (1_000, 980, 20);
        let done = Done {
            task: Task::new("sailpoint", "disable"),
            counters,
            requests: 22,
            elapsed: Duration::from_millis(1_250),
            is_complete: false,
            open: 0,
            missing: 0,
            unread: 0,
            is_token_refused: false,
            stopped: None,
            details: String::new(),
        };
        assert_eq!(
            Table(&[done]).to_string(),
            "provider   operation  items  succeeded  failed  refused  unknown  not attempted  requests  seconds\n\
             sailpoint  disable     1000        980      20        0        0              0        22      1.2"
        );
    }
}
