//! What an answer means: the table of classes, as data and two functions.

use crate::declare::{Classes, Sign};

/// The class of an answer that concerns a whole request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WholeClass {
    /// 2xx: its body speaks of the items.
    Answered,
    /// Refused for now: wait as told, and send again.
    Again,
    /// 401, 407: the credential is refused, and there is no better.
    Credential,
    /// 403, `stop(…)`: refused whatever the items are.
    Stop,
    /// 413, 414, 431, `too_large(…)`: refused for its size.
    TooLarge,
    /// `isolate(…)`: refused for some item's sake.
    Isolate,
    /// Refused, and sending it again would change nothing.
    Final,
    /// Nobody knows whether it was applied.
    Unsure,
    /// 421, 425: the server did not look at it.
    NotSent,
    /// A token was refused that another has replaced since: sent again under that one.
    Renewed,
    /// `already(…)`: its items already were as they are to be.
    Already,
}

/// The class of a whole answer by its status and error code.
pub(crate) fn whole_class(status: u16, code: Option<&str>, classes: &Classes, idempotent: bool) -> WholeClass {
    let listed = |signs: &[Sign]| Sign::any(signs, Some(status), code);
    // A declaration knows its vendor better than the table; what is unsafe to repeat comes first.
    if listed(classes.unsure) {
        return WholeClass::Unsure;
    }
    if listed(classes.stop) {
        return WholeClass::Stop;
    }
    if listed(classes.already) {
        return WholeClass::Already;
    }
    if listed(classes.again) {
        return WholeClass::Again;
    }
    if listed(classes.too_large) {
        return WholeClass::TooLarge;
    }
    if listed(classes.isolate) {
        return WholeClass::Isolate;
    }
    match status {
        200..300 => WholeClass::Answered,
        300..400 => WholeClass::Final,
        401 | 407 => WholeClass::Credential,
        403 => WholeClass::Stop,
        408 => WholeClass::Unsure,
        413 | 414 | 431 => WholeClass::TooLarge,
        421 | 425 => WholeClass::NotSent,
        429 => WholeClass::Again,
        400..500 => WholeClass::Final,
        503 if idempotent => WholeClass::Again,
        // 5xx, and what is no status at all.
        _ => WholeClass::Unsure,
    }
}

/// The class of one item's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemClass {
    /// Not done.
    Failed,
    /// It was already in the state asked for.
    Already,
    /// Not done for now; `throttled`: the gate closes as for a whole 429.
    Again {
        /// The item's status is 429.
        throttled: bool,
    },
    /// Nobody knows.
    Unsure,
}

/// The class of an item's failure by its status and code. An item's 401 or 403 never stops a run.
pub(crate) fn item_class(status: Option<u16>, code: Option<&str>, classes: &Classes) -> ItemClass {
    let listed = |signs: &[Sign]| Sign::any(signs, status, code);
    if listed(classes.unsure) {
        ItemClass::Unsure
    } else if listed(classes.already) {
        ItemClass::Already
    } else if listed(classes.again) || status == Some(429) {
        ItemClass::Again { throttled: status == Some(429) }
    } else {
        ItemClass::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_row() {
        use WholeClass::*;
        let classes = Classes::default();
        for (status, idempotent, want) in [
            (200, false, Answered),
            (207, false, Answered),
            (301, true, Final),
            (307, true, Final),
            (400, true, Final),
            (401, true, Credential),
            (403, true, Stop),
            (404, true, Final),
            (407, true, Credential),
            (408, false, Unsure),
            (409, true, Final),
            (413, true, TooLarge),
            (414, true, TooLarge),
            (415, true, Final),
            (421, false, NotSent),
            (422, true, Final),
            (425, false, NotSent),
            (429, false, Again),
            (431, true, TooLarge),
            (500, true, Unsure),
            (502, false, Unsure),
            (503, true, Again),
            (503, false, Unsure),
            (504, true, Unsure),
            (599, true, Unsure),
            (100, true, Unsure),
        ] {
            assert_eq!(whole_class(status, None, &classes, idempotent), want, "{status} {idempotent}");
        }
    }

    #[test]
    fn a_declaration_overrules_the_table() {
        use WholeClass::*;
        let classes = Classes {
            again: &[Sign::Status(503), Sign::Code("Busy")],
            stop: &[Sign::Status(404)],
            isolate: &[Sign::Status(400)],
            unsure: &[Sign::Status(409), Sign::Code("Maybe")],
            too_large: &[Sign::Code("TooMany")],
            ..Classes::default()
        };
        for (status, code, want) in [
            (503, None, Again),
            (400, Some("Busy"), Again),
            (404, None, Stop),
            (400, None, Isolate),
            (409, None, Unsure),
            (429, Some("Maybe"), Unsure),
            (400, Some("TooMany"), TooLarge),
            (400, Some("toomany"), Isolate),
        ] {
            assert_eq!(whole_class(status, code, &classes, false), want, "{status} {code:?}");
        }
    }

    #[test]
    fn items() {
        let classes = Classes {
            again: &[Sign::Code("Busy")],
            already: &[Sign::Status(404)],
            unsure: &[Sign::Status(500)],
            ..Classes::default()
        };
        for (status, code, want) in [
            (Some(404), None, ItemClass::Already),
            (Some(403), None, ItemClass::Failed),
            (Some(429), None, ItemClass::Again { throttled: true }),
            (None, Some("Busy"), ItemClass::Again { throttled: false }),
            (Some(500), Some("Busy"), ItemClass::Unsure),
            (None, None, ItemClass::Failed),
        ] {
            assert_eq!(item_class(status, code, &classes), want, "{status:?} {code:?}");
        }
    }
}
