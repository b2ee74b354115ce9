//! Compares a declaration with its types at compile time: neither the attribute nor a derive sees both.

use std::marker::PhantomData;

use super::spec::{EndpointSpec, ItemsAt};
use crate::reply::{BodyShape, BulkReply, ElementShape, FieldKind, ReplyShape, Unlisted};

/// The facts about an endpoint's types that a declaration must match.
#[derive(Clone, Copy)]
pub struct Types {
    pub(crate) key_fields: &'static [&'static str],
    pub(crate) reply: ReplyShape,
}

/// The reply that a variant holds, as [`Types`].
pub struct ReplyOf<R>(PhantomData<R>);

impl<R: BulkReply> ReplyOf<R> {
    /// The facts about the reply.
    pub const TYPES: Option<Types> = Some(Types { key_fields: &[], reply: R::SHAPE });
}

/// The default for types that are not an endpoint or a reply: a trait bound reports those.
pub trait Unfit {
    /// Nothing.
    const TYPES: Option<Types> = None;
}

impl<R> Unfit for ReplyOf<R> {}

/// Panics if a declaration contradicts its types. The compiler reports the panic at the caller.
#[track_caller]
pub const fn check(spec: &EndpointSpec, types: Option<Types>) {
    let Some(Types { key_fields, reply }) = types else { return };
    check_job(spec, &reply);
    check_unlisted(&reply);
    check_keys(key_fields, &reply);
    if matches!(spec.items, ItemsAt::Map(_)) && key_fields.len() > 1 {
        let message = Message::new("`items = map(…)` needs a key of one field, found ").names(key_fields);
        message.and(": keep `#[bulk(key)]` on one of them [BULK628]").panic();
    }
}

/// An endpoint has `poll` if, and only if, its reply has a job.
#[track_caller]
const fn check_job(spec: &EndpointSpec, reply: &ReplyShape) {
    match (has_job(reply), spec.poll.is_some()) {
        (Some(false), true) => panic!(
            "`poll` needs a reply with a job, found none: put `#[bulk(job)]` on the field with the job's handle, or remove `poll` [BULK625]"
        ),
        (Some(true), false) => panic!(
            "missing `poll` for the job of the reply (`#[bulk(job)]`), whose items would all end unknown: add `poll = \"/jobs/{{job}}\"` to the settings [BULK625]"
        ),
        _ => {}
    }
}

/// Returns whether a reply has a job; `None` for a hand-written reply, whose fields are unknown here.
const fn has_job(reply: &ReplyShape) -> Option<bool> {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::Job => return Some(true),
                    FieldKind::Nested { reply, .. } => match has_job(reply) {
                        Some(false) => {}
                        found => return found,
                    },
                    _ => {}
                }
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                match has_job(&replies[at]) {
                    Some(false) => {}
                    found => return found,
                }
                at += 1;
            }
        }
        BodyShape::Opaque => return None,
        BodyShape::List { .. } | BodyShape::Ndjson(_) | BodyShape::Nothing => {}
    }
    Some(false)
}

/// `unlisted` is set on the outermost type, since only it describes the whole response.
#[track_caller]
const fn check_unlisted(reply: &ReplyShape) {
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

/// A key of several fields has the same names in the item and in the response.
#[track_caller]
const fn check_keys(item: &[&str], reply: &ReplyShape) {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::List { element, .. } => check_key(item, &element),
                    FieldKind::Nested { reply, .. } => check_keys(item, reply),
                    _ => {}
                }
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                check_keys(item, &replies[at]);
                at += 1;
            }
        }
        BodyShape::List { element, .. } | BodyShape::Ndjson(element) => check_key(item, &element),
        BodyShape::Nothing | BodyShape::Opaque => {}
    }
}

#[track_caller]
const fn check_key(item: &[&str], element: &ElementShape) {
    let mut fits = item.len() == element.key.len();
    let mut at = 0;
    while fits && at < item.len() {
        fits = same(item[at], element.key[at]);
        at += 1;
    }
    if !fits && item.len() > 1 && element.key.len() > 1 {
        let message = Message::new("expected the key fields of the item in the element, ").names(item);
        let message = message.and(", found ").names(element.key);
        message.and(": rename them, and add the names in the response as `#[serde(alias = \"…\")]` [BULK624]").panic();
    }
}

/// The statuses of a variant are among the statuses of the type in it, if that type lists any.
#[track_caller]
pub const fn check_variant(statuses: &[u16], types: Option<Types>) {
    let Some(Types { reply, .. }) = types else { return };
    let mut at = 0;
    while at < statuses.len() && !reply.statuses.is_empty() {
        let (mut own, mut found) = (0, false);
        while own < reply.statuses.len() {
            found |= reply.statuses[own] == statuses[at];
            own += 1;
        }
        assert!(
            found,
            "the variant and the type in it have different statuses: remove `#[bulk(on(…))]` from the type [BULK626]"
        );
        at += 1;
    }
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    one.len() == other.len() && at == one.len()
}

/// A message that is built at compile time.
struct Message {
    bytes: [u8; 1024],
    len: usize,
}

impl Message {
    const fn new(text: &str) -> Self {
        Message { bytes: [0; 1024], len: 0 }.and(text)
    }

    const fn and(mut self, text: &str) -> Self {
        let mut at = 0;
        while at < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text.as_bytes()[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    /// `` `a`, `b` ``
    const fn names(mut self, names: &[&str]) -> Self {
        let mut at = 0;
        while at < names.len() {
            self = self.and(if at == 0 { "`" } else { ", `" }).and(names[at]).and("`");
            at += 1;
        }
        self
    }

    #[track_caller]
    const fn panic(&self) -> ! {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("the declaration contradicts its types"),
        }
    }
}
