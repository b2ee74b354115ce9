//! What a response means: the table of classes, as data and two functions.

use super::Time;
use crate::declare::{Classes, StatusOrCode};

/// The class of a response that concerns a whole request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseClass {
    /// 2xx: its body speaks of the items.
    Ok,
    /// Refused for now: wait as told, and retry.
    Retry,
    /// 401, 407: the credential is refused, and there is no better.
    Credential,
    /// 403, `stop(…)`: refused whatever the items are.
    Stop,
    /// 413, 414, 431, `too_large(…)`: refused for its size.
    TooLarge,
    /// `bisect(…)`: refused for some item's sake.
    Bisect,
    /// Refused, and retrying it would change nothing.
    Final,
    /// Nobody knows whether it was applied.
    Uncertain,
    /// 421, 425: the server did not look at it.
    NotProcessed,
    /// A token was refused that another has replaced since: retried under that one.
    Renewed,
    /// `already(…)`: its items already were as they are to be.
    Already,
}

/// The class of a whole response by its status and error code.
pub(crate) fn response_class(status: u16, code: Option<&str>, classes: &Classes, idempotent: bool) -> ResponseClass {
    let listed = |signs: &[StatusOrCode]| StatusOrCode::any(signs, Some(status), code);
    // A declaration knows its vendor better than the table; what is unsafe to repeat comes first.
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
        200..300 => ResponseClass::Ok,
        300..400 => ResponseClass::Final,
        401 | 407 => ResponseClass::Credential,
        403 => ResponseClass::Stop,
        408 => ResponseClass::Uncertain,
        413 | 414 | 431 => ResponseClass::TooLarge,
        421 | 425 => ResponseClass::NotProcessed,
        429 => ResponseClass::Retry,
        400..500 => ResponseClass::Final,
        503 if idempotent => ResponseClass::Retry,
        // 5xx, and what is no status at all.
        _ => ResponseClass::Uncertain,
    }
}

/// What a response says about one item, classes applied. `C` is what the caller keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ItemClass<C> {
    /// Named as done.
    Done,
    /// Named as not done.
    Failed,
    /// Named as not done, because it already was in the state asked for (`already(…)`).
    Already,
    /// Named as not done for now (429, `retry(…)`).
    Retry {
        cause: C,
        /// The item's status is 429: the throttle closes as for a whole 429.
        throttled: bool,
        /// The delay that its entry asks for.
        delay: Option<Time>,
    },
    /// Handed back: the server did not act on it.
    Unprocessed(C),
    /// Undone, because another item of an all-or-nothing request failed.
    RolledBack(C),
    /// The response leaves its result open.
    Uncertain(C),
}

/// How a failure is classified, before the causes are made: building one costs an allocation, and most failures need none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureClass {
    Failed,
    Already,
    Retry { throttled: bool },
    Uncertain,
}

/// The class of an item's failure by its status and code. An item's 401 or 403 never stops a run: `{"id":"a","status":403}` blames
/// this item, not the credential.
pub(crate) fn failure_class(status: Option<u16>, code: Option<&str>, classes: &Classes) -> FailureClass {
    let listed = |list: &[StatusOrCode]| StatusOrCode::any(list, status, code);
    if listed(classes.uncertain) {
        FailureClass::Uncertain
    } else if listed(classes.already) {
        FailureClass::Already
    } else if listed(classes.retry) || status == Some(429) {
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
            (301, true, Final),
            (307, true, Final),
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
