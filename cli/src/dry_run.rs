//! `--dry-run`: what would be sent.

use std::fmt::Write;

use bulk_endpoint::Plan;
use bulk_endpoint::spec::EndpointSpec;
use indicatif::HumanDuration;

use crate::quota::Quota;
use crate::terminal::counted;

/// The most items that are planned. The number of requests for more is estimated.
pub(crate) const PLANNED: usize = 100_000;

/// What would be sent for this many items, given the plan of the first ones and its number of requests.
pub(crate) fn describe((plan, requests): &(Plan, usize), count: usize, spec: &EndpointSpec) -> String {
    if let Some(why) = &plan.invalid {
        return format!("Nothing would be sent: {why}");
    }
    let planned = count.min(PLANNED);
    let (about, requests) = if planned < count {
        ("about ", (*requests as f64 * count as f64 / planned as f64).ceil() as usize)
    } else {
        ("", *requests)
    };
    let (items, requests_text) = (counted(count, "item"), counted(requests, "request"));
    let mut text = format!("{items} would be sent in {about}{requests_text}");
    if plan.duplicates > 0 {
        let _ = write!(text, "; {} collapsed", counted(plan.duplicates, "duplicate"));
    }
    let _ = match Quota::of(spec) {
        Some(quota) => {
            let time = HumanDuration(quota.least_in(requests, count));
            write!(text, ".\nUnder the quota, that takes at least {time}.\n")
        }
        None => write!(text, ".\nThe vendor documents no quota.\n"),
    };
    for (index, why) in plan.unsendable.iter().take(10) {
        let _ = writeln!(text, "Item {} cannot be sent: {why}", index + 1);
    }
    if let Some(first) = plan.requests.first() {
        let _ = write!(text, "\nThe first request:\n\n{first:.BODY$}");
    }
    text
}

/// The most characters of a body that are shown.
const BODY: usize = 2_000;
