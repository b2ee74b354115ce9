//! What a response means: the table of classes as two functions, one for whole responses and one for single items.

use super::Time;
use crate::declare::{Classes, StatusOrCode};

/// The class of a whole response. It decides whether its items are retried, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseClass {
    /// 2xx: its body has entries for the items.
    Ok,
    /// 429, `retry(…)`, a 503 where retries are safe: refused for now. Retried after the requested delay, else after a backoff.
    Retry,
    /// 401, 407: the credential is refused, and a refresh does not help.
    Credential,
    /// 403, 511, `stop(…)`: refused regardless of the items.
    Stop,
    /// 413, 414, 431, `too_large(…)`: the request is too large. Smaller ones are sent.
    TooLarge,
    /// `bisect(…)`: refused because of some of its items. Halved until these are alone.
    Bisect,
    /// 3xx: the request belongs elsewhere. Redirects are never followed: a POST that follows one can lose its body or send the token to
    /// another host.
    Redirect,
    /// Other 4xx: refused, and a retry would be refused again.
    Final,
    /// 408, other 5xx, `uncertain(…)`: it may or may not have been applied.
    Uncertain,
    /// 421, 425: the server did not process it.
    NotProcessed,
    /// 401 under a token that has been replaced since: retried under the new one.
    Renewed,
    /// `already(…)`: its items already were in the requested state.
    Already,
}

/// Returns the class of a whole response by its status and error code.
///
/// Lists of the declaration come before the table of statuses: `stop(404)` makes a 404 stop the run. A code counts as much as a status:
/// with `retry("Busy")`, a 400 with `{"code":"Busy"}` is retried.
pub(crate) fn response_class(status: u16, code: Option<&str>, classes: &Classes, idempotent: bool) -> ResponseClass {
    let listed = |signs: &[StatusOrCode]| StatusOrCode::any(signs, Some(status), code);
    // A response can be in two lists: a 400 with `{"code":"Busy"}` under `bisect(400), retry("Busy")`. The order below decides.
    // `uncertain` is first: it is the only class under which a retry can apply an item twice.
    if listed(classes.uncertain) {
        return ResponseClass::Uncertain;
    }
    if listed(classes.stop) {
        return ResponseClass::Stop;
    }
    if listed(classes.already) {
        return ResponseClass::Already;
    }
    if listed(classes.retry) {
        return ResponseClass::Retry;
    }
    if listed(classes.too_large) {
        return ResponseClass::TooLarge;
    }
    if listed(classes.bisect) {
        return ResponseClass::Bisect;
    }
    match status {
        // Whether the items succeeded is in the body: `{"failures":[…]}` under 200 is not a success.
        200..300 => ResponseClass::Ok,
        300..400 => ResponseClass::Redirect,
        401 | 407 => ResponseClass::Credential,
        // 511: a captive portal wants a log-in before it lets any request through (RFC 6585).
        403 | 511 => ResponseClass::Stop,
        // The server gave up waiting for the request, perhaps after it had read and applied a part.
        408 => ResponseClass::Uncertain,
        413 | 414 | 431 => ResponseClass::TooLarge,
        421 | 425 => ResponseClass::NotProcessed,
        429 => ResponseClass::Retry,
        400..500 => ResponseClass::Final,
        // Most servers send 503 before they process a request, but a proxy can send it after. Retried only where that is harmless.
        503 if idempotent => ResponseClass::Retry,
        // Other 5xx, and numbers that are not an HTTP status. A 502 or 504 comes from a proxy: the server behind it may have finished.
        _ => ResponseClass::Uncertain,
    }
}

/// What a response says about one item, after classification. `C` is the cause that the caller keeps for its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ItemClass<C> {
    /// Its entry says that it is done: `{"id":"a","status":200}`.
    Done,
    /// Its entry says that it is not done: `{"id":"a","status":404}`.
    Failed {
        /// An `already(…)` list could have it. That of an item which the response does not list has no code, whatever happened.
        is_listable: bool,
    },
    /// Its entry says that it is not done because it already was in the requested state (`already(…)`).
    Already,
    /// Its entry says that it is not done for now: status 429, or in `retry(…)`.
    Retry {
        cause: C,
        /// The item's status is 429: the throttle closes as for a whole 429.
        throttled: bool,
        /// The delay that its entry asks for: `{"id":"a","status":429,"retryAfterMs":500}`.
        delay: Option<Time>,
    },
    /// Returned unprocessed: `{"UnprocessedItems":["a"]}`. The server did not act on it.
    Unprocessed(C),
    /// Rolled back, because another item of an all-or-nothing request (`partial = false`) failed.
    RolledBack(C),
    /// The response does not show its result: no entry, contradictory entries, or one that does not decode.
    Uncertain(C),
}

