//! Compares a declaration with its types at compile time: neither the attribute nor a derive sees both.

use std::marker::PhantomData;

use super::message::{Message, same};
use super::spec::{EndpointSpec, ItemsAt, ListStyle};
use super::unlisted::{check_can_succeed, check_stops, check_unlisted};
use crate::reply::{BodyShape, BulkReply, Codes, ElementShape, FieldKind, ReplyShape};

/// The facts about an endpoint's types that a declaration must match.
#[derive(Clone, Copy)]
pub struct Types {
    pub(crate) key_fields: &'static [&'static str],
    /// Whether each item is a JSON object.
    pub(crate) is_object: bool,
    /// Whether an item can have an id that the run assigns.
    pub(crate) has_assigned_id: bool,
    /// Whether the reply names items by ids that the run assigned.
    pub(crate) assigned_keys: bool,
    /// The codes of the failure of an item.
    pub(crate) item_codes: Codes,
    /// The codes of the error body.
    pub(crate) error_codes: Codes,
    pub(crate) reply: ReplyShape,
}

impl Types {
    /// The facts about a reply alone.
    const fn of_reply(reply: ReplyShape) -> Self {
        Types {
            key_fields: &[],
            is_object: false,
            has_assigned_id: true,
            assigned_keys: false,
            item_codes: Codes::Any,
            error_codes: Codes::Any,
            reply,
        }
    }
}

/// The reply that a variant holds, as [`Types`].
pub struct ReplyOf<R>(PhantomData<R>);

impl<R: BulkReply> ReplyOf<R> {
    /// The facts about the reply.
    pub const TYPES: Option<Types> = Some(Types::of_reply(R::SHAPE));
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
    let Some(types) = types else { return };
    let Types { key_fields, reply, .. } = types;
    check_job(spec, &reply);
    check_unlisted(&reply);
    check_stops(spec.partial, &reply);
    check_can_succeed(&reply, spec.poll.is_none());
    check_keys(key_fields, &reply);
    check_text(spec, types.is_object);
    assert!(
        types.has_assigned_id || !types.assigned_keys,
        "the reply names items by `AssignedId`, but the item has no field of this type, so no response can name it: add one to the item, or use the type of the items' key in the reply [BULK641]"
    );
    if matches!(spec.items, ItemsAt::Map(_)) && key_fields.len() > 1 {
        let message = Message::new("`items = map(…)` needs a key of one field, found ").names(key_fields);
        message.and(": keep `#[bulk(key)]` on one of them [BULK628]").panic();
    }
}

/// An endpoint that polls has a reply with a job. The handle of a next poll is of no use to one that does not.
#[track_caller]
const fn check_job(spec: &EndpointSpec, reply: &ReplyShape) {
    match (has_job(reply, false), spec.poll.is_some()) {
        (Some(false), true) => panic!(
            "`poll` needs a reply with a job, found none: put `#[bulk(job)]` on the field with the job's handle, or remove `poll` [BULK625]"
        ),
        (Some(true), false) if matches!(has_job(reply, true), Some(true)) => panic!(
            "missing `poll` for the next poll of the reply (`#[bulk(next_job)]`), which would not be sent: add `poll = \"/jobs/{{job}}\"` to the settings, or write `#[bulk(job)]` if the items are accepted without a poll [BULK625]"
        ),
        _ => {}
    }
}

/// Returns whether a reply has a job, or with `next` the handle of a next poll; `None` for a hand-written reply, whose fields are unknown
/// here.
const fn has_job(reply: &ReplyShape, next: bool) -> Option<bool> {
    let mut at = 0;
    match reply.body {
        BodyShape::Object(fields) => {
            while at < fields.len() {
                match fields[at].kind {
                    FieldKind::NextJob => return Some(true),
                    FieldKind::Job if !next => return Some(true),
                    FieldKind::Nested { reply, .. } => match has_job(reply, next) {
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
                match has_job(&replies[at], next) {
                    Some(false) => {}
                    found => return found,
                }
                at += 1;
            }
        }
        BodyShape::Opaque => return None,
        BodyShape::List { .. } | BodyShape::Ndjson(_) | BodyShape::Nothing | BodyShape::Error => {}
    }
    Some(false)
}

/// A list of texts has no place for objects.
#[track_caller]
const fn check_text(spec: &EndpointSpec, is_object: bool) {
    let is_text =
        matches!(spec.items, ItemsAt::Query(_, ListStyle::Csv) | ItemsAt::Form(_, ListStyle::Csv) | ItemsAt::Header(_));
    assert!(
        !(is_text && is_object),
        "items in a comma-separated list are text or numbers, found a struct: use an item that is one value, or the list style `repeat`, `indexed` or `json`, which write an object as JSON [BULK640]"
    );
}

/// As [`check`], for a declaration without `items`: the default place, the field `ids`, is for plain ids.
#[track_caller]
pub const fn check_default(spec: &EndpointSpec, types: Option<Types>) {
    check(spec, types);
    if let Some(Types { is_object, .. }) = types {
        assert!(
            !is_object,
            "missing `items`, the place of the items in the body: the default field `ids` is for plain ids, and the items are structs; add `items = \"users\"` with the name of the field, or `items = body` if the body is the array [BULK642]"
        );
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
        BodyShape::Nothing | BodyShape::Error | BodyShape::Opaque => {}
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
