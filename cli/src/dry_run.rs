//! `--dry-run`: what would be sent.

use std::fmt::Write;

use bulk_endpoint::spec::{EndpointSpec, Rate};
use bulk_endpoint::{Plan, PlannedRequest};
use indicatif::HumanDuration;

use crate::terminal::counted;

/// The most items that are planned. The number of requests for more is estimated.
pub(crate) const PLANNED: usize = 100_000;

/// What would be sent for this many items, given the plan of the first ones.
pub(crate) fn describe(plan: &Plan, count: usize, spec: &EndpointSpec) -> String {
    if let Some(why) = &plan.invalid {
        return format!("Nothing would be sent: {why}");
    }
    let planned = count.min(PLANNED);
    let requests = plan.requests.len();
    let (about, requests) = if planned < count {
        ("about ", (requests as f64 * count as f64 / planned as f64).ceil() as usize)
    } else {
        ("", requests)
    };
    let (items, requests_text) = (counted(count, "item"), counted(requests, "request"));
    let mut text = format!("{items} would be sent in {about}{requests_text}");
    if plan.duplicates > 0 {
        let _ = write!(text, "; {} collapsed", counted(plan.duplicates, "duplicate"));
    }
    let _ = match spec.rate {
        Some(rate) => {
            let time = HumanDuration(under(rate, requests, count));
            write!(text, ".\nThe vendor's quota makes that take {time} at least.\n")
        }
        None => write!(text, ".\nThe vendor documents no quota.\n"),
    };
    for (index, why) in plan.unsendable.iter().take(10) {
        let _ = writeln!(text, "Item {} cannot be sent: {why}", index + 1);
    }
    if let Some(first) = plan.requests.first() {
        let _ = write!(text, "\nThe first request:\n\n{}", wire(first, spec));
    }
    text
}

/// The shortest time under a quota.
fn under(rate: Rate, requests: usize, items: usize) -> std::time::Duration {
    let count = if rate.items { items } else { requests };
    let windows = count.saturating_sub(1) / rate.count.max(1);
    std::time::Duration::from_millis(rate.per_ms.saturating_mul(windows as u64))
}

/// The most characters of a body that are shown.
const BODY: usize = 2_000;

/// A request as it is sent over HTTP/1.1, without its credentials.
fn wire(request: &PlannedRequest, spec: &EndpointSpec) -> String {
    let url = &request.url;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut text = format!("{} {}{query} HTTP/1.1\n", request.method, url.path());
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let _ = writeln!(text, "Host: {}{port}", url.host_str().unwrap_or_default());
    let _ = writeln!(text, "Authorization: Bearer <redacted>");
    for (name, value) in spec.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    let _ = writeln!(text, "Content-Length: {}\n", request.compressed_bytes.unwrap_or(request.body.len()));
    let body = String::from_utf8_lossy(&request.body);
    let shown: String = body.chars().take(BODY).collect();
    let more = body.chars().count().saturating_sub(BODY);
    text.push_str(&shown);
    if more > 0 {
        let _ = write!(text, "… and {more} more characters");
    }
    text
}
