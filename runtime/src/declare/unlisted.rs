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
