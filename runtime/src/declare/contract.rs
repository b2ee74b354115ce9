//! What a declaration says, and what its types say, compared as constants: neither the attribute nor a derive sees both.

use std::marker::PhantomData;

use super::spec::{EndpointSpec, ItemsAt};
use crate::reply::{BodyShape, BulkReply, ElementShape, FieldKind, ReplyShape, Unlisted};

/// What an endpoint's types say.
#[derive(Clone, Copy)]
pub struct Types {
    pub(crate) key_fields: &'static [&'static str],
    pub(crate) reply: ReplyShape,
}

/// The reply that a variant holds, as [`Types`].
pub struct ReplyOf<R>(PhantomData<R>);

impl<R: BulkReply> ReplyOf<R> {
    /// What it says.
    pub const TYPES: Option<Types> = Some(Types { key_fields: &[], reply: R::SHAPE });
}

/// Types that are no endpoint's, or no reply, say nothing here: a bound tells that.
pub trait Unfit {
    /// Nothing.
    const TYPES: Option<Types> = None;
}

impl<R> Unfit for ReplyOf<R> {}

/// Panics, which the compiler tells at the caller's place, where a declaration and its types contradict one another.
#[track_caller]
pub const fn check(spec: &EndpointSpec, types: Option<Types>) {
    let Some(Types { key_fields, reply }) = types else { return };
    check_job(spec, &reply);
    check_silence(&reply);
    check_keys(key_fields, &reply);
    if matches!(spec.items, ItemsAt::Map(_)) && key_fields.len() > 1 {
        let said = Message::new(
            "`items = map(…)` names each item by its key, which is one text, and this item's is of several fields: ",
        );
        said.names(key_fields).and("; put `#[bulk(key)]` on one of them [BULK628]").tell();
    }
}

/// A job is asked for where there is one.
#[track_caller]
const fn check_job(spec: &EndpointSpec, reply: &ReplyShape) {
    match (has_job(reply), spec.poll.is_some()) {
        (Some(false), true) => panic!(
            "`poll` asks for the job that a response names, and this reply names none: put `#[bulk(job)]` on the field with its handle, or take `poll` away [BULK625]"
        ),
        (Some(true), false) => panic!(
            "this reply names a job (`#[bulk(job)]`), and nothing says how it is asked for, so that its items would end unknown: write `poll = \"/jobs/{{job}}\"` beside `max` [BULK625]"
        ),
        _ => {}
    }
}

/// `None` where nobody knows: a reply that is written by hand.
const fn has_job(reply: &ReplyShape) -> Option<bool> {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::Job => return Some(true),
                    FieldKind::Nested { reply, .. } => match has_job(reply) {
                        Some(false) => {}
                        told => return told,
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
                    told => return told,
                }
                at += 1;
            }
        }
        BodyShape::Opaque => return None,
        BodyShape::List { .. } | BodyShape::Ndjson(_) | BodyShape::Nothing => {}
    }
    Some(false)
}

/// What silence means is said once, by the whole response.
#[track_caller]
const fn check_silence(reply: &ReplyShape) {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                if let FieldKind::Nested { reply: inside, .. } = fields[at].kind {
                    if !matches!(inside.unlisted, Unlisted::Unknown) && inside.unlisted as u8 != reply.unlisted as u8 {
                        let said = Message::new(
                            "what silence means is said by the whole response, and here by what is inside `",
                        );
                        said.and(fields[at].name)
                            .and("` alone: put the same `#[bulk(unlisted = …)]` on the outermost type [BULK627]")
                            .tell();
                    }
                    check_silence(inside);
                }
                at += 1;
            }
        }
        BodyShape::ByStatus(replies) => {
            while at < replies.len() {
                check_silence(&replies[at]);
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
        let said =
            Message::new("a key of several fields is joined by their names, and those of the item (").names(item);
        let said = said.and(") are not those of an element of the reply (").names(element.key);
        said.and("): give both the same names, and where the response has others, write those as `#[serde(alias = \"…\")]` [BULK624]")
            .tell();
    }
}

/// The statuses of an enum's variant are among those of the type in it, where that names some.
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
            "`on(…)` of the variant says when the type in it is read, and that type's own `on(…)` says otherwise: take it off the type [BULK626]"
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

/// A message, put together as a constant.
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
    const fn tell(&self) -> ! {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("the declaration and its types contradict one another"),
        }
    }
}
