//! Checks of what unlisted items are: where `unlisted` stands, and that some response can say that an item succeeded.

use super::message::Message;
use crate::reply::{BodyShape, FieldKind, ReplyShape, Role, Unlisted};

/// `unlisted` is set on the outermost type, since only it describes the whole response.
#[track_caller]
pub(super) const fn check_unlisted(reply: &ReplyShape) {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                if let FieldKind::Nested { reply: inside, .. } = fields[at].kind {
                    if !matches!(inside.unlisted, Unlisted::Unknown) && inside.unlisted as u8 != reply.unlisted as u8 {
                        let message = Message::new("`unlisted` on the type of `");
                        message
                            .and(fields[at].name)
                            .and("` has no effect without the same on the outermost reply: add `#[bulk(unlisted = …)]` there [BULK627]")
                            .panic();
                    }
                    check_unlisted(inside);
                }
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                check_unlisted(&replies[at]);
                at += 1;
            }
        }
        _ => {}
    }
}

/// A server that stops at the first item that fails has applied the items before it.
#[track_caller]
pub(super) const fn check_stops(partial: bool, reply: &ReplyShape) {
    let mut at = 0;
    if let BodyShape::ByStatus(replies) = reply.body {
        while at < replies.len() {
            check_stops(partial, &replies[at]);
            at += 1;
        }
    }
    assert!(
        partial || !matches!(reply.unlisted, Unlisted::StopsAtFailure),
        "`unlisted = (succeeded, unprocessed)` says that the items before the first failed one are applied, but `partial = false` says that a failure undoes them: write `partial = true`, or `unlisted = succeeded` [BULK644]"
    );
}

/// Some response can say that an item succeeded. `job_accepts`: the endpoint does not poll jobs, so a job's items are accepted.
#[track_caller]
pub(super) const fn check_can_succeed(reply: &ReplyShape, job_accepts: bool) {
    let (mut at, mut is_read) = (0, reply.statuses.is_empty() || has_success_status(reply));
    match reply.body {
        // The bodies of refusals list failures only.
        BodyShape::ByStatus(replies) => {
            is_read = false;
            while at < replies.len() {
                if has_success_status(&replies[at]) && !matches!(replies[at].body, BodyShape::Error) {
                    check_can_succeed(&replies[at], job_accepts);
                    is_read = true;
                }
                at += 1;
            }
        }
        _ => assert!(
            can_succeed(reply, job_accepts),
            "the reply lists failures only, and does not say what unlisted items are, so no item can succeed: add `#[bulk(unlisted = succeeded)]` to the reply type [BULK639]"
        ),
    }
    assert!(
        is_read,
        "the reply is read under no 2xx status, so no item can succeed: add the status of a success to `#[bulk(on(…))]` [BULK639]"
    );
}