impl<C> ItemClass<C> {
    /// Returns whether the item is put off: the server did not act on it, and may do so later.
    pub(crate) fn puts_off(&self) -> bool {
        matches!(self, ItemClass::Retry { .. } | ItemClass::Unprocessed(_) | ItemClass::RolledBack(_))
    }
}

/// The class of an item's failure. It has no cause yet: building one allocates, and most failures need none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureClass {
    Failed,
    Already,
    Retry { throttled: bool },
    Uncertain,
}

/// Returns the class of an item's failure by its status and code.
///
/// The table of statuses does not apply here: an item's 401 or 403 never stops a run, since `{"id":"a","status":403}` concerns this
/// item and not the credential.
pub(crate) fn failure_class(status: Option<u16>, code: Option<&str>, classes: &Classes) -> FailureClass {
    let listed = |list: &[StatusOrCode]| StatusOrCode::any(list, status, code);
    if listed(classes.uncertain) {
        FailureClass::Uncertain
    } else if listed(classes.already) {
        FailureClass::Already
    } else if listed(classes.retry) || status == Some(429) {
        // `{"id":"a","status":429}` concerns the whole host, so it also closes the throttle. `{"id":"a","code":"Locked"}` under
        // `retry("Locked")` concerns this item alone.
        FailureClass::Retry { throttled: status == Some(429) }
    } else {
        FailureClass::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_row() {
        use ResponseClass::*;
        let classes = Classes::default();
        for (status, idempotent, want) in [
            (200, false, Ok),
            (207, false, Ok),
            (301, true, Redirect),
            (307, true, Redirect),
            (400, true, Final),
            (401, true, Credential),
            (403, true, Stop),
            (404, true, Final),
            (407, true, Credential),
            (408, false, Uncertain),
            (409, true, Final),
            (413, true, TooLarge),
            (414, true, TooLarge),
            (415, true, Final),
            (421, false, NotProcessed),
            (422, true, Final),
            (425, false, NotProcessed),
            (429, false, Retry),
            (431, true, TooLarge),
            (500, true, Uncertain),
            (502, false, Uncertain),
            (503, true, Retry),
            (503, false, Uncertain),
            (504, true, Uncertain),
            (511, false, Stop),
            (599, true, Uncertain),
            (100, true, Uncertain),
        ] {
            assert_eq!(response_class(status, None, &classes, idempotent), want, "{status} {idempotent}");
        }
    }

    #[test]
    fn a_declaration_overrules_the_table() {
        use ResponseClass::*;
        let classes = Classes {
            retry: &[StatusOrCode::Status(503), StatusOrCode::Code("Busy")],
            stop: &[StatusOrCode::Status(404)],
            bisect: &[StatusOrCode::Status(400)],
            uncertain: &[StatusOrCode::Status(409), StatusOrCode::Code("Maybe")],
            too_large: &[StatusOrCode::Code("TooMany")],
            ..Classes::default()
        };
        for (status, code, want) in [
            (503, None, Retry),
            (400, Some("Busy"), Retry),
            (404, None, Stop),
            (400, None, Bisect),
            (409, None, Uncertain),
            (429, Some("Maybe"), Uncertain),
            (400, Some("TooMany"), TooLarge),
            (400, Some("toomany"), Bisect),
        ] {
            assert_eq!(response_class(status, code, &classes, false), want, "{status} {code:?}");
        }
    }

    #[test]
    fn items() {
        let classes = Classes {
            retry: &[StatusOrCode::Code("Busy")],
            already: &[StatusOrCode::Status(404)],
            uncertain: &[StatusOrCode::Status(500)],
            ..Classes::default()
        };
        for (status, code, want) in [
            (Some(404), None, FailureClass::Already),
            (Some(403), None, FailureClass::Failed),
            (Some(429), None, FailureClass::Retry { throttled: true }),
            (None, Some("Busy"), FailureClass::Retry { throttled: false }),
            (Some(500), Some("Busy"), FailureClass::Uncertain),
            (None, None, FailureClass::Failed),
        ] {
            assert_eq!(failure_class(status, code, &classes), want, "{status:?} {code:?}");
        }
    }
}
