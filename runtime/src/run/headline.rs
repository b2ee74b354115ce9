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