const fn has_success_status(reply: &ReplyShape) -> bool {
    let mut at = 0;
    while at < reply.statuses.len() {
        if reply.statuses[at] >= 200 && reply.statuses[at] < 300 {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether a part of a reply can say that an item succeeded.
const fn can_succeed(reply: &ReplyShape, job_accepts: bool) -> bool {
    if matches!(reply.unlisted, Unlisted::Succeeded | Unlisted::Accepted | Unlisted::StopsAtFailure) {
        return true;
    }
    let (mut at, mut has_list, mut has_job) = (0, false, false);
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::List { role: Role::Succeeded | Role::Accepted | Role::Results, .. } => return true,
                    FieldKind::List { .. } => has_list = true,
                    FieldKind::Nested { reply, .. } => {
                        if can_succeed(reply, job_accepts) {
                            return true;
                        }
                        has_list = true;
                    }
                    FieldKind::Job | FieldKind::NextJob => has_job = true,
                    _ => {}
                }
                at += 1;
            }
            // A response that only starts a job leaves the items to a later one.
            has_job && (job_accepts || !has_list)
        }
        BodyShape::List { role, .. } => matches!(role, Role::Succeeded | Role::Accepted | Role::Results),
        BodyShape::Error => false,
        BodyShape::ByStatus(_) | BodyShape::Ndjson(_) | BodyShape::Opaque | BodyShape::Nothing => true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::complaint;
    use super::*;
    use crate::reply::{ElementShape, FieldShape};

    const fn list(role: Role) -> FieldShape {
        FieldShape::new("list", FieldKind::List { role, element: ElementShape::bare() })
    }

    const fn nested(reply: &'static ReplyShape) -> FieldShape {
        FieldShape::new("inside", FieldKind::Nested { reply, is_list: false })
    }

    /// Tests make shapes that live as long as those of a declaration.
    fn object<const N: usize>(fields: [FieldShape; N]) -> ReplyShape {
        ReplyShape::new(BodyShape::Object(Box::leak(Box::new(fields))))
    }

    fn by_status<const N: usize>(replies: [ReplyShape; N]) -> ReplyShape {
        ReplyShape::new(BodyShape::ByStatus(Box::leak(Box::new(replies))))
    }

    const FAILED: FieldShape = list(Role::Failed);
    const JOB: FieldShape = FieldShape::new("job", FieldKind::Job);
    const TEXT: FieldShape = FieldShape::new("text", FieldKind::Message);
    const FAILURES: ReplyShape = ReplyShape::new(BodyShape::Object(&[FAILED]));
    const SUCCESSES: ReplyShape = ReplyShape::new(BodyShape::Object(&[TEXT, list(Role::Succeeded)]));

    const SILENT: ReplyShape = FAILURES.unlisted(Unlisted::Succeeded);
    const AROUND_SILENT: ReplyShape = ReplyShape::new(BodyShape::Object(&[nested(&SILENT)]));

    #[test]
    fn what_unlisted_items_are_is_said_outside() {
        let about = |shape: ReplyShape| complaint(move || check_unlisted(&shape));
        let around = object([TEXT, nested(&SILENT)]);
        let want = "`unlisted` on the type of `inside` has no effect without the same on the outermost reply: add `#[bulk(unlisted = …)]` there [BULK627]";
        assert_eq!(about(around).as_deref(), Some(want));
        assert_eq!(about(around.unlisted(Unlisted::Succeeded)), None);
        assert_eq!(about(around.unlisted(Unlisted::Failed)).as_deref(), Some(want));
        // Two levels inside, and in one of the bodies by status.
        let deep = object([nested(&AROUND_SILENT)]);
        assert_eq!(about(deep).as_deref(), Some(want));
        let by_status = by_status([FAILURES, AROUND_SILENT]);
        assert_eq!(about(by_status).as_deref(), Some(want));
        for fits in [SILENT, FAILURES, object([nested(&FAILURES)])] {
            assert_eq!(about(fits), None, "{fits:?}");
        }
    }

    #[test]
    fn a_server_that_stops_at_a_failure_undoes_nothing() {
        let stops = FAILURES.unlisted(Unlisted::StopsAtFailure);
        for (shape, contradicts) in [
            (stops, true),
            (FAILURES, false),
            (SILENT, false),
            (by_status([stops, SILENT]), true),
            (by_status([SILENT, stops]), true),
            (by_status([SILENT, FAILURES]), false),
            (by_status([]), false),
        ] {
            let found = complaint(move || check_stops(false, &shape));
            assert_eq!(found.is_some(), contradicts, "{shape:?}");
            assert!(found.is_none_or(|found| found.ends_with("[BULK644]")), "{shape:?}");
            assert_eq!(complaint(move || check_stops(true, &shape)), None, "{shape:?}");
        }
    }

    #[test]
    fn some_response_can_say_that_an_item_succeeded() {
        let about = |shape: ReplyShape| complaint(move || check_can_succeed(&shape, false));
        let of_list = |role| ReplyShape::new(BodyShape::List { role, element: ElementShape::bare() });
        for (shape, can) in [
            (object([FAILED]), false),
            (object([FAILED, list(Role::Unprocessed)]), false),
            (object([TEXT]), false),
            (object([FAILED, list(Role::Succeeded)]), true),
            (object([FAILED, list(Role::Results)]), true),
            (object([nested(&FAILURES)]), false),
            (object([FAILED, nested(&SUCCESSES)]), true),
            // A response that only starts a job leaves the items to a later one.
            (object([TEXT, JOB]), true),
            (object([JOB, FAILED]), false),
            (object([JOB, nested(&FAILURES)]), false),
            (FAILURES.unlisted(Unlisted::Succeeded), true),
            (FAILURES.unlisted(Unlisted::Failed), false),
            (SUCCESSES.unlisted(Unlisted::Failed), true),
            (of_list(Role::Failed), false),
            (of_list(Role::Unprocessed), false),
            (of_list(Role::Succeeded), true),
            (of_list(Role::Results), true),
            (ReplyShape::new(BodyShape::Ndjson(ElementShape::bare())), true),
            (ReplyShape::new(BodyShape::Opaque), true),
            (ReplyShape::new(BodyShape::Nothing), true),
        ] {
            let found = about(shape);
            assert_eq!(found.is_none(), can, "{shape:?}");
            assert!(found.is_none_or(|found| found.starts_with("the reply lists failures only")), "{shape:?}");
        }
    }

    #[test]
    fn a_reply_is_read_under_some_success() {
        let about = |shape: ReplyShape| complaint(move || check_can_succeed(&shape, false));
        for (statuses, can) in [
            (&[][..], true),
            (&[199], false),
            (&[200], true),
            (&[299], true),
            (&[300], false),
            (&[400, 409, 207], true),
            (&[400, 409], false),
        ] {
            let found = about(SUCCESSES.on(statuses));
            assert_eq!(found.is_none(), can, "{statuses:?}");
            assert!(
                found.is_none_or(|found| found.starts_with("the reply is read under no 2xx status")),
                "{statuses:?}"
            );
        }
        const OK: ReplyShape = SUCCESSES.on(&[200]);
        const BAD: ReplyShape = FAILURES.on(&[400]);
        const NEVER: ReplyShape = FAILURES.on(&[207]);
        assert_eq!(about(by_status([BAD, OK])), None);
        assert_eq!(about(by_status([OK, BAD])), None);
        assert!(about(by_status([BAD])).unwrap().starts_with("the reply is read under no 2xx status"));
        assert!(about(by_status([])).unwrap().starts_with("the reply is read under no 2xx status"));
        assert!(about(by_status([OK, NEVER])).unwrap().starts_with("the reply lists failures only"));
    }
}
