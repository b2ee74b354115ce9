//! The `Display` of a report: its first line and some of its items.

use std::fmt;

use super::row::Row;
use super::source::SourceError;
use crate::engine::Counters;
use crate::outcome::OutcomeKind;

/// The maximum number of items that a `Display` lists.
const SHOWN: usize = 10;

/// The first line of a report or an [`IncompleteRun`](super::incomplete::IncompleteRun).
pub(crate) struct Headline<'r> {
    pub(crate) counters: Counters,
    pub(crate) read_all: bool,
    pub(crate) source: Option<&'r SourceError>,
    pub(crate) stopped: Option<&'r str>,
}

impl fmt::Display for Headline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counters = &self.counters;
        let (all, left) = (counters.accepted, counters.accepted - counters.succeeded);
        if let Some(error) = self.source {
            write!(f, "{error}; before that, ")?;
        } else if !self.read_all {
            f.write_str("the input was not read to its end; so far, ")?;
        }
        match (left, all) {
            (0, 0) => f.write_str("no items")?,
            (0, 1) => f.write_str("1 item succeeded")?,
            (0, _) => write!(f, "all {all} items succeeded")?,
            _ => {
                match all {
                    1 => f.write_str("1 item did not succeed:")?,
                    _ => write!(f, "{left} of {all} items did not succeed:")?,
                }
                let mut comma = "";
                for kind in OutcomeKind::ALL.into_iter().filter(|kind| counters.of(*kind) > 0) {
                    write!(f, "{comma} {} {}", counters.of(kind), kind.as_str().replace('_', " "))?;
                    comma = ",";
                }
                let unsettled = all - counters.settled();
                if unsettled > 0 {
                    write!(f, "{comma} {unsettled} in progress")?;
                }
            }
        }
        if let Some(why) = self.stopped {
            write!(f, "; stopped: {why}")?;
        }
        Ok(())
    }
}

/// The headline, then some of the items that did not succeed.
pub(crate) fn describe(
    f: &mut fmt::Formatter<'_>,
    headline: &Headline<'_>,
    rows: &mut dyn Iterator<Item = Row>,
) -> fmt::Result {
    write!(f, "{headline}")?;
    let mut shown = 0;
    for row in rows.take(SHOWN) {
        write!(f, "\n  {row}")?;
        shown += 1;
    }
    // The rows of a streamed run went to the consumer, so that none is shown here.
    let counters = &headline.counters;
    let more = if shown == SHOWN { counters.settled() - counters.succeeded - shown } else { 0 };
    if more > 0 {
        write!(f, "\n  … and {more} more")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Report(Counters);

    impl fmt::Display for Report {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let headline = Headline { counters: self.0, read_all: true, source: None, stopped: None };
            let rows = (0..self.0.failed).map(|index| Row {
                index,
                key: String::new(),
                outcome: OutcomeKind::Failed,
                status: None,
                code: None,
                message: None,
                request_id: None,
            });
            describe(f, &headline, &mut { rows })
        }
    }

    #[test]
    fn the_items_that_are_not_shown_are_counted() {
        for (succeeded, failed, more) in [(7, 9, None), (7, 10, None), (7, 11, Some(1)), (0, 25, Some(15))] {
            let counters = Counters { accepted: succeeded + failed, succeeded, failed, ..Counters::default() };
            let text = Report(counters).to_string();
            let last = text.lines().last().unwrap_or_default();
            assert_eq!(text.lines().count(), 1 + failed.min(SHOWN) + usize::from(more.is_some()), "{text}");
            match more {
                Some(more) => assert_eq!(last, format!("  … and {more} more")),
                None => assert_eq!(last, format!("  item {}: failed", failed - 1)),
            }
        }
    }

    #[test]
    fn a_headline_counts_the_items() {
        let headline = |accepted, succeeded, failed| {
            let counters = Counters { accepted, succeeded, failed, ..Counters::default() };
            Headline { counters, read_all: true, source: None, stopped: None }.to_string()
        };
        assert_eq!(headline(0, 0, 0), "no items");
        assert_eq!(headline(1, 1, 0), "1 item succeeded");
        assert_eq!(headline(2, 2, 0), "all 2 items succeeded");
        assert_eq!(headline(1, 0, 1), "1 item did not succeed: 1 failed");
        assert_eq!(headline(3, 1, 1), "2 of 3 items did not succeed: 1 succeeded, 1 failed, 1 in progress");
    }
}
