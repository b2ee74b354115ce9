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

/// Some response can say that an item succeeded.
#[track_caller]
pub(super) const fn check_can_succeed(reply: &ReplyShape) {
    let (mut at, mut is_read) = (0, reply.statuses.is_empty() || has_success_status(reply));
    match reply.body {
        // The bodies of refusals list failures only.
        BodyShape::ByStatus(replies) => {
            is_read = false;
            while at < replies.len() {
                if has_success_status(&replies[at]) {
                    check_can_succeed(&replies[at]);
                    is_read = true;
                }
                at += 1;
            }
        }
        _ => assert!(
            can_succeed(reply),
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
const fn can_succeed(reply: &ReplyShape) -> bool {
    if !matches!(reply.unlisted, Unlisted::Unknown | Unlisted::Failed) {
        return true;
    }
    let (mut at, mut has_list, mut has_job) = (0, false, false);
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::List { role: Role::Succeeded | Role::Results, .. } => return true,
                    FieldKind::List { .. } => has_list = true,
                    FieldKind::Nested { reply, .. } => {
                        if can_succeed(reply) {
                            return true;
                        }
                        has_list = true;
                    }
                    FieldKind::Job => has_job = true,
                    _ => {}
                }
                at += 1;
            }
            // A response that only starts a job leaves the items to a later one.
            has_job && !has_list
        }
        BodyShape::List { role, .. } => matches!(role, Role::Succeeded | Role::Results),
        BodyShape::ByStatus(_) | BodyShape::Ndjson(_) | BodyShape::Opaque | BodyShape::Nothing => true,
    }
}
